"""Soft quantization on tensors: properties, the reference, 50-digit values, derivatives, extremes, cost."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

import reference.entropy
import reference.levels
import reference.soft_quantization
from gpu.closed_form import closed_form
from gpu.soft_quantization import METHODS, soft_quantize, soft_quantize_levels, uniform_levels
from tests.gpu.exact_soft_quantization import (
    distance_to_kinks,
    exact_soft_quantization,
    from_definition,
    from_two_series,
    midpoints,
)
from tests.gpu.strategies import COUNTS, GridProblem, grid_problems, in_single_precision

PRECISIONS = [torch.float32, torch.float64]
PORTABLE_METHODS = [method for method in METHODS if method != "triton"]

# Error of value/half_width and of entropy/max(1, entropy) in units of the distance from 1 to the next number:
# the sums of the hot form lose a factor of two where it meets the cold one. Below the 1e-6 and 1e-14 required.
BUDGET_ULPS = 8


def budget(dtype):
    return BUDGET_ULPS * torch.finfo(dtype).eps


def on_tensors(problem, dtype, method="closed_form", **changes):
    """Value and entropy as float64 arrays, the temperature being given as a tensor."""
    problem = problem._replace(**changes)
    theta = torch.tensor(problem.theta, dtype=dtype)
    heat = torch.tensor(problem.temperature, dtype=torch.float64)
    form = soft_quantize(theta, problem.half_width, problem.count, heat, method)
    assert form.value.dtype == form.entropy.dtype == dtype
    assert form.value.shape == form.entropy.shape == theta.shape
    return form.value.double().numpy(), form.entropy.double().numpy()


def largest_error(problem, computed):
    """Largest error of value and entropy against 50 digits, relative to half_width and max(1, entropy)."""
    errors = [0.0]
    for theta, value, entropy in zip(problem.theta, *computed, strict=True):
        exact = exact_soft_quantization(theta, problem.half_width, problem.count, problem.temperature)
        with mpmath.workdps(50):
            errors.append(float(abs(mpmath.mpf(value) - exact.value) / problem.half_width))
            errors.append(float(abs(mpmath.mpf(entropy) - exact.entropy) / max(1, exact.entropy)))
    return max(errors) if all(map(math.isfinite, errors)) else math.inf


# Exactness ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", PRECISIONS)
@example(GridProblem(np.array([0.2877590258491775]), 1.5, 65535, 7.83305067359208e-05))  # beside a cell's end
@example(GridProblem(np.array([1.0, -1.0, 0.5]), 1.0, 2, 3.7357))  # just colder than where the forms meet
@example(GridProblem(np.array([1.5, -0.5, 0.0]), 1.5, 4, 1e-13))  # exact ties far below the spacing
@given(grid_problems())
def test_value_and_entropy_agree_with_50_digits(dtype, problem):
    rounded = problem._replace(theta=torch.tensor(problem.theta, dtype=dtype).double().numpy())
    assert largest_error(rounded, on_tensors(rounded, dtype)) <= budget(dtype)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("count", COUNTS)
def test_agreement_with_50_digits_holds_at_every_ratio_of_spacing_to_temperature(dtype, count):
    spacing = 2.0 / max(1, count - 1)
    theta = in_single_precision([0.0, 0.3, spacing / 2, 1.0, -1.0, 0.77, -1e30, 1.0 - spacing / 2])
    for decade in range(-12, 13):
        problem = GridProblem(theta, 1.0, count, spacing / 10.0**decade)
        assert largest_error(problem, on_tensors(problem, dtype)) <= budget(dtype), problem


@given(grid_problems(counts=(2, 3, 16, 33)))
def test_the_two_ways_to_50_digits_agree(problem):
    for theta in problem.theta:
        first, second = (way(theta, *problem[1:]) for way in (from_definition, from_two_series))
        with mpmath.workdps(50):
            assert abs(first.value - second.value) <= mpmath.mpf(10) ** -40 * problem.half_width
            assert abs(first.entropy - second.entropy) <= mpmath.mpf(10) ** -40


COOL = GridProblem(in_single_precision([0.31, -0.77, 0.02, 0.96]), 1.0, 16, 0.05)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize(
    "mistake",
    [{"temperature": 1.01 * COOL.temperature}, {"count": COOL.count - 1}, {"theta": COOL.theta + 1e-3}],
    ids=["temperature off by one percent", "one level missing", "theta shifted"],
)
def test_a_planted_mistake_exceeds_the_error_budget(dtype, mistake):
    assert largest_error(COOL, on_tensors(COOL, dtype)) <= budget(dtype)
    assert largest_error(COOL, on_tensors(COOL, dtype, **mistake)) > 100 * budget(dtype)


@pytest.mark.parametrize("method", PORTABLE_METHODS)
@given(grid_problems(counts=(1, 2, 3, 16, 65, 255), decades=(-6.0, 2.0)))
def test_every_method_agrees_with_the_reference(method, problem):
    levels = reference.levels.uniform_levels(problem.half_width, problem.count)
    arguments = problem.theta, levels, problem.temperature
    value, entropy = on_tensors(problem, torch.float64, method)
    # The reference's and the literal methods' levels are rounded, by up to eps half_width; no value moves more
    # than (1 + h/T) times as far as its levels, no entropy more than 1/T times as far, times a small factor.
    eps = torch.finfo(torch.float64).eps
    slope = 1.0 + problem.spacing / problem.temperature
    value_budget = (BUDGET_ULPS + 2.0 * slope) * eps * problem.half_width
    entropy_budget = (
        BUDGET_ULPS
        * eps
        * (1.0 + math.log(problem.count))
        * max(1.0, problem.half_width / problem.temperature)
    )
    expected = reference.soft_quantization.soft_quantize(*arguments)
    np.testing.assert_allclose(value, expected, rtol=0.0, atol=value_budget)
    np.testing.assert_allclose(
        entropy, reference.entropy.level_entropy(*arguments), rtol=0.0, atol=entropy_budget
    )


# Properties -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(grid_problems())
def test_values_lie_in_the_hull_and_entropies_between_zero_and_log_k(dtype, problem):
    value, entropy = on_tensors(problem, dtype)
    assert np.all(np.abs(value) <= problem.half_width)
    assert np.all(entropy >= 0.0)
    assert np.all(entropy <= math.log(problem.count) * (1.0 + budget(dtype)))


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(grid_problems())
@example(GridProblem(theta=np.array([0.0]), half_width=1.0, count=16, temperature=2 / 15))
def test_the_mean_is_exactly_odd_and_the_entropy_exactly_even(dtype, problem):
    value, entropy = on_tensors(problem, dtype)
    mirrored, same = on_tensors(problem, dtype, theta=-problem.theta)
    np.testing.assert_array_equal(mirrored, -value)
    np.testing.assert_array_equal(same, entropy)


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(grid_problems(size=20))
def test_moving_theta_right_never_lowers_the_quantized_value(dtype, problem):
    value, _ = on_tensors(problem, dtype, theta=np.sort(problem.theta))
    assert np.all(np.diff(value) >= -2.0 * budget(dtype) * problem.half_width)


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(grid_problems(), st.sampled_from([2.0**-20, 2.0**20]))
@example(GridProblem(theta=np.array([2.0**-126]), half_width=1.0, count=2, temperature=20.0), 2.0**-20)
def test_a_change_of_units_changes_the_units_of_the_value_alone(dtype, problem, unit):
    theta = np.clip(problem.theta, -4.0 * problem.half_width, 4.0 * problem.half_width)
    value, entropy = on_tensors(problem, dtype, theta=theta)
    scaled, same = on_tensors(
        problem,
        dtype,
        theta=unit * theta,
        half_width=unit * problem.half_width,
        temperature=unit * problem.temperature,
    )
    # A power of two as unit changes no digit, but where a number leaves the normal range.
    smallest = torch.finfo(dtype).tiny * max(1.0, unit)
    np.testing.assert_allclose(scaled, unit * value, rtol=0.0, atol=smallest)
    np.testing.assert_array_equal(same, entropy)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("count", COUNTS)
def test_the_cold_limit_is_the_nearest_level_and_has_no_entropy(dtype, count):
    theta = np.random.default_rng(count).uniform(-1.2, 1.2, 200)
    problem = GridProblem(in_single_precision(theta), 1.0, count, 1e-25)
    value, entropy = on_tensors(problem, dtype)
    levels = uniform_levels(1.0, count, dtype, "cpu").double().numpy()
    nearest = np.abs(problem.theta[:, np.newaxis] - reference.levels.uniform_levels(1.0, count)).argmin(
        axis=1
    )
    np.testing.assert_array_equal(value, levels[nearest])
    np.testing.assert_array_equal(entropy, 0.0)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("count", COUNTS)
def test_the_hot_limit_is_the_mean_of_the_levels_and_has_entropy_log_k(dtype, count):
    problem = GridProblem(in_single_precision([-0.7, 0.0, 0.2, 5.0]), 1.0, count, 1e25)
    value, entropy = on_tensors(problem, dtype)
    np.testing.assert_allclose(value, 0.0, atol=1e-20)  # of the order of half_width^2/T
    np.testing.assert_allclose(entropy, math.log(count), rtol=budget(dtype))


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_a_tie_is_split_evenly_however_cold(dtype):
    value, entropy = on_tensors(GridProblem(np.array([0.5, -0.5, 0.0]), 1.5, 4, 1e-20), dtype)
    # 0.5 is a level and 0 a midpoint of -1.5, -0.5, 0.5, 1.5.
    np.testing.assert_array_equal(value, [0.5, -0.5, 0.0])
    np.testing.assert_allclose(entropy, [0.0, 0.0, math.log(2.0)], rtol=budget(dtype))


# Shapes, dtypes, methods ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", PORTABLE_METHODS)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (2, 0)])
def test_the_results_have_the_shape_of_theta(method, shape):
    form = soft_quantize(torch.zeros(shape), 1.0, 4, 0.1, method)
    assert form.value.shape == form.entropy.shape == shape


@pytest.mark.parametrize("method", PORTABLE_METHODS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_short_floats_are_computed_in_single_precision(method, dtype):
    theta = torch.linspace(-1.3, 1.3, 57).to(dtype)
    short, long = (soft_quantize(x, 1.0, 17, 0.06, method) for x in (theta, theta.float()))
    assert short.value.dtype == dtype
    assert short.entropy.dtype == torch.float32
    assert torch.equal(short.value, long.value.to(dtype))
    assert torch.equal(short.entropy, long.entropy)


@pytest.mark.parametrize("method", PORTABLE_METHODS)
@given(st.lists(st.floats(0.01, 100.0), min_size=4, max_size=4))
def test_half_width_and_temperature_may_differ_between_parameters(method, scales):
    theta = torch.tensor([0.3, -0.8], dtype=torch.float64)
    widths, heats = (torch.tensor(pair, dtype=torch.float64) for pair in (scales[:2], scales[2:]))
    form = soft_quantize(theta, widths, 6, heats, method)
    for i in range(2):
        single = soft_quantize(theta[i], widths[i], 6, heats[i], method)
        torch.testing.assert_close(
            form.value[i], single.value, rtol=0.0, atol=budget(torch.float64) * float(widths[i])
        )
        torch.testing.assert_close(
            form.entropy[i], single.entropy, rtol=0.0, atol=2.0 * budget(torch.float64)
        )


@pytest.mark.parametrize("method", ["chunked", "closed_form"])
def test_work_done_in_pieces_equals_work_done_at_once(method):
    whole_by = {"chunked": "dense", "closed_form": None}[method]
    theta = torch.linspace(-1.5, 1.5, 2**16 + 1)
    pieces = soft_quantize(theta, 1.0, 9, 0.07, method)
    whole = soft_quantize(theta, 1.0, 9, 0.07, whole_by) if whole_by else closed_form(theta, 1.0, 9, 0.07)
    for one, other in zip(pieces, whole, strict=True):
        torch.testing.assert_close(one, other, rtol=0.0, atol=2.0 * torch.finfo(theta.dtype).eps)


@pytest.mark.parametrize("method", ["dense", "chunked"])
@given(
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=9, unique=True).map(sorted),
    st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=9),
    st.floats(-2.0, 2.0).map(lambda decade: 10.0**decade),
)
def test_arbitrary_levels_agree_with_the_reference(method, levels, theta, temperature):
    levels = np.array(levels) / 1000.0
    theta = np.array(theta)
    form = soft_quantize_levels(torch.tensor(theta), torch.tensor(levels), temperature, method)
    rounding = BUDGET_ULPS * torch.finfo(torch.float64).eps * (1.0 + 2.0 / temperature)
    expected = reference.soft_quantization.soft_quantize(theta, levels, temperature)
    np.testing.assert_allclose(form.value.numpy(), expected, rtol=0.0, atol=rounding)
    entropy = reference.entropy.level_entropy(theta, levels, temperature)
    np.testing.assert_allclose(form.entropy.numpy(), entropy, rtol=0.0, atol=rounding * (1.0 + math.log(9)))


@given(st.sampled_from(COUNTS), st.floats(1e-3, 1e3))
def test_the_grid_is_the_references(count, half_width):
    expected = reference.levels.uniform_levels(half_width, count)
    np.testing.assert_array_equal(uniform_levels(half_width, count, torch.float64, "cpu").numpy(), expected)
    pair = uniform_levels(torch.tensor([1.0, half_width], dtype=torch.float64), count, torch.float64, "cpu")
    np.testing.assert_array_equal(pair[1].numpy(), expected)


# Derivatives ----------------------------------------------------------------------------------------------------


def derivatives(theta, half_width, count, temperature, dtype=torch.float64, as_tensor=True):
    """dS/dtheta, dH/dtheta, dS/dT and dH/dT of one parameter, by autograd."""
    theta = torch.tensor(theta, dtype=dtype, requires_grad=True)
    heat = torch.tensor(temperature, dtype=torch.float64, requires_grad=as_tensor)
    form = closed_form(theta, half_width, count, heat)
    inputs = (theta, heat) if as_tensor else (theta,)
    gradients = [torch.autograd.grad(result, inputs, retain_graph=True) for result in form]
    return [float(gradient[i]) for i in range(len(inputs)) for gradient in gradients]


@given(grid_problems(counts=(2, 3, 4, 5, 16, 17), decades=(-6.0, 3.0), size=3))
@example(GridProblem(np.array([0.0]), 1.0, 2, 0.01))  # a midpoint, where the branches meet
@example(GridProblem(np.array(midpoints(1.5, 7)), 1.5, 7, 0.01))
@example(GridProblem(np.array([0.3, -0.4]), 1.0, 2, 4.0))  # where the hot and the cold form meet: Y = 1/2
def test_autograd_agrees_with_the_covariances(problem):
    width, count, heat = problem[1:]
    for theta in problem.theta:
        distance = distance_to_kinks(theta, width, count)
        if abs(theta) != width and distance <= 1e-9 * problem.spacing:
            continue  # a level: the derivative by theta jumps there
        exact = from_definition(theta, width, count, heat)
        # In units of half_width and T; no slope exceeds 1 + h/T, no slope of the entropy by a few times that.
        x = problem.spacing / heat
        scales = width * (1.0 + x) / width, (1.0 + x) / min(heat, problem.spacing), width / heat, 1.0 / heat
        rounding = 32.0 * torch.finfo(torch.float64).eps * (1.0 + x)
        for computed, wanted, scale in zip(
            derivatives(theta, width, count, heat), exact[2:], scales, strict=True
        ):
            assert abs(computed - float(wanted)) <= rounding * scale, (theta, computed, wanted)


def test_a_wrong_derivative_is_told_from_the_right_one():
    exact = from_definition(0.3, 1.0, 5, 0.2)
    right, *_ = derivatives(0.3, 1.0, 5, 0.2)
    wrong, *_ = derivatives(0.3, 1.0, 5, 0.202)
    assert abs(right - float(exact.value_by_theta)) <= 32 * torch.finfo(torch.float64).eps * (1 + 0.5 / 0.2)
    assert abs(wrong - float(exact.value_by_theta)) > 1e-3


@pytest.mark.parametrize("count", [2, 5, 64])
@pytest.mark.parametrize("heat", [0.02, 0.4, 5.0])
def test_finite_differences_confirm_all_derivatives(count, heat):
    theta = torch.tensor([0.11, -0.43, 0.93], dtype=torch.float64, requires_grad=True)
    scales = [torch.tensor(scale, dtype=torch.float64, requires_grad=True) for scale in (1.0, heat)]
    assert torch.autograd.gradcheck(lambda t, w, h: tuple(closed_form(t, w, count, h)), (theta, *scales))


# Extremes -------------------------------------------------------------------------------------------------------

TINIEST = 5e-324
SCALES = [1e-30, 1.0, 1e30]
HEATS = [TINIEST, 1e-300, 1e-45, 1e-38, 1e-12, 0.0625, 1.0, 3.0, 1e12, 1e38, 1e300]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("form_of_scales", ["numbers", "tensors", "vectors"])
def test_nothing_is_infinite_or_undefined_at_any_extreme(dtype, form_of_scales):
    for count, width, heat in itertools.product([1, 2, 3, 4, 1024, 65536], SCALES, HEATS):
        largest = torch.finfo(dtype).max
        points = [
            0.0,
            -0.0,
            width,
            -width,
            width / 3,
            width / (count + 1),
            1e30 * width,
            -1e30 * width,
            largest,
        ]
        theta = torch.tensor([min(max(x, -largest), largest) for x in points]).to(dtype).requires_grad_()
        scales = [width, heat]
        if form_of_scales != "numbers":
            scales = [torch.tensor(scale, dtype=torch.float64) for scale in scales]
        if form_of_scales == "vectors":
            scales = [scale.expand(theta.shape) for scale in scales]
        form = closed_form(theta, scales[0], count, scales[1])
        if width > largest:
            continue  # the value itself is beyond the dtype
        assert all(torch.isfinite(result).all() for result in form), (count, width, heat)
        (form.value.double().sum() + form.entropy.double().sum()).backward()
        assert not torch.isnan(theta.grad).any(), (count, width, heat)


@pytest.mark.parametrize("method", ["dense", "chunked"])
def test_the_literal_sum_is_finite_at_extremes_too(method):
    for count, heat in itertools.product([1, 2, 1024], HEATS):
        theta = torch.tensor([0.0, 1.0, -0.3, 1e30])
        form = soft_quantize(theta, 1.0, count, heat, method)
        assert all(torch.isfinite(result).all() for result in form), (count, heat)


# Cost -----------------------------------------------------------------------------------------------------------


class Ledger(TorchDispatchMode):
    """Count the operations, and the bytes of the largest tensor that one of them returns."""

    def __init__(self):
        super().__init__()
        self.operations, self.largest = 0, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        results = func(*args, **(kwargs or {}))
        self.operations += 1
        for result in results if isinstance(results, (tuple, list)) else [results]:
            if isinstance(result, torch.Tensor):
                self.largest = max(self.largest, result.numel() * result.element_size())
        return results


def cost(count, method="closed_form", heat=0.01, as_tensor=True):
    theta = torch.linspace(-1.0, 1.0, 1000)
    with Ledger() as ledger:
        if method == "closed_form":
            vector = torch.tensor([heat], dtype=torch.float64)  # one element, but not read on the host
            closed_form(theta, 1.0, count, vector if as_tensor else heat)
        else:
            soft_quantize(theta, 1.0, count, heat, method)
    return ledger.operations, ledger.largest / (theta.numel() * theta.element_size())


@pytest.mark.parametrize("as_tensor", [True, False])
def test_operations_and_memory_do_not_depend_on_the_number_of_levels(as_tensor):
    assert (
        cost(16, as_tensor=as_tensor) == cost(1024, as_tensor=as_tensor) == cost(65536, as_tensor=as_tensor)
    )
    _, largest = cost(1024, as_tensor=as_tensor)
    assert largest <= 2.0  # the position within a cell takes float64


def test_the_literal_method_needs_k_numbers_per_parameter():
    assert cost(16, "dense")[1] >= 16
    assert cost(1024, "dense")[1] >= 1024


def test_a_temperature_on_a_device_is_not_read_by_the_host():
    with FakeTensorMode():
        theta = torch.empty(7, device="cuda")
        heat = torch.empty((), dtype=torch.float64, device="cuda")
        form = closed_form(theta, 1.0, 1024, heat)
        assert form.value.device == form.entropy.device == theta.device


# A warning of torch about torch, raised while its compiler is imported.
@pytest.mark.filterwarnings("ignore:.*torch.jit.script_method.*:DeprecationWarning")
@torch._dynamo.config.patch(error_on_recompile=True)
def test_one_compilation_serves_every_temperature():
    torch._dynamo.reset()
    compiled = torch.compile(closed_form, fullgraph=True)
    theta = torch.linspace(-1.2, 1.2, 1001)
    half_width = torch.tensor(1.0, dtype=torch.float64)
    for heat in (1e-6, 0.004, 0.05, 1.0, 30.0):
        temperature = torch.tensor(heat, dtype=torch.float64)
        form = compiled(theta, half_width, 256, temperature)
        problem = GridProblem(theta[::100].double().numpy(), 1.0, 256, heat)
        sample = [result[::100].double().numpy() for result in form]
        assert largest_error(problem, sample) <= budget(torch.float32)
        for one, other in zip(form, closed_form(theta, 1.0, 256, temperature), strict=True):
            torch.testing.assert_close(one, other, rtol=budget(torch.float32), atol=budget(torch.float32))


@torch._dynamo.config.patch(error_on_recompile=True)
def test_a_recompilation_would_be_noticed():
    torch._dynamo.reset()
    compiled = torch.compile(closed_form, backend="eager", fullgraph=True)
    compiled(torch.zeros(3), 1.0, 256, 0.1)
    with pytest.raises(torch._dynamo.exc.RecompileError):
        compiled(torch.zeros(3), 1.0, 255, 0.1)


# Bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("theta", {"theta": [0.0]}),
        ("theta", {"theta": torch.zeros(2, dtype=torch.int64)}),
        ("theta", {"theta": torch.zeros(2, dtype=torch.complex64)}),
        ("half_width", {"half_width": 0.0}),
        ("half_width", {"half_width": float("inf")}),
        ("half_width", {"half_width": torch.ones(3)}),
        ("count", {"count": 0}),
        ("count", {"count": 2.0}),
        ("count", {"count": True}),
        ("count", {"count": 2**23 + 1}),
        ("temperature", {"temperature": -1.0}),
        ("temperature", {"temperature": float("nan")}),
        ("temperature", {"temperature": "warm"}),
        ("temperature", {"temperature": torch.ones((2, 2))}),
        ("method", {"method": "exact"}),
    ],
)
def test_a_bad_argument_is_named(name, changes):
    arguments = {"theta": torch.zeros(2), "half_width": 1.0, "count": 4, "temperature": 0.1} | changes
    with pytest.raises((ValueError, TypeError), match=rf"^{name} must "):
        soft_quantize(**arguments)


def test_bad_levels_are_named():
    for levels in (torch.zeros(0), torch.zeros((2, 2)), [0.0, 1.0]):
        with pytest.raises((ValueError, TypeError), match=r"^levels must "):
            soft_quantize_levels(torch.zeros(2), levels, 0.1)
    with pytest.raises(ValueError, match=r"^method must "):
        soft_quantize_levels(torch.zeros(2), torch.tensor([0.0, 1.0]), 0.1, "closed_form")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_the_kernel_is_refused_without_a_device():
    with pytest.raises(ValueError, match="CUDA"):
        soft_quantize(torch.zeros(2), 1.0, 4, 0.1, "triton")

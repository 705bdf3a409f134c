"""Every way to compute soft quantization: shapes, types, pieces, arbitrary levels, refused arguments."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import reference.entropy
import reference.levels
import reference.soft_quantization
from gpu.closed_form import closed_form
from gpu.soft_quantization import soft_quantize, soft_quantize_levels, uniform_levels
from tests.gpu.quantization_errors import (
    BUDGET_ULPS,
    budget,
)
from tests.gpu.quantization_on_tensors import PORTABLE_METHODS
from tests.gpu.strategies import (
    COUNTS,
)


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

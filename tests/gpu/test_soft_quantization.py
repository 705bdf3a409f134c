"""Soft quantization on tensors: 50-digit values, the reference, symmetries and limits."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import reference.entropy
import reference.levels
import reference.soft_quantization
from gpu.soft_quantization import uniform_levels
from tests.gpu.exact_soft_quantization import (
    from_definition,
    from_two_series,
)
from tests.gpu.quantization_errors import (
    agrees_with_the_reference,
    budget,
    largest_error,
    rounded,
)
from tests.gpu.quantization_on_tensors import PORTABLE_METHODS, PRECISIONS, on_tensors
from tests.gpu.strategies import (
    COUNTS,
    GRIDS,
    MODERATE_GRIDS,
    GridProblem,
    grid_problems,
    in_single_precision,
)


@pytest.mark.parametrize("dtype", PRECISIONS)
@example(GridProblem(np.array([0.2877590258491775]), 1.5, 65535, 7.83305067359208e-05))  # beside a cell's end
@example(GridProblem(np.array([1.0, -1.0, 0.5]), 1.0, 2, 3.7357))  # just colder than where the forms meet
@example(GridProblem(np.array([1.5, -0.5, 0.0]), 1.5, 4, 1e-13))  # exact ties far below the spacing
@given(GRIDS)
def test_value_and_entropy_agree_with_50_digits(dtype, problem):
    held = rounded(problem, dtype)
    assert largest_error(held, on_tensors(held, dtype)) <= budget(dtype)


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


# In float32 the levels of the literal sum are rounded too far.
@pytest.mark.parametrize(
    ("method", "dtype"),
    [("closed_form", torch.float32), *itertools.product(PORTABLE_METHODS, [torch.float64])],
)
@given(MODERATE_GRIDS)
def test_every_method_agrees_with_the_reference(method, dtype, problem):
    held = rounded(problem, dtype)
    assert agrees_with_the_reference(held, on_tensors(held, dtype, method), dtype)


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(GRIDS)
def test_values_lie_in_the_hull_and_entropies_between_zero_and_log_k(dtype, problem):
    value, entropy = on_tensors(problem, dtype)
    assert np.all(np.abs(value) <= problem.half_width)
    assert np.all(entropy >= 0.0)
    assert np.all(entropy <= math.log(problem.count) * (1.0 + budget(dtype)))


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(GRIDS)
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

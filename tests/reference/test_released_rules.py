"""The released code's rules: known answers, limits, and how each differs from the paper's formula."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.acceptance import acceptance_probability
from reference.fraction import fraction_trace
from reference.levels import uniform_levels
from reference.released_rules import (
    released_acceptance,
    released_entropy,
    released_fraction,
    released_soft_quantize,
    released_temperature,
)
from reference.soft_quantization import soft_quantize

EPS = float(np.finfo(np.float64).eps)
bounds = st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)).map(sorted)
curves = st.lists(st.floats(-100.0, 100.0), min_size=10, max_size=14)
temperatures = st.floats(-6.0, 6.0).map(lambda x: 10.0**x)
tensors = st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=8)


@given(curves, bounds)
def test_the_fraction_is_the_mean_over_the_largest_of_the_last_nine_changes(losses, pair):
    f_min, f_max = pair
    fraction = released_fraction(losses, *pair)
    assert f_min <= fraction <= f_max
    changes = np.abs(np.diff(losses[-10:]))
    if changes.max() > 1e-200:
        expected = f_max - (f_max - f_min) * changes.mean() / changes.max()
        assert abs(fraction - expected) <= 16 * EPS


def test_the_fraction_falls_where_the_papers_rises():
    steady, one_jump = np.arange(10.0), np.array([0.0] * 9 + [1.0])
    assert released_fraction(steady, 0.1, 0.9) == 0.1
    assert released_fraction(one_jump, 0.1, 0.9) == pytest.approx(0.9 - 0.8 / 9, rel=4 * EPS)
    assert fraction_trace(steady, 0.1, 0.9)[-1] == fraction_trace(one_jump, 0.1, 0.9)[-1] > 0.5
    settled = np.array([100.0] + [0.0] * 9)
    assert released_fraction(settled, 0.1, 0.9) > 0.8
    assert fraction_trace(settled, 0.1, 0.9)[-1] == 0.1


def test_until_ten_losses_are_there_and_where_none_changed_the_fraction_is_the_largest():
    assert released_fraction([], 0.1, 0.9) == 0.9
    assert released_fraction(np.arange(9.0), 0.1, 0.9) == 0.9
    assert released_fraction([2.0] * 30, 0.1, 0.9) == 0.9


@given(tensors, st.integers(2, 12), temperatures)
def test_the_quantized_tensor_is_the_papers_map_on_levels_of_its_own(entries, count, temperature):
    result = released_soft_quantize(entries, count, temperature)
    low, high = min(entries), max(entries)
    assert np.all((result >= low) & (result <= high))
    if high - low > 1e-6:
        levels = np.linspace(low, high, count)
        expected = soft_quantize(entries, levels, temperature)
        # A rounded distance of size up to 6, divided by T, is exponentiated, which matters up to exponents of
        # 745, and multiplies a level; the sum has count terms.
        budget = (16 + count + 2 * min(6.0 / temperature, 745.0)) * EPS * 6.0
        assert np.all(np.abs(result - expected) <= budget)


def test_cold_ends_of_a_tensor_stay_where_a_fixed_grid_would_move_them():
    entries = np.array([-0.1, 0.05, 0.1])
    own = released_soft_quantize(entries, 5, 1e-4)
    assert own == pytest.approx(entries, abs=1e-9)
    assert soft_quantize(entries, uniform_levels(1.0, 5), 1e-4) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_a_constant_tensor_and_one_of_a_single_entry_are_fixed():
    assert released_soft_quantize([0.7], 1024, 0.5).tolist() == [0.7]
    assert released_soft_quantize([[0.3, 0.3]], 7, 1e-9).tolist() == [[0.3, 0.3]]
    assert released_soft_quantize(np.empty((0, 3)), 7, 1.0).shape == (0, 3)


def test_levels_closer_than_the_floats_are_no_error():
    low, high = 1.0, math.nextafter(1.0, 2.0)
    result = released_soft_quantize([low, high], 1024, 1.0)
    assert np.all((result >= low) & (result <= high))


@given(st.floats(-1.0, 3.0), temperatures)
def test_the_threshold_is_lambert_s_function(position, temperature):
    with mpmath.workdps(50):
        limit = float(mpmath.mpf(temperature) * mpmath.lambertw(1 / (1024 * mpmath.mpf(temperature))).real)
    change = position * limit
    # Within a few roundings of the limit either answer is right.
    if abs(position - 1.0) > 1e-12:
        assert released_acceptance(change, temperature) == (position < 1.0)


def test_no_temperature_lets_more_than_one_part_in_a_thousand_through():
    assert all(not released_acceptance(0.001, temperature) for temperature in (1e-6, 1.0, 1e12))
    assert released_acceptance(0.00097, 1e12)
    assert acceptance_probability(0.001, 1e12) == pytest.approx(0.5, abs=1e-12)


@given(st.floats(-1e308, 0.0), st.floats(-300.0, 300.0).map(lambda x: 10.0**x))
def test_a_loss_that_does_not_rise_is_always_kept(change, temperature):
    assert released_acceptance(change, temperature)


def naive_entropy(tensor, temperature):
    with mpmath.workdps(50):
        weights = [mpmath.exp(mpmath.mpf(x) / mpmath.mpf(temperature)) for x in np.ravel(tensor)]
        total = mpmath.fsum(weights)
        return float(-mpmath.fsum(w / total * mpmath.log(w / total) for w in weights))


@given(st.lists(tensors, min_size=1, max_size=3), st.floats(0.1, 100.0))
def test_the_entropy_is_that_of_a_softmax_over_the_entries(arrays, temperature):
    expected = sum(naive_entropy(array, temperature) for array in arrays)
    # Reduced energies up to 60 carry one rounding each into the exponential and into the mean.
    assert released_entropy(arrays, temperature) == pytest.approx(expected, abs=256 * EPS * len(arrays))


def test_the_entropy_does_not_see_the_levels():
    assert released_entropy([[0.5] * 8], 0.01) == pytest.approx(math.log(8), rel=4 * EPS)
    assert released_entropy([[0.0, 1.0]], 1e-300) == 0.0
    assert released_entropy([[7.0]], 1.0) == 0.0


@given(temperatures, st.floats(0.0, 50.0), st.integers(1, 20))
def test_the_temperature_falls_by_at_least_the_decay(temperature, entropy, count):
    following = released_temperature(temperature, entropy, count)
    assert following <= temperature * 0.992 * (1 + 4 * EPS)
    expected = temperature * math.exp(math.log(0.992) * (1 + entropy / count))
    assert following == pytest.approx(expected, rel=16 * EPS)


def test_more_entropy_cools_faster_where_the_papers_schedule_cools_slower():
    assert released_temperature(1.0, 5.0, 1) < released_temperature(1.0, 1.0, 1)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: released_fraction([math.nan], 0.1, 0.9), "losses must be finite"),
        (lambda: released_fraction([1.0], 0.9, 0.1), "f_min must be at most f_max"),
        (lambda: released_fraction([1.0], 0.1, 0.9, 0), "window must be an integer of at least 1"),
        (lambda: released_soft_quantize([math.inf], 3, 1.0), "candidate must be finite"),
        (lambda: released_soft_quantize([-1.7e308, 1.7e308], 3, 1.0), "candidate must have a finite range"),
        (lambda: released_soft_quantize([0.0], 0, 1.0), "level_count must be an integer of at least 1"),
        (lambda: released_soft_quantize([0.0], 3, 0.0), "temperature must be positive"),
        (lambda: released_acceptance(math.nan, 1.0), "energy_change must be finite"),
        (lambda: released_acceptance(0.0, -1.0), "temperature must be positive"),
        (lambda: released_entropy([[]], 1.0), "tensors must not be empty"),
        (lambda: released_entropy([[math.nan]], 1.0), "tensors must be finite"),
        (lambda: released_temperature(1.0, -1.0, 1), "entropy must be at least 0"),
        (lambda: released_temperature(1.0, 1.0, 0), "tensor_count must be an integer of at least 1"),
        (lambda: released_temperature(1.0, 1.0, 1, 1.5), r"decay must lie in \(0, 1\]"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()

"""Levels: the paper's grid is antisymmetric to the last bit, and the nearest level is decided exactly."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reference.levels import nearest_level_index, scaled_levels, uniform_levels

widths = st.floats(1e-300, 1.7e308)
counts = st.integers(2, 300)


@given(widths, counts)
def test_a_uniform_grid_is_antisymmetric_increasing_and_ends_at_its_half_width(half_width, count):
    levels = uniform_levels(half_width, count)
    assert levels.shape == (count,)
    assert np.array_equal(levels, -levels[::-1])
    assert np.all(levels[1:] > levels[:-1])
    assert levels[-1] == half_width


@given(widths, counts)
def test_zero_is_a_level_exactly_when_the_count_is_odd(half_width, count):
    assert (0.0 in uniform_levels(half_width, count)) == (count % 2 == 1)


@given(st.floats(1e-200, 1e200), counts)
def test_each_level_has_the_error_of_one_division_and_one_product(half_width, count):
    unit_roundoff = Fraction(1, 2**53)
    for k, level in enumerate(uniform_levels(half_width, count), start=1):
        formula = Fraction(half_width) * Fraction(2 * k - count - 1, count - 1)
        assert abs(Fraction(float(level)) - formula) <= ((1 + unit_roundoff) ** 2 - 1) * abs(formula)


@given(st.floats(1e-200, 1e200), counts, st.integers(-50, 50))
def test_scaling_the_half_width_by_a_power_of_two_scales_the_levels_exactly(half_width, count, power):
    scaled = uniform_levels(2.0**power * half_width, count)
    assert np.array_equal(scaled, 2.0**power * uniform_levels(half_width, count))


def test_grids_small_enough_to_check_by_hand():
    assert uniform_levels(7.0, 1).tolist() == [0.0]
    assert uniform_levels(7.0, 2).tolist() == [-7.0, 7.0]
    assert uniform_levels(1.0, 5).tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert uniform_levels(3, 4).tolist() == [-3.0, -1.0, 1.0, 3.0]


def test_the_largest_grid_in_use_is_strictly_increasing():
    levels = uniform_levels(0.02, 65536)
    assert np.all(np.diff(levels) > 0.0)


def test_the_papers_grid_scales_with_the_spread_of_the_initial_weights():
    assert np.array_equal(scaled_levels(0.5, 0.75, 255), uniform_levels(0.375, 255))


def nearest_by_rational_arithmetic(theta, levels):
    distances = [abs(Fraction(theta) - Fraction(level)) for level in levels]
    return distances.index(min(distances))


def nearest_by_rounded_distances(theta, levels):
    return int(np.argmin(np.abs(theta - np.array(levels))))


level_lists = st.lists(st.floats(-1.7e308, 1.7e308), min_size=1, max_size=6, unique=True).map(sorted)
close_lists = st.lists(st.integers(-9, 9), min_size=1, max_size=6, unique=True).map(
    lambda units: [unit * 5e-324 for unit in sorted(units)]
)
ROUNDING_TRAP = (2.0**60, [0.0, 1.0, 2.0])


@settings(max_examples=150)
@given(st.data(), level_lists | close_lists)
def test_the_nearest_level_agrees_with_rational_arithmetic(data, levels):
    middle = [a / 2 + b / 2 for a, b in pairwise(levels)]
    theta = data.draw(
        st.sampled_from(levels + middle) | st.floats(levels[0], levels[-1]) | st.floats(-1.7e308, 1.7e308)
    )
    assert nearest_level_index([theta], levels).tolist() == [nearest_by_rational_arithmetic(theta, levels)]


def test_rounded_distances_would_pick_the_wrong_level():
    theta, levels = ROUNDING_TRAP
    assert nearest_by_rounded_distances(theta, levels) != nearest_by_rational_arithmetic(theta, levels)
    assert nearest_level_index([theta], levels).tolist() == [nearest_by_rational_arithmetic(theta, levels)]


@given(st.lists(st.floats(-2.0, 2.0), max_size=20), counts)
@example(values=[], count=3)
def test_the_nearest_level_of_a_uniform_grid_is_within_half_a_spacing(values, count):
    levels = uniform_levels(2.0, count)
    distances = np.abs(levels[nearest_level_index(values, levels)] - values)
    half_spacing = 2.0 / (count - 1)
    assert np.all(distances <= half_spacing + 4 * np.spacing(2.0))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: uniform_levels(0.0, 3), ValueError, r"^half_width must be positive, got 0\.0"),
        (lambda: uniform_levels(np.nan, 3), ValueError, r"^half_width must be finite in float64, got nan"),
        (lambda: uniform_levels(1.0, 0), ValueError, r"^count must be an integer of at least 1, got 0"),
        (lambda: uniform_levels(1.0, 3.0), TypeError, r"^count must be an integer, got 3\.0"),
        (
            lambda: uniform_levels(5e-324, 4),
            ValueError,
            r"^half_width must be large enough for 4 .*got 5e-324",
        ),
        (lambda: scaled_levels(0.0, 1.0, 3), ValueError, r"^sigma_init must be positive, got 0\.0"),
        (lambda: scaled_levels(1.0, -1.0, 3), ValueError, r"^kappa must be positive, got -1\.0"),
        (lambda: scaled_levels(1e200, 1e200, 3), ValueError, r"^kappa \* sigma_init must be finite"),
        (lambda: nearest_level_index(0.0, [0.0]), ValueError, r"^theta must be one-dimensional"),
        (lambda: nearest_level_index([0.0], [1.0, 0.0]), ValueError, r"^levels must be strictly increasing"),
    ],
)
def test_a_wrong_argument_is_named_and_shown(call, error, message):
    with pytest.raises(error, match=message):
        call()

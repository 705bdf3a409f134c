"""Level probabilities and soft quantization: properties, known answers, bad input."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.levels import uniform_levels
from reference.soft_quantization import level_probabilities, soft_quantize
from tests.reference.exact_level_probabilities import EPS, LARGEST, MEAN_ERROR, PROBABILITY_ULPS, problems

thetas = st.lists(st.floats(-3.0, 3.0), max_size=8).map(np.array)
level_sets = st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=9, unique=True).map(
    lambda x: np.array(sorted(x))
)
temperatures = st.floats(1e-3, 1e3)


@given(problems())
def test_probabilities_are_non_negative_and_sum_to_one(problem):
    theta, levels, temperature = problem
    (row,) = level_probabilities([theta], levels, temperature)
    assert np.all(row >= 0.0)
    # Each entry has a relative error of at most PROBABILITY_ULPS units, so their sum has too.
    assert abs(math.fsum(row) - 1.0) <= PROBABILITY_ULPS * EPS


def neighbouring_floats(smallest, count):
    """The ``count`` floats from ``smallest`` on: a mean of such levels is lost in its own rounding error."""
    levels = [smallest]
    for _ in range(count - 1):
        levels.append(math.nextafter(levels[-1], math.inf))
    return levels


@given(problems())
@example(problem=(2.0, neighbouring_floats(1.9, 4), 1e-16))
@example(problem=(0.0, neighbouring_floats(1.3, 3), 1e-17))
@example(problem=(LARGEST, neighbouring_floats(LARGEST - 14 * 2.0**971, 15), 1e292))
def test_the_quantized_value_stays_in_the_hull_of_the_levels(problem):
    theta, levels, temperature = problem
    (value,) = soft_quantize([theta], levels, temperature)
    assert levels[0] <= value <= levels[-1]


@given(thetas, level_sets, temperatures)
def test_the_quantized_value_is_the_probability_weighted_mean_of_the_levels(theta, levels, temperature):
    mean = level_probabilities(theta, levels, temperature) @ levels
    budget = (MEAN_ERROR + levels.size * EPS) * np.max(np.abs(levels))
    assert np.all(np.abs(soft_quantize(theta, levels, temperature) - mean) <= budget)


@given(
    st.integers(-640, 640), st.lists(st.integers(-320, 320), min_size=1, unique=True), st.integers(-999, 999)
)
def test_shifting_parameter_and_levels_together_changes_no_probability(theta, levels, shift):
    # Sixty-fourths: every sum is exact, so the probabilities agree to the last bit.
    theta, levels = theta / 64, np.array(sorted(levels)) / 64
    shifted = level_probabilities([theta + shift], levels + shift, 0.75)
    assert np.array_equal(shifted, level_probabilities([theta], levels, 0.75))


@given(
    thetas,
    level_sets.filter(lambda x: np.all((x == 0) | (np.abs(x) > 1e-100))),
    temperatures,
    st.integers(-99, 99),
)
def test_scaling_by_a_power_of_two_changes_no_probability_and_scales_the_value(
    theta, levels, temperature, power
):
    theta = np.where(np.abs(theta) > 1e-100, theta, 0.0)
    unit = 2.0**power
    assert np.array_equal(
        level_probabilities(unit * theta, unit * levels, unit * temperature),
        level_probabilities(theta, levels, temperature),
    )
    assert np.array_equal(
        soft_quantize(unit * theta, unit * levels, unit * temperature),
        unit * soft_quantize(theta, levels, temperature),
    )


@given(problems())
def test_reflection_reverses_the_probabilities_and_negates_the_value_exactly(problem):
    theta, levels, temperature = problem
    mirrored = [-level for level in reversed(levels)]
    assert np.array_equal(
        level_probabilities([-theta], mirrored, temperature),
        level_probabilities([theta], levels, temperature)[:, ::-1],
    )
    assert soft_quantize([-theta], mirrored, temperature) == -soft_quantize([theta], levels, temperature)


@given(thetas, st.integers(1, 40), temperatures)
def test_on_a_symmetric_grid_the_quantizer_is_exactly_odd(theta, count, temperature):
    levels = uniform_levels(1.3, count)
    assert np.array_equal(
        soft_quantize(-theta, levels, temperature), -soft_quantize(theta, levels, temperature)
    )
    assert soft_quantize([0.0], levels, temperature).tolist() == [0.0]


@given(problems(), st.floats(0.0, 1.0))
def test_moving_theta_right_never_lowers_the_quantized_value(problem, part):
    theta, levels, temperature = problem
    left = min(theta, levels[-1])
    right = min(left + part * (levels[-1] - levels[0]), LARGEST)
    low, high = soft_quantize([left, right], levels, temperature)
    assert high >= low - 2 * MEAN_ERROR * max(abs(levels[0]), abs(levels[-1]))


@given(problems(), st.floats(0.0, 1.0))
def test_beyond_the_last_level_nothing_depends_on_theta(problem, part):
    _, levels, temperature = problem
    beyond = levels[-1] / 2 + (LARGEST / 2 - levels[-1] / 2) * part
    beyond = max(2 * min(beyond, LARGEST / 2), levels[-1])
    rows = level_probabilities([levels[-1], beyond], levels, temperature)
    assert np.array_equal(rows[0], rows[1])


@given(st.integers(1, 300), st.floats(-2.0, 2.0))
def test_infinite_temperature_limit_is_the_uniform_law(count, theta):
    (row,) = level_probabilities([theta], uniform_levels(1.0, count), 1e300)
    assert np.all(np.abs(row - 1.0 / count) <= PROBABILITY_ULPS * np.spacing(1.0 / count))


@given(level_sets.filter(lambda x: x.size < 2 or np.min(np.diff(x)) > 1e-200), st.data())
def test_zero_temperature_limit_is_the_nearest_level_and_half_and_half_at_a_midpoint(levels, data):
    theta = data.draw(st.sampled_from(list(levels)))
    assert soft_quantize([theta], levels, 1e-300).tolist() == [theta]
    assert soft_quantize([5e-324], [-2.0, 5e-324], 1e-300).tolist() == [5e-324]
    grid = np.arange(levels.size, dtype=np.float64)
    middles = grid[:-1] + 0.5
    assert np.array_equal(soft_quantize(middles, grid, 1e-300), middles)


@given(st.integers(2, 30), st.data())
def test_the_two_levels_around_a_midpoint_are_exactly_equally_likely(count, data):
    levels = np.arange(count, dtype=np.float64)
    k = data.draw(st.integers(0, count - 2))
    (row,) = level_probabilities([k + 0.5], levels, data.draw(temperatures))
    assert row[k] == row[k + 1] == np.max(row)


@given(st.floats(-1.0, 1.0), st.floats(1e-3, 1e3))
@example(theta=1.0, temperature=1e-3)
def test_two_levels_give_a_hyperbolic_tangent(theta, temperature):
    # P_2 / P_1 = exp(2 theta / T) between the levels -1 and 1.
    exact = mpmath.tanh(mpmath.mpf(theta) / mpmath.mpf(temperature))
    (value,) = soft_quantize([theta], [-1.0, 1.0], temperature)
    assert abs(value - float(exact)) <= MEAN_ERROR + EPS


def test_a_single_level_is_certain_and_no_parameter_gives_no_row():
    assert level_probabilities([0.0, 9.0], [2.0], 0.1).tolist() == [[1.0], [1.0]]
    assert soft_quantize([-5.0], [2.0], 1e300).tolist() == [2.0]
    assert level_probabilities([], [0.0, 1.0], 1.0).shape == (0, 2)
    assert soft_quantize([], [0.0, 1.0], 1.0).shape == (0,)


def test_each_parameter_is_treated_alone_however_many_there_are():
    # 65 parameters and 4099 levels do not fit into one block of temporaries.
    theta = np.linspace(-1.2, 1.2, 65)
    levels = uniform_levels(1.0, 4099)
    together = soft_quantize(theta, levels, 0.01)
    assert np.array_equal(together, [soft_quantize([x], levels, 0.01)[0] for x in theta])
    rows = level_probabilities(theta, levels, 0.01)
    assert np.array_equal(rows[-1:], level_probabilities(theta[-1:], levels, 0.01))


@pytest.mark.parametrize("function", [level_probabilities, soft_quantize])
@pytest.mark.parametrize(
    ("theta", "levels", "temperature", "error", "message"),
    [
        ([np.nan], [0.0], 1.0, ValueError, r"^theta must be finite in float64, got theta\[0\] = nan"),
        ([0.0, np.inf], [0.0], 1.0, ValueError, r"^theta must be finite in float64, got theta\[1\] = inf"),
        (0.0, [0.0], 1.0, ValueError, r"^theta must be one-dimensional with shape \(n,\), got shape \(\)"),
        ([[0.0]], [0.0], 1.0, ValueError, r"^theta must be one-dimensional.*got shape \(1, 1\)"),
        ([1j], [0.0], 1.0, TypeError, r"^theta must be real numbers"),
        ([0.0], [], 1.0, ValueError, r"^levels must contain at least one level, got \[\]"),
        ([0.0], [1.0, 0.0], 1.0, ValueError, r"^levels must be strictly increasing.*levels\[0\] = 1\.0"),
        ([0.0], [1.0, 1.0], 1.0, ValueError, r"^levels must be strictly increasing"),
        ([0.0], [0.0, np.nan], 1.0, ValueError, r"^levels must be finite in float64, got levels\[1\] = nan"),
        ([0.0], 0.0, 1.0, ValueError, r"^levels must be one-dimensional"),
        ([0.0], [0.0], 0.0, ValueError, r"^temperature must be positive, got 0\.0"),
        ([0.0], [0.0], -1.0, ValueError, r"^temperature must be positive, got -1\.0"),
        ([0.0], [0.0], np.inf, ValueError, r"^temperature must be finite in float64, got inf"),
        ([0.0], [0.0], np.nan, ValueError, r"^temperature must be finite in float64, got nan"),
        ([0.0], [0.0], [1.0], ValueError, r"^temperature must be a scalar, got shape \(1,\)"),
        ([0.0], [0.0], "hot", TypeError, r"^temperature must be real numbers .*got 'hot'"),
        ([], [0.0], 0.0, ValueError, r"^temperature must be positive"),
    ],
)
def test_a_wrong_argument_is_named_and_shown(function, theta, levels, temperature, error, message):
    with pytest.raises(error, match=message):
        function(theta, levels, temperature)

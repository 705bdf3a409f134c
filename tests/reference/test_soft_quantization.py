"""Level probabilities and soft quantization: properties, known answers, 50-digit values, bad input."""

import math
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reference.levels import uniform_levels
from reference.soft_quantization import level_probabilities, soft_quantize, sum_over_levels

EPS = float(np.finfo(np.float64).eps)
LARGEST = float(np.finfo(np.float64).max)

# Roundings on the way to a probability: exponential (at most one unit in the last place), its correction,
# their sum, the sum over levels (where the exponential's error enters again, averaged) and the quotient.
PROBABILITY_ULPS = 4
# A mean level inherits the relative error of its probabilities, at most one such unit being 2^-52.
MEAN_ERROR = PROBABILITY_ULPS * EPS


def exact_probabilities(theta, levels, temperature):
    """The definition: rational exponents without error, 50-digit exponentials."""
    distances = [abs(Fraction(theta) - Fraction(level)) for level in levels]
    smallest = min(distances)
    with mpmath.workdps(50):
        weights = []
        for distance in distances:
            exponent = (distance - smallest) / Fraction(temperature)
            # exp(-2000) is far below every float64, and the powers of huge exponents are slow.
            exponent = min(exponent, Fraction(2000))
            weights.append(mpmath.exp(-mpmath.mpf(exponent.numerator) / exponent.denominator))
        total = mpmath.fsum(weights)
        return [weight / total for weight in weights]


def units_in_the_last_place(computed, exact):
    """Largest error in units in the last place of the exact values, subnormal ones included."""
    with mpmath.workdps(50):
        return max(
            float(abs(mpmath.mpf(float(c)) - e) / mpmath.mpf(float(np.spacing(float(e)))))
            for c, e in zip(computed, exact, strict=True)
        )


def probability_error(function, theta, levels, temperature):
    computed = function([theta], levels, temperature)
    assert computed.shape == (1, len(levels))
    return units_in_the_last_place(computed[0], exact_probabilities(theta, levels, temperature))


def mean_error(theta, levels, temperature):
    """Error of the mean level in units of the largest |level|."""
    (computed,) = soft_quantize([theta], levels, temperature)
    with mpmath.workdps(50):
        probabilities = exact_probabilities(theta, levels, temperature)
        mean = mpmath.fsum(mpmath.mpf(q) * p for q, p in zip(levels, probabilities, strict=True))
        largest = max(abs(levels[0]), abs(levels[-1]), 5e-324)
        return float(abs(mpmath.mpf(float(computed)) - mean) / mpmath.mpf(largest))


@st.composite
def problems(draw, smallest=1e-300, largest=1e300):
    """theta, levels and temperature over the whole range, with theta where something happens."""
    scale = 10.0 ** draw(st.integers(-290, 290))
    shift = draw(st.sampled_from([0.0, 1.0, -1e3, 1e6]))
    units = draw(
        st.lists(st.floats(-1.0, 1.0).map(lambda x: round(x, 12)), min_size=1, max_size=12, unique=True)
    )
    levels = sorted({scale * (shift + unit) for unit in units})
    midpoints = [a / 2 + b / 2 for a, b in pairwise(levels)]
    theta = draw(
        st.sampled_from(levels + midpoints + [0.0, LARGEST, -LARGEST, 1e308])
        | st.floats(-2.0, 2.0).map(lambda x: scale * (shift + x))
    )
    # From the flat law to the edge of underflow, or anywhere.
    width = levels[-1] - levels[0] or scale
    temperature = draw(
        st.floats(0.01, 800.0).map(lambda x: width / x) | st.floats(-300.0, 300.0).map(lambda x: 10.0**x)
    )
    return theta, levels, min(max(temperature, smallest), largest)


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


@settings(max_examples=150)
@given(problems())
@example(problem=(0.0, [-LARGEST, LARGEST], 1e300))
@example(problem=(1e308, [-1.0, 0.0, 1.0], 1e-300))
@example(problem=(LARGEST, [-LARGEST, 0.0, LARGEST], 1e300))
@example(problem=(-5e-324, [-5e-324, 0.0, 5e-324], 1e-300))
def test_probabilities_agree_with_50_digits_over_the_whole_range(problem):
    assert probability_error(level_probabilities, *problem) <= PROBABILITY_ULPS


@given(problems())
@example(problem=(LARGEST, [-LARGEST, 0.0, LARGEST], 1e300))
@example(problem=(5e-324, [-5e-324, 0.0, 5e-324], 1e-300))
@example(problem=(0.0, [1e-311 * k for k in range(1001, 2002)], 1e300))
def test_quantized_values_agree_with_50_digits_over_the_whole_range(problem):
    assert mean_error(*problem) <= MEAN_ERROR


@given(problems(smallest=5e-324, largest=LARGEST))
def test_temperatures_beyond_the_promised_range_are_as_accurate(problem):
    assert probability_error(level_probabilities, *problem) <= PROBABILITY_ULPS


def test_probabilities_agree_with_50_digits_for_65536_levels():
    levels = uniform_levels(1.0, 65536)
    theta, temperature = float(levels[9]) / 2 + float(levels[10]) / 2, 1 / 700
    assert probability_error(level_probabilities, theta, levels.tolist(), temperature) <= PROBABILITY_ULPS


def test_no_floating_point_exception_escapes_at_the_ends_of_the_range():
    with np.errstate(all="raise"):
        for temperature in (5e-324, 1e-300, 1.0, 1e300, LARGEST):
            for levels in ([-LARGEST, LARGEST], [-1.0, 1.0], [-5e-324, 5e-324], [0.0]):
                theta = [-LARGEST, -1.0, -5e-324, 0.0, 5e-324, 1.0, LARGEST]
                assert np.all(np.isfinite(level_probabilities(theta, levels, temperature)))
                assert np.all(np.isfinite(soft_quantize(theta, levels, temperature)))


def sum_without_rounding_errors(terms):
    totals = terms
    while totals.shape[1] > 1:
        half = totals.shape[1] // 2
        folded = totals[:, :half] + totals[:, ::-1][:, :half]
        totals = np.concatenate([folded, totals[:, half : totals.shape[1] - half]], axis=1)
    return totals[:, 0]


def largest_sum_error(sum_of_rows, terms):
    """Largest error of a sum of rows, in units in its last place."""
    return max(
        abs(Fraction(float(total)) - sum(map(Fraction, row.tolist()))) / Fraction(float(np.spacing(total)))
        for total, row in zip(sum_of_rows(terms), terms, strict=True)
    )


def test_a_sum_over_levels_is_correct_to_one_rounding():
    rows = np.random.default_rng(0).random((40, 1023))
    # Half a unit from the last rounding; the errors of the errors are a thousandth of a unit together.
    assert largest_sum_error(sum_over_levels, rows) <= Fraction(501, 1000)
    assert largest_sum_error(sum_without_rounding_errors, rows) > 1


def naive_probabilities(theta, levels, temperature):
    """The textbook softmax with its largest exponent subtracted."""
    distances = np.abs(np.asarray(theta)[:, None] - np.asarray(levels))
    weights = np.exp(-(distances - distances.min(axis=1, keepdims=True)) / temperature)
    return weights / weights.sum(axis=1, keepdims=True)


def exact_distance_probabilities(theta, levels, temperature):
    """Exact differences of distances, but one plain division by the temperature."""
    differences = [[float(abs(Fraction(x) - Fraction(q))) for q in levels] for x in theta]
    weights = np.exp(-(np.array(differences) - np.min(differences)) / temperature)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("wrong", [naive_probabilities, exact_distance_probabilities])
def test_plain_float64_exponents_fail_the_accuracy_check(wrong):
    # Exponents of up to 700, where half a unit in the last place is worth some 250 of exp's.
    problem = (0.3, [0.1 * k for k in range(1, 12)], 0.8 / 700)
    assert probability_error(level_probabilities, *problem) <= PROBABILITY_ULPS
    assert probability_error(wrong, *problem) > 10 * PROBABILITY_ULPS


def test_rounded_distances_fail_far_outside_the_hull():
    problem = (1e17, [-1.0, 0.0, 1.0], 0.5)
    assert probability_error(level_probabilities, *problem) <= PROBABILITY_ULPS
    assert probability_error(naive_probabilities, *problem) > 2.0**40


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

"""Entropy of the level probabilities: properties, known answers, 50-digit values, bad input."""

import math
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reference.entropy import level_entropy, total_entropy
from reference.levels import uniform_levels
from reference.soft_quantization import level_probabilities

EPS = float(np.finfo(np.float64).eps)
LARGEST = float(np.finfo(np.float64).max)

# Roundings on the way to an entropy: those of the weights (as for the probabilities), logarithm, energy,
# product, quotient and sum; all terms are positive.
ENTROPY_ULPS = 5


def exact_entropy(theta, levels, temperature):
    """The definition -sum P log P with rational exponents and 50-digit exponentials and logarithms."""
    distances = [abs(Fraction(theta) - Fraction(level)) for level in levels]
    smallest = min(distances)
    with mpmath.workdps(50):
        weights = []
        for distance in distances:
            # exp(-2000) is far below every float64, and the powers of huge exponents are slow.
            exponent = min((distance - smallest) / Fraction(temperature), Fraction(2000))
            weights.append(mpmath.exp(-mpmath.mpf(exponent.numerator) / exponent.denominator))
        total = mpmath.fsum(weights)
        probabilities = sorted(weight / total for weight in weights)
        others = mpmath.fsum(probabilities[:-1])
        # log P of the likeliest level as log(1 - rest): 50 digits of P itself would not reach the rest.
        likeliest = -probabilities[-1] * mpmath.log1p(-others)
        return likeliest - mpmath.fsum(p * mpmath.log(p) for p in probabilities[:-1])


def entropy_error(function, theta, levels, temperature):
    """Error in units in the last place of the exact entropy; subnormal numbers have the smallest unit."""
    (computed,) = function([theta], levels, temperature)
    with mpmath.workdps(50):
        exact = exact_entropy(theta, levels, temperature)
        unit = mpmath.mpf(float(np.spacing(float(exact))))
        return float(abs(mpmath.mpf(float(computed)) - exact) / unit)


@st.composite
def problems(draw, smallest=1e-300, largest=1e300):
    """theta, levels and temperature over the whole range, with theta where something happens."""
    scale = 10.0 ** draw(st.integers(-290, 290))
    shift = draw(st.sampled_from([0.0, 1.0, -1e3, 1e6]))
    unit = st.floats(-1.0, 1.0).map(lambda x: round(x, 12))
    units = draw(st.lists(unit, min_size=1, max_size=12, unique=True))
    levels = sorted({scale * (shift + unit) for unit in units})
    midpoints = [a / 2 + b / 2 for a, b in pairwise(levels)]
    theta = draw(
        st.sampled_from([*levels, *midpoints, 0.0, LARGEST, -LARGEST, 1e308])
        | st.floats(-2.0, 2.0).map(lambda x: scale * (shift + x))
    )
    # From the flat law to the edge of underflow, or anywhere.
    width = levels[-1] - levels[0] or scale
    temperature = draw(
        st.floats(0.01, 800.0).map(lambda x: width / x) | st.floats(-300.0, 300.0).map(lambda x: 10.0**x)
    )
    return theta, levels, min(max(temperature, smallest), largest)


thetas = st.lists(st.floats(-3.0, 3.0), max_size=8)
level_sets = st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=9, unique=True).map(sorted)
temperatures = st.floats(1e-3, 1e3)


@given(problems())
@example(problem=(0.0, [0.0, 1.0], 1e9))
@example(problem=(1.0, [0.0, 1.0, 2.0, 3.0], 1e9))
def test_entropy_lies_between_zero_and_the_logarithm_of_the_number_of_levels(problem):
    theta, levels, temperature = problem
    (entropy,) = level_entropy([theta], levels, temperature)
    assert 0.0 <= entropy <= math.log(len(levels))


@given(thetas, level_sets, temperatures)
def test_entropy_is_minus_the_mean_logarithm_of_the_probabilities(theta, levels, temperature):
    probabilities = level_probabilities(theta, levels, temperature)
    logarithms = np.log(np.where(probabilities > 0.0, probabilities, 1.0))
    definition = -np.sum(probabilities * logarithms, axis=1)
    # P log P has the derivative 1 + log P, at most 1 + 745 in size, and P an error of a few units.
    budget = len(levels) * 8 * EPS * (1.0 + np.max(np.abs(logarithms), initial=0.0))
    assert np.all(np.abs(level_entropy(theta, levels, temperature) - definition) <= budget)


@given(problems(), st.floats(1.0, 1e3))
def test_heating_never_lowers_the_entropy(problem, factor):
    theta, levels, temperature = problem
    (cold,) = level_entropy([theta], levels, temperature)
    (hot,) = level_entropy([theta], levels, min(temperature * factor, 1e300))
    assert hot >= cold - 2 * ENTROPY_ULPS * np.spacing(cold)


@given(problems())
def test_reflection_leaves_the_entropy_alone_to_the_last_bit(problem):
    theta, levels, temperature = problem
    mirrored = [-level for level in reversed(levels)]
    assert np.array_equal(
        level_entropy([-theta], mirrored, temperature), level_entropy([theta], levels, temperature)
    )


@given(st.integers(-640, 640), st.lists(st.integers(-320, 320), min_size=1, unique=True), st.integers(-9, 9))
def test_shifting_and_scaling_everything_leaves_the_entropy_alone(theta, levels, shift):
    # Sixty-fourths and powers of two: every sum and product is exact, so the entropies agree to the last bit.
    theta, levels = theta / 64, np.array(sorted(levels)) / 64
    entropy = level_entropy([theta], levels, 0.75)
    assert np.array_equal(level_entropy([theta + shift], levels + shift, 0.75), entropy)
    unit = 2.0**shift
    assert np.array_equal(level_entropy([unit * theta], unit * levels, unit * 0.75), entropy)


@given(problems())
def test_beyond_the_last_level_the_entropy_does_not_depend_on_theta(problem):
    _, levels, temperature = problem
    at_the_end, far = level_entropy([levels[-1], LARGEST], levels, temperature)
    assert at_the_end == far


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 1024, 65535, 65536])
def test_the_hot_limit_is_the_logarithm_of_the_number_of_levels(count):
    (entropy,) = level_entropy([0.3], uniform_levels(1.0, count), 1e300)
    assert abs(entropy - math.log(count)) <= ENTROPY_ULPS * np.spacing(math.log(count))


def test_the_cold_limit_is_zero_on_a_level_and_log_2_at_a_midpoint():
    on_level, at_midpoint = level_entropy([1.0, 1.5], [0.0, 1.0, 2.0], 1e-300)
    assert on_level == 0.0
    assert abs(at_midpoint - math.log(2.0)) <= ENTROPY_ULPS * np.spacing(math.log(2.0))


@given(st.floats(0.0, 1.0), st.floats(2e-3, 1e3))
def test_two_levels_give_the_entropy_of_a_coin(theta, temperature):
    # Between the levels 0 and 1 the odds are exp((1 - 2 theta) / T).
    with mpmath.workdps(50):
        reduced = abs(1 - 2 * mpmath.mpf(theta)) / mpmath.mpf(temperature)
        tail = mpmath.exp(-reduced)
        exact = float(mpmath.log1p(tail) + reduced * tail / (1 + tail))
    (entropy,) = level_entropy([theta], [0.0, 1.0], temperature)
    assert abs(entropy - exact) <= ENTROPY_ULPS * np.spacing(exact)


def test_the_entropy_is_the_same_whether_parameters_come_together_or_alone():
    # 65 parameters and 4099 levels do not fit into one block of temporaries.
    theta = np.linspace(-1.2, 1.2, 65)
    levels = uniform_levels(1.0, 4099)
    alone = [level_entropy([x], levels, 0.01)[0] for x in theta]
    assert np.array_equal(level_entropy(theta, levels, 0.01), alone)


@given(st.data(), thetas, level_sets, temperatures)
def test_the_total_does_not_depend_on_the_order_of_the_parameters(data, theta, levels, temperature):
    shuffled = data.draw(st.permutations(theta))
    assert total_entropy(shuffled, levels, temperature) == total_entropy(theta, levels, temperature)


@given(thetas, thetas, level_sets, temperatures)
def test_the_total_adds_up_over_groups_of_parameters(first, second, levels, temperature):
    parts = total_entropy(first, levels, temperature) + total_entropy(second, levels, temperature)
    assert abs(total_entropy(first + second, levels, temperature) - parts) <= 2 * np.spacing(parts)


def test_no_parameters_have_no_entropy():
    assert level_entropy([], [0.0, 1.0], 1.0).shape == (0,)
    assert total_entropy([], [0.0, 1.0], 1.0) == 0.0


@settings(max_examples=200)
@given(problems())
@example(problem=(0.0, [0.0, 1.0], 1 / 700))
@example(problem=(0.0, [0.0, 1.0], 1 / 712))
@example(problem=(0.0, [0.0, 1.0], 1 / 740))
@example(problem=(0.0, [-LARGEST, LARGEST], 1e300))
@example(problem=(-5e-324, [-5e-324, 0.0, 5e-324], 1e-300))
def test_entropies_agree_with_50_digits_over_the_whole_range(problem):
    assert entropy_error(level_entropy, *problem) <= ENTROPY_ULPS


@given(problems(smallest=5e-324, largest=LARGEST))
def test_temperatures_beyond_the_promised_range_are_as_accurate(problem):
    assert entropy_error(level_entropy, *problem) <= ENTROPY_ULPS


@pytest.mark.parametrize(("theta", "temperature"), [(0.1, 1e-3), (5.0, 0.5)])
def test_entropies_agree_with_50_digits_for_65536_levels(theta, temperature):
    levels = uniform_levels(1.0, 65536).tolist()
    assert entropy_error(level_entropy, theta, levels, temperature) <= ENTROPY_ULPS


def test_no_floating_point_exception_escapes_at_the_ends_of_the_range():
    with np.errstate(all="raise"):
        for temperature in (5e-324, 1e-300, 1.0, 1e300, LARGEST):
            for levels in ([-LARGEST, LARGEST], [-1.0, 1.0], [-5e-324, 5e-324], [0.0]):
                theta = [-LARGEST, -1.0, -5e-324, 0.0, 5e-324, 1.0, LARGEST]
                assert np.all(np.isfinite(level_entropy(theta, levels, temperature)))


def entropy_of_rounded_probabilities(theta, levels, temperature):
    """-sum P log P, whose likeliest level loses everything below the unit roundoff."""
    probabilities = level_probabilities(theta, levels, temperature)
    logarithms = np.log(np.where(probabilities > 0.0, probabilities, 1.0))
    return -np.sum(probabilities * logarithms, axis=1)


def entropy_of_plain_exponents(theta, levels, temperature):
    """log Z + mean energy, with the differences of rounded distances divided by the temperature."""
    distances = np.abs(np.asarray(theta)[:, None] - np.asarray(levels))
    energies = (distances - distances.min(axis=1, keepdims=True)) / temperature
    weights = np.exp(-energies)
    total = weights.sum(axis=1)
    return np.log(total) + (weights * energies).sum(axis=1) / total


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (entropy_of_rounded_probabilities, (0.0, [0.0, 1.0, 3.0], 1 / 60)),
        (entropy_of_plain_exponents, (0.3, [0.1 * k for k in range(1, 12)], 1 / 700)),
        (entropy_of_plain_exponents, (1e17, [-1.0, 0.0, 1.0], 0.5)),
    ],
)
def test_cancelling_or_rounding_early_fails_the_accuracy_check(wrong, problem):
    assert entropy_error(level_entropy, *problem) <= ENTROPY_ULPS
    assert entropy_error(wrong, *problem) > 10 * ENTROPY_ULPS


@pytest.mark.parametrize("function", [level_entropy, total_entropy])
@pytest.mark.parametrize(
    ("theta", "levels", "temperature", "message"),
    [
        ([np.nan], [0.0], 1.0, r"^theta must be finite in float64, got theta\[0\] = nan"),
        (0.0, [0.0], 1.0, r"^theta must be one-dimensional with shape \(n,\), got shape \(\)"),
        ([0.0], [1.0, 1.0], 1.0, r"^levels must be strictly increasing"),
        ([0.0], [], 1.0, r"^levels must contain at least one level, got \[\]"),
        ([0.0], [0.0], 0.0, r"^temperature must be positive, got 0\.0"),
        ([0.0], [0.0], np.inf, r"^temperature must be finite in float64, got inf"),
    ],
)
def test_a_wrong_argument_is_named_and_shown(function, theta, levels, temperature, message):
    with pytest.raises(ValueError, match=message):
        function(theta, levels, temperature)

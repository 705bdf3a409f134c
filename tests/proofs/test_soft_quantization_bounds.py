"""Exact Lipschitz constant and displacement of soft quantization.

The second derivations share no code with the bounds: literal sums in many digits, the slope of S as a
covariance, and a search for its maximum in every cell.
"""

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proofs.bounds import (
    non_expansive_temperature,
    soft_quantization_displacement,
    soft_quantization_lipschitz,
    soft_quantization_lipschitz_uniform,
)
from reference.soft_quantization import soft_quantize

EPS = float(np.finfo(np.float64).eps)
# Weights down to exp(-100) are multiplied with each other in a covariance: 87 digits, and 16 more.
DIGITS = 110
# Roundings of the bound: odds carry ln K + gap/T <= 2 ln K of relative error per eps, sums a few per doubling.
LIPSCHITZ_ERROR = 64 * EPS


@st.composite
def problems(draw):
    """A level set with gaps over three orders of magnitude, and a temperature from cold to uniform."""
    gaps = draw(st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=7))
    offset = draw(st.floats(-10.0, 10.0))
    levels = offset + np.concatenate([[0.0], np.cumsum(gaps)])
    return levels, float(levels[-1] - levels[0]) * 10.0 ** draw(st.floats(-2.0, 2.0))


def slope_as_covariance(theta, side, levels, temperature):
    """S' = Cov(q, sign(q - theta))/T, one-sided at a level: `side` says where a level at theta counts."""
    with mpmath.workdps(DIGITS):
        points = [mpmath.mpf(float(q)) for q in levels]
        weights = [mpmath.exp(-abs(q - theta) / mpmath.mpf(temperature)) for q in points]
        signs = [side if q == theta else mpmath.sign(q - theta) for q in points]
        total = mpmath.fsum(weights)
        mean = mpmath.fsum(w * q for w, q in zip(weights, points, strict=True)) / total
        tilt = mpmath.fsum(w * s for w, s in zip(weights, signs, strict=True)) / total
        both = mpmath.fsum(w * q * s for w, q, s in zip(weights, points, signs, strict=True)) / total
        return (both - mean * tilt) / mpmath.mpf(temperature)


def mean_level(theta, levels, temperature):
    with mpmath.workdps(DIGITS):
        points = [mpmath.mpf(float(q)) for q in levels]
        weights = [mpmath.exp(-abs(q - theta) / mpmath.mpf(temperature)) for q in points]
        return mpmath.fsum(w * q for w, q in zip(weights, points, strict=True)) / mpmath.fsum(weights)


def highest(function, low, high):
    """Largest value of a function with one hump on [low, high], by ternary search."""
    with mpmath.workdps(DIGITS):
        low, high = mpmath.mpf(low), mpmath.mpf(high)
        for _ in range(60):
            a, b = low + (high - low) / 3, high - (high - low) / 3
            low, high = (a, high) if function(a) < function(b) else (low, b)
        return function((low + high) / 2)


def steepest_slope(levels, temperature):
    """The largest slope, from the covariance alone: both ends of every cell and the hump between them."""
    found = []
    for low, high in pairwise(mpmath.mpf(float(q)) for q in levels):
        found.append(slope_as_covariance(low, -1, levels, temperature))
        found.append(slope_as_covariance(high, 1, levels, temperature))
        found.append(highest(lambda t: slope_as_covariance(t, 1, levels, temperature), low, high))
    return max(found)


@given(problems())
@settings(max_examples=25)
@example((np.array([-1.0, 1.0]), 0.25))
@example(
    (np.array([-1.0, 0.0, 1.0]), 50.0)
)  # hot and odd: steepest beside the central level, not between levels
@example((np.array([0.0, 0.001, 1.0, 1.001]), 0.05))
def test_the_lipschitz_constant_is_the_largest_slope(problem):
    levels, temperature = problem
    second = float(steepest_slope(levels, temperature))
    assert soft_quantization_lipschitz(levels, temperature) == pytest.approx(
        second, rel=LIPSCHITZ_ERROR, abs=0
    )


@given(problems())
@example((np.array([-1.0, 0.0, 1.0]), 50.0))
def test_no_pair_of_parameters_is_spread_more_and_some_pair_nearly_as_much(problem):
    levels, temperature = problem
    bound = soft_quantization_lipschitz(levels, temperature)
    theta = np.concatenate([np.linspace(a, b, 500) for a, b in pairwise(levels)])
    theta = theta[np.concatenate([[True], np.diff(theta) > 0])]
    quotients = np.diff(soft_quantize(theta, levels, temperature)) / np.diff(theta)
    rounding = 8 * EPS * np.abs(levels).max() / np.diff(theta).min()
    assert quotients.max() <= bound * (1 + LIPSCHITZ_ERROR) + rounding
    # A quotient over dt misses the largest slope by at most a share dt/T: |ln slope|' <= 2/T.
    widest = 2 * np.diff(theta).max() / temperature
    assert quotients.max() >= bound * math.exp(-widest) - rounding


def test_the_slope_between_levels_alone_is_not_the_constant():
    """Control: a checker that looked only at the middle of cells would miss the steepest point."""
    levels, temperature = np.array([-1.0, 0.0, 1.0]), 50.0
    middle = float(slope_as_covariance(mpmath.mpf("0.5"), 1, levels, temperature))
    assert middle < soft_quantization_lipschitz(levels, temperature) * (1 - LIPSCHITZ_ERROR)


@given(problems(), st.integers(-40, 40))
def test_the_constant_has_no_units_and_ignores_reflection(problem, power):
    levels, temperature = problem
    bound = soft_quantization_lipschitz(levels, temperature)
    assert soft_quantization_lipschitz(np.ldexp(levels, power), math.ldexp(temperature, power)) == bound
    reflected = soft_quantization_lipschitz(-levels[::-1], temperature)
    assert reflected == pytest.approx(bound, rel=4 * EPS, abs=0)


@given(problems())
def test_two_levels_of_the_same_range_are_the_steepest(problem):
    levels, temperature = problem
    ends = levels[[0, -1]]
    steepest = soft_quantization_lipschitz(ends, temperature)
    assert steepest == pytest.approx((ends[1] - ends[0]) / (2 * temperature), rel=4 * EPS)
    assert soft_quantization_lipschitz(levels, temperature) <= steepest * (1 + LIPSCHITZ_ERROR)


@pytest.mark.parametrize(
    ("levels", "temperature", "constant"),
    [
        ([3.0], 1.0, 0.0),
        ([-1.0, 1.0], 1e300, 1e-300),
        ([-1.0, 1.0], 1e-290, 1e290),
        ([-1e308, 1e308], 1e308, 1.0),
        ([-5e-324, 5e-324], 5e-324, 1.0),
    ],
)
def test_the_constant_at_the_ends_of_the_float_range(levels, temperature, constant):
    assert soft_quantization_lipschitz(levels, temperature) == pytest.approx(constant, rel=4 * EPS, abs=0)


@given(st.integers(2, 70) | st.sampled_from([255, 256, 1024, 65536]), st.floats(-6.0, 3.0))
@example(65536, -4.0)
@example(3, -3.0)
def test_on_a_uniform_grid_the_closed_form_agrees_with_the_general_one(count, exponent):
    levels, step = np.arange(count, dtype=np.float64), 10.0**exponent
    general = soft_quantization_lipschitz(levels, 1 / step)
    closed = soft_quantization_lipschitz_uniform(1.0, count, 1 / step)
    assert closed == pytest.approx(general, rel=4 * LIPSCHITZ_ERROR, abs=0)


@given(st.integers(2, 3000), st.floats(1.001, 100.0))
def test_one_temperature_separates_contraction_from_amplification(count, factor):
    border = non_expansive_temperature(1.0, count)
    assert soft_quantization_lipschitz_uniform(1.0, count, border) == pytest.approx(1, rel=LIPSCHITZ_ERROR)
    assert soft_quantization_lipschitz_uniform(1.0, count, border * factor) < 1
    assert soft_quantization_lipschitz_uniform(1.0, count, border / factor) > 1


def test_the_separating_temperature_of_two_levels_is_half_their_distance():
    assert non_expansive_temperature(3.0, 2) == pytest.approx(1.5, rel=4 * EPS)


def largest_move(levels, temperature):
    """Second derivation: the literal S in many digits, at 4000 points and refined around the best of them."""
    theta = np.concatenate([np.linspace(a, b, 400) for a, b in pairwise(levels)])
    moves = np.abs(soft_quantize(theta, levels, temperature) - theta)
    best = int(moves.argmax())
    low, high = theta[max(0, best - 1)], theta[min(theta.size - 1, best + 1)]
    refined = highest(lambda t: abs(mean_level(t, levels, temperature) - t), low, high)
    return max(
        float(refined), *(float(abs(mean_level(t, levels, temperature) - t)) for t in theta[[0, -1, best]])
    )


@given(problems())
@settings(max_examples=25)
@example((np.array([-1.0, 0.0, 1.0]), 0.05))
@example((np.array([-1.0, 0.0, 1.0]), 0.7))
def test_the_displacement_is_the_largest_move_on_the_hull(problem):
    levels, temperature = problem
    found = largest_move(levels, temperature)
    error = 64 * EPS * np.abs(levels).max()
    assert soft_quantization_displacement(levels, temperature) == pytest.approx(found, rel=0, abs=error)


@given(st.integers(2, 400), st.floats(-3.0, 3.0))
@example(2, 0.0)
@example(400, 0.3)
def test_on_a_uniform_grid_the_move_is_below_half_the_range_and_the_temperature_or_half_a_spacing(
    count, exponent
):
    temperature = 10.0**exponent
    move = soft_quantization_displacement(np.arange(count, dtype=np.float64), temperature)
    assert move < min((count - 1) / 2, max(temperature, 0.5)) * (1 + 64 * EPS)


@pytest.mark.parametrize(
    ("count", "temperature", "limit", "missing"),
    [
        # The end misses the centre by Var/T = (K^2 - 1)/12T, the first term of its expansion.
        pytest.param(5, 1e7, 2.0, 2 / 1e7, id="hot: half the range"),
        # T (b(x) - b(Kx)) = T - 1/2 + 1/12T - ... in spacings.
        pytest.param(100_000, 300.0, 300.0, 1 / 2, id="between: the temperature"),
        # (1/A) = 2T at the turning point of the outermost cell: T (ln(2/T) + 1)/2 is missing.
        pytest.param(5, 1e-7, 0.5, 1e-7 * (math.log(2e7) + 1) / 2, id="cold: half a spacing"),
    ],
)
def test_the_three_regimes_are_reached(count, temperature, limit, missing):
    move = soft_quantization_displacement(np.arange(count, dtype=np.float64), temperature)
    assert limit - 1.01 * missing < move < limit - 0.99 * missing


@pytest.mark.parametrize("function", [soft_quantization_lipschitz, soft_quantization_displacement])
@pytest.mark.parametrize(
    ("levels", "temperature", "message"),
    [
        ([1.0, 0.0], 1.0, "levels must be strictly increasing"),
        ([], 1.0, "levels must contain at least one level"),
        ([0.0, math.nan], 1.0, "levels must be finite"),
        ([0.0, 1.0], 0.0, "temperature must be positive"),
        ([0.0, 1.0], math.inf, "temperature must be finite"),
        ([0.0, 1.0], 5e-324, "temperature must be at least the range"),
    ],
)
def test_bad_arguments_are_named(function, levels, temperature, message):
    with pytest.raises(ValueError, match=message):
        function(levels, temperature)

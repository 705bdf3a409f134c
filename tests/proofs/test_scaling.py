"""Fitted exponents are those planted, their intervals cover, and costs that are no power law raise the alarm."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.scaling import ALARM_LEVEL, fit_exponent, student_quantile, student_two_sided

EPS = float(np.finfo(float).eps)
SIZES = 2.0 ** np.arange(10, 22)  # 3.3 decades
REPETITIONS = 400
NOISE = 0.02  # relative, of a median of timings


def noisy(costs, seed):
    return costs * np.exp(NOISE * np.random.default_rng(seed).standard_normal(costs.size))


@given(st.floats(-3, 3), st.floats(1e-9, 1e9), st.floats(1e-6, 1e6))
def test_an_exact_power_law_gives_back_its_exponent_and_factor(exponent, factor, smallest):
    x = smallest * np.geomspace(1, 1000, 7)
    costs = factor * x**exponent
    fit = fit_exponent(x, costs)
    # Each log is off by an eps of itself; the slope divides that by the span of log x.
    scale = np.abs(np.log(costs)).max() + (1 + abs(exponent)) * (1 + np.abs(np.log(x)).max())
    budget = 100 * EPS * scale
    assert abs(fit.exponent - exponent) <= budget
    assert abs(math.log(fit.factor / factor)) <= budget * (1 + abs(math.log(smallest)))
    assert fit.largest_residual <= budget
    assert not fit.alarm


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_the_interval_covers_as_often_as_it_says(exponent):
    costs = 3e-9 * SIZES**exponent
    covered = 0
    for seed in range(REPETITIONS):
        fit = fit_exponent(SIZES, noisy(costs, seed))
        covered += fit.low <= exponent <= fit.high
    # Five standard deviations of a binomial count.
    assert abs(covered - 0.95 * REPETITIONS) <= 5 * math.sqrt(0.95 * 0.05 * REPETITIONS)


def test_a_neighbouring_exponent_is_outside_the_interval():
    fit = fit_exponent(SIZES, noisy(1e-9 * SIZES**1.1, 0))
    assert fit.contains(1.1)
    assert not fit.contains(1.0)


def test_the_alarm_is_false_as_seldom_as_it_says():
    alarms = sum(fit_exponent(SIZES, noisy(1e-9 * SIZES, seed)).alarm for seed in range(REPETITIONS))
    assert alarms <= ALARM_LEVEL * REPETITIONS + 5 * math.sqrt(ALARM_LEVEL * REPETITIONS)


# For each: the cost, and the noise at which a difference so small must still show.
WRONG_MODELS = {
    "n log n": (SIZES * np.log(SIZES), 0.002),
    "saturating": (SIZES / (1 + SIZES / 2**18), NOISE),
    "a constant beside": (2.0**14 + SIZES, NOISE),
    "linear, then quadratic": (SIZES + SIZES**2 / 2**18, NOISE),
}


@pytest.mark.parametrize("name", WRONG_MODELS)
def test_a_cost_that_is_no_power_law_raises_the_alarm(name):
    costs, noise = WRONG_MODELS[name]
    for seed in range(20):
        disturbed = costs * np.exp(noise * np.random.default_rng(seed).standard_normal(costs.size))
        fit = fit_exponent(SIZES, disturbed)
        assert fit.alarm, fit
        assert not fit.contains(fit.exponent)


def test_the_local_exponents_bracket_those_of_a_constant_beside_a_linear_cost():
    fit = fit_exponent(SIZES, 2.0**14 + SIZES)
    assert fit.first_exponent < 0.5 < 0.9 < fit.last_exponent


@given(st.floats(0.01, 50), st.integers(1, 40))
def test_the_tail_of_students_law_is_the_integral_of_its_density(statistic, degrees):
    with mpmath.workdps(30):
        norm = mpmath.gamma((degrees + 1) / mpmath.mpf(2)) / mpmath.gamma(degrees / mpmath.mpf(2))
        norm /= mpmath.sqrt(degrees * mpmath.pi)
        # The substitution s = statistic / w carries the tail to (0, 1], where the integrand is smooth.
        tail = mpmath.quad(
            lambda w: (
                (1 + (statistic / w) ** 2 / degrees) ** (-(degrees + 1) / mpmath.mpf(2)) * statistic / w**2
            ),
            [0, 0.25, 0.5, 1],
        )
        expected = float(2 * norm * tail)
    # The incomplete beta function is a sum of some tens of terms.
    assert abs(student_two_sided(statistic, degrees) - expected) <= 1000 * EPS * max(expected, EPS)


@given(st.floats(0.05, 0.999), st.integers(1, 40))
def test_the_quantile_inverts_the_tail(confidence, degrees):
    tail = student_two_sided(student_quantile(confidence, degrees), degrees)
    # The tail's slope in log s is at most degrees + 1; the bisection stops within a few eps of s.
    assert abs(tail - (1 - confidence)) <= 100 * (degrees + 1) * EPS


@pytest.mark.parametrize(
    ("x", "cost", "message"),
    [
        ([1, 2, 4, 8], [1, 2, 4, 8], "x must have at least 5 distinct values"),
        ([1, 2, 4, 8, 16], [1, 2, 4, 8, 16], "x must span at least 1.5 decades"),
        ([1, 10, 100, 1000, 10000], [1, 2, 3, 4, 0], "cost must be a vector of positive finite"),
        ([-1, 10, 100, 1000, 10000], [1, 2, 3, 4, 5], "x must be a vector of positive finite"),
        ([1, 10, 100, 1000, 10000], [1, 2, 3, 4], "cost must have as many entries as x"),
    ],
)
def test_points_that_carry_no_exponent_are_refused(x, cost, message):
    with pytest.raises(ValueError, match=message):
        fit_exponent(x, cost)


def test_a_confidence_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="confidence must be in"):
        fit_exponent([1, 10, 100, 1000, 10000], [1, 2, 3, 4, 5], confidence=1.0)

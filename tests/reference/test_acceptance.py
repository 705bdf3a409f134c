"""Acceptance: exact probabilities, complement, detailed balance, limits, bad input."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.acceptance import (
    ACCEPTANCE_RULES,
    acceptance_probability,
    acceptance_rule,
    accepts,
    always_probability,
    doubled_sigmoid_probability,
    metropolis_probability,
    piecewise_sigmoid_probability,
)

EPS = float(np.finfo(np.float64).eps)
TINY = 5e-324

# Relative roundings, in units of EPS: exponential 1, correction 1/2, product 1/2, the sum 1 + w 1/2,
# the quotient 1/2.
ACCEPTANCE_ERROR = 3 * EPS

temperatures = st.floats(-300.0, 300.0).map(lambda x: 10.0**x)
changes = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def moves(draw):
    """An energy change and a temperature: anywhere, or where the probability is strictly between 0 and 1."""
    temperature = draw(temperatures)
    quotient = draw(st.floats(-745.0, 745.0) | st.floats(-1e-6, 1e-6))
    near = quotient * temperature
    return draw(st.sampled_from([near]) if math.isfinite(near) else changes), temperature


def exact(rule, change, temperature):
    """The formula with a rational exponent and a 50-digit exponential."""
    quotient = Fraction(change) / Fraction(temperature)
    with mpmath.workdps(50):
        # Beyond 2000 every probability is 0 or 1 in float64.
        r = mpmath.mpf(max(min(quotient, 2000), -2000).numerator)
        r /= max(min(quotient, 2000), -2000).denominator
        weight = mpmath.exp(r)
        if rule == "sigmoid":
            return 1 / (1 + weight)
        return min(mpmath.mpf(1), 1 / weight)


def error_budget_used(function, rule, change, temperature):
    """Error divided by its budget: relative roundings, or half a subnormal unit for each of two roundings."""
    with mpmath.workdps(50):
        value = exact(rule, change, temperature)
        error = abs(mpmath.mpf(float(function(change, temperature))) - value)
        return float(error / (ACCEPTANCE_ERROR * value + TINY))


@given(moves())
@example((1e308, 1e-300))
@example((-1e308, 1e-300))
@example((TINY, 1e300))
@example((700.3 * 3e-7, 3e-7))
@example((745.0, 1.0))
def test_sigmoid_and_metropolis_probabilities_agree_with_fifty_digits(move):
    assert error_budget_used(acceptance_probability, "sigmoid", *move) <= 1.0
    assert error_budget_used(metropolis_probability, "metropolis", *move) <= 1.0


def test_a_rounded_quotient_would_fail_the_fifty_digit_check():
    def careless(change, temperature):
        return math.exp(-(change / temperature)) / (1.0 + math.exp(-(change / temperature)))

    worst = max(error_budget_used(careless, "sigmoid", 700.0 + k / 7, 3.0 / 2.9) for k in range(20))
    assert worst > 10.0


@given(moves())
def test_a_move_and_its_reverse_have_complementary_probabilities(move):
    change, temperature = move
    total = acceptance_probability(change, temperature) + acceptance_probability(-change, temperature)
    assert abs(total - 1.0) <= 2 * ACCEPTANCE_ERROR


def test_no_energy_change_is_accepted_half_the_time():
    for temperature in (1e-300, 1.0, 1e300):
        assert acceptance_probability(0.0, temperature) == 0.5


def test_saturation_needs_neither_overflow_nor_warning():
    assert acceptance_probability(1e308, 1e-300) == 0.0
    assert acceptance_probability(-1e308, 1e-300) == 1.0
    assert metropolis_probability(np.array([1e308, -1e308]), TINY).tolist() == [0.0, 1.0]
    assert acceptance_probability(1e308, 1e300) == 0.0
    assert acceptance_probability(TINY, 1e300) == 0.5


@given(st.lists(changes, min_size=2, max_size=20), temperatures)
def test_no_rule_raises_the_probability_with_the_energy_change(values, temperature):
    ordered = np.sort(np.array(values))
    for name, rule in ACCEPTANCE_RULES.items():
        probabilities = rule(ordered, temperature)
        # Two exponentials may be rounded in opposite directions.
        assert np.all(np.diff(probabilities) <= 2 * ACCEPTANCE_ERROR * probabilities[:-1] + TINY), name
        assert np.all((probabilities >= 0.0) & (probabilities <= 1.0)), name


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1.0, 1e3))
def test_heat_raises_the_probability_of_an_uphill_move_and_lowers_that_of_a_downhill_one(change, cold, ratio):
    hot = cold * ratio
    slack = 1.0 + 2 * ACCEPTANCE_ERROR
    assert acceptance_probability(change, cold) <= slack * acceptance_probability(change, hot) + TINY
    assert acceptance_probability(-change, hot) <= slack * acceptance_probability(-change, cold)


@given(moves())
def test_metropolis_lies_between_the_sigmoid_and_twice_the_sigmoid(move):
    sigmoid, metropolis = acceptance_probability(*move), metropolis_probability(*move)
    assert sigmoid <= metropolis * (1.0 + 2 * ACCEPTANCE_ERROR)
    assert metropolis <= 2.0 * sigmoid * (1.0 + 2 * ACCEPTANCE_ERROR) + TINY


def balance_defect(rule, change, temperature):
    """Relative deviation of A(dE) / A(-dE) from exp(-dE / T): zero for rules in detailed balance."""
    ratio = rule(change, temperature) / rule(-change, temperature)
    return abs(ratio * math.exp(change / temperature) - 1.0)


@given(st.floats(0.05, 10.0), st.floats(0.1, 10.0))
def test_only_the_sigmoid_and_metropolis_satisfy_detailed_balance(quotient, temperature):
    change = quotient * temperature
    # exp of a rounded quotient of at most 10 is wrong by 10 units, the three other factors by a few.
    budget = 20 * EPS
    assert balance_defect(acceptance_probability, change, temperature) <= budget
    assert balance_defect(metropolis_probability, change, temperature) <= budget
    for other in (piecewise_sigmoid_probability, doubled_sigmoid_probability, always_probability):
        assert balance_defect(other, change, temperature) > 1e3 * budget


def test_a_lower_energy_is_always_accepted_by_every_rule_but_the_sigmoid():
    for name, rule in ACCEPTANCE_RULES.items():
        certain = rule(-1.0, 1.0) == 1.0
        assert certain == (name != "sigmoid"), name
    assert acceptance_probability(-1.0, 1.0) == pytest.approx(math.e / (1.0 + math.e), rel=4 * EPS, abs=0.0)


@given(changes, temperatures)
def test_the_doubled_rule_is_twice_the_sigmoid_until_that_is_one(change, temperature):
    doubled = doubled_sigmoid_probability(change, temperature)
    assert doubled == min(1.0, 2.0 * acceptance_probability(change, temperature))


@given(st.floats(1e-3, 30.0))
def test_the_doubled_rule_uphill_is_one_minus_the_hyperbolic_tangent_of_half_the_rise(rise):
    # 2/(1 + e^x) = 1 - tanh(x/2); the difference is rounded at 1, the tangent by a unit or two.
    assert doubled_sigmoid_probability(rise, 1.0) == pytest.approx(1.0 - math.tanh(rise / 2), abs=4 * EPS)


def test_the_piecewise_rule_jumps_at_zero_and_the_doubled_one_does_not():
    step = 1e-12
    jump = piecewise_sigmoid_probability(0.0, 1.0) - piecewise_sigmoid_probability(step, 1.0)
    assert jump == pytest.approx(0.5, abs=step)
    assert doubled_sigmoid_probability(step, 1.0) == pytest.approx(1.0, abs=step)


@pytest.mark.parametrize("name", sorted(ACCEPTANCE_RULES))
def test_scalars_give_floats_and_arrays_keep_their_shape(name):
    rule = acceptance_rule(name)
    assert type(rule(1.0, 2.0)) is float
    grid = np.linspace(-3.0, 3.0, 6).reshape(2, 3)
    assert rule(grid, 2.0).shape == (2, 3)
    assert rule(grid, 2.0)[1, 2] == rule(grid[1, 2], 2.0)
    assert rule(np.empty(0), 2.0).shape == (0,)


def test_a_function_of_the_caller_is_a_rule():
    assert acceptance_rule(always_probability) is always_probability


def test_the_draw_is_compared_strictly():
    assert not accepts(0.5, 0.5)
    assert accepts(math.nextafter(0.5, 0.0), 0.5)
    assert not accepts(0.0, 0.0)
    assert accepts(math.nextafter(1.0, 0.0), 1.0)


@pytest.mark.parametrize("rule", list(ACCEPTANCE_RULES.values()), ids=list(ACCEPTANCE_RULES))
@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_that_is_not_positive_and_finite_is_refused(rule, temperature):
    with pytest.raises(ValueError, match="temperature must be"):
        rule(0.0, temperature)


@pytest.mark.parametrize("rule", list(ACCEPTANCE_RULES.values()), ids=list(ACCEPTANCE_RULES))
@pytest.mark.parametrize("change", [math.nan, math.inf, -math.inf, [0.0, math.nan]])
def test_an_energy_change_that_is_not_finite_is_refused(rule, change):
    with pytest.raises(ValueError, match="energy_change must be finite"):
        rule(change, 1.0)


@pytest.mark.parametrize(("uniform", "probability"), [(1.0, 0.5), (-0.1, 0.5), (0.5, 1.1), (math.nan, 0.5)])
def test_draws_and_probabilities_outside_their_range_are_refused(uniform, probability):
    with pytest.raises(ValueError, match="must"):
        accepts(uniform, probability)


def test_an_unknown_rule_is_refused_with_the_list_of_known_ones():
    with pytest.raises(ValueError, match=r"acceptance must be one of 'sigmoid', .*, got 'boltzmann'"):
        acceptance_rule("boltzmann")

"""Barriers of the support vector machine: the minimiser at a temperature, and what lies outside."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.margin_barriers import (
    BARRIERS,
    barrier_term,
    constraint_values,
    dual_barrier_energy,
    guarded_acceptance,
    primal_energy,
)

EPS = float(np.finfo(np.float64).eps)

# Two points of opposite classes, kernel value 1/2, C = 10, T = 21/8: alpha = 3, xi = 3/8, margin excess 7/8.
LABELS, PENALTY, TEMPERATURE, ALPHA = [1, -1], 10.0, 21 / 8, 3.0


def energy_at(length, bias, slack):
    """Energy of w = length (phi_1 - phi_2): |w|^2 = length^2, scores +-length/2."""
    return primal_energy([length / 2, -length / 2], LABELS, bias, slack, length**2, PENALTY, TEMPERATURE)


@given(st.lists(st.floats(-0.3, 0.3), min_size=4, max_size=4))
def test_no_point_has_less_energy_than_the_stationary_one(steps):
    least = energy_at(ALPHA, 0.0, [3 / 8, 3 / 8])
    near = energy_at(ALPHA + steps[0], steps[1], [3 / 8 + steps[2], 3 / 8 + steps[3]])
    assert near >= least - 16 * EPS * abs(least)


@given(st.floats(-2.9, 6.9), st.floats(-2.9, 6.9))
def test_the_dual_with_the_barrier_is_least_at_the_same_multipliers(first, second):
    """On the equality sum y alpha = 0 the two multipliers move together."""
    signed = [[1.0, -0.5], [-0.5, 1.0]]
    least = dual_barrier_energy([ALPHA, ALPHA], signed, PENALTY, TEMPERATURE)
    shift = 0.5 * (first + second)
    other = dual_barrier_energy([ALPHA + shift] * 2, signed, PENALTY, TEMPERATURE)
    assert other >= least - 16 * EPS * abs(least)


def test_the_gap_between_the_two_objectives_is_two_n_temperatures():
    primal = 0.5 * ALPHA**2 + PENALTY * 2 * 3 / 8
    dual = 2 * ALPHA - 0.5 * ALPHA**2
    assert primal - dual == 2 * 2 * TEMPERATURE


@given(st.floats(1e-3, 10.0), st.floats(-5.0, -1e-3), st.floats(1e-3, 1e3))
def test_only_the_logarithm_is_infinite_outside(inside, outside, temperature):
    assert barrier_term([inside, outside], temperature) == math.inf
    for barrier in BARRIERS[1:]:
        assert 0.0 < barrier_term([inside, outside], temperature, barrier) < math.inf
        assert barrier_term([inside], temperature, barrier) == 0.0


@given(st.integers(-1000, 1000), st.floats(1e-3, 1e3))
def test_the_logarithm_is_finite_however_near_the_edge(exponent, temperature):
    barrier = barrier_term([2.0**exponent], temperature)
    # Of log 2^k, of k log 2 and of two products.
    assert barrier == pytest.approx(-temperature * exponent * math.log(2.0), rel=4 * EPS, abs=0.0)


@given(st.integers(-64, 64), st.integers(-10, 10))
def test_cooling_hardens_one_quadratic_wall_and_softens_the_other(eighths, power):
    # Exact: squares of eighths, and temperatures that are powers of two.
    value, temperature = eighths / 8, 2.0**power
    square = min(value, 0.0) ** 2
    hard, soft = (barrier_term([value, 1.0], temperature, barrier) for barrier in BARRIERS[1:])
    assert (hard, soft) == (square / temperature, square * temperature)


def test_an_infinite_energy_is_never_accepted_and_a_lower_one_mostly():
    assert guarded_acceptance(0.0, math.inf, 1.0) == 0.0
    assert guarded_acceptance(0.0, -5.0, 1.0) > 0.99
    with pytest.raises(ValueError, match="after must be finite or infinity"):
        guarded_acceptance(0.0, math.nan, 1.0)


def test_slack_two_is_strictly_feasible_for_a_machine_that_knows_nothing():
    assert constraint_values(np.zeros(3), [1, -1, 1], 0.0, np.full(3, 2.0)).min() == 1.0


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="barrier must be one of"):
        barrier_term([1.0], 1.0, "cubic")
    with pytest.raises(ValueError, match="temperature must be positive"):
        barrier_term([1.0], 0.0)

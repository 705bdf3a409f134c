"""Theorem 5: stability of soft quantization under perturbations.

The change of S over a step d is at most D tanh(min(|d|, D)/2T), that of the level law at most
tanh(min(|d|, D)/2T), and two levels attain both. No bound that decays in |d| is true for all d. Stability of S
does not prevent oscillation; steps that do not overshoot do.
"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, target
from hypothesis import strategies as st

from proofs.bounds import soft_quantization_lipschitz, soft_quantization_modulus, total_variation_modulus
from reference.soft_quantization import level_probabilities, soft_quantize

EPS = float(np.finfo(np.float64).eps)
OCTAVE = 1 / math.log(2)  # at this temperature a weight is 2^-distance, so that probabilities are rational
PAIR = np.array([-1.0, 1.0])


@st.composite
def steps(draw):
    """Levels, a temperature, a parameter and a perturbation, on either side of the hull or across it."""
    gaps = draw(st.lists(st.floats(1e-2, 1.0), min_size=1, max_size=7))
    levels = np.concatenate([[0.0], np.cumsum(gaps)]) + draw(st.floats(-3.0, 3.0))
    spread = float(levels[-1] - levels[0])
    temperature = spread * 10.0 ** draw(st.floats(-2.0, 2.0))
    theta = float(levels[0]) + spread * draw(st.floats(-0.5, 1.5))
    return levels, temperature, theta, spread * draw(st.floats(-2.0, 2.0))


def change_of_value(levels, temperature, theta, step):
    before, after = soft_quantize([theta, theta + step], levels, temperature)
    return abs(after - before)


def change_of_law(levels, temperature, theta, step):
    before, after = level_probabilities([theta, theta + step], levels, temperature)
    return 0.5 * np.abs(after - before).sum()


def rounding(levels, temperature, theta, step):
    """theta + step is rounded, which moves exponents by eps (|theta| + |step|)/T; the rest is a few eps."""
    return 16 * EPS * (1 + (abs(theta) + abs(step)) / temperature)


@given(steps())
@example((PAIR, 1.0, -0.5, 1.0))
@example((PAIR, 0.1, 5.0, -10.0))
def test_the_value_changes_by_at_most_the_sharp_modulus(problem):
    levels, temperature, _, step = problem
    change = change_of_value(*problem)
    bound = soft_quantization_modulus(levels, temperature, step)
    target(change / bound if bound > 0 else 0.0, label="change over modulus")
    assert change <= bound + rounding(*problem) * (np.abs(levels).max() + levels[-1] - levels[0])


@given(steps())
@example((PAIR, 1.0, -0.5, 1.0))
def test_the_level_law_changes_by_at_most_the_sharp_modulus(problem):
    levels, temperature, _, step = problem
    change = change_of_law(*problem)
    target(change, label="total variation")
    assert change <= total_variation_modulus(levels, temperature, step) + rounding(*problem)


@given(st.floats(1e-3, 1e3), st.floats(0.05, 20.0), st.floats(1e-3, 1.0))
def test_two_levels_attain_both_moduli_at_every_step_up_to_their_distance(half_width, ratio, share):
    levels = half_width * PAIR
    temperature, step = half_width * ratio, 2 * half_width * share
    problem = (levels, temperature, -step / 2, step)
    error = rounding(*problem)
    law = total_variation_modulus(levels, temperature, step)
    value = soft_quantization_modulus(levels, temperature, step)
    assert change_of_law(*problem) == pytest.approx(law, rel=0, abs=error)
    assert change_of_value(*problem) == pytest.approx(value, rel=0, abs=2 * half_width * error)


def test_a_smaller_modulus_is_rejected_by_two_levels():
    """Control: D tanh(|d|/3T) in place of D tanh(|d|/2T)."""
    problem = (PAIR, 1.0, -0.5, 1.0)
    assert change_of_value(*problem) > 2 * math.tanh(1.0 / 3.0) + rounding(*problem)


@given(st.floats(1e-3, 30.0))
def test_second_derivation_the_modulus_is_the_largest_gain_of_a_logistic_flow(u):
    """The probability w of an event changes by Cov/T, at most 2 w (1-w)/T per unit of theta. So ln(w/(1-w)) moves
    by at most 2 u over a step of u temperatures; the largest gain in w over all starts is found by search.
    """
    with mpmath.workdps(40):
        shift = mpmath.exp(2 * mpmath.mpf(u))

        def gain(logit):
            odds = mpmath.exp(logit)
            return odds * shift / (1 + odds * shift) - odds / (1 + odds)

        low, high = mpmath.mpf(-2 * u - 5), mpmath.mpf(5)
        for _ in range(120):
            a, b = low + (high - low) / 3, high - (high - low) / 3
            low, high = (a, high) if gain(a) < gain(b) else (low, b)
        assert total_variation_modulus([0.0, 100.0], 1.0, u) == pytest.approx(float(gain(low)), rel=4 * EPS)


@given(steps())
def test_the_lipschitz_form_holds_with_half_the_range(problem):
    levels, temperature, _, step = problem
    spread = levels[-1] - levels[0]
    slack = rounding(*problem) * (np.abs(levels).max() + spread)
    assert change_of_value(*problem) <= spread / 2 * abs(step) / temperature + slack
    assert soft_quantization_lipschitz(levels, temperature) <= spread / (2 * temperature) * (1 + 64 * EPS)


@pytest.mark.parametrize("constant", [1.0, 1e3, 1e6])
def test_every_decaying_form_fails_for_some_large_perturbation(constant):
    step = 4 + 2 * math.ceil(constant)
    change = change_of_value(PAIR, OCTAVE, -1.0, float(step))
    assert change == pytest.approx(6 / 5, rel=8 * EPS)
    u = step / OCTAVE
    for form in (u * math.exp(-u), math.exp(-u), step * math.exp(-u)):
        assert constant * form < change


@given(steps(), st.floats(0.01, 5.0))
def test_for_bounded_perturbations_the_decaying_form_is_a_lipschitz_bound(problem, bound_over_t):
    levels, temperature, theta, step = problem
    bounded = (levels, temperature, theta, math.copysign(min(abs(step), bound_over_t * temperature), step))
    spread, u = levels[-1] - levels[0], abs(bounded[3]) / temperature
    constant = spread / 2 * math.exp(bound_over_t)
    slack = rounding(*bounded) * (np.abs(levels).max() + spread)
    assert change_of_value(*bounded) <= constant * u * math.exp(-u) * (1 + 8 * EPS) + slack


def exact_pair_value(theta, halvings):
    """S on the levels -1, 1 at T = 1/(halvings ln 2), in exact arithmetic, for whole halvings * theta."""
    power = Fraction(4) ** int(min(max(theta, -1), 1) * halvings)
    return (power - 1) / (power + 1)


def test_quantized_descent_has_a_cycle_where_plain_descent_converges():
    """L = theta^2/2 at learning rate 3/2, T = 3/(10 ln 2): 3/5 -> -3/5 -> 3/5, exactly."""
    start, halvings = Fraction(3, 5), Fraction(10, 3)
    assert exact_pair_value(start - Fraction(3, 2) * start, halvings) == -start
    assert abs(1 - Fraction(3, 2)) < 1


@given(st.floats(-3.0, 3.0).filter(lambda theta: abs(theta) > 1e-3))
@example(1e-3)
@example(0.6)
def test_the_cycle_attracts_every_start_but_the_minimum(start):
    theta = start
    for _ in range(300):
        theta = float(soft_quantize([theta - 1.5 * theta], PAIR, 0.3 * OCTAVE)[0])
    # Near the cycle errors shrink by the slope (5/3) ln 2 (1 - 9/25) = 0.74 per step, leaving a few roundings.
    assert abs(theta) == pytest.approx(3 / 5, rel=32 * EPS)


@given(
    st.lists(st.floats(0.05, 1.0), min_size=1, max_size=6),
    st.floats(-2.0, 1.0),
    st.floats(0.01, 1.0),
    st.floats(0.1, 5.0),
    st.floats(-3.0, 3.0),
    st.floats(-3.0, 3.0),
)
def test_steps_that_do_not_overshoot_never_turn_back(gaps, exponent, product, curvature, centre, start):
    """L' = curvature * tanh(theta - centre) has Lipschitz constant `curvature`; product = eta * curvature <= 1."""
    levels = np.concatenate([[0.0], np.cumsum(gaps)]) - 0.5 * sum(gaps)
    temperature, rate = 10.0**exponent, product / curvature
    path = [start]
    for _ in range(60):
        gradient = curvature * math.tanh(path[-1] - centre)
        path.append(float(soft_quantize([path[-1] - rate * gradient], levels, temperature)[0]))
    moves = np.diff(path)
    # Rounding of a step is passed on by the map, whose slope is at most D/2T.
    error = 64 * EPS * (1 + np.abs(levels).max()) * (1 + sum(gaps) / temperature)
    assert np.all(moves >= -error) or np.all(moves <= error)


def test_a_larger_learning_rate_does_turn_back():
    """Control: eta * curvature = 3/2 on the quadratic, the cycle above."""
    path = [0.6]
    for _ in range(4):
        path.append(float(soft_quantize([path[-1] - 1.5 * path[-1]], PAIR, 0.3 * OCTAVE)[0]))
    moves = np.diff(path)
    assert moves.min() < -1
    assert moves.max() > 1


@given(steps())
def test_moving_theta_right_never_lowers_the_quantized_value(problem):
    levels, temperature, theta, step = problem
    before, after = soft_quantize([theta, theta + abs(step)], levels, temperature)
    assert after >= before - 8 * EPS * np.abs(levels).max()


@given(steps())
def test_outside_the_hull_the_value_no_longer_changes(problem):
    levels, temperature, _, step = problem
    beyond = soft_quantize([levels[-1], levels[-1] + abs(step)], levels, temperature)
    assert beyond[1] == pytest.approx(beyond[0], rel=0, abs=8 * EPS * np.abs(levels).max())


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (soft_quantization_modulus, ([0.0, 1.0], 1.0, math.nan), "perturbation must be finite"),
        (soft_quantization_modulus, ([1.0, 1.0], 1.0, 0.1), "levels must be strictly increasing"),
        (soft_quantization_modulus, ([-1.5e308, 1.5e308], 1.0, 0.1), "levels must have a range"),
        (total_variation_modulus, ([0.0, 1.0], -1.0, 0.1), "temperature must be positive"),
    ],
)
def test_bad_arguments_are_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)

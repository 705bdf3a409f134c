"""The bounds of Theorem 8 as functions: exact arithmetic, limits, and what bad input gets."""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import proofs
from proofs.bounds import (
    hitting_time_paper,
    hitting_time_sharp,
    stationarity_bound_paper,
    stationarity_bound_sharp,
)
from proofs.bounds.stationarity import inverse_decrease

EPS = np.finfo(float).eps
SOLVER = 100 * 1e-8  # Clarabel's default accuracy on residuals, and a margin for the conditioning
RECORDED = json.loads(
    (Path(proofs.__file__).parent / "certificates" / "stationarity_worst_cases.json").read_text()
)["rows"]

ratios = st.integers(1, 1999).map(lambda n: Fraction(n, 1000))
lengths = st.integers(0, 60)
amounts = st.floats(1e-6, 1e6)


def candidates(ratio, steps):
    """The constant c of every run considered: k steps on the saddle and a zigzag, or the parabola."""
    zigzag = ratio * (4 - ratio**2) / 2
    yield (ratio - 1) ** (-2 * steps)
    for k in range(steps):
        along_x = (2 + ratio) / 4 * ((ratio - 1) ** (-2 * k) - 1)
        along_y = (2 - ratio) / 4 * (1 - (ratio + 1) ** (-2 * k))
        yield 1 + along_x + along_y + (steps - k) * zigzag


@given(ratios.filter(lambda a: a > 1), lengths)
def test_the_long_step_constant_is_the_least_over_all_saddle_lengths_and_the_parabola(ratio, steps):
    assert inverse_decrease(ratio, steps) == min(candidates(ratio, steps))


@pytest.mark.parametrize(("ratio", "steps", "value"), RECORDED)
def test_the_closed_form_agrees_with_the_recorded_semidefinite_programs(ratio, steps, value):
    assert abs(stationarity_bound_sharp(1, 1, ratio, steps) / value - 1) < SOLVER


@given(ratios, lengths)
def test_one_more_step_never_weakens_the_bound(ratio, steps):
    assert inverse_decrease(ratio, steps + 1) > inverse_decrease(ratio, steps)


@given(ratios.filter(lambda a: a <= 1), st.integers(1, 10**9))
def test_the_paper_is_never_better_than_the_sharp_bound_up_to_one_over_the_smoothness(ratio, steps):
    paper, sharp = Fraction(2) / (ratio * steps), Fraction(2) / inverse_decrease(ratio, steps)
    assert sharp < paper
    assert paper / sharp == (4 - ratio) / 2 + 1 / (steps * ratio)


@given(amounts, amounts, ratios, lengths, st.integers(-20, 20))
def test_the_bounds_follow_the_units_of_loss_and_parameters(gap, smoothness, ratio, steps, power):
    """gap -> c gap scales the bound by c; theta -> theta / s scales L by s^2, h by s^-2, squares by s^2."""
    step, s = float(ratio) / smoothness, 2.0**power
    assume(abs(step * smoothness - float(ratio)) < 4 * EPS and ratio not in (1, 2))
    base = stationarity_bound_sharp(gap, smoothness, step, steps)
    assert stationarity_bound_sharp(gap * s, smoothness, step, steps) == base * s
    assert stationarity_bound_sharp(gap, smoothness * s * s, step / s / s, steps) == base * s * s


@given(ratios, st.integers(1, 3000).map(lambda n: Fraction(n, 1000)))
def test_the_sharp_hitting_time_is_the_least_sufficient_number_of_steps(ratio, tolerance):
    steps = hitting_time_sharp(1, 1, ratio, tolerance)
    needed = 2 / tolerance**2
    assert inverse_decrease(ratio, steps) >= needed
    assert steps == 0 or inverse_decrease(ratio, steps - 1) < needed


@given(ratios.filter(lambda a: a <= 1), st.fractions(0.01, 1), st.fractions(0.01, 3))
def test_theorem_8_holds_with_its_number_rounded_down(eta, fraction, tolerance):
    """gap = L = 1, h = eta f: the exact hitting time never exceeds floor(2 gap / (eta f eps^2))."""
    assume(eta * fraction > 0)
    exact = hitting_time_sharp(1, 1, eta * fraction, tolerance)
    paper = 2 / (eta * fraction * tolerance**2)
    assert exact <= math.floor(paper) <= hitting_time_paper(1, eta, fraction, tolerance) == math.ceil(paper)


def test_the_ratio_of_the_two_bounds_runs_from_two_to_three_halves():
    steps = 10**12
    for ratio, expected in ((1e-6, 2.0), (0.5, 1.75), (1.0, 1.5)):
        found = stationarity_bound_paper(1, 1, ratio, steps) / stationarity_bound_sharp(1, 1, ratio, steps)
        assert abs(found - expected) < 1 / (steps * ratio) + ratio * (ratio < 0.1) + 8 * EPS


def test_floats_are_taken_at_their_exact_value():
    """0.1 as a float exceeds 1/10, so fewer steps than 20000 already bring the real bound below it."""
    assert hitting_time_paper(1, 0.1, 0.1, 0.1) == 20000
    assert hitting_time_paper(1, Fraction(1, 10), Fraction(1, 10), Fraction(1, 10)) == 20000
    assert Fraction(0.1) > Fraction(1, 10)


def test_limiting_cases():
    assert stationarity_bound_paper(1, 1, 1, 0) == math.inf
    assert stationarity_bound_paper(0, 1, 1, 0) == stationarity_bound_sharp(0, 1, 1, 3) == 0.0
    assert stationarity_bound_sharp(3, 2, 0.1, 0) == 12.0
    assert stationarity_bound_sharp(3, 2, 5.0, 100) == 12.0
    assert (
        hitting_time_sharp(1, 1, 5, 2)
        == hitting_time_sharp(0, 1, 1, 1)
        == hitting_time_paper(0, 1, 1, 1)
        == 0
    )
    assert stationarity_bound_sharp(1, 1, 1.5, 10**15) > 0


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (stationarity_bound_sharp, (-1, 1, 1, 1), "gap"),
        (stationarity_bound_sharp, (1, 0, 1, 1), "smoothness"),
        (stationarity_bound_paper, (1, 1, 0, 1), "step"),
        (stationarity_bound_paper, (1, 1, 1, -1), "steps"),
        (stationarity_bound_sharp, (math.nan, 1, 1, 1), "gap"),
        (hitting_time_paper, (1, 1, 2, 1), "f_min"),
        (hitting_time_paper, (1, 1, 1, 0), "tolerance"),
        (hitting_time_sharp, (1, 1, 2, 0.1), "step"),
        (hitting_time_sharp, (1, 1, 1.99999, 0.1), "step"),
    ],
)
def test_bad_input_is_refused_by_name(function, arguments, name):
    with pytest.raises(ValueError, match=name):
        function(*arguments)


@pytest.mark.parametrize("value", [True, "1", 1.5])
def test_a_number_of_steps_must_be_an_integer(value):
    with pytest.raises(TypeError, match="steps"):
        stationarity_bound_sharp(1, 1, 1, value)


@pytest.mark.deep
@pytest.mark.parametrize("steps", range(1, 11))
@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.5, 1.8, 1.9, 1.96])
@pytest.mark.filterwarnings("ignore")
def test_performance_estimation_gives_the_closed_form(ratio, steps):
    from PEPit import PEP
    from PEPit.functions import SmoothFunction

    problem = PEP()
    function = problem.declare_function(SmoothFunction, L=1.0)
    lowest = function(function.stationary_point())
    point = problem.set_initial_point()
    problem.set_initial_condition(function(point) - lowest <= 1)
    for _ in range(steps + 1):
        slope, value = function.oracle(point)
        problem.add_constraint(value - lowest >= slope**2 / 2)
        problem.set_performance_metric(slope**2)
        point = point - ratio * slope
    found = problem.solve(wrapper="cvxpy", solver="CLARABEL", verbose=0)
    assert abs(found / stationarity_bound_sharp(1, 1, ratio, steps) - 1) < SOLVER

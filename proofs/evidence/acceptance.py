"""The acceptance test: its exact probabilities, what they say of uphill and downhill moves, and escapes.

Throughout r = dE/T and w = exp(-|r|), which runs through (0, 1]: the sigmoid is w/(1+w) uphill and 1/(1+w)
downhill, the Metropolis rule w uphill and 1 downhill. Statements about all dE and T are so statements about
w.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.acceptance import ACCEPTANCE_RULES, acceptance_probability, accepts
from reference.released_rules import released_acceptance

EPS = np.finfo(float).eps
LOG3 = float(ball(3).log())


@evidence("ACC-1", method=Method.SYMBOLIC)
@control("the Metropolis rule is no sigmoid: the two directions do not add to 1", rule="metropolis")
def acceptance_is_a_sigmoid(rule: str = "sigmoid") -> Outcome:
    """With x = exp(dE/T) > 0, A = 1/(1 + x) lies in (0, 1) and decreases; replacing dE by -dE replaces x by
    1/x, and 1/(1+x) + 1/(1+1/x) = 1. With Gibbs weights p = exp(-E/T) it is p_new/(p_old + p_new)
    (Barker's form).
    """
    x, old, new = sp.symbols("x p_old p_new", positive=True)
    value = 1 / (1 + x) if rule == "sigmoid" else sp.Min(1, 1 / x)
    changes = np.array([-3.0, -1.0, 0.0, 1.0, 3.0])
    computed = np.array(ACCEPTANCE_RULES[rule](changes, 2.0))
    expected = [float(1 / (1 + (ball(Fraction(c)) / 2).exp())) for c in changes.tolist()]
    return proved_if(
        {
            "A and 1 - A are positive": value.is_positive and sp.simplify(1 - value).is_positive,
            "A decreases": sp.simplify(value.diff(x)).is_negative,
            "A(dE) + A(-dE) = 1": sp.simplify(value + value.subs(x, 1 / x) - 1) == 0,
            "Barker's form": sp.simplify(value.subs(x, old / new) - new / (old + new)) == 0,
            "the reference agrees": float(np.max(np.abs(computed - expected))) <= 4 * EPS,
        },
        "A = 1/(1 + exp(dE/T)) is a decreasing sigmoid with A(dE) + A(-dE) = 1",
    )


@evidence("ACC-2", method=Method.EXACT, reading="sigmoid")
@control("with a separate branch for lower energies the move is certain", rule="piecewise_sigmoid")
def lower_energies_are_not_always_accepted(rule: str = "sigmoid") -> Outcome:
    """At T = 1 and dE = -log 3 the sigmoid is 1/(1 + 1/3) = 3/4; at dE = 0 it is 1/2. It is below 1 for every
    finite dE, so every improvement is sometimes refused.
    """
    x = Fraction(1, 3)  # exp(dE/T)
    probability = 1 / (1 + x) if rule == "sigmoid" else Fraction(1)
    computed = float(ACCEPTANCE_RULES[rule](-LOG3, 1.0))
    return refuted_if(
        hypotheses={"the energy falls: exp(dE/T) < 1": x < 1},
        violated={"the move is refused with positive probability": probability < 1},
        reference={"acceptance_probability gives it": abs(computed - float(probability)) <= 2 * EPS},
        witness={"dE": "-log 3", "T": 1, "A": probability},
        summary="The sigmoid accepts an improvement of T log 3 with probability 3/4 only",
        computed=probability,
        stated=1,
    )


@evidence("ACC-2", method=Method.SMT, reading="1 for lower energies")
@evidence("ACC-2", method=Method.SMT, reading="twice the sigmoid, at most 1")
@control("one and a half times the sigmoid does not reach 1", factor=Fraction(3, 2))
def modified_rules_accept_lower_energies(factor: Fraction = Fraction(2)) -> Outcome:
    """For dE <= 0, x = exp(dE/T) <= 1, so 2/(1 + x) >= 1 and min(1, 2/(1 + x)) = 1. The rule with a separate
    branch is 1 there by definition.
    """
    x = z3.Real("x")
    scaled = z3.RealVal(str(factor)) / (1 + x)
    rules = ("piecewise_sigmoid", "doubled_sigmoid")
    values = [ACCEPTANCE_RULES[rule](np.array([-5.0, -1e-9, 0.0]), 0.7) for rule in rules]
    return proved_if(
        {
            "2/(1 + x) >= 1 for 0 < x <= 1": satisfiable(x > 0, x <= 1, scaled < 1) is None,
            "the reference returns 1": all(bool(np.all(value == 1.0)) for value in values),
        },
        "Both modified rules accept every move that does not raise the energy",
    )


@evidence("ACC-3", method=Method.EXACT, reading="with a rising temperature")
@control("a move downhill is accepted less often at higher temperature", change=-1)
def uphill_acceptance_rises_with_temperature(change: int = 1) -> Outcome:
    """dE = log 4 (times `change`). At T = 1 the sigmoid is 1/(1 + 4) = 1/5, at T = 2 it is 1/(1 + 2) = 1/3:
    doubling the temperature makes the move uphill more likely.
    """
    cold, hot = 1 / (1 + Fraction(4) ** change), 1 / (1 + Fraction(2) ** change)
    size = change * 2 * float(ball(2).log())
    computed = [float(acceptance_probability(size, temperature)) for temperature in (1.0, 2.0)]
    return refuted_if(
        hypotheses={"the energy differs": change != 0},
        violated={"the probability is larger at the higher temperature": hot > cold},
        reference={
            "acceptance_probability gives both": max(abs(computed[0] - cold), abs(computed[1] - hot))
            <= 2 * EPS
        },
        witness={"dE": f"{change} log 4", "A at T = 1": cold, "A at T = 2": hot},
        summary="An uphill move becomes more likely, not less, as the temperature rises",
        computed=f"{cold} at T = 1, {hot} at T = 2",
        stated="decreasing in T",
    )


@evidence("ACC-R2", method=Method.SYMBOLIC)
@evidence("ACC-3", method=Method.SYMBOLIC, reading="with a falling temperature")
@control("a rule twice as large tends to 1, not to 1/2", numerator=2)
def uphill_acceptance_by_size_and_temperature(numerator: int = 1) -> Outcome:
    """A = 1/(1 + exp(dE/T)). dA/d(dE) = -A (1-A)/T < 0. For dE = d > 0, dA/dT = A (1-A) d/T^2 > 0, with
    limits 0 as T -> 0 and 1/2 as T -> infinity; replacing dE by -dE replaces A by 1 - A, which gives the
    downhill case.
    """
    d, t = sp.symbols("d T", positive=True)
    value = sp.Rational(numerator) / (1 + sp.exp(d / t))
    by_size = sp.simplify(value.diff(d) / (value * (1 - value)))
    by_temperature = sp.simplify(value.diff(t) / (value * (1 - value)))
    return proved_if(
        {
            "dA/d(dE) = -A(1-A)/T": sp.simplify(by_size + 1 / t) == 0,
            "dA/dT = A(1-A) dE/T^2": sp.simplify(by_temperature - d / t**2) == 0,
            "limit 0 as T -> 0": sp.limit(value, t, 0, "+") == 0,
            "limit 1/2 as T -> infinity": sp.limit(value, t, sp.oo) == sp.Rational(1, 2),
        },
        "Uphill: decreasing in dE, increasing in T from 0 to 1/2",
        computed="dA/dT = A(1-A) dE/T^2 > 0 uphill",
        stated="decreases with the temperature",
    )


@evidence("ACC-4", method=Method.EXACT)
@control("a test that also accepts at equality is too generous", strict=False)
def the_test_accepts_with_probability_a(strict: bool = True) -> Outcome:
    """u uniform on [0, 1): the set where u < A is the interval [0, A), of length A. On a grid of m equally
    likely values j/m exactly A m of them lie below A = i/m, for every i: checked for m = 64 on the
    reference, whose 32-bit numbers are such a grid.
    """
    m = 64
    exact = True
    for i in range(m + 1):
        accepted = sum(accepts(j / m, i / m) or (not strict and j == i) for j in range(m))
        exact &= accepted == i
    return proved_if(
        {"i of m draws accept at A = i/m, i = 0..m": exact},
        "The draw u < A accepts with probability exactly A",
    )


@evidence("ACC-4", method=Method.BALL, version="released")
@control("a small enough rise is accepted by the threshold too", change=Fraction(9, 10000))
def the_public_code_draws_no_number(change: Fraction = Fraction(1, 1000)) -> Outcome:
    """At T = 1 the threshold test refuses dE = 1/1000 always, because 1/1000 > exp(-1/1000)/1024; a draw
    against A would accept it almost half of the time.
    """
    allowed = (-ball(change)).exp() / 1024
    probability = 1 / (1 + ball(change).exp())
    return refuted_if(
        hypotheses={"the energy rises": change > 0},
        violated={
            "refused with certainty": ball(change) > allowed,
            "although A > 0.49": probability > ball("0.49"),
        },
        reference={"released_acceptance refuses": not released_acceptance(float(change), 1.0)},
        witness={"dE": change, "T": 1},
        summary="The public code compares with a threshold and draws no random number",
        computed="accepted with probability 0",
        stated=f"A = {float(probability):.4f}",
    )

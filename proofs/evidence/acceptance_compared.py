"""Sigmoid, Metropolis and the public code's threshold compared: probabilities, stationary laws, speed."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
import z3
from flint import arb

from proofs.ball_arithmetic import ball, certain_root
from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.acceptance import acceptance_probability, metropolis_probability
from reference.markov_chain import (
    gibbs_distribution,
    neighbour_generation,
    reversible_eigenvalues,
    transition_matrix,
)
from reference.released_rules import released_acceptance

EPS = np.finfo(float).eps


@evidence("ACC-R1", method=Method.SMT)
@control("a factor below 2 does not serve", factor=Fraction(19, 10))
def sigmoid_between_half_and_all_of_metropolis(factor: Fraction = Fraction(2)) -> Outcome:
    """With w = exp(-|r|) in (0, 1]: uphill the sigmoid is w/(1+w) and Metropolis w, downhill 1/(1+w) and 1.
    Both inequalities say 1 <= 1 + w <= 2; equality on the right needs w = 1, that is dE = 0, where the
    factor is exactly 2. Downhill 1/(1+w) >= 1 - d is w <= d/(1-d), that is dE <= -T log((1-d)/d).
    """
    w, d = z3.Reals("w d")
    up, down, two = w / (1 + w), 1 / (1 + w), z3.RealVal(str(factor))
    valid = z3.And(w > 0, w <= 1)
    changes = np.linspace(-6.0, 6.0, 97)
    sigmoid, metropolis = acceptance_probability(changes, 0.9), metropolis_probability(changes, 0.9)
    return proved_if(
        {
            "sigmoid <= Metropolis": satisfiable(valid, z3.Or(up > w, down > 1)) is None,
            "Metropolis <= factor * sigmoid": satisfiable(valid, z3.Or(w > two * up, two * down < 1)) is None,
            "equality only at dE = 0": satisfiable(valid, w < 1, z3.Or(w >= 2 * up, 2 * down <= 1)) is None,
            "a lower energy is accepted with probability in [1/2, 1)": satisfiable(
                valid, z3.Or(2 * down < 1, down >= 1)
            )
            is None,
            "at least 1 - d exactly if w <= d/(1-d)": satisfiable(
                valid, d > 0, 2 * d < 1, (down >= 1 - d) != (w <= d / (1 - d))
            )
            is None,
            "the reference agrees": bool(
                np.all(sigmoid <= metropolis) and np.all(metropolis <= 2 * sigmoid * (1 + 4 * EPS))
            ),
        },
        "sigmoid <= Metropolis <= 2 sigmoid; lower energies are accepted with probability in [1/2, 1)",
        computed=">= 1 - d exactly if dE <= -T log((1-d)/d)",
        stated="always accepted",
    )


@evidence("ACC-R3", method=Method.SYMBOLIC)
@control("a test that accepts everything has no detailed balance", rule="always")
def detailed_balance_and_gaps(rule: str = "sigmoid") -> Outcome:
    """Detailed balance with exp(-E/T) for symmetric proposals says A(r) = exp(-r) A(-r): A(r) exp(r/2) is
    even; since A(-r) <= 1, A(r) <= exp(-r), and A <= 1. So Metropolis is the largest. The gap of a
    reversible chain is the minimum over f of sum pi_i P_ij (f_i - f_j)^2 / (2 Var f); off the diagonal
    P(sigmoid) <= P(Metropolis) <= 2 P(sigmoid) by ACC-R1 and pi is the same, which orders the gaps. Two
    states, proposal probability g: the gaps are g (A(r) + A(-r)) = g for the sigmoid and g (1 + exp(-|r|))
    for Metropolis.
    """
    x = sp.Symbol("x", positive=True)  # exp(r)
    rules = {"sigmoid": 1 / (1 + x), "metropolis": sp.Min(1, 1 / x), "always": sp.Integer(1)}
    value, other = rules[rule], rules["metropolis"]
    metropolis_up = other.subs(x, 1 + x) * (1 + x) - other.subs(x, 1 / (1 + x))  # r > 0 written as 1 + x
    two_states = sp.simplify(rules["sigmoid"] + rules["sigmoid"].subs(x, 1 / x))
    energies, generation = [0.0, 1.0, 0.5, 2.0], neighbour_generation(4)
    gaps = []
    for name in ("sigmoid", "metropolis"):
        chain = transition_matrix(energies, 0.7, generation, name)
        gaps.append(1 - reversible_eigenvalues(chain, gibbs_distribution(energies, 0.7))[1])
    flat = [
        1 - reversible_eigenvalues(transition_matrix([0.0] * 4, 1.0, generation, name), [0.25] * 4)[1]
        for name in ("sigmoid", "metropolis")
    ]
    return proved_if(
        {
            "A(r) = exp(-r) A(-r)": sp.simplify(value - value.subs(x, 1 / x) / x) == 0,
            "Metropolis has it too": sp.simplify(metropolis_up) == 0,
            "sigmoid gap of two states is g, whatever the energies": two_states == 1,
            "reference: gap(sigmoid) <= gap(Metropolis) <= 2 gap(sigmoid)": gaps[0] <= gaps[1] <= 2 * gaps[0],
            "reference: factor 2 for equal energies": abs(flat[1] - 2 * flat[0]) <= 16 * EPS,
        },
        "Both tests leave exp(-E/T) stationary; their speeds differ by at most the factor 2",
        computed="gap(sigmoid) <= gap(Metropolis) <= 2 gap(sigmoid)",
    )


def _threshold_margin(change: arb, temperature: Fraction) -> arb:
    return change * 1024 - (-change / ball(temperature)).exp()


@evidence("ACC-R4", method=Method.SYMBOLIC)
@control("with the factor 1 in front rises of up to T W(1/T) pass", inverse=1)
def released_threshold_in_closed_form(inverse: int = 1024) -> Outcome:
    """For dE > 0 the test keeps the change exactly if dE <= c exp(-dE/T), c = 1/1024. Put dE = T v: v exp(v)
    <= c/T =: y, and v exp(v) increases, so the largest kept change is T W(y). From W = y exp(-W) and W <=
    y it lies between c exp(-c/T) and c. At that change x, c exp(-x/T) - x rises with T and falls with x,
    so x increases with T; as T grows it tends to c. A change of at most 0 is always kept.
    """
    t, v, x = sp.symbols("T v x", positive=True)
    c = sp.Rational(1, inverse)
    edge = sp.simplify((x - c * sp.exp(-x / t)).subs(x, t * v) - t * sp.exp(-v) * (v * sp.exp(v) - c / t))
    margin = c * sp.exp(-x / t) - x
    decided = True
    for temperature in (Fraction(1), Fraction(1, 1000)):
        low, high = certain_root(partial(_threshold_margin, temperature=temperature), 0, Fraction(1, 512))
        decided &= released_acceptance(float(low) * (1 - 8 * EPS), float(temperature))
        decided &= not released_acceptance(float(high) * (1 + 8 * EPS), float(temperature))
        decided &= bool((-ball(Fraction(1, 1024)) / ball(temperature)).exp() / 1024 <= ball(high))
        decided &= high <= Fraction(1, 1024)
    return proved_if(
        {
            "dE = T v turns the threshold into v exp(v) = c/T": edge == 0,
            "v exp(v) increases": sp.simplify((v * sp.exp(v)).diff(v)).is_positive,
            "the margin rises with T": sp.simplify(margin.diff(t)).is_positive,
            "the margin falls with the change": sp.simplify(-margin.diff(x)).is_positive,
            "c is 1/1024": c == sp.Rational(1, 1024),
            "the reference decides on both sides of the enclosed root": decided,
        },
        "The public code keeps exactly the changes up to T W(1/(1024 T)) < 1/1024",
        computed="largest accepted rise between exp(-1/(1024 T))/1024 and 1/1024",
    )


@evidence("ACC-R5", method=Method.SYMBOLIC)
@control("the sigmoid without a branch has the Gibbs ratio", factor=1, certain=False)
def rules_that_always_accept_lower_energies_leave_another_law(
    factor: int = 2, certain: bool = True
) -> Outcome:
    """Two states, symmetric proposals, rise r = dE/T > 0, x = e^r > 1: a chain of two states is reversible, so
    the stationary ratio (upper to lower) is A(r)/A(-r). With A(-r) = 1 it is 1/(1+x) for the rule with a
    branch and 2/(1+x) for twice the sigmoid, against 1/x for exp(-E/T). And 1/(1+x) < 1/x < 2/(1+x), since x <
    1 + x and 1 + x < 2x. At r = log 2: 1/3, 2/3 and 1/2. (`certain` = False: A(-r) = x/(1+x).)
    """
    x = z3.Real("x")
    down = z3.RealVal(1) if certain else x / (1 + x)
    branch, twice = 1 / (1 + x) / down, z3.RealVal(factor) / (1 + x) / down
    ratios = {}
    for rule in ("piecewise_sigmoid", "doubled_sigmoid"):
        chain = transition_matrix([0.0, float(ball(2).log())], 1.0, neighbour_generation(2), rule)
        ratios[rule] = float(chain[0, 1] / chain[1, 0])
    return proved_if(
        {
            "with a branch: ratio below 1/x": satisfiable(x > 1, branch >= 1 / x) is None,
            "twice the sigmoid: ratio above 1/x": satisfiable(x > 1, twice <= 1 / x) is None,
            "reference: 1/3 and 2/3 at r = log 2": abs(ratios["piecewise_sigmoid"] - 1 / 3) <= 4 * EPS
            and abs(ratios["doubled_sigmoid"] - 2 / 3) <= 4 * EPS,
        },
        "Rules that always accept lower energies have another stationary law: colder with a branch, hotter doubled",
        computed="1/(1 + e^r) and 2/(1 + e^r)",
        stated="e^-r",
    )

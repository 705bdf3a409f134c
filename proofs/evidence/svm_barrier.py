"""Barriers of the support vector machine: quadratic or logarithmic, exact or not, feasible or not.

Notation: xi the slack of a sample, m = y (s + b) - 1 + xi the excess of its margin; both must be >= 0.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import compare, satisfiable
from proofs.quantization_lemmas import zero
from proofs.registry import control, evidence
from reference.acceptance import accepts
from reference.margin_barriers import (
    constraint_values,
    dual_barrier_energy,
    guarded_acceptance,
    primal_energy,
)
from reference.support_vector_machine import primal_objective
from reference.updates import masked_step

EPS = float(np.finfo(float).eps)


@evidence("SVM-3", "X-17", method=Method.SMT)
@control("one of the two sentences alone is no conflict", without="L187: the logarithmic barrier")
@control("nor is the other", without="L186: a quadratic barrier")
def quadratic_is_not_logarithmic(without: str | None = None) -> Outcome:
    """The term B(v) of a constraint with value v > 0. Quadratic: B(v) = p v^2 + q v + r (a penalty that acts
    outside only is p = q = r = 0 here). Logarithmic: B falls by the same positive amount from 1 to 2, from 2
    to 4 and from 4 to 8. The three falls of a quadratic are -3p - q, -12p - 2q and -48p - 4q: equal only if
    they are zero.
    """
    p, q, r, one, two, four, eight = z3.Reals("p q r B(1) B(2) B(4) B(8)")
    values = {1: one, 2: two, 4: four, 8: eight}
    return compare(
        {
            "L186: a quadratic barrier": z3.And(*(b == p * v * v + q * v + r for v, b in values.items())),
            "L187: the logarithmic barrier": z3.And(
                one - two > 0, one - two == two - four, two - four == four - eight
            ),
        },
        "No function of the constraint's value is both quadratic and logarithmic",
        without=without,
    )


@evidence("SVM-3", method=Method.SMT, reading="exact at every T > 0")
@control("at T = 0 there is no conflict", temperature=0)
@control("for a free slack there is no conflict", penalty=0)
def log_barrier_is_not_exact(temperature: int | None = None, penalty: int | None = None) -> Outcome:
    """At an optimum of (16) the slack is the hinge, so xi m = 0 for every sample. At a minimiser of the energy
    with the logarithm the slope in xi vanishes, C = T/xi + T/m with both positive; multiplied by xi m:
    C xi m = T (xi + m). (`temperature`, `penalty`: T and C.)
    """
    xi, m, t, c = z3.Reals("xi m T C")
    return compare(
        {
            "L186: exactly, so theta solves (16)": z3.And(xi >= 0, m >= 0, xi * m == 0),
            "L187: minimiser with the logarithmic barrier": z3.And(
                c * xi * m == t * (xi + m),
                xi + m > 0,
                t > 0 if temperature is None else t == temperature,
                c > 0 if penalty is None else c == penalty,
            ),
        },
        "With the logarithm every sample keeps xi and m positive; (16) has one of them at zero",
        computed="C xi m = T (xi + m) > 0",
        stated="xi m = 0",
    )


@evidence("SVM-3", method=Method.SMT, reading="exact at every T > 0")
@control("at T = 0 there is no conflict", temperature=0)
@control("for a free slack there is no conflict", penalty=0)
def quadratic_penalty_is_not_exact(temperature: int | None = None, penalty: int | None = None) -> Outcome:
    """With max(0, -v)^2/T for each constraint the slope in xi vanishes where C = (2/T) (max(0, -xi) +
    max(0, -m)): one of the two constraints of every sample is violated, by C T/4 or more. (With the weight T
    in place of 1/T the violation is C/(2T) in sum and grows without bound as T falls: that term does vanish,
    and takes the constraints with it.)
    """
    xi, m, t, c = z3.Reals("xi m T C")
    outside = z3.If(xi < 0, -xi, 0) + z3.If(m < 0, -m, 0)
    positive = z3.And(
        t > 0 if temperature is None else t == temperature, c > 0 if penalty is None else c == penalty
    )
    size = satisfiable(z3.And(t > 0, c > 0, c * t == 2 * outside, xi > -c * t / 4, m > -c * t / 4))
    if size is not None:
        raise ArithmeticError("the violation is not C T/4 or more")
    return compare(
        {
            "L186: exactly, so theta solves (16)": z3.And(xi >= 0, m >= 0),
            "L186: minimiser with the quadratic barrier": z3.And(positive, c * t == 2 * outside),
        },
        "With the quadratic penalty a constraint of every sample is violated by C T/4 or more",
        computed="violation >= C T/4",
        stated="0",
    )


@evidence("X-40", method=Method.SMT)
@control("without the barrier T has the unit of the weights", without="L187: T log v adds to the loss")
def barrier_weight_has_the_unit_of_the_loss(without: str | None = None) -> Outcome:
    """Let T have the unit (parameters)^a (loss)^b. T_max = 5 sigma and |theta - q|/T ask for a = 1, b = 0;
    T times a logarithm, added to the objective of (16), asks for a = 0, b = 1. Concretely: C xi - T log xi is
    least at xi = T/C, whatever the unit in which the weights are written.
    """
    parameters, loss = z3.Ints("a b")
    return compare(
        {
            "L43, L99: T_max = 5 sigma, |theta - q|/T is a pure number": z3.And(parameters == 1, loss == 0),
            "L187: T log v adds to the loss": z3.And(parameters == 0, loss == 1),
        },
        "The barrier weight is a loss, the level distance is not",
        without=without,
    )


@evidence("SVM-5", method=Method.SYMBOLIC)
@evidence("SVM-3", method=Method.SYMBOLIC, reading="exact in the limit")
@control("a barrier of twice the weight on the slacks leaves another gap", weight=2)
def central_path(weight: int = 1) -> Outcome:
    """At the minimiser put alpha_i = T/m_i. Stationarity in xi is C = T/xi_i + T/m_i, so 0 < alpha_i < C; in b
    it is sum y alpha = 0; in w, w = sum alpha y phi. So alpha is feasible for the dual and the gap of SVM-R1
    is sum alpha_i m_i + (C - alpha_i) xi_i = 2NT: the value of (16) is at most 2NT above the optimum. The
    minimiser exists with both classes: the dual of the barrier problem adds T (log alpha + log(C - alpha)),
    strictly concave on the box with sum y alpha = 0, which has inner points, and falls to -infinity at its
    edge; its maximiser gives (w, b, xi) by the same equations, and the energy is convex. (`weight` w: the
    slacks have the barrier -w T log xi.)
    """
    t, c, m, alpha, count = sp.symbols("T C m alpha N", positive=True)
    xi = weight * t / (c - t / m)  # from C = w T/xi + T/m
    multiplier = t / m
    per_sample = sp.simplify(multiplier * m + (c - multiplier) * xi)
    # The conjugate of -T log: its minimum over m of alpha m - T log m is at m = T/alpha.
    conjugate = sp.solve(sp.diff(alpha * m - t * sp.log(m), m), m)
    return proved_if(
        {
            "the slope in xi vanishes": zero(c - weight * t / xi - t / m),
            "gap per sample is 2T": zero(per_sample - 2 * t),
            "dual of the barrier: minimum at m = T/alpha": conjugate == [t / alpha],
            "which leaves T log alpha up to a constant": zero(
                sp.diff((alpha * m - t * sp.log(m)).subs(m, t / alpha), alpha) - t / alpha
            ),
            "2NT vanishes with T": sp.limit(2 * count * t, t, 0) == 0,
        },
        "The minimiser for T has exactly the duality gap 2NT, which vanishes with T",
        computed="2NT",
    )


@evidence("SVM-5", method=Method.EXACT, reading="at the clip")
@control("at T = 0 it does", multiplier=Fraction(2))
def clip_leaves_a_gap(multiplier: Fraction = Fraction(101, 50)) -> Outcome:
    """Two points of opposite classes with kernel value 1/2, C = 10. By symmetry alpha_1 = alpha_2 = a, the
    scores are y a/2, b = 0, and the conditions xi = T/(C - a), m = T/a, m = a/2 - 1 + xi hold for
    T = (a/2 - 1)/(1/a - 1/(C - a)). With a = 101/50, T = 40299/1490000 and |w|^2/2 = a^2/2 > 2, while (16) has
    the optimum 2: a = 2 without slack gives it, and the dual value 2a - a^2/2 is 2 as well. Every T > 0
    gives some a > 2.
    """
    a, c = multiplier, Fraction(10)
    temperature = (a / 2 - 1) / (1 / a - 1 / (c - a))
    xi, m = temperature / (c - a), temperature / a
    hinge = max(Fraction(0), 1 - a / 2)
    value = a * a / 2 + 2 * c * hinge  # |w|^2 = 2 a^2 (1 - 1/2)
    kernel = np.array([[1.0, 0.5], [0.5, 1.0]])
    computed = primal_objective([float(a)] * 2, kernel, [1, -1], 0.0, float(c))
    return refuted_if(
        hypotheses={
            "a is a multiplier in the box": 0 < a < c,
            "stationary point of the energy at T": m == a / 2 - 1 + xi,
            "primal and dual value agree at a = 2": 2 * 2 - Fraction(2) ** 2 / 2 == Fraction(2) ** 2 / 2 == 2,
        },
        violated={"T > 0": temperature > 0, "the value of (16) is above 2": value > 2},
        reference={"primal objective": abs(computed - float(value)) < 16 * EPS * float(value)},
        witness={"kernel value": "1/2", "C": c, "T": temperature, "alpha": a, "xi": xi, "m": m},
        summary="At T = T_min > 0 the minimiser is not the solution of (16)",
        computed=f"(16) = {float(value):.4f} at T = {float(temperature):.4f}",
        stated="2, the optimum",
    )


@evidence("SVM-4", method=Method.SMT, reading="minimiser at each temperature")
@control("a quadratic penalty leaves the feasible set", logarithm=False)
def minimisers_are_strictly_feasible(logarithm: bool = True) -> Outcome:
    """A minimiser exists (SVM-5) and has finite energy, so every logarithm is defined there: xi, m > 0; from
    C = T/xi + T/m even xi > T/C and m > T/C. (`logarithm`: with the quadratic penalty instead, C T is twice
    the sum of the violations.)
    """
    xi, m, t, c = z3.Reals("xi m T C")
    outside = z3.If(xi < 0, -xi, 0) + z3.If(m < 0, -m, 0)
    inside = z3.And(xi > 0, m > 0, c * xi * m == t * (xi + m))
    minimiser = z3.And(t > 0, c > 0, inside if logarithm else c * t == 2 * outside)
    return proved_if(
        {
            "a minimiser satisfies the conditions": satisfiable(minimiser) is not None,
            "both constraints hold by more than T/C": satisfiable(minimiser, z3.Or(c * xi <= t, c * m <= t))
            is None,
        },
        "Every constraint of the minimiser for T is slack by more than T/C",
        computed="T/C",
    )


@evidence("SVM-4", method=Method.EXACT, reading="without the test")
@control("a step of a hundredth of that size stays inside", step_size=Fraction(1, 10_000))
def one_step_crosses_the_margin(step_size: Fraction = Fraction(1, 100)) -> Outcome:
    """Two points of opposite classes, w = 0, b = 0, C = 10, T = 1/100, both slacks 21/20, so both margins have
    the excess 1/20: strictly feasible. The slope of the energy in xi_1 is C - T/xi_1 - T/m_1 = 10 - 1/105 -
    1/5. A step of 1/100 along it (only xi_1 is updated, no noise) gives xi_1 < 1 and m_1 = xi_1 - 1 < 0: the
    logarithm is undefined. Gaussian noise of any scale also crosses with positive probability.
    """
    slack, temperature, c = Fraction(21, 20), Fraction(1, 100), Fraction(10)
    excess = slack - 1
    slope = c - temperature / slack - temperature / excess
    after = slack - step_size * slope
    start = np.array([float(slack)] * 2)
    stepped = masked_step(start, [float(slope), 0.0], float(step_size), np.array([True, False]), 0.0)
    energies = [
        primal_energy([0.0, 0.0], [1, -1], 0.0, xi, 0.0, float(c), float(temperature))
        for xi in (start, stepped)
    ]
    return refuted_if(
        hypotheses={"strictly feasible start": slack > 0 and excess > 0, "T > 0": temperature > 0},
        violated={"the margin of sample 1 is violated": after - 1 < 0},
        reference={
            "energy is finite before": math.isfinite(energies[0]),
            "and infinite after": math.isinf(energies[1]),
            "same slack": abs(stepped[0] - float(after)) < 8 * EPS,
        },
        witness={
            "w, b": 0,
            "slacks": slack,
            "C": c,
            "T": temperature,
            "learning rate": step_size,
            "xi_1 after": after,
            "m_1 after": after - 1,
        },
        summary="One gradient step of the barrier energy leaves the feasible set",
        computed=f"m_1 = {float(after - 1):.4f}",
        stated="m_1 > 0",
    )


@evidence("SVM-4", method=Method.SYMBOLIC, reading="with the acceptance test")
@evidence("SVM-10", method=Method.SYMBOLIC, reading="by the barrier terms", version="algorithm")
@evidence("SVM-R3", method=Method.SYMBOLIC)
@control("a quadratic penalty is finite outside, and its candidates can be accepted", barrier="quadratic")
def rejection_keeps_feasibility(barrier: str = "logarithmic") -> Outcome:
    """-T log v tends to infinity as v falls to 0, and the energy counts as infinite beyond; the acceptance
    1/(1 + exp(dE/T)) tends to 0, and u < 0 never holds for a number u in [0, 1). So an infeasible candidate
    is always rejected, and by induction every iterate has a finite energy, which means strict feasibility.
    w = 0, b = 0, xi = 2 is a start: both constraints of every sample have the values 2 and 1. The same holds
    of the box on alpha and the dual energy with its barrier, the middle of the box being a start.
    """
    v, t, change = sp.symbols("v T dE", positive=True)
    start = constraint_values([0.0, 0.0], [1, -1], 0.0, [2.0, 2.0])
    at_the_edge = sp.limit(-t * sp.log(v), v, 0, "+")
    edges = [
        primal_energy([0.0], [1], 0.0, [xi], 0.0, 1.0, 1.0, barrier) for xi in (1.0, 0.5, 0.0, -1.0)
    ]  # margins 0, -1/2, -1, -2
    # One sample, C = 1: the ends of the box, and beyond them.
    edges += [dual_barrier_energy([alpha], [[1.0]], 1.0, 1.0) for alpha in (-0.5, 0.0, 1.0, 1.5)]
    chances = [guarded_acceptance(2.0, energy, 1.0) for energy in edges]
    return proved_if(
        {
            "the barrier grows without bound at the edge": at_the_edge == sp.oo,
            "acceptance vanishes with it": sp.limit(1 / (1 + sp.exp(change / t)), change, sp.oo) == 0,
            "reference: infinite outside": all(math.isinf(energy) for energy in edges),
            "reference: chance 0 never accepts": not any(accepts(0.0, chance) for chance in chances),
            "the start is strictly feasible": bool(np.all(start > 0)),
        },
        "Rejecting candidates of infinite energy keeps every iterate strictly feasible",
    )

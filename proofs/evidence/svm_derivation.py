"""The support vector machine's primal and its dual: which constraints the elimination leaves.

Eliminating the bias leaves sum y alpha = 0. The paper keeps the box only, which overstates the optimum.
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
from reference.distances import squared_distances
from reference.radial_basis import radial_basis_kernel
from reference.support_vector_machine import dual_energy, primal_objective, signed_kernel

# Points 0, 1, 2 on a line with labels +, -, + and gamma = log 2: kernel values 1/2 and 1/16.
POINTS, LABELS = (0, 1, 2), (1, -1, 1)


def _energy(alpha: tuple[Fraction, ...], kernel: list[list[Fraction]]) -> Fraction:
    pairs = [(i, j) for i in range(3) for j in range(3)]
    terms = [LABELS[i] * LABELS[j] * kernel[i][j] * alpha[i] * alpha[j] for i, j in pairs]
    return sum(terms, Fraction(0)) / 2 - sum(alpha, Fraction(0))


@evidence("SVM-2", method=Method.SMT)
@control("without a price on the slack it need not be the hinge", price=0)
def soft_margin_primal(price: int | None = None) -> Outcome:
    """For a given score s the two constraints of a sample are xi >= 0 and xi >= 1 - y s, that is xi >= hinge;
    a slack above the hinge costs C (xi - hinge) > 0 more than the hinge, so at an optimum there is none.
    Convexity: the constraints are linear, and |w|^2 at a midpoint is the mean of the values minus a quarter
    of the squared distance (checked per coordinate). w = 0, b = 0, xi = 2 is strictly feasible: both
    constraints have the value 1 or more. (`price` C.)
    """
    xi, margin, c = z3.Reals("xi margin C")
    hinge = z3.If(1 - margin > 0, 1 - margin, 0)
    positive = c > 0 if price is None else c == price
    u, v = sp.symbols("u v", real=True)
    return proved_if(
        {
            "the constraints say xi >= hinge": satisfiable(z3.And(xi >= 0, margin >= 1 - xi) != (xi >= hinge))
            is None,
            "a larger slack costs more": satisfiable(positive, xi > hinge, c * xi <= c * hinge) is None,
            "|w|^2 is convex": zero(((u + v) / 2) ** 2 - (u**2 + v**2) / 2 + (u - v) ** 2 / 4),
            "w = 0, b = 0, xi = 2 is strictly feasible": satisfiable(
                margin == 0, xi == 2, z3.Or(xi <= 0, margin <= 1 - xi)
            )
            is None,
        },
        "(16) is convex, strictly feasible for all data, and its optimal slacks are the hinge",
    )


def _lagrangian_residue() -> sp.Expr:
    """Term of one sample in primal - dual - (alpha m + (C - alpha) xi - b y alpha), which vanishes."""
    alpha, c, xi, b, y, s = sp.symbols("alpha C xi b y s", real=True)
    excess = y * (s + b) - 1 + xi
    # |w|^2 = alpha' Q alpha = sum alpha_i y_i s_i, once in the primal and once in the dual, halved each time.
    return sp.expand(alpha * y * s + c * xi - alpha - (alpha * excess + (c - alpha) * xi - b * y * alpha))


def _complementarity_fails(with_bias: bool) -> z3.ModelRef | None:
    """A sample that meets the order conditions at alpha, but not complementarity with the hinge; None: none."""
    y, alpha, c, s, b = z3.Reals("y alpha C s b")
    sample = z3.And(z3.Or(y == 1, y == -1), c > 0, alpha >= 0, alpha <= c)
    level = b if with_bias else z3.RealVal(0)
    potential = y - s  # -y dE/dalpha
    up = z3.Or(z3.And(y == 1, alpha < c), z3.And(y == -1, alpha > 0))
    down = z3.Or(z3.And(y == 1, alpha > 0), z3.And(y == -1, alpha < c))
    ordered = z3.And(z3.Implies(up, potential <= level), z3.Implies(down, potential >= level))
    margin = y * (s + level)
    xi = z3.If(1 - margin > 0, 1 - margin, 0)
    holds = z3.And(alpha * (margin - 1 + xi) == 0, (c - alpha) * xi == 0)
    return satisfiable(sample, ordered, z3.Not(holds))


@evidence("SVM-6", method=Method.SMT, reading="the sum in the lost display")
@evidence("SVM-R1", method=Method.SMT)
@control("without the sum y alpha = 0 the gap has a term of either sign", equality=False)
def dual_with_the_equality(equality: bool = True) -> Outcome:
    """Put w = sum alpha y phi. For every sample the terms of primal minus dual are alpha m + (C - alpha) xi -
    b y alpha, with m >= 0 the excess of the margin; the last ones sum to zero, so the gap is a sum of
    non-negative terms: each dual value is at most each primal one. At a minimum alpha of the energy on the
    compact feasible set no pair move may help. The slope of E along (y_i, -y_j) is F_j - F_i, F = y - s; so
    F_i <= F_j whenever i may go up and j down, and some b lies between. Then with the hinge as slack every
    term of the gap is zero (z3, per sample), both values agree, and both are optimal. Conversely such a b
    makes alpha optimal, the gap being zero.
    """
    y_i, y_j, s_i, s_j = sp.symbols("y_i y_j s_i s_j", real=True)
    slope = y_i * (y_i * s_i - 1) - y_j * (y_j * s_j - 1)
    on_labels = [slope.subs({y_i: p, y_j: q}) - ((q - s_j) - (p - s_i)) for p in (-1, 1) for q in (-1, 1)]
    alpha, xi, excess, c, residue = z3.Reals("alpha xi excess C b_sum")
    feasible = z3.And(alpha >= 0, alpha <= c, xi >= 0, excess >= 0)
    gap = alpha * excess + (c - alpha) * xi - residue
    given = residue == 0 if equality else z3.BoolVal(True)
    return proved_if(
        {
            "gap, term by term": _lagrangian_residue() == 0,
            "the gap is not negative": satisfiable(feasible, given, gap < 0) is None,
            "slope of a pair move": all(zero(difference) for difference in on_labels),
            "ordered potentials give a zero gap": _complementarity_fails(with_bias=True) is None,
        },
        "With sum y alpha = 0 kept, minus the least energy is the optimum of (16)",
    )


@evidence("SVM-6", method=Method.SMT, reading="without a bias")
@control("with a bias the box alone leaves a term of either sign", bias=True)
def dual_without_a_bias(bias: bool = False) -> Outcome:
    """With b = 0 the gap of SVM-R1 is sum alpha m + (C - alpha) xi >= 0 on the whole box. At a minimum of the
    energy on the box every single alpha_i is optimal, which is the order condition with b = 0, and the gap
    vanishes. (`bias` keeps b, so that b sum y alpha stays in the gap.)
    """
    alpha, xi, excess, c, b, total = z3.Reals("alpha xi excess C b total")
    feasible = z3.And(alpha >= 0, alpha <= c, xi >= 0, excess >= 0)
    gap = alpha * excess + (c - alpha) * xi - b * total
    return proved_if(
        {
            "gap, term by term": _lagrangian_residue() == 0,
            "the gap is not negative": satisfiable(feasible, z3.BoolVal(bias) if bias else b == 0, gap < 0)
            is None,
            "order conditions give a zero gap": _complementarity_fails(with_bias=False) is None,
        },
        "The box is all there is when the primal has no bias",
    )


@evidence("SVM-6", method=Method.EXACT, reading="with the bias")
@control("with sum y alpha = 0 the two optima agree", alpha=(Fraction(1, 2), Fraction(1), Fraction(1, 2)))
def box_alone_overstates_the_optimum(alpha: tuple[Fraction, ...] = (Fraction(1),) * 3) -> Outcome:
    """Points 0, 1, 2 with labels +, -, +, gamma = log 2, C = 1. On the box the energy is least at
    alpha = (1, 1, 1), where its slope is negative in every coordinate, so the dual value is 39/16. But
    w = sum c y phi with c = (1/2, 1, 1/2), b = 31/32 and slacks 0, 47/32, 0 is feasible for (16) and costs
    111/64 < 39/16: the optimum of (16) is not minus that energy. sum y alpha is 1. (One sample is enough if a
    single class is allowed: (16) has the optimum 0 at w = 0, b = y, the box gives 1/2.)
    """
    kernel = [[Fraction(1, 2 ** (p - q) ** 2) for q in POINTS] for p in POINTS]
    slopes = [sum(LABELS[i] * LABELS[j] * kernel[i][j] * alpha[j] for j in range(3)) - 1 for i in range(3)]
    primal_alpha = (Fraction(1, 2), Fraction(1), Fraction(1, 2))
    bias, slack = Fraction(31, 32), (Fraction(0), Fraction(47, 32), Fraction(0))
    scores = [sum(kernel[i][j] * LABELS[j] * primal_alpha[j] for j in range(3)) for i in range(3)]
    norm = sum(scores[i] * LABELS[i] * primal_alpha[i] for i in range(3))
    primal, dual = norm / 2 + sum(slack), -_energy(alpha, kernel)
    matrix = radial_basis_kernel(squared_distances([[float(p)] for p in POINTS]), math.log(2.0))
    found = dual_energy([float(a) for a in alpha], signed_kernel(matrix, LABELS))
    value = primal_objective([0.5, 1.0, 0.5], matrix, LABELS, float(bias), 1.0)
    rounding = 64 * float(np.finfo(float).eps)
    return refuted_if(
        hypotheses={
            "both classes are present": {1, -1} == set(LABELS),
            "alpha is in the box": all(0 <= a <= 1 for a in alpha),
            "the primal point is feasible": all(
                LABELS[i] * (scores[i] + bias) >= 1 - slack[i] and slack[i] >= 0 for i in range(3)
            ),
        },
        violated={"the dual value exceeds a primal value": dual > primal},
        reference={
            "dual energy": abs(found + float(dual)) < rounding,
            "primal objective": abs(value - float(primal)) < rounding,
        },
        witness={
            "points and labels": "0 (+), 1 (-), 2 (+)",
            "gamma, C": "log 2, 1",
            "alpha": [str(a) for a in alpha],
            "slope of the energy": [str(s) for s in slopes],
        },
        summary="Eliminating b leaves sum y alpha = 0; without it the dual value exceeds the optimum of (16)",
        computed=f"{primal} = {float(primal):.3f}",
        stated=f"{dual} = {float(dual):.3f}",
        tightness=float(primal / dual),
    )


@evidence("SVM-9", method=Method.SMT)
@control("without a bias the box is all there is", without="L185, L188: b is eliminated")
@control("nothing moves, nothing breaks", without="L166-175, L189: some single alpha_i changes")
def box_is_not_all(without: str | None = None) -> Outcome:
    """Stationarity of the Lagrangian in b is sum y alpha = 0, before and after an update. If one alpha_1
    changes and the rest do not, the sum changes by y_1 times the change, which is not zero. The listing tests
    the selected variables one by one, so a single one can change (f N = 1, or one proposal accepted of many).
    """
    y, before, after, rest, c = z3.Reals("y_1 alpha_1 alpha_1_new rest C")
    box = z3.And(c > 0, before >= 0, before <= c, after >= 0, after <= c)
    return compare(
        {
            "L189: the box is kept": z3.And(box, z3.Or(y == 1, y == -1)),
            "L166-175, L189: some single alpha_i changes": after != before,
            "L185, L188: b is eliminated": z3.And(
                z3.Or(y == 1, y == -1), y * before + rest == 0, y * after + rest == 0
            ),
        },
        "With b in the primal no single alpha_i may change: the box is not all that has to be kept",
        without=without,
        computed="sum y alpha = 0 is lost by every change of one alpha_i",
    )


@evidence("SVM-R2", method=Method.SMT)
@control("a step past the minimiser can raise the energy", reach=3)
def pair_moves_keep_both_constraints(reach: int = 1) -> Outcome:
    """Along the move the energy is E - g t + q t^2/2 with gap g = F_i - F_j > 0 and curvature
    q = K_ii + K_jj - 2 K_ij >= 0, F = y - s. The minimiser on [0, room] is t = min(g/q, room): q t <= g, so
    E falls by g t - q t^2/2 >= g t/2 > 0. The sum y alpha changes by y_i y_i t - y_j y_j t = 0, and room is
    what the box leaves. (`reach` multiplies the step g/q.)
    """
    y_i, y_j, t, s_i, s_j, k_ii, k_jj, k_ij = sp.symbols("y_i y_j t s_i s_j K_ii K_jj K_ij", real=True)
    change = (y_i * t) * (y_i * s_i - 1) - (y_j * t) * (y_j * s_j - 1)
    change += (k_ii + k_jj - 2 * k_ij) * t**2 / 2  # y^2 = 1 in the quadratic part
    expected = -((y_i - s_i) - (y_j - s_j)) * t + (k_ii + k_jj - 2 * k_ij) * t**2 / 2
    on_labels = [(change - expected).subs({y_i: p, y_j: q}) for p in (-1, 1) for q in (-1, 1)]
    gap, curvature, step, room = z3.Reals("gap curvature step room")
    longest = z3.And(step > 0, step <= room, curvature * step <= reach * gap)
    move = z3.And(gap > 0, curvature >= 0, room > 0, longest)
    alpha, y, c = z3.Reals("alpha y C")
    taker = z3.And(z3.Or(y == 1, y == -1), alpha >= 0, alpha <= c, step > 0)
    moved = alpha + y * step
    return proved_if(
        {
            "energy along the move": all(zero(difference) for difference in on_labels),
            "it falls by at least half of gap times step": satisfiable(
                move, gap * step - curvature * step * step / 2 < gap * step / 2
            )
            is None,
            "sum y alpha is unchanged": all(
                zero((y_i * y_i * t - y_j * y_j * t).subs({y_i: p, y_j: q})) for p in (-1, 1) for q in (-1, 1)
            ),
            "the box is kept": satisfiable(
                taker, step <= z3.If(y > 0, c - alpha, alpha), z3.Or(moved < 0, moved > c)
            )
            is None,
        },
        "A pair move keeps the box and sum y alpha = 0 and lowers the energy by at least half of gap times step",
    )

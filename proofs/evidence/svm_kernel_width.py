"""The kernel width as one more variable of the dual energy: which way it goes, and why.

The energy E(alpha, gamma) = alpha' Q(gamma) alpha/2 - sum alpha + lambda (gamma - gamma_0)^2 is minimised over
alpha. Minus its least value is the optimum of (16) less the penalty, so minimising it over gamma as well
maximises the optimum of (16): it looks for the kernel that fits worst. That is gamma = 0, where all points
look alike, or, if gamma may be negative, no kernel at all.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp
import z3
from flint import arb

from proofs.ball_arithmetic import ball, certain_root, positive_on_box
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.quantization_lemmas import zero
from proofs.registry import control, evidence
from reference.distances import squared_distances
from reference.pair_moves import pair_descent
from reference.radial_basis import radial_basis_kernel
from reference.random_streams import RandomStream
from reference.support_vector_annealing import joint_energy
from reference.support_vector_machine import best_bias

C, GAMMA_0, GAMMA_PENALTY = Fraction(10), Fraction(1, 20), Fraction(1, 1000)  # L48
TWO_POINTS = [[0.0, 1.0], [1.0, 0.0]]  # squared distances of two points at distance 1


def _energy_of_two(alpha: float, gamma: float) -> float:
    return joint_energy([alpha] * 2, gamma, TWO_POINTS, [1, -1], float(GAMMA_0), float(GAMMA_PENALTY))


@evidence("SVM-11", method=Method.SYMBOLIC, reading="gamma any number")
@control("for two points of one class the energy is bounded", labels=(1, 1))
def joint_energy_has_no_lower_bound(labels: tuple[int, int] = (1, -1)) -> Outcome:
    """Two points at distance 1 with opposite labels, alpha = (1, 1) in the box: E = 1 - exp(-gamma) - 2 +
    lambda (gamma - gamma_0)^2. At gamma = -g the exponential beats the square: E -> -infinity as g grows. At
    gamma = -20 it is already below -10^8. The matrix exp(-gamma d) is not positive semidefinite there: its
    determinant is 1 - exp(2 g) < 0.
    """
    g = sp.Symbol("g", positive=True)
    sign = labels[0] * labels[1]
    energy = 1 + sign * sp.exp(g) - 2 + sp.Rational(1, 1000) * (-g - sp.Rational(1, 20)) ** 2
    twenty = 1 + sign * ball(20).exp() - 2 + ball(GAMMA_PENALTY) * (ball(-20) - ball(GAMMA_0)) ** 2
    found = joint_energy([1.0, 1.0], -20.0, TWO_POINTS, labels, float(GAMMA_0), float(GAMMA_PENALTY))
    return refuted_if(
        hypotheses={"alpha = (1, 1) is in the box": 0 <= 1 <= C, "sum y alpha = 0": sum(labels) == 0},
        violated={
            "E has no lower bound": sp.limit(energy, g, sp.oo) == -sp.oo,
            "E(gamma = -20) < -10^8": twenty < -(10**8),
        },
        reference={"same energy": abs(found / float(twenty.mid()) - 1) < 64 * np.finfo(float).eps * 20},
        witness={"points": "distance 1, labels +, -", "alpha": "(1, 1)", "gamma": "-20"},
        summary="Without a constraint on gamma the joint energy has no minimum",
        computed=f"E = {float(twenty.mid()):.3g} at gamma = -20",
        stated="a minimum",
    )


def _slope_stays_positive(penalty: Fraction, lowest: Fraction, highest: Fraction) -> bool:
    """Whether a_1 a_2 r + 2 penalty (gamma - gamma_0) > 0 wherever alpha is optimal, gamma in [lowest, highest)."""
    first, second, r, gamma = z3.Reals("a_1 a_2 r gamma")

    def best(other: z3.ArithRef) -> z3.ArithRef:
        free = 1 + r * other
        return z3.If(free < 10, free, z3.RealVal(10))

    setting = z3.And(
        first == best(second),
        second == best(first),
        gamma >= z3.Q(lowest.numerator, lowest.denominator),
        gamma < z3.Q(highest.numerator, highest.denominator),
        r > 0,
        r <= 1,
        z3.Implies(gamma <= z3.Q(1, 20), r > z3.Q(95, 100)),
    )
    weight = z3.Q((2 * penalty).numerator, (2 * penalty).denominator)
    slope = first * second * r + weight * (gamma - z3.Q(1, 20))
    return satisfiable(setting, slope <= 0) is None


@evidence("SVM-11", method=Method.SMT, reading="gamma > 0")
@control("a penalty ten million times as strong has a minimum", penalty=Fraction(10_000))
def joint_minimum_is_not_attained(penalty: Fraction = GAMMA_PENALTY) -> Outcome:
    """Two points at distance 1 with opposite labels, the paper's C, gamma_0 and lambda; r = exp(-gamma). At a
    minimum over the box alpha_1 = min(C, 1 + r alpha_2) and the like for alpha_2, so both are at least 1.
    E >= -2C, its quadratic part being at least 0. The slope of E in gamma is alpha_1 alpha_2 r + 2 lambda
    (gamma - gamma_0). For gamma >= gamma_0 it is positive; below, r > 0.95 against at most 2 lambda gamma_0 =
    1e-4. So it is positive for every gamma > 0: no point is stationary, and the least value is approached as
    gamma goes to 0, where the kernel no longer tells the points apart. (`penalty` lambda.)
    """
    values = [_energy_of_two(10.0, gamma) for gamma in (0.05, 0.005, 0.0005, 0.0)]
    ratio, x, y = z3.Reals("r x y")
    return refuted_if(
        hypotheses={
            "r > 0.95 for gamma <= gamma_0": (-ball(GAMMA_0)).exp() > ball("0.95"),
            "the quadratic part of E is at least 0 for r <= 1": satisfiable(
                ratio >= 0, ratio <= 1, x * x + y * y < 2 * ratio * x * y
            )
            is None,
        },
        violated={
            "the slope in gamma is positive wherever alpha is optimal": _slope_stays_positive(
                penalty, Fraction(0), Fraction(10**6)
            )
        },
        reference={"the energy falls as gamma goes to 0": bool(np.all(np.diff(values) < 0))},
        witness={
            "points": "distance 1, labels +, -",
            "C, gamma_0, lambda": "10, 0.05, 0.001",
            "energies at gamma = 0.05, 0.005, 0.0005, 0": values,
        },
        summary="On gamma > 0 the joint energy has no stationary point; it is lowest where the kernel sees nothing",
        computed="gamma -> 0",
        stated="a gamma > 0",
    )


@evidence("SVM-14", method=Method.SMT)
@control("a penalty two million times as strong has a stationary point there", penalty=Fraction(2_000))
def penalty_cannot_hold_gamma(penalty: Fraction = GAMMA_PENALTY) -> Outcome:
    """Two points at distance 1 with opposite labels. With alpha optimal for gamma the slope of the dual energy
    in gamma is alpha_1 alpha_2 r = C^2 r > 95 at gamma_0, against at most 2 lambda gamma_0 = 1e-4 from the
    penalty: no stationary point between gamma_0/2 and 2 gamma_0 (nor anywhere else, SVM-11). With
    alpha = C, 2 lambda (gamma_0 - gamma) = C^2 exp(-gamma) has a root in [gamma_0/2, gamma_0) only for
    lambda above C^2 exp(-gamma_0/2)/gamma_0, about 1950. The slope of the optimum of (16) in gamma is the same
    number with the other sign, so the primal energy has no stationary point there either. (`penalty` lambda.)
    """
    root = ball(C) ** 2 * (-ball(GAMMA_0) / 2).exp() / ball(GAMMA_0)
    slope = ball(C) ** 2 * (-ball(GAMMA_0)).exp()
    steps = [_energy_of_two(10.0, g) for g in (0.025, 0.05, 0.1)]
    return refuted_if(
        hypotheses={
            "alpha = C is optimal at gamma_0": 1 + ball(C) * (-ball(GAMMA_0)).exp() > ball(C),
            "r > 0.95 for gamma <= gamma_0": (-ball(GAMMA_0)).exp() > ball("0.95"),
        },
        violated={
            "no stationary point in [gamma_0/2, 2 gamma_0]": _slope_stays_positive(
                penalty, GAMMA_0 / 2, 2 * GAMMA_0 + Fraction(1, 10**9)
            ),
            "alpha_1 alpha_2 r >= r exceeds the penalty's slope in size, so neither sign has one": (
                -2 * ball(GAMMA_0)
            ).exp()
            > ball(2 * penalty * GAMMA_0),
        },
        reference={"the energy rises from gamma_0/2 to gamma_0 to 2 gamma_0": steps[0] < steps[1] < steps[2]},
        witness={
            "points": "distance 1, labels +, -",
            "slope of the dual energy": "> 95",
            "of the penalty": "<= 1e-4",
        },
        summary="The penalty is too weak to hold gamma by a factor of about two million",
        computed=f"lambda > {float(root.mid()):.0f} needed; slope of the dual energy {float(slope.mid()):.1f}",
        stated="lambda = 0.001; slope of the penalty 0.0001",
        tightness=float(root.mid()) / float(GAMMA_PENALTY),
    )


def _polynomial(coefficients: list[int], r: arb) -> arb:
    """Value by Horner's rule, highest power first."""
    total = arb(0)
    for coefficient in coefficients:
        total = total * r + coefficient
    return total


@evidence("SVM-13", method=Method.BALL)
@control("classes whose means are equal escape the argument", places=(0, 3, 1, 2))
def joint_minimum_misclassifies(places: tuple[int, ...] = (0, 4, 1, 2)) -> Outcome:
    """Points 0 and 4 (+), 1 and 2 (-), the paper's C = 10, gamma_0 and lambda; r = exp(-gamma), 0 < r <= 1. At
    gamma = 0, alpha = C the joint energy is -4C + delta with delta = lambda gamma_0^2 = 2.5e-6. A point of no
    higher energy has sum (C - alpha) <= delta and alpha'Q alpha/2 <= delta, so 1'Q1 <= 2 delta (1 + 4C)/C^2.
    As 1'Q1 = (1-r) q(r) with q > 1 on [0, 1], 1 - r < 2.1e-6. There the score at 1 exceeds the score at 0:
    with alpha = C by C (1-r) p(r), p > 1, and the rest of alpha moves it by at most 4 delta 16 (1-r). So
    the point 0 (+) scores below the point 1 (-), or equal for gamma = 0, and no bias classifies both: every
    near-minimum errs. On the grid gamma = log 2, C = 10 has no error: the equations of four free
    variables have a solution with 0 < alpha < C, so all margins are 1.
    """
    labels = (1, 1, -1, -1)
    delta = GAMMA_PENALTY * GAMMA_0**2
    r = sp.Symbol("r")
    form = sum(
        labels[i] * labels[j] * r ** ((places[i] - places[j]) ** 2) for i in range(4) for j in range(4)
    )
    lead = sum(
        y * (r ** ((places[2] - x) ** 2) - r ** ((places[0] - x) ** 2))
        for x, y in zip(places, labels, strict=True)
    )
    (q, q_rest), (p, p_rest) = (sp.div(sp.expand(f), 1 - r, r) for f in (form, lead))
    q_list = [int(v) for v in sp.Poly(q, r).all_coeffs()]
    p_list = [int(v) for v in sp.Poly(p, r).all_coeffs()]
    largest_power = max((a - b) ** 2 for a in places for b in places)
    furthest = 2 * delta * (1 + 4 * C) / C**2
    gram = sp.Matrix(4, 4, lambda i, j: sp.Rational(1, 2) ** ((places[i] - places[j]) ** 2))
    system = gram.row_join(sp.ones(4, 1)).col_join(sp.ones(1, 4).row_join(sp.zeros(1, 1)))
    solution = system.LUsolve(sp.Matrix([*labels, 0]))
    multipliers = [labels[i] * solution[i] for i in range(4)]
    distances = squared_distances([[float(x)] for x in places])
    kernel = radial_basis_kernel(distances, math.log(2.0))
    found = pair_descent(kernel, labels, 10.0, RandomStream(0, 0), tolerance=1e-9)
    on_grid = np.sign(kernel @ (found.alpha * labels) + found.bias)
    low = radial_basis_kernel(distances, 1e-7)
    scores = low @ np.array([10.0, 10.0, -10.0, -10.0])
    tuned = np.sign(scores + best_bias(scores, labels))
    return refuted_if(
        hypotheses={
            "balanced classes": sum(labels) == 0,
            "grid: 0 < alpha < C, all margins 1": all(0 < a < C for a in multipliers),
        },
        violated={
            "1'Q1 is (1-r) q(r)": q_rest == 0,
            "q > 1 on [0, 1]": positive_on_box(lambda x: _polynomial(q_list, x) - 1, [(0, 1)]),
            "near-minima have 1 - r < 2.1e-6": furthest < Fraction(21, 10**7),
            "lead of the point 1 is C (1-r) p(r)": p_rest == 0,
            "p > 1 there": positive_on_box(
                lambda x: _polynomial(p_list, x) - 1, [(1 - Fraction(21, 10**7), 1)]
            ),
            "the rest of alpha does not undo it": 4 * delta * largest_power < C,
        },
        reference={
            "joint minimum: an error at gamma = 1e-7": bool(np.any(tuned != np.array(labels))),
            "grid: no error": bool(np.all(on_grid == np.array(labels))),
        },
        witness={
            "points": "0 (+), 4 (+), 1 (-), 2 (-)",
            "C, gamma_0, lambda": "10, 0.05, 0.001",
            "grid": "gamma = log 2",
            "alpha on the grid": [str(sp.nsimplify(a)) for a in multipliers],
        },
        summary="Joint tuning ends where the kernel sees almost nothing, and errs where a grid point has no error",
        computed=f"{int(np.sum(tuned != np.array(labels)))} of 4 wrong",
        stated="0 of 4, on a grid of one point",
    )


@evidence("SVM-11", method=Method.SMT, reading="(17) is the primal energy")
@evidence("SVM-R5", method=Method.SMT)
@control("without a penalty the optimum of two points falls for ever", penalty=Fraction(0))
def least_primal_over_gamma_exists(penalty: Fraction = GAMMA_PENALTY) -> Outcome:
    """F(gamma) = V(gamma) + lambda (gamma - gamma_0)^2, V the optimum of (16) = the largest dual value. V is
    at least 0 (alpha = 0) and at most sum alpha <= N C, and continuous, being a maximum over a compact set of
    a function continuous in both. If F(gamma) <= F(gamma_0) <= N C then lambda (gamma - gamma_0)^2 <= N C: the
    search is in a compact interval, and the minimum is attained. For two points at distance 1 with opposite
    labels V = 1/(1-r), r = exp(-gamma), while that is at most C, so F' = -r/(1-r)^2 + 2 lambda (gamma -
    gamma_0), which increases through 0 between 4.69 and 4.71, 94 gamma_0.
    """
    value, bound, weight, excess = z3.Reals("V NC lambda square")
    positive = weight > 0 if penalty > 0 else weight == 0

    def slope(gamma: arb) -> arb:
        ratio = (-gamma).exp()
        return -ratio / (1 - ratio) ** 2 + 2 * ball(penalty) * (gamma - ball(GAMMA_0))

    a, r = sp.symbols("a r", positive=True)
    stationary = sp.solve(sp.diff(2 * a - a**2 * (1 - r), a), a)
    minimum = certain_root(slope, 4, 6) if penalty > 0 else (Fraction(4), Fraction(6))
    return proved_if(
        {
            "lower values of F lie within sqrt(NC/lambda)": satisfiable(
                positive, value >= 0, excess >= 0, value + weight * excess <= bound, weight * excess > bound
            )
            is None,
            "the interval is bounded": satisfiable(positive, weight <= 0) is None,
            "two points: V = 1/(1-r)": len(stationary) == 1 and zero(stationary[0] - 1 / (1 - r)),
            "two points: minimum between 4.69 and 4.71": Fraction("4.69")
            < minimum[0]
            < minimum[1]
            < Fraction("4.71"),
        },
        "Minimising the optimum of (16) over gamma is well posed, and still not a choice of kernel by its errors",
        computed=f"gamma = {float(minimum[0]):.3f} for two points at distance 1",
        stated="gamma_0 = 0.05",
    )

"""Theorem 6 (3): when the limit of the steps is Lyapunov stable, and when they lead somewhere unstable.

A strict local minimiser is stable for every choice of subsets as long as eta Lc <= 2. The limit of the steps
need not be a minimiser, and a cold quantizer makes a minimiser between two levels unstable.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.evidence.frozen_levels import quantized_run
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.trajectories import blockwise_trajectory
from reference.updates import dense_step
from reference.validation import FloatArray

EPS = np.finfo(float).eps


@evidence("T6-S4", method=Method.BALL, reading="with the quantizer")
@control("a hot quantizer contracts towards the middle", hottest=Fraction(1))
def cold_quantizer_leaves_the_minimum(hottest: Fraction = Fraction(1, 4)) -> Outcome:
    """Levels -1, 1; L = theta^2/2, eta = 1/2. Started at the minimiser 0 the iterates stay there, S(0) = 0 at
    every T, so theta* = 0 is their limit. From theta > 0 the next point is S(theta/2) = tanh(theta/(2T)),
    at least tanh(2 theta) for T <= 1/4. tanh(2 theta)/theta decreases, so on (0, 1/2] the next point is at
    least theta tanh(1)/(1/2) > 3 theta/2: however small the displacement, it grows until it exceeds 1/2.
    """
    edge = Fraction(1, 2)
    grown = (ball(edge / 2) / ball(hottest)).tanh() / ball(edge)
    cold = [0.25 / (t + 1) for t in range(80)]
    still, pushed = (quantized_run(start, Fraction(0), edge, cold) for start in (0.0, 2.0**-30))
    return refuted_if(
        hypotheses={"eta Lc <= 1": edge <= 1},
        violated={"a displacement of at most 1/2 grows by the factor 3/2": grown > ball("3/2")},
        reference={
            "the reference stays at 0": not any(still),
            "and ends at 1 from 2^-30": pushed[-1] == 1.0,
        },
        witness={"levels": "-1, 1", "L": "theta^2/2", "eta": edge, "T_t": f"any at most {hottest}"},
        summary="A cold quantizer drives every displacement from the minimiser 0 to a level at distance 1",
        computed="displacements grow by at least 3/2 per step",
        stated="moved back towards theta*",
    )


@evidence("T6-S4", method=Method.SYMBOLIC, reading="gradient step")
@evidence("T6-S4", method=Method.SYMBOLIC, reading="gradient step, Lipschitz gradient")
@evidence("T6-P9", method=Method.SYMBOLIC)
@control("with a gradient that changes sign at 0 the limit is a minimiser", order=3)
def steps_converge_to_an_inflection(order: int = 2) -> Outcome:
    """L(x) = x^2/2 + x - log(1 + x^2)/2 - arctan x has L' = x^2 (x + 1)/(1 + x^2), is coercive and minimal at
    -1, and |L''| < 2; take eta = 1/2, so eta Lc <= 1. One parameter, updated in every step: x -> F(x), and
    F' = 1 - L''/2 > 0. For x > 0: 0 = F(0) < F(x) < x, so every positive start decreases to the only fixed
    point in [0, x], which is 0. For -1 < x < 0: -1 < F(x) < x, so the steps leave 0 and tend to -1. Thus 0 is
    the limit from an open set of starts, but L < L(0) on the left of it: it is no minimiser and not stable.
    """
    x = sp.Symbol("x", real=True)
    slope = x**order * (x + 1) / (1 + x**2)
    loss = x**2 / 2 + x - sp.log(1 + x**2) / 2 - sp.atan(x)
    curvature = sp.together(slope.diff(x))
    run_up = blockwise_trajectory([0.5], _slope, 0.5, [[0]], [[0]] * 400).ravel()
    run_down = blockwise_trajectory([-0.05], _slope, 0.5, [[0]], [[0]] * 400).ravel()
    return refuted_if(
        hypotheses={
            "L' is as stated": sp.simplify(loss.diff(x) - slope) == 0,
            "L'' < 2 everywhere": _positive_everywhere(2 - curvature, x),
            "L'' > -2 everywhere": _positive_everywhere(2 + curvature, x),
            "L is coercive": sp.limit(loss, x, sp.oo) == sp.oo and sp.limit(loss, x, -sp.oo) == sp.oo,
        },
        violated={
            "0 is a fixed point": slope.subs(x, 0) == 0,
            "starts above 0 move down, starts between -1 and 0 too": sp.solveset(slope > 0, x, sp.S.Reals)
            == sp.Union(sp.Interval.open(-1, 0), sp.Interval.open(0, sp.oo)),
            "L decreases through 0, no local minimum": slope.subs(x, sp.Rational(-1, 2)) > 0,
        },
        reference={
            "the reference decreases from 1/2 and stays positive": bool(
                np.all(np.diff(run_up) < 0) and run_up[-1] > 0
            ),
            "and goes from -1/20 to -1": abs(run_down[-1] + 1) <= 8 * EPS,
        },
        witness={"L'": "x^2 (x + 1)/(1 + x^2)", "eta": "1/2", "theta_0": "any x > 0", "theta*": 0},
        summary="Every positive start tends to an inflection point that repels on its other side",
        computed="limit neither minimiser nor stable, for an open set of starts",
        stated="a local minimiser, Lyapunov stable",
    )


def _slope(x: FloatArray) -> FloatArray:
    return np.asarray(x**2 * (x + 1) / (1 + x**2))


def _positive_everywhere(quotient: Any, x: Any) -> bool:
    """Whether numerator and denominator are positive everywhere (exact, by Sturm sequences)."""
    parts = (sp.Poly(part, x) for part in sp.fraction(sp.together(quotient)))
    return all(bool(part.count_roots() == 0 and part.eval(0) > 0) for part in parts)


@evidence("T6-R2", method=Method.SMT)
@evidence("T6-P13", method=Method.SMT, reading="asymptotically stable")
@control("for eta Lc > 2 a step can jump over the annulus, and raise L", relative_step=Fraction(5, 2))
def strict_minimisers_are_stable(relative_step: Fraction = Fraction(2)) -> Outcome:
    """Let a = eta Lc <= 2. Choose r so small that the ball of radius 3r around theta* lies in the wanted
    neighbourhood and in the region of the Lipschitz gradient, and that L > L(theta*) elsewhere in it. Let c >
    0 be the least value of L - L(theta*) on the annulus r <= |theta - theta*| <= 3r. Start in V: distance
    below r and L - L(theta*) < c. Any subset of the gradient has length at most Lc times the distance, so a
    step moves by at most 2r and ends within 3r; along it L does not rise, by T6-R1 (1) on the subset. So the
    end is not in the annulus: it is in V again. This holds for every sequence of subsets. If moreover a < 2
    and every block is visited in each epoch, T6-R1 makes every limit point in the ball stationary; if theta*
    is the only stationary point there, the iterates tend to it. A positive definite Hessian at theta* gives
    both: grad L(theta* + d) = H d + o(|d|). Sharp: L = Lc theta^2/2 with a > 2 multiplies theta by 1 - a <
    -1.
    """
    a = z3.RealVal(str(relative_step))
    distance, following, loss, lower, r, c = z3.Reals("d d_next V V_next r c")
    inside = z3.And(r > 0, c > 0, distance >= 0, distance < r, loss >= 0, loss < c)
    step = z3.And(following >= 0, following <= distance + a * distance, lower <= loss)
    annulus = z3.Implies(z3.And(following >= r, following <= 3 * r), lower >= c)
    leaves = satisfiable(inside, step, annulus, z3.Or(following >= r, lower >= c))
    g, excess = sp.symbols("g s", positive=True)
    rest = 1 - sp.Rational(relative_step) / 2
    factor = 1 - (2 + excess)
    moved = dense_step([1.0], [1.0], 2.0)[0], dense_step([1.0], [1.0], 2.5)[0]
    return proved_if(
        {
            "a step from V ends in V": leaves is None,
            "a step does not raise L: (1 - a/2)|g|^2 >= 0": (rest * g**2).is_nonnegative,
            "for a = 2 + s the quadratic is repelled": (-factor - 1).is_positive,
            "reference: |theta| is kept at a = 2 and grows at a = 5/2": moved == (-1.0, -1.5),
        },
        "Strict local minimisers are Lyapunov stable for all subsets exactly up to eta Lc = 2",
        computed="eta Lc <= 2, strict local minimiser",
        stated="any limit, any eta",
    )


@evidence("T6-P13", method=Method.EXACT, reading="a single step")
@evidence("T6-P13", method=Method.EXACT, reading="a single step", version="dense")
@control("a step of exactly one over the curvature does it", eta=Fraction(1))
def one_step_does_not_correct(eta: Fraction = Fraction(1, 2)) -> Outcome:
    """L = theta^2/2: a step takes d to (1 - eta) d, which is 0 only for eta = 1. A dense step takes d
    to (I - eta f H) d, which is 0 for every d only if eta f H = I, and a step on one of several blocks leaves
    the displacement of the others.
    """
    end = Fraction(1) - eta * Fraction(1)
    reached = blockwise_trajectory([1.0], lambda t: t, float(eta), [[0]], [[0]]).ravel()[-1]
    return refuted_if(
        hypotheses={"eta Lc < 2": eta < 2},
        violated={"the displacement is not yet corrected": end != 0},
        reference={"the reference agrees": reached == float(end)},
        witness={"L": "theta^2/2", "eta": eta, "displacement": 1},
        summary="One step corrects every displacement only if eta f H is the identity",
        computed=f"displacement 1 -> {end}",
        stated="corrected in a single step",
    )


@evidence("T6-P14", method=Method.EXACT)
@control("with no label changed theta* stays the minimiser", changed=0)
def wrong_labels_move_the_minimiser(changed: int = 1) -> Outcome:
    """Ten labels equal to A, L = mean of (theta - y_i)^2/2, theta* = A, which is stable and attracts for
    eta < 2. With one label (10 percent) changed to -A the loss is minimal at 4A/5. The step at theta* leads
    away from it, with eta = 1 at once to 4A/5, and the iterates stay there. A is arbitrary, and so is the
    distance.
    """
    size = Fraction(10)
    labels = [size] * (10 - changed) + [-size] * changed
    mean = sum(labels, Fraction(0)) / 10
    moved = size - (size - mean)
    run = blockwise_trajectory([float(size)], lambda t: t - float(mean), 1.0, [[0]], [[0]] * 3).ravel()
    return refuted_if(
        hypotheses={
            "theta* = A is the minimiser for the true labels": sum([size] * 10, Fraction(0)) == 10 * size
        },
        violated={"with wrong labels the iterates settle elsewhere": abs(moved - size) >= size / 5},
        reference={"the reference settles there": bool(np.all(run[1:] == float(moved)))},
        witness={"labels": "nine A, one -A", "L": "mean of (theta - y)^2/2", "A": size, "limit": moved},
        summary="One wrong label in ten moves the minimiser by A/5, however stable it was",
        computed=f"distance {abs(moved - size)} for A = {size}",
        stated="resists annotation noise",
    )

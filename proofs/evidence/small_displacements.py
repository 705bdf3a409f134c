"""The steps of the proof of Theorem 6 (3): what one update does to a small displacement from theta*."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.updates import blockwise_epoch, dense_step, masked_step

EPS = np.finfo(float).eps


@evidence("T6-P10", method=Method.SYMBOLIC, reading="continuously differentiable")
@control("a quadratic has a Hessian", power=2)
def a_minimiser_without_hessian(power: object = None) -> Outcome:
    """L(x) = (2/3)|x|^(3/2) is continuously differentiable and minimal at 0. Its gradient sqrt(x) has at 0 no
    derivative: sqrt(x)/x is unbounded. So there is no Hessian, and L(d)/d^2 has no limit.
    """
    x = sp.Symbol("x", positive=True)
    exponent = sp.Rational(3, 2) if power is None else sp.Integer(str(power))
    slope = x ** (exponent - 1)
    return refuted_if(
        hypotheses={
            "the gradient is continuous at 0": sp.limit(slope, x, 0) == 0,
            "L > 0 beside 0": slope.is_positive,
        },
        violated={"the difference quotient of the gradient diverges": sp.limit(slope / x, x, 0) == sp.oo},
        witness={"L": "(2/3)|x|^(3/2)", "theta*": 0},
        summary="A continuously differentiable loss need not have a Hessian at its minimiser",
        computed="difference quotient of the gradient unbounded",
        stated="L(theta*) + d'Hd/2",
    )


@evidence("T6-P10", method=Method.SMT, reading="twice continuously differentiable")
@control("without minimality the curvature may be negative", minimal=False)
def hessian_of_a_minimiser_is_semidefinite(minimal: bool = True) -> Outcome:
    """Twice continuously differentiable: L(theta* + s d) - L(theta*) = s^2 k/2 + rest with k = d'Hd, the
    gradient being 0, and |rest| below any share of s^2 for small s. If k < 0, take |rest| <= |k| s^2/4: the
    value is negative, and theta* is no local minimiser. Hence k >= 0 for every direction d.
    """
    s, k, rest = z3.Reals("s k rest")
    value = s * s * k / 2 + rest
    close = z3.And(s > 0, rest <= -k * s * s / 4, rest >= k * s * s / 4)
    least = value >= 0 if minimal else z3.BoolVal(True)
    return proved_if(
        {
            "no negative curvature at a minimiser": satisfiable(k < 0, close, least) is None,
            "negative curvature is possible elsewhere": satisfiable(k < 0, close) is not None,
        },
        "With continuous second derivatives the expansion holds and the Hessian is positive semidefinite",
    )


@evidence("T6-P11", method=Method.EXACT, reading="positive semidefinite")
@evidence("T6-P11", method=Method.EXACT, reading="positive semidefinite", version="dense")
@control("with curvature in every direction the displacement raises L", curvature=Fraction(1))
def flat_directions_are_not_corrected(curvature: Fraction = Fraction(0)) -> Outcome:
    """L(x, y) = y^2/2: gradient 0 and Hessian diag(0, 1) at the origin. The displacement (1, 0) leaves L at
    0, the gradient there is 0, and no step on either block, nor on both, moves it back.
    """
    displaced = (Fraction(1), Fraction(0))
    loss = (curvature * displaced[0] ** 2 + displaced[1] ** 2) / 2
    slope = (curvature * displaced[0], displaced[1])
    hessian = np.diag([float(curvature), 1.0])
    epoch = blockwise_epoch([1.0, 0.0], lambda t: hessian @ t, 1.0, [[0], [1]], [0, 1])
    return refuted_if(
        hypotheses={
            "the Hessian is positive semidefinite": curvature >= 0,
            "eta Lc <= 1": curvature <= 1,
        },
        violated={"L is not raised": loss == 0, "the gradient is 0": not any(slope)},
        reference={
            "an epoch and a dense step stay at (1, 0)": bool(np.all(epoch == [1.0, 0.0]))
            and dense_step([1.0, 0.0], hessian @ [1.0, 0.0], 1.0).tolist() == [1.0, 0.0]
        },
        witness={"L": "y^2/2", "theta*": "(0, 0)", "displacement": "(1, 0)"},
        summary="Along a flat direction a displacement is neither penalised nor corrected",
        computed="displacement kept for ever",
        stated="moved back",
    )


@evidence("T6-P11", method=Method.EXACT, reading="positive definite")
@control("without coupling between the blocks no step moves away", coupling=Fraction(0))
def a_block_step_can_move_away(coupling: Fraction = Fraction(1)) -> Outcome:
    """H = [[2, 1], [1, 2]] with eigenvalues 1 and 3, eta = 1/3, displacement (0, 1). The step on the first
    coordinate subtracts (1/3)(2*0 + 1*1): it leads to (-1/3, 1), farther from the minimiser than before.
    (L falls all the same.)
    """
    eta = Fraction(1, 3)
    start = (Fraction(0), Fraction(1))
    end = (start[0] - eta * (2 * start[0] + coupling * start[1]), start[1])
    squared = sum(v * v for v in start), sum(v * v for v in end)
    hessian = np.array([[2.0, float(coupling)], [float(coupling), 2.0]])
    reached = masked_step([0.0, 1.0], hessian @ [0.0, 1.0], float(eta), [True, False])
    return refuted_if(
        hypotheses={"H is positive definite": 4 - coupling**2 > 0, "eta Lc <= 1": eta * (2 + coupling) <= 1},
        violated={"the squared distance grows": squared[1] > squared[0]},
        reference={"masked_step agrees": abs(reached[0] - float(end[0])) <= EPS and reached[1] == 1.0},
        witness={
            "H": "[[2, 1], [1, 2]]",
            "eta": eta,
            "displacement": "(0, 1)",
            "after": f"({end[0]}, {end[1]})",
        },
        summary="With positive definite curvature a block step can still increase the distance to theta*",
        computed=f"squared distance {squared[0]} -> {squared[1]}",
        stated="moved back towards theta*",
    )


@evidence("T6-P11", method=Method.SMT, reading="positive definite", version="dense")
@control("for eta lambda > 2 the distance grows", largest=Fraction(5, 2))
def a_dense_step_moves_closer(largest: Fraction = Fraction(1)) -> Outcome:
    """In the eigenbasis of H a dense step multiplies each coordinate of the displacement by 1 - eta lambda,
    with 0 < eta lambda <= 1: no coordinate grows, each non-zero one shrinks, and L = sum lambda d^2/2 > 0.
    """
    rate, d = z3.Reals("rate d")
    allowed = z3.And(rate > 0, rate <= z3.RealVal(str(largest)), d != 0)
    return proved_if(
        {
            "each coordinate shrinks": satisfiable(allowed, ((1 - rate) * d) ** 2 >= d * d) is None,
            "a displacement raises L": satisfiable(allowed, rate * d * d <= 0) is None,
        },
        "A dense step with positive definite Hessian and eta Lc <= 1 moves closer to theta*",
    )


@evidence("T6-P12", method=Method.EXACT)
@control("a block on which the gradient does not vanish lowers V", selected=1)
def a_block_without_gradient_leaves_the_loss(selected: int = 0) -> Outcome:
    """L = (x^2 + y^2)/2 at (0, 1): the gradient is (0, 1), but on the block {x} it is 0, so the step on that
    block changes nothing: V stays while the gradient is not 0.
    """
    start, eta = [Fraction(0), Fraction(1)], Fraction(1, 2)
    end = [v - eta * v if i == selected else v for i, v in enumerate(start)]
    change = sum(v * v for v in end) / 2 - sum(v * v for v in start) / 2
    reached = masked_step([0.0, 1.0], [0.0, 1.0], 0.5, [selected == 0, selected == 1])
    return refuted_if(
        hypotheses={"eta Lc < 2": eta < 2, "the gradient is not 0": any(start)},
        violated={"V stays the same": change == 0},
        reference={"masked_step agrees": reached.tolist() == [float(v) for v in end]},
        witness={"L": "(x^2 + y^2)/2", "theta": "(0, 1)", "block": "{x}"},
        summary="A block step can leave V unchanged at a point that is not stationary",
        computed="change 0 with |grad L| = 1",
        stated="about -eta f |grad L|^2",
    )


@evidence("T6-P12", method=Method.SYMBOLIC, version="dense")
@control("at eta f Lc = 2 V need not fall", relative_step=Fraction(2))
def a_dense_step_lowers_the_loss(relative_step: Fraction = Fraction(1)) -> Outcome:
    """With h = eta f and a = h Lc < 2, L changes by at most -h (1 - a/2)|g|^2 and by at least
    -h (1 + a/2)|g|^2: along the step the slope differs from its start by at most Lc times the distance. The
    first-order change -h |g|^2 is right up to the relative error a/2, and V falls unless g = 0.
    """
    a, h, g, s = sp.symbols("a h g s", positive=True)
    deviation = sp.integrate(a / h * h**2 * g**2 * s, (s, 0, 1))
    upper = sp.expand(-h * g**2 + deviation)
    return proved_if(
        {
            "the change is at most -h (1 - a/2)|g|^2": sp.expand(upper + h * (1 - a / 2) * g**2) == 0,
            "which is negative": (h * (1 - sp.Rational(relative_step) / 2) * g**2).is_positive,
        },
        "A dense step changes V by -eta f |grad L|^2 up to the relative error eta f Lc/2",
        computed="relative error at most eta f Lc/2",
        stated="about",
    )

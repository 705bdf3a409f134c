"""Whether the forward pass has a say in the update: in the gradient, and beyond it in the test."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.evidence.local_gradient import repeated_steps
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.settings import gradient_descent_settings
from reference.state import Step
from reference.updates import dense_step
from reference.validation import FloatArray

HALF = Fraction(1, 2)


def _one_step(kept: int, slope: list[int]) -> list[float]:
    """The two weights after a step of Algorithm 1 that moves all and tests nothing."""

    def loss(weights: FloatArray) -> float:
        return float((weights[1] * kept * weights[0] - 2.0) ** 2 / 2)

    def gradient(_: FloatArray) -> FloatArray:
        return np.array(slope, dtype=float)

    made = repeated_steps([1.0, 1.0], gradient_descent_settings(0.5), loss, gradient)
    return [float(weight) for weight in made[0].state.theta]


def _tested_step(bend: int) -> Step:
    """A step on theta + bend theta^2 from 0 with eta = 1/2, T = 1 and the draw 1/2."""

    def loss(weights: FloatArray) -> float:
        return float(weights[0] + bend * weights[0] ** 2)

    settings = replace(gradient_descent_settings(0.5), acceptance="sigmoid")
    return repeated_steps([0.0], settings, loss, np.ones_like, uniform=HALF)[0]


@evidence("INT-8", method=Method.EXACT)
@evidence("INT-8", method=Method.EXACT, version="dense")
@control("a unit that is kept in both forward passes gives one update", dropped=1)
def the_forward_pass_enters_the_gradient(dropped: int = 0) -> Outcome:
    """Two weights in a chain, one hidden unit h = m v x with m = 1 (kept) or m = 0 (dropped in the forward
    pass), loss (u h - y)^2/2 at u = v = x = 1, y = 2. The chain rule gives the gradient in (v, u): (m x u e, h
    e) with e = u h - y, which is (-1, -1) for m = 1 and (0, 0) for m = 0. Same weights, data and update rule;
    the forward pass alone decides whether they move.
    """
    v, u = sp.symbols("v u")
    slopes = []
    for kept in (1, dropped):
        loss = (u * kept * v - 2) ** 2 / 2
        slopes.append([int(loss.diff(weight).subs({v: 1, u: 1})) for weight in (v, u)])
    dense = [dense_step([1.0, 1.0], slope, 0.5).tolist() for slope in slopes]
    moved = [_one_step(kept, slope) for kept, slope in zip((1, dropped), slopes, strict=True)]
    return refuted_if(
        hypotheses={"same weights, data and targets; one unit kept or dropped": dropped != 1},
        violated={"the gradients differ": slopes[0] != slopes[1]},
        reference={
            "dense_step gives (3/2, 3/2) and (1, 1)": dense == [[1.5, 1.5], [1.0, 1.0]],
            "Algorithm 1's step gives the same": moved == dense,
        },
        witness={"u, v, x": "1, 1, 1", "y": 2, "gradient, unit kept": slopes[0], "dropped": slopes[1]},
        summary="Back-propagation multiplies by the activations of the forward pass: it decides the gradient",
        computed=f"gradients {slopes[0]} and {slopes[1]}",
        stated="no direct influence",
    )


@evidence("INT-8", method=Method.BALL, reading="beyond the gradient")
@control("with the same loss at the candidate the decision is the same", bend=0)
def the_forward_pass_at_the_candidate_decides(bend: int = 8) -> Outcome:
    """L_1 = theta and L_2 = theta + 8 theta^2 have the same value 0 and gradient 1 at theta = 0. With eta = 1/2
    both propose -1/2, where the forward passes give L_1 = -1/2 and L_2 = 3/2. At T = 1 the draw u = 1/2
    accepts the first, A = 1/(1 + e^(-1/2)) > 1/2, and refuses the second, A = 1/(1 + e^(3/2)) < 1/2. (`bend`
    is the coefficient of theta^2. The loss decides the fraction f(t) too.)
    """
    candidate = -HALF
    changes = [candidate, candidate + bend * candidate**2]
    chances = [1 / (1 + ball(change).exp()) for change in changes]
    found = [_tested_step(0), _tested_step(bend)]
    theta = sp.Symbol("theta")
    bent = theta + bend * theta**2
    return refuted_if(
        hypotheses={
            "same proposal": found[0].proposals[0] == found[1].proposals[0] == float(candidate),
            "same loss and slope at 0": bent.subs(theta, 0) == 0 and bent.diff(theta).subs(theta, 0) == 1,
        },
        violated={
            "u = 1/2 accepts one": chances[0] > ball(HALF),
            "and refuses the other": chances[1] < ball(HALF),
        },
        reference={"step decides so": [bool(one.accepted[0]) for one in found] == [True, False]},
        witness={
            "L_1": "theta",
            "L_2": f"theta + {bend} theta^2",
            "theta": 0,
            "eta": HALF,
            "u": HALF,
            "T": 1,
        },
        summary="Equal gradients, different forward passes at the candidate: one step moves, the other does not",
        computed="theta = -1/2 or 0",
        stated="no direct influence",
    )


@evidence("INT-8", method=Method.SMT, reading="beyond the gradient", version="dense")
@control("gradients that differ give different updates", same_gradient=False)
def the_recursion_sees_the_forward_pass_through_the_gradient(same_gradient: bool = True) -> Outcome:
    """theta - eta f g + xi: with theta, eta, f and xi given, equal gradients give equal updates. (f is given
    here; formed by Eq. 15 it depends on the losses, which are forward passes too.)
    """
    theta, eta, f, xi, first, second = z3.Reals("theta eta f xi g_1 g_2")
    equal = first == second if same_gradient else z3.BoolVal(True)
    differ = theta - eta * f * first + xi != theta - eta * f * second + xi
    return proved_if(
        {"no two updates with equal gradients differ": satisfiable(equal, differ) is None},
        "With f given, the analysed recursion sees the forward pass through the gradient only",
    )

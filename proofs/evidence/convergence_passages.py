"""Passages about convergence that do not fit together: X-12, X-25, X-31, X-36."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, refuted_if
from proofs.passages import compare
from proofs.registry import control, evidence
from reference.acceptance import acceptance_probability
from reference.algorithm import step
from reference.settings import gradient_descent_settings
from reference.state import Draws, initial_state
from reference.updates import dense_step

# One change of Algorithm 1's limiting case (plain gradient descent) per component.
COMPONENTS: dict[str, dict[str, Any]] = {
    "mean field": {"smoothing": 0.5},
    "soft quantization": {"levels": np.array([-1.0, 1.0])},
    "acceptance test": {"acceptance": "sigmoid"},
    "choice of k parameters": {"f_min": 0.5, "f_max": 0.5},
}


@evidence("X-12", method=Method.EXACT)
@control("with every component switched off the two updates agree", switched_on=False)
def each_component_of_the_listing_changes_the_step(switched_on: bool = True) -> Outcome:
    """L = |theta|^2/2 on two parameters, theta = (1, 1/2), eta = 1/2, no noise. With all components off
    Algorithm 1's step is theta - eta grad L = (1/2, 1/4), the recursion with f = 1. Switching on one at a
    time: the mean field (starting at 0, weight 1/2) moves half as far; two levels -1, 1 send the proposal p
    to tanh(p/T); the test refuses at a draw u = 9/10 > A; with k = 1 of 2 the chosen parameter moves fully
    and the other not at all, while f = 1/2 in the recursion moves both half as far. A mini-batch gradient
    differs from grad L wherever the data disagree: data 0 and 2 about theta give slopes theta and theta - 2.
    """
    theta = np.array([1.0, 0.5])
    settings = gradient_descent_settings(0.5)
    draws = Draws(np.array([0, 1]), np.zeros(2), np.full(2, 0.9))

    def listing(changes: dict[str, Any]) -> list[float]:
        chosen = replace(settings, **(changes if switched_on else {}))
        state = initial_state(theta, chosen)
        moved = step(state, chosen, theta @ theta / 2, theta, lambda p: p @ p / 2, draws)
        return [float(v) for v in moved.state.theta]

    def recursion(fraction: float) -> list[float]:
        return [float(v) for v in dense_step(theta, theta, 0.5, fraction)]

    shares = {name: 0.5 if "k parameters" in name and switched_on else 1.0 for name in COMPONENTS}
    found = {name: listing(changes) for name, changes in COMPONENTS.items()}
    exact = {
        "mean field": [Fraction(3, 4), Fraction(3, 8)],
        "choice of k parameters": [Fraction(1, 2), Fraction(1, 2)],
    }
    slopes = [Fraction(1) - 0, Fraction(1) - 2]
    return refuted_if(
        hypotheses={
            "with all components off both are gradient descent": listing({}) == recursion(1.0) == [0.5, 0.25]
        },
        violated={
            **{f"{name} changes the step": found[name] != recursion(shares[name]) for name in COMPONENTS},
            "a mini-batch changes the step": switched_on and slopes[0] != sum(slopes) / 2,
        },
        reference={
            name: found[name] == [float(v) for v in value] for name, value in exact.items() if switched_on
        },
        witness={"theta": "(1, 1/2)", **{name: found[name] for name in COMPONENTS}},
        summary="Each component that the recursion leaves out changes the step",
    )


@evidence("X-25", method=Method.SMT)
@control("a test that never accepts a worse state", without="acceptance test")
def a_test_that_accepts_worse_states_breaks_monotonicity(without: str | None = None) -> Outcome:
    """For a proposal that raises the loss by d > 0 at T > 0 the test accepts with probability 1/(1 + w), w =
    e^(d/T) finite; monotone decrease allows acceptance with probability 0 only.
    """
    rise, heat, growth, accept = z3.Reals("d T w A")
    return compare(
        {
            "a worse proposal at T > 0": z3.And(rise > 0, heat > 0, growth > 1),
            "acceptance test": accept * (1 + growth) == 1,
            "the loss decreases in every step": accept == 0,
        },
        "An acceptance probability is positive for every rise of the loss at every T > 0",
        without=without,
        computed=f"A = {acceptance_probability(1.0, 1.0):.4g} for a rise by T",
        stated="never uphill",
    )


@evidence("X-31", method=Method.EXACT)
@control("a learning rate of at most 1/L", rate=Fraction(1))
def a_fraction_of_one_half_does_not_bound_the_step(rate: Fraction = Fraction(8)) -> Outcome:
    """L = theta^2/2 (L-smooth with L = 1), f = f_max = 1/2, eta = 8: theta = 1 goes to 1 - 4 = -3 and the
    loss from 1/2 to 9/2, further each step. What matters is eta f < 2/L (T7-R1); f_max <= 1/2 alone bounds
    nothing.
    """
    theta = Fraction(1)
    moved = theta - rate * Fraction(1, 2) * theta
    computed = dense_step([1.0], [1.0], float(rate), 0.5)
    return refuted_if(
        hypotheses={
            "f_max = 1/2 <= 0.5": Fraction(1, 2) <= Fraction(1, 2),
            "L = 1": sp.diff(sp.Symbol("x") ** 2 / 2, sp.Symbol("x"), 2) == 1,
        },
        violated={"the loss rises": moved**2 > theta**2},
        reference={"dense_step": computed[0] == float(moved)},
        witness={"loss": "theta^2/2", "theta": 1, "eta": rate, "f": "1/2", "next": moved},
        summary="With f_max = 0.5 a large learning rate makes the loss grow",
        computed=f"loss {moved**2 / 2} after {theta**2 / 2}",
        stated="monotone decrease",
    )


@evidence("X-36", method=Method.SYMBOLIC)
@control("one loss that meets all hypotheses separates nothing", separate=False)
def the_hypotheses_on_the_loss_differ(separate: bool = True) -> Outcome:
    """theta^2 - 1 meets those of Theorems 4, 6, 7, 8 and not Theorem 3's lower bound 0. ln(1 + e^-theta) is
    nonnegative and smooth (Theorems 3, 4, 6) and not coercive (7, 8). |theta|^(3/2) is nonnegative, coercive
    and continuously differentiable, but its slope (3/2) sqrt(theta) is not Lipschitz at 0 (7, 8). So no two
    of the three sets of hypotheses are equivalent, and Theorem 7's are used where Theorem 6 lacks them.
    (`separate` = False takes theta^2 for all three.)
    """
    x = sp.Symbol("x", positive=True)
    whole = sp.Symbol("theta", real=True)
    shifted = whole**2 - (1 if separate else 0)
    logistic = sp.log(1 + sp.exp(-x)) if separate else x**2
    kinked = x ** sp.Rational(3, 2) if separate else x**2
    slope_at_zero: Callable[[Any], Any] = lambda f: sp.limit(sp.diff(f, x), x, 0, "+")  # noqa: E731
    return refuted_if(
        hypotheses={
            "theta^2 - 1 is bounded below and coercive": sp.limit(shifted, whole, sp.oo) == sp.oo,
            "|theta|^(3/2) is continuously differentiable at 0": slope_at_zero(kinked) == 0,
            "|theta|^(3/2) is coercive": sp.limit(kinked, x, sp.oo) == sp.oo,
        },
        violated={
            "theta^2 - 1 is negative at 0": shifted.subs(whole, 0) < 0,
            "ln(1 + e^-theta) does not grow": sp.limit(logistic, x, sp.oo) == 0,
            "|theta|^(3/2) has unbounded curvature at 0": sp.limit(sp.diff(kinked, x, 2), x, 0, "+") == sp.oo,
        },
        witness={
            "not Theorem 3": "theta^2 - 1",
            "not coercive": "ln(1 + e^-theta)",
            "not L-smooth": "|theta|^(3/2)",
        },
        summary="Three losses separate the three sets of hypotheses",
    )

"""The problem and its energy: Eq. 7 and Eq. 8 under their readings."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.decision import decide_singly
from reference.energy import energy
from reference.settings import Settings
from reference.soft_quantization import soft_quantize

EPS = np.finfo(float).eps
GRID = np.array([-1.0, 1.0])


@evidence("PRB-1", method=Method.SYMBOLIC, reading="the problem")
@control("a quadratic is convex", ripple=0)
def nonconvex_losses_within_the_assumptions(ripple: int = 2) -> Outcome:
    """L(x) = x^2/2 + 2 cos x on R (and sums of such terms on R^n): L'' = 1 - 2 cos x lies in [-1, 3], so the
    gradient is Lipschitz with constant 3 (A1); L >= x^2/2 - 2 is coercive and bounded below (A2), so a
    minimum exists; L''(0) = -1, so L is not convex.
    """
    x, c = sp.Symbol("x", real=True), sp.Symbol("c", real=True)
    loss = x**2 / 2 + ripple * sp.cos(x)
    curvature = loss.diff(x, 2).subs(sp.cos(x), c)
    return proved_if(
        {
            "L'' lies in [-1, 3]": (curvature.subs(c, 1) >= -1) and (curvature.subs(c, -1) <= 3),
            "L'' is negative at 0": loss.diff(x, 2).subs(x, 0) < 0,
            "L - x^2/2 is bounded": sp.expand(loss - x**2 / 2).subs(sp.cos(x), c).diff(c).is_number,
        },
        "Minimising a non-convex L over R^n under A1 and A2 is a problem with a solution",
    )


@evidence("PRB-1", method=Method.EXACT, reading="what the update can reach")
@control("a minimiser between the levels is not excluded by the hull", minimiser=Fraction(1, 2))
def minimisers_outside_the_hull_are_out_of_reach(minimiser: Fraction = Fraction(2)) -> Outcome:
    """Levels -1, 1; L = (theta - 2)^2/2. Every proposal is a weighted mean of levels, so from the first
    update on theta <= 1 and L >= 1/2, while the minimum over R is 0, whatever T, eta, noise and test.
    """
    ceiling = Fraction(1)
    nearest = min(max(minimiser, -ceiling), ceiling)
    least = (nearest - minimiser) ** 2 / 2
    values = soft_quantize(np.array([-1e9, 0.3, 2.0, 1e9]), GRID, 0.25)
    return refuted_if(
        hypotheses={"the minimiser lies outside the hull": abs(minimiser) > ceiling},
        violated={"the least loss on the hull is positive": least > 0},
        reference={"soft_quantize stays in the hull": bool(np.all(np.abs(values) <= 1))},
        witness={"levels": "-1, 1", "L": f"(theta - {minimiser})^2/2"},
        summary="A minimiser outside the hull of the levels cannot be approached",
        computed=f"L >= {least} after the first update",
        stated="minimise over R^n",
    )


@evidence("PRB-3", method=Method.SYMBOLIC, reading="distance over temperature")
@evidence("PRB-3", method=Method.SYMBOLIC, reading="distance times temperature")
@control("the squared distance does not know the temperature", forms=("squared",))
def the_energy_combines_all_its_parts(
    forms: tuple[str, ...] = ("distance_over_temperature", "distance_times_temperature"),
) -> Outcome:
    """E = L + lambda sum phi(theta_i - theta'_i, T): dE/dL = 1; dE/dlambda = sum phi > 0 where theta'
    differs; dE/dT is -lambda sum|d|/T^2 or lambda sum|d|, not 0.
    """
    loss, weight, t, d = sp.symbols("L lambda T d", positive=True)
    phi = {"distance_over_temperature": d / t, "distance_times_temperature": d * t, "squared": d**2}
    checks: dict[str, object] = {}
    for form in forms:
        value = loss + weight * phi[form]
        checks[f"{form}: unit rate in L"] = value.diff(loss) == 1
        checks[f"{form}: grows with lambda"] = value.diff(weight).is_positive
        checks[f"{form}: depends on T"] = value.diff(t).is_nonzero
        computed = energy(2.0, [0.0], [0.5], 0.25, 0.5, form)
        exact = value.subs({loss: 2, weight: sp.Rational(1, 2), t: sp.Rational(1, 4), d: sp.Rational(1, 2)})
        checks[f"{form}: the reference agrees"] = abs(computed - float(exact)) <= 4 * EPS
    return proved_if(checks, "The energy grows with the loss and with lambda, and depends on T")


@evidence("PRB-3", method=Method.SYMBOLIC, reading="squared distance")
@control("the distance over the temperature depends on it", form="distance_over_temperature")
def a_squared_distance_ignores_the_temperature(form: str = "squared") -> Outcome:
    """With phi = d^2 the energy L + lambda d^2 has derivative 0 in T."""
    t, d = sp.symbols("T d", positive=True)
    phi = d**2 if form == "squared" else d / t
    values = {energy(1.0, [0.0], [0.5], temperature, 0.5, form) for temperature in (0.25, 4.0)}
    return refuted_if(
        hypotheses={"theta' differs from theta": d.is_positive},
        violated={"the derivative in T is 0": phi.diff(t) == 0},
        reference={"energy is the same at T = 1/4 and T = 4": len(values) == 1},
        witness={"phi": str(phi)},
        summary="Under this reading the energy does not depend on the temperature",
        computed="dE/dT = 0",
        stated="a function of L and T",
    )


@evidence("PRB-4", method=Method.EXACT)
@control("without the penalty the energy is the loss, a function of the state", weight=Fraction(0))
def the_energy_is_not_a_function_of_the_state(weight: Fraction = Fraction(1)) -> Outcome:
    """Candidate 1 from 0 and back, T = 1, lambda = 1, penalty |theta - theta'|/T, L = 0. Line 17 compares E
    at the candidate, where theta = theta' and the penalty is 0, with E at the current point, where it is
    1: the change is -1 in both directions. Around the cycle the energy changes by -2, not 0: it can fall
    for ever, and the test has no stationary law exp(-E/T).
    """
    moves = ((0, 1), (1, 0))
    there, back = (-weight * abs(end - start) for start, end in moves)
    settings = Settings(
        levels=None, initial_temperature=1.0, schedule="fixed", regularization=float(weight), acceptance="always"
    )  # fmt: skip
    changes = []
    for start, end in moves:
        trial = decide_singly(
            np.array([float(start)]),
            np.array([0]),
            np.array([float(end)]),
            np.zeros(1),
            0.0,
            lambda t: 0.0,
            1.0,
            settings,
        )
        changes.append(float(trial.energy_changes[0]))
    return refuted_if(
        hypotheses={"the moves form a cycle": moves[0] == moves[1][::-1]},
        violated={"the energy changes around it": there + back != 0},
        reference={"decide_singly sees the same changes": changes == [float(there), float(back)]},
        witness={"theta": "0 -> 1 -> 0", "L": 0, "lambda": weight, "T": 1},
        summary="The penalty in theta' makes both directions of a move lower the energy",
        computed=f"sum of dE around the cycle {there + back}",
        stated="0",
    )

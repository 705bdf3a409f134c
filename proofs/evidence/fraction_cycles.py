"""Theorem 3 fails without noise: runs that cycle for ever, from open sets of starting points.

In all of them the fraction follows Eq. 15 from the losses of the run itself. Without noise the temperature
does not occur in the recursion, so no schedule can make a difference.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball, positive_on_box
from proofs.bounds.fraction import fraction_range
from proofs.outcome import Method, Outcome, refuted_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.fraction import starting_fraction, update_fraction
from reference.updates import dense_step

EPS = float(np.finfo(float).eps)
X = sp.Symbol("x", real=True)
ESCAPED = 100.0  # our choice: far outside every set of interest here


def _run(
    start: float,
    loss: Callable[[float], float],
    slope: Callable[[float], float],
    rate: float,
    bounds: tuple[float, float],
    steps: int,
) -> tuple[list[float], list[float], list[float]]:
    """Points, losses and fractions of the dense recursion with the fraction fed back from its own losses."""
    theta, largest, change = start, 0.0, 0.0
    points, losses, fractions = [start], [loss(start)], []
    for _ in range(steps):
        if abs(theta) > ESCAPED:
            break
        known = len(points) > 1
        fractions.append(update_fraction(change, largest, *bounds) if known else starting_fraction(*bounds))
        theta = float(dense_step([theta], [slope(theta)], rate, fractions[-1])[0])
        points.append(theta)
        losses.append(loss(theta))
        change = abs(losses[-1] - losses[-2])
        largest = max(largest, change)
    return points, losses, fractions


@evidence("T3-S1", method=Method.BALL, reading="full-batch change")
@evidence("T3-P4", method=Method.BALL)
@evidence("T3-S2", method=Method.BALL, reading="no noise")
@control("with a lower hump the feedback of the fraction breaks the cycle", hump=1)
def polynomial_with_an_attracting_cycle(hump: int = 15) -> Outcome:
    """L is the polynomial of degree 6 with L' = (5x - x^3)/2 + 15 (1 - x^2)^2 + x (x^2 - 1)^2: coercive,
    with L'(1) = 2, L'(-1) = -2 and L(1) - L(-1) = 16. Let F be the fraction at ratio 1 for (0.01, 0.5), eta
    = 1/F and h = eta f. At h = 1 the points 1 and -1 are exchanged. Let A and B be the intervals of radius
    1/250 around 1 and -1. Every change between A and B lies in [16 - m, 16 + m], m = 17/1000, and so does
    the largest change, so every ratio is at least (16 - m)/(16 + m) and h lies in [1 - d, 1], d = 3/2500.
    Ball arithmetic shows that all such steps lead from A into B and from B into A. Hence from every start
    in A the run alternates for ever: the change never falls below 15.9, the steps never below 1.9, f never
    below 0.319. (`hump` replaces the 15.)
    """
    slope = (5 * X - X**3) / 2 + hump * (1 - X**2) ** 2 + X * (X**2 - 1) ** 2
    loss = sp.expand(sp.integrate(slope, X))
    radius, m, d = Fraction(1, 250), Fraction(17, 1000), Fraction(3, 2500)
    coefficients = {
        side: [
            Fraction(int(c.p), int(c.q)) for c in sp.Poly(sp.expand(slope.subs(X, side + X)), X).all_coeffs()
        ]
        for side in (1, -1)
    }

    def shifted_slope(side: int, u: flint.arb) -> flint.arb:
        value = ball(0)
        for c in coefficients[side]:
            value = value * u + ball(c)
        return value

    def lands(side: int) -> bool:
        """Steps h = 1 - s from the interval around `side` stay within the radius of -side."""

        def miss(u: flint.arb, s: flint.arb) -> flint.arb:
            return ball(2 * side) + u - (1 - s) * shifted_slope(side, u)

        box = ((-radius, radius), (Fraction(0), d))
        return bool(
            positive_on_box(lambda u, s: ball(radius) - miss(u, s), box)
            and positive_on_box(lambda u, s: ball(radius) + miss(u, s), box)
        )

    integral = {side: sp.lambdify(X, loss.subs(X, side + X) - loss.subs(X, side)) for side in (1, -1)}

    def spread(u: flint.arb, v: flint.arb) -> flint.arb:
        return integral[1](u) - integral[-1](v)

    both = [(-radius, radius)] * 2
    low_ratio = (16 - m) / (16 + m)
    top = ball("1/100") + ball("49/100") * (1 - ball(-1).exp())
    least = ball("1/100") + ball("49/100") * (1 - ball(-low_ratio).exp())
    reached = fraction_range(0.01, 0.5)[1]
    numeric = [sp.lambdify(X, expression) for expression in (loss, slope)]
    points, losses, fractions = _run(1.002, numeric[0], numeric[1], 1 / reached, (0.01, 0.5), 200)
    return refuted_if(
        hypotheses={
            "L is coercive (even degree, positive leading coefficient)": sp.degree(loss, X) % 2 == 0
            and sp.LC(loss, X) > 0,
            "the points 1 and -1 are exchanged at h = 1": (slope.subs(X, 1), slope.subs(X, -1)) == (2, -2),
        },
        violated={
            "L(1) - L(-1) = 16": loss.subs(X, 1) - loss.subs(X, -1) == 16,
            "changes between A and B within m of 16": bool(
                positive_on_box(lambda u, v: ball(m) - spread(u, v), both)
                and positive_on_box(lambda u, v: ball(m) + spread(u, v), both)
            ),
            "ratios of such changes keep h in [1 - d, 1]": least > top * (1 - ball(d)),
            "A leads into B": lands(1),
            "B leads into A": lands(-1),
            "f stays above 31 f_min": least > ball("31/100"),
        },
        witness={
            "L": loss,
            "f_min, f_max": "1/100, 1/2",
            "eta": "1 / (0.01 + 0.49 (1 - 1/e))",
            "starting points": "[1 - 1/250, 1 + 1/250]",
        },
        reference={
            "200 steps from 1.002 alternate": len(points) == 201
            and all(abs(x - (-1) ** t) <= 0.004 for t, x in enumerate(points)),
            "fractions": min(fractions) > 0.319,
            "changes": min(abs(np.diff(losses))) > 15.9,
        },
        summary="Noiseless runs on a smooth coercive loss, from an open set, cycle for ever with f near 0.32",
        computed="f >= 0.319, steps >= 1.9, for ever",
        stated="f -> f_min, steps -> 0",
    )


@evidence("T3-S2", method=Method.SMT, reading="no noise, falling loss")
@evidence("T3-P6", method=Method.SMT)
@evidence("T3-P9", method=Method.SMT, reading="convex and smooth, falling loss")
@evidence("IMP-7", method=Method.SMT, reading="convergence of a falling loss")
@control("a learning rate below 2/Lc converges", rate=Fraction(1))
def strictly_falling_loss_that_never_settles(rate: Fraction = Fraction(100, 49)) -> Outcome:
    """L(x) = x^2 for |x| <= 1 and 3x^2/4 + |x|/2 - 1/4 beyond: continuously differentiable, strongly
    convex, gradient 2-Lipschitz. Take (f_min, f_max) = (0.49, 0.5) and eta = 1/f_min, and write h = eta f =
    1 + s. Since h L'(x) - x = x/2 + 1/2 + s (3x/2 + 1/2) for x >= 1, a point with |x| = 1 + u goes to the
    other side with u' = u/2 + s (2 + 3u/2). By Eq. 15 s <= (1/49)(loss change)/(largest change). For starts
    with u in [4/5, 1] the first change is at least 1, so s <= (L(p) - L(u))/49, p being the u before; with
    p <= 2u this gives u/2 <= u' <= 3u/4, and again u <= 2u'. So u falls to 0 without reaching it: the loss
    falls strictly in every step, to 1 and not to its minimum 0; f -> f_min; the gradient tends to 2 and
    each step is longer than 2.
    """
    u, p, s, first = z3.Reals("u p s first_change")

    def height(w: Any) -> Any:
        """L(1 + w) for w >= 0."""
        return 1 + 2 * w + z3.Q(3, 4) * w * w

    effective = z3.Q(rate.numerator, rate.denominator) * z3.Q(49, 100)  # eta f_min
    following = effective * (1 + s) * (2 + z3.Q(3, 2) * u) - (1 + u) - 1
    top = z3.Q(13, 1000)  # above (1 - 1/e)/49
    start = [u >= z3.Q(4, 5), u <= 1, s >= 0, s <= top]
    loop = [u > 0, u <= z3.Q(3, 4), p > u, p <= 2 * u, s >= 0, s * 49 <= height(p) - height(u)]
    inside, outside = X**2, sp.Rational(3, 4) * X**2 + X / 2 - sp.Rational(1, 4)

    def loss(x: float) -> float:
        return x * x if abs(x) <= 1 else 0.75 * x * x + 0.5 * abs(x) - 0.25

    def slope(x: float) -> float:
        return 2 * x if abs(x) <= 1 else 1.5 * x + 0.5 * (1 if x > 0 else -1)

    points, losses, fractions = _run(1.9, loss, slope, float(rate), (0.49, 0.5), 30)
    return refuted_if(
        hypotheses={
            "L and L' are continuous at 1": all(
                sp.diff(inside - outside, X, order).subs(X, 1) == 0 for order in (0, 1)
            ),
            "L'' is 2 inside and 3/2 outside": (sp.diff(inside, X, 2), sp.diff(outside, X, 2))
            == (2, sp.Rational(3, 2)),
            "eta f_min = 1, that is eta f_min Lc = 2": rate * Fraction(49, 100) == 1,
            "(1 - 1/e)/49 < 13/1000": ball("13/1000") * 49 > 1 - ball(-1).exp(),
        },
        violated={
            "first change at least 1": satisfiable(*start, first == height(u) - height(following), first < 1)
            is None,
            "first step keeps u' in [u/2, 3u/4]": satisfiable(
                *start, z3.Or(following < u / 2, following > z3.Q(3, 4) * u)
            )
            is None,
            "so does every later one": satisfiable(
                *loop, z3.Or(following < u / 2, following > z3.Q(3, 4) * u)
            )
            is None,
            "the loss falls strictly, above 1": satisfiable(
                *loop, z3.Or(height(following) >= height(u), height(following) <= 1)
            )
            is None,
            "each step is longer than 2": satisfiable(*loop, (1 + u) + (1 + following) <= 2) is None,
        },
        witness={
            "L": "x^2 for |x| <= 1, else 3x^2/4 + |x|/2 - 1/4",
            "f_min, f_max": "49/100, 1/2",
            "eta": rate,
            "starting points": "1.8 <= |x| <= 2",
        },
        reference={
            "losses fall strictly": bool(np.all(np.diff(losses) < 0)),
            "to 1": losses[-1] > 1 and losses[-1] - 1 <= 2 * 0.75**29,
            "steps longer than 2": min(abs(np.diff(points))) > 2,
            "fractions tend to f_min": fractions[-1] - 0.49 <= 0.01 * 4 * 0.75**28 + 4 * EPS,
        },
        summary="A strongly convex loss falls in every step and f -> f_min, yet theta jumps around for ever",
        computed="steps > 2, gradient -> 2, loss -> 1",
        stated="steps -> 0, gradient -> 0, loss -> 0",
    )


@evidence("T3-P8", method=Method.EXACT)
@evidence("T3-A1", method=Method.EXACT, reading="any learning rate")
@evidence("IMP-7", method=Method.EXACT, reading="monotone decrease")
@control("with eta f_max Lc <= 2 every step descends", rate=Fraction(4))
def quadratic_overshoots_at_every_fraction(rate: Fraction = Fraction(300)) -> Outcome:
    """L = theta^2/2 (Lc = 1), the paper's pair (0.01, 0.5), eta = 300: for every f in [f_min, f_max] a step
    multiplies theta by 1 - eta f in [-149, -2], so the loss at least quadruples in each step, from every
    start but 0. Exactly, L(theta - h g) - L(theta) = -h g^2 + h^2 g^2/2: the second-order term is larger
    than the first as soon as h = eta f > 2. The smaller bound f_min = 0.01 gives h = 3 already.
    """
    f, h, g = sp.symbols("f h g", positive=True)
    exact = sp.expand((g - h * g) ** 2 / 2 - g**2 / 2)
    factors = [1 - rate * share for share in (Fraction(1, 100), Fraction(1, 2))]
    step = dense_step([1.0], [1.0], float(rate), 0.01)
    return refuted_if(
        hypotheses={"L'' = 1": sp.diff(X**2 / 2, X, 2) == 1, "eta > 0, f > 0": rate > 0 and f.is_positive},
        violated={
            "loss change is -h g^2 + h^2 g^2/2": sp.expand(exact + h * g**2 - h**2 * g**2 / 2) == 0,
            "positive at h = eta f_min": exact.subs(h, sp.Rational(rate * Fraction(1, 100))).is_positive,
            "|1 - eta f| >= 2 for both bounds, and between by linearity": max(factors) <= -2,
        },
        witness={"L": "theta^2/2", "theta": 1, "eta": rate, "f": "1/100", "next theta": factors[0]},
        reference={"dense_step": abs(step[0] - float(factors[0])) <= 4 * EPS},
        summary="f_max <= 1/2 does not prevent ascent: with eta f Lc > 2 every step raises the loss",
        computed="L(theta') >= 4 L(theta)",
        stated="L(theta') <= L(theta)",
    )


@evidence("X-20", method=Method.SMT)
@control("a condition that also bounds eta contradicts nothing", without="Theorem 3 bounds no learning rate")
def no_descent_condition_follows_from_the_fraction(without: str | None = None) -> Outcome:
    """Were there a condition that f <= 1/2 fulfils for every smooth loss and learning rate, and that makes
    the loss fall, then on theta^2/2 it would give (1 - eta f)^2 <= 1 for all eta: false for eta = 6, f =
    1/2.
    """
    eta, f = z3.Reals("eta f")
    condition = z3.Bool("sufficient_descent_condition_holds")
    return compare(
        {
            "L42: f <= 1/2 fulfils the condition": z3.And(f == z3.Q(1, 2), condition),
            "L42: the condition makes the loss fall": z3.Implies(
                condition, (1 - eta * f) * (1 - eta * f) <= 1
            ),
            "Theorem 3 bounds no learning rate": eta == 6,
        },
        "No condition can both follow from f_max <= 1/2 and ensure descent; Theorem 3 states none",
        without=without,
        computed="needs eta f Lc <= 2",
        stated="f_max <= 1/2",
    )

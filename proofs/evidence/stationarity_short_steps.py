"""Theorem 8, dense update without noise, steps up to sqrt(3)/L: the exact worst case and its certificate.

The scale is fixed by L = 1; a = L h is the step, U the least gradient norm among the points 0..N.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.bounds import hitting_time_sharp, stationarity_bound_paper, stationarity_bound_sharp
from proofs.bounds.stationarity import inverse_decrease
from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from proofs.smooth_interpolation import GradientRun, midpoint_argument
from reference.trajectories import dense_trajectory

A, N = sp.symbols("a N", positive=True)


def slope_with_dips(ratio: Fraction, steps: int, x: Fraction) -> Fraction:
    """Slope of the extremal function: 1 minus the distance to {x_1, ..., x_N} or [x_0, inf)."""
    nodes = [-t * ratio for t in range(steps + 1)]
    return 1 - min([max(Fraction(0), nodes[0] - x), *(abs(x - node) for node in nodes[1:])])


def drop_with_dips(ratio: Fraction, steps: int) -> Fraction:
    """Integral of that slope from its zero x_N - 1 up to x_0 = 0: trapezoids between its corners, exact."""
    corners = sorted({-t * ratio / 2 for t in range(2 * steps + 1)} | {-steps * ratio - 1})
    slopes = [slope_with_dips(ratio, steps, x) for x in corners]
    return sum(
        (
            (right - left) * (s + t) / 2
            for left, right, s, t in zip(corners, corners[1:], slopes, slopes[1:], strict=False)
        ),
        Fraction(0),
    )


@evidence("T8-R1", method=Method.SYMBOLIC, version="dense")
@control("a quarter more decrease per step than the certificate gives", weight=Fraction(5, 4))
@control("beyond 1/L the square has a negative weight", longest=2)
def short_steps_have_a_two_line_certificate(weight: Fraction = Fraction(1), longest: int = 1) -> Outcome:
    """One pair inequality and one square give, for every a <= 1,

        f_t - f_(t+1) = slack(t, t+1) + (1-a)/4 |g_t - g_(t+1)|^2 + a(3-a)/4 |g_t|^2 + a/4 |g_(t+1)|^2,

    and the descent inequality with step 1 gives f_N - inf f >= |g_N|^2/2. Summed over t = 0..N-1 all
    squared norms have nonnegative weights, with sum N a(4-a)/4 + 1/2; so U^2 times that is at most the gap.
    (`weight` multiplies the claimed weights; `longest` is the longest step admitted.)
    """
    run = GradientRun(A, 1)
    square = run.square(run.gradients[0] - run.gradients[1])
    factor = sp.Rational(weight)
    before, after = factor * A * (3 - A) / 4, factor * A / 4
    admitted = sp.Interval.Lopen(0, longest)
    rest = run.slack(0, 1) + (1 - A) / 4 * square + before * run.gram[0, 0] + after * run.gram[1, 1]
    total = before + (N - 1) * (before + after) + after + sp.Rational(1, 2)
    return proved_if(
        {
            "the pair inequality follows from two descent inequalities": midpoint_argument(),
            "the one-step identity": run.identical(run.values[0] - run.values[1], rest),
            "1 - a >= 0": sp.solveset(1 - A < 0, A, admitted) == sp.S.EmptySet,
            "a (3 - a) > 0": sp.solveset(A * (3 - A) <= 0, A, admitted) == sp.S.EmptySet,
            "sum of the weights is c/2": sp.expand(total - (1 + N * A * (4 - A) / 2) / 2) == 0,
        },
        "least squared gradient norm <= 4 gap / (N h (4 - L h) + 2/L) for h <= 1/L",
        computed=f"{stationarity_bound_sharp(1, 1, 0.5, 10):.6g} (gap = L = 1, h = 1/2, N = 10)",
        stated=f"{stationarity_bound_paper(1, 1, 0.5, 10):.6g}",
        tightness=stationarity_bound_sharp(1, 1, 0.5, 10) / stationarity_bound_paper(1, 1, 0.5, 10),
    )


@evidence("T8-R1", method=Method.SYMBOLIC, version="dense")
@control("dips steeper than the Lipschitz constant allows", steepness=2)
def a_function_of_one_variable_attains_the_short_step_bound(steepness: int = 1) -> Outcome:
    """Let x_t = -t a and f'(x) = 1 minus the distance from x to the set {x_1, ..., x_N} or [x_0, inf). A
    distance is 1-Lipschitz, so L = 1 whatever N is. All slopes f'(x_t) are 1, so the run from x_0 visits
    exactly the x_t. Between two nodes the slope dips to 1 - a/2 > 0 and loses a triangle of area a^2/4;
    left of x_N it falls to 0 at x_N - 1, the minimiser, and goes on falling. Hence the function is
    coercive and gap = N (a - a^2/4) + 1/2 = c/2, with all gradients equal to 1: equality. With a gradient
    bound just below 1 none of the points 0..N is stationary enough, so `hitting_time_sharp` is least too.
    (`steepness` multiplies the distance.)
    """
    x = sp.Symbol("x", real=True)
    dip = 2 * sp.integrate(1 - steepness * x, (x, 0, A / 2))
    end = sp.integrate(1 - steepness * x, (x, 0, sp.Rational(1, steepness)))
    ratio, steps = Fraction(1, 2), 6
    run = dense_trajectory(
        [0.0],
        lambda p: np.array([float(slope_with_dips(ratio, steps, Fraction(p[0])))]),
        0.5,
        [1.0] * steps,
    )
    least = {
        (q, n): hitting_time_sharp(inverse_decrease(q, n) / 2, 1, q, Fraction(999999, 1000000))
        for q in (Fraction(1, 7), Fraction(1, 2), Fraction(1))
        for n in range(4)
    }
    return proved_if(
        {
            "the slope is 1-Lipschitz": steepness <= 1,
            "gap = c/2": sp.expand(N * dip + end - (1 + N * A * (4 - A) / 2) / 2) == 0,
            "the dips stay above zero for a <= 1": sp.solveset(
                1 - steepness * A / 2 <= 0, A, sp.Interval.Lopen(0, 1)
            )
            == sp.S.EmptySet,
            "exact integral for N = 6, a = 1/2": drop_with_dips(ratio, steps)
            == inverse_decrease(ratio, steps) / 2,
            "reference visits the nodes": np.array_equal(run.ravel(), -0.5 * np.arange(steps + 1)),
            "N steps are not enough for a slightly smaller tolerance": all(
                t == n + 1 for (_, n), t in least.items()
            ),
        },
        "Equality for every N and every a in (0, 1] by a coercive function of one variable",
        witness={
            "f'(x)": "1 - dist(x, {-a, -2a, ..., -Na} or [0, inf))",
            "theta_0": 0,
            "gap": "N a(4-a)/4 + 1/2",
        },
    )


@evidence("T8-R2", method=Method.SYMBOLIC, version="dense")
@control("beyond sqrt(3)/L a weight is negative", longest_squared=4)
@control("without the inequality of the reversed pair", reverse=0)
def moderate_steps_have_a_certificate_of_two_pairs(longest_squared: int = 3, reverse: int = 1) -> Outcome:
    """For 1 <= a <= sqrt 3 the pair is used in both directions, with weights (a+1)/2 and (a-1)/2 >= 0:

        f_t - f_(t+1) = (a+1)/2 slack(t, t+1) + (a-1)/2 slack(t+1, t) + a(3-a^2)/4 |g_t|^2 + a/4 |g_(t+1)|^2.

    The weight of |g_t|^2 is not negative exactly up to sqrt 3. The sum over t and f_N - inf f >= |g_N|^2/2
    give U^2 (N a(4-a^2)/4 + 1/2) <= gap.
    """
    run = GradientRun(A, 1)
    admitted = sp.Interval(1, sp.sqrt(longest_squared))
    pairs = {(0, 1): 1 + reverse * (A - 1) / 2, (1, 0): reverse * (A - 1) / 2}
    before, after = A * (3 - A**2) / 4, A / 4
    rest = run.combination(pairs) + before * run.gram[0, 0] + after * run.gram[1, 1]
    total = before + (N - 1) * (before + after) + after + sp.Rational(1, 2)
    return proved_if(
        {
            "the pair inequality follows from two descent inequalities": midpoint_argument(),
            "the one-step identity": run.identical(run.values[0] - run.values[1], rest),
            "both pair weights are nonnegative from a = 1 on": all(
                sp.solveset(w < 0, A, admitted) == sp.S.EmptySet for w in pairs.values()
            ),
            "the weights of the norms are nonnegative": sp.solveset(before < 0, A, admitted) == sp.S.EmptySet,
            "sum of the weights is c/2": sp.expand(total - (1 + N * A * (4 - A**2) / 2) / 2) == 0,
        },
        "least squared gradient norm <= 4 gap / (N h (4 - (L h)^2) + 2/L) for 1/L <= h <= sqrt(3)/L",
        computed=f"{stationarity_bound_sharp(1, 1, 1.5, 10):.6g} (gap = L = 1, h = 3/2, N = 10)",
    )


@evidence("T8-R2", method=Method.SYMBOLIC, version="dense")
@control("a steeper zigzag turns faster than the Lipschitz constant allows", turn=Fraction(9, 8))
def a_zigzag_in_the_plane_attains_the_moderate_step_bound(turn: Fraction = Fraction(1)) -> Outcome:
    """Unit gradients alternate between (s, a/2) and (s, -a/2), s^2 = 1 - a^2/4, and every step lowers f by
    p = a(4-a^2)/4. Two points at distance m = 2n or 2n+1 in the run satisfy the pair inequality in both
    directions: for even m its value is |x_i - x_j|^2/4, for odd m it is (|x_i - x_j|^2 - a^2)/4. The
    values f_t - |g_t|^2/2 are least at t = N. So the data belong to a coercive function with L = 1 and
    infimum f_N - 1/2 (see `smooth_interpolation`), all gradients have norm 1 and gap = N p + 1/2 = c/2.
    (`turn` multiplies the transverse component a/2.)
    """
    n = sp.Symbol("n", integer=True, nonnegative=True)
    across = sp.Rational(turn) * A / 2
    along_squared = 1 - across**2
    p = A * (4 - A**2) / 4
    checks = {}
    for m, forward, sideways in ((2 * n, 2 * n, 0), (2 * n + 1, 2 * n + 1, 1)):
        # x_i - x_j = a (m s, (m mod 2) times the first transverse component)
        distance = A**2 * (forward**2 * along_squared + sideways * across**2)
        product = 2 * A * forward * along_squared  # <g_i + g_j, x_i - x_j>: one factor has no transverse part
        turned = 4 * across**2 * sideways
        for direction in (1, -1):
            slack = direction * (m * p - product / 2) + distance / 4 - turned / 4
            expected = (distance - sideways * A**2) / 4
            checks[f"pairs {m} steps apart, direction {direction}"] = sp.expand(slack - expected) == 0
        room = sp.expand(distance - sideways * A**2)
        checks[f"pairs {m} steps apart: nonnegative for 1 <= a < 2"] = (
            sp.expand(room - A**2 * (4 - A**2) * (n**2 + sideways * n)) == 0
        )
    return proved_if(
        {
            **checks,
            "the decrease per step is positive for a < 2": sp.solveset(p <= 0, A, sp.Interval.Ropen(1, 2))
            == sp.S.EmptySet,
            "N p + 1/2 = c/2": sp.expand(N * p + sp.Rational(1, 2) - (1 + N * A * (4 - A**2) / 2) / 2) == 0,
        },
        "Equality for every N and every a in [1, sqrt 3] by a coercive function of two variables",
        witness={
            "gradients": "(s, a/2), (s, -a/2) alternating, s^2 = 1 - a^2/4",
            "gap": "N a(4-a^2)/4 + 1/2",
        },
    )

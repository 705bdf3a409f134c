"""Theorem 8, dense update without noise, steps longer than sqrt(3)/L: the runs that attain the worst case."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from sympy.polys.fields import field

from proofs.bounds import stationarity_bound_paper, stationarity_bound_sharp
from proofs.bounds.stationarity import inverse_decrease, saddle_steps
from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from proofs.smooth_interpolation import interpolable
from reference.trajectories import dense_trajectory

# Our choice: step sizes on both sides of every switch that matters for N <= 10.
RATIOS = tuple(Fraction(n, 100) for n in (130, 174, 178, 185, 190, 192, 195, 197))
A = sp.Symbol("a", positive=True)


def turning_gradients(a: Any) -> tuple[list[list[Any]], list[Any]]:
    """The last two gradients g_k, g_(k+1) on the saddle, the one after them, and the metric.

    Coordinates are scaled so that everything is rational in a: in inner products the saddle's x-part weighs
    (2 + a)/4, its y-part (2 - a)/4, and the third direction a^3 (4 - a^2)/(1 + a)^2. All three have norm
    1, and <g_k, g_(k+2)> = 1 - a^2 (4 - a^2)/(2 (1 + a)), <g_(k+1), g_(k+2)> = 1 - a^2/2.
    """
    x_weight, y_weight = (2 + a) / 4, (2 - a) / 4
    two_apart, adjacent = 1 - a**2 * (4 - a**2) / (2 * (1 + a)), 1 - a**2 / 2
    along_x = (two_apart - (adjacent - two_apart) / a) / 2
    along_y = (two_apart + (adjacent - two_apart) / a) / 2
    metric = [x_weight, y_weight, a**3 * (4 - a**2) / (1 + a) ** 2]
    return [[1, 1, 0], [1 - a, 1 + a, 0], [along_x / x_weight, along_y / y_weight, 1]], metric


def extremal_run(
    ratio: Fraction, steps: int
) -> tuple[list[list[Fraction]], list[list[Fraction]], list[Fraction], list[Fraction]]:
    """Points, gradients, values and metric of a run with k steps on a saddle, then a zigzag.

    k is the number of saddle steps of the bound; the gradients k..N have norm 1, the last value is 1/2.
    For k = N the run lies on the parabola.
    """
    k = saddle_steps(ratio, steps)
    ends, metric = turning_gradients(ratio)
    if k == steps:
        slopes = [[(1 - ratio) ** (t - k), Fraction(0), Fraction(0)] for t in range(steps + 1)]
        metric = [Fraction(1)] * 3
    else:
        slopes = [[(1 - ratio) ** (t - k), (1 + ratio) ** (t - k), Fraction(0)] for t in range(k + 2)]
        slopes += [ends[2 - t % 2] for t in range(steps - k - 1)]
    points = [[Fraction(0)] * 3]
    for slope in slopes[:-1]:
        points.append([x - ratio * g for x, g in zip(points[-1], slope, strict=True)])
    values = [Fraction(1, 2)]
    for t in reversed(range(steps)):
        squares = [metric[0] * g[0] ** 2 - metric[1] * g[1] ** 2 for g in slopes[t : t + 2]]
        drop = (squares[0] - squares[1]) / 2 if t < k else ratio * (4 - ratio**2) / 4
        values.insert(0, values[0] + drop)
    return points, slopes, values, metric


def square(slope: list[Fraction], metric: list[Fraction]) -> Fraction:
    return sum((w * g * g for w, g in zip(metric, slope, strict=True)), Fraction(0))


@evidence("T8-R3", method=Method.EXACT, version="dense")
@control("a gap one percent smaller is not possible", shrink=Fraction(99, 100))
def saddle_runs_attain_the_long_step_bound(shrink: Fraction = Fraction(1)) -> Outcome:
    """At eight step sizes, for every N <= 10 (N <= k + 2 where the saddle phase has k >= 2 steps), the run of
    `extremal_run` satisfies all pair inequalities, in exact rational arithmetic; f_t - |g_t|^2/2 is least at
    t = N, where it is 0. So it belongs to a coercive function with L = 1 and infimum 0 (see
    `smooth_interpolation`), its gradients have norm at least 1, and its gap f_0 is exactly c/2: the
    constant c cannot be larger. The runs with k = N lie on the parabola, where this holds for every N and
    a: gradient (1-a)^t g_0, gap g_0^2/2. (`shrink` multiplies f_0.)
    """
    checks, kinds = {}, set()
    lengths = [
        (q, n) for q in RATIOS for n in range(1, 11) if saddle_steps(q, n) <= 1 or n <= saddle_steps(q, n) + 2
    ]
    for ratio, steps in lengths:
        points, slopes, values, metric = extremal_run(ratio, steps)
        values[0] *= shrink
        floors = [f - square(g, metric) / 2 for f, g in zip(values, slopes, strict=True)]
        checks[f"a = {ratio}, N = {steps}"] = (
            interpolable(points, slopes, values, metric)
            and min(floors) == floors[-1] == 0
            and min(square(g, metric) for g in slopes) == 1
            and values[0] == inverse_decrease(ratio, steps) * shrink / 2
        )
        kinds.add(min(saddle_steps(ratio, steps), 3))
    steps_symbol = sp.Symbol("N", positive=True)
    parabola = ((1 - A) ** 2) ** steps_symbol / 2 * ((A - 1) ** 2) ** -steps_symbol - sp.Rational(1, 2)
    shown = extremal_run(Fraction(9, 5), 3)
    return proved_if(
        {
            **checks,
            "saddle runs of 0, 1, 2 and more steps occur": kinds == {0, 1, 2, 3},
            "parabola: |g_N|^2/2 = gap / c for every N and a": sp.simplify(parabola) == 0,
        },
        f"Attained exactly in {len(lengths)} cases, and on the parabola always",
        witness={
            "gradients for a = 9/5, N = 3": [[str(v) for v in g] for g in shown[1]],
            "weights of the coordinates": [str(w) for w in shown[3]],
        },
        computed=f"{stationarity_bound_sharp(1, 1, 1.8, 10):.6g} (gap = L = 1, h = 9/5, N = 10)",
    )


def nonnegative_up_to_two(expression: Any) -> bool:
    """Whether a rational function of a is >= 0 on (17/10, 2), by counting the roots of both parts exactly."""
    numerator, denominator = sp.fraction(sp.cancel(expression.subs(sp.Symbol("a"), A)))
    if numerator == 0:
        return True
    low, high = sp.Rational(17, 10), sp.Integer(2)
    inside = [
        sp.Poly(part, A).count_roots(low, high) - (sp.expand(part).subs(A, 2) == 0)
        for part in (numerator, denominator)
    ]
    return bool(inside == [0, 0] and (numerator / denominator).subs(A, sp.Rational(9, 5)) > 0)


@evidence("T8-R3", method=Method.SYMBOLIC, version="dense")
@control("without the third direction a pair inequality fails", third=0)
def one_saddle_step_and_a_zigzag_attain_the_bound_for_every_length(third: int = 1) -> Outcome:
    """k = 1, every N >= 2, every a in [sqrt 3, 2): g_0 on the saddle, then g_1, g_2, g_3, g_2, g_3, ... The
    points from 2 on zigzag and satisfy their pair inequalities by T8-R2, as do consecutive points and
    those on the saddle. Left are the pairs of point 0 or 1 with a point 2n or 2n + 1 steps after point 2,
    in both directions: each is c_0 + c_1 n + c_2 n^2 with c_0 >= 0, c_2 >= 0, c_1 + c_2 >= 0, hence
    nonnegative for all integers n >= 0. Before the zigzag f_t - |g_t|^2/2 = -(y-part), larger at 0 than at
    1. The gap is c/2 because every step realises its term in c. (`third` multiplies the third coordinate
    of g_3.)
    """
    _, a, n = field("a, n", sp.QQ)  # exact rational functions, far faster here than expressions
    ends, metric = turning_gradients(a)
    ends[2][2] *= third
    slopes = [[1 / (1 - a), 1 / (1 + a), 0], *ends]

    def dot(u: list[Any], v: list[Any]) -> Any:
        return sum(w * x * y for w, x, y in zip(metric, u, v, strict=True))

    def plus(u: list[Any], v: list[Any], factor: Any = 1) -> list[Any]:
        return [x + factor * y for x, y in zip(u, v, strict=True)]

    points = [[a - a] * 3]
    for slope in slopes[:-1]:
        points.append(plus(points[-1], slope, -a))
    first = (metric[0] * (slopes[0][0] ** 2 - 1) - metric[1] * (slopes[0][1] ** 2 - 1)) / 2
    p = a * (4 - a**2) / 4
    values = [first, a - a, -p, -2 * p]
    pace = plus([-a * g for g in slopes[2]], slopes[3], -a)
    checks: dict[str, object] = {f"|g_{i}| = 1": dot(g, g) == 1 for i, g in enumerate(slopes) if i}
    for j in (0, 1):
        for late in (2, 3):
            apart = plus(plus(points[late], pace, n), points[j], -1)
            turn, both = plus(slopes[late], slopes[j], -1), plus(slopes[late], slopes[j])
            rise = values[late] - 2 * p * n - values[j]
            for sign in (1, -1):
                slack = sign * (rise - dot(both, apart) / 2) + (dot(apart, apart) - dot(turn, turn)) / 4
                c = [sp.expand(slack.as_expr()).coeff(sp.Symbol("n"), power) for power in range(3)]
                checks[f"point {late} + 2n with point {j}, direction {sign}"] = all(
                    nonnegative_up_to_two(part) for part in (c[0], c[2], c[1] + c[2])
                )
    saddle_floor = metric[1] * (1 - slopes[0][1] ** 2)
    return proved_if(
        {
            **checks,
            "floor at 0 above the floor at 1": nonnegative_up_to_two(saddle_floor.as_expr()),
            "metric positive": all(nonnegative_up_to_two(w.as_expr()) for w in metric),
        },
        "Attained for every N >= 2 wherever the saddle phase has one step",
    )


@evidence("T8-R4", method=Method.EXACT, version="dense")
@control("a step below 2/L shrinks the gradient", ratio=Fraction(19, 10))
def from_two_over_the_smoothness_on_nothing_is_gained(ratio: Fraction = Fraction(2)) -> Outcome:
    """On L theta^2/2 a step multiplies the gradient by 1 - a, and |1 - a| >= 1 for every a >= 2.
    So no later gradient is smaller than the first, which satisfies |g_0|^2 = 2 L gap; and |g_0|^2 <= 2 L gap
    for every L-smooth loss (descent inequality with step 1/L).
    """
    a = sp.Symbol("a", real=True)
    start, steps = Fraction(1), 5
    path = [start * (1 - ratio) ** t for t in range(steps + 1)]
    run = dense_trajectory([1.0], lambda theta: theta, float(ratio), [1.0] * steps).ravel()
    return proved_if(
        {
            "|1 - a| >= 1 for every a >= 2": sp.solveset((1 - a) ** 2 < 1, a, sp.Interval(2, sp.oo))
            == sp.S.EmptySet,
            "no gradient of this run is smaller than the first": min(abs(x) for x in path) == start,
            "the bound is |g_0|^2": 2 * (start**2 / 2) == start**2
            and stationarity_bound_sharp(0.5, 1, float(ratio), steps) == 1.0,
            "the reference computes this run": np.array_equal(run, [float(x) for x in path]),
        },
        "For h >= 2/L the worst case is 2 L gap for every N",
        witness={"loss": "theta^2/2", "theta_0": 1, "step": ratio, "gradients": [str(x) for x in path]},
        computed=stationarity_bound_sharp(1, 1, 2.0, 10),
        stated=f"{stationarity_bound_paper(1, 1, 2.0, 10)} (not claimed beyond 1/L)",
    )

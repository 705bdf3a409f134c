"""Theorem 8, dense update without noise, steps longer than sqrt(3)/L: the runs that attain the worst case."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.bounds import stationarity_bound_paper, stationarity_bound_sharp
from proofs.bounds.stationarity import inverse_decrease, saddle_steps
from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from proofs.smooth_interpolation import interpolable
from reference.trajectories import dense_trajectory

# Our choice: step sizes on both sides of every switch that matters for N <= 10.
RATIOS = tuple(Fraction(n, 100) for n in (130, 174, 178, 185, 190, 192, 195, 197))


def extremal_run(
    ratio: Fraction, steps: int
) -> tuple[list[list[Fraction]], list[list[Fraction]], list[Fraction], list[Fraction]]:
    """Points, gradients, values and metric of a run over the saddle whose last two gradients have norm 1.

    For N = k + 1, with k the number of saddle steps of the bound, and for N = k, the parabola.
    Coordinates are scaled so that everything is rational: the x-part weighs (2 + a)/4 in inner products,
    the y-part (2 - a)/4. The last value is 1/2.
    """
    k = saddle_steps(ratio, steps)
    if k == steps:  # the parabola: no y-part, and the last gradient is 1 in its own scale
        slopes = [[(1 - ratio) ** (t - steps), Fraction(0)] for t in range(steps + 1)]
        metric = [Fraction(1), Fraction(1)]
    else:
        slopes = [[(1 - ratio) ** (t - k), (1 + ratio) ** (t - k)] for t in range(steps + 1)]
        metric = [(2 + ratio) / 4, (2 - ratio) / 4]
    points = [[Fraction(0), Fraction(0)]]
    for slope in slopes[:-1]:
        points.append([x - ratio * g for x, g in zip(points[-1], slope, strict=True)])
    on_saddle = [(metric[0] * g[0] ** 2 - metric[1] * g[1] ** 2) / 2 for g in slopes]
    values = [Fraction(1, 2)]
    for t in reversed(range(steps)):
        values.insert(0, values[0] + on_saddle[t] - on_saddle[t + 1])
    return points, slopes, values, metric


def least_square(slopes: list[list[Fraction]], metric: list[Fraction]) -> Fraction:
    return min(sum((w * g * g for w, g in zip(metric, s, strict=True)), Fraction(0)) for s in slopes)


@evidence("T8-R3", method=Method.EXACT, version="dense")
@control("on the saddle a gap one percent smaller is not possible", shrink=Fraction(99, 100))
def saddle_runs_attain_the_long_step_bound(shrink: Fraction = Fraction(1)) -> Outcome:
    """For eight step sizes and every N <= 10 up to one step past the saddle phase of k steps, the run of
    `extremal_run` satisfies all pair inequalities, in exact rational arithmetic; f_t - |g_t|^2/2 is least at
    t = N, where it is 0. So it belongs to a coercive function with L = 1 and infimum 0 (see
    `smooth_interpolation`), its gradients have norm at least 1, and its gap f_0 is exactly c/2: the
    constant c cannot be larger. The runs with k = N lie on the parabola, where this holds for every N and a:
    gradient (1-a)^t g_0, gap g_0^2/2. (`shrink` multiplies f_0.)
    """
    checks, kinds = {}, set()
    lengths = [(q, n) for q in RATIOS for n in range(1, 11) if saddle_steps(q, n) >= n - 1]
    for ratio, steps in lengths:
        points, slopes, values, metric = extremal_run(ratio, steps)
        values[0] *= shrink
        floors = [
            f - sum((w * g * g for w, g in zip(metric, s, strict=True)), Fraction(0)) / 2
            for f, s in zip(values, slopes, strict=True)
        ]
        checks[f"a = {ratio}, N = {steps}"] = (
            interpolable(points, slopes, values, metric)
            and min(floors) == floors[-1] == 0
            and least_square(slopes, metric) == 1
            and values[0] == inverse_decrease(ratio, steps) * shrink / 2
        )
        kinds.add(min(saddle_steps(ratio, steps), 3))
    a, n = sp.symbols("a N", positive=True)
    parabola = ((1 - a) ** 2) ** n / 2 * ((a - 1) ** 2) ** -n - sp.Rational(1, 2)
    shown = [extremal_run(Fraction(9, 5), 2)[1], extremal_run(Fraction(9, 5), 2)[3]]
    return proved_if(
        {
            **checks,
            "saddle runs of 0, 1, 2 and more steps occur": kinds == {0, 1, 2, 3},
            "parabola: |g_N|^2/2 = gap / c for every N and a": sp.simplify(parabola) == 0,
        },
        f"Attained in {len(lengths)} cases with N up to one past the saddle phase, always on the parabola",
        witness={"gradients for a = 9/5, N = 2": shown[0], "weights of the coordinates": shown[1]},
        computed=f"{stationarity_bound_sharp(1, 1, 1.8, 2):.6g} (gap = L = 1, h = 9/5, N = 2)",
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

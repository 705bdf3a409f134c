"""The least example in which Lloyd's algorithm is stuck, and the exact chance that noise frees it."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.k_means import lloyd_step, nearest_centroids, within_cluster_sum


@evidence("KM-R4", method=Method.SMT)
@control("from b = 3a on the partition is no local optimum", reach=4)
def the_worst_local_optimum_of_three_points(reach: int = 3) -> Outcome:
    """Points 0 < a < b (any three distinct points of a line, up to shift and mirror). {0}, {a, b} has the
    means 0 and (a+b)/2 and the sum (b-a)^2/2; a is nearer to the second mean exactly for b < 3a, b always.
    {0, b}, {a} is never stable, as 0 or b is nearer to a than to b/2 unless a = b/2, where the centroids
    coincide. The optimum is the less of a^2/2 and (b-a)^2/2. So a stable sum is below 4 times the optimum,
    and comes as close as wanted (a = 1, b = 3 - h: ratio (2-h)^2). On the corners of a 1 x w rectangle,
    w > 1, the two long sides are stable clusters with sum w^2, the short ones have sum 1. Fewer than three
    points: two clusters with nothing between them. (`reach`: b < reach a.)
    """
    a, b, w, h = z3.Reals("a b w h")
    order = z3.And(a > 0, b > a, b < reach * a)
    middle = (a + b) / 2
    bad, good = (b - a) * (b - a) / 2, a * a / 2
    stable = z3.And((a - middle) * (a - middle) < a * a, (b - middle) * (b - middle) < b * b)
    crossed = z3.And(b * b / 4 < a * a, b * b / 4 < (b - a) * (b - a), a != b / 2)
    points = np.array([[0.0], [2.0], [5.0]])
    stuck = np.array([[0.0], [3.5]])
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [8.0, 0.0], [8.0, 1.0]])
    sides = np.array([[4.0, 0.0], [4.0, 1.0]])
    return proved_if(
        {
            "{0}, {a, b} is stable": satisfiable(order, z3.Not(stable)) is None,
            "{0, b}, {a} never is": satisfiable(a > 0, b > a, crossed) is None,
            "ratio below 4": satisfiable(order, bad >= 4 * good) is None,
            "ratio as close to 4 as wanted": satisfiable(
                h > 0, h < 1, a == 1, b == 3 - h, bad != (2 - h) * (2 - h) * good
            )
            is None,
            "a corner is nearer to its long side's mean than to the other": satisfiable(
                w > 1, w * w / 4 >= w * w / 4 + 1
            )
            is None,
            "reference: 0, 2, 5 stays at sum 9/2, the optimum is 2": np.array_equal(
                lloyd_step(points, stuck), stuck
            )
            and within_cluster_sum(points, stuck) == 4.5
            and within_cluster_sum(points, [[1.0], [5.0]]) == 2.0,
            "reference: the corners of 1 x 8 stay at sum 64, the optimum is 1": np.array_equal(
                lloyd_step(corners, sides), sides
            )
            and within_cluster_sum(corners, sides) == 64.0
            and within_cluster_sum(corners, [[0.0, 0.5], [8.0, 0.5]]) == 1.0,
        },
        "Three points on a line: Lloyd's algorithm can be stuck at almost 4 times the optimum; four in the "
        "plane: at any multiple",
        computed="4 (supremum)",
        witness={"points": "0, 2, 5", "stuck": "{0}, {2, 5}: 9/2", "optimum": "{0, 2}, {5}: 2"},
    )


@evidence("KM-R4", method=Method.SYMBOLIC)
@evidence("KM-6", method=Method.SYMBOLIC, reading="chance of leaving a local optimum")
@control("one noise shared by both centroids has another variance", shared=True)
def the_chance_of_leaving(shared: bool = False) -> Outcome:
    """From {0}, {a, b} the update puts the centroids at s z1 and (a+b)/2 + s z2. Whichever is the left one,
    the points are cut at their middle t, normal with mean (a+b)/4 and variance s^2/2. The partition stays for
    0 < t < a, so it is left with probability Q(t > a) + Q(t < 0) = erfc((3a-b)/(4s))/2 + erfc((a+b)/(4s))/2,
    positive for every s > 0. As (a+b) > (3a-b) > 0 and erfc(x) <= exp(-x^2) for x >= 0, it is below
    exp(-((3a-b)/(4s))^2). In general: where finitely many points are strictly nearest to some centroids,
    they are so for an open set of centroids, and a normal law gives every open set positive probability.
    """
    a, b, s, x, y = sp.symbols("a b s x y", positive=True)
    variance = s**2 if shared else s**2 / 2
    mean = (a + b) / 4
    density = sp.exp(-((x - mean) ** 2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)
    above = sp.erfc((3 * a - b) / (4 * s)) / 2
    below = sp.erfc((a + b) / (4 * s)) / 2
    tail = sp.erfc((x - mean) / sp.sqrt(2 * variance)) / 2
    gap = sp.exp(-(y**2)) - sp.erfc(y)
    slope = sp.simplify(sp.diff(gap, y) * sp.exp(y**2))
    cuts_agree = all(
        np.array_equal(
            nearest_centroids([[0.0], [2.0], [5.0]], [[left], [right]]) == int(left > right),
            np.array([0.0, 2.0, 5.0]) < (left + right) / 2,
        )
        for left, right in product((-3.25, 0.5, 2.25), (-1.125, 1.75, 6.5))
    )
    return proved_if(
        {
            "erfc is the tail of t": sp.simplify(sp.diff(tail, x) + density) == 0
            and sp.limit(sp.erfc(y), y, sp.oo) == 0,
            "P(t > a)": sp.simplify(tail.subs(x, a) - above) == 0,
            "P(t < 0)": sp.simplify((1 - tail.subs(x, 0)) - (1 - sp.erfc(-mean / s) / 2)) == 0
            and sp.simplify((1 - sp.erfc(-y) / 2) - sp.erfc(y) / 2) == 0,
            "(a+b) - (3a-b) = 2 (b-a)": sp.expand((a + b) - (3 * a - b) - 2 * (b - a)) == 0,
            "exp(-y^2) - erfc(y) is 0 at both ends": gap.subs(y, 0) == 0 and sp.limit(gap, y, sp.oo) == 0,
            "and first rises, then falls": sp.solve(slope, y) == [1 / sp.sqrt(sp.pi)]
            and slope.subs(y, 0).is_positive,
            "reference: the cut is at the middle, whichever centroid is left": cuts_agree,
        },
        "The chance of leaving is positive at every noise, and Gaussian-small in (3a-b)/(4s)",
        computed=(
            "0, 2, 5: "
            + ", ".join(
                f"{float(sp.N((above + below).subs({a: 2, b: 5, s: sp.Rational(*value.as_integer_ratio())}))):.2g}"
                f" at s = {value}"
                for value in (Fraction(1), Fraction(1, 4), Fraction(1, 20))
            )
        ),
    )

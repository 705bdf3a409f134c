"""Noise with a test: the run that ends at a fixed point of Lloyd's algorithm, never above Lloyd's."""

from __future__ import annotations

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.annealed_k_means import repaired_k_means
from reference.k_means import lloyd_step
from reference.lloyd import fill_empty, lloyd
from reference.random_streams import RandomStream


@evidence("KM-R3", method=Method.SMT)
@control("keeping every disturbed result can end above Lloyd's", keep="always")
@control("without the last run the end need not be a fixed point", polish=False)
def disturb_and_keep_if_lower(keep: str = "lower", polish: bool = True) -> Outcome:
    """By induction over the rounds the incumbent's sum is at most Lloyd's: it starts there, and is replaced only
    by something lower, whatever the noise and the passes after it did. The last run of Lloyd's algorithm
    does not raise the sum (KM-1), and ends at a fixed point, since every pass but its last strictly
    lowers the sum and there are finitely many partitions: a pass lowers it by n (c - m)^2 or more for a
    centroid c with mean m, so one that lowers nothing moves nothing. Filling an empty cluster with a point x farthest
    from its centroid takes |x - mu|^2 > 0 off the sum and changes no other term. z3: no values of the sums
    break the invariant or the conclusion. (`keep`: the test; `polish`: the last run.)
    """
    lloyds, best, trial, polished, before, gain = z3.Reals("lloyds best trial polished before gain")
    size, centroid, mean, drop = z3.Reals("n c m drop")
    lower = trial < best
    after = z3.If(lower, trial, best) if keep == "lower" else trial
    end = polished if polish else best
    pass_made = z3.And(size >= 1, drop >= size * (centroid - mean) ** 2)
    last_pass = z3.And(pass_made, drop == 0) if polish else pass_made  # Lloyd's algorithm stops at drop = 0
    invariant = z3.And(best <= lloyds, trial >= 0, polished <= best)
    points, start = [[0.0], [2.0], [5.0]], [[0.0], [3.0]]
    plain = lloyd(points, start)
    runs = [repaired_k_means(points, start, rounds, RandomStream(1, 0)) for rounds in (0, 1, 20)]
    filled, owners = fill_empty([[0.0], [1.0], [5.0]], [[1.0], [9.0]], [0, 0, 0])
    return proved_if(
        {
            "a round keeps the sum at most Lloyd's": satisfiable(invariant, after > lloyds) is None,
            "the end is at most Lloyd's": satisfiable(invariant, end > lloyds) is None,
            "a last pass that lowers nothing moves nothing": satisfiable(last_pass, centroid != mean) is None,
            "filling lowers the sum": satisfiable(gain > 0, before >= gain, before - gain >= before) is None,
            "reference: Lloyd's algorithm ends at 9/2, twenty rounds at 2": plain.within == 4.5
            and runs[0].within == 4.5
            and runs[-1].within == 2.0,
            "reference: the end is a fixed point": all(
                np.array_equal(lloyd_step(points, run.centroids), run.centroids) for run in runs
            ),
            "reference: filling moves the empty centroid to the farthest point": filled.tolist()
            == [[1.0], [5.0]]
            and owners.tolist() == [0, 0, 1],
        },
        "With a test on each disturbance and Lloyd's algorithm at both ends, noise cannot hurt",
        computed="sum at most Lloyd's, at a fixed point",
    )


@evidence("KM-R5", method=Method.SYMBOLIC)
@control("for a point nearer to its own mean the move costs", nearer=True)
def an_optimal_partition_is_found_in_the_end(nearer: bool = False) -> Outcome:
    """Moving a point at distance r from the mean of its cluster of a >= 2 points to one of b >= 1 points whose
    mean is at distance q changes the sum by b q^2/(b+1) - a r^2/(a-1), negative for q = r > 0: so in an optimal
    partition every point is strictly nearest to its own mean. (r = 0 with q = 0 would be two equal means;
    merging their clusters costs nothing and frees a centroid for some point not on a mean, which there is when
    there are at least k distinct points: not optimal. A cluster of one point has r = 0.) Strict inequalities
    hold in a ball around the optimal centroids. Incumbents are tuples of means of clusters, finitely many;
    from each, normal noise on all centroids lands in that ball with positive probability, so with at least
    some p > 0. There the first pass finds the optimal means, and the test keeps them. R rounds miss with
    probability at most (1-p)^R, which tends to 0.
    """
    a, b = sp.symbols("a b", nonnegative=True)
    r = sp.Symbol("r", positive=True)
    s1, s2, x = sp.symbols("s1 s2 x", real=True)
    # Sum of squares of a cluster with sum s1 and sum of squares s2 after the point x has left, and come.
    left = sp.simplify((s2 - x**2 - (s1 - x) ** 2 / (a - 1)) - (s2 - s1**2 / a))
    came = sp.simplify((s2 + x**2 - (s1 + x) ** 2 / (b + 1)) - (s2 - s1**2 / b))
    other = r * (3 if nearer else 1)
    change = b / (b + 1) * other**2 - a / (a - 1) * r**2
    worst = sp.factor(change.subs(a, a + 2).subs(b, b + 1))  # a + 2 >= 2 and b + 1 >= 1 for a, b >= 0
    p, rounds = sp.symbols("p R", positive=True)
    return proved_if(
        {
            "leaving saves a r^2/(a-1)": sp.simplify(left + a / (a - 1) * (x - s1 / a) ** 2) == 0,
            "coming costs b q^2/(b+1)": sp.simplify(came - b / (b + 1) * (x - s1 / b) ** 2) == 0,
            "at equal distances the move lowers the sum": worst.is_negative,
            "(1-p)^R tends to 0": sp.limit((p / (1 + p)) ** rounds, rounds, sp.oo) == 0,
        },
        "No optimal partition has ties, so a ball of centroids leads to it and noise finds the ball",
        computed="P(miss) <= (1-p)^R",
    )

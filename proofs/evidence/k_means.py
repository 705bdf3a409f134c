"""The objective of k-means: what its centroids minimise, with and without the paper's additional term."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.centroid_update import annealed_objective, quantized_centroids
from reference.energy import PENALTIES
from reference.k_means import lloyd_step, within_cluster_sum

EPS = float(np.finfo(float).eps)


@evidence("KM-1", method=Method.SYMBOLIC)
@control("a sum divided by n + 1 is not the best centroid", divisor=1)
def means_and_nearest_centroids_are_best(divisor: int = 0) -> Outcome:
    """One coordinate of one cluster of n points with sum s1 and sum of squares s2: the sum of squares about c
    is s2 - 2 c s1 + n c^2. With m = s1/n it exceeds that about m by n (c - m)^2, which is positive for
    c other than m; coordinates and clusters add up. Reassigning a point to a nearest centroid replaces its
    term by the least of k numbers, one of which it was. So both halves of Lloyd's step lower the sum or
    keep it. An empty cluster has no terms. (`divisor`: m = s1/(n + divisor).)
    """
    n, s1, s2, c = sp.symbols("n s1 s2 c", real=True)
    centre = s1 / (n + divisor)
    excess = sp.expand((s2 - 2 * c * s1 + n * c**2) - (s2 - 2 * centre * s1 + n * centre**2))
    own, other = z3.Reals("own other")
    nearest = z3.If(other < own, other, own)
    points = np.array([[0.0], [2.0], [5.0]])
    start = np.array([[0.0], [3.0]])
    return proved_if(
        {
            "sum about c = sum about the mean + n (c - mean)^2": sp.simplify(excess - n * (c - centre) ** 2)
            == 0,
            "the nearest of two is no farther than the old one": satisfiable(nearest > own) is None,
            "nor than any": satisfiable(nearest > other) is None,
            "reference: 0, 2, 5 from 0, 3: the sum falls from 5 to 9/2": within_cluster_sum(points, start)
            == 5.0
            and within_cluster_sum(points, lloyd_step(points, start)) == 4.5,
        },
        "W(c) = W(mean) + n |c - mean|^2, and nearest centroids minimise term by term",
    )


@evidence("KM-2", method=Method.BALL)
@control("without the term the mean stays", strength=Fraction(0))
def the_term_moves_a_centroid_off_its_mean(strength: Fraction = Fraction(1, 10)) -> Outcome:
    """Points 0 and 1, one cluster, mean 1/2; levels -1 and 1, T = 1/2, so the candidate of 1/2 is
    S(1/2) = tanh 1 > 3/4. For mu in [1/2, 3/4] the objective is (1-mu)^2 + mu^2 + (lambda/T)(tanh 1 - mu),
    of slope 4 mu - 2 - lambda/T, increasing in mu: zero at mu = 1/2 + lambda/(4T). With lambda = 0 the
    centroid stays at 1/2, with lambda = 1/10 the update goes to 11/20: a larger lambda, a longer update, and
    a sum of 101/200 instead of 1/2. (The objective is convex in mu, so this is its minimum.)
    """
    temperature, mean = Fraction(1, 2), Fraction(1, 2)
    candidate = ball(1).tanh()
    best = mean + strength / (4 * temperature)
    within = (1 - best) ** 2 + best**2
    points, levels = np.array([[0.0], [1.0]]), np.array([-1.0, 1.0])
    state = quantized_centroids([[float(mean)]], levels, float(temperature))
    grid = np.linspace(0.0, 1.0, 201)
    values = [
        annealed_objective(points, [[mu]], state, float(temperature), float(strength)) for mu in grid.tolist()
    ]
    return refuted_if(
        hypotheses={
            "the mean is 1/2": lloyd_step(points, [[0.5]])[0, 0] == 0.5,
            "the minimiser lies left of the candidate": ball(best) < candidate,
            "slope zero there": 4 * best - 2 - strength / temperature == 0,
        },
        violated={
            "the update is longer than with lambda = 0": abs(best - mean) > 0,
            "and raises the sum": within > Fraction(1, 2),
        },
        reference={
            "the candidate is tanh 1": abs(state[0, 0] - np.tanh(1.0)) <= 2 * EPS,
            "the objective is least at 11/20 among 201 centroids": grid[int(np.argmin(values))]
            == float(best),
        },
        witness={"points": "0, 1", "levels": "-1, 1", "T": temperature, "lambda": strength},
        summary="A soft-quantized candidate pulls the centroid away from the mean, the more the larger lambda",
        computed=f"update of length {best - mean}, sum {within}",
        stated="no longer than with lambda = 0, where it is 0",
    )


@evidence("KM-2", method=Method.SMT, reading="candidate: the centroid before the update")
@control("a term that is largest at distance 0 pushes the centroid away", attraction=-1)
def a_term_about_the_old_centroid_shortens_updates(attraction: int = 1) -> Outcome:
    """One coordinate: mean at distance D >= 0 from the old centroid, u the update. Where phi is |d| times a
    positive number, the objective is n (u - D)^2 + w |u|, least at u = max(D - w/(2n), 0); where it is d^2
    times one, n (u - D)^2 + w u^2, least at u = n D/(n + w). Both fall, or stay, as w = lambda/T, lambda T, lambda
    or T lambda grows. z3 finds no better v for any n, w, D, and no longer update for a larger w; D < 0 is the
    mirror image. (`attraction` -1 stands for exp(-|d|/T), which falls with |d|: to first order w is negative.)
    """
    n, w, more, gap, v = z3.Reals("n w more gap v")
    a = z3.RealVal(attraction)
    setting = z3.And(n >= 1, w >= 0, more >= w, gap >= 0)

    def absolute(weight: z3.ArithRef) -> z3.ArithRef:
        return z3.If(gap - a * weight / (2 * n) > 0, gap - a * weight / (2 * n), z3.RealVal(0))

    def squared(weight: z3.ArithRef) -> z3.ArithRef:
        return n * gap / (n + a * weight)

    size = z3.If(v >= 0, v, -v)
    first, second = absolute(w), squared(w)
    worse_absolute = n * (v - gap) ** 2 + a * w * size < n * (first - gap) ** 2 + a * w * first
    worse_squared = n * (v - gap) ** 2 + a * w * v * v < n * (second - gap) ** 2 + a * w * second**2
    return proved_if(
        {
            "the stated minimiser of the |d| form": satisfiable(setting, worse_absolute) is None,
            "the stated minimiser of the d^2 form": satisfiable(setting, worse_squared) is None,
            "a larger weight never lengthens it, |d|": satisfiable(setting, absolute(more) > first) is None,
            "a larger weight never lengthens it, d^2": satisfiable(setting, squared(more) > second) is None,
            "such updates exist": satisfiable(setting, w > 0, first > 0, second > 0) is not None,
            "the reference has these four forms and the falling one": set(PENALTIES)
            == {
                "distance_over_temperature",
                "distance_times_temperature",
                "squared",
                "squared_times_temperature",
                "boltzmann",
            },
        },
        "About the old centroid the term is a brake: the update shrinks as lambda grows",
        computed="max(D - w/(2n), 0) and n D/(n + w)",
        stated="controls the size of updates",
    )


@evidence("KM-2", method=Method.BALL, reading="T to 0 gives the classical sum, |d|/T")
@control("with a term that vanishes with T the limit is the mean", power=1)
def the_cold_limit_is_a_level(power: int = -1) -> Outcome:
    """Points 0 and 1, one cluster, mean 1/2, levels -1 and 1, lambda = 1/1000 as in the paper. The candidate
    S(1/2) = tanh(1/(2T)) tends to 1. The slope of the objective left of the candidate is 4 mu - 2 - lambda/T,
    negative for every mu <= 1 once T < lambda/2: then the candidate itself is the minimiser, and the centroid
    tends to the level 1 instead of the mean 1/2. Checked at T = 1/10000, where tanh > 1 - 10^-30.
    (`power`: the term is lambda T^power |d|.)
    """
    strength, temperature = Fraction(1, 1000), Fraction(1, 10000)
    candidate = (1 / (2 * ball(temperature))).tanh()
    steepest = 4 * Fraction(1) - 2 - strength * temperature**power
    state = quantized_centroids([[0.5]], [-1.0, 1.0], float(temperature))
    points = [[0.0], [1.0]]
    at_level, at_mean = (
        annealed_objective(points, [[mu]], state, float(temperature), float(strength)) for mu in (1.0, 0.5)
    )
    return refuted_if(
        hypotheses={"the candidate is near the level 1": 1 - candidate < ball(Fraction(1, 10**30))},
        violated={"the objective falls all the way to the candidate": steepest < 0},
        reference={"the level has a lower objective than the mean": at_level < at_mean},
        witness={"points": "0, 1", "levels": "-1, 1", "lambda": strength, "T": temperature},
        summary="With |d|/T the term wins as T falls: centroids become quantization levels",
        computed="limit 1",
        stated="limit 1/2, the mean",
    )


@evidence("KM-2", method=Method.SYMBOLIC, reading="T to 0 gives the classical sum, T d^2")
@control("a term that does not vanish leaves a bias", power=0)
def a_term_times_temperature_vanishes(power: int = 1) -> Outcome:
    """With the weight v = lambda T^power and a candidate q the minimiser of n (mu - m)^2 + v (mu - q)^2 is
    (n m + v q)/(n + v), at v |q - m|/(n + v) from m. q changes with T but stays between the levels, so for
    power 1, where v tends to 0, the minimiser tends to m.
    """
    n, strength, t = sp.symbols("n lambda T", positive=True)
    m, q, mu = sp.symbols("m q mu", real=True)
    v = strength * t**power
    best = sp.solve(sp.diff(n * (mu - m) ** 2 + v * (mu - q) ** 2, mu), mu)
    return proved_if(
        {
            "one minimiser": len(best) == 1,
            "v (q - m)/(n + v) from the mean": sp.simplify(best[0] - m - v * (q - m) / (n + v)) == 0,
            "the weight v/(n + v) vanishes with T": sp.limit(v / (n + v), t, 0, "+") == 0,
        },
        "With T d^2 the minimiser tends to the mean",
    )


@evidence("KM-R1", method=Method.SYMBOLIC)
@control("about another candidate the sum can rise", candidate="anywhere")
def the_proximal_centroid_update(candidate: str = "old") -> Outcome:
    """n (mu - m)^2 + v (mu - q)^2 is a parabola with the vertex (n m + v q)/(n + v); the sum there is
    n (v/(n+v))^2 (m - q)^2 above its least value. With q the old centroid: the update is n/(n+v) times
    m - q; the sum changes by n ((v/(n+v))^2 - 1)(m - q)^2 <= 0, zero only for m = q. Coordinates and
    clusters add up. (`candidate` "anywhere": the sum is compared with its value at some other old centroid.)
    """
    n, v = sp.symbols("n v", positive=True)
    m, q, mu, other = sp.symbols("m q mu other", real=True)
    old = q if candidate == "old" else other
    best = sp.solve(sp.diff(n * (mu - m) ** 2 + v * (mu - q) ** 2, mu), mu)
    excess = sp.factor(n * (best[0] - m) ** 2)
    drop = sp.simplify((n * (old - m) ** 2 - excess) / (q - m) ** 2)
    return proved_if(
        {
            "vertex": len(best) == 1 and sp.simplify(best[0] - (n * m + v * q) / (n + v)) == 0,
            "excess": sp.simplify(excess - n * (v / (n + v)) ** 2 * (m - q) ** 2) == 0,
            "update is n/(n+v) of Lloyd's": sp.simplify((best[0] - q) - n / (n + v) * (m - q)) == 0,
            "shorter for larger v": sp.simplify(sp.diff(n / (n + v), v)).is_negative,
            "the sum falls unless the centroid is the mean": sp.factor(drop).is_positive,
        },
        "A quadratic term about the old centroid is a relaxed Lloyd step that keeps its descent",
        computed="(n m + v mu')/(n + v)",
    )

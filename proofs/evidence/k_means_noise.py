"""What the noise in the centroid update does: fixed points, the price of noise that stays, escapes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.centroid_update import centroid_update, quantized_centroids
from reference.k_means import lloyd_step, within_cluster_sum

EPS = float(np.finfo(float).eps)


@evidence("KM-3", method=Method.SYMBOLIC)
@control("with eta = 0 every point is fixed", eta=0)
def relaxed_fixed_points_are_lloyds(eta: int | None = None) -> Outcome:
    """(1-eta) mu + eta m - mu = eta (m - mu), zero for eta > 0 exactly where mu = m, coordinate by
    coordinate. With nearest centroids as clusters those are the fixed points of Lloyd's algorithm.
    """
    step = sp.Symbol("eta", positive=True) if eta is None else sp.Integer(eta)
    mu, m = sp.symbols("mu m", real=True)
    motion = (1 - step) * mu + step * m - mu
    points = np.array([[0.0], [2.0], [5.0]])
    fixed = np.array([[0.0], [3.5]])
    return proved_if(
        {
            "the mean is the only fixed point": sp.solve(motion, mu) == [m],
            "reference: at 0, 7/2 nothing moves": np.array_equal(
                centroid_update(fixed, lloyd_step(points, fixed), 0.25), fixed
            ),
        },
        "Without noise the relaxed update rests exactly at Lloyd's fixed points",
    )


@evidence("KM-3", method=Method.SYMBOLIC, reading="mean plus noise")
@control("a noise with a mean of its own moves them", drift=1)
def mean_plus_noise_without_noise_is_lloyd(drift: int = 0) -> Outcome:
    """m + eta xi with xi = 0 is m: Lloyd's step itself. (`drift`: xi = eps(T) (sigma z + drift).)"""
    mu, m, eta, scale = sp.symbols("mu m eta epsilon", positive=True)
    return proved_if(
        {"the mean is the only fixed point": sp.solve(m + eta * scale * drift - mu, mu) == [m]},
        "Without noise the update is Lloyd's step",
    )


@evidence("KM-3", method=Method.EXACT, reading="convex combination")
@control("with eta = 0 it is Lloyd's step", eta=Fraction(0))
def a_convex_combination_shrinks_towards_the_origin(eta: Fraction = Fraction(1, 2)) -> Outcome:
    """One point, 1, one cluster: the mean is 1. Without noise (1-eta) m = 1/2 for eta = 1/2, so the mean is
    not a fixed point and the fixed point 1/2 is not the mean; another origin gives other clusters.
    """
    mean = Fraction(1)
    moved = (1 - eta) * mean
    computed = centroid_update([[1.0]], [[1.0]], float(eta), mixing="convex")[0, 0]
    return refuted_if(
        hypotheses={"0 <= eta < 1": 0 <= eta < 1, "the mean is Lloyd's fixed point": mean == 1},
        violated={"it moves away from the mean": moved != mean},
        reference={"centroid_update agrees": computed == float(moved)},
        witness={"points": "1", "eta": eta, "centroid": mean},
        summary="Noise and mean balanced by eta: without noise all centroids shrink by 1 - eta",
        computed=moved,
        stated=mean,
    )


@evidence("KM-3", method=Method.BALL, reading="soft-quantized")
@control("at 0 the quantizer with levels -1, 1 is at rest", mean=Fraction(0))
def soft_quantization_moves_the_mean(mean: Fraction = Fraction(1, 2)) -> Outcome:
    """Points 0 and 1, mean 1/2, levels -1 and 1, T = 1/2: the update gives S(1/2) = tanh 1 > 3/4."""
    moved = (2 * ball(mean)).tanh()
    computed = quantized_centroids([[float(mean)]], [-1.0, 1.0], 0.5)[0, 0]
    return refuted_if(
        hypotheses={"1/2 is the mean of 0 and 1": lloyd_step([[0.0], [1.0]], [[0.5]])[0, 0] == 0.5},
        violated={"S(mean) is farther than 1/4 from the mean": moved - ball(mean) > ball(Fraction(1, 4))},
        reference={"quantized_centroids agrees": abs(computed - np.tanh(2 * float(mean))) <= 2 * EPS},
        witness={"points": "0, 1", "levels": "-1, 1", "T": "1/2"},
        summary="Inside the soft quantizer the mean is no fixed point",
        computed=f"{moved.str(6, radius=False)}",
        stated=mean,
    )


@evidence("KM-R2", method=Method.SYMBOLIC)
@control("noise that grows with the distance from the mean is another recursion", multiplicative=1)
def the_price_of_noise_that_stays(multiplicative: int = 0) -> Outcome:
    """The sum about c is W + n |c - m|^2 (KM-1), so its mean is W + n d times the variance of a coordinate,
    plus n times the square of its bias. Mean plus noise: variance s^2, no bias. Relaxed: the bias is
    multiplied by 1 - eta each step and the variance obeys v' = (1-eta)^2 v + s^2, whose fixed point is
    s^2/(eta (2-eta)), attracting as (1-eta)^2 < 1 for 0 < eta < 2; eta (2-eta) <= 1 with equality at 1 only.
    (`multiplicative`: v' has v s^2 in addition.)
    """
    eta, s, v = sp.symbols("eta s v", positive=True)
    after = (1 - eta) ** 2 * v + s**2 + multiplicative * v * s**2
    fixed = sp.solve(sp.Eq(after, v), v)
    claimed = s**2 / (eta * (2 - eta))
    x = z3.Real("x")
    points = np.array([[-1.0], [1.0]])
    moved = centroid_update([[0.0]], [[0.0]], 1.0, [[0.25]])
    return proved_if(
        {
            "one stationary variance": len(fixed) == 1 and sp.simplify(fixed[0] - claimed) == 0,
            "deviations from it shrink by (1-eta)^2": sp.simplify(
                after - claimed - (1 - eta) ** 2 * (v - claimed)
            )
            == 0,
            "(1-eta)^2 < 1 on (0, 2)": satisfiable(x > 0, x < 2, (1 - x) * (1 - x) >= 1) is None,
            "eta (2-eta) <= 1, equality only at 1": satisfiable(x != 1, x * (2 - x) >= 1) is None,
            "reference: noise 1/4 on the mean of -1, 1 costs 2/16": within_cluster_sum(points, moved)
            == 2.125,
        },
        "Noise of variance s^2 costs d s^2 per point, 1/(eta (2-eta)) times that if the update is relaxed",
        computed="W + d s^2 n/(eta (2-eta))",
    )


@evidence("KM-4", method=Method.EXACT, reading="settles at the coldest temperature")
@control("without noise it rests at the mean", floor=Fraction(0))
def at_the_floor_the_centroid_never_rests(floor: Fraction = Fraction(1, 100)) -> Outcome:
    """Points -1 and 1, one cluster: the optimum is 0, with sum 2. The temperature stays at
    T_min = T_max/100 = 1/100; eps(T) = T, sigma = 1, eta = 1. Each update puts the centroid at T z,
    with sum 2 + 2 T^2 z^2: above 2 unless z = 0, an event of probability 0, and 2 + 2/10000 on average, for
    ever. Witness z = 1.
    """
    z = Fraction(1)
    within = (1 - floor * z) ** 2 + (1 + floor * z) ** 2
    moved = centroid_update([[0.0]], [[0.0]], 1.0, [[float(floor * z)]])
    computed = within_cluster_sum([[-1.0], [1.0]], moved)
    return refuted_if(
        hypotheses={"0 is the mean, with sum 2": within_cluster_sum([[-1.0], [1.0]], [[0.0]]) == 2.0},
        violated={"the update leaves the optimum": within > 2},
        reference={"the sum after the update": abs(computed - float(within)) <= 4 * EPS},
        witness={"points": "-1, 1", "centroid": 0, "T_min": floor, "z": z},
        summary="At a temperature floor above zero the centroids keep moving, above the optimum on average",
        computed=f"expected sum {2 + 2 * floor**2}",
        stated=2,
    )

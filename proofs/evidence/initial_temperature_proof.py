"""Theorem 1, the printed proof by steps: sound but for its last line, where eps e^(K eps) passes for eps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.evidence.initial_temperature import share_of
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.soft_quantization import level_probabilities

E, u, n = sp.symbols("E u N", positive=True)  # exp(DeltaE/T0), K eps, K - 1


@evidence("T1-P1", method=Method.SYMBOLIC)
@control("theta midway between two levels is uniform at any temperature", spread=0)
def near_uniformity_needs_heat(spread: int = 1) -> Outcome:
    """P_k/P_j is the quotient of the weights, so the P are equal iff the weights are. If every P is within
    u/K of 1/K, u < 1, then exp(DeltaE/T0) = P_max/P_min <= (1+u)/(1-u), so T0 >= DeltaE/ln((1+u)/(1-u)).
    This lower limit grows beyond all bounds as u -> 0, provided DeltaE > 0. (For K >= 3 that is always so,
    T1-S2; `spread` stands for DeltaE.)
    """
    z, v, w, delta = sp.symbols("Z v w DeltaE", positive=True)
    least = spread * delta / sp.log((1 + u) / (1 - u))
    return proved_if(
        {
            "quotient of probabilities is that of weights": sp.simplify((v / z) / (w / z) - v / w) == 0,
            "P_max/P_min is at most (1+u)/(1-u)": sp.simplify(((1 + u) / (n + 1)) / ((1 - u) / (n + 1)))
            == sp.simplify((1 + u) / (1 - u)),
            "least temperature grows beyond all bounds": sp.limit(least, u, 0, "+") == sp.oo,
        },
        "A deviation of at most u/K forces T0 >= DeltaE / ln((1+u)/(1-u)), about DeltaE/(2u)",
    )


@evidence("T1-P2", method=Method.BALL)
@control("at a low temperature unequal distances give unequal weights", hot=Fraction(1, 100))
def nearly_equal_weights_without_nearly_equal_distances(hot: Fraction = Fraction(1000)) -> Outcome:
    """Levels 0 and 1. With theta = 0 the distances are 0 and 1, as different as the grid allows; at T0 = 1000
    the weights still agree to 0.1 percent. With theta = 49/100 the distances, 0.49 and 0.51, agree to four
    percent; at T = 1/1000 the weights differ by a factor above 10^8. Nearly equal distances are neither
    necessary nor sufficient for (20): the temperature does not cancel.
    """
    at_level = (-ball(Fraction(1) / hot)).exp()
    cold = Fraction(1, 1000)
    near_middle = (-ball(Fraction(2, 100) / cold)).exp()
    row = level_probabilities(np.array([0.0]), np.array([0.0, 1.0]), float(hot))[0]
    return refuted_if(
        hypotheses={"distances 0 and 1 differ by the whole range": abs(0 - 1) == 1},
        violated={
            "yet (20) holds: weights agree to 0.1 percent": at_level > ball("0.999"),
            "distances 0.49 and 0.51 agree to 4 percent": Fraction(49, 51) > Fraction(96, 100),
            "yet (20) fails: weights differ by more than 10^8": near_middle < ball("1e-8"),
        },
        reference={
            "level_probabilities gives the same ratio": abs(row[1] / row[0] - float(at_level.mid()))
            <= 8 * np.finfo(float).eps
        },
        witness={"levels": "0, 1", "theta, T0": f"0, {hot}", "theta, T0 (cold)": f"49/100, {cold}"},
        summary="1/T0 does not cancel: (20) says that DeltaE is small against T0, not that distances agree",
    )


@evidence("T1-P3", method=Method.SYMBOLIC)
@control("with squared distances as energy the ratio is another one", power=2)
def ratio_of_extreme_weights(power: int = 1) -> Outcome:
    """The largest weight belongs to the nearest level, the smallest to the farthest; their quotient is
    exp((d_max - d_min)/T0) = exp(DeltaE/T0): equality. (`power`: energy |theta - q|^power.)
    """
    near, more, t0 = sp.symbols("d_min DeltaE T_0", positive=True)
    ratio = sp.exp(-(near**power) / t0) / sp.exp(-((near + more) ** power) / t0)
    return proved_if(
        {"ratio = exp(DeltaE/T0)": sp.simplify(ratio - sp.exp(more / t0)) == 0},
        "The bound on the ratio is an equality",
        tightness=1,
    )


@evidence("T1-P4", method=Method.SYMBOLIC)
@control("half of the paper's temperature does not give it", heat=Fraction(1, 2))
def ratio_under_the_temperature_bound(heat: Fraction = Fraction(1)) -> Outcome:
    """With T0 = s DeltaE/(K eps), s >= 1, the exponent DeltaE/T0 is K eps/s <= K eps. (`heat`: least s.)"""
    delta, count, eps, more = sp.symbols("DeltaE K epsilon m", positive=True)
    s = sp.sympify(heat) + more  # more > 0; the boundary is checked apart
    exponent = delta / (s * delta / (count * eps))
    gap = sp.factor(sp.simplify(count * eps - exponent))
    return proved_if(
        {
            "K eps - DeltaE/T0 > 0 for s above its least value": gap.is_positive,
            "K eps - DeltaE/T0 >= 0 at the least value": gap.subs(more, 0).is_nonnegative,
        },
        "The exponent is at most K eps, with equality at the paper's T0",
        tightness=1,
    )


@evidence("T1-P5", "T1-P6", method=Method.SYMBOLIC)
@control("with weights that spread by E^2 the bounds fail", exponent=2)
def probabilities_within_the_ratio(exponent: int = 1) -> Outcome:
    """The extreme shares are E/(E + N) and 1/(1 + N E) (T1-R1). The bounds E/K and 1/(K E) are weaker:
    E/K - E/(E+N) = E (E-1)/(K (E+N)) and 1/(1+NE) - 1/(KE) = (E-1)/(KE(1+NE)). The deviation from 1/K is
    at most (E-1)/K on both sides, because E - 1 - (1 - 1/E) = (E-1)^2/E. (`exponent`: weights in
    [1, E^exponent].)
    """
    k, v = n + 1, sp.symbols("v", positive=True)  # E = 1 + v
    wide = E**exponent
    above = sp.factor(sp.simplify((E / k - wide / (wide + n)).subs(E, 1 + v)))
    below = sp.factor(sp.simplify((1 / (1 + n * wide) - 1 / (k * E)).subs(E, 1 + v)))
    sides = sp.simplify((E - 1) - (1 - 1 / E) - (E - 1) ** 2 / E)
    at = {E: sp.E, n: 255}  # K = 256, K eps = 1
    largest, printed = ((E / (E + n) - 1 / k).subs(at), ((E - 1) / k).subs(at))
    return proved_if(
        {
            "E/(E+N) <= E/K": above.is_nonnegative,
            "1/(1+NE) >= 1/(KE)": below.is_nonnegative,
            "1 - 1/E <= E - 1": sides == 0,
        },
        "exp(-K eps)/K <= P <= exp(K eps)/K and |P - 1/K| <= (exp(K eps) - 1)/K; better: P <= E/(E+K-1)",
        computed=f"deviation at most {sp.N(largest, 4)} (K=256, K eps=1)",
        stated=f"{sp.N(printed, 4)}",
        tightness=float(largest / printed),
    )


@evidence("T1-P7", method=Method.SYMBOLIC)
@control("the inequality turns round without the factor x", power=0)
def exponential_inequality(power: int = 1) -> Outcome:
    """x e^x - (e^x - 1) is 0 at 0 and has the slope x e^x > 0 for x > 0. With x = K eps, divided by K, the
    deviation is below eps e^(K eps). No smallness of eps is needed. (`power`: x^power e^x instead.)
    """
    x = sp.symbols("x", positive=True)
    difference = x**power * sp.exp(x) - (sp.exp(x) - 1)
    return proved_if(
        {
            "zero at x = 0": sp.limit(difference, x, 0) == 0,
            "slope is x e^x > 0": sp.simplify(sp.diff(difference, x) - x * sp.exp(x)) == 0,
        },
        "e^x - 1 < x e^x for every x > 0",
    )


@evidence("T1-P8", method=Method.BALL, reading="K eps small")
@control("with few levels the same tolerance is kept", count=3)
def small_tolerance_is_exceeded(count: int = 101) -> Outcome:
    """101 levels: 0 and the integers 9901, ..., 10000; theta = 0; K eps = 1/10, so eps = 1/1010 and the
    paper's temperature is 10000/(1/10) = 100000. The level 0 has probability 1/(1 + sum exp(-q/100000)),
    that is 1.1034/K: more than (1 + K eps)/K = 1.1/K. So (21) fails although K eps is small: a deviation of
    eps e^(K eps) is not a deviation of eps.
    """
    levels = [0, *range(10001 - (count - 1), 10001)]
    scaled = Fraction(1, 10)
    temperature = Fraction(10000) / scaled
    probability = share_of(0, 0, levels, temperature)
    computed = level_probabilities(np.array([0.0]), np.array(levels, float), float(temperature))[0, 0]
    return refuted_if(
        hypotheses={"T0 = DeltaE/(K eps) with K eps = 1/10": temperature * scaled == 10000},
        violated={"K P > 1 + K eps": count * probability > ball(1 + scaled)},
        reference={
            "level_probabilities gives the same value": abs(computed - float(probability.mid()))
            <= 8 * np.finfo(float).eps
        },
        witness={"levels": f"0, {levels[1]}, ..., 10000", "theta": 0, "K eps": scaled, "T0": temperature},
        summary="For any K eps > 0 enough levels break (21): the largest K P tends to e^(K eps) > 1 + K eps",
        computed=f"K |P - 1/K| = {count * float(probability.mid()) - 1:.4f}",
        stated="at most 0.1",
    )


@evidence("T1-P8", method=Method.SYMBOLIC, reading="K fixed, eps to 0")
@control("without the limit in eps it depends on K", tolerance=sp.Rational(5, 2))
def vanishing_tolerance_is_met(tolerance: sp.Expr | None = None) -> Outcome:
    """The largest deviation over all level sets, divided by eps, is (K E/(E+N) - 1)/u with E = e^u (T1-R1).
    As u -> 0 it tends to N/(N+1) < 1, so below some eps, depending on K, (21) holds; which eps is T1-R3.
    """
    ratio = ((n + 1) * sp.exp(u) / (sp.exp(u) + n) - 1) / u
    value = sp.limit(ratio, u, 0) if tolerance is None else ratio.subs(u, tolerance)
    return proved_if(
        {"limit is below 1 for every K": sp.simplify(1 - value - 1 / (n + 1)) == 0},
        "deviation/eps -> (K-1)/K < 1 as eps -> 0 with K fixed",
        computed="(K-1)/K",
        stated="at most 1",
    )


@evidence("T1-P9", method=Method.SYMBOLIC, reading="arbitrary levels")
@control("for a fixed number of levels the constant is bounded", count=4)
def no_constant_in_front_of_eps(count: int | None = None) -> Outcome:
    """deviation/eps can be as near as we like to C(u, N) = ((N+1) E/(E+N) - 1)/u, E = e^u, with clustered
    levels (T1-R1). For fixed u it tends to (e^u - 1)/u as N grows, and this grows beyond all bounds with u.
    So no constant C serves all K and eps. Example: K = 1001, K eps = 10, levels 0 and 1000 integers below
    10^6: more than 90 times eps. (`count` keeps K fixed.)
    """
    ratio = ((n + 1) * sp.exp(u) / (sp.exp(u) + n) - 1) / u
    in_k = sp.limit(ratio, n, sp.oo) if count is None else ratio.subs(n, count - 1)
    levels = [0, *range(10**6 - 999, 10**6 + 1)]
    probability = share_of(0, 0, levels, 10**5)
    computed = level_probabilities(np.array([0.0]), np.array(levels, float), 1e5)[0, 0]
    factor = (1001 * probability - 1) / 10
    return refuted_if(
        hypotheses={
            "T0 = DeltaE/(K eps), K eps = 10": Fraction(10**6, 10) == 10**5,
            "eps < 1": Fraction(10, 1001) < 1,
        },
        violated={
            "K -> infinity gives (e^u - 1)/u": sp.simplify(in_k - (sp.exp(u) - 1) / u) == 0,
            "(e^u - 1)/u has no bound": sp.limit(in_k, u, sp.oo) == sp.oo,
            "example: deviation above 90 eps": factor > 90,
        },
        reference={
            "level_probabilities gives the same value": abs(computed - float(probability.mid()))
            <= 8 * np.finfo(float).eps
        },
        witness={"levels": "0, 999001, ..., 1000000", "theta": 0, "eps": Fraction(10, 1001), "T0": 10**5},
        summary="The deviation is of the order of eps only while K eps stays bounded",
        computed=f"{float(factor.mid()):.1f} eps",
        stated="order of eps",
    )

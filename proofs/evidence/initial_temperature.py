"""Theorem 1 for arbitrary levels: how hot a start must be, and for which K the paper's is hot enough.

Notation: DeltaE the spread of the distances from theta to the levels, E = exp(DeltaE/T), N = K - 1 and
u = K eps, the tolerance relative to 1/K. The paper's temperature means ln E = u.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball, certain_root
from proofs.bounds import initial_temperature_paper, initial_temperature_sharp
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.soft_quantization import level_probabilities


def share_of(
    level: int, theta: int | Fraction, levels: Sequence[int | Fraction], temperature: int | Fraction
) -> arb:
    """Ball around the probability of one level, from exact rational theta, levels and temperature."""
    weights = [(-ball(abs(Fraction(theta) - q) / Fraction(temperature))).exp() for q in levels]
    return weights[level] / sum(weights, arb(0))


def _log_ratio_minus_u(others: int, u: arb) -> arb:
    """ln((1 + u)/(1 - u/N)) - u: the paper's temperature suffices for all level sets where this is >= 0."""
    return (1 + u).log() - (1 - u / others).log() - u


@evidence("T1-S1", method=Method.BALL)
@control("equally spaced levels with the same ends keep the tolerance", levels=(-10, -5, 0, 5, 10))
def clustered_levels_exceed_the_tolerance(levels: tuple[int, ...] = (-10, -9, 0, 9, 10)) -> Outcome:
    """Five levels -10, -9, 0, 9, 10 and theta = 0: the distances spread over DeltaE = 10. With eps = 2/5 the
    paper's temperature is T0 = 10/(5 * 2/5) = 5. The level at theta then has probability
    1/(1 + 2 exp(-9/5) + 2 exp(-2)), about 0.6245, and 1/K + eps is 0.6.
    For which K and eps this happens is T1-R3; the temperature that suffices for all levels is T1-R1.
    """
    count, eps, theta = len(levels), Fraction(2, 5), 0
    distances = [abs(theta - q) for q in levels]
    spread = max(distances) - min(distances)
    temperature = Fraction(spread) / (count * eps)
    nearest = distances.index(min(distances))
    probability = share_of(nearest, theta, levels, temperature)
    allowed = Fraction(1, count) + eps
    computed = level_probabilities(np.array([0.0]), np.array(levels, float), float(temperature))[0, nearest]
    return refuted_if(
        hypotheses={
            "levels increase strictly": all(a < b for a, b in pairwise(levels)),
            "0 < eps < 1": 0 < eps < 1,
            "T0 >= DeltaE / (K eps)": temperature >= Fraction(spread) / (count * eps),
        },
        violated={"probability of the nearest level > 1/K + eps": probability > ball(allowed)},
        reference={
            "level_probabilities gives the same value": abs(computed - float(probability.mid()))
            <= 8 * np.finfo(float).eps
        },
        witness={"levels": levels, "theta": theta, "eps": eps, "T0": temperature},
        summary="Levels gathered far from theta leave too much to the level at theta (K >= 5; T1-R3)",
        computed=f"deviation {float(probability.mid()) - 1 / count:.4f}",
        stated=f"deviation at most {float(eps)}",
        tightness=initial_temperature_sharp(spread, count, float(eps)) / float(temperature),
    )


@evidence("T1-S1", method=Method.SYMBOLIC, reading="arbitrary levels, K <= 4")
@control("for five levels the derivative changes sign", counts=(5,))
def paper_initial_temperature_suffices_for_four_levels(counts: tuple[int, ...] = (2, 3, 4)) -> Outcome:
    """By T1-R1 the paper's temperature suffices for all level sets iff ln((1+u)/(1-u/N)) >= u on 0 < u < N.
    At u = 0 both sides vanish; the derivative of the difference has the sign of u^2 - (N-1) u + 1, whose
    discriminant (N-1)^2 - 4 is at most 0 for N = 1, 2, 3. So the difference never decreases.
    Tolerances u >= N exclude nothing.
    """
    u, n = sp.symbols("u N", positive=True)
    difference = sp.log(1 + u) - sp.log(1 - u / n) - u
    slope = sp.diff(difference, u)
    checks: dict[str, object] = {
        "slope is (u^2 - (N-1)u + 1)/((1+u)(N-u))": sp.simplify(
            slope - (u**2 - (n - 1) * u + 1) / ((1 + u) * (n - u))
        )
        == 0,
        "difference is 0 at u = 0": sp.limit(difference, u, 0) == 0,
    }
    for count in counts:
        checks[f"K={count}: discriminant (K-2)^2 - 4 <= 0"] = (
            sp.discriminant(u**2 - (count - 2) * u + 1, u) <= 0
        )
    return proved_if(
        checks,
        "For K = 2, 3, 4 the paper's temperature suffices whatever the levels",
        computed=f"T0 = {initial_temperature_sharp(1, 4, 0.01):.4g} DeltaE (K=4, eps=0.01)",
        stated=f"T0 = {initial_temperature_paper(1, 4, 0.01):.4g} DeltaE",
        tightness=initial_temperature_sharp(1, 4, 0.01) / initial_temperature_paper(1, 4, 0.01),
    )


@evidence("T1-R1", method=Method.SYMBOLIC)
@control("with two nearest levels the example does not attain the bound", nearest=2)
def sharp_initial_temperature_for_all_level_sets(nearest: int = 1) -> Outcome:
    """Divide all weights by the smallest: they lie in [1, E]. A share w/(w + rest) grows with w and falls
    with the rest, so every P_k lies between 1/(1 + N E) and E/(E + N). The excess over 1/K is the larger of
    the two deviations (their difference is N (N-1) (E-1)^2 over a positive product), and E/(E+N) <= 1/K + eps
    holds exactly when E <= (1+u)/(1-u/N), that is T >= DeltaE/ln((1+u)/(1-u/N)).
    Best possible: theta on the level 0, the others at D, D - delta/N, D - 2 delta/N, ... (distinct). The
    spread is D and the share of the level 0 is at least 1/(1 + N exp(-(D-delta)/T)), which tends to E/(E+N)
    as delta -> 0; so any lower T fails for some delta. For K <= 3 it is attained (levels -D, 0, D).
    (`nearest` m gives the example m levels at theta instead of one.)
    """
    w, rest, n, u, e = sp.symbols("w rest N u E", positive=True)
    share = w / (w + rest)
    upper = e / (e + n) - 1 / (n + 1)
    lower = 1 / (n + 1) - 1 / (1 + n * e)
    threshold = sp.solve(sp.Eq(e / (e + n), (1 + u) / (n + 1)), e)
    d, delta, t = sp.symbols("D delta T", positive=True)
    approached = sp.limit(1 / (nearest + (n + 1 - nearest) * sp.exp(-(d - delta) / t)), delta, 0)
    attained = share_of(1, 0, (-1, 0, 1), 1) - ball(1).exp() / (ball(1).exp() + 2)
    return proved_if(
        {
            "share grows with its weight": sp.simplify(sp.diff(share, w) - rest / (w + rest) ** 2) == 0,
            "share falls with the rest": sp.simplify(sp.diff(share, rest) + w / (w + rest) ** 2) == 0,
            "upper minus lower deviation is N(N-1)(E-1)^2/positive": sp.simplify(
                upper - lower - n * (n - 1) * (e - 1) ** 2 / ((n + 1) * (e + n) * (1 + n * e))
            )
            == 0,
            "E/(E+N) = 1/K + eps only at E = (1+u)/(1-u/N)": len(threshold) == 1
            and sp.simplify(threshold[0] - (1 + u) / (1 - u / n)) == 0,
            "E/(E+N) increases with E": sp.simplify(sp.diff(e / (e + n), e) - n / (e + n) ** 2) == 0,
            "clustered levels approach E/(E+N)": sp.simplify(approached - 1 / (1 + n * sp.exp(-d / t))) == 0,
            "levels -1, 0, 1 at theta = 0 attain it": abs(attained) < ball("1e-30"),
        },
        "Deviation at most eps for every level set iff T0 >= DeltaE / ln((1+K eps)/(1-K eps/(K-1)))",
        computed=f"T0 = {initial_temperature_sharp(1, 256, 0.001):.5g} DeltaE (K=256, eps=0.001)",
        stated=f"T0 = {initial_temperature_paper(1, 256, 0.001):.5g} DeltaE, too cold",
        tightness=initial_temperature_sharp(1, 256, 0.001) / initial_temperature_paper(1, 256, 0.001),
    )


@evidence("T1-R3", method=Method.BALL)
@control("for four levels there is no bad tolerance", counts=(4,))
def tolerances_for_which_the_paper_temperature_fails(
    counts: tuple[int, ...] = (5, 6, 10, 255, 256, 512, 1023, 1024),
) -> Outcome:
    """Let g(u) = ln((1+u)/(1-u/N)) - u, so that the paper's temperature suffices for all level sets iff
    g(u) >= 0 (T1-R1). For N >= 4 the slope of g has two roots u1 < 1 < u2 (their product is 1, their sum is
    N - 1 < N), so g rises from g(0) = 0, falls between u1 and u2 and rises to infinity at u = N. And
    g(2) = ln(3N/(N-2)) - 2 < 0, because 3N/(N-2) falls with N and is 6 < e^2 at N = 4. So g is negative
    exactly on one open interval (u-, u+) with 0 < u- < 2 < u+ < N; at its ends the sharp temperature is the
    paper's, and there it still suffices. For K <= 4 g is nowhere negative. The intervals of the paper's K
    are enclosed by certain signs of g.
    """
    u, n = sp.symbols("u N", positive=True)
    more = sp.symbols("m", nonnegative=True)  # N = 4 + m
    worst = 3 * n / (n - 2)
    slope = sp.diff(sp.log(1 + u) - sp.log(1 - u / n) - u, u)
    numerator = u**2 - (n - 1) * u + 1
    two_roots = sp.discriminant(numerator, u)
    checks: dict[str, object] = {
        "slope is (u^2 - (N-1)u + 1)/((1+u)(N-u))": sp.simplify(slope - numerator / ((1 + u) * (n - u))) == 0,
        "two roots for N >= 4": sp.expand(two_roots.subs(n, 4 + more)).is_positive,
        "at most one for N = 1, 2, 3": all(two_roots.subs(n, others) <= 0 for others in (1, 2, 3)),
        "3N/(N-2) falls with N": sp.simplify(sp.diff(worst, n) + 6 / (n - 2) ** 2) == 0,
        "3N/(N-2) = 6 at N = 4": worst.subs(n, 4) == 6,
        "6 < e^2": ball(6) < ball(2).exp(),
    }
    intervals = {}
    for count in counts:
        others = count - 1
        checks[f"K={count}: g(2) < 0"] = others > 2 and _log_ratio_minus_u(others, ball(2)) < 0
        if not checks[f"K={count}: g(2) < 0"]:
            continue
        below = certain_root(lambda u, m=others: -_log_ratio_minus_u(m, u), Fraction(1, others), 2)  # type: ignore[misc]
        above = certain_root(lambda y, m=others: _near_the_upper_end(m, y), 1, others)  # type: ignore[misc]
        checks[f"K={count}: both ends enclosed"] = below[0] < below[1] < 2 and above[0] < above[1]
        distance = (ball(1) - ball(Fraction(1, count))) * (-ball(above[0])).exp()
        intervals[f"K={count}"] = (
            f"{float(below[1]) / count:.4g} < eps < 1 - 1/K - {distance.mid().str(3, radius=False)}"
        )
    return proved_if(
        checks,
        "The paper's T0 fails for some level set iff K >= 5 and eps lies in one open interval around 2/K",
        computed=intervals.get("K=256"),
        stated="no eps in (0, 1) is bad",
        witness=intervals,
    )


def _near_the_upper_end(others: int, y: arb) -> arb:
    """g at u = N (1 - exp(-y)), which resolves tolerances next to 1 - 1/K."""
    u = others * (1 - (-y).exp())
    return (1 + u).log() + y - u

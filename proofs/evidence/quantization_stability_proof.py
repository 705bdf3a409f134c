"""The steps of the proof of Theorem 5, one by one.

The factor exp(-|theta - q_k|/T) survives only with a constant that is exponential in (hull width)/T, and the
last step, which turns it into exp(-|d|/T), uses the inequality in the wrong direction. The step about a single
probability is in ``probability_changes``.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.evidence.quantization_stability import modulus_lemmas
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import KAPPA, LEVEL_COUNTS, T_MAX, T_MIN_SHARE
from proofs.passages import satisfiable
from proofs.quantization_lemmas import OCTAVE, named, zero
from proofs.registry import control, evidence
from reference.levels import scaled_levels
from reference.soft_quantization import level_probabilities

PAIR = (Fraction(-1), Fraction(1))
LEVELS = np.array([-1.0, 1.0])
EPS = np.finfo(float).eps


@evidence("T5-P1", method=Method.SYMBOLIC)
@control("with an asymmetric step the difference is not 0 and a mean value exists", left=0)
def no_mean_value_across_a_level(left: int = -1) -> Outcome:
    """f(theta) = exp(-|theta|/T) around the level q = 0, the step from -1 to 1: the difference is 0, while
    the derivative is -exp(-theta/T)/T for theta > 0, exp(theta/T)/T for theta < 0 and does not exist at 0,
    so it is nowhere 0. No point of the step gives the mean value.
    """
    heat, theta = sp.symbols("T theta", positive=True)
    difference = sp.exp(-1 / heat) - sp.exp(-sp.Abs(left) / heat)
    right, other = sp.diff(sp.exp(-theta / heat), theta), sp.diff(sp.exp(theta / heat), theta)
    law = level_probabilities(np.array([-1.0, 1.0]), np.array([-3.0, 0.0, 3.0]), OCTAVE)[:, 1]
    return refuted_if(
        hypotheses={"the step contains the level 0": left <= 0 < 1},
        violated={
            "the difference over the step is 0": sp.simplify(difference) == 0,
            "the derivative is negative to the right": right.is_negative,
            "and positive to the left": other.is_positive,
        },
        reference={"P of the middle level is the same at -1 and 1": abs(law[1] - law[0]) < 4 * EPS},
        witness={"q": 0, "theta": left, "d": 1 - left, "difference": 0},
        summary="Across a level the difference can be 0 while the derivative is nowhere 0",
        computed="an inequality holds instead",
        stated="equality at some point between",
    )


@evidence("T5-P1", method=Method.SYMBOLIC, reading="no level inside the step")
@evidence("T5-P1", method=Method.SYMBOLIC, reading="inequality")
@evidence("T5-P2", method=Method.SYMBOLIC)
@control("without the factor 1/T the derivative is not bounded so", power=0)
def the_weight_has_the_stated_derivative(power: int = 1) -> Outcome:
    """On either side of q the weight is exp(-s/T) with s = |theta - q|, and its derivative has magnitude
    exp(-s/T)/T exactly. There it is smooth, so on a step without a level inside the mean value theorem
    applies. A step across q is cut at q; both parts have a difference of at most their length times the
    largest magnitude, so the whole has one of at most |d| times it.
    """
    heat, s = sp.symbols("T s", positive=True)
    first, second, peak = z3.Reals("f g m")
    lengths = z3.Reals("x y")
    parts = [
        z3.And(part <= peak * length, -part <= peak * length)
        for part, length in zip((first, second), lengths, strict=True)
    ]
    whole = peak * (lengths[0] + lengths[1])
    broken = z3.Or(first + second > whole, -(first + second) > whole)
    return proved_if(
        {
            "magnitude of the derivative": zero(
                -sp.diff(sp.exp(-s / heat), s) - sp.exp(-s / heat) / heat**power
            ),
            "two parts add up": satisfiable(*parts, peak >= 0, lengths[0] >= 0, lengths[1] >= 0, broken)
            is None,
        },
        "|derivative| = exp(-|theta - q|/T)/T off the level; the mean value inequality holds on every step",
    )


@evidence("T5-P3", method=Method.EXACT)
@control("from the end of two far levels it is near 1", levels=(Fraction(-20), Fraction(0)))
def the_denominator_is_not_near_one(
    levels: tuple[Fraction, ...] = (Fraction(-1), Fraction(0), Fraction(1)),
) -> Outcome:
    """Levels -1, 0, 1, theta = 0, T = 1/ln 2: Z = 1 + 1/2 + 1/2 = 2. In general Z tends to K for T ->
    infinity and, at any theta that is no level, to 0 for T -> 0.
    """
    total = sum((Fraction(1, 2 ** abs(level).numerator) for level in levels), Fraction(0))
    share = level_probabilities(np.array([0.0]), np.array([float(q) for q in levels]), OCTAVE)[0]
    return refuted_if(
        hypotheses={"theta = 0 is in the hull": min(levels) <= 0 <= max(levels)},
        violated={"Z is at least 2": total >= 2},
        reference={"P(0) = 1/Z": abs(share[levels.index(Fraction(0))] * float(total) - 1) < 8 * EPS},
        witness={"levels": "-1, 0, 1", "T": "1/ln 2", "theta": 0, "Z": total},
        summary="Z = 2 already for three levels at T = 1/ln 2",
        computed="between 0 and K",
        stated="near 1",
    )


@evidence("T5-P3", method=Method.BALL, reading="the paper's settings")
@control("a hundred times colder Z does fall to about 1", coldness=100)
def the_denominator_at_the_papers_settings(coldness: int = 1) -> Outcome:
    """Theta in the hull, between a level on its left and one on its right; the larger of the two groups has
    at least K/2 levels, the nearest of them at most h away, so Z >= r (1 - r^(K/2))/(1 - r) with r =
    exp(-h/T). On the ten grids this is above 5 at T_min and above K/4 at T_max. (`coldness` divides
    T_min.)
    """
    smallest: list[bool] = []
    hot_share: list[bool] = []
    lowest = T_MIN_SHARE * T_MAX / coldness
    for count in LEVEL_COUNTS:
        for kappa in KAPPA:
            spacing = 2 * kappa / (count - 1)
            for temperature, least, kept in (
                (lowest, ball(5), smallest),
                (T_MAX, ball(Fraction(count, 4)), hot_share),
            ):
                r = (-ball(spacing / temperature)).exp()
                kept.append(r * (1 - r ** (count // 2)) / (1 - r) > least)
    levels = scaled_levels(1.0, 1.0, 255)
    share = level_probabilities(levels[:1], levels, 0.05)[0, 0]
    return refuted_if(
        hypotheses={
            "theta anywhere in the hull, all ten grids": len(smallest) == len(LEVEL_COUNTS) * len(KAPPA)
        },
        violated={"Z > 5 at T_min": all(smallest), "Z > K/4 at T_max": all(hot_share)},
        reference={"P of the end level at T_min is below 1/5": share < 0.2},
        witness={
            "T_min": "0.05 sigma",
            "T_max": "5 sigma",
            "Z at the end, K = 255, kappa = 1": f"{1 / share:.3f}",
        },
        summary="At the paper's settings Z lies between 5 and K, nowhere near 1",
        computed="5 < Z (T_min), K/4 < Z (T_max)",
        stated="near 1",
    )


@evidence("T5-P5", method=Method.SMT)
@control("weights q_k without magnitudes give no bound", signed=-1)
def changes_pass_to_the_mean_by_linearity(signed: int = 1) -> Outcome:
    """The change of S is the sum of q_k (P'_k - P_k), hence at most the sum of |q_k| |P'_k - P_k|; the
    induction step from K to K + 1 terms is decided by SMT. (The changes of the P_k add up to 0, so q_k may
    be replaced by q_k - c, which makes the bound translation invariant and leads to T5-R1.) (`signed` -1
    flips one magnitude.)
    """
    total, bound, q, change = z3.Reals("total bound q change")
    size, new = z3.Abs, total + q * change
    step = z3.And(size(total) <= bound, size(new) > bound + signed * size(q) * size(change))
    return proved_if(
        {"no exception in the induction step": satisfiable(step) is None},
        "|S' - S| <= sum |q_k| |P'_k - P_k|",
    )


@evidence("T5-P6", method=Method.EXACT)
@control("when the perturbation is the smaller one the inequality holds", distance=3)
def the_exponentials_are_ordered_the_other_way(distance: int = 1) -> Outcome:
    """T = 1/ln 2, |theta - q_k| = 1, |d| = 2: exp(-|theta - q_k|/T) = 1/2 > 1/4 = exp(-|d|/T). As exp(-s/T)
    falls in s, the inequality needs |d| <= |theta - q_k|, the reverse of the condition stated.
    """
    perturbation = 2
    left, right = Fraction(1, 2**distance), Fraction(1, 2**perturbation)
    share = level_probabilities(np.array([1.0]), np.array([0.0, 3.0]), OCTAVE)[0]
    return refuted_if(
        hypotheses={"|d| >= |theta - q_k|": perturbation >= distance},
        violated={"exp(-|theta - q_k|/T) is larger": left > right},
        reference={"weights 1/2 and 1/4 in the reference": abs(share[0] / share[1] - 2) < 8 * EPS},
        witness={
            "T": "1/ln 2",
            "|theta - q_k|": distance,
            "|d|": perturbation,
            "left, right": f"{left}, {right}",
        },
        summary="1/2 <= 1/4 is false",
        computed="needs |d| <= |theta - q_k|",
        stated="|d| >= |theta - q_k|",
    )


@evidence("T5-P6", method=Method.SYMBOLIC, reading="|d| <= |theta-q_k|")
@control("with |d| larger instead the difference has the other sign", sign=-1)
def the_reverse_condition_suffices(sign: int = 1) -> Outcome:
    """With |theta - q_k| = |d| + e, e >= 0: exp(-|d|/T) - exp(-|theta - q_k|/T) = exp(-|d|/T)(1 - exp(-e/T))
    >= 0.
    """
    d, extra, heat = sp.symbols("d e T", positive=True)
    difference = sp.exp(-d / heat) - sp.exp(-(d + sign * extra) / heat)
    factor = 1 - sp.exp(-sign * extra / heat)
    return proved_if(
        {
            "factorization": zero(difference - sp.exp(-d / heat) * factor),
            "0 at e = 0 and increasing": factor.subs(extra, 0) == 0 and sp.diff(factor, extra).is_positive,
        },
        "exp(-|theta - q_k|/T) <= exp(-|d|/T) when |d| <= |theta - q_k|",
    )


@evidence("T5-P7", method=Method.SMT)
@control("a third of the largest |q_k| would not do", share=Fraction(1, 3))
def the_largest_level_serves_as_a_constant(share: Fraction = Fraction(1)) -> Outcome:
    """|S' - S| <= (D/2)|d|/T (T5-S1), and D = q_K - q_1 <= |q_K| + |q_1| <= 2 max|q_k|, so max|q_k| serves as
    C. It is not the right scale: adding 100 to theta and all levels changes max|q_k| but neither D nor S'
    - S.
    """
    first, last, largest = z3.Reals("q_1 q_K m")
    bounds = z3.And(first <= last, -largest <= first, last <= largest)
    u, ratio = sp.Symbol("u", positive=True), z3.Q(share.numerator, share.denominator)
    gap = u / 2 - sp.tanh(u / 2)
    return proved_if(
        {
            **named("modulus", modulus_lemmas()),
            "tanh(u/2) <= u/2": gap.subs(u, 0) == 0 and zero(gap.diff(u) - sp.tanh(u / 2) ** 2 / 2),
            "D/2 <= max|q_k|": satisfiable(bounds, (last - first) / 2 > ratio * largest) is None,
        },
        "|S' - S| <= max|q_k| |d|/T",
        computed="D/2, e.g. 1 for the levels 99 and 101",
        stated="max|q_k|, there 101",
        tightness=1 / 101,
    )

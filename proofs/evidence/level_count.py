"""How many levels: the numbers that the paper names, and whether more of them do harm."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, refuted_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.levels import uniform_levels
from reference.soft_quantization import soft_quantize


@evidence("X-2", "PQ-12", method=Method.SMT)
@control(
    "without the single value for all experiments two values remain possible",
    without="L138: K = 512 everywhere",
)
def three_passages_on_k(without: str | None = None) -> Outcome:
    """Let K_small be the number of levels used for small and medium networks, K_large that for ImageNet and
    Kinetics. L119 says 256 and 1024, L138 says 512 in all experiments.
    """
    small, large = z3.Ints("K_small K_large")
    return compare(
        {
            "L119: 256 small and medium, 1024 large": z3.And(small == 256, large == 1024),
            "L138: K = 512 everywhere": z3.And(small == 512, large == 512),
        },
        "K is 256 or 1024 by size of the network (L119), and 512 in all experiments (L138)",
        without=without,
        computed="no common K",
    )


@evidence("X-2", "PQ-12", method=Method.SMT, reading="the best K is the K used")
@control(
    "without L119 the best numbers of L41 can be those used", without="L119: 256 small and medium, 1024 large"
)
def best_k_contradicts_k_used(without: str | None = None) -> Outcome:
    """L41 reports 1024 and 512 as the best numbers, depending on the data set. If the best number is the one
    used, no network has 256 levels, against L119; and not all have 512, against L138 if 1024 occurs.
    """
    small, large = z3.Ints("K_small K_large")
    best = [z3.Or(value == 512, value == 1024) for value in (small, large)]
    return compare(
        {
            "L41: the best K is 1024 or 512": z3.And(*best),
            "L119: 256 small and medium, 1024 large": z3.And(small == 256, large == 1024),
        },
        "256 levels (L119) are never among the best numbers reported, 512 and 1024 (L41)",
        without=without,
    )


def passages_on_gains(gain: Fraction, lead: Fraction) -> dict[str, z3.BoolRef]:
    """What the three passages say of the accuracies a, in percent, on one data set where 512 is the best
    number and on one where 1024 is.

    gain: the most that can be gained beyond 256; lead: by how much the best number beats 1024 or 512
    """
    best, harmless, close = [], [], []
    for winner in (512, 1024):
        a, b, c, d = (z3.Real(f"a_{count}_of_{winner}") for count in (128, 256, 512, 1024))
        first, other = (c, d) if winner == 512 else (d, c)
        best.append(z3.And(first > b, first >= other + z3.RealVal(str(lead))))
        harmless.append(z3.And(a >= 0, d <= 100, a <= b, b <= c, c <= d))
        harmless.append(z3.And(d - c <= c - b, c - b <= b - a, d - b <= z3.RealVal(str(gain))))
        close.append(z3.And(first - a <= 1))
    return {
        "L41: the best K is 512 on one data set, 1024 on another": z3.And(best),
        "L119: no harm, and diminishing gains beyond 256": z3.And(harmless),
        "L57: smaller K comes close": z3.And(close),
    }


@evidence("X-39", method=Method.SMT, reading="gains shrink beyond 256")
@control("a best number 512 that is better than 1024 means that more levels do harm", lead=Fraction(1, 100))
@control("with nothing at all to gain beyond 256 neither can be the best", gain=Fraction(0))
def diminishing_gains_are_compatible(gain: Fraction = Fraction(1), lead: Fraction = Fraction(0)) -> Outcome:
    """Let a(K) be the accuracy on a data set. L41: 512 is the best number on one, 1024 on another, both
    better than 256. L119: a does not fall with K, and the gains beyond 256 become smaller. L57: a(128) is
    within a percentage point (our choice) of the best. The witness satisfies all three, with 1024 as good as
    512 where 512 is the best: a best number that were better than both neighbours would be harmed by more
    levels. So this says only that no passage excludes the others, not that any is true.
    """
    return compare(passages_on_gains(gain, lead), "Gains that shrink beyond 256 leave 512 or 1024 the best")


@evidence("X-39", method=Method.SMT, reading="gains stop at 256")
@control("with a hundredth of a percentage point to gain the passages agree", gain=Fraction(1, 100))
@control(
    "without the numbers of L41 they agree", without="L41: the best K is 512 on one data set, 1024 on another"
)
def a_best_k_beyond_the_last_gain(gain: Fraction = Fraction(0), without: str | None = None) -> Outcome:
    """If accuracy did not grow at all beyond 256, then a(512) <= a(256) and a(1024) <= a(256), and 512 or
    1024 could not be better than 256, as L41 reports. Any gain, however small, would do.
    """
    return compare(
        passages_on_gains(gain, Fraction(0)),
        "No K beyond 256 can be the best if nothing is gained beyond 256",
        without=without,
    )


def hard_quantized(start: Fraction, levels: tuple[int, ...], step: Fraction, target: Fraction) -> Fraction:
    """End of theta <- nearest level of theta - step (theta - target), iterated until it repeats."""
    place = start
    for _ in range(100):
        proposal = place - step * (place - target)
        following = Fraction(min(levels, key=lambda level: abs(proposal - level)))
        if following == place:
            break
        place = following
    return place


@evidence("PQ-13", method=Method.BALL)
@control("with a smaller learning rate neither grid lets the parameter move on", step=Fraction(1, 10))
def a_third_level_makes_the_result_worse(step: Fraction = Fraction(11, 20)) -> Outcome:
    """Loss (theta - 9/10)^2/2, learning rate 11/20, start -1, cold quantizer. The first proposal is 9/200.
    With levels -1, 1 the nearest is 1; from there the proposal 189/200 goes back to 1: final loss 1/200. With
    levels -1, 0, 1 the nearest is 0; from there the proposal 99/200 < 1/2 goes back to 0: final loss 81/200.
    At T = 10^-4 the soft quantizer does the same for ever: from within 10^-3 of 0 (of 1) it returns to within
    10^-3 of it.
    """
    target, start = Fraction(9, 10), Fraction(-1)
    two = hard_quantized(start, (-1, 1), step, target)
    three = hard_quantized(start, (-1, 0, 1), step, target)
    loss = {"two levels": (two - target) ** 2 / 2, "three levels": (three - target) ** 2 / 2}
    cold, near = ball("1/10000"), ball("1/1000")
    reach = near * 9 / 20  # a place within 1/1000 of a level proposes a value this close to that of the level
    # On -1, 0, 1 a proposal u in (0, 1/2) gives |S| <= e^(-(1-2u)/T); on -1, 1 a proposal u > 0 gives
    # 1 - S = 2/(1 + e^(2u/T)) <= 2 e^(-2u/T).
    leaves_zero = [(-(1 - 2 * u) / cold).exp() for u in (ball("9/200"), ball("99/200") + reach)]
    leaves_one = [2 * (-2 * u / cold).exp() for u in (ball("9/200"), ball("189/200") - reach)]
    final = {}
    for count in (2, 3):
        place = np.array([float(start)])
        for _ in range(50):
            proposal = place - float(step) * (place - float(target))
            place = soft_quantize(proposal, uniform_levels(1.0, count), 1e-4)
        final[count] = (place[0] - float(target)) ** 2 / 2
    eps = float(np.finfo(float).eps)
    return refuted_if(
        hypotheses={
            "T = 1/10000, levels -1, 0, 1: S within 1/1000 of 0": all(v < near for v in leaves_zero),
            "T = 1/10000, levels -1, 1: S within 1/1000 of 1": all(v < near for v in leaves_one),
        },
        violated={"more levels, larger final loss": loss["three levels"] > loss["two levels"]},
        reference={
            "final losses 1/200 and 81/200 after 50 steps at T = 1/10000": abs(final[2] - 1 / 200) <= 8 * eps
            and abs(final[3] - 81 / 200) <= 8 * eps
        },
        witness={
            "loss": "(theta - 9/10)^2 / 2",
            "learning rate": step,
            "start": start,
            "levels": "-1, 1 against -1, 0, 1",
        },
        summary="A third level stops the parameter halfway: final loss 81/200 instead of 1/200",
        computed=f"final loss {loss['three levels']} (K = 3) against {loss['two levels']} (K = 2)",
        stated="a larger K does no harm",
    )


@evidence("PQ-13", method=Method.SMT, reading="Theorem 2's condition stays met")
@control("if the gap did not shrink with K the bound would only halve from K to 2K", gap_shrinks=False)
def theorem_2_gets_harder_with_k(gap_shrinks: bool = True) -> Outcome:
    """Theorem 2 needs T_f <= gap/(K ln(1/eps)) for every parameter. On a grid of range D no gap exceeds the
    spacing D/(K-1), so T_f <= D/(K (K-1) ln(1/eps)): from K to 2K the bound falls at least fourfold. A
    temperature that meets the condition for K, at the largest possible gap, misses it for 2K. (`gap_shrinks`
    off: a gap that may be D whatever K, so the bound is D/(K ln(1/eps)).)
    """
    count, spread, log, t = z3.Reals("K D log t")

    def cost(levels: z3.ArithRef) -> z3.ArithRef:
        return levels * (levels - 1) if gap_shrinks else levels

    setting = [count >= 2, spread > 0, log > 0, t * cost(count) * log == spread]
    return refuted_if(
        hypotheses={"some T_f meets the condition for K": satisfiable(*setting) is not None},
        violated={
            "none of them meets it for 2K": satisfiable(*setting, t * cost(2 * count) * log <= spread)
            is None,
            "the bound falls at least fourfold": satisfiable(count >= 2, cost(2 * count) < 4 * cost(count))
            is None,
        },
        witness={"K": "any K and 2K", "T_f": "D/(K (K-1) ln(1/eps))"},
        reference={
            "spacing halves when K - 1 doubles": 2 * np.diff(uniform_levels(1.0, 3))[0]
            == np.diff(uniform_levels(1.0, 2))[0]
        },
        summary=(
            "Theorem 2's own condition gets harder as 1/K^2: a larger K can leave it unmet at a given T_min"
        ),
        computed="T_f <= D/(K (K-1) ln(1/eps))",
        stated="larger K does not harm",
    )

"""How uniform the level probabilities are at T_max = 5 sigma, and what a drawn level would do there."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
import z3
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if
from proofs.paper_settings import LEVEL_COUNTS, T_MAX
from proofs.passages import compare
from proofs.registry import control, evidence


def end_probabilities(count: int) -> tuple[arb, arb]:
    """K times the largest and the smallest probability that any theta has at T_max, kappa = 1: those at the
    end.
    """
    x = 2 / ball(T_MAX) / (count - 1)
    largest = count * (-x).expm1() / (-count * x).expm1()
    return largest, largest * (-(count - 1) * x).exp()


@evidence("ENT-6", method=Method.BALL, reading="S is the level probability")
@control("within a fifth they do not all lie", within=Fraction(1, 5))
def probabilities_at_t_max_are_nearly_uniform(within: Fraction = Fraction(22, 100)) -> Outcome:
    """Neighbouring sorted distances differ by at most h, with equality everywhere at an end of the grid
    (ENT-R2), so the ratio of the sorted probability at any theta to that at the end moves monotonically, and
    the end has the largest maximum and the smallest minimum. Both move away from 1/K as h/T, i.e. kappa,
    grows. At kappa = 1: K P_max = K (1-r)/(1-r^K), K P_min = r^(K-1) K P_max, r = exp(-h/T), in ball
    arithmetic.
    """
    ends = {count: end_probabilities(count) for count in LEVEL_COUNTS}
    limit = ball(within)
    return proved_if(
        {
            f"K = {count}: K P within {float(within)} of 1": abs(ends[count][0] - 1) < limit
            and abs(ends[count][1] - 1) < limit
            for count in LEVEL_COUNTS
        },
        "At T_max every level probability lies within 22 percent of 1/K, whatever theta",
        computed=f"K P in [{float(ends[255][1]):.4f}, {float(ends[255][0]):.4f}] (K = 255, kappa = 1)",
        stated="about 1/K",
    )


@evidence("ENT-6", method=Method.SMT, reading="S is the soft-quantized value")
@control("levels that are not symmetric may have the mean 1/K", without="L118: symmetric grid")
def the_mean_level_is_not_one_over_k(without: str | None = None) -> Outcome:
    """With equal probabilities S = (sum of the levels)/K. The paper's grid is symmetric, so the sum is 0 and
    S = 0 for every k; L124 says 1/K. Besides, S is measured in the units of the weights and 1/K is a pure
    number.
    """
    s, total, count = z3.Reals("S sum_of_levels K")
    size = count >= 2
    return compare(
        {
            "L207: S is the mean level": z3.And(size, s * count == total),
            "L118: symmetric grid": z3.And(size, total == 0),
            "L124: S = 1/K": z3.And(size, s * count == 1),
        },
        "At equal probabilities the soft-quantized value is the centre of the grid, 0, not 1/K",
        without=without,
        computed="S = 0",
        stated="S = 1/K",
    )


@evidence("ENT-7", method=Method.BALL, reading="a level is drawn")
@control("a larger share of the hull is not certain", needed=Fraction(3, 5))
def drawn_levels_spread_over_the_hull(needed: Fraction = Fraction(1, 2)) -> Outcome:
    """For every centre c the sum of P_k (q_k - c)^2 is at least P_min times the sum of (q_k - c)^2, so the
    variance of the drawn level is at least K P_min times that of the uniform law, D^2 (K+1)/(12 (K-1)) >=
    D^2/12. With K P_min >= 0.81 (as for ENT-6) two standard deviations are at least 0.52 D. (`needed`: share
    of the hull.)
    """
    i, k = sp.symbols("i K", integer=True, positive=True)
    uniform = sp.summation((i - (k - 1) / 2) ** 2, (i, 0, k - 1)) / k
    shares = {count: 2 * (end_probabilities(count)[1] / 12).sqrt() for count in LEVEL_COUNTS}
    return proved_if(
        {
            f"K = {count}: two standard deviations above the share": shares[count] > ball(needed)
            for count in LEVEL_COUNTS
        }
        | {
            "variance of the uniform index is (K^2-1)/12": sp.simplify(uniform - (k**2 - 1) / 12) == 0,
        },
        "A level drawn at T_max has two standard deviations of at least half the hull",
        computed=f"at least {float(shares[255]):.3f} of the hull",
        stated="at least half",
    )

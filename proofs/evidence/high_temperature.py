"""What a hot start does: probabilities tend to uniform, and the mean level to one point."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import LEVEL_COUNTS, range_over_t_max
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.soft_quantization import soft_quantize


def mean_distance_from_the_end(count: int, range_over_temperature: Fraction) -> arb:
    """(q_K - S(q_K)) / (q_K - q_1) for theta at the end: the mean of a truncated geometric law."""
    x = range_over_temperature / (count - 1)
    r, rk = (-ball(x)).exp(), (-ball(x * count)).exp()
    return (r / (1 - r) - count * rk / (1 - rk)) / (count - 1)


@evidence("T1-S2", method=Method.SMT)
@control("a level outside the stated range breaks the bound", inside=False)
def energy_spread_is_at_most_the_range(inside: bool = True) -> Outcome:
    """DeltaE is a maximum over finitely many pairs of levels, so it exists and is at least 0. For levels a, b
    in [lo, hi], ||theta-a| - |theta-b|| <= hi - lo, with strict inequality if lo < theta < hi, and equality
    for a = lo, b = hi if theta is outside. Three different levels cannot all be equally far from theta, so
    DeltaE > 0 when K >= 3. (`inside`: levels a and b lie in the range.)
    """
    a, b, c, lo, hi, theta = z3.Reals("a b c lo hi theta")

    def distance(q: z3.ArithRef) -> z3.ArithRef:
        return z3.If(theta >= q, theta - q, q - theta)

    spread = z3.If(distance(a) >= distance(b), distance(a) - distance(b), distance(b) - distance(a))
    levels = (
        z3.And(lo < hi, a >= lo, b >= lo, a <= hi, b <= hi) if inside else z3.And(lo < hi, a >= lo, b >= lo)
    )
    outside = z3.Or(theta <= lo, theta >= hi)
    return proved_if(
        {
            "spread <= range": satisfiable(levels, spread > hi - lo) is None,
            "strictly between the ends: spread < range": satisfiable(
                levels, z3.Not(outside), spread >= hi - lo
            )
            is None,
            "outside: the outermost levels give the range": satisfiable(
                lo < hi, outside, a == lo, b == hi, spread != hi - lo
            )
            is None,
            "three different levels are not equally far": satisfiable(
                z3.Distinct(a, b, c), distance(a) == distance(b), distance(b) == distance(c)
            )
            is None,
        },
        "0 <= DeltaE(theta) <= q_K - q_1, equal to the range exactly outside the open hull",
    )


@evidence("PQ-6", method=Method.SYMBOLIC)
@control("at a fixed ratio of range to temperature there is no such limit", ratio=1)
def hot_probabilities_tend_to_uniform(ratio: int | None = None) -> Outcome:
    """With r = DeltaE/T every probability lies between 1/(1 + N e^r) and 1/(1 + N e^-r), N = K - 1 (T1-R1).
    Both tend to 1/K as T grows, and their slopes at r = 0 are -N/K^2 and N/K^2: the deviation is at most
    about r/K, one K-th of DeltaE/T. So "high" means T large against DeltaE, whatever K.
    """
    n, r = sp.symbols("N r", positive=True)
    low, high = 1 / (1 + n * sp.exp(r)), 1 / (1 + n * sp.exp(-r))
    at = 0 if ratio is None else ratio
    return proved_if(
        {
            "lower bound tends to 1/K": sp.simplify(low.subs(r, at) - 1 / (n + 1)) == 0,
            "upper bound tends to 1/K": sp.simplify(high.subs(r, at) - 1 / (n + 1)) == 0,
            "slopes are -+N/K^2": sp.simplify(sp.diff(high, r).subs(r, 0) - n / (n + 1) ** 2) == 0
            and sp.simplify(sp.diff(low, r).subs(r, 0) + n / (n + 1) ** 2) == 0,
        },
        "|P - 1/K| <= (K-1)/K^2 DeltaE/T to first order, for every level set",
    )


@evidence("T1-S3", method=Method.BALL)
@control("at a hundredth of the temperature the mean level does range over the hull", heat=Fraction(1, 100))
def uniform_probabilities_pin_the_mean_level(heat: Fraction = Fraction(1)) -> Outcome:
    """If all P_k are within eps of 1/K, S = sum q_k P_k differs from the mean of the levels by at most
    eps sum |q_k - mean|, which vanishes with eps: near-uniformity confines the parameter instead of letting
    it explore, and noise inside S changes nothing. Witness: levels -1 and 1, eps = 1/10, T0 = 10. The two
    distances differ by at most 2, so |S| <= tanh(1/10): whatever is proposed, the parameter lands within
    a tenth of the centre. At T_max = 5 sigma with kappa = 1 the paper's grids pin |S| below 0.07 sigma.
    """
    eps = Fraction(1, 10)
    temperature = heat * Fraction(2) / (2 * eps)
    reach = ball(1 / temperature).tanh()
    proposals = np.array([-1e9, -1.0, 0.3, 1.0, 1e9])
    computed = np.abs(soft_quantize(proposals, np.array([-1.0, 1.0]), float(temperature))).max()
    on_grids = [
        1 - 2 * mean_distance_from_the_end(k, range_over_t_max(Fraction(1)) / heat) for k in LEVEL_COUNTS
    ]
    return refuted_if(
        hypotheses={
            "T0 >= DeltaE/(K eps)": temperature >= 2 / (2 * eps),
            "both probabilities within eps of 1/2": reach / 2 <= ball(eps),
        },
        violated={
            "S reaches less than half of the hull, wherever theta is": reach < ball("0.5"),
            "the paper's grids: |S| < 0.07 half-widths at T_max": all(
                value < ball("0.07") for value in on_grids
            ),
        },
        reference={
            "largest |S| is tanh(1/10)": abs(computed - float(reach.mid())) <= 4 * np.finfo(float).eps
        },
        witness={"levels": "-1, 1", "eps": eps, "T0": temperature, "theta": "any"},
        summary="Near-uniform probabilities send every parameter to the middle of the levels",
        computed=f"reach {float(reach.mid()):.4f} of the hull; {float(on_grids[1].mid()):.4f} at T_max",
        stated="broad exploration",
    )


@evidence("T1-S3", method=Method.SYMBOLIC, reading="a level is drawn")
@control("a tolerance of 1/K allows probability zero", largest=1)
def drawn_levels_reach_everywhere(largest: Fraction | int = Fraction(1, 2)) -> Outcome:
    """P_k >= 1/K - eps >= 1/(2K) when eps <= 1/(2K): each draw can be any level. (`largest`: of K eps.)"""
    count, share = sp.symbols("K s", positive=True)
    eps = sp.sympify(largest) * share / count  # 0 < s <= 1
    excess = sp.expand((1 / count - eps - 1 / (2 * count)) * count)
    return proved_if(
        {"K P - 1/2 >= 0 for every s in (0, 1]": excess.subs(share, 1) >= 0 and excess.subs(share, 0) >= 0},
        "Every level is drawn with probability at least 1/(2K)",
    )

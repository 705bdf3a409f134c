"""What one application of soft quantization does to a weight at the temperatures and grids of the paper.

Lengths are in units of sigma: T_max = 5, T_min = 1/20, the grid has half-width kappa.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball, certain_root
from proofs.evidence.quantization_regimes import end_displacement_ball, lipschitz_ball
from proofs.outcome import Method, Outcome, proved_if
from proofs.paper_settings import KAPPA, LEVEL_COUNTS, T_MAX, T_MIN_SHARE
from proofs.quantization_lemmas import zero
from proofs.registry import control, evidence
from reference.levels import scaled_levels
from reference.soft_quantization import soft_quantize


def separating_temperature(count: int, kappa: Fraction) -> tuple[Fraction, Fraction]:
    """Certain bounds for T*, at which the smallest Lipschitz constant of S is 1, in units of sigma."""
    low, high = certain_root(lambda x: lipschitz_ball(x, count) - 1, Fraction(1, 100), Fraction(1), bits=40)
    spacing = 2 * kappa / (count - 1)
    return spacing / high, spacing / low


def inner_half_bound(spacing: Fraction, kappa: Fraction, temperature: Fraction) -> arb:
    """Bound of |S(theta) - theta| for |theta| <= kappa/2, at least L = kappa/2 away from both ends.

    See `one_application_at_the_papers_settings`: W + (L + h/(1-r) + W) exp(-L/T) / (2 (1 - exp(-L/T))).
    """
    depth, heat = ball(kappa / 2), ball(temperature)
    wobble = ball(spacing) ** 3 / (36 * ball(3).sqrt() * heat**2)
    decay = (-depth / heat).exp()
    tail_mean = ball(spacing) / (1 - (-ball(spacing) / heat).exp())
    return wobble + (depth + tail_mean + wobble) * decay / (2 * (1 - decay))


@evidence("SQ-R5", method=Method.BALL)
@control("with a hull forty times wider, T_max would not be hot", widening=40)
def one_application_at_the_papers_settings(widening: int = 1) -> Outcome:
    """For each of the ten grids: Lip (SQ-R2; for odd K at T_max its upper bound without the factor), the
    displacement h mu_K of the ends, which is the largest where S contracts (SQ-R3), and certain bounds of
    T*. Inner half: compare S with S_inf, its value on the grid continued to infinity, which is within W of
    theta (SQ-R3). The levels beyond q_K have probability P_R <= exp(-(L_R + h/2)/T)/2, because the two
    groups of the infinite grid weigh (r^u + r^(1-u))/(1-r) >= 2 sqrt(r)/(1-r); their mean lies at most L_R
    + h/(1-r) + W above S_inf. Leaving them out moves the mean by P_R times that, over 1 - P_R - P_L; the
    two ends pull in opposite directions, and the bound falls with L_R because h/(1-r) > T. (`widening`
    multiplies kappa.)
    """
    lowest, wide = T_MIN_SHARE * T_MAX, {kappa: kappa * widening for kappa in KAPPA}
    hot_lip, hot_range, cold_slope, cold_ends, inner, placed, reference = [], [], [], [], [], [], []
    separating = {}
    for count, kappa in product(LEVEL_COUNTS, KAPPA):
        spacing = 2 * wide[kappa] / (count - 1)
        hot, cold = ball(spacing / T_MAX), ball(spacing / lowest)
        share = end_displacement_ball(hot, count) * 2 / (count - 1)  # of the half-width
        ends = end_displacement_ball(cold, count) * ball(spacing)
        hot_lip.append(lipschitz_ball(hot, count) < ball(kappa / 10))
        hot_range.append(1 - share < ball("0.068") * ball(kappa))
        cold_slope.append(
            abs(lipschitz_ball(cold, count) - 1) < ball("0.003") and (count // 2) * cold > ball(2).log()
        )
        cold_ends.append(ball("0.046") < ends and ends < ball("0.05"))
        inner.append(inner_half_bound(spacing, wide[kappa], lowest) < ball("0.0011"))
        below, above = separating_temperature(count, wide[kappa])
        separating[count, kappa] = above
        between = (
            above < lowest if kappa == Fraction(1, 2) and count >= 512 else lowest < below and above < T_MAX
        )
        placed.append(between)
        levels = scaled_levels(1.0, float(wide[kappa]), count)
        moved = levels[-1] - soft_quantize(levels[-1:], levels, float(lowest))[0]
        reference.append(abs(moved - float(ends.mid())) < 1e-12)
    u, root, x = sp.symbols("u s x", positive=True)
    length, tail, heat = sp.symbols("L c T", positive=True)
    return proved_if(
        {
            "T_max: Lip < kappa/10": all(hot_lip),
            "T_max: the range of S is below 0.068 kappa of the grid's": all(hot_range),
            "T*: between T_min and T_max, or below T_min for kappa = 1/2, K >= 512": all(placed),
            "T_min: largest slope within 0.003 of 1": all(cold_slope),
            "T_min: the ends move by 0.046 to 0.05": all(cold_ends),
            "T_min: the inner half moves by less than 0.0011": all(inner),
            "r^u + r^(1-u) - 2 sqrt(r) is a square": zero(
                u**2 + (root / u) ** 2 - 2 * root - (u - root / u) ** 2
            ),
            "(L + c) exp(-L/T) falls in L for c > T": zero(
                sp.diff((length + tail) * sp.exp(-length / heat), length)
                + (length + tail - heat) / heat * sp.exp(-length / heat)
            ),
            "h/(1-r) > T, that is x > 1 - exp(-x)": sp.diff(x - 1 + sp.exp(-x), x, 2).is_positive
            and (x - 1 + sp.exp(-x)).subs(x, 0) == 0,
            "reference: moves of the ends": all(reference),
        },
        "T_max wipes out 93% of the range of the weights; T_min leaves the inner half where it is",
        computed="T*/sigma for kappa = 1: "
        + ", ".join(f"{float(separating[k, Fraction(1)]):.4f} (K={k})" for k in LEVEL_COUNTS),
        stated="T_max = 5 sigma, T_min = 0.05 sigma",
    )

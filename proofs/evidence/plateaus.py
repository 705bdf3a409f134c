"""Whether noise carries a parameter out of a flat region, with and without soft quantization after it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.evidence.entropy_schedule import FLOOR_SHARE, floor_share_is_certain
from proofs.evidence.hottest_step import contraction, largest_value
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import LEVEL_COUNTS, T_MAX
from proofs.registry import control, evidence
from reference.levels import uniform_levels
from reference.soft_quantization import soft_quantize
from reference.updates import dense_step


@evidence("UPD-3", method=Method.BALL)
@control("at a temperature of a quarter of sigma the values of S spread farther", t_max=Fraction(1, 4))
def quantized_noise_does_not_leave_a_plateau(t_max: Fraction = T_MAX) -> Outcome:
    """A loss that is constant on |theta| <= sigma/14 and falls outside. There gradient and mean field are 0 and
    the update is S(theta + eps(T) xi). Whatever eps(T) and xi are, |S| <= 0.0673 kappa^2 sigma T_max/T
    (NET-R1, linear in 1/T). The schedule never falls below 0.9963 T_max (SCH-R1), so |S| < 0.0676 sigma <
    sigma/14 at every step: no noise ever leaves the plateau. A flat region that does not meet |theta| <=
    0.0676 sigma is left in the first step with noise and without, by S alone.
    """
    reach = max(largest_value(count, t_max) for count in LEVEL_COUNTS) / FLOOR_SHARE
    half_width = Fraction(1, 14)
    noisy = dense_step(np.zeros(2), np.zeros(2), 0.1, noise=np.array([-1e6, 1e6]))
    after = soft_quantize(noisy, uniform_levels(1.0, 512), float(t_max * FLOOR_SHARE))
    return refuted_if(
        hypotheses={"the schedule stays above 0.9963 T_max": floor_share_is_certain(t_max)},
        violated={"every value of S lies on the plateau, whatever the noise": reach < half_width},
        reference={
            "noise of +-10^6 sigma stays on the plateau": bool(np.all(np.abs(after) < float(half_width)))
        },
        witness={"loss": "0 for |theta| <= sigma/14, -(|theta| - sigma/14)^2 outside", "kappa": "1"},
        summary="Quantized noise never leaves a flat region of a seventh of sigma around the centre",
        computed=f"|S| <= {float(reach):.4f} sigma",
        stated="noise helps to leave it",
    )


@evidence("UPD-3", method=Method.BALL, reading="narrow flat region")
@control("noise of a tenth of sigma leaves it rarely", noise=Fraction(1, 10))
def quantized_noise_leaves_a_narrow_plateau(noise: Fraction = T_MAX) -> Outcome:
    """Loss constant on |theta| <= 0.06 sigma, kappa = 1, T = T_max, eps(T) = T. Without noise S shrinks
    distances at least 9.9-fold and keeps 0 fixed (symmetric grid): the parameter stays for ever. With noise a
    proposal beyond +-sigma, of probability at least erfc(sigma/(eps sqrt 2)) > 4/5 (least for theta = 0), is
    mapped to the values of S at the ends, more than 0.06 sigma from 0. (`noise`: eps(T_max)/sigma.)
    """
    ends = {count: soft_quantize_end(count) for count in LEVEL_COUNTS}
    leaving = 1 - (ball(1) / (ball(noise) * ball(2).sqrt())).erf()
    shift, width = sp.symbols("m a", positive=True)
    density = sp.exp(-(width**2) / 2)
    inside = (sp.erf((width - shift) / sp.sqrt(2)) + sp.erf((width + shift) / sp.sqrt(2))) / 2
    slope = density.subs(width, width + shift) - density.subs(width, width - shift)
    seen = [soft_quantize(np.array([1.0]), uniform_levels(1.0, count), 5.0)[0] for count in LEVEL_COUNTS]
    return proved_if(
        {
            "without noise distances shrink": max(contraction(count) for count in LEVEL_COUNTS) < 1,
            "the ends are mapped outside the plateau": all(end > ball("3/50") for end in ends.values()),
            "reference: S at the end": all(value > 0.06 for value in seen),
            "the chance of |m + xi| < a changes with m by the difference of two densities": sp.simplify(
                sp.diff(inside, shift) * sp.sqrt(2 * sp.pi) - slope
            )
            == 0,
            "which is negative: |a + m| > |a - m|": sp.expand((width + shift) ** 2 - (width - shift) ** 2)
            == 4 * width * shift,
            "chance of leaving above 4/5 a step": leaving > ball("4/5"),
        },
        "A flat region of half-width 0.06 sigma is left with noise (eps = T_max) and never without",
        computed="more than 0.8 a step with noise, 0 without",
        stated="noise helps",
    )


def soft_quantize_end(count: int) -> object:
    """S at the upper end of a grid of half-width 1 at T = T_max, as a ball."""
    spacing = ball(Fraction(2, count - 1))
    weights = [(-(spacing * i) / ball(T_MAX)).exp() for i in range(count)]
    moment = sum((spacing * i * w for i, w in enumerate(weights)), ball(0))
    return ball(1) - moment / sum(weights, ball(0))


@evidence("UPD-3", method=Method.SYMBOLIC, reading="noise not quantized")
@control("with the noise off nothing moves", scale=0)
def unquantized_noise_leaves_every_plateau(scale: int = 1) -> Outcome:
    """theta' = m + eps xi with any m that the past decides (theta itself, or S(theta)), eps >= c > 0 while
    T >= T_min. The chance to land in an interval of width w is greatest with m at its middle and then
    erf(w/(2 sqrt 2 eps)) <= q < 1: after t steps the parameter has been inside all along with chance at most
    q^t, which tends to 0 for every width. Without noise and with m = theta it never leaves. (`scale` times
    eps.)
    """
    m, w, eps = sp.symbols("m w epsilon", positive=True)
    inside = (sp.erf((w / 2 - m) / (sp.sqrt(2) * eps)) + sp.erf((w / 2 + m) / (sp.sqrt(2) * eps))) / 2
    x = sp.Symbol("x", positive=True)
    still = dense_step(np.array([0.3]), np.zeros(1), 0.1)
    moved = dense_step(np.array([0.3]), np.zeros(1), 0.1, noise=np.array([0.5 * scale]))
    return proved_if(
        {
            "greatest with m at the middle: no slope there": sp.simplify(sp.diff(inside, m).subs(m, 0)) == 0,
            "slope (p(w/2 + m) - p(w/2 - m)), p the normal density": sp.simplify(
                sp.diff(inside, m) * eps * sp.sqrt(2 * sp.pi)
                - sp.exp(-((w / 2 + m) ** 2) / (2 * eps**2))
                + sp.exp(-((w / 2 - m) ** 2) / (2 * eps**2))
            )
            == 0,
            "value erf(w/(2 sqrt 2 eps))": sp.simplify(inside.subs(m, 0) - sp.erf(w / (2 * sp.sqrt(2) * eps)))
            == 0,
            "erf increases to 1": sp.diff(sp.erf(x), x).is_positive and sp.limit(sp.erf(x), x, sp.oo) == 1,
            "reference: no step without noise": still[0] == 0.3,
            "reference: a step with noise": moved[0] != 0.3,
        },
        "Noise that is not quantized leaves every bounded flat region with probability 1",
        computed="chance to stay at most erf(w/(2 sqrt 2 eps))^t",
        stated="noise helps",
    )

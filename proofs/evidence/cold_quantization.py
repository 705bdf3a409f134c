"""The cold end of soft quantization: the nearest level in the limit, but neither uniformly nor at T_min."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.quantization_lemmas import OCTAVE
from proofs.registry import control, evidence
from reference.soft_quantization import soft_quantize

EPS = np.finfo(float).eps


@evidence("PQ-7", method=Method.SYMBOLIC)
@evidence("SQ-8", method=Method.SYMBOLIC, reading="limit T -> 0")
@control("at a midpoint, where the gap is 0, there is no single nearest level to converge to", gap=0)
def cold_quantizer_tends_to_the_nearest_level(gap: int | None = None) -> Outcome:
    """Let q* be the only nearest level and g > 0 by how much the second nearest is farther. All other levels
    together have at most (K-1) z/(1 + (K-1) z) of the probability, z = exp(-g/T), so |S(theta) - q*| <= D
    (K-1) exp(-g/T), which vanishes as T falls. At a midpoint (g = 0) the limit is the midpoint itself. So
    the limit is the nearest-level map except at the K-1 midpoints; that map fixes every level.
    """
    heat, spread, count, z = sp.symbols("T D K z", positive=True)
    farther = sp.Symbol("g", positive=True) if gap is None else sp.Integer(gap)
    others = count * z / (1 + count * z)  # `count` stands for K - 1
    distance = spread * others.subs(z, sp.exp(-farther / heat))
    return proved_if(
        {
            "others <= (K-1) z": sp.simplify(count * z - others).is_positive,
            "others rise with z": sp.simplify(others.diff(z)).is_positive,
            "the bound vanishes as T -> 0": sp.limit(distance, heat, 0) == 0,
        },
        "|S - nearest level| <= D (K-1) exp(-gap/T) for every theta that is no midpoint",
    )


@evidence("PQ-7", method=Method.EXACT, reading="uniform limit")
@control("at a fixed distance from the midpoint the value does settle on the level", place=Fraction(1))
def cold_quantizer_is_not_uniformly_close_to_rounding(place: Fraction | None = None) -> Outcome:
    """Levels -1 and 1 at any temperature T < 2/ln 2. At theta = (T/2) ln 2, in (0, 1), S = tanh((ln 2)/2) =
    1/3, while the nearest level is 1. The distance 2/3 does not shrink as T falls. (S is continuous and
    rounding jumps by 2, so some theta is always off by at least 1.)
    """
    heat = sp.Symbol("T", positive=True)
    theta = heat * sp.log(2) / 2 if place is None else sp.Rational(place.numerator, place.denominator)
    value = sp.tanh(theta / heat).rewrite(sp.exp)
    off = sp.limit(1 - value, heat, 0)
    cold = 2.0**-20
    reference = soft_quantize(np.array([cold / OCTAVE / 2]), np.array([-1.0, 1.0]), cold)[0]
    return refuted_if(
        hypotheses={"theta is above the midpoint 0": theta.is_positive},
        violated={"S stays away from the nearest level 1 as T -> 0": off == sp.Rational(2, 3)},
        reference={"S at T = 2^-20 is 1/3": abs(reference - 1 / 3) <= 4 * EPS},
        witness={"levels": "-1, 1", "theta": "(T/2) ln 2", "S(theta)": "1/3", "nearest level": 1},
        summary="Near a midpoint S stays 2/3 away from the nearest level at every low temperature",
        computed="sup |S - nearest| >= half a spacing at every T > 0",
        stated="tends to 0",
    )


@evidence("PQ-7", "X-26", method=Method.BALL, reading="at T_min")
@control("ten times colder the value does sit on the nearest level", coldness=100)
def at_the_lowest_temperature_values_are_not_rounded(coldness: int = 1) -> Outcome:
    """The paper's grid with K = 255, kappa = 1 at its lowest temperature 0.05 sigma has x = h/T = 20/127. For
    theta = 2h/5, between the levels 0 and h, the two groups have 128 and 127 levels and
    S = [mass above (1 + mu_127) - mass below mu_128] h in closed form (SQ-R4). Ball arithmetic gives S within
    h/100 of theta itself, hence 39% of a spacing away from the nearest level. (`coldness` divides T.)
    """
    x = ball(Fraction(20, 127)) * coldness
    r = (-x).exp()
    mass = [(1 - r**n) / (1 - r) for n in (128, 127)]
    index = [1 / (x.exp() - 1) - n / ((n * x).exp() - 1) for n in (128, 127)]
    below, above = (-x * ball("2/5")).exp() * mass[0], (-x * ball("3/5")).exp() * mass[1]
    value = (above * (1 + index[1]) - below * index[0]) / (below + above)  # in units of h
    h = 2 / 254
    reference = soft_quantize(np.array([0.4 * h]), np.linspace(-127, 127, 255) * h, 0.05)[0] / h
    return refuted_if(
        hypotheses={"2/5 is nearer to 0 than to 1": Fraction(2, 5) < Fraction(1, 2)},
        violated={
            "S is at least 0.39 h from the nearest level": value > ball("39/100"),
            "S is within 0.01 h of theta": abs(value - ball("2/5")) < ball("1/100"),
        },
        reference={
            "S from the reference lies within 1e-9 of the ball": abs(reference - float(value.mid())) < 1e-9
        },
        witness={"K, kappa, T": "255, 1, 0.05 sigma", "theta": "2h/5", "S(theta)/h": value.str(8)},
        summary="At T_min the quantizer leaves 2h/5 where it is instead of rounding it to 0",
        computed=f"S(2h/5) = {float(value.mid()):.4f} h",
        stated="nearest level 0",
    )

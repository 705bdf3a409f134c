"""Is a cold quantizer nearly the identity? Only when the levels are much denser than the temperature.

On fixed levels it becomes the nearest level; a parameter that locks there is not at a stationary point.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import compare
from proofs.registry import control, evidence
from reference.soft_quantization import soft_quantize

GRID = np.array([-1.0, 1.0])
EPS = np.finfo(float).eps


@evidence("T6-P3", method=Method.BALL, reading="fixed levels, T -> 0")
@control("hot levels far apart compared with T pull less", temperature=Fraction(1))
def cold_quantization_moves_by_half_a_spacing(temperature: Fraction = Fraction(1, 10)) -> Outcome:
    """Levels -1, 1 and theta = 1/4: S = tanh(1/(4T)) on the hull, which increases to 1 as T falls. So
    |S(theta) - theta| is above 7/10 for every T <= 1/10 and tends to 3/4. In the limit S is
    the nearest level, and |S(theta) - theta| on spacing h comes as close to h/2 as one likes.
    """
    theta = Fraction(1, 4)
    moved = (ball(theta) / ball(temperature)).tanh() - ball(theta)
    computed = soft_quantize(np.array([float(theta)]), GRID, float(temperature))[0] - float(theta)
    return refuted_if(
        hypotheses={"theta lies between the levels": abs(theta) < 1},
        violated={"S moves theta by more than 7/10 at this and every lower T": moved > ball("7/10")},
        reference={"soft_quantize gives tanh(theta/T)": abs(computed - float(moved)) <= 8 * EPS},
        witness={"levels": "-1, 1", "theta": theta, "T": f"any below {temperature}"},
        summary="On fixed levels a cold S is the nearest level, far from the identity",
        computed="|S(1/4) - 1/4| > 0.7, limit 3/4",
        stated="about 0",
    )


@evidence("T6-P3", method=Method.SYMBOLIC, reading="a continuum of levels")
@control("half that bound fails at the end of the hull", factor=Fraction(1, 2))
def a_continuum_of_levels_moves_by_at_most_the_temperature(factor: Any = 1) -> Outcome:
    """Levels filling [theta - u T, theta + v T]: the sums of Eq. 9 become integrals, Z = T (2 - e^-u - e^-v)
    and S - theta = T ((1+u) e^-u - (1+v) e^-v)/(2 - e^-u - e^-v). This is at most T because
    (2 + u) e^-u <= 2 <= 2 + v e^-v, and at least -T by symmetry. The bound is attained in the limit at the
    end of a wide hull (u = 0, v -> infinity).
    """
    s, u, v = sp.symbols("s u v", nonnegative=True)
    mass = sp.integrate(sp.exp(-s), (s, 0, u)) + sp.integrate(sp.exp(-s), (s, 0, v))
    first = sp.integrate(s * sp.exp(-s), (s, 0, v)) - sp.integrate(s * sp.exp(-s), (s, 0, u))
    shift = (1 + u) * sp.exp(-u) - (1 + v) * sp.exp(-v)
    slack = sp.expand(sp.Rational(factor) * mass - first)
    falling = (sp.diff((2 + u) * sp.exp(-u), u) / sp.exp(-u)).simplify()
    return proved_if(
        {
            "the integrals are as stated": sp.simplify(first - shift) == 0
            and sp.simplify(mass - (2 - sp.exp(-u) - sp.exp(-v))) == 0,
            "Z - T^-1 (S - theta) Z = 2 - (2 + u) e^-u + v e^-v": sp.simplify(
                slack - (2 - (2 + u) * sp.exp(-u) + v * sp.exp(-v))
            )
            == 0,
            "(2 + u) e^-u is 2 at 0 and does not increase": sp.simplify(falling + 1 + u) == 0,
            "attained at u = 0 as v grows": sp.limit((shift / mass).subs(u, 0), v, sp.oo) == 1,
        },
        "With levels much denser than T, |S(theta) - theta| <= T on the hull, and no smaller bound holds",
        computed="sup |S - theta| = T",
        stated="about 0",
    )


@evidence("X-27", method=Method.SMT)
@control("a loss whose minimum is a level is compatible with both", minimiser=Fraction(1))
@control("without locking there is no conflict", without="L234: as T -> T_f a parameter locks to a level")
def locking_contradicts_stationarity(
    minimiser: Fraction = Fraction(1, 3), without: str | None = None
) -> Outcome:
    """Levels -1, 1 and L = (theta - 1/3)^2/2. A limit that is a level is -1 or 1; a stationary limit is 1/3.
    In general a locked parameter keeps a gradient of up to half a spacing over eta (T6-R3)."""
    theta = z3.Real("theta")
    passages = {
        "L234: as T -> T_f a parameter locks to a level": z3.Or(theta == -1, theta == 1),
        "L287, L327: the limit is a stationary point of L": theta - z3.RealVal(str(minimiser)) == 0,
    }
    return compare(
        passages,
        "A parameter cannot both lock to a level and settle at a stationary point off the grid",
        without=without,
        computed="residual gradient up to h/(2 eta)",
        stated="gradient 0",
    )

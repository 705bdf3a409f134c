"""How large the fraction is at the start of training and how it approaches its minimum.

The first change of the loss has ratio 1 whatever its size, so the first fraction is a constant of the two
bounds: 0.3197 for (0.01, 0.5). Late, the excess over f_min is proportional to the loss change.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.bounds.fraction import fraction_excess
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.fraction import fraction_trace, update_fraction

EPS = float(np.finfo(float).eps)
F_MIN, F_MAX = Fraction(1, 100), Fraction(1, 2)  # implementation details of the paper


@evidence("FRA-6", method=Method.BALL, reading="formula of the text")
@control("an unnormalised change far above 1 would do", ratio=5)
def fraction_starts_a_third_below_its_maximum(ratio: int = 1) -> Outcome:
    """The first change divided by itself is 1, under the largest change so far as under the initial drop.
    So the first fraction is 0.01 + 0.49 (1 - 1/e) = 0.3197..., more than a third below 0.5, and under the
    running maximum no later one is larger (FRA-R1). (`ratio` replaces the 1.)
    """
    value = ball(F_MIN) + ball(F_MAX - F_MIN) * (1 - ball(-ratio).exp())
    traces = [
        fraction_trace([3.0, 1.0], 0.01, 0.5, divisor=name)[0] for name in ("running_maximum", "initial_drop")
    ]
    return refuted_if(
        hypotheses={"0 < f_min < f_max": 0 < F_MIN < F_MAX},
        violated={"f < (1 - 1/3) f_max": value < ball(F_MAX) * ball("2/3")},
        witness={"losses": "3, 1", "f_min, f_max": "1/100, 1/2"},
        reference={
            "fraction_trace agrees under both divisors": traces == [update_fraction(1, 1, 0.01, 0.5)] * 2
            and abs(traces[0] - float(value.mid())) <= 2 * EPS
        },
        summary="The first fraction is 0.3197, whatever the loss: 32% of the parameters, not 50%",
        computed=f"{float(value.mid()):.6f}",
        stated="about 0.5",
        tightness=float(value.mid()) / 0.5,
    )


@evidence("FRA-6", method=Method.BALL, reading="sensitivity 5")
@control("a sensitivity of 1 is the formula of the text", sensitivity=1)
def sensitivity_five_reaches_the_maximum(sensitivity: int = 5) -> Outcome:
    """With a factor a in the exponent the first fraction is 0.5 - 0.49 e^-a. It is within 1% of 0.5 exactly
    for a >= ln 98 = 4.58...; the value of a is not given in the paper.
    """
    value = ball(F_MAX) - ball(F_MAX - F_MIN) * ball(-sensitivity).exp()
    return proved_if(
        {
            "f > 0.99 f_max": value > ball(F_MAX) * ball("99/100"),
            "5 > ln 98": ball(sensitivity) > ball(98).log(),
            "reference agrees": abs(update_fraction(1, 1, 0.01, 0.5, sensitivity) - float(value.mid()))
            <= 2 * EPS,
        },
        "A sensitivity of at least ln 98 starts the fraction within 1% of f_max",
        computed=f"{float(value.mid()):.4f}",
        stated="about 0.5",
    )


@evidence("FRA-R2", method=Method.SYMBOLIC)
@control("no larger lower constant than 1 - 1/e holds", lower="13/20")
def fraction_falls_linearly(lower: str = "") -> Outcome:
    """Let g(r) = (1 - e^-r)/r. Then g' = ((1 + r) e^-r - 1)/r^2, whose numerator is 0 at r = 0 and has the
    slope -r e^-r < 0: so g falls from g(0+) = 1 to g(1) = 1 - 1/e on [0, 1], and f - f_min = (f_max -
    f_min) r g(r). (`lower` replaces 1 - 1/e, the last value of g.)
    """
    r = sp.symbols("r", positive=True)
    g = (1 - sp.exp(-r)) / r
    constant = sp.Rational(lower) if lower else 1 - sp.exp(-1)
    bounds = fraction_excess(0.5, 0.01, 0.5)
    excess = update_fraction(0.5, 1.0, 0.01, 0.5) - 0.01
    numerator = sp.simplify(sp.diff(g, r) * r**2)
    return proved_if(
        {
            "numerator of g' is (1+r) e^-r - 1": sp.simplify(numerator - ((1 + r) * sp.exp(-r) - 1)) == 0,
            "which is 0 at 0": sp.limit(numerator, r, 0) == 0,
            "and falls": sp.simplify(sp.diff(numerator, r)).is_negative,
            "g(0+) = 1": sp.limit(g, r, 0) == 1,
            "the lower constant is at most g(1)": bool(constant <= g.subs(r, 1)),
            "and is attained": sp.simplify(constant - g.subs(r, 1)) == 0,
            "reference between the bounds": bounds[0] < excess < bounds[1],
        },
        "f - f_min is between (1 - 1/e) and 1 times (f_max - f_min) r",
        computed=f"{1 - np.exp(-1):.4f} (f_max - f_min) r <= f - f_min <= (f_max - f_min) r",
    )


@evidence("FRA-7", method=Method.SYMBOLIC, reading="exponential in time")
@control("a loss that itself converges exponentially lets f do so", power=0)
def fraction_need_not_fall_exponentially(power: int = 2) -> Outcome:
    """Take a loss whose change at iteration t is 1/t^2, of finite sum: it falls and converges. The largest
    change is the first, 1, so by FRA-R2 f - f_min >= (1 - 1/e)(f_max - f_min)/t^2 for every t, while C q^t
    t^2 tends to 0 for each C and each q = e^-a < 1: no exponential lies above f - f_min. (`power` 0
    replaces 1/t^2 by 2^-t.)
    """
    t, a, k = sp.symbols("t a k", positive=True)
    change = t**-power if power else 2**-t
    steps = np.arange(1, 41)
    sizes = 1.0 / steps**2
    losses = 2.0 - np.concatenate([[0.0], np.cumsum(sizes)])
    trace = fraction_trace(losses, 0.01, 0.5)
    floor = np.array([fraction_excess(size, 0.01, 0.5)[0] for size in sizes])
    return refuted_if(
        hypotheses={
            "the changes have a finite sum": sp.summation(change.subs(t, k), (k, 1, sp.oo)).is_finite,
            "the first is the largest": sp.diff(change, t).is_negative,
        },
        violated={
            "e^(-a t) / change tends to 0 for every a > 0": sp.limit(sp.exp(-a * t) / change, t, sp.oo) == 0
        },
        witness={"change at iteration t": change},
        # A loss near 2 stores a change with the absolute error 2 eps.
        reference={
            "fraction_trace stays above (1-1/e)(f_max-f_min)/t^2": bool(
                np.all(trace - 0.01 >= floor - 4 * EPS)
            )
        },
        summary="The fraction falls as fast as the loss change and no faster; nothing makes that exponential",
        computed="f - f_min of the order of the loss change",
        stated="exponential",
    )


@evidence("FRA-7", method=Method.BALL, reading="one percent left")
@control("at ratio 0 the fraction is f_min", ratio=Fraction(0))
def one_percent_change_leaves_half_as_many_again(ratio: Fraction = Fraction(1, 100)) -> Outcome:
    """At ratio 0.01 the fraction is 0.01 + 0.49 (1 - e^-0.01) = 0.014876: 48% more parameters than f_min."""
    value = ball(F_MIN) + ball(F_MAX - F_MIN) * (1 - ball(-ratio).exp())
    return refuted_if(
        hypotheses={"ratio within 1%": ratio <= Fraction(1, 100)},
        violated={"f > 1.48 f_min": value > ball(F_MIN) * ball("37/25")},
        witness={"ratio": ratio, "f_min, f_max": "1/100, 1/2"},
        reference={
            "update_fraction agrees": abs(update_fraction(float(ratio), 1, 0.01, 0.5) - float(value.mid()))
            <= 2 * EPS
        },
        summary="At one percent of the initial change the fraction is still 1.49%",
        computed=f"{float(value.mid()):.6f}",
        stated="0.01",
        tightness=float(value.mid()) / 0.01,
    )


@evidence("FRC-1", method=Method.SYMBOLIC, reading="first epoch")
@control("0.35 is above every fraction, so no mean can be", target=Fraction(7, 20))
def quarter_is_in_reach_of_an_epoch(target: Fraction = Fraction(1, 4)) -> Outcome:
    """The first change gives F = 0.3197..., so an epoch of two steps has the mean 1/4 when the second
    fraction is 1/2 - F = 0.1803..., that is at the ratio r = -ln(2 - 1/e - 24/49) = 0.427...; an epoch of N
    steps, when the others have the ratio that gives (N/4 - F)/(N - 1), which lies between 1/2 - F and 1/4.
    Later epochs with smaller changes have smaller means (FRA-4). (`target` replaces 1/4.)
    """
    top = ball(F_MIN) + ball(F_MAX - F_MIN) * (1 - ball(-1).exp())
    second = 2 * ball(target) - top
    share = (second - ball(F_MIN)) / ball(F_MAX - F_MIN)
    inside = share > 0 and share < 1 - ball(-1).exp()
    ratio = float(-(1 - share).log().mid()) if inside else 0.0
    trace = fraction_trace([0.0, 1.0, 1.0 + ratio], 0.01, 0.5)
    steps, limit, first = sp.symbols("N m F", positive=True)
    other = (steps * limit - first) / (steps - 1)
    slope = sp.simplify(sp.diff(other, steps) * (steps - 1) ** 2)
    return proved_if(
        {
            "the second fraction is in reach": inside,
            "the mean over N steps needs a value rising from it to 1/4": sp.simplify(slope - (first - limit))
            == 0
            and sp.limit(other, steps, sp.oo) == limit,
            "F > 1/4": top > ball(target),
            "reference: mean 1/4 over two steps": abs(float(trace.mean()) - float(target)) <= 4 * EPS,
        },
        "A mean of 0.25 over the first epoch is possible under Eq. 15",
        computed=f"second ratio {ratio:.4f}",
        stated="0.25",
    )


@evidence("FRC-1", method=Method.BALL, reading="first step")
@control("another pair of bounds starts at 0.25", f_max=Fraction(1, 100) + Fraction(379671, 10**6))
def first_step_is_not_a_quarter(f_max: Fraction = F_MAX) -> Outcome:
    """The first change divided by itself is 1, so with (0.01, 0.5) the first fraction is 0.3197..., not
    0.25.
    """
    value = ball(F_MIN) + ball(f_max - F_MIN) * (1 - ball(-1).exp())
    start = fraction_trace([3.0, 2.0], 0.01, float(f_max))[0]
    return refuted_if(
        hypotheses={"0 < f_min < f_max": 0 < F_MIN < f_max},
        violated={"f > 0.26": value > ball("26/100")},
        witness={"losses": "3, 2", "f_min, f_max": f"{F_MIN}, {f_max}"},
        reference={"fraction_trace agrees": abs(start - float(value.mid())) <= 2 * EPS},
        summary="The first fraction is 0.3197 for every loss",
        computed=f"{float(value.mid()):.4f}",
        stated="0.25",
        tightness=float(value.mid()) / 0.25,
    )

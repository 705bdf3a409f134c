"""Theorem 4, its assumptions: a constant decrease, and a fraction bounded below.

A constant expected decrease for all time is impossible for a loss that is bounded below. The lower bound on
the fraction holds for Eq. 15 with the absolute loss change, not for the share that is really updated.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.bounds.fraction import fraction_range
from proofs.outcome import Method, Outcome, proved_if, refuted_if, vacuous_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.fraction import update_count, update_fraction
from reference.masks import mask_of
from reference.updates import masked_step

EPS = float(np.finfo(float).eps)


@evidence("T4-A2", method=Method.SMT, reading="every t")
@evidence("T4-S1", method=Method.SMT, reading="decrease at every t")
@evidence("T4-S1", method=Method.SMT, reading="decrease at every t", version="masked")
@evidence("T4-S1", method=Method.SMT, reading="decrease at every t", version="blockwise")
@evidence("T4-S1", method=Method.SMT, reading="decrease at every t", version="algorithm")
@evidence("T4-S1", method=Method.SMT, reading="decrease at every t", version="released")
@control("up to the time gap/mu a constant decrease is possible", horizon="before gap/mu")
def constant_decrease_for_all_time_is_impossible(horizon: str = "all t") -> Outcome:
    """Where the means exist, E L(theta_t) = L(theta_0) - t mu by summation, while L >= L_min gives E
    L(theta_t) >= L_min: so t <= (L(theta_0) - L_min)/mu for every t, which fails for the next integer t. No
    loss that is bounded below has such a run, whatever the noise and the fraction. (`horizon` restricts t.)
    """
    mean, start, infimum, mu, t = z3.Reals("mean_loss L0 L_min mu t")
    passages = [mu > 0, start >= infimum, mean == start - t * mu, mean >= infimum, t >= 0]
    late = t * mu > start - infimum if horizon == "all t" else t * mu <= start - infimum
    some_time = z3.Real("t_later")
    return vacuous_if(
        {
            "no t beyond gap/mu": satisfiable(*passages, late) is None,
            "but there are such t": satisfiable(mu > 0, start >= infimum, some_time * mu > start - infimum)
            is not None,
            "the mean falls by mu in each step": satisfiable(
                mean == start - t * mu, mean - mu != start - (t + 1) * mu
            )
            is None,
        },
        "E[Delta L_t] = -mu for all t would carry the mean loss below its infimum after (L(theta_0) - L_min)/mu steps",
        computed="possible for t < (L(theta_0) - L_min)/mu only",
        stated="all t",
    )


@evidence("T4-A2", method=Method.SYMBOLIC, reading="until the target")
@control("a start at the minimum cannot fall", height=0)
def constant_decrease_until_the_target_is_possible(height: int = 4) -> Outcome:
    """L = 4 theta_1^2 with one of two parameters selected uniformly and eta = 1/8: from theta_1 = 1 the
    loss falls to 0 with probability 1/2 and else stays 4. Before it falls the expected decrease given the
    past is 2 = mu.
    """
    theta = sp.Symbol("theta")
    loss = height * theta**2
    eta = sp.Rational(1, 2 * height) if height else sp.Integer(1)
    moved = 1 - eta * sp.diff(loss, theta).subs(theta, 1)
    decrease = (loss.subs(theta, 1) - loss.subs(theta, moved)) / 2
    step = masked_step([1.0, 1.0], [2.0 * height, 0.0], float(eta), mask_of([0], 2))
    return proved_if(
        {
            "expected decrease given the past is positive": decrease > 0,
            "the loss is bounded below by 0": height >= 0,
            "reference": step[0] == float(moved),
        },
        f"mu = {decrease} given the past, until the minimum is reached",
    )


@evidence("T4-A1", method=Method.SMT, reading="rule of Eq. 15")
@control("a minimum of 0 is no positive bound", least=0)
def fraction_rule_meets_the_bounds(least: int = 1) -> Outcome:
    """By FRA-R1 f_min <= f <= f_min + (f_max - f_min)(1 - 1/e) <= f_max <= 1, and f_min > 0 is a setting."""
    f, low, high, share = z3.Reals("f f_min f_max share")
    rules = [
        low >= 0,
        low > 0 if least else low == 0,
        high >= low,
        high <= 1,
        share >= 0,
        share < 1,
        f == low + (high - low) * share,
    ]
    ends = fraction_range(0.01, 0.5)
    return proved_if(
        {
            "f <= 0, f < f_min or f > 1 is impossible": satisfiable(*rules, z3.Or(f <= 0, f < low, f > 1))
            is None,
            "1 - 1/e < 1": 1 - ball(-1).exp() < 1,
            "reference range": 0 < ends[0] <= ends[1] <= 1,
        },
        "The fraction of Eq. 15 lies in [f_min, 1] with f_min > 0",
    )


@evidence("T4-A1", method=Method.BALL, reading="signed decrease")
@control("a loss that does not rise keeps f at f_min", rise=0)
def signed_fraction_can_be_negative(rise: int = 1) -> Outcome:
    """After a fall by 1, a rise by 1 gives the ratio -1 and f = 0.01 + 0.49 (1 - e) < 0 (see FRA-5)."""
    value = ball("1/100") + ball("49/100") * (1 - ball(rise).exp())
    return refuted_if(
        hypotheses={"f_min > 0": ball("1/100") > 0},
        violated={"f < 0": value < 0},
        witness={"losses": f"1, 0, {rise}", "f_min, f_max": "1/100, 1/2"},
        reference={"update_fraction": update_fraction(-rise, 1, 0.01, 0.5) < 0},
        summary="With a signed loss change f is not bounded below by f_min",
        computed=f"{float(value.mid()):.4f}",
        stated="f >= 0.01",
    )


@evidence("T4-A1", method=Method.EXACT, reading="share really updated")
@control("one more parameter gives the share f_min", size=100)
def rounded_share_can_be_zero(size: int = 99) -> Outcome:
    """At f = f_min = 0.01, 99 parameters: floor(0.99) = 0 are updated, a share of 0."""
    count = (Fraction(1, 100) * size).numerator // (Fraction(1, 100) * size).denominator
    return refuted_if(
        hypotheses={"f = f_min > 0": Fraction(1, 100) > 0, "n >= 1": size >= 1},
        violated={"the share is below f_min": Fraction(count, size) < Fraction(1, 100)},
        witness={"n": size, "f": "1/100", "floor(f n)": count},
        reference={"update_count": update_count(0.01, size) == count},
        summary="Rounding f n down makes the updated share 0 for n < 1/f_min",
        computed=f"{count}/{size}",
        stated="at least 1/100",
    )


@evidence("X-35", method=Method.SMT)
@control("without the vanishing change nothing contradicts", without="L248: the change tends to 0")
def constant_decrease_against_vanishing_change(without: str | None = None) -> Outcome:
    """The limit of a sequence of equal numbers -mu is -mu; Theorem 3's proof says that it is 0."""
    limit, mu = z3.Reals("limit_of_the_change mu")
    return compare(
        {
            "L253: the change is -mu for all t": z3.And(mu > 0, limit == -mu),
            "L248: the change tends to 0": limit == 0,
        },
        "A constant decrease mu > 0 does not tend to 0",
        without=without,
    )


@evidence("T4-P7", method=Method.SMT)
@control("a decrease that may shrink is no constant", without="L262: mu for all t")
def constant_that_may_shrink(without: str | None = None) -> Outcome:
    """Expected decreases at an early and at a late iteration: equal by assumption, the later one smaller by
    remark.
    """
    early, late, mu = z3.Reals("early_decrease late_decrease mu")
    return compare(
        {
            "L262: mu for all t": z3.And(mu > 0, early == mu, late == mu),
            "L268: mu may shrink near a fixed point": z3.And(late > 0, late < early),
        },
        "mu is one constant in the theorem and shrinks in the remark after it",
        without=without,
    )

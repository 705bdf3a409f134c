"""The fraction rule (Eq. 15): which values it takes, how it falls, what it is invariant under.

The formula interpolates between f_min and f_max, but its own normaliser keeps the ratio at most 1, so the
upper third of the interval is never used; and it falls linearly in the loss change, not exponentially.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.bounds.fraction import fraction_range
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.fraction import fraction_trace, update_fraction
from reference.loss_change import running_maximum
from reference.released_rules import released_fraction

EPS = float(np.finfo(float).eps)
F_MIN, F_MAX = Fraction(1, 100), Fraction(1, 2)  # implementation details of the paper


@evidence("FRA-R1", method=Method.SYMBOLIC)
@evidence("FRA-5", method=Method.SYMBOLIC, reading="absolute change")
@control("a signed change makes the ratio negative", lowest_change=-1)
def fraction_fills_an_interval_short_of_its_maximum(lowest_change: int = 0) -> Outcome:
    """The divisor is a maximum that includes the current change c >= 0, so 0 <= c <= M and the ratio r =
    c/M lies in [0, 1]. There f(r) = f_min + (f_max - f_min)(1 - e^-r) increases strictly and continuously
    from f_min to f_min + (f_max - f_min)(1 - 1/e), and every r of [0, 1] occurs: the losses 0, 1, 1 + r
    change by 1 and then by r. A record change has r = 1, whatever its size. (`lowest_change` is the least
    value a change can have.)
    """
    c, largest, before = z3.Reals("c M M_before")
    divisor = [z3.Or(largest == before, largest == c), largest >= before, largest >= c, largest > 0]
    r, low, width = sp.symbols("r f_min width", positive=True)
    f = low + width * (1 - sp.exp(-r))
    ends = fraction_range(0.01, 0.5)
    seen = [fraction_trace([0.0, 1.0, 1.0 + k / 64], 0.01, 0.5)[-1] for k in range(65)]
    return proved_if(
        {
            "no change leaves 0 <= c <= M": satisfiable(
                *divisor, before >= lowest_change, c >= lowest_change, z3.Or(c < 0, c > largest)
            )
            is None,
            "f increases strictly in r": sp.simplify(sp.diff(f, r)) == width * sp.exp(-r),
            "f(0) = f_min": sp.simplify(f.subs(r, 0) - low) == 0,
            "f(1) = f_min + (f_max - f_min)(1 - 1/e) < f_max": sp.simplify(
                f.subs(r, 1) - low - width * (1 - 1 / sp.E)
            )
            == 0
            and sp.simplify(low + width - f.subs(r, 1)).is_positive,
            "the losses 0, 1, 1 + r give the ratio r": satisfiable(
                c >= 0, c <= 1, z3.Or((1 + c) - 1 != c, z3.If(c > 1, c, 1) != 1)
            )
            is None,
            "reference attains both ends": seen[0] == ends[0] and abs(seen[-1] - ends[1]) <= EPS,
            "reference stays between them": ends[0] == min(seen) and max(seen) <= ends[1] + EPS,
        },
        "The fraction takes exactly the values from f_min to f_min + (f_max - f_min)(1 - 1/e)",
        computed=f"[{ends[0]}, {ends[1]:.6f}] for (0.01, 0.5)",
        stated="[0.01, 0.5]",
        tightness=ends[1] / 0.5,
    )


@evidence("FRA-5", method=Method.BALL, reading="signed decrease")
@control("a loss that repeats instead of rising gives f_min", rise=0)
def signed_decrease_leaves_the_interval(rise: int = 1) -> Outcome:
    """Losses 1, 0, 1: the decreases are 1 and -1, the largest is 1, so the ratio is -1 and the printed
    formula gives 0.01 + 0.49 (1 - e) = -0.83..., a negative share of the parameters.
    """
    decreases = [Fraction(1), Fraction(-rise)]
    ratio = decreases[1] / max(decreases)
    value = ball(F_MIN) + ball(F_MAX - F_MIN) * (1 - ball(-ratio).exp())
    computed = update_fraction(float(decreases[1]), float(max(decreases)), 0.01, 0.5)
    return refuted_if(
        hypotheses={"some decrease is positive": max(decreases) > 0, "0 < f_min < f_max": 0 < F_MIN < F_MAX},
        violated={"f < 0 <= f_min": value < 0},
        witness={"losses": f"1, 0, {rise}", "f_min, f_max": "1/100, 1/2", "ratio": ratio},
        reference={"update_fraction gives this value": abs(computed - float(value.mid())) <= 8 * EPS},
        summary="With the signed decrease of Theorem 3's proof, a rising loss gives a negative fraction",
        computed=f"{float(value.mid()):.4f}",
        stated="at least 0.01",
    )


@evidence("FRA-2", method=Method.SYMBOLIC)
@control("the opposite sign in the exponent is no interpolation", sign=1)
def fraction_interpolates_exponentially(sign: int = -1) -> Outcome:
    """f = f_min + (f_max - f_min)(1 - w) = w f_min + (1 - w) f_max with the weight w = e^-r, which falls
    from 1 to 0 with w' < 0 < w''. (`sign` is the sign of r in the exponent.)
    """
    r, low, width = sp.symbols("r f_min width", positive=True)
    weight = sp.exp(sign * r)
    f = low + width * (1 - weight)
    computed = [update_fraction(x, 1.0, 0.25, 0.75) for x in (0.0, 1.0, 800.0)]
    return proved_if(
        {
            "f = w f_min + (1-w) f_max": sp.simplify(f - weight * low - (1 - weight) * (low + width)) == 0,
            "f(0) = f_min": f.subs(r, 0) == low,
            "f' > 0": sp.simplify(sp.diff(f, r)).is_positive,
            "f'' < 0": sp.simplify(sp.diff(f, r, 2)).is_negative,
            "limit f_max": sp.limit(f, r, sp.oo) == low + width,
            "reference: 1/4, 3/4 - 1/(2e), 3/4": computed[0] == 0.25
            and abs(computed[1] - (0.75 - 0.5 * np.exp(-1.0))) <= EPS
            and computed[2] == 0.75,
        },
        "f is the convex combination of f_min and f_max with weight e^-r on f_min",
    )


@evidence("FRA-3", method=Method.SMT, reading="once the loss has changed")
@control("a divisor that leaves out the current change does not bound it", includes_current=False)
def normalised_change_is_a_share(includes_current: bool = True) -> Outcome:
    """The largest change so far includes the current one and, once some change was not zero, is positive;
    so the quotient exists and 0 <= c/M <= 1. (`includes_current` says whether the maximum counts the
    current change.)
    """
    c, largest, before = z3.Reals("c M M_before")
    maximum = (
        [z3.Or(largest == before, largest == c), largest >= before, largest >= c]
        if includes_current
        else [largest == before]
    )
    return proved_if(
        {
            "c > M or c < 0 is impossible": satisfiable(
                *maximum, before >= 0, c >= 0, largest > 0, z3.Or(c > largest, c < 0)
            )
            is None,
            "a change different from 0 makes M > 0": satisfiable(
                *maximum, before >= 0, c >= 0, z3.Or(before > 0, c > 0), largest <= 0
            )
            is None,
            "the hypotheses can hold": satisfiable(*maximum, before >= 0, c >= 0, largest > 0) is not None,
        },
        "0 <= |L(t) - L(t-1)| / max <= 1 from the first change on",
    )


@evidence("FRA-3", method=Method.EXACT, reading="at every iteration")
@control("a loss that changes has a quotient", second_loss=Fraction(2))
def constant_loss_has_no_normalised_change(second_loss: Fraction = Fraction(1)) -> Outcome:
    """A run whose first step changes no loss (a masked step with floor(f n) = 0, or a rejected proposal)
    has the changes 0 and the largest change 0: the quotient is 0/0. What the rule does at the first
    iteration is not said.
    """
    losses = [Fraction(1), second_loss]
    change = abs(losses[1] - losses[0])
    return refuted_if(
        hypotheses={"the loss is never negative": min(losses) >= 0},
        violated={"numerator is 0": change == 0, "so the largest is 0": not change > 0},
        witness={"losses": f"1, {second_loss}"},
        reference={
            "running_maximum is 0 after a change of 0": running_maximum([float(change)])[0] == 0.0,
        },
        summary="The quotient is 0/0 until the loss first changes",
        computed="0/0",
        stated="a number in [0, 1]",
    )


@evidence("FRA-4", method=Method.SMT, reading="while the changes shrink")
@control("a falling loss alone does not make the changes shrink", changes_shrink=False)
def fraction_falls_with_the_loss_change(changes_shrink: bool = True) -> Outcome:
    """If the change c' is at most the change c before it, the largest change stays M >= c, so the ratio
    goes from c/M to c'/M <= c/M, and f increases in the ratio (FRA-2). (`changes_shrink` keeps that
    hypothesis.)
    """
    c, new, largest, updated = z3.Reals("c c_new M M_new")
    rules = [c >= 0, new >= 0, largest > 0, largest >= c, updated == z3.If(new > largest, new, largest)]
    if changes_shrink:
        rules.append(new <= c)
    trace = fraction_trace(np.cumsum(0.5 ** np.arange(20)), 0.01, 0.5)
    return proved_if(
        {
            "a ratio that rises is impossible": satisfiable(*rules, new * largest > c * updated) is None,
            "reference on changes that halve": bool(np.all(np.diff(trace) < 0)),
        },
        "f does not rise while the loss changes do not",
    )


@evidence("FRA-4", method=Method.EXACT, reading="along every falling loss")
@control("without the late drop the fraction falls", late_drop=Fraction(1, 4))
def late_drop_raises_the_fraction(late_drop: Fraction = Fraction(1)) -> Outcome:
    """Losses 4, 3, 5/2, 3/2 fall throughout; the changes are 1, 1/2, 1, the ratios 1, 1/2, 1. The last
    fraction is as large as the first: a plateau followed by a drop raises f late in training.
    """
    losses = [Fraction(4), Fraction(3), Fraction(5, 2)]
    losses.append(losses[-1] - late_drop)
    changes = [a - b for a, b in pairwise(losses)]
    ratios = [change / max(changes[: t + 1]) for t, change in enumerate(changes)]
    trace = fraction_trace([float(x) for x in losses], 0.01, 0.5)
    return refuted_if(
        hypotheses={"the loss falls": all(change > 0 for change in changes)},
        violated={"the ratio rises": ratios[2] > ratios[1]},
        witness={"losses": ", ".join(map(str, losses)), "ratios": ", ".join(map(str, ratios))},
        reference={"the fraction rises": trace[2] > trace[1], "to its first value": trace[2] == trace[0]},
        summary="A falling loss with a late drop makes the fraction rise again",
        computed=f"f = {trace[0]:.4f}, {trace[1]:.4f}, {trace[2]:.4f}",
        stated="falling",
    )


@evidence("FRA-4", method=Method.BALL, reading="while the changes shrink", version="released")
@control("the paper's rule falls with the changes", released=False)
def released_rule_rises_as_the_loss_settles(released: bool = True) -> Outcome:
    """The released rule is f_max - (f_max - f_min) mean(c)/max(c) over the last nine changes. For changes
    that shrink as 1, 1, ..., 1 and then 1/2, 1/4, ... the mean falls below the largest, and f rises from
    f_min.
    """
    changes = [Fraction(1)] * 9 + [Fraction(1, 2)]
    losses = np.concatenate([[16.0], 16.0 - np.cumsum([float(c) for c in changes])])
    shares = [sum(changes[s : s + 9]) / 9 / max(changes[s : s + 9]) for s in (0, 1)]
    values = [1 - Fraction(3, 4) * share for share in shares]
    computed = (
        [released_fraction(losses[:10], 0.25, 1.0), released_fraction(losses, 0.25, 1.0)]
        if released
        else list(fraction_trace(losses, 0.25, 1.0)[-2:])
    )
    return refuted_if(
        hypotheses={"the changes do not grow": changes == sorted(changes, reverse=True)},
        violated={"f rises": computed[1] > computed[0], "exactly so": values[1] > values[0]},
        witness={
            "changes": "1 (nine times), 1/2",
            "f_min, f_max": "1/4, 1",
            "f": f"{values[0]}, {values[1]}",
        },
        reference={
            "released_fraction agrees": [
                abs(c - float(v)) <= 4 * EPS for c, v in zip(computed, values, strict=True)
            ]
            == [True] * 2
        },
        summary="The released code's rule runs the other way: more tensors are updated as the changes shrink",
        computed=f"{values[0]} then {values[1]}",
        stated="falling",
    )

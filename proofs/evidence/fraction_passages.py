"""Passages about the update fraction, its settings and its loss change, set side by side (z3).

Each passage is encoded over shared variables. It is said which passages cannot hold together; the control of
each check leaves one of them out, and the contradiction disappears.
"""

from __future__ import annotations

from fractions import Fraction

import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, refuted_if
from proofs.passages import compare
from proofs.registry import control, evidence
from reference.fraction import fraction_trace, update_fraction
from reference.loss_change import absolute_change, decrease, increase
from reference.released import ReleasedSettings
from reference.settings import Settings, paper_settings

# 1 - 1/e to ten digits from below and above; the second line of each check that uses it verifies it.
SHARE_LOW, SHARE_HIGH = Fraction(6321205588, 10**10), Fraction(6321205589, 10**10)


def _rational(value: Fraction) -> z3.RatNumRef:
    return z3.Q(value.numerator, value.denominator)


@evidence("IMP-2", method=Method.SMT)
@control("the SVM section names another pair", with_svm=True)
def network_sections_agree_on_the_bounds(with_svm: bool = False) -> Outcome:
    """The implementation details (L41, L42) and the section on the fraction rule (L136) all give 0.01 and
    0.5. (`with_svm` adds the SVM section.)
    """
    low, high = z3.Reals("f_min f_max")
    pair = z3.And(low == z3.Q(1, 100), high == z3.Q(1, 2))
    passages = {"L41: settings": pair, "L42: fixed pair": pair, "L136: maximum 0.5, minimum 0.01": pair}
    if with_svm:
        passages["L48: SVM"] = z3.And(low == z3.Q(2, 100), high == z3.Q(3, 10))
    return compare(passages, "The SVM section has another pair")


@evidence("IMP-2", method=Method.EXACT, version="released")
@control("the paper's settings are the paper's", released=False)
def released_scripts_use_the_bound_one(released: bool = True) -> Outcome:
    """Every script of the released code sets both bounds to 1: all tensors are updated in each step."""
    settings: ReleasedSettings | Settings = ReleasedSettings() if released else paper_settings([-1.0, 1.0])
    pair = (settings.f_min, settings.f_max)
    return refuted_if(
        hypotheses={"bounds are shares": 0 <= pair[0] <= pair[1] <= 1},
        violated={"the pair is not (0.01, 0.5)": pair != (0.01, 0.5)},
        witness={"f_min, f_max": pair},
        reference={"settings of the released code": pair == (1.0, 1.0)},
        summary="The released scripts update every tensor in every step: f_min = f_max = 1",
        computed=pair,
        stated="(0.01, 0.5)",
    )


@evidence("IMP-5", "X-6", method=Method.SMT)
@control("without the SVM section the pair is unique", without="L48: SVM")
def one_pair_for_all_experiments(without: str | None = None) -> Outcome:
    """If one pair serves every experiment and the SVM study is an experiment with another pair, then
    0.01 = 0.02. (`without` drops a passage.)
    """
    fixed_low, fixed_high, svm_low, svm_high = z3.Reals("f_min f_max svm_f_min svm_f_max")
    return compare(
        {
            "L42: the fixed pair is (0.01, 0.50)": z3.And(
                fixed_low == z3.Q(1, 100), fixed_high == z3.Q(1, 2)
            ),
            "L42: it is used in all experiments": z3.And(svm_low == fixed_low, svm_high == fixed_high),
            "L48: SVM": z3.And(svm_low == z3.Q(2, 100), svm_high == z3.Q(3, 10)),
        },
        "The SVM experiment uses (0.02, 0.3), not the pair fixed for all experiments",
        without=without,
        computed="(0.02, 0.3) for the SVM",
        stated="(0.01, 0.50)",
    )


@evidence("X-6", method=Method.SMT)
@control("a first fraction far below the maximum contradicts nothing", without="L136: starts near f_max")
def starting_fraction_is_no_single_number(without: str | None = None) -> Outcome:
    """Eq. 15 gives f_min + (f_max - f_min) w at the first change, with w = 1 - 1/e for every loss: 0.3197 for
    (0.01, 0.5). That is neither within a fifth of 0.5 nor 1. (`without` drops a passage.)
    """
    start, low, high, share = z3.Reals("f_start f_min f_max share")
    outcome = compare(
        {
            "L42: bounds": z3.And(low == z3.Q(1, 100), high == z3.Q(1, 2)),
            "L132: Eq. 15 at the first change": z3.And(
                start == low + (high - low) * share,
                share > _rational(SHARE_LOW),
                share < _rational(SHARE_HIGH),
            ),
            "L136: starts near f_max": start >= high * z3.Q(4, 5),
        },
        "The first fraction is 0.3197 by Eq. 15, said to be near 0.5, and 1 in the worst case of L141",
        without=without,
        computed=f"{update_fraction(1, 1, 0.01, 0.5):.4f}",
        stated="0.25, near 0.5, 1",
    )
    share_in_ball = ball(SHARE_LOW) < 1 - ball(-1).exp() < ball(SHARE_HIGH)
    if not share_in_ball:
        raise ArithmeticError("the decimal bounds of 1 - 1/e are wrong")
    return outcome


@evidence("X-6", method=Method.SMT)
@control("without the bound f_max the fraction can be 1", without="L42: f <= f_max = 1/2")
def worst_case_exceeds_the_maximum(without: str | None = None) -> Outcome:
    """The cost section lets f be 1 in the first epochs; the fraction is bounded by f_max = 1/2 throughout."""
    f = z3.Real("f_first_epochs")
    return compare(
        {"L42: f <= f_max = 1/2": f <= z3.Q(1, 2), "L141: worst case in the first epochs": f == 1},
        "f = 1 in the first epochs exceeds the maximum 0.5",
        without=without,
    )


@evidence("X-3", "T3-P1", method=Method.SMT)
@control("while the loss falls the first two agree", without="L91: a higher loss can be accepted")
def absolute_and_signed_change_differ(without: str | None = None) -> Outcome:
    """|L(t) - L(t-1)| and L(t-1) - L(t) agree exactly while the loss does not rise. The method is built to
    accept a higher loss at times (L91, L108), and then they have opposite signs. (`without` drops a
    passage.)
    """
    change, before, after = z3.Reals("change L_before L_after")
    return compare(
        {
            "L133: absolute change": change == z3.If(after > before, after - before, before - after),
            "L240: signed decrease": change == before - after,
            "L91: a higher loss can be accepted": after > before,
        },
        "The two definitions have opposite signs whenever the loss rises",
        without=without,
        computed=f"{absolute_change(0.0, 1.0)} and {decrease(0.0, 1.0)} for the losses 0, 1",
        stated="one quantity",
    )


@evidence("X-3", method=Method.SMT)
@control("without Theorem 4's definition the signs agree", without="L253: increase")
def theorem_four_reverses_the_sign(without: str | None = None) -> Outcome:
    """While the loss falls strictly, the change of Eq. 15 is positive and that of Theorem 4 negative."""
    change, before, now, later = z3.Reals("change L_before L_now L_later")
    return compare(
        {
            "L133: absolute change": change == z3.If(now > before, now - before, before - now),
            "L240: the loss falls": z3.And(now < before, later < now),
            "L253: increase": change == later - now,
        },
        "One symbol is positive in Eq. 15 and negative in Theorem 4",
        without=without,
        computed=f"{absolute_change(2.0, 1.0)} and {increase(1.0, 0.5)} for the losses 2, 1, 1/2",
        stated="one quantity",
    )


@evidence("X-3", method=Method.SMT)
@control("with equal data blocks both are 0", without="two data blocks whose losses differ")
def data_blocks_measure_something_else(without: str | None = None) -> Outcome:
    """Where theta does not move (a stationary point without noise), the change between iterations is 0,
    while the losses of two data blocks at that theta keep their difference.
    """
    change, first, second = z3.Reals("change first_block second_block")
    return compare(
        {
            "L133: change between iterations, theta at rest": change == 0,
            "L162: change between data blocks": change
            == z3.If(first > second, first - second, second - first),
            "two data blocks whose losses differ": first != second,
        },
        "At a stationary point one definition is 0 and the other is the gap between data blocks",
        without=without,
    )


@evidence("X-4", method=Method.SMT)
@control("without a larger later change they agree", without="a later change exceeds the first")
def largest_change_is_not_the_first(without: str | None = None) -> Outcome:
    """The largest change so far and the initial drop differ as soon as one later change is larger; f then
    differs too: after the losses 3, 2, 0 the ratio is 1 in one case and 2 in the other.
    """
    divisor, first, second = z3.Reals("divisor first_change second_change")
    values = [
        fraction_trace([3.0, 2.0, 0.0], 0.01, 0.5, divisor=d)[-1] for d in ("running_maximum", "initial_drop")
    ]
    return compare(
        {
            "L133: largest observed": divisor == z3.If(second > first, second, first),
            "L241: initial drop": divisor == first,
            "a later change exceeds the first": z3.And(first > 0, second > first),
        },
        "The two divisors give different fractions after any change larger than the first",
        without=without,
        computed=f"f = {values[0]:.4f} and {values[1]:.4f}",
        stated="one divisor",
    )


@evidence("X-29", method=Method.SMT, reading="factor in the exponent")
@control("with the factor 1 both are one formula", sensitivity=1)
def sensitivity_changes_the_fraction(sensitivity: int = 2) -> Outcome:
    """With the factor a in the exponent, f at ratio 1 is f_max - (f_max - f_min) w^a, w = 1/e; the text has
    w. For a = 2 these agree only if w is 0 or 1 or the bounds coincide.
    """
    f, low, high, weight = z3.Reals("f f_min f_max weight")
    power = z3.Product([weight] * sensitivity)
    return compare(
        {
            "L42: bounds": z3.And(low == z3.Q(1, 100), high == z3.Q(1, 2)),
            "L132: text": z3.And(f == high - (high - low) * weight, weight > 0, weight < 1),
            f"L153: sensitivity {sensitivity}": f == high - (high - low) * power,
        },
        "A sensitivity other than 1 gives another fraction than the formula of the text",
        computed=f"{update_fraction(1, 1, 0.01, 0.5, sensitivity):.4f} for alpha = {sensitivity}",
        stated=f"{update_fraction(1, 1, 0.01, 0.5):.4f}",
    )


@evidence("X-29", method=Method.SMT, reading="smoothing coefficient")
@control("used in both places it changes the fraction", also_in_exponent=True)
def sensitivity_may_be_the_smoothing(also_in_exponent: bool = False) -> Outcome:
    """If alpha is the coefficient of Eq. 10, the fraction does not depend on it and all passages can hold."""
    f, weight, alpha = z3.Reals("f weight alpha")
    passages = {
        "L132: text": z3.And(f == z3.Q(1, 2) - z3.Q(49, 100) * weight, weight > 0, weight < 1),
        "L104: smoothing coefficient": z3.And(alpha > 0, alpha < 1),
    }
    if also_in_exponent:
        # The weight e^-alpha exceeds e^-1 for alpha < 1.
        stronger = z3.Real("weight_with_alpha")
        passages["L153: in the exponent"] = z3.And(
            f == z3.Q(1, 2) - z3.Q(49, 100) * stronger, z3.Implies(alpha < 1, stronger > weight), alpha < 1
        )
    return compare(passages, "alpha would change the fraction")

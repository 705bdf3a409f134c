"""The two worked numbers in the proof of Theorem 2: one is rounded, the other cut off."""

from __future__ import annotations

from fractions import Fraction

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence


def _example(eps: Fraction) -> Fraction:
    """The bound 1/(1 + (K-1) eps) for K = 10."""
    return 1 / (1 + 9 * eps)


@evidence("T2-P7", method=Method.EXACT, reading="rounded")
@control(
    "for eps = 0.01 and its printed 0.91 rounding fails", eps=Fraction(1, 100), printed=Fraction(91, 100)
)
def first_example_is_rounded(
    eps: Fraction = Fraction(1, 20), printed: Fraction = Fraction(69, 100)
) -> Outcome:
    """1/1.45 = 20/29 = 0.68965..., which rounds to 0.69."""
    value = _example(eps)
    return proved_if(
        {"|value - printed| <= 0.005": abs(value - printed) <= Fraction(1, 200)},
        "1/1.45 rounds to 0.69",
        computed=f"{value} = {float(value):.4f}",
        stated=float(printed),
        tightness=float(printed / value),
    )


@evidence("T2-P7", method=Method.EXACT, reading="lower bound")
@control("0.68 is a lower bound", printed=Fraction(68, 100))
def first_example_is_no_lower_bound(printed: Fraction = Fraction(69, 100)) -> Outcome:
    """0.69 * 1.45 = 1.0005 > 1, so 0.69 is above 1/1.45."""
    value = _example(Fraction(1, 20))
    return refuted_if(
        hypotheses={"1 + 9 * 0.05 = 1.45": 1 / value == Fraction(145, 100)},
        violated={"printed number exceeds the bound": printed > value},
        witness={"eps": "0.05", "K": 10, "bound": value},
        summary="0.69 is rounded up: the bound itself is 0.6897",
        computed=f"{float(value):.4f}",
        stated=float(printed),
    )


@evidence("T2-P8", method=Method.EXACT, reading="rounded")
@control("0.92 is the rounded value", printed=Fraction(92, 100))
def second_example_is_not_rounded(printed: Fraction = Fraction(91, 100)) -> Outcome:
    """1/1.09 = 100/109 = 0.91743..., which rounds to 0.92."""
    value = _example(Fraction(1, 100))
    return refuted_if(
        hypotheses={"1 + 9 * 0.01 = 1.09": 1 / value == Fraction(109, 100)},
        violated={"|value - printed| > 0.005": abs(value - printed) > Fraction(1, 200)},
        witness={"eps": "0.01", "K": 10, "bound": value},
        summary="1/1.09 rounds to 0.92; 0.91 is cut off, while 0.69 in the same sentence is rounded",
        computed=f"{float(value):.4f}",
        stated=float(printed),
    )


@evidence("T2-P8", method=Method.EXACT, reading="lower bound")
@control("0.92 is no lower bound", printed=Fraction(92, 100))
def second_example_is_a_lower_bound(printed: Fraction = Fraction(91, 100)) -> Outcome:
    """0.91 <= 100/109 < 0.92."""
    value = _example(Fraction(1, 100))
    return proved_if(
        {"printed <= value < printed + 0.01": printed <= value < printed + Fraction(1, 100)},
        "0.91 is a lower bound of 1/1.09, cut off after two decimals",
        computed=f"{value} = {float(value):.4f}",
        stated=float(printed),
        tightness=float(printed / value),
    )

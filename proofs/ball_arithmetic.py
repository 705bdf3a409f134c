"""Proof of inequalities over boxes: ball arithmetic with branch and bound (python-flint).

A real number is a ball (midpoint and radius) that certainly contains it. An inequality is proved on
a box when the ball of the difference is certainly positive; where it is not, the box is halved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint
from flint import arb, fmpq

Box = tuple[tuple[Fraction, Fraction], ...]

PRECISION = 113  # bits; our choice: quadruple precision, far beyond what any check here needs


def ball(value: int | str | Fraction) -> arb:
    """The smallest ball around an exact number, given as integer, fraction or decimal string."""
    flint.ctx.prec = PRECISION
    exact = Fraction(value)
    return arb(fmpq(exact.numerator, exact.denominator))


def interval(low: int | str | Fraction, high: int | str | Fraction) -> arb:
    """A ball that contains every number between two exact numbers."""
    return ball(low).union(ball(high))


@dataclass(frozen=True)
class BoxProof:
    """Result of branch and bound: `proved`, the number of boxes, and a box left over if not proved."""

    proved: bool
    boxes: int
    undecided: Box | None = None

    def __bool__(self) -> bool:
        return self.proved


def positive_on_box(
    function: Callable[..., arb],
    box: Sequence[tuple[int | str | Fraction, int | str | Fraction]],
    *,
    most: int = 20000,
) -> BoxProof:
    """Prove function > 0 on a closed box by halving its longest side until every part is certain.

    function: takes one ball per side and returns a ball; it must accept wide balls
    box:      (low, high) per side, exact numbers
    most:     give up (without a verdict) after this many boxes
    Returns a BoxProof, true exactly if the inequality is certain everywhere on the box.

    >>> bool(positive_on_box(lambda x: 1 + x * x - x, [(-2, 2)]))
    True
    >>> bool(positive_on_box(lambda x: x * x - x, [(-2, 2)], most=100))
    False
    """
    start: Box = tuple((Fraction(low), Fraction(high)) for low, high in box)
    if any(low > high for low, high in start):
        raise ValueError(f"box must have low <= high on every side, got {box}")
    waiting, boxes = [start], 0
    while waiting:
        part = waiting.pop()
        boxes += 1
        if boxes > most:
            return BoxProof(False, boxes, part)
        if function(*(interval(low, high) for low, high in part)) > 0:
            continue
        widths = [high - low for low, high in part]
        longest = widths.index(max(widths))
        if widths[longest] == 0:
            return BoxProof(False, boxes, part)
        low, high = part[longest]
        middle = (low + high) / 2
        waiting.append((*part[:longest], (low, middle), *part[longest + 1 :]))
        waiting.append((*part[:longest], (middle, high), *part[longest + 1 :]))
    return BoxProof(True, boxes)


def certain_root(
    function: Callable[[arb], arb], low: int | str | Fraction, high: int | str | Fraction, *, bits: int = 60
) -> tuple[Fraction, Fraction]:
    """Enclose the root of a function that increases through zero between low and high, by bisection.

    Returns exact (below, above) with function(below) < 0 < function(above), certain, and
    above - below at most (high - low) / 2**bits. Raises ValueError if the signs at the ends or at a
    midpoint cannot be decided.
    """
    below, above = Fraction(low), Fraction(high)
    if not (function(ball(below)) < 0 and function(ball(above)) > 0):
        raise ValueError(f"function must be certainly negative at low={low} and positive at high={high}")
    for _ in range(bits):
        middle = (below + above) / 2
        value = function(ball(middle))
        if value < 0:
            below = middle
        elif value > 0:
            above = middle
        else:
            return below, above  # as tight as the precision allows
    return below, above

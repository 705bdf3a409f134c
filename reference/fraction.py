"""The share of parameters updated in one step, and the whole number of parameters it stands for.

The paper's section on the dynamic fractional parameter update (Eq. 15), the proof of Theorem 3, Algorithm 1
lines 10 and 11.  The readings of the loss change and of its divisor are in ``loss_change.py``.

Claims that rest on it: FRA-*, IMP-2, IMP-6, IMP-7, ALG-1, ALG-7, ALG-8, T3-*,
X-6, X-29.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from reference.loss_change import initial_drop, running_maximum
from reference.validation import (
    FloatArray,
    finite_scalar,
    finite_vector,
    nonnegative_integer,
    nonnegative_scalar,
    one_of,
    positive_scalar,
    shown,
    unit_interval,
)


def fraction_bounds(f_min: Any, f_max: Any) -> tuple[float, float]:
    """Return the two bounds of the fraction as floats.

    0 <= f_min <= f_max <= 1.

    Arguments:
        f_min: smallest share of parameters, 0.01 in the paper.
        f_max: largest share of parameters, 0.5 in the paper.

    Returns:
        The pair (f_min, f_max).

    Raises:
        ValueError, TypeError: a bound lies outside [0, 1], or f_min exceeds f_max.

    Source: implementation details; f(t) lies in (0, 1].  A lower bound of 0 is admitted here so that
    assumption A3, which forbids it, can be dropped in a control.

    >>> fraction_bounds(0.01, 0.5)
    (0.01, 0.5)
    """
    smallest, largest = unit_interval("f_min", f_min), unit_interval("f_max", f_max)
    if smallest > largest:
        raise ValueError(f"f_min must be at most f_max, got f_min = {f_min!r} and f_max = {f_max!r}")
    return smallest, largest


def update_fraction(
    loss_change: Any, largest_change: Any, f_min: Any, f_max: Any, sensitivity: Any = 1.0
) -> float:
    """Return the share of parameters to update, as printed.

    f = f_min + (f_max - f_min) (1 - exp(-sensitivity loss_change / largest_change)).

    With both changes 0 the ratio is undefined.  Our choice is f_min, as for loss_change 0 beside any other
    largest_change and as in the proof of Theorem 3, which sets the change to 0 and reads off f_min.  The
    first iteration, in which no change exists yet, is another matter: see ``starting_fraction``.

    Arguments:
        loss_change: scalar, finite, of either sign.  A signed reading can be negative; the formula is then
            kept literally, and gives less than f_min, possibly less than 0: see ``clamped_fraction``.
        largest_change: scalar, positive, or 0 together with loss_change.
        f_min, f_max: scalars with 0 <= f_min <= f_max <= 1.
        sensitivity: scalar, positive; an input of Algorithm 1 that the text's formula lacks (there it is 1).

    Returns:
        A float.  In [f_min, f_max] for loss_change >= 0.  For 0 <= loss_change <= largest_change and
        sensitivity 1 at most f_min + (f_max - f_min) (1 - 1/e), so that f_max is out of reach unless it
        equals f_min.

    Raises:
        ValueError, TypeError: an argument outside its range, or a negative ratio whose exponential overflows.

    Source: Eq. 15.

    >>> round(update_fraction(1.0, 1.0, 0.01, 0.5), 4)
    0.3197
    """
    smallest, largest = fraction_bounds(f_min, f_max)
    alpha = positive_scalar("sensitivity", sensitivity)
    change, divisor = (
        finite_scalar("loss_change", loss_change),
        finite_scalar("largest_change", largest_change),
    )
    if divisor < 0.0 or (divisor == 0.0 and change != 0.0):
        raise ValueError(
            "largest_change must be positive, or 0 together with loss_change, "
            f"got largest_change = {shown(largest_change)} and loss_change = {shown(loss_change)}"
        )
    if smallest == largest or change == 0.0:
        return smallest
    exponent = -alpha * (change / divisor)
    try:
        # 1 - exp(-x) would lose every digit for the small ratios that the theorems are about.
        share = -math.expm1(exponent)
    except OverflowError:
        share = -math.inf
    if math.isinf(share):
        raise ValueError(
            "loss_change must stay above about -709 largest_change / sensitivity, "
            f"got loss_change = {shown(loss_change)} and largest_change = {shown(largest_change)}"
        )
    fraction = smallest + (largest - smallest) * share
    # Rounding of the addition can pass f_max by a unit in the last place.
    return min(fraction, largest)


def starting_fraction(f_min: Any, f_max: Any, sensitivity: Any = 1.0) -> float:
    """Return the share of parameters to update while no loss change can be formed.

    f_min + (f_max - f_min) (1 - exp(-sensitivity)): the rule at ratio 1.

    The text asks for a start at about f_max, which the rule cannot give: under the running maximum the first
    change has ratio 1 whatever its size.  Our choice is that largest value.  Starting at f_min instead would
    freeze every model with f_min n < 1: nothing would move, and the loss never change.

    Arguments:
        f_min, f_max, sensitivity: as for ``update_fraction``.

    Returns:
        A float in [f_min, f_max]; about 0.32 for the paper's bounds 0.01 and 0.5.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: our choice; Algorithm 1 leaves the loss of block 0 undefined.

    >>> round(starting_fraction(0.01, 0.5), 4)
    0.3197
    """
    return update_fraction(1.0, 1.0, f_min, f_max, sensitivity)


def clamped_fraction(
    loss_change: Any, largest_change: Any, f_min: Any, f_max: Any, sensitivity: Any = 1.0
) -> float:
    """Return the share of parameters to update where the loss change is signed.

    f_min where loss_change <= 0, update_fraction where both changes are positive, and starting_fraction where
    a positive change meets a divisor that is not: the loss rose over the first iteration and falls now.  Our
    choice: the paper assumes a falling loss and says nothing of a rising one.

    Arguments:
        loss_change, largest_change: scalars, finite, of either sign.
        f_min, f_max, sensitivity: as for ``update_fraction``.

    Returns:
        A float in [f_min, f_max].

    Raises:
        ValueError, TypeError: as ``update_fraction``.

    Source: Eq. 15 with the loss change of the proof of Theorem 3, completed by us.

    >>> clamped_fraction(-3.0, 1.0, 0.01, 0.5)
    0.01
    """
    change, divisor = (
        finite_scalar("loss_change", loss_change),
        finite_scalar("largest_change", largest_change),
    )
    if change > 0.0 and divisor <= 0.0:
        return starting_fraction(f_min, f_max, sensitivity)
    return update_fraction(max(change, 0.0), max(divisor, 0.0), f_min, f_max, sensitivity)


def fraction_trace(
    losses: Any, f_min: Any, f_max: Any, change: str = "absolute", divisor: str = "running_maximum"
) -> FloatArray:
    """Return the fractions that a whole loss curve gives.

    f_t = clamped_fraction(c_t, m_t, f_min, f_max), c_t being the change from L(t-1) to L(t), t = 1..m.

    Arguments:
        losses: L(0), ..., L(m), shape (m+1,), finite.
        f_min, f_max: scalars with 0 <= f_min <= f_max <= 1.
        change: "absolute" or "decrease".
        divisor: "running_maximum" of the c_t, or "initial_drop", which is c_1.

    Returns:
        Shape (m,), entries in [f_min, f_max].

    Raises:
        ValueError, TypeError: an argument outside its range; fewer than two losses for the initial drop.

    Source: Eq. 15 and the proof of Theorem 3.

    >>> fraction_trace([3.0, 2.0, 2.0], 0.01, 0.5).round(4).tolist()
    [0.3197, 0.01]
    """
    values = finite_vector("losses", losses)
    signed = one_of("change", change, ("absolute", "decrease")) == "decrease"
    falls = values[:-1] - values[1:]
    changes = falls if signed else np.abs(falls)
    if one_of("divisor", divisor, ("running_maximum", "initial_drop")) == "running_maximum":
        divisors = running_maximum(changes)
    else:
        drop = initial_drop(values)
        divisors = np.full(changes.shape, drop if signed else abs(drop))
    return np.array([clamped_fraction(c, m, f_min, f_max) for c, m in zip(changes, divisors, strict=True)])


def simplest_rational(value: Any) -> Fraction:
    """Return the rational number of smallest denominator among those that round to a float.

    Floor and ceiling jump, so the number meant has to decide, not the binary fraction stored for it: 0.29
    stands for 29/100, and 1/3 for one third.

    Arguments:
        value: scalar, finite, at least 0.

    Returns:
        A fraction whose float is the value.

    Raises:
        ValueError, TypeError: the value is negative or not finite.

    Source: our choice; the paper rounds f n and 1/f_min down and up without saying how f is stored.

    >>> simplest_rational(0.29), simplest_rational(1 / 3)
    (Fraction(29, 100), Fraction(1, 3))
    """
    stored = nonnegative_scalar("value", value)
    exact = Fraction(stored)
    if exact == 0:
        return exact
    below = Fraction(math.nextafter(stored, 0.0))
    above = exact + Fraction(math.ulp(stored))
    return _simplest_between((below + exact) / 2, (exact + above) / 2)


def _simplest_between(low: Fraction, high: Fraction) -> Fraction:
    # One digit of the two continued fractions per call, down to the first digit where they part.
    whole = math.ceil(low)
    if whole <= high:
        return Fraction(whole)
    return (whole - 1) + 1 / _simplest_between(1 / (high - (whole - 1)), 1 / (low - (whole - 1)))


def update_count(fraction: Any, size: Any) -> int:
    """Return how many of n parameters a fraction stands for.

    k = floor(f n), f being read as its simplest rational, so that 0.29 of 100 is 29.

    Arguments:
        fraction: f, scalar in [0, 1].
        size: number of parameters n, an integer of at least 0.

    Returns:
        An integer in [0, n]; 0 exactly when f n < 1.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Algorithm 1, line 11.

    >>> update_count(0.29, 100), update_count(0.01, 99)
    (29, 0)
    """
    share = unit_interval("fraction", fraction)
    return math.floor(simplest_rational(share) * nonnegative_integer("size", size))

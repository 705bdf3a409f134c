"""Paired differences over seeds with Student's t-interval: which of two methods is better, if either is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from mpmath import betainc, mpf

CONFIDENCE = 0.95  # our choice
HALVINGS = 60  # of an interval of length 1: below the spacing of double precision


class Comparison(StrEnum):
    """What an interval says of the first of two methods."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class PairedDifference:
    """Mean of the differences first minus second, with its interval.

    Attributes:
        mean, low, high: low <= mean <= high.
        pairs: number of pairs.
    """

    mean: float
    low: float
    high: float
    pairs: int

    def __str__(self) -> str:
        return f"{self.mean:+.3g} [{self.low:+.3g}, {self.high:+.3g}]"

    def says(self, *, smaller_is_better: bool = True) -> Comparison:
        """Say whether the first is better: the interval excludes 0 on the side that is better."""
        below, above = self.high < 0, self.low > 0
        if not below and not above:
            return Comparison.UNDECIDED
        return Comparison.BETTER if below == smaller_is_better else Comparison.WORSE


@cache
def student_quantile(degrees: int, confidence: float = CONFIDENCE) -> float:
    """Return t with P(|X| <= t) = confidence for Student's law.

    P(|X| > t) = I_z(d/2, 1/2) with z = d / (d + t^2), the regularized incomplete beta function.

    Arguments:
        degrees: of freedom, at least 1.
        confidence: in (0, 1).

    Raises:
        ValueError: an argument outside its range.

    Source: textbook statistics.

    >>> round(student_quantile(4), 3)
    2.776
    """
    if degrees < 1:
        raise ValueError(f"degrees must be at least 1, got {degrees}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")

    # The tail falls as t grows; in z = d / (d + t^2) it rises from 0 at 0 to 1 at 1.
    below, above = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (below + above) / 2
        tail = betainc(mpf(degrees) / 2, mpf(1) / 2, 0, middle, regularized=True)
        below, above = (middle, above) if tail < 1 - confidence else (below, middle)
    return math.sqrt(degrees * (2 / (below + above) - 1))


def paired_difference(
    first: Sequence[float],
    second: Sequence[float],
    *,
    confidence: float = CONFIDENCE,
    shared: float = 0.0,
) -> PairedDifference:
    """Return the mean of first_i - second_i with its t-interval.

    mean -+ t s sqrt(1/m + q), s the sample standard deviation of the m differences, t of m - 1 degrees of freedom.
    The coverage holds for differences that are independent and normal; with few pairs it is an approximation.

    Arguments:
        first, second: one finite number for each pair, in the same order; at least two.
        confidence: in (0, 1).
        shared: q, at least 0.  For random splits of one data set, which share rows, q is the number of test rows
            per training row (C. Nadeau, Y. Bengio, "Inference for the generalization error", 2003); for
            independent pairs 0.

    Returns:
        The ``PairedDifference``.

    Raises:
        ValueError: unequal lengths, fewer than two pairs, a number that is not finite, or q below 0.

    >>> paired_difference([1.0, 2.0, 3.0], [2.0, 3.1, 3.9]).says().value
    'better'
    """
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f"first and second must be pairs, got the shapes {one.shape} and {other.shape}")
    if one.size < 2:
        raise ValueError(f"there must be at least two pairs, got {one.size}")
    for name, numbers in (("first", one), ("second", other)):
        if not np.all(np.isfinite(numbers)):
            raise ValueError(f"{name} must be finite, got {numbers.tolist()}")
    if not (math.isfinite(shared) and shared >= 0):
        raise ValueError(f"shared must be finite and at least 0, got {shared!r}")
    differences = one - other
    mean = float(differences.mean())
    spread = float(differences.std(ddof=1)) * math.sqrt(1 / one.size + shared)
    half = student_quantile(one.size - 1, confidence) * spread
    return PairedDifference(mean, mean - half, mean + half, int(one.size))

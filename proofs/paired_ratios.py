"""Ratios of measured costs with their spread, from rounds in which both were measured side by side.

Rounds are paired: what disturbs the machine in a round disturbs both sides of its ratio.  The interval of the
median comes from order statistics, so it supposes no distribution and draws no random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95  # our choice


@dataclass(frozen=True)
class Ratio:
    """Median of the ratios of paired rounds.

    Attributes:
        median, first_quartile, third_quartile: of the ratios.
        low, high: interval of the median with at least 95 % coverage; the extremes if the rounds are too few.
        coverage: its coverage for independent rounds, whatever their law.
        rounds: number of pairs.
    """

    median: float
    first_quartile: float
    third_quartile: float
    low: float
    high: float
    coverage: float
    rounds: int

    def __str__(self) -> str:
        return f"{_digits(self.median)} ({_digits(self.low)} to {_digits(self.high)})"


def paired_ratio(cost: Sequence[float], baseline: Sequence[float]) -> Ratio:
    """Return the median over rounds of cost / baseline, with its interval.

    [r_(j), r_(m+1-j)] with the largest j for which P(Binomial(m, 1/2) < j) <= 2.5 %.

    Arguments:
        cost, baseline: one number per round, shape (m,), m >= 1, positive, of the same rounds in order.

    Returns:
        The ``Ratio``.

    Raises:
        ValueError: unequal lengths, no rounds, or a number that is not positive and finite.

    Source: textbook non-parametric statistics.

    >>> str(paired_ratio([2.0, 2.2, 2.1, 2.0, 1.9, 2.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]))
    '2.00 (1.90 to 2.20)'
    """
    above, below = np.asarray(cost, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    for name, array in (("cost", above), ("baseline", below)):
        if array.ndim != 1 or array.size == 0 or not np.all(np.isfinite(array)) or not np.all(array > 0):
            raise ValueError(f"{name} must be positive finite numbers, at least one, got {array.tolist()}")
    if above.size != below.size:
        raise ValueError(f"cost and baseline must have the same rounds, got {above.size} and {below.size}")
    ratios = np.sort(above / below)
    count = int(ratios.size)
    rank = max(1, _rank(count))
    first, third = np.quantile(ratios, [0.25, 0.75])
    return Ratio(
        median=float(np.median(ratios)),
        first_quartile=float(first),
        third_quartile=float(third),
        low=float(ratios[rank - 1]),
        high=float(ratios[count - rank]),
        coverage=1 - 2 * _binomial_below(count, rank),
        rounds=count,
    )


def _binomial_below(count: int, rank: int) -> float:
    """P(Binomial(count, 1/2) < rank)."""
    return float(sum(math.comb(count, successes) for successes in range(rank))) / 2.0**count


def _rank(count: int) -> int:
    rank = 0
    while _binomial_below(count, rank + 1) <= (1 - CONFIDENCE) / 2:
        rank += 1
    return rank


def _digits(value: float) -> str:
    """Three significant digits without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"

"""The values that the fraction rule can take (Eq. 15), and when rounding leaves no parameter to update.

Claims resting on this: FRA-*, FRC-1, T3-*, X-6, X-29.
"""

from __future__ import annotations

import math

from reference.fraction import fraction_bounds, simplest_rational
from reference.validation import nonnegative_scalar, positive_integer, positive_scalar


def fraction_range(f_min: float, f_max: float, sensitivity: float = 1.0) -> tuple[float, float]:
    """Smallest and largest fraction that any loss curve can give when the divisor is the largest change so far.

        [f_min, f_min + (f_max - f_min)(1 - exp(-sensitivity))]

    A closed interval, every value of which occurs: the losses 0, 1, 1 + r give the ratio r for each r in [0, 1].
    f_min occurs when the loss repeats, the upper end at every change that sets a record, the first included.

    f_min, f_max: 0 <= f_min <= f_max <= 1
    sensitivity:  > 0; 1 in the text's formula
    Result: a pair within [f_min, f_max]; the upper end is below f_max unless f_min = f_max.
    Raises ValueError or TypeError for other arguments. Source: Eq. 15, running-maximum reading. Proof: FRA-R1.

    >>> low, high = fraction_range(0.01, 0.5)
    >>> low, round(high, 4)
    (0.01, 0.3197)
    """
    smallest, largest = fraction_bounds(f_min, f_max)
    share = -math.expm1(-positive_scalar("sensitivity", sensitivity))
    return smallest, min(smallest + (largest - smallest) * share, largest)


def freezing_ratio(f_min: float, f_max: float, size: int) -> float:
    """Ratio of loss change to largest change below which floor(f n) is 0, so that nothing moves any more.

        r = -ln(1 - (1/n - f_min) / (f_max - f_min)),   0 if f_min n >= 1,   infinity if f_max n <= 1

    A ratio above 1 does not occur under the running maximum: a result above 1 means that no parameter is
    ever updated. Extremal: at the ratio r itself exactly one parameter is updated.

    f_min, f_max: as in `fraction_range`; size: number of parameters n >= 1
    Result: in [0, infinity]. Raises ValueError or TypeError for other arguments. Source: Algorithm 1 line 11.
    Proof: T3-R4.

    >>> freezing_ratio(0.01, 0.5, 100)
    0.0
    >>> freezing_ratio(0.01, 0.5, 3) > 1 > freezing_ratio(0.01, 0.5, 4)
    True
    """
    smallest, largest = (simplest_rational(f) for f in fraction_bounds(f_min, f_max))
    count = positive_integer("size", size)
    if smallest * count >= 1:
        return 0.0
    if largest * count <= 1:
        return math.inf
    # The argument is formed exactly; log1p then loses nothing for large n.
    return -math.log1p(-float((1 - smallest * count) / ((largest - smallest) * count)))


def fraction_excess(ratio: float, f_min: float, f_max: float) -> tuple[float, float]:
    """Lower and upper bound of f - f_min that are linear in the ratio of loss change to largest change.

        (1 - 1/e)(f_max - f_min) r  <=  f - f_min  <=  (f_max - f_min) r      for 0 <= r <= 1

    Both constants are best: the upper bound is approached as r -> 0, the lower is attained at r = 0 and r = 1.
    ratio: r in [0, 1]; f_min, f_max as in `fraction_range`.
    Raises ValueError or TypeError for other arguments. Source: Eq. 15. Proof: FRA-R2.

    >>> [round(bound, 6) for bound in fraction_excess(0.01, 0.01, 0.5)]
    [0.003097, 0.0049]
    """
    smallest, largest = fraction_bounds(f_min, f_max)
    r = nonnegative_scalar("ratio", ratio)
    if r > 1:
        raise ValueError(f"ratio must lie in [0, 1], got {ratio!r}")
    upper = (largest - smallest) * r
    return -math.expm1(-1.0) * upper, upper

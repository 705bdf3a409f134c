"""The share of parameters updated in one step, and the whole number it stands for, on 0-dim tensors.

Twin: reference/fraction.py.  Differences: tensors in, tensors out, float64; the rules read nothing on the
host and check nothing.  Where the twin refuses, the formula's limit is returned: f_max for a positive change over
a divisor of 0, minus infinity where the exponential overflows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gpu.validation import unit_interval


def fraction_bounds(f_min: float, f_max: float) -> tuple[float, float]:
    """Return the two bounds, once they are seen to satisfy 0 <= f_min <= f_max <= 1.

    Arguments: Python numbers.  This is the check of two options, not a rule of the step.

    Raises:
        ValueError, TypeError: a bound lies outside [0, 1], or f_min exceeds f_max.

    >>> fraction_bounds(0.01, 0.5)
    (0.01, 0.5)
    """
    smallest, largest = unit_interval("f_min", f_min), unit_interval("f_max", f_max)
    if smallest > largest:
        raise ValueError(f"f_min must be at most f_max, got f_min = {f_min!r} and f_max = {f_max!r}")
    return smallest, largest


def update_fraction(
    loss_change: Tensor,
    largest_change: Tensor,
    f_min: Tensor | float,
    f_max: Tensor | float,
    sensitivity: Tensor | float = 1.0,
) -> Tensor:
    """Return f = f_min + (f_max - f_min) (1 - exp(-sensitivity loss_change / largest_change)); 0/0 gives f_min.

    Arguments:
        loss_change: 0-dim float64, of either sign.
        largest_change: 0-dim float64, positive, or 0 together with loss_change.
        f_min, f_max, sensitivity: numbers or 0-dim, 0 <= f_min <= f_max <= 1, sensitivity > 0.

    Returns:
        0-dim float64, at most f_max; in [f_min, f_max] for loss_change >= 0.

    >>> one = torch.tensor(1.0, dtype=torch.float64)
    >>> round(update_fraction(one, one, 0.01, 0.5).item(), 4)
    0.3197
    """
    unchanged = loss_change == 0.0
    ratio = loss_change / torch.where(unchanged, 1.0, largest_change)
    # 1 - exp(-x) would lose every digit for the small ratios that the theorems are about.
    share = -torch.expm1(-(sensitivity * ratio))
    # Rounding of the addition can pass f_max by a unit in the last place.
    fraction = torch.clamp(f_min + (f_max - f_min) * share, max=f_max)
    return torch.where(unchanged, f_min, fraction)


def starting_fraction(
    f_min: Tensor | float,
    f_max: Tensor | float,
    sensitivity: Tensor | float = 1.0,
    device: torch.device | str | None = None,
) -> Tensor:
    """Return the fraction while no loss change can be formed: the rule at ratio 1, 0-dim float64 on ``device``.

    >>> round(starting_fraction(0.01, 0.5).item(), 4)
    0.3197
    """
    one = torch.ones((), dtype=torch.float64, device=device)
    return update_fraction(one, one, f_min, f_max, sensitivity)


def clamped_fraction(
    loss_change: Tensor,
    largest_change: Tensor,
    f_min: Tensor | float,
    f_max: Tensor | float,
    sensitivity: Tensor | float = 1.0,
) -> Tensor:
    """Return the fraction where both changes may have either sign.

    f_min where loss_change <= 0; starting_fraction where it is positive and largest_change is not;
    update_fraction elsewhere.

    Arguments: as for ``update_fraction``, both changes of either sign.

    Returns:
        0-dim float64, in [f_min, f_max].

    >>> one = torch.tensor(1.0, dtype=torch.float64)
    >>> clamped_fraction(-3.0 * one, one, 0.01, 0.5).item()
    0.01
    """
    without_divisor = (loss_change > 0.0) & (largest_change <= 0.0)
    change = torch.where(without_divisor, 1.0, torch.clamp(loss_change, min=0.0))
    divisor = torch.where(without_divisor, 1.0, torch.clamp(largest_change, min=0.0))
    return update_fraction(change, divisor, f_min, f_max, sensitivity)


def update_count(fraction: Tensor, size: int) -> Tensor:
    """Return k = floor(f n), 0-dim int64, f standing for the simplest rational that rounds to it.

    With k the integer nearest to f n: k/n lies among the numbers that round to f exactly where the rounded
    quotient k/n equals f.  Two different fractions of denominators below 2^26 cannot both lie there, so k/n
    is then the simplest one; elsewhere k/n is on the same side of all of them.  The result is therefore the
    twin's for every f if n < 2^26, and for larger n if f stands for a fraction p/q with q n < 2^53.

    Arguments:
        fraction: f, 0-dim float64, in [0, 1].
        size: n, a Python integer in [0, 2^52).

    >>> update_count(torch.tensor(0.29, dtype=torch.float64), 100).item()
    29
    """
    # Made of ``fraction``, so that no compiler sees a constant: it would divide by way of a rounded reciprocal.
    divisor = fraction * 0.0 + max(size, 1)
    nearest = torch.round(fraction * size)
    return torch.where(fraction < nearest / divisor, nearest - 1.0, nearest).to(torch.int64)

"""How far the entropy-controlled schedule T <- T_max H / log K can cool (SCH-R1, SCH-R2, ENT-R2).

H is the mean entropy per parameter; the bounds hold for every sequence of parameters, whatever the loss.
"""

from __future__ import annotations

import math

import numpy as np

from reference.validation import positive_integer, positive_scalar, shown


def _level_count(level_count: int) -> int:
    count = positive_integer("level_count", level_count)
    if count < 2:
        raise ValueError(f"level_count must be at least 2, got {shown(level_count)}")
    return count


def _end_of_grid(level_count: int, x: float) -> tuple[float, float]:
    """Entropy and variance of the law exp(-x i), i < K: a parameter at the end, spacing = x T."""
    index = np.arange(level_count)
    weights = np.exp(-x * index)
    law = weights / weights.sum()
    mean = float(law @ index)
    return math.log(weights.sum()) + x * mean, float(law @ (index - mean) ** 2)


def _best_spacing(level_count: int) -> float:
    """The x at which x H_K(x) is largest; its derivative is the entropy less x^2 times the variance."""
    low, high = 1.0, 2.0  # the derivative is positive at 1 and negative at 2 for every K >= 2
    while (middle := 0.5 * (low + high)) not in (low, high):
        entropy, variance = _end_of_grid(level_count, middle)
        if entropy > middle * middle * variance:
            low = middle
        else:
            high = middle
    return low


def temperature_floor(t_max: float, level_range: float, level_count: int) -> float:
    """Temperature below which no trajectory of the schedule T <- T_max H / log K ever gets.

        largest root of  T^3 - T_max T^2 + c T_max,   c = range^2 / (8 log K);   0 if there is none

    From H >= log K - range^2 / (8 T^2), for every level set, every sequence of parameters, every loss; a
    root exists exactly if (range / T_max)^2 <= (32/27) log K. Source: ours (SCH-R1).

    t_max:       T_max > 0, the starting temperature
    level_range: q_K - q_1 > 0 in the same units; the largest, where tensors have their own levels
    level_count: K >= 2

    >>> round(temperature_floor(5.0, 2.0, 256) / 5.0, 5)
    0.99637
    >>> temperature_floor(1.0, 10.0, 256)
    0.0
    """
    start = positive_scalar("t_max", t_max)
    ratio = positive_scalar("level_range", level_range) / start
    share = ratio * ratio / (8 * math.log(_level_count(level_count)))
    if 27 * share > 4:
        return 0.0
    return start * (1 + 2 * math.cos(math.acos(1 - 13.5 * share) / 3)) / 3


def critical_ratio(level_count: int) -> float:
    """Ratio T_max / range on a uniform grid below which the schedule can cool, and from which on it cannot.

        log K / ((K - 1) sup_x x H_K(x)),   H_K(x) the entropy of the law exp(-x i), i < K

    Extremal: all parameters at (or beyond) an end of the grid. Source: ours (SCH-R2).

    level_count: K >= 2

    >>> round(critical_ratio(2), 4)
    0.9428
    """
    count = _level_count(level_count)
    x = _best_spacing(count)
    return math.log(count) / ((count - 1) * x * _end_of_grid(count, x)[0])


def temperature_floor_uniform(t_max: float, level_range: float, level_count: int) -> float:
    """Largest lower bound of the schedule's temperatures on a uniform grid; 0 where it can cool.

        largest T with  T_max H_K(h / T) = T log K,   h = range / (K - 1)

    Attained in the limit by parameters at an end of the grid. Arguments as in `temperature_floor`.
    Source: ours (SCH-R2).

    >>> round(temperature_floor_uniform(5.0, 2.0, 256) / 5.0, 5)
    0.99879
    """
    start = positive_scalar("t_max", t_max)
    spacing = positive_scalar("level_range", level_range) / (_level_count(level_count) - 1)
    goal = math.log(level_count) * spacing / start
    low, high = 0.0, _best_spacing(level_count)  # x H_K(x) increases from 0 to its maximum in between
    if high * _end_of_grid(level_count, high)[0] < goal:
        return 0.0
    while (middle := 0.5 * (low + high)) not in (low, high):
        if middle * _end_of_grid(level_count, middle)[0] < goal:
            low = middle
        else:
            high = middle
    return spacing / high


def entropy_range_uniform(spacing: float, level_count: int, temperature: float) -> tuple[float, float]:
    """Least and largest entropy that one parameter can have on a uniform grid.

        H_K(x)  <=  H(theta)  <=  log(exp(H_a(x)) + exp(H_b(x))),   x = spacing / T

    with a = ceil(K/2), b = floor(K/2). The least is attained at the ends, the bound above by theta at the
    centre for even K. Source: ours (ENT-R2).

    spacing:     distance h > 0 between neighbouring levels
    level_count: K >= 2
    temperature: T > 0

    >>> least, largest = entropy_range_uniform(1.0, 2, 0.5)
    >>> largest == math.log(2), round(least, 4)
    (True, 0.3653)
    """
    x = positive_scalar("spacing", spacing) / positive_scalar("temperature", temperature)
    count = _level_count(level_count)
    upper, lower = _end_of_grid(count - count // 2, x)[0], _end_of_grid(count // 2, x)[0]
    return _end_of_grid(count, x)[0], float(np.logaddexp(upper, lower))

"""How hot is hot enough to be uniform, how cold is cold enough to be decided (Theorems 1 and 2).

Claims resting on this: T1-*, T2-*, IMP-12, PQ-10, SCH-4, X-38.
"""

from __future__ import annotations

import math
from fractions import Fraction

from reference.validation import finite_scalar, positive_integer, positive_scalar


def _tolerance(tolerance: float) -> float:
    value = finite_scalar("tolerance", tolerance)
    if not 0 < value < 1:
        raise ValueError(f"tolerance must lie strictly between 0 and 1, got {tolerance!r}")
    return value


def _non_negative(name: str, value: float) -> float:
    number = finite_scalar(name, value)
    if number < 0:
        raise ValueError(f"{name} must be at least 0, got {value!r}")
    return number


def _temperature(name: str, energy: float, divisor: float) -> float:
    """The energy divided by a positive number, refused where float64 cannot hold it."""
    quotient = energy / divisor if divisor > 0 else math.inf
    if math.isinf(quotient):
        raise ValueError(
            f"{name} must be small enough for a float64 temperature at this tolerance, got {energy!r}"
        )
    return quotient


def _slack(count: int, tolerance: float) -> float:
    """1 - 1/K - tolerance: how far the tolerance is from excluding nothing, rounded once."""
    return float(1 - Fraction(1, count) - Fraction(tolerance))


def _coth_excess(y: float) -> float:
    """(y/2) coth(y/2) - 1 for y >= 0, without the cancellation of that formula at small y."""
    if y < 0.5:  # at 0.5 the first term left out is below 1e-17; the direct formula loses 50 eps
        # Divisors of y^2, y^4, ...: (2k)! / B_2k with the Bernoulli numbers B_2k.
        divisors = (12, -720, 30240, -1209600, 47900160, -1307674368000 / 691, 74724249600)
        return sum(y ** (2 * k) / divisor for k, divisor in enumerate(divisors, start=1))
    return 0.5 * y / math.tanh(0.5 * y) - 1


def initial_temperature_paper(energy_spread: float, level_count: int, tolerance: float) -> float:
    """Temperature that Theorem 1 asks for: spread / (K tolerance).

    energy_spread: largest difference between the distances of a parameter to two levels, >= 0
    level_count:   K >= 1
    tolerance:     allowed deviation of a level probability from 1/K, in (0, 1)
    Source: Theorem 1. It suffices on every uniform grid; for arbitrary levels only if K <= 4 (T1-S1, T1-R3).

    >>> initial_temperature_paper(2.0, 4, 0.5)
    1.0
    """
    spread = _non_negative("energy_spread", energy_spread)
    return _temperature(
        "energy_spread", spread, positive_integer("level_count", level_count) * _tolerance(tolerance)
    )


def initial_temperature_sharp(energy_spread: float, level_count: int, tolerance: float) -> float:
    """Least temperature that keeps every probability within the tolerance of 1/K, for arbitrary levels.

        T = spread / ln((1 + K tol) / (1 - K tol / (K - 1))),   0 if tol >= 1 - 1/K

    Extremal: one level nearest, the K - 1 others farther by the whole spread (attained for K <= 3,
    approached by clustering levels for K >= 4). Arguments as in `initial_temperature_paper`.
    A tolerance of 1 - 1/K or more excludes nothing, so every positive temperature will do: the
    infimum 0 is returned. Proved as T1-R1.

    >>> round(initial_temperature_sharp(2.0, 4, 0.5), 4)
    0.9102
    """
    spread = _non_negative("energy_spread", energy_spread)
    count = positive_integer("level_count", level_count)
    allowed = _tolerance(tolerance)
    left = _slack(count, allowed)
    if left <= 0:
        return 0.0
    # Where the slack is small it is known exactly, where it is near 1 its distance from 1 is.
    used = count * allowed / (count - 1)
    log_slack = math.log1p(-used) if used < 0.5 else math.log(left * count / (count - 1))
    return _temperature("energy_spread", spread, math.log1p(count * allowed) - log_slack)


def initial_temperature_sharp_uniform(spacing: float, level_count: int, tolerance: float) -> float:
    """Least temperature that keeps every probability within the tolerance of 1/K on a uniform grid.

    It serves every theta:

        T = -spacing / ln r   with   1 + r + ... + r^(K-1) = K / (1 + K tol),   0 if tol >= 1 - 1/K

    Extremal: theta at (or beyond) an end of the grid, where the probabilities are geometric.
    spacing: distance h > 0 between neighbouring levels; other arguments as in `initial_temperature_paper`.
    Proved as T1-R2.

    >>> t = initial_temperature_sharp_uniform(1.0, 2, 0.25)   # tanh(h / 2T) = 1/2
    >>> round(t, 12) == round(1 / math.log(3), 12)
    True
    """
    step = positive_scalar("spacing", spacing)
    count = positive_integer("level_count", level_count)
    allowed = _tolerance(tolerance)
    left = _slack(count, allowed)
    if left <= 0:
        return 0.0

    def excess(x: float) -> float:
        """K P_1 - 1 - K tol for h / T = x at the end of the grid; increasing, accurate for x <= 1."""
        rise = 0.5 * (count - 1) * x + _coth_excess(count * x) - _coth_excess(x)
        return rise / (1 + 0.5 * x + _coth_excess(x)) - count * allowed

    def shortfall(x: float) -> float:
        """The same increasing function up to the factor K, from 1 - P_1; accurate for x >= 1."""
        return left - math.exp(-x) * math.expm1(-(count - 1) * x) / math.expm1(-count * x)

    if excess(1.0) > 0:
        cold, too_cold = 1.0, excess
        while (hot := 0.5 * cold) > 0 and too_cold(hot) > 0:
            cold = hot
    else:
        hot, too_cold = 1.0, shortfall
        while too_cold(cold := 2 * hot) <= 0:
            hot = cold
    while (middle := 0.5 * (hot + cold)) not in (hot, cold):
        if too_cold(middle) > 0:
            cold = middle
        else:
            hot = middle
    return _temperature("spacing", step, hot)


def final_temperature_paper(energy_gap: float, level_count: int, tolerance: float) -> float:
    """Temperature that Theorem 2 asks for: gap / (K ln(1/tolerance)).

    energy_gap:  distance to the second nearest level minus distance to the nearest, >= 0
    level_count: K >= 1
    tolerance:   allowed probability of all levels but the nearest, in (0, 1)
    Source: Theorem 2. It always suffices, though not by the proof printed (T2-S1, T2-P9).

    >>> round(final_temperature_paper(1.0, 10, 0.05), 6)
    0.033381
    """
    gap = _non_negative("energy_gap", energy_gap)
    return _temperature(
        "energy_gap", gap, positive_integer("level_count", level_count) * -math.log(_tolerance(tolerance))
    )


def final_temperature_sharp(energy_gap: float, level_count: int, tolerance: float) -> float:
    """Largest temperature that leaves at most the tolerance to all other levels, for arbitrary levels.

        T = gap / ln((K - 1)(1 - tol) / tol),   infinity if tol >= 1 - 1/K

    Extremal: all other levels farther by exactly the gap (attained for K <= 3, approached by
    clustering levels for K >= 4). Arguments as in `final_temperature_paper`. Proved as T2-R1.

    >>> round(final_temperature_sharp(1.0, 10, 0.05), 6)
    0.19449
    """
    gap = _non_negative("energy_gap", energy_gap)
    count = positive_integer("level_count", level_count)
    allowed = _tolerance(tolerance)
    left = _slack(count, allowed)
    if left <= 0:
        return math.inf
    # ln of the odds (K-1)(1-tol)/tol, which exceed 1 by K slack/tol: near 1 that excess keeps the digits.
    above_one = count * left / allowed
    log_odds = (
        math.log1p(above_one) if above_one < 1 else math.log((count - 1) * (1 - allowed)) - math.log(allowed)
    )
    return _temperature("energy_gap", gap, log_odds)


def final_temperature_sharp_uniform(energy_gap: float, tolerance: float) -> float:
    """Largest temperature that suffices on every uniform grid, whatever its number of levels.

        T = gap / ln((2 - tol) / tol),   from P_nearest >= tanh(gap / 2T)

    Extremal: theta on an inner level of an ever longer grid, where gap = spacing.
    Arguments as in `final_temperature_paper`. Proved as T2-R2.

    >>> round(final_temperature_sharp_uniform(1.0, 0.05), 6)
    0.272958
    """
    gap = _non_negative("energy_gap", energy_gap)
    allowed = _tolerance(tolerance)
    return _temperature("energy_gap", gap, math.log1p(1 - allowed) - math.log(allowed))

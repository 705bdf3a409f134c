"""Expected number of steps until the loss is within a tolerance of its infimum (Theorem 4).

`gap` is L(theta_0) - L_min, and tau the first t with L(theta_t) <= L_min + tolerance. The drift is assumed given the
past and only until tau; see T4-R1 for why neither may be dropped. Claims resting on this: T4-*, X-35.
"""

from __future__ import annotations

import math

from reference.validation import nonnegative_scalar, positive_scalar, unit_interval


def _positive_share(name: str, value: float) -> float:
    share = unit_interval(name, value)
    if share == 0.0:
        raise ValueError(f"{name} must lie in (0, 1], got {value!r}")
    return share


def _drift_of(gap: float, drift: float) -> float:
    speed = positive_scalar("drift", drift)
    if speed > gap:
        raise ValueError(f"drift must be at most the gap {gap!r}, the most a loss can fall, got {drift!r}")
    return speed


def expected_time_paper(gap: float, tolerance: float, drift: float, f_min: float) -> float:
    """Expected number of steps that Theorem 4 promises.

        (gap - tol) / (drift f_min),   0 if tol >= gap

    gap: > 0; tolerance: >= 0; drift: in (0, gap] unless tol >= gap; f_min: in (0, 1]
    Raises ValueError or TypeError for other arguments. Source: Theorem 4. It holds for every loss with the
    drift exactly when tol <= (1 - f_min) gap or tol >= gap (T4-R1).

    >>> expected_time_paper(1.0, 0.75, 0.5, 0.5)
    1.0
    """
    distance, allowed = positive_scalar("gap", gap), nonnegative_scalar("tolerance", tolerance)
    share = _positive_share("f_min", f_min)
    if allowed >= distance:
        return 0.0
    return (distance - allowed) / (_drift_of(distance, drift) * share)


def expected_time_sharp(gap: float, tolerance: float, drift: float) -> float:
    """Largest expected number of steps when the expected decrease per step is at least the drift.

        gap / drift,   0 if tol >= gap

    Attained, whatever the tolerance, by masks that select one parameter with probability drift / gap and then
    carry the loss from L_min + gap to L_min at once. Arguments as in `expected_time_paper`. Proof: T4-R1.

    >>> expected_time_sharp(1.0, 0.75, 0.5)
    2.0
    """
    distance, allowed = positive_scalar("gap", gap), nonnegative_scalar("tolerance", tolerance)
    return 0.0 if allowed >= distance else distance / _drift_of(distance, drift)


def expected_time_bounded_decrease(
    gap: float, tolerance: float, drift: float, largest_decrease: float
) -> float:
    """Bound on the expected number of steps when in addition no step lowers the loss by more than d.

        min(gap, gap - tol + d) / drift,   0 if tol >= gap

    For d < tol no process attains it; for gap - tol = j d + s with s -> 0 the loss that falls by d with
    probability drift / d, else stays, comes as near as (gap - tol - s + d) / drift.
    largest_decrease: d >= drift; other arguments as in `expected_time_paper`. Proof: T4-R2.

    >>> expected_time_bounded_decrease(1.0, 0.75, 0.125, 0.25)
    4.0
    """
    distance, allowed = positive_scalar("gap", gap), nonnegative_scalar("tolerance", tolerance)
    if allowed >= distance:
        return 0.0
    speed, most = _drift_of(distance, drift), positive_scalar("largest_decrease", largest_decrease)
    if most < speed:
        raise ValueError(f"largest_decrease must be at least drift = {drift!r}, got {largest_decrease!r}")
    return min(distance, distance - allowed + most) / speed


def expected_time_geometric(gap: float, tolerance: float, rate: float) -> float:
    """Least upper bound of the expected number of steps when the gap shrinks by the rate in expectation.

        k + 1 + (1 - rate) s / rate    with   gap / tol = s / (1 - rate)^k,   1 <= s < 1/(1 - rate)

    The hypothesis is E[gap_{t+1} | past] <= (1 - rate) gap_t until tau. Approached by shrinking k times by
    1 - rate, then falling either to the minimum or to just above the tolerance, where each further step
    succeeds with probability `rate`. At most (1 + ln(gap / tol)) / rate, and 0 if tol >= gap.
    gap: > 0; tolerance: > 0; rate: in (0, 1]. Raises ValueError or TypeError otherwise. Proof: T4-R3.

    >>> expected_time_geometric(8.0, 1.0, 0.5)
    5.0
    """
    distance, allowed = positive_scalar("gap", gap), positive_scalar("tolerance", tolerance)
    share = _positive_share("rate", rate)
    if allowed >= distance:
        return 0.0
    if share == 1.0:
        return 1.0
    # The bound is continuous in s across the ends of its range, so a rounded k does no harm.
    scale = math.log(distance) - math.log(allowed)
    whole = math.floor(scale / -math.log1p(-share))
    rest = math.exp(scale + whole * math.log1p(-share))
    return whole + 1 + (1 - share) * rest / share

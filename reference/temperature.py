"""Temperature schedules: entropy-controlled, geometric, fixed, and their clamp.

Each rule is a pure function that returns the next temperature.  The paper's sections "Implementation details"
(the two end temperatures), "Adaptive temperature schedule" (Eq. 14 by counting back, the one-line update) and
Table 5 (the geometric and fixed schedules it compares with).

The paper divides the entropy by different things in different places; each is a selectable reading, see
``largest_entropy``.

Claims that rest on it: ENT-*, SCH-*, X-7, X-8, X-39.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.validation import (
    finite_scalar,
    integer_between,
    nonnegative_scalar,
    one_of,
    positive_integer,
    positive_scalar,
    shown,
)

INITIAL_FACTOR = 5.0  # T_max = 5 sigma: "Implementation details"
FLOOR_FACTOR = 0.01  # T_min = 0.01 T_max: "Implementation details" and "Adaptive temperature schedule"

# Readings of the normaliser H_max, in the order of their places in the paper.
ENTROPY_NORMALISERS = ("log_levels", "total_log_levels", "initial", "observed_maximum")

# A mean of entropies may exceed log K by rounding errors of its summation; more is a wrong argument.
_ROUNDING_ALLOWANCE = 64 * float(np.finfo(np.float64).eps)  # our choice


def initial_temperature(sigma: Any) -> float:
    """Return the paper's initial temperature.

    T_max = 5 sigma.

    Arguments:
        sigma: standard deviation of the weights before training, scalar in (0, inf).

    Returns:
        A positive float, in the units of the weights.

    Raises:
        ValueError, TypeError: sigma is not a positive finite number, or 5 sigma overflows.

    Source: "Implementation details".

    >>> initial_temperature(0.5)
    2.5
    """
    sigma = positive_scalar("sigma", sigma)
    return positive_scalar("5 * sigma", INITIAL_FACTOR * sigma)


def smallest_temperature(t_max: Any) -> float:
    """Return the paper's clamp.

    T_min = 0.01 T_max.

    Arguments:
        t_max: initial temperature, scalar in (0, inf).

    Returns:
        A positive float.

    Raises:
        ValueError, TypeError: t_max is not a positive finite number, or so small that the clamp is zero.

    Source: "Implementation details".

    >>> smallest_temperature(2.5)
    0.025
    """
    t_max = positive_scalar("t_max", t_max)
    return positive_scalar("0.01 * t_max", FLOOR_FACTOR * t_max)


def largest_entropy(
    normaliser: Any,
    *,
    parameter_count: Any,
    level_count: Any,
    initial_entropy: Any = None,
    observed_maximum: Any = None,
) -> float:
    """Return the number H_max by which the total entropy is divided, under one reading of the paper.

    ====================  ===============  ==========================================================
    normaliser            H_max            where the paper says so
    ====================  ===============  ==========================================================
    "log_levels"          n log K          one-line update, entropy read as the mean over parameters
    "total_log_levels"    log K            one-line update to the letter: total entropy over log |Q|
    "initial"             H(theta_0)       Algorithm 1, the line that sets H_max
    "observed_maximum"    max_s H(theta_s) the sentence after Eq. 14
    ====================  ===============  ==========================================================

    Arguments:
        normaliser: one of the four words above.
        parameter_count: number of parameters n, an integer of at least 1.
        level_count: number of levels K, an integer of at least 1.
        initial_entropy: total entropy at step 0 in nats, positive; read by "initial" only.
        observed_maximum: largest total entropy so far in nats, positive; read by "observed_maximum" only.

    Returns:
        A positive float, in nats.

    Raises:
        ValueError: an unknown normaliser, a number out of range, or one level only where H_max is made of
            log K, which is then zero.
        TypeError: an argument has the wrong type, or the one the reading needs is missing.

    Source: see the table.

    >>> largest_entropy("log_levels", parameter_count=10, level_count=2) == 10 * math.log(2)
    True
    """
    normaliser = one_of("normaliser", normaliser, ENTROPY_NORMALISERS)
    parameter_count = positive_integer("parameter_count", parameter_count)
    log_levels = math.log(positive_integer("level_count", level_count))
    if normaliser == "initial":
        return positive_scalar("initial_entropy", initial_entropy)
    if normaliser == "observed_maximum":
        return positive_scalar("observed_maximum", observed_maximum)
    if log_levels == 0.0:
        raise ValueError(f"level_count must be at least 2 for normaliser {normaliser!r}, got {level_count!r}")
    return parameter_count * log_levels if normaliser == "log_levels" else log_levels


def entropy_temperature(entropy: Any, largest_entropy: Any, t_max: Any) -> float:
    """Return the entropy-controlled temperature.

    T = T_max H / H_max.

    Arguments:
        entropy: H, in nats, scalar in [0, inf); the total over the parameters.
        largest_entropy: H_max, in nats, scalar in (0, inf); see ``largest_entropy``.
        t_max: T_max, scalar in (0, inf).

    Returns:
        A float in [0, inf): zero where the entropy is, above t_max where H exceeds H_max.  The rule itself
        does not clamp, see ``clamp_temperature``.

    Raises:
        ValueError, TypeError: an argument is not a finite number in its range, or the result overflows.

    Source: Eq. 14 by counting back from Eq. 15.

    >>> entropy_temperature(3.0, 6.0, 5.0)
    2.5
    """
    entropy = nonnegative_scalar("entropy", entropy)
    largest_entropy = positive_scalar("largest_entropy", largest_entropy)
    t_max = positive_scalar("t_max", t_max)
    # The ratio comes first, so that H = H_max gives exactly T_max.
    return finite_scalar("t_max * entropy / largest_entropy", t_max * (entropy / largest_entropy))


def compounding_temperature(temperature: Any, mean_entropy: Any, level_count: Any) -> float:
    """Return the repaired schedule: the current temperature, not T_max, is scaled by the entropy ratio.

    T_{t+1} = T_t H_t / log K.

    The paper's rule has fixed points at high temperature, where the entropy stays close to log K.  This one
    cannot rise, and a temperature is fixed only if H_t = log K exactly.  In float64 that includes
    temperatures so high (some 1e8 times the width of the level set) that the deficit is lost in rounding.

    Arguments:
        temperature: T_t, scalar in (0, inf).
        mean_entropy: H_t, the mean entropy per parameter in nats, scalar in [0, log K].
        level_count: number of levels K, an integer of at least 2.

    Returns:
        A float in [0, temperature].

    Raises:
        ValueError: an argument is not in its range.
        TypeError: an argument has the wrong type.

    Source: ours; it replaces Eq. 14.

    >>> compounding_temperature(2.0, math.log(2), 4)
    1.0
    """
    temperature = positive_scalar("temperature", temperature)
    entropy = nonnegative_scalar("mean_entropy", mean_entropy)
    count = positive_integer("level_count", level_count)
    if count == 1:
        raise ValueError(f"level_count must be at least 2, got {level_count!r}")
    if entropy > math.log(count) * (1.0 + _ROUNDING_ALLOWANCE):
        raise ValueError(
            f"mean_entropy must lie in [0, log {count}] = [0, {math.log(count)}], got {shown(mean_entropy)}"
        )
    return float(temperature * min(1.0, entropy / math.log(count)))


def geometric_temperature(step: Any, t_max: Any, ratio: Any) -> float:
    """Return the geometric schedule that the paper compares with.

    T_t = T_max ratio^t.

    Arguments:
        step: t, an integer in [0, 2^32 - 1].
        t_max: T_max, scalar in (0, inf).
        ratio: scalar in (0, 1].

    Returns:
        A float in [0, t_max], non-increasing in the step; zero where the power underflows.

    Raises:
        ValueError, TypeError: an argument is not a number in its range.

    Source: Table 5, "geometric cooling"; the ratio is not given.

    >>> geometric_temperature(2, 8.0, 0.5)
    2.0
    """
    step = integer_between("step", step, 0, 2**32 - 1)
    t_max = positive_scalar("t_max", t_max)
    ratio = positive_scalar("ratio", ratio)
    if ratio > 1.0:
        raise ValueError(f"ratio must lie in (0, 1], got {ratio!r}")
    return float(t_max * ratio**step)


def fixed_temperature(step: Any, t_max: Any) -> float:
    """Return the constant schedule that the paper compares with.

    T_t = T_max.

    Arguments:
        step: t, an integer in [0, 2^32 - 1].
        t_max: T_max, scalar in (0, inf).

    Returns:
        t_max.

    Raises:
        ValueError, TypeError: an argument is not a number in its range.

    Source: Table 5, "a fixed temperature".

    >>> fixed_temperature(7, 8.0)
    8.0
    """
    integer_between("step", step, 0, 2**32 - 1)
    return positive_scalar("t_max", t_max)


def clamp_temperature(temperature: Any, t_min: Any) -> float:
    """Return the temperature, or the clamp where the temperature is below it.

    max(T, T_min).

    Arguments:
        temperature: T, scalar in [0, inf).
        t_min: T_min, scalar in (0, inf).

    Returns:
        A float in [t_min, inf).

    Raises:
        ValueError, TypeError: an argument is not a number in its range.

    Source: "Implementation details" and "Adaptive temperature schedule".

    >>> clamp_temperature(0.01, 0.025)
    0.025
    """
    return max(nonnegative_scalar("temperature", temperature), positive_scalar("t_min", t_min))

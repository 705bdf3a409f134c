"""Temperature schedules on 0-dim tensors: entropy-controlled, compounding, geometric, fixed, and the clamp.

Twin: reference/temperature.py.  Differences: tensors in, tensors out, float64; nothing is read on the host
and nothing is checked (options are validated once, elsewhere), so every rule can be captured in a graph or
compiled.  A power may differ by units in the last place.  Where the twin raises because a result leaves
float64, the result here is infinite.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

INITIAL_FACTOR = 5.0  # T_max = 5 sigma: "Implementation details"
FLOOR_FACTOR = 0.01  # T_min = 0.01 T_max: "Implementation details" and "Adaptive temperature schedule"

# Readings of the normaliser H_max, in the order of their places in the paper.
ENTROPY_NORMALISERS = ("log_levels", "total_log_levels", "initial", "observed_maximum")


def initial_temperature(sigma: Tensor) -> Tensor:
    """Return T_max = 5 sigma; sigma: standard deviation of the weights before training, 0-dim.

    >>> initial_temperature(torch.tensor(0.5, dtype=torch.float64)).item()
    2.5
    """
    return INITIAL_FACTOR * sigma


def smallest_temperature(t_max: Tensor) -> Tensor:
    """Return T_min = 0.01 T_max; t_max: 0-dim, positive.

    >>> smallest_temperature(torch.tensor(2.5, dtype=torch.float64)).item()
    0.025
    """
    return FLOOR_FACTOR * t_max


def largest_entropy(
    normaliser: str,
    parameter_count: int,
    level_count: int,
    initial_entropy: Tensor | None = None,
    observed_maximum: Tensor | None = None,
) -> Tensor:
    """Return the divisor H_max of the total entropy, under the reading named.

    Arguments:
        normaliser: a word of ``ENTROPY_NORMALISERS``.
        parameter_count: n, a Python integer.
        level_count: K, a Python integer, at least 2 where H_max is made of log K.
        initial_entropy, observed_maximum: 0-dim, positive; the reading decides which one is returned.  Given
            for another reading, they only say on which device the result lies.

    Returns:
        0-dim, float64.

    >>> largest_entropy("log_levels", 10, 2).item() == 10 * math.log(2)
    True
    """
    if normaliser == "initial" and initial_entropy is not None:
        return initial_entropy
    if normaliser == "observed_maximum" and observed_maximum is not None:
        return observed_maximum
    if normaliser not in ("log_levels", "total_log_levels"):
        raise ValueError(
            f"normaliser must be one of {', '.join(ENTROPY_NORMALISERS)}, and 'initial' and "
            f"'observed_maximum' need their entropy, got {normaliser!r}"
        )
    value = math.log(level_count) * (parameter_count if normaliser == "log_levels" else 1)
    given = observed_maximum if initial_entropy is None else initial_entropy
    # A tensor, not a number: on CUDA a division by a number is a product with its rounded reciprocal.
    return torch.full((), value, dtype=torch.float64, device=None if given is None else given.device)


def entropy_temperature(entropy: Tensor, largest_entropy: Tensor, t_max: Tensor | float) -> Tensor:
    """Return T = T_max H / H_max; entropy and largest_entropy: 0-dim totals over the parameters, H_max > 0.

    >>> three, six = torch.tensor([3.0, 6.0], dtype=torch.float64)
    >>> entropy_temperature(three, six, 5.0).item()
    2.5
    """
    # The ratio comes first, so that H = H_max gives exactly T_max.
    return t_max * (entropy / largest_entropy)


def compounding_temperature(temperature: Tensor, mean_entropy: Tensor, level_count: int) -> Tensor:
    """Return T_{t+1} = T_t min(1, H_t / log K).

    Arguments:
        temperature: T_t, 0-dim, positive.
        mean_entropy: H_t, 0-dim, per parameter, in [0, log K] up to rounding.
        level_count: K, a Python integer of at least 2.

    Returns:
        0-dim, in [0, temperature].

    >>> two = torch.tensor(2.0, dtype=torch.float64)
    >>> compounding_temperature(two, torch.log(two), 4).item()
    1.0
    """
    # A tensor as in ``largest_entropy``: H = log K must give the ratio 1.
    log_levels = torch.full_like(mean_entropy, math.log(level_count))
    return temperature * torch.clamp(mean_entropy / log_levels, max=1.0)


def geometric_temperature(step: Tensor, t_max: Tensor | float, ratio: Tensor | float) -> Tensor:
    """Return T_t = T_max ratio^t; step: t, 0-dim int64; ratio in (0, 1].

    >>> geometric_temperature(torch.tensor(2), 8.0, 0.5).item()
    2.0
    """
    return t_max * torch.pow(ratio, step.to(torch.float64))


def fixed_temperature(step: Tensor, t_max: Tensor | float) -> Tensor:
    """Return T_t = T_max, 0-dim, on the device of ``step``.

    >>> fixed_temperature(torch.tensor(7), 8.0).item()
    8.0
    """
    return torch.zeros_like(step, dtype=torch.float64) + t_max


def clamp_temperature(temperature: Tensor, t_min: Tensor | float) -> Tensor:
    """Return max(T, T_min).

    >>> clamp_temperature(torch.tensor(0.01, dtype=torch.float64), 0.025).item()
    0.025
    """
    return torch.clamp(temperature, min=t_min)

"""The term that the energy adds to the loss, elementwise on tensors, under each reading of the lost Eq. 8.

Twin: reference/energy.py.  Differences: float32 or float64 of any shape; nothing is read on the host and
nothing is checked; a term that leaves the dtype is infinite, and none is NaN for finite arguments.  The sum
over the parameters and the coefficient are the caller's; the distances to the levels are in the twin only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

Penalty = Callable[[Tensor, Tensor], Tensor]


def _over_temperature(distance: Tensor, temperature: Tensor) -> Tensor:
    # 0 / 0 is possible where a float64 temperature underflows in the dtype of the distance.
    return torch.where(distance == 0.0, 0.0, distance / temperature)


PENALTIES: Mapping[str, Penalty] = MappingProxyType(
    {
        "distance_over_temperature": _over_temperature,
        "distance_times_temperature": lambda distance, temperature: distance * temperature,
        "boltzmann": lambda distance, temperature: torch.exp(-_over_temperature(distance, temperature)),
        "squared": lambda distance, temperature: distance * distance,
        # In this order, because a temperature that underflows to 0 must not meet an infinite square.
        "squared_times_temperature": lambda distance, temperature: (temperature * distance) * distance,
    }
)

REDUCTIONS = ("sum", "mean")


def penalty_terms(distance: Tensor, temperature: Tensor, form: str = "distance_over_temperature") -> Tensor:
    """Return phi(|d|, T), one term for each parameter.

    Arguments:
        distance: d = theta - theta', any shape, of either sign.
        temperature: T, 0-dim, positive.
        form: a name of ``PENALTIES``.

    Returns:
        Shape and dtype of ``distance``, at least 0.

    >>> penalty_terms(torch.tensor([-0.5, 0.0]), torch.tensor(0.25)).tolist()
    [2.0, 0.0]
    """
    # A float64 temperature can be infinite in float32, and no distance would then give 0 * infinity.
    heat = temperature.to(distance.dtype).clamp(max=torch.finfo(distance.dtype).max)
    return PENALTIES[form](torch.abs(distance), heat)

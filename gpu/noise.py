"""The scale of the Gaussian noise as a function of the temperature, on 0-dim tensors.

Twin: reference/noise.py.  Differences: tensors in, tensors out, float64; nothing is read on the host and
nothing is checked; only the four named scales.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

NoiseScale = Callable[[Tensor, Any], Tensor]


def _langevin(temperature: Tensor, step_size: Tensor | float) -> Tensor:
    # Two roots, because 2 eta T leaves the float64 range before its root does.
    return step_size**0.5 * torch.sqrt(temperature) * math.sqrt(2.0)


NOISE_SCALES: Mapping[str, NoiseScale] = MappingProxyType(
    {
        "linear": lambda temperature, step_size: temperature,
        "root": lambda temperature, step_size: torch.sqrt(temperature),
        "langevin": _langevin,
        "zero": lambda temperature, step_size: torch.zeros_like(temperature),
    }
)


def noise_scale(temperature: Tensor, scale: str = "linear", step_size: Tensor | float = 1.0) -> Tensor:
    """Return the standard deviation eps(T) of the noise added to each updated parameter.

    Arguments:
        temperature: T, 0-dim, float64.
        scale: a name of ``NOISE_SCALES``.
        step_size: eta, a number or 0-dim; only "langevin" reads it.

    Returns:
        0-dim, the dtype of ``temperature``.

    >>> noise_scale(torch.tensor(0.25, dtype=torch.float64), "root").item()
    0.5
    """
    return NOISE_SCALES[scale](temperature, step_size)

"""The probability of accepting a move that changes the energy, elementwise on tensors.

Twin: reference/acceptance.py.  Differences: float32 or float64 of any shape; nothing is read on the host and
nothing is checked.  The quotient r = dE / T is one float here and two in the twin, so the relative error of a
probability grows like (1 + r) eps uphill; the absolute error stays of order eps.  Energies may be infinite
and the temperature 0: the probability is then 0, 1 or, for dE = 0, the value at r = 0, never NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor


def _boltzmann_weight(energy_change: Tensor, temperature: Tensor) -> Tensor:
    """Return exp(-|dE| / T), in (0, 1] up to underflow; 1 where dE = 0, at every temperature.

    >>> zero = torch.zeros(())
    >>> _boltzmann_weight(zero, zero).item()
    1.0
    """
    dtype = energy_change.dtype
    # A float64 temperature can be infinite in float32, and an infinite energy would then give NaN.
    divisor = temperature.to(dtype).clamp(max=torch.finfo(dtype).max)
    # 0 / 0 is possible where the temperature underflows.
    ratio = torch.where(energy_change == 0.0, 0.0, torch.abs(energy_change) / divisor)
    return torch.exp(-ratio)


def acceptance_probability(energy_change: Tensor, temperature: Tensor) -> Tensor:
    """Return A = 1 / (1 + exp(dE / T)).

    Arguments:
        energy_change: dE, any shape, float32 or float64.
        temperature: T, 0-dim, at least 0.

    Returns:
        Shape and dtype of ``energy_change``, in [0, 1].

    >>> acceptance_probability(torch.tensor([0.0, -1e30, 1e30]), torch.tensor(1e-30)).tolist()
    [0.5, 1.0, 0.0]
    """
    # w = exp(-|r|) cannot overflow: A = w / (1 + w) uphill and 1 / (1 + w) downhill.
    weight = _boltzmann_weight(energy_change, temperature)
    return torch.where(energy_change > 0.0, weight, 1.0) / (1.0 + weight)


def metropolis_probability(energy_change: Tensor, temperature: Tensor) -> Tensor:
    """Return min(1, exp(-dE / T)); arguments and result as for ``acceptance_probability``.

    >>> metropolis_probability(torch.tensor([-3.0, 0.0]), torch.tensor(1.0)).tolist()
    [1.0, 1.0]
    """
    return _boltzmann_weight(torch.clamp(energy_change, min=0.0), temperature)


def piecewise_sigmoid_probability(energy_change: Tensor, temperature: Tensor) -> Tensor:
    """Return 1 where dE <= 0, else 1 / (1 + exp(dE / T)); otherwise as ``acceptance_probability``.

    >>> piecewise_sigmoid_probability(torch.tensor(-1e-9), torch.tensor(1.0)).item()
    1.0
    """
    return torch.where(energy_change <= 0.0, 1.0, acceptance_probability(energy_change, temperature))


def doubled_sigmoid_probability(energy_change: Tensor, temperature: Tensor) -> Tensor:
    """Return min(1, 2 / (1 + exp(dE / T))); otherwise as ``acceptance_probability``.

    >>> doubled_sigmoid_probability(torch.tensor(0.0), torch.tensor(1.0)).item()
    1.0
    """
    return torch.clamp(2.0 * acceptance_probability(energy_change, temperature), max=1.0)


def always_probability(energy_change: Tensor, temperature: Tensor) -> Tensor:
    """Return ones in the shape and dtype of ``energy_change``.

    >>> always_probability(torch.tensor(5.0), torch.tensor(1.0)).item()
    1.0
    """
    return torch.ones_like(energy_change)


AcceptanceRule = Callable[[Tensor, Tensor], Tensor]

ACCEPTANCE_RULES: Mapping[str, AcceptanceRule] = MappingProxyType(
    {
        "sigmoid": acceptance_probability,
        "metropolis": metropolis_probability,
        "piecewise_sigmoid": piecewise_sigmoid_probability,
        "doubled_sigmoid": doubled_sigmoid_probability,
        "always": always_probability,
    }
)


def accepts(uniform: Tensor, probability: Tensor) -> Tensor:
    """Return u < A, strictly, as booleans; a probability that is NaN accepts nothing.

    Arguments:
        uniform: u, in [0, 1); float64, because a uniform rounded to float32 can be 1.
        probability: A, the shape of ``uniform``.

    >>> accepts(torch.tensor([0.0, 0.25]), torch.tensor([0.0, 0.5])).tolist()
    [False, True]
    """
    return uniform < probability

"""The rules that the authors' public code uses in place of the paper's formulas, on tensors.

Twin: reference/released_rules.py.  Differences: float32 or float64 on any device; no rule on tensors reads
them on the host or checks them; the mean level is a matrix product.  The soft quantization is kept literal,
n K numbers and all: its cost is what the released code costs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor

WINDOW = 10  # losses over which the fraction rule looks back
THRESHOLD = 1.0 / 1024.0  # written into the test, whatever the number of levels
DECAY = 0.992  # factor of the temperature rule; 0.995 in one of the five scripts

Number = TypeVar("Number", float, Tensor)


def released_fraction(losses: Sequence[float], f_min: float, f_max: float, window: int = WINDOW) -> float:
    """Return f = f_max - (f_max - f_min) (mean of |c_s|) / (max of |c_s|), clipped to [f_min, f_max].

    The c_s are the changes between the last ``window`` losses; f_max until there are so many, and where no
    loss changed.

    Arguments: Python numbers, because the number of tensors to try is needed on the host.

    >>> released_fraction(range(10), 0.25, 1.0), released_fraction([1.0], 0.25, 1.0)
    (0.25, 1.0)
    """
    recent = losses[-window:]
    changes = [abs(after - before) for before, after in pairwise(recent)]
    largest = max(changes, default=0.0)
    if len(losses) < window or largest == 0.0:
        return f_max
    ratio = math.fsum(change / largest for change in changes) / len(changes)
    return min(max(f_max - (f_max - f_min) * ratio, f_min), f_max)


def released_soft_quantize(candidate: Tensor, level_count: int, temperature: float) -> Tensor:
    """Return the soft-quantized candidate, on ``level_count`` even levels from its smallest to largest entry.

    S(x_i) = sum_k q_k softmax_k(-|x_i - q_k| / T).

    Arguments:
        candidate: x, any shape, float32 or float64, of finite range.
        level_count: K, at least 1.
        temperature: T, a Python number, positive; one below the smallest normal number of the dtype counts as
            that number.

    Returns:
        Shape and dtype of the candidate, inside [min x, max x].

    >>> released_soft_quantize(torch.tensor([[0.0, 1.0]]), 2, 0.001).tolist()
    [[0.0, 1.0]]
    """
    if candidate.numel() == 0:
        return candidate
    low, high = torch.aminmax(candidate)
    places = torch.arange(level_count, dtype=candidate.dtype, device=candidate.device)
    levels = low + (high - low) / max(level_count - 1, 1) * places
    if level_count > 1:
        levels = torch.where(places == level_count - 1, high, levels)
    distances = torch.abs(candidate.reshape(-1, 1) - levels)
    # Subtracting the smallest distance changes no weight, and keeps the quotient from being infinite twice.
    distances -= distances.min(dim=1, keepdim=True).values
    distances /= -max(temperature, torch.finfo(candidate.dtype).tiny)
    means = torch.mv(torch.softmax(distances, dim=1), levels)
    # A mean lies between the ends; rounding can carry it out by a unit in the last place.
    return torch.clamp(means, low, high).reshape(candidate.shape)


def released_acceptance(energy_change: Tensor, temperature: float) -> Tensor:
    """Return whether a candidate tensor is kept: unless dE > (1 / 1024) exp(-dE / T).

    Arguments:
        energy_change: dE, any shape.
        temperature: T, a Python number, positive.

    >>> released_acceptance(torch.tensor([-1.0, 0.0009, 0.001]), 1.0).tolist()
    [True, True, False]
    """
    # For dE <= 0 the right side is positive, and its exponential may overflow.
    return (energy_change <= 0.0) | (energy_change <= THRESHOLD * torch.exp(-(energy_change / temperature)))


def released_entropy(tensors: Iterable[Tensor], temperature: float) -> Tensor:
    """Return H = -sum_tensors sum_i p_i log p_i, p = softmax(x / T) over the entries of one tensor.

    Arguments:
        tensors: of any shapes, not empty; computed in float64 whatever their dtype.
        temperature: T, a Python number, positive.

    Returns:
        0-dim float64, in nats, on the device of the tensors.

    >>> round(released_entropy([torch.zeros(2), torch.ones(1)], 1.0).item(), 6)
    0.693147
    """
    entropies = []
    for tensor in tensors:
        values = tensor.reshape(-1).to(torch.float64)
        reduced = (values.max() - values) / temperature
        weights = torch.exp(-reduced)
        # H = log Z + mean of the reduced energies: the definition without a logarithm of zero.
        terms = torch.where(weights > 0.0, weights * reduced, 0.0)
        total = weights.sum()
        entropies.append(torch.log(total) + terms.sum() / total)
    if not entropies:
        return torch.zeros((), dtype=torch.float64)
    # The tensors of one model may lie on several devices.
    return torch.stack([entropy.to(entropies[0].device) for entropy in entropies]).sum()


def released_temperature(
    temperature: Number, entropy: Number, tensor_count: int, decay: float = DECAY
) -> Number:
    """Return T decay^(1 + H / number of tensors): no largest temperature, no floor; it may underflow to 0.

    >>> released_temperature(1.0, 2.0, 2, decay=0.5)
    0.25
    """
    result: Number = temperature * decay ** (1.0 + entropy / tensor_count)
    return result

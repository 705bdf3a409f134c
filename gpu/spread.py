"""The standard deviation of a group's parameters, whatever the order or the splitting of the sum.

The paper scales its levels and its initial temperature by it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gpu.entropy import fixed_point
from gpu.sharding import maximum_over_shards, sum_over_shards

_CHUNK = 2**20  # elements per temporary: our choice


def standard_deviation(locals_: Sequence[Tensor], parameters: Sequence[Any]) -> float:
    """Return the population standard deviation of all elements of some parameters.

    sqrt(mean(x^2) - mean(x)^2), both means being exact sums of terms rounded to 2^-56, in units of the power of
    two above the largest |x|.

    Arguments:
        locals_: the elements that this process holds, any shapes.
        parameters: the parameters they belong to, which say with whom they are shared.

    Returns:
        A float of at least 0; the same on every process.

    >>> standard_deviation([torch.tensor([1.0, -1.0])], [torch.zeros(2)])
    1.0
    """
    count = sum(parameter.numel() for parameter in parameters)
    held = [part.detach().reshape(-1) for part in locals_ if part.numel()]
    device = parameters[0].device if parameters else torch.device("cpu")
    largest = torch.zeros((), dtype=torch.float64, device=device)
    for part in held:
        largest = torch.maximum(largest, part.abs().max().to(torch.float64))
    size = maximum_over_shards(largest, list(parameters)).item()
    if size == 0.0 or not math.isfinite(size) or count == 0:
        return 0.0 if count == 0 else size * 0.0
    scale = 2.0 ** math.ceil(math.log2(size) + 1e-9)
    sums = torch.zeros(2, 2, dtype=torch.int64, device=device)
    for part in held:
        for chunk in part.split(_CHUNK):
            reduced = chunk.to(torch.float64) / scale
            # The words count from zero up: x is shifted by one.
            sums += torch.stack([fixed_point(reduced + 1.0), fixed_point(reduced * reduced)])
    first, second = sum_over_shards(sums, list(parameters)).tolist()
    mean = _mean(first, count) - 1.0
    return scale * math.sqrt(max(_mean(second, count) - mean * mean, 0.0))


def _mean(words: Sequence[int], count: int) -> float:
    # Exact integers until the last division.
    return ((words[0] << 32) + words[1]) / (count << 56)

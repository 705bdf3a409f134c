"""Where the elements of a parameter lie in the whole model, and sums over the processes that share it.

An element is known by its global index: its place in the concatenation of all parameters, each flattened in
row-major order.  Random numbers, masks and tiles are functions of that index, so that a model split over
processes takes the same steps as the whole one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist


def is_sharded(parameter: torch.Tensor) -> bool:
    """Return whether the parameter is a distributed tensor (``DTensor``)."""
    return hasattr(parameter, "device_mesh") and hasattr(parameter, "to_local")


def local_part(tensor: torch.Tensor) -> torch.Tensor:
    """Return the elements of a tensor that this process holds."""
    return tensor.to_local() if is_sharded(tensor) else tensor


def local_start(parameter: Any) -> int:
    """Return the row-major index, inside the parameter, of the first element that this process holds.

    Raises:
        NotImplementedError: the parameter is split along another dimension than the first.
    """
    if not is_sharded(parameter):
        return 0
    for placement in parameter.placements:
        if placement.is_partial() or (placement.is_shard() and placement.dim != 0):
            raise NotImplementedError(
                "parameters must be replicated or sharded along dimension 0 (the default of fully_shard), "
                f"got placements {tuple(parameter.placements)}"
            )
    from torch.distributed.tensor._utils import compute_local_shape_and_global_offset

    _, offset = compute_local_shape_and_global_offset(
        parameter.shape, parameter.device_mesh, parameter.placements
    )
    return int(offset[0]) * math.prod(parameter.shape[1:]) if parameter.dim() else 0


def _over_shards(value: torch.Tensor, parameters: Sequence[Any], operation: Any) -> torch.Tensor:
    sharded = next((parameter for parameter in parameters if is_sharded(parameter)), None)
    if sharded is None:
        return value
    for dimension, placement in enumerate(sharded.placements):
        if placement.is_shard():
            dist.all_reduce(value, op=operation, group=sharded.device_mesh.get_group(dimension))
    return value


def sum_over_shards(value: torch.Tensor, parameters: Sequence[Any]) -> torch.Tensor:
    """Return the sum of a tensor over the processes that hold different parts of the parameters."""
    return _over_shards(value, parameters, dist.ReduceOp.SUM)


def maximum_over_shards(value: torch.Tensor, parameters: Sequence[Any]) -> torch.Tensor:
    """Return the maximum of a tensor over the processes that hold different parts of the parameters."""
    return _over_shards(value, parameters, dist.ReduceOp.MAX)


def mean_over_ranks(loss: torch.Tensor) -> torch.Tensor:
    """Return the mean of the losses of all processes; the loss itself where there is one process."""
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return loss
    total = loss.clone()
    dist.all_reduce(total)
    return total / dist.get_world_size()

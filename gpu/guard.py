"""Refusing a step before anything has changed: losses, gradients and proposals have to be finite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gpu.group import Group
from gpu.selection import Range
from gpu.sharding import local_part, sum_over_shards
from gpu.state import on_device

Number = Tensor | float

LARGEST_NORMAL = math.sqrt(66 * math.log(2.0))  # of Box and Muller's numbers on 32-bit words


class Permission(NamedTuple):
    """Whether a group may move, 0-dim boolean (None: it may), and whether numbers forbid it (None: they do not)."""

    moves: Tensor | None
    refused: Tensor | None


def permissions(
    groups: Sequence[Group], losses: Sequence[Tensor | None], ranges: Sequence[Sequence[Range]]
) -> list[Permission]:
    """Return the permissions of all groups: a number that is not finite in one of them stops them all.

    Arguments:
        losses: of the step, or None, on the devices of the groups.
        ranges: what may move; elements elsewhere are not looked at.

    Raises:
        RuntimeError: something is not finite, and ``on_nonfinite`` of that group is "raise".
    """
    found = [_finite(*each) for each in zip(groups, losses, ranges, strict=True)]
    seen = [finite for finite in found if finite is not None]
    result = []
    for group in groups:
        device = group.device
        finite = torch.stack([one.to(device, non_blocking=True) for one in seen]).all() if seen else None
        moves = finite
        if isinstance(group["lr"], Tensor):
            thawed = on_device(group["lr"], device) != 0.0
            moves = thawed if finite is None else thawed & finite
        result.append(Permission(moves, None if finite is None else ~finite))
    return result


def _finite(group: Group, loss: Tensor | None, ranges: Sequence[Range]) -> Tensor | None:
    """Return whether loss, gradients and proposals of a group are finite; None: they are, or are not looked at."""
    if group["on_nonfinite"] == "ignore":
        return None
    sizes = largest_sizes(group, ranges)
    if group["on_nonfinite"] == "raise" and not group.sharded:
        # The host waits for the answer anyway; its arithmetic is faster than that of tensors of one number.
        if proposal_bound(sizes.tolist(), group) <= _limit(group) and (loss is None or loss.isfinite()):
            return None
        raise RuntimeError(_complaint(group, loss, ranges))
    wrong = ~(proposal_bound(sizes.unbind(), group) <= _limit(group))
    if loss is not None:
        wrong = wrong | ~loss.isfinite()
    finite = sum_over_shards(wrong.to(torch.int64), group.sharded) == 0
    if group["on_nonfinite"] == "skip":
        return finite
    if not finite.item():
        raise RuntimeError(_complaint(group, loss, ranges))
    return None


def proposal_bound(sizes: Sequence[Number], group: Group) -> Number:
    """Return how large a proposal can be; NaN or infinite where something is not finite.

    |theta'| <= max(max|theta| + eta (max|mu| + max|g| + w max|theta|), h) + max|z| eps(T), with h the largest
    half-width of the levels, which may lie outside of the parameters.

    sizes: those of ``largest_sizes``, as a tensor's numbers or the host's; the bound is of the same kind.
    """
    theta, *slopes = sizes
    lr, noise = group.scalars.lr, LARGEST_NORMAL * group.scalars.noise_scale
    if isinstance(theta, float):
        lr, noise = lr.item(), noise.item()
    widest = max((part.half_width or 0.0 for part in group.segments), default=0.0)
    moved = theta + lr * (sum(slopes) + group["weight_decay"] * theta) + noise
    # Both keep a NaN of the first.
    return max(moved, widest + noise) if isinstance(theta, float) else torch.maximum(moved, widest + noise)


def largest_sizes(group: Group, ranges: Sequence[Range]) -> Tensor:
    """Return max|theta|, max|g| and, where there are averages, max|mu|: float64; NaN where there is one.

    Zeros where the ranges are empty.
    """
    names = ("theta", "gradient", "mean_field") if group.averages() else ("theta", "gradient")
    plan, ends = [*group.plan(ranges)], []
    while plan:
        # The last one first: the move begins with the first one, and finds it in the cache.  Taken from the list,
        # so that what one tile gathers is gone before the next.
        tile = plan.pop()
        # The smallest and the largest number: no temporary, and NaN where there is one.
        ends.append([tile.gather(name).aminmax() for name in names])
    if not ends:
        return torch.zeros(len(names), dtype=torch.float64, device=group.device)
    columns = [torch.stack([end for pair in column for end in pair]) for column in zip(*ends, strict=True)]
    return torch.stack(columns).to(torch.float64).abs().amax(1)


def _limit(group: Group) -> float:
    # Half of the largest number, so that no intermediate result leaves the type either.
    return min(torch.finfo(parameter.dtype).max for parameter in group.parameters) / 2


def _complaint(group: Group, loss: Tensor | None, ranges: Sequence[Range]) -> str:
    """Return what was not finite."""
    if loss is not None and not math.isfinite(loss.item()):
        return f"the loss is not finite, got {loss.item()}; nothing has changed"
    for place, parameter in enumerate(group.parameters):
        if parameter.grad is None:
            continue
        for what, tensor in (("gradient", parameter.grad), ("value", parameter)):
            entries = local_part(tensor).detach().reshape(-1)
            wrong = entries[~entries.isfinite()]
            if wrong.numel():
                return (
                    f"the {what} of {group.name_of(place)} is not finite: {wrong.numel()} entries, the first is "
                    f"{wrong[0].item()}; nothing has changed"
                )
    bound = proposal_bound(largest_sizes(group, ranges).tolist(), group)
    if bound <= _limit(group):
        return "a loss or gradient on another process is not finite; nothing has changed"
    place = _largest_step(group)
    return (
        f"the proposal for {group.name_of(place)} may leave {group.parameters[place].dtype}: its size is bounded by "
        f"{bound:.3g}, and at most {_limit(group):.3g} is allowed; nothing has changed"
    )


def _largest_step(group: Group) -> int:
    """Return which parameter has the largest entry or gradient."""
    sizes = {
        place: max(local_part(tensor).detach().abs().max().item() for tensor in (parameter, parameter.grad))
        for place, parameter in enumerate(group.parameters)
        if parameter.grad is not None and parameter.numel()
    }
    return max(sizes, key=sizes.__getitem__)

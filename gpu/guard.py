"""Refusing a step before anything has changed: losses, gradients and proposals have to be finite."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gpu.group import Group
from gpu.noise import noise_scale
from gpu.sharding import local_part, sum_over_shards

LARGEST_NORMAL = math.sqrt(66 * math.log(2.0))  # of Box and Muller's numbers on 32-bit words


def allowed(group: Group, loss: Tensor | None) -> Tensor | None:
    """Return whether the group may move, 0-dim boolean; None: it may, without a look.

    Raises:
        RuntimeError: something is not finite, and ``on_nonfinite`` is "raise".
    """
    permission = None
    if isinstance(group["lr"], Tensor):
        permission = (group["lr"] != 0.0).reshape(()).to(group.device)
    if group["on_nonfinite"] == "ignore":
        return permission
    bounds = proposal_bounds(group)
    wrong = [~(bound <= _limit(group, place)) for place, bound in bounds]
    if loss is not None:
        wrong.append(~loss.isfinite())
    count = torch.stack(wrong).sum() if wrong else torch.zeros((), dtype=torch.int64, device=group.device)
    finite = sum_over_shards(count, group.parameters) == 0
    if group["on_nonfinite"] == "skip":
        return finite if permission is None else permission & finite
    if not finite.item():
        raise RuntimeError(_complaint(group, loss, bounds))
    return permission


def proposal_bounds(group: Group) -> list[tuple[int, Tensor]]:
    """Return, for each parameter with a gradient, how large its proposals can be; NaN or inf if not finite.

    |theta'| <= max|theta| + eta (max|mu| + max|g| + w max|theta|) + max|z| eps(T); levels lie inside the range of
    the initial parameters and add nothing.
    """
    scalars = group.scalars()
    noise = LARGEST_NORMAL * noise_scale(group["temperature"], group["noise"], scalars.lr)
    bounds = []
    for place, (parameter, state) in enumerate(zip(group.parameters, group.state, strict=True)):
        if parameter.grad is None or local_part(parameter).numel() == 0:
            continue
        values = [parameter, parameter.grad, *([state["mean_field"]] if "mean_field" in state else [])]
        parts = [local_part(value).detach() for value in values]
        theta, *slopes = (size.to(torch.float64) for size in torch._foreach_norm(parts, math.inf))
        bounds.append((place, theta + scalars.lr * (sum(slopes) + group["weight_decay"] * theta) + noise))
    return bounds


def _limit(group: Group, place: int) -> float:
    # Half of the largest number, so that no intermediate result leaves the type either.
    return torch.finfo(group.parameters[place].dtype).max / 2


def _complaint(group: Group, loss: Tensor | None, bounds: list[tuple[int, Tensor]]) -> str:
    """Return what was not finite."""
    if loss is not None and not math.isfinite(loss.item()):
        return f"the loss is not finite, got {loss.item()}; nothing has changed"
    for place, bound in bounds:
        if bound.item() <= _limit(group, place):
            continue
        for what, tensor in (("gradient", group.parameters[place].grad), ("value", group.parameters[place])):
            entries = local_part(tensor).reshape(-1)
            wrong = entries[~entries.isfinite()]
            if wrong.numel():
                return (
                    f"the {what} of {group.name_of(place)} is not finite: {wrong.numel()} entries, the first is "
                    f"{wrong[0].item()}; nothing has changed"
                )
        return (
            f"the proposal for {group.name_of(place)} may leave {group.parameters[place].dtype}: its size is "
            f"bounded by {bound.item():.3g}, and at most {_limit(group, place):.3g} is allowed; nothing has changed"
        )
    return "a loss or gradient on another process is not finite; nothing has changed"

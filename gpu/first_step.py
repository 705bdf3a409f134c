"""What is made at the first step of a parameter group: averages, half-widths of levels, initial temperature."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from gpu.group import Group
from gpu.sharding import local_part
from gpu.spread import standard_deviation
from gpu.state import fresh_state, to_device
from gpu.temperature import INITIAL_FACTOR


def initialise(group: Group) -> None:
    """Make the state of every parameter of the group, whether this step visits it or not.

    A group without gradients is started too, unless nothing in it can ever have one.

    Raises:
        ValueError: a temperature or a half-width is to follow from a standard deviation that is 0.
        RuntimeError: it is to follow from values that are not finite.
    """
    if not group.trains():
        return
    for parameter, state in zip(group.parameters, group.state, strict=True):
        group.memory[parameter] = state
        if group.averages() and "mean_field" not in state:
            # Row-major, so that its flat form is a view whatever the layout of the parameter.
            state["mean_field"] = torch.zeros_like(parameter, memory_format=torch.contiguous_format)
    if group["step"].device != group.device:
        to_device(group.options, group.device)
    if not group["started"]:
        _start(group)
        group.options["started"] = True


def undoing(group: Group) -> Callable[[], None]:
    """Return what puts the state of a group back as it is now, but for what is overwritten in place."""
    numbers = {name: group[name] for name in fresh_state()}
    states = {
        parameter: dict(group.memory[parameter])
        for parameter in group.parameters
        if parameter in group.memory
    }

    def undo() -> None:
        for parameter in group.parameters:
            group.memory.pop(parameter, None)
        group.memory.update(states)
        group.options.update(numbers)

    return undo


def _start(group: Group) -> None:
    options = group.options
    quantized = options["quantizer"] is not None
    spread = math.nan
    if options["initial_temperature"] is None or (quantized and options["half_width"] is None):
        spread = _spread(group.parameters)
        if not math.isfinite(spread):
            raise RuntimeError(
                f"the parameters of group {group.number} are not finite; their standard deviation is {spread}"
            )
    start = options["initial_temperature"]
    if start is None:
        if not spread > 0.0:
            raise ValueError(
                "initial_temperature must be given for a group whose parameters are all equal, got None"
            )
        start = INITIAL_FACTOR * spread
    if quantized:
        for place, state in enumerate(group.state):
            state["half_width"] = _half_width(group, place, spread)
    heat = torch.full((), start, dtype=torch.float64, device=group.device)
    # Tensors of their own: a checkpoint may be read into them in place.
    options["start_temperature"], options["temperature"] = heat, heat.clone()
    if group.follows_entropy():
        entropy = group.total_entropy(heat)
        options |= {name: entropy.clone() for name in ("entropy", "initial_entropy", "observed_entropy")}


def _half_width(group: Group, place: int, spread: float) -> float:
    """Return the half-width of a parameter's levels; 0 where it is not to be quantized."""
    if group["half_width"] is not None:
        return float(group["half_width"])
    own = spread if group["scale"] == "group" else _spread([group.parameters[place]])
    if own == 0.0 and group["scale"] == "tensor" and group["unscaled"] == "group":
        own = spread
    if own == 0.0 and (group["scale"] == "group" or group["unscaled"] != "skip"):
        raise ValueError(
            f"half_width must be given where the standard deviation is 0, as for {group.name_of(place)}, got None; "
            "or leave such parameters continuous by scale='tensor', unscaled='skip'"
        )
    return float(group["kappa"] * own)


def _spread(parameters: Sequence[Any]) -> float:
    return standard_deviation([local_part(parameter) for parameter in parameters], parameters)

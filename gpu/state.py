"""What a parameter group of ``DFGDA`` remembers, and how its fraction and temperature follow from it.

All of it lies in the group, as 0-dim tensors on the device of the parameters (float64, and int64 for counts):
a step reads none of it on the host, a saved state holds all of it, and loading does not round it to the type
of a parameter.  NaN stands for a number that does not exist yet.

Twin: reference/state.py, and the private steps of reference/algorithm.py.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from gpu.fraction import clamped_fraction, starting_fraction
from gpu.loss_change import absolute_change, decrease
from gpu.temperature import (
    compounding_temperature,
    entropy_temperature,
    geometric_temperature,
    largest_entropy,
)

NUMBERS = (
    "temperature",
    "start_temperature",
    "fraction",
    "entropy",
    "initial_entropy",
    "observed_entropy",
    "previous_loss",
    "first_change",
    "largest_change",
)
COUNTS = ("step", "sweep", "position", "tried", "accepted", "refused")


def fresh_state() -> dict[str, Any]:
    """Return what a group remembers before its first step."""
    numbers = {name: torch.full((), math.nan, dtype=torch.float64) for name in NUMBERS}
    counts = {name: torch.zeros((), dtype=torch.int64) for name in COUNTS}
    return numbers | counts | {"started": False}


def to_device(group: dict[str, Any], device: torch.device) -> None:
    """Move the numbers of a group to a device; a loaded state may hold them as Python numbers."""
    for names, dtype in ((NUMBERS, torch.float64), (COUNTS, torch.int64)):
        for name in names:
            group[name] = torch.as_tensor(group[name], dtype=dtype, device=device)


def on_device(value: Tensor | float, device: torch.device) -> Tensor:
    """Return a number as a 0-dim float64 tensor on a device, without waiting for the device."""
    if isinstance(value, Tensor):
        return value.detach().reshape(()).to(device=device, dtype=torch.float64, non_blocking=True)
    # A fill on the device: torch.tensor would copy from the host and wait.
    return torch.full((), value, dtype=torch.float64, device=device)


def keep_if(allowed: Tensor | None, new: dict[str, Tensor], group: dict[str, Any]) -> None:
    """Write new numbers into the group, where the step is allowed."""
    for name, value in new.items():
        group[name] = value if allowed is None else torch.where(allowed, value, group[name])


def next_fraction(group: dict[str, Any], loss: Tensor | None) -> dict[str, Tensor]:
    """Return the fraction of the step, with the first and the largest loss change seen.

    Twin: ``_fraction`` of reference/algorithm.py.
    """
    bounds = (group["f_min"], group["f_max"], group["sensitivity"])
    known = {name: group[name] for name in ("first_change", "largest_change")}
    if loss is None or group["f_min"] == group["f_max"]:
        return known | {"fraction": torch.full_like(group["fraction"], group["f_min"])}
    before = group["previous_loss"]
    change = (absolute_change if group["loss_change"] == "absolute" else decrease)(before, loss)
    first = torch.where(known["first_change"].isnan(), change, known["first_change"])
    largest = torch.fmax(known["largest_change"], change)
    divisor = largest if group["divisor"] == "running_maximum" else first
    fraction = torch.where(
        before.isnan(),
        starting_fraction(*bounds, device=before.device),
        clamped_fraction(change, divisor, *bounds),
    )
    # A loss that is not finite is refused later; the selection made before needs a number.
    fraction = torch.where(fraction.isnan(), group["f_min"], fraction)
    return {"fraction": fraction, "first_change": first, "largest_change": largest}


def next_temperature(
    group: dict[str, Any], entropy: Tensor, observed: Tensor, quantized_count: int
) -> Tensor:
    """Return the temperature after the step: the schedule's, but not below the floor.

    entropy, observed: total entropy and the largest one so far; read by the schedules that follow them.

    Twin: ``_cooled`` of reference/algorithm.py.
    """
    start = group["start_temperature"]
    if group["schedule"] == "geometric":
        temperature = geometric_temperature(group["step"] + 1, start, group["cooling_ratio"])
    elif group["schedule"] == "fixed" or quantized_count == 0:
        temperature = start
    elif group["schedule"] == "compounding":
        temperature = compounding_temperature(
            group["temperature"], entropy / quantized_count, group["level_count"]
        )
    else:
        normaliser = largest_entropy(
            group["entropy_normaliser"],
            quantized_count,
            group["level_count"],
            group["initial_entropy"],
            observed,
        )
        # Without entropy there is nothing to follow: 0/0, which the reference refuses, leaves the temperature.
        followed = entropy_temperature(entropy, normaliser, start)
        temperature = torch.where(normaliser > 0.0, followed, group["temperature"])
    # A tensor of its own: what a group remembers must not share memory with anything.
    return (
        torch.maximum(temperature, group["floor_factor"] * start)
        if group["floor_factor"]
        else temperature.clone()
    )

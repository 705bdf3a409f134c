"""The optimizer of the authors' public code, as it behaves, with the interface of ``torch.optim``.

Twin: reference/released.py.  Differences: the parameters may have any floating dtype and device (16-bit ones
are worked on in float32); only tensors that have a gradient and an entry are tried; order and normals come
from the streams of ``random_streams.py``, an entry being numbered through all parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gpu.fraction import fraction_bounds
from gpu.options import check_learning_rate
from gpu.random_streams import ORDER_STREAM, RandomStream
from gpu.released_rules import (
    DECAY,
    WINDOW,
    released_acceptance,
    released_entropy,
    released_fraction,
    released_temperature,
)
from gpu.released_unit import ReleasedUnit
from gpu.validation import integer_between, positive_number, unit_interval

# One temperature, one loss and one order belong to the whole model: every group holds the same values.
SHARED_OPTIONS = ("f_min", "f_max", "decay", "seed")
SHARED_NUMBERS = ("temperature", "losses", "step")


class ReleasedDFGDA(torch.optim.Optimizer):
    """The released behaviour: one parameter tensor after another is replaced, tested and perhaps restored.

    For each chosen tensor x: m <- 0.9 m + 0.1 g;  x' = S(x - lr m + T z);  keep x' by the threshold test.
    Then T <- T decay^(1 + H / number of tensors), without a floor.

    Arguments:
        params: parameters, groups of them, or named ones.
        lr: step size, at least 0; may differ between groups.
        f_min, f_max: bounds of the fraction of tensors tried, 0 <= f_min <= f_max <= 1.
        level_count: number of levels K; 1024, in two scripts 256 and 1014; may differ between groups.
        smoothing: weight of the old average, in [0, 1]; may differ between groups.
        decay: in (0, 1].
        temperature: T before the first step, positive.
        seed: of the order and the normals, an integer in [0, 2^64).

    Raises:
        ValueError, TypeError: an option outside its range, or groups that differ in what is shared.

    Source: released code.

    >>> weight = torch.nn.Parameter(torch.tensor([0.0, 2.0]))
    >>> optimizer = ReleasedDFGDA([weight])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (weight**2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    4.0
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 0.01,
        *,
        f_min: float = 1.0,
        f_max: float = 1.0,
        level_count: int = 1024,
        smoothing: float = 0.9,
        decay: float = DECAY,
        temperature: float = 1.0,
        seed: int = 0,
    ) -> None:
        positive_number("temperature", temperature)
        defaults: dict[str, Any] = {
            "lr": lr,
            "f_min": f_min,
            "f_max": f_max,
            "level_count": level_count,
            "smoothing": smoothing,
            "decay": decay,
            "seed": seed,
            "temperature": float(temperature),
            "losses": [],
            "step": 0,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group, which takes over temperature, losses and step of the groups that are there.

        Raises:
            ValueError, TypeError: an option outside its range, or a shared one with another value.
        """
        options = {**self.defaults, **param_group}
        _check_options(options)
        first = self.param_groups[0] if self.param_groups else options
        for name in (*SHARED_OPTIONS, *SHARED_NUMBERS):
            if param_group.get(name, first[name]) != first[name]:
                raise ValueError(
                    f"{name} must be the same in every group, got {param_group[name]!r} beside {first[name]!r}"
                )
        shared = {name: first[name] for name in (*SHARED_OPTIONS, *SHARED_NUMBERS)}
        super().add_param_group({**param_group, **shared})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step, and return the loss at its start.

        Arguments:
            closure: clears the gradients, runs forward and backward on one minibatch and returns the loss.  It
                is called once, and once more for every tensor tried; each call must see the same minibatch.

        Raises:
            TypeError: no closure.
            ValueError: a loss, a gradient or a candidate is not finite, a gradient is missing or sparse, or
                the temperature has underflowed to 0.  Parameters, state and groups are then as before.
        """
        if not callable(closure):
            raise TypeError(
                f"closure must be a function that runs the model and returns the loss, got {closure!r}"
            )
        shared = self.param_groups[0]
        temperature, number = shared["temperature"], shared["step"]
        positive_number("temperature", temperature)

        with torch.enable_grad():
            start_loss = closure()
        losses = [*shared["losses"], _finite_loss(start_loss, "at the start of the step")][-WINDOW:]
        units = [unit for unit in self._units() if unit.theta.grad is not None and unit.theta.numel()]
        order = RandomStream(shared["seed"], ORDER_STREAM).permutation(number, len(units)).tolist()
        # Truncated in floating point, as the released code does.
        tried = order[: int(released_fraction(losses, shared["f_min"], shared["f_max"]) * len(units))]

        averages: dict[Tensor, Tensor] = {}
        originals = {units[index].theta: units[index].theta.clone() for index in tried}
        try:
            for index in tried:
                unit = units[index]
                averages[unit.theta] = unit.averaged(self.state.get(unit.theta, {}).get("mean_field"))
                unit.theta.copy_(unit.candidate(averages[unit.theta], temperature, number))
                with torch.enable_grad():
                    loss = _finite_loss(closure(), f"with the candidate of {unit.name}")
                change = torch.tensor(loss - losses[-1], dtype=torch.float64)
                # The gradient stays the candidate's, also for the tensors tried after a rejection.
                if not released_acceptance(change, temperature):
                    unit.theta.copy_(originals[unit.theta])
            entropy = released_entropy([unit.theta for unit in units], temperature).item()
        except BaseException:
            for theta, original in originals.items():
                theta.copy_(original)
            raise
        for theta in (theta for group in self.param_groups for theta in group["params"]):
            if theta in averages:
                self.state[theta]["mean_field"] = averages[theta]
            elif "mean_field" not in self.state[theta]:
                self.state[theta]["mean_field"] = torch.zeros_like(theta)
        for group in self.param_groups:
            group.update(losses=losses, step=number + 1)
            if units:
                group["temperature"] = released_temperature(temperature, entropy, len(units), shared["decay"])
        return start_loss

    def _units(self) -> list[ReleasedUnit]:
        units, first_entry = [], 0
        for place, group in enumerate(self.param_groups):
            names = group.get(
                "param_names", [f"parameter {i} of group {place}" for i in range(len(group["params"]))]
            )
            for name, theta in zip(names, group["params"], strict=True):
                units.append(ReleasedUnit(name, theta, group, first_entry))
                first_entry += theta.numel()
        return units


def _check_options(options: dict[str, Any]) -> None:
    check_learning_rate(options["lr"])
    fraction_bounds(options["f_min"], options["f_max"])
    integer_between("level_count", options["level_count"], 1, 2**24)
    unit_interval("smoothing", options["smoothing"])
    positive_number("decay", options["decay"])
    unit_interval("decay", options["decay"])
    integer_between("seed", options["seed"], 0, 2**64 - 1)


def _finite_loss(loss: Any, when: str) -> float:
    value = float(loss.detach() if isinstance(loss, Tensor) else loss)
    if not math.isfinite(value):
        raise ValueError(f"the loss {when} must be finite, got {value}")
    return value

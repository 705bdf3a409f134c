"""One table of optimizers: how each is made, how it makes a step, and the five values it is tuned over.

Every method gets the same budget: five values of its one scale, chosen by one run each.  The exception is
named as such: "sgd 0.001" is the untuned baseline of the paper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gpu.dfgda import DFGDA
from gpu.released import ReleasedDFGDA
from gpu.training.annealing_baseline import SimulatedAnnealing

Loss = Callable[[Tensor, Tensor], Tensor]


class Stepper:
    """An optimizer with the way it wants to be called.

    Attributes:
        call: "plain" (gradients), "loss" (gradients and the loss), "closure" (evaluates by itself, with
            gradients), "value" (evaluates by itself, without) or "batch" (PolyStep's own interface).
    """

    def __init__(self, optimizer: Any, call: str) -> None:
        self.optimizer, self.call = optimizer, call

    def step(self, model: nn.Module, loss_of: Loss, inputs: Tensor, labels: Tensor) -> None:
        """Make one step on one batch."""

        def backward() -> Tensor:
            model.zero_grad(set_to_none=True)
            loss = loss_of(model(inputs), labels)
            loss.backward()
            return loss.detach()

        if self.call == "batch":
            self.optimizer.step_batch(inputs, labels, loss_fn=loss_of)
        elif self.call == "closure":
            self.optimizer.step(backward)
        elif self.call == "value":
            self.optimizer.step(lambda: loss_of(model(inputs), labels))
        elif self.call == "loss":
            self.optimizer.step(loss=backward())
        else:
            backward()
            self.optimizer.step()

    def status(self) -> dict[str, float]:
        """Temperature and fraction, where the optimizer has them."""
        if isinstance(self.optimizer, DFGDA):
            row = self.optimizer.status()[0]
            return {name: row[name] for name in ("temperature", "fraction", "acceptance")}
        if isinstance(self.optimizer, ReleasedDFGDA):
            return {"temperature": self.optimizer.param_groups[0]["temperature"]}
        if isinstance(self.optimizer, SimulatedAnnealing):
            return {"temperature": self.optimizer.temperature}
        return {}


@dataclass(frozen=True)
class Method:
    """A row of the table: the factory, the way of calling, and the grid."""

    make: Callable[..., Any]
    call: str
    grid: tuple[float, ...]


def _plain(kind: type, **options: Any) -> Callable[..., Any]:
    def make(model: nn.Module, lr: float, seed: int, steps: int, **more: Any) -> Any:
        return kind(model.parameters(), lr=lr, **(options | more))

    return make


def _decayed(model: nn.Module, lr: float, seed: int, steps: int) -> Any:
    """SGD whose learning rate falls along a cosine to 0."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    optimizer.register_step_post_hook(lambda *_: schedule.step())
    return optimizer


def _shampoo(model: nn.Module, lr: float, seed: int, steps: int) -> Any:
    from pytorch_optimizer import Shampoo

    return Shampoo(model.parameters(), lr=lr)


def _annealing(model: nn.Module, lr: float, seed: int, steps: int) -> Any:
    return SimulatedAnnealing(model.parameters(), lr=lr, steps=steps, seed=seed)


def _polystep(model: nn.Module, lr: float, seed: int, steps: int) -> Any:
    """The gradient-free method with the settings of its quick start; lr is the radius of a step."""
    from polystep import HybridSubspace, ParamLayout, PolyStepOptimizer

    subspace = HybridSubspace.from_layout(ParamLayout.from_module(model), rank=4, max_subspace_dim=128)
    return PolyStepOptimizer(
        model, subspace=subspace, solver="softmax", seed=seed, step_radius=lr, probe_radius=2 * lr
    )


def _released(model: nn.Module, lr: float, seed: int, steps: int) -> Any:
    """With 64 levels instead of 1024, so that its literal sums over levels are affordable."""
    return ReleasedDFGDA(model.parameters(), lr=lr, seed=seed, level_count=64)


def _dfgda(preset: str, **options: Any) -> Callable[..., Any]:
    def make(model: nn.Module, lr: float, seed: int, steps: int, **more: Any) -> Any:
        chosen = options | more
        if chosen.get("schedule") == "geometric":
            # Reaches a hundredth of the first temperature at the end of the run, whatever its length.
            chosen["cooling_ratio"] = 0.01 ** (1 / steps)
        return getattr(DFGDA, preset)(model.parameters(), lr=lr, seed=seed, **chosen)

    return make


# Grids, our choice: five values a factor of about 3 apart, placed where the method can learn at all.
LARGE = (0.03, 0.1, 0.3, 1.0, 3.0)
MIDDLE = (0.01, 0.03, 0.1, 0.3, 1.0)
SMALL = (0.003, 0.01, 0.03, 0.1, 0.3)
ADAPTIVE = (0.001, 0.003, 0.01, 0.03, 0.1)
RADII = (0.3, 1.0, 3.0, 10.0, 30.0)
# Five values too, a factor of about 5 apart: a first look had the best values of these two at both ends of a
# narrower grid.  A step that moves a fraction of the weights can be longer.
MASKED = (0.1, 0.5, 2.0, 10.0, 50.0)
BROAD = (0.03, 0.15, 0.7, 3.0, 15.0)
LINEARISED = {"acceptance": "linearised"}  # the exact test evaluates the loss once for each selected weight
# Not the paper's: a temperature at which soft quantization is close to the identity, and a grid that weights do
# not leave.  With them Algorithm 1 learns, and its parts can be compared at all.
COLD = {"initial_temperature": 0.01, "kappa": 8.0}

METHODS: dict[str, Method] = {
    "sgd 0.001": Method(_plain(torch.optim.SGD), "plain", (0.001,)),
    "sgd": Method(_plain(torch.optim.SGD), "plain", LARGE),
    "sgd, cosine decay": Method(_decayed, "plain", LARGE),
    "momentum": Method(_plain(torch.optim.SGD, momentum=0.9), "plain", SMALL),
    "rmsprop": Method(_plain(torch.optim.RMSprop), "plain", ADAPTIVE),
    "adam": Method(_plain(torch.optim.Adam), "plain", ADAPTIVE),
    "shampoo": Method(_shampoo, "plain", MIDDLE),
    "annealing": Method(_annealing, "value", MIDDLE),
    "polystep": Method(_polystep, "batch", RADII),
    "released": Method(_released, "closure", MIDDLE),
    "printed": Method(_dfgda("as_printed", **LINEARISED), "loss", MIDDLE),
    "printed, geometric": Method(_dfgda("as_printed", **LINEARISED, schedule="geometric"), "loss", MIDDLE),
    "printed, fixed": Method(_dfgda("as_printed", **LINEARISED, schedule="fixed"), "loss", MIDDLE),
    "printed, cold": Method(_dfgda("as_printed", **LINEARISED, **COLD), "loss", MASKED),
    "recommended": Method(_dfgda("recommended"), "loss", BROAD),
}


def stepper(name: str, model: nn.Module, lr: float, seed: int, steps: int, **options: Any) -> Stepper:
    """Return an optimizer of the table for a model.

    Arguments:
        name: a key of ``METHODS``.
        model: whose parameters move.
        lr: learning rate, or the one scale that plays its part.
        seed: of the optimizer's own random numbers.
        steps: length of the run, for schedules that need it.
        options: of ``DFGDA``, for the names that begin with "printed" or "recommended".

    Raises:
        ValueError: an unknown name.
    """
    if name not in METHODS:
        raise ValueError(f"name must be one of {', '.join(METHODS)}, got {name!r}")
    method = METHODS[name]
    return Stepper(method.make(model, lr, seed, steps, **options), method.call)

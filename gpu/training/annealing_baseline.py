"""Simulated annealing of all weights at once, as a baseline with the interface of ``torch.optim``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch

START, END = 0.02, 0.0002  # first and last temperature as shares of the first loss: our choice


class SimulatedAnnealing(torch.optim.Optimizer):
    """Metropolis' algorithm with geometric cooling; a proposal moves every weight by a normal number.

    theta' = theta + lr s z with s the root mean square of the tensor at the start; theta' is kept with
    probability min(1, exp(-(L' - L) / T)), both losses on the same batch.

    Arguments:
        params: parameters.
        lr: scale of a proposal relative to the weights, positive.
        steps: number of steps from the first to the last temperature, positive.
        seed: of the proposals and the tests.

    >>> weight = torch.nn.Parameter(torch.tensor([3.0]))
    >>> annealing = SimulatedAnnealing([weight], lr=0.1, steps=200, seed=0)
    >>> for _ in range(200):
    ...     _ = annealing.step(lambda: weight.square().sum())
    >>> abs(weight.item()) < 1
    True
    """

    def __init__(self, params: Iterable[Any], lr: float, steps: int, seed: int) -> None:
        super().__init__(params, {"lr": lr})
        self.draws = torch.Generator().manual_seed(seed)
        self.ratio = (END / START) ** (1 / steps)
        self.temperature = math.nan

    @torch.no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        """Propose once; the closure returns the loss and needs no gradients.  Returns the loss of the start."""
        loss = closure()
        if math.isnan(self.temperature):
            self.temperature = START * abs(float(loss))
        weights = [weight for group in self.param_groups for weight in group["params"]]
        before = [weight.clone() for weight in weights]
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if "scale" not in state:
                    state["scale"] = weight.square().mean().sqrt().item() or 1.0
                noise = torch.randn(weight.shape, generator=self.draws)
                weight.add_(noise, alpha=group["lr"] * state["scale"])
        change = float(closure()) - float(loss)
        chance = torch.rand((), generator=self.draws).item()
        if not chance < math.exp(min(0.0, -change / self.temperature)):
            for weight, old in zip(weights, before, strict=True):
                weight.copy_(old)
        self.temperature *= self.ratio
        return loss

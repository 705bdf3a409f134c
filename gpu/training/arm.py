"""An arm of an experiment: a data set with an optimizer and its options, tuned once and run with paired seeds.

It is tuned over its grid by one run for each value, with seed 1000 and by the validation loss at the end, and then
run with the seeds 0, 1, ...
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gpu.training.optimizers import METHODS
from gpu.training.trainer import Cell

TUNING_SEED, SEEDS = 1000, 5  # our choice

# Data set: model, epochs, batch size.  About ten steps an epoch, our choice.
SETTINGS: dict[str, tuple[str, int, int]] = {
    "iris": ("one_hidden_layer", 8, 9),
    "heart": ("two_hidden_layers", 8, 16),
    "breast_cancer": ("two_hidden_layers", 8, 32),
    "yeast": ("two_hidden_layers", 8, 48),
    "liver": ("one_hidden_layer", 8, 20),
    "digits": ("lenet", 8, 48),
    "texts": ("text_cnn", 8, 48),
    "digits_on_background": ("three_convolutions", 8, 48),
    "mnist_1d": ("three_convolutions", 8, 48),
    "sequences": ("lstm", 8, 48),
    "wells": ("chain_of_wells", 12, 48),
}


@dataclass(frozen=True)
class Arm:
    """A data set, an optimizer with options, and the grid it is tuned over; one value means no tuning."""

    dataset: str
    optimizer: str
    options: dict[str, Any] = field(default_factory=dict)
    label_noise: float = 0.0
    dropout: float = 0.0
    epoch_factor: float = 1.0
    grid: tuple[float, ...] | None = None
    seeds: int = SEEDS

    def cell(self, lr: float, seed: int, purpose: str) -> Cell:
        model, epochs, batch_size = SETTINGS[self.dataset]
        return Cell(
            dataset=self.dataset,
            model=model,
            optimizer=self.optimizer,
            lr=lr,
            seed=seed,
            epochs=math.ceil(epochs * self.epoch_factor),
            batch_size=batch_size,
            purpose=purpose,
            label_noise=self.label_noise,
            dropout=self.dropout,
            options=self.options,
        )

    def tuning(self) -> list[Cell]:
        values = self.values()
        return [self.cell(lr, TUNING_SEED, "tuning") for lr in values] if len(values) > 1 else []

    def final(self, lr: float) -> list[Cell]:
        return [self.cell(lr, seed, "final") for seed in range(self.seeds)]

    def values(self) -> tuple[float, ...]:
        return self.grid or METHODS[self.optimizer].grid


def best(values: Sequence[float], losses: Sequence[float | None]) -> float:
    """Return the value with the smallest loss; a run that diverged has None.  The first where all did.

    >>> best((0.1, 1.0, 10.0), (0.5, 0.4, None))
    1.0
    """
    ranked = [math.inf if loss is None else loss for loss in losses]
    return values[ranked.index(min(ranked))]

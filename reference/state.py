"""What Algorithm 1 remembers, what random numbers it takes, and what a step reports.

Algorithm 1, lines 1 to 3.  The step itself is in ``algorithm.py``.

Claims that rest on it: MF-3, ALG-2, ALG-14, CPX-5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.entropy import total_entropy
from reference.masks import BoolArray
from reference.settings import Settings
from reference.validation import FloatArray, IntArray, finite_vector


@dataclass(frozen=True, eq=False)
class State:
    """What Algorithm 1 remembers between two steps; arrays cannot be written to.

    Attributes:
        theta, mean_field: shape (n,).
        temperature: T, in use in the next step.
        step: number of steps made.
        visited: parameters taken from the permutation of the current epoch, for selection without
            replacement.
        entropy, initial_entropy, observed_entropy: total entropy after the last step, at the start, and the
            largest so far; None without levels.
        previous_loss: loss at the start of the last step; None before the first.
        first_change, largest_change: first and largest loss change seen; None before the first.
    """

    theta: FloatArray
    mean_field: FloatArray
    temperature: float
    step: int = 0
    visited: int = 0
    entropy: float | None = None
    initial_entropy: float | None = None
    observed_entropy: float | None = None
    previous_loss: float | None = None
    first_change: float | None = None
    largest_change: float | None = None

    def __post_init__(self) -> None:
        for name in ("theta", "mean_field"):
            array = finite_vector(name, getattr(self, name)).copy()
            array.flags.writeable = False
            object.__setattr__(self, name, array)


@dataclass(frozen=True, eq=False)
class Draws:
    """The random numbers of one step.

    Attributes:
        order: distinct indices of parameters, in the order in which the step may take them.
        normals: shape (n,), standard normal; entry i belongs to parameter i.
        uniforms: shape (n,), in [0, 1); entry i decides parameter i, and entry 0 a joint test.
    """

    order: IntArray
    normals: FloatArray
    uniforms: FloatArray


@dataclass(frozen=True, eq=False)
class Step:
    """What happened in one step: the next state, and the decisions that led to it.

    Attributes:
        state: the next state.
        fraction: f(t).
        selected: indices of the parameters tried, shape (k,), in order.
        proposals: proposed values, shape (k,).
        energy_changes, probabilities: shape (k,); the same entry repeated for a joint test.
        accepted: boolean, shape (k,).
    """

    state: State
    fraction: float
    selected: IntArray
    proposals: FloatArray
    energy_changes: FloatArray
    probabilities: FloatArray
    accepted: BoolArray


def initial_state(theta: Any, settings: Settings) -> State:
    """Return the state before the first step.

    mu = 0, T = T_max, and the entropy of theta at T_max.

    Arguments:
        theta: initial parameters, shape (n,), finite.
        settings: the ``Settings``.

    Returns:
        The ``State``.

    Raises:
        ValueError, TypeError: theta is not a finite vector.

    Source: Algorithm 1, lines 1 to 3.

    >>> initial_state([1.0, -1.0], Settings(levels=[-1.0, 1.0], initial_temperature=5.0)).mean_field
    array([0., 0.])
    """
    start = finite_vector("theta", theta)
    temperature = settings.initial_temperature
    entropy = None if settings.levels is None else total_entropy(start, settings.levels, temperature)
    return State(
        start,
        np.zeros_like(start),
        temperature,
        entropy=entropy,
        initial_entropy=entropy,
        observed_entropy=entropy,
    )

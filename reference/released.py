"""One step of the authors' public code, as it behaves.

Written from a description of that code's behaviour; none of its text is used.  What distinguishes it from
Algorithm 1, besides the rules of ``released_rules.py``:

- The unit of selection and of acceptance is a tensor, not a parameter.
- Tensors are tried one after another.  After each candidate the gradient is taken afresh at the parameters
that
  contain it, and stays in use although the candidate may then be rejected.
- Every candidate is compared with the loss at the start of the step, also after earlier candidates were kept.

The state counts losses by the window it needs; there is no regularizer, no block partition, no largest or
smallest temperature.

Claims that rest on it: the ``released`` column of ALG-*, UPD-*, ACC-*, T3-* to
T8-*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.fraction import fraction_bounds
from reference.masks import as_permutation
from reference.mean_field import mean_field
from reference.released_rules import (
    DECAY,
    WINDOW,
    released_acceptance,
    released_entropy,
    released_fraction,
    released_soft_quantize,
    released_temperature,
)
from reference.validation import (
    FloatArray,
    array_of_shape,
    finite_array,
    finite_scalar,
    nonnegative_scalar,
    positive_integer,
    positive_scalar,
    unit_interval,
)

Tensors = tuple[FloatArray, ...]


@dataclass(frozen=True, kw_only=True)
class ReleasedSettings:
    """The constants of the released code, as its scripts set them.

    Attributes:
        f_min, f_max: bounds of the fraction of tensors; both 1 in every script.
        level_count: 1024; 256 for USPS and 1014 for CIFAR-10.
        step_size: 0.01.
        smoothing: weight 0.9 of the old mean field.
        decay: 0.992; 0.995 for MNIST-M.

    Raises:
        ValueError, TypeError: an attribute outside its range.

    >>> ReleasedSettings().level_count
    1024
    """

    f_min: float = 1.0
    f_max: float = 1.0
    level_count: int = 1024
    step_size: float = 0.01
    smoothing: float = 0.9
    decay: float = DECAY

    def __post_init__(self) -> None:
        fraction_bounds(self.f_min, self.f_max)
        positive_integer("level_count", self.level_count)
        nonnegative_scalar("step_size", self.step_size)
        unit_interval("smoothing", self.smoothing)
        released_temperature(1.0, 0.0, 1, self.decay)


@dataclass(frozen=True, eq=False)
class ReleasedState:
    """What the released code remembers between two steps; arrays cannot be written to.

    Attributes:
        tensors, mean_fields: the parameters and their averages, one array per tensor.
        temperature: T.
        losses: the losses at the start of the last steps, at most as many as the fraction rule looks at.
    """

    tensors: Tensors
    mean_fields: Tensors
    temperature: float = 1.0
    losses: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("tensors", "mean_fields"):
            object.__setattr__(self, name, tuple(_frozen(name, array) for array in getattr(self, name)))


@dataclass(frozen=True, eq=False)
class ReleasedStep:
    """What happened in one step: the next state, and the decisions that led to it.

    Attributes:
        state: the next state.
        fraction: share of tensors tried.
        selected: indices of the tensors tried, in order.
        energy_changes: loss of each candidate minus the loss at the start of the step.
        accepted: whether each candidate was kept.
    """

    state: ReleasedState
    fraction: float
    selected: tuple[int, ...]
    energy_changes: tuple[float, ...]
    accepted: tuple[bool, ...]


def released_initial_state(tensors: Sequence[Any]) -> ReleasedState:
    """Return the state before the first step: mean fields 0, temperature 1, no losses.

    >>> released_initial_state([[1.0, 2.0]]).mean_fields
    (array([0., 0.]),)
    """
    arrays = tuple(finite_array("tensors", tensor) for tensor in tensors)
    return ReleasedState(arrays, tuple(np.zeros_like(array) for array in arrays))


def released_step(
    state: ReleasedState,
    settings: ReleasedSettings,
    loss_at: Callable[[Tensors], Any],
    gradients_at: Callable[[Tensors], Sequence[Any]],
    order: Any,
    normals: Sequence[Any],
) -> ReleasedStep:
    """Return what one step of the released code does.

    For each chosen tensor x: m <- 0.9 m + 0.1 g;  x' = S(x - 0.01 m + T z);  keep x' by the threshold test.
    Then entropy and temperature.

    Arguments:
        state: the ``ReleasedState`` before the step; it is left as it is, whatever happens.
        settings: the ``ReleasedSettings``.
        loss_at: function from all tensors to the loss on the current minibatch.
        gradients_at: function from all tensors to their gradients, one array per tensor.
        order: a permutation of the tensors; the first int(f * number of tensors) are tried, in this order.
        normals: standard normal numbers, one array per tensor.

    Returns:
        The ``ReleasedStep``.

    Raises:
        ValueError, TypeError: an argument outside its range; a loss or gradient that is not finite; a
        temperature
            that has underflowed to zero.

    Source: released code, steps 2 to 7 of its training step.

    >>> start = released_initial_state([[0.0, 2.0]])
    >>> settings = ReleasedSettings(step_size=1.0, smoothing=0.0, level_count=2)
    >>> bowl, slope = lambda tensors: float(np.sum(tensors[0] ** 2)), lambda tensors: [2 * tensors[0]]
    >>> released_step(start, settings, bowl, slope, [0], [np.zeros(2)]).accepted
    (True,)
    """
    temperature = positive_scalar("state.temperature", state.temperature)
    tensors, averages = list(state.tensors), list(state.mean_fields)
    count = len(tensors)
    visits = as_permutation("order", order, count)
    if len(normals) != count:
        raise ValueError(f"normals must be {count} arrays, one per tensor, got {len(normals)}")
    start_loss = finite_scalar("loss_at(tensors)", loss_at(_copied(tensors)))
    losses = (*state.losses, start_loss)[-WINDOW:]
    fraction = released_fraction(losses, settings.f_min, settings.f_max)
    # Truncated in floating point, as the released code does; Algorithm 1 in this package floors exactly.
    selected = tuple(int(index) for index in visits[: int(fraction * count)])

    gradients = gradients_at(_copied(tensors))
    changes: list[float] = []
    accepted: list[bool] = []
    for index in selected:
        current = tensors[index]
        gradient = array_of_shape("gradients_at(tensors)", gradients[index], current.shape).reshape(-1)
        averaged = mean_field(averages[index].reshape(-1), gradient, settings.smoothing)
        averages[index] = averaged.reshape(current.shape)
        noise = temperature * array_of_shape("normals", normals[index], current.shape)
        candidate = current - settings.step_size * averages[index] + noise
        tensors[index] = released_soft_quantize(candidate, settings.level_count, temperature)
        changes.append(finite_scalar("loss_at(candidate)", loss_at(_copied(tensors))) - start_loss)
        # Taken with the candidate in place, and kept for the next tensor even if the candidate is not.
        gradients = gradients_at(_copied(tensors))
        accepted.append(released_acceptance(changes[-1], temperature))
        if not accepted[-1]:
            tensors[index] = current

    # Every tensor has a gradient here, so the entropy runs over all of them, tried or not.
    entropy = released_entropy(tensors, temperature)
    following = ReleasedState(
        tuple(tensors),
        tuple(averages),
        released_temperature(temperature, entropy, count, settings.decay),
        losses,
    )
    return ReleasedStep(following, fraction, selected, tuple(changes), tuple(accepted))


def _copied(tensors: Sequence[FloatArray]) -> Tensors:
    # A loss that writes to its argument must not change the parameters.
    return tuple(tensor.copy() for tensor in tensors)


def _frozen(name: str, value: Any) -> FloatArray:
    array = finite_array(name, value).copy()
    array.flags.writeable = False
    return array

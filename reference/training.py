"""The loop of Algorithm 1 over epochs and data blocks.

Algorithm 1, lines 5 to 8.  All randomness comes from counter-based streams read at the number of the step, so
that a run is repeated by its seed, resumed from a saved state bit for bit, and never depends on how it is cut
in pieces.

What the listing leaves open: it counts epochs but also requires a largest number of iterations N, which it
never uses; here the number of steps is given.  It forms the loss change against data block b - 1 and leaves b
= 1 undefined; here the last block of the previous epoch takes that place, and the first step of all has none.

Claims that rest on it: ALG-1, ALG-3 to ALG-5, BLK-1, BLK-4, BLK-11, X-5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from reference.algorithm import step
from reference.blocks import as_partition
from reference.random_streams import RandomStream
from reference.settings import Settings
from reference.state import Draws, State, Step
from reference.validation import FloatArray, IntArray, integer_between, nonnegative_integer, positive_integer

# One stream per purpose (our numbering): streams of one seed are independent of one another.
DATA_STREAM, ORDER_STREAM, BLOCK_STREAM, NOISE_STREAM, ACCEPTANCE_STREAM = range(5)


class Objective(Protocol):
    """A loss over samples 0..sample_count-1, with its gradient."""

    @property
    def sample_count(self) -> int: ...

    def loss(self, theta: FloatArray, samples: IntArray) -> Any: ...

    def gradient(self, theta: FloatArray, samples: IntArray) -> Any: ...


@dataclass(frozen=True)
class FullBatch:
    """A loss without samples, as an ``Objective`` of one sample.

    >>> FullBatch(lambda theta: 0.0, lambda theta: 0.0 * theta).sample_count
    1
    """

    loss_function: Callable[[FloatArray], Any]
    gradient_function: Callable[[FloatArray], Any]
    sample_count: int = 1

    def loss(self, theta: FloatArray, samples: IntArray) -> Any:
        return self.loss_function(theta)

    def gradient(self, theta: FloatArray, samples: IntArray) -> Any:
        return self.gradient_function(theta)


def data_block(step_number: Any, sample_count: Any, batch_count: Any, seed: Any) -> IntArray:
    """Return the samples of the data block that a step uses.

    The samples are shuffled once per epoch of B steps and cut into B blocks whose sizes differ by at most
    one.

    Arguments:
        step_number: an integer of at least 0; the epoch is its quotient by B, the block its remainder.
        sample_count: an integer of at least 1.
        batch_count: B, an integer in [1, sample_count].
        seed: seed of the run, an integer in [0, 2^64).

    Returns:
        Distinct integers in [0, sample_count); over the B steps of an epoch each occurs once.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Algorithm 1, lines 6 and 7.

    >>> sorted(int(i) for b in range(2) for i in data_block(b, 4, 2, seed=0))
    [0, 1, 2, 3]
    """
    samples = positive_integer("sample_count", sample_count)
    batches = integer_between("batch_count", batch_count, 1, samples)
    epoch, block = divmod(nonnegative_integer("step_number", step_number), batches)
    shuffled = RandomStream(seed, DATA_STREAM).permutation(epoch, samples)
    return np.array_split(shuffled, batches)[block]


def draws_of_step(
    state: State, settings: Settings, seed: Any, batch_count: Any = 1, blocks: Sequence[Any] | None = None
) -> Draws:
    """Return the random numbers of the step that follows a state.

    Arguments:
        state: the ``State`` before the step.
        settings: the ``Settings``; selection "block" and "within_block" need blocks.
        seed: seed of the run, an integer in [0, 2^64).
        batch_count: steps per epoch, an integer of at least 1.
        blocks: as many index arrays as steps per epoch, which partition the parameters; or None.

    Returns:
        The ``Draws``; ``order`` holds what the selection may take: all parameters, those not yet taken in
        this epoch, or the block visited now.

    Raises:
        ValueError, TypeError: an argument outside its range, or blocks missing or of the wrong number.

    Source: Algorithm 1, lines 4 and 12; block schedule.

    >>> state = State(np.zeros(3), np.zeros(3), 1.0)
    >>> draws = draws_of_step(state, Settings(levels=[0.0, 1.0], initial_temperature=1.0), seed=0)
    >>> sorted(int(i) for i in draws.order)
    [0, 1, 2]
    """
    size = state.theta.size
    epoch, position = divmod(state.step, positive_integer("batch_count", batch_count))
    indices = np.arange(size)
    stream = RandomStream(seed, ORDER_STREAM)
    if settings.selection == "uniform":
        order = stream.permutation(state.step, size)
    elif settings.selection == "without_replacement":
        order = stream.permutation(epoch, size)[state.visited :]
    else:
        if blocks is None or len(blocks) != batch_count:
            given = "None" if blocks is None else f"{len(blocks)}"
            raise ValueError(f"blocks must be {batch_count} blocks, one per step of an epoch, got {given}")
        parts = as_partition("blocks", blocks, size)
        visits = RandomStream(seed, BLOCK_STREAM).permutation(epoch, batch_count)
        part = parts[visits[position]]
        order = part[stream.permutation(state.step, part.size)]
    return Draws(
        order,
        RandomStream(seed, NOISE_STREAM).normals(state.step, indices),
        RandomStream(seed, ACCEPTANCE_STREAM).uniforms(state.step, indices),
    )


def run(
    state: State,
    settings: Settings,
    objective: Objective,
    steps: Any,
    seed: Any,
    batch_count: Any = 1,
    blocks: Sequence[Any] | None = None,
) -> tuple[State, list[Step]]:
    """Return the state after some steps of Algorithm 1, and what happened in each.

    Arguments:
        state: the ``State`` to go on from, fresh or saved.
        settings: the ``Settings``.
        objective: the ``Objective``.
        steps: number of steps, an integer of at least 0; an epoch has ``batch_count`` of them.
        seed: seed of the run, an integer in [0, 2^64).
        batch_count: number of data blocks B, an integer in [1, objective.sample_count].
        blocks: partition of the parameters into B blocks, for the selections that need one.

    Returns:
        The last state and the list of ``Step``.  The same arguments give the same result bit for bit, and a
        run of s + t steps is a run of s steps continued for t.

    Raises:
        ValueError, TypeError: as ``step``, ``data_block`` and ``draws_of_step``.

    Source: Algorithm 1, lines 5 to 28.

    >>> from reference.settings import gradient_descent_settings
    >>> from reference.state import initial_state
    >>> settings = gradient_descent_settings(0.5)
    >>> bowl = FullBatch(lambda theta: theta @ theta / 2, lambda theta: theta)
    >>> run(initial_state([8.0], settings), settings, bowl, steps=3, seed=0)[0].theta
    array([1.])
    """
    batches = positive_integer("batch_count", batch_count)
    taken: list[Step] = []
    for _ in range(nonnegative_integer("steps", steps)):
        if state.step % batches == 0:
            state = replace(state, visited=0)
        samples = data_block(state.step, objective.sample_count, batches, seed)
        previous_block_loss = None
        if settings.loss_change == "data_block" and state.step > 0:
            before = data_block(state.step - 1, objective.sample_count, batches, seed)
            previous_block_loss = objective.loss(state.theta.copy(), before)

        def loss_at(theta: FloatArray, samples: IntArray = samples) -> Any:
            return objective.loss(theta, samples)

        loss, gradient = loss_at(state.theta.copy()), objective.gradient(state.theta.copy(), samples)
        draws = draws_of_step(state, settings, seed, batches, blocks)
        taken.append(step(state, settings, loss, gradient, loss_at, draws, previous_block_loss))
        state = taken[-1].state
    return state, taken

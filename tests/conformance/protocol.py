"""What the conformance suite asks of an implementation: the adapter to write around an optimizer.

An implementation is a class, or any callable with the same two attributes, such that

    Name.capabilities                           strings of ``Capability``: what it offers
    Name.acceptance                             with "acceptance" only: a rule of ``ACCEPTANCE_RULES``
    Name(objective, start, seed, options)       a fresh run; nothing is evaluated yet
        .step()                                 one step; evaluates the objective afresh
        .theta                                  the parameters, float64, shape (n,); a copy or read-only
        .last_fraction                          f of the last step               ("fraction", "mask")
        .last_trials                            the ``Trial`` of the last step   ("acceptance")
        .state_dict(), .load_state_dict(state)  everything the run remembers     ("resume")

The start has 1 or 16 entries.  Between two steps the loss may change, as on minibatches.  A behaviour that
needs a capability outside ``capabilities`` is skipped, and says which.  Strings are compared by value, so an
adapter need not import this module.  An optional attribute ``dtype`` (default float64) names the precision
of the arithmetic; tolerances follow it.  To save and continue a run, ``state_dict`` must survive pickling.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Capability(StrEnum):
    """What an implementation may offer."""

    # Noise, quantizer, averaging and test can all be off: what is left is a (masked) gradient step.
    PLAIN_STEP = "plain step"
    # ``last_fraction`` obeys f_min <= f <= f_max.
    FRACTION = "fraction"
    # It follows Eq. 15: absolute change of the loss over the largest so far, that one included.
    FRACTION_RULE = "fraction rule"
    # A step moves floor(f n) whole coordinates and leaves the others bit for bit.
    MASK = "mask"
    # Gaussian noise, scaled by the temperature.
    NOISE = "noise"
    # Soft quantization on the levels of the options; with ``cooling`` off at their temperature.
    QUANTIZER = "quantizer"
    # Moves are accepted or rejected, and reported.
    ACCEPTANCE = "acceptance"
    # Parameter i in step t is decided by u < A, u as in ``shared_uniform``.
    SHARED_UNIFORMS = "shared uniforms"
    # A saved state continues the run bit for bit.
    RESUME = "resume"


ACCEPTANCE_RULES = ("sigmoid", "metropolis", "threshold")


@dataclass(frozen=True)
class Objective:
    """A loss and its gradient, functions of a float64 vector; the vector must not be kept or written to."""

    loss: Callable[[FloatArray], float]
    gradient: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a behaviour asks for; an option outside the declared capabilities keeps its default.

    Attributes:
        learning_rate: eta, positive.
        f_min, f_max: bounds of the fraction; 1 and 1 update everything.
        smoothing: weight of the old gradients in the average, 0 for none; to be ignored without an average.
        noise: whether noise is added.
        levels: the quantizer's levels, increasing; None for no quantizer.
        temperature: T, positive: at the start with cooling, throughout without.
        cooling: whether the temperature follows the implementation's own schedule.
        acceptance: whether moves are tested, on the loss alone; False keeps every move.
    """

    learning_rate: float
    f_min: float = 1.0
    f_max: float = 1.0
    smoothing: float = 0.0
    noise: bool = False
    levels: tuple[float, ...] | None = None
    temperature: float = 1.0
    cooling: bool = False
    acceptance: bool = False


@dataclass(frozen=True)
class Trial:
    """One accept-or-reject decision: the change of the loss tested, T, the probability, the outcome."""

    energy_change: float
    temperature: float
    probability: float
    accepted: bool


class Run(Protocol):
    """One run of an implementation; the last four members exist where the capability is declared."""

    @property
    def theta(self) -> FloatArray: ...

    def step(self) -> None: ...

    @property
    def last_fraction(self) -> float: ...

    @property
    def last_trials(self) -> Sequence[Trial]: ...

    def state_dict(self) -> Mapping[str, Any]: ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...


class Implementation(Protocol):
    """What ``--implementation package.module:Name`` names."""

    capabilities: Collection[str]

    def __call__(self, objective: Objective, start: FloatArray, seed: int, options: Options) -> Run: ...


def unit_roundoff(implementation: Any) -> float:
    """The spacing of floats at 1 in the implementation's arithmetic; bounds are small multiples of it."""
    return float(np.finfo(getattr(implementation, "dtype", np.float64)).eps)


def shared_uniform(seed: int, step: int, index: int) -> float:
    """The uniform number of parameter ``index`` in step ``step``: Philox4x32-10, stream 4, first word.

    The counter is (index, index >> 32, step, 4), the key the two halves of the seed, u = (w + 1/2) / 2^32.
    """
    # Imported here: only implementations that share uniforms depend on the definition in the reference.
    from reference.random_streams import RandomStream
    from reference.training import ACCEPTANCE_STREAM

    return float(RandomStream(seed, ACCEPTANCE_STREAM).uniforms(step, index))

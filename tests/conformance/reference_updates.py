"""The dense and the masked update of the reference, driven by the fraction rule.

Not offered: quantizer and acceptance, which the recursion of Eq. 23 does not have; the dense update has no
mask either.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

from reference.fraction import clamped_fraction, starting_fraction, update_count
from reference.loss_change import absolute_change
from reference.masks import mask_of
from reference.noise import noise_scale
from reference.random_streams import RandomStream
from reference.training import NOISE_STREAM, ORDER_STREAM
from reference.updates import dense_step, masked_step
from reference.validation import FloatArray
from tests.conformance.protocol import Capability, Objective, Options


class Dense:
    """theta <- theta - eta f gradient + noise."""

    capabilities: ClassVar[set[Capability]] = {
        Capability.PLAIN_STEP,
        Capability.FRACTION,
        Capability.FRACTION_RULE,
        Capability.NOISE,
        Capability.RESUME,
    }

    def __init__(self, objective: Objective, start: FloatArray, seed: int, options: Options) -> None:
        self.objective, self.seed, self.options = objective, seed, options
        self.state: dict[str, Any] = {
            "theta": start.copy(),
            "step": 0,
            "previous_loss": None,
            "largest_change": 0.0,
        }
        self.last_fraction = starting_fraction(options.f_min, options.f_max)

    @property
    def theta(self) -> FloatArray:
        return self.state["theta"].copy()

    def step(self) -> None:
        loss, previous = self.objective.loss(self.theta), self.state["previous_loss"]
        if previous is not None:
            change = absolute_change(previous, loss)
            self.state["largest_change"] = max(self.state["largest_change"], change)
            self.last_fraction = self.fraction_of(change, self.state["largest_change"])
        self.state["theta"] = self.moved(self.objective.gradient(self.theta))
        self.state["previous_loss"] = loss
        self.state["step"] += 1

    def fraction_of(self, change: float, largest: float) -> float:
        return clamped_fraction(change, largest, self.options.f_min, self.options.f_max)

    def moved(self, gradient: FloatArray) -> FloatArray:
        return dense_step(self.theta, gradient, self.options.learning_rate, self.last_fraction, self.noise())

    def noise(self) -> FloatArray:
        size = self.theta.size
        scale = noise_scale(self.options.temperature) if self.options.noise else 0.0
        return scale * RandomStream(self.seed, NOISE_STREAM).normals(self.state["step"], range(size))

    def state_dict(self) -> Mapping[str, Any]:
        return copy.deepcopy(self.state)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.state = copy.deepcopy(dict(state))


class Masked(Dense):
    """theta <- theta - eta M gradient + M noise, M a uniformly random mask with floor(f n) ones."""

    capabilities: ClassVar[set[Capability]] = {*Dense.capabilities, Capability.MASK}

    def moved(self, gradient: FloatArray) -> FloatArray:
        size = gradient.size
        chosen = RandomStream(self.seed, ORDER_STREAM).random_subset(
            self.state["step"], size, self.count(size)
        )
        mask = mask_of(chosen, size)
        return masked_step(self.theta, gradient, self.options.learning_rate, mask, mask * self.noise())

    def count(self, size: int) -> int:
        return update_count(self.last_fraction, size)

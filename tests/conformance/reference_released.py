"""The behaviour of the authors' public code, with the whole vector as its only tensor.

Not offered: a plain step and a quantizer on given levels (it always quantizes, on levels between the ends of
the candidate), the rule of Eq. 15 (its fraction falls where the loss changes more), a mask of scalars (it
selects tensors), and shared uniforms (its test is a threshold and draws none).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

import numpy as np

from reference.random_streams import RandomStream
from reference.released import ReleasedSettings, ReleasedState, ReleasedStep, released_step
from reference.training import NOISE_STREAM
from reference.validation import FloatArray
from tests.conformance.protocol import Capability, Objective, Options, Trial


class Released:
    """One tensor, tried in each step whose fraction is 1."""

    capabilities: ClassVar[set[Capability]] = {
        Capability.FRACTION,
        Capability.NOISE,
        Capability.ACCEPTANCE,
        Capability.RESUME,
    }
    acceptance: ClassVar[str] = "threshold"

    def __init__(self, objective: Objective, start: FloatArray, seed: int, options: Options) -> None:
        self.objective, self.seed, self.noise = objective, seed, options.noise
        self.settings = ReleasedSettings(
            f_min=options.f_min,
            f_max=options.f_max,
            level_count=16,  # our choice, for speed: the code's 1024 changes nothing that is observed here
            step_size=options.learning_rate,
            smoothing=options.smoothing,
        )
        self.state = ReleasedState((start,), (np.zeros_like(start),), options.temperature)
        self.count = 0
        self.last: ReleasedStep | None = None

    @property
    def theta(self) -> FloatArray:
        return self.state.tensors[0]

    def step(self) -> None:
        normals = RandomStream(self.seed, NOISE_STREAM).normals(self.count, range(self.theta.size))
        self.temperature = self.state.temperature
        self.last = released_step(
            self.state,
            self.settings,
            lambda tensors: self.objective.loss(tensors[0]),
            lambda tensors: [self.objective.gradient(tensors[0])],
            [0],
            [normals if self.noise else np.zeros_like(normals)],
        )
        self.state, self.count = self.last.state, self.count + 1

    @property
    def last_fraction(self) -> float:
        return self.last.fraction

    @property
    def last_trials(self) -> list[Trial]:
        decisions = zip(self.last.energy_changes, self.last.accepted, strict=True)
        return [Trial(change, self.temperature, float(kept), kept) for change, kept in decisions]

    def state_dict(self) -> Mapping[str, Any]:
        saved = {field.name: getattr(self.state, field.name) for field in fields(ReleasedState)}
        return {**saved, "count": self.count}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        saved = dict(state)
        self.count = saved.pop("count")
        self.state = ReleasedState(**saved)

"""Algorithm 1 of the reference: it offers everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

import numpy as np

from reference.settings import Settings
from reference.state import State, Step, initial_state
from reference.training import FullBatch, run
from reference.validation import FloatArray
from tests.conformance.protocol import Capability, Objective, Options, Trial


class Algorithm:
    """The listing with uniform subsets, single tests, and the entropy schedule where cooling is on."""

    capabilities: ClassVar[set[Capability]] = set(Capability)
    acceptance: ClassVar[str] = "sigmoid"

    def __init__(self, objective: Objective, start: FloatArray, seed: int, options: Options) -> None:
        self.objective, self.seed = FullBatch(objective.loss, objective.gradient), seed
        self.settings = self.settings_of(options)
        self.state = initial_state(start, self.settings)
        self.last: Step | None = None

    def settings_of(self, options: Options) -> Settings:
        schedule = "fixed"
        if options.cooling:
            schedule = "geometric" if options.levels is None else "entropy"
        return Settings(
            **{
                "levels": None if options.levels is None else np.array(options.levels),
                "initial_temperature": options.temperature,
                "floor_factor": 0.0,
                "schedule": schedule,
                "f_min": options.f_min,
                "f_max": options.f_max,
                "step_size": options.learning_rate,
                "smoothing": options.smoothing,
                "noise": "linear" if options.noise else "zero",
                "energy": "loss",
                "acceptance": "sigmoid" if options.acceptance else "always",
                **self.changed(options),
            }
        )

    def changed(self, options: Options) -> dict[str, Any]:
        """Settings in which a variant differs."""
        return {}

    @property
    def theta(self) -> FloatArray:
        return self.state.theta

    def step(self) -> None:
        self.temperature = self.state.temperature
        self.state, (self.last,) = run(self.state, self.settings, self.objective, 1, self.seed)

    @property
    def last_fraction(self) -> float:
        return self.last.fraction

    @property
    def last_trials(self) -> list[Trial]:
        decisions = zip(self.last.energy_changes, self.last.probabilities, self.last.accepted, strict=True)
        return [Trial(float(c), self.temperature, float(p), bool(kept)) for c, p, kept in decisions]

    def state_dict(self) -> Mapping[str, Any]:
        return {field.name: getattr(self.state, field.name) for field in fields(State)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.state = State(**state)

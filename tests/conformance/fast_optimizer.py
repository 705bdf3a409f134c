"""``gpu.DFGDA`` under the suite: Algorithm 1 with a test per parameter, and its first-order form in sweeps."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar
from unittest import mock

import numpy as np

from tests.conformance.protocol import Capability, FloatArray, Objective, Options, Trial


class FastAlgorithm:
    """Uniform subsets and exact tests, as the reference's ``Algorithm``."""

    capabilities: ClassVar[set[Capability]] = set(Capability)
    acceptance: ClassVar[str] = "sigmoid"

    def __init__(self, objective: Objective, start: FloatArray, seed: int, options: Options) -> None:
        # Imported here, so that the suite can be collected where torch is absent.
        import torch

        from gpu import DFGDA

        self.torch, self.objective, self.last_trials = torch, objective, []
        self.parameter = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
        self.optimizer = DFGDA([self.parameter], seed=seed, **self.chosen(options))

    def chosen(self, options: Options) -> dict[str, Any]:
        """The optimizer's options."""
        schedule = "fixed"
        if options.cooling:
            schedule = "geometric" if options.levels is None else "entropy"
        levels: dict[str, Any] = {"quantizer": None}
        if options.levels is not None:
            width, count = float(options.levels[-1]), len(options.levels)
            if not np.array_equal(options.levels, np.linspace(-width, width, count)):
                raise ValueError(
                    f"levels must be an even grid symmetric about 0 for gpu.DFGDA, got {options.levels}"
                )
            levels = {"quantizer": "closed_form", "half_width": width, "level_count": count}
        return {
            **levels,
            "schedule": schedule,
            "entropy_normaliser": "initial",
            "initial_temperature": options.temperature,
            "cooling_ratio": 0.99,
            "f_min": options.f_min,
            "f_max": options.f_max,
            "selection": "uniform",
            "lr": options.learning_rate,
            "smoothing": options.smoothing,
            "noise": "linear" if options.noise else "zero",
            "acceptance": "exact" if options.acceptance else "none",
            "acceptance_rule": "sigmoid",
        }

    @property
    def theta(self) -> FloatArray:
        return self.parameter.detach().numpy().copy()

    def evaluate(self) -> float:
        return float(self.objective.loss(self.theta))

    def step(self) -> None:
        import gpu.decision as decision

        self.parameter.grad = self.torch.tensor(self.objective.gradient(self.theta))
        self.last_trials = []
        tested = decision.accepts

        def noted(change: float, uniform: Any, scalars: Any, recipe: Any) -> bool:
            outcome = tested(change, uniform, scalars, recipe)
            heat = scalars.temperature
            rule = decision.ACCEPTANCE_RULES[recipe.acceptance_rule]
            probability = float(rule(self.torch.full_like(heat, change), heat))
            self.last_trials.append(Trial(change, float(heat), probability, outcome))
            return outcome

        with mock.patch.object(decision, "accepts", noted):
            self.optimizer.step(loss=self.evaluate(), loss_closure=self.evaluate)

    @property
    def last_fraction(self) -> float:
        return self.optimizer.status()[0]["fraction"]

    def state_dict(self) -> Mapping[str, Any]:
        return {"theta": self.theta, "optimizer": copy.deepcopy(self.optimizer.state_dict())}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
        with self.torch.no_grad():
            self.parameter.copy_(self.torch.tensor(state["theta"]))


class FastSweep(FastAlgorithm):
    """Sweeps of single-element tiles and the first-order test, which reports no trials."""

    capabilities: ClassVar[set[Capability]] = set(Capability) - {
        Capability.ACCEPTANCE,
        Capability.SHARED_UNIFORMS,
        Capability.MASK,
    }

    def chosen(self, options: Options) -> dict[str, Any]:
        acceptance = "linearised" if options.acceptance else "none"
        return super().chosen(options) | {
            "selection": "sweep",
            "tile_size": 1,
            "acceptance": acceptance,
            "acceptance_rule": "descent",
        }

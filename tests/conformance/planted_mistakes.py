"""Wrong implementations, one mistake each: the negative controls of the suite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from reference.acceptance import acceptance_probability, metropolis_probability
from reference.validation import FloatArray
from tests.conformance.protocol import Objective, Options, Trial
from tests.conformance.reference_algorithm import Algorithm
from tests.conformance.reference_updates import Dense, Masked


class FractionReachesItsMaximum(Dense):
    """Linear in the ratio, so that a record gives f_max."""

    def fraction_of(self, change: float, largest: float) -> float:
        low, high = self.options.f_min, self.options.f_max
        return low + (high - low) * (change / largest if largest > 0.0 else 0.0)


class FractionRunsBackwards(Dense):
    """Falls where the loss changes more, in the same range."""

    def fraction_of(self, change: float, largest: float) -> float:
        return super().fraction_of(largest - change, largest)


class FractionLeavesItsBounds(Dense):
    """Divided by the first change instead of the largest, without the clamp."""

    def fraction_of(self, change: float, largest: float) -> float:
        self.first = getattr(self, "first", change) or 1.0
        low, high = self.options.f_min, self.options.f_max
        return min(low + (high - low) * change / self.first, 1.0)


class OneCoordinateTooMany(Masked):
    """Rounds f n up and adds one."""

    def count(self, size: int) -> int:
        return min(super().count(size) + 1, size)


class ClimbsUphill(Dense):
    """Adds the gradient."""

    def moved(self, gradient: FloatArray) -> FloatArray:
        return super().moved(-gradient)


class StepsTooFar(Masked):
    """Five halves of the learning rate asked for."""

    def __init__(self, objective: Objective, start: FloatArray, seed: int, options: Options) -> None:
        super().__init__(objective, start, seed, replace(options, learning_rate=2.5 * options.learning_rate))


class NoiseStaysOn(Algorithm):
    """Cannot switch its noise off."""

    def changed(self, options: Options) -> dict[str, Any]:
        return {"noise": "linear"}


class MomentumStaysOn(Algorithm):
    """Averages gradients where no average was asked for."""

    def changed(self, options: Options) -> dict[str, Any]:
        return {"smoothing": 0.5}


class AcceptsTheWrongWay(Algorithm):
    """The sigmoid with the sign of the energy change turned."""

    def changed(self, options: Options) -> dict[str, Any]:
        turned = {"acceptance": lambda change, temperature: acceptance_probability(-change, temperature)}
        return turned if options.acceptance else {}


class AcceptsByAnotherRule(Algorithm):
    """Metropolis under the name of the sigmoid."""

    def changed(self, options: Options) -> dict[str, Any]:
        return {"acceptance": metropolis_probability} if options.acceptance else {}


class AcceptsWithASmallBias(Algorithm):
    """Adds a billionth to every probability: no sample of affordable size would tell."""

    def changed(self, options: Options) -> dict[str, Any]:
        def biased(change: Any, temperature: float) -> Any:
            return min(1.0, float(acceptance_probability(change, temperature)) + 1e-9)

        return {"acceptance": biased} if options.acceptance else {}


class ReportsWhatItDoesNotDo(AcceptsByAnotherRule):
    """Reports the sigmoid, decides by Metropolis: only the decisions give it away."""

    @property
    def last_trials(self) -> list[Trial]:
        return [
            replace(trial, probability=float(acceptance_probability(trial.energy_change, trial.temperature)))
            for trial in super().last_trials
        ]


class HalvesTheEnergy(Algorithm):
    """Reports, consistently, half of each change of the loss."""

    @property
    def last_trials(self) -> list[Trial]:
        halves = [replace(trial, energy_change=trial.energy_change / 2.0) for trial in super().last_trials]
        return [
            replace(trial, probability=float(acceptance_probability(trial.energy_change, trial.temperature)))
            for trial in halves
        ]


class KeepsRejectedMoves(Algorithm):
    """Leaves every proposal in place, whatever the decision."""

    def step(self) -> None:
        super().step()
        theta = self.state.theta.copy()
        theta[self.last.selected] = self.last.proposals
        self.state = replace(self.state, theta=theta)


class NoiseAfterTheQuantizer(Algorithm):
    """Adds the noise to the quantized value."""

    def changed(self, options: Options) -> dict[str, Any]:
        return {"noise_placement": "outside"}


class QuantizerStaysWarm(Algorithm):
    """Never quantizes below temperature 1/16."""

    def changed(self, options: Options) -> dict[str, Any]:
        return {"initial_temperature": max(options.temperature, 1 / 16)}


class QuantizerFallsAsleep(Algorithm):
    """Takes a tenth of the step once the quantizer is on, so that levels hold what they should pass on."""

    def changed(self, options: Options) -> dict[str, Any]:
        return {} if options.levels is None else {"step_size": options.learning_rate / 10.0}


class Forgets(Algorithm):
    """Loses one entry of its state on the way."""

    forgotten: str

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        fresh = getattr(self.state, self.forgotten)
        super().load_state_dict({**state, self.forgotten: fresh})


class ForgetsTheMeanField(Forgets):
    """Starts the average of gradients again."""

    forgotten = "mean_field"


class ForgetsTheLargestChange(Forgets):
    """Starts the divisor of the fraction rule again."""

    forgotten = "largest_change"


class ForgetsTheTemperature(Forgets):
    """Goes on at the starting temperature."""

    forgotten = "temperature"


class RestartsItsRandomNumbers(Forgets):
    """Draws from the beginning of its streams again."""

    forgotten = "step"


class HandsOutItsLiveState(Dense):
    """Its saved state goes on changing with the run."""

    def state_dict(self) -> Mapping[str, Any]:
        return self.state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.state = state


class SharesOneGenerator(Masked):
    """All runs draw from one generator, whatever their seeds."""

    generator = np.random.default_rng(0)

    def noise(self) -> FloatArray:
        return self.options.noise * self.generator.standard_normal(self.theta.size)


class IgnoresItsSeed(Algorithm):
    """Every run is the run of seed 0."""

    def __init__(self, objective: Objective, start: FloatArray, seed: int, options: Options) -> None:
        super().__init__(objective, start, 0, options)

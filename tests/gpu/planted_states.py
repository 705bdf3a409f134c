"""Optimizers that load another state than was saved: one mistake each."""

import copy
from typing import ClassVar
from unittest import mock

import torch

from gpu import DFGDA
from tests.gpu.planted_changes import Replaced, parameters_of


class Forgets(DFGDA):
    """Keeps one number of its groups when it loads the others."""

    forgotten: ClassVar[str]

    def load_state_dict(self, state_dict):
        kept = [group[self.forgotten] for group in self.param_groups]
        super().load_state_dict(state_dict)
        for group, value in zip(self.param_groups, kept, strict=True):
            group[self.forgotten] = value


class ForgetsTheStep(Forgets):
    """Draws from the beginning of its random streams again."""

    forgotten = "step"


class ForgetsTheTemperature(DFGDA):
    """Goes on at the temperature of its start."""

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            group["temperature"] = group["start_temperature"].clone()


class ForgetsThePlaceInTheSweep(Forgets):
    """Begins the sweep again."""

    forgotten = "position"


class ForgetsThePreviousLoss(Forgets):
    """Takes the first fraction again."""

    forgotten = "previous_loss"


class ForgetsTheAverages(DFGDA):
    """Starts the averages of gradients again."""

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        for state in self.state.values():
            state["mean_field"].zero_()


class LoadsAnotherSeed(DFGDA):
    """A loaded run draws from another stream."""

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            group["seed"] += 1


class WritesIntoWhatItLoaded(DFGDA):
    """Shares the averages with the state that was loaded."""

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        for number, state in state_dict["state"].items():
            self.state[parameters_of(self)[number]]["mean_field"] = state["mean_field"]


class SavesNumbersOfItsProcess(DFGDA):
    """Saves where in this process the averages lie; without the process they are lost."""

    saved: ClassVar[dict[int, torch.Tensor]] = {}

    def state_dict(self):
        found = super().state_dict()
        for number, state in found["state"].items():
            key = hash(tuple(state["mean_field"].flatten().tolist()))
            self.saved[key] = state["mean_field"].clone()
            found["state"][number] = {**state, "mean_field": torch.tensor(key)}
        return found

    def load_state_dict(self, state_dict):
        loaded = copy.deepcopy(state_dict)
        for number, state in loaded["state"].items():
            nothing = torch.zeros_like(parameters_of(self)[number])
            state["mean_field"] = self.saved.get(int(state["mean_field"]), nothing)
        super().load_state_dict(loaded)


class DrawsFromTheGlobalGenerator(
    Replaced,
    replaced={
        "gpu.random_streams.RandomStream.normals": lambda stream, step, index, dtype: torch.randn(
            index.shape, dtype=dtype
        )
    },
):
    """Takes its normal numbers from torch's own generator."""


class LeavesNumbersAsTheyWereSaved(DFGDA):
    """Does not make tensors of the Python numbers in a loaded group."""

    def load_state_dict(self, state_dict):
        with mock.patch("gpu.dfgda.to_device"):
            super().load_state_dict(state_dict)


class SetsNoDefaults(DFGDA):
    """Expects that every state holds all options of today."""

    def __setstate__(self, state):
        torch.optim.Optimizer.__setstate__(self, state)


class LoadsAnyLayout(DFGDA):
    """Does not look at what version a state comes from, nor at its options."""

    def load_state_dict(self, state_dict):
        with mock.patch("gpu.dfgda.check_options"):
            options = [
                {k: v for k, v in group.items() if k != "schema"} for group in state_dict["param_groups"]
            ]
            super().load_state_dict({**state_dict, "param_groups": options})


class ChecksAfterLoading(DFGDA):
    """Refuses a state that it has loaded already."""

    def load_state_dict(self, state_dict):
        torch.optim.Optimizer.load_state_dict(self, state_dict)
        super().load_state_dict(state_dict)

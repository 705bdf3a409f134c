"""Optimizers that take other options than those of a group: one mistake each."""

import torch

from gpu.annealing import energy_gradient
from gpu.group_step import GroupStep
from gpu.options import DEFAULTS
from tests.gpu.planted_changes import Overruled, Replaced

ordinary_trial = GroupStep._trial


class KeepsItsFirstLearningRate(Overruled):
    """Does not look at what a scheduler has written."""

    def other(self, group):
        return {"lr": group.get("initial_lr", group["lr"])}


class TakesTheLearningRateOfTheFirstGroup(Overruled):
    """Uses one learning rate for all groups."""

    def other(self, group):
        return {"lr": self.param_groups[0]["lr"]}


class TakesTheDefaultForATensor(Overruled):
    """Knows learning rates as numbers only."""

    def other(self, group):
        return {"lr": DEFAULTS["lr"]} if isinstance(group["lr"], torch.Tensor) else {}


class ReadsATensorOnce(Overruled):
    """Does not look at what is written into a learning rate that is a tensor."""

    def other(self, group):
        if not isinstance(group["lr"], torch.Tensor):
            return {}
        return {"lr": group.setdefault("first_lr", group["lr"].clone())}


class TurnsATensorIntoANumber(Overruled):
    """Writes a number over a tensor, which a scheduler may go on changing."""

    def other(self, group):
        group["lr"] = float(group["lr"])
        return {}


class DecaysByTheFirstGroup(Overruled):
    """Uses one weight decay for all groups."""

    def other(self, group):
        return {"weight_decay": self.param_groups[0]["weight_decay"]}


class DecaysAwayFromZero(
    Replaced,
    replaced={
        "gpu.annealing.energy_gradient": lambda theta, gradient, recipe: energy_gradient(
            -theta, gradient, recipe
        )
    },
):
    """Adds weight decay with the sign turned."""


class IgnoresMaximize(Overruled):
    """Minimizes whatever it is asked for."""

    def other(self, group):
        return {"maximize": False}


def unsigned_trial(step):
    value = ordinary_trial(step)
    return -value if step.group["maximize"] else value


class MaximizesByTheGradientOnly(Replaced, replaced={"gpu.group_step.GroupStep._trial": unsigned_trial}):
    """Follows the gradient uphill, and compares losses downhill."""


class AlwaysAddsNoise(Overruled):
    """Cannot switch its noise off."""

    def other(self, group):
        return {"noise": "linear"}


class IgnoresItsSeed(Overruled):
    """Every run is the run of seed 0."""

    def other(self, group):
        return {"seed": 0}

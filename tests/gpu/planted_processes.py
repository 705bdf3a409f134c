"""Optimizers that wait for the host, compile anew, or take another step when several processes share it."""

import torch
import torch.distributed as dist

from gpu import DFGDA
from gpu.group import Group
from gpu.sweep import Sweep, tile_mask
from tests.gpu.planted_changes import Overruled, Replaced

ordinary_recipe = Group.recipe

# -- the host and the compiler


class ReadsTheLoss(DFGDA):
    """Waits for the device to write a number down."""

    def _step(self, closure, loss, *others):
        self.defaults["last_loss"] = None if loss is None else float(loss)
        return super()._step(closure, loss, *others)


class CopiesNumbersFromTheHost(
    Replaced, replaced={"gpu.group.on_device": lambda value, device: torch.tensor(value, dtype=torch.float64)}
):
    """Makes the learning rate a tensor by a copy."""


def mask_of_another_sweep(sweep, *others):
    return tile_mask(Sweep(sweep.position, sweep.number + 1), *others)


class SweepsInAnotherOrderOnADevice(Replaced, replaced={"gpu.selection.tile_mask": mask_of_another_sweep}):
    """Takes the order of the next sweep where the host may not read."""


class CompilesEveryStep(
    Replaced,
    replaced={
        "gpu.group.Group.recipe": lambda group: ordinary_recipe(group)._replace(
            regularization=float(group["step"])
        )
    },
):
    """Takes a number that changes with the steps for one that does not."""


class CompilesOneFunctionForAllSeeds(
    Replaced, replaced={"gpu.compilation.FunctionType": lambda code, scope, name: scope[name]}
):
    """All compiled forms share their code, of which the compiler makes eight graphs and then, quietly, no more."""


# -- several processes


class TheProcessEntersTheSeed(Overruled):
    """Every process draws numbers of its own."""

    def other(self, group):
        return {"seed": group["seed"] + (dist.get_rank() if dist.is_initialized() else 0)}


class CountsElementsOfItsProcess(Replaced, replaced={"gpu.tiles.local_start": lambda parameter: 0}):
    """Every shard begins with element 0."""


def loss_of_the_first(loss):
    if dist.is_initialized():
        dist.broadcast(loss := loss.clone(), 0)
    return loss


class BelievesTheFirstProcess(
    Replaced,
    replaced={f"gpu.{module}.mean_over_ranks": loss_of_the_first for module in ("group_step", "trials")},
):
    """All processes take the loss of process 0 for the mean."""


class TriesOnTheOldWeights(DFGDA):
    """Evaluates the loss without gradients where the weights were before the trial."""

    def _step(self, closure, loss, loss_closure, compiled):
        before = None if loss_closure is None else loss_closure()
        return super()._step(closure, loss, None if before is None else lambda: before, compiled)


class StopsAlone(Replaced, replaced={"gpu.guard.sum_over_shards": lambda value, parameters: value}):
    """Refuses a step that the other process takes."""


class TriesShardsTogether(Overruled):
    """Makes another test than the one asked for."""

    def other(self, group):
        return {"acceptance": "block"} if group["acceptance"] == "exact" else {}


class MovesFrozenGroups(Replaced, replaced={"gpu.group.Group.frozen": lambda group: False}):
    """Quantizes and adds noise at a learning rate of 0."""

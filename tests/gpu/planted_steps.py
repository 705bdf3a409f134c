"""Optimizers that move what they should not, or not as they should: one mistake each."""

import torch

from gpu import DFGDA
from gpu.first_step import undoing
from gpu.group import Group
from gpu.tiles import Tile
from tests.gpu.planted_changes import Replaced, parameters_of

ordinary_index, ordinary_scatter = Tile.global_index, Tile.scatter


# -- the layout of parameters


class LosesWhatIsNoView(Replaced, replaced={"gpu.tiles.Segment.write_back": lambda segment: None}):
    """Does not copy back the elements of a parameter that has no flat view."""


def index_in_memory(tile, device):
    parts = []
    for piece in tile.pieces:
        parameter = piece.segment.parameter
        places = torch.arange(parameter.numel()).as_strided(parameter.shape, parameter.stride()).reshape(-1)
        parts.append(piece.segment.start + places[piece.start : piece.stop])
    return torch.cat(parts)


class CountsElementsAsTheyLieInMemory(Replaced, replaced={"gpu.tiles.Tile.global_index": index_in_memory}):
    """Gives an element of a transposed parameter the random numbers of another one."""


def index_without_gaps(tile, device):
    count = sum(piece.stop - piece.start for piece in tile.pieces)
    return ordinary_index(tile, device)[0] + torch.arange(count, device=device)


class CountsOnPastFrozenLayers(Replaced, replaced={"gpu.tiles.Tile.global_index": index_without_gaps}):
    """Numbers the elements that are worked on together without the gap of a layer that has no gradient."""


def index_of_uncut_tensors(tile, device):
    parts = [piece.segment.start + torch.arange(piece.stop - piece.start) for piece in tile.pieces]
    return torch.cat(parts)


class CountsEveryPieceFromTheStartOfItsTensor(
    Replaced, replaced={"gpu.tiles.Tile.global_index": index_of_uncut_tensors}
):
    """Gives the second piece of a large tensor the random numbers of the first."""


def scatter_weights_only(tile, name, values):
    if name != "mean_field" or len(tile.pieces) == 1:
        ordinary_scatter(tile, name, values)


class TogetherForgetsTheAverages(Replaced, replaced={"gpu.tiles.Tile.scatter": scatter_weights_only}):
    """Keeps the averages of tensors that are worked on together as they were."""


# -- groups and random numbers


class CountsEveryGroupFromZero(DFGDA):
    """Two groups draw the same random numbers."""

    def _groups(self, compiled):
        return [Group(self, number, 0, compiled) for number in range(len(self.param_groups))]


class ShiftsTheGlobalGenerator(DFGDA):
    """Shifts the random numbers of everybody else."""

    def _step(self, *arguments):
        torch.rand(())
        return super()._step(*arguments)


# -- gradients that are not there


class CountsMissingGradientsAsZero(DFGDA):
    """Decay and noise move what has no gradient."""

    def _groups(self, compiled):
        for parameter in parameters_of(self):
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        return super()._groups(compiled)


class CountsMissingGradientsAsZeroInBusyGroups(CountsMissingGradientsAsZero):
    """The same, unless nothing at all has a gradient."""

    def _groups(self, compiled):
        busy = any(parameter.grad is not None for parameter in parameters_of(self))
        return super()._groups(compiled) if busy else []


class CountsStepsWithoutGradients(DFGDA):
    """Its random numbers and its schedule go on when nothing moves."""

    def _step(self, *arguments):
        returned = super()._step(*arguments)
        for group in self.param_groups:
            if all(parameter.grad is None for parameter in group["params"]):
                group["step"] = group["step"] + 1
        return returned


# -- what a step returns, and what it stores


class ReturnsNothing(DFGDA):
    """Keeps the loss for itself."""

    def _step(self, *arguments):
        super()._step(*arguments)


class ReturnsANumber(ReturnsNothing):
    """Returns the loss as a Python number, whatever the closure returned."""

    def _step(self, closure, loss, *others):
        seen = [loss]

        def remembering():
            seen[0] = closure()
            return seen[0]

        super()._step(None if closure is None else remembering, loss, *others)
        return None if seen[0] is None else float(seen[0])


class DemandsAClosure(DFGDA):
    """Needs the loss where no option does."""

    def _step(self, closure, loss, *others):
        if closure is None and loss is None:
            raise ValueError("closure must be given")
        return super()._step(closure, loss, *others)


class StoresNothingWithoutAClosure(DFGDA):
    """Moves the weights, and forgets the rest of the step."""

    def _step(self, closure, *others):
        undo = [undoing(group) for group in self._groups(False)] if closure is None else []
        returned = super()._step(closure, *others)
        for put_back in undo:
            put_back()
        return returned

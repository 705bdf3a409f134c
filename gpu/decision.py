"""Tests that evaluate the loss: one for each selected element, or one for a whole group.

Everything these tests write is remembered until the step is over, so that a loss that is not finite leaves the
model as it was.

Twin: reference/decision.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gpu.acceptance import ACCEPTANCE_RULES
from gpu.annealing import Recipe, Scalars, energy_gradient, propose, working_type
from gpu.energy import penalty_terms
from gpu.random_streams import ACCEPTANCE_STREAM, RandomStream
from gpu.selection import Selection
from gpu.sharding import sum_over_shards
from gpu.state import on_device
from gpu.tiles import Segment, Tile, tiles

Trial = Callable[[], float]


class Journal:
    """Old values of what a step has written, to be put back if the step fails."""

    def __init__(self, kept: bool = True) -> None:
        self.kept = kept
        self._entries: list[tuple[Tensor, Tensor, Segment]] = []

    def remember(self, flat: Tensor, segment: Segment) -> None:
        """Keep a copy of some elements of a segment."""
        self._entries.append((flat, flat.clone(), segment))

    def remember_tile(self, tile: Tile) -> None:
        """Keep a copy of the elements of a tile and of their averages, if copies are kept."""
        for piece in tile.pieces if self.kept else ():
            self.remember(piece.of(piece.segment.theta), piece.segment)
            if piece.segment.mean_field is not None:
                self.remember(piece.of(piece.segment.mean_field), piece.segment)

    def undo(self) -> None:
        """Put the newest entries back first."""
        while self._entries:
            flat, old, segment = self._entries.pop()
            flat.copy_(old)
            segment.write_back()


def proposals_of(tile: Tile, scalars: Scalars, recipe: Recipe) -> tuple[Tensor, Tensor]:
    """Return the refreshed averages and the proposals of a tile, in the parameters' type."""
    theta, device = tile.gather("theta"), tile.pieces[0].segment.theta.device
    work = working_type(theta.dtype)
    here = theta.to(work)
    slope = energy_gradient(here, tile.gather("gradient").to(work), recipe)
    memory = None if tile.pieces[0].segment.mean_field is None else tile.gather("mean_field").to(work)
    width, quantized = tile.half_width(work)
    averaged, proposal = propose(
        here, slope, memory, tile.global_index(device), width, quantized, scalars, recipe
    )
    return averaged, proposal.to(theta.dtype)


def energy_change(
    here: Tensor, proposal: Tensor, before: float, after: float, scalars: Scalars, recipe: Recipe
) -> float:
    """Return the change of loss, weight decay and penalty when elements take their proposals.

    here, proposal: the moving elements, in the working type; the terms of the others cancel.
    """
    change = after - before
    if recipe.weight_decay:
        change += 0.5 * recipe.weight_decay * float((proposal.square() - here.square()).sum())
    if recipe.penalty_form is not None:
        heat, distance = scalars.temperature.to(here.dtype), (here - proposal).abs()
        arrived = penalty_terms(torch.zeros_like(distance), heat, recipe.penalty_form)
        terms = arrived - penalty_terms(distance, heat, recipe.penalty_form)
        change += recipe.regularization * float(terms.sum())
    return change


def accepts(change: float, uniform: Tensor, scalars: Scalars, recipe: Recipe) -> bool:
    """Return whether a uniform random number accepts an energy change; the rule "descent" needs none."""
    if recipe.acceptance_rule == "descent":
        return change <= 0.0
    rule = ACCEPTANCE_RULES[recipe.acceptance_rule]
    heat = scalars.temperature
    return bool(uniform < rule(torch.full_like(heat, change), heat))


def decide_singly(
    segments: Sequence[Segment],
    selection: Selection,
    largest: int,
    refresh_all: bool,
    loss: float,
    trial: Trial,
    order: Sequence[int],
    scalars: Scalars,
    recipe: Recipe,
    journal: Journal,
) -> tuple[int, float]:
    """Test the selected elements one by one, the earlier decisions in place.

    Arguments:
        segments, selection: what may move.
        largest: size of a tile.
        refresh_all: whether the averages of the other elements take in the gradient too.
        loss: the loss before the tests.
        trial: returns the loss of the model as it is now; raises where that is not finite.
        order: global indices of the selected elements in the order of the tests.
        journal: takes what is overwritten.

    Returns:
        The number of elements that moved, and the loss after the tests.
    """
    proposals = {part.index: part.theta.clone() for part in segments}
    for tile in tiles(segments, selection.ranges, largest):
        averaged, proposal = proposals_of(tile, scalars, recipe)
        _refresh(tile, averaged, selection, refresh_all, journal)
        sizes = [piece.stop - piece.start for piece in tile.pieces]
        for piece, values in zip(tile.pieces, proposal.split(sizes), strict=True):
            journal.remember(piece.of(piece.segment.theta), piece.segment)
            piece.of(proposals[piece.segment.index]).copy_(values)
    stream = RandomStream(recipe.seed, ACCEPTANCE_STREAM)
    moved = 0
    for index in order:
        part = next(s for s in segments if s.start <= index < s.stop)
        place = index - part.start
        old = part.theta[place].clone()
        proposal = proposals[part.index][place]
        part.theta[place] = proposal
        part.write_back()
        after = trial()
        work = working_type(old.dtype)
        change = energy_change(old.to(work), proposal.to(work), loss, after, scalars, recipe)
        uniform = stream.uniforms(scalars.step, torch.full((), index, device=old.device))
        if accepts(change, uniform, scalars, recipe):
            moved, loss = moved + 1, after
        else:
            part.theta[place] = old
            part.write_back()
    return moved, loss


def decide_jointly(
    segments: Sequence[Segment],
    selection: Selection,
    largest: int,
    refresh_all: bool,
    loss: float,
    trial: Trial,
    place: tuple[int, Sequence[Tensor]],
    scalars: Scalars,
    recipe: Recipe,
    journal: Journal,
) -> tuple[int, int, float]:
    """Test all proposals of a group together; the uniform number is that of the group's first element.

    Arguments:
        place: global index of the group's first element, and its parameters, which say with whom they are shared;
            the others as for ``decide_singly``.

    Returns:
        The number of elements of this process that were tried, and that moved; and the loss after the test.
    """
    olds: list[tuple[Tile, Tensor]] = []
    changes, tried = 0.0, 0
    for tile in tiles(segments, selection.ranges, largest):
        here = tile.gather("theta").clone()
        averaged, proposal = proposals_of(tile, scalars, recipe)
        mask = None if selection.mask is None else selection.mask(tile.global_index(here.device))
        proposal = proposal if mask is None else torch.where(mask, proposal, here)
        _refresh(tile, averaged, selection, refresh_all, journal)
        work = working_type(here.dtype)
        pair = here.to(work), proposal.to(work)
        if mask is not None:
            pair = pair[0][mask], pair[1][mask]
        changes += energy_change(*pair, 0.0, 0.0, scalars, recipe)
        tried += pair[0].numel()
        for piece in tile.pieces:
            journal.remember(piece.of(piece.segment.theta), piece.segment)
        tile.scatter("theta", proposal)
        olds.append((tile, here))
    _write_back(segments)
    after = trial()
    device = scalars.temperature.device
    first, parameters = place
    uniform = RandomStream(recipe.seed, ACCEPTANCE_STREAM).uniforms(
        scalars.step, torch.full((), first, device=device)
    )
    # The terms of all shards, so that every process decides alike.
    changes = sum_over_shards(on_device(changes, device), parameters).item()
    if accepts(after - loss + changes, uniform, scalars, recipe):
        return tried, tried, after
    for tile, here in olds:
        tile.scatter("theta", here)
    _write_back(segments)
    return tried, 0, loss


def _refresh(tile: Tile, averaged: Tensor, selection: Selection, refresh_all: bool, journal: Journal) -> None:
    if tile.pieces[0].segment.mean_field is None:
        return
    before = tile.gather("mean_field")
    for piece in tile.pieces:
        journal.remember(piece.of(piece.segment.mean_field), piece.segment)
    if selection.mask is not None and not refresh_all:
        averaged = torch.where(
            selection.mask(tile.global_index(before.device)), averaged, before.to(averaged.dtype)
        )
    tile.scatter("mean_field", averaged.to(before.dtype))


def _write_back(segments: Sequence[Segment]) -> None:
    for part in segments:
        part.write_back()

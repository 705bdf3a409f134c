"""One step of a parameter group of ``DFGDA``: fraction, selection, moves, and the numbers after them.

Twin: ``step`` of reference/algorithm.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from gpu.annealing import Recipe, Scalars, anneal, working_type
from gpu.cooling import cooled
from gpu.decision import Journal, decide_jointly, decide_singly
from gpu.group import Group
from gpu.guard import allowed
from gpu.selection import order_of_trials, select
from gpu.sharding import is_sharded, mean_over_ranks, sum_over_shards
from gpu.state import keep_if, next_fraction

Evaluation = Callable[[], Any]
_compiled: list[Callable[..., Any]] = []  # at most one entry


def step_groups(groups: Sequence[Group], loss: Tensor | None, evaluate: Evaluation | None) -> None:
    """Make one step of all groups: of every one, or of none where something is not finite.

    Arguments:
        groups: their gradients are there and their state is initialised.
        loss: of the parameters as they are, 0-dim float64; None where no option needs it.
        evaluate: returns the loss of the parameters as they are then, for the tests that need it.

    Raises:
        RuntimeError: something is not finite; nothing has changed.
    """
    steps = [GroupStep(group, loss, evaluate) for group in groups]
    permissions = [allowed(step.group, step.loss, step.selection.ranges) for step in steps]
    journal = Journal()
    moved = None
    try:
        after = []
        for step, permission in zip(steps, permissions, strict=True):
            numbers, moved = step.run(permission, moved, journal)
            after.append(numbers)
    except BaseException:
        journal.undo()
        raise
    for group, permission, numbers in zip(groups, permissions, after, strict=True):
        refused = None if permission is None else group["refused"] + (~permission).to(torch.int64)
        keep_if(permission, numbers, group.options)
        if refused is not None:
            group.options["refused"] = refused


class GroupStep:
    """The step of one group: what moves is chosen when it is made, and moved by ``run``.

    Arguments:
        group: the ``Group``.
        loss, evaluate: as for ``step_groups``.
    """

    def __init__(self, group: Group, loss: Tensor | None, evaluate: Evaluation | None) -> None:
        self.group, self.evaluate = group, evaluate
        self.loss = -loss if loss is not None and group["maximize"] else loss
        self.numbers = next_fraction(group.options, self.loss)
        self.selection = select(
            group.options, group.extent, group.ranges(), self.numbers["fraction"], group.read_on_host()
        )

    def run(
        self, permission: Tensor | None, moved: Tensor | None, journal: Journal
    ) -> tuple[dict[str, Tensor], Tensor | None]:
        """Move the parameters; return the group's numbers after the step, and the loss if a test has changed it.

        Arguments:
            permission: as ``guard.allowed`` returns it.
            moved: the loss as the groups before have left it; None where they have not evaluated it.
            journal: as for ``decision``.
        """
        group, selection = self.group, self.selection
        numbers = dict(self.numbers)
        if self.loss is not None:
            numbers["previous_loss"] = self.loss
        recipe, scalars = group.recipe(), group.scalars()
        words = None
        if group.tests_by_loss():
            loss = self.loss if moved is None else moved
            tried, accepted, moved = self._decide(loss, permission, recipe, scalars, journal)
        else:
            tried, accepted, words = self._anneal(permission, recipe, scalars)
        numbers |= selection.following | cooled(group, selection, words, tried)
        numbers |= {
            "step": group["step"] + 1,
            "tried": group["tried"] + tried,
            "accepted": group["accepted"] + accepted,
        }
        return numbers, moved

    def _anneal(
        self, permission: Tensor | None, recipe: Recipe, scalars: Scalars
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Make the moves that need no evaluation; return how many were tried, how many made, and entropy words."""
        group, selection = self.group, self.selection
        refresh_all = group["refreshed"] == "all"
        function = elementwise(group["compile"])
        sums = torch.zeros(4, dtype=torch.int64, device=group.device)
        for tile in group.tiles(group.segments, selection.ranges):
            theta = tile.gather("theta")
            indexed = recipe.draws() or selection.mask is not None
            index = tile.global_index(group.device) if indexed else None
            memory = tile.gather("mean_field") if group.averages() else None
            mask = None if selection.mask is None else selection.mask(index)
            if permission is not None:
                mask = permission if mask is None else mask & permission
            refreshed = permission if refresh_all else mask
            width, quantized = tile.half_width(working_type(theta.dtype))
            slope = tile.gather("gradient")
            out = function(theta, slope, memory, index, mask, refreshed, width, quantized, scalars, recipe)
            tile.scatter("theta", out.theta)
            if out.mean_field is not None:
                tile.scatter("mean_field", out.mean_field)
            sums += torch.cat([torch.stack([out.tried, out.accepted]), out.entropy])
        for part in group.segments:
            part.write_back()
        sums = sum_over_shards(sums, group.parameters)
        return sums[0], sums[1], sums[2:]

    def _decide(
        self,
        loss: Tensor | None,
        permission: Tensor | None,
        recipe: Recipe,
        scalars: Scalars,
        journal: Journal,
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Make the moves whose test evaluates the loss; return how many were tried and made, and the loss then."""
        group, selection = self.group, self.selection
        if loss is None or self.evaluate is None:
            raise ValueError(
                f"closure must be given for acceptance {group['acceptance']!r}, which evaluates the loss, got None"
            )
        nothing = torch.zeros((), dtype=torch.int64, device=group.device)
        if permission is not None and not permission.item():
            return nothing, nothing, loss
        refresh_all = group["refreshed"] == "all"
        work = (group.segments, selection, group.largest_tile(), refresh_all, loss.item(), self._trial)
        if group["acceptance"] == "exact":
            if any(is_sharded(parameter) for parameter in group.parameters):
                raise NotImplementedError(
                    "acceptance must not be 'exact' for sharded parameters; use 'block'"
                )
            order = order_of_trials(group.options, selection, group.segments)
            made, after = decide_singly(*work, order, scalars, recipe, journal)
            tried = len(order)
        else:
            tried, made, after = decide_jointly(*work, group.extent.start, scalars, recipe, journal)
        counts = torch.tensor([tried, made], device=group.device)
        if group["acceptance"] == "block":
            counts = sum_over_shards(counts, group.parameters)
        return counts[0], counts[1], torch.full_like(loss, after)

    def _trial(self) -> float:
        """Return the loss of the parameters as they are, its sign turned where the objective grows."""
        value = torch.as_tensor(self.evaluate()).detach().to(device=self.group.device, dtype=torch.float64)
        if self.group["average_loss"]:
            value = mean_over_ranks(value)
        number = value.item()
        if not math.isfinite(number):
            raise RuntimeError(f"the loss of a proposal is not finite, got {number}; nothing has changed")
        return -number if self.group["maximize"] else number


def elementwise(compiled: bool) -> Callable[..., Any]:
    """Return ``anneal``, or its compiled form, made once for all lengths."""
    if not compiled:
        return anneal
    if not _compiled:
        _compiled.append(torch.compile(anneal))
    return _for_any_length


def _for_any_length(*arguments: Any) -> Any:
    for argument in arguments:
        # Otherwise the second length would be a second compilation.  A length of 1 is always special.
        if isinstance(argument, Tensor) and argument.dim() == 1 and argument.numel() > 1:
            torch._dynamo.maybe_mark_dynamic(argument, 0)
    return _compiled[0](*arguments)

"""One step of a parameter group of ``DFGDA``: fraction, selection, moves, and the numbers after them.

Twin: ``step`` of reference/algorithm.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from gpu.annealing import Recipe, Scalars, anneal_, working_type
from gpu.compilation import for_any_length
from gpu.cooling import cooled
from gpu.decision import Journal, decide_jointly, decide_singly
from gpu.fused_step import applies, fused_sums
from gpu.group import Group
from gpu.guard import permissions
from gpu.selection import order_of_trials, select
from gpu.sharding import is_sharded, mean_over_ranks, sum_over_shards
from gpu.state import keep_if, next_fraction, on_device
from gpu.trials import Trials


def check_trials(groups: Sequence[Group], trials: Trials) -> None:
    """Raise an error where the acceptance of a group cannot evaluate the loss.

    Raises:
        ValueError: there is nothing to evaluate.
        NotImplementedError: single elements of sharded parameters are to be tested.
    """
    for group in groups:
        # A group with a tensor lr of 0 is frozen; it is read only where there would be an error.
        if group.tests_by_loss() and not trials.possible() and bool(group["lr"] != 0.0):
            raise ValueError(
                f"closure must be given for acceptance {group['acceptance']!r}, which evaluates the loss, got None; "
                "call step(closure), or step(loss=..., loss_closure=...), or choose acceptance='linearised'"
            )
        if group["acceptance"] == "exact" and any(is_sharded(parameter) for parameter in group.parameters):
            raise NotImplementedError(
                "acceptance must not be 'exact' for sharded parameters, got 'exact'; use 'block'"
            )


def step_groups(groups: Sequence[Group], loss: Tensor | None, trials: Trials) -> None:
    """Make one step of all groups: of every one, or of none where something is not finite.

    Arguments:
        groups: their gradients are there and their state is initialised.
        loss: of the parameters as they are, 0-dim float64; None where no option needs it.
        trials: evaluates the loss of the parameters as they are then, for the tests that need it.

    Raises:
        RuntimeError: something is not finite; nothing has changed.
    """
    steps = [GroupStep(group, loss, trials) for group in groups]
    granted = permissions(groups, [step.loss for step in steps], [step.selection.ranges for step in steps])
    # Only a test that evaluates the loss can fail after something has moved.
    journal = Journal(kept=any(group.tests_by_loss() for group in groups))
    current = loss
    try:
        after = []
        for step, permission in zip(steps, granted, strict=True):
            numbers, current = step.run(permission.moves, current, journal)
            after.append(numbers)
    except BaseException:
        journal.undo()
        raise
    for group, permission, numbers in zip(groups, granted, after, strict=True):
        refused = group["refused"] if permission.refused is None else group["refused"] + permission.refused
        keep_if(permission.moves, numbers, group.options)
        group.options["refused"] = refused


class GroupStep:
    """The step of one group: what moves is chosen when it is made, and moved by ``run``.

    Arguments:
        group: the ``Group``.
        loss, trials: as for ``step_groups``.
    """

    def __init__(self, group: Group, loss: Tensor | None, trials: Trials) -> None:
        self.group, self.trials = group, trials
        own = None if loss is None else loss.to(group.device, non_blocking=True)
        self.loss = -own if own is not None and group["maximize"] else own
        self.numbers = next_fraction(group.options, self.loss)
        self.selection = select(
            group.options,
            group.extent,
            group.ranges(),
            self.numbers["fraction"],
            group.read_on_host(),
            group.compiled,
        )

    def run(
        self, permission: Tensor | None, current: Tensor | None, journal: Journal
    ) -> tuple[dict[str, Tensor], Tensor | None]:
        """Move the parameters; return the group's numbers after the step, and the loss then.

        Arguments:
            permission: whether the group may move.
            current: the loss as the groups before have left it; None where it is not known, as after a group that
                moved without an evaluation.
            journal: as for ``decision``.
        """
        group, selection = self.group, self.selection
        numbers = dict(self.numbers)
        if self.loss is not None:
            numbers["previous_loss"] = self.loss.clone()
        recipe, scalars = group.recipe(), group.scalars
        words = None
        if group.tests_by_loss():
            tried, accepted, current = self._decide(current, permission, recipe, scalars, journal)
        else:
            tried, accepted, words = self._anneal(permission, recipe, scalars, journal)
            current = None
        numbers |= selection.following | cooled(group, selection, words, tried)
        numbers |= {
            "step": group["step"] + 1,
            "tried": group["tried"] + tried,
            "accepted": group["accepted"] + accepted,
        }
        return numbers, current

    def _anneal(
        self, permission: Tensor | None, recipe: Recipe, scalars: Scalars, journal: Journal
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Make the moves that need no evaluation; return how many were tried, how many made, and entropy words."""
        group, selection = self.group, self.selection
        if applies(group, recipe):
            sums = fused_sums(group, selection, permission, recipe, scalars, journal)
            sums = sum_over_shards(sums, group.sharded)
            return sums[0], sums[1], sums[2:]
        refresh_all = group["refreshed"] == "all"
        function = for_any_length(anneal_, recipe) if group.compiled else anneal_
        sums = torch.zeros(4, dtype=torch.int64, device=group.device)
        for tile in group.plan(selection.ranges):
            theta = tile.gather("theta")
            indexed = recipe.draws() or selection.mask is not None
            index = tile.global_index(group.device) if indexed else None
            memory = tile.gather("mean_field") if group.averages() else None
            levels = tile.half_width(working_type(theta.dtype))
            slope = tile.gather("gradient")
            journal.remember_tile(tile)
            chosen = (selection.mask, permission, refresh_all)
            # Summed at once, so that the next tile takes the memory of this one's marks.
            sums += function(theta, slope, memory, index, *chosen, *levels, scalars, recipe).together()
            if len(tile.pieces) > 1:
                # Gathered copies, not views.
                tile.scatter("theta", theta)
                if memory is not None:
                    tile.scatter("mean_field", memory)
        for part in group.segments:
            part.write_back()
        sums = sum_over_shards(sums, group.sharded)
        return sums[0], sums[1], sums[2:]

    def _decide(
        self,
        current: Tensor | None,
        permission: Tensor | None,
        recipe: Recipe,
        scalars: Scalars,
        journal: Journal,
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Make the moves whose test evaluates the loss; return how many were tried and made, and the loss then."""
        group, selection = self.group, self.selection
        nothing = torch.zeros((), dtype=torch.int64, device=group.device)
        if permission is not None and not permission.item():
            return nothing, nothing, current
        # The objective of this group, which is lowered.
        sign = -1.0 if group["maximize"] else 1.0
        loss = self._trial() if current is None else sign * current.item()
        refresh_all = group["refreshed"] == "all"
        work = (group.segments, selection, group.largest_tile(), refresh_all, loss, self._trial)
        if group["acceptance"] == "exact":
            order = order_of_trials(group.options, selection, group.segments)
            made, loss = decide_singly(*work, order, scalars, recipe, journal)
            tried = len(order)
        else:
            place = (group.extent.start, group.parameters)
            tried, made, loss = decide_jointly(*work, place, scalars, recipe, journal)
        counts = torch.tensor([tried, made], device=group.device)
        if group["acceptance"] == "block":
            counts = sum_over_shards(counts, group.sharded)
        return counts[0], counts[1], on_device(sign * loss, group.device)

    def _trial(self) -> float:
        """Return the objective for the parameters as they are, which is lowered."""
        value = on_device(self.trials(), self.group.device)
        if self.group["average_loss"]:
            value = mean_over_ranks(value)
        number = value.item()
        if not math.isfinite(number) and self.group["on_nonfinite"] != "ignore":
            raise RuntimeError(f"the loss of a proposal is not finite, got {number}; nothing has changed")
        return -number if self.group["maximize"] else number

"""Optimizers that go on where a number is not finite, or stop half-way: one mistake each."""

import sys

from gpu import DFGDA
from gpu.decision import Journal
from gpu.first_step import _spread as ordinary_spread
from gpu.first_step import initialise
from gpu.group_step import step_groups
from gpu.guard import Permission, _finite, permissions, proposal_bound
from gpu.state import keep_if
from tests.gpu.planted_changes import Overruled, Replaced

ordinary_remember, ordinary_undo = Journal.remember, Journal.undo

# -- what is looked at


class LooksAtNoLoss(
    Replaced, replaced={"gpu.guard._finite": lambda group, loss, *others: _finite(group, None, *others)}
):
    """Lets a step pass whose gradients are finite."""


class LooksAtNothing(Overruled):
    """Never refuses a step."""

    def other(self, group):
        return {"on_nonfinite": "ignore"}


class BoundsProposalsTooLow(
    Replaced,
    replaced={"gpu.guard.proposal_bound": lambda *arguments: proposal_bound(*arguments) / 1024},
):
    """Underestimates how large a proposal can be."""


class RefusesWhereToldToIgnore(Overruled):
    """Always refuses a step."""

    def other(self, group):
        return {"on_nonfinite": "raise"}


class StartsFromSomethingFinite(
    Replaced,
    replaced={
        "gpu.first_step._spread": lambda parameters: (
            spread if (spread := ordinary_spread(parameters)) == spread else 1.0
        )
    },
):
    """Takes another number where the weights have no standard deviation."""


class DoesNotSayWhere(
    Replaced,
    replaced={"gpu.guard._complaint": lambda *arguments: "something is not finite; nothing has changed"},
):
    """Refuses without a name."""


# -- one group and the others


def one_after_another(groups, loss, trials):
    for group in groups:
        step_groups([group], loss, trials)


class StepsOneGroupAfterAnother(Replaced, replaced={"gpu.dfgda.step_groups": one_after_another}):
    """The groups before the one with the wrong number have moved."""


class SkipsOnlyTheGroupConcerned(
    Replaced,
    replaced={
        "gpu.group_step.permissions": lambda groups, losses, ranges: [
            permissions([group], [loss], [where])[0]
            for group, loss, where in zip(groups, losses, ranges, strict=True)
        ]
    },
):
    """The other groups go on."""


def permissions_that_refuse_what_rests(groups, losses, ranges):
    found = permissions(groups, losses, ranges)
    return [Permission(moves, None if moves is None else ~moves) for moves, _ in found]


class CountsFrozenGroupsAsRefused(
    Replaced, replaced={"gpu.group_step.permissions": permissions_that_refuse_what_rests}
):
    """Takes a learning rate of 0 for a number that is not finite."""


def keep_and_count(allowed, new, group):
    keep_if(allowed, new, group)
    group["step"] = new["step"]


class SkippedStepsAdvanceTheCounter(Replaced, replaced={"gpu.group_step.keep_if": keep_and_count}):
    """A step that was skipped has drawn its random numbers."""


# -- taking back


class TakesNothingBack(Replaced, replaced={"gpu.decision.Journal.undo": lambda journal: None}):
    """Leaves what earlier trials of a failed step have moved."""


def remember_weights_only(journal, flat, segment):
    averages = segment.mean_field
    if averages is None or flat.untyped_storage().data_ptr() != averages.untyped_storage().data_ptr():
        ordinary_remember(journal, flat, segment)


class TakesWeightsBackOnly(Replaced, replaced={"gpu.decision.Journal.remember": remember_weights_only}):
    """Leaves the averages of a failed step."""


class ForgetsUntestedMoves(
    Replaced, replaced={"gpu.decision.Journal.remember_tile": lambda journal, tile: None}
):
    """Takes back the groups that were tested."""


def undo_without_writing_back(journal):
    while journal._entries:
        flat, old, _ = journal._entries.pop()
        flat.copy_(old)


class TakesBackACopy(Replaced, replaced={"gpu.decision.Journal.undo": undo_without_writing_back}):
    """Puts the old values into the flat copy of a parameter that has no flat view."""


def undo_errors_only(journal):
    if isinstance(sys.exc_info()[1], Exception):
        ordinary_undo(journal)


class TakesBackAfterErrorsOnly(Replaced, replaced={"gpu.decision.Journal.undo": undo_errors_only}):
    """Leaves a half-made step when the user interrupts it."""


class LeavesAHalfMadeStart(Replaced, replaced={"gpu.dfgda.undoing": lambda group: lambda: None}):
    """Keeps the state of a first step that was refused."""


class StartsBeforeTheClosure(DFGDA):
    """Has made its state when the closure fails."""

    def _step(self, *arguments):
        for group in self._groups(False):
            initialise(group)
        return super()._step(*arguments)

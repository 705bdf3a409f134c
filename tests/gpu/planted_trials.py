"""Optimizers that ask their closures too often, at the wrong time, or leave traces: one mistake each."""

import torch

from gpu import DFGDA
from gpu.group_step import GroupStep
from tests.gpu.planted_changes import Overruled, Replaced
from tests.gpu.planted_refusals import one_after_another

ordinary_run, ordinary_trial = GroupStep.run, GroupStep._trial


class CallsTheClosureTwice(DFGDA):
    """Warms the closure up."""

    def _step(self, closure, *others):
        if closure is not None:
            with torch.enable_grad():
                closure()
        return super()._step(closure, *others)


class RunsTheClosureWithoutGradients(DFGDA):
    """Computes no gradients in a closure that should make them."""

    def _step(self, closure, *others):
        return super()._step(None if closure is None else torch.no_grad()(closure), *others)


def trial_made_twice(step):
    ordinary_trial(step)
    return ordinary_trial(step)


class TriesEveryMoveTwice(Replaced, replaced={"gpu.group_step.GroupStep._trial": trial_made_twice}):
    """Evaluates each proposal twice."""


def run_with_the_loss_before(step, permission, current, journal):
    numbers, after = ordinary_run(step, permission, current, journal)
    return numbers, current if after is None else after


class KeepsTheLossOfBefore(Replaced, replaced={"gpu.group_step.GroupStep.run": run_with_the_loss_before}):
    """Takes the loss for unchanged by a group that moved untested."""


def run_with_a_loss_of_its_own_sign(step, permission, current, journal):
    numbers, after = ordinary_run(step, permission, current, journal)
    return numbers, -after if after is not None and step.group["maximize"] else after


class PassesTheLossOnWithItsOwnSign(
    Replaced, replaced={"gpu.group_step.GroupStep.run": run_with_a_loss_of_its_own_sign}
):
    """Leaves the objective of a group that maximizes to a group that minimizes."""


# -- the gradients of trials


def trial_that_leaves_its_gradients(trials):
    if trials.loss_closure is not None:
        return trials.loss_closure()
    with torch.enable_grad():
        return trials.closure()


class LeavesTheGradientsOfTrials(
    Replaced, replaced={"gpu.trials.Trials.__call__": trial_that_leaves_its_gradients}
):
    """Goes on with the gradients of the last trial."""


class LooksAtGradientsForEveryGroup(
    Replaced,
    replaced={
        "gpu.trials.Trials.__call__": trial_that_leaves_its_gradients,
        "gpu.dfgda.step_groups": one_after_another,
    },
):
    """Takes, for a later group, the gradients that the trials of an earlier one have left."""


def trial_that_puts_references_back(trials):
    kept = [parameter.grad for parameter in trials.parameters]
    try:
        return trial_that_leaves_its_gradients(trials)
    finally:
        for parameter, gradient in zip(trials.parameters, kept, strict=True):
            parameter.grad = gradient


class PutsBackReferences(Replaced, replaced={"gpu.trials.Trials.__call__": trial_that_puts_references_back}):
    """Hands its gradients to the closure, and afterwards takes the same tensors for the same numbers."""


def trial_that_hides_gradients(trials):
    kept = [parameter.grad for parameter in trials.parameters]
    for parameter in trials.parameters:
        parameter.grad = None
    try:
        return trial_that_leaves_its_gradients(trials)
    finally:
        for parameter, gradient in zip(trials.parameters, kept, strict=True):
            parameter.grad = gradient


class HidesGradientsWithoutACopy(
    Replaced, replaced={"gpu.trials.Trials.__call__": trial_that_hides_gradients}
):
    """Takes the memory of its gradients for its own."""


def trial_with_gradients(trials):
    with torch.enable_grad():
        return (trials.loss_closure or trials.closure)()


class TriesWithGradients(Replaced, replaced={"gpu.trials.Trials.__call__": trial_with_gradients}):
    """Evaluates the loss with a graph for gradients that nobody wants."""


class IgnoresTheLossClosure(DFGDA):
    """Makes its trials by the closure of the step."""

    def _step(self, closure, loss, loss_closure, compiled):
        return super()._step(closure, loss, loss_closure if closure is None else None, compiled)


class WritesIntoTheGradients(Overruled):
    """Adds weight decay to the gradients in place."""

    def other(self, group):
        return {"weight_decay": 0.0}

    def _step(self, *arguments):
        self.decays = [group["weight_decay"] for group in self.param_groups]
        return super()._step(*arguments)

    def _groups(self, compiled):
        for group, decay in zip(self.param_groups, self.decays, strict=True):
            for parameter in group["params"]:
                parameter.grad.add_(parameter, alpha=decay)
        return super()._groups(compiled)


# -- the loss


class HalvesTheGivenLoss(DFGDA):
    """Takes a loss that is given for another one."""

    def _step(self, closure, loss, *others):
        super()._step(closure, None if loss is None else loss / 2, *others)
        return loss


class ReturnsTheLossAfterTheStep(DFGDA):
    """Evaluates the closure once more."""

    def _step(self, closure, *others):
        super()._step(closure, *others)
        with torch.enable_grad():
            return closure()


class GoesOnWithoutALoss(
    Replaced,
    replaced={"gpu.dfgda.loss_of_step": lambda returned, groups: torch.zeros((), dtype=torch.float64)},
):
    """Takes a missing loss for 0."""


class PrefersTheClosure(DFGDA):
    """Drops a loss that is given beside a closure."""

    def _step(self, closure, loss, *others):
        return super()._step(closure, loss if closure is None else None, *others)


class AddsTheLossesUp(DFGDA):
    """Takes several losses for one."""

    def _step(self, closure, loss, *others):
        return super()._step(closure, loss.sum(), *others)


class CountsARefusedStep(DFGDA):
    """Its step number goes on where nothing has moved."""

    def _step(self, *arguments):
        try:
            return super()._step(*arguments)
        except Exception:
            for group in self.param_groups:
                group["step"] = group["step"] + 1
            raise

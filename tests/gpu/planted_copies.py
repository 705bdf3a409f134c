"""Optimizers whose states, copies, hooks or groups are not what torch promises: one mistake each."""

from unittest import mock

import numpy as np
import torch

from gpu import DFGDA
from gpu.state import fresh_state
from tests.gpu.planted_changes import parameters_of

# -- saving and copying


class KeepsANumberOfNumPy(DFGDA):
    """Keeps in its groups what a file of weights may not hold."""

    def _step(self, *arguments):
        for group in self.param_groups:
            group["seen"] = np.float64(1.0)
        return super()._step(*arguments)


class CountsOutsideItsState(DFGDA):
    """Keeps a public attribute that copies lose."""

    def _step(self, *arguments):
        self.calls = getattr(self, "calls", 0) + 1
        return super()._step(*arguments)


class CopiesShareTheirState(DFGDA):
    """Its deep copies are shallow."""

    def __deepcopy__(self, memo):
        twin = type(self).__new__(type(self))
        twin.__setstate__(self.__getstate__())
        return twin


class PrintsNothing(DFGDA):
    """Shows its name only."""

    def __repr__(self):
        return object.__repr__(self)


# -- the course of a run


class MakesStateWhereThereIsAGradient(DFGDA):
    """Waits with the state of a parameter for its first gradient."""

    def _step(self, *arguments):
        returned = super()._step(*arguments)
        for parameter in parameters_of(self):
            if parameter.grad is None:
                self.state.pop(parameter, None)
        return returned


class RemembersEveryStep(DFGDA):
    """Its state grows."""

    def _step(self, *arguments):
        returned = super()._step(*arguments)
        for group in self.param_groups:
            group["temperatures"] = [*group.get("temperatures", []), group["temperature"].item()]
        return returned


class KeepsTheGraphOfTheLoss(DFGDA):
    """Holds on to all that a loss was computed from."""

    def _step(self, *arguments):
        returned = super()._step(*arguments)
        for group in self.param_groups:
            group["previous_loss"] = returned
        return returned


class NewGroupsTakeOverTheTemperature(DFGDA):
    """A group that is added goes on where the first one is."""

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        first, last = self.param_groups[0], self.param_groups[-1]
        last.update({name: first[name] for name in fresh_state()})


class AddsGroupsUnchecked(DFGDA):
    """Looks at the options of the first groups only."""

    def add_param_group(self, param_group):
        with mock.patch("gpu.dfgda.check_options"):
            super().add_param_group(param_group)


# -- hooks


class RunsNoHooks(DFGDA):
    """Looks as if its step were wrapped already."""

    def step(self, closure=None, *, loss=None, loss_closure=None):
        with torch.no_grad():
            return self._step(closure, loss, loss_closure, False)

    step.hooked = True


class RunsHooksTwice(DFGDA):
    """Runs the hooks that torch runs already."""

    def _step(self, *arguments):
        for hook in self._optimizer_step_pre_hooks.values():
            hook(self, (), {})
        return super()._step(*arguments)


class SavesWithoutHooks(DFGDA):
    """Makes its state on its own."""

    def state_dict(self):
        with mock.patch.multiple(
            self, _optimizer_state_dict_pre_hooks={}, _optimizer_state_dict_post_hooks={}
        ):
            return super().state_dict()


class LoadsWithoutHooks(DFGDA):
    """Loads a state on its own."""

    def load_state_dict(self, state_dict):
        with mock.patch.multiple(
            self, _optimizer_load_state_dict_pre_hooks={}, _optimizer_load_state_dict_post_hooks={}
        ):
            super().load_state_dict(state_dict)

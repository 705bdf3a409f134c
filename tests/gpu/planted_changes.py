"""How an optimizer with one mistake is made of ``DFGDA``: functions are replaced, or options overruled."""

from contextlib import ExitStack
from unittest import mock

import torch

from gpu import DFGDA


class Replaced(DFGDA):
    """Takes its steps with some functions of the package replaced; the names are those under which they are called."""

    def __init_subclass__(cls, replaced):
        cls.replaced = replaced

    @torch._disable_dynamo
    def _step(self, *arguments):
        with ExitStack() as stack:
            for name, other in self.replaced.items():
                stack.enter_context(mock.patch(name, other))
            return super()._step(*arguments)


class Overruled(DFGDA):
    """Takes its steps with other options than its groups hold."""

    def other(self, group):
        """Return the options that overrule those of a group."""
        raise NotImplementedError

    @torch._disable_dynamo
    def _step(self, *arguments):
        others = [self.other(group) for group in self.param_groups]
        kept = [
            {name: group[name] for name in other}
            for group, other in zip(self.param_groups, others, strict=True)
        ]
        for group, other in zip(self.param_groups, others, strict=True):
            group.update(other)
        try:
            return super()._step(*arguments)
        finally:
            for group, old in zip(self.param_groups, kept, strict=True):
                group.update(old)


def parameters_of(optimizer):
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]

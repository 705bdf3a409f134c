"""The loss of a step, and of its trials, which leave the step's gradients as they are.

No twin: the reference's loss is a function of an array and leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from gpu.options import needs_loss
from gpu.sharding import mean_over_ranks
from gpu.state import on_device

if TYPE_CHECKING:
    from gpu.group import Group

Evaluation = Callable[[], Any]


def loss_of_step(returned: Any, groups: Sequence[Group]) -> Tensor | None:
    """Return the loss of a step, 0-dim float64 on the first group's device; None where there is none.

    Arguments:
        returned: by the closure, or given by the user; a number, or a tensor of one element, or None.
        groups: that take part in the step.

    Raises:
        ValueError: no loss where a group needs one; more than one element.
    """
    wanting = next((group for group in groups if needs_loss(group.options)), None)
    if returned is None:
        # A group with a tensor lr of 0 is frozen; it is read only where there would be an error.
        if wanting is not None and any(bool(group["lr"] != 0.0) for group in groups):
            raise ValueError(
                "step() needs a closure that returns the loss, or loss=..., because "
                f"f_min = {wanting['f_min']} and f_max = {wanting['f_max']} differ or "
                f"acceptance is {wanting['acceptance']!r}; got neither"
            )
        return None
    if not groups:
        return None
    if isinstance(returned, Tensor) and returned.numel() != 1:
        raise ValueError(f"the loss must have one element, got shape {tuple(returned.shape)}")
    value = on_device(returned, groups[0].device)
    return mean_over_ranks(value) if any(group["average_loss"] for group in groups) else value


class Trials:
    """What evaluates the loss of a trial: ``loss_closure``, or else the closure of the step.

    That closure computes gradients.  They are thrown away and the gradients of the step put back, also in their
    memory, which DistributedDataParallel may share with the new ones.

    Arguments:
        closure, loss_closure: as for ``DFGDA.step``.
        parameters: whose gradients are kept.

    >>> weight = torch.nn.Parameter(torch.tensor([2.0]))
    >>> weight.grad = torch.tensor([5.0])
    >>> def closure():
    ...     weight.square().sum().backward()
    ...     return 4.0
    >>> Trials(closure, None, [weight])(), weight.grad
    (4.0, tensor([5.]))
    """

    def __init__(
        self, closure: Evaluation | None, loss_closure: Evaluation | None, parameters: Iterable[Tensor]
    ) -> None:
        self.closure, self.loss_closure, self.parameters = closure, loss_closure, list(parameters)
        self._kept: list[tuple[Tensor, Tensor | None, Tensor | None]] | None = None

    def possible(self) -> bool:
        """Return whether there is anything to evaluate."""
        return self.closure is not None or self.loss_closure is not None

    def __call__(self) -> Any:
        """Return the loss of the parameters as they are."""
        if self.loss_closure is not None:
            return self.loss_closure()
        if self._kept is None:
            self._kept = [
                (parameter, parameter.grad, None if parameter.grad is None else parameter.grad.clone())
                for parameter in self.parameters
            ]
        for parameter in self.parameters:
            parameter.grad = None
        try:
            with torch.enable_grad():
                return self.closure()
        finally:
            for parameter, gradient, copy in self._kept:
                parameter.grad = gradient
                if gradient is not None:
                    gradient.copy_(copy)

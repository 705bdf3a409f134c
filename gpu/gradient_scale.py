"""What ``torch.amp.GradScaler`` leaves with an optimizer: the scale of the gradients, and whether they overflowed.

No twin.
"""

from __future__ import annotations

from typing import Any


def is_scaled(optimizer: Any) -> bool:
    """Return whether a GradScaler has called the step.

    >>> import torch
    >>> is_scaled(torch.optim.SGD([torch.zeros(1)]))
    False
    """
    return getattr(optimizer, "found_inf", None) is not None


def refuse_closure(optimizer: Any) -> None:
    """Raise an error: a closure would compute gradients of another scale than those that were checked.

    Raises:
        RuntimeError: always; what the scaler left is taken away, because after an error it does not come back for it.
    """
    del optimizer.found_inf, optimizer.grad_scale
    raise RuntimeError(
        "closure cannot be used with GradScaler; call optimizer.step(closure) yourself, with bfloat16 autocast"
    )


def unscale(optimizer: Any) -> bool:
    """Divide the gradients by their scale, in place; return whether all of them were finite."""
    if optimizer.found_inf.item():
        return False
    scale = optimizer.grad_scale
    for group in optimizer.param_groups if scale is not None else ():
        for parameter in group["params"]:
            if parameter.grad is not None:
                parameter.grad.div_(scale.to(parameter.grad.device))
    return True

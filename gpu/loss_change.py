"""The change of the loss that drives the fraction rule, on 0-dim tensors, and what it is divided by.

Twin: reference/loss_change.py.  Differences: tensors of any one floating dtype in, the same out; nothing is
read on the host and nothing is checked, so a difference that leaves the dtype is infinite.
"""

from __future__ import annotations

import torch
from torch import Tensor


def absolute_change(previous_loss: Tensor, loss: Tensor) -> Tensor:
    """Return |L(t) - L(t-1)|.

    >>> absolute_change(torch.tensor(2.0), torch.tensor(2.5)).item()
    0.5
    """
    return torch.abs(loss - previous_loss)


def decrease(previous_loss: Tensor, loss: Tensor) -> Tensor:
    """Return L(t-1) - L(t), negative where the loss rose.

    >>> decrease(torch.tensor(2.0), torch.tensor(2.5)).item()
    -0.5
    """
    return previous_loss - loss


def data_block_change(loss_on_previous_block: Tensor, loss_on_block: Tensor) -> Tensor:
    """Return |L_b(theta) - L_{b-1}(theta)|, two data blocks at one and the same theta.

    >>> data_block_change(torch.tensor(2.0), torch.tensor(2.5)).item()
    0.5
    """
    return torch.abs(loss_on_block - loss_on_previous_block)


def increase(loss: Tensor, next_loss: Tensor) -> Tensor:
    """Return L(t+1) - L(t), known only after step t.

    >>> increase(torch.tensor(2.0), torch.tensor(1.5)).item()
    -0.5
    """
    return next_loss - loss


def running_maximum(changes: Tensor) -> Tensor:
    """Return m_t = max(c_1, ..., c_t); changes: shape (m,), the result too.

    One step at a time it is torch.maximum(m_{t-1}, c_t).

    >>> running_maximum(torch.tensor([1.0, 0.5, 2.0])).tolist()
    [1.0, 1.0, 2.0]
    """
    return torch.cummax(changes, dim=0).values if changes.numel() else changes.clone()


def initial_drop(losses: Tensor) -> Tensor:
    """Return L(0) - L(1); losses: shape (m,), m >= 2; the result is 0-dim.

    >>> initial_drop(torch.tensor([3.0, 1.0, 0.5])).item()
    2.0
    """
    return losses[0] - losses[1]

"""The dense, masked and blockwise updates of the paper's theorems, on tensors.

Twin: reference/updates.py.  Differences: any floating dtype and any device, the result having the dtype of
theta; nothing is read on the host and nothing is checked, so a step that leaves the dtype is infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Gradient = Callable[[Tensor], Tensor]


def dense_step(
    theta: Tensor,
    gradient: Tensor,
    step_size: Tensor | float,
    fraction: Tensor | float = 1.0,
    noise: Tensor | None = None,
) -> Tensor:
    """Return theta - eta f g + xi.

    Arguments:
        theta, gradient: any one shape.
        step_size, fraction: eta and f, numbers or 0-dim.
        noise: xi, the shape of theta, or None for none.

    >>> dense_step(torch.tensor([1.0, 2.0]), torch.tensor([4.0, 0.0]), 0.5, 0.25).tolist()
    [0.5, 2.0]
    """
    moved = theta - (step_size * fraction) * gradient
    return moved if noise is None else moved + noise


def masked_step(
    theta: Tensor, gradient: Tensor, step_size: Tensor | float, mask: Tensor, noise: Tensor | None = None
) -> Tensor:
    """Return theta - eta M g + xi; without noise equal to theta, bit for bit, where not selected.

    Arguments:
        theta, gradient: any one shape.
        step_size: eta, a number or 0-dim.
        mask: the diagonal of M, boolean, the shape of theta.
        noise: xi, the shape of theta, added as given; or None for none.

    >>> masked_step(torch.tensor([1.0, 2.0]), torch.full((2,), 4.0), 0.5, torch.tensor([True, False])).tolist()
    [-1.0, 2.0]
    """
    moved = torch.where(mask, theta - step_size * gradient, theta)
    return moved if noise is None else moved + noise


def blockwise_epoch(
    theta: Tensor,
    gradient: Gradient,
    step_size: Tensor | float,
    blocks: Sequence[Tensor],
    order: Tensor,
    noise: Tensor | None = None,
) -> Tensor:
    """Return the points of one epoch, in which each block of a partition is updated once.

    theta <- theta - eta M_b gradient(theta) + M_b xi_b  for b = order[0], order[1], ...

    Arguments:
        theta: shape (n,).
        gradient: function from shape (n,) to shape (n,), called afresh before each block.
        step_size: eta, a number or 0-dim.
        blocks: B int64 tensors of indices that partition 0..n-1; empty ones are allowed.
        order: int64, shape (B,), a permutation of 0..B-1 on the device of theta.
        noise: shape (B, n), row s for the s-th visit, or None for none.

    Returns:
        Shape (B+1, n), the start first.

    >>> parts, order = [torch.tensor([0]), torch.tensor([1])], torch.tensor([1, 0])
    >>> blockwise_epoch(torch.ones(2), lambda theta: theta, 0.5, parts, order).tolist()
    [[1.0, 1.0], [1.0, 0.5], [0.5, 0.5]]
    """
    # The number of its block for each element: so a visit needs no host read of ``order``.
    block_of = torch.zeros_like(theta, dtype=torch.int64)
    for number, block in enumerate(blocks):
        block_of[block.to(torch.int64)] = number
    points = [theta]
    for visit in range(len(blocks)):
        mask = block_of == order[visit]
        here = points[-1]
        # A gradient that writes to its argument must not change a point already recorded.
        slope = gradient(here.clone())
        kick = None if noise is None else torch.where(mask, noise[visit], 0.0)
        points.append(masked_step(here, slope, step_size, mask, kick))
    return torch.stack(points)

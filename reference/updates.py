"""The dense, masked and blockwise updates: one step of what the paper's theorems analyse.

Eq. 23 and Theorems 3, 4, 7, 8 (dense), Algorithm 1 line 12 (masked), the block schedule and Theorem 6
(blockwise).

==============  ===============================================================================
version         update
==============  ===============================================================================
``dense``       theta - eta f gradient + noise; every parameter moves, scaled down by f
``masked``      theta - eta M gradient + noise; M a 0/1 diagonal, the selected move in full
``blockwise``   one masked step per block of a partition, in a given order: one epoch
==============  ===============================================================================

Gradient and noise are arguments; no step averages, quantizes or rejects.  Several steps are in
``trajectories.py``.

Claims that rest on it: T3-*, T4-*, T6-*, T7-*, T8-*, BLK-*, UPD-6, X-12.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reference.blocks import as_partition
from reference.masks import as_mask, as_permutation, mask_of
from reference.validation import (
    FloatArray,
    array_of_shape,
    finite_array,
    finite_vector,
    nonnegative_scalar,
    shown,
    unit_interval,
)

Gradient = Callable[[FloatArray], Any]


def dense_step(
    theta: Any, gradient: Any, step_size: Any, fraction: Any = 1.0, noise: Any = 0.0
) -> FloatArray:
    """Return the parameters after one step of the idealised recursion.

    theta - eta f g + xi.

    Arguments:
        theta: parameters, shape (n,).
        gradient: g, shape (n,), of the loss at theta.
        step_size: eta, scalar of at least 0.
        fraction: f, scalar in [0, 1].
        noise: xi, shape (n,), or 0.

    Returns:
        Shape (n,), finite.

    Raises:
        ValueError, TypeError: an argument outside its range, or the result exceeds float64.

    Source: Eq. 23.

    >>> dense_step([1.0, 2.0], [4.0, 0.0], 0.5, 0.25)
    array([0.5, 2. ])
    """
    start, slope = _point_and_slope(theta, gradient)
    step = nonnegative_scalar("step_size", step_size) * unit_interval("fraction", fraction)
    return _moved(start, step, slope, noise)


def masked_step(theta: Any, gradient: Any, step_size: Any, mask: Any, noise: Any = 0.0) -> FloatArray:
    """Return the parameters after one step that moves the selected ones only.

    theta - eta M g + xi.  For M with k of n ones drawn uniformly, the mean over M is the dense step with
    f = k / n.

    Arguments:
        theta, gradient, step_size: as for ``dense_step``.
        mask: the diagonal of M, boolean, shape (n,).
        noise: xi, shape (n,), or 0.  It is added as given; noise on the selected parameters only is M xi.

    Returns:
        Shape (n,), finite; without noise equal to theta, bit for bit, where not selected.

    Raises:
        ValueError, TypeError: an argument outside its range, or the result exceeds float64.

    Source: Algorithm 1, line 12, on the recursion of Eq. 23.

    >>> masked_step([1.0, 2.0], [4.0, 4.0], 0.5, [True, False])
    array([-1.,  2.])
    """
    start, slope = _point_and_slope(theta, gradient)
    selected = as_mask("mask", mask, start.size)
    return _moved(start, nonnegative_scalar("step_size", step_size), np.where(selected, slope, 0.0), noise)


def blockwise_epoch(
    theta: Any, gradient: Gradient, step_size: Any, blocks: Sequence[Any], order: Any, noise: Any = None
) -> FloatArray:
    """Return the points of one epoch, in which each block of a partition is updated once.

    theta <- theta - eta M_b gradient(theta) + M_b xi_b  for b = order[0], order[1], ...

    Arguments:
        theta: parameters, shape (n,).
        gradient: function from shape (n,) to shape (n,), called afresh before each block.
        step_size: eta, scalar of at least 0.
        blocks: B arrays of indices that partition 0..n-1; empty ones are allowed.
        order: permutation of 0..B-1.
        noise: shape (B, n), row s for the s-th visit, or None for none.

    Returns:
        Shape (B+1, n), the start first; row s+1 differs from row s inside block order[s] only.

    Raises:
        ValueError, TypeError: an argument outside its range, or a point exceeds float64.

    Source: block schedule; Theorem 6.

    >>> blockwise_epoch([1.0, 1.0], lambda theta: theta, 0.5, [[0], [1]], [1, 0]).tolist()
    [[1.0, 1.0], [1.0, 0.5], [0.5, 0.5]]
    """
    points = [finite_vector("theta", theta)]
    size = points[0].size
    parts = as_partition("blocks", blocks, size)
    visits = as_permutation("order", order, len(parts))
    draws = (
        np.zeros((len(parts), size)) if noise is None else array_of_shape("noise", noise, (len(parts), size))
    )
    for block, row in zip(visits, draws, strict=True):
        mask = mask_of(parts[block], size)
        # A gradient that writes to its argument must not change a point already recorded.
        slope = gradient(points[-1].copy())
        points.append(masked_step(points[-1], slope, step_size, mask, np.where(mask, row, 0.0)))
    return np.array(points)


def _point_and_slope(theta: Any, gradient: Any) -> tuple[FloatArray, FloatArray]:
    start = finite_vector("theta", theta)
    return start, array_of_shape("gradient", gradient, start.shape)


def _moved(start: FloatArray, step: float, slope: FloatArray, noise: Any) -> FloatArray:
    xi = finite_array("noise", noise)
    if xi.shape not in ((), start.shape):
        raise ValueError(f"noise must be a scalar or have shape {start.shape}, got shape {xi.shape}")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        end = start - step * slope + xi
    if not np.all(np.isfinite(end)):
        raise ValueError(
            "theta, step_size, gradient and noise must give finite parameters in float64, "
            f"got {shown(end)} from step_size = {step!r} and gradient = {shown(slope)}"
        )
    return end

"""Several steps of the dense, masked and blockwise updates from a starting point.

Theorems 3, 4, 6, 7 and 8 speak about these sequences.  All random choices (fractions, masks, orders, noise)
are arguments.

Claims that rest on it: T3-*, T4-*, T6-*, T7-*, T8-*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from reference.updates import Gradient, blockwise_epoch, dense_step, masked_step
from reference.validation import FloatArray, finite_vector


def dense_trajectory(
    theta: Any,
    gradient: Gradient,
    step_size: Any,
    fractions: Iterable[Any],
    noises: Iterable[Any] | None = None,
) -> FloatArray:
    """Return the points of the dense recursion, one step per fraction.

    theta_{t+1} = theta_t - eta f_t gradient(theta_t) + xi_t.

    Arguments:
        theta: starting point, shape (n,).
        gradient: function from shape (n,) to shape (n,).
        step_size: eta, scalar of at least 0.
        fractions: f_0, ..., f_{N-1}, each in [0, 1].
        noises: xi_0, ..., xi_{N-1}, each of shape (n,) or 0; None for none.

    Returns:
        Shape (N+1, n), the start first.

    Raises:
        ValueError, TypeError: as ``dense_step``, or noises and fractions differ in number.

    Source: Eq. 23.

    >>> dense_trajectory([1.0], lambda theta: theta, 0.5, [1.0, 0.5]).ravel().tolist()
    [1.0, 0.5, 0.375]
    """
    return _trajectory(dense_step, theta, gradient, step_size, "fractions", fractions, noises)


def masked_trajectory(
    theta: Any, gradient: Gradient, step_size: Any, masks: Iterable[Any], noises: Iterable[Any] | None = None
) -> FloatArray:
    """Return the points of the masked recursion, one step per mask.

    theta_{t+1} = theta_t - eta M_t gradient(theta_t) + xi_t.

    Arguments:
        masks: the diagonals of M_0, ..., M_{N-1}, each boolean of shape (n,).
        theta, gradient, step_size, noises: as for ``dense_trajectory``.

    Returns:
        Shape (N+1, n), the start first.

    Raises:
        ValueError, TypeError: as ``masked_step``, or noises and masks differ in number.

    Source: Algorithm 1, line 12, on the recursion of Eq. 23.

    >>> masked_trajectory([1.0, 1.0], lambda theta: theta, 0.5, [[True, False]]).tolist()
    [[1.0, 1.0], [0.5, 1.0]]
    """
    return _trajectory(masked_step, theta, gradient, step_size, "masks", masks, noises)


def blockwise_trajectory(
    theta: Any, gradient: Gradient, step_size: Any, blocks: Sequence[Any], orders: Iterable[Any]
) -> FloatArray:
    """Return the points of the blockwise update over several epochs, without noise.

    One ``blockwise_epoch`` per order, each from the end of the one before.

    Arguments:
        orders: permutations of 0..B-1, one per epoch.
        theta, gradient, step_size, blocks: as for ``blockwise_epoch``.

    Returns:
        Shape (E B + 1, n) for E epochs, the start first; row e B ends epoch e.

    Raises:
        ValueError, TypeError: as ``blockwise_epoch``.

    Source: block schedule; Theorem 6.

    >>> blockwise_trajectory([1.0], lambda theta: theta, 0.5, [[0]], [[0], [0]]).ravel().tolist()
    [1.0, 0.5, 0.25]
    """
    points = [finite_vector("theta", theta)[np.newaxis]]
    for order in orders:
        points.append(blockwise_epoch(points[-1][-1], gradient, step_size, blocks, order)[1:])
    return np.concatenate(points)


def _trajectory(
    step: Callable[[Any, Any, Any, Any, Any], FloatArray],
    theta: Any,
    gradient: Gradient,
    step_size: Any,
    name: str,
    choices: Iterable[Any],
    noises: Iterable[Any] | None,
) -> FloatArray:
    taken = list(choices)
    draws = [0.0] * len(taken) if noises is None else list(noises)
    if len(draws) != len(taken):
        raise ValueError(f"noises must be as many as {name}, {len(taken)}, got {len(draws)}")
    points = [finite_vector("theta", theta)]
    for choice, noise in zip(taken, draws, strict=True):
        # A gradient that writes to its argument must not change a point already recorded.
        slope = gradient(points[-1].copy())
        points.append(step(points[-1], slope, step_size, choice, noise))
    return np.array(points)

"""The acceptance test to first order: a parameter moves if its move does not raise the loss to first order.

The limit T -> 0 of Metropolis's rule (Eq. 4) with the loss change of each move replaced by its expansion, and
so without any evaluation of the loss.  Ours; the paper's test evaluates the loss for every parameter.

Twin: gpu/annealing.py.  Claims that rest on it: FOT-*.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.masks import BoolArray
from reference.validation import FloatArray, array_of_shape, finite_vector, nonnegative_scalar


def first_order_step(
    theta: Any, gradient: Any, averaged: Any, step_size: Any, curvature: Any = 0.0
) -> tuple[FloatArray, BoolArray]:
    """Return the parameters after one step whose moves pass the test, and which of them moved.

    d = -eta mu;  theta_i + d_i  where  g_i d_i + (c / 2) d_i^2 <= 0,  theta_i elsewhere.

    Arguments:
        theta: parameters, shape (n,).
        gradient: g, shape (n,), at theta.
        averaged: mu, shape (n,), the direction tried: an average of gradients, or any other.
        step_size: eta, scalar of at least 0.
        curvature: c, scalar of at least 0, in units of the second derivative.  0: the plain first-order test.  The
            smoothness constant of the loss: the loss never rises, however long the step.

    Returns:
        The pair (parameters, shape (n,); boolean, shape (n,)).

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: ours (FOT-R1, FOT-R3).

    >>> first_order_step([1.0, 1.0], [1.0, 1.0], [1.0, -1.0], 0.5)
    (array([0.5, 1. ]), array([ True, False]))
    """
    start = finite_vector("theta", theta)
    slope = array_of_shape("gradient", gradient, start.shape)
    direction = array_of_shape("averaged", averaged, start.shape)
    moves = -nonnegative_scalar("step_size", step_size) * direction
    change = slope * moves + 0.5 * nonnegative_scalar("curvature", curvature) * moves**2
    accepted: BoolArray = change <= 0.0
    return np.where(accepted, start + moves, start), accepted

"""The soft-margin support vector machine: primal, dual, the equality between them, and the bias.

Signs.  The dual problem maximises D(alpha) = sum alpha - alpha' Q alpha / 2; the paper minimises an energy, so
``dual_energy`` is -D.  Both hold on the box 0 <= alpha <= C together with sum_i y_i alpha_i = 0, the condition
that comes from eliminating the bias; the paper names only the box.

==============  =============  ==============================
symbol          argument       shape
==============  =============  ==============================
y               labels         (n,), each -1 or 1
alpha           alpha          (n,)
K               kernel         (n, n), symmetric
Q = y y' * K    signed         (n, n)
C               penalty        scalar in (0, inf)
b               bias           scalar
==============  =============  ==============================

The paper's section on support vector machines (Eq. 16 and the dual after it); barriers are in
``margin_barriers.py``, the paper's update in ``support_vector_annealing.py``, the repaired solver in
``pair_moves.py``.

Claims that rest on it: SVM-2, SVM-6, SVM-9, SVM-11.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.validation import (
    FloatArray,
    array_of_shape,
    finite_scalar,
    finite_vector,
    positive_scalar,
    shown,
)


def binary_labels(value: Any) -> FloatArray:
    """Return the labels as a float vector of entries -1 and 1.

    >>> binary_labels([1, -1])
    array([ 1., -1.])
    """
    labels = finite_vector("labels", value)
    if not np.all(np.abs(labels) == 1.0):
        raise ValueError(f"labels must be -1 or 1, got {shown(value)}")
    return labels


def square_matrix(name: str, value: Any, size: int) -> FloatArray:
    """Return the value as a finite symmetric (size, size) matrix.

    >>> square_matrix("kernel", [[1.0]], 1)
    array([[1.]])
    """
    matrix = array_of_shape(name, value, (size, size))
    if not np.array_equal(matrix, matrix.T):
        raise ValueError(f"{name} must be symmetric, got {shown(value)}")
    return matrix


def signed_kernel(kernel: Any, labels: Any) -> FloatArray:
    """Return the matrix of the dual.

    Q_ij = y_i y_j K_ij.

    Arguments:
        kernel: K, shape (n, n), symmetric.
        labels: y, shape (n,), each -1 or 1.

    Returns:
        Shape (n, n), symmetric; positive semidefinite exactly where K is.

    Raises:
        ValueError, TypeError: an argument of another shape or with other entries.

    Source: the display after Eq. 17.

    >>> signed_kernel([[1.0, 0.5], [0.5, 1.0]], [1, -1])
    array([[ 1. , -0.5],
           [-0.5,  1. ]])
    """
    y = binary_labels(labels)
    signed: FloatArray = y[:, np.newaxis] * square_matrix("kernel", kernel, y.size) * y[np.newaxis, :]
    return signed


def dual_energy(alpha: Any, signed: Any) -> float:
    """Return the energy that is minimised over alpha: minus the dual objective.

    E(alpha) = alpha' Q alpha / 2 - sum alpha.

    Arguments:
        alpha: shape (n,).
        signed: Q, shape (n, n), symmetric.

    Returns:
        A float; minus the value of the primal at the optimum, if sum y alpha = 0 is kept.

    Raises:
        ValueError, TypeError: an argument of another shape, or not finite.

    Source: the dual after Eq. 17 (the sign is ours: an energy is minimised).

    >>> dual_energy([1.0, 1.0], [[1.0, -0.5], [-0.5, 1.0]])
    -1.5
    """
    a = finite_vector("alpha", alpha)
    q = square_matrix("signed", signed, a.size)
    return float(0.5 * (a @ q @ a) - a.sum())


def dual_gradient(alpha: Any, signed: Any) -> FloatArray:
    """Return the gradient of the dual energy in alpha.

    grad E = Q alpha - 1.

    Arguments, errors: as ``dual_energy``.

    Returns:
        Shape (n,).

    Source: derivative of the dual.

    >>> dual_gradient([1.0, 1.0], [[1.0, -0.5], [-0.5, 1.0]])
    array([-0.5, -0.5])
    """
    a = finite_vector("alpha", alpha)
    gradient: FloatArray = square_matrix("signed", signed, a.size) @ a - 1.0
    return gradient


def slacks(scores: Any, labels: Any, bias: Any) -> FloatArray:
    """Return the smallest slacks that make the margin constraints hold.

    xi_i = max(0, 1 - y_i (s_i + b)).

    Arguments:
        scores: s_i = w' phi(x_i), shape (n,).
        labels: y, shape (n,).
        bias: b, scalar.

    Returns:
        Shape (n,), at least 0.

    Raises:
        ValueError, TypeError: an argument of another shape or with other entries.

    Source: Eq. 16, minimised over the slacks.

    >>> slacks([0.5, 0.5], [1, -1], 0.0)
    array([0.5, 1.5])
    """
    y = binary_labels(labels)
    s = array_of_shape("scores", scores, y.shape)
    return np.maximum(0.0, 1.0 - y * (s + finite_scalar("bias", bias)))


def primal_objective(alpha: Any, kernel: Any, labels: Any, bias: Any, penalty: Any) -> float:
    """Return the value of the primal at w = sum_j alpha_j y_j phi(x_j) with the smallest slacks.

    |w|^2 / 2 + C sum_i max(0, 1 - y_i (w' phi(x_i) + b)).

    Arguments:
        alpha, kernel, labels, bias, penalty: see the table of the module.

    Returns:
        A float of at least 0 for a positive semidefinite kernel.  Where sum y alpha = 0 and alpha is in the
        box, it is at least minus ``dual_energy``.

    Raises:
        ValueError, TypeError: an argument of another shape or outside its range.

    Source: Eq. 16.

    >>> primal_objective([1.0, 1.0], [[1.0, 0.5], [0.5, 1.0]], [1, -1], 0.0, 1.0)
    1.5
    """
    y = binary_labels(labels)
    k = square_matrix("kernel", kernel, y.size)
    weights = y * array_of_shape("alpha", alpha, y.shape)
    scores = k @ weights
    loss = slacks(scores, y, bias).sum()
    return float(0.5 * (weights @ scores) + positive_scalar("penalty", penalty) * loss)


def equality_residual(alpha: Any, labels: Any) -> float:
    """Return by how much the condition from the bias is violated.

    sum_i y_i alpha_i.

    Arguments:
        alpha: shape (n,).
        labels: y, shape (n,).

    Returns:
        A float, zero on the feasible set of the dual.

    Raises:
        ValueError, TypeError: an argument of another shape or with other entries.

    Source: stationarity of the Lagrangian of Eq. 16 in b; the paper does not state it.

    >>> equality_residual([1.0, 0.25], [1, -1])
    0.75
    """
    y = binary_labels(labels)
    return float(y @ array_of_shape("alpha", alpha, y.shape))


def best_bias(scores: Any, labels: Any) -> float:
    """Return the bias that minimises the sum of the slacks for given scores.

    argmin_b sum_i max(0, 1 - y_i (s_i + b)), the middle of the interval of minimisers.

    Arguments:
        scores: s, shape (n,), n >= 1.
        labels: y, shape (n,).

    Returns:
        A float; the end of the interval that is finite where all labels are equal.

    Raises:
        ValueError, TypeError: an argument of another shape or with other entries, or no scores.

    Source: Eq. 16, minimised over b; it serves both formulations.

    >>> best_bias([0.5, -0.5], [1, -1]), best_bias([3.0], [1])
    (0.0, -2.0)
    """
    y = binary_labels(labels)
    s = array_of_shape("scores", scores, y.shape)
    if y.size == 0:
        raise ValueError("scores must have at least one entry, got none")
    # The slope of the sum is -(positives) far to the left and rises by one at each kink y_i - s_i.
    kinks = np.sort(y - s)
    positives = int(np.count_nonzero(y > 0))
    low = kinks[max(positives - 1, 0)]
    high = kinks[min(positives, y.size - 1)]
    return float(0.5 * (low + high))

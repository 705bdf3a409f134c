"""The width of the kernel chosen by errors on data that were not fitted.

The repaired counterpart of minimising the dual energy over gamma, which looks for the kernel that fits worst.
It is a search over candidates: nothing that is fitted to the training data alone can replace it.

Claims that rest on it: SVM-13, SVM-R5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.pair_moves import pair_descent
from reference.radial_basis import radial_basis_kernel
from reference.random_streams import RandomStream
from reference.support_vector_machine import binary_labels, square_matrix
from reference.validation import FloatArray, IntArray, finite_vector, integer_between, shown


def stratified_folds(labels: Any, count: Any, stream: RandomStream) -> IntArray:
    """Return a fold number for each sample, each class being spread evenly over the folds.

    Arguments:
        labels: y, shape (n,), each -1 or 1.
        count: number of folds, an integer in [2, n].
        stream: random numbers; step 0 orders the samples.

    Returns:
        Shape (n,), integers in [0, count - 1]; in every class the sizes of two folds differ by at most one.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: ours.

    >>> sorted(int(fold) for fold in stratified_folds([1, 1, -1, -1], 2, RandomStream(0, 0)))
    [0, 0, 1, 1]
    """
    y = binary_labels(labels)
    folds = integer_between("count", count, 2, max(2, y.size))
    order = stream.permutation(0, y.size)
    numbers = np.empty(y.size, dtype=np.int64)
    for sign in (-1.0, 1.0):
        members = order[y[order] == sign]
        numbers[members] = np.arange(members.size) % folds
    return numbers


def validation_errors(
    distances: Any,
    labels: Any,
    penalty: Any,
    widths: Any,
    folds: Any,
    stream: RandomStream,
    tolerance: Any = 1e-2,
) -> IntArray:
    """Return for each width how many samples are misclassified by the machine fitted to the other folds.

    Arguments:
        distances: squared distances, shape (n, n).
        labels: y, shape (n,), each -1 or 1.
        penalty: C, scalar in (0, inf).
        widths: candidates for gamma, shape (m,), each at least 0.
        folds: fold number of each sample, shape (n,).
        stream: random numbers of the solver.
        tolerance: of the solver; our choice, coarser than for the final machine because only signs count.

    Returns:
        Shape (m,), integers in [0, n].  A fold whose complement has one class only is judged by that class.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: ours.

    >>> distances = [[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 9.0, 9.0], [9.0, 9.0, 0.0, 0.0], [9.0, 9.0, 0.0, 0.0]]
    >>> validation_errors(distances, [1, 1, -1, -1], 1.0, [0.0, 1.0], [0, 1, 0, 1], RandomStream(0, 0))
    array([4, 0])
    """
    y = binary_labels(labels)
    d = square_matrix("distances", distances, y.size)
    gammas, groups = finite_vector("widths", widths), np.asarray(folds)
    if np.any(gammas < 0.0):
        raise ValueError(f"widths must be at least 0, got {shown(widths)}")
    if groups.shape != y.shape:
        raise ValueError(f"folds must have shape {y.shape}, got shape {groups.shape}")
    return np.array(
        [_errors(radial_basis_kernel(d, g), y, penalty, groups, stream, tolerance) for g in gammas]
    )


def best_width(widths: Any, errors: Any) -> float:
    """Return the width with the fewest errors, the smallest of them where several have.

    Arguments:
        widths: shape (m,), m >= 1.
        errors: shape (m,).

    Returns:
        A float.  Of two kernels with the same errors the smoother one is taken (our choice).

    Raises:
        ValueError, TypeError: an argument of another shape.

    Source: ours.

    >>> best_width([4.0, 1.0, 2.0], [3, 1, 1])
    1.0
    """
    gammas, counts = finite_vector("widths", widths), finite_vector("errors", errors)
    if gammas.size == 0 or gammas.shape != counts.shape:
        raise ValueError(
            f"widths and errors must have one shape (m,), m >= 1, got {gammas.shape} and {counts.shape}"
        )
    return float(gammas[counts == counts.min()].min())


def _errors(
    kernel: FloatArray, y: FloatArray, penalty: Any, groups: Any, stream: RandomStream, tolerance: Any
) -> int:
    wrong = 0
    for group in np.unique(groups):
        held_out = groups == group
        rest = ~held_out
        if abs(y[rest].sum()) == rest.sum():
            answers = np.full(int(held_out.sum()), float(np.sign(y[rest].sum())))
        else:
            found = pair_descent(kernel[np.ix_(rest, rest)], y[rest], penalty, stream, tolerance=tolerance)
            answers = kernel[np.ix_(held_out, rest)] @ (found.alpha * y[rest]) + found.bias
        # A score of exactly zero decides for no class and counts as an error.
        wrong += int(np.count_nonzero(np.sign(answers) != y[held_out]))
    return wrong

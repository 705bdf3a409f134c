"""Squared distances and the radial basis kernel.

The paper's section on support vector machines, the display after its Eq. 17.

Claims that rest on it: SVM-7, SVM-11, SVM-13, SVM-14.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.validation import FloatArray, finite_array, finite_scalar


def squared_distances(points: Any, others: Any = None) -> FloatArray:
    """Return the squared Euclidean distance of each point to each other point.

    d_ij = sum_f (x_if - z_jf)^2.

    Arguments:
        points: x, shape (n, d).
        others: z, shape (m, d); the points themselves where left out.

    Returns:
        Shape (n, m), at least 0; symmetric with a zero diagonal where ``others`` is left out.

    Raises:
        ValueError: an array is not finite, not two-dimensional, or the numbers of features differ.
        TypeError: an array is not made of real numbers.

    Source: the exponent of the radial basis kernel.

    >>> squared_distances([[0.0], [3.0]])
    array([[0., 9.],
           [9., 0.]])
    """
    left = _rows("points", points)
    right = left if others is None else _rows("others", others)
    if left.shape[1] != right.shape[1]:
        raise ValueError(f"others must have {left.shape[1]} features like points, got {right.shape[1]}")
    total = np.zeros((left.shape[0], right.shape[0]))
    # One feature after the other: |x|^2 + |z|^2 - 2 x.z would cancel for close points.
    for feature in range(left.shape[1]):
        total += np.square(left[:, feature, np.newaxis] - right[np.newaxis, :, feature])
    return finite_array("squared distances", total)


def radial_basis_kernel(distances: Any, gamma: Any) -> FloatArray:
    """Return the radial basis kernel.

    k_ij = exp(-gamma d_ij).

    Arguments:
        distances: squared distances d, any shape, in the squared units of the features.
        gamma: width parameter, scalar in (-inf, inf), in one over those units.  A negative one gives no kernel
            (see SVM-7); it is admitted because the paper's joint problem does not exclude it.

    Returns:
        Shape of ``distances``; inside [0, 1] for gamma >= 0 and distances >= 0.

    Raises:
        ValueError, TypeError: an argument is not finite, or the exponential overflows.

    Source: the display after Eq. 17.

    >>> radial_basis_kernel([[0.0, 4.0]], 0.0)
    array([[1., 1.]])
    """
    d = finite_array("distances", distances)
    width = finite_scalar("gamma", gamma)
    with np.errstate(over="ignore", under="ignore"):
        return finite_array("exp(-gamma distances)", np.exp(-width * d))


def _rows(name: str, value: Any) -> FloatArray:
    array = finite_array(name, value)
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (n, d), got shape {array.shape}")
    return array

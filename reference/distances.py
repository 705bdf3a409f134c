"""Squared distances between points.

What the paper's k-means objective and the exponent of its radial basis kernel share.

Claims that rest on it: KM-1, SVM-7, SVM-11, SVM-13, SVM-14.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.validation import FloatArray, finite_array


def squared_distances(points: Any, others: Any = None) -> FloatArray:
    """Return the squared Euclidean distance of each point to each other point.

    d_ij = sum_f (x_if - z_jf)^2.

    Arguments:
        points: x, shape (n, d).
        others: z, shape (m, d), such as centroids; the points themselves where left out.

    Returns:
        Shape (n, m), at least 0; symmetric with a zero diagonal where ``others`` is left out.

    Raises:
        ValueError: an array is not finite, not two-dimensional, the numbers of features differ, or a square
            exceeds float64.
        TypeError: an array is not made of real numbers.

    Source: the classical objective of k-means; the display after Eq. 17.

    >>> squared_distances([[0.0], [3.0]])
    array([[0., 9.],
           [9., 0.]])
    """
    left = _rows("points", points)
    right = left if others is None else _rows("others", others)
    if left.shape[1] != right.shape[1]:
        raise ValueError(f"others must have {left.shape[1]} features like points, got {right.shape[1]}")
    total = np.zeros((left.shape[0], right.shape[0]))
    with np.errstate(over="ignore", under="ignore"):
        # |x|^2 + |z|^2 - 2 x.z would cancel for close points. One feature after the other: an order of
        # summation that no processor's vector width changes.
        for feature in range(left.shape[1]):
            total += np.square(left[:, feature, np.newaxis] - right[np.newaxis, :, feature])
    return finite_array("squared distances", total)


def _rows(name: str, value: Any) -> FloatArray:
    array = finite_array(name, value)
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (n, d), got shape {array.shape}")
    return array

"""k-means: the sum of squares within clusters and Lloyd's step.

The classical part of the paper's section "Enhanced K-means clustering using DF-GDA". The paper's update is
in ``centroid_update.py``, whole runs are in ``lloyd.py`` and ``annealed_k_means.py``.

Claims that rest on it: KM-1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.distances import squared_distances
from reference.validation import FloatArray, IntArray, finite_array, shown


def point_array(name: str, value: Any, features: int | None = None) -> FloatArray:
    """Return the value where it holds at least one point: shape (n, d), n, d >= 1, finite.

    >>> point_array("points", [[0, 1]])
    array([[0., 1.]])
    """
    points = finite_array(name, value)
    if points.ndim != 2 or points.size == 0 or (features is not None and points.shape[1] != features):
        wanted = "(n, d) with n, d >= 1" if features is None else f"(n, {features}) with n >= 1"
        raise ValueError(f"{name} must have shape {wanted}, got shape {points.shape}")
    return points


def nearest_centroids(points: Any, centroids: Any) -> IntArray:
    """Return the index of the nearest centroid of each point, the first one on a tie.

    Arguments:
        points: x, shape (n, d), n, d >= 1.
        centroids: mu, shape (k, d), k >= 1.

    Returns:
        Shape (n,), integers in [0, k).

    Raises:
        ValueError, TypeError: an argument outside its range, or a square exceeds float64.

    Source: the paper's classical objective.

    >>> nearest_centroids([[0.0], [3.0]], [[-1.0], [1.0]])
    array([0, 1])
    """
    return np.asarray(np.argmin(_squares(points, centroids), axis=1), dtype=np.int64)


def within_cluster_sum(points: Any, centroids: Any, labels: Any = None) -> float:
    """Return the sum of the squared distances between the points and the centroids of their clusters.

    W = sum_i sum_{x in S_i} |x - mu_i|^2.

    Arguments:
        points, centroids: as for ``nearest_centroids``.
        labels: cluster of each point, shape (n,), integers in [0, k); the nearest centroid if left out.

    Returns:
        A float of at least 0.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the paper's classical objective.

    >>> within_cluster_sum([[0.0], [2.0], [5.0]], [[0.0], [3.5]])
    4.5
    """
    squares = _squares(points, centroids)
    if labels is None:
        return float(squares.min(axis=1).sum())
    chosen = _labels(labels, *squares.shape)
    return float(squares[np.arange(len(squares)), chosen].sum())


def cluster_means(points: Any, labels: Any, centroids: Any) -> FloatArray:
    """Return the mean of each cluster; an empty cluster keeps its centroid.

    Arguments:
        points, centroids: as for ``nearest_centroids``.
        labels: cluster of each point, shape (n,), integers in [0, k).

    Returns:
        Shape (k, d).

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the classical update; what happens to an empty cluster is our choice.

    >>> cluster_means([[0.0], [2.0], [5.0]], [0, 0, 0], [[0.0], [9.0]]).round(3)
    array([[2.333],
           [9.   ]])
    """
    observed = point_array("points", points)
    means = point_array("centroids", centroids, observed.shape[1]).copy()
    chosen = _labels(labels, len(observed), len(means))
    for cluster in np.unique(chosen):
        means[cluster] = observed[chosen == cluster].mean(axis=0)
    return means


def lloyd_step(points: Any, centroids: Any) -> FloatArray:
    """Return the means of the clusters of nearest points: one step of Lloyd's algorithm.

    Arguments, errors: as ``nearest_centroids``.

    Returns:
        Shape (k, d); the sum within clusters does not rise, up to rounding.

    Source: the classical algorithm that the paper modifies.

    >>> lloyd_step([[0.0], [2.0], [5.0]], [[0.0], [3.0]])
    array([[0. ],
           [3.5]])
    """
    return cluster_means(points, nearest_centroids(points, centroids), centroids)


def _squares(points: Any, centroids: Any) -> FloatArray:
    """The squared distance of each point to each centroid, shape (n, k)."""
    observed = point_array("points", points)
    return squared_distances(observed, point_array("centroids", centroids, observed.shape[1]))


def _labels(value: Any, points: int, clusters: int) -> IntArray:
    labels = np.asarray(value)
    if labels.dtype.kind not in "iu" or labels.shape != (points,):
        raise ValueError(f"labels must be {points} integers, got {shown(value)}")
    if np.any(labels < 0) or np.any(labels >= clusters):
        raise ValueError(f"labels must lie in [0, {clusters}), got {shown(value)}")
    return labels.astype(np.int64)

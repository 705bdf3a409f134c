"""Lloyd's algorithm, run to a fixed point.

What the paper's k-means section modifies and compares with.

Claims that rest on it: KM-1, KM-4, KM-R3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.distances import squared_distances
from reference.k_means import (
    cluster_means,
    nearest_centroids,
    point_array,
    within_cluster_sum,
)
from reference.validation import FloatArray, IntArray, positive_integer


@dataclass(frozen=True)
class Clustering:
    """The end of a run.

    centroids: shape (k, d); labels: shape (n,), nearest centroid; within: sum of squares within clusters;
    passes: number of updates of the centroids tried; settled: whether the last one lowered nothing.
    """

    centroids: FloatArray
    labels: IntArray
    within: float
    passes: int
    settled: bool


def fill_empty(points: Any, centroids: Any, labels: Any) -> tuple[FloatArray, IntArray]:
    """Return centroids and labels after each empty cluster took one of the points farthest from theirs.

    Arguments:
        points: shape (n, d).
        centroids: shape (k, d).
        labels: shape (n,), integers in [0, k).

    Returns:
        Centroids (k, d) and labels (n,). Points at distance 0 are not taken, so a cluster may stay empty.
        The sum within clusters falls by the squared distances of the points taken.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: common practice; the paper does not mention empty clusters.

    >>> fill_empty([[0.0], [1.0], [5.0]], [[1.0], [9.0]], [0, 0, 0])
    (array([[1.],
           [5.]]), array([0, 0, 1]))
    """
    centres = point_array("centroids", centroids).copy()
    owners = np.asarray(labels, dtype=np.int64).copy()
    vacant = np.flatnonzero(np.bincount(owners, minlength=len(centres)) == 0)
    if vacant.size:
        observed = point_array("points", points)
        squares = squared_distances(observed, centres)[np.arange(len(owners)), owners]
        farthest = np.argsort(-squares, kind="stable")[: vacant.size]
        for cluster, point in zip(vacant, farthest, strict=False):
            if squares[point] > 0.0:
                centres[cluster], owners[point] = observed[point], cluster
    return centres, owners


def lloyd(points: Any, centroids: Any, most_passes: Any = 300) -> Clustering:
    """Return the result of Lloyd's algorithm, empty clusters being filled by ``fill_empty``.

    Arguments:
        points: shape (n, d).
        centroids: the start, shape (k, d).
        most_passes: an integer of at least 1; 300 as in scikit-learn.

    Returns:
        A ``Clustering``. The sum does not rise from pass to pass; without the bound on the passes the run
        ends, because every pass but the last lowers the sum of one of finitely many partitions.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the classical algorithm that the paper modifies.

    >>> lloyd([[0.0], [2.0], [5.0]], [[0.0], [3.0]]).within  # the optimum is 2, with 0 and 2 together
    4.5
    """
    observed = point_array("points", points)
    current = point_array("centroids", centroids, observed.shape[1])
    limit = positive_integer("most_passes", most_passes)
    labels = nearest_centroids(observed, current)
    within = within_cluster_sum(observed, current, labels)
    for count in range(1, limit + 1):
        filled, owners = fill_empty(observed, current, labels)
        means = cluster_means(observed, owners, filled)
        moved = nearest_centroids(observed, means)
        lower = within_cluster_sum(observed, means, moved)
        # Rounding could let tied points change places for ever: a pass that gains nothing is the last one.
        if not lower < within:
            return Clustering(current, labels, within, count, True)
        current, labels, within = means, moved, lower
    return Clustering(current, labels, within, limit, False)

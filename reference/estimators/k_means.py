"""k-means with annealed noise as a scikit-learn estimator.

Wraps ``annealed_k_means.py``. The formulations "annealed", the default, and "repaired" never end above Lloyd's
algorithm from the same start; "as_printed" is the paper's update, which keeps its noise to the end and gives no
guarantee.

Claims that rest on it: KM-4, KM-R3, KM-R6, KM-R7.
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from reference.annealed_k_means import (
    finished_k_means,
    k_means_plus_plus,
    printed_k_means,
    repaired_k_means,
)
from reference.distances import squared_distances
from reference.k_means import nearest_centroids, within_cluster_sum
from reference.levels import uniform_levels
from reference.lloyd import Clustering
from reference.random_streams import RandomStream
from reference.validation import (
    FloatArray,
    array_of_shape,
    integer,
    nonnegative_integer,
    one_of,
    positive_integer,
    positive_scalar,
    shown,
    unit_interval,
)

FORMULATIONS = ("annealed", "repaired", "as_printed")
STREAMS_PER_RUN = 4  # at least the three that a run in annealed_k_means.py uses, and one for random starts


class DFGDAKMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """k-means whose centroids are disturbed by noise that cools down.

    Arguments:
        n_clusters: k, an integer in [1, n_samples].
        formulation: "as_printed" (the paper's update along a geometric schedule), "annealed" (the same, then
            Lloyd's; the better of that and Lloyd's alone) or "repaired" (disturb, two passes of Lloyd's, keep if
            lower, end with Lloyd's). Default "annealed": it ended lowest of the three on real data (KM-R7).
        init: "k-means++", "random" (different points), or an array of shape (n_clusters, n_features).
        n_init: number of starts, the best of which is kept; an integer of at least 1.
        n_rounds: disturbances per start, for "repaired"; an integer of at least 0.
        max_iter: passes per run of Lloyd's algorithm, and updates of the paper's; an integer of at least 1.
        max_temperature: noise of "repaired", and first of the paper's update, in units of the spread of the data,
            in (0, inf).
        min_temperature: last temperature of the paper's update, in (0, max_temperature].
        fraction: share of the centroids that move at a time, in [0, 1], but at least one; None stands for one
            of them for "repaired" and all of them otherwise.
        step_size: eta of the paper's update, in [0, 1].
        mixing: reading of the paper's update, a name of ``centroid_update.MIXINGS``.
        n_levels: the paper's update soft-quantizes centroids to so many levels over the range of the data; None
            leaves them.
        verbose: 1 prints a line per start, 2 also one per round.
        random_state: an integer, None or a RandomState.

    Attributes after ``fit``: ``cluster_centers_`` (n_clusters, n_features), ``labels_`` (n_samples,),
    ``inertia_``, ``n_iter_`` (passes over the points, all starts together), ``n_features_in_``.

    Defaults without a source in the paper (n_rounds, temperatures, fraction, step_size, n_init) are our choice.

    >>> model = DFGDAKMeans(2, random_state=0).fit([[0.0], [2.0], [5.0]])
    >>> model.inertia_
    2.0
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        formulation: str = "annealed",
        init: Any = "k-means++",
        n_init: int = 1,
        n_rounds: int = 50,
        max_iter: int = 300,
        max_temperature: float = 1.0,
        min_temperature: float = 0.01,
        fraction: float | None = None,
        step_size: float = 1.0,
        mixing: str = "relaxed",
        n_levels: int | None = None,
        verbose: int = 0,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.formulation = formulation
        self.init = init
        self.n_init = n_init
        self.n_rounds = n_rounds
        self.max_iter = max_iter
        self.max_temperature = max_temperature
        self.min_temperature = min_temperature
        self.fraction = fraction
        self.step_size = step_size
        self.mixing = mixing
        self.n_levels = n_levels
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the centroids of X, shape (n_samples, n_features); y is ignored."""
        X = validate_data(self, X, dtype=[np.float64, np.float32], accept_large_sparse=False)
        self._check_parameters(len(X))
        points = np.asarray(X, dtype=np.float64)
        # Distances do not depend on the origin, and near the mean they keep more digits.
        origin = points.mean(axis=0)
        centred = points - origin
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        best: Clustering | None = None
        passes = 0
        for run in range(self.n_init):
            stream = RandomStream(seed, STREAMS_PER_RUN * run)
            found = self._run(centred, self._start(centred, origin, stream), stream)
            passes += found.passes
            if best is None or found.within < best.within:
                best = found
            if self.verbose:
                print(f"start {run + 1} of {self.n_init}: inertia {found.within:.6g}, best {best.within:.6g}")
        assert best is not None  # n_init >= 1
        self.cluster_centers_ = (best.centroids + origin).astype(X.dtype)
        # Labels and inertia belong to the centres as they are stored, so that predict agrees with them.
        self.labels_ = self._nearest(points)
        self.inertia_ = within_cluster_sum(points, self.cluster_centers_)
        self.n_iter_ = passes
        return self

    def predict(self, X: Any) -> Any:
        """Return the index of the nearest centre of each row of X."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return self._nearest(np.asarray(X, dtype=np.float64))

    def transform(self, X: Any) -> Any:
        """Return the distances of the rows of X to the centres, shape (n_samples, n_clusters)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return np.sqrt(squared_distances(X, self.cluster_centers_)).astype(X.dtype)

    def score(self, X: Any, y: Any = None) -> float:
        """Return minus the sum of the squared distances of the rows of X to their nearest centres."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return -within_cluster_sum(X, self.cluster_centers_)

    @property
    def _n_features_out(self) -> int:
        return len(self.cluster_centers_)

    def _nearest(self, points: FloatArray) -> Any:
        return nearest_centroids(points, self.cluster_centers_).astype(np.int32)

    def _check_parameters(self, samples: int) -> None:
        if positive_integer("n_clusters", self.n_clusters) > samples:
            raise ValueError(f"n_clusters must be at most n_samples = {samples}, got {self.n_clusters}")
        one_of("formulation", self.formulation, FORMULATIONS)
        positive_integer("n_init", self.n_init)
        nonnegative_integer("n_rounds", self.n_rounds)
        positive_integer("max_iter", self.max_iter)
        hottest = positive_scalar("max_temperature", self.max_temperature)
        if positive_scalar("min_temperature", self.min_temperature) > hottest:
            raise ValueError(
                f"min_temperature must be at most max_temperature = {hottest}, got {shown(self.min_temperature)}"
            )
        if self.fraction is not None:
            unit_interval("fraction", self.fraction)
        unit_interval("step_size", self.step_size)
        if self.n_levels is not None and integer("n_levels", self.n_levels) < 2:
            raise ValueError(f"n_levels must be None or an integer of at least 2, got {shown(self.n_levels)}")

    def _start(self, points: FloatArray, origin: FloatArray, stream: RandomStream) -> FloatArray:
        if not isinstance(self.init, str):
            given = array_of_shape("init", self.init, (self.n_clusters, points.shape[1]))
            return np.asarray(given - origin)
        if one_of("init", self.init, ("k-means++", "random")) == "k-means++":
            trials = 2 + int(math.log(self.n_clusters))  # as in scikit-learn
            return k_means_plus_plus(points, self.n_clusters, stream, trials)
        own = RandomStream(stream.seed, stream.stream + STREAMS_PER_RUN - 1)
        return np.asarray(points[own.random_subset(0, len(points), self.n_clusters)])

    def _run(self, points: FloatArray, start: FloatArray, stream: RandomStream) -> Clustering:
        if self.formulation == "repaired":
            return repaired_k_means(
                points,
                start,
                self.n_rounds,
                stream,
                temperature=self.max_temperature,
                fraction=0.0 if self.fraction is None else self.fraction,
                most_passes=self.max_iter,
                visit=self._report if self.verbose > 1 else None,
            )
        temperatures = np.geomspace(self.max_temperature, self.min_temperature, self.max_iter)
        levels = None
        if self.n_levels is not None:
            # The soft quantizer needs a range: that of the data, or any where the data are one point.
            levels = uniform_levels(float(np.abs(points).max()) or 1.0, self.n_levels)
        update: dict[str, Any] = {
            "step_size": self.step_size,
            "mixing": self.mixing,
            "fraction": 1.0 if self.fraction is None else self.fraction,
            "levels": levels,
        }
        if self.formulation == "annealed":
            cooled = temperatures.tolist()
            return finished_k_means(points, start, cooled, stream, most_passes=self.max_iter, **update)
        centroids = printed_k_means(points, start, temperatures.tolist(), stream, **update)
        labels = nearest_centroids(points, centroids)
        return Clustering(centroids, labels, within_cluster_sum(points, centroids), self.max_iter, False)

    def _report(self, turn: int, incumbent: Clustering) -> None:
        print(f"  round {turn + 1} of {self.n_rounds}: inertia {incumbent.within:.6g}")

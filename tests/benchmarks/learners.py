"""The arms of the comparison of learners, among them searches and restarts that stop at a given budget."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from typing import Any
from unittest.mock import patch

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from reference import kernel_width, support_vector_annealing
from reference.estimators import DFGDASVC, DFGDAKMeans, svc
from reference.radial_basis import radial_basis_kernel

# The grid is our choice: decades around C = 1 and, for standardised features, below gamma = 1.
PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)
WIDTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
POINTS = tuple(product(PENALTIES, WIDTHS))
FOLDS = 5  # our choice, scikit-learn's default
PAPERS = {"C": 10.0, "gamma": 0.05, "gamma_penalty": 1e-3, "formulation": "as_printed"}
VALIDATION_FITS = 16  # of the repaired machine: five widths, three folds, and the last fit
EQUAL_FITS_POINTS = (VALIDATION_FITS - 1) // FOLDS


@dataclass(frozen=True)
class Fitted:
    """A fitted model and what it cost: seconds, fits, and kernel entries (for SVC the most it can need)."""

    model: Any
    seconds: float
    fits: int
    entries: int
    width: float


@contextmanager
def counted_entries():
    """Count the kernel entries that our estimators evaluate."""
    counts = []

    def counting(distances, gamma):
        counts.append(np.size(distances))
        return radial_basis_kernel(distances, gamma)

    with (
        patch.object(svc, "radial_basis_kernel", counting),
        patch.object(kernel_width, "radial_basis_kernel", counting),
        patch.object(support_vector_annealing, "radial_basis_kernel", counting),
    ):
        yield counts


def annealed_machine(fits, **arguments):
    """An arm: our machine behind a scaler."""

    def fit(inputs, labels, seed):
        model = make_pipeline(StandardScaler(), DFGDASVC(random_state=seed, **arguments))
        with counted_entries() as counts:
            began = time.perf_counter()
            model.fit(inputs, labels)
            seconds = time.perf_counter() - began
        width = float(np.exp(np.mean(np.log(np.maximum(model[-1].gamma_, 1e-12)))))
        return Fitted(model, seconds, fits, sum(counts), width)

    return fit


def most_entries(labels):
    """Kernel entries that LIBSVM evaluates at most: those of every pair of classes, each once, with its cache."""
    sizes = np.unique(labels, return_counts=True)[1]
    return int(sum((a + b) ** 2 for i, a in enumerate(sizes) for b in sizes[:i]))


def plain_machine(**arguments):
    """SVC behind the same scaler."""
    return make_pipeline(StandardScaler(), SVC(**arguments))


def default_machine(inputs, labels, seed):
    """An arm: SVC with C = 1 and gamma = "scale", its defaults."""
    model = plain_machine()
    began = time.perf_counter()
    model.fit(inputs, labels)
    seconds = time.perf_counter() - began
    return Fitted(model, seconds, 1, most_entries(labels), float(model[-1]._gamma))


def _folds(seed):
    return StratifiedKFold(FOLDS, shuffle=True, random_state=seed)


def _entries_of_a_point(inputs, labels, seed):
    """Entries for one point of the grid at most: its fits, and the folds judged with all samples as vectors."""
    return sum(
        most_entries(labels[rest]) + rest.size * held_out.size
        for rest, held_out in _folds(seed).split(inputs, labels)
    )


def grid_search(inputs, labels, seed):
    """An arm: GridSearchCV over the whole grid."""
    grid = {"svc__C": PENALTIES, "svc__gamma": WIDTHS}
    search = GridSearchCV(plain_machine(), grid, cv=_folds(seed))
    began = time.perf_counter()
    search.fit(inputs, labels)
    seconds = time.perf_counter() - began
    entries = len(POINTS) * _entries_of_a_point(inputs, labels, seed) + most_entries(labels)
    return Fitted(search, seconds, len(POINTS) * FOLDS + 1, entries, float(search.best_params_["svc__gamma"]))


def cut_search(inputs, labels, seed, *, points=None, seconds=np.inf, entries=np.inf):
    """The same search over the points in random order, until the next would exceed the budget.

    One point is always tried; the fit of the best one to all samples comes on top.  The order depends on the
    seed alone.  How long a point takes is known afterwards only: one that ends too late is not used.
    """
    each, began = _entries_of_a_point(inputs, labels, seed), time.perf_counter()
    best, tried = (-1.0, POINTS[0]), 0
    for index in np.random.default_rng([seed, 7]).permutation(len(POINTS))[:points]:
        if tried and (tried + 1) * each > entries:
            break
        penalty, gamma = POINTS[index]
        score = cross_val_score(plain_machine(C=penalty, gamma=gamma), inputs, labels, cv=_folds(seed)).mean()
        if tried and time.perf_counter() - began > seconds:
            break
        tried += 1
        if score > best[0]:
            best = (score, POINTS[index])
    model = plain_machine(C=best[1][0], gamma=best[1][1]).fit(inputs, labels)
    taken = time.perf_counter() - began
    return Fitted(model, taken, FOLDS * tried + 1, each * tried + most_entries(labels), best[1][1])


@dataclass(frozen=True)
class Clustered:
    """Centroids with the sum of squares of the training rows, and what they cost."""

    model: Any
    inertia: float
    seconds: float
    passes: int
    starts: int = 1


def seeding_passes(clusters):
    """Greedy k-means++ measures the distances to so many candidates per centroid, as many passes do."""
    return 2 + int(np.log(clusters))


def common_start(points, clusters, seed):
    """Centroids from k-means++, the same for every arm that takes a start, and the seconds they took."""
    began = time.perf_counter()
    centroids, _ = kmeans_plusplus(points, clusters, random_state=seed)
    return centroids, time.perf_counter() - began


def lloyd_from(points, centroids, before=None):
    """Lloyd's algorithm to a fixed point; what led to the centroids is added to its cost."""
    began = time.perf_counter()
    # n_iter_ leaves out the pass that assigns the points to the last centroids.
    model = KMeans(len(centroids), init=centroids, n_init=1, tol=0.0).fit(points)
    found = Clustered(model, model.inertia_, time.perf_counter() - began, model.n_iter_ + 1)
    if before is None:
        return found
    return replace(found, seconds=found.seconds + before.seconds, passes=found.passes + before.passes)


def annealed_clusters(points, centroids, seed, **arguments):
    """Our k-means from given centroids."""
    model = DFGDAKMeans(len(centroids), init=centroids, random_state=seed, **arguments)
    began = time.perf_counter()
    model.fit(points)
    return Clustered(model, model.inertia_, time.perf_counter() - began, model.n_iter_)


def restarts(points, clusters, seed, *, starts=10**9, passes=np.inf, seconds=np.inf):
    """The best of runs of scikit-learn's k-means, each from its own k-means++, within the budget.

    A run that ends beyond the budget is not used; one is always made.
    """
    draws, began = np.random.RandomState(seed), time.perf_counter()
    best, used, made = None, 0, 0
    while made < starts:
        model = KMeans(clusters, n_init=1, tol=0.0, random_state=draws.randint(2**31 - 1)).fit(points)
        cost = seeding_passes(clusters) + model.n_iter_ + 1
        if made and (used + cost > passes or time.perf_counter() - began > seconds):
            break
        used, made = used + cost, made + 1
        if best is None or model.inertia_ < best.inertia_:
            best = model
    return Clustered(best, best.inertia_, time.perf_counter() - began, used, made)

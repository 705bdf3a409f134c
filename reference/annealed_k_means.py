"""Whole runs of k-means: Lloyd's algorithm, the paper's annealed one, and a repaired one with a guarantee.

The paper's section "Enhanced K-means clustering using DF-GDA" gives an update and no algorithm: no
schedule, no sigma, no stopping rule, no test of what the noise brings. ``printed_k_means`` runs the update
along a schedule of the caller. ``repaired_k_means`` keeps the noise and the fraction, and adds what a
guarantee needs: it starts from the result of Lloyd's algorithm, keeps what a disturbance led to only if the
sum is lower, and ends with Lloyd's algorithm. So it ends at a fixed point of Lloyd's algorithm, never above
the one that Lloyd's algorithm reaches from the same start. ``finished_k_means`` has the same guarantee, with the
paper's whole run as the one disturbance.

Claims that rest on it: KM-3, KM-4, KM-6, KM-R3, KM-R7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reference.centroid_update import centroid_update, quantized_centroids
from reference.distances import squared_distances
from reference.fraction import update_count
from reference.k_means import cluster_means, nearest_centroids, point_array
from reference.lloyd import Clustering, fill_empty, lloyd
from reference.random_streams import RandomStream
from reference.validation import (
    FloatArray,
    integer_between,
    nonnegative_integer,
    nonnegative_scalar,
    positive_integer,
    positive_scalar,
)

# One stream number for each purpose, added to that of the caller's stream.
SEEDING, NOISE, SUBSET = 0, 1, 2


def spread(points: Any) -> float:
    """Return the root mean square, over coordinates, of the standard deviations of the points.

    It is the unit of the noise here: the paper leaves sigma open.

    >>> spread([[0.0, 0.0], [2.0, 0.0]]) ** 2
    0.5000000000000001
    """
    observed = point_array("points", points)
    return float(np.sqrt(np.mean(observed.var(axis=0))))


def purpose(stream: RandomStream, number: int) -> RandomStream:
    """Return the stream of one purpose of a run.

    >>> purpose(RandomStream(7, 4), NOISE)
    RandomStream(seed=7, stream=5)
    """
    return RandomStream(stream.seed, stream.stream + number)


def k_means_plus_plus(points: Any, clusters: Any, stream: RandomStream, trials: Any = 1) -> FloatArray:
    """Return starting centroids drawn from the points, each with probability proportional to its squared
    distance from those drawn before; the first one uniformly.

    Arguments:
        points: shape (n, d).
        clusters: k, an integer in [1, n].
        stream: random numbers; its step counts the centroids drawn.
        trials: candidates drawn for each centroid after the first, of which the one that leaves the lowest
            sum is taken; an integer of at least 1.

    Returns:
        Shape (k, d), rows of ``points``; distinct while there are points away from all of them.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.

    >>> k_means_plus_plus([[0.0], [0.0], [5.0]], 2, RandomStream(1, 0)).sum()
    np.float64(5.0)
    """
    observed = point_array("points", points)
    last = len(observed) - 1
    count = integer_between("clusters", clusters, 1, last + 1)
    candidates = np.arange(positive_integer("trials", trials))
    own = purpose(stream, SEEDING)
    chosen = [int(float(own.uniforms(0, 0)) * len(observed))]
    nearest = squared_distances(observed, observed[chosen])[:, 0]
    for step in range(1, count):
        # Where all points coincide with chosen ones, every point is as good as another.
        weights = np.cumsum(nearest if np.any(nearest > 0.0) else np.ones(len(observed)))
        drawn = np.searchsorted(weights, own.uniforms(step, candidates) * weights[-1], side="right")
        drawn = np.minimum(drawn, last)
        remaining = np.minimum(nearest[:, np.newaxis], squared_distances(observed, observed[drawn]))
        best = int(np.argmin(remaining.sum(axis=0)))
        chosen.append(int(drawn[best]))
        nearest = remaining[:, best]
    return observed[chosen]


def printed_k_means(
    points: Any,
    start: Any,
    temperatures: Sequence[float],
    stream: RandomStream,
    *,
    step_size: Any = 1.0,
    mixing: str = "relaxed",
    noise_unit: Any = None,
    fraction: Any = 1.0,
    levels: Any = None,
    visit: Callable[[FloatArray], None] | None = None,
) -> FloatArray:
    """Return the centroids after the paper's update at each temperature of a schedule.

    Per temperature T: assign the points, take the means, ``centroid_update`` with xi = T sigma z, soft-quantize
    the result if levels are given, and keep it for a random fraction of the centroids.

    Arguments:
        points: shape (n, d).
        start: shape (k, d).
        temperatures: T_1, T_2, ..., each of at least 0; eps(T) = T, the default of ``noise.py``.
        stream: random numbers.
        step_size, mixing: as for ``centroid_update``.
        noise_unit: sigma, scalar of at least 0; ``spread(points)`` if left out (our choice).
        fraction: f in [0, 1]; floor(f k) centroids move, but at least one (our choice).
        levels: quantization levels, or None.
        visit: called with the centroids after each update.

    Returns:
        Shape (k, d). There is no guarantee: see claims KM-3 and KM-4.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the k-means section; everything that it leaves open is an argument.

    >>> printed_k_means([[0.0], [2.0], [5.0]], [[0.0], [3.0]], [0.0], RandomStream(0, 0))
    array([[0. ],
           [3.5]])
    """
    observed = point_array("points", points)
    current = point_array("start", start, observed.shape[1])
    unit = spread(observed) if noise_unit is None else nonnegative_scalar("noise_unit", noise_unit)
    count = max(1, update_count(fraction, len(current)))
    for step, value in enumerate(temperatures):
        temperature = nonnegative_scalar("temperatures", value)
        means = lloyd_means(observed, current)
        draws = purpose(stream, NOISE).normals(step, np.arange(current.size)).reshape(current.shape)
        proposal = centroid_update(current, means, step_size, temperature * unit * draws, mixing)
        if levels is not None:
            proposal = quantized_centroids(proposal, levels, temperature)
        chosen = purpose(stream, SUBSET).random_subset(step, len(current), count)
        current = current.copy()
        current[chosen] = proposal[chosen]
        if visit is not None:
            visit(current)
    return current


def lloyd_means(points: FloatArray, centroids: FloatArray) -> FloatArray:
    """Return the means of the nearest points, empty clusters being filled.

    >>> lloyd_means(np.array([[0.0], [4.0]]), np.array([[1.0], [9.0]]))
    array([[0.],
           [4.]])
    """
    filled, owners = fill_empty(points, centroids, nearest_centroids(points, centroids))
    return cluster_means(points, owners, filled)


def repaired_k_means(
    points: Any,
    start: Any,
    rounds: Any,
    stream: RandomStream,
    *,
    temperature: Any = 1.0,
    fraction: Any = 0.0,
    trial_passes: Any = 2,
    most_passes: Any = 300,
    visit: Callable[[int, Clustering], None] | None = None,
) -> Clustering:
    """Return a fixed point of Lloyd's algorithm that is at least as good as Lloyd's from the same start.

    The incumbent is Lloyd's result from the start. In each round floor(f k) centroids of the incumbent, but
    at least one, get noise T spread(points) z; some passes of Lloyd's algorithm follow, and their result
    replaces the incumbent if its sum is lower. At the end Lloyd's algorithm runs from the incumbent. The test
    does what cooling is for, so the temperature stays.

    Arguments:
        points: shape (n, d).
        start: shape (k, d).
        rounds: R, an integer of at least 0; with 0 it is Lloyd's algorithm.
        stream: random numbers.
        temperature: T, scalar in (0, inf); 1, noise as wide as the data, is our choice.
        fraction: f in [0, 1]; one centroid at a time is our choice.
        trial_passes: of Lloyd's algorithm before the test, an integer of at least 1; 2 is our choice.
        most_passes: of the first and the last run of Lloyd's algorithm.
        visit: called with the round and the incumbent after each round.

    Returns:
        A ``Clustering`` whose sum is at most that of ``lloyd`` from the same start, whatever the random
        numbers; ``passes`` counts all runs.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: ours.

    >>> repaired_k_means([[0.0], [2.0], [5.0]], [[0.0], [3.0]], 10, RandomStream(0, 0)).within
    2.0
    """
    best = lloyd(points, start, most_passes)
    total, width = best.passes, positive_scalar("temperature", temperature) * spread(points)
    count = max(1, update_count(fraction, len(best.centroids)))
    last = nonnegative_integer("rounds", rounds)
    for turn in range(last):
        chosen = purpose(stream, SUBSET).random_subset(turn, len(best.centroids), count)
        draws = purpose(stream, NOISE).normals(turn, np.arange(best.centroids.size))
        moved = best.centroids.copy()
        moved[chosen] += width * draws.reshape(moved.shape)[chosen]
        trial = lloyd(points, moved, trial_passes)
        total += trial.passes
        if trial.within < best.within:
            best = trial
        if visit is not None:
            visit(turn, best)
    if last:
        best = lloyd(points, best.centroids, most_passes)
        total += best.passes
    return Clustering(best.centroids, best.labels, best.within, total, best.settled)


def finished_k_means(
    points: Any,
    start: Any,
    temperatures: Sequence[float],
    stream: RandomStream,
    *,
    most_passes: Any = 300,
    **update: Any,
) -> Clustering:
    """Return the better of two fixed points of Lloyd's algorithm: from the end of the paper's run, and from its start.

    Arguments:
        points, start, temperatures, stream: as for ``printed_k_means``.
        most_passes: of each run of Lloyd's algorithm.
        update: the other arguments of ``printed_k_means``.

    Returns:
        A ``Clustering`` whose sum is at most that of ``lloyd`` from the same start, whatever the random
        numbers; ``passes`` counts the updates and both runs. It is no fixed point where ``most_passes`` ended
        its run: then ``settled`` is False.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: ours; KM-R3 with one round, whose disturbance leads to where the paper's run ends.

    >>> finished_k_means([[0.0], [2.0], [5.0]], [[0.0], [3.0]], [1.0, 0.1], RandomStream(0, 0)).within
    2.0
    """
    plain = lloyd(points, start, most_passes)
    annealed = lloyd(points, printed_k_means(points, start, temperatures, stream, **update), most_passes)
    best = min(annealed, plain, key=lambda found: found.within)
    return replace(best, passes=len(temperatures) + plain.passes + annealed.passes)

"""The paper's annealed k-means objective and its noisy update of the centroids.

The section "Enhanced K-means clustering using DF-GDA", whose displays are lost. The objective adds to the
classical sum a term like that of Eq. 8 in the distance between each centroid and its candidate after soft
quantization. Of the update the words "balancing the mean with a noise term", eta, eps(T) and N(0, sigma^2)
are left; the readings, with m the mean of the cluster and xi = eps(T) sigma z:

===================  ===========================
mixing               centroid mu becomes
===================  ===========================
``relaxed``          (1-eta) mu + eta m + xi
``mean_plus_noise``  m + eta xi
``convex``           (1-eta) m + eta xi
===================  ===========================

Claims that rest on it: KM-2, KM-3, KM-R1, KM-R2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.energy import penalty
from reference.k_means import point_array, within_cluster_sum
from reference.soft_quantization import soft_quantize
from reference.validation import (
    FloatArray,
    array_of_shape,
    finite_array,
    nonnegative_scalar,
    one_of,
    unit_interval,
)

MIXINGS = ("relaxed", "mean_plus_noise", "convex")


def annealed_objective(
    points: Any,
    centroids: Any,
    candidates: Any,
    temperature: Any,
    strength: Any,
    form: str = "distance_over_temperature",
) -> float:
    """Return the paper's objective: the sum within clusters and the temperature-controlled term.

    W + lambda sum_i phi(mu_i - mu'_i, T).

    Arguments:
        points, centroids: as for ``nearest_centroids``; each point belongs to its nearest centroid.
        candidates: mu', shape (k, d), "potential new states" of the centroids.
        temperature: T, scalar in (0, inf).
        strength: lambda, scalar of at least 0.
        form: phi, a name of ``energy.PENALTIES``, summed over the coordinates.

    Returns:
        A float of at least 0.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the display with lambda in the k-means section, phi as in Eq. 8.

    >>> annealed_objective([[0.0], [1.0]], [[0.5]], [[0.75]], 0.5, 2.0)
    1.5
    """
    centres = finite_array("centroids", centroids)
    states = array_of_shape("candidates", candidates, centres.shape)
    term = penalty(centres.ravel(), states.ravel(), temperature, form)
    return within_cluster_sum(points, centres) + nonnegative_scalar("strength", strength) * term


def centroid_update(
    centroids: Any, means: Any, step_size: Any, noise: Any = 0.0, mixing: str = "relaxed"
) -> FloatArray:
    """Return the centroids after the paper's update, by one of the readings in the table above.

    Arguments:
        centroids: mu, shape (k, d).
        means: m, shape (k, d), of the clusters.
        step_size: eta, scalar in [0, 1].
        noise: xi = eps(T) sigma z, shape (k, d), or 0.
        mixing: a name of ``MIXINGS``.

    Returns:
        Shape (k, d).

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the display with N(0, sigma^2) in the k-means section.

    >>> centroid_update([[0.0]], [[1.0]], 0.25, [[0.5]])
    array([[0.75]])
    """
    current = point_array("centroids", centroids)
    target = array_of_shape("means", means, current.shape)
    step = unit_interval("step_size", step_size)
    added = np.zeros_like(current) if np.isscalar(noise) and noise == 0 else noise
    shift = array_of_shape("noise", added, current.shape)
    match one_of("mixing", mixing, MIXINGS):
        case "relaxed":
            return (1.0 - step) * current + step * target + shift
        case "mean_plus_noise":
            return target + step * shift
        case _:
            return (1.0 - step) * target + step * shift


def quantized_centroids(centroids: Any, levels: Any, temperature: Any) -> FloatArray:
    """Return the centroids with every coordinate soft-quantized.

    mu'_ic = S(mu_ic), with S the mean level of Eq. 9.

    Arguments:
        centroids: mu, shape (k, d).
        levels, temperature: as for ``soft_quantize``.

    Returns:
        Shape (k, d), inside [levels[0], levels[-1]].

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the k-means section, which leaves the quantizer of a candidate centroid to that of the parameters.

    >>> quantized_centroids([[0.0, 0.5]], [-1.0, 1.0], 0.5).round(4)
    array([[0.    , 0.7616]])
    """
    centres = point_array("centroids", centroids)
    return soft_quantize(centres.ravel(), levels, temperature).reshape(centres.shape)

"""The energy of a restored image: how far it is from the observation, and how rough it is.

Image restoration is what generalized deterministic annealing was made for: each pixel is a neuron with K
grey levels as its states, coupled to its four neighbours.

    E(s) = sum_p U_p(s_p) + sum_{neighbours p, q} V(s_p, s_q)

U is the data term and V the smoothness; with two levels and V = beta [s_p != s_q] this is the Ising model.
``coupled_neurons.py`` has the same energy for any couplings; here it is computed on whole images.

Claims that rest on it: GDA-6, GDA-8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.validation import (
    FloatArray,
    IntArray,
    array_of_shape,
    finite_array,
    level_set,
    nonnegative_scalar,
    positive_scalar,
    shown,
)


def data_costs(observed: Any, levels: Any, noise: Any = 1.0) -> FloatArray:
    """Return the data term of Gaussian noise.

    U_p(k) = (y_p - q_k)^2 / (2 sigma^2), minus log likelihood up to a constant.

    Arguments:
        observed: y, shape (rows, columns).
        levels: q_1 < ... < q_K.
        noise: sigma, scalar in (0, inf).

    Returns:
        Shape (rows, columns, K).

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: standard; the paper gives no energy for images.

    >>> data_costs([[0.5]], [0.0, 1.0], 0.5)
    array([[[0.5, 0.5]]])
    """
    image = finite_array("observed", observed)
    if image.ndim != 2 or image.size == 0:
        raise ValueError(f"observed must have shape (rows, columns), both >= 1, got shape {image.shape}")
    differences = image[:, :, np.newaxis] - level_set("levels", levels)
    return np.asarray((differences / positive_scalar("noise", noise)) ** 2 / 2.0)


def flip_costs(observed: Any, flip_probability: Any) -> FloatArray:
    """Return the data term of a binary image whose pixels were flipped independently.

    U_p(k) = log((1-p)/p) [y_p != k].

    Arguments:
        observed: y, shape (rows, columns), zeros and ones.
        flip_probability: p, scalar in (0, 1/2).

    Returns:
        Shape (rows, columns, 2).

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: standard, minus log likelihood up to a constant.

    >>> flip_costs([[1]], 0.2).round(3)
    array([[[1.386, 0.   ]]])
    """
    probability = positive_scalar("flip_probability", flip_probability)
    if not probability < 0.5:
        raise ValueError(f"flip_probability must lie in (0, 1/2), got {shown(flip_probability)}")
    image = finite_array("observed", observed)
    if not np.all((image == 0.0) | (image == 1.0)):
        raise ValueError(f"observed must hold zeros and ones, got {shown(observed)}")
    weight = float(np.log((1.0 - probability) / probability))
    return 2.0 * weight * data_costs(image, [0.0, 1.0])


def potts_costs(states: int, strength: Any) -> FloatArray:
    """Return the smoothness that counts unequal neighbours.

    V(k, l) = beta [k != l].

    Arguments:
        states: K, an integer of at least 1.
        strength: beta, scalar of at least 0.

    Returns:
        Shape (K, K), symmetric, zero on the diagonal.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: standard; Ising for K = 2.

    >>> potts_costs(2, 3.0)
    array([[0., 3.],
           [3., 0.]])
    """
    return nonnegative_scalar("strength", strength) * (1.0 - np.eye(states))


def truncated_quadratic_costs(levels: Any, strength: Any, cutoff: Any) -> FloatArray:
    """Return the smoothness that penalizes steps, but an edge no more than the cutoff.

    V(k, l) = beta min((q_k - q_l)^2, c).

    Arguments:
        levels: q_1 < ... < q_K.
        strength: beta, scalar of at least 0.
        cutoff: c, scalar in (0, inf), in the units of squared levels.

    Returns:
        Shape (K, K), symmetric, zero on the diagonal.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: standard (the weak membrane).

    >>> truncated_quadratic_costs([0.0, 1.0, 3.0], 2.0, 4.0)
    array([[0., 2., 8.],
           [2., 0., 8.],
           [8., 8., 0.]])
    """
    grid = level_set("levels", levels)
    squares = (grid[:, np.newaxis] - grid) ** 2
    return nonnegative_scalar("strength", strength) * np.minimum(squares, positive_scalar("cutoff", cutoff))


def image_energy(states: Any, data: Any, smoothness: Any) -> float:
    """Return the energy of an image.

    Arguments:
        states: s, shape (rows, columns), integers in [0, K).
        data: U, shape (rows, columns, K).
        smoothness: V, shape (K, K), symmetric.

    Returns:
        E(s), a float.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: see the module.

    >>> image_energy([[0, 1]], np.zeros((1, 2, 2)), potts_costs(2, 3.0))
    3.0
    """
    own, pair = image_costs(data, smoothness)
    image = state_array(states, own)
    total = np.take_along_axis(own, image[:, :, np.newaxis], axis=2).sum()
    total += pair[image[1:], image[:-1]].sum() + pair[image[:, 1:], image[:, :-1]].sum()
    return float(total)


def local_costs(densities: FloatArray, data: FloatArray, smoothness: FloatArray) -> FloatArray:
    """Return the mean energy of each level of each pixel, its neighbours following their densities.

    E_p(k) = U_p(k) + sum_{q next to p} sum_l V(k, l) pi_q(l).

    Arguments:
        densities: pi, shape (rows, columns, K); rows of an identity matrix stand for known states.
        data, smoothness: checked by ``image_costs``.

    Returns:
        Shape (rows, columns, K).

    >>> local_costs(np.eye(2)[[[0, 1]]], np.zeros((1, 2, 2)), potts_costs(2, 3.0))
    array([[[3., 0.],
            [0., 3.]]])
    """
    neighbours = np.zeros_like(densities)
    neighbours[1:] += densities[:-1]
    neighbours[:-1] += densities[1:]
    neighbours[:, 1:] += densities[:, :-1]
    neighbours[:, :-1] += densities[:, 1:]
    return np.asarray(data + neighbours @ smoothness.T, dtype=np.float64)


def checkerboard(rows: int, columns: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the two colours of a checkerboard: no pixel has a neighbour of its own colour.

    >>> [colour.tolist() for colour in checkerboard(1, 3)]
    [[[True, False, True]], [[False, True, False]]]
    """
    white = (np.arange(rows)[:, np.newaxis] + np.arange(columns)) % 2 == 0
    return white, ~white


def image_costs(data: Any, smoothness: Any) -> tuple[FloatArray, FloatArray]:
    """Return both terms where they fit each other.

    >>> [term.shape for term in image_costs(np.zeros((3, 4, 2)), np.zeros((2, 2)))]
    [(3, 4, 2), (2, 2)]
    """
    own = finite_array("data", data)
    if own.ndim != 3 or own.size == 0:
        raise ValueError(f"data must have shape (rows, columns, K), all >= 1, got shape {own.shape}")
    pair = array_of_shape("smoothness", smoothness, (own.shape[2], own.shape[2]))
    if not np.array_equal(pair, pair.T):
        raise ValueError(f"smoothness must be symmetric, got {shown(smoothness)}")
    return own, pair


def state_array(value: Any, data: FloatArray) -> IntArray:
    """Return the value where it is an image of states that fits the data term.

    >>> state_array([[0, 1]], np.zeros((1, 2, 2)))
    array([[0, 1]])
    """
    states = np.asarray(value)
    if states.dtype.kind not in "iu" or states.shape != data.shape[:2]:
        raise ValueError(f"states must be integers of shape {data.shape[:2]}, got {shown(value)}")
    if np.any(states < 0) or np.any(states >= data.shape[2]):
        raise ValueError(f"states must lie in [0, {data.shape[2]}), got {shown(value)}")
    return states.astype(np.int64)

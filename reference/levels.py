"""Quantization levels: the paper's symmetric grid, and the level nearest to a parameter.

Any strictly increasing set of levels is accepted throughout the package; the grids here are the ones the
paper uses (its section "Practical design of soft quantization", the display after Eq. 9).

Claims that rest on it: PQ-8, PQ-9, PQ-15, PQ-17, T1-*, T2-*.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.double_double import sum_of_three
from reference.validation import (
    FloatArray,
    IntArray,
    finite_vector,
    level_set,
    positive_integer,
    positive_scalar,
)


def uniform_levels(half_width: Any, count: Any) -> FloatArray:
    """Return evenly spaced levels on [-half_width, half_width].

    q_k = half_width (2k - K - 1) / (K - 1),  k = 1..K;  the single level 0 for K = 1.

    Arguments:
        half_width: scalar in (0, inf), in the units of the parameters.
        count: number of levels K, an integer of at least 1.

    Returns:
        Shape (K,), strictly increasing, exactly antisymmetric: ``levels == -levels[::-1]``; the ends are
        exactly -half_width and half_width when K > 1, and 0 is a level exactly when K is odd.

    Raises:
        ValueError: half_width is not positive and finite, count is below 1, or half_width is so small that
            neighbouring levels coincide in float64.
        TypeError: an argument is not a real number, or count is not an integer.

    Source: display after Eq. 9 ("Practical design of soft quantization").

    >>> uniform_levels(1.0, 5)
    array([-1. , -0.5,  0. ,  0.5,  1. ])
    """
    half_width = positive_scalar("half_width", half_width)
    count = positive_integer("count", count)
    if count == 1:
        return np.zeros(1)
    # The numerators are exact integers of opposite sign, which makes the rounded grid exactly antisymmetric.
    numerators = np.arange(1 - count, count, 2, dtype=np.float64)
    with np.errstate(under="ignore"):
        levels: FloatArray = half_width * (numerators / (count - 1))
    if np.any(levels[1:] <= levels[:-1]):
        raise ValueError(
            f"half_width must be large enough for {count} distinct float64 levels, got {half_width!r}"
        )
    return levels


def scaled_levels(sigma_init: Any, kappa: Any, count: Any) -> FloatArray:
    """Return the paper's grid, scaled by the spread of the initial weights.

    q_k = kappa sigma_init (2k - K - 1) / (K - 1),  k = 1..K.

    Arguments:
        sigma_init: standard deviation of the initialisation distribution, scalar in (0, inf).
        kappa: dimensionless grid scale, scalar in (0, inf); the paper recommends [0.5, 1].
        count: number of levels K, an integer of at least 1; the paper asks for an odd one.

    Returns:
        Shape (K,), as ``uniform_levels(kappa * sigma_init, count)``.

    Raises:
        ValueError, TypeError: as ``uniform_levels``; a tensor with sigma_init = 0 (biases that start at zero,
            normalisation scales that start at one) has no such grid.

    Source: display after Eq. 9 ("Practical design of soft quantization").

    >>> scaled_levels(0.5, 1.0, 3)
    array([-0.5,  0. ,  0.5])
    """
    sigma_init = positive_scalar("sigma_init", sigma_init)
    kappa = positive_scalar("kappa", kappa)
    return uniform_levels(positive_scalar("kappa * sigma_init", kappa * sigma_init), count)


def nearest_level_index(theta: Any, levels: Any) -> IntArray:
    """Return the index of the level nearest to each parameter; the lower level at a midpoint.

    argmin_k |theta_i - q_k|, decided exactly.

    Arguments:
        theta: parameters, shape (n,), finite.
        levels: shape (K,), strictly increasing, K >= 1.

    Returns:
        Shape (n,), integers in [0, K - 1].

    Raises:
        ValueError, TypeError: theta or levels is not a finite real vector, or levels do not increase.

    Source: the optimal level of Theorem 2.

    >>> nearest_level_index([-9.0, 0.2, 0.5, 0.8], [0.0, 1.0])
    array([0, 0, 0, 1])
    """
    theta = finite_vector("theta", theta)
    levels = level_set("levels", levels)
    # Outside the hull the nearest level is an end, and clamping keeps the sums below from overflowing.
    theta = np.clip(theta, levels[0], levels[-1])
    above = np.searchsorted(levels, theta)
    below = np.maximum(above - 1, 0)
    unit = 2.0 ** safe_exponent(levels)
    # Comparing the two rounded distances would call a tie where there is none; the sign of
    # q_below + q_above - 2 theta is computed exactly.
    balance, _ = sum_of_three(unit * levels[below], unit * levels[above], (-2.0 * unit) * theta)
    index: IntArray = np.where(balance >= 0.0, below, above)
    return index


def safe_exponent(levels: FloatArray) -> int:
    """Return the power of two by which levels are multiplied so that sums of two of them cannot overflow.

    >>> safe_exponent(np.array([-1.0, 1.0])), safe_exponent(np.array([-1e308, 1e308]))
    (0, -1)
    """
    return -1 if max(-levels[0], levels[-1]) > 2.0**1000 else 0

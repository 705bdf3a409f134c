"""Level probabilities and soft quantization: the Gibbs law on the levels, and its mean.

The literal definition, O(K) per parameter.  The paper's Eq. 9 and its Gibbs form (section "Practical design
of soft quantization").  Each level q_k of a parameter theta_i has the surrogate energy |theta_i - q_k|.

Claims that rest on it: SQ-*, PQ-*, T1-*, T2-*, T5-*.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from reference.double_double import saturating_quotient, sum_of_three, two_sum
from reference.levels import nearest_level_index, safe_exponent
from reference.validation import FloatArray, finite_vector, level_set, positive_scalar

# Weights are carried as 2^512 exp(-a), so that they stay accurate where exp(-a) itself is subnormal.
# 512 log 2 is the sum of the two floats: the second is the rounding error of the first.
WEIGHT_EXPONENT = 512
_LOG_SCALE_HIGH = WEIGHT_EXPONENT * math.log(2.0)
_LOG_SCALE_LOW = WEIGHT_EXPONENT * 2.3190468138462996e-17  # log 2 - float64(log 2)

# Entries of one temporary array: our choice, small enough for a processor's cache.
_BLOCK_ENTRIES = 2**16


def level_probabilities(theta: Any, levels: Any, temperature: Any) -> FloatArray:
    """Return the probability that each parameter is in each level.

    P(theta_i = q_k) = exp(-|theta_i - q_k| / T) / sum_j exp(-|theta_i - q_j| / T).

    Arguments:
        theta: parameters, shape (n,), any finite values.
        levels: q_1 < ... < q_K, shape (K,), K >= 1.
        temperature: T, scalar in (0, inf), in the units of theta.

    Returns:
        Shape (n, K), non-negative; each row sums to one up to rounding.  The error is a few units in the last
        place of each entry, relative, down to where float64 underflows.

    Raises:
        ValueError: theta or levels is not a finite vector, levels do not increase strictly, or the
            temperature is not positive and finite.
        TypeError: an argument is not made of real numbers.

    Source: Eq. 9.

    >>> level_probabilities([0.0, 5.0], [-1.0, 1.0], 1.0).round(3)
    array([[0.5  , 0.5  ],
           [0.119, 0.881]])
    """
    return by_rows(_probabilities, theta, levels, temperature, rank=2)


def soft_quantize(theta: Any, levels: Any, temperature: Any) -> FloatArray:
    """Return the mean level of each parameter.

    S(theta_i) = sum_k q_k P(theta_i = q_k).

    Arguments:
        theta: parameters, shape (n,), any finite values.
        levels: q_1 < ... < q_K, shape (K,), K >= 1.
        temperature: T, scalar in (0, inf), in the units of theta.

    Returns:
        Shape (n,), inside [levels[0], levels[-1]]; exactly odd in theta when the levels are antisymmetric.
        The error is a few units in the last place of the largest |level|.

    Raises:
        ValueError, TypeError: as ``level_probabilities``.

    Source: the expectation that goes with Eq. 9.

    >>> soft_quantize([0.0, 0.6], [-1.0, 0.0, 1.0], 0.05).round(3)
    array([0.   , 0.982])
    """
    return by_rows(_mean_level, theta, levels, temperature, rank=1)


def gibbs_weights(theta: FloatArray, levels: FloatArray, temperature: float) -> tuple[FloatArray, FloatArray]:
    """Return the scaled weights 2^512 exp(-a) and the reduced energies a, both of shape (n, K).

    a_ik = (|theta_i - q_k| - min_j |theta_i - q_j|) / T.

    Subtracting the smallest energy changes no probability and makes the largest weight one.  The arguments
    are checked float64 values.  An a above 1024 is replaced by some number above 1024: its weight is zero.

    >>> weights, energies = gibbs_weights(np.array([0.0]), np.array([0.0, 3.0]), 1.5)
    >>> energies
    array([[0., 2.]])
    """
    with np.errstate(under="ignore"):
        high, low = _reduced_energy(theta, levels, temperature)
        # exp(512 log 2 - a) with the exponent as high + low: |low| < 1e-12, so its square is negligible.
        shifted, rounding = two_sum(np.asarray(_LOG_SCALE_HIGH), -high)
        exponential = np.exp(shifted)
        return exponential + exponential * (rounding + (_LOG_SCALE_LOW - low)), high


def _reduced_energy(
    theta: FloatArray, levels: FloatArray, temperature: float
) -> tuple[FloatArray, FloatArray]:
    """Return a = (|theta - q_k| - |theta - q*|) / T in double-double, q* being the nearest level.

    In plain float64 the rounding errors of the distances, of their difference and of the quotient would all
    be multiplied by a in exp(-a), and for theta far outside the hull all distances would round to the same
    number.  The difference of the two distances is, without either of them being formed,

        |theta - q_k| - |theta - q*| = | q_k + q* - 2 p |,

    where p = q* if q_k and q* lie on the same side of theta, and p = theta if theta lies between them.
    """
    nearest = levels[nearest_level_index(theta, levels)][:, np.newaxis]
    column = theta[:, np.newaxis]
    same_side = (levels <= column) == (nearest <= column)
    pivot = np.where(same_side, nearest, column)
    exponent = safe_exponent(levels)
    unit = 2.0**exponent
    high, low = sum_of_three(unit * levels, unit * nearest, (-2.0 * unit) * pivot)
    sign = np.where(high < 0.0, -1.0, 1.0)
    return saturating_quotient(sign * high, sign * low, temperature, -exponent)


def _probabilities(theta: FloatArray, levels: FloatArray, temperature: float) -> FloatArray:
    weights, _ = gibbs_weights(theta, levels, temperature)
    return weights / sum_over_levels(weights)[:, np.newaxis]


def _mean_level(theta: FloatArray, levels: FloatArray, temperature: float) -> FloatArray:
    # Powers of two, exact: small levels are scaled up, so that no product with a probability loses digits to
    # underflow, and the largest ones are halved, so that no sum overflows.
    largest = max(-levels[0], levels[-1])
    exponent = min(int(np.frexp(largest)[1]), -safe_exponent(levels))
    scaled_levels = np.ldexp(levels, -exponent)
    means = sum_over_levels(scaled_levels * _probabilities(theta, levels, temperature))
    # A mean lies in the hull; rounding can carry it out by a unit in the last place, even to infinity.
    with np.errstate(over="ignore"):
        return np.clip(np.ldexp(means, exponent), levels[0], levels[-1])


def sum_over_levels(terms: FloatArray) -> FloatArray:
    """Return the sum of each row of an (n, K) array, correct to about one rounding, K >= 1.

    The row is folded in the middle again and again, its rounding errors being summed beside the totals: left
    out, they cost several units in the last place.  Folding gives the reversed row the same sum, so that
    S(-theta) = -S(theta) holds exactly on antisymmetric levels, and S(0) = 0.

    >>> sum_over_levels(np.array([[0.1, 0.2, 0.3]]))
    array([0.6])
    """
    totals, errors = terms, np.zeros_like(terms)
    while totals.shape[1] > 1:
        half = totals.shape[1] // 2
        folded, rounding = two_sum(totals[:, :half], totals[:, ::-1][:, :half])
        folded_errors = errors[:, :half] + errors[:, ::-1][:, :half] + rounding
        middle = slice(half, totals.shape[1] - half)
        totals = np.concatenate([folded, totals[:, middle]], axis=1)
        errors = np.concatenate([folded_errors, errors[:, middle]], axis=1)
    result: FloatArray = totals[:, 0] + errors[:, 0]
    return result


def by_rows(
    function: Callable[[FloatArray, FloatArray, float], FloatArray],
    theta: Any,
    levels: Any,
    temperature: Any,
    rank: int,
) -> FloatArray:
    """Check the arguments, and apply ``function`` to blocks of parameters to bound the memory it takes.

    >>> by_rows(lambda theta, levels, temperature: 2.0 * theta, [1.0, 2.0], [0.0], 1.0, rank=1)
    array([2., 4.])
    """
    theta = finite_vector("theta", theta)
    levels = level_set("levels", levels)
    temperature = positive_scalar("temperature", temperature)
    result = np.empty((theta.size, levels.size)[:rank])
    rows = max(1, _BLOCK_ENTRIES // levels.size)
    with np.errstate(under="ignore"):
        for start in range(0, theta.size, rows):
            block = slice(start, start + rows)
            result[block] = function(theta[block], levels, temperature)
    return result

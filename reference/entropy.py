"""Entropy of the level probabilities, per parameter and in total, in nats.

The paper's entropy display in its section on the entropy-controlled temperature (number 13 by counting back).

Claims that rest on it: ENT-*, SCH-*.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.soft_quantization import WEIGHT_EXPONENT, by_rows, gibbs_weights, sum_over_levels
from reference.validation import FloatArray


def level_entropy(theta: Any, levels: Any, temperature: Any) -> FloatArray:
    """Return the entropy of each parameter's level probabilities, in nats.

    H(theta_i) = -sum_k P_ik log P_ik.

    Arguments:
        theta: parameters, shape (n,), any finite values.
        levels: q_1 < ... < q_K, shape (K,), K >= 1.
        temperature: T, scalar in (0, inf), in the units of theta.

    Returns:
        Shape (n,), inside [0, log K].  The error is a few units in the last place, relative, down to where
        float64 underflows.

    Raises:
        ValueError, TypeError: as ``level_probabilities``.

    Source: the summand of the entropy display (Eq. 13 by counting back from Eq. 15).

    >>> level_entropy([0.5, 9.0], [0.0, 1.0], 0.01).round(3)
    array([0.693, 0.   ])
    """
    return by_rows(_entropy, theta, levels, temperature, rank=1)


def total_entropy(theta: Any, levels: Any, temperature: Any) -> float:
    """Return the sum of the level entropies over all parameters, in nats.

    H(theta) = -sum_i sum_k P_ik log P_ik.

    Arguments:
        theta: parameters, shape (n,), any finite values.
        levels: q_1 < ... < q_K, shape (K,), K >= 1.
        temperature: T, scalar in (0, inf), in the units of theta.

    Returns:
        A float in [0, n log K], independent of the order of the parameters; 0 for n = 0.

    Raises:
        ValueError, TypeError: as ``level_probabilities``.

    Source: the entropy display (Eq. 13 by counting back from Eq. 15).

    >>> round(total_entropy([0.5, 0.5], [0.0, 1.0], 0.01), 3)
    1.386
    """
    return math.fsum(level_entropy(theta, levels, temperature))


def _entropy(theta: FloatArray, levels: FloatArray, temperature: float) -> FloatArray:
    """Return H = log Z + (sum_k w_k a_k) / Z, with w_k = exp(-a_k) and Z = sum_k w_k.

    This is the definition with log P_k = -a_k - log Z.  Written so, with Z = 1 + (weights of all levels but
    the nearest), every term is non-negative, nothing cancels, and the smallest entropies keep their digits.
    """
    weights, energies = gibbs_weights(theta, levels, temperature)
    # One level has energy zero and weight one; at a midpoint two have, and one of them stays in the sum.
    weights[np.arange(theta.size), np.argmin(energies, axis=1)] = 0.0
    tail = np.ldexp(sum_over_levels(weights), -WEIGHT_EXPONENT)
    # A subnormal weight has lost digits, which would be seen in its product with an energy of some 700; the
    # scaled one has not.
    mean_energy = np.ldexp(sum_over_levels(weights * energies) / (1.0 + tail), -WEIGHT_EXPONENT)
    # The uniform law has the largest entropy, log K; rounding can exceed it by a unit in the last place.
    entropy: FloatArray = np.minimum(np.log1p(tail) + mean_energy, math.log(levels.size))
    return entropy

"""Barriers and penalties for the constraints of the support vector machine, at a temperature.

The primal energy of theta = (scores, bias, slacks) adds to Eq. 16 one term per constraint, xi_i >= 0 and
m_i = y_i (s_i + b) - 1 + xi_i >= 0.  The paper calls that term quadratic in one sentence and logarithmic in
the next:

=====================  ============================================  ======================================
barrier                term of a constraint with value v             outside (v <= 0)
=====================  ============================================  ======================================
``logarithmic``        -T log v                                      infinity
``quadratic``          max(0, -v)^2 / T                              finite: a penalty, not a barrier
``vanishing``          T max(0, -v)^2                                finite; it vanishes with T to the letter
=====================  ============================================  ======================================

Claims that rest on it: SVM-3, SVM-4, SVM-5, SVM-10, X-17.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.acceptance import acceptance_probability
from reference.support_vector_machine import binary_labels, dual_energy
from reference.validation import (
    FloatArray,
    array_of_shape,
    finite_scalar,
    finite_vector,
    nonnegative_scalar,
    one_of,
    positive_scalar,
    shown,
)

BARRIERS = ("logarithmic", "quadratic", "vanishing")


def constraint_values(scores: Any, labels: Any, bias: Any, slack: Any) -> FloatArray:
    """Return the values that must not be negative: the slacks, then the margins' excess.

    v = (xi_1, ..., xi_n, m_1, ..., m_n),  m_i = y_i (s_i + b) - 1 + xi_i.

    Arguments:
        scores: s_i = w' phi(x_i), shape (n,).
        labels: y, shape (n,), each -1 or 1.
        bias: b, scalar.
        slack: xi, shape (n,).

    Returns:
        Shape (2n,).

    Raises:
        ValueError, TypeError: an argument of another shape or with other entries.

    Source: the constraints of Eq. 16.

    >>> constraint_values([0.5], [1], 0.0, [0.75])
    array([0.75, 0.25])
    """
    y = binary_labels(labels)
    xi = array_of_shape("slack", slack, y.shape)
    margins = y * (array_of_shape("scores", scores, y.shape) + finite_scalar("bias", bias)) - 1.0 + xi
    return np.concatenate([xi, margins])


def barrier_term(values: Any, temperature: Any, barrier: str = "logarithmic") -> float:
    """Return the sum of the terms of the table above.

    Arguments:
        values: v, shape (m,).
        temperature: T, scalar in (0, inf), in the units of the energy.
        barrier: a word of ``BARRIERS``.

    Returns:
        A float; infinity for the logarithmic barrier where some value is not positive.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the display after Eq. 16 and the sentences around it.

    >>> barrier_term([1.0, 0.0], 0.5), barrier_term([1.0, -2.0], 0.5, "quadratic")
    (inf, 8.0)
    """
    v = finite_vector("values", values)
    t = positive_scalar("temperature", temperature)
    if one_of("barrier", barrier, BARRIERS) == "logarithmic":
        return math.inf if np.any(v <= 0.0) else float(-t * np.log(v).sum())
    outside = float(np.square(np.minimum(0.0, v)).sum())
    return outside / t if barrier == "quadratic" else outside * t


def primal_energy(
    scores: Any,
    labels: Any,
    bias: Any,
    slack: Any,
    norm: Any,
    penalty: Any,
    temperature: Any,
    barrier: str = "logarithmic",
) -> float:
    """Return the primal energy at a temperature.

    E = |w|^2 / 2 + C sum xi + barrier.

    Arguments:
        scores, labels, bias, slack: as for ``constraint_values``.
        norm: |w|^2, scalar of at least 0.
        penalty: C, scalar in (0, inf).
        temperature, barrier: as for ``barrier_term``.

    Returns:
        A float, or infinity outside the domain of the logarithm.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the display after Eq. 16.

    >>> primal_energy([0.0], [1], 0.0, [2.0], 0.0, 10.0, 1e-9) > 19.9
    True
    """
    values = constraint_values(scores, labels, bias, slack)
    loss = positive_scalar("penalty", penalty) * float(values[: values.size // 2].sum())
    base = 0.5 * nonnegative_scalar("norm", norm) + loss
    return base + barrier_term(values, temperature, barrier)


def dual_barrier_energy(alpha: Any, signed: Any, penalty: Any, temperature: Any) -> float:
    """Return the dual energy with the barrier on the box.

    E(alpha) - T sum_i (log alpha_i + log(C - alpha_i)).

    On sum y alpha = 0 this is, up to a constant, the dual of the primal energy with the logarithmic barrier.

    Arguments:
        alpha: shape (n,).
        signed: Q, shape (n, n).
        penalty: C, scalar in (0, inf).
        temperature: T, scalar in (0, inf).

    Returns:
        A float, or infinity where alpha is not strictly inside the box.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the dual after Eq. 17, with the barrier it is said to keep.

    >>> dual_barrier_energy([0.0], [[1.0]], 2.0, 1.0), dual_barrier_energy([1.0], [[1.0]], 2.0, 1.0)
    (inf, -0.5)
    """
    a = finite_vector("alpha", alpha)
    room = np.concatenate([a, positive_scalar("penalty", penalty) - a])
    return dual_energy(a, signed) + barrier_term(room, temperature)


def guarded_acceptance(before: Any, after: float, temperature: Any) -> float:
    """Return the probability of accepting a move where the energy may be infinite after it.

    0 for an infinite energy, otherwise the sigmoid of Eq. 12.

    Arguments:
        before: energy now, a finite scalar.
        after: energy of the candidate, finite or infinity.
        temperature: T, scalar in (0, inf).

    Returns:
        A float in [0, 1].

    Raises:
        ValueError, TypeError: before is not finite, after is not a number or minus infinity.

    Source: limit of Eq. 12; the paper does not say what the test does outside the domain of the logarithm.

    >>> guarded_acceptance(1.0, math.inf, 0.5), guarded_acceptance(1.0, 1.0, 0.5)
    (0.0, 0.5)
    """
    start = finite_scalar("before", before)
    t = positive_scalar("temperature", temperature)
    if after == math.inf:
        return 0.0
    if not math.isfinite(after):
        raise ValueError(f"after must be finite or infinity, got {shown(after)}")
    return acceptance_probability(after - start, t)

"""N coupled neurons with K states each: densities, joint energy, and its mean-field local energies.

The paper's section on generalized deterministic annealing speaks of local Markov chains of K-state neurons.
The energy that couples them is the problem's; a pairwise one covers image restoration and every quadratic
problem.

Claims that rest on it: GDA-2, GDA-6, GDA-8, GDA-R3, GDA-R5, X-16.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.validation import FloatArray, array_of_shape, finite_array, shown

# Our choice: a row that went through this many operations per entry still counts as summing to one.
ROUNDINGS = 64


def density_array(value: Any) -> FloatArray:
    """Return the value where it holds the densities of N >= 1 neurons over K >= 1 states: rows on the
    simplex.

    >>> density_array([[0.25, 0.75]])
    array([[0.25, 0.75]])
    """
    densities = finite_array("densities", value)
    if densities.ndim != 2 or densities.size == 0:
        raise ValueError(f"densities must have shape (N, K) with N, K >= 1, got shape {densities.shape}")
    rounding = ROUNDINGS * densities.shape[1] * np.finfo(np.float64).eps
    if np.any(densities < 0.0) or np.any(np.abs(densities.sum(axis=1) - 1.0) > rounding):
        raise ValueError(f"densities must be non-negative with rows that sum to one, got {shown(value)}")
    return densities


def mean_field_energies(densities: Any, unary: Any, pairwise: Any) -> FloatArray:
    """Return the mean energy of each state of each neuron, the other neurons following their densities.

    E_n(k) = U_n(k) + sum_{m != n} sum_l W_nm(k, l) pi_m(l).

    Arguments:
        densities: pi, shape (N, K), rows on the simplex.
        unary: U, shape (N, K), finite.
        pairwise: W, shape (N, N, K, K), with W_nm(k, l) = W_mn(l, k) and W_nn = 0.

    Returns:
        Shape (N, K).

    Raises:
        ValueError, TypeError: an argument outside its range, or the couplings are not symmetric.

    Source: the local chains of Acton and Bovik; the paper gives no formula.

    >>> pairwise = np.zeros((2, 2, 2, 2))
    >>> pairwise[0, 1] = pairwise[1, 0] = np.eye(2)
    >>> mean_field_energies([[1.0, 0.0], [0.5, 0.5]], np.zeros((2, 2)), pairwise)
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    current = density_array(densities)
    own, coupling = _couplings(unary, pairwise, *current.shape)
    return np.asarray(own + np.einsum("nmkl,ml->nk", coupling, current), dtype=np.float64)


def joint_energy(states: Any, unary: Any, pairwise: Any) -> float:
    """Return the energy of one joint state of all neurons.

    E(s) = sum_n U_n(s_n) + sum_{n < m} W_nm(s_n, s_m).

    Arguments:
        states: s, shape (N,), integers in [0, K).
        unary, pairwise: as for ``mean_field_energies``.

    Returns:
        A float.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the energy whose mean-field approximation ``mean_field_energies`` is.

    >>> joint_energy([1, 1], [[0.0, 1.0], [0.0, 2.0]], np.zeros((2, 2, 2, 2)))
    3.0
    """
    own = finite_array("unary", unary)
    if own.ndim != 2:
        raise ValueError(f"unary must have shape (N, K), got shape {own.shape}")
    own, coupling = _couplings(own, pairwise, *own.shape)
    chosen = np.asarray(states)
    if chosen.dtype.kind not in "iu" or chosen.shape != own.shape[:1]:
        raise ValueError(f"states must be {own.shape[0]} integers, got {shown(states)}")
    if np.any(chosen < 0) or np.any(chosen >= own.shape[1]):
        raise ValueError(f"states must lie in [0, {own.shape[1]}), got {shown(states)}")
    neurons = np.arange(chosen.size)
    pairs = coupling[neurons[:, np.newaxis], neurons, chosen[:, np.newaxis], chosen]
    return float(own[neurons, chosen].sum() + np.triu(pairs, k=1).sum())


def _couplings(unary: Any, pairwise: Any, neurons: int, states: int) -> tuple[FloatArray, FloatArray]:
    own = array_of_shape("unary", unary, (neurons, states))
    coupling = array_of_shape("pairwise", pairwise, (neurons, neurons, states, states))
    if not np.array_equal(coupling, coupling.transpose(1, 0, 3, 2)):
        raise ValueError("pairwise must satisfy pairwise[n, m, k, l] == pairwise[m, n, l, k]")
    if np.any(coupling[np.arange(neurons), np.arange(neurons)] != 0.0):
        raise ValueError("pairwise[n, n] must be 0: a neuron's own energies belong in unary")
    return own, coupling

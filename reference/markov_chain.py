"""The Markov chain of one neuron: generation, acceptance, and the transition matrix they give.

The paper's section on generalized deterministic annealing, Eq. 6, and Eq. 4 for simulated annealing.  A
neuron has K states with energies E_1, ..., E_K.  A move from i is proposed by the generation matrix G and
accepted by a rule that sees E_j - E_i; a move that is not made is a stay, so the diagonal takes the rest of
the probability.

Claims that rest on it: GDA-*, SA-*, ACC-1 to ACC-3, X-9, X-16, X-24.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.acceptance import AcceptanceRule, acceptance_rule
from reference.validation import (
    FloatArray,
    array_of_shape,
    finite_vector,
    one_of,
    positive_integer,
    positive_scalar,
    shown,
)


def complete_generation(states: Any) -> FloatArray:
    """Return the generation matrix that proposes every other state equally often.

    G(i, j) = 1 / (K - 1) for j other than i, else 0.

    Arguments:
        states: K, an integer of at least 1.

    Returns:
        Shape (K, K), symmetric, rows summing to one (to zero for K = 1).

    Raises:
        ValueError, TypeError: states is not a positive integer.

    Source: our choice; the paper names a generation function and never gives one.

    >>> complete_generation(3)
    array([[0. , 0.5, 0.5],
           [0.5, 0. , 0.5],
           [0.5, 0.5, 0. ]])
    """
    count = positive_integer("states", states)
    return (1.0 - np.eye(count)) / max(count - 1, 1)


def neighbour_generation(states: Any, ends: str = "stay") -> FloatArray:
    """Return the generation matrix that proposes the two neighbouring states.

    G(i, i-1) = G(i, i+1) = 1/2.  The first and the last state have one neighbour: they propose it with
    probability 1/2 and nothing otherwise ("stay"), or always ("reflect").

    Arguments:
        states: K, an integer of at least 1.
        ends: "stay", which keeps G symmetric, or "reflect", which does not for K > 2.

    Returns:
        Shape (K, K), rows summing to at most one.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: our choice; the local proposals that a cost of O(K) per neuron needs.

    >>> neighbour_generation(3)
    array([[0. , 0.5, 0. ],
           [0.5, 0. , 0.5],
           [0. , 0.5, 0. ]])
    """
    count = positive_integer("states", states)
    reflect = one_of("ends", ends, ("stay", "reflect")) == "reflect"
    generation = 0.5 * (np.eye(count, k=1) + np.eye(count, k=-1))
    if reflect and count > 1:
        generation[0, 1] = generation[-1, -2] = 1.0
    return generation


def transition_matrix(
    energies: Any, temperature: Any, generation: Any, acceptance: str | AcceptanceRule = "sigmoid"
) -> FloatArray:
    """Return the transition matrix of one neuron.

    P(i, j) = G(i, j) A(E_j - E_i, T) for j other than i, and P(i, i) = 1 - sum_{j != i} P(i, j).

    Arguments:
        energies: E_1, ..., E_K, shape (K,), finite, K >= 1.
        temperature: T, scalar in (0, inf), in the units of the energies.
        generation: G, shape (K, K), entries of at least 0, rows summing to at most one.
        acceptance: a name of ``ACCEPTANCE_RULES``, or a function of (energy change, temperature).

    Returns:
        Shape (K, K), entries in [0, 1], rows summing to one up to rounding.  For symmetric G and the rules
        "sigmoid" or "metropolis" it satisfies detailed balance with ``gibbs_distribution``.

    Raises:
        ValueError, TypeError: an argument outside its range, an energy difference exceeds float64, or a given
            acceptance function leaves [0, 1].

    Source: Eq. 6; the stay term on the diagonal is needed for the rows to sum to one.

    >>> transition_matrix([0.0, 0.0], 1.0, complete_generation(2))
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    levels = _energies(energies)
    proposals = generation_matrix(generation, levels.size)
    with np.errstate(over="ignore"):
        changes = levels[np.newaxis, :] - levels[:, np.newaxis]
    if not np.all(np.isfinite(changes)):
        raise ValueError(f"energies must have finite differences in float64, got {shown(energies)}")
    rule, checked = acceptance_rule(acceptance), positive_scalar("temperature", temperature)
    accepted = array_of_shape("acceptance(changes, temperature)", rule(changes, checked), changes.shape)
    if np.any(accepted < 0.0) or np.any(accepted > 1.0):
        raise ValueError(f"acceptance must give probabilities in [0, 1], got {shown(accepted)}")
    moves = proposals * accepted
    np.fill_diagonal(moves, 0.0)
    # The moves may sum to one; rounding must not make the stay negative.
    return moves + np.diag(np.maximum(1.0 - moves.sum(axis=1), 0.0))


def gibbs_distribution(energies: Any, temperature: Any) -> FloatArray:
    """Return the Gibbs distribution over the states.

    pi(i) = exp(-E_i / T) / sum_j exp(-E_j / T).

    Arguments:
        energies: shape (K,), finite, K >= 1.
        temperature: T, scalar in (0, inf), in the units of the energies.

    Returns:
        Shape (K,), non-negative, summing to one up to rounding.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the law that Eq. 4 and Eq. 12 leave in place when proposals are symmetric.

    >>> gibbs_distribution([0.0, 0.0], 1.0)
    array([0.5, 0.5])
    """
    levels = _energies(energies)
    checked = positive_scalar("temperature", temperature)
    # Subtracting the smallest energy changes no probability and keeps the largest weight at one.
    with np.errstate(over="ignore", under="ignore"):
        weights = np.exp(-((levels - levels.min()) / checked))
        return np.asarray(weights / weights.sum(), dtype=np.float64)


def reversible_eigenvalues(transition: Any, stationary: Any) -> FloatArray:
    """Return the eigenvalues of a reversible chain, the largest first.

    Those of the symmetric matrix S(i, j) = sqrt(P(i, j) P(j, i)), which is similar to P where
    pi_i P(i, j) = pi_j P(j, i).

    Arguments:
        transition: P, shape (K, K), rows summing to one.
        stationary: pi, shape (K,), with which P satisfies detailed balance.

    Returns:
        Shape (K,), real, in [-1, 1], starting with 1; 1 minus the second is the spectral gap.

    Raises:
        ValueError, TypeError: P is not stochastic, or detailed balance fails beyond rounding.

    Source: standard; used for the speed claims about simulated annealing and its deterministic variant.

    >>> reversible_eigenvalues([[0.75, 0.25], [0.25, 0.75]], [0.5, 0.5]).round(12)
    array([1. , 0.5])
    """
    law = finite_vector("stationary", stationary)
    matrix = array_of_shape("transition", transition, (law.size, law.size))
    rounding = 64 * max(law.size, 1) * np.finfo(np.float64).eps  # our choice: some operations per entry
    if np.any(matrix < 0.0) or np.any(np.abs(matrix.sum(axis=1) - 1.0) > rounding):
        raise ValueError(f"transition must have rows that sum to one, got {shown(transition)}")
    flow = law[:, np.newaxis] * matrix
    larger = np.maximum(flow, flow.T)
    # A flow exp(-x) inherits the rounding error of x, and below the smallest normal number it has no digits left.
    exponent = -np.log(np.where(larger > 0.0, larger, 1.0))
    limits = np.finfo(np.float64)
    allowed = (rounding + 4.0 * limits.eps * exponent) * larger + limits.tiny
    if np.any(np.abs(flow - flow.T) > allowed):
        raise ValueError(f"stationary must satisfy detailed balance with transition, got {shown(stationary)}")
    roots = np.sqrt(matrix)
    return np.linalg.eigvalsh(roots * roots.T)[::-1]


def _energies(value: Any) -> FloatArray:
    levels = finite_vector("energies", value)
    if levels.size == 0:
        raise ValueError(f"energies must hold at least one state, got {shown(value)}")
    return levels


def generation_matrix(value: Any, states: int) -> FloatArray:
    """Return the value where it is a generation matrix: entries of at least 0, rows summing to at most one.

    >>> generation_matrix([[0, 1], [1, 0]], 2)
    array([[0., 1.],
           [1., 0.]])
    """
    matrix = array_of_shape("generation", value, (states, states))
    rounding = states * np.finfo(np.float64).eps
    if np.any(matrix < 0.0) or np.any(matrix.sum(axis=1) > 1.0 + rounding):
        raise ValueError(
            f"generation must have entries of at least 0 and rows of at most 1, got {shown(value)}"
        )
    return matrix

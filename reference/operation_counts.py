"""Elementary operations of a sweep, counted while it runs.

The paper's section on generalized deterministic annealing and its complexity analysis compare O(K N) updates
with O((K N)^2) moves of simulated annealing.  The count depends on the generation matrix, which the paper
never gives.

Claims that rest on it: GDA-5, CPX-8, CPX-9, X-16, X-24.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.acceptance import AcceptanceRule, acceptance_rule
from reference.coupled_neurons import density_array
from reference.markov_chain import generation_matrix
from reference.validation import FloatArray, array_of_shape, positive_scalar


@dataclass(frozen=True)
class Operations:
    """How many elementary operations a computation made; subtractions count as additions."""

    acceptances: int
    multiplications: int
    additions: int


def counted_sweep(
    densities: Any,
    energies: Any,
    temperature: Any,
    generation: Any,
    acceptance: str | AcceptanceRule = "sigmoid",
) -> tuple[FloatArray, Operations]:
    """Return the densities after one simultaneous sweep, and the operations it took.

    pi'_n(j) = sum_i pi_n(i) P_n(i, j), entry by entry; proposals of probability 0 are skipped.  The local
    energies are given: computing them is a cost of the problem, not of the chains.

    Arguments:
        densities: pi, shape (N, K), rows on the simplex.
        energies: local energies, shape (N, K), finite.
        temperature: T, scalar in (0, inf).
        generation: G, shape (K, K), entries of at least 0, rows summing to at most one.
        acceptance: a name of ``ACCEPTANCE_RULES``, or a function of (energy change, temperature).

    Returns:
        The densities, shape (N, K), equal to those of ``sweep`` up to rounding; and the ``Operations``.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Eq. 5 and Eq. 6.

    >>> counted_sweep([[0.5, 0.5]], [[0.0, 0.0]], 1.0, [[0, 1], [1, 0]])[1]
    Operations(acceptances=2, multiplications=6, additions=8)
    """
    current = density_array(densities)
    neurons, states = current.shape
    local = array_of_shape("energies", energies, current.shape)
    proposals = generation_matrix(generation, states)
    rule, checked = acceptance_rule(acceptance), positive_scalar("temperature", temperature)
    updated = np.zeros_like(current)
    acceptances = multiplications = additions = 0
    for neuron in range(neurons):
        for origin in range(states):
            density, stay = current[neuron, origin], 1.0
            for target in np.flatnonzero(proposals[origin]):
                if target == origin:
                    continue
                change = local[neuron, target] - local[neuron, origin]
                move = proposals[origin, target] * rule(change, checked)
                stay -= move
                updated[neuron, target] += density * move
                acceptances, multiplications, additions = acceptances + 1, multiplications + 2, additions + 3
            # Rounding must not make the stay negative where the moves sum to one.
            updated[neuron, origin] += density * max(stay, 0.0)
            multiplications, additions = multiplications + 1, additions + 1
    return updated, Operations(acceptances, multiplications, additions)

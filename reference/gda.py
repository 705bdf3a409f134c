"""Generalized deterministic annealing of N coupled neurons with K states each (Acton and Bovik 1996).

The paper's section on generalized deterministic annealing, Eq. 5.  Each neuron carries the density of its
local Markov chain; a sweep multiplies every density by the transition matrix of ``markov_chain.py``.  The
chains are
coupled through their energies: the local energy of a state is its mean energy under the densities of the
other neurons (``coupled_neurons.py``).  No random number is drawn.  What a sweep costs is counted in
``operation_counts.py``.

What the paper leaves open, and the choices here: the generation matrix (an argument); whether neurons are
updated together or one after another ("simultaneous" is the default, the text's claim about all K states at
once; "sequential" is its claim that one parameter changes per iteration).

Claims that rest on it: GDA-*, CPX-8, CPX-9, X-9, X-15, X-16, X-24.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from reference.acceptance import AcceptanceRule
from reference.coupled_neurons import ROUNDINGS, density_array
from reference.markov_chain import transition_matrix
from reference.validation import (
    FloatArray,
    IntArray,
    array_of_shape,
    one_of,
    positive_integer,
    shown,
)

LocalEnergies = Callable[[FloatArray], Any]

ORDERS = ("simultaneous", "sequential")


def uniform_densities(neurons: Any, states: Any) -> FloatArray:
    """Return the densities in which every state of every neuron is equally likely.

    Arguments:
        neurons: N, an integer of at least 1.
        states: K, an integer of at least 1.

    Returns:
        Shape (N, K), entries 1 / K.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: the trivial state in which annealing starts.

    >>> uniform_densities(1, 4)
    array([[0.25, 0.25, 0.25, 0.25]])
    """
    count = positive_integer("states", states)
    return np.full((positive_integer("neurons", neurons), count), 1.0 / count)


def density_update(densities: Any, transitions: Any) -> FloatArray:
    """Return the densities after one step of every local chain.

    pi'_n(j) = sum_i pi_n(i) P_n(i, j).

    Arguments:
        densities: pi, shape (N, K), rows on the simplex.
        transitions: P, shape (N, K, K), row-stochastic.

    Returns:
        Shape (N, K), rows on the simplex.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Eq. 5.

    >>> density_update([[1.0, 0.0]], [[[0.25, 0.75], [0.5, 0.5]]])
    array([[0.25, 0.75]])
    """
    current = density_array(densities)
    neurons, states = current.shape
    chains = array_of_shape("transitions", transitions, (neurons, states, states))
    if np.any(chains < 0.0) or np.any(
        np.abs(chains.sum(axis=2) - 1.0) > ROUNDINGS * states * np.finfo(np.float64).eps
    ):
        raise ValueError(f"transitions must have rows that sum to one, got {shown(transitions)}")
    updated = np.einsum("ni,nij->nj", current, chains)
    # The sum is one up to rounding; dividing keeps the error from growing with the number of sweeps.
    return np.asarray(updated / updated.sum(axis=1, keepdims=True), dtype=np.float64)


def sweep(
    densities: Any,
    local_energies: LocalEnergies,
    temperature: Any,
    generation: Any,
    acceptance: str | AcceptanceRule = "sigmoid",
    order: str = "simultaneous",
) -> FloatArray:
    """Return the densities after every neuron has been updated once.

    For each neuron n: pi_n <- pi_n P_n, with P_n the transition matrix of its local energies.

    Arguments:
        densities: pi, shape (N, K), rows on the simplex.
        local_energies: function from densities (N, K) to energies (N, K).
        temperature: T, scalar in (0, inf).
        generation: G, shape (K, K), as for ``transition_matrix``.
        acceptance: as for ``transition_matrix``.
        order: "simultaneous", all local energies from the old densities; or "sequential", the energies of
            neuron n from densities that contain the updates of neurons 0..n-1.

    Returns:
        Shape (N, K), rows on the simplex.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Eq. 5 and Eq. 6.

    >>> sweep([[1.0, 0.0]], lambda densities: [[0.0, 0.0]], 1.0, [[0.0, 1.0], [1.0, 0.0]])
    array([[0.5, 0.5]])
    """
    current = density_array(densities).copy()

    def chain(neuron: int) -> FloatArray:
        energies = array_of_shape("local_energies(densities)", local_energies(current.copy()), current.shape)
        return transition_matrix(energies[neuron], temperature, generation, acceptance)

    if one_of("order", order, ORDERS) == "simultaneous":
        return density_update(current, np.stack([chain(neuron) for neuron in range(len(current))]))
    for neuron in range(len(current)):
        current[neuron] = density_update(current[neuron : neuron + 1], chain(neuron)[np.newaxis])[0]
    return current


def anneal(
    densities: Any,
    local_energies: LocalEnergies,
    temperatures: Iterable[Any],
    generation: Any,
    acceptance: str | AcceptanceRule = "sigmoid",
    order: str = "simultaneous",
    sweeps_per_temperature: Any = 1,
) -> FloatArray:
    """Return the densities along a temperature schedule.

    Arguments:
        temperatures: T_1, ..., T_S, each in (0, inf), in the order in which they are visited.
        sweeps_per_temperature: an integer of at least 1.
        densities, local_energies, generation, acceptance, order: as for ``sweep``.

    Returns:
        Shape (S+1, N, K): the start, then the densities after the sweeps at each temperature.

    Raises:
        ValueError, TypeError: as ``sweep``.

    Source: the annealing pass of the paper's complexity analysis; the schedule is the caller's.

    >>> pass_ = anneal([[0.5, 0.5]], lambda densities: [[0.0, 1.0]], [1.0, 0.1, 0.01], [[0, 1], [1, 0]])
    >>> decisions(pass_[-1])
    array([0])
    """
    repeats = positive_integer("sweeps_per_temperature", sweeps_per_temperature)
    visited = [density_array(densities)]
    for temperature in temperatures:
        current = visited[-1]
        for _ in range(repeats):
            current = sweep(current, local_energies, temperature, generation, acceptance, order)
        visited.append(current)
    return np.stack(visited)


def decisions(densities: Any) -> IntArray:
    """Return the most likely state of each neuron, the first one on a tie.

    argmax_k pi_n(k).

    Arguments:
        densities: pi, shape (N, K), rows on the simplex.

    Returns:
        Shape (N,), integers in [0, K).

    Raises:
        ValueError, TypeError: densities is not made of points of the simplex.

    Source: the read-out of a cold density; our choice on ties.

    >>> decisions([[0.2, 0.8], [0.5, 0.5]])
    array([1, 0])
    """
    return np.asarray(np.argmax(density_array(densities), axis=1), dtype=np.int64)

"""Restoring images: generalized deterministic annealing, simulated annealing, iterated conditional modes.

All three pass over the image in two half-sweeps, one per colour of a checkerboard. Pixels of one colour have no
neighbour of that colour, so updating them together is the same as updating them one after the other.

==========================  ==========================================================================
method                      what a half-sweep does to each pixel
==========================  ==========================================================================
deterministic annealing     its density over the levels is multiplied by the transition matrix of its
                            local chain (``gda.py``), the neighbours following their densities
simulated annealing         a random level is proposed and accepted by Metropolis' rule
iterated conditional modes  it takes its best level, the neighbours being what they are
==========================  ==========================================================================

Each costs K local energies per pixel and sweep, simulated annealing two.

Claims that rest on it: GDA-6, GDA-8.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.acceptance import acceptance_rule
from reference.coupled_neurons import density_array
from reference.image_energy import checkerboard, image_costs, image_energy, local_costs, state_array
from reference.markov_chain import complete_generation, generation_matrix
from reference.random_streams import RandomStream
from reference.validation import FloatArray, IntArray, positive_integer, positive_scalar

# Pixels times pairs of levels handled at once: our choice, some tens of megabytes.
_BLOCK_ENTRIES = 2**22

# One stream number for each purpose, added to that of the caller's stream.
PROPOSALS, ACCEPTANCES = 0, 1


@dataclass(frozen=True)
class Restored:
    """The end of a run: states, shape (rows, columns); energies after each sweep, the start first."""

    states: IntArray
    energies: FloatArray


def data_modes(data: Any) -> IntArray:
    """Return the level that each pixel would have without its neighbours, the first one on a tie.

    >>> data_modes([[[0.5, 0.2, 0.2]]])
    array([[1]])
    """
    return np.asarray(np.argmin(np.asarray(data), axis=2), dtype=np.int64)


def chain_step(
    densities: FloatArray, energies: FloatArray, temperature: float, generation: FloatArray, acceptance: Any
) -> FloatArray:
    """Return densities after one step of their local chains, without forming the transition matrices.

    pi'(j) = pi(j) + sum_i (pi(i) G(i, j) A(E_j - E_i) - pi(j) G(j, i) A(E_i - E_j)).

    Arguments:
        densities: pi, shape (n, K).
        energies: E, shape (n, K).
        temperature: T, scalar in (0, inf).
        generation: G, shape (K, K).
        acceptance: A, a function of (energy change, temperature).

    Returns:
        Shape (n, K), rows on the simplex; the same as ``density_update`` with ``transition_matrix``.

    >>> chain_step(np.array([[1.0, 0.0]]), np.zeros((1, 2)), 1.0, 1.0 - np.eye(2), acceptance_rule("sigmoid"))
    array([[0.5, 0.5]])
    """
    states = densities.shape[1]
    updated = np.empty_like(densities)
    rows = max(1, _BLOCK_ENTRIES // states**2)
    for start in range(0, len(densities), rows):
        block = slice(start, start + rows)
        current, levels = densities[block], energies[block]
        changes = levels[:, np.newaxis, :] - levels[:, :, np.newaxis]
        flow = current[:, :, np.newaxis] * generation * acceptance(changes, temperature)
        updated[block] = current + flow.sum(axis=1) - flow.sum(axis=2)
    # What leaves a state can exceed what was in it by rounding only.
    updated = np.maximum(updated, 0.0)
    return np.asarray(updated / updated.sum(axis=1, keepdims=True))


def deterministic_annealing(
    data: Any,
    smoothness: Any,
    temperatures: Iterable[Any],
    generation: Any = None,
    acceptance: Any = "sigmoid",
    sweeps_per_temperature: Any = 1,
    densities: Any = None,
) -> Restored:
    """Return the most likely levels after generalized deterministic annealing; no random number is drawn.

    Arguments:
        data: U, shape (rows, columns, K).
        smoothness: V, shape (K, K), symmetric.
        temperatures: T_1, T_2, ..., each in (0, inf).
        generation: G, shape (K, K); every other level with equal probability if left out.
        acceptance: a name of ``ACCEPTANCE_RULES`` or a function.
        sweeps_per_temperature: an integer of at least 1.
        densities: the start, shape (rows, columns, K), rows on the simplex; uniform if left out.

    Returns:
        A ``Restored``; the energies are those of the most likely levels.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Eq. 5 and 6 with the mean-field local energies of Acton and Bovik.

    >>> deterministic_annealing([[[0.0, 1.0], [0.6, 0.5]]], [[0.0, 1.0], [1.0, 0.0]], [1.0, 0.1, 0.1]).states
    array([[0, 0]])
    """
    own, pair = image_costs(data, smoothness)
    states = own.shape[2]
    proposals = generation_matrix(complete_generation(states) if generation is None else generation, states)
    rule, repeats = (
        acceptance_rule(acceptance),
        positive_integer("sweeps_per_temperature", sweeps_per_temperature),
    )
    current = np.full(own.shape, 1.0 / states)
    if densities is not None:
        current = density_array(np.reshape(densities, (-1, states))).reshape(own.shape).copy()
    energies = [image_energy(np.argmax(current, axis=2), own, pair)]
    for value in temperatures:
        temperature = positive_scalar("temperatures", value)
        for _ in range(repeats):
            for colour in checkerboard(*own.shape[:2]):
                local = local_costs(current, own, pair)[colour]
                current[colour] = chain_step(current[colour], local, temperature, proposals, rule)
            energies.append(image_energy(np.argmax(current, axis=2), own, pair))
    return Restored(np.asarray(np.argmax(current, axis=2), dtype=np.int64), np.array(energies))


def simulated_annealing(
    data: Any, smoothness: Any, temperatures: Iterable[Any], stream: RandomStream, start: Any = None
) -> Restored:
    """Return the image after one sweep of Metropolis' algorithm at each temperature.

    Arguments:
        data, smoothness: as for ``deterministic_annealing``.
        temperatures: T_1, T_2, ..., one sweep each.
        stream: random numbers; its step counts the sweeps.
        start: states, shape (rows, columns); ``data_modes`` if left out.

    Returns:
        A ``Restored``, with the last image (not the best one).

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Eq. 4 on the coupled problem.

    >>> simulated_annealing([[[0.0, 9.0]]], [[0.0, 0.0], [0.0, 0.0]], [0.1] * 9, RandomStream(0, 0)).states
    array([[0]])
    """
    own, pair = image_costs(data, smoothness)
    current = state_array(data_modes(own) if start is None else start, own).copy()
    levels, indices = own.shape[2], np.arange(current.size).reshape(current.shape)
    first = RandomStream(stream.seed, stream.stream + PROPOSALS)
    second = RandomStream(stream.seed, stream.stream + ACCEPTANCES)
    energies = [image_energy(current, own, pair)]
    for step, value in enumerate(temperatures):
        temperature = positive_scalar("temperatures", value)
        shifts = 1 + first.words(step, indices)[..., 0].astype(np.int64) % max(levels - 1, 1)
        proposals, chances = (current + shifts) % levels, second.uniforms(step, indices)
        for colour in checkerboard(*current.shape):
            local = local_costs(np.eye(levels)[current], own, pair)
            pick = [np.take_along_axis(local, s[..., np.newaxis], 2)[..., 0] for s in (current, proposals)]
            with np.errstate(under="ignore"):
                accepted = chances < np.exp(-np.maximum(pick[1] - pick[0], 0.0) / temperature)
            current = np.where(colour & accepted, proposals, current)
        energies.append(image_energy(current, own, pair))
    return Restored(current, np.array(energies))


def iterated_conditional_modes(
    data: Any, smoothness: Any, start: Any = None, most_sweeps: Any = 1000
) -> Restored:
    """Return the image at which no single pixel can lower the energy.

    Arguments:
        data, smoothness: as for ``deterministic_annealing``.
        start: states, shape (rows, columns); ``data_modes`` if left out.
        most_sweeps: an integer of at least 1; our choice, seldom reached.

    Returns:
        A ``Restored`` whose energies do not rise, up to rounding; a pixel keeps its level on a tie.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: J. Besag, "On the statistical analysis of dirty pictures", 1986.

    >>> iterated_conditional_modes([[[0.0, 1.0], [0.6, 0.5]]], [[0.0, 1.0], [1.0, 0.0]]).states
    array([[0, 0]])
    """
    own, pair = image_costs(data, smoothness)
    current = state_array(data_modes(own) if start is None else start, own).copy()
    energies = [image_energy(current, own, pair)]
    for _ in range(positive_integer("most_sweeps", most_sweeps)):
        before = current
        for colour in checkerboard(*current.shape):
            local = local_costs(np.eye(own.shape[2])[current], own, pair)
            here = np.take_along_axis(local, current[..., np.newaxis], 2)[..., 0]
            current = np.where(colour & (local.min(axis=2) < here), np.argmin(local, axis=2), current)
        energies.append(image_energy(current, own, pair))
        if np.array_equal(current, before):
            break
    return Restored(current, np.array(energies))

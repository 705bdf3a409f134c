"""Deterministic annealing: one neuron finds its Gibbs law, and no symmetry is ever broken."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.coupled_neurons import joint_energy, mean_field_energies
from reference.gda import ORDERS, anneal, decisions, density_update, sweep, uniform_densities
from reference.markov_chain import (
    complete_generation,
    gibbs_distribution,
    neighbour_generation,
    reversible_eigenvalues,
    transition_matrix,
)

EPS = float(np.finfo(np.float64).eps)
GENERATIONS = {"complete": complete_generation, "neighbour": neighbour_generation}
seeds = st.integers(0, 10**6)


def random_densities(seed, neurons, states):
    densities = np.random.default_rng(seed).random((neurons, states))
    return densities / densities.sum(axis=1, keepdims=True)


def ferromagnet(coupling):
    """Two neurons with two states; equal states cost -coupling, unequal ones nothing."""
    pairwise = np.zeros((2, 2, 2, 2))
    pairwise[0, 1] = pairwise[1, 0] = -coupling * np.eye(2)
    return np.zeros((2, 2)), pairwise


@given(seeds, st.integers(1, 4), st.integers(1, 5))
def test_an_update_keeps_every_row_on_the_simplex_and_is_the_formula(seed, neurons, states):
    generator = np.random.default_rng(seed)
    densities = random_densities(seed, neurons, states)
    chains = generator.random((neurons, states, states))
    chains /= chains.sum(axis=2, keepdims=True)
    updated = density_update(densities, chains)
    assert np.all(updated >= 0.0)
    assert np.all(np.abs(updated.sum(axis=1) - 1.0) <= states * EPS)
    for n in range(neurons):
        for j in range(states):
            mean = sum(densities[n, i] * chains[n, i, j] for i in range(states))
            assert abs(updated[n, j] - mean) <= 4 * states * EPS


@settings(max_examples=10)
@given(
    st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=4),
    st.floats(1.0, 10.0),
    st.sampled_from(sorted(GENERATIONS)),
)
def test_one_neuron_converges_to_its_gibbs_law(energies, temperature, generation):
    states = len(energies)
    proposals = GENERATIONS[generation](states)
    law = gibbs_distribution(energies, temperature)
    spectrum = reversible_eigenvalues(transition_matrix(energies, temperature, proposals), law)
    gap = 1.0 - np.max(np.abs(spectrum[1:]), initial=0.0)
    sweeps = int(40.0 / gap)
    last = anneal(
        uniform_densities(1, states),
        lambda densities: [energies],
        [temperature],
        proposals,
        sweeps_per_temperature=sweeps,
    )[-1]
    # The start is forgotten to exp(-40), far below EPS; the roundings of each sweep are forgotten as fast.
    assert last[0] == pytest.approx(law, abs=8 * states * EPS / gap)


def test_cooling_one_neuron_slowly_ends_in_its_best_state():
    energies = [0.3, 0.5, 0.0, 0.4]
    for name, generation in GENERATIONS.items():
        run = anneal(
            uniform_densities(1, 4),
            lambda densities: [energies],
            np.geomspace(1.0, 0.01, 100),
            generation(4),
            sweeps_per_temperature=10,
        )
        assert run.shape == (101, 1, 4)
        assert decisions(run[-1]).tolist() == [2], name
        assert run[-1, 0, 2] > 0.95, name


def test_nearest_neighbours_quenched_at_once_stay_in_a_local_minimum():
    energies = [0.5, 1.0, 2.0, 0.0]
    start = [[1.0, 0.0, 0.0, 0.0]]
    frozen = anneal(start, lambda densities: [energies], [1e-3] * 50, neighbour_generation(4))[-1]
    assert decisions(frozen).tolist() == [0]
    jumped = anneal(start, lambda densities: [energies], [1e-3] * 50, complete_generation(4))[-1]
    assert decisions(jumped).tolist() == [3]


def test_repeating_a_run_repeats_it_bit_for_bit():
    unary, pairwise = ferromagnet(1.0)
    field = lambda densities: mean_field_energies(densities, unary, pairwise)  # noqa: E731
    start = random_densities(5, 2, 2)
    runs = [anneal(start, field, [1.0, 0.5, 0.1], complete_generation(2)) for _ in range(2)]
    assert np.array_equal(*runs)


def test_without_coupling_the_order_of_the_neurons_does_not_matter():
    unary = np.array([[0.0, 1.0, 0.5], [2.0, 0.0, 0.1]])
    field = lambda densities: mean_field_energies(densities, unary, np.zeros((2, 2, 3, 3)))  # noqa: E731
    start = random_densities(3, 2, 3)
    together, in_turn = (sweep(start, field, 0.7, complete_generation(3), order=order) for order in ORDERS)
    assert together == pytest.approx(in_turn, abs=8 * EPS)


def test_with_coupling_it_does():
    unary, pairwise = ferromagnet(2.0)
    field = lambda densities: mean_field_energies(densities, unary, pairwise)  # noqa: E731
    start = np.array([[0.9, 0.1], [0.2, 0.8]])
    together, in_turn = (sweep(start, field, 0.5, complete_generation(2), order=order) for order in ORDERS)
    assert np.array_equal(together[0], in_turn[0])
    assert np.max(np.abs(together[1] - in_turn[1])) > 0.3


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("generation", sorted(GENERATIONS))
def test_from_the_trivial_state_a_symmetric_problem_is_never_decided(order, generation):
    # Unequal states are best (energy 0 against 1), yet the uniform densities are a fixed point at every
    # temperature, and reading them out gives the worst joint state.
    unary, pairwise = ferromagnet(-1.0)
    run = anneal(
        uniform_densities(2, 2),
        lambda densities: mean_field_energies(densities, unary, pairwise),
        np.geomspace(10.0, 0.001, 50),
        GENERATIONS[generation](2),
        order=order,
    )
    assert np.all(run == 0.5)
    best = min(joint_energy(np.array([a, b]), unary, pairwise) for a in range(2) for b in range(2))
    assert best == 0.0
    assert joint_energy(decisions(run[-1]), unary, pairwise) == 1.0


def test_the_same_problem_is_solved_from_a_start_that_breaks_the_symmetry():
    unary, pairwise = ferromagnet(-1.0)
    cold = anneal(
        [[0.6, 0.4], [0.4, 0.6]],
        lambda densities: mean_field_energies(densities, unary, pairwise),
        np.geomspace(0.4, 0.001, 50),
        complete_generation(2),
        order="sequential",
    )
    assert joint_energy(decisions(cold[-1]), unary, pairwise) == 0.0


def test_decisions_take_the_first_state_on_a_tie():
    assert decisions([[0.25, 0.5, 0.25], [0.4, 0.2, 0.4]]).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: uniform_densities(0, 2), "neurons must be an integer of at least 1"),
        (lambda: uniform_densities(2, 0), "states must be an integer of at least 1"),
        (
            lambda: density_update([[0.5, 0.5]], np.ones((1, 2, 2))),
            "transitions must have rows that sum to one",
        ),
        (lambda: density_update([[0.5, 0.5]], np.eye(2)), "transitions must have shape"),
        (lambda: sweep([[1.0]], lambda d: [[0.0]], 1.0, [[0.0]], order="random"), "order must be one of"),
        (
            lambda: sweep([[1.0]], lambda d: [0.0], 1.0, [[0.0]]),
            r"local_energies\(densities\) must have shape",
        ),
        (
            lambda: sweep([[1.0]], lambda d: [[np.nan]], 1.0, [[0.0]]),
            r"local_energies\(densities\) must be finite",
        ),
        (lambda: anneal([[1.0]], lambda d: [[0.0]], [0.0], [[0.0]]), "temperature must be positive"),
        (
            lambda: anneal([[1.0]], lambda d: [[0.0]], [1.0], [[0.0]], sweeps_per_temperature=0),
            "sweeps_per_temperature must be an integer of at least 1",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()

"""GDA: one neuron's chain, its speed, coupled neurons against the joint chain, and the cost of a sweep."""

from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.acceptance import metropolis_probability
from reference.coupled_neurons import joint_energy, mean_field_energies
from reference.gda import anneal, decisions, density_update, sweep
from reference.markov_chain import complete_generation, neighbour_generation, transition_matrix
from reference.operation_counts import counted_sweep

EPS = np.finfo(float).eps
SWAP = complete_generation(2)
SPINS = np.array([-1.0, 1.0])

energies = st.lists(st.floats(-3, 3), min_size=2, max_size=7)
temperatures = st.floats(0.2, 5)


def pair(coupling, field):
    """E = coupling s1 s2 - field (s1 + s2)."""
    pairwise = np.zeros((2, 2, 2, 2))
    pairwise[0, 1] = pairwise[1, 0] = coupling * np.outer(SPINS, SPINS)
    return np.array([-field * SPINS, -field * SPINS]), pairwise


def second_eigenvalue(chain):
    return np.sort(np.linalg.eigvals(chain).real)[-2]


@given(energies, temperatures)
def test_the_gap_with_metropolis_and_complete_generation_is_one_over_the_largest_probability(
    values, temperature
):
    """From the eigenvalues of P itself; the closed form uses no eigenvalue."""
    count = len(values)
    weights = np.exp(-(np.array(values) - min(values)) / temperature)
    chain = transition_matrix(values, temperature, complete_generation(count), "metropolis")
    expected = 1 - weights.sum() / ((count - 1) * weights.max())
    # similar to a symmetric matrix by a scaling of condition sqrt(max w/min w)
    rounding = 64 * EPS * count * np.sqrt(weights.max() / weights.min())
    assert abs(second_eigenvalue(chain) - expected) <= rounding


@pytest.mark.parametrize("count", [2, 3, 4, 7, 12])
@pytest.mark.parametrize(("rule", "accepted"), [("sigmoid", 0.5), ("metropolis", 1.0)])
def test_gaps_for_equal_energies(count, rule, accepted):
    flat = np.zeros(count)
    near = transition_matrix(flat, 1.0, neighbour_generation(count), rule)
    full = transition_matrix(flat, 1.0, complete_generation(count), rule)
    rounding = 64 * EPS * count
    assert abs(1 - second_eigenvalue(near) - accepted * (1 - np.cos(np.pi / count))) <= rounding
    assert abs(1 - second_eigenvalue(full) - accepted * count / (count - 1)) <= rounding


def test_reflecting_ends_have_another_gap():
    """The control: with ends that always propose inwards the closed form for neighbours fails."""
    chain = transition_matrix(np.zeros(5), 1.0, neighbour_generation(5, "reflect"))
    assert abs(1 - second_eigenvalue(chain) - 0.5 * (1 - np.cos(np.pi / 5))) > 0.01


@given(st.floats(-3, 3), temperatures)
def test_two_states_with_the_sigmoid_forget_their_start_in_one_step(change, temperature):
    chain = transition_matrix([0.0, change], temperature, SWAP)
    assert np.max(np.abs(chain[0] - chain[1])) <= 4 * EPS


@given(energies, temperatures)
def test_the_weight_of_the_lowest_energy_grows_as_the_neuron_cools(values, temperature):
    """Stationary laws by powers of the chain."""
    best = np.array(values) == min(values)
    shares = []
    for t in (temperature, temperature / 2):
        chain = np.linalg.matrix_power(transition_matrix(values, t, complete_generation(len(values))), 2**20)
        shares.append(chain[0, best].sum())
    assert shares[1] >= shares[0] - 2**22 * EPS  # the power adds up its roundings


@given(energies, temperatures, st.integers(1, 5))
def test_the_density_is_the_law_of_the_random_chain(values, temperature, steps):
    """By pushing all paths forward one by one."""
    count = len(values)
    chain = transition_matrix(values, temperature, neighbour_generation(count))
    density, law = np.eye(1, count)[0], {0: 1.0}
    for _ in range(steps):
        density = density_update(density[np.newaxis], chain[np.newaxis])[0]
        moved: dict[int, float] = {}
        for here, chance in law.items():
            for there in range(count):
                moved[there] = moved.get(there, 0.0) + chance * chain[here, there]
        law = moved
    assert np.max(np.abs(density - [law.get(k, 0.0) for k in range(count)])) <= 16 * EPS * steps


def joint_chain(own, pairwise, temperature):
    """The chain of simulated annealing on the four joint states: a random neuron proposes its other state."""
    states = list(product((0, 1), repeat=2))
    chain = np.zeros((4, 4))
    for i, state in enumerate(states):
        for neuron in range(2):
            other = tuple(1 - s if k == neuron else s for k, s in enumerate(state))
            change = joint_energy(other, own, pairwise) - joint_energy(state, own, pairwise)
            chain[i, states.index(other)] += 0.5 / (1 + np.exp(change / temperature))
        chain[i, i] = 1 - chain[i].sum()
    return states, np.linalg.matrix_power(chain, 2**16)[0]


def test_gda_settles_at_states_that_the_joint_law_makes_less_likely():
    """E = -s1 s2 - h (s1 + s2), T = 4/5, h = 3/5 - (4/5) log 2: from (-0.7, -0.5) the densities tend to mean
    spins -3/5; the law of the joint chain has its mode at (+, +).
    """
    own, pairwise = pair(-1.0, 0.6 - 0.8 * log(2))
    start = np.array([[0.85, 0.15], [0.75, 0.25]])
    settled = anneal(start, lambda d: mean_field_energies(d, own, pairwise), [0.8] * 200, SWAP)[-1]
    assert np.max(np.abs(settled @ SPINS + 0.6)) <= 64 * EPS
    states, law = joint_chain(own, pairwise, 0.8)
    assert states[int(np.argmax(law))] == (1, 1)
    assert decisions(settled).tolist() == [0, 0]


def test_a_product_of_densities_is_not_the_joint_law_even_with_the_right_marginals():
    own, pairwise = pair(-1.0, 0.0)
    states, law = joint_chain(own, pairwise, 1 / log(2))
    assert law[states.index((1, 1))] == pytest.approx(0.4, rel=2**20 * EPS)
    settled = sweep(np.full((2, 2), 0.5), lambda d: mean_field_energies(d, own, pairwise), 1 / log(2), SWAP)
    assert np.array_equal(settled, np.full((2, 2), 0.5))


def test_without_coupling_the_product_is_the_joint_law():
    """The control: the same comparison passes for independent neurons."""
    own, pairwise = pair(0.0, 0.3)
    settled = sweep(np.full((2, 2), 0.5), lambda d: mean_field_energies(d, own, pairwise), 0.7, SWAP)
    states, law = joint_chain(own, pairwise, 0.7)
    expected = [settled[0, a] * settled[1, b] for a, b in states]
    assert np.max(np.abs(law - expected)) <= 2**20 * EPS


@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=40))
def test_from_uniform_densities_no_schedule_moves_two_opposed_neurons(schedule):
    own, pairwise = pair(1.0, 0.0)
    final = anneal(np.full((2, 2), 0.5), lambda d: mean_field_energies(d, own, pairwise), schedule, SWAP)[-1]
    assert np.array_equal(final, np.full((2, 2), 0.5))
    assert joint_energy(decisions(final), own, pairwise) == 1.0  # the highest energy


@pytest.mark.parametrize("count", [2, 3, 5, 9])
def test_a_sweep_costs_k_squared_with_complete_and_k_with_neighbour_generation(count):
    uniform, flat = np.full((3, count), 1 / count), np.zeros((3, count))
    full = counted_sweep(uniform, flat, 1.0, complete_generation(count))[1]
    near = counted_sweep(uniform, flat, 1.0, neighbour_generation(count))[1]
    assert full.acceptances == 3 * count * (count - 1)
    assert near.acceptances == 3 * 2 * (count - 1)
    assert near.multiplications == 3 * (4 * (count - 1) + count)


@given(energies, temperatures)
def test_prefix_sums_give_a_metropolis_sweep_with_complete_generation(values, temperature):
    """O(K log K) instead of K^2: arrivals from lower weights in full, from higher ones scaled by the ratio."""
    count = len(values)
    density = np.arange(1, count + 1) / (count * (count + 1) / 2)
    chain = transition_matrix(values, temperature, complete_generation(count), "metropolis")
    weights = np.exp(-(np.array(values) - min(values)) / temperature)
    order = np.argsort(weights)
    below = np.concatenate([[0.0], np.cumsum(density[order])[:-1]])
    ratios = density[order] / weights[order]
    above = np.concatenate([np.cumsum(ratios[::-1])[::-1][1:], [0.0]])
    arrivals = np.empty(count)
    arrivals[order] = (below + weights[order] * above) / (count - 1)
    direct = density @ (chain - np.diag(np.diag(chain)))
    assert np.max(np.abs(arrivals - direct)) <= 64 * EPS * count
    assert metropolis_probability(0.0, temperature) == 1.0

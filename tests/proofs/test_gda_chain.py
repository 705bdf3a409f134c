"""How fast a local chain forgets its start, what a sweep costs, and how two coupled neurons go astray."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.coupled_neurons import joint_energy, mean_field_energies
from reference.gda import decisions, sweep, uniform_densities
from reference.markov_chain import (
    complete_generation,
    gibbs_distribution,
    neighbour_generation,
    reversible_eigenvalues,
    transition_matrix,
)
from reference.operation_counts import counted_sweep

EPS = float(np.finfo(float).eps)
energies = st.lists(st.floats(0.0, 4.0), min_size=2, max_size=8)
temperatures = st.floats(0.5, 20.0)  # smallest weight exp(-8)


def eigenvalues(levels, temperature, acceptance):
    """By the similar symmetric matrix of the reference: shares nothing with the formulas below."""
    chain = transition_matrix(levels, temperature, complete_generation(len(levels)), acceptance)
    return reversible_eigenvalues(chain, gibbs_distribution(levels, temperature))


def metropolis_formula(levels, temperature):
    """1 - (k + (w_{k+1} + ... + w_K)/w_k)/(K-1), k = 1..K-1, the weights w falling."""
    w = np.exp(-(np.sort(levels) - min(levels)) / temperature)
    size = len(levels)
    return sorted((1 - (k + w[k:].sum() / w[k - 1]) / (size - 1) for k in range(1, size)), reverse=True)


def rounding(size):
    return 64 * size * EPS  # some operations per entry of a matrix whose entries are at most 1


@given(energies, temperatures)
def test_with_complete_proposals_and_metropolis_all_eigenvalues_have_the_closed_form(levels, temperature):
    found = eigenvalues(levels, temperature, "metropolis")
    # eigvalsh errs by a few roundings of the norm, which is 1; the similarity divides by sqrt(pi).
    assert np.abs(found[1:] - metropolis_formula(levels, temperature)).max() <= rounding(len(levels)) * 64


@given(energies, temperatures)
def test_the_gap_under_metropolis_is_one_over_k_minus_1_times_the_largest_probability(levels, temperature):
    gap = 1 - eigenvalues(levels, temperature, "metropolis")[1]
    most = gibbs_distribution(levels, temperature).max()
    assert gap == pytest.approx(1 / ((len(levels) - 1) * most), abs=rounding(len(levels)) * 64)
    assert gap >= 1 / (len(levels) - 1) - rounding(len(levels)) * 64


@given(energies, temperatures)
def test_the_sigmoid_is_slower_than_metropolis_by_at_most_a_factor_of_two(levels, temperature):
    fast = 1 - eigenvalues(levels, temperature, "metropolis")[1]
    slow = 1 - eigenvalues(levels, temperature, "sigmoid")[1]
    assert fast / 2 - rounding(len(levels)) * 64 <= slow <= fast + rounding(len(levels)) * 64


def test_the_metropolis_formula_is_not_that_of_the_sigmoid():
    found = eigenvalues([0.0, 1.0, 2.0], 1.0, "sigmoid")
    assert np.abs(found[1:] - metropolis_formula([0.0, 1.0, 2.0], 1.0)).max() > 0.1


@pytest.mark.parametrize("size", [2, 3, 4, 7, 16])
@pytest.mark.parametrize(("acceptance", "a"), [("sigmoid", 0.5), ("metropolis", 1.0)])
def test_on_equal_energies_cosines_are_eigenvectors_of_the_chain_of_neighbours(size, acceptance, a):
    chain = transition_matrix(np.zeros(size), 1.0, neighbour_generation(size), acceptance)
    for k in range(size):
        vector = np.cos(math.pi * k * (np.arange(size) + 0.5) / size)
        value = 1 - a * (1 - math.cos(math.pi * k / size))
        assert np.abs(chain @ vector - value * vector).max() <= rounding(size)


@pytest.mark.parametrize("size", [4, 16, 64])
def test_local_proposals_need_of_the_order_of_k_squared_times_as_many_sweeps(size):
    flat = np.zeros(size)
    law = gibbs_distribution(flat, 1.0)
    local, complete = (
        1 - reversible_eigenvalues(transition_matrix(flat, 1.0, generation(size)), law)[1]
        for generation in (neighbour_generation, complete_generation)
    )
    assert complete == pytest.approx(size / (2 * (size - 1)), abs=rounding(size))
    # 1 - cos x lies between x^2/2 - x^4/24 and x^2/2.
    x = math.pi / size
    assert x**2 / 4 - x**4 / 48 - rounding(size) <= local <= x**2 / 4 + rounding(size)


def by_prefix_sums(density, levels, temperature):
    """One Metropolis update with complete proposals after one sort: O(K log K), no matrix."""
    order = np.argsort(levels, kind="stable")
    pi, w = density[order], np.exp(-(levels[order] - levels[order[0]]) / temperature)
    size = len(pi)
    above = np.append(np.cumsum(w[::-1])[::-1][1:], 0.0)  # weights of the higher states
    below = np.insert(np.cumsum(pi / w)[:-1], 0, 0.0)
    higher = np.append(np.cumsum(pi[::-1])[::-1][1:], 0.0)
    leaving = (np.arange(size) + above / w) / (size - 1)
    result = np.empty(size)
    result[order] = pi * (1 - leaving) + (higher + w * below) / (size - 1)
    return result


@given(energies, temperatures, st.integers(0, 2**32 - 1))
def test_a_complete_metropolis_sweep_can_be_done_by_sorting(levels, temperature, seed):
    density = np.random.default_rng(seed).dirichlet(np.ones(len(levels)))
    chain = transition_matrix(levels, temperature, complete_generation(len(levels)), "metropolis")
    fast = by_prefix_sums(density, np.array(levels), temperature)
    # density / weight is at most exp(8) and is multiplied by the weight again
    assert np.abs(fast - density @ chain).max() <= rounding(len(levels)) * math.exp(8)


@pytest.mark.parametrize(("neurons", "states"), [(1, 2), (3, 5), (2, 9)])
def test_a_sweep_takes_the_stated_number_of_operations(neurons, states):
    start, flat = uniform_densities(neurons, states), np.zeros((neurons, states))
    complete = counted_sweep(start, flat, 1.0, complete_generation(states))[1]
    assert complete.acceptances == neurons * states * (states - 1)
    assert complete.multiplications == neurons * (2 * states * (states - 1) + states)
    local = counted_sweep(start, flat, 1.0, neighbour_generation(states))[1]
    assert local.acceptances == neurons * 2 * (states - 1)
    assert local.multiplications == neurons * (4 * (states - 1) + states)


@pytest.mark.parametrize("length", [2, 3, 6, 20])
def test_a_free_walk_crosses_a_path_in_the_square_of_its_length(length):
    # The (KN)^2 of the paper is this number for a path of KN states, not for K^N configurations.
    walk = transition_matrix(np.zeros(length), 1.0, neighbour_generation(length, "reflect"), "always")
    times = [Fraction(0)]  # from m steps before the end, by differences: each is 2 more than the next
    for m in range(length - 1):
        times.append(times[-1] + 2 * (length - 2 - m) + 1)
    inner = np.eye(length - 1) - walk[:-1, :-1]
    found = np.linalg.solve(inner, np.ones(length - 1))[0]
    assert times[-1] == (length - 1) ** 2
    assert found == pytest.approx(float(times[-1]), rel=length**3 * EPS)


def unequal_is_best(strength=1.0):
    pairwise = np.zeros((2, 2, 2, 2))
    pairwise[0, 1] = pairwise[1, 0] = strength * np.eye(2)
    return np.zeros((2, 2)), pairwise


@pytest.mark.parametrize("temperature", [1e-6, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("order", ["simultaneous", "sequential"])
def test_from_the_uniform_start_the_read_out_stays_at_the_worst_joint_state(temperature, order):
    unary, pairwise = unequal_is_best()
    densities = uniform_densities(2, 2)
    for _ in range(20):
        densities = sweep(
            densities, lambda d: mean_field_energies(d, unary, pairwise), temperature,
            complete_generation(2), order=order,
        )  # fmt: skip
    assert np.all(densities == 0.5)
    every = [joint_energy([a, b], unary, pairwise) for a in (0, 1) for b in (0, 1)]
    assert joint_energy(decisions(densities), unary, pairwise) == max(every) > min(every)


def test_together_two_neurons_swap_for_ever_where_one_after_another_they_settle():
    # T = J/(2 ln 3): the update takes m = 2 pi(0) - 1 to -tanh(m ln 3), and tanh(ln(3)/2) = 1/2.
    unary, pairwise = unequal_is_best()
    start = np.array([[0.75, 0.25], [0.75, 0.25]])

    def swept(densities, order):
        return sweep(
            densities, lambda d: mean_field_energies(d, unary, pairwise), 1 / (2 * math.log(3)),
            complete_generation(2), order=order,
        )  # fmt: skip

    swapped = swept(start, "simultaneous")
    assert np.abs(swapped - start[:, ::-1]).max() <= 16 * EPS
    assert np.abs(swept(swapped, "simultaneous") - start).max() <= 32 * EPS
    settled = swept(start, "sequential")
    assert np.abs(settled - [[0.25, 0.75], [0.75, 0.25]]).max() <= 16 * EPS
    assert joint_energy(decisions(settled), unary, pairwise) == 0.0

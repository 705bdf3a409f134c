"""Counted sweeps: they compute what a sweep computes, and their counts follow the proposals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.gda import sweep
from reference.markov_chain import complete_generation, neighbour_generation
from reference.operation_counts import Operations, counted_sweep

EPS = float(np.finfo(np.float64).eps)


def counts(neurons, states, generation):
    generator = np.random.default_rng(neurons * 100 + states)
    densities = generator.random((neurons, states))
    densities /= densities.sum(axis=1, keepdims=True)
    return counted_sweep(densities, generator.normal(size=(neurons, states)), 0.8, generation(states))[1]


@given(
    st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 5), st.sampled_from(["sigmoid", "metropolis"])
)
def test_the_counted_sweep_gives_the_densities_of_the_sweep(seed, neurons, states, rule):
    generator = np.random.default_rng(seed)
    densities = generator.random((neurons, states))
    densities /= densities.sum(axis=1, keepdims=True)
    energies = generator.normal(size=(neurons, states))
    for generation in (complete_generation(states), neighbour_generation(states)):
        counted, _ = counted_sweep(densities, energies, 0.8, generation, rule)
        plain = sweep(densities, lambda _: energies, 0.8, generation, rule)
        assert counted == pytest.approx(plain, abs=16 * states * EPS)


@pytest.mark.parametrize(("neurons", "states"), [(1, 1), (1, 2), (3, 4), (5, 16)])
def test_complete_proposals_cost_the_square_of_the_number_of_states(neurons, states):
    moves = neurons * states * (states - 1)
    stays = neurons * states
    assert counts(neurons, states, complete_generation) == Operations(
        moves, 2 * moves + stays, 3 * moves + stays
    )


@pytest.mark.parametrize(("neurons", "states"), [(1, 1), (1, 2), (3, 4), (5, 16)])
def test_neighbour_proposals_cost_a_multiple_of_the_number_of_states(neurons, states):
    moves = 2 * neurons * (states - 1)
    stays = neurons * states
    assert counts(neurons, states, neighbour_generation) == Operations(
        moves, 2 * moves + stays, 3 * moves + stays
    )


def test_doubling_the_states_quadruples_one_cost_and_doubles_the_other():
    dense = [counts(2, states, complete_generation).multiplications for states in (32, 64)]
    sparse = [counts(2, states, neighbour_generation).multiplications for states in (32, 64)]
    assert 3.9 < dense[1] / dense[0] < 4.1
    assert 1.9 < sparse[1] / sparse[0] < 2.1


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="energies must have shape"):
        counted_sweep([[1.0]], [0.0], 1.0, [[0.0]])
    with pytest.raises(ValueError, match="generation must have"):
        counted_sweep([[0.5, 0.5]], [[0.0, 0.0]], 1.0, np.ones((2, 2)))
    with pytest.raises(ValueError, match="temperature must be positive"):
        counted_sweep([[1.0]], [[0.0]], -1.0, [[0.0]])

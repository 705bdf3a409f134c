"""Coupled neurons: under independence the mean-field energy is the conditional mean of the joint energy."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.coupled_neurons import density_array, joint_energy, mean_field_energies

EPS = float(np.finfo(np.float64).eps)


def random_problem(seed, neurons, states):
    """Generic couplings and densities."""
    generator = np.random.default_rng(seed)
    unary = generator.normal(size=(neurons, states))
    pairwise = generator.normal(size=(neurons, neurons, states, states))
    pairwise = pairwise + pairwise.transpose(1, 0, 3, 2)
    pairwise[np.arange(neurons), np.arange(neurons)] = 0.0
    densities = generator.random((neurons, states))
    return unary, pairwise, densities / densities.sum(axis=1, keepdims=True)


problems = st.builds(random_problem, st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 3))


def conditional_mean(neuron, state, unary, pairwise, densities):
    """Mean joint energy given one neuron's state, the others independent: by enumeration."""
    neurons, states = unary.shape
    total = 0.0
    for joint in product(range(states), repeat=neurons):
        if joint[neuron] == state:
            weight = np.prod([densities[m, k] for m, k in enumerate(joint) if m != neuron])
            total += weight * joint_energy(np.array(joint), unary, pairwise)
    return total


@given(problems)
def test_local_energies_are_conditional_means_of_the_joint_energy_up_to_a_constant(problem):
    unary, pairwise, densities = problem
    local = mean_field_energies(densities, unary, pairwise)
    neurons, states = unary.shape
    for neuron in range(neurons):
        means = np.array([conditional_mean(neuron, k, unary, pairwise, densities) for k in range(states)])
        offset = means - local[neuron]
        # The energies of the other neurons among themselves do not depend on this neuron's state.
        assert np.ptp(offset) <= 64 * states**neurons * EPS * (1.0 + np.max(np.abs(means)))


def test_forgetting_the_pairs_would_fail_the_conditional_mean_check():
    unary, pairwise, densities = random_problem(0, 3, 2)
    means = np.array([conditional_mean(0, k, unary, pairwise, densities) for k in range(2)])
    assert np.ptp(means - unary[0]) > 0.01


@given(problems)
def test_at_a_pure_state_local_energies_are_the_costs_of_single_flips(problem):
    unary, pairwise, densities = problem
    state = np.argmax(densities, axis=1)
    pure = np.eye(unary.shape[1])[state]
    local = mean_field_energies(pure, unary, pairwise)
    here = joint_energy(state, unary, pairwise)
    for neuron, flipped in product(range(unary.shape[0]), range(unary.shape[1])):
        other = state.copy()
        other[neuron] = flipped
        rise = joint_energy(other, unary, pairwise) - here
        assert abs(local[neuron, flipped] - local[neuron, state[neuron]] - rise) <= 256 * EPS * 10


def test_two_coupled_neurons_by_hand():
    unary = np.array([[0.0, 1.0], [0.0, 2.0]])
    pairwise = np.zeros((2, 2, 2, 2))
    pairwise[0, 1], pairwise[1, 0] = [[0.0, 3.0], [5.0, 7.0]], [[0.0, 5.0], [3.0, 7.0]]
    assert [joint_energy(np.array(s), unary, pairwise) for s in product(range(2), repeat=2)] == [0, 5, 6, 10]
    half = [[0.5, 0.5], [0.5, 0.5]]
    assert mean_field_energies(half, unary, pairwise).tolist() == [[1.5, 7.0], [2.5, 7.0]]


COUPLED = np.zeros((2, 2, 2, 2))
COUPLED[0, 1] = [[0.0, 1.0], [0.0, 0.0]]
SELF = np.zeros((2, 2, 2, 2))
SELF[0, 0] = np.eye(2)
HALF = np.full((2, 2), 0.5)


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: density_array([0.5, 0.5]), ValueError, "densities must have shape"),
        (lambda: density_array(np.zeros((0, 2))), ValueError, "densities must have shape"),
        (lambda: density_array([[0.5, 0.6]]), ValueError, "rows that sum to one"),
        (lambda: density_array([[1.5, -0.5]]), ValueError, "densities must be non-negative"),
        (lambda: mean_field_energies(HALF, np.zeros((2, 3)), COUPLED), ValueError, "unary must have shape"),
        (lambda: mean_field_energies(HALF, np.zeros((2, 2)), COUPLED), ValueError, "pairwise must satisfy"),
        (
            lambda: mean_field_energies(HALF, np.zeros((2, 2)), SELF),
            ValueError,
            r"pairwise\[n, n\] must be 0",
        ),
        (lambda: joint_energy([0, 2], HALF, np.zeros((2, 2, 2, 2))), ValueError, "states must lie in"),
        (lambda: joint_energy([0], HALF, np.zeros((2, 2, 2, 2))), ValueError, "states must be 2 integers"),
        (
            lambda: joint_energy([0.0, 1.0], HALF, np.zeros((2, 2, 2, 2))),
            ValueError,
            "states must be 2 integers",
        ),
        (lambda: joint_energy([0], [1.0], np.zeros((1, 1, 1, 1))), ValueError, "unary must have shape"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, named):
    with pytest.raises(error, match=named):
        call()

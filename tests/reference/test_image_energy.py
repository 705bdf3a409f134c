"""The energy of an image is that of coupled neurons; the local energies are its differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.coupled_neurons import joint_energy, mean_field_energies
from reference.image_energy import (
    checkerboard,
    data_costs,
    flip_costs,
    image_energy,
    local_costs,
    potts_costs,
    truncated_quadratic_costs,
)

EPS = float(np.finfo(np.float64).eps)


def random_problem(seed, rows, columns, states):
    """Generic data term and symmetric smoothness."""
    generator = np.random.default_rng(seed)
    pair = generator.normal(size=(states, states))
    return generator.normal(size=(rows, columns, states)), pair + pair.T


def as_neurons(data, smoothness):
    """The same problem as N coupled neurons."""
    rows, columns, states = data.shape
    places = [(row, column) for row in range(rows) for column in range(columns)]
    pairwise = np.zeros((len(places), len(places), states, states))
    for n, (row, column) in enumerate(places):
        for m, (other_row, other_column) in enumerate(places):
            if abs(row - other_row) + abs(column - other_column) == 1:
                pairwise[n, m] = smoothness
    return data.reshape(len(places), states), pairwise


problems = st.builds(
    random_problem, st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3)
)


@given(problems, st.integers(0, 10**6))
def test_the_energy_is_that_of_coupled_neurons(problem, seed):
    data, smoothness = problem
    states = np.random.default_rng(seed).integers(0, data.shape[2], size=data.shape[:2])
    literal = joint_energy(states.ravel(), *as_neurons(data, smoothness))
    assert abs(image_energy(states, data, smoothness) - literal) <= 64 * data.size * EPS


@given(problems, st.integers(0, 10**6))
def test_local_costs_are_the_mean_field_energies_of_coupled_neurons(problem, seed):
    data, smoothness = problem
    densities = np.random.default_rng(seed).random(data.shape)
    densities /= densities.sum(axis=2, keepdims=True)
    literal = mean_field_energies(densities.reshape(-1, data.shape[2]), *as_neurons(data, smoothness))
    computed = local_costs(densities, data, smoothness).reshape(literal.shape)
    assert np.abs(computed - literal).max() <= 64 * data.size * EPS


@given(problems, st.integers(0, 10**6))
def test_changing_one_pixel_changes_the_energy_by_the_difference_of_its_local_costs(problem, seed):
    data, smoothness = problem
    generator = np.random.default_rng(seed)
    rows, columns, levels = data.shape
    states = generator.integers(0, levels, size=(rows, columns))
    local = local_costs(np.eye(levels)[states], data, smoothness)
    row, column, level = generator.integers(0, (rows, columns, levels))
    changed = states.copy()
    changed[row, column] = level
    difference = image_energy(changed, data, smoothness) - image_energy(states, data, smoothness)
    expected = local[row, column, level] - local[row, column, states[row, column]]
    assert abs(difference - expected) <= 64 * data.size * EPS


@given(st.integers(1, 6), st.integers(1, 6))
def test_no_two_neighbours_have_the_same_colour(rows, columns):
    white, black = checkerboard(rows, columns)
    assert np.all(white ^ black)
    for colour in (white, black):
        assert not np.any(colour[1:] & colour[:-1])
        assert not np.any(colour[:, 1:] & colour[:, :-1])


def test_the_smoothness_terms_are_symmetric_vanish_for_equal_levels_and_are_bounded():
    levels = np.linspace(0.0, 1.0, 6)
    for costs, bound in (
        (potts_costs(6, 2.0), 2.0),
        (truncated_quadratic_costs(levels, 2.0, 0.25), 0.5),
    ):
        assert np.array_equal(costs, costs.T)
        assert np.all(np.diag(costs) == 0.0)
        assert np.all(costs <= bound)
    steps = truncated_quadratic_costs(levels, 2.0, 0.25)[0]
    assert steps[1] == pytest.approx(2.0 * 0.04, rel=8 * EPS)
    assert steps[5] == 0.5


def test_the_data_terms_are_log_likelihoods():
    costs = flip_costs([[0, 1]], 0.1)
    weights = np.exp(-costs) / np.exp(-costs).sum(axis=2, keepdims=True)
    assert weights == pytest.approx(np.array([[[0.9, 0.1], [0.1, 0.9]]]), rel=16 * EPS)
    assert data_costs([[0.25]], [0.0, 1.0], 0.5).tolist() == [[[0.125, 1.125]]]


BAD_CALLS = {
    "observed": lambda: data_costs([0.5], [0.0, 1.0]),
    "noise": lambda: data_costs([[0.5]], [0.0, 1.0], 0.0),
    "flip_probability": lambda: flip_costs([[0]], 0.5),
    "zeros and ones": lambda: flip_costs([[2]], 0.1),
    "cutoff": lambda: truncated_quadratic_costs([0.0, 1.0], 1.0, 0.0),
    "states": lambda: image_energy([[2]], np.zeros((1, 1, 2)), np.zeros((2, 2))),
    "data": lambda: image_energy([[0]], np.zeros((1, 2)), np.zeros((2, 2))),
    "symmetric": lambda: image_energy([[0]], np.zeros((1, 1, 2)), [[0.0, 1.0], [2.0, 0.0]]),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_input_is_refused_by_name(name):
    with pytest.raises(ValueError, match=name):
        BAD_CALLS[name]()

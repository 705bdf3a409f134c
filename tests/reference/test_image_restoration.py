"""Restoring images: descent, the cold limit, the sequential order, and the exact optimum."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.acceptance import acceptance_rule
from reference.coupled_neurons import mean_field_energies
from reference.gda import density_update, sweep
from reference.image_energy import checkerboard, flip_costs, image_energy, local_costs, potts_costs
from reference.image_restoration import (
    chain_step,
    data_modes,
    deterministic_annealing,
    iterated_conditional_modes,
    simulated_annealing,
)
from reference.markov_chain import complete_generation, neighbour_generation, transition_matrix
from reference.random_streams import RandomStream

EPS = float(np.finfo(np.float64).eps)
COOLING = np.geomspace(4.0, 0.02, 30)


def random_problem(seed, rows, columns, states):
    """Generic data term; Potts smoothness of generic strength."""
    generator = np.random.default_rng(seed)
    return 3.0 * generator.random((rows, columns, states)), potts_costs(
        states, float(generator.random()) + 0.2
    )


problems = st.builds(
    random_problem, st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 5), st.integers(2, 4)
)


def least_energy(data, smoothness):
    """The least energy of all images, by enumeration row by row: a transfer of minima."""
    rows, columns, levels = data.shape
    lines = np.array(list(product(range(levels), repeat=columns)))
    across = smoothness[lines[:, 1:], lines[:, :-1]].sum(axis=1)
    down = sum(smoothness[lines[:, c][:, np.newaxis], lines[:, c]] for c in range(columns))
    best = np.zeros(len(lines))
    for row in range(rows):
        own = across + data[row][np.arange(columns), lines].sum(axis=1)
        best = own + (np.min(best[:, np.newaxis] + down, axis=0) if row else 0.0)
    return float(best.min())


def falls(energies):
    """Whether energies never rise, up to the rounding of the sums."""
    return bool(np.all(np.diff(energies) <= 256 * EPS * np.abs(energies).max()))


@given(problems)
def test_conditional_modes_never_raise_the_energy_and_end_at_a_local_optimum(problem):
    data, smoothness = problem
    end = iterated_conditional_modes(data, smoothness)
    assert falls(end.energies)
    local = local_costs(np.eye(data.shape[2])[end.states], data, smoothness)
    here = np.take_along_axis(local, end.states[:, :, np.newaxis], axis=2)
    assert np.all(local >= here)
    assert end.energies[-1] == image_energy(end.states, data, smoothness)


def test_changing_neighbours_together_would_be_caught_raising_the_energy():
    data = np.array([[[0.0, 0.1], [0.0, 0.1]]])
    start, smoothness = np.array([[0, 1]]), potts_costs(2, 1.0)
    together = np.argmin(local_costs(np.eye(2)[start], data, smoothness), axis=2)
    assert together.tolist() == [[1, 0]]  # they swap and stay unequal, for ever
    best = iterated_conditional_modes(data, smoothness, start).energies
    assert falls(best)
    assert best[-1] < image_energy(together, data, smoothness)


@settings(max_examples=25)
@given(problems, st.integers(0, 2**32))
def test_cold_simulated_annealing_never_raises_the_energy_and_hot_does(problem, seed):
    data, smoothness = problem
    cold = simulated_annealing(data, smoothness, [1e-9] * 6, RandomStream(seed, 0))
    assert falls(cold.energies)
    rises = [
        np.diff(simulated_annealing(data, smoothness, [100.0] * 20, RandomStream(seed, 0)).energies) > 0.0
    ]
    assert np.any(rises)


@given(problems, st.floats(0.05, 10.0), st.sampled_from(["complete", "neighbour"]))
def test_the_step_of_a_chain_is_the_multiplication_by_its_transition_matrix(problem, temperature, kind):
    levels = problem[0].shape[2]
    generation = {"complete": complete_generation, "neighbour": neighbour_generation}[kind](levels)
    generator = np.random.default_rng(0)
    densities = generator.random((6, levels))
    densities /= densities.sum(axis=1, keepdims=True)
    energies = generator.normal(size=(6, levels))
    chains = np.stack([transition_matrix(row, temperature, generation) for row in energies])
    computed = chain_step(densities, energies, temperature, generation, acceptance_rule("sigmoid"))
    assert np.abs(computed - density_update(densities, chains)).max() <= 16 * levels * EPS


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 3), st.integers(2, 3))
def test_two_half_sweeps_are_one_sequential_sweep_of_gda_in_the_order_of_the_colours(
    seed, rows, columns, states
):
    data, smoothness = random_problem(seed, rows, columns, states)
    order = np.concatenate([np.flatnonzero(colour) for colour in checkerboard(rows, columns)])
    places = np.stack([order // columns, order % columns], axis=1)
    distance = np.abs(places[:, np.newaxis] - places).sum(axis=2)
    pairwise = (distance == 1)[:, :, np.newaxis, np.newaxis] * smoothness
    own = data.reshape(-1, states)[order]
    start = np.random.default_rng(seed).random(own.shape)
    start /= start.sum(axis=1, keepdims=True)
    literal = start
    for _ in range(3):
        literal = sweep(
            literal,
            lambda densities: mean_field_energies(densities, own, pairwise),
            0.7,
            complete_generation(states),
            order="sequential",
        )
    image = np.empty_like(start)
    image[order] = start
    end = deterministic_annealing(data, smoothness, [0.7] * 3, densities=image.reshape(data.shape))
    assert np.array_equal(end.states.ravel()[order], np.argmax(literal, axis=1))


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 5))
def test_a_cold_binary_sweep_of_gda_is_a_sweep_of_conditional_modes(seed, rows, columns):
    data, smoothness = random_problem(seed, rows, columns, 2)
    start = np.random.default_rng(seed).integers(0, 2, size=(rows, columns))
    modes = iterated_conditional_modes(data, smoothness, start, most_sweeps=1)
    cold = deterministic_annealing(
        data, smoothness, [1e-12], acceptance="metropolis", densities=np.eye(2)[start]
    )
    assert np.array_equal(cold.states, modes.states)
    assert falls(cold.energies)


@given(problems)
def test_cold_gda_rests_where_conditional_modes_end(problem):
    data, smoothness = problem
    end = iterated_conditional_modes(data, smoothness).states
    densities = np.eye(data.shape[2])[end]
    cold = deterministic_annealing(data, smoothness, [1e-12] * 3, densities=densities)
    assert np.array_equal(cold.states, end)


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([(3, 3, 3), (4, 4, 2)]))
def test_no_method_ends_below_the_enumerated_optimum(seed, shape):
    data, smoothness = random_problem(seed, *shape)
    least = least_energy(data, smoothness)
    for end in (
        deterministic_annealing(data, smoothness, COOLING),
        simulated_annealing(data, smoothness, COOLING, RandomStream(seed, 0)),
        iterated_conditional_modes(data, smoothness),
    ):
        assert end.energies[-1] >= least - 256 * EPS * abs(least)
        assert end.energies[-1] == image_energy(end.states, data, smoothness)
        assert len(end.energies) >= 2


def test_the_enumeration_finds_a_planted_optimum():
    data, smoothness = random_problem(1, 3, 3, 3)
    literal = min(
        image_energy(np.array(states).reshape(3, 3), data, smoothness)
        for states in product(range(3), repeat=9)
    )
    assert least_energy(data, smoothness) == pytest.approx(literal, rel=256 * EPS)


def test_deterministic_annealing_repeats_itself_and_breaks_a_perfect_tie_by_no_coin():
    data, smoothness = np.zeros((2, 2, 2)), potts_costs(2, 1.0)
    runs = [deterministic_annealing(data, smoothness, COOLING) for _ in range(2)]
    assert np.array_equal(runs[0].states, runs[1].states)
    assert np.all(runs[0].states == 0)  # every density stays uniform; the first level wins the tie


@pytest.mark.parametrize("seed", range(3))
def test_a_graph_cut_is_never_above_the_other_methods_and_meets_the_enumeration(seed):
    maxflow = pytest.importorskip("maxflow", reason="the exact optimum of large images needs PyMaxflow")
    generator = np.random.default_rng(seed)
    for size in (4, 16):
        truth = np.add.outer(np.arange(size), np.arange(size)) > size
        data = flip_costs((truth ^ (generator.random(truth.shape) < 0.2)).astype(int), 0.2)
        smoothness = potts_costs(2, 0.7)
        graph = maxflow.Graph[float]()
        nodes = graph.add_grid_nodes(truth.shape)
        graph.add_grid_edges(nodes, 0.7)
        graph.add_grid_tedges(nodes, data[:, :, 1], data[:, :, 0])
        rounding = 64 * data.size * EPS * float(data.max())
        flow = graph.maxflow()
        cut = graph.get_grid_segments(nodes).astype(int)
        least = image_energy(cut, data, smoothness)
        assert abs(flow - least) <= rounding
        if size == 4:
            assert abs(least - least_energy(data, smoothness)) <= rounding
        for end in (
            deterministic_annealing(data, smoothness, COOLING),
            simulated_annealing(data, smoothness, COOLING, RandomStream(seed, 0)),
            iterated_conditional_modes(data, smoothness),
        ):
            assert least <= end.energies[-1] + rounding
            assert end.energies[-1] <= image_energy(data_modes(data), data, smoothness) + rounding


BAD_CALLS = {
    "temperatures": lambda data, pair: deterministic_annealing(data, pair, [0.0]),
    "sweeps_per_temperature": lambda data, pair: deterministic_annealing(
        data, pair, [1.0], sweeps_per_temperature=0
    ),
    "densities": lambda data, pair: deterministic_annealing(data, pair, [1.0], densities=2.0 * data),
    "generation": lambda data, pair: deterministic_annealing(data, pair, [1.0], generation=np.ones((2, 2))),
    "states": lambda data, pair: simulated_annealing(data, pair, [1.0], RandomStream(0, 0), start=[[0]]),
    "most_sweeps": lambda data, pair: iterated_conditional_modes(data, pair, most_sweeps=0),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_input_is_refused_by_name(name):
    with pytest.raises(ValueError, match=name):
        BAD_CALLS[name](np.ones((2, 2, 2)), potts_costs(2, 1.0))

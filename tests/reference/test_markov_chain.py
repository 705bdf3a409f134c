"""The chain of one neuron: row sums, detailed balance, limits, and eigenvalues known in closed form."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.acceptance import ACCEPTANCE_RULES
from reference.markov_chain import (
    complete_generation,
    gibbs_distribution,
    neighbour_generation,
    reversible_eigenvalues,
    transition_matrix,
)

EPS = float(np.finfo(np.float64).eps)
GENERATIONS = {
    "complete": complete_generation,
    "neighbour": neighbour_generation,
    "reflecting": lambda states: neighbour_generation(states, "reflect"),
}
energies = st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=7)
temperatures = st.floats(0.1, 100.0)
rules = st.sampled_from(sorted(ACCEPTANCE_RULES))
generations = st.sampled_from(sorted(GENERATIONS))


@given(energies, temperatures, generations, rules)
def test_rows_of_the_transition_matrix_sum_to_one(levels, temperature, generation, rule):
    matrix = transition_matrix(levels, temperature, GENERATIONS[generation](len(levels)), rule)
    assert np.all((matrix >= 0.0) & (matrix <= 1.0))
    assert np.all(np.abs(matrix.sum(axis=1) - 1.0) <= len(levels) * EPS)


def test_without_the_stay_the_rows_would_not_sum_to_one():
    matrix = transition_matrix([0.0, 1.0, 3.0], 1.0, complete_generation(3))
    moves = matrix - np.diag(np.diag(matrix))
    assert np.all(moves.sum(axis=1) < 0.95)


@given(energies, temperatures, generations, rules)
def test_a_move_has_the_probability_proposed_times_accepted(levels, temperature, generation, rule):
    proposals = GENERATIONS[generation](len(levels))
    matrix = transition_matrix(levels, temperature, proposals, rule)
    for i in range(len(levels)):
        for j in range(len(levels)):
            if i != j:
                accepted = ACCEPTANCE_RULES[rule](levels[j] - levels[i], temperature)
                assert matrix[i, j] == proposals[i, j] * accepted


def balance_defect(levels, temperature, generation, rule, law=None):
    """Largest relative difference between the flow from i to j and the flow from j to i."""
    matrix = transition_matrix(levels, temperature, GENERATIONS[generation](len(levels)), rule)
    pi = gibbs_distribution(levels, temperature) if law is None else law
    flow = pi[:, None] * matrix
    return float(np.max(np.abs(flow - flow.T) / np.maximum(np.maximum(flow, flow.T), 1e-300), initial=0.0))


@given(
    energies,
    temperatures,
    st.sampled_from(["complete", "neighbour"]),
    st.sampled_from(["sigmoid", "metropolis"]),
)
def test_symmetric_proposals_leave_the_gibbs_law_in_detailed_balance(levels, temperature, generation, rule):
    # exp of a rounded quotient of at most 10 / 0.1 is wrong by 100 units, on either side.
    assert balance_defect(levels, temperature, generation, rule) <= 250 * EPS


@pytest.mark.parametrize("rule", ["piecewise_sigmoid", "doubled_sigmoid", "always"])
def test_the_other_rules_do_not(rule):
    assert balance_defect([0.0, 1.0, 3.0], 1.0, "complete", rule) > 0.05


def test_reflecting_ends_weigh_the_gibbs_law_by_the_number_of_neighbours():
    levels, temperature = [0.5, 0.0, 1.0, 0.25], 0.7
    assert balance_defect(levels, temperature, "reflecting", "sigmoid") > 0.4
    weighted = gibbs_distribution(levels, temperature) * [1.0, 2.0, 2.0, 1.0]
    weighted /= weighted.sum()
    assert balance_defect(levels, temperature, "reflecting", "sigmoid", weighted) <= 32 * EPS


@given(energies, temperatures, st.sampled_from(["complete", "neighbour"]))
def test_the_gibbs_law_is_stationary(levels, temperature, generation):
    matrix = transition_matrix(levels, temperature, GENERATIONS[generation](len(levels)))
    law = gibbs_distribution(levels, temperature)
    assert np.all(np.abs(law @ matrix - law) <= 250 * EPS)


@given(energies, st.floats(0.01, 100.0))
def test_the_gibbs_law_is_a_law_that_prefers_low_energies(levels, temperature):
    law = gibbs_distribution(levels, temperature)
    assert np.all(law >= 0.0)
    assert abs(law.sum() - 1.0) <= len(levels) * EPS
    assert np.all(np.diff(law[np.argsort(levels, kind="stable")]) <= EPS)


def test_the_gibbs_law_spans_the_range_of_float64():
    assert gibbs_distribution([-1e308, 1e308], 1e-300).tolist() == [1.0, 0.0]
    assert gibbs_distribution([0.0, 1e-3], 1e300).tolist() == [0.5, 0.5]


def test_heat_makes_every_proposal_a_coin_toss_and_cold_forbids_every_rise():
    levels, proposals = [0.0, 1.0, 2.0], complete_generation(3)
    hot = transition_matrix(levels, 1e300, proposals)
    assert np.array_equal(hot, proposals / 2 + np.eye(3) / 2)
    cold = transition_matrix(levels, 1e-300, proposals)
    assert cold.tolist() == [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]


def eigenvalues(levels, temperature, generation, rule="sigmoid"):
    matrix = transition_matrix(levels, temperature, GENERATIONS[generation](len(levels)), rule)
    return reversible_eigenvalues(matrix, gibbs_distribution(levels, temperature))


@given(st.floats(-5.0, 5.0), temperatures)
def test_two_states_forget_their_start_in_one_step_under_the_sigmoid(rise, temperature):
    # Its two rows are both the Gibbs law, so the second eigenvalue is 0; Metropolis has -exp(-|dE| / T).
    assert eigenvalues([0.0, rise], temperature, "complete")[1] == pytest.approx(0.0, abs=16 * EPS)
    second = eigenvalues([0.0, rise], temperature, "complete", "metropolis")[1]
    assert second == pytest.approx(-math.exp(-abs(rise) / temperature), abs=64 * EPS)


@pytest.mark.parametrize("states", [2, 3, 5, 16])
def test_equal_energies_have_the_eigenvalues_of_a_random_walk(states):
    flat = np.zeros(states)
    expected = [1.0] + [1.0 - states / (2.0 * (states - 1))] * (states - 1)
    assert eigenvalues(flat, 1.0, "complete") == pytest.approx(expected, abs=states * 8 * EPS)
    cosines = np.cos(np.pi * np.arange(states) / states)
    assert eigenvalues(flat, 1.0, "neighbour") == pytest.approx(0.5 + cosines / 2, abs=states * 8 * EPS)


@given(energies, st.floats(1.0, 100.0), st.sampled_from(["complete", "neighbour"]))
def test_the_symmetric_form_has_the_spectrum_of_the_chain(levels, temperature, generation):
    matrix = transition_matrix(levels, temperature, GENERATIONS[generation](len(levels)))
    general = np.sort(np.linalg.eigvals(matrix).real)[::-1]
    # Nearly equal eigenvalues of a matrix that is not symmetric move by the root of a rounding.
    budget = math.sqrt(EPS) * len(levels)
    values = reversible_eigenvalues(matrix, gibbs_distribution(levels, temperature))
    assert values == pytest.approx(general, abs=budget)
    assert values[0] == pytest.approx(1.0, abs=64 * EPS)


def test_a_chain_that_is_not_reversible_is_refused():
    rotation = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    with pytest.raises(ValueError, match="detailed balance"):
        reversible_eigenvalues(rotation, np.ones(3) / 3)


@given(st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=7), st.floats(1e-3, 0.01))
def test_a_cold_chain_with_weights_near_underflow_is_still_seen_to_be_reversible(levels, temperature):
    matrix = transition_matrix(levels, temperature, complete_generation(len(levels)))
    values = reversible_eigenvalues(matrix, gibbs_distribution(levels, temperature))
    assert abs(values[0] - 1.0) <= 16 * len(levels) * EPS


@pytest.mark.parametrize("name", sorted(GENERATIONS))
@pytest.mark.parametrize("states", [1, 2, 3, 10])
def test_proposals_never_exceed_one_and_never_propose_a_stay(name, states):
    matrix = GENERATIONS[name](states)
    assert np.all(np.diag(matrix) == 0.0)
    assert np.all(matrix.sum(axis=1) <= 1.0 + states * EPS)
    symmetric = np.array_equal(matrix, matrix.T)
    assert symmetric == (name != "reflecting" or states < 3)


def test_a_single_state_always_stays():
    for generation in GENERATIONS.values():
        assert transition_matrix([3.0], 1.0, generation(1)).tolist() == [[1.0]]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: complete_generation(0), "states must be an integer of at least 1"),
        (lambda: neighbour_generation(3, "wrap"), "ends must be one of"),
        (lambda: transition_matrix([], 1.0, np.zeros((0, 0))), "energies must hold at least one state"),
        (lambda: transition_matrix([0.0, math.nan], 1.0, np.zeros((2, 2))), "energies must be finite"),
        (
            lambda: transition_matrix([-1e308, 1e308], 1.0, np.zeros((2, 2))),
            "energies must have finite differences",
        ),
        (lambda: transition_matrix([0.0, 1.0], 0.0, np.zeros((2, 2))), "temperature must be positive"),
        (
            lambda: transition_matrix([0.0, 1.0], 1.0, np.zeros((3, 3))),
            r"generation must have shape \(2, 2\)",
        ),
        (lambda: transition_matrix([0.0, 1.0], 1.0, np.ones((2, 2))), "rows of at most 1"),
        (lambda: transition_matrix([0.0, 1.0], 1.0, -np.eye(2)), "entries of at least 0"),
        (lambda: transition_matrix([0.0, 1.0], 1.0, np.eye(2), "greedy"), "acceptance must be one of"),
        (lambda: transition_matrix([0.0, 1.0], 1.0, np.eye(2), lambda d, t: d + 2.0), "acceptance must give"),
        (lambda: gibbs_distribution([], 1.0), "energies must hold at least one state"),
        (lambda: reversible_eigenvalues([[0.5, 0.4], [0.5, 0.5]], [0.5, 0.5]), "rows that sum to one"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()

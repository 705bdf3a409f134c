"""Sigmoid, Metropolis and threshold: sharp inequalities, spectral gaps and escapes, derived a second way."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, target
from hypothesis import strategies as st

from reference.acceptance import ACCEPTANCE_RULES, acceptance_probability, metropolis_probability
from reference.markov_chain import (
    complete_generation,
    gibbs_distribution,
    neighbour_generation,
    reversible_eigenvalues,
    transition_matrix,
)
from reference.released_rules import released_acceptance

EPS = float(np.finfo(float).eps)

energies = st.lists(st.floats(-3.0, 3.0), min_size=2, max_size=6)
temperatures = st.floats(0.3, 10.0)


def symmetrised_eigenvalues(chain, law):
    """Eigenvalues in ascending order from the similarity D P D^-1, D = diag(sqrt(law)): no product of entries."""
    root = np.sqrt(law)
    similar = root[:, np.newaxis] * chain / root
    return np.linalg.eigvalsh((similar + similar.T) / 2)


def gap(values, temperature, generation, rule):
    chain = transition_matrix(values, temperature, generation, rule)
    return 1.0 - symmetrised_eigenvalues(chain, gibbs_distribution(values, temperature))[-2]


def rounding(size):
    """Error of an eigenvalue of a stochastic matrix: some size^2 roundings of entries up to 1."""
    return 16 * size**2 * EPS


@given(energies, temperatures, st.sampled_from([complete_generation, neighbour_generation]))
@example([0.0, 0.0, 0.0], 1.0, neighbour_generation)
@example([0.0, 3.0, 0.0], 0.3, neighbour_generation)
def test_the_gap_of_metropolis_lies_between_that_of_the_sigmoid_and_twice_it(values, temperature, generation):
    sigmoid, metropolis = (
        gap(values, temperature, generation(len(values)), rule) for rule in ("sigmoid", "metropolis")
    )
    slack = rounding(len(values))
    target(metropolis - 2 * sigmoid)
    assert sigmoid - slack <= metropolis <= 2 * sigmoid + 3 * slack


@pytest.mark.parametrize("size", [2, 3, 7])
def test_equal_energies_attain_the_factor_two(size):
    flat = np.zeros(size)
    sigmoid, metropolis = (
        gap(flat, 1.0, neighbour_generation(size), rule) for rule in ("sigmoid", "metropolis")
    )
    assert abs(metropolis - 2 * sigmoid) <= 3 * rounding(size)
    # The path graph with loops has the eigenvalues cos(pi k / size): a gap known in closed form.
    assert abs(metropolis - (1 - math.cos(math.pi / size))) <= rounding(size)


@given(st.floats(-20.0, 20.0), temperatures)
def test_two_states_have_gap_one_with_the_sigmoid_and_one_plus_the_boltzmann_factor_with_metropolis(
    quotient, temperature
):
    values, generation = [0.0, quotient * temperature], complete_generation(2)
    # From the trace alone: the eigenvalues of a stochastic 2 x 2 matrix are 1 and trace - 1.
    gaps = [
        2 - np.trace(transition_matrix(values, temperature, generation, rule)) for rule in ACCEPTANCE_RULES
    ]
    found = dict(zip(ACCEPTANCE_RULES, gaps, strict=True))
    assert abs(found["sigmoid"] - 1.0) <= 16 * EPS
    factor = math.exp(-abs(quotient))
    assert abs(found["metropolis"] - 1.0 - factor) <= 16 * EPS


@given(energies, temperatures)
def test_the_reference_eigenvalues_are_those_of_the_similar_matrix(values, temperature):
    law = gibbs_distribution(values, temperature)
    chain = transition_matrix(values, temperature, neighbour_generation(len(values)))
    difference = reversible_eigenvalues(chain, law)[::-1] - symmetrised_eigenvalues(chain, law)
    # sqrt(law) spans exp(range / 2T), which multiplies the roundings of the similarity.
    spread = math.sqrt(law.max() / law.min())
    assert np.max(np.abs(difference)) <= spread * rounding(len(values))


def exact_stationary(weights, rule):
    """Stationary law of three fully connected states in rationals, by the matrix-tree theorem."""

    def accepted(here, there):
        ratio = weights[there] / weights[here]  # exp(-dE/T)
        if rule == "piecewise_sigmoid" and ratio >= 1:
            return Fraction(1)
        return min(Fraction(1), ratio) if rule == "metropolis" else ratio / (1 + ratio)

    rate = {(i, j): accepted(i, j) / 2 for i, j in itertools.permutations(range(3), 2)}
    trees = []
    for root in range(3):
        first, second = (state for state in range(3) if state != root)
        trees.append(
            rate[first, root] * rate[second, root]
            + rate[first, second] * rate[second, root]
            + rate[second, first] * rate[first, root]
        )
    return [tree / sum(trees) for tree in trees]


@given(st.tuples(*[st.integers(1, 40)] * 3))
@example((1, 2, 4))
def test_sigmoid_and_metropolis_leave_the_gibbs_law_in_place_exactly(weights):
    weights = [Fraction(w) for w in weights]
    gibbs = [w / sum(weights) for w in weights]
    assert exact_stationary(weights, "sigmoid") == gibbs
    assert exact_stationary(weights, "metropolis") == gibbs


def test_the_piecewise_sigmoid_changes_the_law_of_two_equal_and_one_double_weight():
    weights = [Fraction(1), Fraction(1), Fraction(2)]
    law = exact_stationary(weights, "piecewise_sigmoid")
    assert law == [Fraction(1, 5), Fraction(1, 5), Fraction(3, 5)]
    chain = transition_matrix([0.0, 0.0, -math.log(2.0)], 1.0, complete_generation(3), "piecewise_sigmoid")
    assert np.max(np.abs(np.array(law, dtype=float) @ chain - np.array(law, dtype=float))) <= 8 * EPS


@given(st.floats(1e-6, 0.49))
def test_lower_energies_reach_probability_one_minus_d_at_the_logit(missing):
    edge = -math.log((1 - missing) / missing)
    assert acceptance_probability(edge, 1.0) == pytest.approx(1 - missing, rel=8 * EPS, abs=8 * EPS)
    assert acceptance_probability(edge * (1 + 1e-6), 1.0) > 1 - missing
    assert acceptance_probability(edge * (1 - 1e-6), 1.0) < 1 - missing


def test_no_factor_below_two_bounds_metropolis_by_the_sigmoid():
    changes = np.array([10.0**-k for k in range(1, 9)])
    ratio = metropolis_probability(changes, 1.0) / acceptance_probability(changes, 1.0)
    # The ratio is 1 + exp(-r) exactly, so it closes in on 2 like r.
    assert np.max(np.abs(ratio - (1 + np.exp(-changes)))) <= 8 * EPS
    assert ratio[-1] > 2 - 2 * changes[-1]


@given(st.floats(-6.0, 6.0).map(lambda exponent: 10.0**exponent))
@example(1.0)
@example(1e-6)
@example(1e6)
def test_the_threshold_of_the_public_code_is_lamberts_function(temperature):
    with mpmath.workdps(50):
        edge = float(temperature * mpmath.lambertw(1 / (1024 * mpmath.mpf(temperature))).real)
        low, high = mpmath.exp(-1 / (1024 * mpmath.mpf(temperature))) / 1024, mpmath.mpf(1) / 1024
        assert low * (1 - EPS) <= edge <= high * (1 + EPS)
    # dE/T stays below 14 here, and exp carries the rounding of it into the threshold.
    slack = 32 * EPS
    assert released_acceptance(edge * (1 - slack), temperature)
    assert not released_acceptance(edge * (1 + slack), temperature)


@given(energies.filter(lambda values: len(values) >= 3), temperatures)
def test_without_a_test_a_minimum_is_left_sooner_but_without_uphill_moves_never(values, temperature):
    values = np.array(values)
    start = int(np.argmin(values))
    generation = neighbour_generation(values.size)
    stay = {
        rule: transition_matrix(values, temperature, generation, rule)[start, start]
        for rule in ACCEPTANCE_RULES
    }
    assert stay["sigmoid"] >= stay["metropolis"] >= stay["always"]
    proposed = generation[start].sum()
    # Every neighbour is at least as high, so each move is made with at most half its proposal probability.
    assert 1 - stay["sigmoid"] <= proposed / 2 + 4 * EPS
    assert stay["sigmoid"] < 1.0


def test_a_wrong_factor_is_caught_by_equal_energies():
    sigmoid, metropolis = (
        gap(np.zeros(3), 1.0, complete_generation(3), rule) for rule in ("sigmoid", "metropolis")
    )
    assert metropolis > 1.9 * sigmoid

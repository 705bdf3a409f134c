"""Acceptance: exact probabilities, detailed balance, speed, and the public code's threshold in closed form."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from reference.acceptance import (
    ACCEPTANCE_RULES,
    acceptance_probability,
    accepts,
    metropolis_probability,
)
from reference.markov_chain import neighbour_generation, transition_matrix
from reference.released_rules import released_acceptance

EPS = np.finfo(float).eps

changes = st.floats(-50.0, 50.0)
temperatures = st.floats(0.05, 20.0)


@given(changes, temperatures)
def test_the_sigmoid_lies_between_half_of_metropolis_and_all_of_it(change, temperature):
    sigmoid, metropolis = (f(change, temperature) for f in (acceptance_probability, metropolis_probability))
    target(metropolis / max(sigmoid, 1e-300))
    assert sigmoid <= metropolis <= 2 * sigmoid * (1 + 8 * EPS)


@given(changes, temperatures)
def test_the_probabilities_of_a_move_and_its_reverse_add_to_one(change, temperature):
    total = acceptance_probability(change, temperature) + acceptance_probability(-change, temperature)
    assert total == pytest.approx(1.0, rel=2 * EPS)


@given(st.floats(1e-3, 50.0), temperatures, st.floats(1.001, 5.0))
def test_uphill_moves_become_likelier_as_the_temperature_rises_and_downhill_ones_less(
    size, temperature, factor
):
    cold, hot = temperature, temperature * factor
    assert acceptance_probability(size, hot) >= acceptance_probability(size, cold)
    assert acceptance_probability(-size, hot) <= acceptance_probability(-size, cold)
    assert acceptance_probability(size, hot) < 0.5


@given(st.floats(1e-6, 0.499), temperatures)
def test_certainty_up_to_a_tolerance_needs_a_fall_of_t_log_odds(tolerance, temperature):
    """Half a percent to either side of dE = -T log((1-d)/d) decides whether A >= 1 - d."""
    edge = -temperature * np.log((1 - tolerance) / tolerance)
    assert acceptance_probability(edge * 1.005, temperature) > 1 - tolerance
    assert acceptance_probability(edge * 0.995, temperature) < 1 - tolerance


def test_no_rule_but_the_sigmoid_keeps_the_two_directions_complementary():
    """The control of complementarity: each of the other rules breaks it."""
    for name, rule in ACCEPTANCE_RULES.items():
        complementary = abs(rule(1.0, 1.0) + rule(-1.0, 1.0) - 1) <= 2 * EPS
        assert complementary == (name == "sigmoid")


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=6), st.floats(0.2, 5))
def test_sigmoid_and_metropolis_keep_the_gibbs_law_and_differ_in_speed_by_at_most_two(energies, temperature):
    """Gaps from the eigenvalues of P itself, not of its symmetric form."""
    generation = neighbour_generation(len(energies))
    weights = np.exp(-(np.array(energies) - min(energies)) / temperature)
    law, gaps = weights / weights.sum(), []
    for rule in ("sigmoid", "metropolis"):
        chain = transition_matrix(energies, temperature, generation, rule)
        assert np.max(np.abs(law @ chain - law)) <= 16 * EPS
        gaps.append(1 - np.sort(np.linalg.eigvals(chain).real)[-2])
    # eigenvalues of P are those of a symmetric matrix scaled by sqrt(weights): conditioned by their spread
    rounding = 64 * EPS * len(energies) * np.sqrt(weights.max() / weights.min())
    assert gaps[0] <= gaps[1] + rounding
    assert gaps[1] <= 2 * gaps[0] + rounding


def test_the_rule_with_a_branch_for_lower_energies_leaves_another_law():
    """The control: always accepting improvements, with a sigmoid uphill, breaks detailed balance."""
    energies = np.array([0.0, 1.0])
    chain = transition_matrix(energies, 1.0, [[0, 1], [1, 0]], "piecewise_sigmoid")
    law = np.exp(-energies) / np.exp(-energies).sum()
    assert np.max(np.abs(law @ chain - law)) > 0.05


@given(st.integers(0, 2**12), st.integers(0, 2**12 - 1))
def test_a_draw_accepts_exactly_below_the_probability(numerator, draw):
    assert accepts(draw / 2**12, numerator / 2**12) == (draw < numerator)


@given(st.floats(1e-5, 1e4))
def test_the_released_threshold_is_a_lambert_function(temperature):
    """T W(1/(1024 T)) from another library: just below it a rise is kept, just above it is not."""
    with mpmath.workdps(40):
        edge = float(mpmath.mpf(temperature) * mpmath.lambertw(1 / (1024 * mpmath.mpf(temperature))).real)
    assert released_acceptance(edge * (1 - 16 * EPS), temperature)
    assert not released_acceptance(edge * (1 + 16 * EPS), temperature)
    assert np.exp(-1 / (1024 * temperature)) / 1024 <= edge * (1 + 4 * EPS)
    assert edge < 1 / 1024


@given(st.floats(0.05, 3), st.floats(0.05, 3), st.floats(0.2, 4))
def test_the_escape_time_over_a_barrier_by_simulation_of_the_law(height, drop, temperature):
    """Expected steps from the first of three states to the last, as the sum of survival probabilities."""
    chain = transition_matrix([0.0, height, -drop], temperature, neighbour_generation(3))[:2, :2]
    # sum of chain^t by doubling: (I + Q)(I + Q^2)(I + Q^4)...
    total, power = np.eye(2), chain
    for _ in range(60):
        total, power = total + power @ total, power @ power
    up, back, on = (acceptance_probability(d, temperature) for d in (height, -height, -height - drop))
    expected = (2 + 2 * back / on) / up + 2 / on
    assert total[0].sum() == pytest.approx(expected, rel=256 * EPS * expected)

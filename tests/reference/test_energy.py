"""Energy: each reading of the lost formula, known by hand, and what tells the readings apart."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.energy import PENALTIES, energy, level_distances, penalty

EPS = float(np.finfo(np.float64).eps)
vectors = st.lists(st.floats(-10.0, 10.0), min_size=1, max_size=8)
temperatures = st.floats(1e-3, 1e3)
forms = st.sampled_from(sorted(PENALTIES))


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("distance_over_temperature", 0.5 / 0.25 + 1.0 / 0.25),
        ("distance_times_temperature", 0.5 * 0.25 + 1.0 * 0.25),
        ("boltzmann", math.exp(-2.0) + math.exp(-4.0) + 1.0),
        ("squared", 0.25 + 1.0),
        ("squared_times_temperature", 0.25 * 1.25),
    ],
)
def test_each_reading_on_three_parameters(form, value):
    theta, proposal = [0.0, 2.0, 3.0], [0.5, 1.0, 3.0]
    assert penalty(theta, proposal, 0.25, form) == pytest.approx(value, rel=4 * EPS, abs=0.0)
    assert penalty(theta, proposal, 0.25, form, "mean") == pytest.approx(value / 3, rel=4 * EPS, abs=0.0)


@given(vectors, temperatures, forms, st.randoms(use_true_random=False))
def test_the_term_is_symmetric_non_negative_and_blind_to_the_order_of_parameters(
    theta, temperature, form, random
):
    proposal = [random.uniform(-10.0, 10.0) for _ in theta]
    value = penalty(theta, proposal, temperature, form)
    assert value >= 0.0
    assert penalty(proposal, theta, temperature, form) == value
    order = random.sample(range(len(theta)), len(theta))
    shuffled = penalty([theta[i] for i in order], [proposal[i] for i in order], temperature, form)
    assert abs(shuffled - value) <= len(theta) * EPS * value


@given(vectors, temperatures, forms)
def test_a_parameter_at_its_potential_state_costs_nothing_except_in_the_boltzmann_form(
    theta, temperature, form
):
    assert penalty(theta, theta, temperature, form) == (len(theta) if form == "boltzmann" else 0.0)


@given(st.floats(0.0, 10.0), st.floats(0.0, 10.0), temperatures, forms)
def test_a_larger_distance_costs_more_except_in_the_boltzmann_form(one, other, temperature, form):
    near, far = sorted((one, other))
    difference = penalty([far], [0.0], temperature, form) - penalty([near], [0.0], temperature, form)
    assert difference <= 0.0 if form == "boltzmann" else difference >= 0.0


def test_the_readings_disagree_on_what_cooling_does():
    hot, cold = 1.0, 1e-3
    ratio = {form: penalty([1.0], [0.0], cold, form) / penalty([1.0], [0.0], hot, form) for form in PENALTIES}
    assert ratio["distance_over_temperature"] == pytest.approx(1e3, rel=4 * EPS)
    assert ratio["distance_times_temperature"] == ratio["squared_times_temperature"] == cold
    assert ratio["squared"] == 1.0
    assert ratio["boltzmann"] < 1e-300


@given(st.floats(-1e6, 1e6), vectors, temperatures, st.floats(0.0, 10.0), forms)
def test_the_energy_is_the_loss_plus_the_weighted_term(loss, theta, temperature, regularization, form):
    proposal = np.zeros(len(theta))
    expected = loss + regularization * penalty(theta, proposal, temperature, form)
    assert energy(loss, theta, proposal, temperature, regularization, form) == expected
    assert energy(loss, theta, proposal, temperature, form=form) == energy(
        loss, theta, proposal, temperature, 1e-3, form
    )
    assert energy(loss, theta, proposal, temperature, 0.0, form) == loss


def test_a_switched_off_term_is_not_evaluated():
    assert energy(1.0, [1e300], [-1e300], 1e-300, 0.0) == 1.0
    with pytest.raises(ValueError, match="finite in float64"):
        energy(1.0, [1e300], [-1e300], 1e-300, 1e-3)


@given(vectors, st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=6, unique=True))
def test_level_distances_are_those_of_the_definition(theta, values):
    levels = sorted(values)
    table = level_distances(theta, levels)
    assert table.tolist() == [[abs(t - q) for q in levels] for t in theta]


def test_the_two_energies_of_the_paper_can_order_two_states_differently():
    loss = lambda theta: (theta - 1.0) ** 2  # noqa: E731
    theta, levels = 0.1, [0.0, 1.0]
    near, far = level_distances([theta], levels)[0]
    assert near < far
    assert energy(loss(0.0), [theta], [0.0], 1.0) > energy(loss(1.0), [theta], [1.0], 1.0)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: penalty([0.0], [0.0, 1.0], 1.0), r"proposal must have shape \(1,\)"),
        (lambda: penalty([math.nan], [0.0], 1.0), "theta must be finite"),
        (lambda: penalty([0.0], [0.0], 0.0), "temperature must be positive"),
        (lambda: penalty([0.0], [0.0], 1.0, "cubic"), "form must be one of"),
        (lambda: penalty([0.0], [0.0], 1.0, "squared", "max"), "reduction must be one of"),
        (lambda: penalty([], [], 1.0, "squared", "mean"), "theta must have at least one entry"),
        (lambda: penalty([1e200], [-1e200], 1.0, "squared"), "squared term finite"),
        (lambda: energy(math.inf, [0.0], [0.0], 1.0), "loss must be finite"),
        (lambda: energy(0.0, [0.0], [0.0], 1.0, -1.0), "regularization must be at least 0"),
        (lambda: level_distances([0.0], [1.0, 0.0]), "levels must be strictly increasing"),
        (lambda: level_distances([1.7e308], [-1.7e308]), "theta must keep its distance"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()

"""One step of Algorithm 1: what it reduces to, what it proposes, what it leaves alone, what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.algorithm import step
from reference.masks import mask_of
from reference.settings import Settings, gradient_descent_settings
from reference.soft_quantization import soft_quantize
from reference.state import Draws, initial_state
from reference.updates import dense_step, masked_step
from tests.reference.algorithm_steps import LEVELS, draws, follow, slope, start

EPS = float(np.finfo(np.float64).eps)


@given(st.integers(1, 8), st.floats(0.0, 1.0), st.integers(0, 1000))
def test_with_everything_off_the_step_is_gradient_descent_bit_for_bit(size, step_size, seed):
    choice = gradient_descent_settings(step_size)
    state = start(choice, size, seed)
    (outcome,) = follow(state, choice, 1, seed)
    assert np.array_equal(outcome.state.theta, dense_step(state.theta, slope(state.theta), step_size))
    assert outcome.fraction == 1.0
    assert sorted(outcome.selected) == list(range(size))


@given(st.integers(1, 9), st.floats(0.0, 1.0), st.integers(0, 1000))
def test_with_everything_off_but_the_fraction_it_is_the_masked_update(size, step_size, seed):
    choice = Settings(
        levels=None,
        initial_temperature=1.0,
        schedule="fixed",
        f_min=0.5,
        f_max=0.5,
        step_size=step_size,
        smoothing=0.0,
        noise="zero",
        acceptance="always",
    )
    state = start(choice, size, seed)
    (outcome,) = follow(state, choice, 1, seed)
    chosen = draws(seed, 0, size).order[: size // 2]
    expected = masked_step(state.theta, slope(state.theta), step_size, mask_of(chosen, size))
    assert np.array_equal(outcome.state.theta, expected)


@given(st.integers(0, 200))
def test_the_quantizer_or_the_noise_alone_breaks_the_reduction(seed):
    plain = {
        "levels": None,
        "schedule": "fixed",
        "f_min": 1.0,
        "f_max": 1.0,
        "smoothing": 0.0,
        "noise": "zero",
    }
    for change in ({"levels": LEVELS}, {"noise": "linear"}, {"smoothing": 0.9}, {"f_min": 0.5, "f_max": 0.5}):
        choice = Settings(initial_temperature=0.5, acceptance="always", **{**plain, **change})
        state = start(choice, 4, seed)
        (outcome,) = follow(state, choice, 1, seed)
        assert not np.array_equal(
            outcome.state.theta, dense_step(state.theta, slope(state.theta), choice.step_size)
        )


@pytest.mark.parametrize("comparison", ["single", "joint"])
def test_a_step_moves_accepted_parameters_only_and_to_their_proposals(comparison):
    choice = Settings(levels=LEVELS, initial_temperature=0.3, f_min=0.6, f_max=0.6, comparison=comparison)
    state = start(choice, 20)
    outcomes = follow(state, choice, 15)
    rejected = 0
    for before, outcome in zip([state, *(o.state for o in outcomes)], outcomes, strict=False):
        expected = before.theta.copy()
        expected[outcome.selected[outcome.accepted]] = outcome.proposals[outcome.accepted]
        assert np.array_equal(outcome.state.theta, expected)
        assert outcome.selected.size == 12
        rejected += np.sum(~outcome.accepted)
    assert 0 < rejected < 15 * 12


def test_every_accepted_value_lies_in_the_hull_of_the_levels():
    choice = Settings(levels=LEVELS, initial_temperature=2.0, f_min=1.0, f_max=1.0, acceptance="always")
    for outcome in follow(start(choice), choice, 10):
        assert np.all(np.abs(outcome.state.theta) <= 1.0)


def test_noise_outside_the_quantizer_leaves_the_hull():
    choice = Settings(
        levels=LEVELS,
        initial_temperature=2.0,
        f_min=1.0,
        f_max=1.0,
        acceptance="always",
        noise_placement="outside",
    )
    assert any(np.any(np.abs(outcome.state.theta) > 1.0) for outcome in follow(start(choice), choice, 10))


def test_the_proposal_is_the_quantized_noisy_mean_field_step():
    choice = Settings(
        levels=LEVELS, initial_temperature=0.4, f_min=1.0, f_max=1.0, step_size=0.3, smoothing=0.75
    )
    state = start(choice)
    (outcome,) = follow(state, choice, 1)
    numbers = draws(0, 0, 6)
    average = 0.75 * np.zeros(6) + 0.25 * slope(state.theta)
    moved = (state.theta - 0.3 * average) + 0.4 * numbers.normals
    expected = soft_quantize(moved, LEVELS, 0.4)[numbers.order]
    # Averages of a zero and a gradient are exact up to one product.
    assert outcome.proposals == pytest.approx(expected, abs=64 * EPS)


def test_the_listing_refreshes_the_average_of_selected_parameters_only():
    selected = Settings(levels=LEVELS, initial_temperature=1.0, f_min=0.5, f_max=0.5)
    every = Settings(levels=LEVELS, initial_temperature=1.0, f_min=0.5, f_max=0.5, refreshed="all")
    (stale,), (fresh,) = follow(start(selected), selected, 1), follow(start(every), every, 1)
    assert np.count_nonzero(stale.state.mean_field) == 3
    assert np.count_nonzero(fresh.state.mean_field) == 6
    assert np.array_equal(stale.state.mean_field[stale.selected], fresh.state.mean_field[stale.selected])


def test_a_share_below_one_parameter_moves_nothing_but_still_cools():
    choice = Settings(
        levels=LEVELS, initial_temperature=0.1, f_min=0.01, f_max=0.01, entropy_normaliser="log_levels"
    )
    state = start(choice, 5)
    (outcome,) = follow(state, choice, 1)
    assert outcome.selected.size == 0
    assert np.array_equal(outcome.state.theta, state.theta)
    assert outcome.state.temperature < state.temperature
    assert outcome.state.step == 1


def test_the_same_numbers_give_the_same_step():
    choice = Settings(levels=LEVELS, initial_temperature=0.5)
    one, two = (follow(start(choice, 200), choice, 3)[-1].state for _ in range(2))
    assert np.array_equal(one.theta, two.theta)
    assert one.temperature == two.temperature


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"loss": np.nan}, "loss must be finite"),
        ({"loss": np.inf}, "loss must be finite"),
        ({"gradient": [0.0, np.nan]}, "gradient must be finite"),
        ({"gradient": [0.0]}, r"gradient must have shape \(2,\)"),
        ({"loss_at": lambda theta: np.nan}, r"loss_at\(candidate\) must be finite"),
        ({"previous_block_loss": np.nan}, "loss_on_previous_block must be finite"),
        ({"draws": Draws([0, 0], np.zeros(2), np.zeros(2))}, "draws.order must be distinct"),
        ({"draws": Draws([0, 1], np.zeros(3), np.zeros(2))}, "draws.normals must have shape"),
        ({"draws": Draws([0, 1], np.zeros(2), np.ones(2))}, r"uniform must lie in \[0, 1\)"),
    ],
)
def test_a_refused_step_leaves_the_state_as_it_was(changed, named):
    choice = Settings(levels=LEVELS, initial_temperature=1.0, f_min=1.0, f_max=1.0, loss_change="data_block")
    state = initial_state([0.5, -0.5], choice)
    before = {name: np.copy(value) for name, value in vars(state).items() if value is not None}
    arguments = {
        "loss": 1.0,
        "gradient": [0.1, 0.2],
        "loss_at": lambda theta: 1.0,
        "draws": Draws([0, 1], np.zeros(2), np.zeros(2)),
        "previous_block_loss": 1.0,
    }
    with pytest.raises(ValueError, match=named):
        step(state, choice, **{**arguments, **changed})
    for name, value in before.items():
        assert np.array_equal(getattr(state, name), value)
    step(state, choice, **arguments)

"""One step of Algorithm 1: what it reduces to, what it leaves alone, and each reading's difference."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.algorithm import step
from reference.entropy import total_entropy
from reference.fraction import update_count, update_fraction
from reference.levels import uniform_levels
from reference.masks import mask_of
from reference.random_streams import RandomStream
from reference.settings import Settings, gradient_descent_settings
from reference.soft_quantization import soft_quantize
from reference.state import Draws, initial_state
from reference.updates import dense_step, masked_step

EPS = float(np.finfo(np.float64).eps)
LEVELS = uniform_levels(1.0, 9)


def loss(theta):
    return float(np.sum(1.0 - np.cos(theta)) + theta @ theta / 8)


def slope(theta):
    return np.sin(theta) + theta / 4


def draws(seed, number, size):
    indices = np.arange(size)
    return Draws(
        RandomStream(seed, 0).permutation(number, size),
        RandomStream(seed, 1).normals(number, indices),
        RandomStream(seed, 2).uniforms(number, indices),
    )


def follow(state, choice, count, seed=0, **others):
    """The steps from a state, with the loss above."""
    taken = []
    for _ in range(count):
        theta = state.theta
        outcome = step(
            state, choice, loss(theta), slope(theta), loss, draws(seed, state.step, theta.size), **others
        )
        taken.append(outcome)
        state = outcome.state
    return taken


def start(choice, size=6, seed=3):
    return initial_state(0.5 * RandomStream(seed, 9).normals(0, np.arange(size)), choice)


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


def test_the_first_fraction_is_that_of_ratio_one_and_later_ones_follow_the_losses():
    choice = Settings(levels=LEVELS, initial_temperature=0.2, f_min=0.25, f_max=1.0)
    outcomes = follow(start(choice, 12), choice, 8)
    losses = [outcome.state.previous_loss for outcome in outcomes]
    assert outcomes[0].fraction == update_fraction(1.0, 1.0, 0.25, 1.0)
    changes = np.abs(np.diff(losses))
    for t in range(1, 8):
        assert outcomes[t].fraction == update_fraction(changes[t - 1], changes[:t].max(), 0.25, 1.0)
        assert outcomes[t].selected.size == update_count(outcomes[t].fraction, 12)


def fraction_after(losses, **others):
    """Fraction of the step that sees the last of the given losses."""
    choice = Settings(levels=LEVELS, initial_temperature=1.0, acceptance="always", **others)
    state = initial_state(np.zeros(4), choice)
    for number, value in enumerate(losses):
        outcome = step(
            state, choice, value, np.zeros(4), lambda _: 0.0, draws(0, number, 4), previous_block_loss=7.0
        )
        state = outcome.state
    return outcome.fraction


def test_the_readings_of_the_loss_change_part_where_the_loss_rises():
    at = lambda ratio: update_fraction(ratio, 1.0, 0.01, 0.5)  # noqa: E731
    losses = [5.0, 1.0, 3.0]
    assert fraction_after(losses) == at(0.5)
    assert fraction_after(losses, loss_change="decrease") == 0.01
    assert fraction_after([5.0, 1.0, 7.0]) == at(1.0)
    assert fraction_after([5.0, 1.0, 7.0], divisor="initial_drop") == at(1.5)
    # Against a previous block with loss 7: changes 2, 6, 4.
    assert fraction_after(losses, loss_change="data_block") == update_fraction(4.0, 6.0, 0.01, 0.5)
    assert fraction_after([5.0, 1.0], sensitivity=3.0) == update_fraction(1.0, 1.0, 0.01, 0.5, 3.0)


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


def test_the_temperature_follows_the_entropy_just_computed():
    choice = Settings(levels=LEVELS, initial_temperature=0.3, entropy_normaliser="log_levels")
    state = start(choice)
    for outcome in follow(state, choice, 6):
        entropy = total_entropy(outcome.state.theta, LEVELS, state.temperature)
        assert outcome.state.entropy == entropy
        assert outcome.state.temperature == max(0.3 * (entropy / (6 * np.log(9))), 0.003)
        state = outcome.state


def test_in_the_order_printed_it_follows_the_entropy_before_with_a_lag_of_one_step():
    choice = Settings(
        levels=LEVELS, initial_temperature=0.3, entropy_order="stale", entropy_normaliser="log_levels"
    )
    state = start(choice)
    for outcome in follow(state, choice, 6):
        assert outcome.state.temperature == max(0.3 * (state.entropy / (6 * np.log(9))), 0.003)
        assert outcome.state.entropy == total_entropy(outcome.state.theta, LEVELS, outcome.state.temperature)
        state = outcome.state


def test_under_the_listing_s_normaliser_the_stale_order_keeps_the_first_temperature_one_step_longer():
    stale = Settings(levels=LEVELS, initial_temperature=0.3, entropy_order="stale")
    (first,) = follow(start(stale), stale, 1)
    assert first.state.temperature == 0.3


@pytest.mark.parametrize(
    ("schedule", "expected"), [("fixed", [2.0] * 4), ("geometric", [1.0, 0.5, 0.25, 0.25])]
)
def test_the_rival_schedules_ignore_the_entropy_and_keep_the_floor(schedule, expected):
    choice = Settings(
        levels=LEVELS, initial_temperature=2.0, schedule=schedule, cooling_ratio=0.5, floor_factor=0.125
    )
    assert [outcome.state.temperature for outcome in follow(start(choice), choice, 4)] == expected


def test_without_a_floor_the_temperature_may_vanish_and_the_next_step_is_refused():
    choice = Settings(
        levels=[-1.0, 1.0],
        initial_temperature=1e-5,
        floor_factor=0.0,
        noise="zero",
        entropy_normaliser="log_levels",
    )
    state = initial_state([1.0, -1.0], choice)
    (outcome,) = follow(state, choice, 1)
    assert outcome.state.temperature == 0.0
    with pytest.raises(ValueError, match="temperature must be positive"):
        follow(outcome.state, choice, 1)


READINGS = {
    "selection": ["uniform", "block"],
    "loss_change": ["absolute", "decrease", "data_block"],
    "refreshed": ["selected", "all"],
    "entropy_order": ["current", "stale"],
    "entropy_normaliser": ["initial", "observed_maximum", "log_levels"],
    "energy": ["regularized", "loss"],
    "comparison": ["single", "joint"],
}


@settings(max_examples=60)
@given(st.sampled_from(list(product(*READINGS.values()))), st.integers(0, 50))
def test_every_combination_of_readings_keeps_the_invariants(words, seed):
    choice = Settings(
        levels=LEVELS,
        initial_temperature=0.5,
        f_min=0.2,
        f_max=0.8,
        **dict(zip(READINGS, words, strict=True)),
    )
    state = start(choice, 5, seed)
    for outcome in follow(state, choice, 5, seed, previous_block_loss=0.3):
        assert 0.2 <= outcome.fraction <= 0.8
        block = choice.selection == "block"
        assert outcome.selected.size == (5 if block else update_count(outcome.fraction, 5))
        untouched = np.setdiff1d(np.arange(5), outcome.selected)
        assert np.array_equal(outcome.state.theta[untouched], state.theta[untouched])
        assert np.all((outcome.probabilities > 0.0) & (outcome.probabilities < 1.0))
        assert outcome.state.temperature >= 0.005
        assert outcome.state.observed_entropy >= outcome.state.entropy
        assert outcome.state.step == state.step + 1
        state = outcome.state


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

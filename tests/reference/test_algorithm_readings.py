"""Algorithm 1 in each reading: fraction, loss change, order of entropy and temperature, schedules."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.algorithm import step
from reference.entropy import total_entropy
from reference.fraction import update_count, update_fraction
from reference.settings import Settings
from reference.state import initial_state
from tests.reference.algorithm_steps import LEVELS, draws, follow, start


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

"""One step counted operation by operation: the counts, and that it is the same step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.algorithm import step
from reference.entropy import total_entropy
from reference.levels import uniform_levels
from reference.settings import Settings
from reference.state import Draws, initial_state
from reference.step_costs import StepCosts, counted_step, step_costs

EPS = float(np.finfo(float).eps)


def _quadratic(theta):
    return float(theta @ theta / 2)


def _problem(size, level_count, selected, comparison, seed):
    """Settings whose fraction is selected/size in every step, a state and the numbers of one step."""
    numbers = np.random.default_rng(seed)
    share = selected / size
    settings = Settings(
        levels=uniform_levels(1.0, level_count),
        initial_temperature=0.5,
        f_min=share,
        f_max=share,
        comparison=comparison,
        penalty_reduction=["sum", "mean"][seed % 2],
    )
    draws = Draws(numbers.permutation(size), numbers.normal(size=size), numbers.uniform(size=size))
    return initial_state(numbers.normal(size=size), settings), settings, draws


@given(
    st.integers(1, 9),
    st.integers(2, 7),
    st.data(),
    st.sampled_from(["single", "joint"]),
    st.integers(0, 2**32 - 1),
)
def test_the_counted_step_is_the_step_of_algorithm_1(size, level_count, data, comparison, seed):
    selected = data.draw(st.integers(1, size))
    state, settings, draws = _problem(size, level_count, selected, comparison, seed)
    made = step(state, settings, _quadratic(state.theta), state.theta, _quadratic, draws)
    theta, entropy, costs = counted_step(state, settings, _quadratic, np.array, draws, selected)
    # a mean of K terms in [-1, 1]: K roundings of the weights, each magnified by distance / T <= 20
    tolerance = 100 * level_count * EPS
    assert np.all(np.abs(theta - made.state.theta) <= tolerance)
    assert abs(entropy - total_entropy(made.state.theta, settings.levels, 0.5)) <= 10 * size * tolerance
    assert made.selected.size == selected
    assert costs == step_costs(size, level_count, selected, comparison)


@given(st.integers(1, 9), st.integers(2, 7), st.data())
def test_the_listing_evaluates_the_loss_once_per_selected_parameter_and_once_more(size, level_count, data):
    selected = data.draw(st.integers(1, size))
    state, settings, draws = _problem(size, level_count, selected, "single", 3)
    seen = []

    def loss_at(theta):
        seen.append(theta)
        return _quadratic(theta)

    step(state, settings, _quadratic(state.theta), state.theta, loss_at, draws)
    assert len(seen) + 1 == step_costs(size, level_count, selected).losses == selected + 1


def test_the_exponentials_of_a_step_are_those_that_the_reference_takes(monkeypatch):
    taken = []
    exp = np.exp

    def counting(argument):
        taken.append(np.size(argument))
        return exp(argument)

    state, settings, draws = _problem(8, 5, 3, "joint", 1)
    arguments = (state, settings, _quadratic(state.theta), state.theta, _quadratic, draws)
    monkeypatch.setattr("reference.soft_quantization.np.exp", counting)
    step(*arguments)
    levels = 5
    assert sum(count for count in taken if count % levels == 0) == step_costs(8, levels, 3).exponentials


def test_known_counts_of_lenet_5_at_the_smallest_fraction():
    assert step_costs(61_706, 257, 617) == StepCosts(1, 618, 617 * 257, 61_706 * 257, 617, 617)


def test_a_step_that_selects_nothing_still_takes_all_entropies():
    assert step_costs(3, 5, 0) == StepCosts(1, 1, 0, 15, 0, 0)
    assert step_costs(3, 5, 0, "joint") == StepCosts(1, 1, 0, 15, 0, 0)


@pytest.mark.parametrize(
    "arguments",
    [(0, 3, 0), (3, 0, 1), (3, 3, 4), (3, 3, -1), (3, 3, 1, "twice"), (2.5, 3, 1)],
)
def test_a_wrong_argument_is_named(arguments):
    with pytest.raises((ValueError, TypeError), match=r"size|level_count|selected|comparison"):
        step_costs(*arguments)


def test_settings_that_the_count_does_not_cover_are_refused():
    state, settings, draws = _problem(3, 3, 1, "single", 0)
    for changed in (
        {"levels": None, "schedule": "fixed"},
        {"noise_placement": "outside"},
        {"refreshed": "all"},
    ):
        values = {name: getattr(settings, name) for name in settings.__dataclass_fields__} | changed
        with pytest.raises(ValueError, match="settings"):
            counted_step(state, Settings(**values), _quadratic, np.array, draws, 1)


def test_the_count_notices_one_parameter_more_or_less():
    state, settings, draws = _problem(6, 3, 4, "single", 2)
    costs = counted_step(state, settings, _quadratic, np.array, draws, 4)[2]
    assert costs not in (step_costs(6, 3, 3), step_costs(6, 3, 5), step_costs(6, 3, 4, "joint"))

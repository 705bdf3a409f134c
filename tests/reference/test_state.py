"""The state: how it starts, and that nothing can write to it."""

import pickle

import numpy as np
import pytest

from reference.entropy import total_entropy
from reference.settings import Settings, gradient_descent_settings
from reference.state import State, initial_state

LEVELS = [-1.0, 0.0, 1.0]


def test_the_first_state_has_no_average_and_the_entropy_at_the_initial_temperature():
    settings = Settings(levels=LEVELS, initial_temperature=5.0)
    theta = np.array([0.3, -0.7])
    state = initial_state(theta, settings)
    assert state.mean_field.tolist() == [0.0, 0.0]
    assert state.temperature == 5.0
    entropy = total_entropy(theta, LEVELS, 5.0)
    assert state.entropy == state.initial_entropy == state.observed_entropy == entropy
    assert state.previous_loss is state.first_change is state.largest_change is None
    assert (state.step, state.visited) == (0, 0)


def test_without_levels_there_is_no_entropy():
    assert initial_state([1.0], gradient_descent_settings(0.1)).entropy is None


def test_nothing_writes_to_a_state():
    theta = np.array([1.0, 2.0])
    state = initial_state(theta, gradient_descent_settings(0.1))
    theta[0] = 9.0
    assert state.theta[0] == 1.0
    for array in (state.theta, state.mean_field):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9.0
    with pytest.raises(AttributeError):
        state.temperature = 0.0


def test_a_saved_state_is_the_state():
    state = State([0.1, 0.2], [0.3, 0.4], 0.5, step=7, entropy=1.25)
    loaded = pickle.loads(pickle.dumps(state))
    assert np.array_equal(loaded.theta, state.theta)
    assert np.array_equal(loaded.mean_field, state.mean_field)
    assert (loaded.temperature, loaded.step, loaded.entropy) == (0.5, 7, 1.25)


@pytest.mark.parametrize("theta", [[np.nan], [[0.0]], [np.inf]])
def test_parameters_that_are_not_a_finite_vector_are_refused(theta):
    with pytest.raises(ValueError, match="theta must be"):
        initial_state(theta, gradient_descent_settings(0.1))

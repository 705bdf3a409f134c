"""One step of the released code: whole tensors, stale losses, and gradients at rejected candidates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.random_streams import RandomStream
from reference.released import (
    ReleasedSettings,
    ReleasedState,
    released_initial_state,
    released_step,
)
from reference.released_rules import released_entropy, released_soft_quantize, released_temperature

EPS = float(np.finfo(np.float64).eps)
SHAPES = [(2, 3), (3,), (1,)]


def loss(tensors):
    return float(sum(np.sum(tensor**2) for tensor in tensors) / 2 + tensors[0].sum() * tensors[1].sum())


def gradients(tensors):
    first, second = tensors[0].sum(), tensors[1].sum()
    return [tensors[0] + second, tensors[1] + first, tensors[2].copy()]


def numbers(seed, step):
    stream = RandomStream(seed, 0)
    normals = [
        stream.normals(step, 100 * i + np.arange(math.prod(s))).reshape(s) for i, s in enumerate(SHAPES)
    ]
    return RandomStream(seed, 1).permutation(step, 3), normals


def start(seed=0, temperature=1.0):
    _, normals = numbers(seed, 999)
    fresh = released_initial_state(normals)
    return ReleasedState(fresh.tensors, fresh.mean_fields, temperature)


def follow(state, settings, count, seed=0):
    taken = []
    for step in range(count):
        taken.append(released_step(state, settings, loss, gradients, *numbers(seed, step)))
        state = taken[-1].state
    return taken


@given(st.integers(0, 500), st.floats(1e-3, 1.0))
def test_a_tensor_is_replaced_as_a_whole_or_not_at_all(seed, temperature):
    state = start(seed, temperature)
    (outcome,) = follow(state, ReleasedSettings(level_count=16), 1, seed)
    assert outcome.fraction == 1.0
    assert sorted(outcome.selected) == [0, 1, 2]
    for index, kept in zip(outcome.selected, outcome.accepted, strict=True):
        same = np.array_equal(outcome.state.tensors[index], state.tensors[index])
        # The tensor of one entry is its own only level, so its candidate moves by the noise alone.
        assert same == (not kept)


@given(st.integers(0, 500))
def test_the_first_candidate_is_the_quantized_noisy_mean_field_step(seed):
    state = start(seed, 0.2)
    order, normals = numbers(seed, 0)
    settings = ReleasedSettings(level_count=8)
    index = order[0]
    average = 0.1 * gradients(state.tensors)[index]
    candidate = released_soft_quantize(state.tensors[index] - 0.01 * average + 0.2 * normals[index], 8, 0.2)
    trial = list(state.tensors)
    trial[index] = candidate
    (outcome,) = follow(state, settings, 1, seed)
    # The two ways of forming the average differ by one rounding.
    assert outcome.energy_changes[0] == pytest.approx(loss(trial) - loss(state.tensors), abs=1e3 * EPS)


def recorded(state, settings, order, normals, loss_at=loss):
    """The points at which the step asks for a loss and for gradients."""
    losses_at, gradients_at = [], []

    def recording_loss(tensors):
        losses_at.append(tensors)
        return loss_at(tensors)

    def recording_gradients(tensors):
        gradients_at.append(tensors)
        return gradients(tensors)

    outcome = released_step(state, settings, recording_loss, recording_gradients, order, normals)
    return outcome, losses_at, gradients_at


def test_later_gradients_are_taken_at_candidates_that_are_then_rejected():
    state = start(0, 1e-2)
    order, (_, normals) = [0, 1, 2], numbers(0, 0)
    asked = iter([0.0, 1.0, 1.0, 1.0])
    outcome, losses_at, gradients_at = recorded(
        state, ReleasedSettings(level_count=8), order, normals, lambda _: next(asked)
    )
    assert outcome.accepted == (False, False, False)
    assert all(np.array_equal(a, b) for a, b in zip(outcome.state.tensors, state.tensors, strict=True))
    assert len(losses_at) == len(gradients_at) == 4
    for place, index in enumerate(order):
        # Gradient number place + 1 sees candidate number place, and no earlier one: those were put back.
        at_candidate = gradients_at[place + 1]
        assert not np.array_equal(at_candidate[index], state.tensors[index])
        others = [i for i in range(3) if i != index]
        assert all(np.array_equal(at_candidate[i], state.tensors[i]) for i in others)
    # So the average of the second tensor holds a gradient from the first one's rejected candidate.
    used = gradients(gradients_at[1])[1]
    assert np.array_equal(outcome.state.mean_fields[1], 0.9 * 0.0 + (1.0 - 0.9) * used)
    assert not np.array_equal(used, gradients(state.tensors)[1])


def test_every_candidate_is_compared_with_the_loss_at_the_start():
    order, normals = numbers(0, 0)
    asked = iter([5.0, 3.0, 4.0, 4.9])
    outcome, _, _ = recorded(
        start(0, 1e-2), ReleasedSettings(level_count=8), order, normals, lambda _: next(asked)
    )
    # The second and third candidate raise the loss above the first one's 3 and are kept all the same.
    assert outcome.energy_changes == pytest.approx((-2.0, -1.0, -0.1), abs=8 * EPS)
    assert outcome.accepted == (True, True, True)


def test_a_step_costs_one_more_pass_per_tensor():
    order, normals = numbers(0, 0)
    _, losses_at, gradients_at = recorded(start(), ReleasedSettings(level_count=8), order, normals)
    assert len(losses_at) == len(gradients_at) == 1 + 3


def test_the_fraction_counts_tensors_and_cuts_towards_zero():
    settings = ReleasedSettings(f_min=0.0, f_max=0.7, level_count=8)
    (outcome,) = follow(start(), settings, 1)
    assert outcome.fraction == 0.7
    assert len(outcome.selected) == 2
    untouched = ({0, 1, 2} - set(outcome.selected)).pop()
    assert np.array_equal(outcome.state.tensors[untouched], start().tensors[untouched])
    assert np.all(outcome.state.mean_fields[untouched] == 0.0)


def test_the_window_of_losses_is_filled_and_then_slides():
    outcomes = follow(start(), ReleasedSettings(f_min=0.5, level_count=8), 13)
    assert [len(outcome.state.losses) for outcome in outcomes] == [*range(1, 11), 10, 10, 10]
    assert all(outcome.fraction == 1.0 for outcome in outcomes[:9])
    assert any(outcome.fraction < 1.0 for outcome in outcomes[9:])


def test_the_temperature_uses_the_entropy_of_the_new_tensors():
    state = start(4, 0.5)
    (outcome,) = follow(state, ReleasedSettings(level_count=8), 1, 4)
    entropy = released_entropy(outcome.state.tensors, 0.5)
    assert outcome.state.temperature == released_temperature(0.5, entropy, 3)


def test_the_scripts_constants_are_the_defaults():
    settings = ReleasedSettings()
    assert (settings.f_min, settings.f_max, settings.level_count) == (1.0, 1.0, 1024)
    assert (settings.step_size, settings.smoothing, settings.decay) == (0.01, 0.9, 0.992)
    assert released_initial_state([[1.0]]).temperature == 1.0


def test_the_same_numbers_give_the_same_run_and_a_cut_run_is_the_run():
    settings = ReleasedSettings(f_min=0.4, level_count=8)
    whole = follow(start(), settings, 12)[-1].state
    again = follow(start(), settings, 12)[-1].state
    half = follow(start(), settings, 5)[-1].state
    for step in range(5, 12):
        half = released_step(half, settings, loss, gradients, *numbers(0, step)).state
    for other in (again, half):
        assert all(np.array_equal(a, b) for a, b in zip(whole.tensors, other.tensors, strict=True))
        assert whole.temperature == other.temperature


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"loss_at": lambda _: math.nan}, r"loss_at\(tensors\) must be finite"),
        ({"gradients_at": lambda t: [g * math.nan for g in gradients(t)]}, "gradients_at.* must be finite"),
        ({"order": [0, 1]}, "order must be a permutation"),
        ({"order": [0, 1, 1]}, "order must be distinct"),
        ({"normals": [np.zeros(2)]}, "normals must be 3 arrays"),
        ({"normals": [np.zeros(2)] * 3}, "normals must have shape"),
    ],
)
def test_a_refused_step_leaves_the_state_as_it_was(changed, named):
    state = start()
    before = [tensor.copy() for tensor in (*state.tensors, *state.mean_fields)]
    order, normals = numbers(0, 0)
    arguments = {"loss_at": loss, "gradients_at": gradients, "order": order, "normals": normals}
    with pytest.raises(ValueError, match=named):
        released_step(state, ReleasedSettings(level_count=8), **{**arguments, **changed})
    after = (*state.tensors, *state.mean_fields)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    with pytest.raises(ValueError, match="read-only"):
        state.tensors[0][0, 0] = 9.0


def test_a_loss_that_writes_to_its_argument_changes_no_state():
    def careless(tensors):
        for tensor in tensors:
            tensor[...] = 0.0
        return 0.0

    state = start()
    order, normals = numbers(0, 0)
    released_step(state, ReleasedSettings(level_count=8), careless, gradients, order, normals)
    assert all(np.array_equal(a, b) for a, b in zip(state.tensors, start().tensors, strict=True))


@pytest.mark.parametrize(
    ("name", "value"),
    [("f_min", 1.5), ("level_count", 0), ("step_size", -1.0), ("smoothing", 2.0), ("decay", 0.0)],
)
def test_settings_outside_their_range_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        ReleasedSettings(**{name: value})

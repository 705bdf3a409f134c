"""The loop: coverage of data and parameters, resumption, determinism, loss changes across data blocks."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.blocks import even_partition
from reference.fraction import update_fraction
from reference.levels import uniform_levels
from reference.masks import coverage
from reference.settings import SELECTIONS, Settings, gradient_descent_settings
from reference.state import initial_state
from reference.training import FullBatch, data_block, draws_of_step, run

LEVELS = uniform_levels(2.0, 17)


class LeastSquares:
    """Mean of (x_s . theta - y_s)^2 / 2 over the samples given, on generic data."""

    sample_count = 12

    def __init__(self, size):
        generator = np.random.default_rng(7)
        self.inputs = generator.normal(size=(self.sample_count, size))
        self.targets = generator.normal(size=self.sample_count)

    def loss(self, theta, samples):
        return float(np.mean((self.inputs[samples] @ theta - self.targets[samples]) ** 2) / 2)

    def gradient(self, theta, samples):
        residual = self.inputs[samples] @ theta - self.targets[samples]
        return residual @ self.inputs[samples] / len(samples)


def choose(selection, f_max=0.75, **others):
    return Settings(
        levels=LEVELS, initial_temperature=0.5, f_min=0.25, f_max=f_max, selection=selection, **others
    )


def start(choice, size=8):
    return initial_state(np.linspace(-1.0, 1.0, size), choice)


def blocks_for(choice, size=8, count=4):
    return even_partition(size, count) if "block" in choice.selection else None


@given(st.integers(1, 30), st.data(), st.integers(0, 2**32), st.integers(0, 4))
def test_every_epoch_uses_every_sample_once(samples, data, seed, epoch):
    batches = data.draw(st.integers(1, samples))
    parts = [data_block(epoch * batches + b, samples, batches, seed) for b in range(batches)]
    assert np.all(coverage(parts, samples) == 1)
    sizes = [part.size for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_samples_are_shuffled_anew_in_each_epoch():
    orders = [tuple(data_block(epoch, 40, 1, seed=1)) for epoch in range(3)]
    assert len(set(orders)) == 3


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_resumed_run_is_the_uninterrupted_run(selection):
    choice = choose(selection, loss_change="data_block")
    objective, options = LeastSquares(8), {"seed": 5, "batch_count": 4, "blocks": blocks_for(choice)}
    whole, steps = run(start(choice), choice, objective, 11, **options)
    for cut in (0, 3, 4, 10):
        first, _ = run(start(choice), choice, objective, cut, **options)
        saved = pickle.loads(pickle.dumps(first))
        last, tail = run(saved, choice, objective, 11 - cut, **options)
        assert np.array_equal(last.theta, whole.theta)
        assert np.array_equal(last.mean_field, whole.mean_field)
        scalars = (
            "temperature",
            "step",
            "visited",
            "entropy",
            "observed_entropy",
            "previous_loss",
            "largest_change",
        )
        assert all(getattr(last, name) == getattr(whole, name) for name in scalars)
        assert [t.fraction for t in tail] == [s.fraction for s in steps[cut:]]


def test_the_same_seed_repeats_a_run_and_another_seed_does_not():
    choice, objective = choose("uniform"), LeastSquares(8)
    ends = [run(start(choice), choice, objective, 6, seed, batch_count=3)[0].theta for seed in (1, 1, 2)]
    assert np.array_equal(ends[0], ends[1])
    assert not np.array_equal(ends[0], ends[2])


def test_whole_blocks_visit_every_parameter_once_per_epoch():
    choice = choose("block")
    _, steps = run(start(choice), choice, LeastSquares(8), 8, 3, batch_count=4, blocks=blocks_for(choice))
    for epoch in range(2):
        visited = [step.selected for step in steps[4 * epoch : 4 * epoch + 4]]
        assert np.all(coverage(visited, 8) == 1)
    assert [tuple(sorted(s.selected)) for s in steps[:4]] != [tuple(sorted(s.selected)) for s in steps[4:]]


def test_selection_without_replacement_covers_no_parameter_twice_and_then_runs_dry():
    choice = choose("without_replacement")
    _, steps = run(start(choice), choice, LeastSquares(8), 12, 3, batch_count=6)
    for epoch in range(2):
        visits = coverage([step.selected for step in steps[6 * epoch : 6 * epoch + 6]], 8)
        assert np.all(visits == 1)
    # At least two of eight parameters per step: four steps use up an epoch of six.
    assert steps[5].selected.size == 0


def test_fresh_uniform_subsets_leave_parameters_out_and_repeat_others():
    choice = choose("uniform", 0.25)
    _, steps = run(start(choice), choice, LeastSquares(8), 4, 4, batch_count=4)
    visits = coverage([step.selected for step in steps], 8)
    assert visits.sum() == 8
    assert visits.min() == 0
    assert visits.max() >= 2


def test_parts_of_a_block_stay_in_the_block():
    choice = choose("within_block")
    blocks = even_partition(8, 2)
    _, steps = run(start(choice), choice, LeastSquares(8), 4, 3, batch_count=2, blocks=blocks)
    for step in steps:
        assert any(set(step.selected) <= set(block) for block in blocks)


class ShiftedParabolas:
    """Two samples with the same minimizer and different minima: theta^2 / 2 and theta^2 / 2 + 1."""

    sample_count = 2

    def loss(self, theta, samples):
        return float(theta @ theta / 2 + np.mean(samples))

    def gradient(self, theta, samples):
        return theta.copy()


def test_across_data_blocks_the_loss_change_does_not_vanish_at_the_common_minimum():
    choice = Settings(
        levels=None,
        initial_temperature=1.0,
        schedule="fixed",
        noise="zero",
        f_max=1.0,
        loss_change="data_block",
    )
    state, steps = run(initial_state(np.zeros(100), choice), choice, ShiftedParabolas(), 20, 0, batch_count=2)
    assert np.all(state.theta == 0.0)
    largest = update_fraction(1.0, 1.0, 0.01, 1.0)
    # Within an epoch the two blocks differ by 1; across epochs they may be the same block.
    assert all(step.fraction == largest for step in steps[1::2])
    full = Settings(levels=None, initial_temperature=1.0, schedule="fixed", noise="zero", f_max=1.0)
    _, steps = run(initial_state(np.zeros(100), full), full, ShiftedParabolas(), 20, 0, batch_count=1)
    assert all(step.fraction == 0.01 for step in steps[1:])


def test_the_loop_descends_like_gradient_descent_when_everything_is_off():
    choice = gradient_descent_settings(0.5)
    bowl = FullBatch(lambda theta: float(theta @ theta / 2), lambda theta: theta)
    state, steps = run(initial_state([8.0, -4.0], choice), choice, bowl, 3, seed=0)
    assert state.theta.tolist() == [1.0, -0.5]
    assert [step.state.previous_loss for step in steps] == [40.0, 10.0, 2.5]


def test_no_steps_change_nothing():
    choice = choose("uniform")
    state = start(choice)
    assert run(state, choice, LeastSquares(8), 0, seed=0) == (state, [])


def test_an_objective_that_writes_to_its_argument_changes_no_state():
    def careless(theta):
        theta[:] = 0.0
        return theta

    choice = gradient_descent_settings(0.5)
    state = initial_state([8.0], choice)
    last, _ = run(state, choice, FullBatch(lambda theta: float(careless(theta).sum()), careless), 1, seed=0)
    assert state.theta.tolist() == last.theta.tolist() == [8.0]


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (
            lambda s, c: run(s, c, LeastSquares(8), -1, 0),
            ValueError,
            "steps must be an integer of at least 0",
        ),
        (lambda s, c: run(s, c, LeastSquares(8), 1, 0, batch_count=13), ValueError, "batch_count must be"),
        (lambda s, c: run(s, c, LeastSquares(8), 1, -1), ValueError, "seed must be"),
        (lambda s, c: run(s, c, LeastSquares(8), 1, 0.5), TypeError, "seed must be an integer"),
        (lambda s, c: data_block(-1, 4, 2, 0), ValueError, "step_number must be"),
        (
            lambda s, c: draws_of_step(s, choose("block"), 0),
            ValueError,
            "blocks must be 1 blocks, .* got None",
        ),
        (lambda s, c: draws_of_step(s, choose("block"), 0, 2, [[0]]), ValueError, "blocks must be 2 blocks"),
        (lambda s, c: draws_of_step(s, choose("block"), 0, 1, [[0]]), ValueError, "blocks must contain each"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, named):
    choice = choose("uniform")
    with pytest.raises(error, match=named):
        call(start(choice), choice)

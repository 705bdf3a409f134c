"""The cost model of a step, derived a second time from what runs: passes of real loops, states of optimizers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.evidence.memory_counts import KEPT, K, kept_numbers, n, preconditioner_sizes, state_after_a_step
from proofs.evidence.stated_costs import one_more_forward_pass_is_a_third_of_a_step
from proofs.evidence.step_savings import a_small_fraction_saves_most_forward_passes
from proofs.outcome import Finding
from reference.levels import uniform_levels
from reference.networks import TensorSpec
from reference.settings import Settings
from reference.state import initial_state
from reference.training import FullBatch, run


def _start(size, selected, comparison="single"):
    """A start and settings whose fraction is selected/size in every step."""
    share = selected / size
    settings = Settings(
        levels=uniform_levels(1.0, 3),
        initial_temperature=1.0,
        f_min=share,
        f_max=share,
        comparison=comparison,
    )
    return initial_state(np.linspace(-1, 1, size), settings), settings


def _passes(size, selected, steps, comparison="single"):
    """How often a training run asks for the loss and for the gradient."""
    calls = {"loss": 0, "gradient": 0}

    def loss(theta):
        calls["loss"] += 1
        return float(theta @ theta / 2)

    def gradient(theta):
        calls["gradient"] += 1
        return theta

    start, settings = _start(size, selected, comparison)
    run(start, settings, FullBatch(loss, gradient), steps=steps, seed=1)
    return calls["loss"], calls["gradient"]


@given(st.integers(1, 12), st.data(), st.integers(1, 4))
def test_a_training_run_makes_one_forward_pass_per_selected_parameter_and_one_per_step(size, data, steps):
    selected = data.draw(st.integers(1, size))
    assert _passes(size, selected, steps) == (steps * (selected + 1), steps)


@given(st.integers(1, 12), st.data(), st.integers(1, 4))
def test_with_a_joint_test_a_training_run_makes_two_forward_passes_per_step(size, data, steps):
    selected = data.draw(st.integers(1, size))
    assert _passes(size, selected, steps, "joint") == (2 * steps, steps)


def test_the_saving_is_that_of_the_listing_and_not_of_a_joint_test():
    assert a_small_fraction_saves_most_forward_passes().finding is Finding.PROVES
    assert a_small_fraction_saves_most_forward_passes("joint").finding is Finding.INCONCLUSIVE


@pytest.mark.parametrize("backward", [1, 2, 3, 6])
def test_one_more_forward_pass_exceeds_fourteen_percent_unless_backward_passes_are_very_dear(backward):
    assert (2 + backward) * 100 > 114 * (1 + backward)
    assert one_more_forward_pass_is_a_third_of_a_step(backward).finding is Finding.REFUTES


@given(st.integers(2, 20), st.integers(2, 9))
def test_the_state_of_the_reference_holds_two_numbers_per_parameter(size, levels):
    assert kept_numbers(state_after_a_step(size, levels)) == (2 * size, 9)


@pytest.mark.parametrize(
    ("name", "options", "method"),
    [
        ("SGD", {}, "SGD"),
        ("SGD", {"momentum": 0.9}, "momentum"),
        ("RMSprop", {}, "RMSProp"),
        ("Adam", {}, "Adam"),
    ],
)
def test_optimizers_of_torch_keep_the_stated_numbers(name, options, method):
    torch = pytest.importorskip("torch")
    size = 7
    weights = torch.nn.Parameter(torch.zeros(size))
    optimizer = getattr(torch.optim, name)([weights], lr=0.1, **options)
    weights.sum().backward()
    optimizer.step()
    averages = [value for value in optimizer.state[weights].values() if torch.is_tensor(value)]
    assert size + sum(v.numel() for v in averages if v.dim() > 0) == KEPT[method].subs({n: size, K: 3})


def test_preconditioners_of_a_matrix_are_one_square_per_axis():
    assert preconditioner_sizes(TensorSpec("w", (2, 3), "uniform", 1.0, 0)) == (4 + 9, 8 + 27)


def test_an_epoch_of_fresh_selections_touches_both_of_two_parameters_or_one_of_them_twice():
    touched = set()
    for seed in range(20):
        start, settings = _start(2, 1)
        steps = run(start, settings, FullBatch(lambda theta: 0.0, np.zeros_like), steps=2, seed=seed)[1]
        touched.add(len({int(made.selected[0]) for made in steps}))
    assert touched == {1, 2}

"""Whole steps and trajectories by the annealing kernel beside the reference and the plain form, in the interpreter.

For pytest with TRITON_INTERPRET=1, in a process of its own: ``test_annealing_kernel.py`` starts it.
"""

import dataclasses
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu import annealing_kernel, fused_step
from gpu.annealing_span import anneal_span_
from gpu.fused_step import kernel_used
from gpu.group import Group
from gpu.soft_quantization_kernel import interpreted
from tests.gpu import planted_kernels as wrong
from tests.gpu.algorithm_runs import ONE_STEP, PAIRS, TRAJECTORY, largest_gap
from tests.gpu.annealing_spans import LARGEST_NORMAL, NORMAL_ULPS, QUANTIZER_ULPS
from tests.gpu.annealing_trajectories import COUNTS, TRAJECTORIES, is_exact, trajectory
from tests.gpu.objectives import LOSSES, quadratic
from tests.gpu.strategies import STARTS

# Noise of scale 1 at most on a half-width of 2 at most, with the budgets of a span; and the slope of the entropy,
# 2 (1 + h/T)/T, at the lowest temperature 0.05 of the spacing 0.125.  The entropy of an element is about 1.
STEP_ULPS = NORMAL_ULPS * LARGEST_NORMAL + 2.0 * QUANTIZER_ULPS
ENTROPY_SLOPE = 2.0 * (1.0 + 0.125 / 0.05) / 0.05


@pytest.fixture(autouse=True)
def _in_the_interpreter():
    """Elsewhere these tests would show something else."""
    assert interpreted()


# The versions that the kernel runs: the others test a move by the loss, element by element or all together.
FUSED = ["averages and noise", "gradient descent", "masked", "quantized"]


def gap_by_kernel(name, objective, steps):
    """The distance from the reference over a trajectory of which every step is a launch of the kernel."""
    launches = 0

    def counted(*arguments):
        nonlocal launches
        launches += 1
        anneal_span_(*arguments)

    with kernel_used("always"), wrong.planted(fused_step, anneal_span_=counted):
        gap = largest_gap(name, objective, steps)
    # A run whose decisions part from the reference's ends there.
    assert launches == steps or (launches and gap == math.inf)
    return gap


def test_the_kernel_runs_every_version_that_does_not_evaluate_the_loss():
    assert sorted(name for name, (fast, _) in PAIRS.items() if fast["acceptance"] == "none") == FUSED


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("averages and noise", "network"),
        ("gradient descent", "rosenbrock"),
        ("masked", "quadratic"),
        ("quantized", "network"),
    ],
)
def test_two_hundred_steps_by_the_kernel_are_those_of_the_reference(name, loss):
    assert gap_by_kernel(name, LOSSES[loss](), 200) <= TRAJECTORY


@settings(max_examples=25)
@given(name=st.sampled_from(FUSED), start=STARTS)
def test_one_step_by_the_kernel_from_anywhere_is_that_of_the_reference(name, start):
    objective = dataclasses.replace(quadratic(start.size), start=start)
    assert gap_by_kernel(name, objective, 1) <= ONE_STEP


@pytest.mark.parametrize(
    ("place", "variant"),
    [
        ("soft_quantize_block", wrong.one_percent_hotter),
        ("soft_quantize_block", wrong.one_level_missing),
        ("soft_quantize_block", wrong.entropy_of_the_value),
        ("philox_words", wrong.words_of_the_next_element),
        ("_is_in_subset", wrong.subset_shifted_by_one),
    ],
)
def test_with_a_planted_variant_ten_steps_by_the_kernel_leave_the_reference(place, variant):
    assert gap_by_kernel("quantized", quadratic(), 10) <= TRAJECTORY
    with wrong.planted(annealing_kernel, **{place: variant}):
        assert gap_by_kernel("quantized", quadratic(), 10) > TRAJECTORY


def both(options, dtype):
    """The states of the kernel beside those of the plain form, step by step."""
    return zip(*(trajectory(options, dtype, use) for use in ("always", "never")), strict=True)


@pytest.mark.parametrize("short", [torch.float32, None], ids=["float32", "float64 or bfloat16"])
@pytest.mark.parametrize("name", TRAJECTORIES)
def test_a_trajectory_is_that_of_the_plain_form(name, short, monkeypatch):
    # As on a CUDA device: what moves is a mask, and the host reads nothing.
    monkeypatch.setattr(Group, "read_on_host", lambda group: "on the host" in name)
    options = TRAJECTORIES[name]
    dtype = short or (torch.float64 if "quantizer" in options else torch.bfloat16)
    for step, ((ours, status), (theirs, wanted)) in enumerate(both(options, dtype), 1):
        assert {count: status[count] for count in COUNTS} == {count: wanted[count] for count in COUNTS}, step
        # A step is a contraction towards the target, so that the errors of the steps add up at most.
        budget = 0.0 if is_exact(options) else step * STEP_ULPS * torch.finfo(dtype).eps
        assert max((x - y).abs().max() for x, y in zip(ours, theirs, strict=True)) <= budget, step
        for number in ("temperature", "entropy"):
            same = math.isnan(wanted[number]) and math.isnan(status[number])
            apart = abs(status[number] - wanted[number])
            assert same or apart <= ENTROPY_SLOPE * budget * abs(wanted[number]), (number, step)


def test_some_moves_of_a_trajectory_are_refused():
    *_, (_, status) = trajectory({}, torch.float32, "always")
    assert 0 < status["accepted"] < status["tried"]


def test_with_the_acceptance_sign_reversed_a_trajectory_leaves_the_plain_form():
    with wrong.planted(annealing_kernel, accepts=wrong.uphill):
        *_, (ours, _) = trajectory({}, torch.float32, "always")
    *_, (theirs, _) = trajectory({}, torch.float32, "never")
    assert not torch.equal(ours[0], theirs[0])

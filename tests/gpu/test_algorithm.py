"""Whole steps and trajectories of ``DFGDA`` beside the reference, state by state, with shared random numbers."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gpu.algorithm_runs import LEVELS, ONE_STEP, PAIRS, SEED, TRAJECTORY, largest_gap
from tests.gpu.objectives import LOSSES, quadratic
from tests.gpu.strategies import STARTS


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("name", sorted(PAIRS))
def test_two_hundred_steps_are_those_of_the_reference(name, loss):
    assert largest_gap(name, LOSSES[loss](), 200) <= TRAJECTORY


@settings(max_examples=25)
@given(name=st.sampled_from(sorted(PAIRS)), start=STARTS)
def test_one_step_from_anywhere_is_that_of_the_reference(name, start):
    objective = dataclasses.replace(quadratic(start.size), start=start)
    assert largest_gap(name, objective, 1) <= ONE_STEP


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("algorithm", {"initial_temperature": 0.05 * 1.01}),
        ("algorithm", {"level_count": LEVELS - 1}),
        ("algorithm", {"entropy_normaliser": "log_levels"}),
        ("algorithm", {"noise": "root"}),
        ("algorithm", {"maximize": True}),
        ("algorithm", {"regularization": 1.0}),
        ("algorithm", {"acceptance_rule": "metropolis"}),
        ("algorithm", {"seed": SEED + 1}),
        ("averages and noise", {"cooling_ratio": 0.96}),
        ("averages and noise", {"smoothing": 0.91}),
        ("blockwise", {"block_count": 4}),
        ("decrease", {"divisor": "running_maximum"}),
        ("joint", {"refreshed": "selected"}),
        ("masked", {"f_min": 0.11}),
    ],
)
def test_a_wrong_variant_leaves_the_reference(name, changed):
    assert largest_gap(name, quadratic(), 30, **changed) > TRAJECTORY

"""Tests that evaluate the loss: exactly where the descent rule accepts, for single elements and for all together."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu import DFGDA


def step_against(losses, acceptance, **options):
    """One step of two elements whose losses are given one after the other; where they were, and where they are."""
    parameter = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = DFGDA([parameter], lr=0.5, smoothing=0.0, noise="zero", acceptance=acceptance, **options)
    before, given_losses = parameter.detach().clone(), iter(losses)

    def closure():
        parameter.grad = torch.ones_like(parameter)
        return next(given_losses)

    optimizer.step(closure)
    assert next(given_losses, None) is None
    return (parameter.detach() - before).tolist(), optimizer.param_groups[0]


finite = st.floats(-1e6, 1e6)


@given(finite, st.sampled_from([-1.0, 0.0, 1.0]))
def test_descent_moves_all_together_exactly_where_the_loss_does_not_rise(loss, direction):
    after = math.nextafter(loss, direction * math.inf) if direction else loss
    moves, group = step_against([loss, after], "block", acceptance_rule="descent")
    accepted = after <= loss
    assert moves == ([-0.5, -0.5] if accepted else [0.0, 0.0])
    assert (int(group["tried"]), int(group["accepted"])) == (2, 2 if accepted else 0)


@given(finite, finite, finite)
def test_descent_compares_each_element_with_the_loss_that_the_last_one_left(loss, first, second):
    moves, group = step_against([loss, first, second], "exact", acceptance_rule="descent")
    decisions = [first <= loss]
    decisions.append(second <= (first if decisions[0] else loss))
    assert sorted(moves) == sorted(-0.5 if accepted else 0.0 for accepted in decisions)
    assert int(group["accepted"]) == sum(decisions)


@pytest.mark.parametrize("acceptance", ["block", "exact"])
@given(finite)
def test_a_loss_that_stays_is_no_rise(acceptance, loss):
    moves, _ = step_against(
        [loss] * (2 if acceptance == "block" else 3), acceptance, acceptance_rule="descent"
    )
    assert moves == [-0.5, -0.5]


def test_weight_decay_lets_the_loss_rise_by_what_its_term_falls():
    """The proposals of 1 and -2 are 1/4 and -2, so that w theta^2 / 2 falls by (15/32) w, exactly."""
    decay, fall = 0.5, 15 / 64
    for rise, moved in [(fall, True), (math.nextafter(fall, math.inf), False)]:
        moves, _ = step_against([0.0, rise], "block", acceptance_rule="descent", weight_decay=decay)
        assert moves == ([-0.75, 0.0] if moved else [0.0, 0.0])


def test_the_penalty_lets_the_loss_rise_by_the_distances_over_the_temperature():
    """Both elements move by 1/2 at T = 1/4, so that lambda sum |theta - theta'| / T falls by 4 lambda, exactly."""
    choice = {"acceptance_rule": "descent", "energy": "regularized", "regularization": 0.125}
    choice |= {"penalty_form": "distance_over_temperature", "initial_temperature": 0.25}
    for rise, moved in [(0.5, True), (math.nextafter(0.5, math.inf), False)]:
        moves, _ = step_against([0.0, rise], "block", **choice)
        assert moves == ([-0.5, -0.5] if moved else [0.0, 0.0])


@pytest.mark.parametrize("acceptance", ["block", "exact"])
@pytest.mark.parametrize("refreshed", ["all", "selected"])
def test_the_averages_of_the_others_take_in_the_gradient_only_where_all_are_refreshed(acceptance, refreshed):
    parameter = torch.nn.Parameter(torch.zeros(16, dtype=torch.float64))
    optimizer = DFGDA(
        [parameter],
        lr=0.5,
        smoothing=0.5,
        noise="zero",
        acceptance=acceptance,
        acceptance_rule="always",
        selection="uniform",
        f_min=0.25,
        f_max=0.25,
        refreshed=refreshed,
    )

    def closure():
        parameter.grad = torch.ones_like(parameter)
        return 0.0

    optimizer.step(closure)
    moved, averaged = parameter != 0.0, optimizer.state[parameter]["mean_field"] != 0.0
    assert moved.sum() == 4
    assert torch.equal(averaged, moved | (refreshed == "all"))

"""Accept and reject: the direction of the assignment, and what each proposal is compared with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.acceptance import acceptance_probability
from reference.decision import decide_jointly, decide_singly
from reference.energy import energy
from reference.settings import Settings

EPS = float(np.finfo(np.float64).eps)
COUPLED = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.25], [0.0, 0.25, 1.0]])


def bowl(theta):
    return float(theta @ COUPLED @ theta / 2)


def settings(**others):
    return Settings(levels=[-1.0, 1.0], initial_temperature=1.0, **others)


def never(change, temperature):
    return 0.0 * np.asarray(change)


def decide(function, uniforms, choice, temperature=0.7):
    theta, order, proposals = np.array([1.0, -2.0, 3.0]), np.array([2, 0]), np.array([0.5, 4.0])
    trial = function(theta, order, proposals, np.array(uniforms), bowl(theta), bowl, temperature, choice)
    return theta, order, proposals, trial


@pytest.mark.parametrize("function", [decide_singly, decide_jointly])
def test_accepting_takes_the_proposal_and_rejecting_keeps_the_parameter(function):
    theta, order, proposals, kept = decide(function, [0.0, 0.0, 0.0], settings(acceptance=never))
    assert np.array_equal(kept.theta, theta)
    assert not kept.accepted.any()
    _, _, _, moved = decide(function, [0.0, 0.0, 0.0], settings(acceptance="always"))
    assert np.array_equal(moved.theta[order], proposals)
    assert moved.theta[1] == theta[1]
    assert moved.accepted.all()


@given(st.lists(st.floats(0.0, 0.999), min_size=3, max_size=3), st.sampled_from(["loss", "regularized"]))
def test_each_test_sees_the_earlier_decisions_and_one_changed_parameter(uniforms, kind):
    choice = settings(energy=kind)
    theta, order, proposals, trial = decide(decide_singly, uniforms, choice)
    current = theta.copy()
    for place, index in enumerate(order):
        candidate = current.copy()
        candidate[index] = proposals[place]
        if kind == "loss":
            change = bowl(candidate) - bowl(current)
        else:
            # Both energies of Eq. 8 in full, over all parameters, with the same potential new states.
            change = energy(bowl(candidate), candidate, candidate, 0.7) - energy(
                bowl(current), current, candidate, 0.7
            )
        assert trial.energy_changes[place] == pytest.approx(change, abs=32 * EPS * 20)
        assert trial.probabilities[place] == acceptance_probability(float(trial.energy_changes[place]), 0.7)
        assert trial.accepted[place] == (uniforms[index] < trial.probabilities[place])
        if trial.accepted[place]:
            current = candidate
    assert np.array_equal(trial.theta, current)


def test_comparing_every_proposal_with_the_start_would_give_other_energies():
    theta, order, proposals, trial = decide(decide_singly, [0.0, 0.0, 0.0], settings(energy="loss"))
    stale = []
    for place, index in enumerate(order):
        candidate = theta.copy()
        candidate[index] = proposals[place]
        stale.append(bowl(candidate) - bowl(theta))
    chained = decide(decide_singly, [0.0] * 3, settings(energy="loss", acceptance="always"))[3]
    assert chained.energy_changes[0] == stale[0]
    assert trial.energy_changes[0] == stale[0]
    # Coordinates 2 and 0 are not coupled to one another, but both are to 1: a chained pair through 1 differs.
    path = decide_singly(
        theta,
        np.array([1, 0]),
        np.array([5.0, 4.0]),
        np.zeros(3),
        bowl(theta),
        bowl,
        0.7,
        settings(energy="loss", acceptance="always"),
    )
    lone = np.array([4.0, -2.0, 3.0])
    assert path.energy_changes[1] != pytest.approx(bowl(lone) - bowl(theta), abs=1.0)


def test_a_joint_test_has_one_energy_change_one_number_and_one_outcome():
    choice = settings(energy="loss", comparison="joint")
    theta, order, proposals, trial = decide(decide_jointly, [0.0, 0.9, 0.9], choice)
    candidate = theta.copy()
    candidate[order] = proposals
    assert trial.energy_changes.tolist() == [bowl(candidate) - bowl(theta)] * 2
    assert trial.probabilities[0] == trial.probabilities[1]
    assert trial.accepted.all() == trial.accepted.any() == (trial.probabilities[0] > 0.0)
    # The number is that of parameter 0, whether it is among the selected or not.
    assert not decide(decide_jointly, [0.999999, 0.0, 0.0], choice)[3].accepted.any()


def test_the_mean_form_divides_the_move_s_own_term_by_the_number_of_parameters():
    theta, order, proposals = np.zeros(3), np.array([1]), np.array([0.5])

    def changes(**others):
        choice = settings(regularization=1.0, **others)
        return decide_singly(
            theta, order, proposals, np.zeros(3), 0.0, lambda _: 0.0, 0.25, choice
        ).energy_changes

    assert changes().tolist() == [-2.0]
    assert changes(penalty_reduction="mean") == pytest.approx([-2.0 / 3.0], rel=4 * EPS)
    assert changes(energy="loss").tolist() == [0.0]


@pytest.mark.parametrize("function", [decide_singly, decide_jointly])
def test_no_selection_asks_for_no_loss(function):
    def forbidden(theta):
        raise AssertionError("the loss was asked for")

    trial = function(
        np.ones(2), np.array([], dtype=int), np.empty(0), np.zeros(2), 0.0, forbidden, 1.0, settings()
    )
    assert trial.theta.tolist() == [1.0, 1.0]
    assert trial.energy_changes.shape == trial.probabilities.shape == trial.accepted.shape == (0,)


@pytest.mark.parametrize("function", [decide_singly, decide_jointly])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_candidate_whose_loss_is_not_finite_is_refused(function, bad):
    with pytest.raises(ValueError, match=r"loss_at\(candidate\) must be finite"):
        function(np.zeros(1), np.array([0]), np.ones(1), np.zeros(1), 0.0, lambda _: bad, 1.0, settings())


@pytest.mark.parametrize("function", [decide_singly, decide_jointly])
def test_a_loss_that_writes_to_its_argument_moves_nothing(function):
    def careless(theta):
        theta[:] = 99.0
        return 0.0

    theta = np.array([1.0, 2.0])
    trial = function(
        theta, np.array([0]), np.array([0.5]), np.zeros(2), 0.0, careless, 1.0, settings(acceptance="always")
    )
    assert theta.tolist() == [1.0, 2.0]
    assert trial.theta.tolist() == [0.5, 2.0]

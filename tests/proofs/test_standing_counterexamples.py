"""Counterexamples stay: each recorded witness is pinned, within a family that the reference recomputes.

Every test asserts, positively, that the conclusion of a refuted claim fails. The last test compares the
pinned witnesses with those that the ledger reports, so that neither can drift from the other.
"""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from proofs.ledger import run_evidence
from reference.acceptance import acceptance_probability
from reference.soft_quantization import soft_quantize
from reference.trajectories import blockwise_trajectory, masked_trajectory
from reference.updates import dense_step, masked_step

EPS = np.finfo(float).eps

# Claim, reading, version, and the entries of the witness as the ledger prints them.
PINNED = [
    ("T3-A1", "any learning rate", "dense", {"theta": "1", "eta": "300", "f": "1/100", "next theta": "-2"}),
    ("X-31", "as stated", "dense", {"theta": "1", "eta": "8", "f": "1/2", "next": "-3"}),
    ("BLK-7", "any learning rate", "blockwise", {"theta": "(1, 1)", "eta": "3"}),
    ("T6-P7", "with the quantizer", "blockwise", {"levels": "-1, 1", "eta": "3/2"}),
    (
        "T6-P11",
        "positive definite",
        "blockwise",
        {"H": "[[2, 1], [1, 2]]", "eta": "1/3", "displacement": "(0, 1)", "after": "(-1/3, 1)"},
    ),
    ("T6-P12", "as stated", "blockwise", {"theta": "(0, 1)", "block": "{x}"}),
    ("T7-P6", "with noise", "dense", {"theta_0": "0", "noise variance": "1/100"}),
    ("T7-Sa", "without noise", "algorithm", {"levels": "-1, 1", "T": "1/16", "theta": "1/4"}),
    ("T8-S1", "every run, no noise", "algorithm", {"theta_0": "1", "eta f": "1", "eps": "9/10", "T": "1"}),
    ("T8-S1", "every run, no noise", "masked", {"theta_0": "(1, 0)", "eta": "1", "eps": "1/2"}),
    ("ACC-2", "sigmoid", "algorithm", {"dE": "-log 3", "T": "1", "A": "3/4"}),
]


def half_square(theta):
    return float(np.dot(theta, theta)) / 2


@given(st.floats(2.01, 1000), st.floats(0.01, 1))
@example(300, 0.01)
@example(8, 0.5)
def test_a_small_fraction_does_not_keep_a_long_dense_step_from_climbing(step, fraction):
    """T3-A1, X-31: on theta^2/2 the loss rises as soon as eta f > 2."""
    assume(step * fraction > 2.01)
    assert half_square(dense_step([1.0], [1.0], step, fraction)) > half_square([1.0])


def test_the_pinned_dense_steps_land_where_the_ledger_says():
    assert dense_step([1.0], [1.0], 300, 0.01).tolist() == [-2.0]
    assert dense_step([1.0], [1.0], 8, 0.5).tolist() == [-3.0]


@given(st.floats(2.01, 1000))
@example(3)
def test_a_block_step_climbs_beyond_twice_the_inverse_curvature(step):
    """BLK-7: a selected parameter moves in full, however small the share of selected parameters."""
    after = blockwise_trajectory([1.0, 1.0], lambda theta: theta, step, [[0], [1]], [[0, 1]])[1]
    assert half_square(after) > half_square([1.0, 1.0])
    if step == 3:
        assert after.tolist() == [-2.0, 1.0]


@given(st.floats(-2, 2).filter(lambda start: start > 15 / 16), st.floats(1 / 64, 1 / 32))
@example(1.0, 1 / 64)
def test_cold_quantized_steps_raise_the_loss_every_second_time(start, temperature):
    """T6-P7: the loss (theta - 1/4)^2 / 2 is larger near the level -1 than near the level 1."""
    run = [start]
    for _ in range(6):
        proposal = dense_step([run[-1]], [run[-1] - 0.25], 1.5)
        run.append(float(soft_quantize(proposal, [-1.0, 1.0], temperature)[0]))
    losses = [(theta - 0.25) ** 2 / 2 for theta in run[1:]]
    assert all(abs(theta) > 15 / 16 for theta in run)
    assert [math.copysign(1, theta) for theta in run] == [1, -1, 1, -1, 1, -1, 1]
    assert all(even > odd for even, odd in zip(losses[::2], losses[1::2], strict=True))
    assert all(odd < even for odd, even in zip(losses[1::2], losses[2::2], strict=False))


@given(st.floats(-0.49, 0.24))
@example(0.0)
def test_a_block_step_can_move_away_from_a_strict_minimiser(x):
    """T6-P11: H = [[2, 1], [1, 2]], eta = 1/3 = 1/L, first block: x -> (x - 1)/3 beside y = 1."""
    start = np.array([x, 1.0])
    after = masked_step(start, np.array([[2.0, 1.0], [1.0, 2.0]]) @ start, 1 / 3, [True, False])
    assert abs(after[0] - (x - 1) / 3) <= 4 * EPS
    assert half_square(after) > half_square(start)


@given(st.floats(-100, 100).filter(lambda y: y != 0), st.floats(0, 2))
@example(1.0, 1.0)
def test_a_block_without_gradient_leaves_the_loss_at_a_point_that_is_not_stationary(y, step):
    """T6-P12: the gradient at (0, y) lies outside the block {x}."""
    assert masked_step([0.0, y], [0.0, y], step, [True, False]).tolist() == [0.0, y]


@given(st.floats(-10, 10).filter(lambda noise: abs(noise) > 1e-9))
@example(0.1)
def test_every_noise_raises_the_loss_at_a_minimiser(noise):
    """T7-P6: the run leaves the set of points with L <= L(theta_0), which is {0}."""
    for after in (
        dense_step([0.0], [0.0], 0.5, 0.5, [noise]),
        masked_step([0.0], [0.0], 0.5, [True], [noise]),
    ):
        assert half_square(after) > 0


@given(st.floats(0.01, 0.9))
@example(0.25)
def test_the_cold_quantizer_turns_a_descent_step_into_a_climb(theta):
    """T7-Sa: eta = 1/2 halves theta; at T = 1/16 the quantizer then moves it towards the level 1."""
    proposal = dense_step([theta], [theta], 0.5)
    quantized = soft_quantize(proposal, [-1.0, 1.0], 1 / 16)
    rise = half_square(quantized) - half_square([theta])
    assert half_square(proposal) < half_square([theta])
    assert rise > 0
    assert acceptance_probability(rise, 1 / 16) > 0


@given(st.floats(0.35, 1000))
@example(1.0)
def test_the_sigmoid_test_makes_the_mean_hitting_time_longer_than_the_bound(temperature):
    """T8-S1: on theta^2/2 from 1 one accepted step ends at 0; the bound for eps = 9/10 is 1/0.81 steps."""
    proposal = dense_step([1.0], [1.0], 1.0)
    accepted = float(acceptance_probability(half_square(proposal) - half_square([1.0]), temperature))
    assert proposal.tolist() == [0.0]
    assert 1 / accepted > 2 * half_square([1.0]) / 0.9**2


@given(st.integers(1, 60))
@example(8)
def test_a_run_whose_masks_miss_the_parameter_that_matters_never_moves(steps):
    """T8-S1: on |theta|^2/2 from (1, 0), eta = 1, f = 1/2, eps = 1/2 the bound is 8 steps."""
    run = masked_trajectory([1.0, 0.0], lambda theta: theta, 1.0, [[False, True]] * steps)
    assert run.tolist() == [[1.0, 0.0]] * (steps + 1)


@given(st.floats(-500, 0), st.floats(0.5, 100))
@example(-math.log(3), 1.0)
def test_the_sigmoid_refuses_some_improvements(change, temperature):
    """ACC-2: the probability stays below 1 as long as float64 can tell."""
    assume(-change / temperature < 30)
    assert acceptance_probability(change, temperature) < 1


def test_an_improvement_of_log_three_is_accepted_three_times_in_four():
    assert abs(acceptance_probability(-math.log(3), 1.0) - 0.75) <= 2 * EPS


@pytest.fixture(scope="module")
def exhibits():
    return run_evidence(list(dict.fromkeys(claim for claim, *_ in PINNED)), workers=1)


@pytest.mark.parametrize(("claim", "reading", "version", "pinned"), PINNED)
def test_the_ledger_reports_the_pinned_witness(exhibits, claim, reading, version, pinned):
    witnesses = [
        dict(item.outcome.witness)
        for item in exhibits
        if (item.claim, item.reading, item.version) == (claim, reading, version)
        and item.outcome.finding.value == "refutes"
    ]
    assert any(pinned.items() <= witness.items() for witness in witnesses)

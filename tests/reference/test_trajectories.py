"""Trajectories: repeated steps, known sequences on a parabola, and conservation of what steps conserve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.blocks import even_partition
from reference.random_streams import RandomStream
from reference.trajectories import blockwise_trajectory, dense_trajectory, masked_trajectory
from reference.updates import dense_step, masked_step

EPS = float(np.finfo(np.float64).eps)


def parabola(theta):
    return theta


@given(st.lists(st.floats(0.0, 1.0), max_size=12), st.floats(0.0, 1.0))
def test_on_a_parabola_the_dense_recursion_multiplies_by_one_minus_step(fractions, step_size):
    points = dense_trajectory([1.0], parabola, step_size, fractions).ravel()
    expected = np.concatenate([[1.0], np.cumprod(1.0 - step_size * np.array(fractions))])
    # Three roundings per step.
    assert np.all(np.abs(points - expected) <= 4 * EPS * np.arange(len(points)))


@given(st.integers(1, 6), st.integers(0, 6), st.integers(0, 2**32))
def test_trajectories_are_repeated_steps(size, count, seed):
    stream = RandomStream(seed, 0)
    start = stream.normals(0, np.arange(size))
    noises = [0.1 * stream.normals(1 + t, np.arange(size)) for t in range(count)]
    masks = [stream.uniforms(100 + t, np.arange(size)) < 0.5 for t in range(count)]
    fractions = [mask.mean() for mask in masks]
    dense = dense_trajectory(start, np.sin, 0.3, fractions, noises)
    masked = masked_trajectory(start, np.sin, 0.3, masks, noises)
    assert dense.shape == masked.shape == (count + 1, size)
    for t in range(count):
        assert np.array_equal(
            dense[t + 1], dense_step(dense[t], np.sin(dense[t]), 0.3, fractions[t], noises[t])
        )
        assert np.array_equal(
            masked[t + 1], masked_step(masked[t], np.sin(masked[t]), 0.3, masks[t], noises[t])
        )


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 4), st.integers(0, 2**32))
def test_every_epoch_of_the_blockwise_update_multiplies_every_parameter_once(size, count, epochs, seed):
    blocks = even_partition(size, count)
    orders = [RandomStream(seed, 0).permutation(epoch, count) for epoch in range(epochs)]
    points = blockwise_trajectory(np.ones(size), parabola, 0.5, blocks, orders)
    assert points.shape == (epochs * count + 1, size)
    ends = points[::count]
    assert np.array_equal(ends, np.outer(0.5 ** np.arange(epochs + 1), np.ones(size)))


def test_separable_losses_make_the_order_of_blocks_irrelevant_and_coupled_ones_do_not():
    hessian = np.array([[1.0, 0.5], [0.5, 1.0]])
    blocks = [[0], [1]]
    for gradient, same in ((parabola, True), (lambda theta: hessian @ theta, False)):
        ends = [blockwise_trajectory([1.0, 2.0], gradient, 0.5, blocks, [o])[-1] for o in ([0, 1], [1, 0])]
        assert np.array_equal(*ends) == same


def test_a_start_alone_is_a_trajectory():
    assert dense_trajectory([2.0], parabola, 0.5, []).tolist() == [[2.0]]
    assert blockwise_trajectory([2.0], parabola, 0.5, [[0]], []).tolist() == [[2.0]]


def test_a_run_that_leaves_the_floats_is_stopped():
    with pytest.raises(ValueError, match="must give finite parameters"):
        dense_trajectory([1.0], lambda theta: -3.0 * theta, 1.0, [1.0] * 600)


def test_noises_and_steps_must_be_as_many():
    with pytest.raises(ValueError, match="noises must be as many as fractions, 2, got 1"):
        dense_trajectory([0.0], parabola, 0.5, [1.0, 1.0], [0.0])
    with pytest.raises(ValueError, match="noises must be as many as masks, 1, got 2"):
        masked_trajectory([0.0], parabola, 0.5, [[True]], [0.0, 0.0])

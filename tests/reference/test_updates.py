"""Dense, masked and blockwise steps: what each moves, how they are related, and what they refuse."""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.blocks import even_partition
from reference.masks import mask_of
from reference.updates import blockwise_epoch, dense_step, masked_step

EPS = float(np.finfo(np.float64).eps)
integers = st.integers(-64, 64).map(float)


@st.composite
def steps(draw, smallest=1):
    """Parameters, gradient and step size for which every float64 operation is exact."""
    size = draw(st.integers(smallest, 6))
    vector = st.lists(integers, min_size=size, max_size=size).map(np.array)
    return draw(vector), draw(vector), 2.0 ** -draw(st.integers(0, 5))


def mean_over_subsets(step, theta, gradient, step_size, count):
    """Exact mean of a step over all masks with the given number of ones."""
    masks = [mask_of(list(chosen), theta.size) for chosen in combinations(range(theta.size), count)]
    ends = [step(theta, gradient, step_size, mask) for mask in masks]
    return [sum(Fraction(end[i]) for end in ends) / len(ends) for i in range(theta.size)]


@given(steps(), st.data())
def test_the_dense_step_is_the_mean_of_the_masked_steps_over_all_subsets(case, data):
    theta, gradient, step_size = case
    count = data.draw(st.integers(0, theta.size))
    fraction = Fraction(count, theta.size)
    mean = mean_over_subsets(masked_step, theta, gradient, step_size, count)
    assert mean == [
        Fraction(t) - Fraction(step_size) * fraction * Fraction(g)
        for t, g in zip(theta, gradient, strict=True)
    ]
    dense = dense_step(theta, gradient, step_size, count / theta.size)
    # The fraction is rounded once, then product and difference.
    budget = EPS * (np.abs(theta) + 2 * step_size * np.abs(gradient))
    assert np.all(np.abs(dense - np.array(mean, dtype=float)) <= budget)


def test_a_masked_step_scaled_by_the_fraction_has_another_mean():
    def scaled_twice(theta, gradient, step_size, mask):
        return masked_step(theta, gradient, step_size * mask.mean(), mask)

    theta, gradient = np.array([0.0, 0.0]), np.array([8.0, 4.0])
    assert mean_over_subsets(masked_step, theta, gradient, 1.0, 1) == [-4, -2]
    assert mean_over_subsets(scaled_twice, theta, gradient, 1.0, 1) == [-2, -1]


@given(steps(), st.data())
def test_a_masked_step_moves_the_selected_in_full_and_the_others_not_at_all(case, data):
    theta, gradient, step_size = case
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=theta.size, max_size=theta.size)))
    end = masked_step(theta, gradient, step_size, mask)
    assert np.array_equal(end[~mask], theta[~mask])
    assert np.array_equal(end[mask], (theta - step_size * gradient)[mask])


@given(steps())
def test_a_full_mask_and_fraction_one_are_gradient_descent(case):
    theta, gradient, step_size = case
    plain = theta - step_size * gradient
    assert np.array_equal(dense_step(theta, gradient, step_size), plain)
    assert np.array_equal(masked_step(theta, gradient, step_size, np.ones(theta.size, bool)), plain)


@given(steps(), steps())
def test_noise_is_added_to_every_parameter(case, other):
    theta, gradient, step_size = case
    noise = np.resize(other[0], theta.size)
    quiet = dense_step(theta, gradient, step_size, 0.5)
    assert np.array_equal(dense_step(theta, gradient, step_size, 0.5, noise), quiet + noise)
    none = np.zeros(theta.size, bool)
    assert np.array_equal(masked_step(theta, gradient, step_size, none, noise), theta + noise)


@given(st.integers(1, 8), st.integers(1, 8), st.randoms(use_true_random=False))
def test_an_epoch_visits_every_block_once_and_asks_for_one_gradient_per_block(size, count, random):
    asked = []
    blocks = even_partition(size, count)
    order = random.sample(range(count), count)

    def gradient(theta):
        asked.append(theta)
        return np.ones(size)

    points = blockwise_epoch(np.zeros(size), gradient, 1.0, blocks, order)
    assert points.shape == (count + 1, size)
    assert len(asked) == count
    assert np.array_equal(asked, points[:-1])
    for visit, block in enumerate(order):
        changed = np.flatnonzero(points[visit + 1] != points[visit])
        assert np.array_equal(changed, blocks[block])
    assert np.array_equal(points[-1], -np.ones(size))


def test_single_coordinate_blocks_with_exact_steps_are_gauss_and_seidels_method():
    # Unit diagonal, so that step size 1 solves each equation exactly: x <- -y/2, then y <- -x/2.
    hessian = np.array([[1.0, 0.5], [0.5, 1.0]])
    points = blockwise_epoch([0.0, 8.0], lambda theta: hessian @ theta, 1.0, [[0], [1]], [0, 1])
    assert points.tolist() == [[0.0, 8.0], [-4.0, 8.0], [-4.0, 2.0]]
    other = blockwise_epoch([0.0, 8.0], lambda theta: hessian @ theta, 1.0, [[0], [1]], [1, 0])
    assert other[-1].tolist() == [0.0, 0.0]


def test_one_block_is_a_full_gradient_step():
    points = blockwise_epoch([4.0, 2.0], lambda theta: theta, 0.25, [[0, 1]], [0])
    assert points[-1].tolist() == dense_step([4.0, 2.0], [4.0, 2.0], 0.25).tolist()


def test_the_noise_of_a_block_stays_in_the_block():
    noise = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
    points = blockwise_epoch(np.zeros(3), lambda theta: np.zeros(3), 1.0, [[0, 2], [1]], [1, 0], noise)
    assert points.tolist() == [[0.0, 0.0, 0.0], [0.0, 2.0, 0.0], [8.0, 2.0, 32.0]]


def test_a_gradient_that_writes_to_its_argument_changes_no_recorded_point():
    def careless(theta):
        theta *= 0.5
        return theta

    points = blockwise_epoch([4.0, 2.0], careless, 1.0, [[0], [1]], [0, 1])
    assert points.tolist() == [[4.0, 2.0], [2.0, 2.0], [2.0, 1.0]]


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: dense_step([0.0], [0.0, 1.0], 0.1), r"gradient must have shape \(1,\)"),
        (lambda: dense_step([[0.0]], [0.0], 0.1), "theta must be one-dimensional"),
        (lambda: dense_step([0.0], [math.nan], 0.1), "gradient must be finite"),
        (lambda: dense_step([math.inf], [0.0], 0.1), "theta must be finite"),
        (lambda: dense_step([0.0], [0.0], -0.1), "step_size must be at least 0"),
        (lambda: dense_step([0.0], [0.0], 0.1, 1.5), "fraction must lie in"),
        (lambda: dense_step([0.0], [0.0], 0.1, 1.0, [0.0, 0.0]), "noise must be a scalar or have shape"),
        (lambda: dense_step([0.0], [0.0], 0.1, 1.0, [math.nan]), "noise must be finite"),
        (lambda: dense_step([0.0], [1e300], 1e300), "must give finite parameters"),
        (lambda: masked_step([0.0], [0.0], 0.1, [1]), "mask must be boolean"),
        (lambda: masked_step([0.0], [0.0], 0.1, [True, False]), "mask must be boolean"),
        (lambda: blockwise_epoch([0.0, 0.0], lambda t: t, 0.1, [[0]], [0]), "blocks must contain each"),
        (lambda: blockwise_epoch([0.0], lambda t: t, 0.1, [[0]], [1]), "order must be distinct"),
        (lambda: blockwise_epoch([0.0], lambda t: t, 0.1, [[0], []], [0]), "order must be a permutation"),
        (lambda: blockwise_epoch([0.0], lambda t: t, 0.1, [[0]], [0], [0.0]), "noise must have shape"),
        (lambda: blockwise_epoch([0.0], lambda t: [math.inf], 0.1, [[0]], [0]), "gradient must be finite"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()

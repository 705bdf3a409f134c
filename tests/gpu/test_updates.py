"""Dense, masked and blockwise updates on tensors against the reference, in float32 and float64."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu.updates import blockwise_epoch, dense_step, masked_step
from reference import updates as literal

DTYPES = [torch.float32, torch.float64]

seeds = st.integers(0, 10**6)
step_sizes = st.floats(1e-3, 0.5)
fractions = st.floats(0.01, 0.9)

SIZE, BLOCKS = 12, 4


class Problem:
    """A quadratic with gradient A theta, |A| = 1 at most, a partition into four blocks, and noise."""

    def __init__(self, seed, dtype):
        random = np.random.default_rng(seed)
        matrix = random.normal(size=(SIZE, SIZE))
        # Rounded to the dtype first, so that both sides have the same matrix.
        self.matrix = torch.tensor(matrix / np.abs(matrix).sum(axis=1, keepdims=True), dtype=dtype)
        self.theta = torch.tensor(random.normal(size=SIZE), dtype=dtype)
        self.noise = torch.tensor(random.normal(size=(BLOCKS, SIZE)), dtype=dtype)
        self.mask = torch.tensor(random.permutation(SIZE) < SIZE // 2)
        self.blocks = [torch.tensor(part) for part in np.array_split(random.permutation(SIZE), BLOCKS)]
        self.order = torch.tensor(random.permutation(BLOCKS))

    def gradient(self, theta):
        return self.matrix @ theta

    def literal_gradient(self, theta):
        return self.matrix.double().numpy() @ theta


def error_in_budgets(value, exact, scale):
    """The largest distance of an entry, in roundings of the scale: the sum of the sizes of all terms."""
    gap = np.max(np.abs(value.double().numpy() - np.asarray(exact)))
    return float(gap / (4 * torch.finfo(value.dtype).eps * scale))


def dense_error(rule, problem, step_size, fraction):
    theta, slope, noise = problem.theta, problem.gradient(problem.theta), problem.noise[0]
    arrays = (tensor.double().numpy() for tensor in (theta, slope))
    exact = literal.dense_step(*arrays, step_size, fraction, noise.double().numpy())
    scale = float(theta.abs().max() + step_size * slope.abs().max() + noise.abs().max())
    return error_in_budgets(rule(theta, slope, step_size, fraction, noise), exact, scale)


def masked_error(rule, problem, step_size):
    theta, slope, noise = problem.theta, problem.gradient(problem.theta), problem.noise[0]
    arrays = (tensor.double().numpy() for tensor in (theta, slope))
    exact = literal.masked_step(*arrays, step_size, problem.mask.numpy(), noise.double().numpy())
    scale = float(theta.abs().max() + step_size * slope.abs().max() + noise.abs().max())
    return error_in_budgets(rule(theta, slope, step_size, problem.mask, noise), exact, scale)


def epoch_error(rule, problem, step_size):
    exact = literal.blockwise_epoch(
        problem.theta.double().numpy(),
        problem.literal_gradient,
        step_size,
        [block.numpy() for block in problem.blocks],
        problem.order.numpy(),
        problem.noise.double().numpy(),
    )
    value = rule(problem.theta, problem.gradient, step_size, problem.blocks, problem.order, problem.noise)
    assert value.shape == exact.shape
    # Each visit adds the roundings of a row of A theta and grows the earlier ones by 1 + eta |A| at most.
    growth = BLOCKS * (1.0 + step_size) ** BLOCKS
    return error_in_budgets(
        value, exact, growth * SIZE * float(np.abs(exact).max() + problem.noise.abs().max())
    )


@pytest.mark.parametrize("dtype", DTYPES)
@given(seeds, step_sizes, fractions)
def test_a_step_and_an_epoch_are_the_reference_s(dtype, seed, step_size, fraction):
    problem = Problem(seed, dtype)
    assert dense_error(dense_step, problem, step_size, fraction) <= 1.0
    assert masked_error(masked_step, problem, step_size) <= 1.0
    assert epoch_error(blockwise_epoch, problem, step_size) <= 1.0


@pytest.mark.parametrize("dtype", DTYPES)
@given(seeds, step_sizes)
def test_a_masked_step_without_noise_keeps_every_bit_outside_the_selection(dtype, seed, step_size):
    problem = Problem(seed, dtype)
    theta = torch.where(problem.noise[1] > 0, problem.theta, -0.0)
    moved = masked_step(theta, problem.gradient(theta), step_size, problem.mask)
    kept = ~problem.mask
    assert torch.equal(moved[kept], theta[kept])
    assert torch.equal(torch.signbit(moved[kept]), torch.signbit(theta[kept]))


@given(seeds, step_sizes)
def test_an_epoch_changes_one_block_at_a_time_and_each_block_once(seed, step_size):
    problem = Problem(seed, torch.float64)
    points = blockwise_epoch(problem.theta, problem.gradient, step_size, problem.blocks, problem.order)
    for visit, number in enumerate(problem.order.tolist()):
        changed = torch.nonzero(points[visit + 1] != points[visit]).reshape(-1)
        assert set(changed.tolist()) <= set(problem.blocks[number].tolist())
    assert torch.equal(points[0], problem.theta)


def test_blocks_may_be_empty_and_step_sizes_tensors():
    blocks = [torch.tensor([], dtype=torch.int64), torch.tensor([1, 0])]
    eta, order = torch.tensor(0.5, dtype=torch.float64), torch.tensor([0, 1])
    points = blockwise_epoch(torch.ones(2), lambda theta: theta, eta, blocks, order)
    assert points.tolist() == [[1.0, 1.0], [1.0, 1.0], [0.5, 0.5]]
    assert points.dtype == torch.float32


def test_the_updates_read_nothing_on_the_host():
    """On tensors that have no values a read would fail."""
    vector, mask = torch.empty(4, device="meta"), torch.empty(4, dtype=torch.bool, device="meta")
    order, block = torch.empty(2, dtype=torch.int64, device="meta"), torch.tensor([0, 1], device="meta")
    assert dense_step(vector, vector, 0.1, 0.5, vector).is_meta
    assert masked_step(vector, vector, 0.1, mask, vector).is_meta
    assert blockwise_epoch(vector, lambda theta: theta, 0.1, [block, block + 2], order).is_meta


# Planted errors.


@pytest.mark.parametrize("dtype", DTYPES)
@given(seeds, step_sizes, fractions)
def test_wrong_steps_are_seen(dtype, seed, step_size, fraction):
    problem = Problem(seed, dtype)
    wrong_dense = [
        lambda theta, slope, eta, f, noise: dense_step(theta, -slope, eta, f, noise),
        lambda theta, slope, eta, f, noise: dense_step(theta, slope, eta, 1.0, noise),
        lambda theta, slope, eta, f, noise: dense_step(theta, slope, eta, f, 1.01 * noise),
    ]
    wrong_masked = [
        lambda theta, slope, eta, mask, noise: masked_step(theta, slope, eta, ~mask, noise),
        lambda theta, slope, eta, mask, noise: masked_step(theta, slope, eta, mask.roll(1), noise),
        lambda theta, slope, eta, mask, noise: masked_step(theta, slope, eta, mask, mask * noise),
    ]
    assert all(dense_error(wrong, problem, step_size, fraction) > 1.0 for wrong in wrong_dense)
    assert all(masked_error(wrong, problem, step_size) > 1.0 for wrong in wrong_masked)


@pytest.mark.parametrize("dtype", DTYPES)
@given(seeds, st.floats(0.05, 0.5))
def test_wrong_epochs_are_seen(dtype, seed, step_size):
    problem = Problem(seed, dtype)

    def gradient_of_the_start(theta, gradient, *rest):
        fixed = gradient(theta)
        return blockwise_epoch(theta, lambda _: fixed, *rest)

    def backwards(theta, gradient, eta, blocks, order, noise):
        return blockwise_epoch(theta, gradient, eta, blocks, order.flip(0), noise)

    assert epoch_error(gradient_of_the_start, problem, step_size) > 1.0
    assert epoch_error(backwards, problem, step_size) > 1.0

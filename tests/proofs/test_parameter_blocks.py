"""Blocks and masks: coverage, sizes, selection probabilities, bias, by counting in a second way."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from reference.blocks import block_count, even_partition, greedy_partition
from reference.fraction import update_count
from reference.masks import consecutive_subsets, coverage, mask_of
from reference.updates import blockwise_epoch, masked_step

EPS = float(np.finfo(float).eps)


@given(st.integers(0, 60), st.integers(1, 20), st.randoms(use_true_random=False))
def test_any_order_of_a_partition_visits_every_parameter_once(size: int, count: int, random) -> None:
    parts = greedy_partition([(size,)], count, "scalar")
    order = list(range(count))
    random.shuffle(order)
    assert np.all(coverage([parts[b] for b in order], size) == 1)


@given(st.integers(1, 2000), st.integers(1, 120))
@example(101, 100)
@example(9899, 100)
@example(9900, 100)
def test_greedy_blocks_are_full_from_b_times_b_minus_one_parameters_on(size: int, count: int) -> None:
    sizes = [block.size for block in greedy_partition([(size,)], count, "scalar")]
    capacity = math.ceil(Fraction(size, count))
    assert sum(sizes) == size
    assert sizes.count(0) == count - math.ceil(Fraction(size, capacity))
    if size >= count * (count - 1):
        assert min(sizes) >= max(1, capacity - (count - 1))


@given(st.integers(2, 120))
def test_one_parameter_past_a_multiple_is_where_greedy_blocks_first_run_empty(count: int) -> None:
    """n = q B + 1 with q = B - 2 leaves q + 2 - B = 0 for the last block: the bound B (B - 1) has no slack in q."""
    size = (count - 2) * count + 1
    sizes = [block.size for block in greedy_partition([(size,)], count, "scalar")]
    assert (sizes[-1] == 0) == (count > 2 or size < count)


@given(st.integers(0, 500), st.integers(1, 50))
def test_even_cuts_differ_by_at_most_one(size: int, count: int) -> None:
    sizes = [block.size for block in even_partition(size, count)]
    assert max(sizes) - min(sizes) <= 1
    assert sum(sizes) == size


def test_a_block_comes_at_each_step_with_probability_one_over_b() -> None:
    for count in range(1, 7):
        table = np.zeros((count, count), dtype=int)
        for order in permutations(range(count)):
            table[np.arange(count), order] += 1
        assert np.all(table == math.factorial(count - 1))


@given(st.lists(st.floats(-8.0, 8.0), min_size=2, max_size=5), st.data())
def test_uniform_masks_scale_mean_and_mean_square_by_the_share(gradient: list[float], data) -> None:
    size = len(gradient)
    selected = data.draw(st.integers(0, size))
    steps = np.array(
        [
            masked_step(np.zeros(size), gradient, 1.0, mask_of(s, size))
            for s in combinations(range(size), selected)
        ]
    )
    share = selected / size
    scale = float(np.dot(gradient, gradient))
    assert np.allclose(-steps.mean(axis=0), share * np.array(gradient), rtol=0, atol=64 * EPS * 8)
    assert abs((steps**2).sum(axis=1).mean() - share * scale) <= 64 * EPS * (scale + 1)


@given(st.integers(1, 400), st.integers(2, 40))
@example(150, 100)
@example(200, 100)
def test_the_smallest_fraction_covers_exactly_when_the_blocks_divide(size: int, count: int) -> None:
    per_step = update_count(1 / count, size)
    subsets = consecutive_subsets(np.arange(size), [per_step] * count)
    left = size - int(coverage(subsets, size).sum())
    assert left == size % count
    assert block_count(1 / count) == count


@given(st.floats(0.05, 1.95), st.lists(st.floats(-4.0, 4.0), min_size=4, max_size=4), st.permutations([0, 1]))
def test_no_block_step_with_the_full_gradient_ascends_below_twice_the_inverse_curvature(
    rate: float, start: list[float], order: list[int]
) -> None:
    hessian = np.array([[0.5, 0.2, 0, 0], [0.2, 0.5, 0, 0.1], [0, 0, 0.4, 0.2], [0, 0.1, 0.2, 0.6]])
    largest = float(np.linalg.eigvalsh(hessian)[-1])
    points = blockwise_epoch(start, lambda p: hessian @ p, rate / largest, [[0, 1], [2, 3]], order)
    losses = 0.5 * np.einsum("ti,ij,tj->t", points, hessian, points)
    assert np.all(np.diff(losses) <= 16 * EPS * (losses[:-1] + EPS))


@given(st.floats(2.01, 4.0), st.floats(0.1, 4.0))
def test_negative_control_longer_block_steps_ascend(rate: float, start: float) -> None:
    points = blockwise_epoch([start, start], lambda p: p, rate, [[0], [1]], [0, 1])
    losses = 0.5 * (points**2).sum(axis=1)
    assert np.all(np.diff(losses) > 0)

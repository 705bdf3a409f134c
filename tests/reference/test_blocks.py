"""Blocks: partitions of real and random models, their balance, and their number."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.blocks import SPLITS, as_partition, block_count, even_partition, greedy_partition
from reference.masks import coverage
from reference.random_streams import RandomStream

shapes = st.lists(st.lists(st.integers(0, 6), max_size=3).map(tuple), max_size=8)

# LeNet-5 as LeCun et al. (1998) draw it, full connections in the third layer: 61706 parameters.
LENET = [(6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,), (120, 400), (120,), (84, 120), (84,), (10, 84), (10,)]


@given(st.integers(1, 10**4))
def test_one_over_a_whole_number_asks_for_that_many_blocks(count):
    assert block_count(1.0 / count) == count


@given(st.integers(1, 10**5))
def test_the_number_of_blocks_is_the_ceiling_for_every_five_digit_decimal(hundred_thousandths):
    assert block_count(hundred_thousandths / 10**5) == math.ceil(Fraction(10**5, hundred_thousandths))


def test_the_papers_smallest_fractions_give_a_hundred_and_fifty_blocks():
    assert block_count(0.01) == 100
    assert block_count(0.02) == 50


def is_partition(blocks, size):
    return bool(np.all(coverage(blocks, size) == 1))


@given(shapes, st.integers(1, 12), st.sampled_from(SPLITS))
@example([(3,), (0, 4), (), (6, 6)], 3, "large")
@example([(0,), (0,)], 1, "large")
def test_greedy_blocks_partition_the_parameters_in_order(tensors, count, split):
    size = sum(math.prod(shape) for shape in tensors)
    blocks = greedy_partition(tensors, count, split)
    assert len(blocks) == count
    assert is_partition(blocks, size)
    assert np.array_equal(np.concatenate(blocks), np.arange(size))


def test_blocks_that_overlap_or_leave_a_gap_are_no_partition():
    assert not is_partition([[0, 1], [1, 2]], 3)
    assert not is_partition([[0], [2]], 3)


@given(shapes, st.integers(1, 12), st.sampled_from(SPLITS))
def test_every_block_but_the_last_non_empty_one_reaches_the_capacity(tensors, count, split):
    size = sum(math.prod(shape) for shape in tensors)
    filled = [block.size for block in greedy_partition(tensors, count, split) if block.size]
    assert all(block >= math.ceil(size / count) for block in filled[:-1])


@given(st.integers(0, 500), st.integers(1, 60))
def test_cutting_to_scalars_leaves_blocks_empty_unless_the_sizes_are_lucky(size, count):
    blocks = greedy_partition([(size,)], count, "scalar")
    capacity = math.ceil(size / count)
    full = math.ceil(size / capacity) if size else 0
    assert [block.size for block in blocks[: max(full - 1, 0)]] == [capacity] * max(full - 1, 0)
    assert sum(block.size == 0 for block in blocks) == count - full


def test_a_hundred_blocks_of_a_hundred_and_one_scalars_leave_forty_nine_empty():
    sizes = [block.size for block in greedy_partition([(101,)], 100, "scalar")]
    assert sizes == [2] * 50 + [1] + [0] * 49


def test_the_greedy_blocks_of_lenet_are_far_from_balanced():
    total = sum(math.prod(shape) for shape in LENET)
    assert total == 61706
    capacity = math.ceil(total / 100)
    sizes = [block.size for block in greedy_partition(LENET, 100)]
    # Rows of the 400-wide layer are taken two at a time to reach the capacity of 618.
    assert max(sizes) == 800 > 1.2 * capacity
    assert sum(size == 0 for size in sizes) > 10
    even = [block.size for block in even_partition(total, 100)]
    assert max(even) - min(even) == 1


@given(st.integers(0, 500), st.integers(1, 60))
def test_even_blocks_differ_by_at_most_one(size, count):
    blocks = even_partition(size, count)
    sizes = [block.size for block in blocks]
    assert len(blocks) == count
    assert is_partition(blocks, size)
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(1, 200), st.integers(1, 30), st.integers(0, 2**32), st.integers(0, 5))
def test_visiting_the_blocks_in_a_random_order_visits_every_parameter_once(size, count, seed, epoch):
    blocks = even_partition(size, count)
    order = RandomStream(seed, 0).permutation(epoch, count)
    assert is_partition([blocks[b] for b in order], size)


@pytest.mark.parametrize("wrong", [[[0, 1], [1]], [[0]], [[0], [2]], []])
def test_sequences_of_blocks_that_are_no_partition_are_refused(wrong):
    with pytest.raises(ValueError, match="blocks must"):
        as_partition("blocks", wrong, 2)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: block_count(0.0), r"f_min must lie in \(0, 1\], got 0.0"),
        (lambda: block_count(1.5), "f_min must lie in"),
        (lambda: greedy_partition([(2,)], 0), "count must be an integer of at least 1"),
        (lambda: greedy_partition([(-2,)], 1), "shapes must be an integer of at least 0"),
        (lambda: greedy_partition([(2,)], 1, "tensor"), "split must be one of"),
        (lambda: even_partition(-1, 2), "size must be an integer of at least 0"),
    ],
)
def test_bad_input_is_refused_by_name(call, named):
    with pytest.raises(ValueError, match=named):
        call()

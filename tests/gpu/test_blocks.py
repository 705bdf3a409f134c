"""Blocks as ranges: the reference's partition, its number of blocks and its order of visits."""

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

import reference.blocks
import reference.training
from gpu.blocks import block_count, even_bounds, visit_order
from reference.random_streams import RandomStream

SHARE = st.one_of(
    st.floats(min_value=0.0, max_value=1.0, exclude_min=True),
    st.fractions(Fraction(1, 10**6), 1, max_denominator=10**6).map(float),
    st.integers(1, 2**53).map(lambda count: 1 / count),
)


def is_the_even_partition(bounds_of, size, count):
    expected = reference.blocks.even_partition(size, count)
    return [list(range(*pair)) for pair in bounds_of(size, count)] == [block.tolist() for block in expected]


def larger_blocks_last(size, count):
    return [(size - stop, size - start) for start, stop in reversed(even_bounds(size, count))]


@given(st.integers(0, 200), st.integers(1, 40))
def test_the_bounds_are_those_of_the_even_partition(size, count):
    assert is_the_even_partition(even_bounds, size, count)
    sizes = [stop - start for start, stop in even_bounds(size, count)]
    assert max(sizes) - min(sizes) <= 1


def test_larger_blocks_last_is_rejected():
    assert not is_the_even_partition(larger_blocks_last, 5, 3)


@given(SHARE)
@example(1 / 3)
@example(0.01)
@example(1.0)
@example(5e-324)
@example(math.nextafter(1.0, 0.0))
@example(2.0**-60)
def test_the_number_of_blocks_is_the_reference_s(f_min):
    assert block_count(f_min) == reference.blocks.block_count(f_min)


def test_reading_the_smallest_fraction_as_the_stored_binary_number_is_rejected():
    assert math.ceil(1 / Fraction(1 / 3)) != reference.blocks.block_count(1 / 3)


@pytest.mark.parametrize("f_min", [0.0, -0.5, 1.5, math.nan])
def test_a_smallest_fraction_outside_its_range_is_refused(f_min):
    with pytest.raises(ValueError, match="f_min"):
        block_count(f_min)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.integers(0, 30))
def test_an_epoch_visits_the_blocks_in_the_reference_s_order(seed, epoch, count):
    expected = RandomStream(seed, reference.training.BLOCK_STREAM).permutation(epoch, count).tolist()
    assert visit_order(seed, epoch, count).tolist() == expected
    assert visit_order(seed, torch.tensor(epoch), count).tolist() == expected


def test_the_order_of_an_epoch_on_the_device_is_not_read_on_the_host():
    with FakeTensorMode():
        order = visit_order(0, torch.empty((), dtype=torch.int64, device="cuda"), 9)
        assert order.device.type == "cuda"


@pytest.mark.parametrize(("size", "count", "said"), [(-1, 1, "size"), (1, 0, "count")])
def test_sizes_and_counts_out_of_range_are_refused(size, count, said):
    with pytest.raises(ValueError, match=said):
        even_bounds(size, count)

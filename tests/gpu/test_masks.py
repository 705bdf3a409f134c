"""Random subsets by a threshold: exactly the reference's, whatever the ties, the pieces and the device path."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

import reference.random_streams
from gpu.masks import subset_mask, subset_threshold
from gpu.random_streams import RandomStream

STEP = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class FewWords(RandomStream):
    """A stream with few different words, so that ties abound; shifted into either half of the word."""

    kinds: int = 3
    shift: int = 0

    def first_words(self, step, indices):
        return (super().first_words(step, indices) % self.kinds) << self.shift


@dataclass(frozen=True)
class LargestWords(RandomStream):
    """A stream whose words are the largest that there are."""

    def first_words(self, step, indices):
        return 2**32 - 1 - super().first_words(step, indices) % 3


STREAMS = st.one_of(
    st.builds(LargestWords, st.integers(0, 99), st.just(1)),
    st.builds(RandomStream, st.integers(0, 2**64 - 1), st.just(1)),
    st.builds(FewWords, st.integers(0, 99), st.just(1), st.integers(1, 5), st.sampled_from([0, 14, 16, 29])),
)


@st.composite
def spans_and_count(draw):
    ends = sorted(draw(st.lists(st.integers(0, 90), min_size=0, max_size=6)))
    spans = list(zip(ends[::2], ends[1::2], strict=False))
    eligible = sum(stop - start for start, stop in spans)
    return spans, draw(st.one_of(st.just(0), st.just(eligible), st.integers(0, eligible)))


def expected_subset(stream, step, spans, count):
    """The ``count`` eligible elements with the smallest words, ties by index, by sorting."""
    eligible = [i for start, stop in spans for i in range(start, stop)]
    words = stream.first_words(step, torch.tensor(eligible, dtype=torch.int64)).tolist()
    ordered = sorted(zip(words, eligible, strict=True))
    return {index for _, index in ordered[:count]}


def chosen(stream, step, spans, threshold, mask_of=subset_mask):
    indices = torch.tensor([i for start, stop in spans for i in range(start, stop)], dtype=torch.int64)
    return set(indices[mask_of(stream, step, indices, threshold)].tolist())


@given(STREAMS, STEP, spans_and_count(), st.sampled_from([1, 7, None]), st.booleans())
def test_the_subset_has_the_smallest_words_ties_by_index(stream, step, case, chunk, on_host):
    spans, count = case
    expected = expected_subset(stream, step, spans, count)
    assert len(expected) == count
    for number in (count, torch.tensor(count)):
        threshold = subset_threshold(stream, step, spans, number, chunk=chunk, on_host=on_host)
        assert chosen(stream, step, spans, threshold) == expected


@given(st.integers(0, 2**64 - 1), STEP, st.integers(0, 300), st.data())
def test_the_subset_of_everything_is_the_reference_s(seed, step, size, data):
    count = data.draw(st.integers(0, size))
    threshold = subset_threshold(RandomStream(seed, 1), torch.tensor(step), [(0, size)], count)
    mask = subset_mask(RandomStream(seed, 1), step, torch.arange(size), threshold)
    expected = reference.random_streams.RandomStream(seed, 1).random_subset(step, size, count)
    assert np.array_equal(torch.nonzero(mask)[:, 0].numpy(), expected)


@given(STREAMS, STEP, st.integers(0, 40), st.integers(0, 40))
def test_membership_is_a_function_of_the_element_alone(stream, step, count, cut):
    threshold = subset_threshold(stream, step, [(0, 40)], count)
    indices = torch.arange(40)
    whole = subset_mask(stream, step, indices, threshold)
    assert torch.equal(subset_mask(stream, step, indices.flip(0), threshold).flip(0), whole)
    parts = [subset_mask(stream, step, part, threshold) for part in (indices[:cut], indices[cut:])]
    assert torch.equal(torch.cat(parts), whole)


def shifted_by_one(stream, step, indices, threshold):
    return subset_mask(stream, step, indices + 1, threshold)


def ties_all_taken(stream, step, indices, threshold):
    return stream.first_words(step, indices) <= threshold.word


def ties_none_taken(stream, step, indices, threshold):
    return stream.first_words(step, indices) < threshold.word


def ties_from_the_last_index(stream, step, indices, threshold):
    words = stream.first_words(step, indices)
    ties = indices[words == threshold.word]
    last = ties[len(ties) - int(threshold.ties_taken) :]
    return (words < threshold.word) | torch.isin(indices, last)


@pytest.mark.parametrize(
    "planted", [shifted_by_one, ties_all_taken, ties_none_taken, ties_from_the_last_index]
)
def test_planted_wrong_masks_are_rejected(planted):
    stream, spans = FewWords(5, 1), [(0, 50)]
    expected = expected_subset(stream, 0, spans, 20)
    threshold = subset_threshold(stream, 0, spans, 20)
    assert chosen(stream, 0, spans, threshold) == expected
    assert chosen(stream, 0, spans, threshold, mask_of=planted) != expected


@given(st.integers(-5, 50))
@example(count=41)
def test_a_count_on_the_device_is_brought_into_its_range(count):
    stream = FewWords(5, 1)
    threshold = subset_threshold(stream, 0, [(0, 40)], torch.tensor(count))
    assert len(chosen(stream, 0, [(0, 40)], threshold)) == min(max(count, 0), 40)


def test_global_indices_beyond_32_bits_are_told_apart():
    stream, start = FewWords(5, 1), 2**32 - 20
    spans = [(start, start + 40)]
    threshold = subset_threshold(stream, 0, spans, 17, chunk=16)
    assert chosen(stream, 0, spans, threshold) == expected_subset(stream, 0, spans, 17)


def test_nothing_is_read_on_the_host_unless_it_is_allowed():
    stream = RandomStream(3, 1)
    with FakeTensorMode():
        # Of unknown values: the value of a tensor made of a constant is known even here.
        step, count = (torch.empty((), dtype=torch.int64, device="cuda") for _ in range(2))
        for number in (count, 7):
            threshold = subset_threshold(stream, step, [(0, 10), (20, 40)], number, "cuda", chunk=8)
            mask = subset_mask(stream, step, torch.arange(40, device="cuda"), threshold)
            assert {entry.device.type for entry in (mask, *threshold)} == {"cuda"}
    with FakeTensorMode():
        step, count = (torch.empty((), dtype=torch.int64) for _ in range(2))
        with pytest.raises(DataDependentOutputException):
            subset_threshold(stream, step, [(0, 10), (20, 40)], count, on_host=True)


@pytest.mark.parametrize(
    ("spans", "count", "said"),
    [([(0, 5), (4, 6)], 1, "spans"), ([(3, 2)], 0, "spans"), ([(-1, 2)], 0, "spans"), ([(0, 5)], 6, "count")],
)
def test_spans_out_of_order_and_counts_out_of_range_are_refused(spans, count, said):
    with pytest.raises(ValueError, match=said):
        subset_threshold(RandomStream(0, 1), 0, spans, count)


# The compiler of torch itself calls what torch has deprecated.
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_compiled_words_give_the_same_threshold():
    # Seeds from 2^63 on were once taken for floats by the compiler.
    stream, spans = RandomStream(2**63 + 5, 1), [(3, 700), (2**32 - 50, 2**32 + 51)]
    for step, count in ((0, 0), (2**32 - 1, 17), (7, 798)):
        plain, compiled = (
            subset_threshold(stream, torch.tensor(step), spans, count, on_host=True, compiled=way, chunk=256)
            for way in (False, True)
        )
        assert compiled == plain
        assert chosen(stream, step, spans, compiled) == expected_subset(stream, step, spans, count)


def test_a_threshold_far_from_its_expected_place_is_found_all_the_same():
    """Words that are all small, or all large, lie outside of the window of the single pass."""
    for shift in (0, 31):
        stream, spans = FewWords(5, 1, kinds=2, shift=shift), [(0, 4000)]
        for count in (1, 2000, 3999):
            threshold = subset_threshold(stream, 0, spans, count, on_host=True)
            assert chosen(stream, 0, spans, threshold) == expected_subset(stream, 0, spans, count)


@given(STEP, st.booleans(), st.sampled_from([1, 7, None]))
def test_none_of_the_elements_are_taken_even_where_all_words_are_the_smallest(step, on_host, chunk):
    threshold = subset_threshold(FewWords(0, 1, kinds=1), step, [(0, 9)], 0, chunk=chunk, on_host=on_host)
    assert chosen(FewWords(0, 1, kinds=1), step, [(0, 9)], threshold) == set()

"""Masks and subsets: they count each parameter as often as they should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.masks import as_mask, as_permutation, consecutive_subsets, coverage, distinct_indices, mask_of
from reference.random_streams import RandomStream

sizes = st.integers(0, 40)


@given(sizes, st.data())
def test_a_mask_marks_the_given_parameters_and_no_others(size, data):
    chosen = data.draw(st.sets(st.integers(0, size - 1)) if size else st.just(set()))
    mask = mask_of(sorted(chosen), size)
    assert mask.shape == (size,)
    assert set(np.flatnonzero(mask)) == chosen


@given(st.integers(1, 30), st.lists(st.integers(0, 12), max_size=8), st.integers(0, 2**32))
def test_subsets_of_one_permutation_never_repeat_a_parameter(size, counts, seed):
    order = RandomStream(seed, 0).permutation(0, size)
    subsets = consecutive_subsets(order, counts)
    visits = coverage(subsets, size)
    assert visits.max(initial=0) <= 1
    assert visits.sum() == min(size, sum(counts))


def test_subsets_end_where_the_permutation_does():
    assert [s.tolist() for s in consecutive_subsets([3, 1, 0, 2], [3, 0, 3, 1])] == [[3, 1, 0], [], [2], []]


def test_coverage_counts_every_visit():
    assert coverage([[0, 2], [2], []], 4).tolist() == [1, 0, 2, 0]
    assert coverage([], 2).tolist() == [0, 0]


def test_all_subsets_of_one_size_cover_evenly():
    from itertools import combinations
    from math import comb

    visits = coverage(combinations(range(6), 4), 6)
    assert visits.tolist() == [comb(5, 3)] * 6


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: mask_of([0, 0], 3), ValueError, "indices must be distinct"),
        (lambda: mask_of([3], 3), ValueError, r"indices must be distinct integers in \[0, 3\)"),
        (lambda: mask_of([-1], 3), ValueError, "indices must be distinct"),
        (lambda: mask_of([[0, 1]], 3), ValueError, "in one dimension"),
        (lambda: mask_of([0.5], 3), TypeError, "indices must be integers"),
        (lambda: mask_of([True, False], 3), TypeError, "indices must be integers"),
        (lambda: mask_of([0], -1), ValueError, "size must be an integer of at least 0"),
        (lambda: as_mask("mask", [1, 0], 2), ValueError, "mask must be boolean"),
        (lambda: as_mask("mask", [True], 2), ValueError, r"mask must be boolean with shape \(2,\)"),
        (lambda: as_permutation("order", [0], 2), ValueError, "order must be a permutation of 0..1"),
        (lambda: as_permutation("order", [0, 2], 2), ValueError, "order must be distinct integers"),
        (lambda: consecutive_subsets([1, 2], [1]), ValueError, "order must be distinct integers"),
        (lambda: consecutive_subsets([0, 1], [-1]), ValueError, "counts must be an integer of at least 0"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, named):
    with pytest.raises(error, match=named):
        call()


@given(st.integers(1, 9), st.data())
def test_one_wrong_index_among_right_ones_is_refused(size, data):
    order = data.draw(st.permutations(range(size)))
    wrong = data.draw(st.sampled_from([-1, -size, size, size + 1]))
    order[data.draw(st.integers(0, size - 1))] = wrong
    with pytest.raises(ValueError, match="indices must be distinct integers"):
        distinct_indices("indices", order, size)


@given(st.lists(st.integers(0, 1), min_size=1, max_size=5))
def test_numbers_are_no_mask(numbers):
    with pytest.raises(ValueError, match="mask must be boolean"):
        as_mask("mask", numbers, len(numbers))


def test_empty_selections_are_fine():
    assert distinct_indices("indices", [], 0).shape == (0,)
    assert as_mask("mask", [], 0).shape == (0,)
    assert as_permutation("order", [], 0).shape == (0,)

"""Paired t-intervals: known quantiles, exact small examples, coverage, planted winners."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, quad

from proofs.paired_comparison import Comparison, PairedDifference, paired_difference, student_quantile

NUMBERS = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12)


@pytest.mark.parametrize(("degrees", "value"), [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (30, 2.042)])
def test_the_quantile_is_that_of_the_printed_tables(degrees, value):
    assert round(student_quantile(degrees), 3) == value


@pytest.mark.parametrize("degrees", [1, 3, 8])
def test_the_density_integrates_to_the_confidence_between_the_quantiles(degrees):
    constant = mp.gamma((degrees + 1) / 2) / (mp.sqrt(degrees * mp.pi) * mp.gamma(degrees / 2))
    t = student_quantile(degrees)
    mass = quad(lambda x: constant * (1 + x * x / degrees) ** (-(degrees + 1) / mp.mpf(2)), [-t, 0, t])
    assert abs(mass - 0.95) <= 64 * np.finfo(float).eps


def test_one_degree_of_freedom_has_the_quantile_of_the_cauchy_law():
    eps = np.finfo(float).eps
    assert abs(student_quantile(1) - math.tan(0.475 * math.pi)) <= 256 * eps * student_quantile(1)


def test_two_pairs_can_be_checked_by_hand():
    # Differences 1 and 3: mean 2, deviation sqrt 2, half-width t_1 sqrt 2 / sqrt 2 = t_1.
    found = paired_difference([2.0, 5.0], [1.0, 2.0])
    half = student_quantile(1)
    assert (found.mean, found.pairs) == (2.0, 2)
    assert abs(found.high - 2.0 - half) <= 16 * np.finfo(float).eps * half


@given(NUMBERS, st.floats(-10, 10))
def test_exchanging_the_columns_turns_the_interval_round(values, shift):
    other = [shift - value / 3 for value in values]
    one, two = paired_difference(values, other), paired_difference(other, values)
    assert (one.low, one.high) == (-two.high, -two.low)
    opposite = {Comparison.BETTER: Comparison.WORSE, Comparison.WORSE: Comparison.BETTER}
    assert two.says() == opposite.get(one.says(), Comparison.UNDECIDED)


@given(NUMBERS)
def test_what_both_columns_share_does_not_count(values):
    differences = np.arange(len(values)) % 3 + 1.0
    alone = paired_difference(differences, np.zeros(len(values)))
    found = paired_difference(np.array(values) + differences, values)
    size = max(1.0, max(abs(value) for value in values))
    room = 64 * np.finfo(float).eps * size * (1 + student_quantile(len(values) - 1))
    assert abs(found.low - alone.low) <= room
    assert abs(found.high - alone.high) <= room


def test_the_interval_covers_the_truth_as_often_as_it_says():
    draws, trials = np.random.default_rng(0), 2000
    hits = 0
    for _ in range(trials):
        found = paired_difference(draws.normal(0.3, 1.0, 5), draws.normal(0.0, 2.0, 5))
        hits += found.low <= 0.3 <= found.high
    # Four standard deviations of a binomial number with 2000 trials.
    assert abs(hits / trials - 0.95) <= 4 * math.sqrt(0.95 * 0.05 / trials)


def test_a_planted_winner_is_found_only_where_the_seeds_are_paired():
    draws = np.random.default_rng(1)
    difficulty = draws.normal(0, 5, 8)
    worse = difficulty + draws.normal(0, 0.1, 8)
    better = difficulty - 0.5 + draws.normal(0, 0.1, 8)
    assert paired_difference(better, worse).says() is Comparison.BETTER
    assert paired_difference(better, worse).says(smaller_is_better=False) is Comparison.WORSE
    assert paired_difference(better, np.roll(worse, 3)).says() is Comparison.UNDECIDED


def test_an_interval_that_touches_zero_decides_nothing():
    assert PairedDifference(0.5, 0.0, 1.0, 5).says() is Comparison.UNDECIDED


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([1.0], [2.0], "at least two pairs, got 1"),
        ([1.0, 2.0], [1.0], r"got the shapes \(2,\) and \(1,\)"),
        ([1.0, math.nan], [1.0, 2.0], "first must be finite"),
        ([1.0, 2.0], [1.0, math.inf], "second must be finite"),
    ],
)
def test_columns_that_are_no_pairs_are_refused(first, second, message):
    with pytest.raises(ValueError, match=message):
        paired_difference(first, second)


@pytest.mark.parametrize(("degrees", "confidence"), [(0, 0.95), (3, 0.0), (3, 1.0)])
def test_quantiles_outside_the_law_are_refused(degrees, confidence):
    with pytest.raises(ValueError, match="must"):
        student_quantile(degrees, confidence)

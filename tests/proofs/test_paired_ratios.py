"""The median of paired ratios: invariances, coverage, and what pairing is for."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.paired_ratios import paired_ratio

EPS = float(np.finfo(float).eps)
COSTS = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=30)


@given(COSTS, st.floats(1e-3, 1e3))
def test_a_constant_factor_is_found_exactly_whatever_the_drift(drift, factor):
    ratio = paired_ratio([factor * value for value in drift], drift)
    assert ratio.high - ratio.low <= 4 * EPS * factor
    assert abs(ratio.median - factor) <= 4 * EPS * factor


@given(COSTS)
def test_the_order_of_the_rounds_does_not_matter(costs):
    ones = [1.0] * len(costs)
    assert paired_ratio(costs, ones) == paired_ratio(costs[::-1], ones)


@given(COSTS)
def test_the_median_lies_in_quartiles_and_interval(costs):
    ratio = paired_ratio(costs, [1.0] * len(costs))
    slack = 4 * EPS * ratio.median
    assert ratio.low <= ratio.median <= ratio.high
    assert ratio.first_quartile - slack <= ratio.median <= ratio.third_quartile + slack


@pytest.mark.parametrize(
    ("rounds", "coverage"), [(5, 0.9375), (6, 0.96875), (9, 0.9609375), (15, 0.96484375)]
)
def test_the_coverage_is_that_of_the_binomial_law(rounds, coverage):
    assert paired_ratio(range(1, rounds + 1), [1.0] * rounds).coverage == coverage


def test_the_interval_covers_the_median_of_a_skewed_law_as_often_as_it_says():
    generator, repetitions, rounds = np.random.default_rng(0), 2000, 9
    covered = 0
    for _ in range(repetitions):
        ratio = paired_ratio(generator.exponential(size=rounds), np.ones(rounds))
        covered += ratio.low <= math.log(2) <= ratio.high
    assert abs(covered / repetitions - ratio.coverage) <= 5 * math.sqrt(0.04 * 0.96 / repetitions)


def test_without_pairing_a_drift_would_be_taken_for_spread():
    drift = np.geomspace(1, 100, 9)
    shuffled = np.random.default_rng(0).permutation(drift)
    assert paired_ratio(2 * drift, drift).high < paired_ratio(2 * drift, shuffled).high / 2


@pytest.mark.parametrize(
    ("cost", "baseline", "message"),
    [
        ([], [], "cost must be positive finite numbers, at least one"),
        ([1.0], [0.0], "baseline must be positive finite numbers"),
        ([1.0, 2.0], [1.0], "must have the same rounds"),
    ],
)
def test_rounds_that_give_no_ratio_are_refused(cost, baseline, message):
    with pytest.raises(ValueError, match=message):
        paired_ratio(cost, baseline)


@pytest.mark.parametrize(
    ("value", "text"), [(0.01234, "0.0123"), (1.0, "1.00"), (12.34, "12.3"), (1234.5, "1,234")]
)
def test_a_ratio_is_written_with_three_digits(value, text):
    assert str(paired_ratio([value], [1.0])).startswith(text + " (")

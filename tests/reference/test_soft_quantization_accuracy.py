"""Level probabilities and soft quantization against 50 digits, and the exactly rounded sum over levels."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings

from reference.levels import uniform_levels
from reference.soft_quantization import level_probabilities, soft_quantize, sum_over_levels
from tests.reference.exact_level_probabilities import (
    LARGEST,
    MEAN_ERROR,
    PROBABILITY_ULPS,
    mean_error,
    probability_error,
    problems,
)


@settings(max_examples=150)
@given(problems())
@example(problem=(0.0, [-LARGEST, LARGEST], 1e300))
@example(problem=(1e308, [-1.0, 0.0, 1.0], 1e-300))
@example(problem=(LARGEST, [-LARGEST, 0.0, LARGEST], 1e300))
@example(problem=(-5e-324, [-5e-324, 0.0, 5e-324], 1e-300))
def test_probabilities_agree_with_50_digits_over_the_whole_range(problem):
    assert probability_error(level_probabilities, *problem) <= PROBABILITY_ULPS


@given(problems())
@example(problem=(LARGEST, [-LARGEST, 0.0, LARGEST], 1e300))
@example(problem=(5e-324, [-5e-324, 0.0, 5e-324], 1e-300))
@example(problem=(0.0, [1e-311 * k for k in range(1001, 2002)], 1e300))
def test_quantized_values_agree_with_50_digits_over_the_whole_range(problem):
    assert mean_error(*problem) <= MEAN_ERROR


@given(problems(smallest=5e-324, largest=LARGEST))
def test_temperatures_beyond_the_promised_range_are_as_accurate(problem):
    assert probability_error(level_probabilities, *problem) <= PROBABILITY_ULPS


def test_probabilities_agree_with_50_digits_for_65536_levels():
    levels = uniform_levels(1.0, 65536)
    theta, temperature = float(levels[9]) / 2 + float(levels[10]) / 2, 1 / 700
    assert probability_error(level_probabilities, theta, levels.tolist(), temperature) <= PROBABILITY_ULPS


def test_no_floating_point_exception_escapes_at_the_ends_of_the_range():
    with np.errstate(all="raise"):
        for temperature in (5e-324, 1e-300, 1.0, 1e300, LARGEST):
            for levels in ([-LARGEST, LARGEST], [-1.0, 1.0], [-5e-324, 5e-324], [0.0]):
                theta = [-LARGEST, -1.0, -5e-324, 0.0, 5e-324, 1.0, LARGEST]
                assert np.all(np.isfinite(level_probabilities(theta, levels, temperature)))
                assert np.all(np.isfinite(soft_quantize(theta, levels, temperature)))


def sum_without_rounding_errors(terms):
    totals = terms
    while totals.shape[1] > 1:
        half = totals.shape[1] // 2
        folded = totals[:, :half] + totals[:, ::-1][:, :half]
        totals = np.concatenate([folded, totals[:, half : totals.shape[1] - half]], axis=1)
    return totals[:, 0]


def largest_sum_error(sum_of_rows, terms):
    """Largest error of a sum of rows, in units in its last place."""
    return max(
        abs(Fraction(float(total)) - sum(map(Fraction, row.tolist()))) / Fraction(float(np.spacing(total)))
        for total, row in zip(sum_of_rows(terms), terms, strict=True)
    )


def test_a_sum_over_levels_is_correct_to_one_rounding():
    rows = np.random.default_rng(0).random((40, 1023))
    # Half a unit from the last rounding; the errors of the errors are a thousandth of a unit together.
    assert largest_sum_error(sum_over_levels, rows) <= Fraction(501, 1000)
    assert largest_sum_error(sum_without_rounding_errors, rows) > 1


def naive_probabilities(theta, levels, temperature):
    """The textbook softmax with its largest exponent subtracted."""
    distances = np.abs(np.asarray(theta)[:, None] - np.asarray(levels))
    weights = np.exp(-(distances - distances.min(axis=1, keepdims=True)) / temperature)
    return weights / weights.sum(axis=1, keepdims=True)


def exact_distance_probabilities(theta, levels, temperature):
    """Exact differences of distances, but one plain division by the temperature."""
    differences = [[float(abs(Fraction(x) - Fraction(q))) for q in levels] for x in theta]
    weights = np.exp(-(np.array(differences) - np.min(differences)) / temperature)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("wrong", [naive_probabilities, exact_distance_probabilities])
def test_plain_float64_exponents_fail_the_accuracy_check(wrong):
    # Exponents of up to 700, where half a unit in the last place is worth some 250 of exp's.
    problem = (0.3, [0.1 * k for k in range(1, 12)], 0.8 / 700)
    assert probability_error(level_probabilities, *problem) <= PROBABILITY_ULPS
    assert probability_error(wrong, *problem) > 10 * PROBABILITY_ULPS


def test_rounded_distances_fail_far_outside_the_hull():
    problem = (1e17, [-1.0, 0.0, 1.0], 0.5)
    assert probability_error(level_probabilities, *problem) <= PROBABILITY_ULPS
    assert probability_error(naive_probabilities, *problem) > 2.0**40

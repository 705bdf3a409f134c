"""The paper's grid of levels, and what one application of soft quantization does on it at T_max = 5 sigma."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, target
from hypothesis import strategies as st

from proofs.evidence.hottest_step import contraction, largest_value
from proofs.evidence.initial_uniformity import end_probabilities
from proofs.evidence.level_count import hard_quantized
from proofs.paper_settings import CLIP_SHARES, KAPPA, LEVEL_COUNTS, T_MAX, T_MIN_SHARE, range_over_t_max
from reference.levels import scaled_levels, uniform_levels
from reference.soft_quantization import level_probabilities, soft_quantize
from reference.temperature import FLOOR_FACTOR, INITIAL_FACTOR, initial_temperature

EPS = float(np.finfo(float).eps)
kappas = st.floats(0.5, 1.0)
places = st.floats(-4.0, 4.0)


def test_the_settings_of_the_paper_are_those_of_the_reference():
    assert float(T_MAX) == INITIAL_FACTOR
    assert float(T_MIN_SHARE) == FLOOR_FACTOR
    assert T_MIN_SHARE in CLIP_SHARES
    assert [range_over_t_max(kappa) for kappa in KAPPA] == [Fraction(1, 5), Fraction(2, 5)]


@given(st.integers(2, 3000), st.floats(1e-3, 1e3))
@example(256, 1.0)
@example(255, 1.0)
def test_zero_is_a_level_exactly_if_the_number_of_levels_is_odd(count, half_width):
    assert (0.0 in uniform_levels(half_width, count)) == (count % 2 == 1)


@given(places, places, st.integers(2, 60), kappas)
@example(-0.01, 0.01, 2, 1.0)
def test_at_t_max_soft_quantization_shrinks_every_distance_by_the_proved_factor(one, other, count, kappa):
    first, second = soft_quantize([one, other], uniform_levels(kappa, count), 5.0)
    bound = kappa * float(contraction(count)) * abs(one - other)
    target(float(abs(first - second) - bound))
    assert abs(first - second) <= bound + 4 * EPS * kappa


@given(st.floats(-1e6, 1e6), st.integers(2, 200), kappas)
def test_at_t_max_every_value_lies_in_the_proved_interval(theta, count, kappa):
    value = soft_quantize([theta], uniform_levels(kappa, count), 5.0)[0]
    assert abs(value) <= kappa**2 * float(largest_value(count)) + 4 * EPS * kappa


@pytest.mark.parametrize("count", [2, 4, 16, 256])
def test_both_constants_are_attained_as_the_temperature_grows(count):
    # Second derivation: the literal variance of the levels (values) and the literal mean gap (factor).
    levels, hot = uniform_levels(1.0, count), 1e5
    end = soft_quantize([1.0], levels, hot)[0] * hot
    assert end == pytest.approx(float(np.var(levels)), rel=4 / hot + 64 * EPS * hot)
    assert float(np.var(levels)) == pytest.approx(float(largest_value(count, Fraction(1))), rel=8 * EPS)
    step = levels[count // 2] / 2  # stays in the central cell
    slope = np.diff(soft_quantize([-step, step], levels, hot))[0] * hot / (2 * step)
    gap = levels[count // 2 :].mean() - levels[: count // 2].mean()
    assert slope == pytest.approx(gap / 2, rel=4 / hot + 64 * EPS * hot)
    assert gap / 2 == pytest.approx(float(contraction(count, Fraction(1))), rel=8 * EPS)


def test_a_smaller_factor_or_interval_would_be_left():
    levels = uniform_levels(1.0, 256)
    low, high, end = soft_quantize([-0.003, 0.003, 1.0], levels, 5.0)
    assert (high - low) / 0.006 > 0.96 * float(contraction(256))
    assert end > 0.99 * float(largest_value(256))


@given(places, st.sampled_from(LEVEL_COUNTS), kappas)
def test_at_t_max_no_probability_is_farther_from_uniform_than_those_at_the_end_for_kappa_1(
    theta, count, kappa
):
    largest, smallest = (float(value) for value in end_probabilities(count))
    found = count * level_probabilities([theta], uniform_levels(kappa, count), 5.0)[0]
    assert smallest * (1 - 16 * EPS) <= found.min()
    assert found.max() <= largest * (1 + 16 * EPS)
    assert largest - 1 < 0.22
    assert largest - 1 > 0.2  # control: a fifth would be too small


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=5), st.integers(2, 40), st.floats(0.01, 10.0))
def test_updated_weights_lie_in_the_hull_whatever_was_proposed(proposals, count, temperature):
    values = soft_quantize(proposals, uniform_levels(1.0, count), temperature)
    assert np.all(np.abs(values) <= 1.0)


@given(st.floats(-3, 3), st.integers(2, 40))
def test_the_gap_of_theorem_2_never_exceeds_the_spacing(theta, count):
    distances = np.sort(np.abs(theta - uniform_levels(1.0, count)))
    assert distances[1] - distances[0] <= 2 / (count - 1) + 8 * EPS * 4


def test_a_third_level_leaves_the_loss_at_81_200_instead_of_1_200():
    target_value, step = Fraction(9, 10), Fraction(11, 20)
    losses = [
        (hard_quantized(Fraction(-1), levels, step, target_value) - target_value) ** 2 / 2
        for levels in ((-1, 1), (-1, 0, 1))
    ]
    assert losses == [Fraction(1, 200), Fraction(81, 200)]


def test_more_levels_can_also_help():
    # Control: the order of the two losses is not forced, so the comparison is able to come out the other way.
    step, goal = Fraction(6, 10), Fraction(0)
    ends = [hard_quantized(Fraction(-1), levels, step, goal) for levels in ((-1, 1), (-1, 0, 1))]
    assert abs(ends[1]) < abs(ends[0])


@pytest.mark.parametrize("entries", [[0.0] * 5, [1.0] * 3, [0.7]])
def test_a_constant_tensor_has_neither_levels_nor_a_temperature(entries):
    sigma = float(np.std(entries))
    with pytest.raises(ValueError, match="sigma"):
        scaled_levels(sigma, 1.0, 256)
    with pytest.raises(ValueError, match="sigma"):
        initial_temperature(sigma)


def test_most_gaussian_weights_start_outside_the_narrow_grid_and_a_third_outside_the_wide_one():
    outside = [2 * (1 - 0.5 * (1 + math.erf(float(kappa) / math.sqrt(2)))) for kappa in KAPPA]
    assert outside[0] > 0.617
    assert 0.317 < outside[1] < 0.318

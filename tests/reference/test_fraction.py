"""The fraction rule: its exact values, its range, its limits, and the whole number of parameters it means."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.fraction import (
    clamped_fraction,
    fraction_trace,
    simplest_rational,
    starting_fraction,
    update_count,
    update_fraction,
)

EPS = float(np.finfo(np.float64).eps)
TINY = 5e-324  # the rounding unit of products that underflow

bounds = st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)).map(sorted)
positive = st.floats(1e-200, 1e200)
ratios = st.floats(0.0, 1.0)


def exact_fraction(change, divisor, f_min, f_max):
    """The formula with a rational exponent and 50 digits."""
    ratio = Fraction(change) / Fraction(divisor)
    with mpmath.workdps(50):
        share = -mpmath.expm1(-mpmath.mpf(ratio.numerator) / ratio.denominator)
        return mpmath.mpf(f_min) + (mpmath.mpf(f_max) - mpmath.mpf(f_min)) * share


def share_error(rule, change, divisor):
    """Relative error of f with f_min = 0 and f_max = 1: the accuracy of 1 - exp(-x) itself."""
    value = exact_fraction(change, divisor, 0.0, 1.0)
    with mpmath.workdps(50):
        return float(abs(mpmath.mpf(rule(change, divisor, 0.0, 1.0)) - value) / value)


@given(bounds, positive, st.floats(-20.0, 50.0))
def test_the_fraction_agrees_with_fifty_digits(pair, divisor, ratio):
    f_min, f_max = pair
    value = exact_fraction(ratio * divisor, divisor, f_min, f_max)
    # One rounding each of the quotient, the exponential, difference, product and sum; a quotient of size 20
    # multiplies its rounding by 20 in the exponential.
    budget = (20 + 5) * EPS * (f_min + (f_max - f_min) * max(1.0, math.exp(-ratio))) + TINY
    assert abs(update_fraction(ratio * divisor, divisor, f_min, f_max) - value) <= budget


@given(st.floats(1e-300, 1.0))
def test_small_loss_changes_keep_their_digits(ratio):
    assert share_error(update_fraction, ratio, 1.0) <= 4 * EPS


def test_the_printed_difference_of_one_and_an_exponential_would_lose_them():
    def printed(change, divisor, f_min, f_max):
        return f_min + (f_max - f_min) * (1.0 - math.exp(-change / divisor))

    assert share_error(printed, 1e-12, 1.0) > 1e6 * EPS


@given(bounds, positive, ratios)
def test_changes_up_to_the_largest_stay_below_sixty_four_percent_of_the_way(pair, divisor, ratio):
    f_min, f_max = pair
    fraction = update_fraction(ratio * divisor, divisor, f_min, f_max)
    reachable = f_min + (f_max - f_min) * -math.expm1(-1.0)
    assert f_min <= fraction <= reachable * (1.0 + 4 * EPS)


def test_the_papers_start_is_a_third_and_not_a_half():
    start = update_fraction(1.0, 1.0, 0.01, 0.5)
    assert start == pytest.approx(0.01 + 0.49 * (1.0 - 1.0 / math.e), rel=4 * EPS, abs=0.0)
    assert start < 0.32


@given(bounds, positive, st.floats(0.0, 1e6))
@example([0.1, 0.7], 1.0, 1e6)
def test_a_change_of_any_size_stays_between_the_bounds(pair, divisor, ratio):
    f_min, f_max = pair
    assert f_min <= update_fraction(ratio * divisor, divisor, f_min, f_max) <= f_max


@given(bounds, positive)
def test_no_change_gives_the_smallest_fraction_and_an_overwhelming_one_the_largest(pair, divisor):
    f_min, f_max = pair
    assert update_fraction(0.0, divisor, f_min, f_max) == f_min
    assert abs(update_fraction(1000.0 * divisor, divisor, f_min, f_max) - f_max) <= EPS * f_max


@given(bounds, positive, ratios, ratios)
def test_a_larger_change_never_updates_fewer(pair, divisor, one, other):
    low, high = sorted((one, other))
    smaller, larger = (update_fraction(r * divisor, divisor, *pair) for r in (low, high))
    # The order holds for exact values; each is wrong by a few roundings of f.
    assert smaller <= larger + 4 * EPS * pair[1]


@given(bounds, st.floats(1e-50, 1e50), ratios, st.integers(-200, 200))
def test_the_fraction_does_not_see_the_unit_of_the_loss(pair, divisor, ratio, power):
    scale = 2.0**power
    # Scaling by a power of two is exact where it does not underflow.
    change = (ratio if ratio > 1e-100 else 0.0) * divisor
    assert update_fraction(change, divisor, *pair) == update_fraction(scale * change, scale * divisor, *pair)


@given(bounds)
def test_a_loss_that_never_changed_counts_as_one_that_does_not_change_now(pair):
    assert update_fraction(0.0, 0.0, *pair) == update_fraction(0.0, 1.0, *pair) == pair[0]


@given(bounds, st.floats(1e-300, 1e300))
def test_the_first_change_has_the_starting_fraction_whatever_its_size(pair, change):
    assert update_fraction(change, change, *pair) == starting_fraction(*pair)


def test_starting_at_the_smallest_fraction_would_freeze_small_models():
    assert update_count(0.01, 50) == 0
    assert update_count(starting_fraction(0.01, 0.5), 50) == 15


@given(st.floats(0.1, 10.0), ratios)
def test_sensitivity_multiplies_the_ratio(sensitivity, ratio):
    multiplied = update_fraction(ratio, 1.0, 0.01, 0.5, sensitivity)
    assert multiplied == update_fraction(sensitivity * ratio, 1.0, 0.01, 0.5)


def test_a_rising_loss_leaves_the_interval_under_the_signed_reading():
    assert update_fraction(-1.0, 1.0, 0.01, 0.5) < 0.0
    assert update_fraction(-0.01, 1.0, 0.25, 0.5) == pytest.approx(
        0.25 - 0.25 * math.expm1(0.01), rel=8 * EPS
    )
    assert clamped_fraction(-1.0, 1.0, 0.01, 0.5) == 0.01


@given(bounds, st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_the_clamped_fraction_never_leaves_the_interval(pair, change, divisor):
    assert pair[0] <= clamped_fraction(change, divisor, *pair) <= pair[1]


@given(bounds, st.floats(0.0, 1e9), st.floats(1e-9, 1e9))
def test_the_clamped_fraction_is_the_printed_one_where_that_applies(pair, change, divisor):
    assert clamped_fraction(change, divisor, *pair) == update_fraction(change, divisor, *pair)


def test_a_loss_that_only_rose_keeps_the_smallest_fraction_until_it_falls():
    assert clamped_fraction(-2.0, -1.0, 0.01, 0.5) == 0.01
    assert clamped_fraction(0.0, -1.0, 0.01, 0.5) == 0.01
    assert clamped_fraction(2.0, -1.0, 0.01, 0.5) == starting_fraction(0.01, 0.5)
    assert fraction_trace([1.0, 2.0, 4.0, 3.0], 0.01, 0.5, "decrease").tolist() == [
        0.01,
        0.01,
        starting_fraction(0.01, 0.5),
    ]


def test_traces_of_a_loss_curve_that_falls_rests_rises_and_falls():
    curve = [4.0, 2.0, 2.0, 3.0, -1.0]
    at = lambda ratio: update_fraction(ratio, 1.0, 0.01, 0.5)  # noqa: E731
    assert fraction_trace(curve, 0.01, 0.5).tolist() == [at(1), at(0), at(0.5), at(1)]
    assert fraction_trace(curve, 0.01, 0.5, "decrease").tolist() == [at(1), at(0), 0.01, at(1)]
    assert fraction_trace(curve, 0.01, 0.5, "absolute", "initial_drop").tolist() == [
        at(1),
        at(0),
        at(0.5),
        at(2),
    ]
    assert fraction_trace(curve, 0.01, 0.5, "decrease", "initial_drop").tolist() == [
        at(1),
        at(0),
        0.01,
        at(2),
    ]


@given(
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=12),
    st.sampled_from(["running_maximum", "initial_drop"]),
)
def test_absolute_changes_do_not_tell_a_falling_loss_from_its_mirror_image(curve, divisor):
    mirrored = [-value for value in curve]
    traces = [fraction_trace(losses, 0.01, 0.5, "absolute", divisor) for losses in (curve, mirrored)]
    assert np.array_equal(*traces)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=12))
def test_the_first_change_of_the_loss_has_the_largest_fraction_a_trace_can_reach(curve):
    trace = fraction_trace(curve, 0.01, 0.5)
    moved = np.flatnonzero(np.diff(curve))
    start = update_fraction(1.0, 1.0, 0.01, 0.5)
    if moved.size:
        assert trace[moved[0]] == start
    assert trace.max() <= start


@given(st.integers(0, 10**4), st.integers(1, 10**4))
def test_every_small_rational_is_recovered_from_its_float(numerator, denominator):
    rational = Fraction(min(numerator, denominator), denominator)
    assert simplest_rational(float(rational)) == rational


@given(st.floats(0.0, 1e6))
@example(5e-324)
@example(1.0)
def test_the_simplest_rational_rounds_to_the_float_it_stands_for(value):
    assert float(simplest_rational(value)) == value


def simplest_by_search(value):
    denominator = 1
    while True:
        numerator = round(Fraction(value) * denominator)
        if float(Fraction(numerator, denominator)) == value:
            return Fraction(numerator, denominator)
        denominator += 1


@pytest.mark.parametrize("value", [0.1, 0.3, 0.29, 1 / 3, 0.123, 2 / 7, 355 / 113])
def test_no_smaller_denominator_would_do(value):
    assert simplest_rational(value) == simplest_by_search(value)


@given(st.integers(0, 1000), st.integers(1, 1000), st.integers(0, 10**9))
def test_the_count_is_the_floor_of_the_rational_product(numerator, denominator, size):
    numerator = min(numerator, denominator)
    assert update_count(numerator / denominator, size) == numerator * size // denominator


def test_the_floor_of_the_float_product_would_miss_whole_counts():
    assert update_count(0.29, 100) == 29
    assert math.floor(0.29 * 100) == 28


@given(st.floats(0.0, 1.0), st.integers(0, 10**6))
def test_nothing_is_updated_exactly_where_the_share_is_less_than_one_parameter(fraction, size):
    count = update_count(fraction, size)
    assert 0 <= count <= size
    assert (count == 0) == (simplest_rational(fraction) * size < 1)


def test_the_papers_smallest_fraction_updates_nothing_in_small_models():
    # A linear model on four features and three classes has 15 parameters, one kernel width has 1.
    assert [update_count(0.01, size) for size in (1, 15, 99, 100, 199, 200)] == [0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((1.0, 1.0, 0.5, 0.4), "f_min must be at most f_max, got f_min = 0.5 and f_max = 0.4"),
        ((1.0, 1.0, -0.1, 0.5), "f_min must lie in"),
        ((1.0, 1.0, 0.1, 1.5), "f_max must lie in"),
        ((math.nan, 1.0, 0.1, 0.5), "loss_change must be finite"),
        ((1.0, math.inf, 0.1, 0.5), "largest_change must be finite"),
        ((1.0, 0.0, 0.1, 0.5), "largest_change must be positive"),
        ((-1.0, -1.0, 0.1, 0.5), "largest_change must be positive"),
        ((-1e300, 1e-300, 0.1, 0.5), "loss_change must stay above"),
        ((-800.0, 1.0, 0.1, 0.5), "loss_change must stay above"),
        ((1.0, 1.0, 0.1, 0.5, 0.0), "sensitivity must be positive"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, named):
    with pytest.raises(ValueError, match=named):
        update_fraction(*arguments)


def test_words_and_sizes_are_checked():
    with pytest.raises(ValueError, match="change must be one of"):
        fraction_trace([1.0, 0.0], 0.01, 0.5, "increase")
    with pytest.raises(ValueError, match="divisor must be one of"):
        fraction_trace([1.0, 0.0], 0.01, 0.5, "absolute", "mean")
    with pytest.raises(ValueError, match="losses must hold at least two"):
        fraction_trace([1.0], 0.01, 0.5, "absolute", "initial_drop")
    with pytest.raises(ValueError, match="fraction must lie in"):
        update_count(1.1, 10)
    with pytest.raises(ValueError, match="size must be an integer of at least 0"):
        update_count(0.5, -1)
    with pytest.raises(TypeError, match="size must be an integer"):
        update_count(0.5, 10.0)
    with pytest.raises(ValueError, match="value must be at least 0"):
        simplest_rational(-0.5)

"""The fraction rules on tensors against the reference, and the counts they stand for, which are equal."""

import math
import sys

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from gpu import fraction as fast
from gpu.loss_change import absolute_change, decrease, running_maximum
from reference import fraction as literal

EPS = sys.float_info.epsilon

sizes = st.floats(1e-100, 1e100)
signed = sizes | sizes.map(lambda size: -size) | st.just(0.0)
bounds = st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)).map(sorted)
sensitivities = st.floats(1e-3, 1e3)


def scalar(value):
    return torch.tensor(value, dtype=torch.float64)


def error_in_budgets(value, exact, largest):
    """The distance of a fraction from the reference's, in roundings of f_max (at least a normal number).

    An error of 2 eps in the exponent x is at most 2 eps (1 - exp(-x)), because x exp(-x) <= 1 - exp(-x).
    With the exponential, the product and the sum that makes ten roundings, both sides together.
    """
    assert value.shape == ()
    assert value.dtype == torch.float64
    return abs(value.item() - exact) / (10 * EPS * max(largest, sys.float_info.min))


def rule_error(rule, change, divisor, limits, sensitivity):
    exact = literal.update_fraction(change, divisor, *limits, sensitivity)
    return error_in_budgets(rule(scalar(change), scalar(divisor), *limits, sensitivity), exact, limits[1])


def clamped_error(rule, change, divisor, limits, sensitivity):
    exact = literal.clamped_fraction(change, divisor, *limits, sensitivity)
    return error_in_budgets(rule(scalar(change), scalar(divisor), *limits, sensitivity), exact, limits[1])


def trace_error(change_rule, name, losses, limits):
    values = scalar(losses)
    changes = change_rule(values[:-1], values[1:])
    fractions = fast.clamped_fraction(changes, running_maximum(changes), *limits)
    exact = literal.fraction_trace(losses, *limits, change=name)
    return max(error_in_budgets(f, e, limits[1]) for f, e in zip(fractions, exact.tolist(), strict=True))


@given(st.just(0.0) | sizes, sizes, bounds, sensitivities)
def test_the_fraction_is_the_reference_s(change, divisor, limits, sensitivity):
    assert rule_error(fast.update_fraction, change, divisor, limits, sensitivity) <= 1.0


@given(signed, signed, bounds, sensitivities)
@example(0.0, 0.0, [0.01, 0.5], 1.0)
@example(1.0, 0.0, [0.01, 0.5], 1.0)
def test_the_clamped_fraction_is_the_reference_s_for_either_sign(change, divisor, limits, sensitivity):
    assert clamped_error(fast.clamped_fraction, change, divisor, limits, sensitivity) <= 1.0
    value = fast.clamped_fraction(scalar(change), scalar(divisor), *limits, sensitivity).item()
    assert limits[0] <= value <= limits[1]


@given(bounds, sensitivities)
def test_the_starting_fraction_is_the_reference_s(limits, sensitivity):
    exact = literal.starting_fraction(*limits, sensitivity)
    assert error_in_budgets(fast.starting_fraction(*limits, sensitivity), exact, limits[1]) <= 1.0


@given(bounds, sensitivities)
def test_without_any_change_the_fraction_is_exactly_the_smallest(limits, sensitivity):
    assert fast.update_fraction(scalar(0.0), scalar(0.0), *limits, sensitivity).item() == limits[0]


@pytest.mark.parametrize(("rule", "name"), [(absolute_change, "absolute"), (decrease, "decrease")])
@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12), bounds)
def test_a_loss_curve_gives_the_fractions_of_the_reference(rule, name, losses, limits):
    assert trace_error(rule, name, losses, limits) <= 1.0


def disagreements(count_rule, cases):
    """The cases (fraction, size) in which a rule gives another count than the reference."""
    return [(f, n) for f, n in cases if count_rule(scalar(f), n).item() != literal.update_count(f, n)]


def decimal_grid():
    sizes = (0, 1, 2, 3, 7, 10, 99, 100, 101, 1000, 1024, 65537, 10**6, 2**26 - 1, 10**9)
    return [(k / 1000, n) for k in range(0, 1001, 7) for n in sizes] + [
        (k / 100, n) for k in range(101) for n in (100, 200, 50_000)
    ]


@st.composite
def fractions_near_a_jump(draw):
    """A fraction within three floats of k / n, or any other."""
    size = draw(st.integers(1, 2**26 - 1) | st.integers(1, 100))
    share = draw(st.integers(0, size)) / size
    for direction in draw(st.lists(st.sampled_from([0.0, 1.0]), max_size=3)):
        share = math.nextafter(share, direction)
    return draw(st.just(share) | st.floats(0.0, 1.0)), size


def test_decimal_fractions_stand_for_the_counts_of_the_reference():
    assert disagreements(fast.update_count, decimal_grid()) == []


@given(fractions_near_a_jump())
@example((math.nextafter(0.5, 0.0), 2))
@example((math.nextafter(1.0, 0.0), 3))
@example((5e-324, 1))
def test_every_fraction_stands_for_the_count_of_the_reference(case):
    assert disagreements(fast.update_count, [case]) == []
    assert fast.update_count(*map(scalar, case[:1]), case[1]).dtype == torch.int64


def test_a_lower_bound_above_the_upper_one_is_refused():
    with pytest.raises(ValueError, match="f_min must be at most f_max"):
        fast.fraction_bounds(0.5, 0.25)
    with pytest.raises(ValueError, match="f_max"):
        fast.fraction_bounds(0.5, 1.5)


def test_the_fraction_rules_read_nothing_on_the_host():
    """On tensors that have no values a read would fail."""
    number = torch.empty((), dtype=torch.float64, device="meta")
    assert fast.clamped_fraction(number, number, 0.01, 0.5).is_meta
    assert fast.starting_fraction(0.01, 0.5, device="meta").is_meta
    assert fast.update_count(number, 100).is_meta


# Planted errors.


@given(st.floats(0.01, 1.0), st.floats(0.5, 2.0))
def test_wrong_fraction_rules_are_seen(change, sensitivity):
    limits = (0.01, 0.5)

    def falling(change, divisor, smallest, largest, sensitivity):
        return fast.update_fraction(change, divisor, largest, smallest, sensitivity)

    def blunt(change, divisor, smallest, largest, sensitivity):
        return fast.update_fraction(change, divisor, smallest, largest, 1.01 * sensitivity)

    for wrong in (falling, blunt):
        assert rule_error(wrong, change, 1.0, limits, sensitivity) > 1.0


@given(st.floats(0.01, 1.0), st.floats(0.5, 2.0))
def test_a_rising_loss_that_counts_like_a_falling_one_is_seen(change, sensitivity):
    def unsigned(change, divisor, *options):
        return fast.clamped_fraction(abs(change), abs(divisor), *options)

    for signs in ((-1.0, 1.0), (-1.0, -1.0)):
        assert clamped_error(unsigned, signs[0] * change, signs[1] * 1.0, (0.01, 0.5), sensitivity) > 1.0


def test_previous_and_current_loss_exchanged_are_seen():
    losses = [3.0, 2.0, 2.5, 1.0]
    assert trace_error(decrease, "decrease", losses, (0.01, 0.5)) <= 1.0
    assert trace_error(lambda before, now: decrease(now, before), "decrease", losses, (0.01, 0.5)) > 1.0


def test_counts_rounded_without_care_are_seen():
    def plain(fraction, size):
        return torch.floor(fraction * size)

    def rounded(fraction, size):
        return torch.round(fraction * size)

    def within_four_units(fraction, size):
        nearest = torch.round(fraction * size)
        close = abs(fraction * size - nearest) <= 4 * EPS * nearest
        return torch.where(close, nearest, torch.floor(fraction * size))

    assert (0.29, 100) in disagreements(plain, decimal_grid())
    assert disagreements(rounded, decimal_grid())
    assert disagreements(within_four_units, [(math.nextafter(0.5, 0.0), 2)])

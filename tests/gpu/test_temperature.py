"""The schedules on tensors against the reference, rule by rule."""

import math
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu import temperature as fast
from reference import temperature as literal

EPS, TINY = sys.float_info.epsilon, sys.float_info.min

positive = st.floats(1e-100, 1e100)
shares = st.floats(1e-6, 1.0)
counts = st.integers(3, 65536)


def scalar(value):
    return torch.tensor(value, dtype=torch.float64)


def error_in_budgets(value, exact, roundings):
    """The distance of a tensor from the reference's number, in units of so many roundings of that number.

    Where the number is subnormal, a rounding is a unit of 2^-1074 rather than a relative one.
    """
    assert value.shape == ()
    assert value.dtype == torch.float64
    return abs(value.item() - exact) / (roundings * EPS * max(exact, TINY))


def entropy_error(rule, entropy, largest, t_max):
    exact = literal.entropy_temperature(entropy, largest, t_max)
    # A quotient and a product, on each side.
    return error_in_budgets(rule(scalar(entropy), scalar(largest), scalar(t_max)), exact, 4)


def compounding_error(rule, temperature, share, count):
    entropy = share * math.log(count)
    exact = literal.compounding_temperature(temperature, entropy, count)
    # A logarithm, a quotient and a product, on each side.
    return error_in_budgets(rule(scalar(temperature), scalar(entropy), count), exact, 6)


def geometric_error(rule, step, t_max, ratio):
    exact = literal.geometric_temperature(step, t_max, ratio)
    # A power within two units in the last place and a product, on each side; a power below the normal range
    # has lost its digits before the product scales it up.
    lost = 2 * 2.0**-1074 * t_max if ratio**step < TINY else 0.0
    gap = abs(rule(torch.tensor(step), scalar(t_max), ratio).item() - exact)
    return gap / (6 * EPS * max(exact, TINY) + lost)


def normaliser_error(rule, word, size, count, initial, observed):
    exact = literal.largest_entropy(
        word, parameter_count=size, level_count=count, initial_entropy=initial, observed_maximum=observed
    )
    # A logarithm and a product, on each side.
    return error_in_budgets(rule(word, size, count, scalar(initial), scalar(observed)), exact, 4)


@given(st.just(0.0) | positive, positive, st.floats(1e-80, 1e80))
def test_the_entropy_controlled_temperature_is_the_reference_s(entropy, largest, t_max):
    # Beyond 1e-300 and 1e300 the reference refuses or loses digits.
    if 1e-300 < t_max * (entropy / largest) < 1e300 or entropy == 0.0:
        assert entropy_error(fast.entropy_temperature, entropy, largest, t_max) <= 1.0


@given(positive, positive)
def test_the_largest_entropy_gives_exactly_the_largest_temperature(entropy, t_max):
    assert fast.entropy_temperature(scalar(entropy), scalar(entropy), scalar(t_max)).item() == t_max


@given(positive, shares, counts)
def test_the_compounding_temperature_is_the_reference_s_and_never_rises(temperature, share, count):
    assert compounding_error(fast.compounding_temperature, temperature, share, count) <= 1.0
    above = scalar(math.log(count) * (1.0 + 8 * EPS))
    assert fast.compounding_temperature(scalar(temperature), above, count).item() == temperature


@given(st.integers(0, 10_000), st.floats(1e-20, 1e20), st.floats(0.5, 1.0))
def test_the_geometric_temperature_is_the_reference_s(step, t_max, ratio):
    assert geometric_error(fast.geometric_temperature, step, t_max, ratio) <= 1.0


@given(st.sampled_from(fast.ENTROPY_NORMALISERS), st.integers(2, 10**9), counts, positive, positive)
def test_each_normaliser_is_the_reference_s(word, size, count, initial, observed):
    assert normaliser_error(fast.largest_entropy, word, size, count, initial, observed) <= 1.0


def test_both_sides_know_the_same_normalisers_and_constants():
    assert fast.ENTROPY_NORMALISERS == literal.ENTROPY_NORMALISERS
    assert (fast.INITIAL_FACTOR, fast.FLOOR_FACTOR) == (literal.INITIAL_FACTOR, literal.FLOOR_FACTOR)


@given(positive, positive)
def test_the_rules_of_one_operation_are_the_reference_s_exactly(first, second):
    given_tensors = scalar(first), scalar(second)
    assert fast.initial_temperature(given_tensors[0]).item() == literal.initial_temperature(first)
    assert fast.smallest_temperature(given_tensors[0]).item() == literal.smallest_temperature(first)
    assert fast.clamp_temperature(*given_tensors).item() == literal.clamp_temperature(first, second)
    assert fast.clamp_temperature(given_tensors[0], second).item() == literal.clamp_temperature(first, second)
    assert fast.fixed_temperature(torch.tensor(7), second).item() == literal.fixed_temperature(7, second)


@pytest.mark.parametrize("word", ["log_levels", "total_log_levels"])
def test_a_normaliser_lies_on_the_device_of_either_entropy(word):
    there = torch.empty((), dtype=torch.float64, device="meta")
    assert fast.largest_entropy(word, 10, 4, there, None).is_meta
    assert fast.largest_entropy(word, 10, 4, None, there).is_meta
    assert not fast.largest_entropy(word, 10, 4).is_meta


@pytest.mark.parametrize("word", ["initial", "observed_maximum", "entropy"])
def test_a_normaliser_without_its_entropy_is_refused(word):
    with pytest.raises(ValueError, match=f"normaliser.*{word}"):
        fast.largest_entropy(word, 10, 4)


def test_the_schedules_read_nothing_on_the_host():
    """On tensors that have no values a read would fail."""
    number, step = torch.empty((), dtype=torch.float64, device="meta"), torch.tensor(3, device="meta")
    results = [
        fast.largest_entropy("log_levels", 10, 4, number, number),
        fast.entropy_temperature(number, number, number),
        fast.compounding_temperature(number, number, 4),
        fast.geometric_temperature(step, number, 0.9),
        fast.fixed_temperature(step, 2.0),
        fast.clamp_temperature(number, number),
    ]
    assert all(result.is_meta and result.shape == () for result in results)


# Planted errors: each must be seen at every argument drawn, by the functions that pass the rules above.


def one_percent_off(rule):
    return lambda *arguments: 1.01 * rule(*arguments)


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), positive)
def test_wrong_entropy_temperatures_are_seen(entropy, largest, t_max):
    assert entropy_error(one_percent_off(fast.entropy_temperature), entropy, largest, t_max) > 1.0
    if abs(entropy / largest - 1.0) > 1e-6:
        upside_down = entropy_error(
            lambda h, m, t: fast.entropy_temperature(m, h, t), entropy, largest, t_max
        )
        assert upside_down > 1.0


@given(positive, shares, counts)
def test_wrong_compounding_temperatures_are_seen(temperature, share, count):
    rule = fast.compounding_temperature
    assert compounding_error(one_percent_off(rule), temperature, share, count) > 1.0
    if share < 0.5:
        assert compounding_error(lambda t, h, k: rule(t, h, k - 1), temperature, share, count) > 1.0


@given(st.integers(1, 500), positive, st.floats(0.5, 0.99))
def test_wrong_geometric_temperatures_are_seen(step, t_max, ratio):
    rule = fast.geometric_temperature
    assert geometric_error(one_percent_off(rule), step, t_max, ratio) > 1.0
    assert geometric_error(lambda s, t, r: rule(s - 1, t, r), step, t_max, ratio) > 1.0


@given(st.sampled_from(["log_levels", "total_log_levels"]), st.integers(2, 10**9), counts)
def test_wrong_normalisers_are_seen(word, size, count):
    def one_level_missing(word, size, count, *entropies):
        return fast.largest_entropy(word, size, count - 1, *entropies)

    def exchanged(word, *arguments):
        other = {"log_levels": "total_log_levels", "total_log_levels": "log_levels"}
        return fast.largest_entropy(other[word], *arguments)

    for wrong in (one_level_missing, exchanged):
        assert normaliser_error(wrong, word, size, count, 1.0, 2.0) > 1.0

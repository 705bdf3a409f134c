"""The acceptance rules on tensors against the reference, in float32 and float64, out to the extremes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu.acceptance import ACCEPTANCE_RULES, accepts
from reference import acceptance as literal

DTYPES = [torch.float32, torch.float64]
NAMES = list(ACCEPTANCE_RULES)

seeds = st.integers(0, 10**6)
temperatures = st.floats(1e-20, 1e20)


def scalar(value):
    return torch.tensor(value, dtype=torch.float64)


def moves(seed, dtype, temperature, size=33):
    """Energy changes of both signs from 1e-3 to 1e3 temperatures, and zero."""
    random = np.random.default_rng(seed)
    ratios = 10.0 ** random.uniform(-3, 3, size) * random.choice([-1.0, 1.0], size)
    ratios[0] = 0.0
    return torch.tensor(temperature * ratios, dtype=dtype)


def error_in_budgets(rule, name, change, temperature):
    """The largest distance of a probability from the reference's, in roundings.

    Temperature and quotient are rounded, which changes exp(-r) by the factor 1 + 2 r eps; the exponential,
    the sum and the quotient add five roundings.  Below the normal range a probability has lost its digits.
    """
    exact = literal.ACCEPTANCE_RULES[name](change.double().numpy(), temperature)
    value = rule(change, scalar(temperature))
    assert value.dtype == change.dtype
    assert value.shape == change.shape
    kind = torch.finfo(change.dtype)
    ratio = np.abs(change.double().numpy()) / temperature
    budget = kind.eps * (5.0 + 2.0 * ratio) * exact + kind.tiny
    return float(np.max(np.abs(value.double().numpy() - exact) / budget))


def test_both_sides_know_the_same_rules():
    assert list(literal.ACCEPTANCE_RULES) == NAMES


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@given(seeds, temperatures)
def test_the_probability_is_the_reference_s(name, dtype, seed, temperature):
    change = moves(seed, dtype, temperature)
    assert error_in_budgets(ACCEPTANCE_RULES[name], name, change, temperature) <= 1.0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@given(st.floats(-1e300, 1e300), st.floats(0.0, 1e300))
def test_a_probability_lies_in_the_unit_interval_at_every_extreme(name, dtype, change, temperature):
    # float32 turns the largest of these energies and temperatures into infinities, the smallest into 0.
    value = ACCEPTANCE_RULES[name](torch.tensor(change, dtype=dtype), scalar(temperature))
    assert 0.0 <= value <= 1.0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("temperature", [0.0, 5e-324, 1e-300, 1.0, 1e300])
def test_an_infinite_quotient_gives_nought_or_one(name, dtype, temperature):
    rule = ACCEPTANCE_RULES[name]
    uphill, downhill = rule(torch.tensor([math.inf, -math.inf], dtype=dtype), scalar(temperature))
    assert uphill == (1.0 if name == "always" else 0.0)
    assert downhill == 1.0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@given(st.just(0.0) | st.floats(5e-324, 1e300))
def test_a_move_that_changes_nothing_has_the_same_probability_at_every_temperature(name, dtype, temperature):
    change = torch.tensor([0.0, -0.0], dtype=dtype)
    value = ACCEPTANCE_RULES[name](change, scalar(temperature))
    assert value.tolist() == [literal.ACCEPTANCE_RULES[name](0.0, 1.0)] * 2


@pytest.mark.parametrize("dtype", DTYPES)
@given(seeds, temperatures)
def test_the_sigmoids_of_a_move_and_its_reverse_sum_to_one(dtype, seed, temperature):
    change = moves(seed, dtype, temperature)
    rule = ACCEPTANCE_RULES["sigmoid"]
    total = rule(change, scalar(temperature)) + rule(-change, scalar(temperature))
    assert torch.all(torch.abs(total - 1.0) <= 2 * torch.finfo(dtype).eps)


@pytest.mark.parametrize("name", NAMES)
@given(seeds, temperatures)
def test_a_higher_energy_is_never_more_probable(name, seed, temperature):
    change = torch.sort(moves(seed, torch.float64, temperature)).values
    probability = ACCEPTANCE_RULES[name](change, scalar(temperature))
    # The exponential is monotone up to a rounding.
    assert torch.all(torch.diff(probability) <= 2 * torch.finfo(torch.float64).eps * probability[:-1])


@given(st.floats(0.0, 1.0, exclude_max=True), st.floats(0.0, 1.0))
def test_a_uniform_number_accepts_as_in_the_reference(uniform, probability):
    assert accepts(scalar(uniform), scalar(probability)).item() == literal.accepts(uniform, probability)
    assert accepts(scalar(probability), scalar(probability)).item() is False
    assert accepts(scalar(uniform), scalar(math.nan)).item() is False


@pytest.mark.parametrize("name", NAMES)
def test_the_rules_read_nothing_on_the_host(name):
    """On tensors that have no values a read would fail."""
    change, temperature = torch.empty(3, device="meta"), torch.empty((), dtype=torch.float64, device="meta")
    assert ACCEPTANCE_RULES[name](change, temperature).is_meta


# Planted errors.


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES[:-1])
@given(seeds, temperatures)
def test_an_energy_change_of_the_wrong_sign_is_seen(name, dtype, seed, temperature):
    change = moves(seed, dtype, temperature)

    def flipped(change, temperature):
        return ACCEPTANCE_RULES[name](-change, temperature)

    assert error_in_budgets(flipped, name, change, temperature) > 1.0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES[:-1])
@given(seeds, temperatures)
def test_a_temperature_off_by_one_percent_is_seen(name, dtype, seed, temperature):
    change = moves(seed, dtype, temperature).abs()

    def warm(change, temperature):
        return ACCEPTANCE_RULES[name](change, 1.01 * temperature)

    assert error_in_budgets(warm, name, change, temperature) > 1.0


@pytest.mark.parametrize("name", NAMES)
@given(seeds, temperatures)
def test_every_rule_is_told_from_every_other(name, seed, temperature):
    change = moves(seed, torch.float64, temperature)
    for other in NAMES:
        error = error_in_budgets(ACCEPTANCE_RULES[other], name, change, temperature)
        assert (error <= 1.0) == (other == name)

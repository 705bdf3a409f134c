"""The energy terms on tensors against the reference, in float32 and float64."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu.energy import PENALTIES, REDUCTIONS, penalty_terms
from reference import energy as literal

DTYPES = [torch.float32, torch.float64]
FORMS = list(PENALTIES)

seeds = st.integers(0, 10**6)
temperatures = st.floats(1e-6, 1e6)


def scalar(value):
    return torch.tensor(value, dtype=torch.float64)


def distances(seed, dtype, temperature, size=17):
    """Distances of both signs from 1e-3 to 1e2 temperatures, and zero."""
    random = np.random.default_rng(seed)
    ratios = 10.0 ** random.uniform(-3, 2, size) * random.choice([-1.0, 1.0], size)
    ratios[0] = 0.0
    return torch.tensor(temperature * ratios, dtype=dtype)


def error_in_budgets(rule, form, distance, temperature):
    """The largest distance of a term from the reference's, in roundings.

    Temperature and quotient are rounded, which changes an exponential by the factor 1 + 2 r eps; every form
    has at most three roundings besides.  Below the normal range a term has lost its digits.
    """
    exact = literal.PENALTIES[form](np.abs(distance.double().numpy()), temperature)
    value = rule(distance, scalar(temperature), form)
    assert value.dtype == distance.dtype
    kind = torch.finfo(distance.dtype)
    ratio = np.abs(distance.double().numpy()) / temperature if form == "boltzmann" else 0.0
    budget = kind.eps * (4.0 + 2.0 * ratio) * exact + kind.tiny
    return float(np.max(np.abs(value.double().numpy() - exact) / budget))


def test_both_sides_know_the_same_forms():
    assert list(literal.PENALTIES) == FORMS
    assert literal.REDUCTIONS == REDUCTIONS


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
@given(seeds, temperatures)
def test_a_term_is_the_reference_s(form, dtype, seed, temperature):
    distance = distances(seed, dtype, temperature)
    assert error_in_budgets(penalty_terms, form, distance, temperature) <= 1.0


@pytest.mark.parametrize("form", FORMS)
@given(seeds, temperatures)
def test_the_terms_sum_to_the_penalty_of_the_reference(form, seed, temperature):
    distance = distances(seed, torch.float64, temperature)
    exact = literal.penalty(distance.numpy(), np.zeros(distance.numel()), temperature, form)
    total = penalty_terms(distance, scalar(temperature), form).sum().item()
    # Terms as above, at ratios up to 100, and two sums of positive numbers.
    budget = torch.finfo(torch.float64).eps * (4.0 + 2.0 * 100.0 + 2 * distance.numel()) * exact
    assert abs(total - exact) <= budget


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("temperature", [5e-324, 1e-60, 1.0, 1e60])
def test_no_distance_is_no_number_at_any_temperature(form, dtype, temperature):
    value = penalty_terms(torch.tensor([0.0, -0.0], dtype=dtype), scalar(temperature), form)
    assert value.tolist() == [1.0 if form == "boltzmann" else 0.0] * 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", FORMS)
@given(st.floats(-1e300, 1e300), st.floats(5e-324, 1e300))
def test_a_term_of_a_finite_distance_is_a_number_at_every_temperature(form, dtype, distance, temperature):
    # float32 turns the largest temperatures into infinity and the smallest into 0.
    held = torch.tensor(distance, dtype=dtype).clamp(-torch.finfo(dtype).max, torch.finfo(dtype).max)
    assert penalty_terms(held, scalar(temperature), form) >= 0.0


@pytest.mark.parametrize("form", FORMS)
def test_the_terms_read_nothing_on_the_host(form):
    """On tensors that have no values a read would fail."""
    distance, temperature = torch.empty(3, device="meta"), torch.empty((), dtype=torch.float64, device="meta")
    assert penalty_terms(distance, temperature, form).is_meta


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", [form for form in FORMS if form != "squared"])
@given(seeds, temperatures)
def test_a_temperature_off_by_one_percent_is_seen(form, dtype, seed, temperature):
    def warm(distance, temperature, form):
        return penalty_terms(distance, 1.01 * temperature, form)

    assert error_in_budgets(warm, form, distances(seed, dtype, temperature), temperature) > 1.0


@pytest.mark.parametrize("form", FORMS)
@given(seeds, st.floats(1e-6, 0.5) | st.floats(2.0, 1e6))
def test_every_form_is_told_from_every_other(form, seed, temperature):
    distance = distances(seed, torch.float64, temperature)
    for other in FORMS:
        error = error_in_budgets(lambda d, t, _, o=other: penalty_terms(d, t, o), form, distance, temperature)
        assert (error <= 1.0) == (other == form)


@pytest.mark.parametrize("form", ["distance_over_temperature", "distance_times_temperature", "boltzmann"])
@given(seeds, temperatures)
def test_a_distance_that_keeps_its_sign_is_seen(form, seed, temperature):
    def signed(distance, temperature, form):
        return PENALTIES[form](distance, temperature)

    distance = -distances(seed, torch.float64, temperature).abs()
    assert error_in_budgets(signed, form, distance, temperature) > 1.0

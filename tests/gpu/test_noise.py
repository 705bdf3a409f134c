"""The noise scales on tensors against the reference."""

import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu.noise import NOISE_SCALES, noise_scale
from reference import noise as literal

EPS = sys.float_info.epsilon

temperatures = st.floats(1e-300, 1e300)
step_sizes = st.floats(1e-6, 1e6)


def scalar(value):
    return torch.tensor(value, dtype=torch.float64)


def error_in_budgets(rule, name, temperature, step_size):
    exact = literal.noise_scale(temperature, name, step_size)
    value = rule(scalar(temperature), name, step_size)
    assert value.shape == ()
    assert value.dtype == torch.float64
    # Three roots and two products, on each side.
    return abs(value.item() - exact) / (10 * EPS * exact) if exact else abs(value.item())


def test_both_sides_know_the_same_scales():
    assert list(NOISE_SCALES) == list(literal.NOISE_SCALES)


@pytest.mark.parametrize("name", NOISE_SCALES)
@given(temperatures, step_sizes)
def test_the_noise_scale_is_the_reference_s(name, temperature, step_size):
    assert error_in_budgets(noise_scale, name, temperature, step_size) <= 1.0
    given_as_tensor = noise_scale(scalar(temperature), name, scalar(step_size))
    assert error_in_budgets(lambda *_: given_as_tensor, name, temperature, step_size) <= 1.0


@pytest.mark.parametrize("name", NOISE_SCALES)
def test_the_noise_scales_read_nothing_on_the_host(name):
    """On tensors that have no values a read would fail."""
    number = torch.empty((), dtype=torch.float64, device="meta")
    assert noise_scale(number, name, number).is_meta


@pytest.mark.parametrize("name", ["linear", "root", "langevin"])
@given(temperatures, step_sizes)
def test_a_temperature_off_by_one_percent_is_seen(name, temperature, step_size):
    def warm(temperature, name, step_size):
        return noise_scale(1.01 * temperature, name, step_size)

    assert error_in_budgets(warm, name, temperature, step_size) > 1.0


@given(temperatures, step_sizes)
def test_a_langevin_scale_without_its_factor_two_is_seen(temperature, step_size):
    def halved(temperature, name, step_size):
        return noise_scale(temperature, name, step_size / 2)

    assert error_in_budgets(halved, "langevin", temperature, step_size) > 1.0


@pytest.mark.parametrize("name", NOISE_SCALES)
@given(temperatures)
def test_the_step_size_is_one_unless_given(name, temperature):
    assert torch.equal(noise_scale(scalar(temperature), name), noise_scale(scalar(temperature), name, 1.0))

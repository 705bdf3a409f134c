"""Noise scales: their powers of the temperature, and scales of the caller."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.noise import NOISE_SCALES, noise_scale

EPS = float(np.finfo(np.float64).eps)
temperatures = st.floats(-290.0, 290.0).map(lambda x: 10.0**x)


@given(temperatures, st.integers(-4, 4))
def test_each_scale_is_a_power_of_the_temperature(temperature, power):
    exponents = {"linear": 1, "root": 0.5, "langevin": 0.5}
    for name, exponent in exponents.items():
        hotter = noise_scale(4.0**power * temperature, name, 0.1)
        # Roots of numbers that differ by a power of four differ by a power of two, exactly.
        assert hotter == 4.0 ** (power * exponent) * noise_scale(temperature, name, 0.1)
    assert noise_scale(temperature, "zero") == 0.0


@given(temperatures, st.floats(1e-6, 1e6))
def test_the_langevin_variance_is_twice_step_size_times_temperature(temperature, step_size):
    deviation = noise_scale(temperature, "langevin", step_size)
    # Three roots or products, squared.
    assert (deviation / math.sqrt(temperature)) ** 2 == pytest.approx(2.0 * step_size, rel=8 * EPS)


def test_the_langevin_scale_survives_where_its_square_does_not():
    assert 0.0 < noise_scale(1e-300, "langevin", 1e-20) < 1e-159
    assert noise_scale(1e300, "langevin", 1e20) > 1e159


def test_at_temperature_one_the_readings_still_differ_by_the_step_size():
    assert [noise_scale(1.0, name, 0.5) for name in ("linear", "root", "zero")] == [1.0, 1.0, 0.0]
    assert noise_scale(1.0, "langevin", 0.5) == pytest.approx(1.0, rel=2 * EPS)


def test_a_function_of_the_caller_is_a_scale():
    assert noise_scale(2.0, lambda temperature, step_size: temperature * step_size, 0.25) == 0.5


@pytest.mark.parametrize("name", sorted(NOISE_SCALES))
@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_that_is_not_positive_and_finite_is_refused(name, temperature):
    with pytest.raises(ValueError, match="temperature must be"):
        noise_scale(temperature, name)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_scale_of_the_caller_that_is_no_deviation_is_refused(value):
    with pytest.raises(ValueError, match="scale"):
        noise_scale(1.0, lambda temperature, step_size: value)


def test_unknown_names_and_negative_step_sizes_are_refused():
    with pytest.raises(ValueError, match="scale must be one of"):
        noise_scale(1.0, "cubic")
    with pytest.raises(ValueError, match="step_size must be at least 0"):
        noise_scale(1.0, "langevin", -0.1)


@pytest.mark.parametrize("name", sorted(NOISE_SCALES))
@given(temperatures)
def test_the_step_size_is_one_unless_given(name, temperature):
    assert noise_scale(temperature, name) == noise_scale(temperature, name, 1.0)

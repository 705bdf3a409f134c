"""The O(1) forms on uniform grids against literal sums in many digits."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proofs.bounds import (
    closed_form_uniform,
    non_expansive_temperature,
    soft_quantization_lipschitz_uniform,
)
from proofs.bounds.uniform_grid import geometric_mean_index, half_langevin
from reference.levels import uniform_levels

EPS = float(np.finfo(np.float64).eps)
DIGITS = 110  # our choice: far beyond float64, for sums of thousands of terms


@given(st.floats(0.0, 800.0))
@example(0.5)
@example(np.nextafter(0.5, 1))
@example(5e-324)
def test_half_the_langevin_function_to_a_few_units_in_the_last_place(x):
    with mpmath.workdps(60):
        y = mpmath.mpf(x)
        # Below 1e-15 the series x/12 has all digits; the defining formula would cancel.
        exact = y / 12 if x < 1e-15 else 1 / mpmath.expm1(y) - 1 / y + mpmath.mpf(1) / 2
        # At x = 1/2, 1/x = 2 cancels down to 1/24.
        assert abs(mpmath.mpf(float(half_langevin(x))) - exact) <= 128 * EPS * exact + mpmath.mpf(5e-324)


@given(st.integers(1, 3000), st.floats(-9.0, 2.0))
@example(1, 0.0)
@example(2, 2.0)
def test_the_mean_index_is_that_of_the_literal_sum(terms, exponent):
    step = 10.0**exponent
    with mpmath.workdps(DIGITS):
        weights = [mpmath.exp(-i * mpmath.mpf(step)) for i in range(terms)]
        exact = mpmath.fsum(i * w for i, w in enumerate(weights)) / mpmath.fsum(weights)
        computed = mpmath.mpf(float(geometric_mean_index(terms, step)))
        assert abs(computed - exact) <= 16 * EPS * exact


@given(st.integers(2, 60), st.floats(-3.0, 3.0), st.floats(-1.5, 1.5))
@example(7, -2.0, 0.0)
@example(8, -1.0, 1.0)
@example(2, 3.0, 0.0)
def test_the_closed_forms_are_the_literal_sums(count, exponent, theta):
    temperature, levels = 10.0**exponent, uniform_levels(1.0, count)
    form = closed_form_uniform([theta], 1.0, count, temperature)
    with mpmath.workdps(400):  # 1 + the smallest float64 is still larger than 1
        distances = [abs(mpmath.mpf(theta) - mpmath.mpf(float(q))) / mpmath.mpf(temperature) for q in levels]
        weights = [mpmath.exp(min(distances) - d) for d in distances]
        total = mpmath.fsum(weights)
        entropy = (
            mpmath.log(total)
            + mpmath.fsum(w * (d - min(distances)) for w, d in zip(weights, distances, strict=True)) / total
        )
        mean = mpmath.fsum(w * mpmath.mpf(float(q)) for w, q in zip(weights, levels, strict=True)) / total
        # Levels and offsets are rounded to eps of the half-width, which moves an exponent by eps/T.
        error, underflow = 16 * EPS * (1 + 2 / temperature), mpmath.mpf(2.0**-1022)
        assert abs(form.mean[0] - mean) <= error
        assert abs(form.entropy[0] - entropy) <= error * entropy + underflow
        assert abs(form.log_partition[0] - mpmath.log(total)) <= error * mpmath.log(total) + underflow


@pytest.mark.parametrize("count", [2, 3, 1024, 65536, 2**31])
@pytest.mark.parametrize("temperature", [1e-300, 1e-3, 1.0, 1e300])
def test_the_closed_forms_stay_in_range_whatever_the_arguments(count, temperature):
    theta = np.array([-1e300, -1.0, -0.3, 0.0, 1e-9, 0.5, 1.0, 1e300])
    form = closed_form_uniform(theta, 1.0, count, temperature)
    assert np.all(np.abs(form.mean) <= 1)
    assert np.all((form.entropy >= 0) & (form.entropy <= math.log(count) * (1 + 16 * EPS)))
    assert np.all(
        (form.log_partition >= 0) & (form.log_partition <= form.entropy * (1 + 16 * EPS) + 16 * EPS)
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: closed_form_uniform([0.0], 1.0, 1, 1.0), "count must be an integer in"),
        (lambda: closed_form_uniform([0.0], -1.0, 3, 1.0), "half_width must be positive"),
        (lambda: closed_form_uniform([math.inf], 1.0, 3, 1.0), "theta must be finite"),
        (lambda: soft_quantization_lipschitz_uniform(0.0, 3, 1.0), "spacing must be positive"),
        (lambda: half_langevin(-1.0), "x must be at least 0"),
        (lambda: geometric_mean_index(0, 1.0), "terms must be at least 1"),
        (lambda: non_expansive_temperature(1.0, 1), "level_count must be an integer in"),
    ],
)
def test_bad_grid_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

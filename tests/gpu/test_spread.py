"""The standard deviation of the parameters: exact up to one rounding of their size, whatever the splitting."""

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from gpu.spread import standard_deviation

EPS = torch.finfo(torch.float64).eps
entries = st.lists(st.floats(-100.0, 100.0, allow_subnormal=False), min_size=1, max_size=12)


def vector(values):
    return torch.tensor(values, dtype=torch.float64)


def of(*parts):
    return standard_deviation(parts, parts)


def variance_error(deviation, values):
    """Distance of the variance from the exact one, in roundings of the largest square."""
    exact_values = [Fraction(value) for value in values]
    mean = sum(exact_values) / len(values)
    exact = sum((value - mean) ** 2 for value in exact_values) / len(values)
    largest = max(abs(value) for value in exact_values)
    return (
        float(abs(Fraction(deviation) ** 2 - exact) / (largest**2 * Fraction(EPS))) if largest else deviation
    )


@given(entries)
@example([3.0] * 5)
@example([100.0, 1e-3])
@example([0.5, -1.0])
def test_it_is_the_population_s_up_to_a_rounding_of_the_largest_square(values):
    # x + 1 and x^2 are rounded in units of the power of two above |x|, by half of EPS and by EPS / 4 of its
    # square, which is four times the largest; the mean's error counts twice, and the root adds two of the result.
    assert variance_error(of(vector(values)), values) <= 4 * (2 * 0.5 + 0.25 + 2)


@pytest.mark.parametrize("planted", [lambda x: x.std(correction=1), lambda x: x.square().mean().sqrt()])
def test_a_sample_s_deviation_and_one_about_zero_are_told_apart(planted):
    values = [1.0, 2.0, 4.0]
    assert variance_error(planted(vector(values)).item(), values) > 1e6


@given(entries, st.integers(0, 12), st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_splitting_changes_a_bit(values, cut, random):
    whole = of(vector(values))
    shuffled = random.sample(values, len(values))
    assert of(vector(shuffled[:cut]), vector(shuffled[cut:]).reshape(-1, 1)) == whole


@given(entries, st.integers(-50, 50))
def test_a_change_of_units_by_a_power_of_two_is_exact(values, power):
    unit = 2.0**power
    assert of(unit * vector(values)) == unit * of(vector(values))


@given(entries)
def test_the_signs_of_all_elements_together_do_not_matter(values):
    assert variance_error(of(-vector(values)), values) <= 4 * (2 * 0.5 + 0.25 + 2)


def test_what_has_no_spread_has_none_and_what_is_not_finite_has_an_undefined_one():
    assert of(vector([])) == of(vector([0.0, 0.0])) == of(vector([-4.0])) == 0.0
    for wrong in (math.nan, math.inf, -math.inf):
        assert math.isnan(of(vector([1.0, wrong])))


@pytest.mark.parametrize("size", [2**20 - 1, 2**20, 2**20 + 1])
def test_long_parameters_are_read_in_pieces(size):
    values = torch.arange(size) % 2
    high = size // 2
    expected = math.sqrt(high * (size - high)) / size
    assert abs(of(values.to(torch.float32)) - expected) <= 8 * EPS

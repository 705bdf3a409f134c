"""Sums and quotients of two floats against exact rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.double_double import saturating_quotient, sum_of_three, two_product, two_sum

moderate = st.floats(-1e150, 1e150)
normal = st.floats(1e-100, 1e100) | st.floats(-1e100, -1e-100) | st.just(0.0)


def exact(pair):
    return sum((Fraction(float(part[0])) for part in pair), Fraction(0))


def vector(value):
    return np.array([value])


@given(moderate, moderate)
def test_a_sum_and_its_rounding_error_add_up_exactly(a, b):
    assert exact(two_sum(vector(a), vector(b))) == Fraction(a) + Fraction(b)


@given(normal, normal)
def test_a_product_and_its_rounding_error_add_up_exactly(a, b):
    assert exact(two_product(vector(a), vector(b))) == Fraction(a) * Fraction(b)


@given(moderate, moderate, moderate)
@example(a=1e16, b=1.0, c=-1e16)
@example(a=1.0, b=2.0**-60, c=-1.0)
@example(a=2.0**53, b=1.5, c=-(2.0**53))
def test_a_sum_of_three_keeps_its_relative_accuracy_whatever_cancels(a, b, c):
    total = Fraction(a) + Fraction(b) + Fraction(c)
    high, low = sum_of_three(vector(a), vector(b), vector(c))
    smallest = Fraction(float(np.finfo(np.float64).smallest_subnormal))
    assert abs(exact((high, low)) - total) <= abs(total) * Fraction(1, 2**103) + smallest
    assert (high[0] > 0) == (total > 0)
    assert (high[0] == 0) == (total == 0)


@given(st.floats(0.0, 1.7e308), st.floats(5e-324, 1.7e308), st.integers(-1, 1))
@example(high=5e-324, divisor=5e-324, power=0)
@example(high=1.7e308, divisor=5e-324, power=1)
def test_a_quotient_has_a_relative_error_near_the_square_of_the_unit_roundoff(high, divisor, power):
    quotient = Fraction(high) / Fraction(divisor) * Fraction(2) ** power
    with np.errstate(under="ignore", over="raise", invalid="raise", divide="raise"):
        computed = exact(saturating_quotient(vector(high), vector(0.0), divisor, power))
    if quotient >= 1024 and computed > 1024:
        return
    # Below 2^-900 the second part of the pair underflows; exp(-a) does not see it.
    assert abs(computed - quotient) <= quotient * Fraction(1, 2**100) + Fraction(1, 2**900)


def test_the_low_part_of_a_dividend_counts():
    high, low = saturating_quotient(vector(1.0), vector(2.0**-60), 1.0, 0)
    assert exact((high, low)) == 1 + Fraction(1, 2**60)


@pytest.mark.parametrize("wrong", ["no error term", "error of the second sum only"])
def test_a_sum_without_one_of_its_error_terms_is_caught(wrong):
    a, b, c = 2.0**53, 1.0, -(2.0**53)
    partial, _ = two_sum(vector(a), vector(b))
    total, second_error = two_sum(partial, vector(c))
    computed = exact((total, second_error if wrong == "error of the second sum only" else vector(0.0)))
    correct = Fraction(a) + Fraction(b) + Fraction(c)
    assert correct == exact(sum_of_three(vector(a), vector(b), vector(c)))
    assert computed != correct

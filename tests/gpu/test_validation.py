"""Checks of arguments: what is allowed comes back, anything else is refused by name."""

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu.validation import (
    floating_tensor,
    integer_between,
    nonnegative_number,
    one_of,
    positive_number,
    true_or_false,
    unit_interval,
)

CHECKS = {
    positive_number: lambda x: 0.0 < x < math.inf,
    nonnegative_number: lambda x: 0.0 <= x < math.inf,
    unit_interval: lambda x: 0.0 <= x <= 1.0,
}


@pytest.mark.parametrize("check", CHECKS)
@given(st.one_of(st.floats(), st.integers(), st.fractions(), st.just(10**400)))
def test_numbers_in_the_range_come_back_as_floats_and_others_are_refused(check, value):
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if CHECKS[check](number):
        assert check("lr", value) == number
        assert type(check("lr", value)) is float
    else:
        with pytest.raises(ValueError, match=r"^lr must be "):
            check("lr", value)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("value", [True, "1", None, 1j, [1.0], torch.tensor(1.0)])
def test_what_is_no_number_is_refused(check, value):
    with pytest.raises(TypeError, match=r"^lr must be "):
        check("lr", value)


@pytest.mark.parametrize("check", CHECKS)
def test_a_tensor_of_one_element_is_let_through_unread_where_that_is_stated(check):
    unread = torch.empty(1, device="meta")  # holds no value that could be read
    assert check("lr", unread, tensor_allowed=True) is unread
    for tensor in (torch.ones(2), torch.tensor(True), torch.tensor(1j)):
        with pytest.raises(TypeError, match=r"^lr must be "):
            check("lr", tensor, tensor_allowed=True)


@given(st.integers(-5, 15))
def test_integers_are_kept_within_their_bounds(value):
    if 0 <= value <= 10:
        assert integer_between("count", value, 0, 10) == value
    else:
        with pytest.raises(ValueError, match=rf"^count must be an integer from 0 to 10, got {value}$"):
            integer_between("count", value, 0, 10)


@pytest.mark.parametrize("value", [True, 1.0, Fraction(1), "1", None, torch.tensor(1)])
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(TypeError, match=r"^count must be an integer from 0 to 10"):
        integer_between("count", value, 0, 10)


def test_words_flags_and_tensors_are_checked():
    assert one_of("method", "dense", ("dense", "chunked")) == "dense"
    with pytest.raises(ValueError, match="'dense', 'chunked', got 'other'"):
        one_of("method", "other", ("dense", "chunked"))
    with pytest.raises(TypeError, match=r"^method must be one of"):
        one_of("method", 1, ("dense",))
    assert true_or_false("maximize", True) is True
    with pytest.raises(TypeError, match=r"^maximize must be True or False, got 1$"):
        true_or_false("maximize", 1)
    for value in (1.0, torch.zeros(2, dtype=torch.int64), torch.zeros((2, 2)).to_sparse()):
        with pytest.raises(TypeError, match=r"^theta must be a"):
            floating_tensor("theta", value)

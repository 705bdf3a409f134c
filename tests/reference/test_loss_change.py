"""The four loss changes and the two divisors: what they are, and where they differ."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.loss_change import (
    absolute_change,
    data_block_change,
    decrease,
    increase,
    initial_drop,
    running_maximum,
)

losses = st.floats(-1e300, 1e300)
PAIRS = [absolute_change, decrease, data_block_change, increase]


@given(losses, losses)
def test_the_readings_differ_in_sign_only(first, second):
    assert absolute_change(first, second) == abs(decrease(first, second))
    assert increase(first, second) == -decrease(first, second)
    assert data_block_change(first, second) == absolute_change(first, second)


def test_a_rise_of_the_loss_is_where_the_readings_part():
    assert [change(2.0, 3.5) for change in PAIRS] == [1.5, -1.5, 1.5, 1.5]
    assert [change(3.5, 2.0) for change in PAIRS] == [1.5, 1.5, 1.5, -1.5]


@given(st.lists(losses, max_size=20))
def test_the_running_maximum_never_falls_and_bounds_every_change_so_far(changes):
    maxima = running_maximum(changes)
    assert maxima.shape == (len(changes),)
    assert np.all(np.diff(maxima) >= 0.0)
    assert np.all(maxima >= changes)
    assert all(maxima[t] in changes[: t + 1] for t in range(len(changes)))


def test_the_initial_drop_is_negative_where_the_loss_rose_at_first():
    assert initial_drop([1.0, 3.0, 0.0]) == -2.0
    assert initial_drop([3.0, 1.0]) == 2.0


@pytest.mark.parametrize("change", PAIRS)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_refused(change, bad):
    with pytest.raises(ValueError, match="must be finite"):
        change(bad, 0.0)
    with pytest.raises(ValueError, match="must be finite"):
        change(0.0, bad)


@pytest.mark.parametrize("change", PAIRS)
def test_a_change_beyond_float64_is_refused(change):
    with pytest.raises(ValueError, match="must be finite in float64"):
        change(-1.7e308, 1.7e308)


def test_a_drop_needs_two_losses():
    with pytest.raises(ValueError, match="losses must hold at least two"):
        initial_drop([1.0])

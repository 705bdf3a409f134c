"""The loss changes on tensors against the reference: one operation each, so equal to the last bit."""

import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu import loss_change as fast
from reference import loss_change as literal

EPS32 = float(torch.finfo(torch.float32).eps)
NAMES = ("absolute_change", "decrease", "data_block_change", "increase")

losses = st.floats(-1e100, 1e100)


def gap(rule, name, first, second):
    """The distance between a rule on tensors and the reference's rule of that name."""
    value = rule(torch.tensor(first, dtype=torch.float64), torch.tensor(second, dtype=torch.float64))
    assert value.shape == ()
    return abs(value.item() - getattr(literal, name)(first, second))


def maximum_gap(rule, changes):
    values = rule(torch.tensor(changes, dtype=torch.float64)).numpy()
    return float(np.max(np.abs(values - literal.running_maximum(changes)), initial=0.0))


@pytest.mark.parametrize("name", NAMES)
@given(losses, losses)
def test_each_loss_change_is_the_reference_s_exactly(name, first, second):
    assert gap(getattr(fast, name), name, first, second) == 0.0


@pytest.mark.parametrize("name", NAMES)
@given(st.floats(-1e6, 1e6, width=32), st.floats(-1e6, 1e6, width=32))
def test_in_float32_a_loss_change_is_the_rounded_exact_difference(name, first, second):
    value = getattr(fast, name)(torch.tensor(first), torch.tensor(second))
    exact = getattr(literal, name)(first, second)
    assert value.dtype == torch.float32
    assert abs(value.item() - exact) <= EPS32 * abs(exact) / 2 + sys.float_info.epsilon * abs(exact)


@given(st.lists(losses, max_size=20))
def test_the_running_maximum_and_the_first_drop_are_the_reference_s_exactly(values):
    assert maximum_gap(fast.running_maximum, values) == 0.0
    if len(values) >= 2:
        drop = fast.initial_drop(torch.tensor(values, dtype=torch.float64))
        assert drop.item() == literal.initial_drop(values)


def test_the_loss_changes_read_nothing_on_the_host():
    """On tensors that have no values a read would fail."""
    number, history = torch.empty((), device="meta"), torch.empty(5, device="meta")
    assert all(getattr(fast, name)(number, number).is_meta for name in NAMES)
    assert fast.running_maximum(history).is_meta
    assert fast.initial_drop(history).is_meta


@pytest.mark.parametrize("name", ["decrease", "increase"])
@given(losses, losses)
def test_the_previous_loss_in_the_place_of_the_current_one_is_seen(name, first, second):
    if first != second:
        assert gap(lambda before, now: getattr(fast, name)(now, before), name, first, second) > 0.0


@given(losses, losses)
def test_a_signed_change_in_the_place_of_an_absolute_one_is_seen(first, second):
    if second < first:
        assert gap(fast.increase, "absolute_change", first, second) > 0.0


@given(st.lists(st.floats(0.0, 1e100), min_size=1, max_size=20).map(sorted).map(lambda c: [*c, 2e100]))
def test_a_maximum_that_leaves_out_the_current_change_is_seen(changes):
    def late(changes):
        return torch.cat([changes[:1], fast.running_maximum(changes)[:-1]])

    assert maximum_gap(late, changes) > 0.0

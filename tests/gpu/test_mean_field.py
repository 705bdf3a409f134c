"""The averages of gradients on tensors against the reference, in float32 and float64."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu.mean_field import WEIGHTINGS, mean_field, selected_mean_field
from reference import mean_field as literal

DTYPES = [torch.float32, torch.float64]

seeds = st.integers(0, 10**6)
smoothings = st.floats(0.0, 1.0)


def vectors(seed, dtype, size=17):
    """An average, a gradient and a mask of generic values over a few decades."""
    random = np.random.default_rng(seed)
    scale = 10.0 ** random.uniform(-3, 3, (2, size))
    old, new = torch.tensor(random.normal(size=(2, size)) * scale, dtype=dtype)
    # One entry at least is not selected, so that a wrong refresh can be seen.
    return old, new, torch.tensor((random.uniform(size=size) < 0.5) & (np.arange(size) > 0))


def error_in_budgets(value, exact, old, new):
    """The largest distance of an entry, in roundings of its two terms.

    1 - alpha may be rounded to float32, then come two products and a sum: four roundings of a term.
    """
    scale = 4 * torch.finfo(value.dtype).eps * (old.abs() + new.abs()).double().numpy()
    return float(np.max(np.abs(value.double().numpy() - exact) / scale))


def average_error(rule, old, new, smoothing, weighting):
    exact = literal.mean_field(old.double().numpy(), new.double().numpy(), smoothing, weighting)
    value = rule(old, new, smoothing, weighting)
    assert value.dtype == old.dtype
    return error_in_budgets(value, exact, old, new)


def selected_error(rule, old, new, mask, smoothing, weighting):
    exact = literal.selected_mean_field(
        old.double().numpy(), new.double().numpy(), mask.numpy(), smoothing, weighting
    )
    return error_in_budgets(rule(old, new, mask, smoothing, weighting), exact, old, new)


def test_both_sides_know_the_same_weightings():
    assert WEIGHTINGS == literal.WEIGHTINGS


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@given(seeds, smoothings)
def test_the_average_is_the_reference_s(dtype, weighting, seed, smoothing):
    old, new, mask = vectors(seed, dtype)
    assert average_error(mean_field, old, new, smoothing, weighting) <= 1.0
    assert selected_error(selected_mean_field, old, new, mask, smoothing, weighting) <= 1.0

    def with_a_tensor(old, new, smoothing, weighting):
        return mean_field(old, new, torch.tensor(smoothing, dtype=torch.float64), weighting)

    assert average_error(with_a_tensor, old, new, smoothing, weighting) <= 1.0


@pytest.mark.parametrize("dtype", DTYPES)
@given(seeds, smoothings)
def test_an_average_outside_the_selection_keeps_every_bit(dtype, seed, smoothing):
    old, new, mask = vectors(seed, dtype)
    assert torch.equal(selected_mean_field(old, new, mask, smoothing)[~mask], old[~mask])


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_the_averages_read_nothing_on_the_host(weighting):
    """On tensors that have no values a read would fail."""
    vector, mask = torch.empty(3, device="meta"), torch.empty(3, dtype=torch.bool, device="meta")
    smoothing = torch.empty((), dtype=torch.float64, device="meta")
    assert selected_mean_field(vector, vector, mask, smoothing, weighting).is_meta


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@given(seeds, st.floats(0.0, 0.45) | st.floats(0.55, 1.0))
def test_exchanged_weights_are_seen(dtype, weighting, seed, smoothing):
    old, new, _ = vectors(seed, dtype)

    def exchanged(old, new, smoothing, weighting):
        return mean_field(old, new, 1.0 - smoothing, weighting)

    assert average_error(exchanged, old, new, smoothing, weighting) > 1.0


@given(seeds, st.floats(0.0, 0.9))
def test_an_average_refreshed_outside_the_selection_is_seen(seed, smoothing):
    old, new, mask = vectors(seed, torch.float64)

    def everywhere(old, new, mask, smoothing, weighting):
        return mean_field(old, new, smoothing, weighting)

    assert selected_error(everywhere, old, new, mask, smoothing, "history") > 1.0

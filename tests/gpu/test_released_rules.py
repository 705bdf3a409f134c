"""The rules of the released code on tensors against the reference, in float32 and float64."""

import math
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gpu import released_rules as fast
from reference import released_rules as literal

EPS = sys.float_info.epsilon
DTYPES = [torch.float32, torch.float64]

seeds = st.integers(0, 10**6)
counts = st.integers(2, 130)
temperatures = st.floats(1e-2, 1e2)
shapes = st.sampled_from([(1,), (7,), (3, 5), (2, 3, 4)])


def candidates(seed, dtype, shape):
    random = np.random.default_rng(seed)
    return torch.tensor(random.normal(size=shape) * 10.0 ** random.uniform(-1, 1), dtype=dtype)


def quantization_error(rule, candidate, count, temperature):
    """The largest distance from the reference's mean level, in roundings.

    A level and a distance are off by three roundings of the largest entry s, which changes a weight by the
    factor 1 + 6 eps s / T; the exponent, at most the range over T, is rounded twice more; the sums over K
    levels add K roundings each.
    """
    values = candidate.double().numpy()
    exact = literal.released_soft_quantize(values, count, temperature)
    quantized = rule(candidate, count, temperature)
    assert quantized.shape == candidate.shape
    assert quantized.dtype == candidate.dtype
    scale = float(np.abs(values).max())
    budget = torch.finfo(candidate.dtype).eps * scale * (2 * count + 8 + 16 * scale / temperature)
    return float(np.max(np.abs(quantized.double().numpy() - exact))) / budget


def entropy_error(rule, tensors, temperature):
    """The distance from the reference's entropy, in roundings.

    A weight is off by 2 r eps, r at most the range over T, which the entropy sees r-fold; the sums add one
    rounding for each entry.
    """
    exact = literal.released_entropy([tensor.double().numpy() for tensor in tensors], temperature)
    budget = 0.0
    for tensor in tensors:
        ratio = (tensor.max() - tensor.min()).item() / temperature
        budget += (
            EPS * (4.0 + 2.0 * tensor.numel() + 4.0 * min(ratio, 750.0)) * (1.0 + math.log(tensor.numel()))
        )
    return abs(rule(tensors, temperature).item() - exact) / budget


def fraction_gap(rule, losses, f_min, f_max):
    return abs(rule(losses, f_min, f_max) - literal.released_fraction(losses, f_min, f_max))


def decisions(rule, temperature):
    """The decisions of a rule on changes of both signs that are not within a rounding of the threshold."""
    largest = 2.0 * literal.THRESHOLD
    changes = [largest * k / 200 for k in range(-200, 201)]
    changes = [
        c for c in changes if abs(c - literal.THRESHOLD * math.exp(-c / temperature)) > 1e-12 * largest
    ]
    return rule(torch.tensor(changes, dtype=torch.float64), temperature).tolist(), [
        literal.released_acceptance(change, temperature) for change in changes
    ]


def test_both_sides_have_the_same_constants():
    assert (fast.WINDOW, fast.THRESHOLD, fast.DECAY) == (literal.WINDOW, literal.THRESHOLD, literal.DECAY)


@pytest.mark.parametrize("dtype", DTYPES)
@given(seeds, shapes, st.integers(1, 130), temperatures)
def test_the_quantized_candidate_is_the_reference_s(dtype, seed, shape, count, temperature):
    candidate = candidates(seed, dtype, shape)
    assert quantization_error(fast.released_soft_quantize, candidate, count, temperature) <= 1.0


@pytest.mark.parametrize("dtype", DTYPES)
@given(seeds, shapes, st.integers(1, 130), st.floats(1e-300, 1e300))
def test_a_quantized_candidate_stays_in_its_range_at_every_temperature(
    dtype, seed, shape, count, temperature
):
    candidate = candidates(seed, dtype, shape)
    quantized = fast.released_soft_quantize(candidate, count, temperature)
    assert candidate.min() <= quantized.min()
    assert quantized.max() <= candidate.max()


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=14), st.floats(0.0, 0.5), st.floats(0.5, 1.0))
def test_the_fraction_of_tensors_is_the_reference_s(losses, f_min, f_max):
    # Nine quotients of at most 1, their sum, the mean and three operations more, on each side.
    assert fraction_gap(fast.released_fraction, losses, f_min, f_max) <= 2 * 14 * EPS * f_max


@given(st.floats(1e-5, 1e5))
def test_a_candidate_is_kept_where_the_reference_keeps_it(temperature):
    mine, exact = decisions(fast.released_acceptance, temperature)
    assert mine == exact


@pytest.mark.parametrize("change", [-math.inf, -1e308, -0.0, 0.0])
def test_a_loss_that_does_not_rise_is_always_kept(change):
    assert fast.released_acceptance(torch.tensor(change, dtype=torch.float64), 1e-300)


@pytest.mark.parametrize("dtype", DTYPES)
@given(seeds, st.lists(shapes, min_size=1, max_size=3), st.floats(1e-4, 1e4))
def test_the_entropy_over_the_entries_is_the_reference_s(dtype, seed, sizes, temperature):
    tensors = [candidates(seed + place, dtype, shape) for place, shape in enumerate(sizes)]
    assert entropy_error(fast.released_entropy, tensors, temperature) <= 1.0


@given(st.floats(1e-300, 1e3), st.floats(0.0, 50.0), st.integers(1, 30), st.floats(0.9, 1.0))
def test_the_temperature_on_numbers_is_the_reference_s_exactly(temperature, entropy, count, decay):
    mine = fast.released_temperature(temperature, entropy, count, decay)
    assert mine == literal.released_temperature(temperature, entropy, count, decay)


# Planted errors.


@given(seeds, st.integers(3, 30), st.floats(0.1, 1.0))
def test_wrong_quantizations_are_seen(seed, count, share):
    candidate = candidates(seed, torch.float64, (3, 5))
    step = (candidate.max() - candidate.min()).item() / (count - 1)
    temperature = share * step

    def one_level_missing(candidate, count, temperature):
        return fast.released_soft_quantize(candidate, count - 1, temperature)

    def warm(candidate, count, temperature):
        return fast.released_soft_quantize(candidate, count, 1.01 * temperature)

    for wrong in (one_level_missing, warm):
        assert quantization_error(wrong, candidate, count, temperature) > 1.0


@given(seeds, st.floats(0.2, 5.0))
def test_an_entropy_at_a_temperature_off_by_one_percent_is_seen(seed, share):
    def warm(tensors, temperature):
        return fast.released_entropy(tensors, 1.01 * temperature)

    candidate = candidates(seed, torch.float64, (3, 5))
    # Near the range: far below it the entropy underflows, far above it all entries weigh the same.
    temperature = share * (candidate.max() - candidate.min()).item()
    assert entropy_error(warm, [candidate], temperature) > 1.0


@given(st.floats(1e-3, 1e3))
def test_wrong_tests_are_seen(temperature):
    for wrong in (
        lambda change, heat: fast.released_acceptance(-change, heat),
        lambda change, heat: fast.released_acceptance(change / 2, heat),
        lambda change, heat: change <= 0.0,
    ):
        mine, exact = decisions(wrong, temperature)
        assert mine != exact


def test_a_fraction_that_grows_with_the_change_is_seen():
    losses = [1.0, 0.5, 0.25, 0.2, 0.1, 0.09, 0.08, 0.07, 0.06, 0.05]

    def rising(losses, f_min, f_max):
        return f_min + f_max - fast.released_fraction(losses, f_min, f_max)

    def short(losses, f_min, f_max):
        return fast.released_fraction(losses, f_min, f_max, window=9)

    assert fraction_gap(rising, losses, 0.1, 1.0) > 2 * 14 * EPS
    assert fraction_gap(short, losses, 0.1, 1.0) > 2 * 14 * EPS

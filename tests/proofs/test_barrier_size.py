"""The barrier of Eq. 8 beside the initial loss, derived again from all weights of a network and real proposals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from proofs.evidence.barrier_size import CLASSES, LAMBDA, barrier_over_loss
from proofs.evidence.real_networks import STREAM, pooled_variance
from reference.energy import PENALTIES, penalty
from reference.levels import uniform_levels
from reference.networks import initial_network
from reference.soft_quantization import soft_quantize


@pytest.fixture(scope="module")
def lenet():
    """All weights of LeNet-5, their standard deviation, and a noisy proposal for each on 255 levels."""
    weights = np.concatenate([entries.ravel() for _, entries in initial_network("lenet5", STREAM)])
    sigma = math.sqrt(pooled_variance("lenet5"))
    noise = 5 * sigma * np.random.default_rng(0).normal(size=weights.size)
    proposals = soft_quantize(weights + noise, uniform_levels(sigma, 255), 5 * sigma)
    return weights, sigma, proposals


@pytest.mark.parametrize("form", sorted(PENALTIES))
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_barrier_of_real_proposals_lies_within_the_bounds(lenet, form, reduction):
    weights, sigma, proposals = lenet
    exact = LAMBDA * penalty(weights, proposals, 5 * sigma, form, reduction) / math.log(CLASSES["lenet5"])
    low, high = barrier_over_loss("lenet5", form, reduction)
    # the bounds are taken from some 1000 entries of each tensor: five standard errors of a mean
    slack = 5 * high / math.sqrt(1000)
    assert low - slack <= exact <= high + slack


def test_the_bounds_notice_a_temperature_ten_times_lower(lenet):
    weights, sigma, proposals = lenet
    exact = LAMBDA * penalty(weights, proposals, sigma / 2) / math.log(CLASSES["lenet5"])
    low, high = barrier_over_loss("lenet5", "distance_over_temperature", "sum")
    assert not low <= exact <= 2 * high


def test_a_sum_is_the_number_of_parameters_times_the_mean():
    for form in PENALTIES:
        total, mean = (barrier_over_loss("lenet5", form, how) for how in ("sum", "mean"))
        assert np.allclose(total, np.multiply(mean, 61_706), rtol=8 * np.finfo(float).eps, atol=0)


def test_the_ratio_is_proportional_to_the_coefficient():
    once, twice = (barrier_over_loss("lstm", "squared", "sum", c) for c in (1e-3, 2e-3))
    assert np.allclose(np.multiply(2, once), twice, rtol=8 * np.finfo(float).eps, atol=0)

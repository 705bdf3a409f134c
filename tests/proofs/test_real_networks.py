"""The rules on the initial weights of real networks: sampling, exact variances, collapse, no cooling."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.bounds import temperature_floor
from proofs.evidence.hottest_step import contraction, largest_value
from proofs.evidence.real_network_measurements import LARGEST_SAMPLE, sampled_weights, spread_after
from proofs.evidence.real_networks import STREAM, exact_variance, pooled_variance
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.networks import NETWORKS, initial_network, initial_weights, network_tensors
from reference.soft_quantization import soft_quantize
from reference.temperature import entropy_temperature

EPS = float(np.finfo(float).eps)


@pytest.mark.parametrize("name", ["lenet5", "cnn3", "lstm"])
def test_the_sample_is_every_sth_entry_of_the_whole_tensor(name):
    for spec in network_tensors(name):
        whole, sample = initial_weights(spec, STREAM).ravel(), sampled_weights(spec)
        stride = -(-spec.size // LARGEST_SAMPLE)
        assert np.array_equal(sample, whole[::stride])
        assert sample.size <= LARGEST_SAMPLE


@pytest.mark.parametrize("name", NETWORKS)
def test_exact_variances_are_the_squares_of_the_initialisers_deviations(name):
    for spec in network_tensors(name):
        assert float(exact_variance(spec)) == pytest.approx(spec.standard_deviation**2, rel=8 * EPS)


@pytest.mark.parametrize("name", ["lenet5", "cnn3", "lstm"])
def test_the_pooled_variance_by_the_laws_is_that_of_all_weights(name):
    weights = np.concatenate([entries.ravel() for _, entries in initial_network(name, STREAM)])
    expected = float(pooled_variance(name))
    # standard error of a sample variance: sqrt((m4 - m2^2)/n), with moments about the mean
    centred = weights - weights.mean()
    error = math.sqrt((np.mean(centred**4) - np.mean(centred**2) ** 2) / weights.size)
    assert abs(float(np.var(weights)) - expected) <= 5 * error


@pytest.mark.parametrize(("name", "expected"), [("lenet5", 0), ("cnn3", 6), ("lstm", 0), ("resnet50", 106)])
def test_the_tensors_without_a_grid_are_those_of_normalisations(name, expected):
    without_spread = [spec for spec in network_tensors(name) if np.ptp(sampled_weights(spec)) == 0]
    assert len(without_spread) == expected
    assert all("norm" in spec.name for spec in without_spread)


def test_one_update_with_a_common_sigma_maps_normalisation_scales_below_one_250th():
    sigma = math.sqrt(pooled_variance("resnet50"))
    for count in (255, 1024):
        value = soft_quantize([1.0], uniform_levels(sigma, count), 5 * sigma)[0]
        assert value <= float(largest_value(count)) * sigma
        assert value < 1 / 250
    assert value > 1 / 300  # control: the constant is not far from the truth


@given(st.integers(0, 2**32), st.integers(2, 400), st.floats(0.1, 3.0), st.sampled_from([0.5, 1.0]))
def test_one_application_leaves_any_weight_vector_less_than_the_proved_share_of_its_spread(
    seed, size, heaviness, kappa
):
    generator = np.random.default_rng(seed)
    weights = np.sign(generator.normal(size=size)) * np.abs(generator.normal(size=size)) ** heaviness
    sigma = float(np.std(weights))
    assert spread_after(weights, sigma, kappa, 256) <= kappa * float(contraction(256)) * (1 + 64 * EPS)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(0.01, 10.0), st.floats(-3, 3)), min_size=1, max_size=6)
)
def test_the_mean_of_the_tensors_variances_never_exceeds_the_pooled_variance(tensors):
    # Second derivation of the step that carries the floor to models with many tensors: by exact fractions.
    size = sum(n for n, _, _ in tensors)
    exact = [(n, Fraction(deviation) ** 2, Fraction(mean)) for n, deviation, mean in tensors]
    within = sum(n * variance for n, variance, _ in exact) / size
    square = sum(n * (variance + mean**2) for n, variance, mean in exact) / size
    pooled = square - (sum(n * mean for n, _, mean in exact) / size) ** 2
    assert within <= pooled


def test_lenet_with_one_temperature_for_all_its_tensors_stays_above_the_floor():
    tensors = [(spec, sampled_weights(spec)) for spec in network_tensors("lenet5")]
    sigma = math.sqrt(pooled_variance("lenet5"))
    t_max = temperature = 5 * sigma
    for _ in range(4):
        total = sum(
            spec.size
            * float(
                np.mean(level_entropy(weights, uniform_levels(spec.standard_deviation, 256), temperature))
            )
            for spec, weights in tensors
        )
        mean = total / sum(spec.size for spec, _ in tensors)
        temperature = entropy_temperature(mean, math.log(256), t_max)
        assert temperature >= temperature_floor(t_max, 2 * sigma, 256)
    assert temperature < t_max

"""The update of (alpha, gamma) as printed: what it keeps, what it does not, and how far from the ends it stays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.distances import squared_distances
from reference.random_streams import RandomStream
from reference.soft_quantization import soft_quantize
from reference.support_vector_annealing import (
    Annealed,
    anneal_support_vectors,
    annealing_step,
    joint_energy,
)
from reference.support_vector_machine import equality_residual
from reference.support_vector_settings import AnnealingSettings

EPS = float(np.finfo(np.float64).eps)
STREAMS = RandomStream(0, 0), RandomStream(0, 1)
DISTANCES = squared_distances([[0.0], [1.0], [2.5], [3.0]])
LABELS = [1, -1, 1, -1]
temperatures = st.floats(0.01, 5.0)


def end_of_the_box(levels, temperature):
    """Mean of the levels k/(K-1) under weights exp(-level/T), from the closed form of two geometric series."""
    count, spacing = levels.size, levels[1]
    x = spacing / temperature
    return spacing * (1 / np.expm1(x) - count / np.expm1(count * x))


@given(temperatures, st.integers(2, 40), st.floats(-100.0, 100.0))
def test_quantized_values_keep_the_sharp_distance_from_the_ends(temperature, count, proposal):
    levels = np.arange(count) / (count - 1)
    least = end_of_the_box(levels, temperature)
    value = soft_quantize([proposal], levels, temperature)[0]
    # The closed form subtracts two numbers of size T, so that is the scale of its rounding error.
    rounding = 64 * EPS * count * (1 + temperature)
    assert least - rounding <= value <= 1 - least + rounding
    if proposal <= 0:
        assert abs(value - least) <= rounding


def test_a_hotter_quantizer_breaks_that_bound():
    levels = np.arange(5) / 4
    assert soft_quantize([0.0], levels, 0.2)[0] > end_of_the_box(levels, 0.1) + 0.05


@given(st.integers(0, 10**6), temperatures)
def test_a_step_keeps_the_box_and_leaves_the_others_to_the_bit(seed, temperature):
    generator = np.random.default_rng(seed)
    settings = AnnealingSettings(gamma_range=4.0, level_count=9, step_size=50.0)
    state = Annealed(generator.uniform(0.1, 9.9, 4), 0.07, generator.normal(size=5))
    subset = np.flatnonzero(generator.random(5) < 0.5)
    after = annealing_step(state, settings, DISTANCES, LABELS, temperature, subset, generator.normal(size=5))
    assert np.all((after.alpha > 0.0) & (after.alpha < 10.0))
    assert 0.0 <= after.gamma <= settings.gamma_scale
    untouched = np.setdiff1d(np.arange(4), subset)
    assert np.array_equal(after.alpha[untouched], state.alpha[untouched])
    assert 4 in subset or after.gamma == state.gamma


def test_a_run_leaves_the_equality_and_makes_every_sample_a_support_vector():
    end = anneal_support_vectors(DISTANCES, LABELS, AnnealingSettings(steps=40, level_count=33), *STREAMS)
    assert abs(equality_residual(end.alpha, LABELS)) > 0.1
    assert np.all(end.alpha > 0.0)


def test_a_run_repeats_and_can_leave_gamma_alone():
    settings = AnnealingSettings(
        steps=20, level_count=9, tune_gamma=False, schedule="geometric", barrier=False
    )
    seen = []
    first, second = (
        anneal_support_vectors(DISTANCES, LABELS, settings, *STREAMS, lambda *line: seen.append(line))
        for _ in range(2)
    )
    assert np.array_equal(first.alpha, second.alpha)
    assert first.gamma == settings.gamma_0
    assert seen[:20] == seen[20:]
    assert seen[19][2] == pytest.approx(0.01, rel=64 * EPS)


def test_the_joint_energy_falls_without_bound_along_negative_widths():
    energies = [joint_energy([1.0, 1.0], -g, [[0, 1], [1, 0]], [1, -1], 0.05, 1e-3) for g in (0, 1, 10, 20)]
    assert np.all(np.diff(energies) < 0)
    assert energies[-1] < -1e8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"penalty": 0.0}, "penalty must be positive"),
        ({"gamma_0": -1.0}, "gamma_0 must be positive"),
        ({"gamma_penalty": -1.0}, "gamma_penalty must be at least 0"),
        ({"f_min": 0.5}, "f_min must be at most f_max"),
        ({"level_count": 1}, "level_count must be at least 2"),
        ({"schedule": "warm"}, "schedule must be one of"),
        ({"smoothing": 2.0}, "smoothing must lie in"),
        ({"steps": 0}, "steps must be an integer of at least 1"),
    ],
)
def test_bad_settings_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        AnnealingSettings(**changes)

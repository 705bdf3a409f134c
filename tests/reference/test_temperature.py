"""Temperature schedules: the paper's rules, their readings, and the repaired one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import temperature as schedule
from reference.entropy import level_entropy, total_entropy
from reference.levels import uniform_levels

EPS = float(np.finfo(np.float64).eps)
positive = st.floats(1e-100, 1e100)


@given(positive)
def test_the_papers_end_temperatures_are_five_sigma_and_a_hundredth_of_it(sigma):
    t_max = schedule.initial_temperature(sigma)
    assert t_max == 5.0 * sigma
    assert schedule.smallest_temperature(t_max) == 0.01 * t_max


@given(positive, positive)
def test_the_entropy_rule_starts_at_t_max_when_the_entropy_is_the_largest(largest, t_max):
    assert schedule.entropy_temperature(largest, largest, t_max) == t_max


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), positive)
def test_the_entropy_rule_cools_when_the_entropy_falls(first, second, t_max):
    low, high = sorted([first, second])
    assert schedule.entropy_temperature(low, 1.0, t_max) <= schedule.entropy_temperature(high, 1.0, t_max)


@given(st.floats(0.0, 1e3), st.floats(1e-3, 1e3), positive)
def test_the_entropy_rule_is_linear_in_t_max(entropy, largest, t_max):
    doubled = schedule.entropy_temperature(entropy, largest, 2.0 * t_max)
    assert doubled == 2.0 * schedule.entropy_temperature(entropy, largest, t_max)


def test_the_entropy_rule_does_not_clamp_and_may_exceed_t_max():
    assert schedule.entropy_temperature(0.0, 1.0, 5.0) == 0.0
    assert schedule.entropy_temperature(2.0, 1.0, 5.0) == 10.0


@given(st.integers(1, 10**6), st.integers(2, 65536))
def test_the_two_readings_of_log_levels_differ_by_the_number_of_parameters(parameters, levels):
    mean = schedule.largest_entropy("log_levels", parameter_count=parameters, level_count=levels)
    total = schedule.largest_entropy("total_log_levels", parameter_count=parameters, level_count=levels)
    assert total == math.log(levels)
    assert mean == parameters * total


def test_each_normaliser_gives_its_own_temperature_for_one_trajectory():
    levels = uniform_levels(1.0, 5)
    initial, current = ([0.0, 0.25, 0.1], [0.25, 0.25, 0.25])
    entropies = [total_entropy(theta, levels, 0.2) for theta in (initial, current)]
    assert entropies[1] > entropies[0]
    temperatures = {
        normaliser: schedule.entropy_temperature(
            entropies[1],
            schedule.largest_entropy(
                normaliser,
                parameter_count=3,
                level_count=5,
                initial_entropy=entropies[0],
                observed_maximum=max(entropies),
            ),
            1.0,
        )
        for normaliser in schedule.ENTROPY_NORMALISERS
    }
    assert temperatures["observed_maximum"] == 1.0
    assert temperatures["log_levels"] < 1.0 < temperatures["initial"]
    assert abs(temperatures["total_log_levels"] / temperatures["log_levels"] - 3.0) <= 4 * 3.0 * EPS


@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=9), st.integers(2, 40), st.floats(1e-3, 1e6))
def test_the_repaired_schedule_never_heats(theta, count, temperature):
    entropy = total_entropy(theta, uniform_levels(1.0, count), temperature) / len(theta)
    cooled = schedule.compounding_temperature(temperature, entropy, count)
    assert 0.0 <= cooled <= temperature


def test_the_repaired_schedule_cools_where_the_papers_rule_stays_hot():
    # Half-width sigma, T_max = 5 sigma, eleven levels, every parameter at the centre.
    levels, theta = uniform_levels(1.0, 11), np.zeros(1)
    papers = repaired = t_max = schedule.initial_temperature(1.0)
    for _ in range(2000):
        entropy = float(level_entropy(theta, levels, papers)[0])
        papers = schedule.entropy_temperature(entropy, math.log(11), t_max)
        if repaired > schedule.smallest_temperature(t_max):
            entropy = float(level_entropy(theta, levels, repaired)[0])
            repaired = schedule.compounding_temperature(repaired, entropy, 11)
    assert papers > 0.9 * t_max
    assert repaired <= schedule.smallest_temperature(t_max)


def test_the_repaired_schedule_forgives_rounding_of_the_mean_entropy_but_no_more():
    log_levels = math.log(7)
    assert schedule.compounding_temperature(2.0, log_levels * (1 + 4 * EPS), 7) == 2.0
    with pytest.raises(ValueError, match=r"^mean_entropy must lie in \[0, log 7\]"):
        schedule.compounding_temperature(2.0, log_levels * (1 + 1e-9), 7)


@given(st.integers(0, 200), positive, st.floats(0.5, 1.0))
def test_the_geometric_schedule_multiplies_by_its_ratio(step, t_max, ratio):
    here = schedule.geometric_temperature(step, t_max, ratio)
    after = schedule.geometric_temperature(step + 1, t_max, ratio)
    # Two powers, each within two units in the last place, and three products.
    assert abs(after - ratio * here) <= 8 * EPS * here
    assert after <= here


def test_the_geometric_schedule_starts_at_t_max_and_may_underflow_to_zero():
    assert schedule.geometric_temperature(0, 3.0, 0.992) == 3.0
    assert schedule.geometric_temperature(2**32 - 1, 3.0, 0.5) == 0.0


@given(st.integers(0, 2**32 - 1), positive)
def test_the_fixed_schedule_is_the_geometric_one_of_ratio_one(step, t_max):
    fixed = schedule.fixed_temperature(step, t_max)
    assert fixed == schedule.geometric_temperature(step, t_max, 1.0) == t_max


@given(st.floats(0.0, 1e3), st.floats(1e-3, 1e3))
def test_clamping_is_idempotent_and_leaves_higher_temperatures_alone(temperature, t_min):
    clamped = schedule.clamp_temperature(temperature, t_min)
    assert clamped >= t_min
    assert schedule.clamp_temperature(clamped, t_min) == clamped
    assert clamped == temperature or temperature < t_min


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: schedule.initial_temperature(0.0), ValueError, r"^sigma must be positive, got 0\.0"),
        (lambda: schedule.initial_temperature(1.7e308), ValueError, r"^5 \* sigma must be finite"),
        (lambda: schedule.smallest_temperature(5e-324), ValueError, r"^0\.01 \* t_max must be positive"),
        (
            lambda: schedule.largest_entropy("mean", parameter_count=1, level_count=2),
            ValueError,
            r"^normaliser must be one of 'log_levels', .*got 'mean'",
        ),
        (
            lambda: schedule.largest_entropy("log_levels", parameter_count=1, level_count=1),
            ValueError,
            r"^level_count must be at least 2 for normaliser 'log_levels', got 1",
        ),
        (
            lambda: schedule.largest_entropy("initial", parameter_count=1, level_count=2),
            TypeError,
            r"^initial_entropy must be real numbers .*got None",
        ),
        (
            lambda: schedule.largest_entropy(
                "observed_maximum", parameter_count=1, level_count=2, observed_maximum=0.0
            ),
            ValueError,
            r"^observed_maximum must be positive, got 0\.0",
        ),
        (lambda: schedule.entropy_temperature(-1.0, 1.0, 1.0), ValueError, r"^entropy must be at least 0"),
        (
            lambda: schedule.entropy_temperature(1.0, 0.0, 1.0),
            ValueError,
            r"^largest_entropy must be positive",
        ),
        (lambda: schedule.entropy_temperature(1.0, 1.0, np.nan), ValueError, r"^t_max must be finite"),
        (
            lambda: schedule.entropy_temperature(1e300, 1e-8, 1e300),
            ValueError,
            r"^t_max \* entropy / largest_entropy must be finite in float64, got inf",
        ),
        (lambda: schedule.compounding_temperature(0.0, 0.1, 2), ValueError, r"^temperature must be positive"),
        (
            lambda: schedule.compounding_temperature(1.0, 0.0, 1),
            ValueError,
            r"^level_count must be at least 2",
        ),
        (lambda: schedule.geometric_temperature(-1, 1.0, 0.5), ValueError, r"^step must be an integer in"),
        (
            lambda: schedule.geometric_temperature(1, 1.0, 1.5),
            ValueError,
            r"^ratio must lie in \(0, 1\], got 1\.5",
        ),
        (
            lambda: schedule.geometric_temperature(1, 1.0, 0.0),
            ValueError,
            r"^ratio must be positive, got 0\.0",
        ),
        (lambda: schedule.fixed_temperature(1.0, 1.0), TypeError, r"^step must be an integer, got 1\.0"),
        (lambda: schedule.clamp_temperature(-1.0, 1.0), ValueError, r"^temperature must be at least 0"),
        (lambda: schedule.clamp_temperature(1.0, 0.0), ValueError, r"^t_min must be positive, got 0\.0"),
    ],
)
def test_a_wrong_argument_is_named_and_shown(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    "rule", [schedule.fixed_temperature, lambda n, t: schedule.geometric_temperature(n, t, 1.0)]
)
def test_steps_are_words_of_32_bits(rule):
    assert rule(2**32 - 1, 2.0) == 2.0
    with pytest.raises(ValueError, match="step must be an integer in"):
        rule(2**32, 2.0)

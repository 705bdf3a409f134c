"""The entropy of the level probabilities and the schedule T <- T_max H / log K, tested as theorems.

The bounds are driven through the reference and derived a second time: by literal sums in 40 digits, by
polynomial roots, by maximisation without derivatives, by counting the steps of the reference itself.
"""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import example, given, target
from hypothesis import strategies as st

from proofs.ball_arithmetic import ball
from proofs.bounds import (
    critical_ratio,
    entropy_range_uniform,
    temperature_floor,
    temperature_floor_uniform,
)
from proofs.paper_settings import LEVEL_COUNTS
from proofs.truncated_geometric import entropy, entropy_per_temperature, steps_to_shrink, variance
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.temperature import compounding_temperature, entropy_temperature

EPS = float(np.finfo(float).eps)
counts = st.integers(2, 60)
temperatures = st.floats(1e-2, 1e2)
places = st.floats(-3.0, 3.0)


def literal_entropy(count, x):
    """Entropy of the law exp(-x i), i < count, by its definition in 40 digits."""
    with mpmath.workdps(40):
        weights = [mpmath.exp(-mpmath.mpf(x) * i) for i in range(count)]
        total = mpmath.fsum(weights)
        return -mpmath.fsum(w / total * mpmath.log(w / total) for w in weights)


def run(thetas, levels, t_max, normaliser=None):
    """Temperatures of the schedule for given parameter vectors, one per step; ends if one underflows to 0."""
    temperatures, top = [t_max], math.log(levels.size) if normaliser is None else normaliser
    for theta in thetas:
        if temperatures[-1] == 0:
            break
        mean = float(np.mean(level_entropy(theta, levels, temperatures[-1])))
        temperatures.append(entropy_temperature(mean, top, t_max))
    return temperatures


@given(theta=places, count=counts, temperature=temperatures)
@example(theta=0.0, count=2, temperature=1e-2)
@example(theta=1.0, count=60, temperature=1e2)
def test_the_entropy_of_every_parameter_lies_in_the_range_of_the_uniform_grid(theta, count, temperature):
    levels = uniform_levels(1.0, count)
    found = level_entropy([theta], levels, temperature)[0]
    least, largest = entropy_range_uniform(2 / (count - 1), count, temperature)
    slack = 16 * EPS * max(math.log(count), 1)
    target(float(least - found), label="below the least")
    target(float(found - largest), label="above the largest")
    assert least - slack <= found <= largest + slack


@given(count=counts, temperature=temperatures)
def test_the_least_entropy_is_attained_at_an_end_and_the_largest_at_the_centre_of_an_even_grid(
    count, temperature
):
    levels = uniform_levels(1.0, count)
    least, largest = entropy_range_uniform(2 / (count - 1), count, temperature)
    end, centre = level_entropy([1.0, 0.0], levels, temperature)
    slack = 16 * EPS * max(math.log(count), 1)
    assert abs(end - least) <= slack
    if count % 2 == 0:
        assert abs(centre - largest) <= slack


@pytest.mark.parametrize("count", [3, 4, 7, 8, 33])
@pytest.mark.parametrize("x", [0.01, 0.3, 2.0])
def test_no_theta_on_a_fine_grid_beats_the_ends_or_the_bound(count, x):
    theta = np.linspace(-1.2, 1.2, 2001)
    found = level_entropy(theta, uniform_levels(1.0, count), 2 / (count - 1) / x)
    upper, lower = count - count // 2, count // 2
    bound = math.log(math.exp(float(literal_entropy(upper, x))) + math.exp(float(literal_entropy(lower, x))))
    slack = 16 * EPS * math.log(count)
    assert found.min() >= float(literal_entropy(count, x)) - slack
    assert found.max() <= bound + slack
    assert abs(found[np.abs(theta) >= 1].max() - found.min()) <= slack


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=9, unique=True), places, st.floats(0.05, 50.0))
def test_the_entropy_is_at_least_log_k_less_an_eighth_of_the_squared_spread(numbers, theta, temperature):
    levels = np.sort(np.array(numbers))
    distances = np.abs(theta - levels)
    bound = math.log(levels.size) - np.ptp(distances) ** 2 / (8 * temperature**2)
    found = level_entropy([theta], levels, temperature)[0]
    target(float(bound - found))
    assert found >= bound - 16 * EPS * (math.log(levels.size) + np.ptp(distances) ** 2 / temperature**2)


@pytest.mark.parametrize("copies", [1, 4])
def test_an_eighth_is_approached_by_two_clusters_of_levels_and_no_smaller_constant_will_do(copies):
    with mpmath.workdps(40):
        ratio = mpmath.mpf("1e-6")
        p = 1 / (1 + mpmath.exp(-ratio))  # a cluster shares its mass equally, which adds log(copies)
        found = -p * mpmath.log(p) - (1 - p) * mpmath.log(1 - p) + mpmath.log(copies)
        constant = (mpmath.log(2 * copies) - found) / ratio**2
        assert abs(constant - mpmath.mpf(1) / 8) < ratio**2
        assert constant > mpmath.mpf(1) / 8 - mpmath.mpf("1e-9")


@pytest.mark.parametrize("count", [2, 3, 10, 256])
@pytest.mark.parametrize("x", ["0.001", "0.4", "3"])
def test_ball_entropy_and_variance_of_the_cut_off_law_are_the_literal_sums(count, x):
    index = range(count)
    weights = [mpmath.exp(-mpmath.mpf(x) * i) for i in index]
    with mpmath.workdps(40):
        weights = [mpmath.exp(-mpmath.mpf(x) * i) for i in index]
        law = [w / mpmath.fsum(weights) for w in weights]
        mean = mpmath.fsum(p * i for p, i in zip(law, index, strict=True))
        second = mpmath.fsum(p * (i - mean) ** 2 for p, i in zip(law, index, strict=True))
        sums = {entropy: literal_entropy(count, x), variance: second}
    for closed, literal in sums.items():
        assert abs(closed(count, ball(x)) - arb(mpmath.nstr(literal, 36))) < ball("1e-24") * max(count**2, 1)


def test_the_floor_is_the_largest_root_of_the_cubic():
    for t_max, spread, count in [(5.0, 2.0, 255), (5.0, 1.0, 1024), (1.0, 0.9, 2), (3.0, 2.5, 7)]:
        constant = spread**2 / (8 * math.log(count))
        with mpmath.workdps(40):
            roots = mpmath.polyroots([1, -t_max, 0, constant * t_max], maxsteps=200, extraprec=200)
            expected = float(
                max(mpmath.re(root) for root in roots if abs(mpmath.im(root)) < mpmath.mpf("1e-25"))
            )
        assert temperature_floor(t_max, spread, count) == pytest.approx(expected, rel=16 * EPS)


@pytest.mark.parametrize("count", [2, 3, 256, 1024])
def test_the_floor_exists_exactly_up_to_the_ratio_32_27_log_k(count):
    edge = math.sqrt(32 / 27 * math.log(count))
    assert temperature_floor(1.0, edge * (1 + 1e-9), count) == 0.0
    # at the edge two roots meet at 2/3; a relative distance d moves them by about sqrt(d)
    assert abs(temperature_floor(1.0, edge * (1 - 1e-12), count) - 2 / 3) < 4 * math.sqrt(1e-12)


@given(
    st.lists(st.lists(places, min_size=1, max_size=3), min_size=1, max_size=8),
    st.integers(2, 30),
    st.floats(0.3, 20.0),
    st.booleans(),
)
def test_no_trajectory_crosses_either_floor(steps, count, t_max, own_normaliser):
    levels = uniform_levels(1.0, count)
    # any number up to log K may divide the entropy, e.g. the initial entropy
    normaliser = float(np.mean(level_entropy(steps[0], levels, t_max))) if own_normaliser else None
    coldest = min(run(steps, levels, t_max, normaliser))
    slack = 64 * EPS * t_max
    general, sharp = temperature_floor(t_max, 2.0, count), temperature_floor_uniform(t_max, 2.0, count)
    target(float(sharp - coldest))
    assert coldest >= sharp - slack
    assert sharp >= general - slack


@given(st.lists(places, min_size=2, max_size=8), st.integers(2, 20))
def test_an_entropy_that_is_one_step_old_does_not_break_the_floor(steps, count):
    levels, t_max = uniform_levels(1.0, count), 4.0
    temperature, old, coldest = t_max, math.log(count), t_max
    for theta in steps:
        found = float(level_entropy([theta], levels, temperature)[0])
        temperature, old = entropy_temperature(old, math.log(count), t_max), found
        coldest = min(coldest, temperature)
    assert coldest >= temperature_floor(t_max, 2.0, count) - 64 * EPS * t_max


@pytest.mark.parametrize("count", [2, 5, 256])
def test_the_sharp_floor_is_reached_at_the_end_of_the_grid_and_nothing_higher_is_a_floor(count):
    levels, t_max = uniform_levels(1.0, count), 5.0
    last = run([[1.0]] * 60, levels, t_max)[-1]
    floor = temperature_floor_uniform(t_max, 2.0, count)
    assert abs(last - floor) <= 64 * EPS * t_max
    assert last < floor * (1 + 1e-9)  # control: a floor higher by 1e-9 would be crossed


@pytest.mark.parametrize("count", [2, 3, 10, 256])
def test_the_critical_ratio_is_the_literal_maximum(count):
    def per_temperature(x):
        return x * literal_entropy(count, x)

    low, high, golden = mpmath.mpf(1), mpmath.mpf(2), (mpmath.sqrt(5) - 1) / 2
    for _ in range(45):  # golden section: no derivative; 1e-9 in x is 1e-18 in the maximum
        left, right = high - golden * (high - low), low + golden * (high - low)
        if per_temperature(left) < per_temperature(right):
            low = left
        else:
            high = right
    expected = math.log(count) / ((count - 1) * float(per_temperature(low)))
    assert critical_ratio(count) == pytest.approx(expected, rel=64 * EPS)


@pytest.mark.parametrize("count", [2, 3, 256])
def test_below_the_critical_ratio_the_schedule_cools_and_above_it_does_not(count):
    levels, critical = uniform_levels(0.5, count), critical_ratio(count)
    cools = run([[0.5]] * 400, levels, 0.98 * critical)
    stays = run([[0.5]] * 400, levels, 1.02 * critical)
    assert cools[-1] < 1e-3 * critical
    assert stays[-1] > 0.1 * critical
    assert temperature_floor_uniform(0.98 * critical, 1.0, count) == 0.0
    assert temperature_floor_uniform(1.02 * critical, 1.0, count) > 0.1 * critical


def test_the_critical_ratio_lies_a_hundredfold_below_the_setting_of_the_paper():
    assert all(100 * critical_ratio(count) < 2.5 for count in LEVEL_COUNTS)
    assert (
        not 100 * critical_ratio(8) < 2.5
    )  # control: with few levels the paper's ratio would not be extreme


@pytest.mark.parametrize(("theta", "expected"), [(0.0, 1667), (1.0, 428)])
def test_the_compounding_schedule_takes_the_certified_number_of_steps(theta, expected):
    levels, temperature, steps = uniform_levels(1.0, 256), 5.0, 0
    while temperature > 0.05:
        temperature = compounding_temperature(
            temperature, level_entropy([theta], levels, temperature)[0], 256
        )
        steps += 1
    assert steps == expected


@given(st.lists(places, min_size=3, max_size=12), st.integers(3, 40), st.floats(0.01, 20.0))
def test_the_compounding_schedule_falls_in_every_step_at_least_as_fast_as_its_bound(steps, count, start):
    levels, temperature = uniform_levels(1.0, count), start
    for theta in steps:
        found = level_entropy([theta], levels, temperature)[0]
        following = compounding_temperature(temperature, found, count) if temperature > 1e-3 else 0.0
        largest = entropy_range_uniform(2 / (count - 1), count, temperature)[1]
        assert following <= temperature * largest / math.log(count) * (1 + 32 * EPS)
        if following == 0.0:
            break
        temperature = following


def test_two_levels_never_cool_at_the_midpoint():
    levels, temperature = uniform_levels(1.0, 2), 3.0
    for _ in range(10):
        temperature = compounding_temperature(temperature, level_entropy([0.0], levels, temperature)[0], 2)
    assert temperature == 3.0


def test_a_moving_parameter_can_raise_the_temperature():
    first, second, third = run([[1.0], [0.0]], uniform_levels(1.0, 2), 2.0)
    assert second < first
    assert third > second


def test_counting_steps_gives_up_where_the_temperature_stands_still():
    assert steps_to_shrink(lambda x: arb(2).log(), Fraction(1, 2), 2, 4, most=10) is None


def test_the_mean_value_form_encloses_the_function_on_wide_balls():
    wide = ball("1.5").union(ball("1.6"))
    enclosure = entropy_per_temperature(5, wide)
    for x in ("1.5", "1.53", "1.6"):
        assert enclosure.contains(ball(x) * entropy(5, ball(x)))


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (temperature_floor, (0.0, 1.0, 4), "t_max"),
        (temperature_floor, (1.0, -1.0, 4), "level_range"),
        (temperature_floor, (1.0, 1.0, 1), "level_count"),
        (critical_ratio, (1,), "level_count"),
        (temperature_floor_uniform, (math.inf, 1.0, 4), "t_max"),
        (entropy_range_uniform, (1.0, 4, math.nan), "temperature"),
        (entropy_range_uniform, (0.0, 4, 1.0), "spacing"),
    ],
)
def test_bad_input_is_refused_by_name(function, arguments, name):
    with pytest.raises(ValueError, match=name):
        function(*arguments)

"""Theorem 1: how hot a start must be so that every level has probability 1/K up to a tolerance."""

from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, example, given, target
from hypothesis import strategies as st

from proofs.bounds import (
    initial_temperature_paper,
    initial_temperature_sharp,
    initial_temperature_sharp_uniform,
)
from reference import level_entropy, level_probabilities, soft_quantize, uniform_levels

EPS = np.finfo(float).eps
LEVEL_COUNTS = (255, 256, 512, 1023, 1024)  # the paper's, and the odd neighbours that it asks for

level_sets = st.lists(st.integers(-1000, 1000), min_size=2, max_size=12, unique=True).map(
    lambda numbers: np.array(sorted(numbers), float)
)
tolerances = st.floats(1e-4, 0.95)
places = st.floats(-1500, 1500)


def spread(theta, levels):
    distances = np.abs(theta - levels)
    return distances.max() - distances.min()


def largest_deviation(theta, levels, temperature):
    """max_k |P_k - 1/K|."""
    return np.abs(level_probabilities(np.array([theta]), levels, temperature) - 1 / levels.size).max()


def rounding(levels, tolerance):
    """What may be added to the tolerance: a few units in P, and the error of T, which moves K P by K tol."""
    return 16 * EPS * (1 + levels.size * tolerance)


@given(level_sets, places, tolerances)
def test_at_the_sharp_temperature_every_level_set_keeps_the_tolerance(levels, theta, tolerance):
    temperature = initial_temperature_sharp(spread(theta, levels), levels.size, tolerance)
    assume(temperature > 0)
    deviation = largest_deviation(theta, levels, temperature)
    target(deviation / tolerance)
    assert deviation <= tolerance + rounding(levels, tolerance)


@given(st.integers(2, 200), st.floats(-1.5, 1.5), tolerances)
@example(2, 1.0, 0.49)
@example(256, 1.0, 1e-3)
def test_at_the_sharp_uniform_temperature_every_theta_keeps_the_tolerance(count, theta, tolerance):
    levels = uniform_levels(1.0, count)
    temperature = initial_temperature_sharp_uniform(2 / (count - 1), count, tolerance)
    assume(temperature > 0)
    deviation = largest_deviation(theta, levels, temperature)
    target(deviation / tolerance)
    assert deviation <= tolerance + rounding(levels, tolerance)


@given(st.integers(2, 200), tolerances)
def test_the_end_of_a_uniform_grid_attains_the_tolerance(count, tolerance):
    temperature = initial_temperature_sharp_uniform(2 / (count - 1), count, tolerance)
    assume(temperature > 0)
    levels = uniform_levels(1.0, count)
    assert largest_deviation(1.0, levels, temperature) == pytest.approx(
        tolerance, abs=rounding(levels, tolerance), rel=0
    )
    assert largest_deviation(1.0, levels, 0.99 * temperature) > tolerance


@given(st.integers(2, 200), st.floats(-1.5, 1.5), tolerances)
@example(3, 0.0, 0.3)
@example(4, 1 / 3, 0.2)
def test_the_paper_temperature_suffices_on_uniform_grids_with_the_spread_at_theta(count, theta, tolerance):
    levels = uniform_levels(1.0, count)
    temperature = initial_temperature_paper(spread(theta, levels), count, tolerance)
    assume(temperature > 0)
    deviation = largest_deviation(theta, levels, temperature)
    target(deviation / tolerance)
    assert deviation <= tolerance + rounding(levels, tolerance)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=4, unique=True), places, tolerances)
def test_up_to_four_levels_the_paper_temperature_suffices_whatever_the_levels(numbers, theta, tolerance):
    levels = np.array(sorted(numbers), float)
    temperature = initial_temperature_paper(spread(theta, levels), levels.size, tolerance)
    assume(temperature > 0)
    assert largest_deviation(theta, levels, temperature) <= tolerance + rounding(levels, tolerance)


def test_five_levels_gathered_at_the_ends_exceed_the_tolerance():
    levels, tolerance = np.array([-10.0, -9.0, 0.0, 9.0, 10.0]), 0.4
    temperature = initial_temperature_paper(10.0, 5, tolerance)
    assert temperature == 5.0
    nearest = level_probabilities(np.array([0.0]), levels, temperature)[0, 2]
    assert nearest == pytest.approx(float(1 / (1 + 2 * mpmath.exp("-1.8") + 2 * mpmath.exp(-2))), rel=4 * EPS)
    assert nearest > 1 / 5 + tolerance + 0.02


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("tolerance", [0.01, 0.2, 0.4])
def test_two_and_three_levels_attain_the_sharp_temperature(count, tolerance):
    levels, theta = (np.array([-1.0, 1.0]), 1.0) if count == 2 else (np.array([-1.0, 0.0, 1.0]), 0.0)
    temperature = initial_temperature_sharp(spread(theta, levels), count, tolerance)
    assert largest_deviation(theta, levels, temperature) == pytest.approx(tolerance, abs=16 * EPS, rel=0)


@pytest.mark.parametrize("count", [4, 5, 30])
def test_clusters_of_levels_approach_the_sharp_temperature(count):
    tolerance = 0.5 / count
    missing = []
    for width in (1e-2, 1e-4, 1e-6):
        levels = np.concatenate([[0.0], 1 - width * np.linspace(1, 0, count - 1)])
        temperature = initial_temperature_sharp(1.0, count, tolerance)
        missing.append(tolerance - largest_deviation(0.0, levels, temperature))
    # The deviation moves with the mean distance, by at most width/T times the largest probability.
    assert all(0 < gap < width for gap, width in zip(missing, (1e-2, 1e-4, 1e-6), strict=True))


def least_temperature(deviation, tolerance, low, high):
    """The temperature where a decreasing function of it reaches the tolerance, by bisection to 40 digits."""
    low, high = mpmath.mpf(low), mpmath.mpf(high)
    for _ in range(150):
        middle = (low + high) / 2
        low, high = (middle, high) if deviation(middle) > tolerance else (low, middle)
    return high


@pytest.mark.parametrize(
    ("count", "tolerance"), [(2, "0.3"), (3, "0.05"), (5, "0.4"), (6, "0.02"), (7, "0.6")]
)
def test_the_worst_corner_of_all_distances_gives_the_sharp_temperature(count, tolerance):
    """Second derivation: a share is monotone in each weight, so a corner of [0, 1]^K is worst."""
    with mpmath.workdps(40):

        def worst(temperature):
            near, far = mpmath.mpf(1), mpmath.exp(-1 / temperature)
            deviations = []
            for corner in product((near, far), repeat=count):
                if near in corner and far in corner:
                    total = mpmath.fsum(corner)
                    deviations += [abs(w / total - mpmath.mpf(1) / count) for w in (near, far)]
            return max(deviations)

        found = least_temperature(worst, mpmath.mpf(tolerance), "1e-3", "1e4")
        assert float(found) == pytest.approx(
            initial_temperature_sharp(1.0, count, float(tolerance)), rel=32 * EPS
        )


@pytest.mark.parametrize(("count", "tolerance"), [(2, "0.3"), (3, "0.05"), (6, "0.1"), (9, "0.01")])
def test_a_search_over_theta_gives_the_sharp_uniform_temperature(count, tolerance):
    """Second derivation: the deviation from its definition, over theta at all twelfths of a spacing."""
    with mpmath.workdps(40):
        positions = [Fraction(k, 12) for k in range(-6, 12 * (count - 1) + 7)]
        tables = [
            [mpmath.mpf(abs(p - q).numerator) / abs(p - q).denominator for q in range(count)]
            for p in positions
        ]

        def worst(temperature):
            deviations = []
            for distances in tables:
                weights = [mpmath.exp(-d / temperature) for d in distances]
                total = mpmath.fsum(weights)
                extremes = (max(weights), min(weights))
                deviations += [abs(w / total - mpmath.mpf(1) / count) for w in extremes]
            return max(deviations)

        low, high = mpmath.mpf("0.1"), mpmath.mpf(1000)
        for _ in range(70):
            middle = (low + high) / 2
            low, high = (middle, high) if worst(middle) > mpmath.mpf(tolerance) else (low, middle)
        sharp = initial_temperature_sharp_uniform(1.0, count, float(tolerance))
        assert float(high) == pytest.approx(sharp, rel=64 * EPS)


def lemma_polynomial(near, far, heat=1):
    """Z (1 + heat (a-1) X) - K for theta on a level, as a polynomial in v >= 0 where t = 1/(1+v), cleared."""
    v = sp.symbols("v")
    t = 1 / (1 + v)
    z = sum(t**i for i in range(near)) + t * sum(t**i for i in range(far))
    difference = z * (1 + heat * (near - 1) * 2 * (1 - t) / (1 + t)) - near - far
    return sp.Poly(sp.numer(sp.together(difference)), v)


def test_for_small_grids_the_upper_bound_has_only_positive_coefficients():
    """Second derivation of the uniform-grid proof: substituting t = 1/(1+v) makes every coefficient >= 0."""
    for near in range(1, 9):
        for far in range(near):
            assert all(c >= 0 for c in lemma_polynomial(near, far).all_coeffs()), (near, far)
    # Control: with half of the paper's temperature some coefficient is negative.
    assert min(lemma_polynomial(5, 4, heat=sp.Rational(1, 2)).all_coeffs()) < 0


def test_bad_tolerances_form_one_interval_whose_ends_solve_the_equation():
    with mpmath.workdps(30):
        ends = [
            mpmath.findroot(lambda u: mpmath.log((1 + u) / (1 - u / 4)) - u, start) / 5
            for start in (1.0, 3.3)
        ]
    low, high = (float(end) for end in ends)
    assert 0 < low < 2 / 5 < high < 1 - 1 / 5
    for tolerance, suffices in [
        (0.99 * low, True),
        (1.01 * low, False),
        (0.99 * high, False),
        (1.01 * high, True),
    ]:
        paper, sharp = initial_temperature_paper(1, 5, tolerance), initial_temperature_sharp(1, 5, tolerance)
        assert (paper >= sharp) is suffices


@given(st.integers(2, 5000), st.floats(1e-6, 0.9))
def test_on_uniform_grids_the_paper_temperature_is_never_too_low(count, scaled):
    paper = initial_temperature_paper(1.0, count, scaled / count)
    sharp = initial_temperature_sharp_uniform(1 / (count - 1), count, scaled / count)
    assert sharp <= paper * (1 + 8 * EPS)


@pytest.mark.parametrize("count", [2, 3, 256, 1024])
def test_for_small_tolerances_the_paper_temperature_is_twice_the_needed_one(count):
    """K P_max - 1 is DeltaE/(2T) to first order on a uniform grid, where Theorem 1 allows DeltaE/T."""
    scaled = 1e-6
    ratio = initial_temperature_paper(1.0, count, scaled / count) / initial_temperature_sharp_uniform(
        1 / (count - 1), count, scaled / count
    )
    assert ratio == pytest.approx(2, abs=2 * scaled)


@given(st.integers(2, 2000), st.floats(1e-3, 0.9))
def test_at_a_relative_tolerance_more_levels_never_need_less_heat(count, scaled):
    needed = [initial_temperature_sharp_uniform(1 / (k - 1), k, scaled / k) for k in (count, count + 1)]
    assert needed[1] >= needed[0] * (1 - 16 * EPS)


@pytest.mark.parametrize("count", LEVEL_COUNTS)
def test_at_the_paper_settings_probabilities_differ_from_uniform_by_up_to_22_percent(count):
    theta = np.linspace(-1.2, 1.2, 41)
    scaled = count * level_probabilities(theta, uniform_levels(1.0, count), 5.0)
    assert 0.8132 < scaled.min() < 0.814
    assert 1.213 < scaled.max() < 1.2134


@pytest.mark.parametrize("count", LEVEL_COUNTS)
def test_at_the_paper_settings_the_mean_level_stays_within_a_fifteenth_of_the_half_width(count):
    reach = soft_quantize(np.array([-1e6, -1.0, 0.5, 1.0, 1e6]), uniform_levels(1.0, count), 5.0)
    assert 0.066 < np.abs(reach).max() < 0.0671


@given(level_sets, places, st.floats(0.01, 100))
def test_entropy_at_a_temperature_of_the_spread_is_within_an_eighth_of_its_maximum(levels, theta, factor):
    gap = spread(theta, levels)
    assume(gap > 0)
    temperature = factor * gap
    entropy = level_entropy(np.array([theta]), levels, temperature)[0]
    assert entropy >= np.log(levels.size) - 1 / (8 * factor**2) - 8 * EPS * np.log(levels.size)


@given(st.integers(2, 50), st.floats(-2, 2), st.floats(0.01, 10), st.integers(-20, 20))
def test_probabilities_do_not_change_when_weights_levels_and_temperature_scale_together(
    count, theta, temperature, exponent
):
    c = 2.0**exponent
    levels = uniform_levels(1.0, count)
    assert np.array_equal(
        level_probabilities(np.array([c * theta]), c * levels, c * temperature),
        level_probabilities(np.array([theta]), levels, temperature),
    )

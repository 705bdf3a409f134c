"""The temperature bounds as numbers: against 50 digits, at the edges of their domain, and given bad input."""

import math

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.bounds import (
    final_temperature_paper,
    final_temperature_sharp,
    final_temperature_sharp_uniform,
    initial_temperature_paper,
    initial_temperature_sharp,
    initial_temperature_sharp_uniform,
)

EPS = 2.0**-52
COUNTS = [2, 3, 4, 5, 10, 255, 256, 1023, 1024, 65536]
TOLERANCES = [1e-12, 1e-9, 1e-6, 1e-3, 0.05, 0.3, 0.5, 0.7, 0.9, 1 - 1e-3, 1 - 1e-9, 1 - 1e-12]

WITH_COUNT = {
    "energy_spread": [initial_temperature_paper, initial_temperature_sharp],
    "spacing": [initial_temperature_sharp_uniform],
    "energy_gap": [final_temperature_paper, final_temperature_sharp],
}
ALL_WITH_COUNT = [(name, bound) for name, bounds in WITH_COUNT.items() for bound in bounds]


def exact_initial(count, tolerance):
    """1/ln((1+u)/(1-u/(K-1))) in 50 digits."""
    u = count * mpmath.mpf(tolerance)
    return 1 / mpmath.log((1 + u) / (1 - u / (count - 1))) if u < count - 1 else mpmath.mpf(0)


def exact_initial_uniform(count, tolerance):
    """1/x with (1-e^-x)/(1-e^-Kx) = 1/K + tolerance in 50 digits, by bisection on ln x."""
    if count * mpmath.mpf(tolerance) >= count - 1:
        return mpmath.mpf(0)

    def excess(x):
        return (
            (1 - mpmath.exp(-x)) / (1 - mpmath.exp(-count * x))
            - mpmath.mpf(1) / count
            - mpmath.mpf(tolerance)
        )

    low, high = mpmath.mpf(-50), mpmath.mpf(5)
    for _ in range(190):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(mpmath.exp(middle)) < 0 else (low, middle)
    return mpmath.exp(-low)


def exact_final(count, tolerance):
    """1/ln((K-1)(1-tol)/tol) in 50 digits."""
    odds = (count - 1) * (1 - mpmath.mpf(tolerance)) / mpmath.mpf(tolerance)
    return 1 / mpmath.log(odds) if odds > 1 else mpmath.inf


def exact_final_uniform(tolerance):
    return 1 / mpmath.log((2 - mpmath.mpf(tolerance)) / mpmath.mpf(tolerance))


def exact_final_paper(count, tolerance):
    return -1 / (count * mpmath.log(mpmath.mpf(tolerance)))


def close(value, exact):
    """Equal to a few units in the last place; infinities and zeros exactly."""
    if exact in (0, mpmath.inf):
        return value == exact
    return abs(mpmath.mpf(value) - exact) <= 8 * EPS * exact


def edge_tolerances(count):
    """Tolerances next to 1 - 1/K, where the logarithm passes through zero or infinity."""
    edge = 1 - 1 / count
    return [
        edge,
        math.nextafter(edge, 0),
        math.nextafter(edge, 1),
        edge * (1 - 1e-12),
        edge * (1 - 1e-6),
        1 / count,
    ]


@pytest.mark.parametrize("count", COUNTS)
def test_every_bound_agrees_with_fifty_digits(count):
    with mpmath.workdps(60):
        for tolerance in TOLERANCES + edge_tolerances(count):
            assert close(initial_temperature_sharp(1.0, count, tolerance), exact_initial(count, tolerance))
            assert close(
                initial_temperature_sharp_uniform(1.0, count, tolerance),
                exact_initial_uniform(count, tolerance),
            )
            assert close(final_temperature_sharp(1.0, count, tolerance), exact_final(count, tolerance))
            assert close(final_temperature_paper(1.0, count, tolerance), exact_final_paper(count, tolerance))
            assert close(final_temperature_sharp_uniform(1.0, tolerance), exact_final_uniform(tolerance))


def test_the_comparison_rejects_the_formula_evaluated_without_care():
    """Control: next to 1 - 1/K the formulas as printed lose digits in float64."""
    count, tolerance = 7, 6 / 7 * (1 - 1e-12)
    initial = 1 / math.log((1 + count * tolerance) / (1 - count * tolerance / (count - 1)))
    final = 1 / math.log((count - 1) * (1 - tolerance) / tolerance)
    with mpmath.workdps(60):
        assert not close(initial, exact_initial(count, tolerance))
        assert not close(final, exact_final(count, tolerance))


@given(st.integers(2, 65536), st.floats(1e-12, 1 - 1e-12), st.integers(-100, 100))
def test_bounds_are_proportional_to_the_energy(count, tolerance, exponent):
    scale = 2.0**exponent
    for _, bound in ALL_WITH_COUNT:
        assert bound(scale, count, tolerance) == scale * bound(1.0, count, tolerance)
    assert final_temperature_sharp_uniform(scale, tolerance) == scale * final_temperature_sharp_uniform(
        1.0, tolerance
    )


@given(st.integers(2, 5000), st.floats(1e-9, 0.999), st.floats(1e-9, 0.999))
def test_a_larger_tolerance_never_needs_a_hotter_start_or_a_colder_end(count, one, other):
    small, large = sorted((one, other))
    slack = 1 + 16 * EPS
    for bound in (initial_temperature_paper, initial_temperature_sharp, initial_temperature_sharp_uniform):
        assert bound(1.0, count, large) <= bound(1.0, count, small) * slack
    for bound in (final_temperature_paper, final_temperature_sharp):
        assert bound(1.0, count, large) * slack >= bound(1.0, count, small)
    assert final_temperature_sharp_uniform(1.0, large) * slack >= final_temperature_sharp_uniform(1.0, small)


@given(st.floats(1e-6, 0.499))
def test_two_levels_at_the_end_give_the_inverse_hyperbolic_tangent(tolerance):
    """P - 1/2 = tanh(h/2T)/2: all formulas reduce to T = h/(2 artanh(2 tol)) for K = 2."""
    expected = 1 / (2 * math.atanh(2 * tolerance))
    assert initial_temperature_sharp(1.0, 2, tolerance) == pytest.approx(
        expected, rel=64 * EPS / (0.5 - tolerance)
    )
    assert initial_temperature_sharp_uniform(1.0, 2, tolerance) == pytest.approx(
        expected, rel=64 * EPS / (0.5 - tolerance)
    )


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_tolerance_that_excludes_nothing_needs_no_heat_and_no_cold(count):
    tolerance = math.nextafter(1 - 1 / count, 1) if count > 1 else 0.5
    assert initial_temperature_sharp(1.0, count, tolerance) == 0
    assert initial_temperature_sharp_uniform(1.0, count, tolerance) == 0
    assert final_temperature_sharp(1.0, count, tolerance) == math.inf


def test_equal_distances_need_no_heat_and_a_midpoint_has_no_final_temperature():
    assert initial_temperature_paper(0.0, 8, 0.01) == initial_temperature_sharp(0.0, 8, 0.01) == 0
    assert final_temperature_paper(0.0, 8, 0.01) == final_temperature_sharp(0.0, 8, 0.01) == 0


@pytest.mark.parametrize(("name", "bound"), ALL_WITH_COUNT)
@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, "1", None, [1.0]])
def test_a_bad_energy_is_named_and_shown(name, bound, value):
    with pytest.raises((ValueError, TypeError), match=name):
        bound(value, 4, 0.1)


@pytest.mark.parametrize(("name", "bound"), ALL_WITH_COUNT)
@pytest.mark.parametrize("value", [0, -3, 2.5, True, "4", math.nan])
def test_a_bad_level_count_is_named_and_shown(name, bound, value):
    with pytest.raises((ValueError, TypeError), match="level_count"):
        bound(1.0, value, 0.1)


@pytest.mark.parametrize(("name", "bound"), ALL_WITH_COUNT)
@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1.5, math.nan, "0.1", None])
def test_a_bad_tolerance_is_named_and_shown(name, bound, value):
    with pytest.raises((ValueError, TypeError), match="tolerance"):
        bound(1.0, 4, value)
    with pytest.raises((ValueError, TypeError), match="tolerance"):
        final_temperature_sharp_uniform(1.0, value)


def test_a_spacing_of_zero_is_refused():
    with pytest.raises(ValueError, match="spacing must be positive"):
        initial_temperature_sharp_uniform(0.0, 4, 0.1)


def test_an_energy_whose_temperature_float64_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="energy_spread must be small enough"):
        initial_temperature_paper(1e308, 2, 1e-12)

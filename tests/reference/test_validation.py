"""Checks of arguments: what is accepted is converted exactly, what is refused is named and shown."""

from fractions import Fraction

import numpy as np
import pytest

from reference import validation


def test_integers_fractions_and_narrow_floats_become_the_nearest_float64():
    converted = validation.finite_array("theta", [1, Fraction(1, 3), np.float32(0.1)])
    assert converted.dtype == np.float64
    assert converted.tolist() == [1.0, 1 / 3, float(np.float32(0.1))]


def test_nothing_is_lost_for_float64_arrays_of_any_shape():
    for shape in [(), (0,), (3,), (2, 0), (2, 3, 4)]:
        values = np.arange(np.prod(shape, dtype=int), dtype=np.float64).reshape(shape) - 1.5
        assert np.array_equal(validation.finite_array("gradient", values), values)


def test_level_sets_of_one_level_and_of_neighbouring_floats_are_accepted():
    assert validation.level_set("levels", [3]).tolist() == [3.0]
    assert validation.level_set("levels", [1.0, np.nextafter(1.0, 2.0)]).size == 2


def test_the_ends_of_the_unit_interval_belong_to_it():
    assert validation.unit_interval("f_min", 0) == 0.0
    assert validation.unit_interval("f_max", 1) == 1.0


def test_the_smallest_positive_float_is_positive_and_zero_is_not():
    assert validation.positive_scalar("temperature", 5e-324) == 5e-324
    assert validation.nonnegative_scalar("noise", 0.0) == 0.0


@pytest.mark.parametrize(
    ("check", "value", "error", "message"),
    [
        (validation.finite_array, [1.0, np.nan], ValueError, r"^x must be finite .*got x\[1\] = nan"),
        (validation.finite_array, [[0.0, -np.inf]], ValueError, r"^x must be finite .*got x\[0, 1\] = -inf"),
        (validation.finite_array, [10**400], ValueError, r"^x must be finite in float64, got x\[0\] = inf"),
        (validation.finite_array, [[1.0], [1.0, 2.0]], ValueError, r"^x must be a rectangular array"),
        (validation.finite_array, [1j], TypeError, r"^x must be real numbers .*got \[1j\]"),
        (validation.finite_array, ["1"], TypeError, r"^x must be real numbers .*got \['1'\]"),
        (validation.finite_array, [True], TypeError, r"^x must be real numbers .*got \[True\]"),
        (validation.finite_array, [None], TypeError, r"^x must be real numbers .*got \[None\]"),
        (validation.finite_array, np.ma.masked_array([1.0], [True]), TypeError, r"^x .*without a mask"),
        (validation.finite_vector, 1.0, ValueError, r"^x must be one-dimensional.*got shape \(\): 1\.0"),
        (validation.finite_vector, [[1.0]], ValueError, r"^x must be one-dimensional.*got shape \(1, 1\)"),
        (validation.finite_scalar, [1.0], ValueError, r"^x must be a scalar, got shape \(1,\): \[1\.0\]"),
        (validation.finite_scalar, np.inf, ValueError, r"^x must be finite in float64, got inf"),
        (validation.finite_scalar, "hot", TypeError, r"^x must be real numbers .*got 'hot'"),
        (validation.finite_scalar, True, TypeError, r"^x must be real numbers .*got True"),
        (validation.positive_scalar, 0.0, ValueError, r"^x must be positive, got 0\.0"),
        (validation.positive_scalar, -1, ValueError, r"^x must be positive, got -1"),
        (validation.positive_scalar, np.nan, ValueError, r"^x must be finite in float64, got nan"),
        (validation.nonnegative_scalar, -1e-300, ValueError, r"^x must be at least 0, got -1e-300"),
        (validation.unit_interval, 1.5, ValueError, r"^x must lie in \[0, 1\], got 1\.5"),
        (validation.unit_interval, -0.1, ValueError, r"^x must lie in \[0, 1\], got -0\.1"),
        (validation.positive_integer, 0, ValueError, r"^x must be an integer of at least 1, got 0"),
        (validation.positive_integer, 2.0, TypeError, r"^x must be an integer, got 2\.0"),
        (validation.positive_integer, True, TypeError, r"^x must be an integer, got True"),
        (validation.nonnegative_integer, -1, ValueError, r"^x must be an integer of at least 0, got -1"),
        (validation.level_set, [], ValueError, r"^x must contain at least one level, got \[\]"),
        (
            validation.level_set,
            [0, 2, 1],
            ValueError,
            r"^x must be strictly increasing.*x\[1\] = 2\.0 followed",
        ),
        (validation.level_set, [1, 1], ValueError, r"^x must be strictly increasing.*x\[1\] = 1\.0"),
        (validation.level_set, [2**53, 2**53 + 1], ValueError, r"^x must be strictly increasing in float64"),
    ],
)
def test_a_wrong_value_is_named_shown_and_told_what_is_allowed(check, value, error, message):
    with pytest.raises(error, match=message):
        check("x", value)


def test_checks_with_more_arguments_say_what_is_allowed():
    with pytest.raises(ValueError, match=r"^gradient must have shape \(2,\), got shape \(3,\)"):
        validation.array_of_shape("gradient", [1, 2, 3], (2,))
    with pytest.raises(ValueError, match=r"^stream must be an integer in \[0, 3\], got 4"):
        validation.integer_between("stream", 4, 0, 3)
    with pytest.raises(ValueError, match=r"^rule must be one of 'sigmoid', 'metropolis', got 'heat'"):
        validation.one_of("rule", "heat", ("sigmoid", "metropolis"))
    with pytest.raises(ValueError, match=r"^rule must be one of 'sigmoid', got 3"):
        validation.one_of("rule", 3, ("sigmoid",))


def test_an_error_message_stays_short_for_a_large_array():
    with pytest.raises(ValueError) as caught:
        validation.finite_vector("theta", np.ones((1000, 1000)))
    assert len(str(caught.value)) < 400

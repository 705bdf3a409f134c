"""Squared distances: exact on integers, symmetric, blind to the origin, and never lost to cancellation."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.distances import squared_distances

EPS = float(np.finfo(np.float64).eps)


def drawn(seed, rows, features):
    return np.random.default_rng(seed).normal(size=(rows, features))


def expanded(points, others):
    """|x|^2 + |z|^2 - 2 x.z: the same numbers until digits cancel."""
    return (points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * points @ others.T


def within_rounding(found, points, others):
    """Whether each distance is the exact sum to within one rounding per operation."""
    # A difference and its square: three factors (1 + eps/2); d additions: d more.
    budget = Fraction(EPS) * (3 + points.shape[1])
    exact = [
        [sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(x, z, strict=True)) for z in others]
        for x in points
    ]
    return all(
        abs(Fraction(value) - true) <= budget * true
        for row, trues in zip(found, exact, strict=True)
        for value, true in zip(row, trues, strict=True)
    )


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 9))
def test_each_distance_is_the_sum_of_squared_differences_to_rounding(seed, rows, features):
    points, others = drawn(seed, rows, features), drawn(seed + 1, 2, features)
    assert within_rounding(squared_distances(points, others), points, others)


def test_the_expanded_square_loses_close_points_and_is_rejected_by_the_same_comparison():
    points = np.array([[1e6, 1.0]])
    others = points + 2.0**-20
    assert within_rounding(squared_distances(points, others), points, others)
    assert not within_rounding(expanded(points, others), points, others)


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 9))
def test_a_set_of_points_has_a_symmetric_matrix_with_a_zero_diagonal(seed, rows, features):
    points = drawn(seed, rows, features)
    distances = squared_distances(points)
    assert np.array_equal(distances, distances.T)
    assert not np.any(np.diag(distances))
    assert np.array_equal(distances, squared_distances(points, points))


@given(st.integers(0, 10**6), st.floats(-1e6, 1e6))
def test_distances_do_not_depend_on_the_origin(seed, shift):
    points = np.random.default_rng(seed).integers(-50, 50, size=(5, 2)).astype(float)
    # Integers of this size are added and subtracted exactly.
    moved = squared_distances(points + round(shift), points + round(shift))
    assert np.array_equal(moved, squared_distances(points))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: squared_distances([1.0]), "points must have shape"),
        (lambda: squared_distances([[1.0]], [1.0]), "others must have shape"),
        (lambda: squared_distances([[1.0]], [[1.0, 2.0]]), "others must have 1 features"),
        (lambda: squared_distances([[1e200]], [[-1e200]]), "squared distances must be finite in float64"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

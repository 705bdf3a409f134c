"""The radial basis kernel: definite for widths of one sign, from all ones to the identity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.radial_basis import radial_basis_kernel, squared_distances

EPS = float(np.finfo(np.float64).eps)


@given(st.integers(0, 10**6), st.integers(1, 12), st.floats(0.0, 10.0))
def test_the_matrix_is_symmetric_and_positive_semidefinite(seed, size, gamma):
    points = np.random.default_rng(seed).normal(size=(size, 3))
    kernel = radial_basis_kernel(squared_distances(points), gamma)
    assert np.array_equal(kernel, kernel.T)
    assert np.all(np.diag(kernel) == 1.0)
    assert np.linalg.eigvalsh(kernel).min() >= -16 * EPS * size


def test_a_negative_width_gives_no_kernel():
    assert np.linalg.eigvalsh(radial_basis_kernel([[0.0, 1.0], [1.0, 0.0]], -1.0)).min() < 0.0


def test_the_two_limits_of_the_width():
    distances = squared_distances([[0.0], [1.0], [3.0]])
    assert np.all(radial_basis_kernel(distances, 0.0) == 1.0)
    assert np.array_equal(radial_basis_kernel(distances, 1e4), np.eye(3))


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
        (lambda: squared_distances([[1.0]], [[1.0, 2.0]]), "others must have 1 features"),
        (lambda: radial_basis_kernel([[1e4]], -1.0), "must be finite"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

"""The radial basis kernel: definite for widths of one sign, from all ones to the identity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.distances import squared_distances
from reference.radial_basis import radial_basis_kernel

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


def test_an_exponential_that_overflows_is_refused():
    with pytest.raises(ValueError, match="must be finite"):
        radial_basis_kernel([[1e4]], -1.0)

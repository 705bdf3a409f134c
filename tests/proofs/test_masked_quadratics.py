"""Masked steps on quadratics: the thresholds against brute force over all subsets."""

from fractions import Fraction
from itertools import combinations, pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from proofs.bounds import (
    expected_descent_step_limit,
    mean_square_step_limit,
    sure_descent_step_limit,
)

EPS = np.finfo(float).eps


@st.composite
def curvatures(draw, largest=4):
    """A positive definite integer matrix and a subset size."""
    n = draw(st.integers(1, largest))
    root = draw(arrays(np.int64, (n, n), elements=st.integers(-3, 3))).astype(float)
    return root @ root.T + np.eye(n), draw(st.integers(1, n))


def all_masks(n, k):
    for chosen in combinations(range(n), k):
        mask = np.zeros(n)
        mask[list(chosen)] = 1
        yield np.diag(mask)


def second_moment_radius(hessian, k, rate):
    """Spectral radius of V -> E[(I - eta M H) V (I - eta H M)], every subset written out."""
    n = len(hessian)
    steps = [np.eye(n) - rate * m @ hessian for m in all_masks(n, k)]
    return np.max(np.abs(np.linalg.eigvals(np.mean([np.kron(s, s) for s in steps], axis=0))))


@given(curvatures(), st.floats(0.01, 3.0))
def test_the_second_moment_is_stable_exactly_below_the_limit(case, share):
    hessian, k = case
    limit = mean_square_step_limit(hessian, k)
    radius = second_moment_radius(hessian, k, share * limit)
    target(-abs(radius - 1))
    rounding = np.sqrt(EPS) * max(1.0, radius)  # a double eigenvalue of a non-symmetric matrix
    if share < 1:
        assert radius < 1 + rounding
    elif share > 1:
        assert radius > 1 - rounding


@given(curvatures(largest=3))
def test_bisection_on_the_brute_force_radius_finds_the_same_limit(case):
    """A second route that never uses the eigenvalue formula: the rate at which the radius passes 1."""
    hessian, k = case
    n, norm = len(hessian), np.linalg.norm(hessian, 2)
    low, high = 1e-3 / norm, 2 * n / (k * norm) * (1 + 8 * EPS)
    for _ in range(60):
        middle = (low + high) / 2
        if second_moment_radius(hessian, k, middle) < 1:
            low = middle
        else:
            high = middle
    # the radius is found to about n^2 eps; divided by its slope in the rate, at least about 1/limit
    assert mean_square_step_limit(hessian, k) == pytest.approx(low, rel=1e5 * EPS)


@given(curvatures())
def test_the_thresholds_are_ordered(case):
    hessian, k = case
    n, norm = len(hessian), np.linalg.norm(hessian, 2)
    chain = [
        2 / np.trace(hessian),
        2 / norm,
        sure_descent_step_limit(hessian, k),
        expected_descent_step_limit(hessian, k),
        mean_square_step_limit(hessian, k),
        2 * n / (k * norm),
    ]
    assert all(a <= b * (1 + 256 * EPS) for a, b in pairwise(chain))


@given(curvatures())
def test_larger_subsets_never_allow_longer_steps(case):
    hessian, _ = case
    limits = [mean_square_step_limit(hessian, k) for k in range(1, len(hessian) + 1)]
    assert all(later <= earlier * (1 + 256 * EPS) for earlier, later in pairwise(limits))
    assert limits[-1] == pytest.approx(2 / np.linalg.norm(hessian, 2), rel=64 * EPS)


@given(curvatures(), st.integers(-40, 40))
def test_the_limit_scales_like_one_over_the_hessian(case, exponent):
    hessian, k = case
    scaled = mean_square_step_limit(hessian * 2.0**exponent, k)
    assert scaled * 2.0**exponent == pytest.approx(mean_square_step_limit(hessian, k), rel=64 * EPS)


@given(curvatures(), st.integers(0, 10**6))
def test_descent_on_average_is_decided_by_its_threshold(case, seed):
    """The change averaged over all subsets, at random points and at the extremal one."""
    hessian, k = case
    n = len(hessian)
    rate = expected_descent_step_limit(hessian, k)

    def mean_change(theta, eta):
        loss = [s @ hessian @ s / 2 for s in (theta - eta * m @ hessian @ theta for m in all_masks(n, k))]
        return np.mean(loss) - theta @ hessian @ theta / 2

    theta = np.random.default_rng(seed).normal(size=n)
    size = theta @ hessian @ theta
    assert mean_change(theta, rate) <= 256 * n * EPS * size
    share = 1.0 if n == 1 else (k - 1) / (n - 1)
    mixed = share * hessian + (1 - share) * np.diag(np.diag(hessian))
    extremal = np.linalg.solve(hessian, np.linalg.eigh(mixed)[1][:, -1])
    assert mean_change(extremal, 1.01 * rate) > 0


@given(curvatures(), st.integers(0, 10**6))
def test_sure_descent_is_decided_by_its_threshold(case, seed):
    hessian, k = case
    n = len(hessian)
    rate = sure_descent_step_limit(hessian, k)
    theta = np.random.default_rng(seed).normal(size=n)
    before = theta @ hessian @ theta / 2

    def change(start, eta, mask):
        end = start - eta * mask @ hessian @ start
        return end @ hessian @ end / 2 - start @ hessian @ start / 2

    assert all(change(theta, rate, m) <= 256 * n * EPS * before for m in all_masks(n, k))
    blocks = [np.flatnonzero(np.diag(m)) for m in all_masks(n, k)]
    worst = max(blocks, key=lambda b: np.linalg.eigvalsh(hessian[np.ix_(b, b)])[-1])
    slope = np.zeros(n)
    slope[worst] = np.linalg.eigh(hessian[np.ix_(worst, worst)])[1][:, -1]
    mask = np.diag(np.isin(np.arange(n), worst).astype(float))
    assert change(np.linalg.solve(hessian, slope), 1.01 * rate, mask) > 0


@pytest.mark.parametrize(("a", "b", "d"), [(2, 1, 1), (1, Fraction(1, 2), 1), (5, -2, 3), (3, 0, 7)])
def test_two_coordinates_have_the_closed_form(a, b, d):
    with mpmath.workdps(40):
        a, b, d = (mpmath.mpf(v.numerator) / v.denominator for v in (a, b, d))
        tau, det = (a + d) / 2 - b**2 / (a + d), a * d - b**2
        expected = 2 / (tau + mpmath.sqrt(tau**2 - det))
        matrix = [[float(a), float(b)], [float(b), float(d)]]
        assert mean_square_step_limit(matrix, 1) == pytest.approx(float(expected), rel=32 * EPS)


@pytest.mark.parametrize("coupling", [0.0, 0.3, -0.9, 0.999])
def test_equal_curvatures_make_the_coupling_irrelevant_for_single_coordinates(coupling):
    assert mean_square_step_limit([[1.0, coupling], [coupling, 1.0]], 1) == pytest.approx(2.0, rel=32 * EPS)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_dense_law_is_off_by_the_fraction_for_a_multiple_of_the_identity(k):
    assert mean_square_step_limit(3 * np.eye(5), k) == pytest.approx(2 / 3, rel=32 * EPS)


def test_the_dense_law_would_be_rejected_by_the_same_brute_force():
    """The control: eta = 2/(f lambda_max) passes for the limit of the dense recursion but is far from stable."""
    hessian = np.array([[2.0, 1.0], [1.0, 1.0]])
    dense = 4 / np.linalg.norm(hessian, 2)
    assert second_moment_radius(hessian, 1, 0.99 * dense) > 1.2


@pytest.mark.parametrize(
    ("hessian", "size", "message"),
    [
        ([[1.0, 2.0]], 1, "square"),
        ([[1.0, 2.0], [0.0, 1.0]], 1, "transpose"),
        ([[1.0, 2.0], [2.0, 1.0]], 1, "positive definite"),
        ([[0.0]], 1, "positive definite"),
        (np.eye(2), 3, "at most n = 2"),
        (np.eye(2), 0, "at least 1"),
    ],
)
def test_anything_but_a_positive_definite_matrix_and_a_size_up_to_n_is_refused(hessian, size, message):
    with pytest.raises(ValueError, match=message):
        mean_square_step_limit(hessian, size)

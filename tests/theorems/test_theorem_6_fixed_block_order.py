"""Theorem 8's count of steps for the blocks of Theorem 6 in a fixed order: the counterexample, derived again.

By Fourier analysis instead of partial sums, and its extension to a loss bounded below by a quadratic program.
"""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofs.evidence.fixed_block_order import PAIRS, coupling

EPS = np.finfo(float).eps


def wave():
    entries = np.array([float(coupling(lag)) for lag in range(PAIRS)])
    symbol = np.fft.fft(entries)  # i times the eigenvalues of the skew matrix
    return entries, symbol


def test_the_coupling_of_the_fixed_order_example_is_a_contraction():
    entries, symbol = wave()
    matrix = entries[np.subtract.outer(np.arange(PAIRS), np.arange(PAIRS)) % PAIRS]
    assert np.array_equal(matrix, -matrix.T)
    assert np.linalg.norm(matrix, 2) == pytest.approx(np.max(np.abs(symbol)), rel=64 * EPS)
    assert np.linalg.norm(matrix, 2) < 1


def extension(points, slopes, values, x):
    """W(x) - |x|^2/2 of T6-R6: the quadratic program over the simplex, solved face by face."""
    anchors = (points - slopes) / 2
    heights = values + np.sum(points**2, axis=1) / 2 - np.sum((slopes + points) ** 2, axis=1) / 4
    best = np.inf
    for size in range(1, len(points) + 1):
        for face in map(list, combinations(range(len(points)), size)):
            # Stationary under sum a = 1: 2 Y Y'a - 2 Y x + c + multiplier = 0.
            system = np.ones((size + 1, size + 1))
            system[:size, :size] = 2 * anchors[face] @ anchors[face].T
            system[size, size] = 0.0
            right = np.append(2 * anchors[face] @ x - heights[face], 1.0)
            weights = np.linalg.lstsq(system, right, rcond=None)[0][:size]
            if np.all(weights >= -64 * EPS):
                rest = x - weights @ anchors[face]
                best = min(best, rest @ rest + weights @ heights[face])
    return best - x @ x / 2


@given(st.integers(0, 10**6))
def test_a_finite_run_on_a_quadratic_extends_to_a_loss_that_is_bounded_below(seed):
    """The construction of T6-R6 on random indefinite quadratics of norm at most 1: it meets the values and slopes
    of the run, and its least value over a cloud of points is not below min(f - |g|^2/2).
    """
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(3, 3))
    hessian = (root + root.T) / np.linalg.norm(root + root.T, 2)
    points = rng.normal(size=(4, 3))
    slopes, values = points @ hessian, np.einsum("ti,ij,tj->t", points, hessian, points) / 2
    lowest = np.min(values - np.sum(slopes**2, axis=1) / 2)
    scale = 4096 * EPS * (1 + np.sum(points**2))
    for point, slope, value in zip(points, slopes, values, strict=True):
        assert abs(extension(points, slopes, values, point) - value) <= scale
        for direction in np.eye(3):
            step = 1e-4
            ahead, behind = (extension(points, slopes, values, point + s * step * direction) for s in (1, -1))
            # the gradient is 1-Lipschitz, so the difference quotient is within step/2 of it
            assert abs((ahead - behind) / (2 * step) - slope @ direction) <= step / 2 + 2 * scale / step
    for x in 3 * rng.normal(size=(30, 3)):
        assert extension(points, slopes, values, x) >= lowest - scale


def test_the_gradient_of_the_fixed_order_example_exceeds_what_theorem_8_allows():
    """p_l - p_{l-1} = S_l gives p_k = S_k/(1 - w^-k) for k > 0 and, from p_{-1} = 0, the mean of p; by Parseval
    the squared gradient is 50 + (50 mean^2 + sum |p_k|^2/50). Theorem 8 allows at most 100 in the long run.
    """
    _, symbol = wave()
    frequencies = np.exp(-2j * np.pi * np.arange(1, PAIRS) / PAIRS)
    waves = symbol[1:] / (1 - frequencies)
    mean = -np.sum(waves * frequencies).real / PAIRS
    squared = PAIRS + PAIRS * mean**2 + np.sum(np.abs(waves) ** 2) / PAIRS
    direct = PAIRS + np.sum(np.cumsum([float(coupling(lag)) for lag in range(PAIRS)]) ** 2)
    assert squared == pytest.approx(direct, rel=256 * EPS)
    assert squared > 100
    epochs = 20
    assert 200 * (50 * epochs + squared / 2) / squared < 100 * epochs

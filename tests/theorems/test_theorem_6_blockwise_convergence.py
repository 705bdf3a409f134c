"""Theorem 6 without its quantizer: what blockwise gradient steps converge to, how fast, and what is stable."""

from math import ceil, log2, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, target
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from proofs.bounds import epoch_fall_coefficient, stationary_epochs
from reference.trajectories import blockwise_trajectory
from reference.updates import blockwise_epoch

EPS = np.finfo(float).eps

sizes = st.integers(1, 6)


@st.composite
def coupled_quadratics(draw, definite=False):
    """A symmetric integer matrix of any signature (or positive definite), with its spectral norm."""
    n = draw(sizes)
    root = draw(arrays(np.int64, (n, n), elements=st.integers(-3, 3))).astype(float)
    hessian = root @ root.T + np.eye(n) if definite else root + root.T
    norm = np.linalg.norm(hessian, 2)
    assume(norm > 0)
    return hessian, norm


@st.composite
def partitions(draw, n):
    """Blocks of a random partition of 0..n-1, in a random order of visits."""
    labels = draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))
    blocks = [[i for i in range(n) if labels[i] == b] for b in sorted(set(labels))]
    return blocks, draw(st.permutations(range(len(blocks))))


def spread(count):
    """p of T6-R1."""
    return min(sqrt(count - 1), ceil(log2(count)))


def promised_fall(slope, step, relative, count):
    return step * (1 - relative / 2) * (slope @ slope) / (1 + relative * spread(count)) ** 2


# Gradient steps, Lipschitz gradient: the repaired theorem


@given(coupled_quadratics(), st.floats(0.01, 1.99), st.data())
def test_an_epoch_lowers_a_quadratic_by_the_promised_amount(quadratic, relative, data):
    hessian, norm = quadratic
    n, step = len(hessian), relative / norm
    blocks, order = data.draw(partitions(n))
    theta = data.draw(arrays(np.int64, n, elements=st.integers(-9, 9))).astype(float)
    points = blockwise_epoch(theta, lambda t: hessian @ t, step, blocks, order)
    losses = np.einsum("ti,ij,tj->t", points, hessian, points) / 2
    promise = promised_fall(hessian @ theta, step, relative, len(blocks))
    rounding = 64 * n * EPS * norm * np.max(np.sum(points**2, axis=1))
    target(promise - (losses[0] - losses[-1]))
    assert losses[0] - losses[-1] >= promise - rounding
    assert np.all(np.diff(losses) <= rounding)


@given(st.floats(0.01, 10), st.floats(0.01, 1.99), st.integers(1, 300))
def test_the_coefficient_of_an_epoch_is_the_promised_one(smoothness, relative, count):
    slope = np.array([1.0])
    promise = promised_fall(slope, relative / smoothness, relative, count)
    assert epoch_fall_coefficient(smoothness, relative / smoothness, count) == pytest.approx(
        promise, rel=32 * EPS
    )


@given(coupled_quadratics(definite=True), st.floats(0.05, 1.9), st.floats(0.05, 2.0), st.integers(0, 10**6))
def test_a_stationary_point_begins_an_epoch_within_the_promised_number(quadratic, relative, tolerance, seed):
    hessian, norm = quadratic
    n, rng = len(hessian), np.random.default_rng(seed)
    theta = rng.normal(size=n)
    promised = stationary_epochs(theta @ hessian @ theta / 2, norm, relative / norm, n, tolerance)
    assume(promised <= 200)
    orders = [rng.permutation(n) for _ in range(promised)]
    points = blockwise_trajectory(
        theta, lambda t: hessian @ t, relative / norm, [[i] for i in range(n)], orders
    )
    lengths = np.linalg.norm(points[::n] @ hessian, axis=1)
    assert np.min(lengths[:promised]) <= tolerance * (1 + 64 * EPS)


@given(coupled_quadratics(), st.floats(0.01, 1.99), st.data())
def test_an_epoch_lowers_a_loss_whose_curvature_varies(quadratic, relative, data):
    """L = sum log cosh of linear forms: the Hessian changes along the epoch; Lc = |A|^2."""
    forms, norm = quadratic
    n, step = len(forms), relative / norm**2
    blocks, order = data.draw(partitions(n))
    theta = data.draw(arrays(np.int64, n, elements=st.integers(-3, 3))).astype(float) / 2

    def loss(t):
        values = np.abs(forms @ t)
        return np.sum(values + np.log1p(np.exp(-2 * values)))

    points = blockwise_epoch(theta, lambda t: forms.T @ np.tanh(forms @ t), step, blocks, order)
    slope = forms.T @ np.tanh(forms @ theta)
    promise = promised_fall(slope, step, relative, len(blocks))
    rounding = 64 * n * EPS * (1 + max(loss(t) for t in points))
    target(promise - (loss(theta) - loss(points[-1])))
    assert loss(theta) - loss(points[-1]) >= promise - rounding


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16, 33, 64, 100])
def test_the_constant_for_quadratics_by_another_route(count):
    """On a quadratic with B scalar blocks grad(start) = (I + eta T) G, T the lower triangle of H without its
    diagonal: the worst ratio is the spectral norm of I + eta T. It stays below 1 + a p for matrices chosen to
    make it large (Hilbert's, doubled to be symmetric), and for random ones.
    """
    lags = np.subtract.outer(np.arange(count), np.arange(count)).astype(float)
    hilbert = np.divide(1.0, lags, out=np.zeros_like(lags), where=lags != 0)
    doubled = np.kron(hilbert, [[0.0, 1.0], [-1.0, 0.0]])  # blocks of two coordinates
    symmetric = np.random.default_rng(count).normal(size=(count, count))
    for matrix, width in ((doubled, 2), (symmetric + symmetric.T, 1)):
        norm = np.linalg.norm(matrix, 2) or 1.0
        blocks = np.arange(len(matrix)) // width
        lower = np.where(np.greater.outer(blocks, blocks), matrix / norm, 0.0)
        ratio = np.linalg.norm(np.eye(len(matrix)) + lower, 2)
        assert ratio <= 1 + spread(count) + 64 * EPS * count
    if count == 100:  # growth with the number of blocks cannot be avoided
        lower = np.where(np.greater.outer(np.arange(200) // 2, np.arange(200) // 2), doubled, 0.0)
        assert np.linalg.norm(lower, 2) > 1.3 * np.linalg.norm(doubled, 2)


@given(st.floats(0.05, 0.99), st.lists(st.permutations(range(3)), min_size=60, max_size=60))
def test_a_polyak_lojasiewicz_loss_falls_at_the_promised_rate(relative, orders):
    """L = y^2/2 with y = (theta_1 + 2 theta_2 - theta_3): no unique minimiser, mu = Lc = 6."""
    form = np.array([1.0, 2.0, -1.0])
    points = blockwise_trajectory(
        [1.0, 1.0, 1.0], lambda t: form * (form @ t), relative / 6, [[0], [1], [2]], orders
    )
    losses = (points[::3] @ form) ** 2 / 2
    rate = 1 - 2 * relative * (1 - relative / 2) / (1 + relative * spread(3)) ** 2
    assert np.all(losses[1:] <= losses[:-1] * rate + 64 * EPS)


def test_a_convex_loss_without_minimiser_tends_to_its_infimum():
    """L = log(1 + exp(-(x + 2y))) has infimum 0 at infinity; its value falls like 1/epochs."""
    form = np.array([1.0, 2.0])

    def slope(t):
        return -form / (1 + np.exp(form @ t))

    points = blockwise_trajectory([-3.0, -2.0], slope, 0.8, [[0], [1]], [[0, 1], [1, 0]] * 1000)[::2]
    losses = np.log1p(np.exp(-(points @ form)))
    assert np.all(np.diff(losses) < 0)
    assert losses[2000] < 1 / 2000


# Gradient steps, continuous gradient only


@given(st.floats(1e-3, 1e3), st.floats(0.60, 0.68))
def test_square_root_gradients_cycle_whatever_the_step(step, start):
    points = blockwise_trajectory(
        [start * step**2], lambda x: np.where(x >= 0, 1, -2) * np.sqrt(np.abs(x)), step, [[0]], [[0]] * 300
    ).ravel()
    high, low = np.sort(points[-2:])[::-1] / step**2
    assert abs(high - 16 / 25) <= 16 * EPS
    assert abs(low + 4 / 25) <= 16 * EPS


@given(st.floats(0.01, 1.99), st.floats(-5, 5))
def test_a_quadratic_does_not_cycle_at_a_step_below_two(step, start):
    """The control: with a Lipschitz gradient the same check finds no cycle."""
    points = blockwise_trajectory([start], lambda x: x, step, [[0]], [[0]] * 400).ravel()
    assert abs(points[-1]) <= 5 * abs(1 - step) ** 400 * (1 + 800 * EPS) + EPS


# Stability


@given(coupled_quadratics(definite=True), st.floats(0.01, 2.0), st.data())
def test_strict_minimisers_are_stable_for_every_sequence_of_subsets(quadratic, relative, data):
    """L never rises, so |theta_t|^2 <= (largest/smallest curvature) |theta_0|^2 for any subsets."""
    hessian, norm = quadratic
    n = len(hessian)
    subsets = data.draw(st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=1, max_size=30))
    theta = np.ones(n)
    ratio = norm / np.linalg.eigvalsh(hessian)[0]
    for subset in subsets:
        theta = theta - relative / norm * np.where(subset, hessian @ theta, 0.0)
        assert theta @ theta <= n * ratio * (1 + 64 * n * EPS * len(subsets))


@given(coupled_quadratics(definite=True), st.floats(2.01, 4.0))
def test_beyond_two_over_the_curvature_the_top_direction_is_repelled(quadratic, relative):
    """The control: eta Lc > 2 on the same quadratics."""
    hessian, norm = quadratic
    top = np.linalg.eigh(hessian)[1][:, -1]
    moved = top - relative / norm * (hessian @ top)
    assert moved @ moved > top @ top


@given(st.floats(0.02, 0.9))
def test_an_inflection_attracts_from_one_side_and_repels_on_the_other(start):
    def slope(x):
        return x**2 * (x + 1) / (1 + x**2)

    above = blockwise_trajectory([start], slope, 0.5, [[0]], [[0]] * 300).ravel()
    below = blockwise_trajectory([-start], slope, 0.5, [[0]], [[0]] * 500).ravel()
    assert np.all(np.diff(above) < 0)
    assert above[-1] > 0
    assert above[-1] < 4 / 300  # x_{t+1} is about x_t - x_t^2/2, so x_t is about 2/t
    assert abs(below[-1] + 1) <= 8 * EPS

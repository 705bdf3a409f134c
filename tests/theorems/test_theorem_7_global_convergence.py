"""Theorem 7: descent, vanishing gradients and convergence, and what each of them really needs."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.trajectories import blockwise_trajectory, dense_trajectory, masked_trajectory
from reference.updates import dense_step

EPS = np.finfo(float).eps

starts = st.lists(st.floats(-4, 4), min_size=2, max_size=2).map(np.array)
steps = st.floats(0.05, 1.0)
fractions = st.lists(st.floats(0.05, 1.0), min_size=1, max_size=30)


def well_slope(p):
    """Slope of a double well in each coordinate: minima at -2 and 2, curvature -1 in the middle, 1 outside."""
    return np.where(np.abs(p) <= 1, -p, p - 2 * np.sign(p))


def well(p):
    return np.where(np.abs(p) <= 1, 1 - p**2 / 2, (np.abs(p) - 2) ** 2 / 2).sum(axis=-1)


def plateau_slope(p):
    return np.minimum(np.abs(p), p + 2)


def rounding(losses):
    return 64 * EPS * max(1.0, float(np.max(losses)))


@example(np.array([0.0, 1.0]), 1.0, [1.0])
@given(starts, steps, fractions)
def test_without_noise_every_dense_step_lowers_the_loss_by_what_the_descent_inequality_promises(
    start, eta, chosen
):
    run = dense_trajectory(start, well_slope, eta, chosen)
    losses, squares = well(run), (well_slope(run) ** 2).sum(axis=1)
    promised = eta * np.array(chosen) * (1 - eta * np.array(chosen) / 2) * squares[:-1]
    assert np.all(losses[:-1] - losses[1:] >= promised - rounding(losses))


@given(starts, steps, st.lists(st.lists(st.booleans(), min_size=2, max_size=2), min_size=1, max_size=30))
def test_without_noise_every_masked_step_lowers_the_loss(start, eta, masks):
    losses = well(masked_trajectory(start, well_slope, eta, masks))
    assert np.all(np.diff(losses) <= rounding(losses))


@given(starts, steps, st.lists(st.permutations(range(2)), min_size=1, max_size=15))
def test_without_noise_every_block_lowers_the_loss(start, eta, orders):
    losses = well(blockwise_trajectory(start, well_slope, eta, [[0], [1]], orders))
    assert np.all(np.diff(losses) <= rounding(losses))


@given(st.lists(st.integers(-32, 32), min_size=2, max_size=2), steps)
def test_without_noise_the_run_converges_to_one_of_the_isolated_stationary_points(eighths, eta):
    """From 1/8 or more the ridge is left within ln 8 / ln 1.05 < 43 steps; then the error shrinks by 1 - eta,
    until a step is below the rounding of a parameter near 2."""
    run = dense_trajectory(np.array(eighths) / 8, well_slope, eta, [1.0] * 1000)
    assert np.linalg.norm(well_slope(run[-1])) <= 4 * (1 - eta) ** 900 + 8 * EPS / eta
    assert np.all(np.min(np.abs(run[-1][:, np.newaxis] - [-2.0, 0.0, 2.0]), axis=1) <= 8 * EPS / eta)


@given(st.floats(1e-3, 100), steps, fractions)
def test_every_positive_start_runs_into_the_plateau_and_stays_above_it(start, eta, chosen):
    run = dense_trajectory([start], plateau_slope, eta, chosen).ravel()
    assert np.all(run >= 0)
    assert np.all(np.diff(run) <= 0)
    expected = start * np.prod(1 - eta * np.array(chosen))
    assert abs(run[-1] - expected) <= 4 * len(chosen) * EPS * start


@given(st.floats(2.0**-20, 1), steps)
def test_left_of_the_plateau_the_loss_falls_to_the_minimum(distance, eta):
    """The distance from the plateau grows by 1 + eta per step up to 1, then that from -2 shrinks by 1 - eta."""
    leaving = math.ceil(20 * math.log(2) / math.log1p(eta))
    run = dense_trajectory([-distance], plateau_slope, eta, [1.0] * (leaving + 800)).ravel()
    assert abs(run[-1] + 2) <= (1 - eta) ** 790 + 8 * EPS / eta


def spiral_slope(p):
    """exp(-u)(5/4 - sin(phi - u)), u = 1/(r - 1), by mpmath: no formula shared with the evidence."""
    with mpmath.workdps(60):
        x, y = mpmath.mpf(float(p[0])), mpmath.mpf(float(p[1]))

        def loss(a, b):
            u = 1 / (mpmath.hypot(a, b) - 1)
            return mpmath.exp(-u) * (mpmath.mpf(5) / 4 - mpmath.sin(mpmath.atan2(b, a) - u))

        h = mpmath.mpf(10) ** -20  # central differences at 60 digits: error about 1e-38
        return np.array(
            [
                float((loss(x + h, y) - loss(x - h, y)) / (2 * h)),
                float((loss(x, y + h) - loss(x, y - h)) / (2 * h)),
            ]
        )


def phase(points):
    u = 1 / (np.hypot(*points.T) - 1)
    angle = np.unwrap(np.arctan2(points[:, 1], points[:, 0]))
    return u, (angle - u) - 2 * math.pi * round((angle[0] - u[0]) / (2 * math.pi))


def test_on_the_spiral_loss_the_phase_stays_in_its_valley_while_the_angle_grows():
    """Near enough to see it move (u about 6): 300 steps with a derivative from differences."""
    u, psi = 6.0, 1.2
    start = (1 + 1 / u) * np.array([math.cos(u + psi), math.sin(u + psi)])
    run = dense_trajectory(start, spiral_slope, 0.5, [1.0] * 300)
    _, phases = phase(run)
    angle = np.unwrap(np.arctan2(run[:, 1], run[:, 0]))
    assert np.all((phases >= math.pi / 4) & (phases <= math.pi / 2))
    assert np.all(np.diff(angle) > 0)
    # the valley floor: cos psi + sin psi = 5/4 up to second-order terms, of relative size u^-4
    assert abs(math.cos(phases[-1]) + math.sin(phases[-1]) - 1.25) < u**-3


def test_noise_at_a_minimiser_raises_the_loss_whatever_its_size():
    for scale in (1e-150, 1e-9, 1.0):
        moved = dense_step([0.0], [0.0], 0.5, 1.0, [scale])
        assert moved[0] ** 2 / 2 > 0


def test_slow_noise_returns_to_gradient_one_infinitely_often():
    """P(|xi_t| >= 1) for variance 1/ln t, by 50-digit error functions: the sum outgrows ln of its length."""
    with mpmath.workdps(50):
        chance = {10**k: mpmath.erfc(mpmath.sqrt(mpmath.log(10**k) / 2)) for k in range(1, 9)}
    # each decade t in [10^k, 10^(k+1)) adds at least 9 * 10^k times the least chance in it
    added = [9 * 10**k * chance[10 ** (k + 1)] for k in range(1, 8)]
    assert all(later > earlier > 1 for earlier, later in itertools.pairwise(added))


@given(st.floats(0.1, 1.0), st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40))
def test_the_expected_loss_with_noise_follows_its_exact_recursion(step, scales):
    """theta^2/2: two-point noise +-eps has the same second moment, so all sign patterns give the exact mean."""
    mean = 0.5
    for scale in scales:
        both = [
            dense_step([math.sqrt(2 * mean)], [math.sqrt(2 * mean)], step, 1.0, [s * scale])[0]
            for s in (1, -1)
        ]
        after = (both[0] ** 2 + both[1] ** 2) / 4
        square = 2 * mean
        assert after == pytest.approx(
            mean - step * (1 - step / 2) * square + scale**2 / 2, rel=64 * EPS, abs=EPS
        )
        mean = max(after, 1e-12)


@given(st.floats(0.05, 1.0), st.floats(0.05, 1.9), starts)
def test_gradient_domination_bounds_the_length_of_the_path(least, step, start):
    """Parabola with curvatures least and 1, which satisfies |grad|^2 >= 2 least L."""
    curvature = np.array([least, 1.0])
    run = dense_trajectory(start, lambda p: curvature * p, step, [1.0] * 400)
    length = np.linalg.norm(np.diff(run, axis=0), axis=1).sum()
    gap = (curvature * start**2).sum() / 2
    assert length <= 2 * math.sqrt(2 * gap / least) / (2 - step) * (1 + 400 * EPS) + EPS


def test_a_flat_bottom_keeps_what_the_noise_adds():
    """dist(x, [-1, 1])^2/2 with h = 1: inside, the run is the sum of its noise."""
    noises = [np.array([v]) for v in (0.25, 0.5, -0.75, 0.125)]
    run = dense_trajectory([0.0], lambda p: p - np.clip(p, -1, 1), 1.0, [1.0] * 4, noises).ravel()
    assert run.tolist() == [0.0, 0.25, 0.75, 0.0, 0.125]

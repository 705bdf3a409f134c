"""Theorem 8: how many steps until the gradient is small, for each version of the update."""

from fractions import Fraction
from itertools import combinations, pairwise, product

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, target
from hypothesis import strategies as st

from proofs.bounds import (
    hitting_time_paper,
    hitting_time_sharp,
    stationarity_bound_paper,
    stationarity_bound_sharp,
)
from reference.acceptance import acceptance_probability
from reference.masks import mask_of
from reference.trajectories import blockwise_trajectory, dense_trajectory, masked_trajectory

EPS = np.finfo(float).eps


class PiecewiseLinearSlope:
    """A function of one variable with a 1-Lipschitz slope: linear between knots a unit apart, slope 1 outside.

    On the outer pieces the slope rises with slope 1 to both sides, so the function is coercive.
    """

    def __init__(self, slopes):
        self.slopes = [Fraction(s) for s in slopes]  # at the knots 0, 1, 2, ...

    def slope(self, x):
        last = len(self.slopes) - 1
        if x <= 0:
            return self.slopes[0] + x
        if x >= last:
            return self.slopes[-1] + (x - last)
        k = int(x)
        return self.slopes[k] + (x - k) * (self.slopes[k + 1] - self.slopes[k])

    def value(self, x):
        """Integral of the slope from 0 to x, exact."""
        whole, sign = Fraction(0), 1 if x >= 0 else -1
        corners = sorted(
            {Fraction(0), x, *(Fraction(k) for k in range(len(self.slopes)) if 0 < k * sign < x * sign)}
        )
        for left, right in pairwise(corners):
            whole += (right - left) * (self.slope(left) + self.slope(right)) / 2
        return sign * whole

    def infimum(self):
        """Least value over the stationary points: on each piece the slope has at most one zero."""
        last = len(self.slopes) - 1
        places = [Fraction(k) for k in range(last + 1)]
        places += [-self.slopes[0]] if self.slopes[0] > 0 else []
        places += [last - self.slopes[-1]] if self.slopes[-1] < 0 else []
        for k in range(last):
            s, t = self.slopes[k], self.slopes[k + 1]
            if s * t < 0:
                places.append(k + s / (s - t))
        return min(self.value(x) for x in places)


@st.composite
def functions_of_one_variable(draw):
    start = draw(st.integers(-24, 24))
    changes = draw(st.lists(st.integers(-8, 8), min_size=1, max_size=10))
    return PiecewiseLinearSlope([Fraction(int(v), 8) for v in np.cumsum([start, *changes])])


@example(PiecewiseLinearSlope([Fraction(1)] * 4), Fraction(3), Fraction(1), 3)
@given(
    functions_of_one_variable(),
    st.integers(-16, 100).map(lambda n: Fraction(n, 8)),
    st.integers(1, 15).map(lambda n: Fraction(n, 8)),
    st.integers(0, 8),
)
def test_no_function_of_one_variable_beats_the_sharp_bound(function, start, step, steps):
    path, x = [start], start
    for _ in range(steps):
        x = x - step * function.slope(x)
        path.append(x)
    gap = function.value(start) - function.infimum()
    least = min(function.slope(point) ** 2 for point in path)
    bound = stationarity_bound_sharp(float(gap), 1, float(step), steps)
    target(float(least) / (bound + EPS), label="share of the bound that is reached")
    assert float(least) <= bound * (1 + 16 * EPS)
    run = dense_trajectory(
        [float(start)],
        lambda p: np.array([float(function.slope(Fraction(p[0])))]),
        float(step),
        [1.0] * steps,
    )
    scale = max(1.0, *(abs(float(point)) for point in path))
    # one rounding per step, amplified by at most |1 - h s| <= 3 per step
    assert np.all(
        np.abs(run.ravel() - [float(p) for p in path]) <= 8 * EPS * scale * 3.0 ** np.arange(steps + 1)
    )


@pytest.mark.parametrize("step", [Fraction(1, 4), Fraction(1, 2), Fraction(1)])
@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_the_function_with_dips_reaches_the_bound(step, steps):
    """Known answer: nodes a step apart, slope 1 at each, dips of depth step/2 between them."""
    nodes = [-t * step for t in range(steps + 1)]

    def slope(x):
        return 1 - min(max(Fraction(0), -x), *(abs(x - node) for node in nodes))

    gap = steps * (step - step**2 / 4) + Fraction(1, 2)
    run = dense_trajectory(
        [0.0], lambda p: np.array([float(slope(Fraction(p[0])))]), float(step), [1.0] * steps
    ).ravel()
    assert [slope(Fraction(x)) for x in run] == [1] * (steps + 1)
    assert stationarity_bound_sharp(float(gap), 1, float(step), steps) == pytest.approx(1, rel=4 * EPS)
    assert hitting_time_sharp(gap, 1, step, 1) == steps
    assert hitting_time_sharp(gap, 1, step, Fraction(999, 1000)) == steps + 1


def test_a_second_derivation_for_one_step_by_minimising_the_gap_over_two_gradients():
    """N = 1, h <= 1/L: two collinear unit gradients can be joined by a slope that dips or not; the least drop
    is found numerically over the shape of the slope (a polygon), without the pair inequality."""
    step, pieces = mpmath.mpf("0.7"), 400
    width = step / pieces
    # the slope must start and end at 1 and change by at most the distance: take the lowest admissible polygon
    lowest = [1 - min(k, pieces - k) * width for k in range(pieces + 1)]
    drop = sum((lowest[k] + lowest[k + 1]) / 2 * width for k in range(pieces))
    gap = drop + mpmath.mpf(1) / 2
    assert abs(1 - stationarity_bound_sharp(float(gap), 1, 0.7, 1)) < 8 * EPS


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=4), st.floats(0.05, 1.0), st.integers(1, 12))
def test_the_telescoped_sum_holds_on_parabolas_with_varying_fractions(curvatures, f_min, steps):
    curvature = np.array(curvatures)
    fractions = np.linspace(f_min, 1.0, steps)
    run = dense_trajectory(np.ones(curvature.size), lambda p: curvature * p, 1.0, fractions)
    squares = ((run[:-1] * curvature) ** 2).sum()
    gap = curvature.sum() / 2
    assert squares <= 2 * gap / f_min * (1 + 8 * steps * EPS)


@pytest.mark.parametrize(("n", "k", "steps"), [(2, 1, 4), (3, 1, 3), (3, 2, 3)])
def test_random_masks_obey_the_bound_in_expectation(n, k, steps):
    """All mask sequences, by enumeration, on a double well in each coordinate."""

    def slope(p):
        return np.where(np.abs(p) <= 1, -p, p - 2 * np.sign(p))

    def loss(p):
        return np.where(np.abs(p) <= 1, 1 - p**2 / 2, (np.abs(p) - 2) ** 2 / 2).sum()

    start = np.array([0.25, 3.0, -0.5])[:n]
    masks = [mask_of(subset, n) for subset in combinations(range(n), k)]
    least, total, runs = 0.0, 0.0, 0
    for chosen in product(masks, repeat=steps):
        run = masked_trajectory(start, slope, 0.5, chosen)
        squares = (slope(run) ** 2).sum(axis=1)
        least, total, runs = least + squares.min(), total + squares[:-1].sum(), runs + 1
    factor = 0.5 * k / n * (1 - 0.5 / 2)
    assert total / runs <= loss(start) / factor
    assert least / runs <= 2 * loss(start) / (1 + 2 * steps * factor)


def test_a_mask_sequence_of_positive_probability_exceeds_the_number_of_theorem_8():
    steps = hitting_time_paper(Fraction(1, 2), 1, Fraction(1, 2), Fraction(1, 2)) + 1
    run = masked_trajectory([1.0, 0.0], lambda p: p, 1.0, [[False, True]] * steps)
    assert np.all(np.hypot(*run.T) > 0.5)


@given(
    st.permutations(range(3)), st.permutations(range(3)), st.lists(st.integers(-8, 8), min_size=3, max_size=3)
)
def test_blocks_in_any_order_keep_within_the_number_on_a_coupled_parabola(first, second, start):
    """Curvature matrix 1 1^T / 3 + I / 3 (largest eigenvalue 4/3); step 3/4 = 1/L."""
    hessian = (np.ones((3, 3)) + np.eye(3)) / 3
    theta = np.array(start, float)
    run = blockwise_trajectory(theta, lambda p: hessian @ p, 0.75, [[0], [1], [2]], [first, second])
    gap = theta @ hessian @ theta / 2
    squares = ((run @ hessian) ** 2).sum(axis=1)
    steps = len(run) - 1
    assert squares.min() <= stationarity_bound_paper(gap, 4 / 3, 0.25, steps) * (1 + 64 * EPS) + EPS


@given(st.floats(0.1, 1.0), st.lists(st.floats(0, 2), min_size=1, max_size=8))
def test_noise_adds_no_more_than_its_energy_on_the_parabola(step, scales):
    """theta^2/2 in closed form: E theta' ^2 = (1-h)^2 E theta^2 + eps^2, from theta_0 = 1."""
    second, total = 1.0, 0.0
    for scale in scales:
        total += step * second / 2
        second = (1 - step) ** 2 * second + scale**2
    energy = sum(scale**2 for scale in scales) / 2
    assert total <= (0.5 + energy) * (1 + 16 * len(scales) * EPS)


def test_the_sigmoid_test_doubles_the_time_at_most_and_nearly_does():
    """theta^2/2 from 1 with h = 1: accepted with probability A, one accepted step is enough."""
    for temperature in (0.01, 1.0, 1e6):
        accept = acceptance_probability(-0.5, temperature)
        assert 1 / accept <= 2
    assert 1 / acceptance_probability(-0.5, 1e6) > 2 - 1e-6

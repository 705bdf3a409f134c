"""Theorem 3: the fraction follows the loss; what settles, and what does not.

The second derivations here share no code with the evidence: 50-digit evaluation of Eq. 15 on whole loss curves, a
search over loss curves for larger fractions, and simulations with exact rational or high-precision arithmetic.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise, product

import mpmath
import numpy as np
import pytest
from hypothesis import example, given, target
from hypothesis import strategies as st

from proofs.bounds import fraction_excess, fraction_range, freezing_ratio
from reference.fraction import fraction_trace, starting_fraction, update_count, update_fraction
from reference.masks import mask_of
from reference.trajectories import blockwise_trajectory, dense_trajectory, masked_trajectory

EPS = float(np.finfo(float).eps)
shares = st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)).map(sorted)
curves = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12)


def fraction_in_fifty_digits(losses: list[float], f_min: float, f_max: float) -> mpmath.mpf:
    """Last fraction of a loss curve with at least one change, by the definition."""
    with mpmath.workdps(50):
        changes = [abs(mpmath.mpf(b) - mpmath.mpf(a)) for a, b in pairwise(losses)]
        ratio = changes[-1] / max(changes)
        return mpmath.mpf(f_min) + (mpmath.mpf(f_max) - mpmath.mpf(f_min)) * (1 - mpmath.exp(-ratio))


@given(curves, shares)
@example([0.0, 1.0], [0.01, 0.5])
@example([0.0, 1.0, 1.0], [0.01, 0.5])
def test_no_loss_curve_takes_the_fraction_out_of_its_range(losses: list[float], pair: list[float]) -> None:
    low, high = fraction_range(*pair)
    trace = fraction_trace(losses, *pair)
    target(float(trace.max() - high), label="violation")
    assert low <= trace.min()
    assert trace.max() <= high + EPS


@given(st.floats(0.0, 1.0), shares)
def test_every_value_of_the_range_is_taken(position: float, pair: list[float]) -> None:
    low, high = fraction_range(*pair)
    wanted = low + position * (high - low)
    width = pair[1] - pair[0]
    ratio = 0.0 if width == 0 else min(1.0, -math.log1p(-min((wanted - low) / width, 1 - math.exp(-1))))
    reached = fraction_trace([0.0, 1.0, 1.0 + ratio], *pair)[-1]
    # The loss 1 + r stores the ratio r with an error of eps/2, and log1p and expm1 add a few more.
    assert abs(reached - wanted) <= 8 * EPS


@given(curves, shares)
def test_the_trace_agrees_with_fifty_digits(losses: list[float], pair: list[float]) -> None:
    steps = np.abs(np.diff(losses))
    if not np.any(steps > 0):
        return
    exact = fraction_in_fifty_digits(losses, *pair)
    largest = max(abs(loss) for loss in losses)
    # A float difference has the absolute error eps max|L|; divided by the largest change it is one of the ratio.
    error = 4 * EPS * (1 + largest / steps.max())
    assert abs(fraction_trace(losses, *pair)[-1] - float(exact)) <= error


def test_the_papers_pair_ends_a_third_below_its_maximum() -> None:
    with mpmath.workdps(50):
        exact = mpmath.mpf("0.01") + mpmath.mpf("0.49") * (1 - mpmath.exp(-1))
    assert abs(fraction_range(0.01, 0.5)[1] - float(exact)) <= EPS
    assert fraction_range(0.01, 0.5)[1] < 0.32


@given(st.floats(0.0, 1.0), shares)
def test_the_excess_is_proportional_to_the_loss_change(ratio: float, pair: list[float]) -> None:
    lower, upper = fraction_excess(ratio, *pair)
    excess = update_fraction(ratio, 1.0, *pair) - pair[0]
    assert lower - 2 * EPS <= excess <= upper + 2 * EPS


def test_neither_constant_of_the_excess_can_be_improved() -> None:
    with mpmath.workdps(50):
        shape = lambda r: (1 - mpmath.exp(-r)) / r  # noqa: E731
        values = [shape(mpmath.mpf(k) / 1000) for k in range(1, 1001)]
        assert all(a > b for a, b in pairwise(values))
        assert abs(values[-1] - (1 - mpmath.exp(-1))) < mpmath.mpf(10) ** -48
        assert abs(shape(mpmath.mpf(10) ** -20) - 1) < mpmath.mpf(10) ** -19


@given(st.integers(1, 150))
@example(3)
@example(4)
@example(99)
@example(100)
def test_rounding_leaves_nothing_to_update_exactly_below_the_freezing_ratio(size: int) -> None:
    ratio = freezing_ratio(0.01, 0.5, size)
    margin = 2.0**-30  # our choice: far above the rounding errors of ratio and fraction
    for factor, moves in ((1 - margin, False), (1 + margin, True)):
        tried = ratio * factor
        if 0 < tried <= 1:
            assert (update_count(update_fraction(tried, 1.0, 0.01, 0.5), size) >= 1) is moves
    if size < 100:
        assert update_count(update_fraction(0.0, 1.0, 0.01, 0.5), size) == 0
    if ratio > 1:
        assert update_count(starting_fraction(0.01, 0.5), size) == 0


@given(
    st.integers(1, 4),
    st.floats(0.05, 1.9),
    st.lists(st.floats(0.01, 1.0), min_size=30, max_size=30),
    st.lists(st.floats(0.1, 1.0), min_size=4, max_size=4),
)
def test_short_steps_never_ascend_and_sum_their_gradients(
    size: int, bound: float, fractions: list[float], start: list[float]
) -> None:
    """On a quadratic with curvatures up to 1: eta f <= b for f <= 1, least fraction of the run as f_min."""
    curvature = np.linspace(1.0, 0.5, size)
    points = dense_trajectory(start[:size], lambda p: curvature * p, bound, fractions)
    losses = 0.5 * (points**2) @ curvature
    squares = ((curvature * points) ** 2).sum(axis=1)
    allowed = losses[0] / (bound * min(fractions) * (1 - bound / 2))
    assert np.all(np.diff(losses) <= 4 * EPS * losses[:-1])
    assert squares[:-1].sum() <= allowed * (1 + 64 * EPS)


@given(st.fractions(Fraction(1, 10), Fraction(19, 10)))
def test_a_quadratic_attains_the_sum_of_squared_gradients(ratio: Fraction) -> None:
    theta, total = Fraction(1), Fraction(0)
    for _ in range(12):
        total += theta**2
        theta -= ratio * theta
    # Exact partial sum: the bound less what the rest of the run still contributes.
    assert total == (1 - theta**2) / (2 * ratio * (1 - ratio / 2))


@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=40),
    st.floats(0.05, 1.95),
    st.lists(st.floats(-4.0, 4.0), min_size=3, max_size=3),
)
def test_masked_steps_descend_whatever_the_masks(choices: list[int], rate: float, start: list[float]) -> None:
    points = masked_trajectory(start, lambda p: p, rate, [mask_of([i], 3) for i in choices])
    losses = 0.5 * (points**2).sum(axis=1)
    assert np.all(np.diff(losses) <= 4 * EPS * losses[:-1])


@pytest.mark.parametrize("start", [0.9961, 0.9985, 1.0, 1.0017, 1.0039])
def test_the_polynomial_cycles_for_ever_with_its_own_fraction(start: float) -> None:
    """Second derivation in 60-digit arithmetic of the attracting cycle with the fraction fed back."""
    with mpmath.workdps(60):
        low, width = mpmath.mpf("0.01"), mpmath.mpf("0.49")
        coefficients = [mpmath.mpf(c) for c in ("0", "15", "1.75", "-10", "-0.625", "3")] + [
            mpmath.mpf(1) / 6
        ]
        value = lambda x: sum(c * x**k for k, c in enumerate(coefficients))  # noqa: E731
        slope = lambda x: sum(k * c * x ** (k - 1) for k, c in enumerate(coefficients) if k)  # noqa: E731
        top = low + width * (1 - mpmath.exp(-1))
        theta, fraction, largest = mpmath.mpf(start), top, mpmath.mpf(0)
        for t in range(400):
            before = value(theta)
            theta -= fraction / top * slope(theta)
            change = abs(value(theta) - before)
            largest = max(largest, change)
            fraction = low + width * (1 - mpmath.exp(-change / largest))
            assert abs(theta - (-1) ** (t + 1)) <= mpmath.mpf("0.004")
            assert change > mpmath.mpf("15.9")
            assert fraction > mpmath.mpf("0.319")


@given(st.floats(0.8, 1.0))
def test_a_falling_loss_with_falling_fraction_need_not_settle(excess: float) -> None:
    loss = lambda x: x * x if abs(x) <= 1 else 0.75 * x * x + 0.5 * abs(x) - 0.25  # noqa: E731
    slope = lambda x: 2 * x if abs(x) <= 1 else 1.5 * x + 0.5 * math.copysign(1, x)  # noqa: E731
    theta, fraction, losses = 1 + excess, starting_fraction(0.49, 0.5), [loss(1 + excess)]
    for _ in range(40):
        following = float(dense_trajectory([theta], lambda p: [slope(p[0])], 100 / 49, [fraction])[-1, 0])
        losses.append(loss(following))
        assert abs(following - theta) > 2
        theta = following
        changes = np.abs(np.diff(losses))
        fraction = update_fraction(changes[-1], changes.max(), 0.49, 0.5)
    assert np.all(np.diff(losses) < 0)
    assert losses[-1] > 1
    # u falls by a quarter or more per step, and the fraction is at most (f_max - f_min) 4 u / (first change >= 1) up.
    assert fraction - 0.49 <= 0.01 * 4 * 0.75**38 + 4 * EPS


@given(st.floats(1e-3, 1.0), st.lists(st.floats(0.001, 1.0), min_size=1, max_size=60))
def test_no_sequence_of_fractions_carries_the_run_past_the_inflection(
    start: float, fractions: list[float]
) -> None:
    points = dense_trajectory([start], lambda p: p**3 + p**2, 0.25, fractions)[:, 0]
    assert np.all(points > 0)
    assert np.all(np.diff(points) < 0)


@given(st.floats(1.001, 2.0))
def test_negative_control_beyond_the_interval_the_inflection_can_be_passed(rate: float) -> None:
    points = dense_trajectory([1.0], lambda p: p**3 + p**2, rate, [1.0])[:, 0]
    assert points[-1] < 0


def test_blocks_swing_for_ever_at_twice_the_inverse_curvature() -> None:
    points = blockwise_trajectory([1.0, -3.0], lambda p: p, 2.0, [[0], [1]], [[0, 1], [1, 0]] * 10)
    assert np.all(np.abs(points) == [1.0, 3.0])
    assert np.all(np.abs(np.diff(points, axis=0)).sum(axis=1) >= 2.0)


@pytest.mark.parametrize("choices", list(product(range(4), repeat=2)))
def test_four_parameters_freeze_after_the_second_visit(choices: tuple[int, int]) -> None:
    theta, losses = np.ones(4), [2.0]
    for i in choices:
        theta = masked_trajectory(theta, lambda p: p, 0.5, [mask_of([i], 4)])[-1]
        losses.append(float(theta @ theta) / 2)
    count = update_count(fraction_trace(losses, 0.01, 0.5)[-1], 4)
    assert count == (0 if choices[0] == choices[1] else 1)
    if count == 0:
        # No parameter moves, so the loss repeats; the fraction is then f_min and selects none again.
        assert update_count(fraction_trace([*losses, losses[-1]], 0.01, 0.5)[-1], 4) == 0


def test_data_blocks_that_differ_by_a_constant_hold_the_fraction_up() -> None:
    points = dense_trajectory([3.0], lambda p: p, 0.5, [1.0] * 50)[:, 0]
    changes = np.abs((points**2 / 2 + 1) - points**2 / 2)
    fractions = [update_fraction(c, 1.0, 0.01, 0.5) for c in np.minimum(changes, 1.0)]
    # The loss 3^2/2 + 1 stores the difference 1 with the error 8 eps.
    assert max(abs(f - fraction_range(0.01, 0.5)[1]) for f in fractions) <= 16 * EPS


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (lambda: fraction_range(0.5, 0.01), "f_min"),
        (lambda: fraction_range(0.0, 1.5), "f_max"),
        (lambda: fraction_range(0.0, 0.5, -1.0), "sensitivity"),
        (lambda: freezing_ratio(0.01, 0.5, 0), "size"),
        (lambda: fraction_excess(1.5, 0.01, 0.5), "ratio"),
    ],
)
def test_bad_arguments_are_named(arguments: object, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        arguments()  # type: ignore[operator]

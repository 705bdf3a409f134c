"""Theorem 4: expected time until the loss is within eps of its infimum, under a drift.

Second derivation: the largest expected time over all loss processes on a grid of losses is a fixed point,
V(x) = 1 + (largest mean of V over laws with the required mean), and the largest mean is the value of the upper concave
envelope. Iterating it shares nothing with the potentials of the proofs.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proofs.bounds import (
    expected_time_bounded_decrease,
    expected_time_geometric,
    expected_time_paper,
    expected_time_sharp,
)
from reference.masks import mask_of
from reference.updates import dense_step, masked_step

EPS = float(np.finfo(float).eps)
# Our choice: the change of an iterate at which the fixed point counts as found.
SETTLED = 1e-12
# What that leaves: the iterations contract by 1/100 or more per round, and the times stay below ten.
ITERATED = 1e-9
# ln(gap/eps) up to 14 over a rate of at least 1/1000 loses a few thousand units in the last place.
ROUNDED = 2.0**14 * EPS


def envelope_at(values: np.ndarray, low: int, mean: float) -> float:
    """Largest mean of `values` over laws on the grid points low, low + 1, ... with the given mean of the point."""
    points = np.arange(low, values.size)
    heights = values[low:]
    left, right = points <= mean, points >= mean
    best = -math.inf
    for i in points[left]:
        for j in points[right]:
            share = 0.0 if i == j else (mean - i) / (j - i)
            best = max(best, (1 - share) * heights[i - low] + share * heights[j - low])
    return best


def longest_expected_time(
    size: int, inside: int, next_mean, largest_decrease: int | None = None
) -> np.ndarray:
    """V on the losses 0..size-1 by iteration; losses up to `inside` are the target."""
    values = np.zeros(size)
    for _ in range(4000):
        updated = np.zeros(size)
        for x in range(inside + 1, size):
            low = 0 if largest_decrease is None else max(0, x - largest_decrease)
            updated[x] = 1 + envelope_at(values, low, next_mean(x))
        if np.max(np.abs(updated - values)) <= SETTLED:
            return updated
        values = updated
    raise AssertionError("no fixed point within 4000 iterations")


@pytest.mark.parametrize(("inside", "drift"), [(1, 1.0), (4, 1.5), (6, 2.5)])
def test_additive_drift_gives_gap_over_drift_whatever_the_tolerance(inside: int, drift: float) -> None:
    size = 9
    values = longest_expected_time(size, inside, lambda x: x - drift)
    for x in range(inside + 1, size):
        assert values[x] == pytest.approx(expected_time_sharp(x, inside, drift), rel=ITERATED)


@pytest.mark.parametrize(("inside", "drift", "most"), [(3, 1.0, 2), (4, 0.5, 2), (4, 1.0, 3)])
def test_bounded_decreases_never_exceed_their_bound_and_nearly_reach_it(
    inside: int, drift: float, most: int
) -> None:
    """The grid has no loss nearer to the target than inside + 1, so the example loses (1 step of the grid)/drift."""
    size = 12
    values = longest_expected_time(size, inside, lambda x: x - drift, most)
    for x in range(inside + 1, size):
        assert values[x] <= expected_time_bounded_decrease(x, inside, drift, most) * (1 + ITERATED)
    lattice = [x for x in range(inside + 1, size) if (x - inside - 1) % most == 0]
    for x in lattice:
        assert (
            values[x] >= expected_time_bounded_decrease(x, inside + 1, drift, most) * (1 - ITERATED)
            or x == inside + 1
        )
    assert values[inside + 1] == pytest.approx(most / drift, rel=ITERATED)


@pytest.mark.parametrize(("rate", "scale", "joints"), [(0.25, 9, 3), (0.5, 4, 3), (0.75, 4, 2)])
def test_geometric_drift_is_piecewise_linear_in_the_gap(rate: float, scale: int, joints: int) -> None:
    """With the first loss outside the target at `scale`, the fixed point is the bound for gap/eps = x/scale.

    At the joints scale (1 - rate)^-k of the bound, which are grid points for small k, the two are equal.
    """
    size, met = 17, 0
    values = longest_expected_time(size, scale - 1, lambda x: (1 - rate) * x)
    for x in range(scale, size):
        ratio = x / scale
        limit = 1 / rate if x == scale else expected_time_geometric(ratio, 1.0, rate)
        # Between grid points the envelope of the grid lies below the envelope of the line, never above.
        assert values[x] <= limit * (1 + ITERATED)
        pieces = round(-math.log(ratio) / math.log(1 - rate))
        if x * (1 - rate) ** pieces == scale:
            met += 1
            assert values[x] == pytest.approx(limit, rel=ITERATED)
    assert met == joints


@given(st.floats(1.0, 1e6, exclude_min=True), st.floats(1e-3, 1.0))
@example(8.0, 0.5)
@example(1.0 + 2.0**-52, 1.0)
def test_the_geometric_bound_is_below_the_logarithmic_one(ratio: float, rate: float) -> None:
    simple = (1 + math.log(ratio)) / rate
    assert expected_time_geometric(ratio, 1.0, rate) * (1 + 64 * EPS) >= 1
    assert expected_time_geometric(ratio, 1.0, rate) <= simple * (1 + ROUNDED)


@given(st.floats(1.0, 1e3, exclude_min=True), st.floats(1e-2, 0.99))
def test_the_geometric_bound_grows_by_one_per_factor(ratio: float, rate: float) -> None:
    longer = expected_time_geometric(ratio / (1 - rate), 1.0, rate)
    assert longer == pytest.approx(expected_time_geometric(ratio, 1.0, rate) + 1, rel=ROUNDED)


@given(
    st.fractions(Fraction(1, 50), Fraction(1)),
    st.fractions(Fraction(1, 50), Fraction(49, 50)),
    st.fractions(Fraction(1, 50), Fraction(1)),
)
@example(Fraction(1), Fraction(1, 2), Fraction(1))
@example(Fraction(1, 2), Fraction(1, 2), Fraction(1, 2))
def test_the_stated_bound_holds_exactly_below_its_tolerance(
    mu: Fraction, eps: Fraction, share: Fraction
) -> None:
    stated = (1 - eps) / (mu * share)
    assert (stated >= 1 / mu) == (eps <= 1 - share)
    assert expected_time_paper(1, float(eps), float(mu), float(share)) == pytest.approx(
        float(stated), rel=8 * EPS
    )


@pytest.mark.parametrize(("size", "selected"), [(2, 1), (5, 1), (5, 2), (7, 3)])
def test_masks_attain_gap_over_drift(size: int, selected: int) -> None:
    """All subsets of one step, exactly: the loss G theta_1^2 falls to 0 or stays, so the time is geometric."""
    height, theta = 3.0, [1.0] + [0.0] * (size - 1)
    losses = []
    for subset in itertools.combinations(range(size), selected):
        point = masked_step(theta, [2 * height] + [0.0] * (size - 1), 1 / (2 * height), mask_of(subset, size))
        losses.append(height * point[0] ** 2)
    fallen = sum(loss <= EPS for loss in losses)
    assert {round(loss / height, 12) for loss in losses} == {0.0, 1.0}
    drift = Fraction(fallen, len(losses)) * 3
    assert Fraction(3) / drift == Fraction(size, selected)
    assert expected_time_sharp(3.0, 1.0, float(drift)) == pytest.approx(size / selected, rel=4 * EPS)


@given(st.floats(0.01, 100.0), st.floats(0.02, 1.0))
def test_one_dense_step_violates_the_bound_above_its_tolerance(height: float, share: float) -> None:
    point = dense_step([1.0], [2 * height], 1 / (2 * height * share), share)
    assert abs(point[0]) <= 4 * EPS
    eps = height * (1 - share / 2)
    assert expected_time_paper(height, eps, height, share) < 1


def test_a_waiting_run_approaches_the_bound_with_bounded_decreases() -> None:
    """Slope 1, step d = 1, one of two parameters matters: from 5 + 1/8 four successes at probability 1/2 reach 2."""
    loss, successes = 5.125, 0
    while loss > 2:
        loss = float(masked_step([loss + 0.5, 0.0], [1.0, 0.0], 1.0, mask_of([0], 2))[0]) - 0.5
        successes += 1
    assert successes == 4
    assert expected_time_bounded_decrease(5.125, 2, 0.5, 1) - 2 * successes == 0.125 / 0.5


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (lambda: expected_time_sharp(0.0, 0.1, 0.1), "gap"),
        (lambda: expected_time_sharp(1.0, -0.1, 0.1), "tolerance"),
        (lambda: expected_time_sharp(1.0, 0.1, 2.0), "drift"),
        (lambda: expected_time_paper(1.0, 0.1, 0.1, 0.0), "f_min"),
        (lambda: expected_time_bounded_decrease(1.0, 0.5, 0.5, 0.25), "largest_decrease"),
        (lambda: expected_time_geometric(1.0, 0.5, 0.0), "rate"),
        (lambda: expected_time_geometric(1.0, 0.0, 0.5), "tolerance"),
    ],
)
def test_bad_arguments_are_named(arguments: object, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        arguments()  # type: ignore[operator]

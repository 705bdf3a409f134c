"""The first-order test: which coordinates move, by exact arithmetic, and that the loss then never rises."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference.first_order_test import first_order_step

# Eighths: every product and sum below is exact in float64.
eighths = st.integers(-80, 80).map(lambda k: k / 8)
columns = st.lists(st.tuples(eighths, eighths, eighths), min_size=1, max_size=8)
step_sizes = st.integers(0, 32).map(lambda k: k / 8)
curvatures = st.integers(0, 32).map(lambda k: k / 4)


@given(columns, step_sizes, curvatures)
@example([(1.0, 0.0, 2.0)], 0.5, 0.0)  # no first-order change: the move is made
@example([(1.0, 2.0, 2.0)], 1.0, 2.0)  # at the edge, -4 + 4: the move is made
def test_a_coordinate_moves_exactly_where_its_bound_does_not_rise(rows, step_size, curvature):
    theta, gradient, averaged = np.array(rows).T
    moved, accepted = first_order_step(theta, gradient, averaged, step_size, curvature)
    for i, (start, slope, direction) in enumerate(rows):
        move = -Fraction(step_size) * Fraction(direction)
        assert accepted[i] == (Fraction(slope) * move + Fraction(curvature) / 2 * move**2 <= 0)
        assert moved[i] == (start + move if accepted[i] else start)


@given(columns, step_sizes)
@example([(0.0, 2.0**-20, 8.0)], 1.0)  # a fall that even a small curvature would outweigh
def test_without_curvature_only_the_signs_decide(rows, step_size):
    theta, gradient, averaged = np.array(rows).T
    _, accepted = first_order_step(theta, gradient, averaged, step_size)
    assert np.array_equal(accepted, (gradient * averaged >= 0.0) | (step_size == 0.0))


@given(columns, step_sizes, curvatures)
def test_a_quadratic_of_the_given_curvature_never_rises(rows, step_size, curvature):
    theta, offset, averaged = np.array(rows).T
    gradient = curvature * theta + offset
    moved, _ = first_order_step(theta, gradient, averaged, step_size, curvature)

    def loss(point):
        pairs = [(Fraction(p), Fraction(b)) for p, b in zip(point.tolist(), offset.tolist(), strict=True)]
        return sum(Fraction(curvature) / 2 * p**2 + b * p for p, b in pairs)

    assert loss(moved) <= loss(theta)


def test_half_the_curvature_lets_a_quadratic_rise():
    moved, accepted = first_order_step([1.0], [4.0], [4.0], 0.75, 2.0)
    assert accepted.all()
    assert abs(moved[0]) > 1.0  # 2 x^2 has curvature 4
    assert not first_order_step([1.0], [4.0], [4.0], 0.75, 4.0)[1].any()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (([np.nan], [0.0], [0.0], 0.1), "theta"),
        (([0.0], [0.0, 1.0], [0.0], 0.1), "gradient"),
        (([0.0], [0.0], [np.inf], 0.1), "averaged"),
        (([0.0], [0.0], [0.0], -0.1), "step_size"),
        (([0.0], [0.0], [0.0], 0.1, -1.0), "curvature"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, name):
    with pytest.raises(ValueError, match=name):
        first_order_step(*arguments)

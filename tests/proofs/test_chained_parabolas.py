"""The functions that the searches use are what they claim: consistent, 1-smooth, with the right minimum."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from proofs.chained_parabolas import ChainedParabolas

EPS = np.finfo(float).eps
pieces = st.lists(st.tuples(st.floats(0.1, 2), st.floats(-1, 1)), max_size=6)
points = st.floats(-15, 3)


def slope(function, x):
    return float(function.gradient(np.array([x]))[0])


@given(pieces, points, points)
def test_the_slope_is_1_lipschitz_and_both_descent_inequalities_hold(chain, x, y):
    function = ChainedParabolas(chain)
    scale = 256 * EPS * (1 + abs(x) + abs(y)) ** 2 * (1 + abs(slope(function, x)))
    assert abs(slope(function, x) - slope(function, y)) <= abs(x - y) + scale
    linear = function.value(x) + slope(function, x) * (y - x)
    assert abs(function.value(y) - linear) <= (y - x) ** 2 / 2 + scale


@given(pieces, points)
def test_no_point_lies_below_the_minimum(chain, x):
    function = ChainedParabolas(chain)
    assert function.value(x) >= function.minimum - 256 * EPS * (1 + abs(function.minimum))


@given(pieces)
def test_the_minimum_is_attained_up_to_the_spacing_of_a_fine_grid(chain):
    function = ChainedParabolas(chain)
    left = function.nodes[-1] - max(function.slopes[-1], 0.0) - 1
    grid = np.linspace(left, 1, 4001)
    spacing = grid[1] - grid[0]
    least = min(function.value(float(x)) for x in grid)
    # Next to the minimiser the slope is at most the spacing, since it is 1-Lipschitz and vanishes there.
    assert least - function.minimum <= spacing**2


def test_a_single_parabola_is_known_by_hand():
    function = ChainedParabolas([])
    assert (function.value(-1.0), function.minimum, slope(function, -1.0), slope(function, 2.0)) == (
        -0.5,
        -0.5,
        0.0,
        3.0,
    )

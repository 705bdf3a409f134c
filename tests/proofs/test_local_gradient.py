"""How often a move goes against the local gradient: runs of Algorithm 1 and the normal law."""

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.algorithm import step
from reference.settings import gradient_descent_settings
from reference.state import Draws, initial_state

EPS = float(np.finfo(float).eps)


def one_step(theta, gradient, settings, normals, uniforms, loss=lambda point: 0.0):
    size = len(theta)
    draws = Draws(np.arange(size), np.array(normals), np.array(uniforms))
    return step(initial_state(theta, settings), settings, loss(np.array(theta)), gradient, loss, draws)


coordinates = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.1, 3), st.floats(0, 0.999)), min_size=1)


@given(coordinates, st.floats(0.01, 1.5))
def test_a_bare_step_moves_the_accepted_parameters_along_minus_their_gradient(rows, step_size):
    theta, curvature, uniforms = (np.array(column) for column in zip(*rows, strict=True))
    gradient = curvature * theta
    settings = replace(gradient_descent_settings(step_size), acceptance="sigmoid", comparison="single")
    made = one_step(
        theta, gradient, settings, np.zeros(len(rows)), uniforms, lambda p: float(curvature @ p**2) / 2
    )
    product = float((made.state.theta - theta) @ gradient)
    expected = -step_size * float(np.sum(gradient[made.selected[made.accepted]] ** 2))
    size = float(np.abs(theta) @ np.abs(gradient)) + abs(expected)
    assert abs(product - expected) <= 4 * (len(rows) + 4) * EPS * size


@pytest.mark.parametrize("ratio", [0.1, 0.5, 1.0, 2.5])
def test_noise_reverses_the_share_of_proposals_given_by_the_error_function(ratio):
    # Mid-points of equally likely strata of the normal law: the count is exact up to one stratum.
    strata = 2000
    normals = np.array([NormalDist().inv_cdf((k + 0.5) / strata) for k in range(strata)])
    settings = replace(gradient_descent_settings(ratio), noise="linear")  # g = 1, s = T = 1
    made = one_step(np.zeros(strata), np.ones(strata), settings, normals, np.zeros(strata))
    reversed_share = float(np.mean(made.state.theta > 0.0))
    assert abs(reversed_share - math.erfc(ratio / math.sqrt(2.0)) / 2) <= 1 / strata


def test_averaging_alone_overshoots_a_minimum_that_descent_never_crosses():
    crossed = {}
    for smoothing in (0.0, 0.5):
        settings = replace(gradient_descent_settings(0.5), smoothing=smoothing)
        state = initial_state([-1.0], settings)
        against = 0
        for _ in range(12):
            theta = state.theta
            draws = Draws(np.array([0]), np.zeros(1), np.zeros(1))
            state = step(state, settings, float(theta @ theta) / 2, theta, lambda p: p @ p / 2, draws).state
            against += int(float((state.theta - theta) @ theta) > 0.0)
        crossed[smoothing] = against
    assert crossed[0.0] == 0
    assert crossed[0.5] > 0

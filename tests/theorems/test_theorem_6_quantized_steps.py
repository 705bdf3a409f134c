"""Theorem 6 with its quantizer: cold steps descend on the grid, stop, and freeze beside minima."""

import numpy as np
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reference.soft_quantization import soft_quantize

EPS = np.finfo(float).eps
COLD = 1e-9  # far below every spacing used here; a transition is about COLD log(1/EPS) < 40 COLD wide


@st.composite
def convex_quadratics(draw):
    """A positive definite integer matrix with its largest eigenvalue."""
    n = draw(st.integers(1, 5))
    root = draw(arrays(np.int64, (n, n), elements=st.integers(-3, 3))).astype(float)
    hessian = root @ root.T + np.eye(n)
    return hessian, np.linalg.norm(hessian, 2)


def cold_step(theta, hessian, minimiser, step, block, levels):
    proposal = theta - step * (hessian @ (theta - minimiser))
    out = theta.copy()
    out[block] = soft_quantize(proposal[block], levels, COLD)
    return out


@given(convex_quadratics(), st.floats(0.05, 0.99), st.data())
def test_cold_quantized_steps_never_raise_the_loss_and_stop(quadratic, relative, data):
    hessian, norm = quadratic
    n, step, levels = len(hessian), relative / norm, np.linspace(-2.0, 2.0, 5)
    labels = data.draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))
    blocks = [[i for i in range(n) if labels[i] == b] for b in sorted(set(labels))]
    minimiser = data.draw(arrays(np.int64, n, elements=st.integers(-30, 30))) / 10 + 0.013
    theta = data.draw(arrays(np.int64, n, elements=st.integers(-2, 2))).astype(float)

    def loss(t):
        return (t - minimiser) @ hessian @ (t - minimiser) / 2

    bound = 2 * loss(theta) / (1 / step - norm)
    moves = 0
    for visit in range(40 * len(blocks)):
        after = cold_step(theta, hessian, minimiser, step, blocks[visit % len(blocks)], levels)
        assume(np.all(np.isin(after, levels)))  # no proposal inside a transition
        assert loss(after) <= loss(theta) + 64 * n * EPS * norm * 25
        moves += bool(np.any(after != theta))
        theta = after
    assert moves <= bound * (1 + 64 * EPS)
    frozen = np.abs(step * (hessian @ (theta - minimiser)))
    inner = np.abs(theta) < 2
    assert np.all(frozen[inner] <= 0.5 + 40 * COLD)  # half a spacing


def test_beyond_one_over_the_smoothness_the_same_check_finds_a_rise():
    """The control of the test above: eta Lc = 3/2, minimiser 1/4, levels -1 and 1."""
    levels, losses, theta = np.array([-1.0, 1.0]), [], np.array([1.0])
    for _ in range(6):
        losses.append((theta[0] - 0.25) ** 2 / 2)
        theta = cold_step(theta, np.eye(1), np.array([0.25]), 1.5, [0], levels)
    assert losses == [9 / 32, 25 / 32] * 3


@given(st.floats(-3, 3), st.floats(0.05, 1.5), st.floats(0.01, 1.0))
@example(0.5, 0.9, 0.1)
def test_a_level_attracts_exactly_when_its_proposal_stays_in_its_cell(slope, step, displacement):
    """Levels -1, 0, 1, L = slope * theta: the level 0 holds if |step * slope| < 1/2, and is left otherwise."""
    levels, push = np.array([-1.0, 0.0, 1.0]), step * slope
    assume(abs(abs(push) - 0.5) > 1e-3)
    margin = 0.5 - abs(push)
    theta = displacement * max(margin, 0.0) * 0.9
    for t in range(60):
        theta = soft_quantize(np.array([theta - push]), levels, 1e-4 / (t + 1))[0]
    assert (theta == 0.0) == (margin > 0)


@given(st.floats(0.5, 1.0), st.integers(1, 30))
def test_parameters_freeze_beside_a_minimum_for_every_slow_schedule(start, slowness):
    theta = start
    for t in range(400):
        theta = soft_quantize(
            np.array([theta / 2 + 1 / 6]), np.array([-1.0, 1.0]), 0.75 / (1 + t / slowness)
        )[0]
        assert theta > 0.5
    assert 1 - theta <= 2 * np.exp(-2 * (5 / 12) / (0.75 / (1 + 399 / slowness)))

"""Derivatives of soft quantization on tensors: covariances in 50 digits, and finite differences."""

import numpy as np
import pytest
import torch
from hypothesis import example, given

from gpu.closed_form import closed_form
from tests.gpu.exact_soft_quantization import (
    distance_to_kinks,
    from_definition,
    midpoints,
)
from tests.gpu.strategies import (
    GridProblem,
    grid_problems,
)


def derivatives(theta, half_width, count, temperature, dtype=torch.float64, as_tensor=True):
    """dS/dtheta, dH/dtheta, dS/dT and dH/dT of one parameter, by autograd."""
    theta = torch.tensor(theta, dtype=dtype, requires_grad=True)
    heat = torch.tensor(temperature, dtype=torch.float64, requires_grad=as_tensor)
    form = closed_form(theta, half_width, count, heat)
    inputs = (theta, heat) if as_tensor else (theta,)
    gradients = [torch.autograd.grad(result, inputs, retain_graph=True) for result in form]
    return [float(gradient[i]) for i in range(len(inputs)) for gradient in gradients]


@given(grid_problems(counts=(2, 3, 4, 5, 16, 17), decades=(-6.0, 3.0), size=3))
@example(GridProblem(np.array([0.0]), 1.0, 2, 0.01))  # a midpoint, where the branches meet
@example(GridProblem(np.array(midpoints(1.5, 7)), 1.5, 7, 0.01))
@example(GridProblem(np.array([0.3, -0.4]), 1.0, 2, 4.0))  # where the hot and the cold form meet: Y = 1/2
def test_autograd_agrees_with_the_covariances(problem):
    width, count, heat = problem[1:]
    for theta in problem.theta:
        distance = distance_to_kinks(theta, width, count)
        if abs(theta) != width and distance <= 1e-9 * problem.spacing:
            continue  # a level: the derivative by theta jumps there
        exact = from_definition(theta, width, count, heat)
        # In units of half_width and T; no slope exceeds 1 + h/T, no slope of the entropy by a few times that.
        x = problem.spacing / heat
        scales = width * (1.0 + x) / width, (1.0 + x) / min(heat, problem.spacing), width / heat, 1.0 / heat
        rounding = 32.0 * torch.finfo(torch.float64).eps * (1.0 + x)
        for computed, wanted, scale in zip(
            derivatives(theta, width, count, heat), exact[2:], scales, strict=True
        ):
            assert abs(computed - float(wanted)) <= rounding * scale, (theta, computed, wanted)


def test_a_wrong_derivative_is_told_from_the_right_one():
    exact = from_definition(0.3, 1.0, 5, 0.2)
    right, *_ = derivatives(0.3, 1.0, 5, 0.2)
    wrong, *_ = derivatives(0.3, 1.0, 5, 0.202)
    assert abs(right - float(exact.value_by_theta)) <= 32 * torch.finfo(torch.float64).eps * (1 + 0.5 / 0.2)
    assert abs(wrong - float(exact.value_by_theta)) > 1e-3


@pytest.mark.parametrize("count", [2, 5, 64])
@pytest.mark.parametrize("heat", [0.02, 0.4, 5.0])
def test_finite_differences_confirm_all_derivatives(count, heat):
    theta = torch.tensor([0.11, -0.43, 0.93], dtype=torch.float64, requires_grad=True)
    scales = [torch.tensor(scale, dtype=torch.float64, requires_grad=True) for scale in (1.0, heat)]
    assert torch.autograd.gradcheck(lambda t, w, h: tuple(closed_form(t, w, count, h)), (theta, *scales))

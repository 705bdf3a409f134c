"""The fused kernel beside 50 digits, the reference and the closed form, in Triton's interpreter.

For pytest with TRITON_INTERPRET=1, in a process of its own, because the variable has to be set before Triton is
imported: ``test_soft_quantization_kernel.py`` starts it.
"""

import numpy as np
import pytest
import torch
from hypothesis import given

from gpu import soft_quantization_kernel
from gpu.closed_form import closed_form
from gpu.soft_quantization_kernel import interpreted, triton_soft_quantize
from tests.gpu import planted_kernels as wrong
from tests.gpu.quantization_cases import BLOCK, grid_cases
from tests.gpu.quantization_errors import agrees_with_the_reference, budget, largest_error, rounded
from tests.gpu.strategies import GRIDS, MODERATE_GRIDS, tells_apart

PRECISIONS = [torch.float32, torch.float64]


@pytest.fixture(autouse=True)
def _in_the_interpreter():
    """Elsewhere these tests would show something else."""
    assert interpreted()


def by_kernel(problem, dtype, block=4):
    """Value and entropy as float64 arrays; the problems of the strategies are short: blocks of four have edges."""
    theta = torch.tensor(problem.theta, dtype=dtype)
    form = triton_soft_quantize(theta, *problem[1:], block=block)
    assert form.value.dtype == form.entropy.dtype == dtype
    assert form.value.shape == form.entropy.shape == theta.shape
    return form.value.double().numpy(), form.entropy.double().numpy()


def kernel_agrees_with_50_digits(problem, dtype, block=4):
    problem = rounded(problem, dtype)
    return largest_error(problem, by_kernel(problem, dtype, block)) <= budget(dtype)


def kernel_agrees_with_the_reference(problem, dtype):
    problem = rounded(problem, dtype)
    return agrees_with_the_reference(problem, by_kernel(problem, dtype), dtype)


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(GRIDS)
def test_value_and_entropy_agree_with_50_digits(dtype, problem):
    assert kernel_agrees_with_50_digits(problem, dtype)


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(MODERATE_GRIDS)
def test_value_and_entropy_agree_with_the_reference(dtype, problem):
    assert kernel_agrees_with_the_reference(problem, dtype)


# NumPy, which computes here, warns where a device goes on with infinity.
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_every_branch_and_every_edge_of_a_block_agrees_with_50_digits():
    for problem, dtype in grid_cases():
        assert kernel_agrees_with_50_digits(problem, dtype, BLOCK), (problem, dtype)


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(GRIDS)
def test_the_derivative_is_that_of_the_closed_form(dtype, problem):
    thetas = [torch.tensor(problem.theta, dtype=dtype, requires_grad=True) for _ in range(2)]
    for theta, form in zip(thetas, (triton_soft_quantize, closed_form), strict=True):
        form(theta, *problem[1:]).value.sum().backward()
    found, wanted = (theta.grad.double().numpy() for theta in thetas)
    assert not np.isnan(found).any()
    finite = np.isfinite(wanted)
    # The kernel gives the scales as tensors, so that both forms are evaluated: another order of roundings.
    rounding = budget(dtype) * (1.0 + np.abs(wanted[finite]).max(initial=0.0))
    np.testing.assert_allclose(found[finite], wanted[finite], rtol=0.0, atol=rounding)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize(
    "variant",
    [
        wrong.one_percent_hotter,
        wrong.one_level_missing,
        wrong.entropy_of_a_hotter_element,
        wrong.entropy_of_the_value,
    ],
)
def test_some_grid_of_the_strategies_tells_a_planted_variant_apart(variant, dtype):
    with wrong.planted(soft_quantization_kernel, soft_quantize_block=variant):
        assert tells_apart(GRIDS, lambda problem: kernel_agrees_with_50_digits(problem, dtype))
        assert tells_apart(MODERATE_GRIDS, lambda problem: kernel_agrees_with_the_reference(problem, dtype))

"""Soft quantization of a problem on tensors: the ways that run anywhere, in both precisions."""

import torch

from gpu.soft_quantization import METHODS, soft_quantize

PRECISIONS = [torch.float32, torch.float64]
PORTABLE_METHODS = [method for method in METHODS if method != "triton"]


def on_tensors(problem, dtype, method="closed_form", **changes):
    """Value and entropy as float64 arrays, the temperature being given as a tensor."""
    problem = problem._replace(**changes)
    theta = torch.tensor(problem.theta, dtype=dtype)
    heat = torch.tensor(problem.temperature, dtype=torch.float64)
    form = soft_quantize(theta, problem.half_width, problem.count, heat, method)
    assert form.value.dtype == form.entropy.dtype == dtype
    assert form.value.shape == form.entropy.shape == theta.shape
    return form.value.double().numpy(), form.entropy.double().numpy()

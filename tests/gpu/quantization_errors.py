"""How far value and entropy of a soft quantization may be from the truth: one budget for PyTorch and Triton.

A form is what an implementation returns, value and entropy, as float64 arrays.
"""

from __future__ import annotations

import math

import mpmath
import numpy as np
import torch

from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.soft_quantization import soft_quantize
from tests.gpu.exact_soft_quantization import exact_soft_quantization

# Error of value/half_width and of entropy/max(1, entropy) in units of the distance from 1 to the next number:
# the sums of the hot form lose a factor of two where it meets the cold one. Below the 1e-6 and 1e-14 required.
BUDGET_ULPS = 8


def budget(dtype):
    return BUDGET_ULPS * torch.finfo(dtype).eps


def rounded(problem, dtype):
    """The problem whose parameters a dtype can hold."""
    return problem._replace(theta=torch.tensor(problem.theta, dtype=dtype).double().numpy())


def largest_error(problem, form):
    """Largest error of value and entropy against 50 digits, relative to half_width and max(1, entropy)."""
    errors = [0.0]
    for theta, value, entropy in zip(problem.theta, *form, strict=True):
        exact = exact_soft_quantization(theta, problem.half_width, problem.count, problem.temperature)
        with mpmath.workdps(50):
            errors.append(float(abs(mpmath.mpf(value) - exact.value) / problem.half_width))
            errors.append(float(abs(mpmath.mpf(entropy) - exact.entropy) / max(1, exact.entropy)))
    return max(errors) if all(map(math.isfinite, errors)) else math.inf


def budgets_beside_the_reference(half_width, count, temperature, dtype=torch.float64):
    """How far value and entropy of one parameter may be from those of the reference.

    The reference's and the literal methods' levels are rounded, by up to eps half_width; no value moves more
    than (1 + h/T) times as far as its levels, no entropy more than 1/T times as far, times a small factor.
    """
    eps = torch.finfo(torch.float64).eps
    slope = 1.0 + 2.0 * half_width / max(1, count - 1) / temperature
    value = (budget(dtype) + 2.0 * slope * eps) * half_width
    literal = BUDGET_ULPS * eps * max(1.0, half_width / temperature)
    return value, max(literal, budget(dtype)) * (1.0 + math.log(count))


def agrees_with_the_reference(problem, form, dtype=torch.float64):
    """Whether a form computed in a dtype is within the budgets of the reference's float64."""
    levels = uniform_levels(problem.half_width, problem.count)
    expected = (rule(problem.theta, levels, problem.temperature) for rule in (soft_quantize, level_entropy))
    budgets = budgets_beside_the_reference(*problem[1:], dtype)
    return all(
        np.all(np.abs(found - wanted) <= allowed)
        for found, wanted, allowed in zip(form, expected, budgets, strict=True)
    )

"""How far the normal numbers of a stream may be from the reference's: one budget for PyTorch and Triton."""

from __future__ import annotations

import math

import numpy as np
import torch

from reference.random_streams import RandomStream


def uniforms_of(words):
    """The float64 uniforms of words: exact."""
    return (words.astype(np.float64) + 0.5) * 2.0**-32


def normal_and_budget(words, dtype):
    """The float64 normals of words, and how far rounding in a dtype can take them.

    A uniform is off by (half a unit in the last place below 1) + (the 1/2 lost beside a large word) and the
    rest by a few roundings: of log, sqrt, cos, of 2 pi, and of the products.
    """
    eps = torch.finfo(dtype).eps
    first, second = (uniforms_of(words[..., i]) for i in range(2))
    radius = np.sqrt(-2.0 * np.log(first))
    exact_in_dtype = dtype == torch.float64
    uniform_error = 0.0 if exact_in_dtype else eps / 4.0 + 2.0**-33
    square_error = 2.0 * uniform_error / first + 4.0 * eps * radius**2
    radius_error = np.minimum(np.sqrt(square_error), square_error / np.maximum(radius, 1e-300)) + eps * radius
    angle_error = 2.0 * math.pi * (uniform_error + 2.0 * eps * second)
    return radius * np.cos(2.0 * math.pi * second), radius_error + radius * (angle_error + 2.0 * eps)


def stream_agrees(problem, words, normals):
    """Whether words, int64 (n, 4), are the reference's bit for bit, and normals within the budget of their dtype."""
    wanted = RandomStream(problem.seed, problem.stream).words(problem.step, problem.indices)
    expected, budget = normal_and_budget(wanted, normals.dtype)
    close = np.abs(normals.double().numpy() - expected) <= budget
    return words.dtype == torch.int64 and np.array_equal(words.numpy(), wanted) and bool(np.all(close))

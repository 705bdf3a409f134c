"""Grids for the kernel of the soft quantization that no chance may leave out: shared by interpreter and device."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch

from tests.gpu.strategies import GridProblem, in_single_precision

BLOCK = 128
SIZES = [0, 1, BLOCK, BLOCK + 1]
EXTREME_HEATS = [5e-324, 1e-45, 1e-12, 0.3, 1e12, 1e300]


def grid_cases():
    """Problems and dtypes: sizes around the block; levels, temperatures and parameters that reach every branch."""
    random = np.random.default_rng(20)
    sizes = [
        GridProblem(in_single_precision(random.uniform(-1.3, 1.3, size)), 1.0, 1024, 0.003) for size in SIZES
    ]
    half_width = float(in_single_precision(0.1))
    ratios = []
    for count, decade in product([1, 2, 3, 64, 65536], range(-12, 13, 3)):
        points = [0.0, 0.31, -0.97, 1.0, -1.0, 1e30, 1.0 - 1.0 / count, 1.0 / count, -1.0 / 3.0]
        theta = in_single_precision(half_width * np.array(points))
        spacing = 2.0 * half_width / max(1, count - 1)
        ratios.append(GridProblem(theta, half_width, count, spacing / 10.0**decade))
    extremes = [
        GridProblem(np.array([0.0, width, -width / 3.0, 1e38]), width, count, heat)
        for count, heat, width in product([1, 2, 1024], EXTREME_HEATS, [1e-30, 1e30])
    ]
    dtypes = [torch.float32, torch.float64]
    return [*product([*sizes, *ratios], dtypes), *product(extremes, [torch.float64])]

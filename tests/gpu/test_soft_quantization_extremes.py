"""Soft quantization on tensors at the ends of the floating-point range: nothing infinite or undefined."""

import itertools

import pytest
import torch

from gpu.closed_form import closed_form
from gpu.soft_quantization import soft_quantize

TINIEST = 5e-324
SCALES = [1e-30, 1.0, 1e30]
HEATS = [TINIEST, 1e-300, 1e-45, 1e-38, 1e-12, 0.0625, 1.0, 3.0, 1e12, 1e38, 1e300]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("form_of_scales", ["numbers", "tensors", "vectors"])
def test_nothing_is_infinite_or_undefined_at_any_extreme(dtype, form_of_scales):
    for count, width, heat in itertools.product([1, 2, 3, 4, 1024, 65536], SCALES, HEATS):
        largest = torch.finfo(dtype).max
        points = [
            0.0,
            -0.0,
            width,
            -width,
            width / 3,
            width / (count + 1),
            1e30 * width,
            -1e30 * width,
            largest,
        ]
        theta = torch.tensor([min(max(x, -largest), largest) for x in points]).to(dtype).requires_grad_()
        scales = [width, heat]
        if form_of_scales != "numbers":
            scales = [torch.tensor(scale, dtype=torch.float64) for scale in scales]
        if form_of_scales == "vectors":
            scales = [scale.expand(theta.shape) for scale in scales]
        form = closed_form(theta, scales[0], count, scales[1])
        if width > largest:
            continue  # the value itself is beyond the dtype
        assert all(torch.isfinite(result).all() for result in form), (count, width, heat)
        (form.value.double().sum() + form.entropy.double().sum()).backward()
        assert not torch.isnan(theta.grad).any(), (count, width, heat)


@pytest.mark.parametrize("method", ["dense", "chunked"])
def test_the_literal_sum_is_finite_at_extremes_too(method):
    for count, heat in itertools.product([1, 2, 1024], HEATS):
        theta = torch.tensor([0.0, 1.0, -0.3, 1e30])
        form = soft_quantize(theta, 1.0, count, heat, method)
        assert all(torch.isfinite(result).all() for result in form), (count, heat)

"""The fused kernel: run in the interpreter, compiled for real targets, run on a device."""

import json
from itertools import product

import pytest
import torch

from gpu.closed_form import closed_form
from gpu.soft_quantization import soft_quantize
from tests.gpu.fresh_process import run_in_the_interpreter, run_script
from tests.gpu.quantization_cases import grid_cases
from tests.gpu.quantization_errors import largest_error, rounded

# As for the closed form, and two more for a device's approximate exponential, logarithm and quotient.
BUDGET_ULPS = 10


def test_the_kernel_agrees_with_50_digits_the_reference_and_the_closed_form_in_the_interpreter():
    run_in_the_interpreter("soft_quantization_in_the_interpreter.py")


def test_the_kernel_compiles_ahead_of_time_for_real_targets_and_an_ill_typed_one_does_not(tmp_path):
    environment = {"TRITON_CACHE_DIR": str(tmp_path), "TRITON_INTERPRET": "0"}
    report = json.loads(run_script("compile_soft_quantization.py", **environment))
    assert {(target["capability"], target["stored"]) for target in report["targets"]} == set(
        product([80, 90], ["fp32", "fp64", "bf16", "fp16"])
    )
    for target in report["targets"]:
        assert target["ptx"], target
        assert target["entry"], target
        assert target["cubin"] > 0, target
        assert not target["spills"], target
    assert report["ill_typed_is_rejected"]


@pytest.mark.gpu
def test_on_a_device_the_kernel_agrees_with_50_digits(cuda):
    for problem, dtype in grid_cases():
        held = rounded(problem, dtype)
        theta = torch.tensor(held.theta, dtype=dtype, device=cuda)
        form = soft_quantize(theta, *held[1:], "triton")
        columns = [result.double().cpu().numpy() for result in form]
        assert largest_error(held, columns) <= BUDGET_ULPS * torch.finfo(dtype).eps, (problem, dtype)


@pytest.mark.gpu
def test_on_a_device_a_new_temperature_neither_waits_nor_compiles(cuda):
    theta = torch.linspace(-1.2, 1.2, 2**20 + 1, device=cuda)
    heats = [torch.tensor(heat, dtype=torch.float64, device=cuda) for heat in (1e-6, 0.01, 2.0)]
    forms = [soft_quantize(theta, 1.0, 1024, heats[0])]
    torch.cuda.set_sync_debug_mode("error")
    try:
        forms += [soft_quantize(theta, 1.0, 1024, heat) for heat in heats[1:]]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    for form, heat in zip(forms, heats, strict=True):
        wanted = closed_form(theta.cpu(), 1.0, 1024, heat.cpu())
        rounding = BUDGET_ULPS * torch.finfo(theta.dtype).eps
        torch.testing.assert_close(form.value.cpu(), wanted.value, rtol=0.0, atol=rounding)
        torch.testing.assert_close(form.entropy.cpu(), wanted.entropy, rtol=rounding, atol=rounding)


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_on_a_device_short_floats_are_computed_in_single_precision(cuda, dtype):
    theta = torch.linspace(-1.3, 1.3, 4099, device=cuda).to(dtype)
    short, long = (soft_quantize(x, 1.0, 17, 0.06, "triton") for x in (theta, theta.float()))
    assert torch.equal(short.value, long.value.to(dtype))
    assert torch.equal(short.entropy, long.entropy)

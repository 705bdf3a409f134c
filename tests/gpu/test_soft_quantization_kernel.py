"""The fused kernel: equal to 50 digits and to the closed form in the interpreter; compiled for real targets."""

import json
import math
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import mpmath
import numpy as np
import pytest
import torch

from gpu.closed_form import closed_form
from gpu.soft_quantization import soft_quantize
from tests.gpu.exact_soft_quantization import exact_soft_quantization
from tests.gpu.strategies import in_single_precision

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

BLOCK = 128
SIZES = [0, 1, BLOCK, BLOCK + 1]
EXTREME_HEATS = [5e-324, 1e-45, 1e-12, 0.3, 1e12, 1e300]

# As for the closed form, and two more for a device's approximate exponential, logarithm and quotient.
BUDGET_ULPS = 10


def run_alone(script, *arguments, **environment):
    """The output of a script in a fresh process, so that Triton sees this environment when it is imported."""
    finished = subprocess.run(
        [sys.executable, HERE / script, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def grid_cases():
    """Sizes around the block, and levels, temperatures and parameters that reach every branch."""
    random = np.random.default_rng(20)
    cases = []
    for size, dtype in product(SIZES, ["float32", "float64"]):
        theta = in_single_precision(random.uniform(-1.3, 1.3, size))
        cases.append({"theta": theta, "half_width": 1.0, "count": 1024, "temperature": 0.003, "dtype": dtype})
    for count, decade, dtype in product([1, 2, 3, 64, 65536], range(-12, 13, 3), ["float32", "float64"]):
        half_width = float(in_single_precision(0.1))
        spacing = 2.0 * half_width / max(1, count - 1)
        points = [0.0, 0.31, -0.97, 1.0, -1.0, 1e30, 1.0 - 1.0 / count, 1.0 / count, -1.0 / 3.0]
        theta = in_single_precision(half_width * np.array(points))
        cases.append(
            {
                "theta": theta,
                "half_width": half_width,
                "count": count,
                "temperature": spacing / 10.0**decade,
                "dtype": dtype,
            }
        )
    for count, heat, width in product([1, 2, 1024], EXTREME_HEATS, [1e-30, 1e30]):
        theta = np.array([0.0, width, -width / 3.0, 1e38])
        cases.append(
            {"theta": theta, "half_width": width, "count": count, "temperature": heat, "dtype": "float64"}
        )
    return cases


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory):
    """The cases, each with value, entropy and derivative of the values' sum from the interpreted kernel."""
    folder = tmp_path_factory.mktemp("interpreter")
    cases = grid_cases()
    texts = [{**case, "theta": case["theta"].tolist(), "block": BLOCK} for case in cases]
    (folder / "problems.json").write_text(json.dumps(texts))
    paths = folder / "problems.json", folder / "results.json"
    run_alone("interpret_soft_quantization.py", *paths, TRITON_INTERPRET="1")
    results = json.loads((folder / "results.json").read_text())
    return [(case, *map(np.array, result)) for case, result in zip(cases, results, strict=True)]


def error(case, value, entropy, **changes):
    """Largest error against 50 digits, relative to half_width and max(1, entropy), in units of epsilon."""
    stated = {**case, **changes}
    eps = torch.finfo(getattr(torch, case["dtype"])).eps
    errors = [0.0]
    for theta, v, h in zip(case["theta"], value, entropy, strict=True):
        exact = exact_soft_quantization(theta, stated["half_width"], stated["count"], stated["temperature"])
        with mpmath.workdps(50):
            errors.append(float(abs(mpmath.mpf(v) - exact.value) / stated["half_width"]) / eps)
            errors.append(float(abs(mpmath.mpf(h) - exact.entropy) / max(1, exact.entropy)) / eps)
    return max(errors) if all(map(math.isfinite, errors)) else math.inf


def test_the_interpreted_kernel_agrees_with_50_digits(interpreted):
    assert {len(case["theta"]) for case, *_ in interpreted} >= set(SIZES)
    for case, value, entropy, _ in interpreted:
        assert value.shape == entropy.shape == case["theta"].shape
        assert error(case, value, entropy) <= BUDGET_ULPS, case


def test_a_planted_mistake_is_told_from_the_interpreted_kernel(interpreted):
    case, value, entropy, _ = next(
        found for found in interpreted if found[0]["count"] == 1024 and len(found[0]["theta"]) == BLOCK
    )
    for mistake in ({"temperature": 1.01 * case["temperature"]}, {"count": 1023}):
        assert error(case, value, entropy, **mistake) > 100 * BUDGET_ULPS


def test_the_kernel_has_the_derivative_of_the_closed_form(interpreted):
    for case, _, _, derivative in interpreted:
        theta = torch.tensor(case["theta"], dtype=getattr(torch, case["dtype"]), requires_grad=True)
        form = closed_form(theta, case["half_width"], case["count"], case["temperature"])
        form.value.sum().backward()
        wanted = theta.grad.double().numpy()
        assert not np.isnan(derivative).any(), case
        # The kernel gives the scales as tensors, so that both forms are evaluated: another order of roundings.
        rounding = BUDGET_ULPS * torch.finfo(theta.dtype).eps
        finite = np.isfinite(wanted)
        scale = 1.0 + np.abs(wanted[finite]).max(initial=0.0)
        np.testing.assert_allclose(derivative[finite], wanted[finite], rtol=0.0, atol=rounding * scale)


def test_the_kernel_compiles_ahead_of_time_for_real_targets_and_an_ill_typed_one_does_not(tmp_path):
    cache = str(tmp_path)
    report = json.loads(
        run_alone("compile_soft_quantization.py", TRITON_CACHE_DIR=cache, TRITON_INTERPRET="0")
    )
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
    for case in grid_cases():
        theta = torch.tensor(case["theta"], dtype=getattr(torch, case["dtype"]), device=cuda)
        form = soft_quantize(theta, case["half_width"], case["count"], case["temperature"], "triton")
        value, entropy = (result.double().cpu().numpy() for result in form)
        assert error(case, value, entropy) <= BUDGET_ULPS, case


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

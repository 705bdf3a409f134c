"""What the literal soft quantization costs as n, K and f grow, each alone over more than 1.5 decades.

Times, peak memory, and the tensor entries computed.  ``varied`` names what a row's exponent is about.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.soft_quantization import soft_quantize as reference_soft_quantize
from tests.benchmarks.quantizers import gpu_method
from tests.benchmarks.tensor_accounting import computed_elements, peak_bytes, peak_bytes_of_arrays
from tests.benchmarks.timing import interleaved

HALF_WIDTH, TEMPERATURE = 1.0, 0.05
METHODS = ("dense", "chunked")
# The settings held fixed while another is varied; the largest products give arrays beyond the caches.
FIXED = {"n": 2**14, "K": 64, "f": 1.0}
SIZES = {
    "n": [2**k for k in range(10, 18)],
    "K": [2**k for k in range(4, 12)],
    "f": [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0],
}
TINY = {"n": [2**k for k in range(6, 12)], "K": [2**k for k in range(2, 8)], "f": SIZES["f"]}


def settings_of(varied, full):
    """All settings in which one parameter varies."""
    fixed = {"n": 2**10, "K": 16, "f": 1.0} if not full else FIXED
    # The fraction needs more parameters, so that f n K entries are many for the smallest f too.
    fixed = fixed | {"n": 2**16, "K": 256} if varied == "f" and full else fixed
    return [fixed | {varied: value} for value in (SIZES if full else TINY)[varied]]


def parameters(size, device, dtype=torch.float32):
    generator = torch.Generator().manual_seed(0)
    return (HALF_WIDTH * torch.randn(size, generator=generator, dtype=dtype)).to(device)


def update_of_fraction(theta, fraction, quantize, device):
    """The annealing update of floor(f n) parameters: gather, quantize, scatter."""
    count = int(fraction * theta.numel())
    generator = torch.Generator().manual_seed(1)
    selected = torch.randperm(theta.numel(), generator=generator)[:count].to(device)

    def update():
        value, entropy = quantize(theta[selected])
        theta[selected] = value
        return entropy

    return update if fraction < 1 else lambda: quantize(theta)


@pytest.mark.parametrize("varied", ["n", "K", "f"])
@pytest.mark.parametrize("method", METHODS)
def bench_literal_method(benchmark, recording, device, full, method, varied):
    calls = {}
    for setting in settings_of(varied, full):
        levels = torch.linspace(-HALF_WIDTH, HALF_WIDTH, setting["K"], device=device)
        quantize = gpu_method(method)(levels, HALF_WIDTH, TEMPERATURE)
        theta = parameters(setting["n"], device)
        calls[setting[varied]] = (setting, update_of_fraction(theta, setting["f"], quantize, device))
    functions = {value: call for value, (_, call) in calls.items()}
    times = interleaved(benchmark, functions, 7 if full else 2, device)
    group = f"{method}, {varied}"
    for value, (setting, call) in calls.items():
        described = setting | {"varied": varied, "dtype": "float32"}
        recording.add(group, method, described, times[value])
        recording.add(group, method, described, [peak_bytes(call, device)], "memory", "bytes")
        recording.add(group, method, described, [computed_elements(call)], "entries computed", "count")


@pytest.mark.parametrize("varied", ["n", "K"])
def bench_reference(benchmark, recording, device, full, varied):
    if device.type != "cpu":
        pytest.skip("the reference runs on the CPU only")
    calls = {}
    for setting in settings_of(varied, full):
        small = setting | {"n": setting["n"] // 16}  # double-double arithmetic is slower
        levels = uniform_levels(HALF_WIDTH, small["K"])
        theta = parameters(small["n"], device, torch.float64).numpy()

        def quantize(theta=theta, levels=levels):
            return reference_soft_quantize(theta, levels, TEMPERATURE), level_entropy(
                theta, levels, TEMPERATURE
            )

        calls[setting[varied]] = (small, quantize)
    functions = {value: call for value, (_, call) in calls.items()}
    times = interleaved(benchmark, functions, 7 if full else 2, device)
    for value, (setting, call) in calls.items():
        described = setting | {"varied": varied, "dtype": "float64"}
        recording.add(f"reference, {varied}", "reference", described, times[value])
        memory = [peak_bytes_of_arrays(call)]
        recording.add(f"reference, {varied}", "reference", described, memory, "memory", "bytes")
    assert np.all(np.isfinite(functions[min(functions)]()[0]))

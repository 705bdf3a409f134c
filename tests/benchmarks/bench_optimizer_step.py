"""Time and memory of one optimizer step, gradients given, against SGD with momentum and fused Adam.

All optimizers step the same ten matrices in turn, so that none has the caches to itself.
"""

from __future__ import annotations

import math
import os

import pytest
import torch

from tests.benchmarks.optimizers import OPTIMIZERS, Unavailable
from tests.benchmarks.tensor_accounting import peak_bytes, state_bytes
from tests.benchmarks.timing import interleaved

TENSORS = 10  # our choice
# Bytes for each parameter that all optimizers need together: some 80 of states, the rest for what a step makes.
TOGETHER = 150


def shape_of(size):
    """The shape, as square as it can be, of a matrix with so many entries."""
    rows = next(k for k in range(math.isqrt(size), 0, -1) if size % k == 0)
    return rows, size // rows


def parameters_with_gradients(size, device):
    generator = torch.Generator().manual_seed(0)
    made = []
    for _ in range(TENSORS):
        shape = shape_of(size // TENSORS)
        parameter = torch.nn.Parameter(0.1 * torch.randn(shape, generator=generator).to(device))
        parameter.grad = (1e-3 * torch.randn(shape, generator=generator)).to(device)
        made.append(parameter)
    return made


@pytest.mark.parametrize("exponent", [4, 5, 6, 7, 8])
def bench_step(benchmark, recording, device, full, exponent):
    size = 10**exponent
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    largest = float(os.environ.get("BENCH_LARGEST", memory / TOGETHER if full else "1e4"))
    if size > largest:
        pytest.skip(
            f"n = 1e{exponent} is above {largest:.1e}: more memory is needed, or a larger BENCH_LARGEST"
        )
    parameters = parameters_with_gradients(size, device)
    group, setting = f"n=1e{exponent}", {"n": size, "dtype": "float32"}
    optimizers = {}
    for name, entry in OPTIMIZERS.items():
        if size > entry.largest:
            recording.skip(f"{name}, n > {entry.largest:g}", "a step takes seconds")
            continue
        try:
            optimizers[name] = entry.make(parameters)
            optimizers[name].step()
        except Unavailable as error:
            recording.skip(name, str(error))
            optimizers.pop(name, None)
    calls = {name: optimizer.step for name, optimizer in optimizers.items()}
    times = interleaved(benchmark, calls, 11 if full else 2, device)
    recording.add_times(group, setting, times)
    for name, optimizer in optimizers.items():
        kept, working = state_bytes(optimizer), peak_bytes(optimizer.step, device)
        recording.add(group, name, setting, [kept], "state", "bytes")
        recording.add(group, name, setting, [kept + working], "memory", "bytes")

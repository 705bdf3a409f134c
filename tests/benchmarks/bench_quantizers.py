"""Closed form against the literal sum and established ways to speed it up: the same inputs, one run, one thread.

Value and entropy together; n parameters normal with the half-width as standard deviation, temperature a
twentieth of it (our choice).  Methods whose time grows with K get the first LITERAL_ENTRIES / K of the same
parameters, and every time is recorded with its n.
"""

from __future__ import annotations

import pytest
import torch

from tests.benchmarks.quantizers import LITERAL_ENTRIES, QUANTIZERS, TRITON, Unavailable
from tests.benchmarks.tensor_accounting import peak_bytes
from tests.benchmarks.timing import interleaved

HALF_WIDTH, TEMPERATURE = 1.0, 0.05
COUNTS = (16, 256, 1024, 4096)
# float32 arithmetic on K levels: far looser than the accuracy tests, enough to catch a candidate that computes
# something else.
AGREEMENT = {torch.float32: 1e-3, torch.float64: 1e-9}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("count", COUNTS)
def bench_value_and_entropy(benchmark, recording, device, full, count, dtype):
    large = {"cpu": 2**22, "cuda": 2**26}[device.type] if full else 2**12
    entries = LITERAL_ENTRIES * (1 if device.type == "cpu" else 64) if full else 2**12
    small = max(1, min(large, entries // count))
    generator = torch.Generator().manual_seed(0)
    theta = (HALF_WIDTH * torch.randn(large, generator=generator, dtype=dtype)).to(device)
    levels = torch.linspace(-HALF_WIDTH, HALF_WIDTH, count, dtype=dtype, device=device)
    word = str(dtype).removeprefix("torch.")
    group = f"K={count} {word}"

    calls, settings, expected = {}, {}, None
    table = QUANTIZERS | (TRITON if device.type == "cuda" else {})
    for name, (make, grows, quantizes) in table.items():
        size = small if grows else large
        part = theta[:size]
        try:
            function = make(levels, HALF_WIDTH, TEMPERATURE)
            value, entropy = function(part)
        except Unavailable as error:
            recording.skip(name, str(error))
            continue
        if quantizes:
            found = torch.stack([value[:small], entropy[:small]]).double()
            expected = found if expected is None else expected
            assert torch.allclose(found, expected, rtol=0, atol=AGREEMENT[dtype]), name
        calls[name] = lambda function=function, part=part: function(part)
        settings[name] = {"n": size, "K": count, "dtype": word, "bytes per element": 3 * dtype.itemsize}

    times = interleaved(benchmark, calls, 9 if full else 2, device)
    for name, rounds in times.items():
        recording.add(group, name, settings[name], rounds)
        if dtype is torch.float32:
            recording.add(group, name, settings[name], [peak_bytes(calls[name], device)], "memory", "bytes")

"""Run the kernel in Triton's interpreter on the problems of a JSON file, and write its results to another.

A process of its own: TRITON_INTERPRET must be set before Triton is imported.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

from gpu.soft_quantization_kernel import interpreted, triton_soft_quantize

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def main(problems_path, results_path):
    assert interpreted()
    results = []
    for problem in json.loads(Path(problems_path).read_text()):
        theta = torch.tensor(problem["theta"], dtype=DTYPES[problem["dtype"]], requires_grad=True)
        form = triton_soft_quantize(
            theta, problem["half_width"], problem["count"], problem["temperature"], block=problem["block"]
        )
        assert form.value.dtype == form.entropy.dtype == theta.dtype
        form.value.sum().backward()
        columns = form.value, form.entropy, theta.grad
        results.append([column.detach().double().tolist() for column in columns])
    Path(results_path).write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What a whole step of Algorithm 1 costs as n, K and f grow: energy tests of every selected parameter, and the
entropy of all parameters.

The loss is a least-squares error over 128 samples, so that one evaluation costs 128 n multiplications, as the
loss of a model evaluated on a data block does.  A step makes floor(f n) evaluations of it.
"""

from __future__ import annotations

import numpy as np
import pytest

from reference.algorithm import step
from reference.random_streams import RandomStream
from reference.settings import paper_settings
from reference.state import Draws, initial_state
from tests.benchmarks.tensor_accounting import peak_bytes_of_arrays
from tests.benchmarks.timing import interleaved

SAMPLES = 128  # our choice
FIXED = {"n": 2**11, "K": 17, "f": 0.1}
SIZES = {
    "n": [2**k for k in range(9, 15)],
    "K": [17, 33, 65, 129, 257, 513, 1025],
    "f": [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0],
}
TINY = {"n": [2**k for k in range(4, 10)], "K": [3, 5, 9, 17, 33, 65, 129], "f": SIZES["f"]}


def step_of_algorithm(size, count, fraction):
    """One step from initial parameters, as a function without arguments, and the number of losses it takes."""
    stream = RandomStream(seed=0, stream=0)
    indices = np.arange(size)
    theta = stream.normals(0, indices) / np.sqrt(size)
    rows = stream.normals(1, np.arange(SAMPLES * size)).reshape(SAMPLES, size)
    target = stream.normals(2, np.arange(SAMPLES))
    evaluations = 0

    def loss_at(point):
        nonlocal evaluations
        evaluations += 1
        error = rows @ point - target
        return float(error @ error) / SAMPLES

    gradient = 2 * rows.T @ (rows @ theta - target) / SAMPLES
    settings = paper_settings(theta, level_count=count, f_min=fraction, f_max=fraction)
    state = initial_state(theta, settings)
    draws = Draws(stream.permutation(3, size), stream.normals(4, indices), stream.uniforms(5, indices))
    loss = loss_at(theta)

    def make_step():
        return step(state, settings, loss, gradient, loss_at, draws)

    evaluations = 0
    make_step()
    return make_step, evaluations


@pytest.mark.parametrize("varied", ["n", "K", "f"])
def bench_step_of_algorithm_1(benchmark, recording, device, full, varied):
    if device.type != "cpu":
        pytest.skip("the reference runs on the CPU only")
    fixed = FIXED if full else {"n": 2**6, "K": 9, "f": 0.1}
    settings = [fixed | {varied: value} for value in (SIZES if full else TINY)[varied]]
    made = {s[varied]: step_of_algorithm(s["n"], s["K"], s["f"]) for s in settings}
    calls = {value: call for value, (call, _) in made.items()}
    times = interleaved(benchmark, calls, 7 if full else 2, device)
    group = f"algorithm, {varied}"
    for setting in settings:
        value = setting[varied]
        described = setting | {"varied": varied, "dtype": "float64"}
        recording.add(group, "algorithm", described, times[value])
        recording.add(group, "algorithm", described, [made[value][1]], "loss evaluations", "count")
        memory = [peak_bytes_of_arrays(calls[value])]
        recording.add(group, "algorithm", described, memory, "memory", "bytes")

"""The Triton kernel of the random streams: run in the interpreter, compiled ahead of time, run on a GPU."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from reference.random_streams import RandomStream

HERE = Path(__file__).parent


def run_alone(script, **environment):
    pytest.importorskip("triton", reason="the kernel was neither run nor compiled: Triton is not installed")
    root = HERE.parent.parent
    settings = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", **environment}
    command = [sys.executable, str(HERE / script)]
    result = subprocess.run(command, env=settings, cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-4000:]


def test_the_kernel_s_words_are_those_of_the_reference_in_the_interpreter():
    run_alone("random_streams_in_the_interpreter.py", TRITON_INTERPRET="1")


def test_the_kernel_compiles_for_two_generations_of_gpu_and_an_ill_typed_one_does_not():
    run_alone("random_streams_ahead_of_time.py", TRITON_INTERPRET="0")


def test_a_script_that_fails_fails_the_test():
    with pytest.raises(AssertionError):
        # Without the interpreter the kernel cannot run on the CPU.
        run_alone("random_streams_in_the_interpreter.py", TRITON_INTERPRET="0", CUDA_VISIBLE_DEVICES="")


@pytest.mark.gpu
def test_the_kernel_s_words_are_those_of_the_reference_on_a_gpu(cuda):
    from gpu.random_streams_kernel import triton_words

    for start in (0, 2**32 - 500, 2**63 - 5000):
        words, normals = triton_words(2**63 + 5, 3, 2**32 - 1, start, 4999)
        indices = np.arange(4999, dtype=np.uint64) + np.uint64(start)
        expected = RandomStream(2**63 + 5, 3)
        assert np.array_equal(words.cpu().numpy(), expected.words(2**32 - 1, indices))
        # The bound stated for float32 normals.
        error = np.abs(normals.cpu().numpy() - expected.normals(2**32 - 1, indices))
        assert np.all(error < 2.0**-11)

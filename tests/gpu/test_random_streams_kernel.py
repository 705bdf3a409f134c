"""The Triton kernel of the random streams: run in the interpreter, compiled ahead of time, run on a GPU."""

import numpy as np
import pytest

from reference.random_streams import RandomStream
from tests.gpu.fresh_process import run_alone, run_in_the_interpreter, run_script


def test_the_kernel_s_words_are_those_of_the_reference_in_the_interpreter():
    run_in_the_interpreter("random_streams_in_the_interpreter.py")


def test_the_kernel_compiles_for_two_generations_of_gpu_and_an_ill_typed_one_does_not():
    run_script("random_streams_ahead_of_time.py", TRITON_INTERPRET="0")


def test_a_process_that_fails_fails_the_test_with_what_it_said():
    with pytest.raises(AssertionError, match="what it said"):
        run_alone("-c", "raise SystemExit('what it said')")


def test_outside_the_interpreter_these_tests_fail():
    with pytest.raises(AssertionError, match=r"assert interpreted\(\)"):
        # Without the interpreter the kernel cannot run on the CPU.
        run_in_the_interpreter("random_streams_in_the_interpreter.py", TRITON_INTERPRET="0")


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

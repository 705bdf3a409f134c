"""Triton's words and normals beside those of the reference, in Triton's interpreter.

For pytest with TRITON_INTERPRET=1, in a process of its own, because the variable has to be set before Triton is
imported: ``test_random_streams_kernel.py`` starts it.
"""

import pytest
import torch
from hypothesis import example, given

from gpu import random_streams_kernel
from gpu.random_streams_kernel import triton_words
from gpu.soft_quantization_kernel import interpreted
from tests.gpu import planted_kernels as wrong
from tests.gpu.strategies import STREAMS, StreamProblem, tells_apart
from tests.gpu.stream_errors import stream_agrees

ORDINARY = StreamProblem(20, 4, 12345, 2**40, 9)


@pytest.fixture(autouse=True)
def _in_the_interpreter():
    """Elsewhere these tests would show something else."""
    assert interpreted()


def kernel_agrees(problem, block=4):
    """The spans of the strategy are short: a block of four, and they have every kind of edge."""
    return stream_agrees(problem, *triton_words(*problem, "cpu", block))


@given(STREAMS)
@example(StreamProblem(0, 0, 0, 0, 0))
# Both ends of every range.
@example(StreamProblem(0, 0, 0, 0, 5))
@example(StreamProblem(2**64 - 1, 2**32 - 1, 2**32 - 1, 2**63 - 10, 9))
def test_words_and_normals_are_those_of_the_reference(problem):
    assert kernel_agrees(problem)


@pytest.mark.parametrize("block", [128, 1024])
@pytest.mark.parametrize(
    "problem",
    [
        StreamProblem(2**64 - 1, 2**32 - 1, 2**32 - 1, 2**63 - 1026, 1025),
        # Halves of the counter crossed inside a block.
        StreamProblem(2**63 + 5, 2**31, 2**31, 2**32 - 512, 1024),
        StreamProblem(20, 4, 12345, 2**40, 2049),
    ],
)
def test_blocks_of_the_usual_size_give_the_same_numbers(problem, block):
    assert kernel_agrees(problem, block)


def test_a_step_on_the_device_gives_the_same_numbers():
    numbers, others = (triton_words(20, 4, step, 0, 7, "cpu") for step in (12345, torch.tensor(12345)))
    assert all(torch.equal(one, other) for one, other in zip(numbers, others, strict=True))


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("philox_words", wrong.nine_rounds),
        ("philox_words", wrong.step_and_stream_exchanged),
        ("philox_words", wrong.indices_of_32_bits),
        ("philox_words", wrong.words_of_the_next_element),
        ("normal_from_words", wrong.sine_of_the_angle),
    ],
)
def test_a_planted_variant_leaves_the_reference(name, variant):
    assert kernel_agrees(ORDINARY)
    with wrong.planted(random_streams_kernel, **{name: variant}):
        assert not kernel_agrees(ORDINARY)
        assert tells_apart(STREAMS, kernel_agrees)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((-1, 0, 0, 0, 1), "seed"),
        ((0, 2**32, 0, 0, 1), "stream"),
        ((0, 0, 2**32, 0, 1), "step"),
        ((0, 0, 0, 2**63 - 1, 1), "start"),
    ],
)
def test_an_argument_outside_its_range_is_refused_by_name(arguments, name):
    with pytest.raises(ValueError, match=name):
        triton_words(*arguments, "cpu")

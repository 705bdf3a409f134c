"""Triton's words and normals against the reference, in the interpreter: run with TRITON_INTERPRET=1.

A script of its own, because the variable has to be set before Triton is imported.  It ends with status 0 if
the kernel agrees and every planted variant is rejected.
"""

import math

import numpy as np
import torch
import triton
import triton.language as tl

from gpu import random_streams_kernel
from gpu.random_streams_kernel import triton_words
from reference.random_streams import RandomStream

CASES = [
    # seed, stream, step, start, count: both ends of every range, halves of the counter crossed inside a block
    (0, 0, 0, 0, 5),
    (1, 1, 1, 1, 1),
    (2**64 - 1, 2**32 - 1, 2**32 - 1, 2**63 - 1026, 1025),
    (2**63 + 5, 2**31, 2**31, 2**32 - 512, 1024),
    (2**32, 3, 7, 2**31 - 3, 6),
    (20, 4, 12345, 2**40, 2049),
]


def agrees(seed, stream, step, start, count, block=1024):
    indices = np.arange(count, dtype=np.uint64) + np.uint64(start)
    expected = RandomStream(seed, stream)
    words, normals = triton_words(seed, stream, step, start, count, "cpu", block)
    if not np.array_equal(words.numpy(), expected.words(step, indices)):
        return False
    # The radius is off by at most sqrt(2 * 2^-25) where the first uniform rounds to 1 (float32), and by
    # roundings of numbers below 6.77 elsewhere; the angle by a rounding of a number below 2 pi.
    eps = float(np.finfo(np.float32).eps)
    first = expected.uniforms(step, indices)
    radius = np.sqrt(-2.0 * np.log(first))
    budget = eps / np.maximum(radius, math.sqrt(eps)) / first + radius * (2.0 * math.pi + 4.0) * 2.0 * eps
    return bool(np.all(np.abs(normals.numpy() - expected.normals(step, indices)) <= budget))


@triton.jit
def nine_rounds(seed_low, seed_high, index, step, stream):
    zero = index.to(tl.uint32) * 0
    seed = (seed_high.to(tl.uint64) << 32) | (seed_low.to(tl.uint64) & 0xFFFFFFFF)
    low, high = (index & 0xFFFFFFFF).to(tl.uint32), (index >> 32).to(tl.uint32)
    return tl.philox(seed, low, high, zero + step.to(tl.uint32), zero + stream.to(tl.uint32), 9)


@triton.jit
def step_and_stream_exchanged(seed_low, seed_high, index, step, stream):
    zero = index.to(tl.uint32) * 0
    seed = (seed_high.to(tl.uint64) << 32) | (seed_low.to(tl.uint64) & 0xFFFFFFFF)
    low, high = (index & 0xFFFFFFFF).to(tl.uint32), (index >> 32).to(tl.uint32)
    return tl.philox(seed, low, high, zero + stream.to(tl.uint32), zero + step.to(tl.uint32))


@triton.jit
def indices_of_32_bits(seed_low, seed_high, index, step, stream):
    zero = index.to(tl.uint32) * 0
    seed = (seed_high.to(tl.uint64) << 32) | (seed_low.to(tl.uint64) & 0xFFFFFFFF)
    low = (index & 0xFFFFFFFF).to(tl.uint32)
    return tl.philox(seed, low, zero, zero + step.to(tl.uint32), zero + stream.to(tl.uint32))


def main():
    for case in CASES:
        assert agrees(*case), case
    assert agrees(*CASES[3], block=128)
    assert agrees(20, 4, torch.tensor(12345), 0, 7) == agrees(20, 4, 12345, 0, 7)
    assert triton_words(0, 0, 0, 0, 0, "cpu")[0].shape == (0, 4)
    right = random_streams_kernel.philox_words
    for planted in (nine_rounds, step_and_stream_exchanged, indices_of_32_bits):
        random_streams_kernel.philox_words = planted
        assert not agrees(20, 4, 12345, 2**40, 9), planted.__name__
    random_streams_kernel.philox_words = right
    for wrong in ((-1, 0, 0, 0, 1), (0, 2**32, 0, 0, 1), (0, 0, 2**32, 0, 1), (0, 0, 0, 2**63 - 1, 1)):
        try:
            triton_words(*wrong, "cpu")
        except ValueError:
            continue
        raise AssertionError(f"accepted {wrong}")


if __name__ == "__main__":
    main()

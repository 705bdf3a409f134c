"""Philox4x32-10 inside Triton kernels, for blocks of global element indices.

Twin: reference/random_streams.py; the same words, bit for bit, as uint32.  The rounds are Triton's own; what
is ours is the counter, with step and stream in its upper half, and the formulas for uniforms and normals,
which are float32.  Import this module only where Triton is installed.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from gpu.validation import integer_between

BLOCK = 1024  # Elements per program, our choice.


@triton.jit
def philox_words(seed_low, seed_high, index, step, stream):
    """Return the four words of each element of a block.

    Arguments:
        seed_low, seed_high, step, stream: scalars of any integer type, values in [0, 2^32).
        index: block of global element indices, int64, values in [0, 2^63).

    Returns:
        Four uint32 blocks of the shape of ``index``.
    """
    # In unsigned words throughout: a sign extension would make another counter.
    index_low = (index & 0xFFFFFFFF).to(tl.uint32)
    index_high = (index >> 32).to(tl.uint32)
    zero = index_low ^ index_low
    seed = (seed_high.to(tl.uint64) << 32) | (seed_low.to(tl.uint64) & 0xFFFFFFFF)
    return tl.philox(seed, index_low, index_high, zero | step.to(tl.uint32), zero | stream.to(tl.uint32))


@triton.jit
def uniform_from_words(word):
    """Return (w + 1/2) 2^-32 in float32; 1 is reached, so acceptance compares words instead."""
    return (word.to(tl.float32) + 0.5) * 2.3283064365386963e-10  # 2^-32


@triton.jit
def normal_from_words(first, second):
    """Return sqrt(-2 log u_0) cos(2 pi u_1) in float32, u_i being the uniforms of two words."""
    radius = tl.sqrt(-2.0 * tl.log(uniform_from_words(first)))
    return radius * tl.cos(6.283185307179586 * uniform_from_words(second))  # 2 pi


@triton.jit(do_not_specialize=["seed_low", "seed_high", "stream", "start", "count"])
def words_kernel(
    words_pointer,
    normals_pointer,
    step_pointer,
    seed_low: tl.uint32,
    seed_high: tl.uint32,
    stream: tl.uint32,
    start: tl.int64,
    count: tl.int64,
    BLOCK: tl.constexpr,
):
    """Write the words, shape (count, 4), int64, and the normals, shape (count,), of start..start+count-1."""
    place = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = place < count
    # The step lies on the device, so that a new step number neither recompiles nor waits.
    step = tl.load(step_pointer)
    first, second, third, fourth = philox_words(seed_low, seed_high, start + place, step, stream)
    tl.store(words_pointer + 4 * place, first.to(tl.int64), mask=inside)
    tl.store(words_pointer + 4 * place + 1, second.to(tl.int64), mask=inside)
    tl.store(words_pointer + 4 * place + 2, third.to(tl.int64), mask=inside)
    tl.store(words_pointer + 4 * place + 3, fourth.to(tl.int64), mask=inside)
    tl.store(normals_pointer + place, normal_from_words(first, second), mask=inside)


def triton_words(
    seed: int,
    stream: int,
    step: int | Tensor,
    start: int,
    count: int,
    device: torch.device | str = "cuda",
    block: int = BLOCK,
) -> tuple[Tensor, Tensor]:
    """Return the words and the float32 normals of consecutive elements, computed by a kernel.

    Arguments:
        seed, stream, step: as for ``RandomStream``; a step that is a tensor lies on the device.
        start, count: the elements start..start+count-1, start in [0, 2^63 - count].
        device: a CUDA device, or the CPU in Triton's interpreter.
        block: elements per program, a power of two.

    Returns:
        int64, shape (count, 4), values in [0, 2^32); float32, shape (count,).

    Raises:
        ValueError, TypeError: an integer outside its range.
    """
    integer_between("seed", seed, 0, 2**64 - 1)
    integer_between("stream", stream, 0, 2**32 - 1)
    integer_between("count", count, 0, 2**31 - 1)
    integer_between("start", start, 0, 2**63 - 1 - count)
    if not isinstance(step, Tensor):
        integer_between("step", step, 0, 2**32 - 1)
        step = torch.full((), step, dtype=torch.int64, device=device)
    words = torch.empty((count, 4), dtype=torch.int64, device=device)
    normals = torch.empty(count, dtype=torch.float32, device=device)
    if count:
        grid = (triton.cdiv(count, block),)
        key = (seed & 0xFFFFFFFF, seed >> 32)
        words_kernel[grid](words, normals, step, *key, stream, start, count, BLOCK=block)
    return words, normals

"""Wrong variants of what the kernels call, to be planted in Triton's interpreter: every comparison must notice them."""

from __future__ import annotations

from contextlib import contextmanager

import triton
import triton.language as tl

# By name, so that the variants call what is right also where they are planted.
from gpu.acceptance_kernel import accepts, penalty_change
from gpu.random_streams_kernel import philox_words, uniform_from_words
from gpu.soft_quantization_kernel import soft_quantize_block


@contextmanager
def planted(module, **wrong):
    """Replace names of a module for a while: the interpreter looks them up at each call."""
    right = {name: getattr(module, name) for name in wrong}
    for name, value in wrong.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in right.items():
            setattr(module, name, value)


# Random streams -------------------------------------------------------------------------------------------------


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


@triton.jit
def words_of_the_next_element(seed_low, seed_high, index, step, stream):
    return philox_words(seed_low, seed_high, index + 1, step, stream)


@triton.jit
def sine_of_the_angle(first, second):
    radius = tl.sqrt(-2.0 * tl.log(uniform_from_words(first)))
    return radius * tl.sin(6.283185307179586 * uniform_from_words(second))


# Soft quantization ----------------------------------------------------------------------------------------------


@triton.jit
def one_percent_hotter(theta, width, heat, count, WORKING):
    return soft_quantize_block(theta, width, 1.01 * heat, count, WORKING)


@triton.jit
def one_level_missing(theta, width, heat, count, WORKING):
    # Of two levels one more, because the kernel has no form for a single one.
    count = tl.where(count > 2, count - 1, 3)
    return soft_quantize_block(theta, width, heat, count, WORKING)


@triton.jit
def entropy_of_a_hotter_element(theta, width, heat, count, WORKING):
    value, _ = soft_quantize_block(theta, width, heat, count, WORKING)
    _, entropy = soft_quantize_block(theta, width, 1.01 * heat, count, WORKING)
    return value, entropy


@triton.jit
def entropy_of_the_value(theta, width, heat, count, WORKING):
    value, _ = soft_quantize_block(theta, width, heat, count, WORKING)
    _, entropy = soft_quantize_block(value, width, heat, count, WORKING)
    return value, entropy


# Acceptance -----------------------------------------------------------------------------------------------------


@triton.jit
def uphill(change, heat, seed_low, seed_high, index, step, STREAM, RULE, WORKING):
    return accepts(-change, heat, seed_low, seed_high, index, step, STREAM, RULE, WORKING)


@triton.jit
def heat_of_the_test_one_percent_higher(temperature, WORKING):
    return (1.01 * temperature).to(WORKING)


@triton.jit
def penalty_of_the_other_sign(distance, heat, FORM, WORKING):
    return -penalty_change(distance, heat, FORM, WORKING)


# Membership -----------------------------------------------------------------------------------------------------


@triton.jit
def every_tile_is_taken(taken_pointer, tile, exists):
    return exists | True


@triton.jit
def tiles_shifted_by_one(taken_pointer, tile, exists):
    return tl.load(taken_pointer + tile + 1, mask=exists, other=0).to(tl.int1)


@triton.jit
def subset_shifted_by_one(seed_low, seed_high, index, step, threshold, last_tie):
    word, _, _, _ = philox_words(seed_low, seed_high, index + 1, step, tl.full((), 1, tl.uint32))
    return word.to(tl.int64) <= threshold


@triton.jit
def no_ties(seed_low, seed_high, index, step, threshold, last_tie):
    word, _, _, _ = philox_words(seed_low, seed_high, index, step, tl.full((), 1, tl.uint32))
    return word.to(tl.int64) < threshold

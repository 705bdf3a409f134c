"""The part of a step that is the same for every element, as one Triton kernel for each span of a tensor.

Twin: reference/algorithm.py; the plain form is ``anneal_`` of gpu/annealing.py, whose order of operations this
follows.  Outside the quantizer sums, products, quotients and roots are rounded as there; exponentials, logarithms
and cosines may differ by units in the last place.

Everything is read once and written once.  With e the bytes of an element, a step of all of them moves

    3 e bytes per element     theta, gradient; theta
    5 e bytes per element     theta, gradient, average; theta, average

so that no step of n elements is shorter than n times this over the bandwidth of the memory, whatever the number
of levels, the rule and the noise.  Of a share f of the tiles it moves f times this: what is not taken is not
touched.  Of a random subset it moves 1 - (1 - f)^(32/e) times this, because memory moves by sectors of 32
bytes.  Every other element adds e bytes where the entropy of all is wanted, and 4 e where all averages are
refreshed.

The sums are atomic additions of integers, which any order gives alike.  Step, lr, temperature and noise scale
lie on the device: a new step neither compiles nor waits.  Import this module only where Triton is installed.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from gpu.acceptance_kernel import accepts, finite_heat, penalty_change
from gpu.random_streams import ACCEPTANCE_STREAM, NOISE_STREAM, ORDER_STREAM
from gpu.random_streams_kernel import philox_words
from gpu.soft_quantization_kernel import soft_quantize_block

_NOISE_STREAM = tl.constexpr(NOISE_STREAM)
_ACCEPTANCE_STREAM = tl.constexpr(ACCEPTANCE_STREAM)
_ORDER_STREAM = tl.constexpr(ORDER_STREAM)


def triton_type(working: torch.dtype) -> tl.dtype:
    """Return Triton's name of a working type, float32 or float64."""
    return tl.float64 if working == torch.float64 else tl.float32


@triton.jit
def _rounded(values, STORED: tl.constexpr):
    """Return values of the working type as the stored type can hold them, still in the working type."""
    nearest = values.to(STORED).to(values.dtype)
    if tl.bfloat16 == STORED:
        # To the nearest, ties to even, by hand: Triton's interpreter cuts off the lower half instead.
        bits = values.to(tl.uint32, bitcast=True)
        upper = ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).to(tl.float32, bitcast=True)
        nearest = tl.where(values == values, upper, values)
    return nearest


@triton.jit
def _normals(seed_low, seed_high, index, step, WORKING: tl.constexpr):
    """Return sqrt(-2 log u_0) cos(2 pi u_1) in the working type."""
    stream = tl.full((), _NOISE_STREAM, tl.uint32)
    first, second, _, _ = philox_words(seed_low, seed_high, index, step, stream)
    # Typed constants: 2 pi would be rounded to float32.
    turn = tl.full((), 6.283185307179586, WORKING)
    square = -2.0 * tl.log((first.to(WORKING) + 0.5) * 2.3283064365386963e-10)  # 2^-32
    radius = tl.sqrt(square) if tl.float64 == WORKING else tl.sqrt_rn(square)
    return radius * tl.cos(turn * ((second.to(WORKING) + 0.5) * 2.3283064365386963e-10))


@triton.jit
def _is_taken(taken_pointer, tile, exists):
    return tl.load(taken_pointer + tile, mask=exists, other=0).to(tl.int1)


@triton.jit
def _is_in_subset(seed_low, seed_high, index, step, threshold, last_tie):
    """Return whether the word of an element is below a threshold, ties by index."""
    stream = tl.full((), _ORDER_STREAM, tl.uint32)
    word, _, _, _ = philox_words(seed_low, seed_high, index, step, stream)
    word = word.to(tl.int64)
    return (word < threshold) | ((word == threshold) & (index <= last_tie))


@triton.jit(
    do_not_specialize=["seed_low", "seed_high", "start", "size", "origin", "tile_size", "level_count"]
)
def anneal_kernel(
    theta_pointer,
    gradient_pointer,
    mean_pointer,
    sums_pointer,
    permission_pointer,
    first_pointer,
    second_pointer,
    step_pointer,
    lr_pointer,
    temperature_pointer,
    noise_scale_pointer,
    seed_low: tl.uint32,
    seed_high: tl.uint32,
    start: tl.int64,
    size: tl.int64,
    origin: tl.int64,
    tile_size: tl.int64,
    level_count: tl.int64,
    half_width: tl.float64,
    smoothing: tl.float64,
    weight_decay: tl.float64,
    regularization: tl.float64,
    MEMBERS: tl.constexpr,
    WEIGHTING: tl.constexpr,
    REFRESH_ALL: tl.constexpr,
    MAXIMIZE: tl.constexpr,
    DECAYS: tl.constexpr,
    NOISE: tl.constexpr,
    QUANTIZED: tl.constexpr,
    RULE: tl.constexpr,
    PENALTY: tl.constexpr,
    ENTROPY: tl.constexpr,
    WORKING: tl.constexpr,
    ALIGNMENT: tl.constexpr,
    BLOCK: tl.constexpr,
    CHUNK: tl.constexpr,
    SLOTS: tl.constexpr,
):
    """Move the elements start..start+size-1; sums: tried, accepted, and the two words of the entropy.

    first, second: of the members: tiles taken; word and last tie; or ends of a range.
    ALIGNMENT: what divides the size, and all distances from the first element to an edge of a tile.
    """
    program = tl.program_id(0).to(tl.int64)
    chunk = program * CHUNK
    # Divided and multiplied, so that the compiler knows the divisor; tl.multiple_of says nothing of an argument.
    size = size // ALIGNMENT * ALIGNMENT
    low, high = start + chunk, start + tl.minimum(chunk + CHUNK, size)
    permitted = tl.full((), 1, tl.int1)
    if permission_pointer is not None:
        permitted = tl.load(permission_pointer).to(tl.int1)
    moving = permitted
    if MEMBERS == "tiles":
        # A program is no larger than a tile, and so meets two at most.
        tile = (low - origin) // tile_size
        # Not origin - start first: Triton's interpreter holds both in 32 bits, without a sign, where they fit.
        edge = (origin + (tile + 1) * tile_size - start) // ALIGNMENT * ALIGNMENT
        here_taken = _is_taken(first_pointer, tile, low < high)
        next_taken = _is_taken(first_pointer, tile + 1, start + edge < high)
        moving = permitted & (here_taken | next_taken)
    if MEMBERS == "subset" or MEMBERS == "range":
        first, second = tl.load(first_pointer), tl.load(second_pointer)
    if MEMBERS == "range":
        moving = permitted & (first < high) & (second > low)
    LOOKS_EVERYWHERE: tl.constexpr = REFRESH_ALL or ENTROPY == "all"
    if (moving | LOOKS_EVERYWHERE) == 0:
        return

    step = tl.load(step_pointer)
    lr, scale = tl.load(lr_pointer).to(WORKING), tl.load(noise_scale_pointer).to(WORKING)
    temperature = tl.load(temperature_pointer)
    heat = finite_heat(temperature, WORKING)
    # As they are rounded on the way through gpu/annealing.py.
    width = tl.full((), half_width, tl.float64).to(WORKING).to(tl.float64)
    quantizer_heat = temperature.to(WORKING).to(tl.float64)
    old_share = tl.full((), smoothing, tl.float64)
    new_share = 1.0 - old_share
    if WEIGHTING == "gradient":
        old_share, new_share = new_share, old_share
    old_share, new_share = old_share.to(WORKING), new_share.to(WORKING)
    decay = tl.full((), weight_decay, tl.float64).to(WORKING)
    regularizer = tl.full((), regularization, tl.float64).to(WORKING)
    tried, accepted = tl.zeros((BLOCK,), tl.int32), tl.zeros((BLOCK,), tl.int32)
    coarse, fine = tl.zeros((BLOCK,), tl.int64), tl.zeros((BLOCK,), tl.int64)

    for turn in range(tl.cdiv(high - low, BLOCK)):
        place = chunk + turn * BLOCK + tl.arange(0, BLOCK)
        inside, index = place < size, start + place
        selected = inside & permitted
        if MEMBERS == "tiles":
            selected = selected & ((here_taken & (place < edge)) | (next_taken & (place >= edge)))
        if MEMBERS == "range":
            selected = selected & (index >= first) & (index < second)
        if MEMBERS == "subset":
            selected = selected & _is_in_subset(seed_low, seed_high, index, step, first, second)
        refreshed = (inside & permitted) if REFRESH_ALL else selected
        looked = inside if LOOKS_EVERYWHERE else selected
        theta = tl.load(theta_pointer + place, mask=looked, other=0.0).to(WORKING)
        slope = tl.load(gradient_pointer + place, mask=refreshed, other=0.0).to(WORKING)
        if MAXIMIZE:
            slope = -slope
        if DECAYS:
            slope = slope + decay * theta
        averaged = slope
        if WEIGHTING is not None:
            before = tl.load(mean_pointer + place, mask=refreshed, other=0.0).to(WORKING)
            averaged = old_share * before + new_share * slope
            stored = _rounded(averaged, mean_pointer.dtype.element_ty)
            tl.store(mean_pointer + place, stored.to(mean_pointer.dtype.element_ty), mask=refreshed)
        proposal = theta - lr * averaged
        if NOISE == "inside":
            proposal = proposal + scale * _normals(seed_low, seed_high, index, step, WORKING)
        if QUANTIZED:
            proposal, _ = soft_quantize_block(proposal, width, quantizer_heat, level_count, WORKING)
        if NOISE == "outside":
            proposal = proposal + scale * _normals(seed_low, seed_high, index, step, WORKING)
        # What is stored is what is tested.
        proposal = _rounded(proposal, theta_pointer.dtype.element_ty)
        moves = selected
        if RULE is not None:
            change = slope * (proposal - theta)
            if PENALTY is not None:
                penalty = penalty_change(tl.abs(theta - proposal), heat, PENALTY, WORKING)
                change = change + regularizer * penalty
            moves = selected & accepts(
                change, heat, seed_low, seed_high, index, step, _ACCEPTANCE_STREAM, RULE, WORKING
            )
        after = tl.where(moves, proposal, theta)
        tl.store(theta_pointer + place, after.to(theta_pointer.dtype.element_ty), mask=selected)
        tried += selected.to(tl.int32)
        accepted += moves.to(tl.int32)
        if ENTROPY is not None:
            _, entropy = soft_quantize_block(after, width, quantizer_heat, level_count, WORKING)
            counted = selected if ENTROPY == "selected" else inside
            # Words of 24 and 32 binary places, as ``fixed_point`` makes them.
            scaled = tl.where(counted, entropy, 0.0) * 16777216.0  # 2^24
            whole = tl.floor(scaled)
            coarse += whole.to(tl.int64)
            fine += ((scaled - whole) * 4294967296.0).to(tl.int64)  # 2^32

    row = sums_pointer + 4 * (program % SLOTS)
    tl.atomic_add(row, tl.sum(tried, axis=0).to(tl.int64), sem="relaxed")
    tl.atomic_add(row + 1, tl.sum(accepted, axis=0).to(tl.int64), sem="relaxed")
    if ENTROPY is not None:
        # The carry moves here, so that the second word cannot overflow before 2^31 programs have added to it.
        low_word = tl.sum(fine, axis=0)
        tl.atomic_add(row + 2, tl.sum(coarse, axis=0) + (low_word >> 32), sem="relaxed")
        tl.atomic_add(row + 3, low_word & 0xFFFFFFFF, sem="relaxed")

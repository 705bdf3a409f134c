"""Soft quantization and entropy on the uniform grid in one Triton kernel: theta read once, two results written.

Twin: reference/soft_quantization.py and reference/entropy.py; the formulas are those of gpu/closed_form.py, and
the names too.  The quantities that all parameters share are computed in float64 by every program, from a
half-width and a temperature that lie on the device.  Import this module only where Triton is installed.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from gpu.closed_form import Quantized, closed_form

BLOCK = 1024  # Parameters per program, our choice.

_CROSSOVER = tl.constexpr(0.5)  # as in gpu/closed_form.py, like the two below
_EXTREME = tl.constexpr(1e30)
_UPPER_BITS = tl.constexpr(~((1 << 27) - 1))
_EXPONENT_BITS = tl.constexpr(0x7FF << 52)


@triton.jit
def soft_quantize_block(theta, width, heat, count, WORKING: tl.constexpr):
    """Return value and entropy of a block of parameters.

    Arguments:
        theta: block of dtype WORKING; width, heat: half_width and temperature, float64 scalars;
        count: number of levels K >= 2, an integer scalar; WORKING: tl.float32 or tl.float64.

    Returns:
        Two blocks of dtype WORKING.
    """
    spaces = (count - 1).to(tl.float64)
    levels = count.to(tl.float64)
    relative_heat = tl.minimum(tl.maximum(heat / width, 1.0 / _EXTREME), _EXTREME)
    span = levels / (spaces * relative_heat)  # Y

    # Place in the cell: see gpu/grid_cells.py. The scale is a power of two and every product below is exact.
    exponent = (width.to(tl.int64, bitcast=True) & _EXPONENT_BITS).to(tl.float64, bitcast=True)
    scaled = width / exponent
    upper_width = (scaled.to(tl.int64, bitcast=True) & _UPPER_BITS).to(tl.float64, bitcast=True)
    inside = tl.minimum(tl.abs(theta).to(tl.float64) * (1.0 / exponent), scaled)
    parity = (count % 2).to(tl.float64)
    cell = tl.floor(inside * (0.5 * spaces / scaled) + (0.5 - 0.5 * parity))
    middle = 2.0 * tl.minimum(cell, ((count - 2) // 2).to(tl.float64)) + parity
    upper = (inside.to(tl.int64, bitcast=True) & _UPPER_BITS).to(tl.float64, bitcast=True)
    rest = (scaled - upper_width) * middle - (inside - upper) * spaces
    offset = ((upper_width * middle - upper * spaces) + rest) * (0.5 / scaled)
    cells = tl.where(offset < -0.5, 1.0, 0.0) - tl.where(offset > 0.5, 1.0, 0.0)
    middle += 2.0 * cells
    offset += cells

    if span <= _CROSSOVER:
        position = (inside * (1.0 / scaled)).to(WORKING)
        mean, excess_weight, energy = _hot(position, offset.to(WORKING), span, levels, WORKING)
    else:
        mean, excess_weight, energy = _cold(middle.to(WORKING), offset.to(WORKING), span, levels, WORKING)
    value = tl.where(theta < 0, -mean, mean) * width.to(WORKING)
    value = tl.where(theta == 0, 0.0, value)  # by symmetry; rounding may leave a residue
    return value, _log1p(excess_weight, WORKING) + energy


@triton.jit
def _hot(position, offset, span, levels, WORKING: tl.constexpr):
    scale = (span / levels) * (span / levels)
    square = span * span
    sinhc = 1.0 + scale * _sinh_tail(scale)
    coth_tail = (_cosh_tail(scale) - _sinh_tail(scale)) / (sinhc * levels * levels)
    c = 1.0 + coth_tail * square
    decay = tl.exp(-span)
    linear = (decay * (_cosh_tail(square) + span * _sinh_tail(square) - coth_tail)).to(WORKING)
    mass = (_one_minus_exp(span) / span).to(WORKING)
    gain = (span * levels / (levels - 1.0)).to(WORKING)
    outer = ((span + c) * decay).to(WORKING)
    size = (levels / sinhc).to(WORKING)
    span, square, decay = span.to(WORKING), square.to(WORKING), decay.to(WORKING)
    c, coth_tail = c.to(WORKING), coth_tail.to(WORKING)

    u = position * ((levels - 1.0) / levels).to(WORKING)
    v = offset * (2.0 / levels).to(WORKING)
    uu, vv = u * u, v * v
    cosh_u, sinh_u = uu * _cosh_tail(square * uu), uu * _sinh_tail(square * uu)
    cosh_v, sinh_v = vv * _cosh_tail(square * vv), vv * _sinh_tail(square * vv)
    partition = mass + span * (cosh_v - decay * cosh_u)
    slope = u * (cosh_v + linear - outer * sinh_u) + v * (cosh_v - coth_tail - c * sinh_v)
    share = span * vv * (1.0 + square * sinh_v) + decay * (
        1.0 + square * cosh_u - span * uu * (1.0 + square * sinh_u)
    )
    return gain * slope / partition, size * partition - 1.0, c - share / partition


@triton.jit
def _cold(middle, offset, span, levels, WORKING: tl.constexpr):
    NEGLIGIBLE: tl.constexpr = 350.0 if tl.float64 == WORKING else 40.0
    twice = (4.0 * span / levels).to(WORKING)
    step = 2.0 * span / levels
    inverse = 1.0 / _one_minus_exp(step)
    first = _weight(step, NEGLIGIBLE)
    ratio, spread = (step * first * inverse).to(WORKING), (1.0 / step).to(WORKING)
    first, inverse, x = first.to(WORKING), inverse.to(WORKING), step.to(WORKING)

    away = tl.where(offset >= 0.0, 1.0, -1.0).to(WORKING)
    count = levels.to(WORKING)
    on_side = 0.5 * count + 0.5 * (away * middle)
    near, far = x * on_side, x * (count - on_side)
    excess = twice * (away * offset)
    end_near, odds = _weight(near, NEGLIGIBLE), _weight(excess, NEGLIGIBLE)
    end_far = _weight(far + excess, NEGLIGIBLE)
    near_weight, far_weight = 1.0 - end_near, odds - end_far
    near_energy = ratio * near_weight - near * end_near
    far_energy = ratio * far_weight - far * end_far
    reciprocal = 1.0 / (near_weight + far_weight)
    shift = (far_weight + spread * (far_energy - near_energy)) * reciprocal
    mean = (middle + away * (2.0 * shift - 1.0)) / (count - 1.0)
    energy = (near_energy + far_energy + excess * far_weight) * reciprocal
    return mean, inverse * (far_weight + (first - end_near)), energy


@triton.jit
def _weight(z, LIMIT: tl.constexpr):
    return tl.where(z < LIMIT, tl.exp(-tl.minimum(z, LIMIT)), 0.0)


@triton.jit
def _one_minus_exp(z):
    """Return 1 - exp(-z) for a float64 z >= 0; below 1/2 as 2 sinh(z/2) exp(-z/2), without cancellation."""
    half = 0.5 * tl.minimum(z, 0.5)
    small = 2.0 * half * (1.0 + half * half * _sinh_tail(half * half)) * tl.exp(-half)
    return tl.where(z < 0.5, small, 1.0 - tl.exp(-z))


@triton.jit
def _log1p(z, WORKING: tl.constexpr):
    """Return log(1 + z) for z >= 0; below 1/2 as 2 artanh(z/(2 + z)), because log loses small digits on a GPU."""
    s = tl.minimum(z, 0.5) / (2.0 + tl.minimum(z, 0.5))
    square = s * s  # at most 0.04: the first term left out is below half a unit in the last place
    series = tl.zeros_like(s)
    for index in tl.static_range(11 if tl.float64 == WORKING else 5):
        series = series * square + 1.0 / (2 * (10 if tl.float64 == WORKING else 4) + 1 - 2 * index)
    return tl.where(z < 0.5, 2.0 * s * series, tl.log(1.0 + z))


@triton.jit
def _cosh_tail(z):
    """Return sum_(k >= 1) z^(k - 1)/(2k)!, to the last digit of float64 for 0 <= z <= 1/4."""
    result = z * (1.0 / 87178291200) + 1.0 / 479001600  # 14!, 12!
    result = result * z + 1.0 / 3628800
    result = result * z + 1.0 / 40320
    result = result * z + 1.0 / 720
    result = result * z + 1.0 / 24
    return result * z + 0.5


@triton.jit
def _sinh_tail(z):
    """Return sum_(k >= 1) z^(k - 1)/(2k + 1)!, to the last digit of float64 for 0 <= z <= 1/4."""
    result = z * (1.0 / 1307674368000) + 1.0 / 6227020800  # 15!, 13!
    result = result * z + 1.0 / 39916800
    result = result * z + 1.0 / 362880
    result = result * z + 1.0 / 5040
    result = result * z + 1.0 / 120
    return result * z + 1.0 / 6


@triton.jit(do_not_specialize=["size", "count"])
def soft_quantize_kernel(
    theta_pointer,
    width_pointer,
    heat_pointer,
    value_pointer,
    entropy_pointer,
    size: tl.int64,
    count: tl.int64,
    WORKING: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Write value and entropy of ``size`` parameters; half_width and temperature are float64 in memory."""
    place = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = place < size
    theta = tl.load(theta_pointer + place, mask=inside, other=0.0).to(WORKING)
    width, heat = tl.load(width_pointer), tl.load(heat_pointer)
    value, entropy = soft_quantize_block(theta, width, heat, count, WORKING)
    tl.store(value_pointer + place, value.to(value_pointer.dtype.element_ty), mask=inside)
    tl.store(entropy_pointer + place, entropy, mask=inside)


def interpreted() -> bool:
    """Return whether Triton runs kernels in its interpreter, on the CPU."""
    return bool(triton.knobs.runtime.interpret)


def triton_soft_quantize(
    theta: Tensor, half_width: float | Tensor, count: int, temperature: float | Tensor, block: int = BLOCK
) -> Quantized:
    """Return the mean level and the entropy of each parameter, as ``closed_form`` does, by one kernel.

    Arguments:
        theta: on a CUDA device, or on the CPU in Triton's interpreter; half_width, temperature: numbers or
            tensors of one element; count: K from 1 to 2^23; block: parameters per program, a power of two.

    Returns:
        As ``closed_form``.  The derivative is that of ``closed_form``, which the backward pass evaluates.
    """
    if count == 1:
        return closed_form(theta, half_width, count, temperature)
    width, heat = (_on_device(scale, theta.device) for scale in (half_width, temperature))
    return Quantized(*_FusedQuantization.apply(theta, width, count, heat, block))


def _on_device(scale: float | Tensor, device: torch.device) -> Tensor:
    if isinstance(scale, Tensor):
        return scale.to(device, torch.float64, non_blocking=True).reshape(())
    return torch.full((), scale, dtype=torch.float64, device=device)


class _FusedQuantization(torch.autograd.Function):
    """The kernel, with the derivative of the closed form."""

    @staticmethod
    def forward(ctx, theta, half_width, count, temperature, block):
        ctx.save_for_backward(theta, half_width, temperature)
        ctx.count = count
        theta = theta.contiguous()
        working = torch.float64 if theta.dtype == torch.float64 else torch.float32
        value, entropy = torch.empty_like(theta), torch.empty_like(theta, dtype=working)
        size = theta.numel()
        if size:
            dtype = tl.float64 if working == torch.float64 else tl.float32
            arguments = theta, half_width, temperature, value, entropy, size, count
            soft_quantize_kernel[(triton.cdiv(size, block),)](*arguments, WORKING=dtype, BLOCK=block)
        return value, entropy

    @staticmethod
    def backward(ctx, value_gradient, entropy_gradient):
        inputs = [tensor.detach().requires_grad_() for tensor in ctx.saved_tensors]
        theta, half_width, temperature = inputs
        with torch.enable_grad():
            form = closed_form(theta, half_width, ctx.count, temperature)
        theta, half_width, temperature = torch.autograd.grad(form, inputs, (value_gradient, entropy_gradient))
        return theta, half_width, None, temperature, None

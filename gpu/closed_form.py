"""Soft quantization and entropy on the uniform grid in O(1) per parameter, whatever the number of levels.

Twin: reference/soft_quantization.py and reference/entropy.py, which add up all levels.  The levels below and
above a parameter form two geometric series, and only their ends depend on the parameter.  float64 is computed
in float64; everything else in float32, apart from the position within a cell, which is exact in float64.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from gpu.grid_cells import grid_constants, place_in_cell

Scalar = float | Tensor  # a number on the host, or a float64 tensor on the device
_S = TypeVar("_S", float, Tensor)

# Hot and cold meet where (half_width + spacing/2)/T is this; our choice: the cold form loses a factor of its
# reciprocal to cancellation, and the series of the hot form need more terms the larger it is.
_CROSSOVER = 0.5

# T/half_width is clamped to this range and its reciprocal; our choice: below it, two distances that differ in
# float64 have weights 1 and 0 already; above it, the value is 0 and the entropy log K to the last digit.
_EXTREME = 1e30

# Terms of the series of cosh and sinh, for arguments up to _CROSSOVER and up to half of it: the first one left
# out changes the result by less than a tenth of a unit in the last place.
_TERMS = {torch.float64: (7, 6), torch.float32: (4, 3)}

# A weight exp(-z) counts as 0 from this z on, our choice: then z exp(-z) is far below one rounding error, and no
# product of two weights is subnormal, which would slow processors down.
_NEGLIGIBLE = {torch.float64: 350.0, torch.float32: 40.0}


class Quantized(NamedTuple):
    """Soft-quantized value, and entropy in nats (float32 even where theta is shorter), of theta's shape."""

    value: Tensor
    entropy: Tensor


def closed_form(theta: Tensor, half_width: Scalar, count: int, temperature: Scalar) -> Quantized:
    """Return the mean level and the entropy of each parameter; nothing is checked, nothing read from a device.

    With u = theta/T, v = (middle of the cell of theta - theta)/T, x = h/T, Y = K x/2 and c = (x/2) coth(x/2),

        Z = (cosh v - e^-Y cosh u) / sinh(x/2)
        S = T ((u + v) cosh v - c sinh v - (Y + c) e^-Y sinh u) / (cosh v - e^-Y cosh u)
        H = ln Z + c - (v sinh v + e^-Y (Y cosh u - u sinh u)) / (cosh v - e^-Y cosh u)

    evaluated as series for Y <= 1/2, and as two geometric sums for Y > 1/2.

    Arguments:
        theta: any shape, floating point, finite; half_width, temperature: positive, numbers or tensors
            broadcastable to theta; count: number of levels K, 1 <= K <= 2^23.

    Returns:
        Value and entropy of theta's shape: the value of theta's dtype, the entropy in float64 for float64 and in
        float32 otherwise.  Differentiable in all three, wherever the mean is.

    >>> closed_form(torch.tensor([0.0, 0.6]), 1.0, 3, 0.05).value.round(decimals=3)
    tensor([0.0000, 0.9820])
    """
    working = torch.float64 if theta.dtype == torch.float64 else torch.float32
    if count == 1:
        nothing = 0.0 * torch.clamp(theta, -1.0, 1.0)
        return Quantized(nothing, nothing.abs().to(working))
    width, heat = _scalar(half_width, theta), _scalar(temperature, theta)
    if not (isinstance(width, float) and isinstance(heat, float)):
        width, heat = (torch.as_tensor(s, dtype=torch.float64, device=theta.device) for s in (width, heat))
    relative_heat = _at_most(_at_least(heat / width, 1 / _EXTREME), _EXTREME)
    span = (count / (count - 1)) / relative_heat  # Y

    # Not torch.abs, whose derivative at 0 is 0.
    magnitude = torch.where(theta < 0, -theta, theta)
    middle, offset, position = place_in_cell(magnitude, shared(grid_constants(width, count)), count, working)
    if isinstance(span, Tensor):
        (span, width) = shared((span, width))
        hot = _hot(position, offset, _hot_constants(_at_most(span, _CROSSOVER), count, working), count)
        cold = _cold(middle, offset, _cold_constants(_at_least(span, _CROSSOVER), count, working), count)
        is_hot = span <= _CROSSOVER
        mean, excess_weight, energy = (torch.where(is_hot, *pair) for pair in zip(hot, cold, strict=True))
        width = width.to(working)
    elif span <= _CROSSOVER:
        constants = _hot_constants(span, count, working)
        mean, excess_weight, energy = _hot(position, offset, constants, count)
    else:
        constants = _cold_constants(span, count, working)
        mean, excess_weight, energy = _cold(middle, offset, constants, count)
    value = torch.where(theta < 0, -mean, mean) * width
    # By symmetry 0 goes to 0; rounding may leave a residue, which is removed without touching the slope.
    value = value - torch.where(theta == 0, value.detach(), 0.0)
    entropy = torch.log1p(excess_weight) + energy
    return Quantized(value.to(theta.dtype), entropy)


def _hot_constants(span: _S, count: int, working: torch.dtype) -> tuple[_S, ...]:
    """Return what ``_hot`` needs and all parameters share, for Y = span in (0, 1/2]."""
    half_step = span / count  # x/2
    terms = _TERMS[torch.float64][0]
    scale, square = half_step * half_step, span * span
    sinhc = 1.0 + scale * _sinh_tail(scale, terms)
    coth_tail = (_cosh_tail(scale, terms) - _sinh_tail(scale, terms)) / (sinhc * count**2)  # (c - 1)/Y^2
    c = 1.0 + coth_tail * square
    decay = _exp(-span)
    # (1 - (Y + c) e^-Y)/Y^2 and (1 - e^-Y)/Y
    linear = decay * (_cosh_tail(square, terms) + span * _sinh_tail(square, terms) - coth_tail)
    mass = -_expm1(-span) / span
    gain = span * (count / (count - 1))
    outer, size = (span + c) * decay, count / sinhc
    return shared((span, square, decay, c, coth_tail, linear, mass, gain, outer, size), working)


def _hot(position: Tensor, offset: Tensor, constants: tuple[Scalar, ...], count: int) -> tuple[Tensor, ...]:
    """Return |S|/width, Z - 1 and the mean energy over T for Y <= 1/2; nothing cancels."""
    span, square, decay, c, coth_tail, linear, mass, gain, outer, size = constants
    u = position * ((count - 1) / count)  # |theta|/(T Y)
    v = offset * (2.0 / count)  # v/Y
    uu, vv = u * u, v * v
    many, few = _TERMS[position.dtype]
    cosh_u, sinh_u = uu * _cosh_tail(square * uu, many), uu * _sinh_tail(square * uu, many)
    cosh_v, sinh_v = vv * _cosh_tail(square * vv, few), vv * _sinh_tail(square * vv, few)
    partition = mass + span * (cosh_v - decay * cosh_u)
    slope = u * (cosh_v + linear - outer * sinh_u) + v * (cosh_v - coth_tail - c * sinh_v)
    share = span * vv * (1.0 + square * sinh_v) + decay * (
        1.0 + square * cosh_u - span * uu * (1.0 + square * sinh_u)
    )
    return gain * slope / partition, size * partition - 1.0, c - share / partition


def _cold_constants(span: _S, count: int, working: torch.dtype) -> tuple[_S, ...]:
    """Return what ``_cold`` needs and all parameters share, for Y = span >= 1/2."""
    step = 2.0 * span / count  # x
    first, inverse = _weight(step, _NEGLIGIBLE[working]), -1.0 / _expm1(-step)
    return shared((2.0 * step, step, first, step * first * inverse, 1.0 / step, inverse), working)


def _cold(middle: Tensor, offset: Tensor, constants: tuple[Scalar, ...], count: int) -> tuple[Tensor, ...]:
    """Return |S|/width, Z - 1 and the mean energy over T for Y >= 1/2, relative to the nearest level."""
    twice, x, first, ratio, spread, inverse = constants
    away = torch.where(offset >= 0, 1.0, -1.0).to(offset.dtype)  # from the nearest level, through theta
    levels = 0.5 * count + 0.5 * (away * middle)  # on the side of the nearest one
    near, far = x * levels, x * (count - levels)
    excess = twice * (away * offset)  # (distance to the nearest level beyond theta - to the nearest)/T
    end_near, odds, end_far = (_weight(z, _NEGLIGIBLE[z.dtype]) for z in (near, excess, far + excess))
    near_weight, far_weight = 1.0 - end_near, odds - end_far
    near_energy = ratio * near_weight - near * end_near
    far_energy = ratio * far_weight - far * end_far
    reciprocal = 1.0 / (near_weight + far_weight)
    shift = (far_weight + spread * (far_energy - near_energy)) * reciprocal
    mean = (middle + away * (2.0 * shift - 1.0)) / (count - 1)
    energy = (near_energy + far_energy + excess * far_weight) * reciprocal
    return mean, inverse * (far_weight + (first - end_near)), energy


def _weight(z: _S, limit: float) -> _S:
    """Return exp(-z) for z >= 0, or 0 from the limit on."""
    if not isinstance(z, Tensor):
        return math.exp(-z) if z < limit else 0.0
    return torch.where(z < limit, torch.exp(-torch.clamp(z, max=limit)), 0.0)


def _scalar(value: Scalar, theta: Tensor) -> Scalar:
    """Return a number where the value can be known without waiting for a device, else a float64 tensor."""
    if not isinstance(value, Tensor):
        return float(value)
    if (
        value.ndim == 0
        and value.device.type == "cpu"
        and not value.requires_grad
        and not torch.compiler.is_compiling()
    ):
        return float(value)
    return value.to(device=theta.device, dtype=torch.float64)


def shared(constants: tuple[_S, ...], working: torch.dtype = torch.float64) -> tuple[_S, ...]:
    """Convert tensors to the working dtype, through memory, lest a compiler recompute them per parameter."""
    if isinstance(constants[0], float):
        return constants
    if constants[0].ndim:
        return tuple(constant.to(working) for constant in constants)
    return tuple(torch.stack(constants).to(working).unbind())


def _exp(z: _S) -> _S:
    return torch.exp(z) if isinstance(z, Tensor) else math.exp(z)


def _expm1(z: _S) -> _S:
    return torch.expm1(z) if isinstance(z, Tensor) else math.expm1(z)


def _at_most(z: _S, bound: float) -> _S:
    return torch.clamp(z, max=bound) if isinstance(z, Tensor) else min(z, bound)


def _at_least(z: _S, bound: float) -> _S:
    return torch.clamp(z, min=bound) if isinstance(z, Tensor) else max(z, bound)


def _cosh_tail(square: _S, terms: int) -> _S:
    """Return (cosh z - 1)/z^2 as a series in the square of z."""
    return _series(square, [1.0 / math.factorial(2 * index) for index in range(1, terms + 1)])


def _sinh_tail(square: _S, terms: int) -> _S:
    """Return (sinh z - z)/z^3 as a series in the square of z."""
    return _series(square, [1.0 / math.factorial(2 * index + 1) for index in range(1, terms + 1)])


def _series(z: _S, coefficients: list[float]) -> _S:
    result = coefficients[-1] * z + coefficients[-2]
    for coefficient in reversed(coefficients[:-2]):
        result = result * z + coefficient
    return result

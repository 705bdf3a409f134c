"""Soft quantization and entropy of tensors, by the literal sum over levels, in closed form, or in one kernel.

Twin: reference/soft_quantization.py and reference/entropy.py.  Differences: value and entropy come together;
any floating dtype (float64 is computed in float64, everything else in float32) and any shape; the literal
methods add up in the order of torch.sum.  On levels that the dtype cannot represent, or at a temperature far
below the spacing, the literal methods in float32 lose digits to the rounded levels; the closed form does not.
"""

from __future__ import annotations

from importlib.util import find_spec

import torch
from torch import Tensor

from gpu.closed_form import Quantized, closed_form
from gpu.validation import floating_tensor, integer_between, one_of, positive_number

METHODS = ("auto", "dense", "chunked", "closed_form", "triton")
LITERAL_METHODS = ("dense", "chunked")

# Largest number of levels: their numerators up to 2K must be exact in float32.
LARGEST_COUNT = 2**23

# Entries of one temporary of the chunked method, and parameters per piece of the closed form in eager mode on
# a CPU; our choice: they stay in a processor's second-level cache.
_CHUNK_ENTRIES = 2**16
_PIECE = 2**15


def soft_quantize(
    theta: Tensor,
    half_width: float | Tensor,
    count: int,
    temperature: float | Tensor,
    method: str = "auto",
) -> Quantized:
    """Return the mean level and the entropy of each parameter on the uniform grid of [-half_width, half_width].

    Arguments:
        theta: floating point, any shape, finite (not checked: it would make the host wait for the device).
        half_width, temperature: positive; numbers, or tensors broadcastable to theta, whose entries are not
            checked.
        count: number of levels K, from 1 to 2^23.
        method: "dense" (O(n K) time and memory), "chunked" (O(n K) time, bounded memory), "closed_form" (O(n)),
            "triton" (O(n), one kernel, one half_width and one temperature), or "auto": "triton" on a CUDA
            device where that is possible, else "closed_form".

    Returns:
        ``(value, entropy)`` of the shape of theta: the value of its dtype, the entropy float64 for float64 and
        float32 otherwise.  Differentiable in theta, except at levels (where the mean has a kink).

    Raises:
        ValueError, TypeError: an argument is not as above, or "triton" is asked for without a CUDA tensor.

    >>> soft_quantize(torch.tensor([0.0, 0.6]), 1.0, 3, 0.05).value.round(decimals=3)
    tensor([0.0000, 0.9820])
    """
    floating_tensor("theta", theta)
    integer_between("count", count, 1, LARGEST_COUNT)
    one_of("method", method, METHODS)
    half_width = _scale("half_width", half_width, theta)
    temperature = _scale("temperature", temperature, theta)
    if method == "auto":
        method = "triton" if _kernel_applies(theta, half_width, temperature) else "closed_form"
    if method == "triton":
        return _by_kernel(theta, half_width, count, temperature)
    if method == "closed_form":
        return _by_pieces(theta, half_width, count, temperature)
    levels = uniform_levels(half_width, count, _working(theta.dtype), theta.device)
    return _literal(theta, levels, temperature, method)


def soft_quantize_levels(
    theta: Tensor, levels: Tensor, temperature: float | Tensor, method: str = "chunked"
) -> Quantized:
    """Return the mean level and the entropy of each parameter on arbitrary levels, by the literal sum.

    Arguments:
        theta, temperature: as in ``soft_quantize``.
        levels: shape (K,), K >= 1, strictly increasing (not checked), of theta's device.
        method: "dense" (O(n K) memory) or "chunked" (bounded memory).

    >>> soft_quantize_levels(torch.tensor([0.6]), torch.tensor([-1.0, 0.0, 1.0]), 0.05).value.round(decimals=3)
    tensor([0.9820])
    """
    floating_tensor("theta", theta)
    floating_tensor("levels", levels)
    one_of("method", method, LITERAL_METHODS)
    if levels.ndim != 1 or levels.numel() == 0:
        raise ValueError(f"levels must have shape (K,) with K >= 1, got shape {tuple(levels.shape)}")
    temperature = _scale("temperature", temperature, theta)
    return _literal(theta, levels.to(_working(theta.dtype)), temperature, method)


def uniform_levels(
    half_width: float | Tensor, count: int, dtype: torch.dtype, device: torch.device | str
) -> Tensor:
    """Return the levels half_width (2k - K - 1)/(K - 1), k = 1..K, in the last dimension; 0 for K = 1.

    half_width: a number, or a tensor of any shape, which the result has before its last dimension.

    >>> uniform_levels(1.0, 5, torch.float32, "cpu")
    tensor([-1.0000, -0.5000,  0.0000,  0.5000,  1.0000])
    """
    numerators = torch.arange(1 - count, count, 2, dtype=dtype, device=device)
    fractions = numerators / max(1, count - 1)
    if isinstance(half_width, Tensor):
        return half_width.to(dtype).unsqueeze(-1) * fractions
    return half_width * fractions


def _by_pieces(
    theta: Tensor, half_width: float | Tensor, count: int, temperature: float | Tensor
) -> Quantized:
    """Return ``closed_form``, in eager mode on a CPU piece by piece, so that temporaries stay in its cache."""
    tensors = [theta, *(scale for scale in (half_width, temperature) if isinstance(scale, Tensor))]
    whole = (
        theta.device.type != "cpu"
        or theta.numel() <= _PIECE
        or torch.compiler.is_compiling()
        or any(scale.ndim for scale in tensors[1:])
        or (torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors))
    )
    if whole:
        return closed_form(theta, half_width, count, temperature)
    value = torch.empty(theta.shape, dtype=theta.dtype)
    entropy = torch.empty(theta.shape, dtype=_working(theta.dtype))
    parts = (tensor.reshape(-1).split(_PIECE) for tensor in (theta, value, entropy))
    for piece, value_piece, entropy_piece in zip(*parts, strict=True):
        form = closed_form(piece, half_width, count, temperature)
        value_piece.copy_(form.value)
        entropy_piece.copy_(form.entropy)
    return Quantized(value, entropy)


def _literal(theta: Tensor, levels: Tensor, temperature: float | Tensor, method: str) -> Quantized:
    """Apply ``_all_levels`` to everything at once or to pieces; levels of shape (K,) or theta.shape + (K,)."""
    flat = theta.reshape(-1).to(levels.dtype)
    if levels.ndim > 1:
        levels = levels.expand(*theta.shape, -1).reshape(-1, levels.shape[-1])
    smallest = torch.finfo(levels.dtype).tiny  # so that 0 over the temperature is 0
    if isinstance(temperature, Tensor):
        temperature = (
            torch.clamp(temperature.to(levels.dtype), min=smallest).expand(theta.shape).reshape(-1, 1)
        )
    else:
        temperature = max(temperature, smallest)
    rows = max(1, flat.numel())
    if method == "chunked":
        rows = max(1, _CHUNK_ENTRIES // levels.shape[-1])
    pieces = [
        _all_levels(
            flat[start : start + rows],
            levels if levels.ndim == 1 else levels[start : start + rows],
            temperature[start : start + rows] if isinstance(temperature, Tensor) else temperature,
        )
        for start in range(0, max(1, flat.numel()), rows)
    ]
    value, entropy = (torch.cat(parts).reshape(theta.shape) for parts in zip(*pieces, strict=True))
    return Quantized(value.to(theta.dtype), entropy)


def _all_levels(theta: Tensor, levels: Tensor, temperature: float | Tensor) -> Quantized:
    """Return sum_k q_k P_k and log Z + sum_k P_k a_k with P_k = exp(-a_k)/Z, the smallest a_k being 0."""
    # Beyond the hull all energies grow alike; clamping keeps the digits of their differences.
    inside = torch.clamp(theta, levels[..., 0], levels[..., -1])
    distance = torch.abs(inside.unsqueeze(-1) - levels)
    distance = distance - distance.amin(-1, keepdim=True)
    energies = torch.clamp(distance / temperature, max=1e30)  # so that 0 times an energy is 0
    weights = torch.exp(-energies)
    partition = weights.sum(-1)
    value = (weights * levels).sum(-1) / partition
    return Quantized(value, torch.log(partition) + (weights * energies).sum(-1) / partition)


def _scale(name: str, value: float | Tensor, theta: Tensor) -> float | Tensor:
    """Check a half-width or temperature as far as that is possible without reading a tensor."""
    if not isinstance(value, Tensor):
        return positive_number(name, value)
    floating_tensor(name, value)
    if value.numel() == 1:
        return value.reshape(())
    try:
        same = torch.broadcast_shapes(value.shape, theta.shape) == theta.shape
    except RuntimeError:
        same = False
    if not same:
        raise ValueError(
            f"{name} must be one number or broadcastable to the shape {tuple(theta.shape)} of theta, "
            f"got shape {tuple(value.shape)}"
        )
    return value


def _working(dtype: torch.dtype) -> torch.dtype:
    return torch.float64 if dtype == torch.float64 else torch.float32


def _is_single(scale: float | Tensor) -> bool:
    return not isinstance(scale, Tensor) or scale.numel() == 1


def _kernel_applies(theta: Tensor, half_width: float | Tensor, temperature: float | Tensor) -> bool:
    """Whether the kernel is to be preferred; under torch.compile the closed form is fused by the compiler."""
    if not theta.is_cuda or torch.compiler.is_compiling():
        return False
    return _is_single(half_width) and _is_single(temperature) and find_spec("triton") is not None


def _by_kernel(
    theta: Tensor, half_width: float | Tensor, count: int, temperature: float | Tensor
) -> Quantized:
    for name, scale in (("half_width", half_width), ("temperature", temperature)):
        if not _is_single(scale):
            raise ValueError(f"{name} must be one number for method 'triton', got shape {tuple(scale.shape)}")
    if find_spec("triton") is None:
        raise ValueError("method must be another than 'triton', because triton is not installed")
    from gpu.soft_quantization_kernel import interpreted, triton_soft_quantize

    if not (theta.is_cuda or interpreted()):
        raise ValueError(
            f"method must be another than 'triton', a CUDA device's, for theta on {theta.device}"
        )
    return triton_soft_quantize(theta, half_width, count, temperature)

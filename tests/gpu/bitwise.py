"""Equality of tensors, and of nested states, bit for bit: NaN equals NaN of the same bits, and 0.0 is not -0.0."""

import torch


def identical(first, second):
    """Return whether two nested structures hold the same numbers of the same types."""
    if isinstance(first, torch.Tensor):
        return isinstance(second, torch.Tensor) and _same_bits(first.detach(), second.detach())
    if type(first) is not type(second):
        return False
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(identical(first[key], second[key]) for key in first)
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(identical, first, second))
    if isinstance(first, float):
        return first.hex() == second.hex()
    return first == second


def _same_bits(first, second):
    if first.dtype != second.dtype or first.shape != second.shape or first.device != second.device:
        return False
    return torch.equal(*(tensor.contiguous().reshape(-1).view(torch.uint8) for tensor in (first, second)))

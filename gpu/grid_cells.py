"""Where each parameter lies on the uniform grid: its cell and its exact offset from the middle of the cell.

Twin: the nearest level in reference/levels.py.  There the levels are rounded to float64 and a tie is decided
between the rounded levels; here they are the exact multiples of half_width/(K - 1).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_EXPONENT_BITS = 0x7FF << 52  # of a float64
_UPPER_BITS = ~((1 << 27) - 1)  # sign, exponent and the upper half of the digits of a float64


def place_in_cell(
    theta: Tensor, width: float | Tensor, count: int, working: torch.dtype
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the middle of the cell of |theta|, the offset of the middle from |theta|, and |theta|/width.

    |theta| is clamped to width first.  The middle is an integer n of the parity of K in [0, K - 2], standing
    for n width/(K - 1); the offset (middle - |theta|)/h is in [-1/2, 1/2], its error a few units in its own
    last place: below a temperature far under the spacing, its sign decides between two levels.

    Arguments:
        theta: any shape; width: a number or a float64 tensor; count: K >= 2; working: float64 or float32.

    Returns:
        Three tensors of theta's shape and of the working dtype.

    >>> middle, offset, position = place_in_cell(torch.tensor([-0.75]), 1.0, 3, torch.float32)
    >>> middle.item(), offset.item(), position.item()
    (1.0, -0.25, 0.75)
    """
    magnitude = torch.abs(theta).to(torch.float64)
    if working == torch.float64:
        # A power of two, exact: products with the number of levels neither overflow nor underflow.
        unit = 1.0 / _power_of_two(width)
        magnitude, width = magnitude * unit, width * unit
    if isinstance(width, Tensor):
        inside = torch.minimum(magnitude, width)
    else:
        inside = torch.clamp(magnitude, max=width)
    parity = count % 2
    cell = torch.round(inside.detach() * (0.5 * (count - 1) / width) - 0.5 * parity)
    middle = 2.0 * torch.clamp(cell, max=(count - 2) // 2) + parity
    # The products below are exact: each factor has at most half of the digits of float64.
    upper_width = _upper_digits(width)
    lower_width = width - upper_width
    if working == torch.float64:
        upper = _upper_digits(inside)
        difference = (upper_width * middle - upper * (count - 1)) + (
            lower_width * middle - (inside - upper) * (count - 1)
        )
        offset = difference * (0.5 / width)
        # The position is rounded, and beside a level it may fall into the neighbouring cell.
        cells = (offset < -0.5).to(working) - (offset > 0.5).to(working)
        middle, offset = middle + 2.0 * cells, offset + cells
    else:
        difference = upper_width * middle - inside * (count - 1)
        if isinstance(width, Tensor) or lower_width != 0.0:
            difference = difference + lower_width * middle
        offset = difference * (0.5 / width)
    return middle.to(working), offset.to(working), (inside * (1.0 / width)).to(working)


def _power_of_two(value: float | Tensor) -> float | Tensor:
    """Return the largest power of two not above a positive normal number."""
    if isinstance(value, Tensor):
        return (value.detach().view(torch.int64) & _EXPONENT_BITS).view(torch.float64)
    return math.ldexp(0.5, math.frexp(value)[1])


def _upper_digits(value: float | Tensor) -> float | Tensor:
    """Return the number without its last 27 binary digits."""
    if isinstance(value, Tensor):
        return (value.detach().view(torch.int64) & _UPPER_BITS).view(torch.float64)
    mantissa, exponent = math.frexp(value)
    return math.ldexp(math.floor(math.ldexp(mantissa, 26)), exponent - 26)

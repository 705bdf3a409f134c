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


def grid_constants(width: float | Tensor, count: int) -> tuple[float | Tensor, ...]:
    """Return what all parameters share: the width and its upper and lower digits, scaled into [1, 2), and more.

    width: a number or a float64 tensor; count: K >= 2.

    >>> grid_constants(3.0, 3)  # scale, width, upper digits, lower digits, cells per unit, 1/(2 width)
    (0.5, 1.5, 1.5, 0.0, 0.6666666666666666, 0.3333333333333333)
    """
    # A power of two, exact: products with the number of levels neither overflow nor underflow.
    scale = 1.0 / _power_of_two(width)
    width = width * scale
    upper = _upper_digits(width)
    return scale, width, upper, width - upper, 0.5 * (count - 1) / width, 0.5 / width


def place_in_cell(
    magnitude: Tensor, constants: tuple[float | Tensor, ...], count: int, working: torch.dtype
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the middle of the cell of |theta|, the offset of the middle from |theta|, and |theta|/width.

    |theta| is clamped to width first.  The middle is an integer n of the parity of K in [0, K - 2], standing
    for n width/(K - 1); the offset (middle - |theta|)/h is in [-1/2, 1/2], its error a few units in its own
    last place: at a temperature far below the spacing, its sign decides between two levels.

    Arguments:
        magnitude: |theta|, any shape; constants: from ``grid_constants``; count: K >= 2; working: float64 or float32.

    Returns:
        Three tensors of that shape and of the working dtype.

    >>> grid = grid_constants(1.0, 3)
    >>> middle, offset, position = place_in_cell(torch.tensor([0.75]), grid, 3, torch.float32)
    >>> middle.item(), offset.item(), position.item()
    (1.0, -0.25, 0.75)
    """
    scale, width, upper_width, lower_width, cells_per_unit, reciprocal = constants
    inside = magnitude.to(torch.float64) * scale
    # Not torch.minimum, which would give half of the derivative at the edge of the hull to the width.
    inside = torch.where(inside > width, width, inside)
    parity = count % 2
    position = inside.detach() * cells_per_unit
    cell = torch.round(position - 0.5 if parity else position)
    middle = 2.0 * torch.clamp(cell, max=(count - 2) // 2)
    middle = middle + 1.0 if parity else middle
    # The products are exact: each factor has at most half of the digits of float64.
    if working == torch.float64:
        upper = _upper_digits(inside)
        rest = lower_width * middle - (inside - upper) * (count - 1)
    else:
        upper, rest = inside, lower_width * middle
    offset = ((upper_width * middle - upper * (count - 1)) + rest) * reciprocal
    if working == torch.float64:
        # The position is rounded, and beside a level it may fall into the neighbouring cell.
        cells = (offset < -0.5).to(working) - (offset > 0.5).to(working)
        middle, offset = middle + 2.0 * cells, offset + cells
    return middle.to(working), offset.to(working), (inside * (2.0 * reciprocal)).to(working)


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

"""The total entropy as an exact sum, which depends neither on the order of the elements nor on their cutting.

Twin: reference/entropy.py.  Differences: each entropy is rounded down to a multiple of 2^-56 and the sum is
one of integers, so that tiles, threads and processes may add in any order.  What is added is the entropy of the
quantizer that is in use, see ``annealing.entropy_words``.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Our choice: two words of 24 and 32 binary places.  A float below 2^5 scaled by 2^24 is below 2^29.
COARSE_BITS, FINE_BITS = 24, 32


def fixed_point(x: Tensor) -> Tensor:
    """Return the sum of all entries as two integers, w_0 2^-24 + w_1 2^-56.

    w = (sum floor(2^24 x), sum floor(2^32 frac(2^24 x))), with the carry of w_1 moved to w_0.

    Every operation before the sums is exact: a scaling by a power of two, and the fractional part of a float.
    An entry is therefore taken as floor(2^56 x) 2^-56, and the sum of n entries lies in (x_1 + ... + x_n - n
    2^-56, x_1 + ... + x_n].  The integers are those of any other order, and w(x) + w(y) that of x and y
    together, once ``from_fixed_point`` has moved the carry.

    No sum overflows if one call has at most 2^31 entries (w_1 < 2^31 2^32) and the calls added up have at most
    2^34 entries (w_0 < 2^34 2^29) in at most 2^31 calls.

    Arguments:
        x: floating-point tensor of any shape, entries in [0, 32), which is not checked; log K is
            below 32 for every K up to 2^46.

    Returns:
        int64, shape (2,), the second in [0, 2^32).

    Raises:
        TypeError: x is not a floating-point tensor.

    >>> fixed_point(torch.tensor([0.5, 0.25])).tolist()
    [12582912, 0]
    """
    if not x.dtype.is_floating_point:
        raise TypeError(f"x must be a floating-point tensor, got dtype {x.dtype}")
    # float16 has no room for 2^29; the step to float32 is exact.
    working = x if x.dtype in (torch.float32, torch.float64) else x.to(torch.float32)
    scaled = working * 2.0**COARSE_BITS
    coarse = torch.floor(scaled)
    fine = (scaled - coarse) * 2.0**FINE_BITS
    # The conversion to integers cuts off what is left of fine, which is not negative.
    return _carried(coarse.to(torch.int64).sum(), fine.to(torch.int64).sum())


def from_fixed_point(words: Tensor) -> Tensor:
    """Return the number w_0 2^-24 + w_1 2^-56 that two integers stand for.

    Arguments:
        words: int64, shape (2,), a sum of results of ``fixed_point``.

    Returns:
        float64, 0-dim; the nearest one if the number is below 2^29.

    >>> from_fixed_point(fixed_point(torch.tensor([0.5, 0.25]))).item()
    0.75
    """
    coarse, fine = _carried(*words.unbind()).to(torch.float64).unbind()
    return coarse * 2.0**-COARSE_BITS + fine * 2.0 ** -(COARSE_BITS + FINE_BITS)


def _carried(coarse: Tensor, fine: Tensor) -> Tensor:
    return torch.stack((coarse + (fine >> FINE_BITS), fine & (2**FINE_BITS - 1)))

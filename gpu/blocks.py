"""Blocks of consecutive parameters, and the order in which an epoch visits them.

Twin: reference/blocks.py.  Differences: a block is a pair (start, stop) of global element indices instead of
an index array, and only the even partition is here; the order of visits is a tensor, whose epoch may be a
0-dim tensor.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import torch
from torch import Tensor

from gpu.random_streams import BLOCK_STREAM, RandomStream
from gpu.validation import integer_between, unit_interval


def block_count(f_min: float) -> int:
    """Return the number of blocks B = ceil(1 / f_min), f_min being read as its simplest rational.

    The simplest rational p/q is the one of smallest p and q among the numbers that round to f_min, f_high
    being the largest of them.  If any 1/m is among them, p = 1, and q is the smallest such m, which is
    ceil(1 / f_high); if none is, no integer lies between 1 / f_high and q/p.  So B = ceil(1 / f_high).

    Arguments:
        f_min: smallest share of parameters, a float in (0, 1].

    Raises:
        ValueError, TypeError: f_min lies outside (0, 1].

    >>> block_count(0.01), block_count(1 / 3)
    (100, 3)
    """
    share = unit_interval("f_min", f_min)
    if share == 0.0:
        raise ValueError(f"f_min must lie in (0, 1], got {f_min!r}")
    return math.ceil(1 / (Fraction(share) + Fraction(math.ulp(share)) / 2))


def even_bounds(size: int, count: int) -> list[tuple[int, int]]:
    """Return consecutive blocks whose sizes differ by at most one, the larger ones first.

    Arguments:
        size: number of parameters n, an integer of at least 0.
        count: number of blocks B, an integer of at least 1.

    Returns:
        B pairs (start, stop) that partition 0..n-1, of sizes floor(n / B) or ceil(n / B).

    Raises:
        ValueError, TypeError: an argument outside its range.

    >>> even_bounds(5, 3)
    [(0, 2), (2, 4), (4, 5)]
    """
    integer_between("size", size, 0, 2**63 - 1)
    integer_between("count", count, 1, 2**63 - 1)
    smaller, larger_count = divmod(size, count)
    ends = [block * smaller + min(block, larger_count) for block in range(count + 1)]
    return list(pairwise(ends))


def visit_order(
    seed: int, epoch: int | Tensor, count: int, device: torch.device | str | None = None
) -> Tensor:
    """Return the order in which an epoch visits the blocks, that of ``draws_of_step`` in the reference.

    Arguments:
        seed: seed of the run, an integer in [0, 2^64).
        epoch: integer in [0, 2^32), or a 0-dim int64 tensor.
        count: number of blocks B, an integer of at least 0.
        device: of the result.

    Returns:
        int64, shape (count,), each block once.

    >>> sorted(visit_order(seed=0, epoch=0, count=3).tolist())
    [0, 1, 2]
    """
    return RandomStream(seed, BLOCK_STREAM).permutation(epoch, count, device)

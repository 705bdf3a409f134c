"""Partitions of the parameters into blocks.

The paper's section on the dynamic fractional parameter update (block schedule) and Algorithm 1 line 4.  A
block is an array of indices into the concatenated, flattened tensors of the model.

Claims that rest on it: BLK-*, ALG-3, T6-*, X-5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from reference.fraction import simplest_rational
from reference.masks import coverage, distinct_indices
from reference.validation import IntArray, nonnegative_integer, one_of, positive_integer, unit_interval

SPLITS = ("large", "channel", "scalar")


def block_count(f_min: Any) -> int:
    """Return the number of blocks that the smallest fraction asks for.

    B = ceil(1 / f_min), f_min being read as its simplest rational: 100 for 0.01 and 3 for 1/3.

    Arguments:
        f_min: smallest share of parameters, scalar in (0, 1].

    Returns:
        An integer of at least 1.

    Raises:
        ValueError, TypeError: f_min lies outside (0, 1].

    Source: block schedule.

    >>> block_count(0.01), block_count(1 / 3)
    (100, 3)
    """
    share = unit_interval("f_min", f_min)
    if share == 0.0:
        raise ValueError(f"f_min must lie in (0, 1], got {f_min!r}")
    return math.ceil(1 / simplest_rational(share))


def greedy_partition(shapes: Any, count: Any, split: str = "large") -> tuple[IntArray, ...]:
    """Return the blocks that greedy accumulation of tensors gives.

    A block takes tensors in order until it holds at least c = ceil(n / B) scalars; then the next block
    begins.  A tensor cut in pieces is taken piece by piece; a piece is one index of the first (channel) axis.

    The blocks need not be balanced: the last piece can carry a block far beyond c, and rounding c up leaves
    the last blocks empty (n = 101, B = 100 gives c = 2 and 49 empty blocks).  ``even_partition`` is balanced.

    Arguments:
        shapes: shapes of the tensors in order, each a sequence of integers of at least 0; () is one scalar.
        count: number of blocks B, an integer of at least 1.
        split: which tensors are cut: "large", those above c scalars (the text says large kernels, when
            needed); "channel", all of them; "scalar", all of them down to single scalars.

    Returns:
        B arrays of indices, increasing, that partition 0..n-1.  Each has at least c, but for the last of
        those that are not empty.

    Raises:
        ValueError, TypeError: a shape or the count is out of range, or split is unknown.

    Source: block schedule; what to cut and when is our reading of it.

    >>> [block.size for block in greedy_partition([(4, 3), (4,)], 4)]
    [6, 6, 4, 0]
    """
    extents = [tuple(nonnegative_integer("shapes", extent) for extent in shape) for shape in shapes]
    blocks = positive_integer("count", count)
    cut = one_of("split", split, SPLITS)
    sizes = [math.prod(extent) for extent in extents]
    total = sum(sizes)
    capacity = max(-(-total // blocks), 1)
    ends = [0]
    if cut == "scalar":
        ends.extend(range(capacity, total + 1, capacity))
    else:
        filled = 0
        for extent, size in zip(extents, sizes, strict=True):
            pieces = extent[0] if extent and size and (cut == "channel" or size > capacity) else 1
            for _ in range(pieces):
                filled += size // pieces
                if filled - ends[-1] >= capacity:
                    ends.append(filled)
    ends += [total] * (blocks + 1 - len(ends))
    return tuple(np.arange(start, end) for start, end in pairwise(ends))


def even_partition(size: Any, count: Any) -> tuple[IntArray, ...]:
    """Return consecutive blocks whose sizes differ by at most one.

    Arguments:
        size: number of parameters n, an integer of at least 0.
        count: number of blocks B, an integer of at least 1.

    Returns:
        B arrays of indices that partition 0..n-1, of sizes floor(n / B) or ceil(n / B).

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: our choice; the size-balanced partition that the text asks for.

    >>> [block.tolist() for block in even_partition(5, 3)]
    [[0, 1], [2, 3], [4]]
    """
    return tuple(
        np.array_split(np.arange(nonnegative_integer("size", size)), positive_integer("count", count))
    )


def as_partition(name: str, value: Sequence[Any], size: int) -> tuple[IntArray, ...]:
    """Return the value where it is a sequence of index arrays, empty ones allowed, that partition 0..size-1.

    >>> [block.tolist() for block in as_partition("blocks", [[1], [], [0]], 2)]
    [[1], [], [0]]
    """
    blocks = tuple(distinct_indices(name, block, size) for block in value)
    visits = coverage(blocks, size)
    if np.any(visits != 1):
        wrong = int(np.flatnonzero(visits != 1)[0])
        raise ValueError(f"{name} must contain each of 0..{size - 1} once, got {wrong} {visits[wrong]} times")
    return blocks

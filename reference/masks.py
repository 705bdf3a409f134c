"""Which parameters a step updates: masks, subsets, and how often each parameter is visited.

Algorithm 1 line 12 and the block schedule of the paper's section on the dynamic fractional parameter update.

Claims that rest on it: BLK-1, BLK-4 to BLK-7, BLK-11, FRA-1, ALG-9, X-19.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference.validation import IntArray, nonnegative_integer, shown

BoolArray = NDArray[np.bool_]


def consecutive_subsets(order: Any, counts: Any) -> tuple[IntArray, ...]:
    """Return successive subsets drawn from one permutation without repetition, until it is used up.

    The first k_1 entries, the next k_2, and so on; a subset is cut short when fewer remain.

    Arguments:
        order: a permutation of 0..n-1.
        counts: k_1, k_2, ..., integers of at least 0.

    Returns:
        As many arrays as counts, pairwise disjoint.

    Raises:
        ValueError, TypeError: order is not a permutation, or a count is negative.

    Source: Algorithm 1, line 12, read as "new within the epoch".

    >>> [subset.tolist() for subset in consecutive_subsets([2, 0, 1], [2, 2, 1])]
    [[2, 0], [1], []]
    """
    indices = np.asarray(order)
    indices = as_permutation("order", indices, indices.size)
    ends = np.cumsum([0, *(nonnegative_integer("counts", k) for k in counts)])
    return tuple(indices[start:end] for start, end in pairwise(ends))


def mask_of(indices: Any, size: Any) -> BoolArray:
    """Return the mask of a set of parameters.

    Arguments:
        indices: distinct integers in [0, n).
        size: number of parameters n.

    Returns:
        Boolean, shape (n,), as many true entries as indices.

    Raises:
        ValueError, TypeError: an index is out of range, repeated, or not an integer.

    Source: the random 0/1 diagonal of the masked update.

    >>> mask_of([2, 0], 3)
    array([ True, False,  True])
    """
    mask = np.zeros(nonnegative_integer("size", size), dtype=np.bool_)
    mask[distinct_indices("indices", indices, mask.size)] = True
    return mask


def coverage(subsets: Any, size: Any) -> IntArray:
    """Return how many of the given subsets contain each parameter.

    Arguments:
        subsets: arrays of distinct indices in [0, n).
        size: number of parameters n.

    Returns:
        Shape (n,), integers; all ones exactly when the subsets partition 0..n-1.

    Raises:
        ValueError, TypeError: as ``mask_of``.

    Source: block schedule, by which an epoch visits every parameter exactly once.

    >>> coverage([[0, 1], [1]], 3)
    array([1, 2, 0])
    """
    counts = np.zeros(nonnegative_integer("size", size), dtype=np.int64)
    for subset in subsets:
        counts += mask_of(subset, counts.size)
    return counts


def distinct_indices(name: str, value: Any, size: int) -> IntArray:
    """Return the value where it is a one-dimensional array of distinct integers in [0, size).

    >>> distinct_indices("indices", [2, 0], 3)
    array([2, 0])
    """
    array = np.asarray(value)
    if array.shape == (0,):
        return np.zeros(0, dtype=np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers, got {shown(value)}")
    if array.ndim != 1 or np.any(array < 0) or np.any(array >= size) or np.unique(array).size != array.size:
        raise ValueError(
            f"{name} must be distinct integers in [0, {size}) in one dimension, got {shown(value)}"
        )
    return array.astype(np.int64)


def as_mask(name: str, value: Any, size: int) -> BoolArray:
    """Return the value where it is a boolean mask of shape (size,).

    >>> as_mask("mask", [True, False], 2)
    array([ True, False])
    """
    mask = np.asarray(value)
    if mask.shape != (size,) or (mask.dtype != np.bool_ and size > 0):
        raise ValueError(f"{name} must be boolean with shape ({size},), got {shown(value)}")
    return mask.astype(np.bool_)


def as_permutation(name: str, value: Any, size: int) -> IntArray:
    """Return the value where it is a permutation of 0..size-1.

    >>> as_permutation("order", [1, 0], 2)
    array([1, 0])
    """
    order = distinct_indices(name, value, size)
    if order.size != size:
        raise ValueError(f"{name} must be a permutation of 0..{size - 1}, got {shown(value)}")
    return order

"""Which elements a step selects, as functions of the global element index whose data lie on the device.

Twin: reference/masks.py, whose masks are arrays.  Each class is a mask that has not been written down: called
with indices it gives booleans, and a kernel reads its fields instead.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from gpu.masks import SubsetThreshold, subset_mask
from gpu.random_streams import RandomStream


class TileMembers(NamedTuple):
    """The elements of some tiles of ``size`` elements each, the first of which begins at the index ``start``.

    taken: boolean, shape (number of tiles,).
    """

    taken: Tensor
    start: int
    size: int

    def __call__(self, index: Tensor) -> Tensor:
        return self.taken[(index - self.start) // self.size]


class SubsetMembers(NamedTuple):
    """A random subset: the elements whose word is below a threshold.

    stream, step: as for ``subset_threshold``.
    """

    stream: RandomStream
    step: Tensor
    threshold: SubsetThreshold

    def __call__(self, index: Tensor) -> Tensor:
        return subset_mask(self.stream, self.step, index, self.threshold)


class RangeMembers(NamedTuple):
    """The elements whose index is in [low, high); both are 0-dim int64 tensors."""

    low: Tensor
    high: Tensor

    def __call__(self, index: Tensor) -> Tensor:
        return (index >= self.low) & (index < self.high)


Members = TileMembers | SubsetMembers | RangeMembers

"""The sweep over tiles: every parameter exactly once, whatever fraction each step takes.

No twin: the reference selects single parameters (``without_replacement``); here the units are tiles of
consecutive elements, so that a step costs what its share of the memory costs.  Sweep number s visits the
tiles in the order ``RandomStream(seed, ORDER_STREAM).permutation(s, tile_count)``.  A step takes the next
max(1, floor(f m)) of the m tiles, or what is left of the sweep; the sweep then ends and the next one begins.

Two forms give the same steps: ``tiles_of_step`` with integers on the host, and ``tile_mask`` with 0-dim
tensors, which reads nothing on the host.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from gpu.fraction import update_count
from gpu.random_streams import ORDER_STREAM, RandomStream
from gpu.validation import integer_between, unit_interval


class Sweep(NamedTuple):
    """Where a sweep stands: the tiles already visited in it, in [0, tile_count), and its number.

    Both are integers, or both are 0-dim int64 tensors.
    """

    position: int | Tensor = 0
    number: int | Tensor = 0


def tile_bounds(size: int, tile_size: int) -> list[tuple[int, int]]:
    """Return the tiles as pairs (start, stop): tile_size consecutive elements each, the last one what is left.

    >>> tile_bounds(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    integer_between("size", size, 0, 2**63 - 1)
    integer_between("tile_size", tile_size, 1, 2**63 - 1)
    return [(start, min(start + tile_size, size)) for start in range(0, size, tile_size)]


def tiles_of_step(sweep: Sweep, fraction: float | Tensor, tile_count: int, seed: int) -> tuple[Tensor, Sweep]:
    """Return the tiles that a step updates, and where the sweep stands after it.

    Arguments:
        sweep: a ``Sweep``; tensors are read.
        fraction: f in [0, 1], a float or a 0-dim float64 tensor, which is read.
        tile_count: m, an integer of at least 1.
        seed: seed of the run, an integer in [0, 2^64).

    Returns:
        int64 on the CPU, distinct tile numbers in the order of the visit; the following ``Sweep``, of
        integers or tensors as the one given.

    Raises:
        ValueError, TypeError: an argument outside its range.

    >>> tiles, sweep = tiles_of_step(Sweep(), 0.5, 4, seed=0)
    >>> tiles.numel(), sweep
    (2, Sweep(position=2, number=0))
    """
    position, number = (entry.item() if isinstance(entry, Tensor) else entry for entry in sweep)
    integer_between("tile_count", tile_count, 1, 2**52 - 1)
    integer_between("number", number, 0, 2**32 - 1)
    integer_between("position", position, 0, tile_count - 1)
    share = torch.as_tensor(fraction, dtype=torch.float64)
    unit_interval("fraction", share.item())
    end = min(position + max(1, int(update_count(share, tile_count))), tile_count)
    tiles = _order(seed, number, tile_count)[position:end].clone()
    following = (0, number + 1) if end == tile_count else (end, number)
    return tiles, Sweep(*(_like(*pair) for pair in zip(following, sweep, strict=True)))


def tile_mask(sweep: Sweep, fraction: Tensor, tile_count: int, seed: int) -> tuple[Tensor, Sweep]:
    """Return the tiles of ``tiles_of_step`` as a mask, and the following ``Sweep``, without a host read.

    Arguments:
        sweep: a ``Sweep`` of 0-dim int64 tensors.
        fraction: f in [0, 1], 0-dim float64 tensor on the same device.
        tile_count, seed: as for ``tiles_of_step``.

    Returns:
        Boolean, shape (tile_count,); a ``Sweep`` of 0-dim int64 tensors.

    >>> start = Sweep(torch.tensor(0), torch.tensor(0))
    >>> int(tile_mask(start, torch.tensor(0.5, dtype=torch.float64), 4, seed=0)[0].sum())
    2
    """
    position, number = (torch.as_tensor(entry, device=fraction.device) for entry in sweep)
    order = RandomStream(seed, ORDER_STREAM).permutation(number, tile_count)
    ranks = torch.empty_like(order).scatter_(0, order, torch.arange(tile_count, device=order.device))
    end = (position + update_count(fraction, tile_count).clamp(min=1)).clamp(max=tile_count)
    finished = end == tile_count
    following = Sweep(torch.where(finished, 0, end), number + finished)
    return (ranks >= position) & (ranks < end), following


@lru_cache(maxsize=16)
def _order(seed: int, number: int, tile_count: int) -> Tensor:
    # The steps of one sweep share the order.
    return RandomStream(seed, ORDER_STREAM).permutation(number, tile_count, "cpu")


def _like(value: int, given: int | Tensor) -> int | Tensor:
    return torch.full_like(given, value) if isinstance(given, Tensor) else value

"""Which elements of a group may move in a step.

===========  =============================================================================================
selection    what one step takes
===========  =============================================================================================
``uniform``  a fresh random subset of exactly floor(f n) elements
``block``    one of B blocks of consecutive elements; each is taken once per B steps, in random order
``sweep``    the next tiles of a random order of all tiles, about f n elements; every element is taken exactly
             once per sweep whatever the fractions are
===========  =============================================================================================

On a CPU, and wherever the host may read the fraction, blocks and sweeps are ranges of indices, and the cost of a
step follows the fraction.  On CUDA they are masks made on the device, so that a step does not wait for it.

Twin: the selections "uniform" and "block" of reference/settings.py; "sweep" is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gpu.blocks import block_count, even_bounds, visit_order
from gpu.fraction import update_count
from gpu.masks import subset_threshold
from gpu.membership import Members, RangeMembers, SubsetMembers, TileMembers
from gpu.random_streams import ORDER_STREAM, RandomStream
from gpu.sweep import Sweep, tile_mask, tiles_of_step
from gpu.tiles import Segment

Range = tuple[int, int]


class Extent(NamedTuple):
    """A group's place among all elements: global index of its first, and their number."""

    start: int
    size: int

    @property
    def stop(self) -> int:
        return self.start + self.size


class Selection(NamedTuple):
    """The elements of a step: those in the ranges for which the mask, a function of global indices, holds."""

    ranges: list[Range]
    mask: Members | None
    following: dict[str, Tensor]


def select(
    group: dict[str, Any],
    extent: Extent,
    eligible: Sequence[Range],
    fraction: Tensor,
    on_host: bool,
    compiled: bool = False,
) -> Selection:
    """Return the selection of a step.

    Arguments:
        group: the parameter group; read: selection, its sizes, seed, step, sweep and position.
        extent: the group's elements.
        eligible: ranges of elements that have a gradient; the fraction is one of them for ``uniform``.
        fraction: f(t), 0-dim.
        on_host: whether the fraction and the counters may be read on the host.
        compiled: whether compiled code is wanted.
    """
    if group["selection"] == "uniform":
        return _uniform(group, extent, eligible, fraction, on_host, compiled)
    if group["selection"] == "block":
        return _block(group, extent, on_host)
    return _sweep(group, extent, fraction, on_host)


def _everything(extent: Extent) -> list[Range]:
    return [(extent.start, extent.stop)]


def _uniform(
    group: dict[str, Any],
    extent: Extent,
    eligible: Sequence[Range],
    fraction: Tensor,
    on_host: bool,
    compiled: bool,
) -> Selection:
    if group["f_min"] == group["f_max"] == 1.0:
        return Selection(_everything(extent), None, {})
    count = update_count(fraction, sum(stop - start for start, stop in eligible))
    stream, step = RandomStream(group["seed"], ORDER_STREAM), group["step"]
    device = fraction.device
    threshold = subset_threshold(stream, step, eligible, count, device, on_host=on_host, compiled=compiled)
    return Selection(_everything(extent), SubsetMembers(stream, step, threshold), {})


def blocks_of(group: dict[str, Any], extent: Extent) -> list[Range]:
    """Return the blocks of a group as ranges of global indices."""
    count = group["block_count"]
    if count is None:
        count = block_count(group["f_min"]) if group["f_min"] > 0.0 else 1
    return [(extent.start + low, extent.start + high) for low, high in even_bounds(extent.size, count)]


def _block(group: dict[str, Any], extent: Extent, on_host: bool) -> Selection:
    blocks = blocks_of(group, extent)
    epoch, position = group["step"] // len(blocks), group["step"] % len(blocks)
    visits = visit_order(group["seed"], epoch, len(blocks), group["step"].device)
    # index_select, because indexing by a 0-dim tensor reads it on the host.
    visited = visits.index_select(0, position.reshape(1)).reshape(())
    if on_host:
        return Selection([blocks[int(visited)]], None, {})
    # The ends of ``even_bounds`` by arithmetic: a list of them would be copied to the device, and waited for.
    smaller, larger = divmod(extent.size, len(blocks))
    low, high = (extent.start + n * smaller + n.clamp(max=larger) for n in (visited, visited + 1))
    return Selection(_everything(extent), RangeMembers(low, high), {})


def _sweep(group: dict[str, Any], extent: Extent, fraction: Tensor, on_host: bool) -> Selection:
    tile, count = group["tile_size"], -(-extent.size // group["tile_size"])
    if count <= 1 or group["f_min"] == 1.0:
        # All tiles in every step: each step is a sweep.
        return Selection(_everything(extent), None, {"sweep": group["sweep"] + 1})
    if on_host:
        sweep = Sweep(int(group["position"]), int(group["sweep"]))
        chosen, following = tiles_of_step(sweep, fraction, count, group["seed"])
        ranges = [
            (extent.start + t * tile, min(extent.start + (t + 1) * tile, extent.stop))
            for t in sorted(chosen.tolist())
        ]
        return Selection(ranges, None, _counters(group, following))
    taken, following = tile_mask(Sweep(group["position"], group["sweep"]), fraction, count, group["seed"])
    members = TileMembers(taken, extent.start, tile)
    return Selection(_everything(extent), members, _counters(group, following))


def _counters(group: dict[str, Any], following: Sweep) -> dict[str, Tensor]:
    position, number = (
        torch.full_like(group["sweep"], value) if isinstance(value, int) else value for value in following
    )
    return {"sweep": number, "position": position}


def order_of_trials(group: dict[str, Any], selection: Selection, segments: Sequence[Segment]) -> list[int]:
    """Return the global indices of the selected elements in the order in which they are tested one by one.

    By their random word; within a block by the word of their place in it, as in the reference.
    """
    held = [
        (max(low, part.start), min(high, part.stop)) for low, high in selection.ranges for part in segments
    ]
    device = group["step"].device
    index = torch.cat(
        [torch.arange(low, max(low, high), device=device) for low, high in held]
        or [torch.zeros(0, dtype=torch.int64, device=device)]
    )
    if selection.mask is not None:
        index = index[selection.mask(index)]
    origin = selection.ranges[0][0] if group["selection"] == "block" else 0
    words = RandomStream(group["seed"], ORDER_STREAM).first_words(group["step"], index - origin)
    chosen: list[int] = index[torch.sort(words, stable=True).indices].tolist()
    return chosen

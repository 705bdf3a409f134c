"""Entropy and temperature after the moves of a step (Algorithm 1, lines 25 and 26)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gpu.entropy import from_fixed_point
from gpu.group import Group
from gpu.selection import Extent, Range, Selection
from gpu.sharding import sum_over_shards
from gpu.state import next_temperature


def cooled(group: Group, selection: Selection, words: Tensor | None, tried: Tensor) -> dict[str, Tensor]:
    """Return the group's entropy, largest entropy and temperature after a step.

    Arguments:
        group: its options still hold the numbers from before the step.
        selection: what moved.
        words: the entropy of the tiles that were worked on, over all processes; None: not measured.
        tried: number of selected elements.
    """
    entropy, observed = group["entropy"], group["observed_entropy"]
    if not group.follows_entropy():
        return {"temperature": next_temperature(group.options, entropy, observed, 0)}
    count = group.quantized_count()
    if group["entropy_order"] == "stale":
        temperature = next_temperature(group.options, entropy, observed, count)
        entropy = group.total_entropy(temperature)
        observed = torch.fmax(observed, entropy)
    else:
        measured = _measured(group, selection, words, tried, count)
        observed = torch.fmax(observed, measured)
        temperature = next_temperature(group.options, measured, observed, count)
        if group["entropy_scope"] == "selected":
            # Nothing was selected, so nothing was measured: everything stays, rather than to fall to the floor.
            measured = torch.where(tried == 0, entropy, measured)
            observed = torch.where(tried == 0, group["observed_entropy"], observed)
            temperature = torch.where(tried == 0, group["temperature"], temperature)
        entropy = measured
    return {"entropy": entropy, "observed_entropy": observed, "temperature": temperature}


def _measured(group: Group, selection: Selection, words: Tensor | None, tried: Tensor, count: int) -> Tensor:
    heat = group["temperature"]
    if words is None:
        return group.total_entropy(heat)
    if group["entropy_scope"] == "selected":
        return from_fixed_point(words) / tried.clamp(min=1) * count
    # What was worked on is measured; what is left are other ranges, and parameters without a gradient.
    left = _outside(selection.ranges, group.extent) + _common(
        selection.ranges, group.ranges(with_gradient=False)
    )
    if left:
        rest = group.entropy_words(left, heat)
        words = words + sum_over_shards(rest, group.sharded)
    return from_fixed_point(words)


def _outside(ranges: Sequence[Range], extent: Extent) -> list[Range]:
    """Return the parts of the extent outside some ranges, which are increasing and disjoint."""
    edges = [extent.start, *(edge for pair in ranges for edge in pair), extent.stop]
    return [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high]


def _common(first: Sequence[Range], second: Sequence[Range]) -> list[Range]:
    pairs = [(max(a, c), min(b, d)) for a, b in first for c, d in second]
    return [(low, high) for low, high in pairs if low < high]

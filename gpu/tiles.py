"""Cutting a parameter group into pieces of work that are consecutive in the global element index.

A tile holds at most a given number of elements.  Small tensors that follow one another are gathered into one
tile, so that a model of many small tensors costs few operations; a large tensor is cut, and its tiles are
views, so that no temporary is larger than a tile.  What a step computes does not depend on the cutting.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from gpu.sharding import local_part, local_start


@dataclass
class Segment:
    """The elements of one parameter that this process holds, flattened.

    Attributes:
        start, stop: global indices of the first element and of the one after the last.
        parameter, theta: the parameter, and its elements in row-major order; a view wherever that is possible.
        gradient, mean_field: the same for the gradient and its average; None where there is none.
        half_width: of the levels of this parameter; None where it is not quantized.
        index: the place of the parameter in its group.
    """

    start: int
    stop: int
    parameter: Tensor
    theta: Tensor
    gradient: Tensor | None
    mean_field: Tensor | None
    half_width: float | None
    index: int

    def write_back(self) -> None:
        """Copy the elements into the parameter where they are no view of it."""
        local = local_part(self.parameter)
        if not local.is_contiguous():
            local.copy_(self.theta.view(local.shape))


def segment(
    parameter: Tensor, offset: int, mean_field: Tensor | None, half_width: float | None, index: int
) -> Segment:
    """Return the segment of a parameter whose element 0 has the global index ``offset``."""
    local = local_part(parameter)
    gradient = None if parameter.grad is None else local_part(parameter.grad).detach().reshape(-1)
    # A view or an error: what is written into a copy would be lost.
    average = None if mean_field is None else local_part(mean_field).view(-1)
    start = offset + local_start(parameter)
    return Segment(
        start,
        start + local.numel(),
        parameter,
        local.detach().reshape(-1),
        gradient,
        average,
        half_width,
        index,
    )


class Piece(NamedTuple):
    """Consecutive elements [start, stop) of one segment, counted from its own first element."""

    segment: Segment
    start: int
    stop: int

    def of(self, flat: Tensor) -> Tensor:
        """Return these elements of a segment's tensor, a view."""
        whole = self.start == 0 and self.stop == flat.numel()
        return flat if whole else flat[self.start : self.stop]


@dataclass(frozen=True)
class Tile:
    """Pieces that are worked on together; all of one data type."""

    pieces: tuple[Piece, ...]
    copies: dict[str, Tensor] = field(default_factory=dict, repr=False, compare=False)

    def gather(self, name: str) -> Tensor:
        """Return an attribute of the pieces' segments as one flat tensor.

        A view if there is one piece; else a copy, made once: ``scatter`` brings what is written to it back.
        """
        if name not in self.copies:
            parts = [piece.of(getattr(piece.segment, name)) for piece in self.pieces]
            if len(parts) == 1:
                return parts[0]
            self.copies[name] = torch.cat(parts)
        return self.copies[name]

    def global_index(self, device: torch.device) -> Tensor:
        """Return the global indices of the elements, int64."""
        parts = [
            torch.arange(piece.segment.start + piece.start, piece.segment.start + piece.stop, device=device)
            for piece in self.pieces
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def scatter(self, name: str, values: Tensor) -> None:
        """Write values over an attribute of the pieces' segments."""
        parts = [piece.of(getattr(piece.segment, name)) for piece in self.pieces]
        if len(parts) == 1:
            parts[0].copy_(values)
        else:
            torch._foreach_copy_(parts, list(values.split([part.numel() for part in parts])))

    def half_width(self, dtype: torch.dtype) -> tuple[Tensor | None, Tensor | None]:
        """Return the half-widths, 0-dim where they agree, and which elements are quantized (None: all).

        (None, None) where no element is quantized.
        """
        widths = [piece.segment.half_width for piece in self.pieces]
        device = self.pieces[0].segment.theta.device
        known = {width for width in widths if width is not None}
        if not known:
            return None, None
        lengths = [piece.stop - piece.start for piece in self.pieces]
        quantized = None
        if None in widths:
            quantized = torch.cat(
                [torch.full((n,), w is not None, device=device) for n, w in zip(lengths, widths, strict=True)]
            )
        if len(known) == 1:
            return torch.full((), known.pop(), dtype=dtype, device=device), quantized
        filled = [1.0 if width is None else width for width in widths]
        values = [
            torch.full((n,), w, dtype=dtype, device=device) for n, w in zip(lengths, filled, strict=True)
        ]
        return torch.cat(values), quantized


def tiles(
    segments: Sequence[Segment], ranges: Sequence[tuple[int, int]], largest: int, gather: bool = True
) -> Iterator[Tile]:
    """Yield the tiles that cover the elements whose global index lies in one of the ranges.

    Arguments:
        segments: in increasing order of their starts, without overlap.
        ranges: pairs (start, stop) of global indices, without overlap.
        largest: number of elements of a tile at most, at least 1.
        gather: whether pieces of different segments may share a tile.
    """
    pending: list[Piece] = []
    filled = 0
    for piece in _pieces(segments, ranges, largest):
        size = piece.stop - piece.start
        alone = not gather or (pending and pending[-1].segment.theta.dtype != piece.segment.theta.dtype)
        if pending and (alone or filled + size > largest):
            yield Tile(tuple(pending))
            pending, filled = [], 0
        pending.append(piece)
        filled += size
    if pending:
        yield Tile(tuple(pending))


def _pieces(segments: Sequence[Segment], ranges: Sequence[tuple[int, int]], largest: int) -> Iterator[Piece]:
    stops = [part.stop for part in segments]
    for first, last in ranges:
        for part in segments[bisect_right(stops, first) :]:
            if part.start >= last:
                break
            low, high = max(first, part.start), min(last, part.stop)
            for start in range(low, high, largest):
                yield Piece(part, start - part.start, min(start + largest, high) - part.start)

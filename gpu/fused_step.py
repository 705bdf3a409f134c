"""The elementwise work of a group by the annealing kernel, where there is a device for it.

Twin: none.  The plain form is the loop over tiles in gpu/group_step.py, which does the same everywhere.  Here
every segment is one launch: nothing is gathered, no indices or masks are written down, and nothing waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from torch import Tensor

from gpu.annealing import Recipe, Scalars
from gpu.annealing_span import anneal_span_, empty_sums, supports
from gpu.decision import Journal
from gpu.selection import Selection
from gpu.tiles import Piece, Tile
from gpu.validation import one_of

if TYPE_CHECKING:
    from gpu.group import Group

USES = ("auto", "always", "never")

_use = ["auto"]


@contextmanager
def kernel_used(use: str) -> Iterator[None]:
    """Choose between the kernel and the plain form, which differ in speed and in last places only.

    use: "auto" takes the kernel on CUDA, if Triton is there and compiling was not asked for; "never" does not take
    it; "always" takes it on the CPU too, which Triton's interpreter can do (``TRITON_INTERPRET=1``).

    >>> with kernel_used("never"):
    ...     pass
    """
    before, _use[0] = _use[0], one_of("use", use, USES)
    try:
        yield
    finally:
        _use[0] = before


def applies(group: Group, recipe: Recipe) -> bool:
    """Return whether the kernel does the elementwise work of a group."""
    wanted = group.device.type == "cuda" and not group.compiled if _use[0] == "auto" else _use[0] == "always"
    return wanted and _installed() and all(supports(recipe, part.theta.dtype) for part in group.segments)


@cache
def _installed() -> bool:
    return find_spec("triton") is not None


def fused_sums(
    group: Group,
    selection: Selection,
    permission: Tensor | None,
    recipe: Recipe,
    scalars: Scalars,
    journal: Journal,
) -> Tensor:
    """Make the moves of a group; return tried, accepted, and the two words of the entropy, int64 (4,).

    Arguments: as for ``GroupStep.run``.
    """
    sums = empty_sums(group.device)
    refresh_all = group["refreshed"] == "all"
    for part in group.segments:
        for low, high in selection.ranges:
            piece = Piece(part, max(low - part.start, 0), min(high, part.stop) - part.start)
            if piece.start >= piece.stop:
                continue
            journal.remember_tile(Tile((piece,)))
            theta, gradient = piece.of(part.theta), piece.of(part.gradient)
            average = piece.of(part.mean_field) if group.averages() else None
            # What is not contiguous, a column of a matrix say, is copied for the kernel.
            here = theta.contiguous()
            anneal_span_(
                here,
                gradient.contiguous(),
                average,
                part.start + piece.start,
                selection.mask,
                permission,
                refresh_all,
                part.half_width,
                scalars,
                recipe,
                sums,
            )
            if here is not theta:
                theta.copy_(here)
        part.write_back()
    return sums.sum(0)

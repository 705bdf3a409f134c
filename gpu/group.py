"""A parameter group as the step sees it: its elements, its options, and the sums over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from gpu.annealing import Recipe, Scalars, entropy_words, working_type
from gpu.entropy import from_fixed_point
from gpu.noise import noise_scale
from gpu.selection import Extent, Range
from gpu.sharding import is_sharded, local_part, sum_over_shards
from gpu.state import on_device
from gpu.tiles import Segment, Tile, segment, tiles

if TYPE_CHECKING:
    from gpu.dfgda import DFGDA

# Elements of one temporary: our choice, a processor's cache, and enough to fill a GPU.
TILE_ON_CPU, TILE_ON_CUDA = 2**16, 2**24
TILE_COMPILED = 2**20  # compiled work has few temporaries: our choice, large enough to hide the call


class Group:
    """A view of one parameter group of an optimizer; it holds nothing that outlives the step.

    Arguments:
        optimizer, number: the group is ``optimizer.param_groups[number]``.
        start: global index of its first element.
        compiled: whether the elementwise work is compiled also where the option does not ask for it.

    Raises:
        RuntimeError: a gradient is sparse; parameters lie on several devices, or on none ("meta").
    """

    def __init__(self, optimizer: DFGDA, number: int, start: int, compiled: bool = False) -> None:
        self.number = number
        self.options: dict[str, Any] = optimizer.param_groups[number]
        self.compiled: bool = compiled or self.options["compile"]
        self.parameters: list[Any] = self.options["params"]
        self.memory = optimizer.state
        # A look does not make an entry: an optimizer that has not made a step has no state.
        self.state = [self.memory.get(parameter, {}) for parameter in self.parameters]
        self.device: torch.device = local_part(self.parameters[0]).device
        self.sharded = [parameter for parameter in self.parameters if is_sharded(parameter)]
        self._plans: dict[tuple[Range, ...], list[Tile]] = {}
        self.extent = Extent(start, sum(parameter.numel() for parameter in self.parameters))
        for place, parameter in enumerate(self.parameters):
            if parameter.device != self.device or parameter.is_meta:
                raise RuntimeError(
                    "parameters of one group must lie on one device that holds data, got "
                    f"{parameter.device} for {self.name_of(place)} and {self.device} for its first parameter; "
                    "make one group for each device"
                )
            if parameter.grad is not None and parameter.grad.layout != torch.strided:
                raise RuntimeError(
                    f"gradients must be dense, got a sparse one for {self.name_of(place)}; "
                    "use torch.optim.SparseAdam for that parameter"
                )

    def __getitem__(self, option: str) -> Any:
        return self.options[option]

    def name_of(self, place: int) -> str:
        """Return how messages call a parameter."""
        names = self.options.get("param_names")
        called = f"{names[place]!r} " if names else ""
        return f"parameter {called}(number {place} of group {self.number})"

    def averages(self) -> bool:
        """Return whether the average of gradients has a memory."""
        return bool(self["smoothing"] != (0.0 if self["weighting"] == "history" else 1.0))

    def follows_entropy(self) -> bool:
        """Return whether the schedule needs the entropy."""
        return self["schedule"] in ("entropy", "compounding")

    def has_gradient(self) -> bool:
        """Return whether any parameter has a gradient."""
        return any(parameter.grad is not None for parameter in self.parameters)

    def trains(self) -> bool:
        """Return whether any parameter has a gradient or could get one."""
        return self.has_gradient() or any(parameter.requires_grad for parameter in self.parameters)

    def frozen(self) -> bool:
        """Return whether lr is known to be 0; a tensor is not read."""
        return not isinstance(self["lr"], Tensor) and self["lr"] == 0.0

    def tests_by_loss(self) -> bool:
        """Return whether the acceptance evaluates the loss."""
        return self["acceptance"] in ("exact", "block")

    def read_on_host(self) -> bool:
        """Return whether a step may read the fraction and the counters, so that its work follows the fraction."""
        return self.device.type == "cpu" and self["refreshed"] == "selected"

    # -- its elements

    def ranges(self, with_gradient: bool = True) -> list[Range]:
        """Return the ranges of elements that have a gradient, or of those that have none."""
        found, offset = [], self.extent.start
        for parameter in self.parameters:
            if parameter.numel() and (parameter.grad is not None) == with_gradient:
                found.append((offset, offset + parameter.numel()))
            offset += parameter.numel()
        return found

    def whole(self) -> list[Range]:
        """Return the range of all elements."""
        return [(self.extent.start, self.extent.stop)]

    @cached_property
    def segments(self) -> list[Segment]:
        """The segments of the parameters that have a gradient."""
        return self._segments(everything=False)

    def _segments(self, everything: bool) -> list[Segment]:
        found, offset = [], self.extent.start
        for place, (parameter, state) in enumerate(zip(self.parameters, self.state, strict=True)):
            if parameter.grad is not None or everything:
                width = state.get("half_width") or None
                found.append(segment(parameter, offset, state.get("mean_field"), width, place))
            offset += parameter.numel()
        return found

    def tiles(self, segments: Sequence[Segment], ranges: Sequence[Range]) -> Iterator[Tile]:
        """Yield the tiles that cover some ranges."""
        return tiles(segments, ranges, self.largest_tile(), self["foreach"] is not False)

    def plan(self, ranges: Sequence[Range]) -> Iterator[Tile]:
        """Yield the tiles of a step.

        A single tile, the case of small models and small fractions, is kept: what it gathers for the guard serves
        the move too.
        """
        if sum(stop - start for start, stop in ranges) > self.largest_tile():
            return self.tiles(self.segments, ranges)
        key = tuple(ranges)
        if key not in self._plans:
            self._plans[key] = list(self.tiles(self.segments, ranges))
        return iter(self._plans[key])

    def largest_tile(self) -> int:
        """Return the number of elements of a temporary at most."""
        if self.device.type == "cuda":
            return TILE_ON_CUDA
        return TILE_COMPILED if self.compiled else TILE_ON_CPU

    def quantized_count(self) -> int:
        """Return how many elements have levels."""
        pairs = zip(self.parameters, self.state, strict=True)
        return sum(parameter.numel() for parameter, state in pairs if state.get("half_width"))

    # -- its options, in the form the elementwise work wants them

    @cached_property
    def scalars(self) -> Scalars:
        """What changes from step to step, as it is in this one."""
        lr = on_device(self["lr"], self.device)
        scale = noise_scale(self["temperature"], self["noise"], lr)
        return Scalars(self["step"], lr, self["temperature"], scale)

    def recipe(self) -> Recipe:
        """Return what does not change from step to step."""
        regularized = self["energy"] == "regularized" and self["regularization"] > 0.0
        divisor = self.extent.size if self["penalty_reduction"] == "mean" else 1
        fused = self.follows_entropy() and self["entropy_order"] == "current"
        same = ("quantizer", "level_count", "noise", "noise_placement", "smoothing", "weighting")
        also = ("acceptance_rule", "curvature", "weight_decay", "maximize", "seed")
        return Recipe(
            **{name: self[name] for name in (*same, *also)},
            linearised=self["acceptance"] == "linearised",
            penalty_form=self["penalty_form"] if regularized else None,
            regularization=self["regularization"] / divisor,
            entropy=self["entropy_scope"] if fused else None,
        )

    # -- sums over it

    def entropy_words(self, ranges: Sequence[Range], heat: Tensor) -> Tensor:
        """Return this process's part of the total entropy of some ranges, as fixed-point words."""
        recipe = self.recipe()
        words = torch.zeros(2, dtype=torch.int64, device=self.device)
        # Elements without a gradient have an entropy too.
        for tile in self.tiles(self._segments(everything=True), ranges):
            theta = tile.gather("theta")
            work = working_type(theta.dtype)
            width, quantized = tile.half_width(work)
            words += entropy_words(theta.to(work), width, quantized, heat, recipe)
        return words

    def total_entropy(self, heat: Tensor) -> Tensor:
        """Return the total entropy of all quantized elements at a temperature, 0-dim float64."""
        words = self.entropy_words(self.whole(), heat)
        return from_fixed_point(sum_over_shards(words, self.sharded))

"""Launching the annealing kernel on one span: consecutive elements of one tensor.

Twin: none.  The plain form is ``anneal_`` of gpu/annealing.py.  Triton is imported by the launch itself.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gpu.acceptance import ACCEPTANCE_RULES
from gpu.annealing import Recipe, Scalars, working_type
from gpu.energy import PENALTIES
from gpu.membership import Members, RangeMembers, SubsetMembers, TileMembers
from gpu.options import DTYPES
from gpu.random_streams import ORDER_STREAM, RandomStream

# Elements of a program and of its blocks, our choice: few enough programs that those that have nothing to do cost
# little, and blocks that fit into the registers; see ``block_size``.
CHUNK, BLOCK = 8192, 1024
ALIGNMENT = 16  # elements: from this on accesses are as wide as they can be
SLOTS = 64  # rows of the sums, our choice: programs that add to different rows do not wait for one another

LARGEST_COUNT = 2**23  # levels, as for ``soft_quantize``


def supports(recipe: Recipe, dtype: torch.dtype) -> bool:
    """Return whether the kernel does what a recipe asks for, for parameters of a type.

    >>> from gpu.options import DEFAULTS
    >>> recipe = Recipe(**{name: DEFAULTS.get(name) for name in Recipe._fields})
    >>> supports(recipe, torch.bfloat16), supports(recipe._replace(quantizer="literal"), torch.bfloat16)
    (True, False)
    """
    return (
        dtype in DTYPES
        and recipe.quantizer in (None, "closed_form")
        and recipe.level_count <= LARGEST_COUNT
        and recipe.curvature == 0.0
        and recipe.acceptance_rule in (*ACCEPTANCE_RULES, "descent")
        and (recipe.penalty_form is None or recipe.penalty_form in PENALTIES)
    )


def bytes_per_element(dtype: torch.dtype, averaged: bool, fraction: float = 1.0) -> float:
    """Return the bytes of memory that a step moves for each element of a tensor: the floor of its time.

    f (3 + 2 a) e, with e the bytes of an element, a = 1 where there is an average, and f the share of the tiles
    taken; entropy and averages of what is not taken are not counted.

    >>> bytes_per_element(torch.float32, averaged=True), bytes_per_element(torch.bfloat16, averaged=False)
    (20.0, 6.0)
    """
    return fraction * (5 if averaged else 3) * dtype.itemsize


def block_size(quantized: bool, dtype: torch.dtype) -> int:
    """Return the elements of a block: half as many where levels are added up, and half in float64.

    Otherwise the intermediate results of a block would not fit into the registers of its threads.
    """
    return BLOCK >> (int(quantized) + int(dtype == torch.float64))


def empty_sums(device: torch.device) -> Tensor:
    """Return zeros for the kernel to add to: int64, shape (SLOTS, 4); the sum of the rows is what counts."""
    return torch.zeros((SLOTS, 4), dtype=torch.int64, device=device)


def anneal_span_(
    theta: Tensor,
    gradient: Tensor,
    mean_field: Tensor | None,
    start: int,
    members: Members | None,
    permission: Tensor | None,
    refresh_all: bool,
    half_width: float | None,
    scalars: Scalars,
    recipe: Recipe,
    sums: Tensor,
    block: int | None = None,
    chunk: int = CHUNK,
) -> None:
    """Move consecutive elements: theta and mean_field are overwritten, the counts added to ``sums``.

    Arguments:
        theta, gradient, mean_field: contiguous, shape (n,), on a CUDA device, or on the CPU in Triton's
            interpreter; no average where there is no memory.
        start: global index of the first element.
        members: the elements that may move, None for all.
        permission: boolean, 0-dim: whether anything may move; None: it may.
        refresh_all: whether the average of every element takes in the gradient, if there is permission.
        half_width: of the levels; None where the elements are not quantized.
        scalars, recipe: as for ``anneal_``, a recipe that ``supports`` holds for.
        sums: of ``empty_sums``: tried, accepted, and the words of the entropy.
        block, chunk: elements of a block and of a program at most, powers of two; None: as fits the recipe.

    Raises:
        ValueError: a tensor is not contiguous, or members are those of another seed.
    """
    for name, tensor in (("theta", theta), ("gradient", gradient), ("mean_field", mean_field)):
        if tensor is not None and not tensor.is_contiguous():
            raise ValueError(f"{name} must be contiguous, got strides {tensor.stride()}")
    size = theta.numel()
    if size == 0:
        return
    from gpu.annealing_kernel import anneal_kernel, triton_type

    kind, first, second, origin, tile_size = _fields(members, recipe)
    edges = size
    if kind == "tiles":
        chunk = min(chunk, 1 << (tile_size.bit_length() - 1))
        edges = math.gcd(size, tile_size, start - origin)
    quantized = recipe.quantizer is not None and half_width is not None
    tested = recipe.linearised and recipe.acceptance_rule != "always"
    placement = "inside" if recipe.quantizer is None else recipe.noise_placement
    if block is None:
        block = block_size(quantized, theta.dtype)
    with torch.cuda.device_of(theta):
        anneal_kernel[(-(-size // chunk),)](
            theta,
            gradient,
            mean_field,
            sums,
            permission,
            first,
            second,
            *scalars,
            recipe.seed & 0xFFFFFFFF,
            recipe.seed >> 32,
            start,
            size,
            origin,
            tile_size,
            recipe.level_count,
            half_width if quantized else 1.0,
            float(recipe.smoothing),
            float(recipe.weight_decay),
            float(recipe.regularization),
            MEMBERS=kind,
            WEIGHTING=None if mean_field is None else recipe.weighting,
            REFRESH_ALL=refresh_all and mean_field is not None,
            MAXIMIZE=recipe.maximize,
            DECAYS=bool(recipe.weight_decay),
            NOISE=None if recipe.noise == "zero" else placement,
            QUANTIZED=quantized,
            RULE=recipe.acceptance_rule if tested else None,
            PENALTY=recipe.penalty_form,
            ENTROPY=recipe.entropy if quantized else None,
            WORKING=triton_type(working_type(theta.dtype)),
            ALIGNMENT=ALIGNMENT if edges % ALIGNMENT == 0 else 1,
            BLOCK=min(block, chunk),
            CHUNK=chunk,
            SLOTS=SLOTS,
            # Fused products would not be those of the plain form.
            enable_fp_fusion=False,
        )


def _fields(
    members: Members | None, recipe: Recipe
) -> tuple[str | None, Tensor | None, Tensor | None, int, int]:
    """Return what the kernel reads of the members: kind, two pointers, and the first index and size of tiles."""
    if isinstance(members, TileMembers):
        return "tiles", members.taken, None, members.start, members.size
    if isinstance(members, RangeMembers):
        return "range", members.low, members.high, 0, 1
    if isinstance(members, SubsetMembers):
        if members.stream != RandomStream(recipe.seed, ORDER_STREAM):
            raise ValueError(f"members must be drawn with the seed {recipe.seed}, got {members.stream}")
        return "subset", members.threshold.word, members.threshold.last_tie, 0, 1
    return None, None, None, 0, 1

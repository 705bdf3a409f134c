"""Hypothesis strategies that feed the NumPy reference, PyTorch and Triton alike, as NumPy float64 values.

The tests draw from the strategies named in capitals: PyTorch and NumPy in the files ``test_*.py``, Triton and both
in the files ``*_in_the_interpreter.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

# ---------------------------------------------------------------------------------------------------------------
# Soft quantization on the uniform grid
# ---------------------------------------------------------------------------------------------------------------


class GridProblem(NamedTuple):
    """theta, shape (n,); half_width and temperature in its units; count levels.  All but T exact in float32."""

    theta: np.ndarray
    half_width: float
    count: int
    temperature: float

    @property
    def spacing(self):
        return 2.0 * self.half_width / max(1, self.count - 1)


def in_single_precision(value):
    """The nearest float32, as a float64: the same input for both precisions."""
    return np.float64(np.float32(value))


HALF_WIDTHS = [float(in_single_precision(width)) for width in (1.0, 0.1, 1.5, 123.456, 1e-3, 2.0**-60, 1e6)]
COUNTS = [1, 2, 3, 4, 5, 16, 17, 64, 65, 255, 1024, 1025, 65535, 65536]


def parameters_on_a_grid(half_width, count, temperature):
    """Parameters inside, on, between and beside the levels."""
    spacing = 2.0 * half_width / max(1, count - 1)
    level = st.integers(0, count - 1).map(lambda k: half_width * ((2 * k - count + 1) / max(1, count - 1)))
    return st.one_of(
        st.floats(-1.25, 1.25).map(lambda x: x * half_width),
        level,
        level.map(lambda q: q + 0.5 * spacing),
        st.builds(lambda q, x: q + 0.5 * spacing + x * temperature, level, st.floats(-20.0, 20.0)),
        st.builds(lambda q, x: q + x * temperature, level, st.floats(-3.0, 3.0)),
    )


@st.composite
def grid_problems(draw, counts=tuple(COUNTS), decades=(-12.0, 12.0), size=6):
    """Grids with theta inside, on, between, beside and far outside the levels; h/T over the given decades."""
    count = draw(st.sampled_from(counts))
    half_width = draw(st.sampled_from(HALF_WIDTHS))
    spacing = 2.0 * half_width / max(1, count - 1)
    temperature = spacing * 10.0 ** -draw(st.floats(*decades))
    theta = st.one_of(
        parameters_on_a_grid(half_width, count, temperature),
        st.sampled_from([0.0, half_width, -half_width, 1e30 * half_width, -1e30 * half_width]),
    )
    values = draw(st.lists(theta, min_size=1, max_size=size))
    return GridProblem(
        np.array([in_single_precision(x) for x in values]), half_width, count, float(temperature)
    )


GRIDS = grid_problems()
# Where the literal sum of the reference in float64 is accurate, and short enough for many examples.
MODERATE_GRIDS = grid_problems(counts=(1, 2, 3, 16, 65, 255), decades=(-6.0, 2.0))

# ---------------------------------------------------------------------------------------------------------------
# Random streams
# ---------------------------------------------------------------------------------------------------------------

WORDS = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1]))
SEEDS = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 2**32, 2**63, 2**64 - 1]))
INDICES = st.one_of(st.integers(0, 2**63 - 1), st.sampled_from([0, 2**32 - 1, 2**32, 2**63 - 1]))


class StreamProblem(NamedTuple):
    """The elements start..start+count-1 of one stream at one step."""

    seed: int
    stream: int
    step: int
    start: int
    count: int

    @property
    def indices(self):
        return np.arange(self.count, dtype=np.uint64) + np.uint64(self.start)


@st.composite
def stream_problems(draw, size=9):
    """Spans anywhere below 2^63, and across the places where a word of the counter overflows."""
    count = draw(st.integers(0, size))
    edges = st.sampled_from([2**31, 2**32, 2**40, 2**63 - 1])
    beside = st.builds(lambda edge, back: edge - back, edges, st.integers(0, size))
    start = min(draw(st.one_of(INDICES, beside)), 2**63 - 1 - count)
    return StreamProblem(draw(SEEDS), draw(WORDS), draw(WORDS), start, count)


STREAMS = stream_problems()
# ---------------------------------------------------------------------------------------------------------------
# A step of consecutive elements
# ---------------------------------------------------------------------------------------------------------------

RULES = ("sigmoid", "metropolis", "piecewise_sigmoid", "doubled_sigmoid", "descent", "always")
PENALTIES = (
    None,
    "distance_over_temperature",
    "distance_times_temperature",
    "boltzmann",
    "squared",
    "squared_times_temperature",
)


@dataclass(frozen=True, kw_only=True)
class Span:
    """One step of the elements start, start + 1, ...: what they hold, which may move, and the rules.

    theta, gradient, average: shape (n,), to be rounded to dtype; the other numbers are exact in float32.
    members: None for all; ("tiles", index of the first, size, which are taken), ("range", low, high), or
        ("subset", number of elements).
    permission: None, or whether anything may move.
    """

    theta: np.ndarray
    gradient: np.ndarray
    average: np.ndarray
    dtype: str = "float32"
    start: int = 0
    seed: int = 0
    step: int = 0
    members: tuple | None = None
    permission: bool | None = None
    refresh_all: bool = False
    half_width: float = 1.5
    level_count: int = 17
    temperature: float = 0.125
    lr: float = 0.25
    noise_scale: float = 0.25
    quantizer: str | None = "closed_form"
    noise: str = "zero"
    noise_placement: str = "inside"
    smoothing: float = 0.75
    weighting: str | None = "history"
    acceptance_rule: str = "sigmoid"
    linearised: bool = True
    penalty_form: str | None = None
    regularization: float = 0.25
    weight_decay: float = 0.0
    maximize: bool = False
    entropy: str | None = "all"

    @property
    def spacing(self):
        return 2.0 * self.half_width / (self.level_count - 1)


@st.composite
def members_of_spans(draw, start, size):
    """Each kind of membership, with edges before, inside and after the span."""
    place = st.integers(start - min(start, 3), start + size + 3)
    kind = draw(st.sampled_from([None, "tiles", "range", "subset"]))
    if kind == "tiles":
        tile, first = draw(st.integers(1, 5)), start - draw(st.integers(0, min(start, 4)))
        number = (start + size - first) // tile + 2
        taken = draw(st.lists(st.booleans(), min_size=number, max_size=number))
        return kind, first, tile, tuple(taken)
    if kind == "range":
        return kind, *sorted([draw(place), draw(place)])
    return None if kind is None else (kind, draw(st.integers(0, size)))


@st.composite
def spans(draw, size=9):
    """Steps with every rule; a grid of 2 to 255 levels, a spacing of 0.01 to 100 temperatures."""
    count, width = draw(st.sampled_from([2, 3, 16, 17, 255])), draw(st.sampled_from(HALF_WIDTHS[:4]))
    heat = 2.0 * width / (count - 1) * 10.0 ** -draw(st.floats(-2.0, 2.0))
    number = draw(st.integers(1, size))
    start = min(draw(stream_problems()).start, 2**63 - 1 - 2 * size)
    slopes = st.floats(-4.0, 4.0, width=16, allow_subnormal=False)
    scale = st.floats(0.0, 1.0, width=16, allow_subnormal=False)

    def several(element):
        return np.array(draw(st.lists(element, min_size=number, max_size=number)))

    return Span(
        theta=several(parameters_on_a_grid(width, count, heat)),
        gradient=several(slopes),
        average=several(slopes),
        dtype=draw(st.sampled_from(["float32", "float64", "bfloat16", "float16"])),
        start=start,
        seed=draw(SEEDS),
        step=draw(WORDS),
        members=draw(members_of_spans(start, number)),
        permission=draw(st.sampled_from([None, True, None, False])),
        refresh_all=draw(st.booleans()),
        half_width=width,
        level_count=count,
        temperature=float(in_single_precision(heat)),
        lr=draw(scale),
        noise_scale=draw(scale),
        quantizer=draw(st.sampled_from(["closed_form", None])),
        noise=draw(st.sampled_from(["zero", "linear"])),
        noise_placement=draw(st.sampled_from(["inside", "outside"])),
        smoothing=draw(st.integers(0, 16)) / 16.0,
        weighting=draw(st.sampled_from(["history", "gradient", None])),
        acceptance_rule=draw(st.sampled_from(RULES)),
        linearised=draw(st.sampled_from([True, True, False])),
        penalty_form=draw(st.sampled_from(PENALTIES)),
        regularization=draw(scale),
        weight_decay=draw(st.sampled_from([0.0, 0.125])),
        maximize=draw(st.booleans()),
        entropy=draw(st.sampled_from(["all", "selected", None])),
    )


SPANS = spans()
# Where a whole step of an optimizer begins.
STARTS = st.lists(st.floats(-3.0, 3.0, allow_subnormal=False), min_size=3, max_size=12).map(np.array)

# ---------------------------------------------------------------------------------------------------------------
# The power of a comparison
# ---------------------------------------------------------------------------------------------------------------


def tells_apart(strategy, agrees, examples=200):
    """Whether some problem of a strategy shows what is wrong: the negative control of a test that draws from it."""
    looking = settings(derandomize=True, max_examples=examples, phases=[Phase.generate], database=None)
    try:
        find(strategy, lambda problem: not agrees(problem), settings=looking)
    except NoSuchExample:
        return False
    return True

"""Hypothesis strategies that feed the NumPy reference, PyTorch and Triton alike, as NumPy float64 values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

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


@st.composite
def grid_problems(draw, counts=tuple(COUNTS), decades=(-12.0, 12.0), size=6):
    """Grids with theta inside, on, between, beside and far outside the levels; h/T over the given decades."""
    count = draw(st.sampled_from(counts))
    half_width = draw(st.sampled_from(HALF_WIDTHS))
    spacing = 2.0 * half_width / max(1, count - 1)
    temperature = spacing * 10.0 ** -draw(st.floats(*decades))
    level = st.integers(0, count - 1).map(lambda k: half_width * ((2 * k - count + 1) / max(1, count - 1)))
    theta = st.one_of(
        st.floats(-1.25, 1.25).map(lambda x: x * half_width),
        level,
        level.map(lambda q: q + 0.5 * spacing),
        st.builds(lambda q, x: q + 0.5 * spacing + x * temperature, level, st.floats(-20.0, 20.0)),
        st.builds(lambda q, x: q + x * temperature, level, st.floats(-3.0, 3.0)),
        st.sampled_from([0.0, half_width, -half_width, 1e30 * half_width, -1e30 * half_width]),
    )
    values = draw(st.lists(theta, min_size=1, max_size=size))
    return GridProblem(
        np.array([in_single_precision(x) for x in values]), half_width, count, float(temperature)
    )

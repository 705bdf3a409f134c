"""The frozen set of the cold quantizer: a level holds its parameter while eta |gradient_i| < h/2.

At T = h/2^16 the other levels have weight exp(-x/T) with x at least h/50: exactly 0 in float64.
"""

from __future__ import annotations

import numpy as np

from tests.conformance.behaviour import behaviour
from tests.conformance.objectives import SIZE, ramp
from tests.conformance.protocol import Capability, Options

SPACING = 0.25
LEVELS = tuple(SPACING * k for k in range(-4, 5))
ON_LEVELS = np.resize(LEVELS[1:-1], SIZE)
SIGNS = np.where(np.arange(SIZE) % 3 == 0, -1.0, 1.0)


def after(implementation, start, slope, steps):
    """Where a cold quantized run is after some steps down a constant slope with learning rate 1."""
    options = Options(learning_rate=1.0, levels=LEVELS, temperature=SPACING / 2**16)
    run = implementation(ramp(slope), start.copy(), 0, options)
    for _ in range(steps):
        run.step()
    return run.theta


@behaviour(Capability.QUANTIZER)
def test_a_cold_level_holds_its_parameter_while_the_step_is_below_half_a_spacing(implementation):
    for share in (0.0, 0.25, 0.49):
        slope = share * SPACING * SIGNS
        assert np.array_equal(after(implementation, ON_LEVELS, slope, 5), ON_LEVELS)


@behaviour(Capability.QUANTIZER)
def test_a_cold_level_passes_its_parameter_on_once_the_step_is_above_half_a_spacing(implementation):
    slope = 0.51 * SPACING * SIGNS
    assert np.array_equal(after(implementation, ON_LEVELS, slope, 1), ON_LEVELS - SPACING * SIGNS)


@behaviour(Capability.QUANTIZER)
def test_the_outer_levels_hold_against_every_outward_slope(implementation):
    start = np.where(SIGNS > 0.0, LEVELS[0], LEVELS[-1])
    for size in (0.25, 1.0, 64.0):
        assert np.array_equal(after(implementation, start, size * SIGNS, 5), start)

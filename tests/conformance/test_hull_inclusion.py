"""Soft quantization returns means of levels: what a quantized step moves, it moves into the levels' hull."""

from __future__ import annotations

import numpy as np

from tests.conformance.behaviour import behaviour
from tests.conformance.objectives import START, coupled_quadratic
from tests.conformance.protocol import Capability, Options

LEVELS = tuple(k / 8.0 for k in range(-8, 9))


@behaviour(Capability.QUANTIZER)
def test_every_parameter_that_moves_lands_in_the_hull_of_the_levels(implementation):
    objective, _ = coupled_quadratic()
    noise = Capability.NOISE in set(implementation.capabilities)
    for temperature in (1 / 64, 0.5, 4.0):
        options = Options(learning_rate=0.25, f_min=0.25, noise=noise, levels=LEVELS, temperature=temperature)
        run = implementation(objective, 2.0 * START, 1, options)
        for _ in range(12):
            before = run.theta.copy()
            run.step()
            moved = run.theta[run.theta != before]
            assert moved.size > 0
            assert np.all(moved >= LEVELS[0])
            assert np.all(moved <= LEVELS[-1])

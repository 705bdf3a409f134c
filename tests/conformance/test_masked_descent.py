"""A masked gradient step of at most 1/L never raises a loss whose gradient is L-Lipschitz.

Write the step as d = -eta D g, D diagonal with entries in [0, 1]: 0 or 1 for a mask, f for the dense update.
Then D^2 <= D, so |d|^2 = eta^2 g'D^2 g <= -eta g'd, and

    L(theta + d)  <=  L(theta) + g'd + L |d|^2 / 2  <=  L(theta) - (1/eta - L/2) |d|^2,

which falls for every eta < 2/L, so in particular up to 1/L; 2/L is sharp.  Noise, averaging and the quantizer are off.
"""

from __future__ import annotations

import numpy as np

from tests.conformance.behaviour import behaviour
from tests.conformance.objectives import START, coupled_bumps, coupled_quadratic
from tests.conformance.protocol import Capability, Options, unit_roundoff


@behaviour(Capability.PLAIN_STEP)
def test_without_noise_steps_below_two_over_l_never_raise_the_loss(implementation):
    for objective, smoothness in (coupled_quadratic(), coupled_bumps()):
        for relative_step in (0.125, 1.0, 1.75):
            rate = relative_step / smoothness
            options = Options(learning_rate=rate, f_min=0.25)
            run = implementation(objective, START.copy(), 5, options)
            for _ in range(20):
                before = run.theta.copy()
                run.step()
                moved = run.theta - before
                bound = objective.loss(before) - (1.0 / rate - smoothness / 2.0) * (moved @ moved)
                # Rounding of two losses and of the step, each a sum of n terms of size L |theta|^2.
                slack = unit_roundoff(implementation) * before.size * smoothness * (before @ before)
                assert objective.loss(run.theta) <= bound + slack
            assert objective.loss(run.theta) < objective.loss(START)


@behaviour(Capability.PLAIN_STEP, Capability.MASK)
def test_a_masked_step_moves_floor_of_f_n_coordinates_and_no_other(implementation):
    objective, smoothness = coupled_quadratic()
    rate = 0.5 / smoothness
    for f_min, f_max in ((0.25, 1.0), (0.125, 0.5), (1.0, 1.0)):
        options = Options(learning_rate=rate, f_min=f_min, f_max=f_max)
        run = implementation(objective, START.copy(), 2, options)
        for _ in range(6):
            before = run.theta.copy()
            run.step()
            moved, size = run.theta != before, before.size
            product = run.last_fraction * size
            # Half an ulp either way: f stands for the simplest number that rounds to it.
            slack = unit_roundoff(implementation) * size
            counts = {int(np.floor(product - slack)), int(np.floor(product + slack))}
            assert np.count_nonzero(moved) in counts
            expected = before - rate * objective.gradient(before)
            size_of_terms = np.abs(before) + rate * np.abs(objective.gradient(before))
            errors = np.abs(run.theta - expected)[moved]
            assert np.all(errors <= 4 * unit_roundoff(implementation) * size_of_terms[moved])

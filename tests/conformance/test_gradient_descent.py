"""With f = 1 and noise, quantizer, averaging and test off, every version is gradient descent."""

from __future__ import annotations

import numpy as np

from tests.conformance.behaviour import behaviour
from tests.conformance.objectives import START, coupled_bumps, coupled_quadratic
from tests.conformance.protocol import Capability, Options, unit_roundoff


@behaviour(Capability.PLAIN_STEP)
def test_with_everything_off_each_step_is_a_gradient_step(implementation):
    for objective, smoothness in (coupled_quadratic(), coupled_bumps()):
        for relative_step in (0.25, 1.0, 3.0):
            rate = relative_step / smoothness
            run = implementation(objective, START.copy(), 0, Options(learning_rate=rate))
            for _ in range(6):
                before = run.theta.copy()
                run.step()
                drift = rate * objective.gradient(before)
                # Two roundings, of the product and of the difference, and one of the learning rate.
                slack = 4 * unit_roundoff(implementation) * (np.abs(before) + np.abs(drift))
                assert np.all(np.abs(run.theta - (before - drift)) <= slack)

"""Eq. 15 with the largest change so far: the image is [f_min, f_min + (f_max - f_min)(1 - 1/e)], all of it.

The loss is scripted and its gradient is 0, so the curve that the rule sees is exactly the one written here.
"""

from __future__ import annotations

import mpmath
import numpy as np

from tests.conformance.behaviour import behaviour
from tests.conformance.objectives import START, Scripted
from tests.conformance.protocol import Capability, Options, unit_roundoff

BOUNDS = ((0.01, 0.5), (0.25, 1.0), (0.0, 0.75), (0.5, 0.5))


def fractions(implementation, losses, f_min, f_max):
    """The fraction of each step of a run that sees these losses."""
    script = Scripted()
    options = Options(learning_rate=0.5, f_min=f_min, f_max=f_max)
    run, seen = implementation(script.objective, START.copy(), 0, options), []
    for script.value in losses:
        run.step()
        seen.append(float(run.last_fraction))
    return seen


def rule(ratio, f_min, f_max):
    """Eq. 15 in 50 digits."""
    with mpmath.workdps(50):
        return mpmath.mpf(f_min) + (mpmath.mpf(f_max) - f_min) * (1 - mpmath.exp(-mpmath.mpf(ratio)))


def ragged_losses():
    """Losses over twelve orders of magnitude, up and down, with repetitions."""
    sizes = 2.0 ** np.array([0, 1, -3, 20, 20, -20, 5, 5, 5, -1, 21, 0, 0, 19, -7, 3, 18, 2, 22, -22])
    return [*sizes, *(-sizes[::-1]), *([0.0] * 12)]


@behaviour(Capability.FRACTION)
def test_the_fraction_lies_between_f_min_and_f_max(implementation):
    for f_min, f_max in BOUNDS:
        slack = unit_roundoff(implementation) * f_max
        for fraction in fractions(implementation, ragged_losses(), f_min, f_max):
            assert f_min - slack <= fraction <= f_max + slack


@behaviour(Capability.FRACTION_RULE)
def test_no_fraction_exceeds_the_upper_end_of_the_image(implementation):
    for f_min, f_max in BOUNDS:
        slack = 4 * unit_roundoff(implementation) * f_max
        for fraction in fractions(implementation, ragged_losses(), f_min, f_max):
            assert f_min - slack <= fraction <= float(rule(1, f_min, f_max)) + slack


@behaviour(Capability.FRACTION_RULE)
def test_every_value_of_the_image_is_taken_where_the_rule_takes_it(implementation):
    for f_min, f_max in BOUNDS:
        slack = 4 * unit_roundoff(implementation) * f_max
        for sixteenths in range(17):
            ratio = sixteenths / 16.0
            # Changes 1, then r, up as well as down: the third step has exactly the ratio r.
            for losses in ([0.0, 1.0, 1.0 + ratio], [0.0, 1.0, 1.0 - ratio]):
                fraction = fractions(implementation, losses, f_min, f_max)[2]
                assert abs(fraction - float(rule(ratio, f_min, f_max))) <= slack


@behaviour(Capability.FRACTION_RULE)
def test_a_repeated_loss_gives_f_min_and_a_record_gives_the_upper_end(implementation):
    for f_min, f_max in BOUNDS:
        slack = 4 * unit_roundoff(implementation) * f_max
        seen = fractions(implementation, [0.0, 1.0, 1.0, -3.0, -3.0, 29.0], f_min, f_max)
        assert all(abs(seen[t] - f_min) <= slack for t in (2, 4))
        assert all(abs(seen[t] - float(rule(1, f_min, f_max))) <= slack for t in (1, 3, 5))

"""A run that is saved, carried elsewhere and continued is the same run, bit for bit."""

from __future__ import annotations

import pickle

import numpy as np

from tests.conformance.behaviour import behaviour, everything_offered
from tests.conformance.objectives import START, coupled_bumps
from tests.conformance.protocol import Capability

STEPS = 9


def advance(run, steps):
    """The points of the next steps."""
    points = []
    for _ in range(steps):
        run.step()
        points.append(run.theta.copy())
    return points


def same(first, second):
    """Equality of all bits, signs of zeros included."""
    return [point.tobytes() for point in first] == [point.tobytes() for point in second]


@behaviour(Capability.RESUME)
def test_a_saved_run_continues_bit_for_bit_in_a_fresh_object(implementation):
    objective, _ = coupled_bumps()
    options = everything_offered(implementation)
    whole = advance(implementation(objective, START.copy(), 11, options), STEPS)
    for cut in (1, 4, 7):
        run = implementation(objective, START.copy(), 11, options)
        advance(run, cut)
        saved = pickle.dumps(dict(run.state_dict()))
        # Another start: whatever is not in the saved state is wrong in the fresh object.
        fresh = implementation(objective, np.linspace(-1.0, 1.0, START.size), 11, options)
        fresh.load_state_dict(pickle.loads(saved))
        assert same(advance(fresh, STEPS - cut), whole[cut:])


@behaviour(Capability.RESUME)
def test_a_saved_state_stays_as_it_was_while_the_run_goes_on(implementation):
    objective, _ = coupled_bumps()
    options = everything_offered(implementation)
    run = implementation(objective, START.copy(), 11, options)
    advance(run, 3)
    saved = run.state_dict()
    continued = advance(run, 5)
    fresh = implementation(objective, START.copy(), 11, options)
    fresh.load_state_dict(saved)
    assert same(advance(fresh, 5), continued)

"""The seed, and nothing else, decides the random choices of a run."""

from __future__ import annotations

from tests.conformance.behaviour import behaviour, everything_offered
from tests.conformance.objectives import START, coupled_bumps
from tests.conformance.protocol import Capability


def points(*runs, steps=8):
    """The points of several runs advanced in turn, one tuple of bytes per run."""
    seen = [[] for _ in runs]
    for _ in range(steps):
        for run, history in zip(runs, seen, strict=True):
            run.step()
            history.append(run.theta.tobytes())
    return [tuple(history) for history in seen]


@behaviour()
def test_the_same_seed_gives_the_same_run_whatever_else_is_running(implementation):
    objective, _ = coupled_bumps()
    options = everything_offered(implementation)

    def fresh(seed):
        return implementation(objective, START.copy(), seed, options)

    (alone,) = points(fresh(7))
    beside, _, twin = points(fresh(7), fresh(8), fresh(7))
    assert alone == beside == twin


@behaviour(Capability.NOISE)
def test_different_seeds_give_different_runs(implementation):
    objective, _ = coupled_bumps()
    options = everything_offered(implementation)
    seen = points(*(implementation(objective, START.copy(), seed, options) for seed in range(4)))
    assert len(set(seen)) == 4

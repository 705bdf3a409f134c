"""What a deterministic annealing pass can do wrong on two binary neurons, however it is cooled."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import log

import numpy as np

from proofs.ball_arithmetic import ball
from proofs.evidence.annealing_compared import SCHEDULE
from proofs.evidence.coupled_neurons import SWAP, pair
from proofs.outcome import Method, Outcome, refuted_if
from proofs.registry import control, evidence
from reference.coupled_neurons import joint_energy, mean_field_energies
from reference.gda import anneal, decisions, uniform_densities

EPS = np.finfo(float).eps


@evidence("GDA-6", method=Method.EXACT, reading="on every instance")
@control("with the coupling reversed the read-out on the tie is an optimum", coupling=-1)
def gda_can_be_worse_than_local_search(coupling: int = 1) -> Outcome:
    """E = s1 s2, states -1, 1. At the uniform start each neuron sees mean energy 0 in both states, whatever
    the temperature and the order: nothing moves. The read-out is the first state of both, E = 1, the highest
    energy. Local search from any state ends at E = -1: where the neurons agree, a single change lowers E.
    """
    own, pairwise = pair(float(coupling))
    means = [sum(coupling * s * t for t in (-1, 1)) for s in (-1, 1)]
    energies = {s: coupling * s[0] * s[1] for s in product((-1, 1), repeat=2)}
    changes = {s: min(energies[-s[0], s[1]], energies[s[0], -s[1]]) - e for s, e in energies.items()}
    best = min(energies.values())
    passes = [
        anneal(
            uniform_densities(2, 2), lambda d: mean_field_energies(d, own, pairwise), SCHEDULE, SWAP, order=o
        )
        for o in ("simultaneous", "sequential")
    ]
    return refuted_if(
        hypotheses={"at the uniform start both states of a neuron have equal energy": means[0] == means[1]},
        violated={
            "the read-out (-, -) has more than the lowest energy": energies[-1, -1] > best,
            "every state that is not optimal is improved by one change": all(
                changes[s] < 0 for s, e in energies.items() if e > best
            ),
        },
        reference={
            "20 temperatures leave the densities uniform": all(bool(np.all(p == 0.5)) for p in passes),
            "the energy of the read-out": joint_energy(decisions(passes[0][-1]), own, pairwise)
            == energies[-1, -1],
        },
        witness={"E": "s1 s2", "N": 2, "K": 2, "start": "uniform", "read-out": "(-, -), E = 1"},
        summary="Two binary neurons: GDA never moves and is read out at the highest energy; local search ends "
        "at the lowest",
        computed="E = 1",
        stated="below local search (E = -1)",
    )


@evidence("GDA-8", method=Method.BALL, reading="on every instance")
@control("one neuron after the other settles", order="sequential")
def parallel_updates_can_swap_for_ever(order: str = "simultaneous") -> Outcome:
    """E = -s1 s2, states -1, 1, sigmoid, the other state always proposed, all neurons at once: the mean spins
    become tanh(m2/T), tanh(m1/T). From (3/5, -3/5) at T = 3/(5 log 2) they become (-3/5, 3/5), then (3/5,
    -3/5) again, for ever, each read-out having the highest energy. Cooling does not help: for m >= 3/5 and T
    at most this, tanh(m/T) >= 3/5, so the signs alternate under every falling schedule.
    """
    start, t = ball("3/5"), ball("3/5") / ball(2).log()
    first = (-start / t).tanh()
    second = ((first if order == "sequential" else start) / t).tanh()
    own, pairwise = pair(-1.0)
    densities = np.array([[0.2, 0.8], [0.8, 0.2]])
    passed = anneal(
        densities, lambda d: mean_field_energies(d, own, pairwise), [0.6 / log(2)] * 6, SWAP, order=order
    )
    spins = passed[:, :, 1] - passed[:, :, 0]
    cooler = (start / (t / 2)).tanh()
    return refuted_if(
        hypotheses={
            "T is positive": t > 0,
            "(2 - 1/2)/(2 + 1/2) = 3/5 = tanh(log 2)": Fraction(3, 2) / Fraction(5, 2) == Fraction(3, 5),
        },
        violated={
            "the first spin becomes -3/5": (first + start).contains(0),
            "the second becomes 3/5": (second - start).contains(0) and second > 0,
            "a colder sweep moves them farther apart": cooler > start,
        },
        reference={
            "six sweeps change the signs six times": all(
                bool(np.max(np.abs(s - (-1) ** i * spins[0])) <= 64 * EPS) for i, s in enumerate(spins)
            ),
            "each read-out has the highest energy": all(
                joint_energy(decisions(d), own, pairwise) == 1.0 for d in passed
            ),
        },
        witness={"E": "-s1 s2", "mean spins": "(3/5, -3/5)", "T": "3/(5 log 2)", "N": 2, "K": 2},
        summary="Two binary neurons updated at once swap for ever between states of the highest energy",
        computed="period 2, E = 1",
        stated="converges without erratic behaviour",
    )

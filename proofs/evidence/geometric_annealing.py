"""Simulated annealing with a geometric schedule leaves a local minimum, surely enough but not surely."""

from __future__ import annotations

import sys

import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from reference.acceptance import metropolis_probability
from reference.temperature import geometric_temperature

EPS = sys.float_info.epsilon  # an exponent of 16 carries some 16 of it into its exponential


@evidence("INT-21", method=Method.BALL, reading="escapes")
@control("without uphill moves it stays", uphill=0)
def a_geometric_schedule_can_leave_a_local_minimum(uphill: int = 1) -> Outcome:
    """Three states in a row with energies 0, b and -1, b > 0: from the first, a local minimum, a step goes up with
    probability exp(-b/T_0)/2, the next one down to the lowest state with probability 1/2. So after two steps
    annealing is there with probability at least exp(-b/T_0)/4 > 0, for every b, T_0 > 0 and every cooling
    ratio r (the second move goes down, which every temperature accepts). It is not certain: the expected number
    of uphill moves from the first state, at most the sum of exp(-b r^(-t)/T_0)/2 over t, is finite, and below
    1/2 for b = 2, T_0 = 1, r = 1/2. (`uphill`: 0 refuses moves to a higher energy.)
    """
    b, start = sp.symbols("b T0", positive=True)
    chance = uphill * sp.exp(-b / start) / 4
    # b r^(-t)/T_0 = 2 * 2^t >= 2 (1 + t): the sum is at most that of a geometric series
    bound = uphill * ball("1/2") * (-ball(2)).exp() / (1 - (-ball(2)).exp())
    seen = [
        float(metropolis_probability(2.0, geometric_temperature(t, 1.0, 0.5))) / float(ball(-2 * 2**t).exp())
        for t in range(4)
    ]
    return proved_if(
        {
            "the chance is positive for all b and T_0": chance.is_positive,
            "b = 2, T_0 = 1: at least 1/30": uphill * (-ball(2)).exp() / 4 > ball("1/30"),
            "no certainty: fewer than 1/2 uphill moves expected": bound < ball("1/2"),
            "the reference accepts with exp(-2/T_t)": all(abs(ratio - 1) <= 64 * EPS for ratio in seen),
        },
        "From a local minimum annealing reaches a lower state with positive probability, below 1",
        computed=f"between {float(uphill * (-ball(2)).exp() / 4):.3f} and {float(bound):.3f} for b = 2, T_0 = 1, "
        "r = 1/2",
        stated="capable of escaping",
    )

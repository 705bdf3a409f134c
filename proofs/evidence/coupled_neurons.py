"""GDA with coupled neurons: what its densities settle at, against the joint law and the optimum; what it
costs.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import exp, log

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.coupled_neurons import joint_energy, mean_field_energies
from reference.gda import decisions, sweep
from reference.markov_chain import complete_generation
from reference.validation import FloatArray

EPS = np.finfo(float).eps
SPINS = (-1, 1)
SWAP = complete_generation(2)


def pair(coupling: float, field: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Own and pairwise energies of E(s1, s2) = coupling s1 s2 - field (s1 + s2) on the states -1, 1."""
    own = np.array([[field, -field], [field, -field]])
    pairwise = np.zeros((2, 2, 2, 2))
    pairwise[0, 1] = pairwise[1, 0] = coupling * np.outer(SPINS, SPINS)
    return own, pairwise


def swept(
    means: tuple[float, float], own: FloatArray, pairwise: FloatArray, temperature: float, times: int
) -> FloatArray:
    """Mean spins after sweeps of the reference; two binary neurons, sigmoid, the other state always proposed."""
    densities = np.array([[(1 - m) / 2, (1 + m) / 2] for m in means])
    for _ in range(times):
        densities = sweep(densities, lambda d: mean_field_energies(d, own, pairwise), temperature, SWAP)
    return np.asarray(densities[:, 1] - densities[:, 0])


@evidence("GDA-1", method=Method.EXACT, reading="coupled neurons")
@control("without coupling the product of the densities is the joint law", weight=Fraction(1))
def the_product_is_not_the_joint_law(weight: Fraction = Fraction(2)) -> Outcome:
    """E = -s1 s2 with exp(1/T) = 2. Uniform densities are a fixed point (each neuron sees mean energy 0 in
    both states), their product gives each joint state probability 1/4. The joint chain has the law
    exp(-E/T)/Z: (+, +) has probability 2/(2 + 1/2 + 1/2 + 2) = 2/5.
    """
    joint = weight / (2 * weight + 2 / weight)
    temperature = 1 / log(2)
    own, pairwise = pair(-1.0 if weight != 1 else 0.0)
    means = swept((0.0, 0.0), own, pairwise, temperature, 3)
    energies = {s: joint_energy([s[0], s[1]], own, pairwise) for s in product((0, 1), repeat=2)}
    gibbs = {s: exp(-e / temperature) for s, e in energies.items()}
    return refuted_if(
        hypotheses={
            "the four probabilities sum to 1": 2 * joint + 2 * (1 / weight) / (2 * weight + 2 / weight) == 1
        },
        violated={"the product 1/4 is not the joint probability": joint != Fraction(1, 4)},
        reference={
            "sweeps keep the uniform densities": not means.any(),
            "joint_energy gives this law": abs(gibbs[1, 1] / sum(gibbs.values()) - float(joint)) <= 8 * EPS,
        },
        witness={"E": "-s1 s2", "T": "1/log 2", "N": 2, "K": 2},
        summary="Two coupled binary neurons: the product of GDA's densities is not the law of the joint chain",
        computed=f"P(+, +) = {joint}",
        stated="1/4",
    )


@evidence("GDA-R3", method=Method.BALL)
@control("a strong field leaves no wrong fixed point with these densities", mean=Fraction(3, 5))
def gda_can_settle_at_the_wrong_states(mean: Fraction = Fraction(-3, 5)) -> Outcome:
    """States -1, 1, sigmoid, the other state always proposed: a sweep sets each mean spin to tanh(F/T), F the
    field. (1) E = -s1 s2 - h (s1 + s2) with T = 4/5, h = 3/5 - (4/5) log 2 > 0: the optimum is (+, +). At
    m1 = m2 = -3/5 the field is -3/5 + h = -T log 2 and tanh(-log 2) = -3/5: a fixed point, read out as (-,
    -). A sweep multiplies small deviations by (1 - 9/25)/T = 4/5 in size: it attracts. The joint law
    exp(-E/T)/Z has its mode at (+, +). (2) With h = 0 and exp(1/T) = 2 the uniform densities are fixed and
    both marginals are right, yet P(+, +) = 2/5, not 1/4. (3) E = s1 s2: the uniform densities see no field
    at any temperature, so no schedule moves them; the first states, read out on the tie, are equal: E = 1,
    the highest.
    """
    temperature, log2 = Fraction(4, 5), ball(2).log()
    field = ball("3/5") - ball(temperature) * log2
    landing = ((ball(mean) + field) / ball(temperature)).tanh()
    slope = (1 - mean**2) / temperature
    own, pairwise = pair(-1.0, 0.6 - 0.8 * log(2))
    near = swept((-0.7, -0.5), own, pairwise, 0.8, 200)
    energies = [joint_energy([s, s], own, pairwise) for s in (0, 1)]
    own, pairwise = pair(1.0)
    stuck = swept((0.0, 0.0), own, pairwise, 0.01, 5)
    read = decisions(np.full((2, 2), 0.5))
    return proved_if(
        {
            "h is positive": field > 0,
            "the field at -3/5 is -T log 2, which gives tanh(-log 2) = -3/5": landing.overlaps(ball("-3/5"))
            and sp.simplify(sp.tanh(-sp.log(2)).rewrite(sp.exp) + sp.Rational(3, 5)) == 0,
            "deviations shrink": slope < 1,
            "the read-out has the wrong sign": mean < 0,
            "the reference is drawn to (-3/5, -3/5)": float(np.max(np.abs(near + 0.6))) <= 64 * EPS,
            "(+, +) has lower energy than (-, -)": energies[1] < energies[0],
            "uniform densities stay under E = s1 s2 at T = 1/100": not stuck.any(),
            "their read-out has the highest energy": joint_energy(read, own, pairwise) == 1.0,
        },
        "Two binary neurons: wrong attracting fixed points, wrong joint law, a start that never moves",
        computed="E = -1 + 2h at the fixed point",
        stated="optimum E = -1 - 2h",
    )


@evidence("GDA-5", "CPX-8", method=Method.SYMBOLIC)
@control("for one neuron the states are as many as K N", joint=False)
def hidden_optima_need_exponentially_many_moves(joint: bool = True) -> Outcome:
    """N neurons with K states have K^N joint states, not K N. Give one of them, equally likely to be any,
    energy -1 and all others 0. A method that learns the energies of the states it visits or proposes, one
    new state per move, has met it within t moves with probability at most (t+1)/K^N, so it needs at least
    (K^N - 1)/2 moves on average, whatever its rule and schedule. K = 2: at N = 12 that is 4095/2 > 24^2,
    and 2^N/(2N)^2 grows without bound, so no constant saves O((KN)^2). What GDA reaches with its O(KN)
    updates is not the same either: its densities can settle at other states (GDA-R3).
    """
    n = sp.Symbol("N", positive=True)
    states = 2**n if joint else 2 * n
    visited = sp.Symbol("t", integer=True)
    average = sp.summation(1 - (visited + 1) / sp.Integer(4096), (visited, 0, 4095))
    grid = [joint_energy(s, np.zeros((3, 2)), np.zeros((3, 3, 2, 2))) for s in product((0, 1), repeat=3)]
    settled = gda_can_settle_at_the_wrong_states()
    return refuted_if(
        hypotheses={"twelve binary neurons have 4096 joint states": states.subs(n, 12) == 4096},
        violated={
            "the average over positions is (K^N - 1)/2 for 2^12": average == sp.Rational(4095, 2),
            "which exceeds (KN)^2 = 576": average > 24**2,
            "no constant times (KN)^2 bounds it": sp.limit(states / (2 * n) ** 2, n, sp.oo) == sp.oo,
            "GDA can settle elsewhere": not settled.failed_checks,
        },
        reference={"three binary neurons have 8 joint states": len(grid) == 2**3},
        witness={"K": 2, "N": 12, "E": "-1 at one joint state, 0 elsewhere"},
        summary="The joint states are K^N; finding a hidden optimum takes exponentially many moves",
        computed="(K^N - 1)/2 moves on average",
        stated="O((KN)^2)",
    )

"""Whether the temperature can rise: it can, as soon as a parameter moves to a place of larger entropy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.evidence.initial_entropy import entropy_of
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from proofs.truncated_geometric import entropy
from reference.entropy import total_entropy
from reference.soft_quantization import soft_quantize
from reference.temperature import entropy_temperature, largest_entropy

EPS = float(np.finfo(float).eps)


@evidence("SCH-8", "SCH-2", method=Method.BALL)
@evidence("SCH-8", method=Method.BALL, reading="initial entropy")
@evidence("SCH-8", method=Method.BALL, reading="largest so far")
@control("a second minibatch with the same minimiser does not move the parameter back", second=Fraction(1))
def temperature_can_rise(second: Fraction = Fraction(0)) -> Outcome:
    """Levels -1 and 1, T_max = 2, learning rate 1, minibatch losses (theta-1)^2/2 and then theta^2/2, start
    0. H_0 = log 2 and T_1 = 2. Step one proposes 1 and gives theta_1 = S(1) = tanh(1/2); its distances differ
    by 2 theta_1, so H_1 = H_2(theta_1) < log 2 and T_2 < 2. Step two proposes 0, and S(0) = 0: H_2 = log 2,
    T_3 = 2 again. As H_0 = log 2 is the largest possible value, the initial and the largest observed
    normaliser are the same number and give the same temperatures.
    """
    moved = (ball(1) / 2).tanh()
    colder = 2 * entropy(2, moved) / arb(2).log()
    place = (ball(second) / colder).tanh()  # step two, at T_2
    last = 2 * entropy_of([1 + place, 1 - place], colder) / arb(2).log()
    levels, places, temperatures, entropies = np.array([-1.0, 1.0]), [0.0], [2.0], []
    for target in (1.0, float(second), 0.0):
        entropies.append(total_entropy(np.array(places[-1:]), levels, temperatures[-1]))
        top = largest_entropy("initial", parameter_count=1, level_count=2, initial_entropy=entropies[0])
        places.append(float(soft_quantize(np.array([target]), levels, temperatures[-1])[0]))
        temperatures.append(entropy_temperature(entropies[-1], top, 2.0))
    return refuted_if(
        hypotheses={"T_2 < T_1 = T_max": colder < 2, "theta_1 = tanh(1/2) is positive": moved > 0},
        violated={"T_3 > T_2": last > colder},
        reference={
            "temperatures 2, 2, T_2, 2": temperatures[1] == temperatures[3] == 2.0
            and abs(temperatures[2] - float(colder)) <= 8 * EPS
        },
        witness={
            "levels": "-1, 1",
            "T_max": 2,
            "theta": "0, tanh(1/2), 0",
            "T": f"2, 2, {float(colder):.4f}, 2",
        },
        summary=(
            "The temperature rises again when a parameter moves back to a midpoint, under each normaliser"
        ),
        computed=f"T_2 = {float(colder):.4f} < T_3 = 2",
        stated="T_3 <= T_2",
    )


@evidence("SCH-8", "SCH-2", method=Method.SMT, reading="parameters frozen")
@control("for a moving parameter the entropy is no function of the temperature", frozen=False)
def frozen_parameters_cool_monotonically(frozen: bool = True) -> Outcome:
    """With theta fixed, H is a function of T alone, and it does not decrease with T (dH/dT = Var/T^3,
    ENT-R1). T_1 = T_max H(T_0)/log K <= T_max = T_0. If T_(t+1) <= T_t then H(T_(t+1)) <= H(T_t), hence
    T_(t+2) <= T_(t+1). The induction step is checked for arbitrary values of H.
    """
    t0, t1, t2, h0, h1, scale = z3.Reals("T0 T1 T2 H0 H1 scale")
    law = [scale > 0, t1 == scale * h0, t2 == scale * h1]
    monotone = [z3.Implies(t1 <= t0, h1 <= h0)] if frozen else []
    b, z = sp.Symbol("b", positive=True), sp.Function("Z")
    h_of_b = sp.log(z(b)) - b * sp.diff(sp.log(z(b)), b)
    return proved_if(
        {
            "dH/db = -b (log Z)''": sp.simplify(sp.diff(h_of_b, b) + b * sp.diff(sp.log(z(b)), b, 2)) == 0,
            "induction step": satisfiable(*law, *monotone, t1 <= t0, t2 > t1) is None,
            "some case meets the assumptions": satisfiable(*law, *monotone, t1 <= t0) is not None,
        },
        "With the parameters frozen the temperatures do not increase",
    )


@evidence("SCH-8", method=Method.EXACT, reading="total over log K")
@evidence("SCH-2", method=Method.EXACT, reading="total over log K")
@control("with a single parameter the total is the mean", count=1)
def total_entropy_raises_the_first_temperature(count: int = 2) -> Outcome:
    """Levels -1 and 1, two parameters at 0: total entropy 2 log 2, so T_1 = 2 T_max > T_0."""
    levels = np.array([-1.0, 1.0])
    top = largest_entropy("total_log_levels", parameter_count=count, level_count=2)
    first = entropy_temperature(total_entropy(np.zeros(count), levels, 2.0), top, 2.0)
    return refuted_if(
        hypotheses={"0 is the midpoint of the levels": bool(levels.sum() == 0)},
        violated={"T_1 = n T_max exceeds T_0 = T_max": count > 1},
        reference={"T_1 is n T_max": first == 2.0 * count},
        witness={"levels": "-1, 1", "theta": ", ".join(["0"] * count), "T_1 / T_0": count},
        summary="With the total entropy the first step multiplies the temperature by about n",
        computed=f"T_1 = {count} T_0",
        stated="T_1 <= T_0",
    )

"""The candidate of a step and its noise: Eq. 11 under its readings."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.acceptance import acceptance_probability
from reference.noise import noise_scale
from reference.soft_quantization import soft_quantize

EPS = np.finfo(float).eps
GRID = np.array([-1.0, 1.0])


@evidence("UPD-1", method=Method.SMT, reading="noise inside S")
@control("negative weights leave the hull", signed=True)
def noise_inside_the_quantizer_stays_in_the_hull(signed: bool = False) -> Outcome:
    """S is a mean of levels with non-negative weights that sum to 1: sum p_k q_k - q_1 = sum p_k (q_k - q_1)
    >= 0, and likewise below q_K. Decided for three levels; more only add terms of the same sign.
    """
    p, q = z3.Reals("p1 p2 p3"), z3.Reals("q1 q2 q3")
    weights = z3.And(p[0] + p[1] + p[2] == 1, *([] if signed else [w >= 0 for w in p]))
    mean = p[0] * q[0] + p[1] * q[1] + p[2] * q[2]
    ordered = z3.And(q[0] < q[1], q[1] < q[2])
    values = soft_quantize(np.array([-1e6, -0.2, 0.7, 1e6]), GRID, 0.3)
    return proved_if(
        {
            "not below the lowest level": satisfiable(weights, ordered, mean < q[0]) is None,
            "not above the highest": satisfiable(weights, ordered, mean > q[2]) is None,
            "the reference stays in the hull for noise of any size": bool(np.all(np.abs(values) <= 1)),
        },
        "With the noise inside S every new parameter is a weighted mean of the levels",
    )


@evidence("UPD-1", method=Method.EXACT, reading="noise outside S")
@control("small noise need not leave the hull", noise=Fraction(1, 2))
def noise_outside_the_quantizer_leaves_the_hull(noise: Fraction = Fraction(3)) -> Outcome:
    """Levels -1, 1 and proposal 0: S(0) = 0 by symmetry; with noise 3 the new parameter is 3."""
    value = Fraction(0) + noise
    quantized = float(soft_quantize(np.zeros(1), GRID, 1.0)[0])
    return refuted_if(
        hypotheses={"Gaussian noise takes every value with positive density": noise < 10**6},
        violated={"the new parameter lies outside the hull": abs(value) > 1},
        reference={"S(0) + 3 is 3": quantized + float(noise) == float(value)},
        witness={"levels": "-1, 1", "theta - eta mu": 0, "noise": noise},
        summary="Noise added after S carries the parameter out of the hull",
        computed=f"theta = {value}",
        stated="inside [-1, 1]",
    )


@evidence("UPD-1", method=Method.EXACT, reading="times the transition probability")
@control("a transition of probability 1 changes nothing", probability=Fraction(1))
def a_factor_below_one_leaves_the_hull(probability: Fraction = Fraction(1, 4)) -> Outcome:
    """Levels 1, 2 and proposal 3/2: S = 3/2 by symmetry. Multiplied by a transition probability of 1/4 it is
    3/8, below the lowest level.
    """
    value = Fraction(3, 2) * probability
    quantized = float(soft_quantize(np.array([1.5]), np.array([1.0, 2.0]), 1.0)[0])
    accepted = 1.0 if probability == 1 else float(acceptance_probability(float(ball(3).log()), 1.0))
    return refuted_if(
        hypotheses={"it is a probability": 0 <= probability <= 1},
        violated={"the product lies outside the hull [1, 2]": value < 1},
        reference={"S times A agrees": abs(quantized * accepted - float(value)) <= 4 * EPS},
        witness={"levels": "1, 2", "proposal": "3/2", "P": probability},
        summary="A product with the transition probability is no point of the hull",
        computed=f"theta = {value}",
        stated="inside [1, 2]",
    )


@evidence("UPD-2", method=Method.SYMBOLIC, reading="mean and covariance")
@evidence("UPD-2", method=Method.SYMBOLIC, reading="eps(T) = sqrt(2 eta T)")
@control("the noise of the public code has another stationary variance", scale="linear")
def scaled_noise_and_the_langevin_scale(scale: str = "langevin") -> Outcome:
    """eps z with z standard normal has mean eps E z = 0 and covariance eps^2 I. On L = theta^2/2 the
    recursion theta <- (1 - eta) theta + eps z has stationary variance v = (1 - eta)^2 v + eps^2, so v =
    eps^2/(eta (2 - eta)); with eps^2 = 2 eta T it is T/(1 - eta/2).
    """
    eta, t, v = sp.symbols("eta T v", positive=True)
    squared = 2 * eta * t if scale == "langevin" else t**2
    variance = sp.solve(sp.Eq(v, (1 - eta) ** 2 * v + squared), v)[0]
    computed = noise_scale(0.5, scale, 0.25)
    z = sp.Symbol("z", real=True)
    density = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    return proved_if(
        {
            "z has mean 0 and variance 1": sp.integrate(z * density, (z, -sp.oo, sp.oo)) == 0
            and sp.integrate(z**2 * density, (z, -sp.oo, sp.oo)) == 1,
            "stationary variance T/(1 - eta/2)": sp.simplify(variance - t / (1 - eta / 2)) == 0,
            "the reference's scale is sqrt(2 eta T)": abs(computed - 0.5) <= 2 * EPS,
        },
        "Noise eps(T) z has covariance eps(T)^2 I; sqrt(2 eta T) gives fluctuations of variance T/(1 - eta/2)",
        computed="T/(1 - eta/2)",
        stated="T",
    )


@evidence("UPD-2", method=Method.EXACT, reading="eps(T) = T")
@evidence("UPD-2", method=Method.EXACT, reading="eps(T) = sqrt(T)")
@control("at eta = 1 and T = 1 both happen to agree", eta=Fraction(1))
def other_scales_fluctuate_at_another_temperature(eta: Fraction = Fraction(1, 2)) -> Outcome:
    """At T = 1 both scales are 1. With eta = 1/2 the stationary variance is 1/(eta (2 - eta)) = 4/3, not 1."""
    variance = 1 / (eta * (2 - eta))
    scales = [noise_scale(1.0, name, float(eta)) for name in ("linear", "root")]
    return refuted_if(
        hypotheses={
            "0 < eta < 2": 0 < eta < 2,
            "v = (1 - eta)^2 v + 1": variance == (1 - eta) ** 2 * variance + 1,
        },
        violated={"the variance is not T = 1": variance != 1},
        reference={"both scales are 1 at T = 1": scales == [1.0, 1.0]},
        witness={"L": "theta^2/2", "T": 1, "eta": eta},
        summary="Noise of scale T or sqrt(T) does not make the parameters fluctuate as at temperature T",
        computed=f"variance {variance}",
        stated="1",
    )


@evidence("UPD-5", method=Method.SYMBOLIC, reading="T > 0")
@control("a point whose value is a level proves nothing", theta=0)
def warm_values_are_not_levels(theta: int = 1) -> Outcome:
    """Levels -1, 1, T = 1/log 2 and theta = 1: S = tanh(theta/T) = tanh(log 2) = 3/5, which is no level. (At
    any T > 0 S lies strictly between the outermost levels.)
    """
    value = sp.tanh(theta * sp.log(2)).rewrite(sp.exp).simplify() if theta else sp.Integer(1)
    computed = float(soft_quantize(np.array([float(theta)]), GRID, 1 / float(ball(2).log()))[0])
    return refuted_if(
        hypotheses={"theta lies in the hull": abs(theta) <= 1},
        violated={"S is none of the levels": value not in (-1, 1)},
        reference={"soft_quantize gives 3/5": abs(computed - float(value)) <= 4 * EPS},
        witness={"levels": "-1, 1", "T": "1/log 2", "theta": theta},
        summary="At T > 0 the quantizer does not map onto the levels",
        computed=f"S(1) = {value}",
        stated="a level",
    )

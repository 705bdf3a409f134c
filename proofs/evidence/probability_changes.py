"""The proof of Theorem 5, its middle: how far the probability of one level moves with the parameter."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.evidence.quantization_stability import modulus_lemmas
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.quantization_lemmas import OCTAVE, named, rational_law, zero
from proofs.registry import control, evidence
from reference.soft_quantization import level_probabilities

PAIR = (Fraction(-1), Fraction(1))
LEVELS = np.array([-1.0, 1.0])
EPS = np.finfo(float).eps


@evidence("T5-P4", method=Method.SYMBOLIC)
@control("for theta outside the hull the constant does not serve", beyond=1)
def change_of_a_probability_for_theta_in_the_hull(beyond: int = 0) -> Outcome:
    """By the modulus |P'_k - P_k| <= tanh(|d|/2T) <= |d|/2T, and exp(-|theta - q_k|/T) >= exp(-D/T) as theta
    is in the hull. So C = exp(D/T)/2 serves, for all d. (`beyond` lets theta be that far outside.)
    """
    theta, q, low, width = z3.Reals("theta q low D")
    inside = z3.And(low <= q, q <= low + width, low - beyond <= theta, theta <= low + width + beyond)
    u, ratio = sp.symbols("u D_over_T", positive=True)
    gap = u / 2 - sp.tanh(u / 2)
    return proved_if(
        {
            **named("modulus", modulus_lemmas()),
            "tanh(u/2) <= u/2": gap.subs(u, 0) == 0 and zero(gap.diff(u) - sp.tanh(u / 2) ** 2 / 2),
            "|theta - q_k| <= D": satisfiable(inside, z3.Or(theta - q > width, q - theta > width)) is None,
            "C exp(-D/T) = 1/2": zero(sp.exp(ratio) / 2 * sp.exp(-ratio) - sp.Rational(1, 2)),
        },
        "C = exp(D/T)/2 serves for all d and every theta in the hull",
        computed="exp(D/T)/2, and |P'_k - P_k| <= |d|/2T without any exponential",
        stated="C, not given",
    )


@evidence("T5-P4", method=Method.SYMBOLIC, reading="one constant for all T")
@control("with a constant that grows like exp(1/T) the violation disappears", growth=1)
def no_constant_serves_all_temperatures(growth: int = 0) -> Outcome:
    """Levels -1 and 1, theta = 0, T = 1/(n ln 2), d = 1/n: P of the upper level goes from 1/2 to 4/5, by
    3/10, while (|d|/T) exp(-|theta - q|/T) = ln 2 * 2^-n. So C would have to exceed (3/10) 2^n/ln 2 for
    every n. (`growth` multiplies the right side by exp(growth/T).)
    """
    n = sp.Symbol("n", positive=True)
    change = Fraction(4, 5) - rational_law(Fraction(0), PAIR)[1]
    heat = 1 / (n * sp.log(2))
    right = (1 / n) / heat * sp.exp((growth - 1) / heat)
    exact = rational_law(Fraction(1, 10), PAIR, 10)[1]
    reference = level_probabilities(np.array([0.0, 0.1]), LEVELS, OCTAVE / 10)[:, 1]
    return refuted_if(
        hypotheses={"theta = 0 is in the hull": PAIR[0] <= 0 <= PAIR[1]},
        violated={
            "the change is 3/10 for every n": change == Fraction(3, 10)
            and zero(sp.tanh((1 / n) / heat).rewrite(sp.exp) / 2 - sp.Rational(3, 10)),
            "the right side tends to 0": sp.limit(right, n, sp.oo) == 0,
        },
        reference={
            "n = 10: from 1/2 to 4/5": exact == Fraction(4, 5)
            and np.allclose(reference, [0.5, 0.8], rtol=64 * EPS, atol=0)
        },
        witness={"levels": "-1, 1", "theta": 0, "d": "1/n", "T": "1/(n ln 2)", "change of P": "3/10"},
        summary="Halfway between two levels C must grow like exp(1/T)",
        computed="C >= (3/10) 2^n/ln 2",
        stated="C",
    )


@evidence("T5-P4", method=Method.SYMBOLIC, reading="theta anywhere")
@control("without the exponential the bound survives", with_exponential=0)
def no_constant_serves_far_parameters(with_exponential: int = 1) -> Outcome:
    """Levels -1 and 1, T = 1/ln 2, theta = -s with s >= 1, d = s + 1: P of the upper level goes from 1/5 to
    4/5, by 3/5, while (|d|/T) exp(-|theta - 1|/T) = (s+1) ln 2 * 2^-(s+1) tends to 0 as s grows.
    """
    s = sp.Symbol("s", positive=True)
    change = rational_law(Fraction(1), PAIR)[1] - rational_law(Fraction(-1), PAIR)[1]
    right = (s + 1) * sp.log(2) * sp.exp(-with_exponential * (s + 1) * sp.log(2))
    reference = level_probabilities(np.array([-30.0, 1.0]), LEVELS, OCTAVE)[:, 1]
    return refuted_if(
        hypotheses={
            "P is constant beyond the hull": rational_law(Fraction(-3), PAIR)
            == rational_law(Fraction(-1), PAIR)
        },
        violated={
            "the change is 3/5": change == Fraction(3, 5),
            "the right side tends to 0": sp.limit(right, s, sp.oo) == 0,
        },
        reference={"from -30 to 1: 1/5 to 4/5": np.allclose(reference, [0.2, 0.8], rtol=8 * EPS, atol=0)},
        witness={"levels": "-1, 1", "T": "1/ln 2", "theta": "-s", "d": "s + 1", "change of P": change},
        summary="From far away the probability changes by 3/5 while the claimed bound tends to 0",
    )

"""Theorem 5, oscillation: gradient descent through a soft quantizer in one dimension, where it swings and where not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.quantization_lemmas import OCTAVE, cell, named, zero
from proofs.registry import control, evidence
from reference.soft_quantization import soft_quantize

LEVELS = np.array([-1.0, 1.0])
EPS = np.finfo(float).eps


@evidence("T5-S3", method=Method.EXACT)
@control(
    "with a learning rate at which the gradient step does not overshoot the cycle is gone", rate=Fraction(1)
)
def quantized_descent_oscillates_where_descent_converges(rate: Fraction = Fraction(3, 2)) -> Outcome:
    """Levels -1 and 1, L = theta^2/2, learning rate 3/2: plain gradient descent is theta <- -theta/2 and
    converges to the minimum. With S at T = 3/(10 ln 2) the iteration is theta <- -tanh(theta/(2T)), and
    from 3/5 it goes to -tanh(ln 2) = -3/5, then to 3/5, for ever. The cycle attracts: |theta| follows y <-
    tanh(y/(2T)), an increasing concave map with slope 1/(2T) = (5/3) ln 2 > 1 at 0 and fixed point 3/5, so
    |theta_n| tends to 3/5 from every start but 0. Every step changes the parameter by 6/5, more than half
    the range.
    """
    start, halvings = Fraction(3, 5), Fraction(10, 3)  # T = 1/(halvings ln 2)
    proposal = start * (1 - rate)
    # tanh(proposal/T) = (4^e - 1)/(4^e + 1) with e = proposal * halvings, a whole number.
    exponent = proposal * halvings
    whole = exponent.denominator == 1
    power = Fraction(4) ** exponent.numerator if whole else Fraction(1)
    image = (power - 1) / (power + 1)
    temperature = 0.3 * OCTAVE
    first = soft_quantize(np.array([0.6 - 1.5 * 0.6]), LEVELS, temperature)[0]
    value = 0.01
    for _ in range(200):
        value = float(soft_quantize(np.array([value - 1.5 * value]), LEVELS, temperature)[0])
    return refuted_if(
        hypotheses={
            "gradient descent converges": abs(1 - rate) < 1,
            "the exponent is a whole number": whole,
            "proposals stay between the levels": abs(proposal) <= 1,
        },
        violated={
            "S of the step is -theta": image == -start,
            "theta is not 0": start != 0,
            "the cycle repels 0: (5/3) ln 2 > 1": ball(2).log() * ball("5/3") > 1,
        },
        reference={
            "S(3/5 - 9/10) is -3/5": abs(first + 3 / 5) < 4 * EPS,
            "from 1/100 it reaches the cycle": abs(abs(value) - 3 / 5) < 1e-12,
        },
        witness={
            "levels": "-1, 1",
            "loss": "theta^2/2",
            "learning rate": rate,
            "T": "3/(10 ln 2)",
            "cycle": "3/5, -3/5",
        },
        summary="A cycle 3/5, -3/5 attracts every start but 0, while gradient descent converges to 0",
        computed="oscillation of 6/5 for ever",
        stated="no excessive oscillation",
    )


@evidence("T5-R2", method=Method.SMT)
@control("with a learning rate of twice the inverse smoothness the step may overshoot", product=2)
def monotone_steps_do_not_oscillate(product: int = 1) -> Outcome:
    """G = theta - eta L'(theta) increases weakly when eta times the Lipschitz constant of L' is at most 1; S
    increases weakly (SQ-R1), so F = S(G) does. If theta_1 >= theta_0, then theta_2 = F(theta_1) >=
    F(theta_0) = theta_1, and so on: the iterates are monotone (likewise downwards), stay in the hull, and
    converge, to a fixed point as F is continuous. A monotone sequence that returns is constant: there is
    no cycle of any period. Best possible: for L = theta^2/2 and eta = 1 + c with c > 0, levels -1 and 1,
    any T < c, the map is odd and F(theta) = -tanh(min(c theta, 1)/T) for theta >= 0. Since -F has slope
    c/T > 1 at 0 and is below 1 at 1, it meets theta somewhere in (0, 1); that point and its negative are a
    cycle of period 2. (`product` is the allowed eta times Lipschitz constant.)
    """
    a, b_, rate, smooth, slope_a, slope_b = z3.Reals("a b eta Lc ga gb")
    real = z3.RealSort()
    image = z3.Function("F", real, real)
    start, first = z3.Reals("theta_0 theta_1")
    lipschitz = z3.And(
        a <= b_, rate > 0, smooth > 0, slope_b - slope_a <= smooth * (b_ - a), rate * smooth <= product
    )
    step = z3.And(
        first == image(start), start <= first, z3.Implies(start <= first, image(start) <= image(first))
    )
    c, theta, heat = sp.symbols("c theta T", positive=True)
    return proved_if(
        {
            **named("S increases", {name: ok for name, ok in cell().items() if name == "S' > 0"}),
            "theta - eta L' increases weakly": satisfiable(
                lipschitz, b_ - rate * slope_b < a - rate * slope_a
            )
            is None,
            "an upward step is followed by an upward step": satisfiable(step, image(first) < first) is None,
            "slope of tanh(c theta/T) at 0 is c/T": zero(
                sp.limit(sp.tanh(c * theta / heat) / theta, theta, 0) - c / heat
            ),
            "1 - tanh(y) = 2/(e^(2y) + 1) > 0": zero(
                (1 - sp.tanh(c) - 2 / (sp.exp(2 * c) + 1)).rewrite(sp.exp)
            ),
        },
        "theta - eta L' nondecreasing (eta Lip(L') <= 1) gives monotone, convergent iterates at every T",
        computed="eta <= 1/Lip(L')",
        stated="any learning rate",
    )

"""Algorithm 1 as printed: its loss change, the fraction that follows from it, candidate and energy
difference.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.algorithm import step
from reference.decision import decide_singly
from reference.fraction import update_fraction
from reference.loss_change import data_block_change
from reference.settings import Settings
from reference.soft_quantization import soft_quantize
from reference.state import Draws, initial_state

EPS = np.finfo(float).eps


@evidence("ALG-5", method=Method.EXACT)
@control("two blocks with the same loss show no change", weight=Fraction(1))
def loss_differences_between_data_blocks_persist(weight: Fraction = Fraction(2)) -> Outcome:
    """Two data blocks with L_1 = (theta - 1)^2 and L_2 = 2 (theta + 1)^2. The sum is stationary at theta =
    -1/3, where L_1 = 16/9 and L_2 = 8/9: line 9 gives DeltaL = 8/9 in every iteration, though theta rests.
    """
    theta = (1 - weight) / (1 + weight)
    slope = 2 * (theta - 1) + 2 * weight * (theta + 1)
    losses = (theta - 1) ** 2, weight * (theta + 1) ** 2
    change = abs(losses[1] - losses[0])
    computed = data_block_change(float(losses[0]), float(losses[1]))
    return refuted_if(
        hypotheses={"the whole loss is stationary": slope == 0},
        violated={"DeltaL is not 0": change != 0},
        reference={"data_block_change agrees": abs(computed - float(change)) <= 4 * EPS},
        witness={"L_1": "(theta - 1)^2", "L_2": f"{weight} (theta + 1)^2", "theta": theta},
        summary="Line 9 compares different data, not different times: it does not vanish at rest",
        computed=f"DeltaL = {change}",
        stated=0,
    )


@evidence("ALG-6", method=Method.BALL)
@control("where the blocks have equal losses f is f_min", change=Fraction(0))
def the_fraction_stays_away_from_its_minimum(change: Fraction = Fraction(8, 9)) -> Outcome:
    """In the example of ALG-5 DeltaL is 8/9 in every iteration, hence also its largest value: Eq. 15 gives
    f = f_min + (f_max - f_min)(1 - 1/e) for ever, 0.3197 with the paper's bounds, not 0.01.
    """
    largest = Fraction(8, 9)
    low, high = ball("1/100"), ball("1/2")
    fraction = low + (high - low) * (1 - (-ball(change / largest)).exp())
    computed = update_fraction(float(change), float(largest), 0.01, 0.5)
    return refuted_if(
        hypotheses={"DeltaL is at most its largest value": change <= largest},
        violated={"f exceeds f_min by more than 3/10": fraction - low > ball("3/10")},
        reference={"update_fraction agrees": abs(computed - float(fraction)) <= 4 * EPS},
        witness={"DeltaL": change, "f_min": "1/100", "f_max": "1/2"},
        summary="With data blocks that differ, the fraction never falls to f_min, even at rest",
        computed=f"f = {float(fraction):.4f}",
        stated=0.01,
    )


@evidence("ALG-11", method=Method.SYMBOLIC)
@control("noise added after the quantizer is another candidate", placement="outside")
def lines_15_and_16_are_equation_11(placement: str = "inside") -> Outcome:
    """Line 15: v = theta - eta mu + eps z; line 16: theta' = S(v). Substituting, theta' =
    S(theta - eta mu + eps z), the value of S in Eq. 11 for every function S.
    """
    theta, eta, mu, eps, z = sp.symbols("theta eta mu eps z", real=True)
    s = sp.Function("S")
    v = theta - eta * mu + eps * z
    printed = s(v) if placement == "inside" else s(theta - eta * mu) + eps * z
    levels = np.array([-1.0, 0.0, 1.0])
    settings = Settings(
        levels=levels, initial_temperature=0.5, schedule="fixed", f_min=1.0, f_max=1.0, step_size=0.5,
        smoothing=0.5, noise="linear", noise_placement=placement,
    )  # fmt: skip
    draws = Draws(np.array([0]), np.array([0.75]), np.zeros(1))
    proposed = step(initial_state([0.25], settings), settings, 0.0, [1.0], lambda t: 0.0, draws).proposals[0]
    expected = soft_quantize(np.array([0.25 - 0.5 * 0.5 + 0.5 * 0.75]), levels, 0.5)[0]
    return proved_if(
        {
            "the two lines compose to Eq. 11": printed == s(theta - eta * mu + eps * z),
            "the reference proposes it": bool(abs(proposed - expected) <= 4 * EPS),
        },
        "Lines 15 and 16 together are the value of S in Eq. 11",
    )


@evidence("ALG-12", method=Method.EXACT, reading="each parameter alone")
@control("for a loss without interaction they do add up", interaction=0)
def differences_taken_alone_do_not_add_up(interaction: int = 1) -> Outcome:
    """L = theta_1 theta_2 at (1, 1), candidates -1 and -1. Each alone changes L from 1 to -1: the differences
    sum to -4. With both accepted L is 1 again: the change is 0.
    """

    def loss(a: int, b: int) -> int:
        return interaction * a * b + (0 if interaction else a + b)

    alone = (loss(-1, 1) - loss(1, 1)) + (loss(1, -1) - loss(1, 1))
    together = loss(-1, -1) - loss(1, 1)
    settings = Settings(
        levels=None, initial_temperature=1.0, schedule="fixed", energy="loss", acceptance="always"
    )  # fmt: skip
    start, target = np.array([1.0, 1.0]), np.array([-1.0])
    seen = [
        decide_singly(
            start, np.array([i]), target, np.zeros(2), float(loss(1, 1)),
            lambda t: float(loss(round(t[0]), round(t[1]))), 1.0, settings,
        ).energy_changes[0]
        for i in (0, 1)
    ]  # fmt: skip
    return refuted_if(
        hypotheses={"each candidate differs from the parameter": bool(np.all(start != target))},
        violated={"the sum is not the change of L": alone != together},
        reference={"the reference sees the same differences": sum(seen) == alone},
        witness={"L": "theta_1 theta_2", "theta": "(1, 1)", "candidates": "(-1, -1)"},
        summary="Energy differences of single moves do not add up to that of the joint move",
        computed=f"sum {alone}, change of L {together}",
        stated="equal",
    )


@evidence("ALG-12", method=Method.SYMBOLIC, reading="one after another")
@control("with the first loss as reference for all moves they do not telescope", telescope=False)
def successive_differences_telescope(telescope: bool = True) -> Outcome:
    """With the earlier decisions in place the differences are L_1 - L_0, L_2 - L_1, ...: the sum is the last
    loss minus the first, for any number of moves.
    """
    k, m = sp.symbols("k m", integer=True, positive=True)
    value = sp.Function("L")
    previous = value(k - 1) if telescope else value(0)
    terms = sum((value(i) - previous.subs(k, i) for i in range(1, 6)), sp.Integer(0))
    step_on = sp.simplify((value(m) - value(0)) + (value(m + 1) - value(m)) - (value(m + 1) - value(0)))
    settings = Settings(
        levels=None, initial_temperature=1.0, schedule="fixed", energy="loss", acceptance="always"
    )
    trial = decide_singly(
        np.array([1.0, 1.0]), np.array([0, 1]), np.array([-1.0, -1.0]), np.zeros(2), 1.0,
        lambda t: float(t[0] * t[1]), 1.0, settings,
    )  # fmt: skip
    return proved_if(
        {
            "one more move adds its difference": step_on == 0,
            "five differences sum to L_5 - L_0": sp.expand(terms - (value(5) - value(0))) == 0,
            "the reference's differences sum to 0 in the example": float(trial.energy_changes.sum()) == 0.0,
        },
        "Taken one after another the energy differences add up to the change of the loss",
    )

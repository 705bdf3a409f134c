"""What the acceptance test does to escapes from a minimum, and how far it is a matter of chance."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.acceptance import acceptance_probability, accepts
from reference.markov_chain import neighbour_generation, transition_matrix
from reference.released_rules import released_acceptance

EPS = np.finfo(float).eps


@evidence("ACC-5", method=Method.SYMBOLIC, reading="compared with refusing every uphill move")
@control("at zero temperature there is no way up either", uphill=0)
def the_test_lets_the_chain_escape(uphill: int = 1) -> Outcome:
    """Any finite chain of proposals that connects its states: at fixed T every proposed move is made with
    probability at least g A(D) > 0, g the least proposal probability and D the largest rise; along a path
    of at most K moves the chain reaches any state, so the expected time is at most K/(g A(D))^K. Without
    uphill moves a local minimum is never left. Three states, energies 0 < h and -b, neighbours proposed
    with probability 1/2: the expected time from the first to the last is (2 + 2 A(-h)/A(-b-h))/A(h) +
    2/A(-b-h), finite.
    """
    up, back, on = sp.symbols("A_up A_back A_on", positive=True)  # A(h), A(-h), A(-b-h)
    up = up * uphill
    first, second = sp.symbols("t0 t1")

    def balance(rise: object) -> list[dict[object, object]]:
        """Expected times from the first and the second state, if finite ones exist."""
        return list(
            sp.solve(
                [-1 + (first - second) * rise / 2, -1 + second * (back + on) / 2 - first * back / 2],
                [first, second],
                dict=True,
            )
        )

    times = balance(up)
    expected = times[0][first] if times else sp.oo
    formula = (2 + 2 * back / on) / up + 2 / on
    energies = [0.0, 1.0, -0.5]
    chain = transition_matrix(energies, 0.8, neighbour_generation(3))
    computed = np.linalg.solve(np.eye(2) - chain[:2, :2], np.ones(2))[0]
    sizes = [float(acceptance_probability(change, 0.8)) for change in (1.0, -1.0, -1.5)]
    stated = (2 + 2 * sizes[1] / sizes[2]) / sizes[0] + 2 / sizes[2]
    return proved_if(
        {
            "the expected time is the formula": sp.simplify(expected - formula) == 0,
            "which is finite and positive": expected != sp.oo and sp.simplify(expected).is_positive,
            "without uphill moves no finite time satisfies the balance": balance(sp.Integer(0)) == [],
            "the reference's chain has it": abs(computed / stated - 1) <= 64 * EPS,
        },
        "At fixed T > 0 the chain leaves every local minimum in finite expected time",
        computed="(2 + 2 A(-h)/A(-b-h))/A(h) + 2/A(-b-h) steps",
        stated="escapes",
    )


@evidence("ACC-5", method=Method.EXACT, reading="compared with the same moves without a test")
@control("for a move downhill the test is no worse than a fair coin", x=Fraction(1, 3))
def the_test_only_refuses_moves(x: Fraction = Fraction(3)) -> Outcome:
    """The test makes no moves, it refuses some: a proposal of probability g out of the minimum that raises
    the energy by T log 3 is made with probability g/4 instead of g, and every uphill one with less than
    g/2.
    """
    accepted = 1 / (1 + x)
    computed = float(acceptance_probability(float(ball(x).log()), 1.0))
    return refuted_if(
        hypotheses={"the proposal is made with positive probability without the test": accepted > 0},
        violated={"less than half as likely with the test": accepted < Fraction(1, 2)},
        reference={"acceptance_probability agrees": abs(computed - accepted) <= 2 * EPS},
        witness={"dE": f"T log {x}", "A": accepted},
        summary="Compared with no test, the test makes every uphill move less than half as likely",
        computed=f"rate multiplied by {accepted}",
        stated="enables escape",
    )


@evidence("PRB-2", method=Method.EXACT)
@control("a move accepted with certainty leaves nothing to chance", x=Fraction(0))
def the_same_move_is_accepted_and_refused(x: Fraction = Fraction(3)) -> Outcome:
    """dE = T log 3, so A = 1/4: the same state, candidate and temperature are accepted with u = 1/8 and
    refused with u = 1/2.
    """
    probability = 1 / (1 + x)
    draws = (Fraction(1, 8), Fraction(1, 2))
    decisions = [u < probability for u in draws]
    return refuted_if(
        hypotheses={"the move has a chance": probability > 0},
        violated={"the decision depends on the draw": decisions[0] != decisions[1]},
        reference={
            "accepts() agrees": [accepts(float(u), float(probability)) for u in draws] == decisions,
        },
        witness={"A": probability, "u": "1/8 and 1/2"},
        summary="Whether a higher loss is admitted depends on a random number",
        computed="accepted for u = 1/8, refused for u = 1/2",
        stated="deterministic",
    )


@evidence("PRB-2", method=Method.BALL, version="released")
@control("a rise of 1/1000 is not admitted at T = 1", change=Fraction(1, 1000))
def the_public_code_admits_small_rises(change: Fraction = Fraction(9, 10000)) -> Outcome:
    """The threshold test depends on dE and T alone. At T = 1 it keeps dE = 9/10000, because 9/10000 is less
    than exp(-9/10000)/1024: a higher loss, admitted without chance.
    """
    return proved_if(
        {
            "the loss rises": change > 0,
            "the rise passes the threshold": ball(change) < (-ball(change)).exp() / 1024,
            "the reference keeps it": released_acceptance(float(change), 1.0),
        },
        "The public code deterministically admits rises of the loss below its threshold",
        computed=f"dE = {change} kept at T = 1",
    )

"""Algorithm 1 read line by line: which names are bound, which index runs, what the assignments do."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature

import numpy as np
import z3

from proofs.algorithm_listing import (
    INPUTS,
    LISTING,
    Line,
    assigned,
    lines_about,
    never_read,
    read_before_assigned,
)
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.algorithm import step
from reference.settings import Settings
from reference.state import Draws, State, initial_state
from reference.training import FullBatch, run

EPS = float(np.finfo(float).eps)

COLD = Settings(
    levels=np.array([-1.0, 1.0]), initial_temperature=2 / np.log(3.0), floor_factor=0.0, f_min=1.0, f_max=1.0,
    step_size=1.0, smoothing=0.0, noise="zero", energy="loss", acceptance="always",
)  # fmt: skip
ONE = Draws(np.array([0]), np.zeros(1), np.zeros(1))


def with_line(changed: Line) -> tuple[Line, ...]:
    """The listing with one line written in another way."""
    return tuple(changed if line.number == changed.number else line for line in LISTING)


ONE_INDEX = tuple(replace(line, reads=tuple("i" if s == "j" else s for s in line.reads)) for line in LISTING)
AS_MEANT = with_line(Line(20, ("candidate", "j"), ("theta_next",)))


def one_step(start: float, gradient: float, order: str = "current") -> State:
    """One step on the loss gradient * theta, from a given value at T_max = 2/ln 3, with levels -1 and 1."""
    settings = Settings(**{**vars(COLD), "entropy_order": order})
    first = initial_state([start], settings)
    return step(first, settings, gradient * start, [gradient], lambda t: gradient * t[0], ONE).state


@evidence("ALG-1", method=Method.EXACT)
@control("with one block the single epoch makes one iteration", blocks=1)
def the_cap_is_never_read(blocks: int = 2) -> Outcome:
    """N, by its name the maximum number of iterations, is an input that no line reads. The loops of lines 5
    and 7 make E B iterations, so E = 1 epoch over B = 2 blocks makes two with N = 1.
    """
    epochs, cap = 1, 1
    made = sum(1 for _ in range(epochs) for _ in range(blocks))
    bowl = FullBatch(lambda t: t @ t / 2, lambda t: t, sample_count=2)
    last, _ = run(initial_state([1.0], COLD), COLD, bowl, made, 0, blocks)
    return refuted_if(
        hypotheses={"N is an input": "N" in INPUTS, "N, E and B are positive": min(cap, epochs, blocks) >= 1},
        violated={"no line reads N": "N" in never_read(), "more than N iterations": made > cap},
        reference={"as many steps as blocks times epochs": last.step == made},
        witness={"N": cap, "E": epochs, "B": blocks},
        summary="The listing never reads its maximum number of iterations",
        computed=f"{made} iterations",
        stated=f"at most {cap}",
    )


@evidence("ALG-1", method=Method.EXACT)
@control("with both among the inputs they are bound", extra=("B", "E"))
def the_lengths_of_both_loops_are_unbound(extra: tuple[str, ...] = ()) -> Outcome:
    """Walking through the lines in order, with the inputs known: line 4 reads the number of blocks B and line
    5 the number of epochs E, which are no inputs and which no line assigns. Neither stands in a lost display.
    (The text gives B = ceil(1/f_min), the listing does not refer to it; E has no value anywhere.) The
    reference therefore takes both lengths as arguments of `run`.
    """
    unbound = read_before_assigned(inputs=(*INPUTS, *extra))
    arguments = set(signature(run).parameters)
    return refuted_if(
        hypotheses={
            "neither stands in a lost display": not any(
                line.lost for line in LISTING if {"B", "E"} & set(line.reads)
            )
        },
        violated={
            "B is read in line 4, bound nowhere": unbound.get("B") == 4,
            "E is read in line 5, bound nowhere": unbound.get("E") == 5,
            "no line assigns either": not any({"B", "E"} & set(line.writes) for line in LISTING),
        },
        reference={"takes both as arguments": {"steps", "batch_count"} <= arguments},
        witness={"line 4": "B", "line 5": "E"},
        summary="The lengths of both loops are neither inputs nor assigned",
        computed="2 unbound lengths",
        stated="0",
    )


@evidence("ALG-10", method=Method.SMT)
@control("without the block number in line 13 one index runs", without="lines 4, 13: i numbers a block")
@control("with as many blocks as parameters one index can run", parameters=100)
@control("with i in lines 19 to 22 the same parameter is proposed and decided", lines=ONE_INDEX)
def three_indices_in_one_loop(
    without: str | None = None, parameters: int = 1000, lines: tuple[Line, ...] = LISTING
) -> Outcome:
    """Line 13 lets j run over the parameters of Theta_i, so that i is the number of a block, at most B = 100.
    Lines 15 and 17 compute the proposal and the energy difference of parameter i, lines 19 to 22 decide
    parameter j by it. That is the same parameter only for i = j, impossible for the parameters beyond B.
    """
    i, j = z3.Ints("i j")
    subject = dict.fromkeys(lines_about("i", lines), i)
    subject |= dict.fromkeys(lines_about("j", lines), j)
    numbers_a_block = subject.pop(13) is i
    return compare(
        {
            "lines 4, 13: i numbers a block": z3.And(i >= 1, i <= 100, z3.BoolVal(numbers_a_block)),
            "lines 15-22: what is proposed is decided": z3.And(
                [index == subject[17] for index in subject.values()]
            ),
            "line 13: j is the last parameter": j == parameters,
        },
        "For the parameters beyond the first B, line 17 compares another parameter than line 19 decides",
        without=without,
    )


@evidence("ALG-13", method=Method.SMT)
@control("with the candidate on the right of line 20 the parameter moves", lines=AS_MEANT)
def nothing_ever_moves_as_printed(lines: tuple[Line, ...] = LISTING) -> Outcome:
    """Line 20 assigns the old value from the new one, line 22 the new one from the old; no line assigns from
    the candidate theta'. Where old and new are both s, either branch leaves both at s: so they are s after
    any number of iterations, whatever is proposed and accepted, and the output is the input.
    """
    start = z3.Real("start")
    state = {"theta": start, "theta_next": start, "candidate": z3.Real("candidate")}

    def leaves(number: int) -> bool:
        after = assigned(state, number, lines)
        return satisfiable(z3.Or(after["theta"] != start, after["theta_next"] != start)) is None

    reached = one_step(1.0, 1.0).theta[0]
    return refuted_if(
        hypotheses={"the accepted candidate S(0) = 0 is another value than theta = 1": reached != 1.0},
        violated={
            "accepting leaves both values at the start": leaves(20),
            "rejecting leaves both values at the start": leaves(22),
        },
        reference={"as meant, theta = 1 with the accepted candidate S(0) = 0 becomes 0": reached == 0.0},
        witness={"theta": 1, "candidate": 0, "after line 20 as printed": 1},
        summary="Taken literally the listing returns its initial parameters",
        computed="theta = 1 after accepting 0",
        stated="theta = 0",
    )


@evidence("ALG-13", method=Method.SMT, reading="as meant")
@control("in the printed direction the candidate is lost", lines=LISTING)
@control(
    "with the candidate in line 22 too, rejecting moves the parameter",
    lines=with_line(Line(22, ("candidate", "j"), ("theta_next",))),
)
def acceptance_as_meant(lines: tuple[Line, ...] = AS_MEANT) -> Outcome:
    """Line 20 with theta' on its right and the new value on its left, line 22 unchanged: an accepted
    parameter has the candidate's value, a rejected one its own.
    """
    names = ("theta", "theta_next", "candidate")
    state = {name: z3.Real(name) for name in names}
    accepted, rejected = (assigned(state, number, lines)["theta_next"] for number in (20, 22))
    reached = one_step(1.0, 1.0).theta[0]
    return proved_if(
        {
            "accepted: the candidate": satisfiable(accepted != state["candidate"]) is None,
            "rejected: as before": satisfiable(rejected != state["theta"]) is None,
            "the reference's accepted parameter is the candidate S(0) = 0": reached == 0.0,
        },
        "With the candidate on the right of line 20, accepting moves the parameter to it",
    )

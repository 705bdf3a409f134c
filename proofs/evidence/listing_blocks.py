"""Algorithm 1 as printed against the text: the blocks that its selection ignores, the floor and order it lacks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import z3

from proofs.algorithm_listing import LISTING, depends_on
from proofs.outcome import Method, Outcome, refuted_if
from proofs.passages import compare
from proofs.registry import control, evidence
from reference.algorithm import step
from reference.settings import Settings
from reference.state import Draws, initial_state


@evidence("ALG-3", method=Method.EXACT)
@control("if line 12 picked a block the selection would depend on the blocks", selects_a_block=True)
def selection_ignores_the_blocks(selects_a_block: bool = False) -> Outcome:
    """Line 12 selects from theta and k; the blocks of line 4 enter neither on the way from line 1 to 12. With
    n = 4, B = 2 and k = 2 it can select any of 6 pairs; 2 of them are blocks, and 4 meet both blocks, so that
    line 13 (selected and in block i) would update one parameter instead of two.
    """
    lines = [
        replace(line, reads=("blocks", "b")) if line.number == 12 and selects_a_block else line
        for line in LISTING
        if line.number <= 12
    ]
    blocks = [{0, 1}, {2, 3}]
    split = [set(p) for p in combinations(range(4), 2) if all(set(p) & block for block in blocks)]
    settings = Settings(
        levels=None, initial_temperature=1.0, schedule="fixed", f_min=0.5, f_max=0.5, noise="zero"
    )
    draws = Draws(np.array([0, 2, 1, 3]), np.zeros(4), np.zeros(4))
    taken = step(
        initial_state(np.zeros(4), settings), settings, 0.0, np.zeros(4), lambda t: 0.0, draws
    ).selected
    return refuted_if(
        hypotheses={"line 4 assigns the blocks": any("blocks" in line.writes for line in lines)},
        violated={
            "the selection does not depend on them": "blocks" not in depends_on("selected", lines),
            "4 of 6 selections meet both blocks": len(split) == 4,
        },
        reference={"the reference's selection {0, 2} does": set(taken.tolist()) in split},
        witness={"n": 4, "B": 2, "k": 2, "selection": "{0, 2}"},
        summary="The selection of line 12 does not use the blocks of line 4",
        computed="4 of 6 selections cut across the blocks",
        stated="the blocks determine the update",
    )


@evidence("ALG-15", method=Method.SMT)
@control("where the entropy stays high the floor is not reached", share=Fraction(1, 2))
@control("without the text's floor there is no conflict", without="L43, L127: T never falls below T_max/100")
def the_listing_has_no_floor(share: Fraction = Fraction(1, 200), without: str | None = None) -> Outcome:
    """Line 25 sets T = T_max H/H_max and no line reads a T_min; nor does any line permute the blocks. When the
    entropy has fallen to 1/200 of its maximum, as the schedule intends, the listing gives T_max/200, and the
    text T_max/100.
    """
    now, top = z3.Reals("T T_max")
    unread = not any({"T_min", "permutation"} & set(line.reads + line.writes) for line in LISTING)
    passages = {
        "Alg L178: T = T_max H/H_max": z3.And(
            top > 0, now == top * z3.RealVal(str(share)), z3.BoolVal(unread)
        ),
        "L43, L127: T never falls below T_max/100": z3.And(top > 0, now >= top / 100),
    }
    return compare(
        passages,
        "The listing has neither the floor T_min nor the permutation of blocks that the text describes",
        without=without,
        computed="T_max/200",
        stated="T_max/100",
    )

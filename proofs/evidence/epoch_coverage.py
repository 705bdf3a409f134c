"""Whether an epoch covers all parameters and all samples, by the block schedule and by the listing."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.blocks import block_count, even_partition
from reference.fraction import update_count
from reference.masks import consecutive_subsets, coverage
from reference.training import data_block


@evidence("CPX-12", method=Method.SMT)
@control("a block visited twice leaves another out", distinct=False)
def blocks_cover_parameters_and_samples(distinct: bool = True) -> Outcome:
    """B parameter blocks and B data blocks, each a partition, and B steps, of which step t takes parameter block
    pi(t), pi a permutation, and data block t. Every parameter lies in one block and every block has its step:
    an injective map of B steps into B blocks misses none (z3 for B = 2, ..., 6; in general by counting). Every
    sample lies in one data block and step t takes block t. Not every pair is met: a parameter sees the samples
    of one data block per epoch. (`distinct`: whether no block comes twice.)
    """
    onto = []
    for count in range(2, 7):
        visits = z3.Ints(" ".join(f"pi{t}" for t in range(count)))
        inside = z3.And([z3.And(v >= 0, v < count) for v in visits])
        once = z3.Distinct(visits) if distinct else z3.BoolVal(True)
        onto.append(satisfiable(inside, once, z3.And([v != 0 for v in visits])) is None)
    parts = even_partition(7, 3)
    samples = np.concatenate([data_block(t, 7, 3, seed=0) for t in range(3)])
    return proved_if(
        {
            "a permutation of the blocks misses none, B = 2, ..., 6": all(onto),
            "the reference's blocks cover 7 parameters once": bool(np.all(coverage(parts, 7) == 1)),
            "and its data blocks 7 samples once": sorted(samples.tolist()) == list(range(7)),
        },
        "By the block schedule an epoch covers each parameter and each sample once",
        computed="each parameter with 1/B of the samples",
        stated="all parameters and samples",
    )


@evidence("CPX-12", method=Method.EXACT, reading="fresh selection in each step")
@control("with all parameters in each step none is missed", fraction=Fraction(1))
def fresh_selections_miss_parameters(fraction: Fraction = Fraction(1, 2)) -> Outcome:
    """n = 2, f_min = f_max = 1/2, so B = 2 steps of floor(f n) = 1 parameter each, chosen afresh and uniformly.
    Of the four equally likely courses of an epoch two choose the same parameter twice: with probability 1/2
    the other one is not updated.
    """
    size, steps = 2, block_count(float(fraction))
    selected = update_count(float(fraction), size)
    courses = list(product(combinations(range(size), selected), repeat=steps))
    missed = [course for course in courses if len(set().union(*course)) < size]
    share = Fraction(len(missed), len(courses))
    return refuted_if(
        hypotheses={"f_min <= f <= f_max = 1/2 or the whole": fraction in (Fraction(1, 2), Fraction(1))},
        violated={"an epoch misses a parameter with probability 1/2": share == Fraction(1, 2)},
        reference={
            "coverage of choosing the first one twice": coverage([[0], [0]], 2).tolist() == [2, 0],
            "update_count": selected == 1,
        },
        witness={"n": size, "B": steps, "k": selected, "course": "the same parameter twice"},
        summary="Chosen afresh, a parameter can be left out of an epoch",
        computed=f"missed with probability {share}",
        stated="all parameters",
    )


@evidence("CPX-12", method=Method.EXACT, reading="not yet selected in the epoch")
@control("where B divides n none is missed", size=4)
def rounding_down_misses_parameters(size: int = 3) -> Outcome:
    """n = 3, f = 1/2, B = 2: floor(3/2) = 1 new parameter in each of two steps, so one of three is never chosen
    (BLK-R4 has the general count).
    """
    steps, selected = block_count(0.5), update_count(0.5, size)
    touched = coverage(consecutive_subsets(np.arange(size), [selected] * steps), size)
    return refuted_if(
        hypotheses={"B = ceil(1/f_min)": steps == 2},
        violated={"parameters are left over": size - steps * (size // 2) > 0},
        reference={"coverage": int(touched.sum()) == steps * selected < size},
        witness={"n": size, "f": "1/2", "B": steps, "k": selected},
        summary="floor(f n) new parameters in each of B steps leave n - B floor(n/B) out",
        computed=f"{size - steps * selected} of {size} left out",
        stated="all parameters",
    )

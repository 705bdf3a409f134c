"""Blocks of parameters: partition, coverage, and how often a parameter is selected.

A permutation of a partition visits everything once, as claimed. The size of the unit, the selection
probability and the coverage by fresh subsets are not what the paper says.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.blocks import block_count, even_partition, greedy_partition
from reference.masks import coverage


@evidence("BLK-1", "BLK-4", method=Method.SMT)
@control("visits drawn with repetition can miss a block", without_repetition=False)
def permuted_partition_visits_everything_once(without_repetition: bool = True) -> Outcome:
    """Let block(i) be the block of parameter i (a function, since blocks are disjoint and cover) and
    visit(t) the block of step t, a bijection from steps to blocks. Then for each i there is a step t with
    visit(t) = block(i), and no second one. z3 finds no counterexample, for any number of parameters and
    blocks. (`without_repetition` keeps the visits distinct and exhaustive.)
    """
    parameter, block, step = (z3.DeclareSort(name) for name in ("Parameter", "Block", "Step"))
    block_of = z3.Function("block_of", parameter, block)
    visit = z3.Function("visit", step, block)
    when = z3.Function("step_of", block, step)
    s, t, b, i = z3.Const("s", step), z3.Const("t", step), z3.Const("b", block), z3.Const("i", parameter)
    bijection = [
        z3.ForAll([b], visit(when(b)) == b),
        z3.ForAll([s, t], z3.Implies(visit(s) == visit(t), s == t)),
    ]
    if not without_repetition:
        bijection = []
    visited = z3.Exists([t], visit(t) == block_of(i))
    twice = z3.And(s != t, visit(s) == block_of(i), visit(t) == block_of(i))
    parts = greedy_partition([(3, 2), (4,)], 4)
    orders = [coverage([parts[b] for b in order], 10) for order in permutations(range(4))]
    return proved_if(
        {
            "no parameter is missed": satisfiable(*bijection, z3.Not(visited)) is None,
            "none is visited twice": satisfiable(*bijection, twice) is None,
            "the hypotheses can hold": satisfiable(*bijection, visited) is not None,
            "reference: all orders of four blocks": all(bool(np.all(row == 1)) for row in orders),
        },
        "Every parameter is updated exactly once per epoch, for every partition and order",
    )


@evidence("BLK-2", method=Method.SMT)
@control(
    "blocks of parameters alone are consistent", without="L134: each block holds a fraction of the samples"
)
def blocks_hold_parameters_or_samples(without: str | None = None) -> Outcome:
    """Count the members of all blocks: a partition of the parameters has n of them, a division of the
    samples N. The two differ in every overparametrised network, such as those of the experiments.
    """
    members, n, samples = z3.Ints("members_of_all_blocks parameters samples")
    return compare(
        {
            "L134: the blocks partition the parameters": members == n,
            "L134: each block holds a fraction of the samples": members == samples,
            "more parameters than samples": z3.And(samples >= 1, n > samples),
        },
        "A block of parameters is said to consist of samples; the listing splits both, into different blocks",
        without=without,
    )


@evidence("BLK-3", method=Method.EXACT, reading="every n")
@control("where B divides n the greedy blocks are equal", size=6)
def greedy_blocks_can_be_empty(size: int = 4) -> Outcome:
    """Three blocks (f_min = 1/3) of four scalars: each block takes ceil(4/3) = 2, so the sizes are 2, 2, 0.
    With the paper's B = 100 and n = 101 the greedy rule fills 51 blocks and leaves 49 empty.
    """
    count = block_count(1 / 3)
    capacity = -(-size // count)
    sizes = [max(0, min(capacity, size - b * capacity)) for b in range(count)]
    paper = [block.size for block in greedy_partition([(101,)], block_count(0.01), "scalar")]
    return refuted_if(
        hypotheses={"B = ceil(1/f_min)": count == 3, "as many parameters as blocks": size >= count},
        violated={"a block is empty": min(sizes) == 0, "another holds two": max(sizes) >= 2},
        witness={"f_min": "1/3", "n": size, "sizes": sizes},
        reference={
            "greedy_partition": [b.size for b in greedy_partition([(size,)], count, "scalar")] == sizes,
            "n = 101, B = 100: 49 empty blocks": paper.count(0) == 49,
        },
        summary="Rounding the block size up leaves the last blocks empty",
        computed=f"sizes {sizes}",
        stated="size-balanced",
    )


@evidence("BLK-3", method=Method.EXACT, reading="pieces of a channel")
@control("tensors with many small channels can be cut fairly", shape=(8, 1))
def one_large_channel_cannot_be_balanced(shape: tuple[int, int] = (1, 8)) -> Outcome:
    """A linear layer with one output and eight inputs has one channel of eight scalars: cut along the
    channel axis only, it goes into one block as a whole, and of four blocks three are empty, while
    ceil(8/4) = 2.
    """
    sizes = [block.size for block in greedy_partition([shape], 4, "channel")]
    capacity = -(-shape[0] * shape[1] // 4)
    return refuted_if(
        hypotheses={"8 parameters": shape[0] * shape[1] == 8},
        violated={"two sizes differ by a block or more": max(sizes) - min(sizes) >= capacity},
        witness={"tensor": shape, "B": 4, "sizes": sizes},
        reference={"the blocks are a partition": sum(sizes) == 8},
        summary="Cutting along the channel axis cannot balance a tensor with few channels",
        computed=f"sizes {sizes}",
        stated=f"{capacity} each",
    )


@evidence("BLK-R1", method=Method.SMT)
@evidence("BLK-3", method=Method.SMT, reading="n at least B (B - 1)")
@control("one parameter short of B (B - 1) the last block can be empty", missing=2)
def greedy_blocks_are_balanced_for_many_parameters(missing: int = 0) -> Outcome:
    """Write n = q B + r with 0 <= r < B. For r = 0 all blocks hold q. Otherwise c = q + 1, the first B - 1
    blocks take (B-1)(q+1) and leave q + 1 - (B - r) for the last, at least c - (B - 1), which is positive
    for q >= B - 1, that is n >= B (B - 1). In general c scalars go into each block until ceil(n/c) of them
    are used. Cutting at floor(b n / B): two consecutive cuts differ by floor(n/B) or ceil(n/B), since
    floor(x + y) - floor(x) is floor(y) or ceil(y). (`missing` lowers the bound on n.)
    """
    n, q, r, b = z3.Ints("n q r B")
    capacity, last = q + 1, n - (b - 1) * (q + 1)
    base = [n == q * b + r, r >= 1, r < b, b >= 2, q >= 0]
    rest = q + 1 - (b - r)
    small = [
        (size, count, [block.size for block in greedy_partition([(size,)], count, "scalar")])
        for count in range(1, 9)
        for size in range(1, 80)
    ]
    even = [[block.size for block in even_partition(size, count)] for size, count, _ in small]
    least = [b * (b - 1) - missing <= n]
    return proved_if(
        {
            "the last block holds q + 1 - (B - r)": satisfiable(*base, last != rest) is None,
            "which is at least c - (B - 1)": satisfiable(*base, rest < capacity - (b - 1)) is None,
            "n >= B (B - 1) makes q >= B - 1": satisfiable(
                n == q * b + r, r >= 0, r < b, b >= 2, *least, q <= b - 2
            )
            is None,
            "so that it is not empty": satisfiable(*base, q >= b - 1, rest <= 0) is None,
            "reference: empty blocks are B - ceil(n/c)": all(
                sizes.count(0) == count - -(-size // -(-size // count)) for size, count, sizes in small
            ),
            "reference: even cuts": all(
                set(sizes) <= {size // count, -(-size // count)}
                for (size, count, _), sizes in zip(small, even, strict=True)
            ),
        },
        "Greedy blocks are all filled and within B - 1 of each other for n >= B (B - 1): 9900 for B = 100",
        computed="n >= B (B - 1)",
        stated="every n",
    )

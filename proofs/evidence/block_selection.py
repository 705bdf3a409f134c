"""How often a parameter is selected: the block schedule against the listing's fresh subsets.

The block schedule gives each parameter the probability 1/B, whatever f(t); the fresh subsets of the listing
have another size and can leave parameters out.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations

import numpy as np
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.blocks import block_count, even_partition
from reference.fraction import fraction_trace, update_count, update_fraction
from reference.masks import consecutive_subsets, coverage


@evidence("BLK-5", method=Method.EXACT, reading="every f(t)")
@control("at the smallest fraction 1/B the marginal is right", ratio=0.0)
def block_probability_is_not_the_fraction(ratio: float = 1.0) -> Outcome:
    """Two blocks of one parameter (f_min = 1/2, f_max = 1). Over both orders each parameter is in the block
    of step 1 once: probability 1/2. The fraction at a record change is 1 - 1/(2e) > 4/5. The block schedule
    does not use f(t) at all; with the paper's pair the probability is 1/100 while f lies in [0.01, 0.3197].
    """
    blocks = even_partition(2, block_count(0.5))
    orders = list(permutations(range(len(blocks))))
    probability = Fraction(sum(0 in blocks[order[0]] for order in orders), len(orders))
    fraction = update_fraction(ratio, 1.0, 0.5, 1.0)
    return refuted_if(
        hypotheses={"f_min <= f <= f_max": 0.5 <= fraction <= 1.0, "orders equally likely": len(orders) == 2},
        violated={"the probability is 1/2": probability == Fraction(1, 2), "f > 1/2": fraction > 0.5},
        witness={"n": 2, "B": 2, "f_min, f_max": "1/2, 1", "probability": probability},
        reference={"block_count(1/2) is 2": block_count(0.5) == 2},
        summary="The selection probability is 1/B at every step; f(t) does not enter the block schedule",
        computed=f"{probability}",
        stated=f"f = {fraction:.4f}",
    )


@evidence("BLK-5", method=Method.SYMBOLIC, reading="f(t) = f_min = 1/B")
@control("an order that is not uniform favours some blocks", orders=((0, 1, 2), (0, 2, 1)))
def marginal_block_probability_is_one_over_b(orders: tuple[tuple[int, ...], ...] | None = None) -> Outcome:
    """In a uniform random permutation every block is equally likely at every position: exchanging two
    blocks maps the permutations with the one at position t onto those with the other. B equal probabilities
    that add to 1 are 1/B. The enumeration for B up to 6 checks the count. (`orders` replaces the uniform
    set for B = 3.)
    """

    def balanced(count: int) -> bool:
        space = orders if orders is not None and count == 3 else tuple(permutations(range(count)))
        return all(
            Counter(order[t] for order in space) == {b: len(space) // count for b in range(count)}
            for t in range(count)
        )

    swapped = {
        tuple({0: 1, 1: 0}.get(b, b) for b in order) for order in permutations(range(4)) if order[2] == 0
    }
    return proved_if(
        {
            "every block equally often at every position, B <= 6": all(
                balanced(count) for count in range(1, 7)
            ),
            "exchanging two blocks is a bijection": swapped
            == {order for order in permutations(range(4)) if order[2] == 1},
            "f_min = 1/B for the paper's pair": Fraction(1, block_count(0.01)) == Fraction(1, 100),
        },
        "Each parameter is in the block of step t with probability 1/B",
    )


@evidence("BLK-5", method=Method.EXACT, reading="given the past")
@control("at the first step of an epoch nothing is past", step=0)
def conditional_block_probability_rises(step: int = 1) -> Outcome:
    """Three blocks (f_min = 1/3): given the first block, each other one comes next with probability 1/2,
    not 1/3; the last is certain.
    """
    orders = list(permutations(range(3)))
    past = orders[0][:step]
    consistent = [order for order in orders if order[:step] == past]
    probability = Fraction(sum(order[step] == 2 for order in consistent), len(consistent))
    return refuted_if(
        hypotheses={"f(t) = f_min = 1/B": block_count(1 / 3) == 3, "block 2 is still to come": 2 not in past},
        violated={"the probability is not 1/3": probability != Fraction(1, 3)},
        witness={"B": 3, "visited": past, "probability": probability},
        reference={
            "each order visits every block once": all(
                np.all(coverage([[b] for b in o], 3) == 1) for o in orders
            )
        },
        summary="Given the past of the epoch the selection probability is 1/(B - s) or 0 after s steps",
        computed=probability,
        stated="1/3",
    )


@evidence("BLK-10", "X-5", method=Method.SMT)
@control("without the listing one block is the unit", without="L164: floor(f(t) n) parameters")
def block_size_is_not_the_listed_count(without: str | None = None) -> Outcome:
    """At a change of at least 0.05 of the largest, f > 0.03 (Eq. 15 with the paper's pair), so floor(f n)
    is above 0.03 n - 1, while one of 100 blocks holds at most n/100 + 1: no n >= 100 makes them equal.
    """
    n, size = z3.Reals("n update_size")
    f = z3.Real("f")
    if not update_fraction(0.05, 1.0, 0.01, 0.5) > 0.033:
        raise ArithmeticError("the fraction at ratio 0.05 is not above 0.033")
    return compare(
        {
            "L135: one of 100 balanced blocks": z3.And(size <= n / 100 + 1, size >= n / 100 - 1),
            "L164: floor(f(t) n) parameters": z3.And(size > z3.Q(3, 100) * n - 1, f >= z3.Q(3, 100)),
            "at least 101 parameters": n >= 101,
        },
        "A block has n/100 parameters; the listing updates over three times as many while the loss changes",
        without=without,
        computed=f"{update_count(update_fraction(1, 1, 0.01, 0.5), 10000)} of 10000 at a record change",
        stated="100 of 10000",
    )


@evidence("X-5", method=Method.SMT)
@control("without the probability f(t) nothing disagrees", without="L135: selected with probability f(t)")
def selection_probability_is_not_the_visit_rate(without: str | None = None) -> Outcome:
    """A parameter visited exactly once in the B steps of an epoch has selection probabilities that add up
    to 1. If each of them is f(t) they add up to more than 1 as soon as some f(t) exceeds f_min = 1/B.
    """
    blocks, total, first = z3.Reals("B sum_of_probabilities f_first")
    return compare(
        {
            "L135: exactly once per epoch": total == 1,
            "L135: selected with probability f(t)": total >= first + (blocks - 1) / blocks,
            "Eq. 15: f_min = 1/B, above it while the loss changes": z3.And(blocks >= 2, first > 1 / blocks),
        },
        "Selection with probability f(t) > 1/B visits a parameter more than once per epoch on average",
        without=without,
    )


@evidence("BLK-11", method=Method.EXACT)
@control("where B divides n the smallest fraction covers", size=200)
def fresh_subsets_can_miss_parameters(size: int = 150) -> Outcome:
    """The paper's pair and n = 150 with the losses 1, 0, 0, 0, ...: the fraction is 0.3197 once and then
    f_min, so 47 parameters are followed by 99 steps of floor(1.5) = 1: 146 of 150 in B = 100 iterations.
    For n = 99 the later counts are floor(0.99) = 0: 31 of 99. (Drawn anew each time instead of without
    repetition, even fewer.)
    """
    count = block_count(0.01)
    fractions = fraction_trace([1.0] + [0.0] * count, 0.01, 0.5)
    counts = [update_count(f, size) for f in fractions]
    subsets = consecutive_subsets(np.arange(size), counts)
    small = [update_count(f, 99) for f in fractions]
    later = Fraction(size, 100)
    return refuted_if(
        hypotheses={"B iterations": len(counts) == count, "f >= f_min": bool(np.all(fractions >= 0.01))},
        violated={"the counts add up to less than n": sum(counts) < size},
        witness={
            "n": size,
            "f": "0.3197, then 0.01",
            "counts": f"{counts[0]}, then {counts[1]} ({count - 1} times)",
        },
        reference={
            "floor(f_min n)": counts[1:] == [later.numerator // later.denominator] * (count - 1),
            "consecutive_subsets leaves parameters out": int(coverage(subsets, size).sum()) == sum(counts),
            "n = 99: 31 of 99": sum(small) == 31,
        },
        summary="Rounding f n down leaves parameters unvisited in an epoch of B iterations",
        computed=f"{sum(counts)} of {size}",
        stated="all",
    )


@evidence("BLK-R4", method=Method.SMT)
@control("a divisor that does not divide n leaves a rest", divides=False)
def coverage_is_certain_exactly_when_b_divides_n(divides: bool = True) -> Outcome:
    """If n = q B, floor(f n) >= floor(n/B) = q for every f >= 1/B, and B times q is n: all are visited. If
    n = q B + r with 0 < r < B, then f = 1/B gives floor(q + r/B) = q each time: r parameters are left.
    (`divides` keeps the hypothesis r = 0.)
    """
    n, q, r, b, k = z3.Ints("n q r B k")
    base = [n == q * b + r, r >= 0, r < b, b >= 1, q >= 0]
    rest = [r == 0] if divides else []
    return proved_if(
        {
            # k = floor(f n) with f n >= n/B = q + r/B is an integer of at least q.
            "k >= q whenever k + 1 > n/B": satisfiable(*base, (k + 1) * b > n, k < q) is None,
            "if B divides n, B steps of at least q cover": satisfiable(*base, *rest, k >= q, b * k < n)
            is None,
            "otherwise B steps of q leave r": satisfiable(*base, r > 0, n - b * q != r) is None,
            "reference: n = 150, B = 100 leaves 50": 150 - 100 * update_count(0.01, 150) == 50,
        },
        "All parameters are certain to be visited exactly when B divides n",
        computed="n mod B are left at f = f_min",
        stated="none",
    )

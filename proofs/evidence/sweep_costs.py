"""What a sweep of GDA costs, counted in elementary operations, for both kinds of proposals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from proofs.evidence.gda_chain import exact_chain
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.markov_chain import complete_generation, neighbour_generation
from reference.operation_counts import counted_sweep


@evidence("CPX-9", method=Method.EXACT, reading="every state can be proposed")
@control("with neighbours only the products are at most 3 per state", neighbours=True)
def complete_generation_costs_k_squared(neighbours: bool = False) -> Outcome:
    """When every state can be proposed and accepted, all K^2 entries of P are positive, and Eq. 5 entry by
    entry takes K^2 products per neuron. K = 12: 144, more than 3 per state as for neighbours, and K^2/K is
    unbounded.
    """
    size = 12
    generation = [
        [Fraction(0) if i == j or (neighbours and abs(i - j) > 1) else Fraction(1, size) for j in range(size)]
        for i in range(size)
    ]
    chain = exact_chain([Fraction(1, k + 1) for k in range(size)], generation)
    products = sum(1 for row in chain for entry in row if entry > 0)
    counted = counted_sweep(
        np.full((1, size), 1 / size), np.zeros((1, size)), 1.0, complete_generation(size)
    )[1]
    return refuted_if(
        hypotheses={"rows sum to 1": all(sum(row) == 1 for row in chain)},
        violated={"every entry is positive: K^2 products": products == size**2},
        reference={"counted_sweep evaluates K(K-1) acceptances": counted.acceptances == size * (size - 1)},
        witness={"K": size, "G": "positive off the diagonal"},
        summary="With complete generation a pass costs K^2 N products, not K N",
        computed=f"{products} products per neuron for K = {size}",
        stated="O(K)",
    )


@evidence("CPX-9", method=Method.EXACT, reading="neighbouring states only")
@evidence("GDA-R4", method=Method.EXACT)
@control("the counts of complete generation are others", complete=True)
def counted_operations_of_a_sweep(complete: bool = False) -> Outcome:
    """Each state has a stay and, inside, two neighbours: 3K - 2 entries of P. Entry by entry a move takes one
    acceptance and two products, a stay one product. Counted on the reference for K = 2..9 and both
    generation matrices. Divided by the gaps of GDA-R2 the totals are of order K^2 (complete) and K^3
    (neighbours).

    With Metropolis acceptance min(1, w_j/w_i) and equal proposals g the new density is g times (sum of pi_i
    over w_i < w_j) + w_j (sum of pi_i/w_i over w_i >= w_j), apart from the stay, whose rate is the same kind
    of sum: after sorting, two prefix sums serve all j. Checked exactly on ten states.
    """
    agree = True
    for size in range(2, 10):
        for near in (True, False):
            generation = neighbour_generation(size) if near and not complete else complete_generation(size)
            counts = counted_sweep(np.full((1, size), 1 / size), np.zeros((1, size)), 1.0, generation)[1]
            moves = 2 * (size - 1) if near else size * (size - 1)
            agree &= (counts.acceptances, counts.multiplications) == (moves, 2 * moves + size)
    weights = [Fraction(k * k + 1, 7) for k in range(10)]
    density = [Fraction(k + 1, 55) for k in (3, 1, 4, 0, 5, 9, 2, 6, 8, 7)]
    g = Fraction(1, 9)
    arrivals = [
        sum(
            (density[i] * g * min(Fraction(1), weights[j] / weights[i]) for i in range(10) if i != j),
            Fraction(0),
        )
        for j in range(10)
    ]
    order = sorted(range(10), key=lambda k: weights[k])
    below, above = Fraction(0), sum((density[i] / weights[i] for i in order), Fraction(0))
    sums = [Fraction(0)] * 10
    for j in order:
        above -= density[j] / weights[j]
        sums[j] = g * (below + weights[j] * above)
        below += density[j]
    return proved_if(
        {
            "2(K-1) and K(K-1) acceptances, twice that plus K products, K = 2..9": agree,
            "prefix sums give the arrivals under Metropolis": sums == arrivals,
        },
        "O(K) per sweep with neighbours, O(K^2) with complete generation; O(K log K) with Metropolis by sorting",
        computed="neighbours: 4(K-1) + K products a sweep, about K^2 sweeps",
        stated="O(K)",
    )

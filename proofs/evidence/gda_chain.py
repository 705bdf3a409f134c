"""The local Markov chain of GDA: transition matrix, stationary law, and how fast one neuron forgets its
start.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.gda import density_update
from reference.markov_chain import (
    complete_generation,
    gibbs_distribution,
    neighbour_generation,
    transition_matrix,
)

EPS = np.finfo(float).eps


def exact_chain(weights: list[Fraction], generation: list[list[Fraction]], *, stay: bool = True) -> Any:
    """The transition matrix for Gibbs weights w = exp(-E/T): G(i, j) w_j/(w_i + w_j), the rest on the
    diagonal.
    """
    size = len(weights)
    rows = [
        [generation[i][j] * weights[j] / (weights[i] + weights[j]) for j in range(size)] for i in range(size)
    ]
    if stay:
        for i in range(size):
            rows[i][i] = 1 - sum((rows[i][j] for j in range(size) if j != i), Fraction(0))
    return rows


@evidence("GDA-1", method=Method.SYMBOLIC, reading="one neuron")
@control("a density renormalised after each step by its first entry is no law", renormalise=True)
@control("a chain that remembers the state before last has another law", memory=True)
@control(
    "a density that reads the first temperature in every step is no law under cooling", schedule=(0, 0, 0)
)
def a_density_is_the_law_of_the_chain(
    renormalise: bool = False, memory: bool = False, schedule: tuple[int, ...] = (0, 1, 2)
) -> Outcome:
    """Three states, three moves, every entry of the first density and of the three transition matrices a free
    symbol, one matrix for each temperature of a schedule: the probability of each path of states is a product
    of four of them, and summed over the 27 paths that end in a state they are the density that three
    deterministic updates make, as polynomials. So no property of the matrices is used, neither the acceptance
    rule nor that rows sum to 1. For K states and t + 1 moves: the paths that end in j are those of t moves that
    end in some i, followed by the move from i to j, so their sum is sum_i law_t(i) P_{t+1}(i, j), the update.
    What is used is that the move depends on the present state alone. (`schedule`: which matrix the density
    reads in each step.)
    """
    states, times = range(3), range(3)
    start = sp.symbols("pi0:3")
    move = [[[sp.Symbol(f"p{t}_{i}{j}") for j in states] for i in states] for t in times]
    law = [sp.Integer(0)] * 3
    for path in product(states, repeat=4):
        chance = start[path[0]]
        for t in times:
            left = path[t - 1] if memory and t else path[t]
            chance *= move[t][left][path[t + 1]]
        law[path[-1]] += chance
    density = list(start)
    for t in times:
        density = [sum(density[i] * move[schedule[t]][i][j] for i in states) for j in states]
        if renormalise:
            density = [value / density[0] for value in density]
    half = Fraction(1, 2)
    generation = [[Fraction(0) if i == j else half for j in states] for i in states]
    chain = exact_chain([Fraction(4), Fraction(2), Fraction(1)], generation)
    matrix = np.array([[float(v) for v in row] for row in chain])
    rows = transition_matrix(-np.log([4.0, 2.0, 1.0]), 1.0, complete_generation(3))
    updated = density_update([[0.25, 0.25, 0.5]], [matrix])
    by_hand = [float(sum(d * chain[i][j] for i, d in enumerate((half / 2, half / 2, half)))) for j in states]
    return proved_if(
        {
            "density = sum over paths, as polynomials": all(
                sp.expand(a - b) == 0 for a, b in zip(density, law, strict=True)
            ),
            "transition_matrix is Eq. 6 with the remainder, weights 4, 2, 1": float(
                np.max(np.abs(matrix - rows))
            )
            <= 4 * EPS,
            "density_update is one such step": float(np.max(np.abs(updated[0] - by_hand))) <= 4 * EPS,
        },
        "For one neuron the density is exactly the law of the random chain, at any schedule of temperatures",
    )


@evidence("GDA-2", method=Method.SMT)
@control("rows that sum to less than one lose mass", row_sum=Fraction(3, 4))
def transition_matrices_keep_densities(row_sum: Fraction = Fraction(1)) -> Outcome:
    """Entries sum_i pi(i) P(i, j) of non-negative numbers are non-negative; summed over j they are
    sum_i pi(i) (sum_j P(i, j)) = sum_i pi(i) = 1. Decided for K = 3; more states only add terms.
    """
    pi, rows = z3.Reals("a b c"), [z3.Reals(f"p{i}0 p{i}1 p{i}2") for i in range(3)]
    density = z3.And(sum(pi) == 1, *(v >= 0 for v in pi))
    stochastic = z3.And(*(z3.And(sum(r) == z3.RealVal(str(row_sum)), *(v >= 0 for v in r)) for r in rows))
    after = [sum(pi[i] * rows[i][j] for i in range(3)) for j in range(3)]
    total = sum(pi[i] * sum(rows[i]) for i in range(3))
    updated = density_update([[0.25, 0.75]], [[[0.5, 0.5], [0.25, 0.75]]])
    return proved_if(
        {
            "entries stay non-negative": satisfiable(density, stochastic, z3.Or(*(v < 0 for v in after)))
            is None,
            "the sum stays 1": satisfiable(density, stochastic, total != 1) is None,
            "the reference agrees": updated.tolist() == [[0.3125, 0.6875]],
        },
        "A row-stochastic matrix maps densities to densities",
    )


@evidence("GDA-3", method=Method.SMT, reading="with the remainder on the diagonal")
@control("proposals that sum to more than one leave a negative stay", total=Fraction(5, 2))
def the_remainder_makes_rows_stochastic(total: Fraction = Fraction(1)) -> Outcome:
    """With proposals g_j >= 0 summing to at most 1 over j other than i and acceptances in [0, 1], the moves
    sum to at most 1, so the remainder is a probability and the row sums to 1 by construction.
    """
    g, a = z3.Reals("g1 g2"), z3.Reals("a1 a2")
    valid = z3.And(*(v >= 0 for v in (*g, *a)), *(v <= 1 for v in a), g[0] + g[1] <= z3.RealVal(str(total)))
    stay = 1 - g[0] * a[0] - g[1] * a[1]
    sums = transition_matrix([0.3, -1.0, 2.0], 0.4, complete_generation(3)).sum(axis=1)
    return proved_if(
        {
            "the stay is a probability": satisfiable(valid, z3.Or(stay < 0, stay > 1)) is None,
            "the reference's rows sum to 1": float(np.max(np.abs(sums - 1))) <= 4 * EPS,
        },
        "With the remainder on the diagonal every row is a probability distribution",
    )


@evidence("GDA-3", method=Method.EXACT, reading="the product alone")
@control("if every move were accepted the product would do", accepted=Fraction(1))
def the_product_alone_loses_probability(accepted: Fraction = Fraction(1, 2)) -> Outcome:
    """Two states of equal energy, each state (also the current one) proposed with probability 1/2, sigmoid
    acceptance 1/2: the row is 1/4, 1/4 and sums to 1/2. A density would lose half of its mass in each step.
    """
    row = [Fraction(1, 2) * accepted] * 2
    chain = transition_matrix([0.0, 0.0], 1.0, [[0.5, 0.5], [0.5, 0.5]])
    return refuted_if(
        hypotheses={"proposals sum to 1": sum([Fraction(1, 2)] * 2) == 1},
        violated={"the row does not sum to 1": sum(row) != 1},
        reference={"the reference moves with this probability": chain[0, 1] == float(row[1])},
        witness={"K": 2, "E": "0, 0", "G": "1/2", "A": accepted},
        summary="Without a stay term the rows do not sum to one",
        computed=f"row sum {sum(row)}",
        stated=1,
    )


@evidence("GDA-4", method=Method.SYMBOLIC)
@control("with one-sided proposals exp(-E/T) is not stationary", asymmetry=Fraction(2))
def lower_energies_are_favoured_as_t_falls(asymmetry: Fraction = Fraction(1)) -> Outcome:
    """With w = exp(-E/T) the flow from i to j is w_i G_ij w_j/(w_i + w_j)/Z, the same backwards when G is
    symmetric: exp(-E/T)/Z is stationary, and the only stationary law because G connects the states. The
    odds of i against j are exp((E_j - E_i)/T), without bound as T -> 0 when E_i < E_j. With b = 1/T the
    share p of the lowest energies changes by dp/db = p (mean E - lowest E) >= 0, and tends to 1 since all
    odds against them vanish.
    """
    wi, wj, g, t, gap, b = sp.symbols("w_i w_j g T d b", positive=True)
    flow = wi * g * wj / (wi + wj) - wj * sp.Rational(asymmetry) * g * wi / (wi + wj)
    odds = sp.exp(gap / t)
    excess = sp.symbols("e1:4", nonnegative=True)  # energies above the lowest
    z = 1 + sum(sp.exp(-b * e) for e in excess)
    mean = sum(e * sp.exp(-b * e) for e in excess) / z
    energies, generation = [0.0, 1.0, 0.2, 2.0], neighbour_generation(4)
    law = gibbs_distribution(energies, 0.6)
    kept = law @ transition_matrix(energies, 0.6, generation)
    return proved_if(
        {
            "detailed balance": sp.simplify(flow) == 0,
            "the odds grow without bound as T -> 0": sp.limit(odds, t, 0, "+") == sp.oo,
            "dp/db = p (mean E - lowest E)": sp.simplify((1 / z).diff(b) - mean / z) == 0,
            "the reference keeps exp(-E/T)": float(np.max(np.abs(kept - law))) <= 8 * EPS,
        },
        "The stationary law is exp(-E/T)/Z; cooling raises the weight of the lowest energies to 1",
        computed="odds exp(dE/T)",
    )

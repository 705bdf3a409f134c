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
    reversible_eigenvalues,
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
            rows[i][i] = 1 - sum(rows[i][j] for j in range(size) if j != i)
    return rows


@evidence("GDA-1", method=Method.EXACT, reading="one neuron")
@control("a density renormalised after each step by its maximum is no law", renormalise=True)
def a_density_is_the_law_of_the_chain(renormalise: bool = False) -> Outcome:
    """Three states, weights 4, 2, 1, the other two proposed with probability 1/2. Summing the probabilities
    of all 27 paths of three random moves gives, for every start, exactly the density after three
    deterministic updates: both are the third power of P. In general the sum over paths is the matrix
    product.
    """
    half = Fraction(1, 2)
    generation = [[Fraction(0) if i == j else half for j in range(3)] for i in range(3)]
    chain = exact_chain([Fraction(4), Fraction(2), Fraction(1)], generation)
    agree = True
    for start in range(3):
        law = [Fraction(0)] * 3
        for path in product(range(3), repeat=3):
            chance, here = Fraction(1), start
            for there in path:
                chance, here = chance * chain[here][there], there
            law[here] += chance
        density = [Fraction(int(i == start)) for i in range(3)]
        for _ in range(3):
            density = [sum((density[i] * chain[i][j] for i in range(3)), Fraction(0)) for j in range(3)]
            if renormalise:
                density = [value / max(density) for value in density]
        agree &= density == law
    matrix = np.array([[float(v) for v in row] for row in chain])
    energies = -np.log([4.0, 2.0, 1.0])
    reference = transition_matrix(energies, 1.0, complete_generation(3))
    return proved_if(
        {
            "density = law, all starts, three steps": agree,
            "transition_matrix is this chain": float(np.max(np.abs(matrix - reference))) <= 4 * EPS,
        },
        "For one neuron the density is exactly the law of the random chain, without its randomness",
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


@evidence("GDA-R1", method=Method.SYMBOLIC)
@control("without sorting the formula is no eigenvalue", order=(1, 0, 2, 3))
def eigenvalues_with_metropolis_and_complete_generation(order: tuple[int, ...] = (0, 1, 2, 3)) -> Outcome:
    """Sorted weights w_1 >= ... >= w_K, g = 1/(K-1), P(i, j) = g min(1, w_j/w_i). For k < K let f be 0 before
    k, S = w_{k+1} + ... + w_K at k and -w_k after it. Rows before k: (g/w_i)(w_k S - w_k S) = 0. Rows i
    after k: sum of P(i, j)(f_j - f_i) = g ((k-1) w_k + S + w_k) = -g (k + S/w_k) f_i. Row k: -g S ((k-1) +
    1 + S/w_k), the same multiple of f_k. So 1 - g (k + S/w_k) is an eigenvalue, and these K-1 vectors with
    the constant one are independent. k + S/w_k does not decrease: S_{k+1}/w_k = (w_{k+1} + S')/w_k <= 1 +
    S'/w_{k+1}. At k = 1 it is 1/pi_max. (Checked here for K = 4 with symbols w_i = w_{i+1} + step; ACC-R3
    gives the sigmoid.)
    """
    steps = sp.symbols("s1:5", positive=True)
    weights = [sum(steps[i:]) for i in range(4)]
    listed = [weights[i] for i in order]
    g = sp.Rational(1, 3)
    chain = sp.zeros(4, 4)
    for i, j in product(range(4), repeat=2):
        if i != j:
            above = weights.index(listed[j]) < weights.index(listed[i])
            chain[i, j] = g if above else g * listed[j] / listed[i]
    for i in range(4):
        chain[i, i] = 1 - sum(chain[i, j] for j in range(4) if j != i)
    holds, grows = True, True
    rates = []
    for k in range(1, 4):
        tail = sum(listed[k:])
        vector = sp.Matrix([0] * (k - 1) + [tail] + [-listed[k - 1]] * (4 - k))
        rates.append(k + tail / listed[k - 1])
        holds &= sp.simplify(chain * vector - (1 - g * rates[-1]) * vector) == sp.zeros(4, 1)
    grows = all(
        sp.simplify(later - earlier).is_nonnegative for earlier, later in zip(rates, rates[1:], strict=False)
    )
    energies = np.array([0.0, 0.4, 0.9, 2.0, 2.1])
    law = gibbs_distribution(energies, 0.5)
    spectrum = reversible_eigenvalues(
        transition_matrix(energies, 0.5, complete_generation(5), "metropolis"), law
    )
    return proved_if(
        {
            "the vectors are eigenvectors": holds,
            "the first rate is the smallest": grows,
            "the first rate is 1/pi_max": sp.simplify(rates[0] - sum(weights) / weights[0]) == 0,
            "reference, K = 5: gap 1/((K-1) pi_max)": abs(1 - spectrum[1] - 1 / (4 * law[0])) <= 32 * EPS,
        },
        "All eigenvalues in closed form; the gap is 1/((K-1) max pi), at least 1/(K-1) at every temperature",
        computed="gap 1/((K-1) max pi)",
    )


@evidence("GDA-R2", method=Method.SYMBOLIC)
@control("ends that reflect have other eigenvectors", ends=0)
def gaps_for_equal_energies(ends: int = 1) -> Outcome:
    """Complete: P = (1 - a) I + (a/(K-1))(J - I), J all ones: eigenvalues 1, and 1 - a - a/(K-1) on vectors
    that sum to 0. Neighbours: v_j = cos(pi k (j - 1/2)/K), j = 1..K. Inside, v_{j-1} + v_{j+1} = 2 cos(pi
    k/K) v_j, so (Pv)_j = v_j - a (1 - cos(pi k/K)) v_j; at the ends v_0 = v_1 and v_{K+1} = v_K, which is
    what staying does. k = 0..K-1 give K different values, hence all eigenvalues.
    """
    a, k, x, j = sp.symbols("a k x j", real=True)  # x = pi k/K
    wave = lambda place: sp.cos(x * (place - sp.Rational(1, 2)))  # noqa: E731
    inside = sp.simplify(sp.expand_trig(sp.expand(wave(j - 1) + wave(j + 1) - 2 * sp.cos(x) * wave(j))))
    size = sp.Symbol("K", integer=True, positive=True)
    mirrored = sp.simplify(wave(0) - wave(ends))
    whole = sp.Symbol("m", integer=True)
    far = sp.simplify(wave(size + 1).subs(x, sp.pi * whole / size) - wave(size).subs(x, sp.pi * whole / size))
    n = sp.Symbol("n", positive=True)  # K - 1
    complete = sp.simplify((1 - a) - a / n - (1 - a * (n + 1) / n))
    agree = True
    for count in (2, 5, 8):
        law = np.full(count, 1 / count)
        flat = np.zeros(count)
        for rule, chance in (("sigmoid", 0.5), ("metropolis", 1.0)):
            near = reversible_eigenvalues(
                transition_matrix(flat, 1.0, neighbour_generation(count), rule), law
            )
            expected = 1 - chance * (1 - np.cos(np.pi * np.arange(count) / count))
            agree &= float(np.max(np.abs(near - expected))) <= 16 * EPS
            full = reversible_eigenvalues(transition_matrix(flat, 1.0, complete_generation(count), rule), law)
            agree &= abs(full[1] - (1 - chance * count / (count - 1))) <= 16 * EPS
    return proved_if(
        {
            "complete: 1 - a K/(K-1)": complete == 0,
            "neighbours: the recursion inside": inside == 0,
            "neighbours: v_0 = v_1": mirrored == 0,
            "neighbours: v_{K+1} = v_K": sp.simplify(far) == 0,
            "1 - cos(pi/K) is about pi^2/(2K^2)": sp.limit((1 - sp.cos(sp.pi / size)) * size**2, size, sp.oo)
            == sp.pi**2 / 2,
            "the reference agrees for K = 2, 5, 8": agree,
        },
        "Gaps for equal energies: a K/(K-1) with complete generation, a (1 - cos(pi/K)) with neighbours",
        computed="about K^2 sweeps with neighbours, about one with complete generation",
    )

"""How fast one neuron of GDA forgets its start: all eigenvalues of its chain in closed form."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import sympy as sp

from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from reference.markov_chain import (
    complete_generation,
    gibbs_distribution,
    neighbour_generation,
    reversible_eigenvalues,
    transition_matrix,
)

EPS = np.finfo(float).eps


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
    holds, rates = True, []
    for k in range(1, 4):
        tail = sum(listed[k:])
        vector = sp.Matrix([0] * (k - 1) + [tail] + [-listed[k - 1]] * (4 - k))
        rates.append(k + tail / listed[k - 1])
        holds &= sp.simplify(chain * vector - (1 - g * rates[-1]) * vector) == sp.zeros(4, 1)
    grows = all(
        sp.expand(sp.numer(sp.together(later - earlier))).is_positive for earlier, later in pairwise(rates)
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
@control("ends that reflect have other eigenvectors", ends=2)
def gaps_for_equal_energies(ends: int = 1) -> Outcome:
    """Complete: P = (1 - a) I + (a/(K-1))(J - I), J all ones: eigenvalues 1, and 1 - a - a/(K-1) on vectors
    that sum to 0. Neighbours: v_j = cos(pi k (j - 1/2)/K), j = 1..K. Inside, v_{j-1} + v_{j+1} = 2 cos(pi
    k/K) v_j, so (Pv)_j = v_j - a (1 - cos(pi k/K)) v_j; at the ends v_0 = v_1 and v_{K+1} = v_K, which is
    what staying does. k = 0..K-1 give K different values, hence all eigenvalues.
    """
    a, x, j = sp.symbols("a x j", real=True)  # x = pi k/K

    def wave(place: Any) -> Any:
        return sp.cos(x * (place - sp.Rational(1, 2)))

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
            agree &= bool(np.max(np.abs(near - expected)) <= 16 * EPS)
            full = reversible_eigenvalues(transition_matrix(flat, 1.0, complete_generation(count), rule), law)
            agree &= bool(abs(full[1] - (1 - chance * count / (count - 1))) <= 16 * EPS)
    return proved_if(
        {
            "complete: 1 - a K/(K-1)": complete == 0,
            "neighbours: the recursion inside": inside == 0,
            "neighbours: v_0 = v_1": mirrored == 0,
            "neighbours: v_{K+1} = v_K": sp.simplify(far) == 0,
            "1 - cos(pi/K) is about pi^2/(2K^2)": sp.limit((1 - sp.cos(sp.pi * n)) / n**2, n, 0)
            == sp.pi**2 / 2,
            "the reference agrees for K = 2, 5, 8": agree,
        },
        "Gaps for equal energies: a K/(K-1) with complete generation, a (1 - cos(pi/K)) with neighbours",
        computed="about K^2 sweeps with neighbours, about one with complete generation",
    )

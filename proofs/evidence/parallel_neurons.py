"""Two coupled binary neurons updated at once: a cycle of period two that no schedule leaves."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise as consecutive
from math import log

import numpy as np
import sympy as sp
import z3

from proofs.evidence.coupled_neurons import SWAP, pair
from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.coupled_neurons import joint_energy, mean_field_energies
from reference.gda import anneal, decisions
from reference.validation import FloatArray

EPS = float(np.finfo(float).eps)


def spins_of(
    start: tuple[float, float], temperatures: list[float], order: str
) -> tuple[FloatArray, list[float]]:
    """Mean spins and energies of the read-outs of the reference, E = -s1 s2, from given mean spins on."""
    own, couplings = pair(-1.0)
    densities = np.array([[(1 - m) / 2, (1 + m) / 2] for m in start])
    passed = anneal(
        densities, lambda d: mean_field_energies(d, own, couplings), temperatures, SWAP, order=order
    )
    return passed[:, :, 1] - passed[:, :, 0], [joint_energy(decisions(d), own, couplings) for d in passed]


def swap_for_ever(spins: FloatArray) -> bool:
    """Whether both signs change in every step."""
    return all(bool(np.all(a * b < 0)) for a, b in consecutive(spins))


@evidence("GDA-R5", method=Method.SYMBOLIC)
@control("one neuron after the other they agree from the first sweep on", order="sequential")
@control("from mean spins of one sign they settle", start=(0.9, 0.1))
@control("at T >= c both mean spins go to 0", share=Fraction(2))
def two_neurons_at_once_swap_under_every_schedule(
    order: str = "simultaneous", start: tuple[float, float] = (0.9, -0.1), share: Fraction = Fraction(1, 2)
) -> Outcome:
    """E = -c s1 s2 with c > 0, states -1 and 1, sigmoid acceptance, the other state always proposed. (1) One
    update sets the probability of state 1 to x/(1 + x), x = exp(2 c m/T) with m the mean spin of the other
    neuron, whatever it was before: the new mean spin is (x - 1)/(x + 1) = tanh(c m/T), which has the sign of
    m. Updated at once, the spins become (g(m2), g(m1)): the two signs change places in every sweep, at any
    temperatures, so from m1 m2 < 0 they are opposite in every sweep and each read-out has the highest energy.
    (2) Two sweeps at one temperature act on each spin alone, m -> g(g(m)). g is odd and increasing, and for
    0 < m < 1 it has g(m) = m exactly where artanh(m)/m = c/T. The left side increases from 1 to
    infinity, as its derivative has the sign of m/(1-m^2) - artanh m, which is 0 at 0 and has derivative
    2 m^2/(1-m^2)^2: for T < c there is one such m*, with g(m) > m below and g(m) < m above it, and for T >= c
    none, with g(m) < m. So g^n(m) is monotone and tends to m* (to 0 for T >= c): the spins tend to the cycle
    (m*, -m*), (-m*, m*).
    (3) It attracts: g'(m*) = (c/T)(1 - m*^2) = artanh(m*) (1 - m*^2)/m* < 1, for m - (1 - m^2) artanh m is 0
    at 0 and has derivative 2 m artanh m > 0. (4) For w > 1 and T = c m*/log w, x is w^2 at m* = (w^2-1)/(w^2+1):
    a cycle in rational numbers, such as 3/5 for w = 2. (5) One after the other, the first spin becomes g of the
    second, of its sign, then the second g of the first, of the same sign, and later updates keep it. (`share`: T/c of
    a run of the reference.)
    """
    m, w, before = sp.symbols("m w pi", positive=True)
    x = sp.Symbol("x", positive=True)
    # The sigmoid of the energy difference: up with x/(1 + x), down with 1/(1 + x).
    after = (1 - before) * x / (1 + x) + before * (1 - 1 / (1 + x))
    spin = sp.factor(2 * sp.cancel(after) - 1)
    slope = m / (1 - m**2) - sp.atanh(m)
    gap = m - (1 - m**2) * sp.atanh(m)
    fixed = (w**2 - 1) / (w**2 + 1)
    odds, up = z3.Reals("x m")
    mean = (odds - 1) / (odds + 1)
    swapped, energies = spins_of(start, [float(share)] * 200, order)
    cooling, highest = spins_of(start, [1.5 * 0.8**sweep for sweep in range(12)], order)
    cycle, _ = spins_of((0.6, -0.6), [0.6 / log(2)] * 6, order)
    return proved_if(
        {
            "an update forgets the old density": sp.simplify(spin - (x - 1) / (x + 1)) == 0,
            "that is the hyperbolic tangent": sp.simplify(
                spin.subs(x, sp.exp(2 * m)) - sp.tanh(m).rewrite(sp.exp)
            )
            == 0,
            "its sign is that of the other spin: x > 1 exactly for m > 0": satisfiable(
                odds > 0, mean == up, (odds > 1) != (up > 0)
            )
            is None,
            "d/dm (artanh(m)/m) = (m/(1-m^2) - artanh m)/m^2": sp.simplify(
                sp.diff(sp.atanh(m) / m, m) - slope / m**2
            )
            == 0,
            "m/(1-m^2) - artanh m starts at 0 and rises": slope.subs(m, 0) == 0
            and sp.simplify(sp.diff(slope, m) - 2 * m**2 / (1 - m**2) ** 2) == 0,
            "artanh(m)/m starts at 1": sp.limit(sp.atanh(m) / m, m, 0) == 1,
            "and grows without bound: artanh(tanh s) = s": sp.simplify(
                sp.log((1 + sp.tanh(w)) / (1 - sp.tanh(w))).rewrite(sp.exp) / 2 - w
            )
            == 0,
            "m - (1-m^2) artanh m starts at 0 and rises": gap.subs(m, 0) == 0
            and sp.simplify(sp.diff(gap, m) - 2 * m * sp.atanh(m)) == 0,
            "x = w^2 at m* = (w^2-1)/(w^2+1)": sp.simplify(spin.subs(x, w**2) - fixed) == 0
            and fixed.subs(w, 2) == sp.Rational(3, 5),
            "reference: (3/5, -3/5) changes sign six times": swap_for_ever(cycle)
            and float(np.max(np.abs(np.abs(cycle) - 0.6))) <= 64 * EPS,
            "reference: 200 sweeps at one temperature end on the cycle, not at 0": swap_for_ever(swapped)
            and abs(float(swapped[-1, 0] + swapped[-1, 1])) <= 64 * EPS < float(abs(swapped[-1, 0])),
            "reference: every read-out has the highest energy, cooled or not": {*energies, *highest} == {1.0}
            and swap_for_ever(cooling),
        },
        "Updated at once, two coupled neurons swap between the highest energies under every schedule",
        computed="signs of period 2 from every start with opposite spins",
        witness={"E": "-s1 s2", "T": "3/(5 log 2)", "mean spins": "(3/5, -3/5) and (-3/5, 3/5)"},
    )

"""The warmest temperature that decides a parameter for its nearest level: any levels, and uniform grids.

Notation: z = exp(-gap/T), the gap being the distance to the second nearest level minus that to the nearest.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.bounds import final_temperature_paper, final_temperature_sharp, final_temperature_sharp_uniform
from proofs.evidence.initial_temperature import share_of
from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from reference.soft_quantization import level_probabilities


@evidence("T2-R1", method=Method.SYMBOLIC)
@control("with the second level nearer than the gap it fails", nearer=Fraction(1, 2))
def sharp_final_temperature_for_all_level_sets(nearer: Fraction = Fraction(1)) -> Outcome:
    """The other levels together hold at most N z/(1 + N z), N = K - 1, which grows with z and equals eps at
    z = eps/(N (1-eps)); so at most eps if T <= gap/ln(N (1-eps)/eps) (and at any T if eps >= 1 - 1/K).
    Best possible: theta on the level 0, the others at g, g + delta/N, g + 2 delta/N, ... (distinct). The
    gap is g and the others hold at least N y/(1 + N y) with y = exp(-(g+delta)/T), which tends to
    N z/(1 + N z) as delta -> 0; so any higher T fails for some delta. For K <= 3 it is attained
    (levels -g, 0, g).
    (`nearer`: distances start at this part of the gap.)
    """
    n, z, eps, g, t, delta = sp.symbols("N z epsilon g T delta", positive=True)
    others = n * z / (1 + n * z)
    threshold = sp.solve(sp.Eq(others, eps), z)
    weight = sp.exp(-(sp.sympify(nearer) * g + delta) / t)
    approached = sp.limit(n * weight / (1 + n * weight), delta, 0)
    attained = share_of(1, 0, (-1, 0, 1), 1) - 1 / (1 + 2 * (-ball(1)).exp())
    return proved_if(
        {
            "share of the others grows with z": sp.simplify(sp.diff(others, z) - n / (1 + n * z) ** 2) == 0,
            "it is eps at z = eps/(N(1-eps))": len(threshold) == 1
            and sp.simplify(threshold[0] - eps / (n * (1 - eps))) == 0,
            "clustered levels approach it": sp.simplify(approached - others.subs(z, sp.exp(-g / t))) == 0,
            "levels -1, 0, 1 at theta = 0 attain it": abs(attained) < ball("1e-30"),
        },
        "At most eps off the nearest level for every level set iff T <= gap/ln((K-1)(1-eps)/eps)",
        computed=f"T = {final_temperature_sharp(1, 256, 0.01):.4g} gap (K=256, eps=0.01)",
        stated=f"T = {final_temperature_paper(1, 256, 0.01):.4g} gap",
        tightness=final_temperature_sharp(1, 256, 0.01) / final_temperature_paper(1, 256, 0.01),
    )


@evidence("T2-R2", method=Method.SYMBOLIC)
@control("levels twice as dense as the gap allows break the bound", density=2)
def nearest_level_bound_on_uniform_grids(density: int = 1) -> Outcome:
    """Theta between two levels of a uniform grid of spacing h has the gap g = h - 2u <= h, u the distance to
    the nearest level (T2-S3). Relative to the nearest weight the other levels weigh r, r^2, ... on its side
    and z, z r, z r^2, ... on the other, with r = exp(-h/T) <= z; a finite grid has fewer terms, and beyond an
    end the second series is missing. So P_nearest >= (1-r)/(1+z) >= (1-z)/(1+z) = tanh(g/2T), with equality
    in the limit of a long grid for theta on an inner level (g = h). Hence P_nearest >= 1-eps whenever
    T <= g/ln((2-eps)/eps), and no larger constant serves all K.
    (`density` d puts the levels d times denser than the gap: r = z^(1/d).)
    """
    z, s = sp.symbols("z s", positive=True)  # r = z - s with 0 <= s < z

    def share(r: sp.Expr) -> sp.Expr:
        return 1 / (1 + r / (1 - r) + z / (1 - r))  # both geometric series

    loss_by_wider_spacing = sp.factor(sp.simplify(share(z - s) - (1 - z) / (1 + z)))
    g, t, eps = sp.symbols("g T epsilon", positive=True)
    threshold = sp.solve(sp.Eq((1 - z) / (1 + z), 1 - eps), z)
    tanh_form = ((1 - sp.exp(-g / t)) / (1 + sp.exp(-g / t)) - sp.tanh(g / (2 * t))).rewrite(sp.exp)
    numeric = level_probabilities(np.array([0.0]), np.arange(-400.0, 401.0), 0.7)[0, 400]
    return proved_if(
        {
            "share of the nearest level at g = h is (1-z)/(1+z)": sp.simplify(
                share(z ** sp.Rational(1, density)) - (1 - z) / (1 + z)
            )
            == 0,
            "(1-z)/(1+z) = tanh(g/2T) for z = exp(-g/T)": sp.simplify(tanh_form) == 0,
            "a spacing wider than the gap only helps": sp.simplify(loss_by_wider_spacing - s / (1 + z)) == 0,
            "tanh(g/2T) = 1-eps at z = eps/(2-eps)": len(threshold) == 1
            and sp.simplify(threshold[0] - eps / (2 - eps)) == 0,
            "reference on 801 levels attains it": abs(numeric - np.tanh(1 / 1.4)) < 8 * np.finfo(float).eps,
        },
        "P_nearest >= tanh(gap/2T) on every uniform grid, attained on an inner level as K grows",
        computed=f"T = {final_temperature_sharp_uniform(1, 0.01):.4g} gap (eps=0.01), any K",
        stated=f"T = {final_temperature_paper(1, 256, 0.01):.4g} gap (K=256)",
        tightness=final_temperature_sharp_uniform(1, 0.01) / final_temperature_paper(1, 256, 0.01),
    )

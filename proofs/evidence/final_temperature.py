"""Theorem 2: how cold is cold enough that a parameter is decided for its nearest level.

The paper's temperature always suffices, though not by the argument printed; it is colder than
needed by a factor of about K. What "decided" is said to imply (optimality, no motion) does not follow.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.bounds import final_temperature_paper, final_temperature_sharp, final_temperature_sharp_uniform
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.soft_quantization import level_probabilities, soft_quantize


@evidence("T2-S1", "T2-S2", method=Method.SYMBOLIC)
@control("without the factor K in the denominator the argument must break", exponent=1)
def paper_final_temperature_suffices(exponent: int | None = None) -> Outcome:
    """Let z = exp(-gap/T). All K - 1 other levels have weight at most z against the nearest one, so
    together they hold at most (K-1) z / (1 + (K-1) z), which is at most eps exactly when
    (K-1) z (1-eps) <= eps. The paper's temperature gives z <= eps^K, so it is enough that
    m eps^m (1 - eps) <= 1 with m = K - 1. The left side is largest at eps = m/(m+1), where it equals
    (m/(m+1))^(m+1), which is below 1 because m < m+1. So the statement holds for every K >= 2 and every
    eps in (0, 1). (`exponent` replaces K; with exponent 1, the proof's own version, eps <= 1/(K-1) is
    needed besides.)
    """
    m, eps = sp.symbols("m epsilon", positive=True)
    power = m if exponent is None else sp.Integer(exponent) - 1
    need = m * eps**power * (1 - eps)
    where = sp.solve(sp.Eq(sp.diff(need, eps), 0), eps)
    top = [sp.simplify(need.subs(eps, point)) for point in where]
    claimed_top = (m / (m + 1)) ** (m + 1)
    return proved_if(
        {
            "one critical point in eps, at m/(m+1)": where == [m / (m + 1)],
            "value there is (m/(m+1))^(m+1)": len(top) == 1 and sp.simplify(top[0] - claimed_top) == 0,
            "m/(m+1) < 1": sp.simplify(1 - m / (m + 1)).is_positive,
            "value at both ends of (0, 1) is 0": need.subs(eps, 1) == 0 and sp.limit(need, eps, 0) == 0,
        },
        "(K-1) eps^(K-1) (1-eps) <= ((K-1)/K)^K < 1 for every K >= 2 and eps in (0, 1)",
        computed=f"T <= gap/ln((K-1)(1-eps)/eps), e.g. {final_temperature_sharp(1, 256, 0.01):.4g} gap",
        stated=f"T <= gap/(K ln(1/eps)), e.g. {final_temperature_paper(1, 256, 0.01):.4g} gap (K=256, eps=0.01)",
        tightness=final_temperature_sharp(1, 256, 0.01) / final_temperature_paper(1, 256, 0.01),
    )


@evidence("T2-S4", method=Method.EXACT)
@control("with a gradient step longer than half a spacing the parameter leaves the level", slope=Fraction(3))
def cold_quantizer_freezes_away_from_optima(slope: Fraction = Fraction(1)) -> Outcome:
    """Two levels -1 and 1, L(theta) = slope * theta (its slope never vanishes, cap it far away to bound
    it below), learning rate 1/2, T -> 0. From theta = 1 the step proposes 1 - slope/2 = 1/2, whose
    nearest level is again 1: the parameter stays for ever at a point that is not even stationary.
    """
    step, start = Fraction(1, 2), Fraction(1)
    proposal = start - step * slope
    nearest = min((Fraction(-1), Fraction(1)), key=lambda level: abs(proposal - level))
    cold = 1e-3  # any temperature far below the gap |1/2 + 1| - |1/2 - 1| = 1
    quantized = soft_quantize(np.array([float(proposal)]), np.array([-1.0, 1.0]), cold)[0]
    return refuted_if(
        hypotheses={"temperature meets Theorem 2 for eps = 1/100": cold <= final_temperature_paper(1, 2, 0.01)},
        violated={
            "the quantized step returns to the start": nearest == start,
            "the gradient there is not zero": slope != 0,
            "a strictly better level exists": slope * Fraction(-1) < slope * start,
        },
        reference={"soft_quantize(1/2) is 1": quantized == 1.0},
        witness={"levels": "-1, 1", "loss": f"{slope} theta", "learning rate": step, "theta": start},
        summary="A cold parameter stays at a level where the loss still has a slope and a better level exists",
        computed=f"gradient {slope} at the frozen point",
        stated="settles at a local optimum",
    )


@evidence("T2-R2", method=Method.SYMBOLIC)
@control("levels twice as dense as the gap allows break the bound", density=2)
def nearest_level_bound_on_uniform_grids(density: int = 1) -> Outcome:
    """Theta between two levels of an infinite grid of spacing h, gap g = h - 2u <= h, with u the distance
    to the nearest level. Relative to the nearest weight the other levels weigh r, r^2, ... on its side and
    z, z r, z r^2, ... on the other, with r = exp(-h/T) <= z = exp(-g/T). A finite grid has fewer terms.
    So P_nearest >= (1-r)/(1+z) >= (1-z)/(1+z) = tanh(g/2T), with equality as K grows at g = h (theta on an
    inner level). Hence P_nearest >= 1-eps whenever T <= g / ln((2-eps)/eps), and no larger constant works.
    (`density` d puts the levels d times denser than the gap: r = z^(1/d).)
    """
    z, s = sp.symbols("z s", positive=True)  # r = z - s with 0 <= s < z
    others = lambda r: r / (1 - r) + z / (1 - r)  # noqa: E731  sum of both geometric series
    share = sp.simplify(1 / (1 + others(z ** sp.Rational(1, density))))
    loss_by_wider_spacing = sp.factor(sp.simplify(1 / (1 + others(z - s)) - (1 - z) / (1 + z)))
    g, t, eps = sp.symbols("g T epsilon", positive=True)
    threshold = sp.solve(sp.Eq((1 - z) / (1 + z), 1 - eps), z)
    numeric = level_probabilities(np.array([0.0]), np.arange(-400.0, 401.0), 0.7)[0, 400]
    return proved_if(
        {
            "share of the nearest level at g = h is (1-z)/(1+z)": sp.simplify(share - (1 - z) / (1 + z)) == 0,
            "(1-z)/(1+z) = tanh(g/2T) for z = exp(-g/T)": sp.simplify(
                ((1 - sp.exp(-g / t)) / (1 + sp.exp(-g / t)) - sp.tanh(g / (2 * t))).rewrite(sp.exp)
            )
            == 0,
            "a spacing wider than the gap only helps": sp.simplify(loss_by_wider_spacing - s / (1 + z)) == 0,
            "tanh(g/2T) = 1-eps at z = eps/(2-eps)": len(threshold) == 1
            and sp.simplify(threshold[0] - eps / (2 - eps)) == 0,
            "reference on 801 levels attains tanh(g/2T)": abs(numeric - np.tanh(1 / 1.4)) < 8 * np.finfo(float).eps,
        },
        "P_nearest >= tanh(gap/2T) on every uniform grid, attained on an inner level as K grows",
        computed=f"T = {final_temperature_sharp_uniform(1, 0.01):.4g} gap (eps=0.01), any K",
        stated=f"T = {final_temperature_paper(1, 256, 0.01):.4g} gap (K=256)",
        tightness=final_temperature_sharp_uniform(1, 0.01) / final_temperature_paper(1, 256, 0.01),
    )

r"""Theorem 1 on uniform grids: the paper's temperature suffices for every K, eps and theta, and by how much.

Notation: spacing h, x = h/T, t = exp(-x), A_n = 1 + t + ... + t^(n-1). Distances are in units of h,
measured from the nearest level; weights are relative to the weight of the nearest level.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.bounds import initial_temperature_paper, initial_temperature_sharp_uniform
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.levels import uniform_levels
from reference.soft_quantization import level_probabilities

t, w, a, b, x = sp.symbols("t w a b x", positive=True)
ta, tb, ti = sp.symbols("t^a t^b t^i", positive=True)  # powers of t, as unknowns of their own


def _is_zero(expression: sp.Expr) -> bool:
    return bool(sp.cancel(sp.together(expression)) == 0)


def _geometric(power: sp.Expr) -> sp.Expr:
    """A_n from t^n."""
    return (1 - power) / (1 - t)


def _replacing_x() -> dict[str, object]:
    """Identities of Lemma 1."""
    tanh = sp.tanh(x / 2)
    of_exp = 2 * (1 - sp.exp(-x)) / (1 + sp.exp(-x))
    return {
        "1: X = 2 tanh(x/2) at t = exp(-x)": sp.simplify((of_exp - 2 * tanh).rewrite(sp.exp)) == 0,
        "1: d/dx (x - 2 tanh(x/2)) = tanh(x/2)^2": sp.simplify(sp.diff(x - 2 * tanh, x) - tanh**2) == 0,
        "1: equal at x = 0": (x - 2 * tanh).subs(x, 0) == 0,
    }


def _theta_on_a_level(heat: sp.Expr) -> dict[str, object]:
    """Identities of Lemma 2, for a temperature `heat` times the paper's."""
    near, far = _geometric(ta), _geometric(tb)
    step = heat * 2 * (1 - t) / (1 + t)
    difference = (near + t * far) * (1 + (a - 1) * step) - (a + b)
    c = (ta + t * tb) / (1 + t)
    sum_to_b, sum_to_a = t * far, near - 1  # t + ... + t^b and t + ... + t^(a-1)
    terms = 2 * (sum_to_b - b * c) + (a - 1 - b) * (1 - 2 * c) + (sum_to_a - sum_to_b)
    first = 2 * (ti - ta) + 2 * (t * ti - t * tb)
    second = (1 - t * tb) + (t - t * tb) + (ti - ta) + (t * ti - ta)
    return {
        "2: A_(n+1) = A_n + t^n": _is_zero(_geometric(t * ti) - _geometric(ti) - ti),
        "2: the difference is the sum of the terms": _is_zero(difference - terms),
        "2: terms up to b": _is_zero(2 * (ti - c) * (1 + t) - first),
        "2: terms after b": _is_zero((1 + ti - 2 * c) * (1 + t) - second),
    }


def _theta_between_two_levels(heat: sp.Expr) -> dict[str, object]:
    """Identities of Lemma 3, for a temperature `heat` times the paper's."""
    c = sp.symbols("C", positive=True)
    near, far = _geometric(ta), _geometric(tb)
    quadratic = sp.Poly(
        sp.cancel(((near + w * far) * (c + heat * 2 * (1 - w) / (1 + w)) - (a + b)) * (1 + w)), w
    ).as_expr()
    coefficient = [sp.simplify(sp.expand(quadratic).coeff(w, k)) for k in range(3)]
    return {
        "3: quadratic in w": _is_zero(quadratic - sum(coefficient[k] * w**k for k in range(3))),
        "3: leading coefficient": _is_zero(coefficient[2] - far * (c - 2)),
        "3: linear coefficient": _is_zero(coefficient[1] - (c * near - a) - (c * far - b) - 2 * (far - near)),
        "3: value at w = 1": _is_zero(quadratic.subs(w, 1) - 2 * (c * near - a) - 2 * (c * far - b)),
        "3: at w = t the roles change": _is_zero(
            near + t * far - _geometric(t * tb) - t * _geometric(ta / t)
        ),
    }


@evidence("T1-S1", "T1-P9", method=Method.SYMBOLIC, reading="uniform grid")
@control("half of the paper's temperature does not suffice", heat=Fraction(1, 2))
def paper_initial_temperature_suffices_on_uniform_grids(heat: Fraction = Fraction(1)) -> Outcome:
    """Claim: K P_k <= 1 + r and K P_k >= 1 - r for every theta and k, where r = DeltaE(theta)/T. With
    T >= DeltaE/(K eps), r <= K eps, this is the theorem.

    Lower side, any levels: every weight is at most exp(r) times the smallest, so
    P_k >= exp(-r)/K >= (1-r)/K.

    Upper side: P_max = 1/Z with Z the sum of the weights relative to the largest, so Z (1+r) >= K is to be
    shown. Let the nearest level have a levels on its side of theta (itself included), at distances 0, 1,
    ..., a-1 from the nearest in units of h, and the other b = K - a be at s, s+1, ..., s+b-1, 0 <= s <= 1.
    With x = h/T, t = exp(-x), A_n = 1 + t + ... + t^(n-1): Z = A_a + w A_b, w = exp(-sx) in [t, 1], and
    r = M x, M = max(a-1, s+b-1).

    Lemma 1. x >= X = 2(1-t)/(1+t) = 2 tanh(x/2): equal at 0, and the difference has the slope tanh(x/2)^2.
    Likewise s x >= 2(1-w)/(1+w).

    Lemma 2 (theta on a level). For integers 0 <= b < a: (A_a + t A_b)(1 + (a-1) X) >= a + b.
    The difference of the sides is the sum of 2(t^i - c) over i = 1..b and of 1 + t^i - 2c over
    i = b+1..a-1, with c = (t^a + t^(b+1))/(1+t). Times 1+t these terms are
    2(t^i - t^a) + 2(t^(i+1) - t^(b+1)), where i < a and i <= b, and
    (1 - t^(b+1)) + (t - t^(b+1)) + (t^i - t^a) + (t^(i+1) - t^a), where i < a: sums of differences of a
    lower and a higher power of t <= 1, never negative.

    Lemma 3 (between two levels). For 1 <= a <= b: (A_a + w A_b)(1 + (b-1) X + 2(1-w)/(1+w)) >= a + b.
    Put C = 1 + (b-1) X. Times 1+w the difference is a quadratic in w with leading coefficient A_b (C-2) and
    linear coefficient (C A_a - a) + (C A_b - b) + 2(A_b - A_a) >= 0 (Lemma 2 with b = 0, and a <= b).
    If C >= 2 it never falls for w >= 0, so its value at w = t decides; if C < 2 it is concave, so w = t and
    w = 1 decide. At w = 1 it is 2(C A_a - a) + 2(C A_b - b) >= 0. At w = t it is Lemma 2 for b + 1 and
    a - 1, because A_a + t A_b = A_(b+1) + t A_(a-1).

    (i) b = 0 (theta at or outside an end): Lemma 2 with b = 0.
    (ii) M = a-1 and b < a: Z is least at w = t, where Lemma 2 applies.
    (iii) M = a-1 and b = a: then s = 0, w = 1, and Z = 2 A_a: Lemma 2 with b = 0, doubled.
    (iv) M = s+b-1 > a-1: then a <= b, and Lemma 3 applies with r >= (b-1) X + 2(1-w)/(1+w).
    If M = a-1 then s+b <= a, so b <= a: these are all cases.
    (`heat` scales the paper's temperature, so that Z (1 + heat r) >= K would be needed.)
    """
    scale = sp.sympify(heat)
    checks = _replacing_x() | _theta_on_a_level(scale) | _theta_between_two_levels(scale)
    checks |= {
        "lower side: exp(-r) + r - 1 is 0 at r = 0": (sp.exp(-x) + x - 1).subs(x, 0) == 0,
        "lower side: its slope is 1 - exp(-r) >= 0": sp.simplify(
            sp.diff(sp.exp(-x) + x - 1, x) - 1 + sp.exp(-x)
        )
        == 0,
    }
    spread, count, eps = 1.0, 256, 0.1 / 256
    paper = initial_temperature_paper(spread, count, eps)
    sharp = initial_temperature_sharp_uniform(spread / (count - 1), count, eps)
    return proved_if(
        checks,
        "K |P_k - 1/K| <= DeltaE(theta)/T on every uniform grid, so T0 >= DeltaE/(K eps) suffices",
        computed=f"T0 = {sharp:.4g} range (K=256, K eps=0.1)",
        stated=f"T0 = {paper:.4g} range",
        tightness=sharp / paper,
    )


@evidence("T1-R2", method=Method.SYMBOLIC)
@control("levels that are not equally spaced need not have the end as worst place", gap=Fraction(3))
def end_of_the_grid_is_the_worst_place(gap: Fraction = Fraction(1)) -> Outcome:
    """Sort the distances of theta to the levels, in units of h from the nearest: c_0 = 0 <= c_1 <= ...
    Every level but the nearest has another one at most 1 nearer (its neighbour towards theta, or across
    theta), so consecutive c differ by at most 1; at an end they differ by exactly 1. Hence c_j <= j and
    c_(K-1) - c_j <= K-1-j: P_max = 1/sum exp(-c_j x) is largest and P_min = 1/sum exp((c_(K-1)-c_j) x) is
    smallest at an end. There the law is geometric, and the excess of P_max over 1/K is at least the deficit
    of P_min: 1 + r^(K-1) - r^i - r^(K-1-i) = (1-r^i)(1-r^(K-1-i)) >= 0, summed over i, is
    K (1 + r^(K-1)) >= 2 A_K.
    So all deviations are at most eps for all theta iff P_max at the end is, iff A_K >= K/(1+K eps); A_K falls
    strictly as T falls. By T1-S1 (uniform grid) the paper's temperature meets this, so it is never lower.
    (`gap`: width, in h, of the cell that contains theta; 1 on a uniform grid.)
    """
    r, k, ri, last = sp.symbols("r k r^i r^(K-1)", positive=True)
    u, step = z3.Reals("u step")  # distances in units of h; u from theta to the nearest level, gap - u across
    width = z3.RealVal(str(gap))
    in_cell = z3.And(u >= 0, u <= width / 2)
    too_far = z3.Or(
        z3.And(step == 1, z3.Or(step < 0, step > 1)),  # neighbour towards theta on the same side
        z3.And(step == (width - u) - u, z3.Or(step < 0, step > 1)),  # first level across theta
    )
    eps = 0.2 / 256
    sharp = initial_temperature_sharp_uniform(1 / 255, 256, eps)
    grid = uniform_levels(0.5, 256)
    at_end = level_probabilities(np.array([0.5]), grid, sharp)[0].max()
    checks: dict[str, object] = {
        "each level but the nearest has one at most h nearer": satisfiable(in_cell, too_far) is None,
        "pairing identity": sp.expand((1 - ri) * (1 - last / ri) - (1 + last - ri - last / ri)) == 0,
        "every r^k, so A_K, rises with r": sp.diff(r**k, r).is_positive,
        "reference attains eps at the end of 256 levels": abs(at_end - 1 / 256 - eps)
        < 16 * np.finfo(float).eps,
    }
    return proved_if(
        checks,
        "The end of the grid is the worst place for every K, T and eps; there the law is geometric",
        computed=f"T0 = {sharp:.4g} range (K=256, K eps=0.2)",
        stated=f"T0 = {initial_temperature_paper(1, 256, eps):.4g} range",
        tightness=sharp / initial_temperature_paper(1, 256, eps),
    )


def end_of_grid_share(count: int, range_over_temperature: Fraction) -> arb:
    """Ball around K P_max with theta at the end of K levels: K (1-t)/(1-t^K), t = exp(-(D/T)/(K-1))."""
    exponent = range_over_temperature / (count - 1)
    shares = [(-ball(exponent)).exp(), (-ball(exponent * count)).exp()]
    return count * (1 - shares[0]) / (1 - shares[1])


@evidence("T1-C1", method=Method.SYMBOLIC, reading="fixed eps")
@control("at a tolerance relative to 1/K it does not fall", relative=True)
def paper_temperature_falls_with_level_count(relative: bool = False) -> Outcome:
    """DeltaE/(K eps) has the derivative -DeltaE/(K^2 eps) < 0 in K, at a fixed range of levels and fixed eps.
    But eps >= 1/K already allows probability 0, so a fixed eps says less and less as K grows.
    """
    spread, count, eps = sp.symbols("DeltaE K epsilon", positive=True)
    tolerance = eps / count if relative else eps
    slope = sp.diff(spread / (count * tolerance), count)
    return proved_if(
        {"slope in K is negative": sp.simplify(slope).is_negative}, "DeltaE/(K eps) falls like 1/K"
    )


@evidence("T1-C1", method=Method.EXACT, reading="fixed K eps")
@control("at a fixed absolute tolerance it does fall", relative=False)
def relative_tolerance_needs_more_heat_with_more_levels(relative: bool = True) -> Outcome:
    """At K eps = rho the paper's temperature is DeltaE/rho for every K: it does not fall. The temperature
    that is needed on a uniform grid even rises with K: the mean of the weights at the end is the mean of
    phi(c) = exp(-c D/T) over c = 0, 1/(K-1), ..., 1. A point j/n of the next finer grid is
    (j/n) (j-1)/(n-1) + (1-j/n) j/(n-1), so phi(j/n) is at most the same mean of phi; summed over j = 0..n
    each coarse point collects (1 - i/n) + (i+1)/n = (n+1)/n. Hence the mean falls and K P_max rises with K
    at the same D/T. Witness: rho = 1/2 with 2 and with 3 levels.
    """
    j, m, c = sp.symbols("j n i", positive=True)
    rho = Fraction(1, 2)
    tolerance = [rho / k if relative else rho / 2 for k in (2, 3)]
    paper = [1 / (k * e) for k, e in zip((2, 3), tolerance, strict=True)]
    needed = [
        initial_temperature_sharp_uniform(1 / (k - 1), k, float(e))
        for k, e in zip((2, 3), tolerance, strict=True)
    ]
    hot = Fraction(1)  # range over temperature at which the two grids are compared
    levels = [uniform_levels(0.5, k) for k in (2, 3)]
    shares = [
        k * level_probabilities(np.array([0.5]), q, 1.0)[0].max() for k, q in zip((2, 3), levels, strict=True)
    ]
    return refuted_if(
        hypotheses={"same range of levels, same K eps": tolerance[0] * 2 == tolerance[1] * 3},
        violated={
            "the paper's temperature does not fall": paper[1] >= paper[0],
            "a fine point is the stated mean of two coarse points": sp.simplify(
                (j / m) * (j - 1) / (m - 1) + (1 - j / m) * j / (m - 1) - j / m
            )
            == 0,
            "each coarse point is used (n+1)/n times": sp.simplify((1 - c / m) + (c + 1) / m - (m + 1) / m)
            == 0,
            "K P_max rises from K = 2 to K = 3 at D/T = 1": end_of_grid_share(3, hot)
            > end_of_grid_share(2, hot),
        },
        reference={"level_probabilities: K P_max rises too": shares[1] > shares[0]},
        witness={"rho = K eps": rho, "K": "2 and 3", "paper's T0": f"{paper[0]} and {paper[1]} range"},
        summary="Relative to 1/K more levels never need less heat, and on the uniform grid more",
        computed=f"T0 needed: {needed[0]:.4g} range (K=2), {needed[1]:.4g} range (K=3)",
        stated="falls as K grows",
    )

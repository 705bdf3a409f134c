"""How far soft quantization moves a parameter of the hull: hot, between, cold; on a uniform grid, exactly.

Lengths are in spacings where nothing else is said: x = h/T, r = exp(-x), mu_n the mean index of the geometric
law with n terms, b(y) = y/(e^y - 1), A = (x/2) coth(x/2).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball, positive_on_box
from proofs.bounds import soft_quantization_displacement
from proofs.outcome import Method, Outcome, proved_if
from proofs.quantization_lemmas import (
    Checks,
    b,
    b_is_decreasing_and_convex,
    cell,
    geometric_law,
    named,
    phi,
    zero,
)
from proofs.registry import control, evidence
from reference.levels import uniform_levels
from reference.soft_quantization import soft_quantize

EPS = np.finfo(float).eps


def _last_cell() -> Checks:
    """The outermost cell: n = K - 1 levels below, one above. w: distance from the upper end, in spacings.

    s: distance of the means of the two groups, 1 + mu_n; a: partition sum of the levels below; A = x s/2.
    """
    w, x, r, power, n = sp.symbols("w x r R n", positive=True)  # R = r^n, n = K - 1 levels below
    mass, index = (1 - power) / (1 - r), r / (1 - r) - n * power / (1 - power)
    span, below = sp.symbols("s a", positive=True)  # 1 + mu_(K-1) and the partition sum of the levels below
    share = 1 / (1 + sp.exp(x * (1 - 2 * w)) / below)
    p, steep, value, gap = sp.symbols("p A S g", positive=True)
    at_end = (1 + index) * (r * mass) / (1 + r * mass)
    index_all = r / (1 - r) - (n + 1) * r * power / (1 - r * power)
    return {
        "move(w) = s p - w has slope 2x s p(1-p) - 1": zero(
            sp.diff(span * share - w, w) - (2 * x * span * share * (1 - share) - 1)
        ),
        "slope 0 at p = (1 + sqrt(1 - 1/A))/2": zero(
            (4 * steep * p * (1 - p) - 1).subs(p, (1 + sp.sqrt(1 - 1 / steep)) / 2)
        ),
        "at the end the move is mu_K": sp.cancel(at_end - index_all) == 0,
        "one more level, g below S, lowers S": sp.expand(
            value - (1 - p) * value - p * (value - gap)
        ).is_positive,
    }


def _below_the_larger_of_t_and_half_a_spacing(slack: Fraction) -> Checks:
    """Last cell with infinitely many levels below: p/(1-r) - w < max(1/x, 1/2), 1/p = 1 + (1-r) exp(x(1-2w)).

    x <= 2: multiplied by x, the claim is (1 + xw)(1 + (e^x-1) exp(-2xw)) > x/(1-r). As (e^x-1)/x >= 1 + x/2
    and 1/(1-r) - 1/x = 1/2 + phi(x) <= 1/2 + x/12, it is enough that w + (1 + xw)(1 + x/2) exp(-2xw) > 1/2 +
    x/12 on [0, 2] x [0, 1].

    x >= 2: the claim is (1 - s/2)(1 + (1-r) exp(xs)) > 1/(1-r) with s = 1 - 2w; here 1 - r > 6/7.

    For s >= 0, exp(xs) >= 1 + 2s and (1 - s/2)(1 + (6/7)(1 + 2s)) > 7/6, being concave in s.

    For s = -t < 0, either t >= 2r/(1-r) and 1 + t/2 alone is at least 1/(1-r), or x t < 2xr/(1-r) <=
    4e^-2/(1-e^-2) < 2/3 and 1 + (6/7) exp(-xt) >= 1 + (6/7)(1 - 2/3) > 7/6.
    """
    warm = positive_on_box(
        lambda x, w: w + (1 + x * w) * (1 + x / 2) * (-2 * x * w).exp() - ball("1/2") - x / 12 - ball(slack),
        [(0, 2), (0, 1)],
    )
    s, x = sp.Symbol("s", real=True), sp.Symbol("x", positive=True)
    cold = (1 - s / 2) * (1 + sp.Rational(6, 7) * (1 + 2 * s))
    e2 = ball(-2).exp()
    return {
        "x <= 2: box proof": warm,
        "(e^x-1)/x >= 1 + x/2": sp.diff(sp.exp(x) - 1 - x - x**2 / 2, x, 2).subs(x, 0) == 0
        and sp.diff(sp.exp(x) - 1 - x - x**2 / 2, x, 3) == sp.exp(x),
        "x >= 2: r <= exp(-2) < 1/7": e2 < ball("1/7"),
        "x >= 2, s >= 0: concave and above 7/6 at both ends": sp.diff(cold, s, 2).is_negative
        and min(cold.subs(s, 0), cold.subs(s, 1)) > sp.Rational(7, 6),
        "x >= 2, s < 0: 4e^-2/(1-e^-2) < 2/3": 4 * e2 / (1 - e2) < ball("2/3"),
        "x >= 2, s < 0: 1 + 2/7 > 7/6": 1 + Fraction(6, 7) * (1 - Fraction(2, 3)) > Fraction(7, 6),
        "x exp(-x) falls for x >= 1": zero(sp.diff(x * sp.exp(-x), x) - (1 - x) * sp.exp(-x)),
    }


@evidence("SQ-R3", method=Method.BALL)
@control("the inequality on the box does not hold with a margin of 4/10", slack=Fraction(4, 10))
def displacement_on_a_uniform_grid(slack: Fraction = Fraction(0)) -> Outcome:
    """Outermost cell. Adding a level below all others, or dropping the level above all others, lowers S.
    Shifting theta to the last cell turns j levels below and K-j above into K-1 and 1, so theta - S(theta)
    grows; by reflection the same holds for S(theta) - theta. In the last cell, with A = x (1 +
    mu_(K-1))/2, the move is monotone if A <= 1, else it has one interior maximum V, at p = (1 + sqrt(1 -
    1/A))/2 if that lies in the cell; among the levels the end moves most, by mu_K. So sup = max(h mu_K,
    V).

    Bounds. Below D/2: S is odd about the centre and increases, so for theta above the centre S(theta) lies
    above it too. Below max(T, h/2): more levels below only increase the move; infinitely many are treated in
    the lemma.

    Regimes. h mu_K = T (b(x) - b(Kx)), which tends to D/2 for T -> infinity and, over T, to 1 for x -> 0, Kx
    -> infinity; for T -> 0 a parameter just above the middle of a cell moves by nearly h/2 (PQ-7). For T >=
    T* the map S - id does not increase (SQ-R2), so its extremes are at the ends.

    Infinite grid. Both groups have a span of coth(x/2), and the largest move is W = T(sqrt(A(A-1)) - arcosh
    sqrt A). Its derivative in A is T sqrt((A-1)/A) <= T sqrt(A-1), and A - 1 = x phi(x) <= x^2/12, so W <=
    h^3/(36 sqrt 3 T^2).
    """
    x, n, a = sp.symbols("x K A", positive=True)
    index = 1 / (sp.exp(x) - 1) - n / (sp.exp(n * x) - 1)
    wobble = sp.sqrt(a * (a - 1)) - sp.acosh(sp.sqrt(a))
    infinite = 2 / (sp.exp(x) - 1) + 1  # span of an infinite grid, 1 + 2 mu_infinity
    grid = uniform_levels(1.0, 9)
    theta = np.linspace(-1.0, 1.0, 2001)
    moves = [np.abs(soft_quantize(theta, grid, t) - theta).max() for t in (0.05, 0.2, 2.0)]
    exact = [soft_quantization_displacement(grid, t) for t in (0.05, 0.2, 2.0)]
    return proved_if(
        {
            **named("cell", cell()),
            **named("geometric law", geometric_law()),
            **named("b", b_is_decreasing_and_convex()),
            **named("last cell", _last_cell()),
            **named("bound", _below_the_larger_of_t_and_half_a_spacing(slack)),
            "mu_K x = b(x) - b(Kx)": zero(index * x - b(x) + b(n * x)),
            "mu_K -> (K-1)/2 as x -> 0": zero(sp.limit(index, x, 0) - (n - 1) / 2),
            "infinite grid: span x/2 is A": zero(infinite * x / 2 - (x / 2 * sp.coth(x / 2)).rewrite(sp.exp)),
            "A - 1 = x phi(x)": zero(infinite * x / 2 - 1 - x * phi(x)),
            "dW/dA = sqrt((A-1)/A)": zero(sp.diff(wobble, a) - sp.sqrt(a - 1) / sp.sqrt(a)),
            "W(1) = 0": wobble.subs(a, 1) == 0,
            "(2/3)(x^2/12)^(3/2) = x^3/(36 sqrt 3)": zero(
                sp.Rational(2, 3) * (x**2 / 12) ** sp.Rational(3, 2) - x**3 / (36 * sp.sqrt(3))
            ),
            "reference on 2001 parameters comes up to the closed form": all(
                found <= bound + 8 * EPS and found > 0.99 * bound
                for found, bound in zip(moves, exact, strict=True)
            ),
        },
        "sup |S - id| < min(D/2, max(T, h/2)) at every T, sharp when hot, in between and when cold",
        computed="D/2 (T -> infinity), T (h << T << D), h/2 (T -> 0)",
        stated="nearest level (L117), nearly the identity (L296)",
    )

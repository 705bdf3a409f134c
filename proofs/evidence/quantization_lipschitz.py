"""The exact Lipschitz constant of soft quantization on a uniform grid, and where it is 1."""

from __future__ import annotations

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.bounds import (
    non_expansive_temperature,
    soft_quantization_lipschitz,
    soft_quantization_lipschitz_uniform,
)
from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import satisfiable
from proofs.quantization_lemmas import Checks, b, b_is_decreasing_and_convex, cell, geometric_law, named, zero
from proofs.registry import control, evidence

EPS = np.finfo(float).eps


def _extremal_cell(extra: int) -> Checks:
    """The span and the slope of a cell in closed form; how the slope of the hot central cell moves with beta.

    w: probability of the levels above, dR, dL: mean distances above and below, VR, VL: their variances.
    """
    x, r, power = sp.symbols("x r R", positive=True)  # R = r^i
    odds, j, count = sp.symbols("o j K", positive=True)
    below_index, above_index = ((b(x) - b(n * x)) / x for n in (j, count - j))
    span = x * (1 + below_index + above_index)
    beta, var_above, var_below = sp.symbols("beta VR VL", positive=True)
    w, above, below = (sp.Function(name)(beta) for name in ("w", "dR", "dL"))
    rates = {
        w.diff(beta): -w * (1 - w) * (above - below),
        above.diff(beta): -var_above,
        below.diff(beta): -var_below,
    }
    slope = 2 * beta * w * (1 - w) * (above + below)
    growth = (
        above
        + below
        - beta * (var_above + var_below)
        - beta * (1 - 2 * w) * (above - below) * (above + below)
    )
    return {
        "x (1 + mu_j + mu_(K-j)) = x + 2 b(x) - b(jx) - b((K-j)x)": zero(
            span - (x + 2 * b(x) - b(j * x) - b((count - j + extra) * x))
        ),
        "odds/(1+odds)^2 falls for odds > 1": zero(
            sp.diff(odds / (1 + odds) ** 2, odds) - (1 - odds) / (1 + odds) ** 3
        ),
        "o > 1 exactly if r^i (1+r) > 1": sp.expand(
            r * (1 - r * power) - (1 - power) - (power * (1 + r) - 1) * (1 - r)
        )
        == 0,
        "derivative of the slope in beta": zero(slope.diff(beta).subs(rates) - 2 * w * (1 - w) * growth),
    }


@evidence("SQ-R2", method=Method.SYMBOLIC)
@control("with one level too many above the cell the closed form fails", extra=1)
def lipschitz_constant_on_a_uniform_grid(extra: int = 0) -> Outcome:
    """The steepest cell. In the cell with j levels below and K-j above, the slope is (2/T) p(1-p) h (1 + mu_j
    + mu_(K-j)), mu_n the mean index of the geometric law with n terms. b is convex, so b(jx) + b((K-j)x)
    is smallest, and the span largest, for j = floor(K/2). For j <= K/2 the odds in the cell that are
    nearest to 1 are o = max(1, r A_(K-j)/A_j), which falls as j grows, and p(1-p) = o/(1+o)^2 falls in o:
    again the middle is extreme. Where o = 1 the slope is F = x/2 + b(x) - (b(ix) + b(jx))/2, i =
    floor(K/2), j = ceil(K/2); it increases in x, because x/2 + b(x) does and b falls.

    Odd and hot. For odd K the middle has o > 1 exactly if r^i (1+r) > 1, so that i x < ln 2. There the
    largest slope is that at the level below the centre, with w > 1/2 and dR = h (1 + mu_(i+1)) > dL = h mu_i.
    Variances are at most mean (range - mean), so beta (VR + VL) <= i x (mu_(i+1) + mu_i) h < dR + dL, and the
    slope grows with beta. It is below 1, being at most F <= (x/2)(1 + (i-1)/2 + i/2) < (3/4) ln 2. The two
    cases agree where o = 1.

    So Lip rises continuously from 0 (x -> 0, where b -> 1) to infinity (x -> infinity, where b -> 0) and is 1
    at exactly one x. On a symmetric grid S(0) = 0, so |S(theta)| = |S(theta) - S(0)| <= |theta| where Lip <= 1.
    """
    w, above, below, scatter = z3.Reals(
        "w dR dL beta_V"
    )  # scatter: beta (VR + VL); factor: beta (dR - dL) >= 0
    factor = z3.Real("beta_difference")
    hot = z3.And(w > 0.5, w < 1, above > below, below >= 0, scatter < above + below, factor >= 0)
    growth = above + below - scatter - (1 - 2 * w) * factor * (above + below)
    five = np.arange(-2.0, 3.0)
    return proved_if(
        {
            **named("cell", cell()),
            **named("geometric law", geometric_law()),
            **named("b", b_is_decreasing_and_convex()),
            **_extremal_cell(extra),
            "hot odd K: the slope grows with beta": satisfiable(hot, growth <= 0) is None,
            "(3/4) ln 2 < 1": ball(2).log() * 3 / 4 < 1,
            "literal and closed form agree at K = 5, T = 1/2 and T = 8": all(
                abs(soft_quantization_lipschitz(five, t) - soft_quantization_lipschitz_uniform(1.0, 5, t))
                < 32 * EPS
                for t in (0.5, 8.0)
            ),
        },
        "Lip = (x/2) coth(x/2) - (b(floor(K/2) x) + b(ceil(K/2) x))/2 increases with x; Lip <= 1 iff T >= T*",
        computed=f"T* = {non_expansive_temperature(2 / 255, 256):.5f} kappa sigma for K = 256; h/2 for K = 2",
        stated="contraction at every temperature",
    )

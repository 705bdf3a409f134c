"""Does Theorem 8's number of steps hold for the block schedule? Not for a hundred blocks in a fixed order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from reference.trajectories import blockwise_trajectory
from reference.validation import FloatArray

EPS = np.finfo(float).eps
PAIRS = 50  # 50 parameters x and 50 parameters y: B = 100 blocks of one, the paper's B for f_min = 0.01


def coupling(distance: int) -> Fraction:
    """The entry S_mj of the skew circulant matrix S at m - j = distance modulo 50.

    >>> coupling(1), coupling(2), coupling(49)
    (Fraction(3087, 5000), Fraction(0, 1), Fraction(-3087, 5000))
    """
    lag = distance % PAIRS
    if lag > PAIRS // 2:
        return -coupling(-distance)
    return Fraction(63, 100) * (Fraction(1, lag) - Fraction(1, 50)) if lag % 2 and lag < 25 else Fraction(0)


def singular_values() -> list[arb]:
    """Balls around the singular values of S: the size of the symbol of the circulant at each frequency."""
    angle = 2 * arb.pi() / PAIRS
    return [
        abs(sum((ball(2 * coupling(lag)) * (angle * (lag * k)).sin() for lag in range(1, 25)), ball(0)))
        for k in range(PAIRS)
    ]


@evidence("T6-R6", method=Method.BALL)
@control("in fewer epochs the count of Theorem 8 is not used up", epochs=15)
@control("at half the coupling the gradient is not large enough", scale=Fraction(1, 2))
def theorem_8_fails_for_a_fixed_order_of_blocks(epochs: int = 20, scale: Fraction = Fraction(1)) -> Outcome:
    """L(x, y) = sum x + y'(S x + c), with S the 50 x 50 skew circulant matrix of `coupling`, whose norm is
    below 1 (ball arithmetic at all 50 frequencies), and c_m = p_m = S_1 + ... + S_m the partial sums of its
    entries. So Lc = 1; take eta = 1. Order x_1, y_1, x_2, y_2, ... from 0. The gradient in x is 1, in y it is
    S x + c. As long as y = 0, the visit to x_j lowers L by exactly 1 and shifts the gradient in y by one
    place: just before it grad_y = (p_{m-j})_m, just after (p_{m-j-1})_m, because p_l - p_{l-1} = S_l. The
    visit to y_j that follows sees p_{-1} = 0 and moves nothing. So the squared gradient is G = 50 + sum p_l^2
    > 105 at every one of the 100 E + 1 points of E epochs, while L falls by 50 per epoch.

    These points (theta_i, g_i, f_i) extend to a coercive loss with Lc = 1 and minimum f_E - G/2. Let y_i =
    (theta_i - g_i)/2, c_i = f_i + |theta_i|^2/2 - |g_i + theta_i|^2/4 and W(x) = min over weights a of |x -
    sum a_i y_i|^2 + sum a_i c_i. As an infimal convolution W is convex with 2-Lipschitz gradient, so W -
    |x|^2/2 has a 1-Lipschitz gradient. It is about |x|^2/2 far out. W(theta_j) <= f_j + |theta_j|^2/2 (weight
    1 on j), and >= by |z|^2 >= <g_j + theta_j, z> - |g_j + theta_j|^2/4 together with the pairwise inequality
    f_i - f_j - <g_i + g_j, theta_i - theta_j>/2 >= |g_i - g_j|^2/4 - |theta_i - theta_j|^2/4, which holds
    because the left side is 0 for a quadratic and |H d| <= |d|. W <= |x - y_j|^2 + c_j with equality at
    theta_j, so its gradient there is g_j + theta_j. Minimising over x and then over the weights (a concave
    function) gives min_i (c_i - |y_i|^2) = min_i (f_i - |g_i|^2/2).

    Then L(theta_0) - L_min = 50 E + G/2, and Theorem 8 promises an eps-stationary point within 200 (50 E +
    G/2)/eps^2 steps. For eps^2 just below G that is less than 100 E, yet there is none.
    """
    entries = [scale * coupling(lag) for lag in range(PAIRS)]
    sums = np.cumsum(np.array(entries, dtype=object))
    squared = PAIRS + sum(p * p for p in sums)
    slope_y, shifts, falls = list(sums), True, Fraction(0)
    for visit in range(epochs * PAIRS):
        j = visit % PAIRS
        shifts &= slope_y == [sums[(m - j) % PAIRS] for m in range(PAIRS)]
        slope_y = [v - entries[(m - j) % PAIRS] for m, v in enumerate(slope_y)]
        shifts &= slope_y[j] == 0
        falls += 1
    gap = falls + squared / 2
    matrix = np.array([[float(entries[(m - j) % PAIRS]) for j in range(PAIRS)] for m in range(PAIRS)])
    start = np.array([float(p) for p in sums])

    def slope(v: FloatArray) -> FloatArray:
        x, y = v[0::2], v[1::2]
        return np.column_stack([1 + matrix.T @ y, matrix @ x + start]).ravel()

    run = blockwise_trajectory(np.zeros(100), slope, 1.0, [[i] for i in range(100)], [range(100)] * 2)
    lengths = np.array([np.sum(slope(v) ** 2) for v in run])
    return proved_if(
        {
            "the norm of S is below 1": all(ball(scale) * value < 1 for value in singular_values()),
            "S is skew": all(entries[lag] == -entries[-lag % PAIRS] for lag in range(PAIRS)),
            "each visit shifts grad_y by one place and y_j sees gradient 0": shifts,
            "identities of the extension": _extension_identities(),
            "200 (50 E + G/2)/G < 100 E": 2 * 100 * gap < 100 * epochs * squared,
            "reference: |grad|^2 = G at all points of two epochs": float(
                np.max(np.abs(lengths - float(squared)))
            )
            <= 400 * EPS * float(squared),
        },
        "For 100 blocks in fixed order and eta = 1/Lc Theorem 8's number of steps is not enough",
        computed=f"|grad|^2 > {float(squared) * 0.999:.1f} at all of the first {100 * epochs} steps",
        stated=f"|grad|^2 <= {float(200 * gap / (100 * epochs)):.1f} at one of them",
        tightness=float(100 * epochs * squared / (200 * gap)),
    )


def _extension_identities() -> bool:
    """The algebra of the extension; each monomial stands for an inner product, so scalars suffice."""
    ti, tj, gi, gj, fi, fj, x, y, c = sp.symbols("t_i t_j g_i g_j f_i f_j x y c")
    yi, ci = (ti - gi) / 2, fi + ti**2 / 2 - (gi + ti) ** 2 / 4
    yj, cj = (tj - gj) / 2, fj + tj**2 / 2 - (gj + tj) ** 2 / 4
    own = (tj - yj) ** 2 + cj - (fj + tj**2 / 2)
    tangent = (gj + tj) * (tj - yi) - (gj + tj) ** 2 / 4 + ci - (fj + tj**2 / 2)
    pairwise = fi - fj - (gi + gj) * (ti - tj) / 2 - (gi - gj) ** 2 / 4 + (ti - tj) ** 2 / 4
    lowest: Any = (x - y) ** 2 + c - x**2 / 2
    at_minimum = lowest.subs(x, sp.solve(sp.diff(lowest, x), x)[0]) - (c - y**2)
    vertex = ci - yi**2 - (fi - gi**2 / 2)
    return all(sp.expand(e) == 0 for e in (own, tangent - pairwise, at_minimum, vertex))

"""Theorem 8, dense update without noise, steps longer than sqrt(3)/L: the exact worst case.

The scale is fixed by L = 1; a = L h is the step. On the saddle (x^2 - y^2)/2 every pair inequality is an
equality, which is why the certificates below use nothing but pair inequalities.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from proofs.smooth_interpolation import GradientRun

A, BETA = sp.symbols("a beta")
SHRINK, GROW = (A - 1) ** 2, (A + 1) ** 2  # factors of x^2 and y^2 per step on the saddle
LONG = (Fraction(17, 10), Fraction(2))  # contains [sqrt 3, 2]

# Multipliers of the pairs of three consecutive points, as (constant, coefficient of beta).
COUPLED = {
    (0, 1): (sp.Integer(0), 2 * (A**2 - A + 1) / (A * SHRINK * (A + 1))),
    (1, 0): (sp.Integer(0), 2 * (A**2 + A + 1) / (A * (A - 1) * GROW)),
    (0, 2): (sp.Integer(0), -2 / (A * SHRINK * (A + 1))),
    (2, 0): (sp.Integer(0), -2 / (A * (A - 1) * GROW)),
    (1, 2): ((A + 1) / 2, 2 / (A * SHRINK * GROW)),
    (2, 1): ((A - 1) / 2, -2 / (A * SHRINK * GROW)),
}
FIRST = A * (3 - A**2) / 4  # weight of |g_t|^2 in the one-step identity, negative here


def positive_on_long_steps(expression: Any, *, zero_at_two: bool = False) -> bool:
    """Whether a rational function of a is positive on [17/10, 2] (or short of 2), by counting roots."""
    numerator, denominator = sp.fraction(sp.together(expression))
    low, high = sp.Rational(17, 10), sp.Integer(2)
    roots = sp.Poly(numerator, A).count_roots(low, high) - (1 if zero_at_two else 0)
    poles = sp.Poly(denominator, A).count_roots(low, high)
    return bool(roots == 0 and poles == 0 and expression.subs(A, sp.Rational(18, 10)) > 0)


def weights(p: Any, q: Any) -> tuple[Any, Any]:
    """Weights of |g_k|^2 and |g_(k+1)|^2, with p = (a-1)^(-2k), q = (a+1)^(-2k)."""
    other = (SHRINK + GROW - p - q) / (8 * A)
    return (p - SHRINK) / 2 - SHRINK * other, other


@evidence("T8-R3", method=Method.SYMBOLIC, version="dense")
@control("a multiplier of the pair two steps apart is changed", skip=Fraction(9, 10))
def three_consecutive_points_give_a_coupled_inequality(skip: Fraction = Fraction(1)) -> Outcome:
    """For any number beta the six multipliers in `COUPLED` make the combination of pair inequalities equal to

        f_1 - f_2 + beta |g_0|^2 - d_1 |g_1|^2 - d_2 |g_2|^2

    identically: no square is left over. Added to an inequality f_0 - f_1 >= beta |g_0|^2 + gamma |g_1|^2
    with beta < 0 it removes the negative term. The weights (beta_k, gamma_k) of the inequality
    f_0 - f_(k+1) >= beta_k |g_k|^2 + gamma_k |g_(k+1)|^2 then follow the recursion beta_(k+1) = gamma_k +
    d_1(beta_k), gamma_(k+1) = d_2(beta_k) from beta_0 = a(3-a^2)/4, gamma_0 = a/4, which the closed form
    in `weights` solves. (`skip` multiplies the multiplier of the pair (0, 2).)
    """
    run = GradientRun(A, 2)
    multipliers = {pair: constant + slope * BETA for pair, (constant, slope) in COUPLED.items()}
    multipliers[0, 2] *= sp.Rational(skip)
    d_1 = A * (3 - A**2) / 4 + 2 * (A**2 + 1) * BETA / (SHRINK * GROW)
    d_2 = A / 4 - BETA / (SHRINK * GROW)
    target = run.values[1] - run.values[2]
    target += BETA * run.gram[0, 0] - d_1 * run.gram[1, 1] - d_2 * run.gram[2, 2]
    p, q = sp.symbols("p q", positive=True)
    now, after = weights(p, q), weights(p / SHRINK, q / GROW)
    start = weights(sp.Integer(1), sp.Integer(1))
    return proved_if(
        {
            "the combination equals the inequality identically": run.identical(
                run.combination(multipliers), target
            ),
            "beta_(k+1) = gamma_k + d_1(beta_k)": sp.simplify(after[0] - now[1] - d_1.subs(BETA, now[0]))
            == 0,
            "gamma_(k+1) = d_2(beta_k)": sp.simplify(after[1] - d_2.subs(BETA, now[0])) == 0,
            "beta_0 = a (3 - a^2) / 4": sp.simplify(start[0] - FIRST) == 0,
            "gamma_0 = a / 4": sp.simplify(start[1] - A / 4) == 0,
        },
        "An exact inequality for three consecutive points, tight on every run over the saddle",
    )


@evidence("T8-R3", method=Method.SYMBOLIC, version="dense")
@control("if the weights could be three times as negative, a multiplier would change sign", lowest=3)
def all_multipliers_stay_nonnegative_on_long_steps(lowest: int = 1) -> Outcome:
    """Let sqrt 3 <= a < 2. The inequality for the first k+1 steps adds the one-step identity (pair weights
    (a+1)/2 and (a-1)/2) and the coupled inequalities for beta_0, ..., beta_(k-1), negative by the choice of
    k. With p = (a-1)^(-2k) >= 1 and q = (a+1)^(-2k) > 0, beta_k = u p + v q + w with u, v > 0, hence
    beta_k >= u + w = beta_0 - (a-1)^2/(8a) =: low. Each pair (t, t+1) collects the part (1, 2) of one
    inequality and the part (0, 1) of the next, each reversed pair the parts (2, 1) and (1, 0); all are
    linear in their beta, which lies in [low, 0], so the least total is found from the signs of the slopes
    and is positive. The pairs two steps apart have weights -beta times a positive function. (`lowest`
    multiplies low.)
    """
    least = lowest * (FIRST - SHRINK / (8 * A))

    def smallest(pair: tuple[int, int]) -> Any:
        constant, slope = COUPLED[pair]
        return constant + (slope * least if slope.subs(A, sp.Rational(9, 5)) > 0 else 0)

    p, q = sp.symbols("p q", positive=True)
    u, v = sp.Rational(1, 2) + SHRINK / (8 * A), SHRINK / (8 * A)
    return proved_if(
        {
            "beta = u p + v q + w, w free of p and q": sp.simplify(
                weights(p, q)[0] - weights(sp.Integer(1), sp.Integer(1))[0] - u * (p - 1) - v * (q - 1)
            )
            == 0,
            "u > 0 and v > 0": positive_on_long_steps(u) and positive_on_long_steps(v),
            "slopes of all multipliers keep their sign": all(
                positive_on_long_steps(slope) or positive_on_long_steps(-slope)
                for _, slope in COUPLED.values()
            ),
            "pairs (0, 1)": positive_on_long_steps((A + 1) / 2 + smallest((0, 1))),
            "pairs (1, 0)": positive_on_long_steps((A - 1) / 2 + smallest((1, 0))),
            "pairs (t, t+1)": positive_on_long_steps(smallest((1, 2)) + smallest((0, 1))),
            "pairs (t+1, t)": positive_on_long_steps(smallest((2, 1)) + smallest((1, 0))),
            "pairs two steps apart": all(
                positive_on_long_steps(-COUPLED[pair][1]) for pair in ((0, 2), (2, 0))
            ),
        },
        "f_0 - f_(k+1) >= beta_k |g_k|^2 + gamma_k |g_(k+1)|^2 as long as beta_0, ..., beta_(k-1) < 0",
    )


@evidence("T8-R3", method=Method.SYMBOLIC, version="dense")
@control("if the last value promised only |g_N|^2/4", floor=Fraction(1, 4))
def the_weights_add_up_to_the_long_step_bound(floor: Fraction = Fraction(1, 2)) -> Outcome:
    """Zigzag end (k < N): the one-step identity for t = k+1..N-1 and f_N - inf f >= |g_N|^2/2 give the
    weights beta_k >= 0, gamma_k + beta_0, then a(4-a^2)/4, and a/4 + 1/2 at the end. For k >= 1,
    gamma_k = a/4 - beta_(k-1)/(a^2-1)^2 > a/4, so gamma_k + beta_0 > a(4-a^2)/4 > 0. Their sum is c/2.

    Parabola (beta = beta_(N-1) < 0): lower both multipliers of the last pair by m = -2 beta/(a(a-1)). That
    turns beta |g_(N-1)|^2 into the square m/(2(a-1)) |(a-1) g_(N-1) + g_N|^2 and beta/(a-1)^2 |g_N|^2, so
    that |g_N|^2 has weight ((a-1)^(-2N) - 1)/2 + 1/2 = c/2. The backward multiplier that is left grows with
    p and falls with q, so it is least for p = q = 1. (`floor` replaces the 1/2.)
    """
    p, q = sp.symbols("p q", positive=True)
    steps, k = sp.symbols("N k", positive=True)
    beta, gamma = weights(p, q)
    along = (2 + A) / 4 * (p - 1) + (2 - A) / 4 * (1 - q)
    claimed = 1 + along + (steps - k) * A * (4 - A**2) / 2
    total = beta + gamma + (steps - k - 1) * A * (4 - A**2) / 4 + sp.Rational(floor)
    run = GradientRun(A, 1)
    m = -2 * BETA / (A * (A - 1))
    kink = run.square((A - 1) * run.gradients[0] + run.gradients[1])
    lowered = BETA * run.gram[0, 0] + m * (run.slack(0, 1) + run.slack(1, 0))
    rest = m / (2 * (A - 1)) * kink + BETA / SHRINK * run.gram[1, 1]
    least = FIRST - SHRINK / (8 * A)
    forward, backward = COUPLED[1, 2], COUPLED[2, 1]
    backward_left = sp.expand(
        backward[0] + backward[1] * beta + 2 * weights(p / SHRINK, q / GROW)[0] / (A * (A - 1))
    )
    return proved_if(
        {
            "zigzag: the weights add up to c/2": sp.simplify(total - claimed / 2) == 0,
            "zigzag: a(4-a^2)/4 = a/4 + beta_0": sp.expand(A * (4 - A**2) / 4 - A / 4 - FIRST) == 0,
            "parabola: lowering the last pair leaves a square": run.identical(lowered, rest),
            "parabola: the last weight and 1/2 make c/2": sp.simplify(
                gamma + beta / SHRINK + sp.Rational(floor) - p / SHRINK / 2
            )
            == 0,
            "parabola: the forward multiplier stays nonnegative": positive_on_long_steps(
                forward[0] + forward[1] * least + 2 * least / (A * (A - 1))
            ),
            "parabola, N = 1: the backward multiplier stays nonnegative": positive_on_long_steps(
                (A - 1) / 2 + 2 * FIRST / (A * (A - 1)), zero_at_two=True
            ),
            "parabola, N > 1: the backward multiplier grows with p": positive_on_long_steps(
                backward_left.coeff(p)
            ),
            "parabola, N > 1: the backward multiplier falls with q": positive_on_long_steps(
                -backward_left.coeff(q), zero_at_two=True
            ),
            "parabola, N > 1: it is nonnegative at p = q = 1": positive_on_long_steps(
                backward_left.subs({p: 1, q: 1}), zero_at_two=True
            ),
        },
        "The exact constant c for every a in (sqrt 3, 2) and every N",
    )

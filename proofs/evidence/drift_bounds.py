"""Theorem 4 done right: additive drift, bounded decreases, geometric drift, each with its best constant.

One lemma serves all three. Let tau be the first t with L(theta_t) <= L_min + eps, and V >= 0 a function of
the gap with E[V(next gap) | past] <= V(gap) - 1 before tau. Then by induction E[min(tau, N)] <= V(first
gap) for every N, hence E[tau] <= V(first gap) - E[V(last gap)].
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.bounds.drift import (
    expected_time_bounded_decrease,
    expected_time_geometric,
    expected_time_paper,
    expected_time_sharp,
)
from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.masks import mask_of
from reference.updates import dense_step, masked_step

EPS = float(np.finfo(float).eps)


def _mean_waiting_time(probability: sp.Expr) -> sp.Expr:
    """Expected number of independent trials up to the first success: the solution of E = 1 + (1 - p) E."""
    expected = sp.Symbol("E")
    (solution,) = sp.solve(sp.Eq(expected, 1 + (1 - probability) * expected), expected)
    return solution


@evidence("T4-R1", "T4-P4", method=Method.SMT)
@control("a decrease in the mean that counts steps after tau proves nothing", counts_only_before=False)
def additive_drift_with_a_stopping_time(counts_only_before: bool = True) -> Outcome:
    """Let p_t = P(t < tau) and e_t = E[(L_t - L_(t+1)) 1(t < tau)] >= mu p_t. Then E[min(tau, N)] is the
    sum of p_t over t < N, and E L(theta_min(tau,N)) is L(theta_0) minus the sum of e_t: each step adds one
    term to both, so E L(theta_min(tau,N)) <= L(theta_0) - mu E[min(tau, N)] by induction. As L >= L_min,
    E[min(tau, N)] <= gap/mu for all N; the monotone limit and Fatou's lemma give E[tau] <= (L(theta_0) - E
    L(theta_tau))/mu <= gap/mu. Attained: L = G theta_1^2 with one of n parameters selected and eta =
    1/(2G): the loss falls from G to 0 with probability 1/n and else stays, mu = G/n given the past, and
    E[tau] = n = G/mu for every eps in (0, G) (k of n give n/k). The stated (G - eps)/(mu f_min) is at least
    G/mu exactly for eps <= (1 - f_min) G; otherwise one dense step with f = f_min, eta = 1/(2 G f_min), mu
    = G violates it: tau = 1. (`counts_only_before` is the e_t above.)
    """
    mean_loss, mean_time, start, mu, e, p = z3.Reals("mean_loss mean_time L0 mu e p")
    step = [mu > 0, p >= 0, p <= 1]
    if counts_only_before:
        step.append(e >= mu * p)
    gap, eps, share = z3.Reals("gap eps f_min")
    setting = [gap > 0, eps > 0, eps < gap, share > 0, share <= 1, mu > 0, mu <= gap]
    holds = (gap - eps) / (mu * share) >= gap / mu
    g, chosen, n = sp.symbols("G k n", positive=True)
    waiting = _mean_waiting_time(chosen / n)
    hit = masked_step([1.0, 1.0], [2 * 3.0, 0.0], 1 / 6, mask_of([0], 2))
    miss = masked_step([1.0, 1.0], [2 * 3.0, 0.0], 1 / 6, mask_of([1], 2))
    return proved_if(
        {
            "induction step": satisfiable(
                *step, mean_loss <= start - mu * mean_time, mean_loss - e > start - mu * (mean_time + p)
            )
            is None,
            "the hypotheses can hold": satisfiable(*step, mean_loss <= start - mu * mean_time) is not None,
            "masks: E[tau] = n/k = G/mu with mu = G k/n": sp.simplify(waiting - g / (g * chosen / n)) == 0,
            "stated >= G/mu if eps <= (1 - f_min) G": satisfiable(
                *setting, eps <= (1 - share) * gap, z3.Not(holds)
            )
            is None,
            "and only if": satisfiable(*setting, eps > (1 - share) * gap, holds) is None,
            "one step, mu = G: stated < 1 = tau if eps > (1 - f_min) G": satisfiable(
                *setting, mu == gap, eps > (1 - share) * gap, (gap - eps) / (mu * share) >= 1
            )
            is None,
            "reference: selected, the loss falls to 0; else it stays": abs(hit[0]) <= EPS and miss[0] == 1.0,
            "reference: one dense step of 1/(2 G f_min)": dense_step(
                [1.0], [2 * 4.0], 1 / (2 * 4.0 * 0.25), 0.25
            )[0]
            == 0.0,
        },
        "E[tau] <= (L(theta_0) - E L(theta_tau))/mu <= gap/mu, attained for every eps below the gap",
        computed=f"{expected_time_sharp(1, 0.75, 0.5)} (gap 1, eps 3/4, mu 1/2)",
        stated=f"{expected_time_paper(1, 0.75, 0.5, 0.5)} (f_min = 1/2)",
    )


@evidence("T4-R2", method=Method.SYMBOLIC)
@control("steps twice as long overshoot by more", step_factor=2)
def bounded_decreases_limit_the_overshoot(step_factor: int = 1) -> Outcome:
    """Take V = (gap - eps + d)/mu. Before tau the gap exceeds eps, so the next one exceeds eps - d and V >
    0 at tau; V falls by at least 1 per step in the mean. Hence E[tau] < (gap - eps + d)/mu. Example: slope
    1, eta = d, one of n parameters matters: a step lowers the loss by d with probability k/n, mu = d k/n.
    From gap = eps + j d + s, 0 < s, it takes j + 1 successes: E[tau] = (j + 1) n/k = (gap - eps - s +
    d)/mu, as near as one likes as s -> 0. Where the last value is eps exactly and each step has the mean
    mu, E[tau] = (gap - eps)/mu by T4-R1. (`step_factor` lengthens the step while d stays.)
    """
    gap, eps, d, mu, s, j, n, k = sp.symbols("gap eps d mu s j n k", positive=True)
    new = sp.Symbol("new_gap", positive=True)

    def potential(x: sp.Expr) -> sp.Expr:
        return (x - eps + d) / mu

    expected = (j + 1) * n / k
    formula = (gap - eps - s + d) / mu
    at_example = formula.subs({gap: eps + j * d + s, mu: d * k / n})
    before, after, allowed, most = z3.Reals("gap_before gap_after eps d")
    overshoot = [before > allowed, before - after <= step_factor * most, most > 0]
    slope_one = masked_step([3.0, 0.0], [1.0, 0.0], 1.0 * step_factor, mask_of([0], 2))
    near = expected_time_bounded_decrease(5 + 2**-20, 2, 0.5, 1)
    return proved_if(
        {
            "V(gap) - V(gap - mu) = 1": sp.simplify(potential(new) - potential(new - mu) - 1) == 0,
            "the gap at tau exceeds eps - d": satisfiable(*overshoot, after <= allowed - most) is None,
            "the example's time is (gap - eps - s + d)/mu": sp.simplify(expected - at_example) == 0,
            "reference: a selected step lowers the loss by d": slope_one[0] == 2.0,
            "expected_time_bounded_decrease exceeds the example's 8 by s/mu": near - 8.0 == 2.0**-19,
        },
        "E[tau] < (gap - eps + d)/mu, and no smaller constant than d will do",
        computed="(gap - eps + d)/mu",
        stated="(gap - eps)/(mu f_min)",
    )


@evidence("T4-R3", method=Method.SYMBOLIC)
@control("a process that shrinks more slowly takes longer than the bound", slowdown=Fraction(1, 2))
def geometric_drift_has_a_piecewise_linear_bound(slowdown: Fraction = Fraction(1)) -> Outcome:
    """Measure the gap x in units of eps and let a = 1 - rho. On x = s a^-k, 1 <= s < 1/a, k >= 0, set V(x)
    = k + 1 + a s/rho. The pieces join, their slopes a^(k+1)/rho fall with k, and the chord x/rho from 0 to
    x = 1 has the slope 1/rho: so the function C equal to the chord on [0, 1] and to V beyond is concave,
    increasing and at least V (which is 0 on [0, 1], the target). Moreover V(x) = 1 + C(a x) for x > 1. By
    Jensen's inequality E[V(X')] <= E[C(X')] <= C(E X') <= C(a x) = V(x) - 1, and the lemma gives E[tau] <=
    V(x). Approached: shrink by a surely, k times; from s go to 1 + r with probability a s/(1 + r), else to
    0; at 1 + r succeed with probability rho. This takes k + 1 + (a s/(1 + r))/rho, which tends to V as r ->
    0. The last part is what masks do on theta_1^2. (`slowdown` multiplies the shrinking of the example.)
    """
    rho, s, k, r = sp.symbols("rho s k r", positive=True)
    a = 1 - rho

    def value(piece: sp.Expr, scale: sp.Expr) -> sp.Expr:
        return piece + 1 + a * scale / rho

    def chord(x: sp.Expr) -> sp.Expr:
        return x / rho

    slope = a ** (k + 1) / rho
    shrink = 1 - rho * sp.Rational(slowdown.numerator, slowdown.denominator)
    example = k + 1 + shrink * s / (1 + r) * _mean_waiting_time(rho)
    simple = 1 + sp.log(s) - (rho + a * s)
    first, second = z3.Reals("rho s")
    numeric = [expected_time_geometric(x, 1.0, 0.5) for x in (1.0 + 2.0**-30, 2.0, 3.0, 8.0)]
    return proved_if(
        {
            "pieces join": sp.simplify(value(k, 1 / a) - value(k + 1, 1)) == 0,
            "slope of piece k": sp.simplify(sp.diff(value(k, s), s) * a**k - slope) == 0,
            "slopes fall by the factor a": sp.simplify(slope.subs(k, k + 1) / slope - a) == 0,
            "the chord meets piece 0": sp.simplify(chord(1) - value(0, 1)) == 0,
            "and is steeper": sp.simplify(slope.subs(k, 0) - a / rho) == 0,
            "V(x) = 1 + C(a x) on piece k + 1": sp.simplify(value(k + 1, s) - 1 - value(k, s)) == 0,
            "V(x) = 1 + C(a x) on piece 0": sp.simplify(value(0, s) - 1 - chord(a * s)) == 0,
            "the example tends to V": sp.simplify(sp.limit(example, r, 0) - value(k, s)) == 0,
            "rho + a s <= 1 + ln s: equality at s = 1": sp.simplify(simple.subs(s, 1)) == 0,
            "and 1/s >= a up to 1/a": satisfiable(
                first > 0, first < 1, second >= 1, second * (1 - first) <= 1, second * (1 - first) > 1
            )
            is None
            and sp.simplify(sp.diff(simple, s) - (1 / s - a)) == 0,
            "-ln a >= rho": sp.simplify(sp.diff(-sp.log(1 - rho) - rho, rho) - rho / (1 - rho)) == 0,
            "expected_time_geometric at rho = 1/2": np.allclose(
                numeric, [2.0, 3.0, 3.5, 5.0], rtol=2.0**-29, atol=0
            ),
        },
        "sup E[tau] = k + 1 + (1 - rho) s/rho, piecewise linear in the gap, at most (1 + ln(gap/eps))/rho",
        computed=f"{expected_time_geometric(100, 1, 0.1):.2f} (gap/eps = 100, rho = 0.1)",
        stated=f"{(1 + np.log(100)) / 0.1:.2f} by (1 + ln(gap/eps))/rho",
        tightness=expected_time_geometric(100, 1, 0.1) / ((1 + np.log(100)) / 0.1),
    )

"""Theorem 2, the printed proof by steps: two fail, the statement is true for another reason (T2-S1)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.soft_quantization import level_probabilities, soft_quantize


def _shares(distances: tuple[int, ...], base: Fraction) -> list[Fraction]:
    """Exact probabilities for whole distances when exp(-1/T) is the rational number `base`."""
    weights = [base**d for d in distances]
    return [w / sum(weights) for w in weights]


@evidence("T2-P1", method=Method.SYMBOLIC)
@control("with squared distances the odds are others", power=2)
def odds_of_the_nearest_level(power: int = 1) -> Outcome:
    """P_opt/P_k is the quotient of the weights, exp(-d_opt/T)/exp(-(d_opt + delta)/T) = exp(delta/T)."""
    d, delta, t = sp.symbols("d delta T", positive=True)
    odds = sp.exp(-(d**power) / t) / sp.exp(-((d + delta) ** power) / t)
    return proved_if(
        {"odds = exp(delta/T)": sp.simplify(odds - sp.exp(delta / t)) == 0}, "P_opt/P_k = exp(delta/T)"
    )


@evidence("T2-P2", method=Method.SYMBOLIC)
@control("for eps above 1 dividing by ln(1/eps) turns the inequality", eps_below_one=False)
def temperature_from_the_odds(eps_below_one: bool = True) -> Outcome:
    """ln is increasing, so exp(-delta/T) <= eps iff delta/T >= ln(1/eps); T and ln(1/eps) are positive, so
    iff T <= delta/ln(1/eps).
    """
    s, t, delta = sp.symbols("s T delta", positive=True)
    eps = 1 / (1 + s) if eps_below_one else 1 + s
    log_odds = sp.log(1 / eps)
    # delta/T - ln(1/eps) and delta/ln(1/eps) - T differ by the factor T/ln(1/eps).
    factor = sp.simplify((delta / log_odds - t) / (delta / t - log_odds))
    return proved_if(
        {
            "the two differences have a positive ratio": sp.simplify(factor - t / log_odds) == 0
            and (t / log_odds).is_positive,
            "ln increases": sp.diff(sp.log(t), t).is_positive,
        },
        "(22) is equivalent to T <= delta/ln(1/eps), for eps in (0, 1)",
    )


@evidence("T2-P3", method=Method.SMT)
@control("the largest difference does not serve all levels", smallest=False)
def common_temperature_is_the_minimum(smallest: bool = True) -> Outcome:
    """T <= delta_k/c for all k iff T <= min_k delta_k/c, c = ln(1/eps) > 0; two differences suffice, the rest
    by induction.
    """
    t, c, first, second = z3.Reals("T c delta_1 delta_2")
    chosen = z3.If(first <= second, first, second) if smallest else z3.If(first <= second, second, first)
    each = z3.And(t * c <= first, t * c <= second)
    return proved_if(
        {"equivalent": satisfiable(c > 0, t > 0, each != (t * c <= chosen)) is None},
        "The common T_f is the minimum over levels and parameters",
    )


@evidence("T2-P5", "T2-P6", method=Method.SYMBOLIC)
@control("with eps per level but twice the levels the sum is larger", others_per_level=2)
def sum_over_suboptimal_levels(others_per_level: int = 1) -> Outcome:
    """Each of the N = K - 1 suboptimal levels has P_k <= eps P_opt, so their sum is at most N eps P_opt; with
    sum 1, P_opt (1 + N eps) >= 1. Equality: levels -1, 0, 1, theta = 0, exp(-1/T) = eps.
    """
    n, eps, p = sp.symbols("N epsilon P_opt", positive=True)
    total = others_per_level * n * eps * p
    least = sp.solve(sp.Eq(p + total, 1), p)
    shares = _shares((1, 0, 1), Fraction(1, 10))
    computed = level_probabilities(np.array([0.0]), np.array([-1.0, 0.0, 1.0]), 1 / np.log(10.0))[0, 1]
    return proved_if(
        {
            "sum <= N eps P_opt": sp.simplify(total - n * eps * p) == 0,
            "P_opt >= 1/(1 + N eps)": len(least) == 1 and sp.simplify(least[0] - 1 / (1 + n * eps)) == 0,
            "attained for K = 3, eps = 1/10": shares[1] == Fraction(1) / (1 + 2 * Fraction(1, 10)),
            "reference attains it": abs(computed - 5 / 6) < 4 * np.finfo(float).eps,
        },
        "P_opt >= 1/(1 + (K-1) eps), attained by two levels at equal distance",
        tightness=1,
    )


@evidence("T2-P4", method=Method.EXACT, reading="every eps in (0, 1)")
@evidence("T2-P9", method=Method.EXACT, reading="with the factor K, every eps")
@control("with three levels the share is kept for every eps", far=(100,))
def factor_k_does_not_share_the_tolerance(far: tuple[int, ...] = (100, 100)) -> Outcome:
    """Levels 0, 1, -100, 100, theta = 0, eps = 9/10: the gap is 1 and the paper's T_f is 1/(4 ln(10/9)), so
    exp(-d/T) = (9/10)^(4d), a rational number. The level 1 has probability
    0.6561/(1 + 0.6561 + 2 (9/10)^400), about 0.396, more than eps/(K-1) = 0.3. (The three suboptimal levels
    together stay below eps, as T2-S1 says.)
    """
    distances = (0, 1, *far)
    count, eps = len(distances), Fraction(9, 10)
    shares = _shares(distances, eps**count)
    levels = np.array(sorted({0.0, 1.0, 100.0, -100.0} if count == 4 else {0.0, 1.0, 100.0}))
    temperature = 1 / (count * np.log(10 / 9))
    computed = level_probabilities(np.array([0.0]), levels, temperature)[
        0, int(np.argwhere(levels == 1.0)[0, 0])
    ]
    return refuted_if(
        hypotheses={
            "odds at the gap are eps^K, so T = gap/(K ln(1/eps))": shares[1] / shares[0] == eps**count
        },
        violated={"second level > eps/(K-1)": shares[1] > eps / (count - 1)},
        reference={"same value": abs(computed - float(shares[1])) < 16 * np.finfo(float).eps},
        witness={"levels": levels.tolist(), "theta": 0, "eps": eps, "T": f"1/({count} ln(10/9))"},
        summary="K ln(1/eps) is ln(1/eps^K), not ln(K/eps): eps is raised to a power, not shared",
        computed=f"{float(shares[1]):.4f}",
        stated=f"at most {eps / (count - 1)}",
    )


@evidence("T2-P4", method=Method.SYMBOLIC, reading="eps <= 1/2")
@evidence("T2-P9", method=Method.SYMBOLIC, reading="with the factor K, eps <= 1/2")
@control("up to eps = 9/10 the induction fails", largest=Fraction(9, 10))
def factor_k_suffices_for_small_tolerances(largest: Fraction = Fraction(1, 2)) -> Outcome:
    """P_k <= eps^K P_opt <= eps eps^m with m = K - 1, and m eps^m <= 1 for eps <= 1/2 by induction on m: it
    is at most 1/2 for m = 1, and the step from m to m + 1 multiplies the bound m c^m, c = 1/2, by
    c (m+1)/m <= 1. So every suboptimal level has at most eps/(K-1), and P_opt >= 1 - eps.
    """
    m, c = sp.symbols("m", positive=True), sp.sympify(largest)
    more = sp.symbols("k", nonnegative=True)  # m = 1 + k
    ratio = c * (m + 1) / m
    return proved_if(
        {
            "m = 1: c <= 1": c <= 1,
            "ratio of consecutive bounds": sp.simplify((m + 1) * c ** (m + 1) / (m * c**m) - ratio) == 0,
            "1 - ratio >= 0 for m >= 1": sp.factor(sp.simplify((1 - ratio).subs(m, 1 + more))).is_nonnegative,
        },
        "(K-1) eps^(K-1) <= 1 for eps <= 1/2, so each suboptimal level has at most eps/(K-1)",
    )


@evidence("T2-P9", method=Method.EXACT, reading="from (22)")
@control("with the factor K the nearest level keeps 1 - eps", power=3)
def ratio_bound_does_not_give_one_minus_eps(power: int = 1) -> Outcome:
    """Levels -1, 0, 1, theta = 0, eps = 1/10, T = 1/ln 10: each suboptimal level has exactly eps times the
    probability of the nearest, which is 1/(1 + 2/10) = 5/6 < 9/10; the others have 1/12 > eps/2. In general
    1/(1+(K-1) eps) >= 1 - eps only if (K-1)(1-eps) <= 1: for K = 2, or eps near 1. (`power` p:
    exp(-1/T) = eps^p; the factor K means p = K.)
    """
    eps = Fraction(1, 10)
    shares = _shares((1, 0, 1), eps**power)
    temperature = 1 / (power * np.log(10.0))
    computed = level_probabilities(np.array([0.0]), np.array([-1.0, 0.0, 1.0]), temperature)[0]
    n, e = sp.symbols("N epsilon", positive=True)
    excess = 1 / (1 + n * e) - (1 - e)
    return refuted_if(
        hypotheses={
            "(22): P_k <= eps P_nearest": all(s <= eps * shares[1] for s in shares[::2]),
            "1/(1+N eps) - (1-eps) has the sign of 1 - N (1-eps)": sp.simplify(
                excess - e * (1 - n * (1 - e)) / (1 + n * e)
            )
            == 0,
        },
        violated={
            "P_nearest < 1 - eps": shares[1] < 1 - eps,
            "P_k > eps/(K-1)": shares[0] > eps / 2,
        },
        reference={
            "same probabilities": np.abs(computed - [float(s) for s in shares]).max()
            < 4 * np.finfo(float).eps
        },
        witness={"levels": "-1, 0, 1", "theta": 0, "eps": eps, "T": "1/ln 10"},
        summary="(22) gives 1/(1+(K-1) eps), which is below 1 - eps unless (K-1)(1-eps) <= 1",
        computed=f"P_nearest = {shares[1]}, others {shares[0]}",
        stated=f"at least {1 - eps}, at most {eps / 2}",
    )


@evidence("T2-P10", method=Method.BALL)
@control("at T = 2 the quantizer does carry the parameter away", temperature=Fraction(2))
def level_probability_is_no_chance_of_leaving(temperature: Fraction = Fraction(1, 2)) -> Outcome:
    """Levels -1 and 1, T = 1/2, zero gradient, no noise, theta_0 = 1. The level -1 has probability
    1/(1+e^4), about 0.018, there. A step replaces theta by S(theta) = tanh(2 theta), which maps [0.9, 1] into
    itself: the parameter never comes near -1. The chance of leaving is 0 in each step, not 0.018.
    """
    other = 1 / (1 + ball(2 / temperature).exp())
    least = ball(Fraction(9, 10) / temperature).tanh()
    levels, theta = np.array([-1.0, 1.0]), np.array([1.0])
    probability = level_probabilities(theta, levels, float(temperature))[0, 0]
    for _ in range(1000):
        theta = soft_quantize(theta, levels, float(temperature))
    return refuted_if(
        hypotheses={"level 1 is the likelier one at theta_0": other < ball(Fraction(1, 2))},
        violated={
            "S is increasing and maps 0.9 above 0.9: no step leaves [0.9, 1]": least > ball(Fraction(9, 10)),
            "the other level has a positive probability all the same": other > 0,
        },
        reference={
            "same probability": abs(probability - float(other.mid())) < 4 * np.finfo(float).eps,
            "1000 steps of soft_quantize stay above 0.9": bool(theta[0] > 0.9),
        },
        witness={"levels": "-1, 1", "theta_0": 1, "T": "1/2", "loss": "constant"},
        summary="The level probabilities are the weights of a mean; no step draws a level",
        computed="chance 0",
        stated=f"chance {float(other.mid()):.4f}",
    )

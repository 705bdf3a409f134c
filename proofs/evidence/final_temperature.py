"""Theorem 2: how cold is cold enough that a parameter is decided for its nearest level.

The paper's temperature always suffices, though not by the argument printed; it is colder than
needed by a factor of about K. What "decided" is said to imply (optimality, no motion) does not follow.
Notation: z = exp(-gap/T), the gap being the distance to the second nearest level minus that to the nearest.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.bounds import final_temperature_paper, final_temperature_sharp
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.soft_quantization import level_probabilities, soft_quantize


@evidence("T2-S1", "T2-S2", method=Method.SYMBOLIC)
@control("without the factor K in the denominator it fails", exponent=1)
def paper_final_temperature_suffices(exponent: int | None = None) -> Outcome:
    """All K - 1 other levels have weight at most z against the nearest one, so together they hold at most
    (K-1) z / (1 + (K-1) z), which is at most eps exactly when (K-1) z (1-eps) <= eps. The paper's temperature
    gives z <= eps^K, so it is enough that m eps^m (1-eps) <= 1 with m = K - 1. The left side is 0 at eps = 0
    and 1 and has one critical point between, m/(m+1), where it is (m/(m+1))^(m+1) < 1. So the statement holds
    for every K >= 2, every eps in (0, 1), every level set and every theta with a positive gap.
    (`exponent` replaces K in z <= eps^K; with 1, the proof's own version, eps >= 1 - 1/(K-1) is needed.)
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
        computed=f"T = {final_temperature_sharp(1, 256, 0.01):.4g} gap suffices (K=256, eps=0.01)",
        stated=f"T = {final_temperature_paper(1, 256, 0.01):.4g} gap",
        tightness=final_temperature_sharp(1, 256, 0.01) / final_temperature_paper(1, 256, 0.01),
    )


@evidence("T2-S2", method=Method.BALL, reading="equivalent to each level <= eps")
@control("with two levels the two statements are the same", levels=(-1, 0))
def bounds_per_level_and_in_total_differ(levels: tuple[int, ...] = (-1, 0, 1)) -> Outcome:
    """Levels -1, 0, 1, theta = 0, T = 1/ln 4, so that the weights are 1/4, 1, 1/4: each other level has
    probability 1/6, the nearest 2/3. With eps = 1/5 every suboptimal level is at most eps, and the nearest is
    below 1 - eps. (The paper's T_f is cold enough for both, but not because they are equivalent.)
    """
    weights = [Fraction(1, 4 ** abs(q)) for q in levels]
    shares = [w / sum(weights) for w in weights]
    nearest = levels.index(0)
    eps = Fraction(1, 5)
    computed = level_probabilities(np.array([0.0]), np.array(levels, float), 1 / np.log(4.0))[0, nearest]
    return refuted_if(
        hypotheses={"each other level <= eps": all(s <= eps for k, s in enumerate(shares) if k != nearest)},
        violated={"nearest level < 1 - eps": shares[nearest] < 1 - eps},
        reference={"same value": abs(computed - float(shares[nearest])) < 4 * np.finfo(float).eps},
        witness={
            "levels": levels,
            "theta": 0,
            "T": "1/ln 4",
            "eps": eps,
            "probabilities": [str(s) for s in shares],
        },
        summary="At most eps for each of K - 1 levels allows (K-1) eps in total",
        computed=f"P_nearest = {shares[nearest]}",
        stated=f"at least {1 - eps}",
    )


@evidence("T2-S3", method=Method.SMT)
@control("on levels that are not equally spaced the gap is another", left=Fraction(1, 2))
def gap_on_a_uniform_grid(left: Fraction = Fraction(1)) -> Outcome:
    """Theta at distance u <= h/2 from its nearest level 0, on the side of level h: the candidates for the
    second nearest are h, at h - u, and -h, at h + u. So the gap is h - 2u, between 0 and h, zero exactly at
    the midpoint. At or beyond an end the next level is h farther: gap h. (`left`: level below at -left h.)
    """
    u, h, second = z3.Reals("u h second")
    below = z3.RealVal(str(left)) * h + u
    setting = z3.And(h > 0, u >= 0, u <= h / 2, second == z3.If(h - u <= below, h - u, below))
    gap = second - u
    return proved_if(
        {
            "gap = h - 2u": satisfiable(setting, gap != h - 2 * u) is None,
            "0 <= gap <= h": satisfiable(setting, z3.Or(gap < 0, gap > h)) is None,
            "gap = 0 exactly at the midpoint": satisfiable(setting, (gap == 0) != (u == h / 2)) is None,
        },
        "gap = h - 2 (distance to the nearest level) inside the grid, h outside; zero exactly at midpoints",
    )


@evidence("T2-S4", "T2-P11", method=Method.BALL)
@control("with four times the slope the parameter leaves the level", slope=Fraction(1))
def cold_quantizer_freezes_away_from_optima(slope: Fraction = Fraction(1, 4)) -> Outcome:
    """Levels -1 and 1, L(theta) = (theta+1)^2/8 (strongly convex, its minimum is the level -1), learning rate
    1, T = 1/10, no noise. From any theta in [0.99, 1] the gradient step proposes (3 theta - 1)/4 >= 0.4925,
    and S(0.4925) = tanh(4.925) > 0.99, while S < 1 always. So a parameter that starts at 1 stays in
    [0.99, 1] for ever, where the slope of L is at least 0.49; T = 1/10 is below Theorem 2's T_f for
    eps = 1/100 (gap at least 1.98). (`slope` c: L = c (theta+1)^2/2.)
    """
    temperature, eps, low = Fraction(1, 10), Fraction(1, 100), Fraction(99, 100)
    proposals = [theta - slope * (theta + 1) for theta in (low, Fraction(1))]
    least = (ball(min(proposals)) / ball(temperature)).tanh()  # S(theta) = tanh(theta/T) on [-1, 1]
    allowed = 2 * ball(low) / (2 * (1 / ball(eps)).log())
    theta, levels = np.array([1.0]), np.array([-1.0, 1.0])
    for _ in range(200):
        theta = soft_quantize(theta - float(slope) * (theta + 1.0), levels, float(temperature))
    return refuted_if(
        hypotheses={
            "T <= gap/(K ln(1/eps)) on [0.99, 1]": ball(temperature) < allowed,
            "proposals stay in the hull": all(-1 <= p <= 1 for p in proposals),
        },
        violated={
            "[0.99, 1] is mapped into itself": least > ball(low),
            "the slope of L there is at least 0.49": slope * (1 + low) > Fraction(49, 100),
        },
        reference={"soft_quantize, 200 steps from 1: still in [0.99, 1]": 0.99 <= theta[0] <= 1.0},
        witness={
            "levels": "-1, 1",
            "loss": "(theta+1)^2/8",
            "learning rate": 1,
            "T": temperature,
            "theta_0": 1,
        },
        summary="The energy is the distance to a level, not the loss: a cold parameter stays where L falls",
        computed="slope of L >= 0.49 for ever",
        stated="settles at a local optimum",
    )


@evidence("T2-S5", method=Method.EXACT, reading="every theta")
@control("off the midpoint there is one", theta=Fraction(1, 2))
def no_final_temperature_at_a_midpoint(theta: Fraction = Fraction(0)) -> Outcome:
    """Levels -1 and 1, theta = 0: the gap is 0, so T_f <= 0; at every T > 0 both levels have probability 1/2.
    One such parameter among n makes min_i DeltaE zero.
    """
    gap = abs(abs(theta - 1) - abs(theta + 1))
    rows = [
        level_probabilities(np.array([float(theta)]), np.array([-1.0, 1.0]), t)[0]
        for t in (1e-300, 1.0, 1e300)
    ]
    return refuted_if(
        hypotheses={"levels differ": abs(1 - (-1)) == 2},
        violated={"gap is 0, so no T > 0 has T <= gap/(K ln(1/eps))": gap == 0},
        reference={
            "probabilities are 1/2 at T = 1e-300, 1 and 1e300": all((row == 0.5).all() for row in rows)
        },
        witness={"levels": "-1, 1", "theta": theta},
        summary="At a midpoint no temperature decides",
        computed="T_f <= 0",
        stated="T_f > 0",
    )


@evidence("T2-S5", method=Method.SYMBOLIC, reading="no parameter at a midpoint")
@control("with a gap of zero there is none", gap=0)
def final_temperature_exists_off_midpoints(gap: int | None = None) -> Outcome:
    """Finitely many positive gaps have a positive minimum g, and g/(K ln(1/eps)) > 0. How small: if theta
    lies anywhere in its cell with equal chance, gap/h is uniform on [0, 1], and the least of n has the mean
    1/(n+1): the T_f that serves all of n parameters shrinks like 1/n.
    """
    g, count, n, s = sp.symbols("g K n s", positive=True)
    eps = 1 / (1 + s)  # any eps in (0, 1)
    least = (g if gap is None else sp.Integer(gap)) / (count * sp.log(1 / eps))
    mean = sp.integrate((1 - s) ** n, (s, 0, 1))
    temperature = 1 / (1e6 + 1) * final_temperature_paper(1.0, 256, 0.01)
    return proved_if(
        {
            "T_f is positive": least.is_positive,
            "mean of the least of n gaps is h/(n+1)": sp.simplify(mean - 1 / (n + 1)) == 0,
        },
        "T_f > 0 exists iff no parameter is at a midpoint; for n random ones it is about h/(n K ln(1/eps))",
        computed=f"mean T_f = {temperature:.1e} h (n = 10^6, K = 256, eps = 0.01)",
    )

"""Entropy of the level probabilities: how small and how large it can be, and what it does not know.

The two results at the top carry every statement about the temperature schedule. The entropy of a
parameter depends on its position between the levels and on the temperature, never on the loss.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from proofs.truncated_geometric import entropy
from reference.entropy import level_entropy
from reference.soft_quantization import level_probabilities, soft_quantize

EPS = float(np.finfo(float).eps)


@evidence("ENT-R1", method=Method.SYMBOLIC)
@control("a variance bound below a quarter of the squared range is no bound", quarter=Fraction(6, 25))
def entropy_stays_near_its_maximum(quarter: Fraction = Fraction(1, 4)) -> Outcome:
    """Write b = 1/T, d_k for the distances, Z, B, C for the sums over k of e^(-b d_k) times 1, d_k, d_k^2.
    Term by term Z' = -B and B' = -C, so H = log Z + b B/Z has dH/db = -b (C/Z - (B/Z)^2) = -b Var(d).
    The distances lie in [m, m + R] with R = DeltaE, and (d - m)(m + R - d) >= 0 has the mean
    (mu - m)(m + R - mu) - Var, so Var <= R^2/4 - (mu - m - R/2)^2 <= R^2/4 for every law.
    From H = log K at b = 0 follows H >= log K - (R^2/4) b^2/2. For two levels the deficit over (R/T)^2
    tends to 1/8 as T grows (and so it does for K/2 levels near each end), so 1/8 is best.
    (`quarter` replaces the 1/4.)
    """
    b, s, d, m, spread, mu, x = sp.symbols("b s d m R mu x", positive=True)
    zero, one, two = (sp.Function(name)(b) for name in "ZBC")
    slope = sp.diff(sp.log(zero) + b * one / zero, b).subs({zero.diff(b): -one, one.diff(b): -two})
    second, term = sp.Symbol("second_moment"), sp.exp(-b * d)
    constant, first, square = reversed(sp.Poly((d - m) * (m + spread - d), d).all_coeffs())
    mean = constant + first * mu + square * second
    bound = sp.Rational(quarter.numerator, quarter.denominator)
    two_levels = sp.log(1 + sp.exp(-x)) + x * sp.exp(-x) / (1 + sp.exp(-x))
    return proved_if(
        {
            "Z' = -B and B' = -C, term by term": sp.diff(term, b) == -d * term
            and sp.diff(d * term, b) == -(d**2) * term,
            "dH/db = -b Var": sp.simplify(slope + b * (two / zero - (one / zero) ** 2)) == 0,
            "mean of (d-m)(m+R-d) is (mu-m)(m+R-mu) - Var": sp.expand(
                mean - ((mu - m) * (m + spread - mu) - (second - mu**2))
            )
            == 0,
            "the bound exceeds (mu-m)(m+R-mu) by a square": sp.expand(
                bound * spread**2 - (mu - m) * (m + spread - mu) - (mu - m - spread / 2) ** 2
            )
            == 0,
            "integral of the bound is R^2 b^2 / 8": sp.simplify(
                sp.integrate(s * bound * spread**2, (s, 0, b)) - spread**2 * b**2 / 8
            )
            == 0,
            "two levels attain 1/8 in the limit": sp.series(sp.log(2) - two_levels, x, 0, 3).removeO()
            == x**2 / 8,
        },
        "H >= log K - DeltaE^2/(8 T^2) for every level set and parameter; no constant below 1/8 will do",
        computed="1/8, approached by two levels as T grows",
    )


def _distance(value: z3.ArithRef) -> z3.ArithRef:
    return z3.If(value >= 0, value, -value)


@evidence("ENT-R2", method=Method.SYMBOLIC)
@control("levels twice as far apart than assumed break the lower bound", factor=2)
@control("levels closer than assumed break the upper bound", factor=Fraction(1, 2))
def entropy_range_by_spacing(factor: int | Fraction = 1) -> Outcome:
    """Neighbouring levels at most h apart for the lower, at least h apart for the upper bound; sort the
    distances of theta to them. (1) The next distance is at most h more: some level outside the i nearest is
    next to one of them, and |theta - q -+ h| <= |theta - q| + h. (2) Two places on it is at least h more: of
    three levels two lie on the same side of theta, and their distances differ by h or more. (3) Larger
    increments mean less entropy: moving sorted distances d_i with velocities e_i changes H at the rate
    -Cov(d, e)/T^2, and 2 Cov = E (d - d')(e - e') over independent pairs, each product being >= 0 if e is
    sorted like d; so it is along the straight line to distances with larger increments. With (1) H(theta) is
    at least the entropy H_K of the law exp(-i h/T), where all increments are h: theta at an end of a uniform
    grid. (4) Odd and even places of the sorted law, of masses l and 1 - l, have by (2) and (3) entropies at
    most A = H_ceil(K/2) and B = H_floor(K/2), so H is at most h(l) + l A + (1-l) B = log(e^A + e^B) - KL(l |
    e^A/(e^A+e^B)). On a uniform grid with even K theta at the centre attains it: every distance occurs twice.
    (`factor`: neighbours lie factor times h apart.)
    """
    theta, q, other, h = z3.Reals("theta q other h")
    gap = z3.RealVal(str(factor)) * h
    too_far = satisfiable(h > 0, _distance(theta - q - gap) > _distance(theta - q) + h)
    too_near = satisfiable(
        h > 0, q >= theta, other >= q + gap, _distance(theta - other) < _distance(theta - q) + h
    )
    z, s = sp.symbols("beta s", positive=True)
    zero, dist, speed, mixed = (sp.Function(name)(s) for name in ("Z", "B", "V", "M"))
    place = sp.Function("d")(s)
    term = sp.exp(-z * place)
    rate = sp.diff(sp.log(zero) + z * dist / zero, s)
    rate = rate.subs({zero.diff(s): -z * speed, dist.diff(s): speed - z * mixed})
    covariance = mixed / zero - dist * speed / zero**2
    mass, a, c = sp.symbols("l A B", positive=True)
    best = sp.exp(a) / (sp.exp(a) + sp.exp(c))
    mixture = -mass * sp.log(mass) - (1 - mass) * sp.log(1 - mass) + mass * a + (1 - mass) * c
    divergence = mass * (sp.log(mass) - sp.log(best)) + (1 - mass) * (sp.log(1 - mass) - sp.log(1 - best))
    gain = sp.expand_log(sp.simplify(sp.log(sp.exp(a) + sp.exp(c)) - mixture - divergence), force=True)
    count, x = 256, 0.1
    grid = np.arange(count) * x
    ends = level_entropy(np.array([grid[0], grid.mean()]), grid, 1.0)
    formula = [float(entropy(count, ball("0.1"))), float(entropy(count // 2, ball("0.1"))) + np.log(2)]
    return proved_if(
        {
            "(1) a neighbour is at most h farther": too_far is None,
            "(2) of two levels on one side the outer is at least h farther": too_near is None,
            "(3) Z' = -b V, B' = V - b M, term by term": sp.simplify(
                sp.diff(place * term, s) - place.diff(s) * term + z * place * place.diff(s) * term
            )
            == 0,
            "(3) dH = -b^2 Cov(d, e)": sp.simplify(rate + z**2 * covariance) == 0,
            "(4) entropy of the two halves": sp.simplify(gain) == 0,
            "reference attains both for K = 256, h/T = 1/10": bool(
                np.all(np.abs(ends - formula) <= 4 * EPS * np.log(count))
            ),
        },
        "H_K(h_max/T) <= H(theta) <= log(exp H_ceil(K/2) + exp H_floor(K/2)) at h_min/T, for every theta",
        computed="least at the ends of the grid; largest at its centre (even K)",
    )


@evidence("ENT-1", method=Method.SMT)
@control("if levels may coincide three of them can be equally far", distinct=False)
def total_entropy_is_at_most_n_log_k(distinct: bool = True) -> Outcome:
    """Each term -P log P is positive, as 0 < P < 1 for K >= 2. With t = K P the gap is log K - H =
    mean of t log t >= mean of (t - 1) = 0, because t log t - t + 1 has its only minimum, 0, at t = 1. So
    0 < H_i <= log K, with equality only if all P are equal, i.e. all levels equally far from theta_i; three
    distinct levels never are. So the sum over n parameters lies in (0, n log K], and reaches the end only
    for K = 2 with every parameter at the midpoint.
    """
    t = sp.Symbol("t", positive=True)
    excess = t * sp.log(t) - t + 1
    theta, *q = z3.Reals("theta q1 q2 q3")
    far = [z3.If(theta >= level, theta - level, level - theta) for level in q]
    unequal = [q[0] < q[1], q[1] < q[2]] if distinct else []
    midpoint = level_entropy(np.array([0.0]), np.array([-1.0, 1.0]), 0.3)[0]
    return proved_if(
        {
            "t log t - t + 1 is stationary only at t = 1": sp.solve(sp.diff(excess, t), t) == [1],
            "it is convex": sp.diff(excess, t, 2).is_positive,
            "it is 0 there": excess.subs(t, 1) == 0,
            "three distinct levels are never equally far": satisfiable(
                far[0] == far[1], far[1] == far[2], *unequal
            )
            is None,
            "reference: two levels, midpoint": bool(midpoint == np.log(2)),
        },
        "0 < H <= n log K; n log K is attained only for K = 2 with all parameters at the midpoint",
    )


@evidence("ENT-5", method=Method.BALL)
@control("a step that stays at the start leaves loss and entropy where they were", step=Fraction(0))
def loss_falls_to_its_minimum_while_entropy_rises_to_its_maximum(step: Fraction = Fraction(1)) -> Outcome:
    """Entropy is a function of position and temperature alone. Levels -1 and 1, T = 2, loss theta^2/2,
    learning rate 1, start 1. The gradient step proposes 0, and S(0) = 0: the loss falls from 1/2 to its
    minimum 0. The entropy rises from H(1) < log 2 to log 2, the largest value there is. The same happens
    on every grid with even K whose loss has its minimum at the centre (ENT-R2).
    """
    start, temperature = Fraction(1), 2
    end = start - step * start  # S keeps 0 where it is, by symmetry
    before = entropy(2, ball(Fraction(2, temperature)))
    after = ball(2).log() if end == 0 else before
    levels = np.array([-1.0, 1.0])
    moved = soft_quantize(np.array([float(end)]), levels, temperature)[0]
    seen = level_entropy(np.array([1.0, moved]), levels, temperature)
    return refuted_if(
        hypotheses={"the loss falls": start**2 > end**2, "to its minimum": end == 0},
        violated={"entropy rises at fixed temperature": after > before},
        reference={"S(0) = 0": moved == 0.0, "level_entropy rises to log 2": seen[0] < seen[1] == np.log(2)},
        witness={
            "levels": "-1, 1",
            "T": temperature,
            "loss": "theta^2/2",
            "learning rate": step,
            "theta": "1 -> 0",
        },
        summary=(
            "A perfect training step can raise the entropy: it measures the place between levels, not "
            "confidence"
        ),
        computed=f"H rises from {float(before):.4f} to log 2 = {float(after):.4f}",
        stated="H falls as training proceeds",
    )


@evidence("ENT-8", method=Method.EXACT, reading="optimal in loss")
@control(
    "a loss that grows with the distance from theta makes the nearest level the best", minimum=Fraction(1)
)
def cold_quantizer_prefers_a_worse_level(minimum: Fraction = Fraction(-1)) -> Outcome:
    """Levels -1 and 1, theta = 3/5, loss (theta + 1)^2. The odds of level 1 against level -1 are
    exp((8/5 - 2/5)/T) = exp(6/(5T)) > 1 and grow without bound as T falls, yet the loss at 1 is 4 and at -1
    it is 0: the weight moves to the worse level. (`minimum`: where the loss is least.)
    """
    theta, levels = Fraction(3, 5), (Fraction(-1), Fraction(1))
    loss = [(level - minimum) ** 2 for level in levels]
    advantage = abs(theta - levels[0]) - abs(theta - levels[1])  # log odds of level 1, times T
    grid = np.array([-1.0, 1.0])
    shares = [level_probabilities(np.array([0.6]), grid, t)[0, 1] for t in (2.0, 1.0, 0.5, 0.1)]
    return refuted_if(
        hypotheses={"log odds of level 1 are a positive number over T": advantage > 0},
        violated={"level 1 has the larger loss": loss[1] > loss[0]},
        reference={"weight of level 1 grows as T falls": all(a < b for a, b in itertools.pairwise(shares))},
        witness={"levels": "-1, 1", "theta": theta, "loss": "(theta+1)^2", "log odds times T": advantage},
        summary="As T falls the weight goes to the nearest level, which may be the one with the largest loss",
        computed=f"loss {loss[1]} at the level that wins, {loss[0]} at the other",
        stated="shifts to optimal states",
    )


@evidence("ENT-8", method=Method.SYMBOLIC, reading="optimal in distance")
@control("for the farthest level the sign is the other one", nearest=False)
def cold_quantizer_prefers_the_nearest_level(nearest: bool = True) -> Outcome:
    """With b = 1/T the weight of a level at distance g is P = e^(-b g)/Z, and Z'/Z = -mean(d), so
    dP/db = P (mean(d) - g). The mean distance is at least the smallest one, strictly unless all are equal,
    so the weight of a nearest level never falls as T falls, and sup = 1/(number of nearest levels).
    """
    b, g, mean, excess = sp.symbols("b g mean excess", positive=True)
    total = sp.Function("Z")(b)
    weight = sp.exp(-b * g) / total
    slope = sp.diff(weight, b).subs(total.diff(b), -mean * total)
    # Distances at or above the smallest: mean = g + excess; at or below the largest: mean = g - excess.
    at = g + excess if nearest else g - excess
    return proved_if(
        {
            "dP/db = P (mean - g)": sp.simplify(slope - weight * (mean - g)) == 0,
            "it is positive": sp.simplify(slope.subs(mean, at) / weight).is_positive,
        },
        "The weight of the nearest level increases as T falls, at every theta",
    )

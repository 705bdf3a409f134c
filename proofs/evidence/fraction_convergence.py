"""Theorem 3, what is true: descent, vanishing gradients and updates for steps below 2/Lc; and where it
stops.

Even for small steps on a smooth coercive loss the limit need not be a local minimiser, from open sets of
starts.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.masks import mask_of
from reference.trajectories import blockwise_trajectory, dense_trajectory, masked_trajectory
from reference.validation import FloatArray

EPS = float(np.finfo(float).eps)


@evidence("T3-R2", method=Method.SMT)
@evidence("T3-P9", method=Method.SMT, reading="eta f Lc bounded below 2")
@control("beyond b = 2 the guaranteed decrease is not positive", bound=Fraction(9, 4))
def short_steps_make_gradient_and_updates_vanish(bound: Fraction = Fraction(2)) -> Outcome:
    """With h = eta f(t), the integral form of Taylor's theorem and the Lipschitz gradient give L(theta - h
    g) <= L(theta) - h |g|^2 + Lc h^2 |g|^2/2 = L - h (1 - h Lc/2)|g|^2 (BLK-R3 with M = I), and h >= eta
    f_min, h Lc <= b make this at most L - k |g|^2 with k = eta f_min (1 - b/2) > 0. The sum telescopes: k
    sum |g_t|^2 <= L(theta_0) - L_min, so g_t -> 0; the updates are at most (b/Lc)|g_t| and vanish; the loss
    falls and converges, so f -> f_min (T3-R1); by continuity limit points are stationary. On Lc theta^2/2
    with constant f, g is multiplied by 1 - b per step, and sum g_t^2 = g_0^2/(b (2 - b)) equals the bound.
    (`bound` is what b stays below.)
    """
    h, least, curvature, b, square, drop = z3.Reals("h eta_f_min Lc b g_square drop")
    top = z3.Q(bound.numerator, bound.denominator)
    rule = [least > 0, h >= least, curvature > 0, h * curvature <= b, b < top, b > 0, square > 0]
    descent = drop >= h * (1 - h * curvature / 2) * square
    ratio, start, lc = sp.symbols("b g_0 L_c", positive=True)
    geometric = start**2 / (1 - (1 - ratio) ** 2)
    attained = (start**2 / (2 * lc)) / (ratio / lc * (1 - ratio / 2))
    points = dense_trajectory([1.0], lambda theta: theta, 1.0, [0.5] * 60)[:, 0]
    return proved_if(
        {
            "decrease at least eta f_min (1 - b/2)|g|^2": satisfiable(
                *rule, descent, drop < least * (1 - b / 2) * square
            )
            is None,
            "which is positive": satisfiable(*rule, least * (1 - b / 2) * square <= 0) is None,
            "the hypotheses can hold": satisfiable(*rule, descent) is not None,
            "attained: sum of (1-b)^2t g_0^2 = gap / (h (1 - b/2))": sp.simplify(geometric - attained) == 0,
            "reference: theta^2/2, h = 1/2": abs(float(np.sum(points**2)) - 0.5 / (0.5 * 0.75)) <= 64 * EPS,
        },
        "Below 2/Lc the squared gradients are summable and the updates vanish",
        computed="eta f(t) Lc <= b < 2",
        stated="eta > 0",
    )


@evidence("T3-R2", method=Method.SMT, version="masked")
@evidence("T3-R2", method=Method.SMT, version="blockwise")
@control("a parameter that is selected ever more rarely keeps its gradient", bounded_gaps=False)
def masked_short_steps_make_updates_and_gradient_vanish(bounded_gaps: bool = True) -> Outcome:
    """BLK-R3: each step lowers the loss by at least eta (1 - b/2)|M g|^2, so these squares add up to at
    most (L(theta_0) - L_min)/(eta (1 - b/2)) and M g -> 0, whatever the masks; the updates are eta |M g|.
    Let s be the last step up to t that selected parameter i, t - s < P. Then |g_i(t)| <= |g_i(s)| + Lc (sum
    of the |updates| from s to t), at most P + 1 terms that tend to 0. In consecutive permutations of B
    blocks two visits of one block are at most 2B - 1 steps apart (first, then last). For uniform masks of k
    >= 1 the mean of |M g|^2 given the past is (k/n)|g|^2 >= |g|^2/n, so the sum of E|g|^2 is finite and g
    -> 0 almost surely. (`bounded_gaps` keeps t - s < P.)
    """
    eta, curvature, square, drop, b = z3.Reals("eta Lc Mg_square drop b")
    rule = [eta > 0, curvature > 0, eta * curvature <= b, b < 2, square > 0]
    descent = drop >= eta * (1 - eta * curvature / 2) * square
    now, then, path, updates, longest, small = z3.Reals("g_now g_then path updates P small")
    gap = [updates <= longest] if bounded_gaps else []
    chain = [now <= then + curvature * path, then <= small, path <= updates * small, small >= 0, *gap]
    widest = {
        count: max(
            (count - first.index(block)) + second.index(block)
            for first in permutations(range(count))
            for second in permutations(range(count))
            for block in range(count)
        )
        for count in range(1, 5)
    }
    n, k, norm = z3.Reals("n k g_square")
    points = blockwise_trajectory([1.0, -3.0], lambda p: p, 0.5, [[0], [1]], [[0, 1], [1, 0]] * 20)
    return proved_if(
        {
            "decrease at least eta (1 - b/2)|M g|^2 > 0": satisfiable(
                *rule, descent, z3.Or(drop < eta * (1 - b / 2) * square, drop <= 0)
            )
            is None,
            "the hypotheses can hold": satisfiable(*rule, descent) is not None,
            "|g_i| <= (1 + P Lc) max of terms that tend to 0": satisfiable(
                *chain, curvature > 0, longest >= 1, now > (1 + longest * curvature) * small
            )
            is None,
            "visits of a block at most 2B - 1 apart": all(
                gap == 2 * count - 1 for count, gap in widest.items()
            ),
            "k/n >= 1/n": satisfiable(k >= 1, n >= k, norm >= 0, n * (k / n * norm) < norm) is None,
            "reference: blocks": bool(np.max(np.abs(points[-1])) <= 3 * 0.5**40),
        },
        "With eta Lc < 2 masked updates vanish for all masks, and the gradient if no parameter is left out",
        computed="eta Lc <= b < 2",
        stated="eta > 0",
    )


@evidence("T3-A1", method=Method.SMT, reading="eta f Lc <= 2")
@control("a longer step can raise the loss", bound=Fraction(5, 2))
def steps_up_to_two_over_curvature_never_ascend(bound: Fraction = Fraction(2)) -> Outcome:
    """The change is at most -h (1 - h Lc/2)|g|^2 (as in T3-R2), which is not positive for 0 <= h Lc <= 2; on
    Lc theta^2/2 it is exactly that, so 2 is the largest such bound.
    """
    h, curvature, square = z3.Reals("h Lc g_square")
    rule = [h >= 0, curvature > 0, h * curvature <= z3.Q(bound.numerator, bound.denominator), square >= 0]
    points = dense_trajectory([1.0], lambda theta: theta, 2.0, [1.0] * 5)[:, 0]
    return proved_if(
        {
            "no ascent": satisfiable(*rule, -h * (1 - h * curvature / 2) * square > 0) is None,
            "the hypotheses can hold with a gradient": satisfiable(*rule, square > 0, h > 0) is not None,
            "reference at h Lc = 2: the loss is constant": bool(np.all(np.abs(points) == 1.0)),
        },
        "No step with eta f Lc <= 2 raises the loss",
        computed="eta f Lc <= 2",
        stated="always",
    )


@evidence("T3-S3", method=Method.SMT, version="dense")
@evidence("T3-P12", method=Method.SMT, version="dense")
@evidence("T3-S3", method=Method.SMT, version="masked")
@evidence("T3-P12", method=Method.SMT, version="masked")
@evidence("T3-S3", method=Method.SMT, version="blockwise")
@evidence("T3-P12", method=Method.SMT, version="blockwise")
@control("without the cubic term 0 is the minimiser", cubic=0)
def small_steps_converge_to_an_inflection(cubic: int = 1) -> Outcome:
    """L(x) = x^4/4 + x^3/3 is coercive with L' = x^2 (x + 1): its only local minimum is -1, and 0 is an
    inflection. A step h in (0, 1/4] from x in (0, 1] leads to x - h x^2 (x + 1), which is in [x/2, x): the
    run falls and never passes 0, whatever f(t) is, as long as eta f(t) <= 1/4. With f >= f_min it converges
    to 0 (T3-R2: L'' <= 5 between 0 and 1). So from the whole interval (0, 1] the run settles at a point
    with lower losses arbitrarily near. The same holds coordinate by coordinate for sums of such functions,
    for masks and for blocks, where a step is 0 or eta. (`cubic` is the coefficient of x^3/3.)
    """
    x, h = z3.Reals("x h")
    step = x - h * (x * x * x + cubic * x * x)
    start = [x > 0, x <= 1, h > 0, h <= z3.Q(1, 4)]
    theta = sp.Symbol("theta", real=True)
    loss = theta**4 / 4 + sp.Rational(cubic, 3) * theta**3
    minima = [
        root
        for root in sp.solve(sp.diff(loss, theta), theta)
        if sp.diff(loss, theta, 2).subs(theta, root) > 0
    ]

    def slope(point: FloatArray) -> FloatArray:
        return np.asarray(point**3 + cubic * point**2, dtype=np.float64)

    dense = dense_trajectory([1.0], slope, 0.5, [0.5, 0.01, 0.3] * 100)
    masked = masked_trajectory([1.0, 0.5], slope, 0.25, [mask_of([t % 2], 2) for t in range(200)])
    blocks = blockwise_trajectory([1.0, 0.5], slope, 0.25, [[0], [1]], [[0, 1], [1, 0]] * 50)
    return refuted_if(
        hypotheses={
            "L is coercive": sp.degree(loss, theta) == 4 and sp.LC(loss, theta) > 0,
            "h L'' < 2 on (0, 1]": sp.Rational(1, 4) * sp.diff(loss, theta, 2).subs(theta, 1) < 2,
        },
        violated={
            "x/2 <= x' < x": satisfiable(*start, z3.Or(step < x / 2, step >= x)) is None,
            "the only local minimum is -1": minima == [-1],
            "0 is stationary": sp.diff(loss, theta).subs(theta, 0) == 0,
            "with smaller values as near as one likes": satisfiable(
                x < 0, x > -1, x * x * x * x / 4 + cubic * x * x * x / 3 >= 0
            )
            is None,
        },
        witness={"L": loss, "starting points": "(0, 1]", "eta f(t)": "in (0, 1/4]", "limit": 0},
        reference={
            "dense": bool(np.all(np.diff(dense[:, 0]) < 0) and np.all(dense > 0)),
            "masked": bool(np.all(masked > 0)),
            "blockwise": bool(np.all(blocks > 0)),
        },
        summary="Small noiseless steps on a smooth coercive loss end at an inflection, from an open set",
        computed="limit 0, an inflection",
        stated="a local minimiser",
    )


@evidence("T3-P12", method=Method.EXACT, version="dense")
@control("off the ridge the run leaves the saddle", start=(Fraction(1), Fraction(1, 8)))
def ridge_leads_to_the_saddle(start: tuple[Fraction, Fraction] = (Fraction(1), Fraction(0))) -> Outcome:
    """L = x^2 - y^2 + y^4 is coercive, with minima at y = +-1/sqrt(2). From (1, 0), where the partial
    derivative in y is 0, every step of h = 1/4 halves x and leaves y at 0: the run converges to the saddle
    (0, 0).
    """
    x, y = start
    quarter = Fraction(1, 4)
    following = (x - quarter * 2 * x, y - quarter * (-2 * y + 4 * y**3))
    u, v = sp.symbols("x y", real=True)
    loss = u**2 - v**2 + v**4
    eigenvalues = sorted(sp.hessian(loss, (u, v)).subs({u: 0, v: 0}).eigenvals())
    points = dense_trajectory(
        [float(x), float(y)], lambda p: np.array([2 * p[0], -2 * p[1] + 4 * p[1] ** 3]), 0.25, [1.0] * 40
    )
    return refuted_if(
        hypotheses={"L is coercive": _grows_quadratically(), "h Lc < 2 where the run is": quarter * 2 < 2},
        violated={
            "x halves and y stays 0": following == (x / 2, y) and y == 0,
            "(0, 0) is a saddle": eigenvalues == [-2, 2],
        },
        witness={"L": "x^2 - y^2 + y^4", "theta_0": f"({x}, {y})", "h": quarter},
        reference={"40 steps": points[-1].tolist() == [0.5**40, 0.0]},
        summary="From the ridge the run converges to a saddle",
        computed="limit (0, 0)",
        stated="a local minimiser",
    )


def _grows_quadratically() -> bool:
    """x^2 - y^2 + y^4 >= x^2 + y^2 - 1, so that it is coercive."""
    x, y = z3.Reals("x y")
    return satisfiable(x * x - y * y + y * y * y * y < x * x + y * y - 1) is None


@evidence("T3-S2", method=Method.EXACT, reading="no noise", version="masked")
@evidence("T3-S2", method=Method.EXACT, reading="no noise", version="blockwise")
@control("a learning rate below 2/Lc shrinks the steps", rate=Fraction(1))
def selected_parameters_swing_at_twice_the_curvature(rate: Fraction = Fraction(2)) -> Outcome:
    """L = |theta|^2/2 and eta = 2: each selected parameter changes its sign, whatever the mask and whatever
    f. The loss is constant, the full-batch change is 0 and f = f_min, yet every selected parameter moves by
    2 |theta_i| for ever. It takes floor(f_min n) >= 1.
    """
    start = [Fraction(1), Fraction(-3)]
    moved = [x - rate * x for x in start]
    masks = [mask_of([t % 2], 2) for t in range(6)]
    masked = masked_trajectory([1.0, -3.0], lambda p: p, float(rate), masks)
    blocks = blockwise_trajectory([1.0, -3.0], lambda p: p, float(rate), [[0], [1]], [[0, 1]] * 3)
    return refuted_if(
        hypotheses={"f_min n >= 1": Fraction(1, 2) * len(start) >= 1},
        violated={
            "a selected parameter keeps its size": [abs(m) for m in moved] == [abs(x) for x in start],
            "and moves": all(m != x for m, x in zip(moved, start, strict=True)),
        },
        witness={"L": "|theta|^2/2", "theta": "(1, -3)", "eta": rate, "f_min": "1/2"},
        reference={
            "masked": bool(np.all(np.abs(masked) == [1.0, 3.0])) and masked[-1].tolist() == [-1.0, 3.0],
            "blockwise is the same run": bool(np.array_equal(masked, blocks)),
        },
        summary="At eta Lc = 2 masked and blockwise updates swing for ever at constant loss and f = f_min",
        computed="steps of constant size",
        stated="steps -> 0",
    )

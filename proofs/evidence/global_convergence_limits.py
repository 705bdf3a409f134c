"""Theorem 7 (c) without noise: limits that are no minimisers, and what is true instead.

Runs that do not converge at all are in `wandering_descent.py`.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.trajectories import blockwise_trajectory, dense_trajectory, masked_trajectory

X = sp.Symbol("x", real=True)
SMOOTHNESS = sp.Rational(21, 10)


def plateau_slope(x: Fraction, depth: Fraction = Fraction(2)) -> Fraction:
    """Slope min(|x|, x + depth) of a loss with a plateau at 0 and its minimum at -depth."""
    return min(abs(x), x + depth)


@evidence("T7-Sc", method=Method.EXACT)
@evidence("T7-Sc", method=Method.EXACT, version="masked")
@evidence("T7-Sc", method=Method.EXACT, version="blockwise")
@evidence("T7-Sc", method=Method.EXACT, reading="local minimiser alone")
@evidence("T7-Sc", method=Method.EXACT, reading="local minimiser alone", version="masked")
@evidence("T7-Sc", method=Method.EXACT, reading="local minimiser alone", version="blockwise")
@evidence("T7-S0", method=Method.EXACT)
@control("where the slope changes sign at 0 the limit is a minimiser", depth=Fraction(0))
def an_interval_of_starts_converges_to_a_plateau(depth: Fraction = Fraction(2)) -> Outcome:
    """One parameter, L'(x) = min(|x|, x + 2): the least of two 1-Lipschitz functions, so L = 1; it tends to
    -oo and +oo at the ends, so L is coercive, with its minimum at -2. For every x > 0 the slope is x, and a
    step with h = eta f(t) in (0, 1] leads to (1 - h) x: from every x_0 > 0, with every eta <= 1/L and
    fraction schedule, the run converges to 0 without noise. There the slope is 0, but L(-d) = -d^2/2 <
    L(0): no local minimiser. The starts form an interval, not a null set. For masked and blockwise
    updates take L(x) + L(y): each coordinate that is visited does the same. (`depth` replaces 2.)
    """
    h, x, d = sp.symbols("h x d", positive=True)
    exact = [Fraction(1)]
    for _ in range(4):
        exact.append(exact[-1] - plateau_slope(exact[-1], depth) / 2)

    u, v = z3.Reals("u v")
    depth_z3 = z3.Q(depth.numerator, depth.denominator)

    def distance(first: z3.ArithRef, second: z3.ArithRef) -> z3.ArithRef:
        return z3.If(first >= second, first - second, second - first)

    def slope_at(point: z3.ArithRef) -> z3.ArithRef:
        size = distance(point, z3.RealVal(0))
        return z3.If(size <= point + depth_z3, size, point + depth_z3)

    def slope(theta: np.ndarray) -> np.ndarray:
        return np.array([float(plateau_slope(Fraction(value), depth)) for value in theta])

    halves = [float(value) for value in exact]
    dense = dense_trajectory([1.0], slope, 0.5, [1.0] * 4).ravel()
    masked = masked_trajectory([1.0, 1.0], slope, 0.5, [[True, False], [False, True]] * 4)[::2]
    blocks = blockwise_trajectory([1.0, 1.0], slope, 0.5, [[0], [1]], [[1, 0]] * 4)[::2]
    left = -sp.integrate(sp.Min(d, 2 - d), (d, 0, sp.Rational(1, 10)))  # L(-1/10) - L(0)
    return refuted_if(
        hypotheses={
            "A1: the slope is 1-Lipschitz, all pairs": satisfiable(
                distance(slope_at(u), slope_at(v)) > distance(u, v)
            )
            is None,
            "A2: the slope is at least 1 right of 1, at most -1 left of -3": satisfiable(
                z3.Or(z3.And(u >= 1, slope_at(u) < 1), z3.And(u <= -depth_z3 - 1, slope_at(u) > -1))
            )
            is None,
            "the slope at every x > 0 is x": satisfiable(u > 0, slope_at(u) != u) is None,
            "a step keeps the sign and shrinks: (1 - h) x": sp.expand(x - h * x - (1 - h) * x) == 0,
            "slope 0 at the limit": plateau_slope(Fraction(0), depth) == 0,
        },
        violated={
            "the slope just left of 0 is positive": plateau_slope(Fraction(-1, 10), depth) > 0,
            "L(-1/10) < L(0)": left < 0,
        },
        reference={
            "dense": dense.tolist() == halves,
            "masked": masked.tolist() == [[v, v] for v in halves],
            "blockwise": blocks.tolist() == [[v, v] for v in halves],
        },
        witness={
            "L'(x)": f"min(|x|, x + {depth})",
            "theta_0": "any x > 0",
            "eta f": "any in (0, 1]",
            "limit": 0,
        },
        summary="From every x_0 > 0 the run converges to a plateau from which the loss falls further",
        computed="limit 0 with L(-d) < L(0)",
        stated="a local minimiser",
    )


@evidence("T7-Sc", method=Method.SYMBOLIC, reading="local minimiser alone")
@control("without the plateau the same start reaches a minimum", power=1)
def an_analytic_loss_has_the_same_failure(power: int = 2) -> Outcome:
    """L'(x) = x^2 (x + 2)/(1 + x^2) is analytic, -21/10 < L'' < 21/10, and L' ~ x + 2 far out: L is coercive.
    For x > 0 and h <= 1/L = 10/21, 0 < L'(x) < L x, so 0 < x - h L'(x) < x: every run from x_0 > 0 decreases
    to the only stationary point in [0, oo), which is 0. But L' > 0 on (-2, 0): 0 is no local minimiser. So
    analyticity (the Lojasiewicz property) does not help. (`power` replaces the exponent 2 of x.)
    """
    slope = X**power * (X + 2) / (1 + X**2) if power == 2 else X
    curvature = sp.cancel(sp.diff(slope, X))
    numerator, denominator = sp.fraction(curvature)

    def never_zero(expression: sp.Expr) -> bool:
        return bool(sp.Poly(sp.expand(expression), X).count_roots() == 0 and expression.subs(X, 0) > 0)

    stationary = sp.solveset(slope, X, sp.S.Reals)
    run = dense_trajectory([1.0], lambda p: p**2 * (p + 2) / (1 + p**2), 10 / 21, [1.0] * 200).ravel()
    return refuted_if(
        hypotheses={
            "L'' < 21/10": never_zero(SMOOTHNESS * denominator - numerator),
            "L'' > -21/10": never_zero(SMOOTHNESS * denominator + numerator),
            "coercive": sp.limit(slope / X, X, sp.oo) > 0 and sp.limit(slope / X, X, -sp.oo) > 0,
            "L' > 0 on (0, oo)": sp.solveset(slope <= 0, X, sp.Interval.open(0, sp.oo)) == sp.S.EmptySet,
            "0 is stationary": 0 in stationary,
        },
        violated={"L' > 0 on (-2, 0)": sp.solveset(slope <= 0, X, sp.Interval.open(-2, 0)) == sp.S.EmptySet},
        reference={"200 steps decrease and stay positive": bool(np.all(np.diff(run) < 0) and run[-1] > 0)},
        witness={"L'(x)": "x^2 (x+2)/(1+x^2)", "L": SMOOTHNESS, "theta_0": "any x > 0", "limit": 0},
        summary="An analytic coercive loss has an interval of starts that end on an inflection point",
    )


def valley_slope(y: Fraction) -> Fraction:
    """Slope of a double well: -y up to |y| = 1, then rising to 0 at the minima -2 and 2."""
    return -y if abs(y) <= 1 else y - (2 if y > 0 else -2)


@evidence("T7-P8", method=Method.EXACT)
@control("off the ridge the run leaves for a minimum", offset=Fraction(1, 4))
def descent_can_end_on_a_strict_saddle_or_a_maximum(offset: Fraction = Fraction(0)) -> Outcome:
    """L(x, y) = x^2/2 + w(y), w' = -y for |y| <= 1 and y - 2, y + 2 beyond: L = 1, coercive, minima (0, 2)
    and (0, -2), curvatures 1 and -1 at the origin. From (1, 0) with h = 1/2 the points are (2^-t, 0): the
    loss decreases strictly, and the limit is the strict saddle. With x left out, the run from y = 0 stays at
    a local maximum; the losses are constant, so non-increasing. (`offset` is the y of the start.)
    """
    path = [(Fraction(1), offset)]
    for _ in range(12):
        x, y = path[-1]
        path.append((x / 2, y - valley_slope(y) / 2))
    run = dense_trajectory(
        [1.0, float(offset)],
        lambda p: np.array([p[0], float(valley_slope(Fraction(p[1])))]),
        0.5,
        [1.0] * 12,
    )
    t = sp.Symbol("t", positive=True)
    return refuted_if(
        hypotheses={
            "h = 1/2 <= 1/L": Fraction(1, 2) <= 1,
            "the loss decreases strictly": all(a[0] ** 2 > b[0] ** 2 for a, b in itertools.pairwise(path)),
            "the x-part tends to 0": sp.limit(2**-t, t, sp.oo) == 0,
        },
        violated={
            "y stays on the ridge": all(y == 0 for _, y in path),
            "curvature -1 across it": valley_slope(Fraction(1, 10)) - valley_slope(Fraction(-1, 10))
            == Fraction(-1, 5),
            "the same slope keeps y = 0 at a local maximum": valley_slope(Fraction(0)) == 0,
        },
        reference={"dense_trajectory": run.tolist() == [[float(x), float(y)] for x, y in path]},
        witness={"L": "x^2/2 + w(y)", "theta_0": f"(1, {offset})", "eta f": "1/2", "limit": "(0, 0)"},
        summary="The loss falls strictly along a run that ends on a strict saddle",
        computed="limit with curvatures 1 and -1",
        stated="no saddle",
    )


@evidence("T7-R4", method=Method.SMT)
@control("points that are not isolated have neighbours at any distance: a step can cross", apart=Fraction(0))
@control("neighbourhoods of half the distance can be crossed", reach=Fraction(1, 2))
@control("a start as high as an excluded point can end there", margin=0)
def isolated_stationary_points_give_convergence(
    apart: Fraction = Fraction(1), reach: Fraction = Fraction(1, 3), margin: int = 1
) -> Outcome:
    """Without noise L(theta_t) <= L(theta_0), so by coercivity all points lie in a compact set, and grad -> 0
    (T7-R1). The stationary points in it are isolated and form a closed set: finitely many, any two at least
    r > 0 apart. Eventually each theta_t is within r/3 of one of them (else a subsequence would have a limit
    that is not stationary) and the step h|g| is below r/3. Going from s to another s' in one step would
    give |s - s'| < r: impossible. So theta_t stays near one s, and converges to it. Its loss is at most
    L(theta_0), hence it is none of the points excluded by the second hypothesis. What the solver decides is
    the step from s to s' and the last sentence; that finitely many points remain, and that the iterates come
    near them, is the argument above. (`apart`, `reach`: distance of two stationary points and size of their
    neighbourhoods, in units of r; `margin`: 1 if the excluded points lie above L(theta_0), 0 if not below.)
    """
    r, near, far, step, distance = z3.Reals("r near far step distance")
    given = z3.And(r > 0, near >= 0, far >= 0, step >= 0, distance >= z3.RealVal(str(apart)) * r)
    within = z3.RealVal(str(reach)) * r
    close = z3.And(near <= within, far <= within, step < within)
    start, limit, excluded = z3.Reals("start limit excluded")
    return proved_if(
        {
            "no step from one stationary point to another": satisfiable(
                given, close, distance <= near + step + far
            )
            is None,
            "there are such neighbourhoods and steps": satisfiable(given, close) is not None,
            "a limit with loss <= L(theta_0) is not an excluded point": satisfiable(
                limit <= start, excluded > start if margin else excluded >= start, limit == excluded
            )
            is None,
        },
        "Isolated stationary points: the whole sequence converges; to a minimiser under the level condition",
    )


@evidence("T7-R6", method=Method.SYMBOLIC)
@control("a length shorter by a factor 2 is not shown", factor=Fraction(1, 2))
def gradient_domination_gives_finite_length(factor: Fraction = Fraction(1)) -> Outcome:
    """Let V = L - L*, V' its next value, k = h (1 - L h/2): V - V' >= k |g|^2 and |g| >= sqrt(2 c V). With u
    = sqrt V, v = sqrt V': u - v = (u^2 - v^2)/(2u) + (u - v)^2/(2u) >= k |g|^2/(2u) >= k |g| sqrt(c/2). So
    the step length h|g| is at most (u - v) h/(k sqrt(c/2)), which telescopes to sqrt(gap) 2 sqrt 2/((2 - L h)
    sqrt c). A path of finite length is a Cauchy sequence. (`factor` multiplies the stated length.)
    """
    u, v, c, gap, lipschitz, h, g = sp.symbols("u v c Delta L h g", positive=True)
    k = h * (1 - lipschitz * h / 2)
    length = sp.sqrt(gap) * h / (k * sp.sqrt(c / 2))
    stated = sp.Rational(factor) * 2 * sp.sqrt(2 * gap / c) / (2 - lipschitz * h)
    return proved_if(
        {
            "u - v = (u^2 - v^2)/(2u) + (u - v)^2/(2u)": sp.simplify(
                u - v - (u**2 - v**2) / (2 * u) - (u - v) ** 2 / (2 * u)
            )
            == 0,
            "k g^2/(2u) at g = sqrt(2c) u is k g sqrt(c/2)": sp.simplify(
                (k * g**2 / (2 * u)).subs(u, g / sp.sqrt(2 * c)) - k * g * sp.sqrt(c / 2)
            )
            == 0,
            "the length as stated": sp.simplify(length - stated) == 0,
        },
        "Finite length, hence convergence, also where minimisers form a continuum",
        computed="sum of steps <= 2 sqrt(2 gap/c)/(2 - L h)",
    )

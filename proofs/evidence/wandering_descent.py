"""Theorem 7 (c): runs that do not converge, without noise on a smooth loss and with noise on a convex one."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, refuted_if
from proofs.registry import control, evidence
from reference.trajectories import dense_trajectory
from reference.updates import dense_step

U, PHI = sp.symbols("u phi", positive=True)  # u = 1/(r - 1), the reciprocal distance to the unit circle
LEVEL = Fraction(5, 4)
NEAREST_U = 20  # our choice: close enough to the circle for all second-order terms to be negligible
SLACK = Fraction(1, 10000)  # our choice, far above the second-order terms


def spiral_slope(theta: np.ndarray) -> np.ndarray:
    """Gradient of exp(-u)(5/4 - sin(phi - u)), u = 1/(r - 1), at a point with 1 < r <= 2, in float64."""
    r = float(np.hypot(*theta))
    u, phi = 1 / (r - 1), math.atan2(theta[1], theta[0])
    weight, angle = math.exp(-u), phi - u
    radial = -(u**2) * weight * (math.cos(angle) + math.sin(angle) - float(LEVEL))
    around = -weight * math.cos(angle) / r
    unit = theta / r
    return radial * unit + around * np.array([-unit[1], unit[0]])


def second_order_terms(u: int) -> arb:
    """Bound on |change of psi / w - k|, w = h u^4 exp(-u), h <= 1/2, |k| <= 1/4, from this u on."""
    weight = ball(-u).exp()
    w = ball(u) ** 4 * weight / 2
    turn = 1 / ball(u) ** 4
    outward = weight / 2 / (2 * ball(u) ** 2)
    largest = ball(Fraction(1, 4)) + outward
    curvature = w * largest**2 / ball(u) / (1 - w * largest / ball(u))
    return turn + outward + curvature


@evidence("T7-Sc", method=Method.BALL)
@evidence("T7-Sc", method=Method.BALL, reading="convergence alone")
@evidence("T7-S0", method=Method.BALL)
@evidence("T7-P7", method=Method.BALL)
@control("with a higher floor the valley between the spirals disappears", level=Fraction(3, 2))
def a_smooth_coercive_loss_on_which_descent_circles_for_ever(level: Fraction = LEVEL) -> Outcome:
    r"""Let A = 5/4, rho = r - 1, u = 1/rho and, in polar coordinates,

    L = exp(-u) (A - sin(phi - u)) + q(r) for r > 1, L = 0 for r <= 1,

    q(r) = (r-2)^2 exp(-1/(r-2)) for r > 2, else 0. L is infinitely differentiable (all derivatives vanish on
    the circle), nonnegative, coercive, with bounded second derivatives; these tend to 2 radially, so the
    Lipschitz constant is finite and at least 2, and h = eta f(t) <= 1/2.

    Write psi = phi - u, k(psi) = cos psi + sin psi - A, E = exp(-u). Then L_r = -u^2 E k and L_phi = -E cos
    psi for 1 < r <= 2. Claim: if u_0 >= 21 and psi_0 lies in [pi/4, pi/2], psi stays there and u >= 20. One
    step changes psi by w (k + d), w = h u^4 E < 2e-4, |d| < 1e-4 for u >= 20: the change of radius is e = h
    u^2 E k + tau^2/(r' + R), tau = h E cos psi/r, R = r + h u^2 E k; psi changes by atan(tau/R) + u^2 e - u^3
    e^2/(1 + u e), of which w k is the leading part. On [pi/4, pi/2] k decreases from sqrt 2 - A > 0.16 to 1 -
    A = -1/4; within 2e-4 of the ends it has the sign that points inward, and elsewhere a step is too short to
    leave. As cos psi >= 0, phi never decreases, so u = phi - psi >= u_0 - pi/4 > 20.

    grad L -> 0 (T7-R1). In this region a stationary point has cos psi = 0, so psi = pi/2, k = 1 - A, not 0:
    there is none. Hence rho_t -> 0, u_t -> oo and phi_t = u_t + psi_t -> oo while steps tend to 0: every
    point of the unit circle is a limit point, L(theta_t) -> 0 at all of them. The starts form an open set;
    the fractions may vary. (`level` is A.)
    """
    a, rho = sp.Rational(level), sp.Symbol("rho", positive=True)
    part = sp.exp(-1 / rho) * (a - sp.sin(PHI - 1 / rho))
    psi = PHI - 1 / rho
    k = sp.cos(psi) + sp.sin(psi) - a
    r = sp.Symbol("r", positive=True)
    q = (r - 2) ** 2 * sp.exp(-1 / (r - 2))
    w = ball(NEAREST_U) ** 4 * ball(-NEAREST_U).exp() / 2
    d = second_order_terms(NEAREST_U)
    low, high = arb.pi() / 4 + w, arb.pi() / 2 - w

    def pull(angle: arb) -> arb:
        return angle.cos() + angle.sin() - ball(level)

    start_u, start_psi = 21.0, 1.2
    radius, angle = 1 + 1 / start_u, start_u + start_psi
    start = radius * np.array([math.cos(angle), math.sin(angle)])
    moved = dense_step(start, spiral_slope(start), 0.5)
    new_u = 1 / (float(np.hypot(*moved)) - 1)
    turned = math.atan2(moved[1], moved[0]) - math.atan2(start[1], start[0])
    change = turned - (new_u - start_u)
    leading = (
        0.5 * start_u**4 * math.exp(-start_u) * (math.cos(start_psi) + math.sin(start_psi) - float(level))
    )
    # 1/(r - 1) magnifies the rounding of a radius by u^2
    rounding = 64 * start_u**2 * np.finfo(float).eps
    return refuted_if(
        hypotheses={
            "L_rho = -u^2 exp(-u) k": sp.simplify(sp.diff(part, rho) + sp.exp(-1 / rho) * k / rho**2) == 0,
            "L_phi = -exp(-u) cos psi": sp.simplify(sp.diff(part, PHI) + sp.exp(-1 / rho) * sp.cos(psi)) == 0,
            "flat at the circle: u^m exp(-u) -> 0": sp.limit(U**60 * sp.exp(-U), U, sp.oo) == 0,
            "bounded below by 0: A >= 1": level >= 1,
            "coercive": sp.limit(q, r, sp.oo) == sp.oo,
            "second derivatives tend to 2 radially, and q'/r to 2": sp.limit(sp.diff(q, r, 2), r, sp.oo) == 2
            and sp.limit(sp.diff(q, r) / r, r, sp.oo) == 2,
            "q joins smoothly at r = 2": sp.limit(U**60 * sp.exp(-U), U, sp.oo) == 0,
        },
        violated={
            "u^4 exp(-u) falls for u >= 20": NEAREST_U > 4,
            "w < 2e-4": w < ball(Fraction(2, 10000)),
            "R >= 1: u^3 exp(-u) <= 8": ball(NEAREST_U) ** 3 * ball(-NEAREST_U).exp() < 8,
            "second-order terms below 1e-4": d < ball(SLACK),
            "k <= 1/4 in size on [pi/4, pi/2]": ball(2).sqrt() - ball(level) < ball(Fraction(1, 4))
            and level - 1 <= Fraction(1, 4),
            "inward near pi/4": pull(low) - d > 0,
            "inward near pi/2": pull(high) + d < 0,
            "no stationary point at psi = pi/2": 1 - level != 0,
            "u_0 - pi/4 > 20": ball(21) - arb.pi() / 4 > NEAREST_U,
        },
        reference={
            "one step changes psi by w k, up to second order": abs(change - leading)
            <= float(SLACK) * 0.5 * start_u**4 * math.exp(-start_u) + rounding,
            "phi grows": turned > 0,
        },
        witness={
            "L": "exp(-u)(5/4 - sin(phi - u)) + q(r), u = 1/(r - 1), r > 1; 0 for r <= 1",
            "theta_0": "u >= 21, phi - u in [pi/4, pi/2]",
            "eta f": "any in [eta f_min, 1/2]",
        },
        summary="Without noise, from an open set of starts, the run winds around the circle for ever",
        computed="every point of a circle is a limit point, all with loss 0",
        stated="one limit point",
    )


@evidence("T7-Sc", method=Method.SYMBOLIC, reading="convergence alone")
@control("noise with summable variance lets the sum converge", power=2)
def vanishing_noise_wanders_on_a_convex_flat_bottom(power: int = 1) -> Outcome:
    """L = dist(x, [-1, 1])^2/2 is convex, coercive and 1-smooth, eta = f = 1: x_(t+1) = clip(x_t) + xi_t. Let
    eps_t^2 = 1/(t+1), so A4 holds. The partial sums S_t of the xi are Gaussian with variance sum 1/(t+1) =
    oo; their increments are independent, so limsup S = oo and liminf S = -oo almost surely. If x_t
    converged to a point inside (-1, 1), it would not be clipped any more and S would converge. If it
    converged to 1, it would be clipped at 1 only, which takes away, x_t - x_s <= S_t - S_s, and liminf S =
    -oo contradicts it; likewise at -1; outside [-1, 1] it cannot converge, since xi -> 0 almost surely
    (L(theta_t) -> 0). So it converges with probability 0. (`power` p uses eps_t^2 = (t+1)^-p.)
    """
    t = sp.Symbol("t", integer=True, positive=True)
    variance = t ** (-sp.Integer(power))
    x = sp.Symbol("x", real=True)
    tail = sp.exp(-(x**2) * t / 2)  # P(|xi_t| > x) <= 2 exp(-x^2 t/2), summable

    def slope(theta: np.ndarray) -> np.ndarray:
        return np.asarray(theta - np.clip(theta, -1.0, 1.0))

    run = dense_trajectory([0.5], slope, 1.0, [1.0] * 3, [np.array([v]) for v in (1.0, -0.25, -3.0)]).ravel()
    return refuted_if(
        hypotheses={
            "A4: the variance tends to 0": sp.limit(variance, t, sp.oo) == 0,
            "coercive": sp.limit((x - 1) ** 2 / 2, x, sp.oo) == sp.oo,
        },
        violated={
            "the variance of the partial sums is infinite": sp.summation(variance, (t, 1, sp.oo)) == sp.oo,
            "xi_t -> 0 almost surely: summable tails": sp.Sum(tail.subs(x, 1), (t, 1, sp.oo)).is_convergent(),
        },
        reference={"x' = clip(x) + xi": run.tolist() == [0.5, 1.5, 0.75, -2.25]},
        witness={"loss": "dist(x, [-1, 1])^2/2", "eta f": 1, "noise variance": "1/(t+1)"},
        summary="On a convex loss with a flat bottom, noise of variance 1/t keeps the run moving",
        computed="P(theta_t converges) = 0",
        stated="converges",
    )

"""Theorem 8 with the noise that A4 admits."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.trajectories import dense_trajectory
from reference.updates import dense_step

H, LIPSCHITZ, T = sp.symbols("h L t", positive=True)


def slope_of_parabola(theta: np.ndarray) -> np.ndarray:
    return theta


@evidence("T8-S1", method=Method.BALL)
@evidence("T8-S1", method=Method.BALL, reading="expected")
@control(
    "with noise of scale 1/100 from the start the expectation is within the bound", scale=Fraction(1, 100)
)
def early_noise_exceeds_the_hitting_time_bound(scale: Fraction = Fraction(100)) -> Outcome:
    """L = theta^2/2, eta = f = 1: theta_(t+1) = xi_t. Let the noise have scale s = 100 for the first 100
    steps and 0 afterwards (A4 restricts only the limit), theta_0 = 1, eps = 1/2: the bound is 2
    (1/2)/(1/4) = 4. The density of xi is at most 1/(s sqrt(2 pi)), so each of theta_1..theta_100 lies in
    [-1/2, 1/2] with probability at most 1/(s sqrt(2 pi)), and P(tau > 100) >= 1 - 100/(s sqrt(2 pi)) >
    0.6. So tau > 4 with positive probability, and E tau >= 101 P(tau > 100) > 4. (`scale` is s.)
    """
    steps = 100
    escape = 1 - ball(steps) / (ball(scale) * (2 * arb.pi()).sqrt())
    expected = (steps + 1) * escape
    bound = Fraction(2) * Fraction(1, 2) / Fraction(1, 4)
    draws = [float(scale)] * 3
    run = dense_trajectory([1.0], slope_of_parabola, 1.0, [1.0] * 3, [np.array([d]) for d in draws]).ravel()
    return refuted_if(
        hypotheses={
            "gradient 1-Lipschitz, eta = 1/L, f = 1": slope_of_parabola(np.ones(1))[0] == 1,
            "the noise vanishes": steps < math.inf,
            "theta_0 is not eps-stationary": Fraction(1) > Fraction(1, 2),
        },
        violated={
            "P(tau > 100) is positive": escape > 0,
            "E tau exceeds the bound": expected > ball(bound),
        },
        reference={"the step replaces theta by the noise": run.tolist() == [1.0, *draws]},
        witness={
            "loss": "theta^2/2",
            "theta_0": 1,
            "eta f": 1,
            "eps": "1/2",
            "noise scale": f"{scale}, 100 steps",
        },
        summary="Noise that stops only after 100 steps keeps the run from stationarity beyond the bound",
        computed=f"E tau > {float(expected.mid()):.4g}",
        stated=bound,
    )


@evidence("T8-C1", method=Method.SYMBOLIC)
@control("without noise there is nothing to add", scale_squared=0)
def the_telescoping_omits_the_noise(scale_squared: int = 1) -> Outcome:
    """Start at the minimiser of theta^2/2 with eta = f = 1: gap = 0, so the bound of the telescoped sum is 0.
    But theta_1 = xi_0, so E|grad L(theta_1)|^2 = eps_0^2. (`scale_squared` is eps_0^2.)
    """
    normal = sp.Symbol("x", real=True)
    density = sp.exp(-(normal**2) / 2) / sp.sqrt(2 * sp.pi)
    second_moment = scale_squared * sp.integrate(normal**2 * density, (normal, -sp.oo, sp.oo))
    step = dense_step([0.0], [0.0], 1.0, 1.0, [3.0])
    return refuted_if(
        hypotheses={"theta_0 = 0 is the minimiser: gap 0": Fraction(0) == Fraction(0) ** 2 / 2},
        violated={"E|grad L(theta_0)|^2 + E|grad L(theta_1)|^2 > 0": second_moment > 0},
        reference={"the step from 0 is the noise": step.tolist() == [3.0]},
        witness={"loss": "theta^2/2", "theta_0": 0, "eta f": 1, "noise variance": scale_squared},
        summary="At a minimiser the bound of the sum is 0 while the noise makes the next gradient positive",
        computed=second_moment,
        stated=0,
    )


@evidence("T8-R6", method=Method.SYMBOLIC)
@control("half the noise term is not enough for the parabola", share=Fraction(1, 2))
def noise_adds_its_energy_to_the_bound(share: Fraction = Fraction(1)) -> Outcome:
    """Given theta_t let d = theta_t - h g. The descent inequality around d and E xi = 0 give
    E L(d + xi) <= L(d) + (L/2) E|xi|^2 = L(d) + n L eps_t^2/2. With L(d) <= L(theta_t) - h_t |g|^2/2, taking
    expectations and summing over t < N: sum (h_t/2) E|g_t|^2 <= gap + (n L/2) sum eps_t^2. The same sum
    stopped at tau, where |g_t| > eps before tau, gives (eta f_min eps^2/2) E min(tau, N) <= gap + (n L/2)
    sum eps_t^2; let N -> oo. The factor n L/2 is best: at the minimiser of the parabola the first step is
    an equality. (`share` multiplies the claimed noise term.)
    """
    g, xi, scale = sp.symbols("g xi epsilon", real=True)
    x = sp.Symbol("x", real=True)
    noise_term = sp.Rational(share) * LIPSCHITZ * scale**2 / 2
    # per coordinate of the parabola: E L(theta - h L theta + xi), with E xi = 0 and E xi^2 = epsilon^2
    after = sp.expand(LIPSCHITZ * (x - H * LIPSCHITZ * x + xi) ** 2 / 2)
    mean = after.coeff(xi, 0) + after.coeff(xi, 2) * scale**2
    bound = LIPSCHITZ * x**2 / 2 - H * (1 - LIPSCHITZ * H / 2) * (LIPSCHITZ * x) ** 2 + noise_term
    s = sp.Symbol("s", positive=True)
    quadratic_part = sp.integrate(LIPSCHITZ * s * xi**2, (s, 0, 1))
    return proved_if(
        {
            "L(d + xi) - L(d) - <grad L(d), xi> <= integral of L s |xi|^2 = L |xi|^2/2": sp.simplify(
                quadratic_part - LIPSCHITZ * xi**2 / 2
            )
            == 0,
            "equality for the parabola, each coordinate": sp.simplify(mean - bound) == 0,
            "h (1 - L h/2) >= h/2 for L h <= 1": sp.expand(
                (H * (1 - LIPSCHITZ * H / 2) - H / 2) * 2 / H - (1 - LIPSCHITZ * H)
            )
            == 0,
            "linear terms have mean zero": sp.integrate(g * xi * sp.exp(-(xi**2) / 2), (xi, -sp.oo, sp.oo))
            == 0,
        },
        "E tau <= (2 gap + n L sum of eps_t^2) / (eta f_min eps^2), noise term with the best factor",
    )

"""Whether accepted moves follow the local gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.algorithm import step
from reference.settings import Settings, gradient_descent_settings
from reference.state import Draws, Step, initial_state

EPS = np.finfo(float).eps
HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)


def repeated_steps(
    theta: Sequence[float],
    settings: Settings,
    loss_at: Callable[[Any], Any],
    slope: Callable[[Any], Any],
    *,
    steps: int = 1,
    uniform: Fraction = QUARTER,
    normal: float = 0.0,
) -> list[Step]:
    """Algorithm 1 from theta, every test with the same draw, every noise with the same normal number."""
    state, made = initial_state(theta, settings), []
    size = len(theta)
    draws = Draws(np.arange(size), np.full(size, normal), np.full(size, float(uniform)))
    for _ in range(steps):
        now = state.theta
        made.append(step(state, settings, float(loss_at(now)), slope(now), loss_at, draws))
        state = made[-1].state
    return made


def _overshooting(averaging: bool) -> tuple[list[Fraction], list[Fraction]]:
    """Points and slopes of five steps on theta^2/2 from -1, eta = 1/2, mean field of weight 1/2 or none."""
    theta, mu, points, slopes = Fraction(-1), Fraction(0), [Fraction(-1)], []
    for _ in range(5):
        slopes.append(theta)
        mu = (mu + theta) / 2 if averaging else theta
        theta -= HALF * mu
        points.append(theta)
    return points, slopes


@evidence("INT-16", method=Method.BALL)
@control("the gradient itself in place of its average", averaging=False)
@control("without the noise", noise=0)
@control("a grid wide enough for the step", far=3)
def accepted_moves_against_the_gradient(averaging: bool = True, noise: int = 1, far: int = 1) -> Outcome:
    """Each of three components alone makes an accepted move go up the slope, with the sigmoid test and the
    draw u = 1/4. Average: theta^2/2 from -1, eta = 1/2, alpha = 1/2, T = 1; after four steps theta = 1/256,
    slope 1/256, but mu = -89/512 and theta moves up. Noise: L = theta at 0, eta = 1/2, eps(T) z = 1: theta
    moves to 1/2. Quantizer: L = theta, levels -1 and 1, theta = -1, eta = 1/2, T = 1/log 2: S(-3/2) =
    -tanh(min(3/2, 1)/T) = -3/5, because beyond the outermost level S stays what it is there. Every test accepts:
    dE/T < log 3 is A > 1/4. (`far`: the outer levels are -far, far.)
    """
    points, slopes = _overshooting(averaging)
    heat = 1 / ball(2).log()
    # With levels -c and c the two distances differ by 2 min(|p|, c), so S(p) = c tanh(min(|p|, c)/T) sign p.
    landed = -ball(far) * (ball(min(Fraction(3, 2), Fraction(far))) / heat).tanh()
    noisy = -HALF + noise
    limit = ball(3).log()
    rises = [(points[5] ** 2 - points[4] ** 2) / 2, noisy]
    base = replace(gradient_descent_settings(0.5), acceptance="sigmoid")
    momentum = repeated_steps(
        [-1.0], replace(base, smoothing=0.5 * averaging), lambda p: p @ p / 2, lambda p: p, steps=5
    )
    shaken = repeated_steps(
        [0.0], replace(base, noise="linear"), lambda p: p[0], np.ones_like, normal=float(noise)
    )
    cold = replace(base, levels=np.array([-far, far], float), initial_temperature=1 / float(ball(2).log()))
    snapped = repeated_steps([-1.0], cold, lambda p: p[0], np.ones_like)
    return refuted_if(
        hypotheses={
            "average: accepted at u = 1/4": ball(rises[0]) < limit,
            "noise: accepted at u = 1/4": ball(rises[1]) < limit,
            "quantizer: accepted at u = 1/4": (landed + 1) / heat < limit,
            "eta = 1/2 is at most 1/L, L = 1": Fraction(1) >= HALF,
        },
        violated={
            "average: displacement times slope > 0": (points[5] - points[4]) * slopes[4] > 0,
            "noise: displacement times slope > 0": noisy * 1 > 0,
            "quantizer: displacement times slope > 0": (landed + 1) * 1 > 0,
        },
        reference={
            "average: step gives the points": [float(s.state.theta[0]) for s in momentum]
            == [float(point) for point in points[1:]],
            "noise: step gives 1/2": float(shaken[0].state.theta[0]) == float(noisy),
            "quantizer: step gives -3/5": abs(float(snapped[0].state.theta[0]) + 0.6) <= 4 * EPS,
        },
        witness={
            "average": f"theta^2/2: {points[4]} -> {points[5]}, slope {slopes[4]}",
            "noise": f"theta: 0 -> {noisy}, slope 1",
            "quantizer": "theta: -1 -> -3/5, slope 1",
        },
        summary="Average, noise and quantizer each make accepted moves go against the local gradient",
        computed="displacement times gradient > 0, accepted",
        stated="every accepted move follows the local gradient",
    )


@evidence("INT-R1", method=Method.SYMBOLIC)
@evidence("INT-16", method=Method.SMT, reading="without average, noise and quantizer")
@control("an average of any value in place of the gradient", averaging=True)
def bare_accepted_moves_follow_the_gradient(averaging: bool = False) -> Outcome:
    """Accepted parameters (a = 1) move by -eta g, the others (a = 0) not at all, so minus the scalar product
    of move and gradient is the sum of a eta g^2, each term at least 0 and positive where a = 1 and g is not 0.
    With noise s z, s > 0, the move -eta g + s z of one parameter goes against g exactly if z sign(g) > eta
    |g|/s, an upper tail of the normal law: probability erfc(eta |g|/(s sqrt 2))/2, positive, decreasing in
    eta |g|/s, and 1/2 in the limit 0.
    """
    a, eta, g, mu = z3.Reals("a eta g mu")
    term = a * eta * g * (mu if averaging else g)
    setting = z3.And(eta > 0, z3.Or(a == 0, a == 1))
    x, z = sp.symbols("x z", positive=True)  # x = eta |g| / s
    tail = sp.integrate(sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi), (z, x, sp.oo))
    claimed = sp.erfc(x / sp.sqrt(2)) / 2
    made = repeated_steps([2.0, -1.0], gradient_descent_settings(0.25), lambda p: p @ p / 2, lambda p: p)
    move = made[0].state.theta - np.array([2.0, -1.0])
    return proved_if(
        {
            "each term is at least 0": satisfiable(setting, term < 0) is None,
            "positive for an accepted parameter with a gradient": satisfiable(
                setting, a == 1, g != 0, term <= 0
            )
            is None,
            "with noise: probability erfc(x/sqrt 2)/2": sp.simplify((tail - claimed).rewrite(sp.erf)) == 0,
            "decreasing in x": (-claimed.diff(x)).is_positive,
            "1/2 in the limit x = 0": sp.limit(claimed, x, 0, "+") == sp.Rational(1, 2),
            "0 in the limit of large x, so positive before": sp.limit(claimed, x, sp.oo) == 0,
            "reference: -move . gradient = eta |gradient|^2": float(-move @ np.array([2.0, -1.0])) == 1.25,
        },
        "Without average, noise and quantizer accepted moves follow the gradient; noise reverses "
        "erfc(eta |g|/(s sqrt 2))/2 of the proposals",
        computed="P(against) = erfc(eta |g|/(s sqrt 2))/2",
        stated="0",
    )

"""Theorem 6 (1), last step: stationary limit points do not make the sequence converge."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from proofs.outcome import Method, Outcome, refuted_if
from proofs.registry import control, evidence
from reference.trajectories import blockwise_trajectory, dense_trajectory
from reference.validation import FloatArray

EPS = np.finfo(float).eps


def spiral_point(t: int, angle: float) -> FloatArray:
    """The point at radius 1 + 1/t."""
    return (1 + 1 / t) * np.array([np.cos(angle), np.sin(angle)])


@evidence("T6-P6", method=Method.SYMBOLIC, reading="no noise")
@control("when the turns 1/t^2 are summable the sequence converges", turn_power=2)
def steps_can_wind_round_a_circle_for_ever(turn_power: int = 1) -> Outcome:
    """Two parameters, one block, any eta > 0. Let theta_t have radius 1 + 1/t and angle 1 + 1/2 + ... + 1/t,
    and g_t = (theta_t - theta_{t+1})/eta, of length at most (1/(t(t+1)) + 2/(t+1))/eta -> 0. Around each
    theta_t put the bump L(theta) = <g_t, z>(1 - |z|^2/r^2)^2 for |z| < r, with z = theta - theta_t and
    r = 1/(3t(t+1)), and L = 0 elsewhere. The radii of two points differ by at least 1/(t(t+1)), t the smaller
    index, more than their two r, so the bumps are disjoint; and they lie outside the unit circle. A bump is
    continuously differentiable, with gradient g_t at its centre and at most 4|g_t|/3 anywhere; as these tend
    to 0 the sum is continuously differentiable with gradient 0 on the circle. L is bounded. Started at
    theta_1 the gradient steps are exactly theta_t; the angles grow without bound by ever smaller turns, so
    every point of the circle is a limit point: all are stationary and the sequence does not converge.
    """
    t, u = sp.symbols("t u", positive=True)
    gap = sp.simplify(1 / t - 1 / (t + 1))
    radius = 1 / (3 * t * (t + 1))
    # |gradient of a bump| <= |g| ((1-u)^2 + 4u(1-u)) with u = |z|^2/r^2 in [0, 1]
    size = sp.expand((1 - u) ** 2 + 4 * u * (1 - u))
    step_length = gap + (1 + 1 / t) / (t + 1) ** turn_power
    eta, count = 0.1, 200
    angles = np.cumsum(1.0 / np.arange(1, count + 2) ** turn_power)
    points = np.array([spiral_point(i + 1, angle) for i, angle in enumerate(angles)])

    def slope(theta: FloatArray) -> FloatArray:
        index = round(1 / (float(np.hypot(*theta)) - 1)) - 1
        g, z = (points[index] - points[index + 1]) / eta, theta - points[index]
        share = 1 - z @ z * (3 * (index + 1) * (index + 2)) ** 2
        return np.asarray(g * share**2 - 4 * (g @ z) * share * z * (3 * (index + 1) * (index + 2)) ** 2)

    run = blockwise_trajectory(points[0], slope, eta, [[0, 1]], [[0]] * (count - 1))
    return refuted_if(
        hypotheses={
            "neighbouring bumps are disjoint": sp.simplify(gap - 2 * radius).is_positive,
            "bumps lie outside the unit circle": sp.simplify(1 / t - radius).is_positive,
            "bumps are continuously differentiable": sp.diff((1 - u) ** 2, u).subs(u, 1) == 0,
            "the gradient of a bump is at most 4/3 of its centre's": sp.expand(
                sp.Rational(4, 3) - size - 3 * (u - sp.Rational(1, 3)) ** 2
            )
            == 0,
            "the gradients at the centres tend to 0": sp.limit(step_length, t, sp.oo) == 0,
        },
        violated={"the angles grow without bound": sp.summation(1 / t**turn_power, (t, 1, sp.oo)) == sp.oo},
        reference={
            "200 steps of the reference follow the spiral": float(np.max(np.abs(run - points[:count])))
            <= 4 * EPS * count
        },
        witness={"theta_t": "radius 1 + 1/t, angle 1 + 1/2 + ... + 1/t", "L": "disjoint bumps", "eta": "any"},
        summary="A C^1 loss whose gradient steps wind round a circle of stationary points for ever",
        computed="limit set: the unit circle",
        stated="the whole sequence converges",
    )


@evidence("T6-P6", method=Method.SYMBOLIC, reading="vanishing noise")
@evidence("T6-P6", method=Method.SYMBOLIC, reading="vanishing noise", version="dense")
@control("noise with summable variance lets the sequence converge", decay=Fraction(1))
def vanishing_noise_wanders_along_a_valley(decay: Any = Fraction(1, 2)) -> Outcome:
    """L(x, y) = y^2/2, smooth and convex, eta = 1 = 1/Lc, all parameters in every step, noise of scale
    t^(-1/2). Then y_{t+1} is the noise alone: P(|y_{t+1}| > d) <= 2 exp(-d^2 t/2), which sums to a finite
    number for every d > 0, so y_t -> 0 almost surely and every limit point (x, 0) is stationary. x_t is the
    sum of the noise, normal with variance 1 + 1/2 + ... + 1/t -> infinity; the probability that it lies in
    any bounded interval tends to 0, so x_t converges with probability 0.
    """
    t, d = sp.symbols("t d", positive=True)
    power = sp.Rational(decay)
    ratio = sp.exp(-(d**2) / 2)  # P(|y_(t+1)| > d) <= 2 ratio^t
    scales = [float((k + 1) ** -power) for k in range(30)]
    noises = [[scale, scale] for scale in scales]
    end = dense_trajectory([0.0, 3.0], lambda v: [0.0, v[1]], 1.0, [1.0] * 30, noises)[-1]
    return refuted_if(
        hypotheses={
            "the scale of the noise tends to 0": sp.limit(t**-power, t, sp.oo) == 0,
            "the tails of y are summable, for every d: a geometric series of ratio below 1": sp.log(
                ratio
            ).is_negative,
        },
        violated={
            "the variance of x grows without bound": sp.summation(t ** (-2 * power), (t, 1, sp.oo)) == sp.oo
        },
        reference={
            "after 30 steps x is the sum and y the last of the noise": abs(end[0] - sum(scales)) <= 64 * EPS
            and abs(end[1] - scales[-1]) <= 4 * EPS
        },
        witness={"L": "y^2/2", "eta": 1, "noise scale": "t^(-1/2)"},
        summary="Along a valley of minima vanishing noise makes the iterates wander off with probability one",
        computed="variance of x_t = 1 + 1/2 + ... + 1/t",
        stated="the whole sequence converges",
    )

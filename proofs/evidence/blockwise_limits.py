"""Theorem 6 as its proof argues: gradient steps on blocks, with no more than a continuous gradient.

What the theorem assumes of the loss and of the schedule is too little for each of its conclusions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball, positive_on_box
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.entropy import total_entropy
from reference.temperature import entropy_temperature
from reference.trajectories import blockwise_trajectory
from reference.updates import dense_step
from reference.validation import FloatArray

GRADIENT = "gradient step"
EPS = np.finfo(float).eps
THREE_HALVES = sp.Rational(3, 2)


@evidence("T6-A1", method=Method.SYMBOLIC)
@evidence("T6-S1", "T6-S2", "T6-S3", "T6-S5", "T6-P7", method=Method.SYMBOLIC, reading=GRADIENT)
@evidence("T6-P4", method=Method.SYMBOLIC, reading="as stated")
@evidence("T6-P5", method=Method.SYMBOLIC, reading="no noise left")
@control("a quadratic on each side of 0 does not cycle for small steps", power=2)
@control("a symmetric loss has the same value at both points of the cycle", steepness=1)
def square_root_gradients_cycle_for_every_step(power: Any = THREE_HALVES, steepness: int = 2) -> Outcome:
    """L(x) = (2/3) x^(3/2) for x >= 0 and (4/3) |x|^(3/2) for x < 0: convex, coercive, continuously
    differentiable, minimal at 0 only; its gradient is sqrt(x), or -2 sqrt(-x). One parameter is one block,
    updated in every step, with any step h = eta f > 0. The points p = 16 h^2/25 and -q = -4 h^2/25 are mapped
    to each other, and the derivative of two steps is -9/16 there, so starts in a neighbourhood are drawn to
    this cycle (at h = 1 from all of 0.60..0.68). On it the gradient is not 0, L takes the values
    128 h^3/375 and 32 h^3/375 in turn, both above the minimum 0. Since h is arbitrary, no learning rate is
    small enough, and a fraction f(t) that settles at a small positive value does not help.
    """
    h, x = sp.symbols("h x", positive=True)
    c = sp.Integer(steepness)
    right, left = x ** (power - 1), c * x ** (power - 1)  # size of the gradient at x and at -x
    p, q = c**4 * h**2 / (1 + c**2) ** 2, c**2 * h**2 / (1 + c**2) ** 2
    from_right, from_left = sp.simplify(p - h * right.subs(x, p)), sp.simplify(-q + h * left.subs(x, q))
    turn = sp.simplify((1 - h * right.diff(x).subs(x, p)) * (1 - h * left.diff(x).subs(x, q)))
    value_right = sp.simplify(right.integrate(x).subs(x, p))
    value_left = sp.simplify(left.integrate(x).subs(x, q))

    def contraction(u: Any) -> Any:  # 1 minus the squared derivative of two steps, h = 1
        v = -(u - u.sqrt())
        return 1 - (((1 - 1 / (2 * u.sqrt())) * (1 - 1 / v.sqrt())) ** 2)

    def slope(theta: FloatArray) -> FloatArray:
        size = np.sqrt(np.abs(theta))
        return np.asarray(np.where(theta >= 0, size, -float(c) * size))

    points = blockwise_trajectory([0.3], slope, 0.7, [[0]], [[0]] * 400).ravel()
    cycle = sorted(float(end.subs(h, sp.Rational(7, 10))) for end in (p, -q))
    distance = np.max(np.abs(np.sort(points[-2:]) - cycle))
    return refuted_if(
        hypotheses={
            "the gradient is continuous at 0": right.limit(x, 0) == 0 and left.limit(x, 0) == 0,
            "the gradient increases, so L is convex": right.diff(x).is_positive and left.diff(x).is_positive,
            "L is at least 0": right.integrate(x).is_positive and left.integrate(x).is_positive,
        },
        violated={
            "p is mapped to -q": sp.simplify(from_right + q) == 0,
            "-q is mapped to p": sp.simplify(from_left - p) == 0,
            "two steps contract near the cycle, for every h": turn.is_number and abs(turn) < 1,
            "at h = 1 two steps contract on 0.60..0.68": positive_on_box(contraction, [("0.60", "0.68")]),
            "the gradient is not 0 on the cycle": sp.simplify(right.subs(x, p)).is_positive,
            "L takes two different values for ever": sp.simplify(value_right - value_left).is_positive,
            "both exceed the minimum 0": value_left.is_positive,
        },
        reference={
            "400 steps of the reference from 0.3 end on the cycle of h = 7/10": distance <= 8 * EPS,
        },
        witness={
            "L": "(2/3) x^(3/2), x >= 0; (4/3) |x|^(3/2), x < 0",
            "cycle": f"{p}, {-q}",
            "step": "every h > 0",
        },
        summary="Convex and C^1, yet the steps cycle for every learning rate, from an open set of starts",
        computed=f"L alternates between {value_right} and {value_left}; two-step derivative {turn}",
        stated="gradient -> 0, L decreasing to its minimum",
    )


@evidence("T6-A2", method=Method.SMT, reading="with the floor")
@control(
    "without the floor the temperature may tend to 0", without="L43, L127-129: T never falls below T_min"
)
def a_floor_excludes_cooling_to_zero(without: str | None = None) -> Outcome:
    """A temperature that tends to 0 falls below every positive number, in particular below T_max/100. The
    implementation details and the schedule keep it at T_min = T_max/100 or above. T_max > 0 in both.
    """
    now, top = z3.Reals("T T_max")
    passages = {
        "L43, L127-129: T never falls below T_min": z3.And(top > 0, now >= top / 100),
        "L284: T tends to 0": z3.And(top > 0, now < top / 100),
    }
    return compare(
        passages,
        "The floor T_min = 0.01 T_max keeps T from tending to 0, which Theorem 6 assumes",
        without=without,
        computed="T >= 0.01 T_max",
        stated="T -> 0",
    )


@evidence("T6-A2", method=Method.BALL, reading="without the floor")
@control("a grid ten times wider, compared with T_max, is not bound by this argument", kappa=10)
def the_schedule_stays_above_half_of_its_start(kappa: int = 1) -> Outcome:
    """At the paper's settings the hull of the levels is D = 2 kappa sigma = (2 kappa/5) T_max wide. The
    largest weight is at most exp(D/T) times the smallest, the smallest probability is at most 1/K, so every
    probability is at most exp(D/T)/K and every entropy at least log K - D/T, wherever the parameters are.
    Hence T_next >= T_max (1 - D/(T log K)). If T >= T_max/2 then T_next >= T_max (1 - 4 kappa/(5 log K)),
    which is at least T_max/2 again as soon as log K >= 8 kappa/5, that is for every K >= 5 at kappa = 1.
    So T_t >= T_max/2 for ever, for every loss and every trajectory.
    """
    smallest = 5
    t_max, levels = 1.0, np.linspace(-0.2 * kappa, 0.2 * kappa, smallest)
    entropy = total_entropy(np.array([0.2 * kappa]), levels, t_max / 2)
    following = entropy_temperature(entropy, float(np.log(smallest)), t_max)
    return refuted_if(
        hypotheses={"the hull is 2 kappa T_max/5 wide": abs(np.ptp(levels) - 0.4 * kappa) <= 4 * EPS * kappa},
        violated={
            "log K >= 8 kappa/5 for K = 5 and hence for all K >= 5": ball(5).log() >= ball(8 * kappa) / 5
        },
        reference={"at T_max/2, theta at the end of five levels, T_next > T_max/2": following > t_max / 2},
        witness={"K": "any K >= 5", "kappa": kappa, "T_max": "5 sigma", "theta, loss": "any"},
        summary="At the paper's grid and T_max the entropy schedule never cools below T_max/2",
        computed="T_t >= T_max/2 for all t",
        stated="T_t -> 0",
    )


@evidence("T6-P5", method=Method.SYMBOLIC, reading="vanishing noise, almost surely")
@control("noise of scale t^(-1/2) exceeds a fixed size only finitely often", decay="polynomial")
def slowly_vanishing_noise_jumps_for_ever(decay: str = "logarithmic") -> Outcome:
    """L(theta) = theta^2/2, eta f = 1/2, noise N_t/sqrt(log t) with independent standard normal N_t: its
    scale tends to 0. With x = sqrt(log t), P(|noise| > 1) = P(|N| > x) >= 2 x phi(x)/(1 + x^2), since the
    derivative of the right side is -2 phi(x) (1 - 2/(1 + x^2)^2) >= -2 phi(x). This is of the order of
    1/sqrt(t log t), larger than 1/t in the end, so the sum diverges, and by Borel-Cantelli |noise| > 1
    infinitely often, almost surely.
    Whenever it happens, theta_{t+1} - theta_t/2 exceeds 1 in size, so one of the two gradients exceeds 2/3.
    """
    x, t = sp.symbols("x t", positive=True)
    phi = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    bound = 2 * x * phi / (1 + x**2)
    slack = sp.simplify((bound.diff(x) + 2 * phi) / phi)
    inverse_scale = sp.sqrt(sp.log(t)) if decay == "logarithmic" else sp.sqrt(t)
    term = sp.simplify(bound.subs(x, inverse_scale))
    one, two = z3.Reals("now next")
    small = z3.And(z3.And(3 * one >= -2, 3 * one <= 2), z3.And(3 * two >= -2, 3 * two <= 2))
    jump = z3.Or(two - one / 2 > 1, two - one / 2 < -1)
    stepped = dense_step([0.5], [0.5], 0.5, 1.0, [-1.25])[0]
    return refuted_if(
        hypotheses={"the scale of the noise tends to 0": sp.limit(1 / inverse_scale, t, sp.oo) == 0},
        violated={
            "P(|N| > x) is at least the bound": sp.simplify(slack - 4 / (1 + x**2) ** 2) == 0
            and sp.limit(bound, x, sp.oo) == 0,
            "the bound exceeds 1/t in the end": sp.limit(t * term, t, sp.oo) == sp.oo,
            "the sum of 1/t diverges": sp.summation(1 / t, (t, 1, sp.oo)) == sp.oo,
            "a jump above 1 leaves a gradient above 2/3": satisfiable(small, jump) is None,
        },
        reference={"the step from 1/2 with noise -5/4 lands at -1": stepped == -1.0},
        witness={"L": "theta^2/2", "eta f": "1/2", "noise scale": "1/sqrt(log t), t >= 2"},
        summary="Noise that vanishes, but slowly, keeps the gradient from tending to 0 almost surely",
        computed="limsup |grad L| >= 2/3 almost surely",
        stated="|grad L| -> 0",
    )


@evidence("T6-P8", method=Method.SMT)
@control("a stationary point of a merely continuous function need not be a minimiser", assumption="none")
def convexity_makes_stationary_points_global(assumption: str = "convex or Polyak-Lojasiewicz") -> Outcome:
    """Convex: L(y) >= L(x) + <grad L(x), y - x> for every y; with gradient 0 at x this is L(y) >= L(x).
    Polyak-Lojasiewicz: 0 = |grad L(x)|^2 >= 2 mu (L(x) - L_min) with mu > 0 forces L(x) = L_min.
    """
    here, there, inner, least, mu = z3.Reals("Lx Ly inner Lmin mu")
    stationary = inner == 0
    tangent, gradient_bound = there >= here + inner, 2 * mu * (here - least) <= 0
    if assumption == "none":
        tangent = gradient_bound = z3.BoolVal(True)
    return proved_if(
        {
            "convex: no y lies below a stationary x": satisfiable(stationary, tangent, there < here) is None,
            "Polyak-Lojasiewicz: no stationary x lies above L_min": satisfiable(
                mu > 0, gradient_bound, here > least
            )
            is None,
            "such losses exist": satisfiable(stationary, tangent, mu > 0, gradient_bound) is not None,
        },
        "Under convexity or the Polyak-Lojasiewicz condition a stationary point is a global minimiser",
    )

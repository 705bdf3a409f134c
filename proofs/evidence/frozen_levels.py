"""Theorem 6 with its quantizer: as T -> 0 parameters freeze on levels, wherever the loss would lead them.

The quantized step at T = 0 is a projection onto the grid. With a step of at most 1/Lc it never raises the
loss and stops soon; where it stops, the gradient can have any value up to half a spacing over eta.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.soft_quantization import soft_quantize

QUANTIZED = "with the quantizer"
LEVELS = (Fraction(-1), Fraction(1))
GRID = np.array([-1.0, 1.0])
EPS = np.finfo(float).eps


def size(value: Any) -> Any:
    """The absolute value of a z3 term."""
    return z3.If(value >= 0, value, -value)


def quantized_run(
    theta: float, minimiser: Fraction, step: Fraction, temperatures: list[float]
) -> list[float]:
    """Iterate theta <- S(theta - step (theta - minimiser)) on the levels -1 and 1 with the reference."""
    points = [theta]
    for temperature in temperatures:
        proposal = points[-1] - float(step) * (points[-1] - float(minimiser))
        points.append(float(soft_quantize(np.array([proposal]), GRID, temperature)[0]))
    return points


@evidence("T6-S1", "T6-S3", method=Method.BALL, reading=QUANTIZED)
@control("a minimiser on a level is reached", minimiser=Fraction(1))
@control("too hot a start is not held by this argument", hottest=Fraction(2))
def parameters_freeze_beside_the_minimum(
    minimiser: Fraction = Fraction(1, 3), hottest: Fraction = Fraction(3, 4)
) -> Outcome:
    """Levels -1, 1; L(theta) = (theta - 1/3)^2/2, convex and Polyak-Lojasiewicz, minimal between the levels;
    learning rate 1/2 < 1/Lc = 1; one parameter, updated in every step. On the hull S(x) = tanh(x/T), the sign
    beyond. The proposal is theta/2 + 1/6, increasing. If T_t <= 3/4 and theta_t >= 1/2 then it is at least
    5/12 and theta_{t+1} >= tanh(5/(12 T_t)) >= tanh(5/9) > 1/2. So for every schedule with T_t <= 3/4
    and every start above 1/2, theta_{t+1} >= tanh(5/(12 T_t)) for all t, and theta_t -> 1 as T_t -> 0. There
    the gradient is 2/3, and L is 2/9 above its minimum.
    """
    edge = Fraction(1, 2)
    proposal = edge / 2 + minimiser / 2
    held = (ball(proposal) / ball(hottest)).tanh()
    at_one = (Fraction(1) - minimiser, (Fraction(1) - minimiser) ** 2 / 2)
    points = quantized_run(0.6, minimiser, Fraction(1, 2), [0.75 / (t + 1) for t in range(60)])
    return refuted_if(
        hypotheses={"temperatures are positive": hottest > 0, "L is at least 0": at_one[1] >= 0},
        violated={
            "the half line above 1/2 is never left": held > ball(edge),
            "the gradient at the limit 1 is not 0": at_one[0] != 0,
            "L at the limit exceeds its minimum 0": at_one[1] > 0,
        },
        reference={"60 steps of the reference from 0.6, T_t = 3/(4t), end at 1": points[-1] == 1.0},
        witness={
            "levels": "-1, 1",
            "L": f"(theta - {minimiser})^2/2",
            "eta": "1/2",
            "theta_0": "any above 1/2",
        },
        summary="A cold quantizer holds the parameter at a level where the loss still has a slope",
        computed=f"gradient {at_one[0]} and excess loss {at_one[1]} at the limit",
        stated="gradient 0, L minimal",
    )


@evidence("T6-S2", "T6-S5", "T6-P7", method=Method.BALL, reading=QUANTIZED)
@evidence("UPD-5", method=Method.BALL, reading="T -> 0")
@control("with eta Lc <= 1 the cold quantized step does not raise the loss (T6-R4)", step=Fraction(1))
@control("a minimiser midway between the levels gives both the same loss", minimiser=Fraction(0))
def cold_quantized_steps_cycle(
    step: Fraction = Fraction(3, 2), minimiser: Fraction = Fraction(1, 4), hottest: Fraction = Fraction(1, 20)
) -> Outcome:
    """Levels -1, 1; L(theta) = (theta - 1/4)^2/2 with Lc = 1; learning rate 3/2, for which gradient descent
    converges (factor -1/2). The proposal is 3/8 - theta/2. From theta >= 15/16 it is at most -3/32, from
    theta <= -15/16 at least 27/32; tanh(3/(32 T)) >= tanh(15/8) > 15/16 for T <= 1/20. So from every start
    beyond 15/16, for every schedule below 1/20, theta_t changes sign in every step and tends to the cycle
    1, -1, on which L is 9/32 and 25/32 in turn: it does not converge and rises in every other step.
    """
    edge = Fraction(15, 16)
    down = edge - step * (edge - minimiser)
    up = -edge - step * (-edge - minimiser)
    least = min(-down, up)
    returns = (ball(least) / ball(hottest)).tanh()
    high, low = (1 + minimiser) ** 2 / 2, (1 - minimiser) ** 2 / 2
    points = quantized_run(1.0, minimiser, step, [0.05 / (t + 1) for t in range(40)])
    return refuted_if(
        hypotheses={
            "gradient descent converges at this rate": abs(1 - step) < 1,
            "L is at least 0": low >= 0,
        },
        violated={
            "beyond 15/16 the next point is beyond 15/16 on the other side": returns > ball(edge),
            "the two levels have different losses": high != low,
        },
        reference={"the reference changes sign 40 times": all(a * b < 0 for a, b in pairwise(points))},
        witness={
            "levels": "-1, 1",
            "L": f"(theta - {minimiser})^2/2",
            "eta": step,
            "theta_0": "any above 15/16",
        },
        summary="A step between 1/Lc and 2/Lc makes the cold quantized iteration cycle for ever",
        computed=f"L alternates between {low} and {high}",
        stated="L decreases and converges",
    )


@evidence("T6-R3", method=Method.SMT)
@control("a proposal on the border between two cells has no margin", margin_is_positive=False)
def strictly_frozen_points_attract(margin_is_positive: bool = True) -> Outcome:
    """Write x_i = theta_i - eta dL/dtheta_i for the proposals at a point theta made of levels. At T = 0 the
    step replaces theta_i by the level nearest to x_i; so theta is fixed exactly if theta_i is nearest to x_i
    for each i (ties go by the rule). Suppose each x_i is nearest to theta_i with margin: |x_i - q| exceeds
    |x_i - theta_i| by at least 4m > 0 for all other levels q. A proposal y with |y - x_i| <= m still has
    |y - q| - |y - theta_i| >= 2m, so by Eq. 9 the other levels together have probability at most
    (K-1) exp(-2m/T), and |S(y) - theta_i| <= (K-1) D exp(-2m/T), D the width of the hull. The gradient is
    continuous: for some r > 0, all proposals from points within r of theta differ from x by at most m. For
    T <= T* = 2m/log((K-1) D/r) the step then maps this neighbourhood into itself, every active coordinate to
    within (K-1) D exp(-2m/T) of theta_i. So it is invariant for every schedule below T*, and once each block
    has been visited the distance is bounded by a number that tends to 0 with T. Neighbourhoods can be chosen
    as small as wanted: theta is stable and attracts. On spacing h at inner levels the margin condition is
    eta |dL/dtheta_i| < h/2.
    """
    x, y, q, level, m, h, slope = z3.Reals("x y q theta m h slope")
    close, positive = size(y - x) <= m, m > 0 if margin_is_positive else m >= 0
    keeps = satisfiable(
        positive, close, size(x - q) - size(x - level) >= 4 * m, size(y - q) - size(y - level) < 2 * m
    )
    inner = satisfiable(
        h > 0,
        size(slope) < h / 2,
        z3.Or(q - level >= h, level - q >= h),
        size(level - slope - q) <= size(slope),
    )
    outside = satisfiable(h > 0, q == level - h, slope > h / 2, size(level - slope - q) >= size(slope))
    stays = satisfiable(positive, size(x - q) - size(x - level) >= 4 * m, q == level)
    k, d, r, lead = sp.symbols("K D r m", positive=True)
    threshold = 2 * lead / sp.log((k - 1) * d / r)
    reached = sp.simplify((k - 1) * d * sp.exp(-2 * lead / threshold) - r)
    return proved_if(
        {
            "a proposal within m keeps a lead of 2m": keeps is None,
            "the margin is positive, so no other level coincides": stays is None,
            "a step below h/2 keeps the level the nearest on spacing h": inner is None,
            "a step above h/2 makes a neighbour nearer": outside is None,
            "at T* the bound on the distance equals r": sp.simplify(sp.expand_log(reached, force=True)) == 0,
        },
        "Levels whose proposals stay inside their cells are fixed, stable and attracting as T -> 0",
        computed="frozen whenever eta |dL/dtheta_i| < h/2 for every i",
        stated="limit points have gradient 0",
    )


@evidence("T6-R4", method=Method.SYMBOLIC)
@control("with eta Lc > 1 the quadratic model is no upper bound", relative_step=Fraction(3, 2))
def cold_quantized_steps_descend(relative_step: Fraction = Fraction(1, 2)) -> Outcome:
    """On the active block let Q(y) = L(x) + <g, y - x> + |y - x|^2/(2 eta). It is |y - (x - eta g)|^2/(2 eta)
    plus terms without y, so the nearest-level rule, coordinate by coordinate, minimises Q over the grid. x is
    on the grid, so Q(next) <= Q(x) = L(x). A Lipschitz gradient gives L(y) <= L(x) + <g, y - x> + Lc |y -
    x|^2/2 = Q(y) - (1/eta - Lc)|y - x|^2/2. Together L(next) <= L(x) - (1/eta - Lc)|next - x|^2/2. A move has
    length at least h, so for eta Lc < 1 at most 2 (L0 - L_min)/((1/eta - Lc) h^2) steps move, and after an
    epoch without a move every block is where the rule leaves it. Sharp: for a = eta Lc > 1 take levels -1, 1
    and L = Lc (theta - c)^2/2 with 0 < c < 1 - 1/a: the proposals 1 - a (1 - c) < 0 and -1 + a (1 + c) > 0
    exchange the levels for ever.
    """
    x, y, g, eta, c, a = sp.symbols("x y g eta c a", real=True)
    model = g * (y - x) + (y - x) ** 2 / (2 * eta)
    rest = sp.simplify(model - (y - (x - eta * g)) ** 2 / (2 * eta))
    from_one = sp.expand(1 - a * (1 - c)).subs(c, (1 - 1 / a) / 2)
    from_minus_one = sp.expand(-1 + a * (1 + c)).subs(c, (1 - 1 / a) / 2)
    excess = sp.Symbol("s", positive=True)  # a = 1 + s
    minimiser = Fraction(1, 4)
    at = [quantized_run(end, minimiser, relative_step, [1e-3])[1] for end in (-1.0, 1.0)]
    losses = [(end - float(minimiser)) ** 2 / 2 for end in (-1.0, 1.0)]
    after = [(end - float(minimiser)) ** 2 / 2 for end in at]
    return proved_if(
        {
            "the model is a squared distance to the proposal plus a constant": rest.diff(y) == 0,
            "1/eta - Lc is not negative": 1 / relative_step - 1 >= 0,
            "for a > 1 and c = (1 - 1/a)/2, level 1 is left": sp.simplify(
                from_one.subs(a, 1 + excess)
            ).is_negative,
            "and level -1 is left": sp.simplify(from_minus_one.subs(a, 1 + excess)).is_positive,
            "the reference raises L from neither level": all(
                b <= a for a, b in zip(losses, after, strict=True)
            ),
        },
        "At T = 0 and eta Lc <= 1 quantized steps on the grid never raise L; below 1 they stop",
        computed="at most 2 (L0 - L_min)/((1/eta - Lc) h^2) moves; threshold eta Lc = 1 exact",
        stated="monotone once T is about 0",
    )

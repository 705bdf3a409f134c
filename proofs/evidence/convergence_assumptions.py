"""The assumptions A1 to A4 and the definition of stationarity: where they hold and where they cannot."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.fraction import update_count, update_fraction

X = sp.Symbol("x", real=True)


@evidence("A1", method=Method.EXACT)
@control("a linear unit has no kink", kink=False)
def a_rectified_unit_has_a_jump_in_its_gradient(kink: bool = True) -> Outcome:
    """One weight w, one example with input 1 and target 1, squared loss: L(w) = (max(w, 0) - 1)^2/2. For w <
    0 the slope is 0, for w > 0 it is w - 1, with limit -1 at 0: L is not even differentiable there, and no L
    exists. Without the kink A1 still fails on networks: for two linear layers, (v w - 1)^2/2, the second
    derivative in w is v^2, unbounded. (`kink` = False uses the linear unit w and one layer.)
    """
    left = sp.Integer(0) if kink else X - 1
    right = X - 1
    v, w = sp.symbols("v w", real=True)
    layers = (v * w - 1) ** 2 / 2 if kink else (w - 1) ** 2 / 2
    return refuted_if(
        hypotheses={
            "slopes of the two pieces": sp.diff((X - 1) ** 2 / 2, X) == sp.expand(right)
            or sp.expand(sp.diff((X - 1) ** 2 / 2, X) - right) == 0
        },
        violated={
            "the slope jumps at 0": sp.limit(left, X, 0, "-") != sp.limit(right, X, 0, "+"),
            "two layers: the curvature is unbounded": sp.limit(sp.diff(layers, w, 2), v, sp.oo) == sp.oo,
        },
        witness={
            "loss": "(max(w, 0) - 1)^2/2",
            "slope left of 0": left,
            "slope right of 0": right.subs(X, 0),
        },
        summary="A ReLU unit makes the gradient jump; two layers have unbounded curvature",
        computed="slopes 0 and -1 at w = 0",
        stated="one Lipschitz constant",
    )


@evidence("A2", method=Method.SYMBOLIC)
@control("with weight decay the loss is coercive", decay=1)
def cross_entropy_and_rescaling_are_not_coercive(decay: int = 0) -> Outcome:
    """Logistic loss of one example of input 1: ln(1 + e^-w) tends to 0 as w -> oo, as softmax cross-entropy
    does along every separating direction; gradient descent then has no limit point. And for two layers with
    squared loss, (v max(w, 0) - 1)^2/2, all points (1/c, c), c > 0, have loss 0 although c -> oo. (`decay`
    adds decay times half the squared norm.)
    """
    c = sp.Symbol("c", positive=True)
    logistic = sp.log(1 + sp.exp(-X)) + sp.Rational(decay) * X**2 / 2
    rescaled = ((1 / c) * c - 1) ** 2 / 2 + sp.Rational(decay) * (c**2 + 1 / c**2) / 2
    return refuted_if(
        hypotheses={"1 + e^-w > 1, so the logistic loss is positive": sp.exp(-X).is_positive},
        violated={
            "ln(1 + e^-w) -> 0 as w -> oo": sp.limit(logistic, X, sp.oo) == 0,
            "loss 0 along (1/c, c)": sp.simplify(rescaled) == 0,
        },
        witness={"logistic loss": "ln(1 + e^-w)", "two layers": "(v max(w, 0) - 1)^2/2 at (1/c, c)"},
        summary="Separable data and rescaling of ReLU layers leave directions without growth",
        computed="limit 0",
        stated="limit infinity",
    )


@evidence("A1", method=Method.SYMBOLIC, reading="as a hypothesis")
@evidence("A2", method=Method.SYMBOLIC, reading="as a hypothesis")
@control("a fourth power is not L-smooth", degree=4)
def a_parabola_meets_the_assumptions(degree: int = 2) -> Outcome:
    """theta^2/2 has second derivative 1, so A1 holds with L = 1, and it is bounded below and coercive.
    (`degree` is the exponent.)
    """
    loss = X**degree / degree
    return proved_if(
        {
            "bounded curvature": sp.limit(sp.diff(loss, X, 2), X, sp.oo).is_finite,
            "coercive": sp.limit(loss, X, sp.oo) == sp.oo and sp.limit(loss, X, -sp.oo) == sp.oo,
            "bounded below": sp.minimum(loss, X) == 0,
        },
        "A1 and A2 can hold together",
        witness={"loss": "theta^2/2", "L": 1, "L_min": 0},
    )


@evidence("A3", method=Method.SYMBOLIC)
@control("f_min = 0 leaves no positive bound", f_min=Fraction(0))
def the_printed_fraction_stays_between_its_bounds(f_min: Fraction = Fraction(1, 100)) -> Outcome:
    """With r = |DeltaL|/max |DeltaL| in [0, 1], f = f_min + (f_max - f_min)(1 - e^-r) lies between f_min and
    f_max, as 0 <= 1 - e^-r <= 1: in (0, 1] for 0 < f_min <= f_max <= 1.
    """
    r = sp.Symbol("r", nonnegative=True)
    share = 1 - sp.exp(-r)
    low = update_fraction(0.0, 1.0, float(f_min), 0.5)
    return proved_if(
        {
            "1 - e^-r grows": sp.diff(share, r).is_positive,
            "from 0": share.subs(r, 0) == 0,
            "to below 1": sp.limit(share, r, sp.oo) == 1,
            "the lower bound is positive": f_min > 0,
            "reference: f_min where the loss does not change": low == float(f_min),
        },
        "f(t) of Eq. 15 lies in [f_min, f_max)",
    )


@evidence("A3", method=Method.BALL, reading="Eq. 15, signed change")
@control("a falling loss gives a positive fraction", change=1)
def a_rising_loss_makes_the_signed_fraction_negative(change: int = -1) -> Outcome:
    """With DeltaL = L(t-1) - L(t) signed, as the proof of Theorem 3 defines it, a loss that rises by as much
    as it ever fell has ratio -1, and f = 0.01 + 0.49 (1 - e) < -0.8. (`change` is the ratio.)
    """
    value = ball("0.01") + ball("0.49") * (1 - ball(-change).exp())
    computed = update_fraction(float(change), 1.0, 0.01, 0.5)
    return refuted_if(
        hypotheses={"the change is no larger than the largest": abs(change) <= 1},
        violated={"f is negative": value < 0},
        reference={"update_fraction": abs(arb(computed) - value) < 4 * np.finfo(float).eps},
        witness={"f_min": "1/100", "f_max": "1/2", "DeltaL / max": change},
        summary="With a signed change a rising loss makes the fraction negative",
        computed=f"f = {float(value.mid()):.4g}",
        stated="f in (0, 1]",
    )


@evidence("A3", method=Method.EXACT, reading="share updated")
@control("with a hundred parameters one is updated", size=100)
def small_models_update_no_parameter_at_all(size: int = 50) -> Outcome:
    """Algorithm 1 updates k = floor(f n) parameters. For n = 50 and f = f_min = 1/100, k = floor(1/2) = 0:
    nothing moves, and since the loss then does not change, f stays f_min for ever. (`size` is n.)
    """
    count = Fraction(1, 100) * size // 1
    return refuted_if(
        hypotheses={"f_min = 1/100 is positive": Fraction(1, 100) > 0, "n >= 1": size >= 1},
        violated={"no parameter is updated": count == 0},
        reference={"update_count": update_count(Fraction(1, 100), size) == 0},
        witness={"f": "1/100", "n": size},
        summary="floor(f n) is 0 for every n < 100 at the paper's f_min: no positive bound",
        computed=f"share {count}/{size}",
        stated=">= f_min > 0",
    )


@evidence("A4", method=Method.SMT)
@control("without the clamp the noise may vanish", without="clamp at T_min")
def a_clamped_temperature_keeps_the_noise(without: str | None = None) -> Outcome:
    """T_t >= T_min = 0.01 T_max > 0 for all t and a scale eps that is positive and non-decreasing give
    eps(T_t) >= eps(T_min) > 0. But eps(T_t) -> 0 needs some t with eps(T_t) < eps(T_min)/2. The two passages
    also differ in what they need: A4 asks for no rate, though summability is what Theorem 7's proof would use
    (T7-R2).
    """
    warm, least, top, scale, floor = z3.Reals("T_t T_min T_max eps_t eps_min")
    return compare(
        {
            "clamp at T_min": z3.And(top > 0, least == top / 100, warm >= least),
            "eps is positive and non-decreasing": z3.And(
                floor > 0, scale > 0, z3.Implies(warm >= least, scale >= floor)
            ),
            "A4, for some late t": scale < floor / 2,
        },
        "A temperature clamped above zero keeps the noise scale above a positive constant",
        without=without,
    )


@evidence("DEF-1", method=Method.SMT)
@control("eps-stationary for a single eps is weaker", every=False)
def stationary_is_eps_stationary_for_every_eps(every: bool = True) -> Outcome:
    """With g the norm of the gradient, g >= 0: if g <= eps for all eps > 0 then g = 0, and g = 0 is at most
    every eps. (`every` = False asks for eps = 1 only.)
    """
    norm, eps = z3.Reals("g eps")
    bounded = z3.ForAll([eps], z3.Implies(eps > 0, norm <= eps)) if every else norm <= 1
    return proved_if(
        {
            "eps-stationary for every eps implies stationary": satisfiable(norm >= 0, bounded, norm != 0)
            is None,
            "stationary implies eps-stationary": satisfiable(norm == 0, eps > 0, norm > eps) is None,
        },
        "The two notions fit together; eps-stationarity says nothing about the distance to a minimiser",
    )

"""What an update responds to: the change of the loss, the forward pass, the local gradient."""

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
from reference.fraction import fraction_trace, update_fraction
from reference.released_rules import released_fraction
from reference.settings import Settings, gradient_descent_settings
from reference.state import Draws, Step, initial_state
from reference.updates import dense_step

EPS = np.finfo(float).eps
HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)


def _run(
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


@evidence("INT-6", method=Method.SYMBOLIC)
@control("with f_min = f_max the fraction reacts to nothing", width=0)
@control("changes that are not divided by the largest change depend on the unit of the loss", relative=False)
def the_fraction_is_a_function_of_the_relative_change(
    width: int | None = None, relative: bool = True
) -> Outcome:
    """f = f_min + w (1 - exp(-r)), w = f_max - f_min > 0, with r = |DeltaL(t)|/m and m the divisor: df/dr = w
    exp(-r) > 0. A constant added to all losses cancels in every difference, and a common factor c > 0 cancels
    in r. So f(t) sees the losses through this ratio only, and strictly increases with it.
    """
    r, w, f_min, c = sp.symbols("r w f_min c", positive=True)
    old, new, divisor, shift = sp.symbols("L_old L_new m b", real=True)
    spread = w if width is None else sp.Integer(width)
    fraction = f_min + spread * (1 - sp.exp(-r))
    ratio = (new - old) / (divisor if relative else 1)
    scaled = ratio.subs({old: c * old, new: c * new, divisor: c * divisor}, simultaneous=True)
    shifted = ratio.subs({old: old + shift, new: new + shift}, simultaneous=True)
    losses = np.array([8.0, 4.0, 3.0, 3.5, 3.5])
    given = fraction_trace(losses, 0.25, 0.5)
    return proved_if(
        {
            "df/dr > 0": fraction.diff(r).is_positive,
            "a common constant cancels": sp.simplify(shifted - ratio) == 0,
            "a common factor cancels": sp.simplify(scaled - ratio) == 0,
            "reference: losses 16 L + 2 give the same fractions": np.array_equal(
                fraction_trace(16 * losses + 2, 0.25, 0.5), given
            ),
            "reference: ratios 1, 1/4, 1/8, 0 give falling fractions": bool(np.all(np.diff(given) < 0)),
        },
        "f strictly increases with |DeltaL|/max |DeltaL| and depends on the losses in no other way",
        computed="df/dr = (f_max - f_min) exp(-r)",
    )


@evidence("INT-6", method=Method.EXACT, reading="at every change")
@control("against a fixed divisor the larger change gives the larger fraction", divisor="initial_drop")
def records_all_give_the_same_fraction(divisor: str = "running_maximum") -> Outcome:
    """Losses 1, 0, then 2 or 3: the second change is 2 or 3. Both exceed the first change, 1, so the largest
    change so far is the change itself and the ratio is 1 both times: f does not see how fast the loss changes
    while the change grows. Against the first change the ratios are 2 and 3.
    """
    first = Fraction(1)
    ratios = [
        size / (max(first, size) if divisor == "running_maximum" else first)
        for size in (Fraction(2), Fraction(3))
    ]
    found = [fraction_trace([1.0, 0.0, last], 0.01, 0.5, divisor=divisor)[1] for last in (2.0, 3.0)]
    stated = [update_fraction(float(ratio), 1.0, 0.01, 0.5) for ratio in ratios]
    return refuted_if(
        hypotheses={
            "same past, larger change": first < 2 < 3,
            "f_min = 1/100 < f_max = 1/2": Fraction(1, 100) < HALF,
        },
        violated={"the ratios are equal": ratios[0] == ratios[1]},
        reference={"fraction_trace gives this ratio": found == stated},
        witness={"losses": "1, 0, 2 and 1, 0, 3", "|DeltaL|/max |DeltaL|": ratios[0]},
        summary="Each new record of the change gives the same fraction, whatever its size",
        computed=f"ratio {ratios[0]} and {ratios[1]}",
        stated="the larger change gives the larger fraction",
    )


@evidence("INT-6", method=Method.EXACT, version="released")
@control("with the script's bounds apart the fraction does react", f_min=0.25)
def the_public_scripts_fix_the_fraction(f_min: float = 1.0) -> Outcome:
    """Every public script sets f_min = f_max = 1, so f = 1 for a constant loss, for a falling one and for one
    that changes once. With f_min < f_max the public rule reacts in the opposite direction: equal changes give
    f_min, a single large one nearly f_max.
    """
    curves = [[1.0] * 10, [float(10 - t) for t in range(10)], [5.0] * 9 + [1.0]]
    fractions = {released_fraction(curve, f_min, 1.0) for curve in curves}
    return refuted_if(
        hypotheses={"the curves change differently": len({tuple(np.diff(c)) for c in curves}) == 3},
        violated={"one fraction for all": len(fractions) == 1},
        reference={"released_fraction is f_max": fractions == {1.0}},
        witness={"f_min = f_max": 1, "losses": "constant; falling by 1; one fall by 4"},
        summary="In the public scripts the fraction is 1 whatever the loss does",
        computed="f = 1",
        stated="reacts to the loss",
    )


@evidence("INT-8", method=Method.EXACT)
@evidence("INT-8", method=Method.EXACT, version="dense")
@control("a unit that is kept in both forward passes gives one update", dropped=1)
def the_forward_pass_enters_the_gradient(dropped: int = 0) -> Outcome:
    """Two weights in a chain, one hidden unit h = m v x with m = 1 (kept) or m = 0 (dropped in the forward
    pass), loss (u h - y)^2/2 at u = v = x = 1, y = 2. The chain rule gives the gradient in (v, u): (m x u e, h
    e) with e = u h - y, which is (-1, -1) for m = 1 and (0, 0) for m = 0. Same weights, data and update rule;
    the forward pass alone decides whether they move.
    """
    v, u = sp.symbols("v u")
    slopes = []
    for kept in (1, dropped):
        loss = (u * kept * v - 2) ** 2 / 2
        slopes.append([int(loss.diff(weight).subs({v: 1, u: 1})) for weight in (v, u)])
    dense = [dense_step([1.0, 1.0], slope, 0.5).tolist() for slope in slopes]
    moved = []
    for kept, slope in zip((1, dropped), slopes, strict=True):
        made = _run(
            [1.0, 1.0],
            gradient_descent_settings(0.5),
            lambda p, kept=kept: (p[1] * kept * p[0] - 2.0) ** 2 / 2,  # type: ignore[misc]
            lambda _, slope=slope: np.array(slope, dtype=float),  # type: ignore[misc]
        )
        moved.append(made[0].state.theta.tolist())
    return refuted_if(
        hypotheses={"same weights, data and targets; one unit kept or dropped": dropped != 1},
        violated={"the gradients differ": slopes[0] != slopes[1]},
        reference={
            "dense_step gives (3/2, 3/2) and (1, 1)": dense == [[1.5, 1.5], [1.0, 1.0]],
            "Algorithm 1's step gives the same": moved == dense,
        },
        witness={"u, v, x": "1, 1, 1", "y": 2, "gradient, unit kept": slopes[0], "dropped": slopes[1]},
        summary="Back-propagation multiplies by the activations of the forward pass: it decides the gradient",
        computed=f"gradients {slopes[0]} and {slopes[1]}",
        stated="no direct influence",
    )


@evidence("INT-8", method=Method.BALL, reading="beyond the gradient")
@control("with the same loss at the candidate the decision is the same", bend=0)
def the_forward_pass_at_the_candidate_decides(bend: int = 8) -> Outcome:
    """L_1 = theta and L_2 = theta + 8 theta^2 have the same value 0 and gradient 1 at theta = 0. With eta = 1/2
    both propose -1/2, where the forward passes give L_1 = -1/2 and L_2 = 3/2. At T = 1 the draw u = 1/2
    accepts the first, A = 1/(1 + e^(-1/2)) > 1/2, and refuses the second, A = 1/(1 + e^(3/2)) < 1/2. (`bend`
    is the coefficient of theta^2. The loss decides the fraction f(t) too.)
    """
    candidate = -HALF
    changes = [candidate, candidate + bend * candidate**2]
    chances = [1 / (1 + ball(change).exp()) for change in changes]
    settings = replace(gradient_descent_settings(0.5), acceptance="sigmoid")
    found = [
        _run([0.0], settings, lambda p, b=b: float(p[0] + b * p[0] ** 2), np.ones_like, uniform=HALF)[0]  # type: ignore[misc]
        for b in (0, bend)
    ]
    return refuted_if(
        hypotheses={
            "same proposal": found[0].proposals[0] == found[1].proposals[0] == float(candidate),
            "same loss and slope at 0": bend * 0**2 == 0 and 2 * bend * 0 == 0,
        },
        violated={
            "u = 1/2 accepts one": chances[0] > ball(HALF),
            "and refuses the other": chances[1] < ball(HALF),
        },
        reference={"step decides so": [bool(one.accepted[0]) for one in found] == [True, False]},
        witness={
            "L_1": "theta",
            "L_2": f"theta + {bend} theta^2",
            "theta": 0,
            "eta": HALF,
            "u": HALF,
            "T": 1,
        },
        summary="Equal gradients, different forward passes at the candidate: one step moves, the other does not",
        computed="theta = -1/2 or 0",
        stated="no direct influence",
    )


@evidence("INT-8", method=Method.SMT, reading="beyond the gradient", version="dense")
@control("gradients that differ give different updates", same_gradient=False)
def the_recursion_sees_the_forward_pass_through_the_gradient(same_gradient: bool = True) -> Outcome:
    """theta - eta f g + xi: with theta, eta, f and xi given, equal gradients give equal updates. (f is given
    here; formed by Eq. 15 it depends on the losses, which are forward passes too.)
    """
    theta, eta, f, xi, first, second = z3.Reals("theta eta f xi g_1 g_2")
    equal = first == second if same_gradient else z3.BoolVal(True)
    differ = theta - eta * f * first + xi != theta - eta * f * second + xi
    return proved_if(
        {"no two updates with equal gradients differ": satisfiable(equal, differ) is None},
        "With f given, the analysed recursion sees the forward pass through the gradient only",
    )


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
    moves to 1/2. Quantizer: L = theta, levels -1 and 1, theta = -1, eta = 1/2, T = 3/(2 log 2): S(-3/2) =
    tanh(-log 2) = -3/5. Every test accepts: dE/T < log 3 is A > 1/4. (`far`: the outer levels are -far, far.)
    """
    points, slopes = _overshooting(averaging)
    heat = ball(Fraction(3, 2)) / ball(2).log()  # levels -f, f: S = f tanh(f p / T)
    landed = ball(far) * (-ball(far) * ball(2).log()).tanh()
    noisy = -HALF + noise
    limit = ball(3).log()
    rises = [(points[5] ** 2 - points[4] ** 2) / 2, noisy]
    base = replace(gradient_descent_settings(0.5), acceptance="sigmoid")
    momentum = _run(
        [-1.0], replace(base, smoothing=0.5 * averaging), lambda p: p @ p / 2, lambda p: p, steps=5
    )
    shaken = _run([0.0], replace(base, noise="linear"), lambda p: p[0], np.ones_like, normal=float(noise))
    cold = replace(base, levels=np.array([-far, far], float), initial_temperature=1.5 / float(ball(2).log()))
    snapped = _run([-1.0], cold, lambda p: p[0], np.ones_like)
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
    made = _run([2.0, -1.0], gradient_descent_settings(0.25), lambda p: p @ p / 2, lambda p: p)
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

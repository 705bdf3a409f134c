"""Theorem 7 (a), (b) with the noise that A4 admits: what fails, and what summable noise leaves true."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.trajectories import dense_trajectory
from reference.updates import blockwise_epoch, dense_step, masked_step

H, LIPSCHITZ, SCALE, DIMENSION = sp.symbols("h L epsilon n", positive=True)
X = sp.Symbol("x", real=True)


@evidence("T7-Sa", method=Method.SYMBOLIC)
@evidence("T7-Sa", method=Method.SYMBOLIC, version="masked")
@evidence("T7-Sa", method=Method.SYMBOLIC, version="blockwise")
@evidence("T7-P3", method=Method.SYMBOLIC)
@evidence("T7-P5", method=Method.SYMBOLIC)
@evidence("T7-P6", method=Method.SYMBOLIC)
@control("without noise the minimiser is kept", scale_squared=Fraction(0))
def noise_at_the_minimiser_surely_raises_the_loss(scale_squared: Fraction = Fraction(1, 100)) -> Outcome:
    """L = theta^2/2, theta_0 = 0, any eta and f. The gradient is 0, so theta_1 = xi_0: the loss rises from 0
    to xi_0^2/2 > 0 with probability 1, by eps_0^2/2 in the mean, however small eps_0 > 0 is. So (a) fails,
    the expected loss does not fall, theta_1 leaves the sublevel set {0}, and E|grad L(theta_1)|^2 = eps_0^2
    exceeds the bound 2 gap/(eta f_min) = 0 of the sum. With one parameter, f = 1, the masked and blockwise
    updates are the same step. (`scale_squared` is eps_0^2.)
    """
    variance = sp.Rational(scale_squared)
    density = sp.exp(-(X**2) / 2) / sp.sqrt(2 * sp.pi)
    mean = variance * sp.integrate(X**2 * density, (X, -sp.oo, sp.oo)) / 2
    outcome = np.array([0.1])
    dense = dense_step([0.0], [0.0], 0.5, 1.0, outcome)
    masked = masked_step([0.0], [0.0], 0.5, [True], outcome)
    block = blockwise_epoch([0.0], lambda theta: theta, 0.5, [[0]], [0], outcome[np.newaxis])[-1]
    return refuted_if(
        hypotheses={
            "A2: theta^2/2 is bounded below and coercive": sp.limit(X**2 / 2, X, sp.oo) == sp.oo,
            "eta = 1/2 <= 1/L": Fraction(1, 2) <= 1,
        },
        violated={
            "the mean loss rises": mean > 0,
            "the loss rises unless xi = 0, which has probability 0": sp.integrate(density, (X, 0, 0)) == 0
            and variance > 0,
        },
        reference={
            f"{name} step lands on the noise": step.tolist() == [0.1]
            for name, step in (("dense", dense), ("masked", masked), ("blockwise", block))
        },
        witness={"loss": "theta^2/2", "theta_0": 0, "noise variance": scale_squared},
        summary="At a minimiser every noise raises the loss, surely and in the mean",
        computed=f"E[L(theta_1)] - L(theta_0) = {mean}",
        stated="<= 0",
    )


@evidence("T7-Sb", method=Method.SYMBOLIC)
@evidence("T7-Sb", method=Method.SYMBOLIC, version="masked")
@evidence("T7-Sb", method=Method.SYMBOLIC, version="blockwise")
@control("noise whose variance is summable leaves no such subsequence", power=2)
def slowly_vanishing_noise_keeps_the_gradient_from_vanishing(power: int = 0) -> Outcome:
    """L = theta^2/2, eta = f = 1: theta_(t+1) = xi_t, so the gradients are independent. Take eps_t^2 = 1/(ln
    t) for t >= 3: A4 holds. Then P(|xi_t| >= 1) = 2 P(Z >= x), x = sqrt(ln t), and P(Z >= x) > x/(1+x^2)
    phi(x) (the difference falls to 0), which is sqrt(ln t)/(1 + ln t) t^(-1/2)/sqrt(2 pi): its sum
    diverges. By the second Borel-Cantelli lemma |grad L(theta_t)| >= 1 infinitely often, almost surely,
    and L(theta_t) does not converge. With one parameter and f = 1 the masked and blockwise steps are the
    same. (`power` p uses eps_t^2 = t^-p / ln t instead.)
    """
    t, x = sp.symbols("t x", positive=True)
    phi = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    mills = x / (1 + x**2) * phi
    falls = sp.simplify((-phi - sp.diff(mills, x)) * (1 + x**2) ** 2 / phi)
    variance = 1 / (sp.log(t) * t**power)
    level = sp.sqrt(1 / variance)
    term = mills.subs(x, level)
    draws = [0.5, -1.5]
    run = dense_trajectory([0.0], lambda p: p, 1.0, [1.0, 1.0], [np.array([d]) for d in draws]).ravel()
    return refuted_if(
        hypotheses={"A4: the variance tends to 0": sp.limit(variance, t, sp.oo) == 0},
        violated={
            "the tail exceeds Mills' bound: the difference has slope -2 phi/(1+x^2)^2": falls == -2,
            "and tends to 0": sp.limit(mills, x, sp.oo) == 0,
            "t times the bound tends to infinity, so the sum diverges": sp.limit(t * term, t, sp.oo) == sp.oo,
        },
        reference={
            "dense: theta_(t+1) = xi_t": run.tolist() == [0.0, *draws],
            "masked and blockwise: the same step": masked_step([0.5], [0.5], 1.0, [True], [-1.5])[0] == -1.5
            and blockwise_epoch([0.5], lambda p: p, 1.0, [[0]], [0], [[-1.5]])[-1, 0] == -1.5,
        },
        witness={"loss": "theta^2/2", "eta f": 1, "noise variance": "1/ln t for t >= 3"},
        summary="The variance vanishes, yet the gradient is at least 1 infinitely often, almost surely",
        computed="limsup |grad| >= 1 almost surely",
        stated="limit 0",
    )


@evidence("T7-P4", method=Method.BALL)
@control("without noise the run cannot rise", scale=Fraction(0))
def a_supermartingale_need_not_decrease(scale: Fraction = Fraction(1, 2)) -> Outcome:
    """L = theta^2/2, eta = 1/2, f = 1, theta_0 = 1, noise of scale 1/2 once, then none: E[L(theta_1)] = (1/4
    + 1/4)/2 = 1/4 < L(theta) = 1/2, so the premise holds at this point, and yet L rises where xi > 1/2, with
    probability P(Z > 1) > 0.15. The conclusion that follows is weaker: the expected losses decrease, and the
    losses converge almost surely. (`scale` is the noise scale.)
    """
    expected = (Fraction(1, 4) + scale**2) / 2
    # P(xi > 1/2) = erfc((1/2)/(scale sqrt 2))/2
    rises = (ball(Fraction(1, 2) / scale) / ball(2).sqrt()).erfc() / 2 if scale else ball(0)
    step = dense_step([1.0], [1.0], 0.5, 1.0, [0.75])
    return refuted_if(
        hypotheses={"the premise: expected loss does not rise": expected <= Fraction(1, 2)},
        violated={"the loss rises with positive probability": rises > 0},
        reference={"xi = 3/4 leads to 5/4, loss 25/32 > 1/2": step[0] == 1.25},
        witness={
            "loss": "theta^2/2",
            "theta": 1,
            "eta": "1/2",
            "noise scale": scale,
            "rises for": "xi > 1/2",
        },
        summary="The expected loss falls and the loss itself rises with probability above 0.15",
        computed=f"P(rise) > {float(rises.mid()):.4g}",
        stated="0",
    )


@evidence("T7-R5", method=Method.SYMBOLIC)
@control("a noise term without the dimension", dimension=1)
def one_step_with_noise(dimension: int | None = None) -> Outcome:
    """The descent inequality around d = theta - h g and E xi = 0 give E L(d + xi) <= L(d) + (L/2) E|xi|^2,
    and E|xi|^2 = n eps^2. For L |theta|^2/2 both inequalities are equalities, so on it the mean change is -h
    (1 - L h/2)|g|^2 + n L eps^2/2: negative exactly if n L eps^2 < h (2 - L h)|g|^2. (`dimension` replaces n
    in the claim.)
    """
    count = DIMENSION if dimension is None else sp.Integer(dimension)
    xi, squares = sp.symbols("xi S", real=True)  # S = |theta|^2
    per_entry = sp.expand(LIPSCHITZ * ((1 - H * LIPSCHITZ) * X + xi) ** 2 / 2 - LIPSCHITZ * X**2 / 2)
    mean = per_entry.coeff(xi, 0) + per_entry.coeff(xi, 2) * SCALE**2
    total = DIMENSION * sp.expand(mean).coeff(X, 0) + sp.expand(mean).coeff(X, 2) * squares
    slope_square = LIPSCHITZ**2 * squares
    claimed = -H * (1 - LIPSCHITZ * H / 2) * slope_square + count * LIPSCHITZ * SCALE**2 / 2
    return proved_if(
        {
            "equality for the parabola in n dimensions": sp.simplify(total - claimed) == 0,
            "twice the change is n L eps^2 - h (2 - L h)|g|^2": sp.simplify(
                2 * total - (count * LIPSCHITZ * SCALE**2 - H * (2 - LIPSCHITZ * H) * slope_square)
            )
            == 0,
            "the linear term has mean zero": sp.integrate(xi * sp.exp(-(xi**2) / 2), (xi, -sp.oo, sp.oo))
            == 0,
        },
        "Sharp one-step inequality with noise",
        computed="E L(theta') <= L(theta) - h (1 - L h/2)|g|^2 + n L eps^2/2",
        stated="E L(theta') <= L(theta)",
    )


@evidence("T7-R2", method=Method.SYMBOLIC)
@evidence("T7-R3", method=Method.SYMBOLIC)
@control("beyond 1/L half a step is not guaranteed", ratio=Fraction(5, 2))
def summable_noise_and_vanishing_noise(ratio: Fraction = Fraction(1)) -> Outcome:
    """By T7-R5, E L(theta_(t+1)) <= E L(theta_t) - c E|g_t|^2 + n L eps_t^2/2 with c = h_t (1 - L h_t/2) >=
    eta f_min/2. Sum over t < N and divide by c N: the average of E|g_t|^2 is at most 2 gap/(eta f_min N) +
    (n L/(eta f_min)) times the average of eps_t^2, and averages of a null sequence tend to 0. If sum eps_t^2
    is finite, the expected sum of |g_t|^2 is finite, so the sum is finite and g_t -> 0 almost surely; and
    L(theta_t) - L_min is an almost supermartingale, E[V'|past] <= V + n L eps_t^2/2 - c|g|^2, which converges
    almost surely by the theorem of Robbins and Siegmund (1971). (`ratio` is L eta.)
    """
    gap, noise, steps = sp.symbols("Delta S N", positive=True)
    eta, least = sp.symbols("eta f_min", positive=True)
    a, f = sp.Rational(ratio), sp.Symbol("f", positive=True)
    average = (gap + DIMENSION * LIPSCHITZ * noise / 2) / (eta * least / 2 * steps)
    stated = 2 * gap / (eta * least * steps) + DIMENSION * LIPSCHITZ / (eta * least) * noise / steps
    t = sp.Symbol("t", positive=True)
    return proved_if(
        {
            "c - eta f/2 = eta f (1 - a f)/2": sp.expand(f * (1 - a * f / 2) - f / 2 - f * (1 - a * f) / 2)
            == 0,
            "nonnegative for all f in (0, 1]": sp.solveset(1 - a * f < 0, f, sp.Interval.Lopen(0, 1))
            == sp.S.EmptySet,
            "the average as stated": sp.simplify(average - stated) == 0,
            "the expected sum as stated": sp.simplify(
                average * steps - (2 * gap + DIMENSION * LIPSCHITZ * noise) / (eta * least)
            )
            == 0,
            "such noise exists: sum of 1/t^2 is finite": sp.zeta(2).is_finite,
            "and vanishing noise that is not summable: 1/t": sp.limit(1 / t, t, sp.oo) == 0
            and sp.integrate(1 / t, (t, 1, sp.oo)) == sp.oo,
        },
        "Summable noise: L converges and grad -> 0 almost surely; vanishing noise: only on average",
        computed="2 gap/(eta f_min N) + (n L/(eta f_min)) average of eps_t^2",
        stated="0 noise term",
    )

"""Theorem 7 (a), (b) without noise: descent, and what it implies for each version of the update."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.acceptance import acceptance_probability
from reference.soft_quantization import soft_quantize
from reference.updates import dense_step, masked_step

ETA, LIPSCHITZ, FRACTION = sp.symbols("eta L f", positive=True)


@evidence("T7-P1", method=Method.SYMBOLIC)
@control("a decrease without the second-order term is not guaranteed", curvature_term=0)
def descent_inequality_with_its_extremal_parabola(curvature_term: int = 1) -> Outcome:
    """With h = eta f, g = grad L(theta): L(theta - h g) - L(theta) = -h int_0^1 <grad L(theta - s h g), g>
    ds, and the integrand is at least |g|^2 - L s h |g|^2 by A1. Integrating gives the inequality. It is an
    equality for the parabola L |theta|^2/2, so no larger decrease is guaranteed for any h. (`curvature_term`
    multiplies L h/2 in the claim.)
    """
    s, g = sp.symbols("s g", positive=True)
    theta = sp.Symbol("theta", real=True)
    h = ETA * FRACTION
    claimed = -h * (1 - curvature_term * LIPSCHITZ * h / 2)
    bound = -h * sp.integrate(g**2 - LIPSCHITZ * s * h * g**2, (s, 0, 1))
    slope = LIPSCHITZ * theta
    parabola = LIPSCHITZ * (theta - h * slope) ** 2 / 2 - LIPSCHITZ * theta**2 / 2
    moved = dense_step([1.0], [2.0], 0.25, 0.5)
    return proved_if(
        {
            "the integral is -h (1 - L h/2) |g|^2": sp.expand(bound - claimed * g**2) == 0,
            "equality for the parabola": sp.expand(parabola - claimed * slope**2) == 0,
            "reference: parabola with L = 2 from 1, h = 1/8": moved[0] == 0.75,
        },
        "L(theta - h g) <= L(theta) - h (1 - L h/2) |g|^2, an equality for the parabola",
        tightness=1.0,
    )


@evidence("T7-P2", method=Method.SYMBOLIC)
@control("beyond 1/L half the step is not guaranteed", longest=Fraction(11, 10))
def half_the_step_is_guaranteed_up_to_one_over_the_smoothness(longest: Fraction = Fraction(1)) -> Outcome:
    """h (1 - L h/2) - h/2 = h (1 - L h)/2, which is nonnegative exactly for L h <= 1, and h = eta f <= eta.
    So eta f <= 1/L is what is needed; eta <= 1/L is enough for every f. Near f = 0 the guaranteed decrease is
    almost twice the one stated. (`longest` is the largest L eta f.)
    """
    a = sp.Symbol("a", positive=True)
    gain = sp.factor(a * (1 - a / 2) - a / 2)
    return proved_if(
        {
            "difference to the claim": sp.expand(gain - a * (1 - a) / 2) == 0,
            "nonnegative for L h up to the limit": sp.solveset(
                gain < 0, a, sp.Interval.Lopen(0, sp.Rational(longest))
            )
            == sp.S.EmptySet,
            "equality at L h = 1": gain.subs(a, 1) == 0,
            "twice the claim as f -> 0": sp.limit((1 - a / 2) / sp.Rational(1, 2), a, 0) == 2,
        },
        "Decrease at least eta f |g|^2/2 for every f in (0, 1] and eta <= 1/L",
        computed="h (1 - L h/2)",
        stated="h/2",
    )


@evidence("T7-R1", method=Method.SYMBOLIC)
@evidence("T7-R1", method=Method.SYMBOLIC, version="masked")
@evidence("T7-R1", method=Method.SYMBOLIC, version="blockwise")
@evidence("T7-Sa", method=Method.SYMBOLIC, reading="without noise")
@evidence("T7-Sa", method=Method.SYMBOLIC, reading="without noise", version="masked")
@evidence("T7-Sa", method=Method.SYMBOLIC, reading="without noise", version="blockwise")
@evidence("T7-Sb", method=Method.SYMBOLIC, reading="without noise")
@evidence("T7-Sb", method=Method.SYMBOLIC, reading="without noise", version="masked")
@evidence("T7-Sb", method=Method.SYMBOLIC, reading="without noise", version="blockwise")
@evidence("T7-P5", method=Method.SYMBOLIC, reading="without noise")
@evidence("T7-P6", method=Method.SYMBOLIC, reading="without noise")
@control("from 2/L on the decrease is not positive", longest=Fraction(2))
@control("a diagonal with entries up to 2 is no mask", largest_entry=2)
def without_noise_the_loss_falls_and_the_gradient_vanishes(
    longest: Fraction = Fraction(19, 10), largest_entry: int = 1
) -> Outcome:
    """Let M_t be a 0/1 diagonal (all ones times f for the dense update, with eta f in place of eta). M g = M
    M g, so <g, M g> = |M g|^2 and T7-P1's argument gives L(theta - eta M g) <= L - eta (1 - L eta/2) |M g|^2:
    the losses fall along every run, converge (bounded below), and by coercivity stay in a compact sublevel
    set. Summed: eta (1 - L eta/2) sum |M_t g_t|^2 <= gap, so M_t g_t -> 0. Dense: g_t -> 0. Random masks:
    E|M_t g_t|^2 = f E|g_t|^2 is summable, so g_t -> 0 almost surely. Blockwise: within an epoch theta moves
    by at most eta sum |M g| -> 0 and each block is visited, so by A1 every block of the gradient tends to 0.
    Masks need floor(f n) >= 1 (see A3). The dense constant is best: see T8-P1. (`longest` is the largest L
    eta, `largest_entry` the second value that an entry of M may take besides 0.)
    """
    a = sp.Symbol("a", positive=True)
    slope, entry = sp.symbols("g m", real=True)
    change = -ETA * entry * slope**2 + LIPSCHITZ * ETA**2 / 2 * (entry * slope) ** 2
    claimed = -ETA * (1 - LIPSCHITZ * ETA / 2) * (entry * slope) ** 2
    start = np.array([1.0, 1.0])
    moved = masked_step(start, start, 0.5, [True, False])
    return proved_if(
        {
            "per entry, selected or not": all(
                sp.expand((change - claimed).subs(entry, m)) == 0 for m in (0, largest_entry)
            ),
            "1 - L eta/2 > 0": sp.solveset(1 - a / 2 <= 0, a, sp.Interval.Lopen(0, sp.Rational(longest)))
            == sp.S.EmptySet,
            "dense: h (1 - L h/2) is smallest at the ends of [f_min, 1], positive at both": sp.diff(
                a * (1 - a / 2), a, 2
            )
            < 0,
            "reference moves the selected entry only": moved.tolist() == [0.5, 1.0],
        },
        "Descent in every run without noise; sum of |M_t g_t|^2 <= gap / (eta (1 - L eta/2))",
        computed="gap / (h (1 - L h/2))",
        stated="2 gap / h",
    )


@evidence("T7-Sa", method=Method.BALL, reading="without noise", version="algorithm")
@control("a quantizer with a level at the proposal does not raise the loss", proposal=Fraction(1))
def the_cold_quantizer_raises_the_loss(proposal: Fraction = Fraction(1, 8)) -> Outcome:
    """L = theta^2/2, levels -1, 1, eta = 1/2, T = 1/16, no noise, no averaging. From theta = 1/4 the gradient
    step proposes 1/8; between two levels S(theta) = tanh(theta/T), so S(1/8) = tanh 2 > 24/25. The loss would
    rise from 1/32 to more than 0.46, and the sigmoid test accepts that with positive probability. (`proposal`
    replaces 1/8, and theta = 2 proposal.)
    """
    heat, theta = Fraction(1, 16), 2 * proposal
    value = ball(min(proposal, Fraction(1)) / heat).tanh()
    rise = value * value / 2 - ball(theta**2 / 2)
    accept = 1 / (1 + (rise / ball(heat)).exp())
    computed = soft_quantize(np.array([float(proposal)]), np.array([-1.0, 1.0]), float(heat))[0]
    return refuted_if(
        hypotheses={
            "eta = 1/2 <= 1/L": Fraction(1, 2) <= 1,
            "the proposal is the gradient step": theta - theta / 2 == proposal,
        },
        violated={"the loss rises": rise > 0, "with positive probability": accept > 0},
        reference={
            "soft_quantize(proposal)": abs(arb(float(computed)) - value) < 8 * np.finfo(float).eps,
            "acceptance is positive": acceptance_probability(float(rise.mid()), float(heat)) > 0,
        },
        witness={"loss": "theta^2/2", "levels": "-1, 1", "T": heat, "theta": theta, "proposal": proposal},
        summary="Quantization moves the parameter uphill, and the test may let it pass",
        computed=f"loss change {float(rise.mid()):.4g} > 0 with probability {float(accept.mid()):.2g}",
        stated="non-increasing",
    )


@evidence("T7-Sb", method=Method.BALL, reading="without noise", version="algorithm")
@control("with the minimiser on a level the frozen point is stationary", minimiser=Fraction(1))
def the_cold_quantizer_freezes_with_a_positive_gradient(minimiser: Fraction = Fraction(1, 4)) -> Outcome:
    """L = (theta - c)^2/2 with c = 1/4, levels -1, 1, eta = 1, no noise, no averaging, T_t -> 0 from T_0 =
    1/4, theta_0 = 1. Every step proposes c, quantized to S(c) = tanh(c/T_t) >= tanh(1) (two levels). Whatever
    the test decides, theta_t is 1 or one of these values, so the gradient stays above tanh(1) - 1/4 > 1/2,
    and it tends to 3/4 or stays there. (`minimiser` is c.)
    """
    first = Fraction(1, 4)
    reached = ball(min(minimiser, Fraction(1)) / first).tanh()
    left = reached - ball(minimiser)
    path = [
        soft_quantize(np.array([float(minimiser)]), np.array([-1.0, 1.0]), float(first) / 2**t)[0]
        for t in range(6)
    ]
    return refuted_if(
        hypotheses={
            "eta = 1 <= 1/L": Fraction(1) <= 1,
            "T falls, so the quantized values rise": bool(np.all(np.diff(path) >= 0)),
        },
        violated={"the gradient stays above 1/2": left > ball(Fraction(1, 2))},
        reference={"first value is tanh(1)": abs(arb(float(path[0])) - reached) < 8 * np.finfo(float).eps},
        witness={
            "loss": f"(theta - {minimiser})^2/2",
            "levels": "-1, 1",
            "eta": 1,
            "theta_0": 1,
            "T_0": first,
        },
        summary="As T falls the parameter is frozen at a level where the loss still has a slope",
        computed="gradient at least tanh(1) - 1/4",
        stated="gradient -> 0",
    )

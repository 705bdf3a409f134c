"""Theorem 3, the role of temperature and noise: T -> T_f is not t -> infinity, and noise at T_f does not
vanish.
"""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball, positive_on_box
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.entropy import level_entropy
from reference.mean_field import mean_field
from reference.noise import noise_scale
from reference.soft_quantization import soft_quantize
from reference.temperature import entropy_temperature, smallest_temperature
from reference.updates import dense_step

EPS = float(np.finfo(float).eps)


@evidence("T3-R3", method=Method.SYMBOLIC)
@control("noise that depends on the gradient has a cross term", correlation=1)
def noise_adds_its_variance_to_every_update(correlation: int = 0) -> Outcome:
    """The change is -eta f g + eps z with z standard normal and independent of g: per coordinate its square
    has the mean eta^2 f^2 E g^2 - 2 eta f eps E[g z] + eps^2 E z^2 = eta^2 f^2 E g^2 + eps^2. Both terms
    are at least 0, so the sum tends to 0 exactly when both do. (`correlation` is E[g z].)
    """
    eta, f, eps, n = sp.symbols("eta f epsilon n", positive=True)
    g, z = sp.symbols("g z", real=True)
    expanded = sp.Poly(sp.expand((-eta * f * g + eps * z) ** 2), g, z)
    means = {(2, 0): sp.Symbol("Eg2"), (0, 2): sp.Integer(1), (1, 1): sp.Integer(correlation)}
    per_coordinate = sum(coefficient * means[powers] for powers, coefficient in expanded.terms())
    second_moment = sp.integrate(z**2 * sp.exp(-(z**2) / 2), (z, -sp.oo, sp.oo)) / sp.sqrt(2 * sp.pi)
    a, b, limit = z3.Reals("a b limit")
    # Two points +-1 have the mean and the variance of the standard normal.
    squares = [float(dense_step([0.0], [3.0], 0.5, 0.5, 0.25 * sign)[0] ** 2) for sign in (1.0, -1.0)]
    return proved_if(
        {
            "mean square": sp.expand(per_coordinate - (eta**2 * f**2 * sp.Symbol("Eg2") + eps**2)) == 0,
            "E z^2 = 1": sp.simplify(second_moment) == 1,
            "a small sum has small terms": satisfiable(
                a >= 0, b >= 0, a + b <= limit, z3.Or(a > limit, b > limit)
            )
            is None,
            "n coordinates give n eps^2": sp.summation(eps**2, (sp.Symbol("i"), 1, n)) == n * eps**2,
            "reference": abs(sum(squares) / 2 - (0.75**2 + 0.25**2)) <= 4 * EPS,
        },
        "E|change|^2 = eta^2 f^2 E|g|^2 + n eps^2",
        computed="at least n eps^2",
        stated="0",
    )


@evidence("T3-S2", method=Method.EXACT, reading="noise at T_f")
@control("noise of scale 0 at the end lets the updates vanish", final_scale=Fraction(0))
def noise_at_the_final_temperature_keeps_the_updates(final_scale: Fraction = Fraction(1, 20)) -> Outcome:
    """One parameter at the minimum 0 of theta^2/2, T_max = 5, T = T_f = T_min = 0.05 and eps(T) = T: the
    gradient is 0 and the change is eps z, of mean square 1/400, in this step; by T3-R3 no later one has
    less.
    """
    clip = smallest_temperature(5.0)
    scale = noise_scale(clip) if final_scale else 0.0
    moves = [float(dense_step([0.0], [0.0], 1.0, 0.01, scale * sign)[0]) for sign in (1.0, -1.0)]
    return refuted_if(
        hypotheses={"T_f = T_min > 0": clip == 0.05, "eps(T) = T": abs(scale - float(final_scale)) <= EPS},
        violated={"the mean square change is at least eps^2 > 0": final_scale**2 > 0},
        witness={"L": "theta^2/2", "theta": 0, "T": "1/20", "mean square": final_scale**2},
        reference={"dense_step with noise +-eps": np.mean(np.square(moves)) > 0},
        summary="With noise of a positive scale at T_f the mean square update never falls below n eps(T_f)^2",
        computed="n eps(T_f)^2",
        stated="0",
    )


@evidence("T3-A1", method=Method.SYMBOLIC, reading="with noise")
@control("without noise the minimum is kept", scale=Fraction(0))
def noise_raises_the_loss_at_its_minimum(scale: Fraction = Fraction(1)) -> Outcome:
    """At the minimum 0 of theta^2/2 the next point is eps z, and the loss rises by eps^2 z^2/2 > 0 unless z
    = 0, that is with probability 1, for every eta.
    """
    eta, z = sp.symbols("eta z", positive=True)
    eps = sp.Rational(scale.numerator, scale.denominator)
    theta = sp.Integer(0)
    following = theta - eta * theta + eps * z
    step = dense_step([0.0], [0.0], 0.001, 1.0, float(scale))
    return refuted_if(
        hypotheses={
            "0 minimises theta^2/2": sp.diff(z**2 / 2, z).subs(z, theta) == 0 < sp.diff(z**2 / 2, z, 2)
        },
        violated={"the loss rises": sp.expand(following**2 / 2 - theta**2 / 2).is_positive},
        witness={"L": "theta^2/2", "theta": 0, "noise": f"{scale} z"},
        reference={"dense_step": step[0] == float(scale)},
        summary="Any noise raises the loss at a minimum with probability 1",
        computed="+eps^2 z^2/2",
        stated="at most 0",
    )


@evidence("T3-P7", method=Method.EXACT, reading="T_f > 0, eps(T) = T")
@control("a final temperature of 0 has no noise", clip_share=Fraction(0))
def noise_scaled_by_temperature_stays_positive(clip_share: Fraction = Fraction(1, 100)) -> Outcome:
    """T never falls below T_min = 0.01 T_max > 0, so eps(T) = T never falls below 0.01 T_max. The same
    holds for every scale that is positive at positive temperatures, such as sqrt(T).
    """
    final = clip_share * 5
    computed = noise_scale(smallest_temperature(5.0))
    return refuted_if(
        hypotheses={"0 <= T_min <= T_max = 5": 0 <= final <= 5},
        violated={"eps(T_f) > 0": final > 0},
        witness={"T_max": 5, "T_min": final, "eps(T_min)": final},
        reference={"noise_scale at the clip": abs(computed - float(final)) <= EPS},
        summary="With a positive final temperature and eps(T) = T the noise does not vanish",
        computed="0.01 T_max",
        stated="0",
    )


@evidence("T3-P7", method=Method.SMT, reading="T_f = 0")
@control("with a clip at a hundredth of the start the noise does not vanish", floor=Fraction(1, 100))
@control("a scale that keeps a constant part does not vanish", constant=Fraction(1, 1000))
def noise_vanishes_where_the_temperature_does(
    floor: Fraction = Fraction(0), constant: Fraction = Fraction(0)
) -> Outcome:
    """For every d > 0 the scales T, sqrt T and sqrt(2 eta T) are below d for T < d, T < d^2 and T < d^2/(2
    eta): all tend to 0 with T. The temperatures that are reached are those above T_f, and only for T_f = 0
    are there any below these bounds. (`floor`: T_f; `constant`: a part of the noise that does not depend on T.)
    """
    temperature, root, rate, d = z3.Reals("T root eta d")
    rest = z3.RealVal(str(constant))
    final = z3.RealVal(str(floor))
    settings = z3.And(d > 0, rate > 0, root >= 0, temperature > final)
    # The second entry is the square of the scale where the scale itself is a root.
    scales = {
        "linear": (temperature, temperature < d),
        "root": (root, z3.And(root * root == temperature, temperature < d * d)),
        "langevin": (root, z3.And(root * root == 2 * rate * temperature, 2 * rate * temperature < d * d)),
    }
    return proved_if(
        {
            **{
                f"{name}: below d": satisfiable(settings, bound, scale + rest >= d) is None
                for name, (scale, bound) in scales.items()
            },
            "such temperatures are reached, however small d is": satisfiable(
                z3.ForAll(
                    [d],
                    z3.Implies(d > 0, z3.Exists([temperature], z3.And(temperature > final, temperature < d))),
                )
            )
            is not None,
            "the reference's scales at T = 2^-20, eta = 1/2": all(
                abs(noise_scale(2.0**-20, name, 0.5) / 2.0**-power - 1) <= 4 * EPS
                for name, power in (("linear", 20), ("root", 10), ("langevin", 10))
            ),
        },
        "Without a positive final temperature every noise scale in use vanishes as T -> T_f = 0",
    )


@evidence("T3-P10", method=Method.BALL)
@control("levels far apart against T_max let it cool", half_width=Fraction(3))
def temperature_need_not_fall_with_time(half_width: Fraction = Fraction(1)) -> Outcome:
    """Two levels -1 and 1, T_max = 5 (five times the spread, as in the paper) and T <- T_max H/log 2 with H
    the mean entropy. The two distances of a parameter differ by at most 2, so for T in [4, 5] the two
    probabilities have log-odds x in [0, 1/2], and H(x) = log(1 + e^-x) + x e^-x/(1 + e^-x) >= (4/5) log 2
    there: the next T is in [4, 5] again. So for every trajectory of the parameters T stays above 4 for all
    t, eighty times T_min.
    """
    limit = half_width * 2 / 4

    def margin(x: flint.arb) -> flint.arb:
        small = (-x).exp()
        return (1 + small).log() + x * small / (1 + small) - ball("4/5") * ball(2).log()

    temperature = 5.0
    width = float(half_width)
    for point in np.linspace(-3 * width, 3 * width, 41):
        entropy = float(level_entropy([point], [-width, width], temperature)[0])
        temperature = max(entropy_temperature(entropy, np.log(2.0), 5.0), smallest_temperature(5.0))
    return refuted_if(
        hypotheses={"levels increase": -half_width < half_width, "T_f below 4": ball("1/20") < 4},
        violated={
            "H >= (4/5) log 2 for T in [4, 5] and every theta": bool(positive_on_box(margin, [(0, limit)]))
        },
        witness={"levels": f"-{half_width}, {half_width}", "T_max": 5, "T": ">= 4 for all t"},
        reference={"41 parameters in turn": 4.0 <= temperature <= 5.0 * (1 + 4 * EPS)},
        summary="The entropy schedule can stay near T_max for ever: t -> infinity does not bring T -> T_f",
        computed="T >= 4",
        stated="T -> 0.05",
    )


@evidence("T3-S3", method=Method.BALL, version="algorithm")
@control("a warm quantizer lets the parameter through", temperature=Fraction(1))
def cold_quantizer_holds_a_parameter_at_the_wrong_level(temperature: Fraction = Fraction(1, 10)) -> Outcome:
    """Levels -1 and 1, L = (theta + 1)^2/2, whose minimum is the level -1; eta = 1/4, no noise. For |x| <=
    1 the distances to the levels are 1 + x and 1 - x, so S(x) = tanh(x/T). From theta in [9/10, 1]
    gradients lie in [19/10, 2], their exponential averages, started at 0, in [0, 2], and proposals theta -
    mu/4 in [2/5, 1]: so S >= tanh(4) > 9/10 for every T <= 1/10. Accepted or rejected, the parameter stays
    in [9/10, 1] for ever, where the slope is at least 19/10, at the level with the larger loss.
    (`temperature` is the largest T.)
    """
    least = Fraction(9, 10)
    rate = Fraction(1, 4)
    proposal = least - rate * 2
    quantized = ball(proposal / temperature).tanh()
    x, t = sp.symbols("x T", positive=True)
    weights = [sp.exp(-(1 - x) / t), sp.exp(-(1 + x) / t)]
    mean = (weights[0] - weights[1]) / (weights[0] + weights[1])
    theta, average = np.array([1.0]), np.zeros(1)
    for _ in range(200):
        average = mean_field(average, theta + 1.0, 0.9)
        theta = soft_quantize(dense_step(theta, average, float(rate)), [-1.0, 1.0], float(temperature))
    return refuted_if(
        hypotheses={
            "eta Lc < 2": rate < 2,
            "S(x) = tanh(x/T)": sp.simplify((mean - sp.tanh(x / t)).rewrite(sp.exp)) == 0,
        },
        violated={
            "proposals are at least 2/5": proposal == Fraction(2, 5),
            "S(2/5) > 9/10 at the largest T, more at smaller ones": quantized > ball(least),
            "the other level has the smaller loss": (least + 1) ** 2 > (-1 + 1) ** 2,
        },
        witness={
            "levels": "-1, 1",
            "L": "(theta + 1)^2/2",
            "eta": "1/4",
            "starts": "[9/10, 1]",
            "T": "<= 1/10",
        },
        reference={"200 steps from 1 stay": float(theta[0]) >= 0.9},
        summary="A cold quantizer holds the parameter at the wrong level, from an open set, at every low temperature",
        computed="slope at least 19/10 for ever",
        stated="a local optimum",
    )

"""What soft quantization is: the law on the levels, its mean, and how both change with temperature.

The law is the Gibbs law and sharpens on cooling in the strongest sense. Its mean S is a strictly increasing
map onto an interval inside the hull, hence never a projection onto levels, and heating narrows that interval.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.quantization_lemmas import OCTAVE, cell, heating, rational_law, rational_mean, zero
from proofs.registry import control, evidence
from reference.soft_quantization import level_probabilities, soft_quantize

PAIR = (Fraction(-1), Fraction(1))
EPS = np.finfo(float).eps


def _reference_mean(theta: Fraction, levels: tuple[Fraction, ...], temperature: float) -> float:
    return float(
        soft_quantize(np.array([float(theta)]), np.array([float(q) for q in levels]), temperature)[0]
    )


@evidence("SQ-1", method=Method.SYMBOLIC)
@evidence("SQ-4", method=Method.SYMBOLIC, reading="sampled level")
@control("divided by the weight of one level instead of all, the weights are no probabilities", terms=1)
def level_probabilities_are_a_law(terms: int | None = None) -> Outcome:
    """Every weight w_k = exp(-d_k/T) is positive; W is the sum of the others. So P_k = w_k/(w_k + W) lies in
    (0, 1], in (0, 1) for K >= 2: every level, near or far, has positive probability at every temperature.
    The P_k add up to 1 for every K. The reference is compared with exact values at T = 1/ln 2, where the
    weights of the levels -1, 1, 3 seen from 0 are 1/2, 1/2, 1/8. (`terms` shortens the denominator.)
    """
    weight, others, share = z3.Reals("w W P")
    k, count = sp.symbols("k K", integer=True)
    term = sp.exp(-sp.Function("d", real=True)(k))
    sum_of_shares = sp.Sum(term, (k, 1, count)) / sp.Sum(term, (k, 1, count if terms is None else terms))
    levels = (Fraction(-1), Fraction(1), Fraction(3))
    exact = rational_law(Fraction(0), levels)
    computed = level_probabilities(np.array([0.0]), np.array([float(q) for q in levels]), OCTAVE)[0]
    outside = z3.And(
        weight > 0, others > 0, share * (weight + others) == weight, z3.Or(share <= 0, share >= 1)
    )
    return proved_if(
        {
            "0 < P_k < 1 for K >= 2": satisfiable(outside) is None,
            "the P_k add up to 1": zero(sum_of_shares - 1),
            "exact law seen from 0 is 4/9, 4/9, 1/9": exact
            == [Fraction(4, 9), Fraction(4, 9), Fraction(1, 9)],
            "reference computes it": np.allclose(computed, [float(p) for p in exact], rtol=4 * EPS, atol=0),
        },
        "softmax(-|theta - q|/T) is a probability law with all entries positive",
    )


@evidence("SQ-5", method=Method.SYMBOLIC)
@control("weights that grow with distance do not lead from the lower to the upper levels", sign=1)
def softmax_with_a_logistic_passage(sign: int = -1) -> Outcome:
    """With the logits z_k = -d_k/T the level probabilities are softmax(z) by definition. While theta crosses
    a cell, the logits of the levels below fall by theta/T and those of the levels above rise by theta/T,
    so the probability of the upper group is the logistic function of 2(theta - c)/T and S runs along a
    hyperbolic tangent from the mean of the lower levels towards the mean of the upper ones, for any K and
    any levels.
    """
    probability = sp.Symbol("p", positive=True)
    logit = sp.log(probability / (1 - probability))
    return proved_if(
        {
            **cell(sign),
            "the inverse of the logistic function is the logit": zero(1 / (1 + sp.exp(-logit)) - probability),
        },
        "inside a cell S = (m_L + m_R)/2 + (m_R - m_L)/2 tanh((theta - c)/T), at every level set",
    )


@evidence("SQ-2", method=Method.SYMBOLIC)
@evidence("SQ-7", method=Method.SYMBOLIC, reading="level law")
@control("with weights exp(+d/T) heating would sharpen the law", sign=1)
def heating_softens_the_level_law(sign: int = -1) -> Outcome:
    """Let G be any set of m nearest levels. The derivative of P(G) in beta = 1/T is P(G)(1-P(G)) times the
    difference of the mean distances outside and inside G, which is not negative; it is positive unless all
    distances tie. So the law at the lower temperature majorises the law at the higher one, and every
    measure of spread that respects majorisation (entropy, 1 - largest probability) grows with T; in
    particular dH/dT = Var(d)/T^3 >= 0. For T to infinity every weight tends to 1, so P to 1/K; for T to 0 a
    level farther than the nearest by g > 0 loses its weight exp(-g/T), so the nearest levels share equally.
    """
    heat, gap, variance = sp.symbols("T g V", positive=True)
    return proved_if(
        {
            **heating(sign),
            "dH/dT = Var(d)/T^3": zero((-variance / heat) * sp.diff(1 / heat, heat) - variance / heat**3),
            "weights tend to 1 as T grows": sp.limit(sp.exp(-gap / heat), heat, sp.oo) == 1,
            "farther weights vanish as T falls": sp.limit(sp.exp(-gap / heat), heat, 0) == 0,
        },
        "P at a lower temperature majorises P at a higher one; dH/dT = Var(d)/T^3",
    )


@evidence("SQ-R1", method=Method.SYMBOLIC)
@control("with weights exp(+d/T) S would decrease", sign=1)
def quantizer_is_monotone_with_a_shrinking_image(sign: int = -1) -> Outcome:
    """Increasing and constant outside: the lemma on one cell, S being continuous. Inside the open hull:
    S - q_1 = (1 - P_1)(mean of the other levels - q_1) > 0, and likewise at q_K. So the image of the line is
    [S(q_1), S(q_K)], strictly inside the hull. At an end of the hull d_k = |q_k - end|, so the width of the
    image is D - <d>(q_1) - <d>(q_K); as d<d>/dbeta = -Var(d) < 0 there (the distances differ), the width
    falls strictly as T rises. It tends to D for T to 0, and to 0 for T to infinity, where both <d> are plain
    means of q_k - q_1 and of q_K - q_k and add up to D.
    """
    first, last, level, beta, gap = sp.symbols("q_1 q_K q beta g", positive=True)
    share, rest = sp.symbols(
        "P m", positive=True
    )  # probability of q_1, and how far the mean of the rest is above q_1
    return proved_if(
        {
            **cell(sign),
            **heating(sign),
            "S - q_1 = (1-P_1)(m - q_1)": zero(
                share * first + (1 - share) * (first + rest) - first - (1 - share) * rest
            ),
            "the distances to both ends add up to D": zero((level - first) + (last - level) - (last - first)),
            "far levels stop counting as T falls": sp.limit(gap * sp.exp(-beta * gap), beta, sp.oo) == 0,
        },
        "S maps the line onto [S(q_1), S(q_K)] inside the open hull; heating narrows it from D to 0",
        computed="two levels -1, 1: width 2 tanh(1/T)",
    )


@evidence("SQ-9", method=Method.SYMBOLIC, reading="sampled level")
@evidence("X-33", method=Method.SYMBOLIC, reading="mean and law")
@control("with weights exp(+d/T) heating would do the opposite", sign=1)
def heating_contracts_the_mean_and_spreads_the_law(sign: int = -1) -> Outcome:
    """As d<d>/dbeta = -Var(d), the expected distance <|q - theta|> of a level drawn from the law grows with
    T, strictly unless all distances tie: a sampled level wanders farther when hot. The same identity,
    taken at the two ends of the hull, makes the image of the mean S narrower when hot (SQ-R1). So
    spreading and contracting are compatible only as statements about two objects, the law and its mean.
    """
    heat, variance = sp.symbols("T V", positive=True)
    in_temperature = -variance * sp.diff(1 / heat, heat)
    return proved_if(
        {**heating(sign), "d<d>/dT = Var(d)/T^2 > 0": zero(in_temperature - variance / heat**2)},
        "d<d>/dT = Var(d)/T^2 >= 0 for the law, while the width of the image of the mean falls",
    )


def image_width(temperature_halvings: Fraction) -> Fraction:
    """S(1) - S(-1) for the levels -1, 1."""
    ends = [rational_mean(theta, PAIR, temperature_halvings) for theta in PAIR]
    return ends[1] - ends[0]


def expected_distance(temperature_halvings: Fraction) -> Fraction:
    """Mean distance from theta = 1 to a level drawn from the law, for the levels -1, 1."""
    law = rational_law(Fraction(1), PAIR, temperature_halvings)
    return sum((share * abs(level - 1) for share, level in zip(law, PAIR, strict=True)), Fraction(0))


@evidence("SQ-9", method=Method.EXACT)
@control("a level drawn from the law does reach farther when hot", reach=expected_distance)
def hotter_values_span_less(reach: Callable[[Fraction], Fraction] = image_width) -> Outcome:
    """Two levels -1 and 1. After soft quantization all parameters lie in [S(-1), S(1)]. At T = 1/ln 2 that is
    [-3/5, 3/5], at twice the temperature only [-1/3, 1/3]. (SQ-R1: every level set behaves so.)
    """
    warm, hot = reach(Fraction(1)), reach(Fraction(1, 2))
    width = [2 * _reference_mean(Fraction(1), PAIR, times * OCTAVE) for times in (1, 2)]
    return refuted_if(
        hypotheses={"the second temperature is higher": 2 * OCTAVE > OCTAVE},
        violated={"the hotter range is narrower": hot < warm},
        reference={
            "width at T = 1/ln 2": abs(width[0] - Fraction(6, 5)) <= 8 * EPS,
            "width at T = 2/ln 2": abs(width[1] - Fraction(2, 3)) <= 8 * EPS,
        },
        witness={"levels": "-1, 1", "T": "1/ln 2, then 2/ln 2", "range of S": f"{warm}, then {hot}"},
        summary="Doubling the temperature narrows the range of S from 6/5 to 2/3",
        computed="range of S falls with T",
        stated="range grows with T",
    )


@evidence("SQ-8", method=Method.EXACT)
@control("with a single level S is a projection", levels=(Fraction(1),))
def quantizing_twice_differs_from_quantizing_once(levels: tuple[Fraction, ...] = PAIR) -> Outcome:
    """A projection onto the states leaves every state where it is and lands on states. Two levels -1 and 1 at
    T = 1/ln 2: S(1) = 3/5, neither 1 nor a level, and quantizing 3/5 again moves it on, since S(3/5) = 3/5
    would need 4^(3/5) = 4, that is (1 + 3/5)/(1 - 3/5) = exp(2 (3/5) ln 2). No temperature T > 0 helps: S is
    strictly increasing and continuous (SQ-R1), so it takes a continuum of values.
    """
    image = rational_mean(Fraction(1), levels)
    # S(y) = tanh(y ln 2) = y exactly when 4^y = (1+y)/(1-y); for y = 3/5 that is 4^3 = 4^5.
    idempotent = 4**image.numerator == 4**image.denominator
    return refuted_if(
        hypotheses={"theta = 1 is a level": Fraction(1) in levels},
        violated={
            "S moves the level": image != 1,
            "the value is no level": image not in levels,
            "quantizing again moves it again": not idempotent,
        },
        reference={
            "S(1) is 3/5": abs(_reference_mean(Fraction(1), levels, OCTAVE) - Fraction(3, 5)) <= 4 * EPS
        },
        witness={"levels": "-1, 1", "T": "1/ln 2", "theta": 1, "S(theta)": image},
        summary="S(1) = 3/5: soft quantization moves even a level, and is not idempotent",
        computed="image: the interval [S(q_1), S(q_K)]",
        stated="image: the K states",
    )


@evidence("PQ-1", method=Method.SYMBOLIC)
@evidence("PQ-2", method=Method.SYMBOLIC, reading="sampled level")
@control("at twice the temperature in the entropy term another law is the minimiser", factor=2)
def level_law_is_the_gibbs_law(factor: int = 1) -> Outcome:
    """The Gibbs law of energies E_k at temperature T is the minimiser of the free energy <E> - T H. With ln
    P_k = -E_k/T - ln Z each term obeys p E + T p ln p = T p ln(p/P) - T p ln Z, so for every law p the
    free energy exceeds that of P by T KL(p||P). As ln u <= u - 1 with equality only at u = 1, KL(p||P) >=
    0 with equality only for p = P. So P minimises the free energy for E_k = |theta - q_k|, and nothing
    else does.
    """
    p, energy, heat, log_partition, u = sp.symbols("p E T L u", positive=True)
    gibbs = sp.exp(-energy / heat - log_partition)
    term = p * energy + factor * heat * p * sp.log(p)
    excess = term - heat * p * sp.expand_log(sp.log(p / gibbs), force=True) + heat * p * log_partition
    tangent = u - 1 - sp.log(u)
    return proved_if(
        {
            "each term splits into divergence and ln Z": zero(excess),
            "u - 1 - ln u has its only critical point at 1": sp.solve(tangent.diff(u), u) == [1],
            "and is convex with value 0 there": tangent.diff(u, 2).is_positive and tangent.subs(u, 1) == 0,
        },
        "P is the unique minimiser of <|theta - q|> - T H, the Gibbs law",
    )

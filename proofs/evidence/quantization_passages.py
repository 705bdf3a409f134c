"""What kind of object S is: passages of the paper that cannot be about the same thing.

The smallest setting in which they can be told apart is used throughout: the two levels -1 and 1.
"""

from __future__ import annotations

from fractions import Fraction

import z3

from proofs.outcome import Method, Outcome
from proofs.passages import compare
from proofs.quantization_lemmas import rational_law
from proofs.registry import control, evidence

PAIR = (Fraction(-1), Fraction(1))


def _rational(value: Fraction) -> z3.RatNumRef:
    return z3.Q(value.numerator, value.denominator)


def _mean_of_pair(value: z3.ArithRef, theta: Fraction) -> z3.BoolRef:
    """value = sum of q P(q) for the levels -1, 1 at T = 1/ln 2."""
    low, high = rational_law(theta, PAIR)
    return value == _rational(high) - _rational(low)


@evidence("SQ-4", method=Method.SMT)
@control("without the averaging nothing speaks against a random level", without="L207: S is the expectation")
@control(
    "without the exploration a deterministic mean is no problem", without="L100: probabilistic exploration"
)
def a_mean_explores_nothing(without: str | None = None) -> Outcome:
    """Levels -1 and 1, theta = 0. Exploring neighbouring states at random means that from the same theta the
    update can return different states, here u and v, each a level. The expectation that the theory and the
    algorithm use is one number, fixed by theta and T. The two cannot both describe the update.
    """
    u, v = z3.Reals("u v")
    return compare(
        {
            "L100: probabilistic exploration": z3.And(
                u != v, *(z3.Or(outcome == -1, outcome == 1) for outcome in (u, v))
            ),
            "L207: S is the expectation": z3.And(
                _mean_of_pair(u, Fraction(0)), _mean_of_pair(v, Fraction(0))
            ),
        },
        "One says the update draws a state, the other that it is a fixed average of all states",
        without=without,
        computed="the quantized value given theta has variance 0 at every temperature",
        stated="probabilistic exploration of neighbouring states",
    )


@evidence("PQ-2", method=Method.SMT)
@control("without the sampling the mean is consistent", without="L111: S samples a level")
@control("without the mean a sampler is consistent", without="L207: S is the expectation")
def the_mean_of_a_law_is_no_sample_of_it(without: str | None = None) -> Outcome:
    """Levels -1 and 1, theta = 0: a Boltzmann sampler returns -1 or 1, the expectation is 0."""
    value = z3.Real("S")
    return compare(
        {
            "L111: S samples a level": z3.Or(value == -1, value == 1),
            "L207: S is the expectation": _mean_of_pair(value, Fraction(0)),
        },
        "A sampler returns levels; the mean of the law at theta = 0 is 0, which is no level",
        without=without,
    )


@evidence("X-10", method=Method.SMT)
@control("as an expectation alone it is consistent", without="L124: S is near 1/K")
@control("as a probability alone it is consistent", without="L207: S is the expectation")
def uniform_value_and_expectation_differ(without: str | None = None) -> Outcome:
    """Levels -1 and 1, theta = 0, where both levels have probability exactly 1/2 at every temperature, as the
    passage on hot quantization wants it. It gives S the value 1/K = 1/2 (to within 1/4, generously); the
    expectation is 0, at whatever temperature.
    """
    value = z3.Real("S")
    return compare(
        {
            "L124: S is near 1/K": z3.And(value >= z3.Q(1, 4), value <= z3.Q(3, 4)),
            "L207: S is the expectation": _mean_of_pair(value, Fraction(0)),
        },
        "At theta = 0 the value 1/K = 1/2 and the expectation 0 exclude each other",
        without=without,
    )


@evidence("X-10", method=Method.SMT)
@control("without discreteness the expectation is consistent", without="L106: onto discrete states")
@control("without the expectation a projection is consistent", without="L207: S is the expectation")
def discrete_projection_and_expectation_differ(without: str | None = None) -> Outcome:
    """Levels -1 and 1, theta = 1, T = 1/ln 2: a projection onto discrete states returns -1 or 1, the
    expectation is 3/5.
    """
    value = z3.Real("S")
    return compare(
        {
            "L106: onto discrete states": z3.Or(value == -1, value == 1),
            "L207: S is the expectation": _mean_of_pair(value, Fraction(1)),
        },
        "The expectation 3/5 is none of the states -1, 1",
        without=without,
    )


@evidence("T5-S4", method=Method.SMT)
@control("the statement alone is consistent", without="L276: S is the sum of q_k P_k")
@control("the proof alone is consistent", without="L271: S assigns probabilities")
def distribution_and_mean_differ(without: str | None = None) -> Outcome:
    """Levels -1 and 1, theta = -1, T = 1/ln 2. In the statement of Theorem 5 S assigns probabilities to the
    levels, so what it assigns lies in [0, 1]; in the proof S is the sum of q_k P_k, here -3/5.
    """
    value = z3.Real("S")
    return compare(
        {
            "L271: S assigns probabilities": z3.And(value >= 0, value <= 1),
            "L276: S is the sum of q_k P_k": _mean_of_pair(value, Fraction(-1)),
        },
        "A probability lies in [0, 1]; the mean level at theta = -1 is -3/5",
        without=without,
    )


@evidence("X-26", method=Method.SMT)
@control("rounding alone is consistent", without="L117, L234: nearest level")
@control("near identity alone is consistent", without="L296: nearly the identity")
def rounding_is_not_nearly_the_identity(without: str | None = None) -> Outcome:
    """Levels -1 and 1. In the limit of low temperature one passage makes S round to the nearest level,
    another makes it nearly the identity, say to within a quarter of the spacing for every theta in the
    hull. At theta = 1/4 the first gives 1, the second a value in [-1/4, 3/4]. (SQ-R3: for T -> 0 the first
    is right and the largest distance to the identity tends to half a spacing; at the paper's T_min the
    second is right.)
    """
    value = z3.Real("S")
    theta, spacing = Fraction(1, 4), Fraction(2)
    nearest = min(PAIR, key=lambda level: abs(level - theta))
    return compare(
        {
            "L117, L234: nearest level": value == _rational(nearest),
            "L296: nearly the identity": z3.And(
                value - _rational(theta) <= _rational(spacing / 4),
                _rational(theta) - value <= _rational(spacing / 4),
            ),
        },
        "Rounding moves theta = 1/4 to 1, three eighths of a spacing away",
        without=without,
        computed="sup |nearest level - theta| = half a spacing",
        stated="nearly 0",
    )


@evidence("X-33", method=Method.SMT)
@control("without the exploration, contraction is consistent", without="L117: hotter is broader")
@control("without the mean, exploration is consistent", without="L114: the update is contracted to S")
def contraction_and_broad_search_exclude_each_other(without: str | None = None) -> Outcome:
    """Levels -1 and 1, E = exp(1/T). If the update is the contracted value S, all values it can take span
    2 (E^2 - 1)/(E^2 + 1). If the same operator provides broad search at high temperature, the span at the
    higher temperature (the smaller E > 1) must not be smaller than the span at the lower one.
    """
    hot, cold, span_hot, span_cold = z3.Reals("E_hot E_cold span_hot span_cold")
    temperatures = z3.And(hot > 1, cold > hot)
    return compare(
        {
            "L114: the update is contracted to S": z3.And(
                temperatures,
                span_hot * (hot * hot + 1) == 2 * (hot * hot - 1),
                span_cold * (cold * cold + 1) == 2 * (cold * cold - 1),
            ),
            "L117: hotter is broader": z3.And(temperatures, span_hot >= span_cold),
        },
        "The values S can take span less and less as T rises, so S cannot also be what explores at high T",
        without=without,
    )

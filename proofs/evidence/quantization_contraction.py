"""Where soft quantization contracts and where it amplifies, with the exact temperature that separates the
two.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.ball_arithmetic import ball
from proofs.bounds import (
    soft_quantization_lipschitz,
)
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.quantization_lemmas import (
    OCTAVE,
    cell,
    named,
    rational_mean,
    zero,
)
from proofs.registry import control, evidence
from reference.soft_quantization import soft_quantize

PAIR = (Fraction(-1), Fraction(1))
EPS = np.finfo(float).eps
Quantizer = Callable[[Fraction, Fraction | int], Fraction]


def _pair_mean(theta: Fraction, halvings: Fraction | int) -> Fraction:
    """S for the levels -1, 1 at T = 1/(halvings ln 2); outside the hull it equals its value at the end."""
    return rational_mean(max(min(theta, Fraction(1)), Fraction(-1)), PAIR, halvings)


def _unquantized(theta: Fraction, halvings: Fraction | int) -> Fraction:
    return theta


def _rounded(theta: Fraction, halvings: Fraction | int) -> Fraction:
    return Fraction(1) if theta > 0 else Fraction(-1)


def _reference_pair(theta: float, temperature: float) -> float:
    return float(soft_quantize(np.array([theta]), np.array([-1.0, 1.0]), temperature)[0])


@evidence("PQ-3", "INT-5", method=Method.SMT)
@control("if weights could be negative the mean could leave the hull", least_weight=-1)
def values_lie_in_the_hull(least_weight: int = 0) -> Outcome:
    """A mean of levels with non-negative weights of positive sum. By induction on the number of levels it is
    enough to add one level q with weight w to a group of weight W whose mean m lies in the hull: the new
    mean lies there too. SMT finds no exception for real numbers.
    """
    low, high, mean, level, weight, rest, value = z3.Reals("low high m q w W S")
    inside = z3.And(low <= mean, mean <= high, low <= level, level <= high)
    average = z3.And(
        weight >= least_weight,
        rest > 0,
        weight + rest > 0,
        value * (weight + rest) == level * weight + mean * rest,
    )
    outside = z3.Or(value < low, value > high)
    return proved_if(
        {
            "no mean leaves the hull": satisfiable(inside, average, outside) is None,
            "such means exist": satisfiable(inside, average) is not None,
        },
        "q_1 <= S(theta) <= q_K for every theta, every T > 0 and all levels",
    )


@evidence("PQ-3", method=Method.EXACT, reading="contraction")
@evidence("INT-12", method=Method.EXACT, reading="no amplification")
@control("at twice that temperature a pair at the same distance is contracted", halvings=1)
def cold_quantizer_amplifies_distances(halvings: int = 2) -> Outcome:
    """Two levels -1 and 1 at T = 1/(2 ln 2): S(1/2) = 3/5 and S(-1/2) = -3/5, so the distance 1 becomes 6/5.
    (Two levels amplify at every T < 1, where the slope 1/T of tanh(theta/T) at 0 exceeds 1.)
    """
    distance = Fraction(1)
    pair = [distance / 2, -distance / 2] if halvings == 2 else [Fraction(1), Fraction(0)]
    values = [_pair_mean(theta, halvings) for theta in pair]
    reference = [_reference_pair(float(theta), OCTAVE / halvings) for theta in pair]
    return refuted_if(
        hypotheses={"the two parameters are 1 apart": pair[0] - pair[1] == distance},
        violated={"their values are farther apart": values[0] - values[1] > distance},
        reference={
            "S from the reference": np.allclose(reference, [float(v) for v in values], rtol=0, atol=4 * EPS)
        },
        witness={
            "levels": "-1, 1",
            "T": "1/(2 ln 2)",
            "theta": "1/2 and -1/2",
            "S": f"{values[0]} and {values[1]}",
        },
        summary="Two parameters at distance 1 are sent to distance 6/5",
        computed=f"Lip = {soft_quantization_lipschitz([-1.0, 1.0], OCTAVE / 2):.4g}",
        stated="at most 1",
    )


@evidence("SQ-7", method=Method.EXACT, reading="spread of the update")
@control(
    "rounding to the nearest level would spread the same noise equally at both temperatures",
    quantizer=_rounded,
)
@control("without quantization the spread does not depend on the temperature", quantizer=_unquantized)
def cooling_spreads_the_updated_value(quantizer: Quantizer = _pair_mean) -> Outcome:
    """Levels -1 and 1; the noisy step arrives at 1 or -1 with probability 1/2 each. The updated value is S(1)
    or -S(1), its variance S(1)^2: 1/9 at T = 2/ln 2, 9/25 at T = 1/ln 2. For two levels and any symmetric
    noise around 0 the variance is the mean of tanh(noise/T)^2, which grows as T falls, whatever the noise.
    """
    warm, hot = quantizer(Fraction(1), Fraction(1)) ** 2, quantizer(Fraction(1), Fraction(1, 2)) ** 2
    reference = [_reference_pair(1.0, temperature) ** 2 for temperature in (OCTAVE, 2 * OCTAVE)]
    return refuted_if(
        hypotheses={"same noisy step at both temperatures, the first colder": 2 * OCTAVE > OCTAVE},
        violated={"the variance is larger at the lower temperature": warm > hot},
        reference={"variances 9/25 and 1/9": np.allclose(reference, [9 / 25, 1 / 9], rtol=8 * EPS, atol=0)},
        witness={
            "levels": "-1, 1",
            "step arrives at": "1 or -1, evenly",
            "variance at 2/ln 2, 1/ln 2": f"{hot}, {warm}",
        },
        summary="Halving the temperature raises the variance of the updated value from 1/9 to 9/25",
        computed="variance grows on cooling",
        stated="falls on cooling",
    )


@evidence("SQ-3", "SQ-10", method=Method.SYMBOLIC)
@control("at T = 0 the bound on the slope is infinite", temperature=0)
def soft_values_vary_continuously_and_rounding_jumps(temperature: int | None = None) -> Outcome:
    """By the lemma on one cell the slope of S is (2g/T) p(1-p) <= g/(2T) <= D/(2T), g being the distance of
    the means of the levels above and below the cell; S is constant outside the hull and its values lie in
    it. So S is Lipschitz at every T > 0. The nearest level jumps at every midpoint by the whole gap
    between its neighbours: at -e and e around the midpoint of -1 and 1 it is -1 and 1 for every e in (0,
    1).
    """
    spread, gap, share = sp.symbols("D g p", positive=True)
    heat = sp.Symbol("T", positive=True) if temperature is None else sp.Integer(temperature)
    bound = spread / (2 * heat)
    shift = z3.Real("e")
    return proved_if(
        {
            **cell(),
            "2g p(1-p) <= g/2": zero(
                gap / 2 - 2 * gap * share * (1 - share) - 2 * gap * (share - sp.Rational(1, 2)) ** 2
            ),
            "the bound D/(2T) is finite": bound.is_finite is not False and bound != sp.zoo,
            "1 is nearer to e than -1 is": satisfiable(shift > 0, shift < 1, 1 - shift >= shift + 1) is None,
        },
        "|S(theta') - S(theta)| <= D/(2T) |theta' - theta|; the nearest level jumps at each midpoint",
    )


@evidence("SQ-3", method=Method.EXACT, reading="size of the move")
@control("from the central level nothing moves", theta=Fraction(0))
def soft_quantization_moves_farther_than_snapping(theta: Fraction = Fraction(1)) -> Outcome:
    """Levels -1, 0, 1: snapping moves no parameter of the hull by more than 1/2. At T = 1/ln 2 soft
    quantization moves the level 1 to (1 - 1/4)/(1 + 1/2 + 1/4) = 3/7, by 4/7.
    """
    levels = (Fraction(-1), Fraction(0), Fraction(1))
    value = rational_mean(theta, levels)
    reference = soft_quantize(np.array([float(theta)]), np.array([-1.0, 0.0, 1.0]), OCTAVE)[0]
    return refuted_if(
        hypotheses={"theta is in the hull": levels[0] <= theta <= levels[-1]},
        violated={"it moves by more than half a gap": abs(value - theta) > Fraction(1, 2)},
        reference={"S(1) is 3/7": abs(reference - float(value)) <= 4 * EPS},
        witness={"levels": "-1, 0, 1", "T": "1/ln 2", "theta": theta, "S(theta)": value},
        summary="Soft quantization moves 1 to 3/7, farther than snapping moves anything",
        computed="up to D/2 (hot), T (between), h/2 (cold)",
        stated="at most h/2",
    )


@evidence("PQ-4", method=Method.SMT)
@control("a parameter outside the hull can be moved by more than D", outside=1)
def one_update_moves_less_than_the_range(outside: int = 0) -> Outcome:
    """After the update the parameter is at S of something, strictly between q_1 and q_K (SQ-R1), whatever the
    gradient was. Both ends of the move lie in the hull, and the second not at its border, so the move is
    shorter than D. It comes as close to D as one likes: from q_1 to S(q_K), which tends to q_K as T falls.
    (`outside` lets the parameter start that far beyond the hull.)
    """
    first, last, theta, value = z3.Reals("q_1 q_K theta S")
    start = z3.And(first < last, first - outside <= theta, theta <= last + outside)
    far = z3.Or(value - theta >= last - first, theta - value >= last - first)
    return proved_if(
        {
            "no move of length D": satisfiable(start, first < value, value < last, far) is None,
            "moves exist": satisfiable(start, first < value, value < last) is not None,
        },
        "|S(theta - eta g) - theta| < D for every gradient g, learning rate and T > 0",
    )


@evidence("PQ-4", method=Method.EXACT, reading="any parameter")
@control("inside the hull the move stays below D", theta=Fraction(1))
def a_parameter_outside_jumps_without_a_gradient(theta: Fraction = Fraction(3)) -> Outcome:
    """Levels -1 and 1, T = 1/ln 2, gradient 0. From theta = 3, S is what it is at 1, namely 3/5: a jump of
    12/5 > D = 2 although no step was taken. (At the paper's grids about 32% to 62% of Gaussian initial
    weights lie outside the hull.)
    """
    value = _pair_mean(theta, 1)
    return refuted_if(
        hypotheses={"the gradient step is 0": theta - 0 == theta},
        violated={"the move exceeds D": abs(value - theta) > 2},
        reference={"S(3) is 3/5": abs(_reference_pair(float(theta), OCTAVE) - 3 / 5) <= 4 * EPS},
        witness={"levels": "-1, 1", "T": "1/ln 2", "theta": theta, "S(theta)": value, "gradient": 0},
        summary="Without any gradient a parameter at 3 jumps to 3/5",
        computed="unbounded: at least the distance to the hull",
        stated="bounded by D",
    )


@evidence("PQ-5", method=Method.EXACT)
@control("hot enough, the same parameter decays", halvings=1)
def cold_quantizer_makes_weights_grow(halvings: int = 2) -> Outcome:
    """Levels -1 and 1, T = 1/(2 ln 2): S(1/2) = 3/5 > 1/2, the weight grows. (With `halvings` 1 the weight 1
    is taken, for which S = 3/5 at T = 1/ln 2.)
    """
    theta = Fraction(1, halvings)
    value = _pair_mean(theta, halvings)
    return refuted_if(
        hypotheses={"levels are symmetric": sum(PAIR) == 0, "theta is positive": theta > 0},
        violated={"the weight grows": value > theta},
        reference={
            "S from the reference": abs(_reference_pair(float(theta), OCTAVE / halvings) - 3 / 5) <= 4 * EPS
        },
        witness={"levels": "-1, 1", "T": "1/(2 ln 2)", "theta": theta, "S(theta)": value},
        summary="S(1/2) = 3/5: below the temperature T* weights near 0 grow",
    )


@evidence("PQ-5", method=Method.BALL, reading="the paper's temperatures")
@control("at T_max weights do decay", temperature=Fraction(5))
def weights_near_zero_grow_at_the_lowest_temperature(temperature: Fraction = Fraction(1, 20)) -> Outcome:
    """Grid with K = 256, kappa = 1, sigma = 1 at T_min = 0.05: the centre 0 is the middle of a cell, and the
    slope of S there is (x/2) coth(x/2) - b(128 x) with x = h/T = 8/51 (SQ-R2). Ball arithmetic puts it above
    1.002, so that small weights of either sign grow: |S(theta)| > |theta| near 0.
    """
    x = ball(Fraction(2, 255) / temperature)
    slope = x / 2 + x / x.expm1() - (128 * x) / (128 * x).expm1()
    h = 2 / 255
    theta = h / 100
    value = soft_quantize(np.array([theta]), np.linspace(-1.0, 1.0, 256), float(temperature))[0]
    return refuted_if(
        hypotheses={"T lies in [T_min, T_max]": Fraction(1, 20) <= temperature <= 5},
        violated={"slope at 0 above 1.002": slope > ball("1.002")},
        reference={"S(h/100) > h/100": value > theta * (1 + 1e-3)},
        witness={"K, kappa, T": "256, 1, 0.05 sigma", "slope of S at 0": slope.str(8)},
        summary="At T_min soft quantization enlarges small weights by 0.2% per step",
        computed=f"S(theta)/theta = {float(slope.mid()):.5f} at 0",
        stated="below 1",
    )


@evidence("PQ-5", method=Method.SYMBOLIC, reading="T >= T*")
@control("a Lipschitz constant above 1 would not give the bound", constant=Fraction(11, 10))
def weights_decay_from_the_separating_temperature_on(constant: Fraction = Fraction(1)) -> Outcome:
    """On symmetric levels the terms of q and -q in the sum for S(0) cancel, so S(0) = 0; S increases, so it
    keeps the sign of theta. At T >= T* no distance grows (SQ-R2), so |S(theta)| = |S(theta) - S(0)| <=
    |theta|.
    """
    q, heat = sp.symbols("q T", positive=True)
    theta, value = z3.Reals("theta S")
    lipschitz = z3.And(
        value <= z3.Q(constant.numerator, constant.denominator) * theta, value >= 0, theta >= 0
    )
    return proved_if(
        {
            "q and -q cancel at 0": zero(q * sp.exp(-sp.Abs(q) / heat) - q * sp.exp(-sp.Abs(-q) / heat)),
            "0 <= S(theta) <= theta for theta >= 0": satisfiable(lipschitz, value > theta) is None,
            **named("S keeps the sign", {name: ok for name, ok in cell().items() if name == "S' > 0"}),
        },
        "S(0) = 0 and 0 <= S(theta)/theta <= 1 at every T >= T*",
    )

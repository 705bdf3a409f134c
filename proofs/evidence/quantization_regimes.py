"""What more levels do on a uniform grid at one temperature, and the closed forms of partition sum, S and H.

Lengths are in spacings where nothing else is said, x = h/T. How far S moves a parameter at most is in
``quantization_displacement``.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.bounds import closed_form_uniform, soft_quantization_displacement
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.quantization_lemmas import (
    OCTAVE,
    geometric_law,
    named,
    phi,
    rational_mean,
    zero,
)
from proofs.registry import control, evidence
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.soft_quantization import soft_quantize

EPS = np.finfo(float).eps


@evidence("SQ-6", method=Method.SYMBOLIC)
@control("with the spacing fixed instead of the range more levels do not help", fixed_spacing=1)
def rounding_error_falls_with_the_number_of_levels(fixed_spacing: int | None = None) -> Outcome:
    """The parameter of the hull farthest from all levels is a midpoint, half a spacing D/(K-1) away. That is
    also the limit of the largest |S(theta) - theta| for T -> 0 (SQ-R3).
    """
    spread, extra = sp.symbols("D m", positive=True)  # K = 1 + m
    error = spread / (2 * extra) if fixed_spacing is None else sp.Rational(fixed_spacing, 2)
    return proved_if(
        {
            "one more level lowers the error": sp.simplify(
                error - sp.sympify(error).subs(extra, extra + 1)
            ).is_positive
        },
        "D/(2(K-1)) falls strictly with K",
    )


@evidence("SQ-6", method=Method.EXACT, reading="value at the temperature in use")
@control("the limit of low temperature, where a level stays put, shows no such thing", halvings=60)
def more_levels_move_parameters_farther(halvings: int = 1) -> Outcome:
    """Range [-1, 1], T = 1/ln 2. With the two levels -1, 1 the end 1 moves to 3/5; at this temperature S
    contracts (T >= 1), so S - theta is monotone and no parameter of the hull moves farther than 2/5. With
    -1, 0, 1 the end moves to 3/7, by 4/7. At every T the end moves farther with three levels, (1 - z^2)/(1
    + z + z^2) being below (1 - z^2)/(1 + z^2). (At the paper's T_max the move is 93% of the half-width,
    for every K used.) (`halvings` divides T; far below the spacing the end stays put for both.)
    """
    coarse = (Fraction(-1), Fraction(1))
    fine = (Fraction(-1), Fraction(0), Fraction(1))
    moves = [1 - rational_mean(Fraction(1), levels, halvings) for levels in (coarse, fine)]
    least_visible = Fraction(1, 100)
    reference = [
        soft_quantization_displacement([float(q) for q in levels], OCTAVE / halvings)
        for levels in (coarse, fine)
    ]
    values = [
        soft_quantize(np.array([1.0]), np.array([float(q) for q in ls]), OCTAVE / halvings)[0]
        for ls in (coarse, fine)
    ]
    return refuted_if(
        hypotheses={
            "same range and temperature, more levels": coarse[-1] == fine[-1] and len(fine) > len(coarse)
        },
        violated={
            "two levels move nothing by more than 2/5": moves[0] <= Fraction(2, 5),
            "three levels move the end farther": moves[1] > moves[0] + least_visible,
        },
        reference={
            "moves of the end": np.allclose(
                values, [float(1 - move) for move in moves], rtol=4 * EPS, atol=0
            ),
            "largest move with two levels": abs(reference[0] - 2 / 5) < 16 * EPS,
        },
        witness={
            "range": "[-1, 1]",
            "T": "1/ln 2",
            "largest move, K = 2": moves[0],
            "move of 1, K = 3": moves[1],
        },
        summary="A third level raises the largest displacement from 2/5 to 4/7",
        computed="D/2 or T, whatever K, unless T < h",
        stated="finer with K",
    )


def lipschitz_ball(x: arb, count: int) -> arb:
    """The constant of SQ-R2 in ball arithmetic, for K even or i x above ln 2; an upper bound otherwise."""
    small, large = count // 2, count - count // 2
    return x / 2 + x / x.expm1() - ((small * x) / (small * x).expm1() + (large * x) / (large * x).expm1()) / 2


def end_displacement_ball(x: arb, count: int) -> arb:
    """mu_K: how far the end of the grid moves, in spacings."""
    return 1 / x.expm1() - count / (count * x).expm1()


@evidence("SQ-10", method=Method.BALL, reading="accurate and damping")
@control("six levels can do it", count=6)
def seven_levels_cannot_be_accurate_and_damping(count: int = 7) -> Outcome:
    """Uniform grid of 7 levels, x0 = h/T = 109/100. As mu_7 falls and Lip increases with x: for x <= x0 the
    end moves by mu_7(x) >= mu_7(x0) > 1/2 spacings, for x >= x0 Lip(x) >= Lip(x0) > 1. So at no
    temperature is every move at most half a spacing and no distance increased. With more levels both mu_K
    and Lip are larger, so the same x0 excludes every K >= 7. For K = 6, x = 112/100 allows both, and K <=
    5 is easier still.
    """
    x = ball("1.09")
    levels = np.arange(count) - (count - 1) / 2
    end = levels[-1] - soft_quantize(levels[-1:], levels, 1 / 1.09)[0]
    allowed = ball("1.12")
    return refuted_if(
        hypotheses={
            "K = 6 at h/T = 1.12: moves below 1/2": end_displacement_ball(allowed, 6) < ball("1/2"),
            "K = 6 at h/T = 1.12: Lip below 1": lipschitz_ball(allowed, 6) < 1,
            "no factor for odd K: i x > ln 2": (count // 2) * x > ball(2).log(),
        },
        violated={
            "hotter than h/1.09 the ends move by more than h/2": end_displacement_ball(x, count)
            > ball("1/2"),
            "colder than h/1.09 some distance grows": lipschitz_ball(x, count) > 1,
        },
        reference={
            "move of the end at h/T = 1.09": abs(end - float(end_displacement_ball(x, count).mid()))
            < 64 * EPS
        },
        witness={
            "K": count,
            "h/T": "109/100",
            "move of the end": f"{float(end_displacement_ball(x, count).mid()):.5f} h",
            "Lip": f"{float(lipschitz_ball(x, count).mid()):.5f}",
        },
        summary="With 7 levels or more no temperature makes S accurate to half a spacing and non-expansive",
        computed="possible exactly for K <= 6",
        stated="possible",
    )


@evidence("SQ-R4", method=Method.SYMBOLIC)
@control("with phi replaced by the Langevin function the mean index is wrong", scale=2)
def closed_forms_on_a_uniform_grid(scale: int = 1) -> Outcome:
    """Seen from theta the levels on the side of the nearest one are at distances u, u+h, ..., the others at
    u + sh, u + sh + h, ...: two geometric series, whose sums and mean indices are proved by induction on the
    number of terms, for all K. With Z relative to the nearest level: Z = A_a + r^s A_b; the mean of
    (d - u)/h is [A_a mu_a + r^s A_b (s + mu_b)]/Z; ln P_k = -(d_k - u)/T - ln Z, so H = ln Z + x times that
    mean; S follows in the same way from the two groups. Beyond the grid b = 0. (`scale` multiplies phi.)
    """
    x, n, probability, energy, log_partition = sp.symbols("x n p e L", positive=True)
    index = 1 / (sp.exp(x) - 1) - n / (sp.exp(n * x) - 1)
    surprise = -probability * sp.expand_log(sp.log(sp.exp(-energy - log_partition)), force=True)
    theta = np.array([-1.5, -0.26, 0.0, 0.1, 0.997, 2.0])
    errors = []
    for count, heat in ((2, 0.3), (9, 0.05), (256, 5.0), (1024, 0.05)):
        levels = uniform_levels(1.0, count)
        form = closed_form_uniform(theta, 1.0, count, heat)
        entropy = level_entropy(theta, levels, heat)
        scale_of_error = 32 * EPS * (1 + 2 / heat)  # the rounding of the levels, in temperatures
        errors.append(np.abs(form.mean - soft_quantize(theta, levels, heat)).max() <= scale_of_error)
        errors.append((np.abs(form.entropy - entropy) <= scale_of_error * entropy).all())
    return proved_if(
        {
            **named("geometric law", geometric_law()),
            "mean index through phi": zero(index - (n - 1) / 2 - scale * (phi(x) - n * phi(n * x))),
            "-p ln p = p (e + ln Z) for p = exp(-e)/Z": zero(
                surprise - probability * (energy + log_partition)
            ),
            "agrees with the literal sums of the reference": all(errors),
        },
        "ln Z, S and H from two geometric series: O(1) per parameter, independent of K",
        computed="O(1) operations",
        stated="O(K) operations",
    )

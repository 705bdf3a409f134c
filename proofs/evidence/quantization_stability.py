"""Theorem 5: how much a perturbation of a parameter changes its level law and its soft-quantized value.

An exponential in the size of the perturbation bounds nothing for large perturbations and says no more than a
Lipschitz bound for small ones. The sharp modulus is D tanh(min(|d|, D)/2T). What follows for oscillation is in
``quantized_descent``.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.bounds import soft_quantization_modulus
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.quantization_lemmas import OCTAVE, Checks, cell, named, rational_law, rational_mean, zero
from proofs.registry import control, evidence
from reference.soft_quantization import level_probabilities, soft_quantize

PAIR = (Fraction(-1), Fraction(1))
LEVELS = np.array([-1.0, 1.0])
EPS = np.finfo(float).eps


def modulus_lemmas(swing: int = 2) -> Checks:
    r"""The level law moves by at most tanh(|d|/2T) in total variation.

    Every distance changes by at most |d|, so the factors P'_k/P_k differ from each other by at most
    E = exp(swing |d|/T), swing = 2. An event of probability p whose factors are at most E times those of the
    rest gets at most p E/(1 + p(E-1)); with E = s^2 the gain is at most (s-1)/(s+1), by a square.
    Outside the hull nothing changes, so |d| may be replaced by min(|d|, D).
    """
    theta, q, d = z3.Reals("theta q d")
    before, after = (
        z3.If(theta >= q, theta - q, q - theta),
        z3.If(theta + d >= q, theta + d - q, q - theta - d),
    )
    size = z3.If(d >= 0, d, -d)
    s, p, u = sp.symbols("s p u", positive=True)  # s = exp(|d|/T), u = |d|/T
    gain = p * s**2 / (1 + p * (s**2 - 1)) - p
    square = (s - 1) * (p * (s + 1) - 1) ** 2 / ((s + 1) * (1 + p * (s**2 - 1)))
    largest = (sp.exp(sp.Rational(swing, 2) * u) - 1) / (sp.exp(sp.Rational(swing, 2) * u) + 1)
    factor, low, other = z3.Reals("f g E")
    reach = z3.And(low > 0, other >= 1, factor > 0, factor <= other * low)
    share, new = z3.Reals("p p_new")
    update = z3.And(share > 0, share < 1, new * (share * factor + (1 - share) * low) == share * factor)
    return {
        "a distance changes by at most |d|": satisfiable(z3.Or(after - before > size, before - after > size))
        is None,
        "the largest new probability is p E/(1 + p(E-1))": satisfiable(
            reach, update, new * (1 + share * (other - 1)) > share * other
        )
        is None,
        "the gain is at most (s-1)/(s+1)": sp.cancel((s - 1) / (s + 1) - gain - square) == 0,
        "(s-1)/(s+1) = tanh(|d|/2T)": zero((largest - sp.tanh(u / 2)).rewrite(sp.exp)),
    }


@evidence("T5-R1", "T5-S2", method=Method.SYMBOLIC)
@control("if the levels moved as well, by as much as theta, the law could change more", swing=4)
def sharp_modulus_of_continuity(swing: int = 2) -> Outcome:
    """Total variation: the law does not change outside the hull, so both parameters may be moved to the nearest
    point of the hull, which puts them at most min(|d|, D) apart; write |d| for that. Every distance changes by
    at most |d|, every weight by a factor between exp(-|d|/T) and exp(|d|/T). So a set of levels of probability
    p has at most p E/(1 + p(E-1)) afterwards, E = exp(2|d|/T), a gain of at most tanh(|d|/2T) for every p.

    For S: the changes of the P_k add up to 0, so with c the middle of the hull
    |S' - S| = |sum (q_k - c)(P'_k - P_k)| <= (D/2) sum |P'_k - P_k| = D TV. Both are attained by two
    levels at distance D: from theta = -d/2 to d/2 around their middle, S = (D/2) tanh(theta/T) changes by
    D tanh(d/2T) and the probability of the upper level by tanh(d/2T), for every d <= D.
    """
    d, heat, spread = sp.symbols("d T D", positive=True)
    rise = sp.tanh(d / 2 / heat) - sp.tanh(-d / 2 / heat)  # of tanh(theta/T) from -d/2 to d/2
    level, low = z3.Reals("q low")
    width = z3.Real("D")
    off_centre = level - (low + width / 2)
    outside = z3.Or(off_centre > width / 2, -off_centre > width / 2)
    pair = level_probabilities(np.array([-0.25, 0.25]), LEVELS, 0.5)
    return proved_if(
        {
            **modulus_lemmas(swing),
            **named("two levels", {n: ok for n, ok in cell().items() if n.startswith("S = ")}),
            "|q_k - c| <= D/2": satisfiable(low <= level, level <= low + width, outside) is None,
            "two levels: S changes by D tanh(d/2T)": zero(spread / 2 * rise - spread * sp.tanh(d / 2 / heat)),
            "two levels: P changes by tanh(d/2T)": zero(rise / 2 - sp.tanh(d / 2 / heat)),
            "reference attains tanh(1/2) at d = 1/2, T = 1/2": abs(pair[1, 1] - pair[0, 1] - np.tanh(0.5))
            < 8 * EPS,
        },
        "TV <= tanh(min(|d|, D)/2T) and |S' - S| <= D tanh(min(|d|, D)/2T), attained by two levels",
        computed=f"d = T/10, D = 1: {soft_quantization_modulus([0.0, 1.0], 1.0, 0.1):.5f}",
        stated="C (|d|/T) exp(-|d|/T), C not given",
    )


@evidence("T5-S1", method=Method.SYMBOLIC, reading="(|d|/T) exp(-|d|/T), small d")
@evidence("T5-S1", method=Method.SYMBOLIC, reading="|d| exp(-|d|/T), small d")
@evidence("T5-S1", method=Method.SYMBOLIC, reading="exp(-|d|/T), small d")
@control("without a bound on |d| no constant is finite", largest=sp.oo)
def small_perturbations_obey_every_form(largest: sp.Expr | None = None) -> Outcome:
    """Let u = |d|/T <= u0. By the sharp modulus |S' - S| <= D tanh(u/2) <= D u/2, and u <= u exp(u0) exp(-u).
    So C = (D/2) exp(u0) serves for u exp(-u), C/T for |d| exp(-|d|/T), and C u0 for exp(-u). The
    exponential adds nothing: for |d| <= d_0 it lies between exp(-u0) and 1, so each of the first two forms
    is a Lipschitz bound in other words, and the third does not even tend to 0 with d. (`largest` is u0.)
    """
    u, spread = sp.symbols("u D", positive=True)
    u0 = sp.Symbol("u_0", positive=True) if largest is None else largest
    constant = spread / 2 * sp.exp(u0)
    gap = u / 2 - sp.tanh(u / 2)
    return proved_if(
        {
            **named("modulus", modulus_lemmas()),
            "the constant is finite": constant.is_finite is not False and not constant.has(sp.oo),
            "tanh(u/2) <= u/2": gap.subs(u, 0) == 0 and zero(gap.diff(u) - sp.tanh(u / 2) ** 2 / 2),
            "exp(v) >= 1 for v = u0 - u >= 0": (sp.exp(u) - 1).subs(u, 0) == 0
            and (sp.exp(u) - 1).diff(u).is_positive,
        },
        "|S' - S| <= (D/2) exp(d0/T) (|d|/T) exp(-|d|/T) for |d| <= d0",
        computed="(D/2) exp(d0/T)",
        stated="C, not given",
    )


@evidence("T5-S1", method=Method.SYMBOLIC, reading="|d|/T, all d")
@evidence("T5-S1", method=Method.SYMBOLIC, reading="|d|/T, small d")
@control("with a constant of 2/5 of the range two levels violate the bound", constant=Fraction(2, 5))
def lipschitz_form_with_the_best_constant(constant: Fraction = Fraction(1, 2)) -> Outcome:
    """By the sharp modulus |S' - S| <= D tanh(|d|/2T) <= (D/2)|d|/T for every d. No constant below D/2 serves
    all level sets: for two levels |S' - S|/(|d|/T) = D tanh(u/2)/u, u = |d|/T, tends to D/2 for d -> 0.
    """
    u, spread = sp.symbols("u D", positive=True)
    best = sp.Rational(constant.numerator, constant.denominator)
    gap = best * u - sp.tanh(u / 2)
    return proved_if(
        {
            **named("modulus", modulus_lemmas()),
            "the bound holds at 0 and its slope is larger": gap.subs(u, 0) == 0
            and zero(gap.diff(u) - sp.tanh(u / 2) ** 2 / 2),
            "two levels need D/2": sp.limit(spread * sp.tanh(u / 2) / u, u, 0) == best * spread,
        },
        "|S' - S| <= (D/2) |d|/T for all theta, d, levels and T; D/2 is best possible",
        computed="D/2",
        stated="C, not given",
    )


def _decaying_forms(d: sp.Expr, heat: sp.Expr) -> dict[str, sp.Expr]:
    u = d / heat
    return {"(|d|/T) e": u * sp.exp(-u), "e": sp.exp(-u), "|d| e": d * sp.exp(-u)}


def _growing_form(d: sp.Expr, heat: sp.Expr) -> dict[str, sp.Expr]:
    return {"|d|/T": d / heat}


@evidence("T5-S1", method=Method.SYMBOLIC, reading="(|d|/T) exp(-|d|/T), all d")
@evidence("T5-S1", method=Method.SYMBOLIC, reading="exp(-|d|/T), all d")
@evidence("T5-S1", method=Method.SYMBOLIC, reading="|d| exp(-|d|/T), all d")
@control("the form without an exponential survives", forms=_growing_form)
def no_constant_serves_large_perturbations(
    forms: Callable[[sp.Expr, sp.Expr], dict[str, sp.Expr]] = _decaying_forms,
) -> Outcome:
    """Levels -1 and 1, T = 1/ln 2, theta = -1. For every d >= 2 the value moves from -3/5 to 3/5, by 6/5.
    Given any C take d = 4 + 2m with a whole number m >= C: as 2^d >= d^2 for d >= 4, each of the three
    forms is at most d 2^-d <= 1/d, and C/d < 1/2 < 6/5. So no C, however large, makes the bound true for
    all d.
    """
    d, m = sp.symbols("d m", positive=True)
    heat = 1 / sp.log(2)
    start = rational_mean(Fraction(-1), PAIR)
    change = rational_mean(Fraction(1), PAIR) - start
    tails = {name: sp.limit(form, d, sp.oo) == 0 for name, form in forms(d, heat).items()}
    reference = soft_quantize(np.array([-1.0, 1.0, 4000.0]), LEVELS, OCTAVE)
    return refuted_if(
        hypotheses={"T is fixed and C does not depend on d": d not in heat.free_symbols},
        violated={
            "the change stays 6/5 for d >= 2": change == Fraction(6, 5),
            **{f"C times {name} tends to 0": tail for name, tail in tails.items()},
            "d^2 <= 2^d: true at d = 4": 4**2 <= 2**4,
            "and from d = 4 + v to d + 1: 2 d^2 > (d+1)^2": all(
                coefficient > 0 for coefficient in sp.Poly(2 * (4 + m) ** 2 - (5 + m) ** 2, m).all_coeffs()
            ),
            "C/d < 1/2 for d = 4 + 2m, C <= m": sp.simplify(sp.Rational(1, 2) - m / (4 + 2 * m)).is_positive,
        },
        reference={
            "change from -1 to 1 and to 4000 is 6/5": np.allclose(
                reference[1:] - reference[0], 6 / 5, rtol=8 * EPS, atol=0
            )
        },
        witness={"levels": "-1, 1", "T": "1/ln 2", "theta": -1, "d": "4 + 2 ceil(C)", "change": change},
        summary="The change tends to 6/5 as d grows while every exponential form tends to 0",
        computed="D tanh(min(|d|, D)/2T), which does not decay",
        stated="decays in |d|",
    )


@evidence("T5-S2", method=Method.SYMBOLIC, reading="all temperatures alike")
@control("at one temperature the change vanishes with d", halvings=1)
def cold_laws_are_unstable(halvings: int | None = None) -> Outcome:
    """Levels -1 and 1. For every n take T = 1/(n ln 2) and the step from theta = -1/n to 1/n: the probability
    of the upper level goes from 1/5 to 4/5. So the change does not tend to 0 with d = 2/n when T may fall
    as well. (`halvings` keeps T at 1/(halvings ln 2).)
    """
    n = sp.Symbol("n", positive=True)
    heat = 1 / ((n if halvings is None else halvings) * sp.log(2))
    change = sp.limit(sp.tanh((1 / n) / heat).rewrite(sp.exp), n, sp.oo)
    exact = [rational_law(Fraction(sign, 20), PAIR, 20)[1] for sign in (-1, 1)]
    reference = level_probabilities(np.array([-0.05, 0.05]), LEVELS, OCTAVE / 20)[:, 1]
    return refuted_if(
        hypotheses={"the perturbation 2/n tends to 0": sp.limit(2 / n, n, sp.oo) == 0},
        violated={"the change of the law tends to 3/5": change == sp.Rational(3, 5)},
        reference={
            "n = 20: from 1/5 to 4/5": exact == [Fraction(1, 5), Fraction(4, 5)]
            and np.allclose(reference, [0.2, 0.8], rtol=64 * EPS, atol=0)
        },
        witness={"levels": "-1, 1", "T": "1/(n ln 2)", "theta": "-1/n to 1/n", "P(1)": "1/5 to 4/5"},
        summary="With T proportional to d the law changes by 3/5 however small d is",
        computed="tanh(|d|/2T)",
        stated="one modulus for all T",
    )

"""The acceptance test to first order: when it guarantees descent, and that it cannot stall."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if
from proofs.registry import control, evidence
from reference.first_order_test import first_order_step

EPS = float(np.finfo(float).eps)
ALPHA = sp.Symbol("alpha", positive=True)


def _impossible(*conditions: z3.BoolRef) -> bool:
    solver = z3.Solver()
    solver.set("timeout", 20000)
    solver.add(*conditions)
    return bool(solver.check() == z3.unsat)


@evidence("FOT-R1", method=Method.SMT, version="algorithm")
@control("beyond the bound the quadratic rises", factor=Fraction(21, 10))
@control("without the test the sum of g mu may be negative", tested=False)
def an_accepted_step_does_not_raise_the_loss(factor: Fraction = Fraction(2), tested: bool = True) -> Outcome:
    """The descent lemma of an L-smooth loss with d = -eta mu on P gives L(theta + d) - L(theta) <= -eta s +
    L eta^2 q/2. The test makes every term of s non-negative, so s >= 0; with q > 0 the right side is at most 0
    exactly for eta <= 2 s/(L q). On L |theta|^2/2 the lemma is an equality, hence so is the bound. In one
    dimension with g = 1, mu = -1 the untested step goes to 1 + eta and raises theta^2/2 for every eta > 0.
    """
    eta, smooth, s, q, g, mu = z3.Reals("eta smooth s q g mu")
    rise = -eta * s + smooth * eta**2 * q / 2
    small = eta * smooth * q <= z3.RealVal(str(factor)) * s
    term = [g * mu >= 0] if tested else []
    t, d, gradient = sp.symbols("t d g", real=True)
    modulus = sp.symbols("L", positive=True)
    quadratic = modulus * ((t + d) ** 2 - t**2) / 2
    lemma = (gradient * d + modulus * d**2 / 2).subs(gradient, modulus * t)
    moved, accepted = first_order_step([1.0], [1.0], [-1.0], 0.25)
    return proved_if(
        {
            "the test makes every term of s non-negative": _impossible(*term, g * mu < 0),
            "at most the bound: no rise": _impossible(smooth > 0, q > 0, s >= 0, eta >= 0, small, rise > 0),
            "beyond it: a rise of the quadratic": _impossible(
                smooth > 0, q > 0, s >= 0, eta > 0, eta * smooth * q > 2 * s, rise <= 0
            ),
            "the lemma is an equality on the quadratic": sp.expand(quadratic - lemma) == 0,
            "the untested step raises theta^2/2": _impossible(eta > 0, (1 + eta) ** 2 <= 1),
            "the reference refuses that step": not accepted[0] and moved[0] == 1.0,
        },
        "Sure descent up to 2 s/(L q), exactly; without the test no step length is safe",
        computed="2 s/(L q)",
    )


@evidence("FOT-R2", method=Method.SYMBOLIC, version="algorithm")
@control("with alpha = 1 the average never turns", smoothing=sp.Integer(1))
def a_resting_coordinate_is_accepted_after_a_logarithm_of_steps(smoothing: sp.Expr = ALPHA) -> Outcome:
    """While the coordinate rests, mu_m = alpha^m mu_0 + (1 - alpha^m) g. With mu_0 = -r g, r > 0 (opposite
    signs), g mu_m = g^2 (1 - alpha^m (1 + r)), which is non-negative exactly for alpha^m <= 1/(1 + r), that is
    m >= log(1 + r)/log(1/alpha). With equal signs (r < 0) both terms of g mu_m are non-negative at once. The
    reference is run at alpha = 1/2, r = 7: refused for m = 0, 1, 2, accepted at m = 3 = log 8/log 2.
    """
    alpha = smoothing
    m = sp.symbols("m", integer=True, nonnegative=True)
    g = sp.symbols("g", nonzero=True, real=True)
    r = sp.symbols("r", positive=True)
    average = alpha**m * (-r * g) + (1 - alpha**m) * g
    following = alpha * average + (1 - alpha) * g
    later = average.subs(m, m + 1)
    product = sp.expand(g * average / g**2 - (1 - alpha**m * (1 + r)))
    outcomes, mu = [], -7.0
    share = 0.5 if alpha.free_symbols else float(alpha)
    for _ in range(4):
        outcomes.append(bool(first_order_step([0.0], [1.0], [mu], 1.0)[1][0]))
        mu = share * mu + (1 - share) * 1.0
    threshold = sp.log(1 + r) / sp.log(1 / alpha) if alpha != 1 else sp.oo
    return proved_if(
        {
            "the average as stated solves its recursion": sp.simplify(sp.expand(following - later)) == 0,
            "it starts at mu_0": sp.simplify(average.subs(m, 0) + r * g) == 0,
            "g mu_m = g^2 (1 - alpha^m (1 + r))": sp.simplify(product) == 0,
            "alpha^m (1 + r) = 1 at the stated m": threshold != sp.oo
            and sp.simplify(sp.expand_log(sp.log(alpha) * threshold + sp.log(1 + r), force=True)) == 0,
            "the reference accepts at m = 3 first": outcomes == [False, False, False, True],
        },
        "A resting coordinate moves again after log(1 + |mu_0/g|)/log(1/alpha) steps, exactly",
        computed="log(1 + |mu_0/g|)/log(1/alpha)",
    )


@evidence("FOT-R3", method=Method.SMT, version="algorithm")
@control("a smaller constant lets a long step raise the quadratic", share=Fraction(9, 10))
def the_test_with_curvature_is_safe_for_every_step(share: Fraction = Fraction(1)) -> Outcome:
    """By the descent lemma the rise is at most the sum over P of g_i d_i + (L/2) d_i^2. The test makes each term
    at most 0, so the sum is; a coordinate outside P would add a positive term, one inside P left out would
    forgo a non-positive one: P minimises the sum over all sets. For c < L take L theta^2/2 at theta = 1 and the
    move d = -2 L/c < -2: the test holds with equality, and |1 + d| > 1 makes the loss larger.
    """
    g, d, smooth, c = z3.Reals("g d smooth c")
    used = z3.RealVal(str(share)) * smooth
    term = g * d + smooth * d**2 / 2
    tested = g * d + used * d**2 / 2 <= 0
    escape = -2 * smooth / c
    moved, accepted = first_order_step([1.0, 1.0], [1.0, 1.0], [8.0, 1.5], 1.0, curvature=1.0)
    return proved_if(
        {
            "every accepted term is at most 0": _impossible(smooth > 0, tested, term > 0),
            "every refused term is positive": _impossible(smooth > 0, z3.Not(tested), term <= 0),
            "c < L: accepted at theta = 1 on the quadratic": _impossible(
                c > 0, c < smooth, smooth * escape + c * escape**2 / 2 != 0
            ),
            "c < L: the quadratic is larger there": _impossible(c > 0, c < smooth, (1 + escape) ** 2 <= 1),
            "the reference refuses the long move and makes the short one": accepted.tolist() == [False, True]
            and abs(moved[1] + 0.5) <= EPS,
        },
        "With (L/2) d^2 in the test the loss never rises, whatever the step length; L is the best constant",
        computed="c = L",
    )

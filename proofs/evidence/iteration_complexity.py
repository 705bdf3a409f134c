"""Theorem 8 for the dense update: the bound as stated and its proof.

The sharp constants are in `stationarity_short_steps.py` and `stationarity_long_steps.py`, noise, other
versions and cost in the files `iteration_complexity_*.py`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.bounds import (
    hitting_time_paper,
    hitting_time_sharp,
    stationarity_bound_paper,
    stationarity_bound_sharp,
)
from proofs.outcome import Method, Outcome, proved_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.trajectories import dense_trajectory

H, LIPSCHITZ, T = sp.symbols("h L t", positive=True)


def slope_of_parabola(theta: np.ndarray) -> np.ndarray:
    return theta


@evidence("T8-P1", method=Method.SYMBOLIC)
@control("for steps between 1/L and 2/L the constant 2 is too small", longest=Fraction(3, 2))
def the_telescoped_sum_holds_and_two_is_best(longest: Fraction = Fraction(1)) -> Outcome:
    """Each step lowers the loss by at least h_t (1 - L h_t/2) |g_t|^2 >= h_t |g_t|^2/2 >= (eta f_min/2)
    |g_t|^2 for h_t = eta f(t) <= eta <= 1/L; summing over t < N and using L(theta_N) >= L_min gives the
    claim for every fraction schedule. At h = 1/L the parabola L theta^2/2 reaches its minimum in one
    step: |g_0|^2 = 2 L gap, equality. In general the best constant is gap / (h (1 - L h/2)): for the
    parabola |g_t|^2 is geometric with ratio (1 - L h)^2 and sums to exactly that. (`longest` is the
    longest L h.)
    """
    a = sp.Symbol("a", positive=True)
    theta = sp.Symbol("theta", positive=True)
    whole = (LIPSCHITZ * theta) ** 2 / (1 - (1 - LIPSCHITZ * H) ** 2)
    gap = LIPSCHITZ * theta**2 / 2
    run = dense_trajectory([1.0], slope_of_parabola, 1.0, [1.0, 1.0]).ravel()
    return proved_if(
        {
            "h (1 - L h/2) >= h/2 for L h <= 1": sp.solveset(
                a * (1 - a / 2) < a / 2, a, sp.Interval.Lopen(0, sp.Rational(longest))
            )
            == sp.S.EmptySet,
            "the parabola's whole sum is gap / (h (1 - L h/2))": sp.simplify(
                whole - gap / (H * (1 - LIPSCHITZ * H / 2))
            )
            == 0,
            "at h = 1/L that is 2 gap / h": sp.simplify((1 / (1 - LIPSCHITZ * H / 2)).subs(H, 1 / LIPSCHITZ))
            == 2,
            "reference: theta^2/2 from 1 with h = 1 has gradients 1, 0, 0": run.tolist() == [1.0, 0.0, 0.0],
        },
        "sum of |grad|^2 <= 2 gap / (eta f_min), an equality for the parabola with eta f = 1/L",
        computed="gap / (h (1 - L h/2)), the best constant for every h < 2/L",
        stated="2 gap / h",
        tightness=1.0,
        witness={"loss": "theta^2/2", "theta_0": 1, "h": 1, "sum": 1, "bound": 1},
    )


@evidence("T8-P2", method=Method.SMT)
@control("counting floor(N) indices below N", rounded_up=False)
def the_counting_argument_needs_no_integer(rounded_up: bool = True) -> Outcome:
    """Let N = 2 gap/(eta f_min eps^2) > 0, an arbitrary real. The indices 0 <= t < N are m = ceil(N) many. If
    all their gradients exceeded eps, their sum would exceed m eps^2 >= N eps^2 = its bound: contradiction.
    So some t <= ceil(N) - 1 < N is eps-stationary: the statement holds and one step is given away. For
    N = 0 the sum is empty and the argument says nothing, but gap = 0 makes theta_0 a minimiser and t = 0.
    (`rounded_up` = False takes m = floor(N).)
    """
    number, square, total = z3.Reals("N eps_squared total")
    count, index = z3.Ints("m t")
    below, above = (
        (count - 1 < number, number <= count) if rounded_up else (count <= number, number < count + 1)
    )
    given = z3.And(number > 0, square > 0, below, above)
    return proved_if(
        {
            "every index below N is among the first m": satisfiable(given, index < number, index > count - 1)
            is None,
            "each of the first m is below N": satisfiable(given, index >= number, index <= count - 1) is None,
            "m terms above eps^2 exceed the bound N eps^2": satisfiable(
                given, total > count * square, total <= number * square
            )
            is None,
            "such N and m exist": satisfiable(given) is not None,
        },
        "Some t <= ceil(N) - 1 is eps-stationary, for real N > 0; for N = 0 it is theta_0",
        computed="ceil(N) - 1",
        stated="N",
    )


@evidence("T8-S1", method=Method.SYMBOLIC, reading="every run, no noise")
@evidence("T8-S1", method=Method.SYMBOLIC, reading="expected, no noise")
@control("with steps up to 2/L the number can be exceeded", longest=Fraction(2))
def the_hitting_time_bound_holds_without_noise(longest: Fraction = Fraction(1)) -> Outcome:
    """For any f(t) in [f_min, 1] and eta <= 1/L the telescoped sum (T8-P1) and the count (T8-P2) prove it
    as an inequality between an integer and a real number, no rounding needed. Not tight: with constant h
    = eta f the exact hitting time is ceil((X - 1) 2/(a (4-a))), X = 2 L gap/eps^2, a = L h, against X/a
    here. The ratio tends to (4-a)/2 as eps -> 0: between 1.5 (a = 1) and 2 (a -> 0, that is, small
    fractions). (`longest` is the largest L h.)
    """
    a, x = sp.symbols("a X", positive=True)
    paper, sharp = x / a, 2 * (x - 1) / (a * (4 - a))
    ratio = sp.limit(paper / sharp, x, sp.oo)
    admitted = sp.Interval.Lopen(0, sp.Rational(longest))
    k = sp.Symbol("k", nonnegative=True)
    # floor(X/a) = k means X < a(k+1); then the exact time must not exceed k
    room = sp.expand(k * a * (4 - a) - 2 * (a * (k + 1) - 1))
    return proved_if(
        {
            "h (1 - L h/2) >= h/2": sp.solveset(a * (1 - a / 2) < a / 2, a, admitted) == sp.S.EmptySet,
            "the exact time is at most floor(X/a), every X > 0": sp.expand(
                room - (2 * (1 - a) + k * a * (2 - a))
            )
            == 0
            and sp.solveset(2 * (1 - a) < 0, a, admitted) == sp.S.EmptySet,
            "limit ratio (4 - a)/2": sp.simplify(ratio - (4 - a) / 2) == 0,
            "ratio 3/2 at a = 1": ratio.subs(a, 1) == sp.Rational(3, 2),
            "ratio 2 for a -> 0": sp.limit(ratio, a, 0) == 2,
        },
        "Theorem 8's number is always enough without noise, and 1.5 to 2 times what is needed",
        computed=f"{hitting_time_sharp(1, 1, Fraction(1, 100), Fraction(1, 10))} steps at f = eps^2 = 1/100",
        stated=f"{hitting_time_paper(1, 1, Fraction(1, 100), Fraction(1, 10))} steps",
        tightness=stationarity_bound_sharp(1, 1, 0.01, 20000) / stationarity_bound_paper(1, 1, 0.01, 20000),
    )

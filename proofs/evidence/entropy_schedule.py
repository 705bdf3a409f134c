"""The entropy-controlled schedule T <- T_max H / log K: where it can go, for every sequence of parameters.

At the paper's settings it stays within half a percent of T_max, whatever the loss does. It can cool only if
T_max is small against the range of the levels; multiplying the current temperature instead of T_max cools
always.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball, certain_root, positive_on_box
from proofs.bounds import critical_ratio, temperature_floor
from proofs.outcome import Method, Outcome, proved_if
from proofs.paper_settings import KAPPA, LEVEL_COUNTS, T_MAX, T_MIN_SHARE, range_over_t_max
from proofs.registry import control, evidence
from proofs.truncated_geometric import entropy, entropy_per_temperature, steps_to_shrink, variance
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.temperature import entropy_temperature, smallest_temperature

EPS = float(np.finfo(float).eps)
FLOOR_SHARE = Fraction(
    9963, 10000
)  # our choice: a round number just below every floor at the paper's settings


def floor_share_is_certain(t_max: Fraction = T_MAX) -> bool:
    """Whether T^2 (T_max - T) > c T_max at T = FLOOR_SHARE T_max for every kappa and K of the paper (SCH-R1).

    t_max: the initial temperature in units of sigma
    """
    share = FLOOR_SHARE**2 * (1 - FLOOR_SHARE)
    return all(
        positive_on_box(
            lambda kappa, k=count: ball(share) - (2 * kappa / ball(t_max)) ** 2 / (8 * arb(k).log()), [KAPPA]
        )
        for count in LEVEL_COUNTS
    )


@evidence("SCH-R1", method=Method.SYMBOLIC)
@control("a start as hot as the hull is wide divided by five leaves no floor", t_max=Fraction(2, 5))
def no_trajectory_crosses_the_floor(t_max: Fraction = T_MAX) -> Outcome:
    """By ENT-R1 every parameter has H >= log K - D^2/(8 T^2), hence so has the mean, and
    T_max H / log K >= g(T) = T_max (1 - c/T^2) with c = D^2/(8 log K). g increases, and its fixed points are
    the roots of p(T) = T^3 - T_max T^2 + c T_max. If T* is one and T >= T*, the next temperature is at least
    g(T) >= g(T*) = T*. So from T_max on no temperature is below T*, whatever the parameters, the loss and the
    noise do. The same holds if the entropy used is one step old, if a clip from below is added, and for each
    normaliser that is at most log K per parameter (initial or observed maximum): it only raises T. With
    t = T/T_max, a root exists iff c/T_max^2 <= max t^2 (1-t) = 4/27, i.e. (D/T_max)^2 <= (32/27) log K. At
    the paper's settings D/T_max = 2 kappa/5, and t^2 (1-t) exceeds c/T_max^2 at t = 0.9963 for every kappa in
    [1/2, 1] and every K, in ball arithmetic. (`t_max`: the initial temperature in units of sigma.)
    """
    t, top, c = sp.symbols("T T_max c", positive=True)
    step = top * (1 - c / t**2)
    share = sp.Symbol("t", positive=True)
    peak = sp.solve(sp.diff(share**2 * (1 - share), share), share)
    spread, count = 2.0, LEVEL_COUNTS[0]
    floor = temperature_floor(float(T_MAX), spread, count)
    grid = uniform_levels(1.0, count)
    temperature = coldest = float(T_MAX)
    for _ in range(50):
        worst = float(level_entropy(grid[:1], grid, temperature)[0])
        temperature = entropy_temperature(worst, math.log(count), float(T_MAX))
        coldest = min(coldest, temperature)
    return proved_if(
        {
            "g increases": sp.diff(step, t).is_positive,
            "fixed points of g are roots of p": sp.expand(t**2 * (t - step) - (t**3 - top * t**2 + c * top))
            == 0,
            "t^2 (1-t) is largest at 2/3": peak == [sp.Rational(2, 3)],
            "where it is 4/27": peak[0] ** 2 * (1 - peak[0]) == sp.Rational(4, 27),
            "4/27 times 8 is 32/27": sp.Rational(4, 27) * 8 == sp.Rational(32, 27),
            "floor above 0.9963 T_max at every setting of the paper": floor_share_is_certain(t_max),
            "temperature_floor is a root of p": abs(
                floor**3 - float(T_MAX) * floor**2 + spread**2 * float(T_MAX) / (8 * math.log(count))
            )
            <= 64 * EPS * floor**3,
            "reference: 50 steps at the end of the grid stay above it": coldest > floor,
        },
        (
            "At the paper's settings the schedule never leaves [0.9963 T_max, T_max], for any trajectory "
            "and any loss"
        ),
        computed=f"T >= {floor / float(T_MAX):.5f} T_max (K = 255, kappa = 1)",
        stated="T falls to 0.01 T_max",
        tightness=floor / smallest_temperature(float(T_MAX)),
    )


def largest_entropy_per_temperature(count: int, slack: Fraction) -> tuple[arb, bool]:
    """The largest value of x H_K(x) over x > 0: the value attained at one x, and whether no other exceeds it
    by more than the relative slack.

    For small x, H <= log K. For x >= 8, with r = e^-x: Z <= 1/(1-r), mean <= r/(1-r), -log(1-r) <= r/(1-r),
    so x H <= (x + x^2)/(e^x - 1), which decreases for x >= 2. In between, on small boxes, the mean value form
    or x_high H(x_low), as H decreases.
    """
    _, place = certain_root(lambda x: x * x * variance(count, x) - entropy(count, x), 1, 2)
    attained = entropy_per_temperature(count, ball(place))
    bound = attained * (1 + ball(slack))
    start = Fraction(int(1000 * float(attained / arb(count).log())) - 1, 1000)

    def room(x: arb) -> arb:
        rough = bound - x.upper() * entropy(count, x.lower())
        return rough if rough > 0 else bound - entropy_per_temperature(count, x)

    certain = (
        ball(start) * arb(count).log() < bound
        and (8 + 64) / arb(8).expm1() < bound
        and bool(positive_on_box(room, [(start, 8)], most=2000))
    )
    return attained, certain


@evidence("SCH-R2", method=Method.BALL)
@control("a bound below the attained value cannot be certain", slack=Fraction(-1, 10_000))
@control("on the other side of the critical ratio the two behaviours change places", swapped=True)
def cooling_needs_a_small_t_max(slack: Fraction = Fraction(1, 10**6), swapped: bool = False) -> Outcome:
    """By ENT-R2 the mean entropy at temperature T is at least H_K(h/T), with equality if all parameters sit
    at an end of the grid, and H_K(h/T) increases with T (dH/dT = Var/T^3). If T_max H_K(h/T') >= T' log K for
    some T', then from T >= T' the next temperature is >= T' again: no trajectory gets below T'. Such a T'
    exists iff T_max/h >= log K / max x H_K(x). If not, T_max H_K(h/T)/log K < T for all T > 0, so parameters
    at an end cool decreasingly to the only fixed point left, 0. Hence the critical ratio of T_max and D is
    log K / ((K-1) max x H_K(x)); the maximum is enclosed in balls. At it the floor is T' = T_max H_K(x')/log
    K with x' in (1, 2) the maximiser, still above T_min. (`swapped` runs the reference on the wrong side of
    the ratio.)
    """
    checks: dict[str, object] = {}
    text = []
    for count in (2, 3, *LEVEL_COUNTS):
        largest, certain = largest_entropy_per_temperature(count, slack)
        ratio = arb(count).log() / ((count - 1) * largest)
        checks[f"K = {count}: maximum of x H_K(x) certain to 1e-6"] = certain
        checks[f"K = {count}: critical_ratio agrees"] = (
            abs(ratio - ball(Fraction(critical_ratio(count)))) <= 2 * ball(abs(slack)) * ratio
        )
        if count in LEVEL_COUNTS:
            paper = min(1 / range_over_t_max(kappa) for kappa in KAPPA)
            checks[f"K = {count}: at the critical ratio the floor is above T_min"] = largest > (
                2 * ball(T_MIN_SHARE) * arb(count).log()
            )
            checks[f"K = {count}: the paper's T_max/D is above 100 times the critical ratio"] = ball(
                paper
            ) > 100 * ratio * (1 + ball(abs(slack)))
        text.append(f"{float(ratio):.5f} (K={count})")
    x = sp.Symbol("x", positive=True)
    tail = (x + x**2) / (sp.exp(x) - 1)
    excess = (x + x**2) * sp.exp(x) - (1 + 2 * x) * (sp.exp(x) - 1)  # -(numerator of the derivative)
    at = sp.Symbol("u", nonnegative=True)
    checks["the tail bound decreases for x >= 2"] = (
        sp.simplify(sp.diff(tail, x) * (sp.exp(x) - 1) ** 2 + excess) == 0
        and sp.expand((x + x**2 - 1 - 2 * x).subs(x, 2 + at)).is_positive
    )
    grid = np.array([-1.0, 1.0])  # D = 2, critical T_max = 1.8856 for K = 2
    reached = {}
    for t_max in (Fraction(19, 10), Fraction(47, 25)):
        temperature = float(t_max)
        for _ in range(2000):
            if temperature > 0:
                worst = float(level_entropy(grid[1:], grid, temperature)[0])
                temperature = entropy_temperature(worst, math.log(2), float(t_max))
        reached[t_max] = temperature / float(t_max)
    above, below = (Fraction(47, 25), Fraction(19, 10)) if swapped else (Fraction(19, 10), Fraction(47, 25))
    checks["reference, K = 2, D = 2: T_max = 1.9 stops above T_max/2"] = reached[above] > 0.5
    checks["reference, K = 2, D = 2: T_max = 1.88 cools below 1e-6 T_max"] = reached[below] < 1e-6
    return proved_if(
        checks,
        (
            "Cooling is impossible for any trajectory if T_max/D is at least the critical ratio, possible "
            "below it"
        ),
        computed="T_max/D = " + ", ".join(text),
        stated="T_max/D in [2.5, 5] at the paper's settings",
    )


@evidence("SCH-R3", method=Method.BALL)
@control("two levels: a parameter at the midpoint never cools", counts=(2,))
def compounding_schedule_cools(counts: tuple[int, ...] = LEVEL_COUNTS) -> Outcome:
    """T <- T H / log K with H the mean entropy. By ENT-R2, H <= U(h/T) = log(exp H_a + exp H_b), a =
    ceil(K/2), b = floor(K/2). H_n(0) = log n, and H_n decreases strictly for n >= 2 (its derivative is -x
    times a variance, ENT-R1), so U(x) < log K for x > 0 once K >= 3, and U does not increase. As T never
    rises, each step multiplies it by at most U(h/T_0)/log K < 1: T -> 0 at least geometrically, for every
    sequence of parameters, on every grid and from every start. T U(h/T) increases with T, so parameters that
    attain U in every step (at the centre, K even) are slowest, and those at an end are fastest. Only x = h/T
    matters; a larger kappa means a larger first x, hence fewer steps. The steps from T_max to T_min =
    T_max/100 are counted in ball arithmetic with both ends of x carried along.
    """
    checks: dict[str, object] = {}
    text = []
    for count in counts:
        small, large = count // 2, count - count // 2

        def slowest(x: arb, a: int = large, b: int = small) -> arb:
            return (entropy(a, x).exp() + entropy(b, x).exp()).log()

        start = [range_over_t_max(kappa) / (count - 1) for kappa in KAPPA]
        checks[f"K = {count}: U(h/T) < log K at the start"] = slowest(ball(start[0])) < arb(count).log()
        factor = int(1 / T_MIN_SHARE)
        longest = [steps_to_shrink(slowest, x, count, factor, most=20_000) for x in start]
        fastest = [steps_to_shrink(partial(entropy, count), x, count, factor) for x in start]
        checks[f"K = {count}: number of steps certain"] = None not in longest + fastest
        bound = "" if count % 2 == 0 else "at most "
        text.append(
            f"K={count}: {fastest[0]} to {bound}{longest[0]} (kappa=1/2), {fastest[1]} to {longest[1]} "
            "(kappa=1)"
        )
    return proved_if(
        checks,
        "T <- T H / log K cools to 0 for every trajectory if K >= 3; steps from T_max to T_min are certain",
        computed="; ".join(text),
        stated="T <- T_max H / log K stays above 0.9963 T_max",
    )

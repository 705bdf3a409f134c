"""What the entropy is divided by: three passages, total or mean, and what the temperature does under each.

Each reading of the normaliser has its own verdict. Numbers that the passages share (the entropy of the first
state at the paper's settings) are certified in ball arithmetic before they are used.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import z3

from proofs.ball_arithmetic import ball
from proofs.evidence.entropy_schedule import FLOOR_SHARE, floor_share_is_certain
from proofs.outcome import Method, Outcome, contradiction_if, proved_if, refuted_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from proofs.truncated_geometric import entropy
from reference.entropy import total_entropy
from reference.temperature import entropy_temperature, largest_entropy

LEVELS = np.array([-1.0, 1.0])


@evidence("ENT-2", method=Method.BALL, reading="largest of an early phase")
@evidence("ENT-2", method=Method.BALL, reading="initial entropy")
@control("a parameter that stays where it is keeps the temperature at T_max", moved_to=Fraction(1))
def a_normaliser_fixed_early_is_exceeded(moved_to: Fraction = Fraction(0)) -> Outcome:
    """Levels -1 and 1, one parameter at 1, T_max = 2; the early phase is the initial state. Its entropy is
    H_2(1) < log 2 (the level at distance 2 has the smaller probability). The parameter moves to 0, where both
    levels are equally far: the entropy is log 2, and the next temperature T_max log 2 / H_2(1) exceeds T_max.
    """
    t_max = Fraction(2)
    early = entropy(2, ball(2 / t_max))
    later = ball(2).log() if moved_to == 0 else early
    seen = [total_entropy(np.array([place]), LEVELS, float(t_max)) for place in (1.0, float(moved_to))]
    top = largest_entropy("initial", parameter_count=1, level_count=2, initial_entropy=seen[0])
    reference = entropy_temperature(seen[1], top, float(t_max))
    return refuted_if(
        hypotheses={"the early entropy is positive": early > 0},
        violated={"the next temperature exceeds T_max": later > early},
        reference={"entropy_temperature exceeds T_max": reference > float(t_max)},
        witness={"levels": "-1, 1", "T_max": t_max, "theta": f"1 -> {moved_to}"},
        summary="With H_max fixed early, a parameter that moves towards a midpoint drives T above T_max",
        computed=f"T = {float(ball(t_max) * later / early):.4f}",
        stated="at most T_max = 2",
    )


@evidence("ENT-2", "SCH-1", method=Method.EXACT, reading="total over log K")
@control("with a single parameter the total is the mean", count=1)
def total_entropy_over_log_k_heats(count: int = 2) -> Outcome:
    """Levels -1 and 1, two parameters at 0. Each has probabilities 1/2, 1/2 at every temperature, hence
    entropy log 2; the total is 2 log 2 and the next temperature T_max * 2 log 2 / log 2 = 2 T_max. In general
    n parameters multiply the temperature by about n in the first step.
    """
    ratio = Fraction(count)  # (n log 2) / log 2
    t_max = 5.0
    total = total_entropy(np.zeros(count), LEVELS, t_max)
    top = largest_entropy("total_log_levels", parameter_count=count, level_count=2)
    return refuted_if(
        hypotheses={"both levels are equally far from 0": abs(LEVELS[0]) == abs(LEVELS[1])},
        violated={"T_1 exceeds T_max": ratio > 1},
        reference={"entropy_temperature is n T_max": entropy_temperature(total, top, t_max) == count * t_max},
        witness={"levels": "-1, 1", "theta": ", ".join(["0"] * count), "T_1 / T_max": ratio},
        summary=(
            "Read to the letter (total entropy over log|Q|) the schedule multiplies the temperature by "
            "about n"
        ),
        computed=f"T_1 = {ratio} T_max",
        stated="T_1 <= T_max",
    )


@evidence("ENT-2", method=Method.SMT, reading="largest so far")
@evidence("ENT-2", "SCH-1", method=Method.SMT, reading="mean over log K")
@control("a normaliser that the entropy may exceed does not keep T below T_max", largest=False)
def a_normaliser_above_the_entropy_keeps_t_below_t_max(largest: bool = True) -> Outcome:
    """By ENT-1 the mean entropy lies in (0, log K], and it never exceeds the largest value so far. With
    0 < H <= N the number T = T_max H / N satisfies T N = T_max H and therefore lies in (0, T_max]: the
    negation has no solution in the reals.
    """
    t, t_max, h, top = z3.Reals("T T_max H N")
    defined = [t_max > 0, h > 0, top > 0, t * top == t_max * h]
    bounded = [h <= top] if largest else []
    return proved_if(
        {
            "no H <= N gives T <= 0 or T > T_max": satisfiable(*defined, *bounded, z3.Or(t <= 0, t > t_max))
            is None,
            "H = N gives T = T_max": satisfiable(*defined, h == top, t == t_max) is not None,
        },
        "0 < T <= T_max for every state, as 0 < H <= N",
    )


def first_state(unit: int | z3.ArithRef) -> tuple[z3.ArithRef, z3.BoolRef]:
    """The entropy of the first state in units of log K, and what is certain of it: n * share <= h < n.

    For K >= 3 the upper end is not attained (ENT-1); the lower one is ENT-R1 at T = T_max.
    """
    if not floor_share_is_certain():
        raise ArithmeticError("the entropy at T_max could not be certified")
    h = z3.Real("h")
    return h, z3.And(h >= z3.RealVal(str(FLOOR_SHARE)) * unit, h < unit)


@evidence("ENT-3", method=Method.SMT, reading="total entropy")
@evidence("ENT-3", method=Method.SMT, reading="mean entropy")
@control("without the one-line update the early maximum may be the initial value", without="L128: log|Q|")
def three_normalisers_differ(without: str | None = None) -> Outcome:
    """In units of log K the first state has entropy h with 0.9963 n <= h < n (n parameters; n = 1 for the
    mean). L156 says H_max = h, L128 says H_max = 1, L123 says H_max = the largest early value, which is at
    least h and at most n. For n = 1, h < 1 contradicts H_max = h = 1; for n >= 2, h >= 1.99 does.
    """
    unit, top, early = z3.Int("n"), z3.Real("H_max"), z3.Real("early")
    h, fact = first_state(unit)
    base = z3.And(fact, unit >= 1)
    return compare(
        {
            "L123: largest value observed early": z3.And(base, early >= h, early <= unit, top == early),
            "L156: value of the initial state": z3.And(base, top == h),
            "L128: log|Q|": z3.And(base, top == 1),
        },
        (
            "The three definitions of H_max never name the same number: the initial entropy is below n log "
            "K, above log K"
        ),
        without=without,
    )


@evidence("ENT-3", "X-7", method=Method.SMT, reading="mean entropy, within 0.4 percent")
@control("with a tenth of that tolerance they are not certain to agree", tolerance=Fraction(4, 10_000))
def three_normalisers_of_the_mean_nearly_agree(tolerance: Fraction = Fraction(4, 1000)) -> Outcome:
    """For the mean entropy per parameter at the paper's settings the initial value h, the largest early value
    (between h and 1) and 1, all in units of log K, lie in [0.9963, 1], so any two differ by less than 0.4
    percent.
    """
    h, fact = first_state(1)
    early = z3.Real("early")
    apart = [h < 1 - z3.RealVal(str(tolerance)), early < 1 - z3.RealVal(str(tolerance))]
    return proved_if(
        {
            "no two differ by the tolerance": satisfiable(fact, early >= h, early <= 1, z3.Or(*apart))
            is None,
            "some first state is possible": satisfiable(fact) is not None,
        },
        (
            "For the mean entropy the three normalisers lie within 0.4 percent of each other at the paper's"
            " settings"
        ),
        computed=f"all in [{float(FLOOR_SHARE)}, 1] log K",
    )


@evidence("ENT-4", method=Method.SMT, reading="normaliser fixed")
@evidence("ENT-4", method=Method.SMT, reading="largest so far")
@control("a normaliser that falls with the entropy keeps the temperature up", follows=True)
def falling_entropy_lowers_the_temperature(follows: bool = False) -> Outcome:
    """Let H' < H be consecutive entropies and N, N' the normalisers used with them. If N is fixed, or the
    largest value so far, which an entropy below the last one cannot raise, then N' >= N, and T' N' = T_max H'
    < T_max H = T N gives T' < T. (`follows`: a normaliser that is replaced by the current entropy.)
    """
    t_max, h, h2, top, top2, t, t2 = z3.Reals("T_max H H2 N N2 T T2")
    setting = [t_max > 0, h > h2, h2 > 0, top > 0, top2 > 0, t * top == t_max * h, t2 * top2 == t_max * h2]
    rule = top2 == h2 if follows else top2 >= top
    return proved_if(
        {
            "no case with T2 >= T": satisfiable(*setting, rule, t2 >= t) is None,
            "the largest so far does not fall": satisfiable(top >= h, h > h2, z3.If(h2 > top, h2, top) < top)
            is None,
        },
        (
            "H_t < H_(t-1) implies T_(t+1) < T_t; at fixed theta a lower T then lowers H further (dH/dT = "
            "Var/T^3)"
        ),
    )


@evidence("X-7", method=Method.SMT)
@control("for a single parameter total and mean agree", least=1)
def total_entropy_contradicts_the_bound_t_max(least: int = 2) -> Outcome:
    """Scale T_max and log K to 1. L120-121 define H as a total over n >= 2 parameters, so H_0 >= 0.9963 n.
    L128 gives T_1 = H_0. L123 divides by a maximum that is at least H_0, so T_1 <= 1; L156 divides by H_0
    itself, so T_1 = 1. Already L120, L128 and either of the others have no common solution: T_1 differs by a
    factor of n.
    """
    n, t = z3.Int("n"), z3.Real("T_1")
    h, _ = first_state(n)
    size = z3.And(n >= least, h > 0)
    total = z3.And(size, h >= z3.RealVal(str(FLOOR_SHARE)) * n, h <= n)
    pairs = {
        "L120, L128 and L123 have no common solution": satisfiable(total, t == h, t <= 1),
        "L120, L128 and L156 have no common solution": satisfiable(total, t == h, t == 1),
    }
    alone = {
        "L120-121 can hold": satisfiable(total),
        "L128 can hold": satisfiable(size, t == h),
        "L123 can hold": satisfiable(size, t <= 1),
        "L156 can hold": satisfiable(size, t == 1),
    }
    return contradiction_if(
        {name: model is None for name, model in pairs.items()}
        | {name: model is not None for name, model in alone.items()},
        (
            "Total entropy over log|Q| multiplies T_max by about n in the first step; over the observed or "
            "initial maximum not"
        ),
        computed="T_1 >= 0.9963 n T_max (log|Q|), T_1 <= T_max (observed), T_1 = T_max (initial)",
    )


@evidence("X-14", method=Method.SMT)
@control("without the sentence that gives it number 13 the temperature may be number 14", without="L126")
def the_temperature_update_is_not_equation_13(without: str | None = None) -> Outcome:
    """Numbers 9 (level probabilities, cited at L110) and 15 (fraction rule, cited at L42 and L136) are fixed
    by the prose. Between them stand seven displays in this order: mean field, update, acceptance, Gibbs form,
    grid, entropy, temperature. Some of them may be unnumbered; the numbered ones take 10 to 14 in order, none
    left out. The temperature update is the last of them, so if it has a number it is 14.
    """
    names = ("mean field", "update", "acceptance", "Gibbs form", "grid", "entropy", "temperature")
    numbered = [z3.Bool(f"numbered: {name}") for name in names]
    number = [z3.Int(f"number: {name}") for name in names]
    counted, order = z3.IntVal(9), []
    for flag, value in zip(numbered, number, strict=True):
        counted = counted + z3.If(flag, 1, 0)
        order.append(z3.Implies(flag, value == counted))
    passages = {
        "L99-L132: numbers 9 to 15 in order": z3.And(*order, counted == 14),
        "L126": z3.And(numbered[-1], number[-1] == 13),
    }
    return compare(
        passages,
        (
            "Counting the displays gives the temperature update number 14, whichever others are unnumbered;"
            " L126 says 13"
        ),
        without=without,
        computed="14",
        stated="13",
    )

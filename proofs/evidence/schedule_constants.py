"""What has to be set by hand, and what happens when it is set otherwise.

The schedule is called free of hyper-parameters, self-adapting, and governed by T_max alone. Its
temperatures in units of T_max depend on K and on T_max/D, with a jump from "cools to 0" to "stays hot".
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp
import z3
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.evidence.entropy_schedule import (
    FLOOR_SHARE,
    floor_share_is_certain,
    largest_entropy_per_temperature,
)
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import T_MAX
from proofs.passages import compare
from proofs.registry import control, evidence
from proofs.truncated_geometric import entropy
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.temperature import entropy_temperature, smallest_temperature

EPS = float(np.finfo(float).eps)

# What the listing requires as input, then what the text sets beside it; the sample data are left out.
CONSTANTS = (
    *("T_max", "f_min", "f_max", "alpha", "eta", "lambda", "N"),  # L153
    *("K", "kappa", "T_min / T_max", "T_max / sigma", "eps(T)", "smoothing weight", "batches per epoch"),
)


def final_share(t_max: float, half_width: float, steps: int = 3000, count: int = 2) -> float:
    """T / T_max of the reference after many steps: one parameter at an end of the grid."""
    levels = uniform_levels(half_width, count)
    temperature = t_max
    for _ in range(steps):
        if temperature > 0:
            found = level_entropy(levels[-1:], levels, temperature)[0]
            temperature = entropy_temperature(found, math.log(count), t_max)
    return temperature / t_max


@evidence("INT-18", method=Method.BALL)
@control("two starts on the same side of the critical ratio end alike", hot=Fraction(37, 20))
def a_small_change_of_t_max_decides_between_freezing_and_staying_hot(
    hot: Fraction = Fraction(19, 10), cold: Fraction = Fraction(47, 25)
) -> Outcome:
    """Levels -1 and 1, a parameter at 1. The critical T_max is 2 * 0.94278 = 1.8856 (SCH-R2; the maximum of x
    H_2(x) is enclosed in balls). From T_max = 1.9 the temperature never falls below 1, from 1.88 it falls to
    0: a change of one percent in one constant decides, and the limit as a function of T_max jumps. The fixed
    point for 1.9: T_max H_2(2/T) >= T log 2 at T = 1.
    """
    largest, certain = largest_entropy_per_temperature(2, Fraction(1, 10**6))
    critical = 2 * arb(2).log() / largest
    stays = ball(hot) * entropy(2, ball(2)) - arb(2).log()
    return refuted_if(
        hypotheses={
            "critical T_max certain": certain,
            "the two T_max differ by about one percent": abs(hot - cold) <= cold / 90,
        },
        violated={
            "the hotter start has a floor: T_max H(1) >= log 2 at T = 1": stays > 0,
            "the colder start is below the critical value": ball(cold) < critical * (1 - ball("1/100000")),
        },
        reference={
            "T_max = 1.9 stops above 1": final_share(float(hot), 1.0) * float(hot) > 1,
            "T_max = 1.88 ends below 1e-6": final_share(float(cold), 1.0) < 1e-6,
        },
        witness={
            "levels": "-1, 1",
            "theta": 1,
            "T_max": f"{hot} and {cold}",
            "set by hand": ", ".join(CONSTANTS),
        },
        summary="One percent more or less of T_max decides whether the temperature freezes or stays hot",
        computed=f"critical T_max {float(critical):.5f}; {len(CONSTANTS)} constants set by hand",
        stated="no sensitivity to parameters",
    )


@evidence("SCH-7", method=Method.BALL, reading="on the paper's grids")
@control("a start at a twelfth of T_max leaves no floor: there the schedule can cool", t_max=T_MAX / 12)
def on_the_paper_s_grids_the_schedule_never_becomes_local(t_max: Fraction = T_MAX) -> Outcome:
    """With T_max = 5 sigma, levels from -kappa sigma to kappa sigma, kappa in [1/2, 1], and each K of the
    paper no trajectory, whatever the loss, ever falls below 0.9963 T_max (SCH-R1): the schedule does not move
    from global to local search at all, which for the paper begins at T_min = T_max/100. (`t_max`: in units
    of sigma.)
    """
    return refuted_if(
        hypotheses={
            "local search begins at the reference's clip, below the floor": (
                smallest_temperature(float(t_max)) < float(FLOOR_SHARE * t_max)
            )
        },
        violated={"no kappa and no K lets T fall below 0.9963 T_max": floor_share_is_certain(t_max)},
        reference={"K = 255, a parameter at the end": final_share(float(t_max), 1.0, 50, 255) >= FLOOR_SHARE},
        witness={
            "T_max": f"{t_max} sigma",
            "kappa": "any in [1/2, 1]",
            "K": "any of the paper",
            "theta": "any",
        },
        summary="At the paper's T_max, range and K the temperature stays within half a percent of T_max",
        computed=f"T >= {float(FLOOR_SHARE)} T_max",
        stated="down to T_max/100",
    )


@evidence("SCH-7", method=Method.BALL, reading="whatever the range of the levels")
@control("with the same range of levels the same T_max ends alike", wide=Fraction(1, 4))
def the_same_t_max_cools_or_not(wide: Fraction = Fraction(1)) -> Outcome:
    """T_max = 1, two levels. On -1/4, 1/4 the ratio T_max/D is 2, above the critical 0.9428: no trajectory
    cools below a positive temperature. On -1, 1 it is 1/2, below: a parameter at an end cools to 0. So T_max
    alone decides nothing; T_max/D and K do.
    """
    largest, certain = largest_entropy_per_temperature(2, Fraction(1, 10**6))
    critical = arb(2).log() / largest
    narrow = Fraction(1, 4)
    return refuted_if(
        hypotheses={"critical ratio certain": certain},
        violated={
            "narrow levels: T_max/D above the critical ratio": ball(1 / (2 * narrow)) > critical,
            "wide levels: T_max/D below it": ball(1 / (2 * wide)) < critical * (1 - ball("1/100000")),
        },
        reference={
            "narrow: T stays above T_max/2": final_share(1.0, float(narrow)) > 0.5,
            "wide: T ends below 1e-6 T_max": final_share(1.0, float(wide)) < 1e-6,
        },
        witness={"T_max": 1, "levels": f"-1/4, 1/4 and -{wide}, {wide}", "theta": "at the upper level"},
        summary=(
            "With one and the same T_max the temperature freezes on wide levels and stays hot on narrow ones"
        ),
        computed=f"critical T_max/D = {float(critical):.5f} (K = 2)",
        stated="a single parameter, T_max",
    )


@evidence("SCH-3", method=Method.BALL, reading="no constant set by hand")
@control("the same grid twice gives the same temperature", kappas=(Fraction(1), Fraction(1)))
def the_first_temperature_depends_on_the_grid(
    kappas: tuple[Fraction, Fraction] = (Fraction(1, 2), Fraction(1)),
) -> Outcome:
    """Two levels -kappa, kappa and T_max = 5 sigma = 5, a parameter at kappa: T_1/T_max = H_2(2 kappa/5)/log
    2, a strictly decreasing function of kappa. The temperature depends on kappa (and on K, T_max/sigma and
    the clip), all of them constants that the paper sets by hand.
    """
    law = [entropy(2, 2 * ball(kappa) / ball(T_MAX)) / arb(2).log() for kappa in kappas]
    seen = [
        level_entropy(np.array([float(kappa)]), uniform_levels(float(kappa), 2), float(T_MAX))[0]
        for kappa in kappas
    ]
    return refuted_if(
        hypotheses={"kappa in [1/2, 1]": all(Fraction(1, 2) <= kappa <= 1 for kappa in kappas)},
        violated={"T_1 differs": law[0] > law[1]},
        reference={"level_entropy differs": seen[0] > seen[1]},
        witness={"K": 2, "kappa": " and ".join(map(str, kappas)), "theta": "kappa", "T_max": "5 sigma"},
        summary=(
            "The temperatures depend on constants that are set by hand: kappa, K, T_max/sigma, T_min/T_max"
        ),
        computed=f"T_1/T_max = {float(law[0]):.5f} and {float(law[1]):.5f}",
        stated="hyper-parameter-free",
    )


@evidence("SCH-3", method=Method.BALL, reading="adapts to the task")
@control("where the floor is not certain, runs may differ", t_max=Fraction(2, 5))
def all_tasks_get_nearly_the_same_temperature(t_max: Fraction = T_MAX) -> Outcome:
    """By SCH-R1 the temperatures of all runs at the paper's settings, whatever task, model size and loss, lie
    in [0.9963, 1] T_max in every step, so those of any two tasks differ by less than 0.4 percent of T_max.
    """
    width = 1 - FLOOR_SHARE
    return refuted_if(
        hypotheses={"K and kappa of the paper, T_max = 5 sigma": Fraction(5) == T_MAX},
        violated={
            "all temperatures in one band (ball arithmetic)": floor_share_is_certain(t_max),
            "the band is narrower than 0.4 percent": width < Fraction(4, 1000),
        },
        reference={"T of the coldest parameter lies in it": coldest_share() > float(FLOOR_SHARE)},
        witness={"T_t / T_max": f"in [{FLOOR_SHARE}, 1] for every task and step"},
        summary="Whatever the task, the temperature stays in one band of width 0.4 percent",
        computed=f"differences below {float(width):.4f} T_max",
        stated="cooling adapts to the difficulty of the task",
    )


def coldest_share() -> float:
    """T_1 / T_max of the reference for a parameter at the end of the grid, K = 255, kappa = 1."""
    grid = uniform_levels(1.0, 255)
    found = level_entropy(grid[:1], grid, float(T_MAX))[0]
    return entropy_temperature(found, math.log(255), float(T_MAX)) / float(T_MAX)


@evidence("SCH-3", method=Method.SYMBOLIC, reading="same schedule at every size")
@control("the total entropy does change when the model is doubled", total=True)
def repeating_the_model_keeps_the_temperature(total: bool = False) -> Outcome:
    """With m copies of each of n parameters the total entropy is m H and the number of parameters m n, so the
    mean entropy and with it the temperature stay the same: nothing has to be changed with the size.
    (`total`: the total entropy instead of the mean.)
    """
    h, n, m = sp.symbols("H n m", positive=True)
    single, repeated = (h, m * h) if total else (h / n, m * h / (m * n))
    grid, theta = uniform_levels(1.0, 5), np.array([-0.3, 0.8])
    once, twice = (float(level_entropy(np.tile(theta, copies), grid, 1.0).mean()) for copies in (1, 2))
    return proved_if(
        {
            "entropy that enters the schedule is unchanged": sp.simplify(repeated - single) == 0,
            "reference: mean entropy of the doubled model": abs(twice - once) <= 4 * EPS * once,
        },
        "The mean entropy, hence the temperature, is the same for m copies of every parameter",
    )


@evidence("X-30", method=Method.SMT)
@control("without the claim of having none there is no conflict", without="L129: free of hyper-parameters")
def hyper_parameters_of_the_schedule(without: str | None = None) -> Outcome:
    """Let c be the number of constants of the schedule that a user has to set. L129 says none; L128 names
    T_max; L43 sets T_max/sigma = 5 and T_min/T_max = 0.01, the latter after trying two other values.
    """
    count = z3.Int("constants")
    return compare(
        {
            "L129: free of hyper-parameters": count == 0,
            "L128: there is T_max": count >= 1,
            "L43: T_max/sigma and T_min/T_max": count >= 2,
        },
        "No constant to set, against two that are set: the passages exclude each other",
        without=without,
    )

"""Whether the paper's schedule cools: at its own settings it does not, and its clip never acts.

Everything here follows from the floor of SCH-R1, except the schedule of the authors' public code, which is
another one and does cool.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import z3
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.bounds import temperature_floor_uniform
from proofs.evidence.entropy_schedule import FLOOR_SHARE, floor_share_is_certain
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import CLIP_SHARES, KAPPA, LEVEL_COUNTS, T_MAX, T_MIN_SHARE
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.entropy import level_entropy, total_entropy
from reference.levels import uniform_levels
from reference.released_rules import released_temperature
from reference.temperature import (
    clamp_temperature,
    entropy_temperature,
    geometric_temperature,
    largest_entropy,
    smallest_temperature,
)

EPS = float(np.finfo(float).eps)
TEMPERATURE = float(T_MAX)  # T_max for weights of standard deviation 1


def coldest_run(normaliser: str, steps: int = 40, clip: float = 0.0) -> list[float]:
    """Temperatures of the reference for one parameter at the end of the grid, K = 256, kappa = 1."""
    grid = uniform_levels(1.0, 256)
    temperatures, entropies = [TEMPERATURE], []
    for _ in range(steps):
        entropies.append(total_entropy(grid[:1], grid, temperatures[-1]))
        top = largest_entropy(
            normaliser,
            parameter_count=1,
            level_count=256,
            initial_entropy=entropies[0],
            observed_maximum=max(entropies),
        )
        proposed = entropy_temperature(entropies[-1], top, TEMPERATURE)
        temperatures.append(clamp_temperature(proposed, clip) if clip else proposed)
    return temperatures


@evidence("SCH-6", "SCH-12", "INT-17", method=Method.BALL)
@evidence("SCH-6", method=Method.BALL, reading="initial entropy")
@evidence("SCH-6", method=Method.BALL, reading="largest so far")
@control("for a start as hot as a fifth of the hull the floor is not certain", t_max=Fraction(2, 5))
def the_schedule_stays_hot(t_max: Fraction = T_MAX) -> Outcome:
    """SCH-R1 at the paper's settings: for every kappa in [1/2, 1], K in {255, 256, 512, 1023, 1024}, every
    loss, every sequence of parameters and each normaliser of at most log K per parameter, T_t >= 0.9963 T_max
    for all t, while T_min = 0.01 T_max. The coldest trajectory there is (all parameters at an end of the
    grid) shows it: its temperatures decrease to 0.9988 T_max.
    """
    runs = {name: coldest_run(name) for name in ("log_levels", "initial", "observed_maximum")}
    limit = temperature_floor_uniform(TEMPERATURE, 2.0, 256)
    return refuted_if(
        hypotheses={
            "(D/T_max)^2 <= (32/27) log K for every kappa and K of the paper": all(
                ball(max(2 * kappa / t_max for kappa in KAPPA) ** 2) <= ball(Fraction(32, 27)) * arb(k).log()
                for k in LEVEL_COUNTS
            )
        },
        violated={
            "T >= 0.9963 T_max for every trajectory (ball arithmetic)": floor_share_is_certain(t_max),
            "0.9963 T_max is above T_min": FLOOR_SHARE > T_MIN_SHARE,
        },
        reference={
            f"{name}: coldest run stays above 0.9963 T_max": min(run) > float(FLOOR_SHARE) * TEMPERATURE
            for name, run in runs.items()
        }
        | {
            "mean over log K: it ends at the sharp floor": abs(runs["log_levels"][-1] - limit)
            <= 64 * EPS * limit
        },
        witness={"T_max": "5 sigma", "levels": "256 on [-sigma, sigma]", "theta": "any; coldest: sigma"},
        summary=(
            "At the paper's settings no trajectory cools below 0.9963 T_max, so T_min = 0.01 T_max is never"
            " met"
        ),
        computed=f"inf over trajectories {limit / TEMPERATURE:.5f} T_max (K = 256, kappa = 1)",
        stated="T falls to 0.01 T_max",
        tightness=limit / smallest_temperature(TEMPERATURE),
    )


@evidence("SCH-6", method=Method.BALL, reading="total over log K")
@control("for a single parameter the total is the mean, and T_1 is below T_max", count=1)
def the_total_entropy_heats(count: int = 2) -> Outcome:
    """With the total over n >= 2 parameters, T_1 = T_max n H/log K >= 0.9963 n T_max > T_max, because H >=
    0.9963 log K at T_max (SCH-R1). Entropy does not fall when T rises, so the same bound holds in every later
    step.
    """
    grid = uniform_levels(1.0, 256)
    entropy_at_end = total_entropy(np.full(count, 1.0), grid, TEMPERATURE)
    top = largest_entropy("total_log_levels", parameter_count=count, level_count=256)
    first = entropy_temperature(entropy_at_end, top, TEMPERATURE)
    return refuted_if(
        hypotheses={"0.9963 log K is certain for every parameter": floor_share_is_certain()},
        violated={"n 0.9963 exceeds 1": count * FLOOR_SHARE > 1},
        reference={"T_1 exceeds T_max": first > TEMPERATURE},
        witness={"n": count, "levels": "256 on [-sigma, sigma]", "T_max": "5 sigma", "theta": "any"},
        summary=(
            "Read to the letter, n parameters heat the system at least 0.9963 n-fold, and it never cools "
            "again"
        ),
        computed=f"T_t >= {float(count * FLOOR_SHARE)} T_max",
        stated="T falls to 0.01 T_max",
    )


@evidence("SCH-6", method=Method.EXACT, reading="levels kappa sigma apart")
@control("with more than 2^100 levels the bound no longer exceeds T_min", counts=(2**101,))
def parameters_at_midpoints_never_cool(counts: tuple[int, ...] = (256, 512, 1024)) -> Outcome:
    """Even if the spacing (not the half-width) were kappa sigma: for even K the value 0 is a midpoint, its
    two nearest levels share the largest probability, so no probability exceeds 1/2 and H >= -log(max P) >=
    log 2. Parameters that start at 0 (biases) and stay there keep T >= T_max log 2/log K = T_max/log2(K), on
    a grid of any scale.
    """
    share = {count: Fraction(1, count.bit_length() - 1) for count in counts}  # powers of two: log2 K is exact
    grid = uniform_levels(255 / 2, 256)  # spacing 1 = kappa sigma
    temperature = TEMPERATURE
    for _ in range(40):
        temperature = entropy_temperature(
            level_entropy([0.0], grid, temperature)[0], math.log(256), TEMPERATURE
        )
    return refuted_if(
        hypotheses={f"K = {count} is a power of two": count & (count - 1) == 0 for count in counts},
        violated={
            f"K = {count}: T_max/log2(K) is above T_min": share[count] > T_MIN_SHARE for count in counts
        },
        reference={"T stays above T_max/8 for K = 256": temperature >= TEMPERATURE / 8},
        witness={
            "theta": "0 for every parameter",
            "K": "256, 512 or 1024",
            "levels": "any symmetric uniform grid",
        },
        summary=(
            "A parameter at a midpoint has entropy at least log 2 at every temperature: T >= T_max/log2(K)"
        ),
        computed="T >= T_max/8, /9, /10 (K = 256, 512, 1024)",
        stated="T falls to T_max/100",
    )


@evidence("SCH-6", "SCH-12", method=Method.EXACT, version="released")
@control("without the exponent's leading one the temperature may stand still", least_exponent=0)
def the_released_schedule_cools(least_exponent: int = 1) -> Outcome:
    """The public code uses another rule: T <- T 0.992^(1 + H/m), H >= 0 a sum of m entropies. The exponent is
    at least 1, so T falls by at least 0.8 percent in every step, whatever the loss does, and is below T_0/100
    after 574 steps at the latest: 0.992^574 < 1/100 exactly. (In one script 0.995, after 919 steps.)
    """
    decay = {Fraction(992, 1000): 574, Fraction(995, 1000): 919}
    temperature = 1.0
    for _ in range(574):
        temperature = released_temperature(temperature, 0.0, 1)
    return proved_if(
        {
            f"{float(rate)}^{steps} < 1/100": rate ** (least_exponent * steps) < Fraction(1, 100)
            for rate, steps in decay.items()
        }
        | {"reference: below 1/100 after 574 steps without entropy": temperature < 0.01},
        "The schedule of the public code cools geometrically, by at least 0.8 percent per step",
        computed="T < 0.01 T_0 after at most 574 steps",
        stated="T falls to 0.01 T_max",
    )


@evidence("SCH-9", method=Method.BALL)
@control("for a start as hot as a fifth of the hull the floor is not certain", t_max=Fraction(2, 5))
def no_step_is_cold(t_max: Fraction = T_MAX) -> Outcome:
    """By SCH-R1 no step of any run at the paper's settings has T <= T_min. A geometric schedule with ratio
    99/100 is at or below T_min in all steps from 459 on, exactly; every ratio below 1 gets there. So the
    share of cold steps is 0 for the entropy schedule and tends to 1 for the geometric one.
    """
    ratio, step = Fraction(99, 100), 459
    geometric = [geometric_temperature(t, TEMPERATURE, 0.99) for t in range(1000)]
    cold = sum(t <= smallest_temperature(TEMPERATURE) for t in geometric)
    return refuted_if(
        hypotheses={"geometric: T_458 > T_min >= T_459": ratio**step <= T_MIN_SHARE < ratio ** (step - 1)},
        violated={
            "entropy schedule: never at T_min": floor_share_is_certain(t_max) and FLOOR_SHARE > T_MIN_SHARE
        },
        reference={
            "geometric: 541 of 1000 steps are cold": cold == 1000 - step,
            "entropy: none of the coldest run": min(coldest_run("log_levels"))
            > smallest_temperature(TEMPERATURE),
        },
        witness={
            "geometric ratio": ratio,
            "steps": 1000,
            "cold steps": "541 (geometric), 0 (entropy, any run)",
        },
        summary=(
            "The entropy schedule spends no step in the cold phase; a geometric one spends almost all there"
        ),
        computed="0 percent of the steps",
        stated="more than with a geometric schedule",
    )


@evidence("IMP-14", "SCH-11", "IMP-15", method=Method.BALL)
@control("a clip above the floor would act", shares=(Fraction(9999, 10_000),))
def the_clip_never_acts(shares: tuple[Fraction, ...] = CLIP_SHARES) -> Outcome:
    """A clip replaces T by max(T, s T_max). By SCH-R1 every T of every run at the paper's settings is at
    least 0.9963 T_max, with or without the clip, so for s = 0.005, 0.01 and 0.05 nothing is ever replaced:
    three identical runs, with the same length and the same accuracy. In particular no drop of the entropy, on
    a plateau or elsewhere, brings T near the clip.
    """
    plain = coldest_run("log_levels")
    clipped = {share: coldest_run("log_levels", clip=float(share) * TEMPERATURE) for share in shares}
    return refuted_if(
        hypotheses={"T >= 0.9963 T_max for every trajectory (ball arithmetic)": floor_share_is_certain()},
        violated={f"clip {float(share)} T_max lies below the floor": share < FLOOR_SHARE for share in shares},
        reference={
            f"run with clip {float(share)} is the same, bit for bit": run == plain
            for share, run in clipped.items()
        },
        witness={
            "clips": ", ".join(str(share) for share in shares),
            "T / T_max": f">= {FLOOR_SHARE} in every step",
        },
        summary="The clip is never active: runs with clips 0.005, 0.01 and 0.05 are identical, step by step",
        computed="0 steps clipped, 0 difference in length and accuracy",
        stated="the clip bounds T; 0.005 and 0.05 lengthen training",
    )


@evidence("IMP-15", method=Method.BALL, reading="accuracy only")
@control("a clip above the floor may change the run", share=Fraction(9999, 10_000))
def the_clip_does_not_change_accuracy(share: Fraction = CLIP_SHARES[-1]) -> Outcome:
    """As no temperature is below 0.9963 T_max, max(T, s T_max) = T in every step for every s up to 0.9963.
    Runs with different clips are the same sequence of parameters, so their accuracies are equal.
    """
    t, floor, clip = z3.Reals("T floor clip")
    return proved_if(
        {
            "floor is certain (ball arithmetic)": floor_share_is_certain(),
            "the largest clip lies below it": share < FLOOR_SHARE,
            "max(T, clip) = T above the floor": satisfiable(
                t >= floor, clip < floor, z3.If(t > clip, t, clip) != t
            )
            is None,
        },
        "Equal runs for every clip below 0.9963 T_max, hence equal accuracy",
        computed="difference 0",
        stated="below 0.05 percent",
    )

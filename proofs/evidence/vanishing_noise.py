"""Whether the noise vanishes: the clip and the schedule keep it, the convergence theorems need it gone."""

from __future__ import annotations

import math
from fractions import Fraction

import sympy as sp
import z3
from flint import arb

from proofs.ball_arithmetic import ball, positive_on_box
from proofs.evidence.cooling import TEMPERATURE, coldest_run
from proofs.evidence.entropy_schedule import FLOOR_SHARE, floor_share_is_certain
from proofs.outcome import Method, Outcome, contradiction_if, proved_if, refuted_if
from proofs.paper_settings import KAPPA, LEVEL_COUNTS, T_MAX, T_MIN_SHARE
from proofs.passages import compare
from proofs.registry import control, evidence
from reference.noise import noise_scale

SCALES = ("linear", "root", "langevin")


@evidence("UPD-4", method=Method.BALL)
@control("where the floor is not certain the noise may vanish", t_max=Fraction(2, 5))
def noise_keeps_its_size(t_max: Fraction = T_MAX) -> Outcome:
    """By SCH-R1 every T at the paper's settings is at least 0.9963 T_max. A noise scale proportional to a
    power p <= 1 of T (T itself, its root, the Langevin scale sqrt(2 eta T)) is then at least 0.9963 of its
    first value in every step of every run, since s^p >= s for s in (0, 1] and p <= 1. With eps(T) = T it
    stays above 4.98 sigma.
    """
    coldest = min(coldest_run("log_levels"))
    share, power = sp.symbols("s p", positive=True)
    kept = {
        scale: noise_scale(coldest, scale, 0.1) / noise_scale(TEMPERATURE, scale, 0.1) for scale in SCALES
    }
    return refuted_if(
        hypotheses={
            "log s^p - log s = (p - 1) log s": sp.simplify(
                sp.expand_log(sp.log(share**power) - sp.log(share), force=True) - (power - 1) * sp.log(share)
            )
            == 0
        },
        violated={
            "T >= 0.9963 T_max in every step (ball arithmetic)": floor_share_is_certain(t_max),
            "a scale eps(T) = T stays above 4.98 sigma": Fraction(498, 100) < FLOOR_SHARE * T_MAX,
        },
        reference={
            f"{scale}: at least 0.9963 of the first value": r >= float(FLOOR_SHARE)
            for scale, r in kept.items()
        },
        witness={"eps(T)": "T^p, p <= 1", "eps(T_t) / eps(T_max)": f">= {FLOOR_SHARE}", "run": "any"},
        summary=(
            "At the paper's settings the noise never falls by more than 0.4 percent; updates stay as random"
        ),
        computed="noise at least 0.9963 of its first size in every step",
        stated="noise diminishes, updates become deterministic",
    )


@evidence("UPD-4", method=Method.SYMBOLIC, reading="if T falls to 0")
@control("a noise scale with a constant part does not vanish", offset=1)
def noise_vanishes_with_the_temperature(offset: int = 0) -> Outcome:
    """Each candidate for eps(T) (T, its root, sqrt(2 eta T)) tends to 0 with T; S has no randomness of its
    own. So if the temperature fell to 0, the proposed update would tend to the deterministic one.
    """
    t, eta = sp.symbols("T eta", positive=True)
    candidates = {"T": t, "sqrt(T)": sp.sqrt(t), "sqrt(2 eta T)": sp.sqrt(2 * eta * t)}
    tiny = 1e-300
    return proved_if(
        {f"{name} tends to 0": sp.limit(scale + offset, t, 0, "+") == 0 for name, scale in candidates.items()}
        | {
            "reference: each is at most sqrt(2 T) at T = 1e-300": all(
                noise_scale(tiny, scale) <= 2 * math.sqrt(tiny) for scale in SCALES
            )
        },
        "eps(T) tends to 0 as T does, for each candidate",
    )


@evidence("X-8", method=Method.SMT)
@control("without the clip the temperature may tend to 0", without="L43, L127-129: T_t >= T_min")
def clip_excludes_vanishing_temperature(without: str | None = None) -> Outcome:
    """T_max = 1. L43 and L127-129 keep every temperature at or above T_min = 0.01, so eps(T_t), which grows
    with T, is at least eps(T_min) > 0. Theorem 6 needs T_t -> 0 and assumption A4 eps(T_t) -> 0: late enough
    T_t < T_min/2 and eps(T_t) < eps(T_min)/2. No late temperature does both.
    """
    late, noise, noise_at_clip = z3.Reals("T_late eps_late eps_at_T_min")
    t_min = z3.RealVal(str(T_MIN_SHARE))
    grows = z3.And(noise_at_clip > 0, late > 0, z3.Implies(late >= t_min, noise >= noise_at_clip), noise >= 0)
    return compare(
        {
            "L43, L127-129: T_t >= T_min": z3.And(grows, late >= t_min),
            "L284: T_t -> 0": z3.And(grows, late < t_min / 2),
            "L315: eps(T_t) -> 0": z3.And(grows, noise < noise_at_clip / 2),
        },
        "A temperature kept at or above T_min > 0 does not tend to 0, nor does its noise",
        without=without,
        computed=f"T_t >= {float(T_MIN_SHARE)} T_max by the clip, >= 0.9963 T_max by SCH-R1",
        stated="T_t -> 0",
    )


@evidence("X-8", method=Method.BALL, reading="Theorem 2's T_f against T_min")
@control("for three levels T_min can meet the condition", counts=(3,), kappas=(Fraction(1), Fraction(1)))
def the_clip_keeps_t_above_theorem_2(
    counts: tuple[int, ...] = LEVEL_COUNTS, kappas: tuple[Fraction, Fraction] = KAPPA
) -> Outcome:
    """Theorem 2 asks for T_f <= gap/(K ln(1/eps)). The gap of a parameter is at most the spacing h = 2 kappa
    sigma/(K-1): the two nearest levels are neighbours. T_min is 0.05 sigma. With eps <= 0.9, T_min exceeds
    the largest T_f that Theorem 2 ever allows, for every kappa and K of the paper, so the clip forbids the
    theorem's regime.
    """
    t_min = ball(T_MAX * T_MIN_SHARE)

    def excess(kappa: arb, count: int) -> arb:
        return t_min - 2 * kappa / (count - 1) / (count * ball(Fraction(10, 9)).log())

    return contradiction_if(
        {
            f"K = {count}: T_min above every T_f": positive_on_box(
                lambda kappa, k=count: excess(kappa, k), [kappas]
            )
            for count in counts
        },
        "T_min = 0.05 sigma is hotter than Theorem 2 allows for any tolerance up to 0.9 and any parameter",
        computed=f"T_f <= {2 / (254 * 255 * math.log(10 / 9)):.2e} sigma (K = 255, eps = 0.9)",
        stated="T_min = 0.05 sigma",
    )

"""The paper's cold end, T_min = 0.01 T_max = 0.05 sigma: far from deciding any parameter on its own grids."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import z3

from proofs.ball_arithmetic import ball
from proofs.bounds import final_temperature_sharp_uniform
from proofs.evidence.initial_temperature_grid import end_of_grid_share
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import KAPPA, LEVEL_COUNTS, T_MAX, T_MIN_SHARE
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.levels import uniform_levels
from reference.soft_quantization import level_probabilities
from reference.temperature import smallest_temperature

T_MIN = T_MIN_SHARE * T_MAX  # in units of sigma


def gap_exceeds(bound: Fraction) -> z3.ModelRef | None:
    """A parameter whose two nearest levels of a uniform grid differ in distance by more than bound h, or None.

    Inside the grid at u <= h/2 from the nearest level, the next one is at h - u; beyond an end at v from it,
    the next one is at v + h.
    """
    h, u, v = z3.Reals("h u v")
    inside = z3.And(u >= 0, 2 * u <= h, (h - u) - u > z3.RealVal(str(bound)) * h)
    beyond = z3.And(v >= 0, (v + h) - v > z3.RealVal(str(bound)) * h)
    return satisfiable(h > 0, z3.Or(inside, beyond))


@evidence("T2-C1", method=Method.BALL, reading="some eps below 0.99")
@control("at a millionth of T_min the condition can be met", cold=Fraction(1, 10**6))
@control("half the spacing does not bound the gap", bound=Fraction(1, 2))
def clip_is_far_above_the_final_temperature(
    cold: Fraction = Fraction(1), bound: Fraction = Fraction(1)
) -> Outcome:
    """Wherever the parameter is, the gap is at most the spacing h = 2 kappa sigma/(K-1). T_min <= gap/(K
    ln(1/eps)) needs ln(1/eps) <= h/(K T_min), at most 40/(255 * 254) = 0.00062 for kappa = 1, K = 255, the
    largest of all the paper's settings: eps >= 0.9993. Not even theta on a level meets the condition for eps
    = 0.99, and at such an eps the theorem says nothing. (`cold` scales T_min, `bound` the spacing.)
    """
    largest = {k: bound * 2 * max(KAPPA) / ((k - 1) * k * T_MIN * cold) for k in LEVEL_COUNTS}
    least_eps = {k: (-ball(value)).exp() for k, value in largest.items()}
    share = level_probabilities(np.array([0.0]), uniform_levels(1.0, 255), float(T_MIN * cold))[0].max()
    return refuted_if(
        hypotheses={
            "no parameter has a gap above the spacing": gap_exceeds(bound) is None,
            "T is the reference's clip": float(T_MIN * cold) == smallest_temperature(float(T_MAX)),
        },
        violated={f"K={k}: least eps > 0.99": eps > ball("0.99") for k, eps in least_eps.items()},
        reference={"K = 255, theta on the middle level: it has less than 0.1": share < 0.1},
        witness={f"K={k}": f"eps >= {float(eps.mid()):.6f}" for k, eps in least_eps.items()},
        summary="T_min is far above the T_f of Theorem 2 for every parameter and every eps up to 0.99",
        computed=f"eps >= {float(least_eps[255].mid()):.5f} (K=255)",
        stated="a small eps",
    )


@evidence("T2-C1", method=Method.BALL, reading="some eps in (0, 1)")
@control("at a midpoint, gap 0, there is none", gap=Fraction(0))
def clip_meets_theorem_two_for_tolerances_next_to_one(gap: Fraction = Fraction(1)) -> Outcome:
    """For theta on a level, gap = h > 0, so every eps from exp(-h/(K T_min)) < 1 on meets the condition.
    (`gap`: in units of h.)
    """
    exponents = [gap * 2 * kappa / ((k - 1) * k * T_MIN) for k in LEVEL_COUNTS for kappa in KAPPA]
    return proved_if(
        {"exp(-h/(K T_min)) < 1 at every setting": all((-ball(e)).exp() < 1 for e in exponents)},
        "Only tolerances above 0.999 are served, which exclude next to nothing",
    )


@evidence("SCH-4", method=Method.BALL)
@control("at a thousandth of T_min the end of the grid is decided", cold=Fraction(1, 1000))
@control("above T_min the claim says nothing", cold=Fraction(2))
def clip_leaves_parameters_spread_over_many_levels(cold: Fraction = Fraction(1)) -> Outcome:
    """Over all theta the largest probability of one level is that at the end of the grid (T1-R2), increasing
    with h/T. At T_min = sigma/20 it is below 0.15 for every kappa <= 1 and every K of the paper, so no
    parameter has 0.98, or even 0.15, on one level. (On an inner level it is about tanh(h/2T), half of that.)
    For 0.98 a parameter on a level needs about T <= h/ln(99) = h/4.6 (T2-R2); one at a midpoint never has
    more than 1/2.
    """
    shares = {k: end_of_grid_share(k, 2 * max(KAPPA) / (T_MIN * cold)) / k for k in LEVEL_COUNTS}
    computed = level_probabilities(np.array([1.0]), uniform_levels(1.0, 255), float(T_MIN * cold))[0, -1]
    spacing = 2 / 254
    needed = final_temperature_sharp_uniform(spacing, 0.02)
    return refuted_if(
        hypotheses={
            "T is at most the reference's clip": float(T_MIN * cold) <= smallest_temperature(float(T_MAX))
        },
        violated={f"K={k}: every probability < 0.15": share < ball("0.15") for k, share in shares.items()},
        reference={
            "K = 255: same value at the end": abs(computed - float(shares[255].mid()))
            < 8 * np.finfo(float).eps
        },
        witness={f"K={k}, kappa=1, theta=sigma": f"{float(share.mid()):.4f}" for k, share in shares.items()},
        summary="At T_min every parameter is spread over ten levels or more",
        computed=f"at most {float(shares[255].mid()):.4f}; 0.98 needs T_max/{float(T_MAX) / needed:.0f}",
        stated="more than 0.98 at T_max/100",
        tightness=needed / float(T_MIN),
    )


@evidence("X-38", method=Method.SMT)
@control("without the claim of concentration they agree", without="L127: more than 0.98 on the mode at T_min")
@control("without the grid of L118-119 they agree", without="L118-119, L41: kappa <= 1 and K >= 255")
def concentration_at_the_clip_contradicts_the_settings(without: str | None = None) -> Outcome:
    """x = h/T at T_min, p the probability of the nearest level, q of the next one. On a uniform grid with
    K >= 3 some level is at most h farther than the nearest, so q >= p exp(-x) >= p (1-x); p + q <= 1.
    L43 and L118-119 give x = 2 kappa/((K-1) T_min/sigma) <= 40/254; then p <= 1/(2-x) < 0.55, against 0.98 in
    L127. Theorem 2's T_f (L222) is another, lower temperature; its examples (L233), 0.69 and 0.91, are about
    the temperature without the factor K.
    """
    x, p, q, kappa, count, clip = z3.Reals("x p q kappa K T_min")
    mode = {k: float(end_of_grid_share(k, 2 / T_MIN).mid()) / k for k in (255, 1024)}
    with_k = 1 / (1 + 9 * Fraction(1, 20) ** 10)
    return compare(
        {
            "Eq. 9 on a uniform grid": z3.And(p > 0, q >= p * (1 - x), p + q <= 1, x > 0),
            "L43: T_min = 0.01 * 5 sigma, and h = 2 kappa sigma/(K-1)": z3.And(
                clip == z3.RealVal(str(T_MIN)), x * (count - 1) * clip == 2 * kappa
            ),
            "L118-119, L41: kappa <= 1 and K >= 255": z3.And(
                kappa > 0, kappa <= 1, count >= min(LEVEL_COUNTS)
            ),
            "L127: more than 0.98 on the mode at T_min": p > z3.RealVal("0.98"),
        },
        "0.98 on one level at T_min contradicts the grid and T_min themselves",
        without=without,
        computed=(
            f"at T_min at most {mode[255]:.3f} (K=255), {mode[1024]:.3f} (K=1024); at T_f with the factor K "
            f"1 - {float(1 - with_k):.0e} (K=10, eps=0.05), without it 0.69"
        ),
        stated="above 0.98 at T_min, 1 - eps at T_f, 0.69 and 0.91",
    )

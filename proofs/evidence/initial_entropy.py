"""How large the entropy is at the start: near its maximum, never at it, and not the largest of the run."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import LEVEL_COUNTS, T_MAX
from proofs.registry import control, evidence
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.soft_quantization import level_probabilities, soft_quantize


def entropy_of(distances: Sequence[arb], temperature: arb) -> arb:
    """Entropy in nats of the level probabilities, log Z + mean distance / T."""
    weights = [(-d / temperature).exp() for d in distances]
    z = sum(weights, arb(0))
    return z.log() + sum((d * w for d, w in zip(distances, weights, strict=True)), arb(0)) / (z * temperature)


@evidence("IMP-12", method=Method.SYMBOLIC)
@control("at half of that temperature the bound is too weak for two levels", heat=sp.Rational(1, 2))
def hot_start_has_high_entropy(heat: sp.Expr = sp.S.One) -> Outcome:
    """Let F(s) = log Z at s = 1/T. Then H = F - s F' and dH/ds = -s F'' = -s Var(d). A variance is at most
    (d_max - mean)(mean - d_min) <= DeltaE^2/4. Integrated from s = 0, where H = log K:
    H >= log K - (DeltaE/T)^2/8 for every level set and theta. At T >= DeltaE this is log K - 1/8, at least
    0.819 of the maximum (K = 2), 0.977 for K = 256. (`heat`: T/DeltaE.)
    """
    s, m, low, high, k = sp.symbols("s mean d_min d_max K", positive=True)
    free = sp.Function("F")
    loss = sp.integrate(s / 4, (s, 0, 1 / heat))
    entropy = free(s) - s * sp.diff(free(s), s)
    share = 1 - loss / sp.log(k)
    computed = float(level_entropy(np.array([1.0]), np.array([-1.0, 1.0]), 2.0)[0] / np.log(2))
    return proved_if(
        {
            "dH/ds = -s F''": sp.simplify(sp.diff(entropy, s) + s * sp.diff(free(s), s, 2)) == 0,
            "(d_max - d_min)^2/4 exceeds (d_max - mean)(mean - d_min) by a square": sp.expand(
                (high - low) ** 2 / 4 - (high - m) * (m - low) - (m - (high + low) / 2) ** 2
            )
            == 0,
            "loss of entropy is 1/8 at T = DeltaE": loss == sp.Rational(1, 8),
            "at least 0.819 of log 2 for K = 2": ball(1) - ball(Fraction(str(loss))) / ball(2).log()
            > ball("0.819"),
            "the share grows with K": sp.simplify(sp.diff(share, k) - loss / (k * sp.log(k) ** 2)) == 0,
        },
        "H >= log K - 1/8 at every T >= DeltaE, for every level set",
        computed=f"H = {computed:.4f} log K (K=2), at least {float(share.subs(k, 256)):.4f} log K (K=256)",
        stated="high entropy",
    )


@evidence("IMP-12", method=Method.BALL, reading="uniform within any eps")
@control("with the factor 1/(K eps) of Theorem 1 restored it holds", factor=True)
def theorem_one_needs_more_than_the_spread(factor: bool = False) -> Outcome:
    """Levels -1, 0, 1, theta = 1, DeltaE = 2, T = 2 = DeltaE, eps = 1/10: the nearest level has probability
    1/(1 + e^(-1/2) + e^(-1)), about 0.507, and 1/3 + eps is 0.434. Theorem 1 asks for T = DeltaE/(K eps),
    here 20/3; at T = DeltaE it promises nothing below eps = 1/K.
    """
    eps = Fraction(1, 10)
    temperature = Fraction(2) / (3 * eps) if factor else Fraction(2)
    weights = [(-ball(d / temperature)).exp() for d in (0, Fraction(1), Fraction(2))]
    probability = weights[0] / sum(weights, arb(0))
    computed = level_probabilities(np.array([1.0]), uniform_levels(1.0, 3), float(temperature))[0, 2]
    return refuted_if(
        hypotheses={"T >= DeltaE": temperature >= 2},
        violated={"probability > 1/K + eps": probability > ball(Fraction(1, 3) + eps)},
        reference={
            "level_probabilities gives the same value": abs(computed - float(probability.mid()))
            <= 4 * np.finfo(float).eps
        },
        witness={"levels": "-1, 0, 1", "theta": 1, "T": temperature, "eps": eps},
        summary="T of the order of DeltaE lacks the factor 1/(K eps) that Theorem 1 has",
        computed=f"{float(probability.mid()):.4f}",
        stated="at most 1/3 + 1/10",
    )


@evidence("SCH-5", method=Method.BALL, reading="equal to log|Q|")
@control("two levels at equal distance do reach it", distances=(1, 1))
def initial_entropy_is_below_its_maximum(distances: tuple[int, ...] = (1, 0, 1)) -> Outcome:
    """H = log K only if all P_k are equal, so only if all distances are equal (T1-P1), which three different
    levels exclude (T1-S2). Witness: levels -1, 0, 1, theta = 0, T = 5: H is log 3 minus 0.004. The
    temperature T_max H_0/log|Q| of the schedule is below T_max; T_0 = T_max because Algorithm 1 sets it.
    """
    entropy = entropy_of([ball(d) for d in distances], ball(T_MAX))
    top = ball(len(distances)).log()
    computed = level_entropy(np.array([0.0]), np.array([-1.0, 0.0, 1.0]), 5.0)[0]
    return refuted_if(
        hypotheses={"at least three levels": len(distances) >= 3},
        violated={"H_0 < log K": entropy < top},
        reference={
            "level_entropy gives the same": abs(computed - float(entropy.mid())) < 4 * np.finfo(float).eps
        },
        witness={"levels": "-1, 0, 1", "theta": 0, "T": T_MAX},
        summary="With three or more levels the entropy is never log K at a finite temperature",
        computed=f"H_0/log K = {float((entropy / top).mid()):.5f}",
        stated="1",
    )


@evidence("SCH-5", method=Method.BALL, reading="largest of the run")
@control("started at the midpoint it is the largest", start=0)
def entropy_rises_in_the_first_step(start: int = 1) -> Outcome:
    """Levels -1 and 1, sigma = 1, theta_0 = 1, a constant loss, no noise, T_0 = 5. Then H_0 = 0.674, the
    schedule sets T_1 = 5 H_0/log 2 = 4.86, and the step moves theta to S(1) = tanh(1/5) = 0.197. There the
    two distances are nearly equal, so H_1 = 0.692 > H_0 although T_1 < T_0.
    """
    first = entropy_of([ball(1 + start), ball(1 - start)], ball(T_MAX))
    temperature = ball(T_MAX) * first / ball(2).log()
    theta: arb = (ball(start / T_MAX)).tanh()
    second = entropy_of([1 + theta, 1 - theta], temperature)
    levels = np.array([-1.0, 1.0])
    moved = soft_quantize(np.array([float(start)]), levels, float(T_MAX))
    computed = level_entropy(moved, levels, float(temperature.mid()))[0]
    return refuted_if(
        hypotheses={"T_1 < T_0": temperature < ball(T_MAX)},
        violated={"H_1 > H_0": second > first},
        reference={"same H_1": abs(computed - float(second.mid())) < 8 * np.finfo(float).eps},
        witness={"levels": "-1, 1", "theta_0": start, "T_0": T_MAX, "loss": "constant"},
        summary="Soft quantization moves parameters to the centre, where the entropy is larger",
        computed=f"H_0 = {float(first.mid()):.4f}, H_1 = {float(second.mid()):.4f}",
        stated="H_0 is the largest",
    )


@evidence("SCH-5", method=Method.BALL, reading="within 0.4 percent of log|Q|")
@control("at a tenth of T_max it is not", hot=Fraction(1, 2))
def initial_entropy_is_nearly_maximal(hot: Fraction = T_MAX) -> Outcome:
    """H >= log K - (DeltaE/T)^2/8 (IMP-12) with DeltaE/T <= 2 kappa/5 <= 0.4: at least log K - 0.02 for every
    theta. So T_max H_0/log|Q| >= 0.996 T_max for every K of the paper.
    """
    loss = ball((2 / hot) ** 2 / 8)
    shares = [1 - loss / ball(k).log() for k in LEVEL_COUNTS]
    return proved_if(
        {"H_0/log K >= 0.996 for every K": all(share > ball("0.996") for share in shares)},
        "The initial entropy is within 0.4 percent of log|Q| for all weights",
        computed=f"H_0 >= {float(min(shares, key=float).mid()):.5f} log|Q|",
        stated="maximal",
    )

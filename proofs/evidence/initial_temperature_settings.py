"""The paper's hot start, T_max = 5 sigma on a grid of half-width kappa sigma: certified numbers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.evidence.initial_temperature_grid import end_of_grid_share
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.paper_settings import KAPPA, LEVEL_COUNTS, T_MAX
from proofs.registry import control, evidence
from reference.levels import uniform_levels
from reference.soft_quantization import level_probabilities


def _down(value: arb) -> float:
    """A number with four decimals that is certainly not above the value."""
    return math.floor(float(value.lower()) * 1e4 - 1e-6) / 1e4


@evidence("T1-C2", "PQ-10", method=Method.BALL, reading="some eps below 1/K")
@control("at T_max = sigma/10 no eps below 1/K is served", hot=Fraction(1, 10))
def paper_start_meets_theorem_one_for_some_tolerance(hot: Fraction = T_MAX) -> Outcome:
    """DeltaE <= 2 kappa sigma for every theta (T1-S2), so T_max = 5 sigma >= DeltaE/(K eps) as soon as
    K eps >= 2 kappa/5, at most 0.4 < 1. What happens there: the largest probability over all theta is that
    at the end of the grid (T1-R2), increasing with kappa; K P_max and K P_min = K P_max exp(-2 kappa/5) are
    enclosed for every K and both ends of the interval of kappa. (`hot`: T_max/sigma.)
    """
    scaled = [2 * kappa / hot for kappa in KAPPA]  # DeltaE / T_max = least K eps
    checks: dict[str, object] = {"least K eps is below 1 for every kappa": max(scaled) < 1}
    found = {}
    for kappa, ratio in zip(KAPPA, scaled, strict=True):
        largest = [end_of_grid_share(k, ratio) for k in LEVEL_COUNTS]
        smallest = [share * (-ball(ratio)).exp() for share in largest]
        checks[f"kappa={kappa}: K P within the promised 1 -+ {ratio}"] = all(
            share < 1 + ball(ratio) for share in largest
        ) and all(share > 1 - ball(ratio) for share in smallest)
        found[f"kappa={kappa}"] = (
            f"{_down(min(smallest, key=float)):.4f} <= K P <= {-_down(-max(largest, key=float)):.4f}"
        )
    at_end = 256 * level_probabilities(np.array([1.0]), uniform_levels(1.0, 256), float(hot))[0, -1]
    enclosed = float(end_of_grid_share(256, scaled[1]).mid())
    checks["reference agrees at K = 256, kappa = 1"] = abs(at_end - enclosed) < 256 * np.finfo(float).eps
    return proved_if(
        checks,
        "T_max serves every eps >= 0.4 kappa/K; probabilities then differ from 1/K by up to 22 percent",
        computed="; ".join(f"{name}: {value}" for name, value in found.items()),
        stated="near 1/K",
        witness=found,
    )


@evidence("T1-C2", "PQ-10", method=Method.BALL, reading="every eps in (0, 1)")
@control("a tolerance of half of 1/K is met", scaled=Fraction(1, 2))
def paper_start_misses_small_tolerances(scaled: Fraction = Fraction(1, 10)) -> Outcome:
    """K = 255, kappa = 1, sigma = 1, theta = 1 (the end of the grid; also any theta beyond it), K eps = 1/10:
    Theorem 1 asks for T0 = 2/(1/10) = 20, the paper uses 5, and there K P_max is 1.213 > 1.1.
    """
    share = end_of_grid_share(255, 2 / T_MAX)
    computed = 255 * level_probabilities(np.array([1.0]), uniform_levels(1.0, 255), float(T_MAX))[0, -1]
    return refuted_if(
        hypotheses={
            "T0 of Theorem 1 above T_max": 2 / scaled > T_MAX,
            "eps in (0, 1)": 0 < scaled / 255 < 1,
        },
        violated={"K P_max > 1 + K eps": share > 1 + ball(scaled)},
        reference={"same value": abs(computed - float(share.mid())) < 255 * np.finfo(float).eps},
        witness={"K": 255, "kappa": 1, "theta": "sigma", "T": "5 sigma", "eps": scaled / 255},
        summary="At T_max the probabilities are not within 10 percent of 1/K",
        computed=f"K P = {float(share.mid()):.4f}",
        stated="at most 1.1",
    )


@evidence("IMP-11", method=Method.EXACT)
@control("for kappa above 5/2 it would be too cold", kappas=(Fraction(1, 2), Fraction(3)))
def hot_start_exceeds_every_energy_spread(kappas: tuple[Fraction, ...] = KAPPA) -> Outcome:
    """DeltaE <= range of the grid = 2 kappa sigma (T1-S2), and 5 sigma / (2 kappa sigma) = 5/(2 kappa) falls
    with kappa: 5 at kappa = 1/2, 5/2 at kappa = 1.
    """
    ratios = [T_MAX / (2 * kappa) for kappa in kappas]
    return proved_if(
        {"5 sigma >= 2 kappa sigma at both ends of the interval of kappa": min(ratios) >= 1},
        "T_max is 2.5 to 5 times the largest possible energy spread",
        computed=f"T_max / max DeltaE >= {float(min(ratios))}",
        stated="T_max of the order of max DeltaE or more",
    )


def _two_tensors(small: Fraction) -> tuple[Fraction, Fraction]:
    """Ranges over T_max, squared, of two tensors: 9900 weights of deviation `small` and 100 of deviation 1,
    all of mean 0, when T_max = 5 times the deviation of all 10000 and kappa = 1.
    """
    variance = (9900 * small**2 + 100) / Fraction(10000)
    return 4 * small**2 / (T_MAX**2 * variance), Fraction(4) / (T_MAX**2 * variance)


@evidence("IMP-11", "IMP-13", method=Method.EXACT, reading="sigma of the whole network")
@control("with one deviation for all tensors it holds", small=Fraction(1))
def one_temperature_for_tensors_of_different_scale(small: Fraction = Fraction(1, 100)) -> Outcome:
    """Two tensors: 9900 weights of deviation 1/100 and 100 weights of deviation 1, each with a grid of its
    own deviation, kappa = 1, and one temperature from the deviation of all weights, sqrt(0.010099), about
    0.1005. On the second tensor the range is 2 > T_max, about 0.5025; the two ratios of range to temperature
    differ by a factor 100, so the tensors start with different probabilities.
    """
    ratios = _two_tensors(small)
    temperature = float(2 / sp.sqrt(sp.sympify(ratios[1])))
    shares = [
        256 * level_probabilities(np.array([width]), uniform_levels(width, 256), temperature)[0, -1]
        for width in (float(small), 1.0)
    ]
    return refuted_if(
        hypotheses={"both tensors have kappa = 1": small > 0},
        violated={
            "T_max < DeltaE for theta at the end of the wide grid": ratios[1] > 1,
            "range/temperature differs between the tensors": ratios[0] != ratios[1],
        },
        reference={"K P_max differs: below 1.03 and above 4": shares[0] < 1.03 and shares[1] > 4},
        witness={"weights": f"9900 of deviation {small}, 100 of deviation 1", "T_max": f"{temperature:.4f}"},
        summary="With one temperature for all tensors, the wide ones start colder than their energy spread",
        computed=f"K P_max = {shares[0]:.3f} and {shares[1]:.3f} (K=256)",
        stated="one rule for every architecture",
    )


@evidence("IMP-13", method=Method.SYMBOLIC)
@control("a temperature that ignores the scale is not invariant", scaled=False)
def probabilities_do_not_depend_on_the_scale(scaled: bool = True) -> Outcome:
    """Multiply the weights by c > 0: sigma, the levels and T = 5 sigma are multiplied by c, every |theta-q|/T
    stays, so all probabilities and entropies stay, and S is multiplied by c. The ratio of range to
    temperature, 2 kappa/5, depends on kappa alone.
    """
    c, t = sp.symbols("c T", positive=True)
    theta, q = sp.symbols("theta q", real=True)
    exponent = sp.Abs(c * theta - c * q) / ((c if scaled else 1) * t)
    weights, grid = np.array([-3.0, 0.2, 0.7]), uniform_levels(1.0, 7)
    same = level_probabilities(1024 * weights, 1024 * grid, 1024 * 5.0) == level_probabilities(
        weights, grid, 5.0
    )
    return proved_if(
        {
            "|c theta - c q|/(c T) = |theta - q|/T": sp.simplify(exponent - sp.Abs(theta - q) / t) == 0,
            "reference: bit for bit the same after scaling by 1024": bool(same.all()),
        },
        "P and H depend on theta/sigma, kappa and K only",
    )


@evidence("PQ-9", method=Method.EXACT)
@control("at kappa = 0 there is nothing to exceed", kappa=Fraction(0))
def farthest_level_is_more_than_one_deviation_away(kappa: Fraction = Fraction(1)) -> Outcome:
    """The grid ends at -kappa sigma and kappa sigma, so the farthest level is |theta| + kappa sigma away: at
    most sigma only if |theta| <= (1 - kappa) sigma. At theta = sigma, a typical weight, it is 1.5 to 2 sigma
    away; at kappa = 1 the statement holds for theta = 0 alone, at kappa = 1/2 for |theta| <= sigma/2, which
    is 38 percent of Gaussian weights.
    """
    theta = Fraction(1)
    farthest = max(abs(theta - q) for q in (-kappa, kappa))
    grid = uniform_levels(float(kappa), 5) if kappa > 0 else np.zeros(1)
    share = (ball(Fraction(1, 2)) / ball(2).sqrt()).erf()
    return refuted_if(
        hypotheses={"theta is one standard deviation from the mean": abs(theta) == 1},
        violated={
            "farthest level is more than sigma away": farthest > 1,
            "also at kappa = 1/2": abs(theta) + Fraction(1, 2) > 1,
            "kappa = 1/2 serves less than 39 percent of Gaussian weights": share < ball("0.39"),
        },
        reference={"distance to the farthest of uniform_levels": np.abs(1.0 - grid).max() == float(farthest)},
        witness={"kappa": kappa, "theta": "sigma", "farthest level": f"{farthest} sigma away"},
        summary="The farthest level is |theta| + kappa sigma away, more than sigma for most weights",
        computed=f"{farthest} sigma",
        stated="at most sigma",
    )


@evidence("PQ-9", method=Method.EXACT, reading="levels within sigma of zero")
@control("at kappa = 2 it fails", kappas=(Fraction(1, 2), Fraction(2)))
def levels_lie_within_one_deviation_of_zero(kappas: tuple[Fraction, ...] = KAPPA) -> Outcome:
    """The outermost level is kappa sigma from 0, and kappa <= 1."""
    return proved_if(
        {"kappa sigma <= sigma on the interval": max(kappas) <= 1}, "max |q| = kappa sigma <= sigma"
    )

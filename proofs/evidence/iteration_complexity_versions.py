"""Theorem 8 for random masks and the acceptance test: what survives in expectation and in every run."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import sympy as sp
from flint import arb

from proofs.ball_arithmetic import ball
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.acceptance import acceptance_probability, metropolis_probability
from reference.trajectories import dense_trajectory, masked_trajectory

ETA, LIPSCHITZ, SHARE = sp.symbols("eta L f", positive=True)


@evidence("T8-R5", method=Method.SYMBOLIC)
@evidence("T8-S1", method=Method.SYMBOLIC, reading="expected, no noise", version="masked")
@control("beyond 1/L the number of Theorem 8 does not follow", longest=Fraction(3, 2))
@control("if some parameter were never drawn", drawn=0)
def random_masks_obey_the_bound_in_expectation(longest: Fraction = Fraction(1), drawn: int = 1) -> Outcome:
    """Every entry belongs to C(n-1, k-1) of the C(n, k) masks, so E M = f I with f = k/n; and M g is its own
    inner product with g. Hence E[L(theta - eta M g)] <= L - eta <g, M g> + (L eta^2/2)|M g|^2 in the mean =
    L - eta f (1 - L eta/2)|g|^2. Stopped at tau = first t with |g_t| <= eps, where |g_t| > eps before tau,
    the sum gives eta f (1 - L eta/2) eps^2 E min(tau, N) <= gap for every N, hence E tau <= gap / (eta f
    (1 - L eta/2) eps^2), which for eta <= 1/L is at most 2 gap / (eta f eps^2). With L(theta_N) - inf L >=
    |g_N|^2/(2L) the unstopped sum gives E min |g|^2 (N eta f (1 - L eta/2) + 1/(2L)) <= gap. (`drawn` = 0
    removes the first parameter from all masks.)
    """
    n, k = sp.symbols("n k", positive=True, integer=True)
    share = sp.combsimp(sp.binomial(n - 1, k - 1) / sp.binomial(n, k))
    first = [
        sum(1 for mask in combinations(range(5), 2) if i in mask) * (drawn if i == 0 else 1) for i in range(5)
    ]
    slope, bit = sp.symbols("g m")
    per_entry = -ETA * bit * slope**2 + LIPSCHITZ * ETA**2 / 2 * bit**2 * slope**2
    on_bits = [
        sp.expand(per_entry.subs(bit, b) + b * ETA * (1 - LIPSCHITZ * ETA / 2) * slope**2) for b in (0, 1)
    ]
    decrease = ETA * SHARE * (1 - LIPSCHITZ * ETA / 2)
    a = sp.Symbol("a", positive=True)
    bound = 1 / (sp.Symbol("N") * decrease + 1 / (2 * LIPSCHITZ))
    stated = 2 * LIPSCHITZ / (1 + sp.Symbol("N") * LIPSCHITZ * ETA * SHARE * (2 - LIPSCHITZ * ETA))
    return proved_if(
        {
            "share of masks with a given entry is k/n": sp.simplify(share - k / n) == 0,
            "counted for n = 5, k = 2": first == [comb(4, 1)] * 5,
            "one entry, selected or not": on_bits == [0, 0],
            "for L eta <= 1 the factor is at least 1/2": sp.solveset(
                1 - a / 2 < sp.Rational(1, 2), a, sp.Interval.Lopen(0, sp.Rational(longest))
            )
            == sp.S.EmptySet,
            "bound on E min as stated": sp.simplify(bound - stated) == 0,
        },
        "E tau <= gap / (eta f (1 - L eta/2) eps^2) <= 2 gap / (eta f eps^2)",
        computed="gap / (eta f (1 - L eta/2) eps^2)",
        stated="2 gap / (eta f eps^2)",
    )


@evidence("T8-S1", method=Method.EXACT, reading="every run, no noise", version="masked")
@control("the masks alternate between the parameters", stuck=False)
def unlucky_masks_exceed_the_bound(stuck: bool = True) -> Outcome:
    """L = |theta|^2/2 on two parameters, one drawn per step (f = 1/2), eta = 1, theta_0 = (1, 0), eps =
    1/2. The bound is 2 (1/2) / (1 * 1/2 * 1/4) = 8. With probability 2^-9 the first nine masks all draw
    the second parameter, whose slope is 0: theta stays at (1, 0), gradient norm 1, and tau > 9. No finite
    number of steps is enough for every run. (`stuck` = False draws the parameters in turn.)
    """
    bound = 2 * Fraction(1, 2) / (Fraction(1) * Fraction(1, 2) * Fraction(1, 4))
    steps = int(bound) + 1
    masks = [[False, True] if stuck or t % 2 else [True, False] for t in range(steps)]
    theta = [Fraction(1), Fraction(0)]
    norms = [abs(theta[0]) + abs(theta[1])]
    for mask in masks:
        theta = [Fraction(0) if drawn else x for x, drawn in zip(theta, mask, strict=True)]
        norms.append(abs(theta[0]) + abs(theta[1]))
    run = masked_trajectory([1.0, 0.0], lambda point: point, 1.0, masks)
    return refuted_if(
        hypotheses={
            "each mask draws one of two parameters": all(sum(mask) == 1 for mask in masks),
            "the sequence of masks has positive probability": Fraction(1, 2) ** steps > 0,
        },
        violated={"all gradients up to the bound exceed eps": min(norms) > Fraction(1, 2)},
        reference={"the reference stays at (1, 0)": bool(np.all(run == [1.0, 0.0]))},
        witness={
            "loss": "|theta|^2/2",
            "theta_0": "(1, 0)",
            "eta": 1,
            "f": "1/2",
            "eps": "1/2",
            "masks": "second only",
        },
        summary="With positive probability the parameter that matters is not drawn for as long as one likes",
        computed=f"tau > {steps} with probability 2^-{steps}",
        stated=f"tau <= {bound}",
    )


@evidence("T8-S1", method=Method.BALL, reading="expected, no noise", version="algorithm")
@evidence("T8-S1", method=Method.BALL, reading="every run, no noise", version="algorithm")
@control("a test that always accepts a decrease", metropolis=True)
def the_sigmoid_test_exceeds_the_bound(metropolis: bool = False) -> Outcome:
    """L = theta^2/2, eta = f = 1, theta_0 = 1, eps = 9/10: the bound is 1/eps^2 = 100/81 < 1.24. The
    proposal 0 lowers the loss by 1/2; at T = 1 the sigmoid test accepts it with probability A = 1/(1 +
    e^(-1/2)) < 1. So tau is geometric: E tau = 1/A = 1 + e^(-1/2) > 1.6, and tau > 1 with probability 1 -
    A > 0. A deterministic step, an exact gradient, no noise, no quantizer: the test alone breaks the
    bound. (`metropolis` replaces the sigmoid by the test that accepts every decrease.)
    """
    change, temperature = Fraction(-1, 2), Fraction(1)
    uphill = ball(0) if metropolis else (ball(change) / ball(temperature)).exp()
    accept = 1 / (1 + uphill)
    bound = 2 * Fraction(1, 2) / Fraction(81, 100)
    rule = metropolis_probability if metropolis else acceptance_probability
    path = dense_trajectory([1.0], lambda point: point, 1.0, [1.0]).ravel()
    computed = rule(float(change), float(temperature))
    return refuted_if(
        hypotheses={
            "the proposal is the dense step and lowers the loss": change < 0,
            "theta_0 is not eps-stationary": Fraction(1) > Fraction(9, 10),
        },
        violated={
            "E tau exceeds the bound": 1 / accept > ball(bound),
            "tau > 1 has positive probability": 1 - accept > 0,
        },
        reference={
            "the proposal is 0": path[1] == 0.0,
            "acceptance probability": abs(arb(computed) - accept) < 4 * np.finfo(float).eps,
        },
        witness={"loss": "theta^2/2", "theta_0": 1, "eta f": 1, "eps": "9/10", "T": 1},
        summary="The sigmoid test refuses decreases, which the telescoped sum does not allow for",
        computed="E tau = 1 + exp(-1/2)",
        stated=f"tau <= {bound}",
    )


@evidence("T8-R7", method=Method.SYMBOLIC)
@control("with a test that accepts decreases with probability 1/3 only", least=Fraction(1, 3))
def the_sigmoid_test_costs_at_most_a_factor_two(least: Fraction = Fraction(1, 2)) -> Outcome:
    """For eta <= 1/L every proposal lowers the loss by at least h |g|^2/2 (T7-P2), so DeltaE <= 0 and the
    sigmoid accepts with probability A >= 1/2, Metropolis with probability 1. Refused, theta stays. Hence
    E[L(theta_(t+1))] <= L(theta_t) - A h |g|^2/2, and the stopped sum of T8-R5 gives E tau <= 2 gap /
    (A_min eta f_min eps^2), A_min = 1/2 or 1. The factor 2 is best: on theta^2/2 as T -> oo, A -> 1/2, E
    tau -> 2, while the number for eps -> 1 tends to 1. (`least` is the probability claimed for the
    sigmoid.)
    """
    r = sp.Symbol("r", real=True)
    accept = 1 / (1 + sp.exp(r))
    drop, heat = sp.symbols("d T", positive=True)
    eps = sp.Symbol("epsilon", positive=True)
    number = (2 * sp.Rational(1, 2) / eps**2).subs(eps, 1)
    slowest = sp.limit(1 / accept.subs(r, -drop / heat), heat, sp.oo)
    return proved_if(
        {
            "the sigmoid decreases in dE/T": sp.simplify(sp.diff(accept, r) + accept * (1 - accept)) == 0,
            "its value at dE = 0 is the least on decreases": accept.subs(r, 0) == sp.Rational(least),
            "E tau -> 2 on theta^2/2 as T -> oo": slowest == 2,
            "Theorem 8's number there tends to 1": number == 1,
            "Metropolis accepts decreases surely": metropolis_probability(-0.5, 1.0) == 1.0
            and metropolis_probability(0.0, 1.0) == 1.0,
        },
        "E tau <= 4 gap / (eta f_min eps^2) with the sigmoid, 2 gap / (eta f_min eps^2) with Metropolis",
        computed="4 gap / (eta f_min eps^2)",
        stated="2 gap / (eta f_min eps^2)",
        tightness=2.0,
    )

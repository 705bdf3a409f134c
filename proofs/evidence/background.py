"""Background methods: gradient descent, mini-batches, momentum, simulated annealing."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import sympy as sp

from proofs.outcome import Method, Outcome, contradiction_if, proved_if
from proofs.registry import control, evidence
from reference.acceptance import metropolis_probability
from reference.markov_chain import (
    complete_generation,
    gibbs_distribution,
    neighbour_generation,
    transition_matrix,
)
from reference.mean_field import geometric_weights, mean_field
from reference.updates import dense_step

BETA, CURVATURE, ETA, Z = sp.symbols("beta c eta z", positive=True)


@evidence("GD-1", method=Method.SYMBOLIC)
@control("at 2/L the loss of the parabola stays the same", longest=Fraction(2), closed=True)
def gradient_descent_decreases_the_loss_below_two_over_l(
    longest: Fraction = Fraction(2), closed: bool = False
) -> Outcome:
    """By the descent inequality (T7-P1) the loss falls by at least eta (1 - L eta/2)|grad|^2, positive for 0
    < eta < 2/L; for the parabola at eta = 2/L it stays the same, so the range cannot be extended.
    (`closed` includes the end of the range.)
    """
    a = sp.Symbol("a", positive=True)
    admitted = sp.Interval(0, sp.Rational(longest), True, not closed)
    moved = dense_step([1.0, 2.0], [4.0, 0.0], 0.25)
    return proved_if(
        {
            "1 - L eta/2 > 0": sp.solveset(1 - a / 2 <= 0, a, admitted) == sp.S.EmptySet,
            "the parabola at eta = 2/L goes from x to -x": sp.expand(1 - a).subs(a, 2) == -1,
            "reference with f = 1 is the update": moved.tolist() == [0.0, 2.0],
        },
        "Strict decrease for every 0 < eta < 2/L, and for no longer step in general",
    )


@evidence("GD-2", method=Method.SYMBOLIC)
@control("drawing with replacement has no finite-population factor", replacement=True)
def mini_batches_are_unbiased_and_noisy(replacement: bool = False) -> Outcome:
    """Each point is in C(N-1, b-1) of the C(N, b) batches, so the mean over batches is the full gradient. Two
    points are together with probability b(b-1)/(N(N-1)); with data of mean 0 and mean square s^2 the
    variance is s^2 (N - b)/(b (N - 1)), checked by listing all batches for N = 5. Instability: data 1 and -1,
    f_i = (x - x_i)^2/2, batches of one: at the minimum 0 of the mean a step leads to eta or -eta, never to
    0, so with constant eta the iterates do not converge. (`replacement` takes the variance s^2/b.)
    """
    n, b = sp.symbols("N b", positive=True, integer=True)
    share, pair = b / n, b * (b - 1) / (n * (n - 1))
    # sum_i a_i = 0 and sum_i a_i^2 = N s^2, so sum over i != j of a_i a_j = -N s^2
    variance = sp.simplify((share * n - pair * n) / b**2)
    claimed = 1 / b if replacement else (n - b) / (b * (n - 1))
    data = [Fraction(v) for v in (-4, -1, 0, 2, 3)]
    mean_square = sum(v * v for v in data) / 5
    listed = {}
    for size in range(1, 6):
        means = [sum(batch) / size for batch in combinations(data, size)]
        listed[size] = sum(means) / len(means), sum(m * m for m in means) / len(means)
    eta = Fraction(1, 4)
    return proved_if(
        {
            "share of batches with a given point is b/N": sp.simplify(
                sp.combsimp(sp.binomial(n - 1, b - 1) / sp.binomial(n, b)) - share
            )
            == 0,
            "variance as stated": sp.simplify(variance - claimed) == 0,
            "all batches of five points: unbiased": all(mean == 0 for mean, _ in listed.values()),
            "all batches of five points: variance": all(
                square == mean_square * Fraction(5 - size, size * 4) for size, (_, square) in listed.items()
            ),
            "SGD leaves the minimum": {-eta * (0 - point) for point in (1, -1)} == {eta, -eta},
            "reference: step from 0 with the slope of the point 1": dense_step([0.0], [-1.0], 0.25)[0]
            == 0.25,
        },
        "Unbiased with variance s^2 (N - b)/(b (N - 1)), zero only for the full batch",
    )


@evidence("GD-3", method=Method.SYMBOLIC)
@control("the sum in place of the mean is not gradient descent for the full batch", mean=False)
def the_full_batch_is_gradient_descent(mean: bool = True) -> Outcome:
    """Losses (x - x_i)^2/2 with mean f: the batch step with all N points is the step on f, with one point the
    step on that point. (`mean` = False drops the division by |B|.)
    """
    x = sp.Symbol("x")
    points = sp.symbols("x1:5")
    whole = sum((x - p) ** 2 / 2 for p in points) / len(points)

    def batch(chosen: tuple[sp.Symbol, ...]) -> sp.Expr:
        return x - ETA * sum(x - p for p in chosen) / (len(chosen) if mean else 1)

    data = np.array([1.0, 3.0])
    moved = dense_step([0.0], [float(np.mean(0.0 - data))], 0.5)
    return proved_if(
        {
            "full batch": sp.expand(batch(points) - (x - ETA * sp.diff(whole, x))) == 0,
            "one point": sp.expand(batch(points[:1]) - (x - ETA * (x - points[0]))) == 0,
            "reference with the mean gradient of 1 and 3": moved[0] == 1.0,
        },
        "Mini-batch descent lies between SGD (one point) and gradient descent (all points)",
    )


@evidence("GD-4", method=Method.SYMBOLIC)
@control("beyond the stated limit the recursion diverges", excess=Fraction(1, 10))
def momentum_is_an_average_and_widens_the_stable_range(excess: Fraction = Fraction(0)) -> Outcome:
    """v_t = sum_k (1 - beta) beta^k g_(t-k) by induction, weights summing to 1 - beta^t: the recursion of Eq.
    10 with alpha = beta. On c x^2/2, (v, x) -> (beta v + (1-beta) c x, x - eta v') has characteristic
    polynomial p(z) = z^2 - (1 + beta - eta c (1 - beta)) z + beta. Both roots lie inside the unit circle
    exactly if p(1) > 0, p(-1) > 0 and beta < 1: eta c < 2 (1 + beta)/(1 - beta), against 2 without
    momentum. So the oscillation that makes gradient descent diverge for 2 < eta c is damped. (`excess` is
    added to the limit.)
    """
    t = sp.Symbol("t", nonnegative=True, integer=True)
    step = sp.Matrix([[BETA, (1 - BETA) * CURVATURE], [-ETA * BETA, 1 - ETA * (1 - BETA) * CURVATURE]])
    polynomial = (Z * sp.eye(2) - step).det()
    q = ETA * CURVATURE
    claimed = Z**2 - (1 + BETA - q * (1 - BETA)) * Z + BETA
    limit = 2 * (1 + BETA) / (1 - BETA) + sp.Rational(excess)
    at_limit = sp.simplify(claimed.subs(Z, -1).subs(ETA, limit / CURVATURE))
    average = np.zeros(1)
    slopes = (1.0, 0.0, 2.0)
    for g in slopes:
        average = mean_field(average, [g], 0.5)
    weights = geometric_weights(3, 0.5)
    return proved_if(
        {
            "weights sum to 1 - beta^t: true for t = 0, kept by one more average": sp.simplify(
                BETA * (1 - BETA**t) + (1 - BETA) - (1 - BETA ** (t + 1))
            )
            == 0,
            "characteristic polynomial": sp.expand(polynomial - sp.expand(claimed)) == 0,
            "p(1) = eta c (1 - beta) > 0": sp.expand(claimed.subs(Z, 1) - q * (1 - BETA)) == 0,
            "p(-1) = 2 (1 + beta) - eta c (1 - beta)": sp.expand(
                claimed.subs(Z, -1) - 2 * (1 + BETA) + q * (1 - BETA)
            )
            == 0,
            "p(-1) vanishes exactly at the limit": at_limit == 0,
            "the limit exceeds 2 for beta > 0": sp.simplify(limit - 2 - 4 * BETA / (1 - BETA))
            == sp.Rational(excess),
            "the reference's mean field is this average": average[0]
            == sum(w * g for w, g in zip(sorted(weights, reverse=True), reversed(slopes), strict=True)),
        },
        "Momentum is the mean-field recursion and is stable for eta c < 2 (1 + beta)/(1 - beta)",
        computed="2 (1 + beta)/(1 - beta)",
        stated="2 for gradient descent",
    )


@evidence("SA-1", method=Method.SYMBOLIC)
@control("a rule that accepts exp(-dE/2T) uphill and everything downhill", slope=Fraction(1, 2))
def metropolis_keeps_detailed_balance(slope: Fraction = Fraction(1)) -> Outcome:
    """With symmetric proposals balance between i and j, d = E(j) - E(i) >= 0, asks e^(-E(i)/T) e^(-d/T) =
    e^(-E(j)/T) * 1, an identity. (`slope` multiplies the exponent of the rule.)
    """
    low, rise, heat = sp.symbols("E d T", positive=True)
    up = sp.exp(-sp.Rational(slope) * rise / heat)
    balance = sp.simplify(sp.exp(-low / heat) * up - sp.exp(-(low + rise) / heat))
    energies = np.array([0.0, 1.0, 3.0])
    law = gibbs_distribution(energies, 2.0)
    flow = law[:, np.newaxis] * transition_matrix(energies, 2.0, complete_generation(3), "metropolis")
    return proved_if(
        {
            "detailed balance": balance == 0,
            "acceptance is 1 downhill": metropolis_probability(-1.0, 2.0) == 1.0,
            "reference: the flow of three states is symmetric": bool(
                np.max(np.abs(flow - flow.T)) <= 4 * np.finfo(float).eps
            ),
        },
        "exp(-E/T) is invariant",
    )


@evidence("SA-2", method=Method.EXACT)
@control("without the local minimum every chain reaches the global one", barrier=Fraction(0))
def cooling_to_zero_ends_in_some_local_minimum(barrier: Fraction = Fraction(2)) -> Outcome:
    """Uphill acceptance e^(-d/T) tends to 1 as T -> oo and to 0 as T -> 0. At T = 0 with nearest-neighbour
    proposals, energies 1, 2, 0: from the first state the only proposal goes up and is refused for ever, so
    the chain ends in the local minimum 1; from the middle it ends in either end with positive probability.
    Every move lowers the energy, so on finitely many states it does end. (`barrier` is the middle energy.)
    """
    d, heat = sp.symbols("d T", positive=True)
    energies = [Fraction(1), barrier, Fraction(0)]
    downhill = {i: [j for j in (i - 1, i + 1) if 0 <= j <= 2 and energies[j] < energies[i]] for i in range(3)}
    chain = transition_matrix([float(e) for e in energies], 1e-3, neighbour_generation(3), "metropolis")
    return proved_if(
        {
            "hot: uphill accepted": sp.limit(sp.exp(-d / heat), heat, sp.oo) == 1,
            "cold: uphill refused": sp.limit(sp.exp(-d / heat), heat, 0, "+") == 0,
            "the first state is kept at T = 0": downhill[0] == [],
            "it is not a global minimum": energies[0] > min(energies),
            "the middle goes to either end": downhill[1] == [0, 2],
            "reference at T = 1/1000: the first state is kept": chain[0, 0] == 1.0,
        },
        "The frozen chain ends in a local minimum, which need not be global",
    )


@evidence("SA-3", method=Method.EXACT)
@control("two proposals at a time halve the time", proposals=2)
def one_good_state_costs_as_much_as_exhaustive_search(proposals: int = 1) -> Outcome:
    """M = K^N states, one with energy 0, all others 1, proposals uniform among the other states. Whatever T
    is, the good state is proposed with probability 1/(M-1) per step and then accepted (downhill), and
    moves among equals change nothing: the time is geometric with mean M - 1. Exhaustive search in random
    order needs M/2 more states on average and M - 1 at most. P(not found in t steps) = (1 - 1/(M-1))^t > 0
    for every t. Checked by solving the mean-time equations for M up to 9. (`proposals` per step.)
    """
    m = sp.Symbol("M", positive=True)
    checks: dict[str, object] = {}
    for count in (4, 8, 9):
        hit = Fraction(proposals, count - 1)
        mean = 1 / hit  # first-step equation: time = 1 + (1 - hit) time
        chain = transition_matrix([0.0] + [1.0] * (count - 1), 0.5, complete_generation(count), "metropolis")
        absorb = float(chain[1, 0])
        checks[f"M = {count}: mean time M - 1"] = mean == count - 1
        checks[f"M = {count}: reference moves to it with probability 1/(M-1)"] = (
            abs(absorb - 1 / (count - 1)) <= 4 * np.finfo(float).eps
        )
    return proved_if(
        {
            **checks,
            "M - 1 exceeds the average M/2 of exhaustive search for M > 2": sp.solveset(
                (m - 1) - m / 2 <= 0, m, sp.Interval.open(2, sp.oo)
            )
            == sp.S.EmptySet,
            "not found with positive probability": all(
                (1 - Fraction(proposals, count - 1)) ** 1000 > 0 for count in (4, 8, 9)
            ),
        },
        "Mean time K^N - 1 at every schedule, and certainty at no finite time",
        computed="K^N - 1",
        stated="as expensive as exhaustive search",
    )


@evidence("X-24", method=Method.SYMBOLIC)
@control("if exhaustive search took (KN)^2 steps the passages would agree", exponential=False)
def exhaustive_cost_is_not_quadratic(exponential: bool = True) -> Outcome:
    """For fixed K >= 2, K^N/(K N)^2 -> oo: no constant makes (K N)^2 enough for what costs K^N. Already for K
    = 2, 2^9 = 512 > 324 = (2*9)^2, and for K = 512 levels, N = 6: 2^54 > 2^24. Each passage alone
    describes a possible cost function. (The second reading, convergence to the chain's law, is another
    task.)
    """
    n = sp.Symbol("N", positive=True)

    def exhaustive(k: int) -> sp.Expr:
        return sp.Integer(k) ** n if exponential else (k * n) ** 2

    ratios = {k: sp.limit(exhaustive(k) / (k * n) ** 2, n, sp.oo) for k in (2, 3, 512)}
    return contradiction_if(
        {
            **{f"K = {k}: the ratio is unbounded": value == sp.oo for k, value in ratios.items()},
            "K = 2, N = 9": exhaustive(2).subs(n, 9) > 18**2,
            "each cost alone is a function of N": all(
                exhaustive(k).subs(n, 3).is_integer and ((k * 3) ** 2) > 0 for k in ratios
            ),
        },
        "Exhaustive search grows exponentially in N, (KN)^2 does not",
        computed="K^N / (KN)^2 -> infinity",
    )

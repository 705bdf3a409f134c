"""How many numbers each method holds: Algorithm 1, first-order methods, Shampoo, annealing with a cache."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import sympy as sp

from proofs.evidence.step_costs import K, c, f, n
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.algorithm import step
from reference.entropy import level_entropy
from reference.levels import uniform_levels
from reference.networks import NETWORKS, TensorSpec, network_tensors
from reference.settings import Settings
from reference.soft_quantization import soft_quantize
from reference.state import Draws, State, initial_state

# Numbers kept between steps, parameters included; "with a cache": all n K level probabilities.
KEPT = {
    "SGD": n,
    "momentum": 2 * n,
    "RMSProp": 2 * n,
    "Adam": 3 * n,
    "DF-GDA": 2 * n + K,
    "annealing with a cache": n + n * K,
}


def state_after_a_step(size: int, level_count: int) -> State:
    """The state after one step on |theta|^2/2 with half of the parameters selected."""
    settings = Settings(
        levels=uniform_levels(1.0, level_count), initial_temperature=0.5, f_min=0.5, f_max=0.5
    )
    start = initial_state(np.linspace(-1.0, 1.0, size), settings)
    draws = Draws(np.arange(size), np.zeros(size), np.zeros(size))
    return step(start, settings, 1.0, start.theta, lambda theta: theta @ theta / 2, draws).state


def kept_numbers(state: State) -> tuple[int, int]:
    """How many entries of arrays and how many single numbers a state holds."""
    values = [getattr(state, field.name) for field in dataclasses.fields(state)]
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    return sum(array.size for array in arrays), len(values) - len(arrays)


@evidence("CPX-5", method=Method.EXACT)
@control("a cached probability matrix needs n K", cached=True)
def two_vectors_and_one_scratch_vector(cached: bool = False) -> Outcome:
    """The state of Algorithm 1 after a step holds theta and mu, 2 n numbers, and nine single ones (temperature,
    counters, entropies, losses), for every n: counted on the reference. Quantized value and entropy of a
    parameter are functions of that parameter alone, so one vector of K weights can serve all in turn: each
    computed alone is, bit for bit, what it is among the others. In all 2 n + K + 9, which is O(n) for fixed
    K. The gradient and the activations, which every method here needs in passing, are not in it.
    """
    sizes, levels = (2, 4, 8), uniform_levels(1.0, 5)
    kept = [kept_numbers(state_after_a_step(size, 5)) for size in sizes]
    theta = np.linspace(-1.5, 1.5, 12)
    alone = all(
        bool(
            np.all(
                function(theta, levels, 0.3) == np.concatenate([function([x], levels, 0.3) for x in theta])
            )
        )
        for function in (soft_quantize, level_entropy)
    )
    total = 2 * n + (n * K if cached else K) + 9
    return proved_if(
        {
            "theta and mu: 2 n numbers": [array for array, _ in kept] == [2 * size for size in sizes],
            "nine single numbers": {single for _, single in kept} == {9},
            "each parameter can be treated alone": alone,
            "the sum grows by 2 for each parameter": sp.diff(total, n) == 2,
        },
        "Algorithm 1 can be carried out with 2 n + K + 9 numbers between the passes",
        computed="2 n + K + 9",
        stated="2 n + K",
    )


@evidence("CPX-5", method=Method.EXACT, reading="with gradient and selection")
@control("without gradient and selection it is what is stated", stored=0)
def gradient_and_selection_are_more(stored: int = 1) -> Outcome:
    """One back-propagation, its gradient kept until the loop over the selected parameters has used it, and the
    list of the floor(f n) selected ones: 3 n + floor(f n) + K numbers, n + floor(f n) more than stated. It
    is O(n) all the same. (An implementation that updates mu while gradients arrive can do without.)
    """
    size, levels = 4, 5
    selected = int(Fraction(1, 2) * size)
    kept, _ = kept_numbers(state_after_a_step(size, levels))
    held = kept + levels + stored * (size + selected)
    return refuted_if(
        hypotheses={"n = 4, f = 1/2, K = 5": (size, selected, levels) == (4, 2, 5)},
        violated={"more than 2 n + K": held > 2 * size + levels},
        reference={"theta and mu of the reference's state": kept == 2 * size},
        witness={"n": size, "K": levels, "f": "1/2", "numbers held": held},
        summary="With gradient and list of selected parameters a step holds 3 n + floor(f n) + K numbers",
        computed="3 n + floor(f n) + K = 19",
        stated="2 n + K = 13",
    )


@evidence("CPX-7", method=Method.SYMBOLIC, reading="memory")
@control("a cached probability matrix grows with n K", cached=True)
def memory_is_linear_in_the_size(cached: bool = False) -> Outcome:
    """Kept between steps 2 n + K + 9 (CPX-5), during a step at most n for the gradient, n for a candidate and f
    n for the selection: the sum is of the form (4 + f) n + constants, with a slope that depends on neither n
    nor K. The K weights of one parameter at a time suffice.
    """
    held = (4 + f) * n + (n * K if cached else K) + 9
    growth = [kept_numbers(state_after_a_step(size, 5))[0] for size in (4, 8, 16)]
    return proved_if(
        {
            "slope in n without K": K not in sp.diff(held, n).free_symbols,
            "linear": sp.diff(held, n, 2) == 0,
            "the reference's state doubles with n": growth == [8, 16, 32],
        },
        "Memory grows linearly with the number of parameters",
        computed="(4 + f) n + K + 9",
        stated="linear",
    )


@evidence("CPX-7", method=Method.SYMBOLIC, reading="time with one joint test")
@control("a test for each selected parameter is quadratic", passes="1 + f n")
def time_is_linear_with_one_joint_test(passes: str = "2") -> Outcome:
    """Two forward passes of c n operations, one back-propagation of b c n, (f + 1) n K exponentials: for fixed f,
    K, b and c twice the parameters take twice the time.
    """
    b = sp.symbols("b", positive=True)
    time = ({"2": sp.Integer(2), "1 + f n": 1 + f * n}[passes] + b) * c * n + (f + 1) * n * K
    return proved_if(
        {"time at 2 n is twice that at n": sp.simplify(time.subs(n, 2 * n) - 2 * time) == 0},
        "With one test for all proposals the time of a step is linear in the number of parameters",
        computed="((2 + b) c + (1 + f) K) n",
        stated="linear",
    )


@evidence("CPX-6", method=Method.SYMBOLIC)
@control("with a cache it needs as much as the annealing", ours="annealing with a cache")
def memory_compared_with_other_methods(ours: str = "DF-GDA") -> Outcome:
    """Numbers kept between steps, parameters included: SGD n, momentum and RMSProp 2 n (one average), Adam 3 n
    (two averages), DF-GDA 2 n + K, annealing that caches all level probabilities n + n K. So Adam keeps n - K
    more than DF-GDA, more than 0 for K < n, and the cache (n - 1) K - n more, positive for K >= 3 and n >= 2.
    DF-GDA is on a par with momentum up to K, and above plain SGD. The state of the reference has 2 n (CPX-5).
    """
    gain, extra = sp.symbols("gain extra", positive=True)
    kept = KEPT[ours]
    # K < n as n = K + gain; n >= 2 and K >= 3 as n = 2 + gain', K = 3 + extra with both at least 0
    adam = sp.simplify((KEPT["Adam"] - kept).subs(n, K + gain))
    cache = sp.expand((KEPT["annealing with a cache"] - kept).subs({n: 2 + gain, K: 3 + extra}))
    return proved_if(
        {
            "Adam keeps one vector more than momentum": KEPT["Adam"] - KEPT["momentum"] == n,
            "less than Adam for K < n": adam.is_positive,
            "less than the cache for n >= 2, K >= 3": all(
                term > 0 for term in sp.Poly(cache, gain, extra).coeffs()
            ),
            "momentum's and K numbers more": sp.simplify(kept - KEPT["momentum"] - K) == 0,
            "state of the reference": kept_numbers(state_after_a_step(4, 5))[0] == 8,
        },
        "Less than Adam and than a cache, K numbers more than momentum, about twice plain SGD",
        computed="2 n + K, against n (SGD), 2 n (momentum), 3 n (Adam), n + n K (cache)",
        stated="among the leanest",
    )


def preconditioner_sizes(spec: TensorSpec) -> tuple[int, int]:
    """Numbers in Shampoo's preconditioners of a tensor, one d x d matrix per axis, and sum of the d^3."""
    return sum(d**2 for d in spec.shape), sum(d**3 for d in spec.shape)


@evidence("INT-20", method=Method.EXACT)
@control("counting the diagonals only it needs no more than first-order methods", diagonal=True)
def shampoo_lies_between_first_and_second_order(diagonal: bool = False) -> Outcome:
    """Shampoo (Gupta, Koren, Singer, ICML 2018, Algorithm 2) keeps for each tensor one d x d matrix per axis of
    length d and applies their inverse roots, hence no product between tensors: block-diagonal. Medium is read
    as: more than Adam's two vectors, less than the n x n matrix of a full second-order method; in operations,
    more than the n of a first-order update and less than the n^3 of a full inverse, the roots costing of
    order d^3. Counted on the shapes of LeNet-5, a 3-layer CNN, an LSTM and ResNet-50.
    """
    text, between = [], []
    for name in NETWORKS:
        specs = network_tensors(name)
        size = sum(spec.size for spec in specs)
        pairs = [preconditioner_sizes(spec) for spec in specs]
        memory, work = sum(p[0] for p in pairs), sum(p[1] for p in pairs)
        if diagonal:
            memory = work = sum(sum(spec.shape) for spec in specs)
        between.append(2 * size < memory < size**2 and size < work < size**3)
        text.append(f"{name}: {memory / size:.2f} n numbers, {work / size:.0f} n operations")
    return proved_if(
        dict(zip(NETWORKS, between, strict=True)),
        "On real shapes Shampoo needs more than any first-order method and less than a full matrix",
        computed="; ".join(text),
        stated="medium cost and memory",
    )

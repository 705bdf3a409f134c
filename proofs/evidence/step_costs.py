"""What a step of Algorithm 1 costs, counted: forward passes, back-propagations, exponentials.

The counts are those of `reference.step_costs`; each check runs a step in which they are counted anew.  Three
lines of the listing cost more than the paper's O(f n K): line 17 evaluates the loss for every selected
parameter, line 26 takes the entropy of all parameters, and line 14 needs a back-propagation.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import sympy as sp
import z3

from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.passages import satisfiable
from proofs.registry import control, evidence
from reference.fraction import update_count
from reference.levels import uniform_levels
from reference.networks import network_tensors
from reference.settings import Settings
from reference.state import Draws, initial_state
from reference.step_costs import StepCosts, counted_step, step_costs
from reference.validation import FloatArray

n, K, k, c, a = sp.symbols("n K k c a", positive=True)
f = sp.symbols("f", positive=True)
F_MIN = Fraction(1, 100)  # L41
RESNET50 = sum(tensor.size for tensor in network_tensors("resnet50"))


def counted(size: int, level_count: int, selected: int, comparison: str = "single") -> StepCosts:
    """The operations of one step on the loss (theta_1 + ... + theta_n)^2/2, counted while it is carried out."""
    settings = Settings(
        levels=uniform_levels(1.0, level_count),
        initial_temperature=0.5,
        f_min=selected / size,
        f_max=selected / size,
        comparison=comparison,
    )
    draws = Draws(np.arange(size), np.zeros(size), np.full(size, 0.5))

    def loss(theta: FloatArray) -> float:
        return float(theta.sum() ** 2 / 2)

    def gradient(theta: FloatArray) -> FloatArray:
        return np.full(size, theta.sum())

    state = initial_state(np.linspace(-1.0, 1.0, size), settings)
    return counted_step(state, settings, loss, gradient, draws, selected)[2]


def counts_agree(comparison: str = "single") -> bool:
    """Whether the counted steps have the closed form, for all k of a small n."""
    return all(
        counted(size, 3, j, comparison) == step_costs(size, 3, j, comparison)
        for size in (1, 4)
        for j in range(size + 1)
    )


@evidence("CPX-R1", method=Method.EXACT)
@control("without the entropy of all parameters the exponentials are fewer", entropy=0)
def operations_of_one_step(entropy: int = 1) -> Outcome:
    """By the order of the listing. Outside the loop of line 13: one evaluation of the loss (line 8), one gradient
    (for line 14), n level laws of K exponentials (line 26). In it, once for each of the k selected parameters:
    one normal number (line 15), one level law (line 16), one evaluation (line 17), one uniform number (line
    19). Nothing else depends on n or K but sums and products as many as these. With a joint test lines 17 and
    19 run once if k >= 1. So the counts are affine in k with these steps; counted while steps are carried out
    for all k up to n = 5 and K = 2, 3, both ways of testing. (`entropy`: level laws per parameter in line 26.)
    """
    agree, affine = True, True
    for comparison in ("single", "joint"):
        for size, count in ((1, 2), (5, 2), (5, 3)):
            rows = [counted(size, count, j, comparison) for j in range(size + 1)]
            agree &= rows == [step_costs(size, count, j, comparison) for j in range(size + 1)]
            for j, row in enumerate(rows):
                tests = j if comparison == "single" else min(j, 1)
                affine &= (row.losses, row.gradients, row.normals) == (1 + tests, 1, j)
                affine &= row.exponentials == (j + entropy * size) * count and row.uniforms == tests
    return proved_if(
        {"counted operations are those of the closed form": agree, "and those of the statement": affine},
        "A step takes one back-propagation, 1 + k losses and (k + n) K exponentials",
        computed="1 + k losses, (k + n) K exponentials; 2 losses with a joint test",
    )


@evidence("CPX-13", method=Method.EXACT)
@control("a joint test takes one evaluation however many are selected", comparison="joint")
def one_forward_pass_per_selected_parameter(comparison: str = "single") -> Outcome:
    """Lines 17 to 19 stand inside the loop of line 13, and line 17 needs E, hence L, at a point that differs
    from all earlier ones in the proposed entry. The value at the current point is known: from line 8 at
    first, from the last accepted proposal later. So a step takes 1 + k evaluations of the loss. Counted in
    steps of the listing for every k up to n = 4, n = 1 included; at n = 61,706 (LeNet-5) and f = 1/100 the
    closed form gives 618.
    """
    tallies = [counted(4, 3, selected, comparison).losses for selected in range(5)]
    lenet = sum(tensor.size for tensor in network_tensors("lenet5"))
    return proved_if(
        {
            "1 + k evaluations for k = 0, ..., 4": tallies == [1, 2, 3, 4, 5],
            "counts are those of the closed form": counts_agree(comparison),
            "LeNet-5 at f_min": step_costs(lenet, 257, update_count(0.01, lenet)).losses == 618,
        },
        "The listing makes one forward pass per selected parameter: floor(f n) + 1 in each step",
        computed="floor(f n) + 1 evaluations of the loss",
        stated="not counted in O(f n K)",
    )


@evidence("CPX-14", method=Method.EXACT)
@control("the quantizer's exponentials depend on the fraction", purpose="quantizer")
def the_entropy_takes_all_parameters_in_every_step(purpose: str = "entropy") -> Outcome:
    """Line 26 sums over all parameters (L120), outside the loop of line 13. Each level law needs its K
    exponentials, so a step takes n K of them whatever f is: counted in steps with k = 0, ..., n for n = 4,
    K = 3. The quantizer takes k K, so the entropy is 1/f times as dear as the operation whose cost the paper
    counts: twice at f = 1/2, a hundred times at f = 1/100. (A law that has not moved at an unchanged T could
    be kept; T changes in every step of this schedule.)
    """
    tallies = {getattr(counted(4, 3, j), f"{purpose}_exponentials") for j in range(5)}
    ratio = sp.simplify((n * K) / (f * n * K))
    return proved_if(
        {
            "12 = n K exponentials for every k": tallies == {12},
            "counts are those of the closed form": counts_agree(),
            "entropy over quantizer is 1/f": ratio == 1 / f,
        },
        "The entropy costs n K exponentials per step, whatever the fraction",
        computed="n K per step; 2 to 100 times the quantizer's",
        stated="n parameters in each iteration",
    )


@evidence("CPX-2", "CPX-10", method=Method.SYMBOLIC)
@control("with one joint test the number of passes does not grow with n", comparison="joint")
def a_step_is_no_constant_number_of_passes(comparison: str = "single") -> Outcome:
    """Let a forward pass cost P(n) >= n, as it does when the loss depends on every parameter and is evaluated
    from them; a back-propagation costs at most b P(n). Line 17 makes the step cost at least (1 + k) P(n), k =
    floor(f n) > f n - 1. Divided by the stated b P + f n K <= (b + f K) P this exceeds f n/(b + f K), which
    has no bound in n at any f > 0 and K. The lower bound is attained up to the other terms on the loss
    (theta_1 + ... + theta_n)^2/2, with which the steps below are counted. Against a first-order step, one
    forward and one back-propagation, the factor exceeds f n/(1 + b). (`comparison`: test all proposals
    together.)
    """
    b = sp.symbols("b", positive=True)
    passes = f * n if comparison == "single" else sp.Integer(2)
    tallies = [step_costs(10**e, 512, 10 ** (e - 2), comparison).losses for e in range(2, 8)]
    stated, first_order = (b + f * K), (1 + b)
    forward, size, share, levels, selected = z3.Reals("P n f K k")
    counts = [counted(size, 3, size // 2, comparison).losses for size in (2, 4, 8)]
    return refuted_if(
        hypotheses={
            "P(n) >= n makes b P + f n K at most (b + f K) P": satisfiable(
                forward >= size, share > 0, levels >= 1, share * size * levels > share * levels * forward
            )
            is None,
            "k > f n - 1 makes (1 + k) P more than f n P": satisfiable(
                forward >= size,
                size >= 1,
                selected > share * size - 1,
                (1 + selected) * forward <= share * size * forward,
            )
            is None,
        },
        violated={
            "cost over b P + f n K is unbounded": sp.limit(passes / stated, n, sp.oo) == sp.oo,
            "cost over that of a first-order step is unbounded": sp.limit(passes / first_order, n, sp.oo)
            == sp.oo,
        },
        reference={
            "counted evaluations for n = 2, 4, 8 at f = 1/2": counts == [2, 3, 5],
            "f = 1/100, n = 10^2, ..., 10^7: 1 + n/100": tallies == [1 + 10 ** (e - 2) for e in range(2, 8)],
        },
        witness={"loss": "(theta_1 + ... + theta_n)^2/2", "f": "any constant > 0", "K": "any constant"},
        summary="The test of each parameter makes a step floor(f n) + 1 forward passes, of order f n^2",
        computed=f"{step_costs(RESNET50, 512, update_count(0.01, RESNET50)).losses:,} forward passes for "
        "ResNet-50 at f = 0.01",
        stated="one back-propagation and O(f n K)",
    )


@evidence("CPX-7", method=Method.SYMBOLIC)
@control("with one joint test the time is linear", comparison="joint")
def time_grows_with_the_square_of_the_size(comparison: str = "single") -> Outcome:
    """With a loss whose evaluation takes c n operations a step takes at least c n (1 + floor(f n)), more than
    c f n^2. Doubling n multiplies that by 4 in the limit, linear time would double. (`comparison`: all
    proposals tested together.)
    """
    evaluations = f * n if comparison == "single" else sp.Integer(2)
    time = c * n * evaluations
    doubled = sp.simplify(time.subs(n, 2 * n) / time)
    counts = [counted(size, 3, size, comparison).losses * size for size in (4, 8, 16)]
    return refuted_if(
        hypotheses={"an evaluation reads each parameter": c.is_positive},
        violated={
            "time over n is unbounded": sp.limit(time / n, n, sp.oo) == sp.oo,
            "twice the size takes four times as long": doubled == 4,
        },
        reference={"parameters read for n = 4, 8, 16 at f = 1": counts == [20, 72, 272]},
        witness={"f": "any constant > 0", "cost of a forward pass": "c n"},
        summary="By the listing the time of a step grows with n^2: n operations for each of f n tests",
        computed="order f n^2",
        stated="linear",
    )


@evidence("CPX-2", "CPX-7", "CPX-10", method=Method.SYMBOLIC, reading="arithmetic of the selected parameters")
@control("with the entropy of all parameters the cost does not fall with f", with_entropy=True)
def the_selected_parameters_cost_what_is_said(with_entropy: bool = False) -> Outcome:
    """Lines 14 to 16: k = floor(f n) <= f n parameters, each with K exponentials, K products and additions
    and O(1) more. That is at most a f n K for some constant a, at most (a f K) n, linear in n, for any
    constant f and K. Entropy, loss evaluations and the back-propagation are not in it.
    """
    cost = a * f * n * K + (n * K if with_entropy else 0)
    ratio = sp.simplify(cost / (f * n * K))
    counts = [counted(size, 5, j).quantizer_exponentials == j * 5 for size in (2, 6) for j in range(size + 1)]
    return proved_if(
        {
            "over f n K it is a constant": ratio == a,
            "linear in n": sp.simplify(cost.subs(n, 2 * n) / cost) == 2,
            "counted: k K exponentials": all(counts),
        },
        "Mean field, proposal and quantizer of the selected parameters take O(f n K), linear in n",
        computed="k K exponentials",
        stated="O(f n K)",
    )


@evidence("CPX-2", "CPX-10", method=Method.SYMBOLIC, reading="one joint test, entropy included")
@control("without the entropy the overhead is O(f n K)", with_entropy=False)
def the_entropy_alone_exceeds_the_overhead(with_entropy: bool = True) -> Outcome:
    """If all proposals are tested together, two forward passes suffice; the entropy remains. The overhead is
    (k + n) K exponentials, and over f n K that is 1 + 1/f, which is 101 at f = 1/100 and has no bound as f
    falls. (As long as f >= f_min > 0 and K are held constant it is still linear in n.)
    """
    overhead = f * n * K + (n * K if with_entropy else 0)
    ratio = sp.simplify(overhead / (f * n * K))
    tally = counted(100, 3, 1, "joint")
    return refuted_if(
        hypotheses={"0 < f <= 1": 0 < F_MIN <= 1},
        violated={
            "over f n K it has no bound as f falls": sp.limit(ratio, f, 0, "+") == sp.oo,
            "it is 101 times f n K at f = 1/100": ratio.subs(f, sp.Rational(1, 100)) == 101,
        },
        reference={
            "counted for n = 100, k = 1": tally == step_costs(100, 3, 1, "joint"),
            "303 = 101 * 3 exponentials, 2 losses": (tally.exponentials, tally.losses) == (303, 2),
        },
        witness={"n": 100, "f": F_MIN, "k": 1, "K": "any"},
        summary="The entropy of all parameters makes the overhead O(n K) for every fraction",
        computed="(1 + 1/f) f n K",
        stated="O(f n K)",
    )

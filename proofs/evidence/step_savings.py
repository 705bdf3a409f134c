"""What updating a fraction saves: against the same step with f = 1, against SGD, against other methods."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs.evidence.step_costs import RESNET50, K, counted, counts_agree, f, k, n
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.fraction import update_count
from reference.step_costs import step_costs

F_MIN, F_MAX = Fraction(1, 100), Fraction(1, 2)  # L41


@evidence("ABS-2", method=Method.EXACT)
@control("a fraction that selects everything saves nothing", fraction=Fraction(1))
def a_fraction_makes_the_same_step_cheaper(fraction: Fraction = F_MAX) -> Outcome:
    """Against the same step with f = 1: forward passes fall from n + 1 to floor(f n) + 1 and exponentials from
    2 n K to (floor(f n) + n) K; the back-propagation stays. Both counts increase with floor(f n) by 1 and by
    K, so any f with floor(f n) < n is cheaper. Counted for n = 8. What it costs to reach a target is T8-C2.
    """
    part, full = counted(8, 3, int(fraction * 8)), counted(8, 3, 8)
    step = [sp.simplify(e.subs(k, k + 1) - e) for e in (k + 1, (k + n) * K)]
    return proved_if(
        {
            "both counts increase with k": step == [1, K],
            "fewer forward passes": part.losses < full.losses,
            "fewer exponentials": part.exponentials < full.exponentials,
            "the same back-propagation": part.gradients == full.gradients == 1,
        },
        "A step with f < 1 is cheaper than the same step with f = 1",
        computed=f"n = 8, f = {fraction}: {part.losses} passes and {part.exponentials} exponentials, against "
        f"{full.losses} and {full.exponentials}",
        stated="lower cost",
    )


@evidence("ABS-2", method=Method.EXACT, reading="against stochastic gradient descent")
@control("a step that tests nothing and takes no entropy costs the same", tests=0, levels=0)
def a_step_contains_that_of_gradient_descent(tests: int = 1, levels: int = 1) -> Outcome:
    """A step of SGD is one forward pass and one back-propagation on the batch. A step of Algorithm 1 has both
    (lines 8 and 14), at least one more forward pass as soon as a parameter is selected (line 17, also if all
    are tested together), and n K exponentials: more of everything, at every fraction.
    """
    rows = [
        step_costs(n_, 3, j, how) for n_ in (1, 8) for j in range(1, n_ + 1) for how in ("single", "joint")
    ]
    extra = [(row.losses - 1) * tests for row in rows], [row.exponentials * levels for row in rows]
    return refuted_if(
        hypotheses={"at least one parameter selected": all(row.normals >= 1 for row in rows)},
        violated={
            "more forward passes": min(extra[0]) >= 1,
            "exponentials that SGD has none of": min(extra[1]) >= 1,
            "no fewer back-propagations": all(row.gradients >= 1 for row in rows),
        },
        reference={"counted": counts_agree() and counts_agree("joint")},
        witness={"n": 1, "k": 1, "K": 3, "cost": step_costs(1, 3, 1)},
        summary="Every step does all that a step of SGD does, and at least one forward pass more",
        computed="at least 2 forward passes and n K exponentials",
        stated="lower cost",
    )


@evidence("CPX-15", method=Method.SYMBOLIC)
@control("with all proposals tested together half of the exponentials remain", comparison="joint")
def a_small_fraction_saves_most_forward_passes(comparison: str = "single") -> Outcome:
    """In the listing the tests dominate: 1 + floor(f n) forward passes and (floor(f n) + n) K exponentials. As n
    grows with a forward pass of c n operations, the cost at f over that at f = 1 tends to f: a hundredth at
    f_min. With f = 1 as the measure the fraction lowers the cost of a step in proportion. (It lowers a cost
    that SGD does not have.)
    """
    c = sp.symbols("c", positive=True)
    passes = 1 + f * n if comparison == "single" else sp.Integer(2)
    cost = passes * c * n + (f + 1) * n * K
    share = sp.limit(cost / cost.subs(f, 1), n, sp.oo)
    tallies = [step_costs(10_000, 3, j, comparison).losses for j in (100, 10_000)]
    return proved_if(
        {
            "cost at f over cost at f = 1 tends to f": sp.simplify(share - f) == 0,
            "below a half at f_min": share.subs(f, sp.Rational(1, 100)) < sp.Rational(1, 2),
            "n = 10,000: 101 against 10,001 forward passes": tallies == [101, 10_001],
            "counted": counts_agree(comparison),
        },
        "With a test for each selected parameter the cost of a step is proportional to f",
        computed="1/100 of the cost at f = 1",
        stated="material saving",
    )


@evidence("CPX-15", method=Method.SYMBOLIC, reading="all proposals tested together")
@control("without the entropy the exponentials fall with f", with_entropy=False)
def half_of_the_exponentials_remain(with_entropy: bool = True) -> Outcome:
    """With one test for all proposals neither kind of operation falls below half of what it is at f = 1, our
    measure of a material saving. Exponentials: (k + n) K against 2 n K, more than a half. Forward passes: two
    against two. Back-propagation, D layers of one unit each for activations, gradients with respect to
    activations and gradients with respect to weights: a uniform selection reaches the first layer as n
    grows, so the first two stay; without the third 2D of 3D units remain. A block in one layer d <= D needs D
    forward units, D - d backward ones and at most one more, averaged over d at least (3D - 1)/2, of 3D - 1
    units in all (the first layer needs none to its input).
    """
    layers, d = sp.symbols("D d", positive=True, integer=True)
    remaining = sp.simplify(
        (f * n * K + (n * K if with_entropy else 0)) / (2 * n * K if with_entropy else n * K)
    )
    block = sp.summation(layers + (layers - d), (d, 1, layers)) / layers
    tally, full = counted(100, 3, 1, "joint"), counted(100, 3, 100, "joint")
    return refuted_if(
        hypotheses={"f > 0": f.is_positive},
        violated={
            "more than half of the exponentials at every f": sp.simplify(
                remaining - sp.Rational(1, 2)
            ).is_positive,
            "back-propagation of a mean block: half": sp.simplify(block - (3 * layers - 1) / 2) == 0,
            "as many forward passes": tally.losses == full.losses == 2,
        },
        reference={
            "counted, n = 100, k = 1: 303 of 600": (tally.exponentials, full.exponentials) == (303, 600)
        },
        witness={"n": 100, "k": 1, "f": F_MIN, "exponentials": "303 K/3 against 600 K/3"},
        summary="Tested together, no part of a step falls below half of its cost at f = 1",
        computed="exponentials (1 + f)/2, back-propagation at least 1/2, forward passes 1",
        stated="less than half",
    )


@evidence("INT-15", method=Method.EXACT)
@control("with one joint test two evaluations are enough", comparison="joint")
def a_step_evaluates_as_often_as_a_large_population(comparison: str = "single") -> Outcome:
    """A population of p candidates costs p evaluations of the loss per generation. Algorithm 1 evaluates it
    floor(f n) + 1 times per step. For every p there is a model for which that is more: n = 100 p, f = f_min =
    1/100 gives p + 1. Ten thousand candidates, n = 10^6: 10,001 evaluations, and a back-propagation.
    """
    population = 10_000
    size = 100 * population
    tally = step_costs(size, 512, update_count(0.01, size), comparison)
    expected = 1 + n / 100 if comparison == "single" else sp.Integer(2)
    return refuted_if(
        hypotheses={"f_min is the smallest fraction": F_MIN <= F_MAX},
        violated={
            "more evaluations than the population": tally.losses > population,
            "more than p for n = 100 p, every p": sp.simplify(expected.subs(n, 100 * k) - k) == 1,
        },
        reference={"counted in a step": counted(200, 3, 2, comparison) == step_costs(200, 3, 2, comparison)},
        witness={"p": population, "n": size, "f": F_MIN, "evaluations": tally.losses},
        summary="The test of each selected parameter evaluates the loss as often as a population of f n does",
        computed=f"{tally.losses:,} evaluations at n = 10^6; "
        f"{step_costs(RESNET50, 512, update_count(0.01, RESNET50)).losses:,} for ResNet-50",
        stated="fewer than a population",
    )


@evidence("INT-15", method=Method.EXACT, reading="all proposals tested together")
@control("tested one by one they are as many as the selected parameters", comparison="single")
def a_joint_test_evaluates_twice(comparison: str = "joint") -> Outcome:
    """With one test for all proposals a step evaluates the loss twice, whatever n and k >= 1: no more than a
    population of two.
    """
    tallies = {counted(8, 3, j, comparison).losses for j in range(1, 9)}
    return proved_if(
        {"two evaluations for every k >= 1": tallies == {2}},
        "A joint test takes two evaluations per step",
        computed=2,
        stated="fewer than a population",
    )

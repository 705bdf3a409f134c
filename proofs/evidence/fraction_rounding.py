"""Theorem 3 for masks: what the scaled gradient hides, and how rounding f n down stops the run.

A mask leaves the step of a selected parameter as it is, so it neither converges where the scaled gradient
does nor makes steps small; and where f_min n < 1 every converging run is frozen before it arrives.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import sympy as sp

from proofs.ball_arithmetic import ball
from proofs.bounds.fraction import fraction_range, freezing_ratio
from proofs.outcome import Method, Outcome, proved_if, refuted_if
from proofs.registry import control, evidence
from reference.fraction import starting_fraction, update_count, update_fraction
from reference.masks import mask_of
from reference.trajectories import dense_trajectory, masked_trajectory
from reference.updates import dense_step, masked_step

EPS = float(np.finfo(float).eps)


@evidence("T3-R4", method=Method.SYMBOLIC)
@control("with f_min n >= 1 at least one parameter always moves", size=100)
def rounding_freezes_every_converging_run(size: int = 99) -> Outcome:
    """floor(f n) = 0 exactly for f n < 1, that is for a ratio below r, where f(r) n = 1. In such an
    iteration no parameter moves, the full-batch loss does not change, the next ratio is 0, f = f_min and
    f_min n < 1: nothing moves again. A run whose loss converges has changes that tend to 0 while the
    largest change stays, so the ratio falls below r in finite time. With (0.01, 0.5) f_min n < 1 means n <=
    99; and since every fraction is below 1/3, floor(3 f) = 0: up to three parameters never move.
    """
    low, width, n = sp.symbols("f_min width n", positive=True)
    r = -sp.log(1 - (1 / n - low) / width)
    at_r = sp.simplify((low + width * (1 - sp.exp(-r))) * n)
    top = ball("1/100") + ball("49/100") * (1 - ball(-1).exp())
    ratio = freezing_ratio(0.01, 0.5, size)
    counts = [
        update_count(update_fraction(x, 1.0, 0.01, 0.5), size) for x in (ratio * 0.999, ratio * 1.001, 0.0)
    ]
    return proved_if(
        {
            "f(r) n = 1": at_r == 1,
            "f(0) n < 1": Fraction(1, 100) * size < 1,
            "three times the largest fraction is below 1": 3 * top < 1,
            "four times it is not": 4 * top > 1,
            "reference: no parameter just below r, one just above": counts[:2] == [0, 1],
            "reference: none after a loss that repeats": counts[2] == 0,
            "reference: start with n = 3": update_count(starting_fraction(0.01, 0.5), 3) == 0,
        },
        "Where f_min n < 1, a ratio below r stops the masked update for ever",
        computed=f"r = {freezing_ratio(0.01, 0.5, 99):.1e} for n = 99, {freezing_ratio(0.01, 0.5, 9):.2f} for 9",
        stated="converges to a local optimum",
    )


@evidence("T3-S3", method=Method.EXACT, version="masked")
@control("with a minimum of 1/4 one parameter always moves", f_min=Fraction(1, 4))
def four_parameters_freeze_away_from_the_minimum(f_min: Fraction = Fraction(1, 100)) -> Outcome:
    """L = |theta|^2/2 with four parameters, the paper's pair, eta = 1/2, start (1, 1, 1, 1), no noise. The
    first fraction selects floor(4 * 0.3197) = 1 parameter. A first visit halves it and lowers the loss by
    3/8; while these repeat the ratio is 1. A second visit of any parameter lowers the loss by 3/32, a ratio
    of 1/4: f = 0.1184, floor(4 f) = 0, and nothing moves again. So for every choice of masks the run stops
    within five moves with all parameters at least 1/4 (all 4^5 choices are run), on a convex quadratic with
    a small step.
    """
    second = ball(f_min) + ball(Fraction(1, 2) - f_min) * (1 - ball("-1/4").exp())

    @cache
    def count_at(ratio: Fraction) -> int:
        return update_count(update_fraction(float(ratio), 1.0, float(f_min), 0.5), 4)

    rate = Fraction(1, 2)
    ends = []
    for choices in product(range(4), repeat=5):
        theta, largest, moves = [Fraction(1)] * 4, Fraction(0), 0
        count = update_count(starting_fraction(float(f_min), 0.5), 4)
        while count == 1 and moves < 5:
            i = choices[moves]
            following = theta[i] - rate * theta[i]
            change = theta[i] ** 2 / 2 - following**2 / 2
            theta[i] = following
            moves += 1
            largest = max(largest, change)
            count = count_at(change / largest)
        ends.append((count, min(theta)))
    points = masked_trajectory([1.0] * 4, lambda p: p, 0.5, [mask_of([i], 4) for i in (0, 1, 2, 3, 0)])
    losses = (points**2).sum(axis=1) / 2
    return refuted_if(
        hypotheses={
            "eta Lc < 2": rate < 2,
            "first fraction selects one": fraction_range(float(f_min), 0.5)[1] * 4 >= 1,
        },
        violated={
            "after a second visit 4 f < 1": 4 * second < 1,
            "every choice of masks ends with count 0": all(count == 0 for count, _ in ends),
            "at a point with gradient at least 1/4": min(least for _, least in ends) >= Fraction(1, 4),
        },
        witness={
            "L": "|theta|^2/2",
            "n": 4,
            "f_min, f_max": f"{f_min}, 1/2",
            "eta": "1/2",
            "theta_0": "(1, 1, 1, 1)",
        },
        reference={
            "losses 2, 13/8, 5/4, 7/8, 1/2, 13/32": losses.tolist() == [2, 1.625, 1.25, 0.875, 0.5, 0.40625]
        },
        summary="Rounding down freezes the masked run on a convex quadratic off its minimum, for all masks",
        computed="gradient entries at least 1/4 for ever",
        stated="a local optimum",
    )


@evidence("T3-P5", method=Method.EXACT, reading="long-run behaviour")
@control("for eta Lc < 2 both converge", rate=Fraction(1))
def masked_run_diverges_where_the_scaled_one_converges(rate: Fraction = Fraction(3)) -> Outcome:
    """L = (theta_1^2 + theta_2^2)/2, eta = 3, one of two parameters selected, f = 1/2. The scaled step
    multiplies both by 1 - 3/2 = -1/2 and converges. A masked step multiplies the selected one by -2, so
    |theta_1 theta_2| doubles in every step and |theta|^2 >= 2 |theta_1 theta_2| grows without bound, for
    every choice of masks, from every start off the axes.
    """
    scaled, selected = 1 - rate / 2, 1 - rate
    x, y = sp.symbols("x y", real=True)
    masks = [mask_of([i % 2], 2) for i in (0, 0, 1, 0, 1, 1)]
    dense = dense_trajectory([1.0, 1.0], lambda p: p, float(rate), [0.5] * 6)
    masked = masked_trajectory([1.0, 1.0], lambda p: p, float(rate), masks)
    return refuted_if(
        hypotheses={
            "f n is an integer": Fraction(1, 2) * 2 == 1,
            "the scaled run contracts": abs(scaled) < 1,
        },
        violated={
            "a masked step multiplies |theta_1 theta_2| by 2": abs(selected) == 2,
            "|theta|^2 - 2 |theta_1 theta_2| is a square": sp.expand(
                (sp.Abs(x) - sp.Abs(y)) ** 2 - (x**2 + y**2 - 2 * sp.Abs(x) * sp.Abs(y))
            )
            == 0,
        },
        witness={"L": "|theta|^2/2", "n": 2, "k": 1, "eta": rate, "theta_0": "(1, 1)"},
        reference={
            "scaled: (1/64, 1/64) after six steps": dense[-1].tolist() == [2.0**-6] * 2,
            "masked: |theta_1 theta_2| = 2^6": abs(float(np.prod(masked[-1]))) == 64.0,
        },
        summary="Masked and scaled updates differ in stability: eta f Lc < 2 against eta Lc < 2",
        computed="diverges for eta Lc > 2",
        stated="behaves as eta f",
    )


@evidence("T3-P5", method=Method.EXACT, reading="mean of one step")
@control("with f n rounded down the mean is another", fraction=Fraction(1, 3))
def mean_masked_step_is_the_scaled_step(fraction: Fraction = Fraction(1, 2)) -> Outcome:
    """By BLK-R2 the mean of M g over subsets of k is (k/n) g, which is f g when f n = k is an integer."""
    n = 4
    k = int(fraction * n)
    share = sp.binomial(n - 1, k - 1) / sp.binomial(n, k)
    steps = [
        masked_step([0.0] * 4, [4.0, 3.0, 2.0, 1.0], 1.0, mask_of([i, j], 4))
        for i in range(4)
        for j in range(i)
    ]
    return proved_if(
        {
            "C(n-1, k-1)/C(n, k) = f": share == sp.Rational(fraction.numerator, fraction.denominator),
            "reference": bool(
                np.array_equal(np.mean(steps, axis=0), dense_step([0.0] * 4, [4.0, 3.0, 2.0, 1.0], 1.0, 0.5))
            ),
        },
        "The mean of one masked step is the step with the gradient scaled by k/n",
    )


@evidence("T3-P5", method=Method.EXACT, reading="second moment of one step")
@control("with all parameters selected both agree", selected=2)
def masked_second_moment_is_larger(selected: int = 1) -> Outcome:
    """Two parameters, g = (1, 1), one selected: |M g|^2 = 1 for both masks, while |g/2|^2 = 1/2."""
    share = Fraction(selected, 2)
    masked, scaled = share * 2, share**2 * 2
    step = masked_step([0.0, 0.0], [1.0, 1.0], 1.0, mask_of(range(selected), 2))
    return refuted_if(
        hypotheses={"f n is an integer": (share * 2).denominator == 1},
        violated={"the second moments differ": masked != scaled},
        witness={"n": 2, "k": selected, "g": "(1, 1)", "E|M g|^2": masked, "|f g|^2": scaled},
        reference={"|M g|^2": float(step @ step) == float(masked)},
        summary="The second moment is f |g|^2 for the mask and f^2 |g|^2 for the scaled gradient",
        computed="f |g|^2",
        stated="f^2 |g|^2",
    )


@evidence("T3-C1", method=Method.EXACT, version="dense")
@control("a gradient with one entry moves one parameter", gradient=(1, 0))
def dense_step_touches_every_parameter(gradient: tuple[int, int] = (1, 1)) -> Outcome:
    """The dense recursion at f = f_min = 1/100 moves every parameter whose partial derivative is not zero:
    its steps are small, but their number is n, not f_min n.
    """
    moved = [Fraction(1, 100) * g != 0 for g in gradient]
    step = dense_step([0.0, 0.0], [float(g) for g in gradient], 1.0, 0.01)
    return refuted_if(
        hypotheses={"floor(f_min n) parameters would be none": Fraction(1, 100) * 2 < 1},
        violated={"all parameters move": all(moved)},
        witness={"n": 2, "g": gradient, "f": "1/100"},
        reference={"dense_step": bool(np.all(step != 0))},
        summary="The dense recursion of the theorem touches all n parameters in every step, whatever f is",
        computed="2 of 2",
        stated="few",
    )


@evidence("T3-C1", method=Method.EXACT, version="masked")
@control("the dense step does shrink with f", dense=True)
def masked_step_of_a_selected_parameter_ignores_the_fraction(dense: bool = False) -> Outcome:
    """A selected parameter moves by eta g_i, whatever share of the others is selected with it: 100 parameters
    with gradient 1 and eta = 1/2 move by 1/2 each at f = 1/2 (50 of them) and at f = 1/100 (one of them). The
    steps become small only if the gradient does.
    """
    theta, gradient = np.zeros(100), np.ones(100)
    counts = [update_count(f, 100) for f in (0.5, 0.01)]
    steps = [
        dense_step(theta, gradient, 0.5, f)[0]
        if dense
        else masked_step(theta, gradient, 0.5, mask_of(range(k), 100))[0]
        for f, k in zip((0.5, 0.01), counts, strict=True)
    ]
    return refuted_if(
        hypotheses={"f falls from f_max to f_min": counts == [50, 1]},
        violated={"the step of a selected parameter stays": steps[0] == steps[1] != 0},
        witness={"n": 100, "g": "(1, ..., 1)", "eta": "1/2", "f": "1/2, 1/100"},
        reference={"masked_step moves by eta g": steps == [-0.5, -0.5]},
        summary="A falling fraction leaves the step of each selected parameter as it is",
        computed="eta |g_i|",
        stated="infinitesimal",
    )

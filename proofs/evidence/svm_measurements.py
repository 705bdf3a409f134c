"""The SVM's empirical claims on small data made here: accuracy against the grid, the width, the speed.

Points in the plane with Gaussian coordinates; the class says on which side of a noisy sine curve a point lies.
The method as printed runs with the choices that favoured it in trials on other seeds: a geometric schedule
that does reach T_min (the entropy schedule hardly cools), no averaging of the slopes, no barrier, a step of one
over the largest row sum, levels of gamma from 0 to twice the grid's largest width whatever gamma_0 is, and the
bias that minimises the slacks.
Baseline: pair moves (sequential minimal optimization) to the tolerance 0.001 for every point of a grid, the
best one on a validation set. All sizes are our choice, so that a run takes seconds.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from proofs.outcome import Method, Outcome, measured
from proofs.registry import control, evidence
from reference.distances import squared_distances
from reference.pair_moves import pair_descent
from reference.radial_basis import radial_basis_kernel
from reference.random_streams import RandomStream
from reference.support_vector_annealing import anneal_support_vectors
from reference.support_vector_machine import best_bias, primal_objective
from reference.support_vector_settings import AnnealingSettings
from reference.validation import FloatArray

SEEDS, TRAIN, HELD_OUT, TEST, STEPS = tuple(range(100, 106)), 40, 40, 1000, 200
WIDTHS = (1 / 16, 1 / 4, 1.0, 4.0)
PENALTIES = (1.0, 10.0, 100.0)
STUDENT_95 = 2.571  # two-sided 95 % quantile of Student's law with len(SEEDS) - 1 = 5 degrees of freedom

Sample = tuple[FloatArray, FloatArray]


def _interval(values: list[float]) -> tuple[float, float]:
    half = STUDENT_95 * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return float(np.mean(values)) - half, float(np.mean(values)) + half


def _sample(seed: int, purpose: int, count: int) -> Sample:
    draws = RandomStream(seed, 10 + purpose)
    points = draws.normals(0, np.arange(2 * count)).reshape(count, 2)
    offsets = 0.5 * draws.normals(1, np.arange(count))
    return points, np.where(np.sin(2.0 * points[:, 0]) + offsets > points[:, 1], 1.0, -1.0)


def _accuracy(train: Sample, test: Sample, gamma: float, alpha: FloatArray, bias: float) -> float:
    kernel = radial_basis_kernel(squared_distances(test[0], train[0]), gamma)
    return float(np.mean(np.sign(kernel @ (alpha * train[1]) + bias) == test[1]))


@cache
def _grid(seed: int) -> tuple[float, float, int]:
    """Test accuracy and width of the grid's choice, and the pair moves of the whole grid."""
    train, held_out, test = (_sample(seed, k, n) for k, n in enumerate((TRAIN, HELD_OUT, TEST)))
    distances, moves, best = squared_distances(train[0]), 0, (-1.0, 0.0, 0.0)
    for gamma in WIDTHS:
        kernel = radial_basis_kernel(distances, gamma)
        for penalty in PENALTIES:
            found = pair_descent(kernel, train[1], penalty, RandomStream(seed, 0))
            moves += found.moves
            score = _accuracy(train, held_out, gamma, found.alpha, found.bias)
            if score > best[0]:
                best = (score, _accuracy(train, test, gamma, found.alpha, found.bias), gamma)
    return best[1], best[2], moves


def _settings(gamma_0: float, tune_gamma: bool) -> AnnealingSettings:
    return AnnealingSettings(
        gamma_0=gamma_0,
        gamma_range=2 * WIDTHS[-1] / gamma_0,  # the levels must not decide the outcome
        tune_gamma=tune_gamma,
        schedule="geometric",
        barrier=False,
        smoothing=0.0,
        steps=STEPS,
    )


@cache
def _printed(seed: int, gamma_0: float) -> tuple[float, float]:
    """Test accuracy and width of the method as printed, started at gamma_0."""
    train, test = _sample(seed, 0, TRAIN), _sample(seed, 2, TEST)
    distances = squared_distances(train[0])
    streams = RandomStream(seed, 1), RandomStream(seed, 2)
    end = anneal_support_vectors(distances, train[1], _settings(gamma_0, True), *streams)
    scores = radial_basis_kernel(distances, end.gamma) @ (end.alpha * train[1])
    return _accuracy(train, test, end.gamma, end.alpha, best_bias(scores, train[1])), end.gamma


@evidence("SVX-4", method=Method.MEASUREMENT, reading="accuracy, synthetic data")
@control("against a constant answer the difference is seen", baseline="constant")
def accuracy_against_the_grid(baseline: str = "grid") -> Outcome:
    """40 training points, 40 for validation, 1000 for the test, 6 paired seeds. The grid has 4 widths and 3
    values of C; the method as printed has C = 10, gamma_0 = 1/2 and 200 updates. Criterion, fixed beforehand:
    reproduced if the 95 % interval of the mean difference of test accuracies lies above 0. Time is not
    measured here. (`baseline`: the grid, or the answer + for every point.)
    """
    printed = [_printed(seed, 0.5)[0] for seed in SEEDS]
    grid = [_grid(seed)[0] for seed in SEEDS]
    constant = [float(np.mean(_sample(seed, 2, TEST)[1] == 1.0)) for seed in SEEDS]
    other = grid if baseline == "grid" else constant
    low, high = _interval([100 * (a - b) for a, b in zip(printed, other, strict=True)])
    return measured(
        low > 0,
        {"the grid learns (mean accuracy above 0.7)": np.mean(grid) > 0.7},
        f"Mean test accuracy {100 * np.mean(printed):.1f} % as printed, {100 * np.mean(grid):.1f} % for the grid",
        computed=f"difference in percentage points: [{low:+.1f}, {high:+.1f}]",
        stated="above 0, in a third of the time",
    )


@evidence("SVX-5", method=Method.MEASUREMENT)
@control("a width taken from the grid is in its range", tuned="grid")
def width_against_the_grid(tuned: str = "annealed") -> Outcome:
    """The same data and runs, from gamma_0 = 1/16 and gamma_0 = 4, the ends of the grid. Criterion, fixed
    beforehand: reproduced if for both starts the 95 % interval over 6 seeds of the mean distance between the
    final gamma and the grid's choice lies below one step of the grid, a factor of 4. The levels of gamma are the
    same for both starts and reach from 0 to 8.
    """
    intervals = {}
    for start in (WIDTHS[0], WIDTHS[-1]):
        distances = []
        for seed in SEEDS:
            choice = _grid(seed)[1]
            gamma = choice if tuned == "grid" else _printed(seed, start)[1]
            distances.append(abs(math.log(gamma / choice, 4)))
        intervals[start] = _interval(distances)
    shown = "; ".join(f"from {start:g}: [{low:.2f}, {high:.2f}]" for start, (low, high) in intervals.items())
    chosen = sorted({_grid(seed)[1] for seed in SEEDS})
    return measured(
        all(high < 1 for _, high in intervals.values()),
        {"the grid learns (mean accuracy above 0.7)": np.mean([_grid(s)[0] for s in SEEDS]) > 0.7},
        f"The final width beside the grid's choice, which was one of {', '.join(f'{g:g}' for g in chosen)}",
        computed=f"mean distance in steps of the grid: {shown}",
        stated="the same range",
    )


@cache
def _excess(seed: int, moves: int | None) -> float:
    """Objective of (16) over its optimum, after so many pair moves or, for None, by the method as printed."""
    points, labels = _sample(seed, 0, TRAIN)
    distances = squared_distances(points)
    kernel = radial_basis_kernel(distances, 1.0)
    optimum = -pair_descent(kernel, labels, 10.0, RandomStream(seed, 0), tolerance=1e-6).energy
    if moves is None:
        streams = RandomStream(seed, 1), RandomStream(seed, 2)
        alpha = anneal_support_vectors(distances, labels, _settings(1.0, False), *streams).alpha
    else:
        alpha = pair_descent(kernel, labels, 10.0, RandomStream(seed, 0), most_moves=moves).alpha
    bias = best_bias(kernel @ (alpha * labels), labels)
    return max(primal_objective(alpha, kernel, labels, bias, 10.0) / optimum - 1.0, 1e-6)


@evidence("SVM-1", method=Method.MEASUREMENT, reading="faster convergence")
@control("with the two methods exchanged the criterion is met", exchanged=True)
def speed_against_pair_moves(exchanged: bool = False) -> Outcome:
    """The same data, gamma = 1 fixed, C = 10: the objective of (16) with the best bias, relative to its
    optimum, after 200 updates as printed and after 100 pair moves, which change 200 variables (an update as
    printed changes one at least). Criterion, fixed beforehand: reproduced if the 95 % interval over 6 seeds
    of the mean log10 ratio of the excesses lies below 0. (`exchanged`: the two methods change places.)
    """
    printed = [_excess(seed, None) for seed in SEEDS]
    pairs = [_excess(seed, STEPS // 2) for seed in SEEDS]
    sign = -1.0 if exchanged else 1.0
    low, high = _interval([sign * math.log10(a / b) for a, b in zip(printed, pairs, strict=True)])
    return measured(
        high < 0,
        {"all excesses are finite": bool(np.all(np.isfinite([*printed, *pairs])))},
        f"Median excess {np.median(printed):.2g} as printed, {np.median(pairs):.2g} by pair moves",
        computed=f"log10 ratio of the excesses: [{low:+.2f}, {high:+.2f}]",
        stated="below 0",
    )

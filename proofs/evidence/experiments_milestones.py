"""Training runs on ten small data sets: the last accuracy, and the processor time to a milestone."""

from __future__ import annotations

import math
from collections.abc import Callable

from proofs.evidence.experiments_convergence import (
    ACCURACY,
    AHEAD,
    COLD,
    GRADIENT_RIVALS,
    PRINTED,
    against,
    convergence,
    verdict,
)
from proofs.experiment_comparisons import MEASURED, WINS, Metric, Side, Tally
from proofs.experiment_data import Experiment, Run, load_experiment
from proofs.outcome import Method, Outcome
from proofs.paired_comparison import paired_difference
from proofs.registry import control, evidence


@evidence("CMP-4", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def best_last_accuracy_as_printed(world: str = MEASURED) -> Outcome:
    """Accuracy after the last epoch against six rivals."""
    return verdict(
        against(PRINTED, world, (*GRADIENT_RIVALS, "annealing"), ACCURACY), "As printed", "the best"
    )


@evidence("CMP-4", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def best_last_accuracy_cold(world: str = MEASURED) -> Outcome:
    """Accuracy after the last epoch against six rivals."""
    return verdict(against(COLD, world, (*GRADIENT_RIVALS, "annealing"), ACCURACY), "Cold", "the best")


def milestones(runs: Experiment) -> dict[str, float]:
    """90 percent of the best median final accuracy of all methods, for each data set."""
    found: dict[tuple[str, str], list[float]] = {}
    for run in runs.runs:
        if run.cell["purpose"] == "final":
            key = str(run.cell["dataset"]), str(run.cell["optimizer"])
            found.setdefault(key, []).append(run.curve("validation_accuracy")[-1])
    medians = {key: sorted(values)[len(values) // 2] for key, values in found.items()}
    return {name: 0.9 * max(m for (d, _), m in medians.items() if d == name) for name in runs.datasets()}


def log_seconds(target: float) -> Metric:
    """Log of the processor seconds to the first epoch that reaches an accuracy; ten run lengths if none does."""

    def metric(run: Run) -> float:
        seconds = run.curve("seconds")
        reached = [
            s for s, a in zip(seconds, run.curve("validation_accuracy"), strict=True) if a >= target and s > 0
        ]
        return math.log(reached[0] if reached else 10 * seconds[-1])

    return metric


def seconds_to_the_milestone(df_gda: str, world: str) -> Outcome:
    runs = convergence(df_gda, world)
    targets = milestones(load_experiment("convergence"))
    factors = {"sgd": 1, "momentum": 1, "adam": 1, "rmsprop": 1, "shampoo": 2, "annealing": 9}
    tallies = []
    for rival, factor in factors.items():
        found = {}
        for dataset in runs.datasets():
            metric: Callable[[Run], float] = log_seconds(targets[dataset])
            ours, theirs = (
                [metric(run) for run in Side(name).runs(runs, dataset)] for name in (df_gda, rival)
            )
            found[dataset] = paired_difference(ours, [value - math.log(factor) for value in theirs])
        tallies.append(Tally(f"seconds below 1/{factor} of those of {rival}", found))
    return verdict(tallies, "Processor seconds to nine tenths of the best accuracy", "before all, > 2x, > 9x")


@evidence("CMP-2", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def milestone_as_printed(world: str = MEASURED) -> Outcome:
    """Processor time of one thread, in training alone. The times of the planted runs are a twentieth of the least."""
    return seconds_to_the_milestone(PRINTED, world)


@evidence("CMP-2", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def milestone_cold(world: str = MEASURED) -> Outcome:
    """Processor time of one thread, in training alone. The times of the planted runs are a twentieth of the least."""
    return seconds_to_the_milestone(COLD, world)

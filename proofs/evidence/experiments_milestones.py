"""Training runs on ten small data sets: the processor time to a milestone."""

from __future__ import annotations

import math

from proofs.evidence.experiments_convergence import EXPERIMENT
from proofs.experiment_comparisons import Metric, Side, Tally, paired
from proofs.experiment_data import Experiment, Run, load_experiment
from proofs.training_evidence import Measurement, on_most, training_evidence

# Rival to the factor by which the paper has it slower.
FACTORS = {"sgd": 1, "momentum": 1, "adam": 1, "rmsprop": 1, "shampoo": 2, "annealing": 9}


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


@training_evidence("CMP-2")
def seconds_to_the_milestone(df_gda: str) -> Measurement:
    """Processor time of one thread, in training alone, against that of each rival divided by its factor."""
    runs, tallies = load_experiment(EXPERIMENT), []
    targets = milestones(runs)
    for rival, factor in FACTORS.items():
        found = {}
        for dataset in runs.datasets():
            metric = log_seconds(targets[dataset])
            ours, theirs = (
                [metric(run) for run in Side(name).runs(runs, dataset)] for name in (df_gda, rival)
            )
            found[dataset] = paired(ours, [value - math.log(factor) for value in theirs])
        tallies.append(Tally(f"seconds below 1/{factor} of those of {rival}", found))
    return Measurement(
        EXPERIMENT,
        tallies,
        on_most,
        "Processor seconds to nine tenths of the best accuracy",
        "before all, > 2x, > 9x",
    )

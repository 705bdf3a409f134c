"""Training runs with the three temperature schedules."""

from __future__ import annotations

from collections.abc import Sequence

from proofs.claim import AS_STATED
from proofs.evidence import experiments_convergence as convergence
from proofs.experiment_comparisons import (
    LAST_ACCURACY,
    MEAN_VALIDATION_LOSS,
    Measure,
    Side,
    Tally,
    paired,
    tally,
    values,
)
from proofs.experiment_data import Run
from proofs.training_evidence import COLD, Measurement, on_all, on_most, training_evidence

EXPERIMENT, DATASETS = "schedules", ("heart", "breast_cancer", "yeast")
HARD, EASY = ("digits_on_background", "mnist_1d"), "digits"


def compared(optimizer: str, measures: Sequence[Measure], noise: float = 0.0) -> list[Tally]:
    """The entropy schedule against the other two."""
    entropy, *others = (
        Side(optimizer, {"schedule": schedule}, noise) for schedule in ("entropy", "geometric", "fixed")
    )
    return [
        tally(EXPERIMENT, DATASETS, entropy, other, measure, f"{measure.name}, entropy against {name}")
        for measure in measures
        for name, other in zip(("geometric", "fixed"), others, strict=True)
    ]


@training_evidence("TMP-2")
def entropy_schedule(optimizer: str) -> Measurement:
    """The geometric schedule reaches a hundredth of T_max at the end of the run; the fixed one stays at T_max."""
    tallies = compared(optimizer, (MEAN_VALIDATION_LOSS, LAST_ACCURACY))
    return Measurement(EXPERIMENT, tallies, on_most, "Three schedules", "entropy first and best")


@training_evidence("INT-13", "NSE-4", readings={AS_STATED: ()})
def entropy_schedule_under_label_noise() -> Measurement:
    """Accuracy on clean labels after training with 20 percent wrong ones, the cold algorithm."""
    tallies = compared(COLD, (LAST_ACCURACY,), 0.2)
    return Measurement(
        EXPERIMENT, tallies, on_most, "Schedules under 20 % wrong labels", "entropy avoids them"
    )


def cooled(run: Run) -> float:
    """Last temperature relative to that after the first epoch."""
    return float(run.rows[-1]["temperature"] or 0.0) / float(run.rows[1]["temperature"] or 1.0)


@training_evidence("TMP-1")
def tracks_difficulty(optimizer: str) -> Measurement:
    """Temperature after the last epoch over that after the first."""
    easy, *hard = (
        values(convergence.EXPERIMENT, dataset, Side(optimizer), cooled) for dataset in (EASY, *HARD)
    )
    slower = Tally(
        "relative last temperature on digits minus on harder sets",
        {dataset: paired(easy, found) for dataset, found in zip(HARD, hard, strict=True)},
    )
    half = Tally("relative last temperature on digits minus one half", {EASY: paired(easy, 0.5)})
    return Measurement(
        convergence.EXPERIMENT,
        [slower, half],
        on_all,
        "Cooling on an easy set and on two harder ones",
        "slow on hard sets, rapid on easy ones",
        shown=[", ".join(f"{dataset}: {value}" for dataset, value in slower.differences.items())],
    )

"""Training runs with the three temperature schedules."""

from __future__ import annotations

from proofs.evidence.experiments_convergence import COLD, PRINTED, convergence
from proofs.experiment_comparisons import MEASURED, Metric, Side, Tally, averaged, final, tuned_alike
from proofs.experiment_data import Run, load_experiment
from proofs.outcome import Method, Outcome, measured
from proofs.paired_comparison import PairedDifference, paired_difference
from proofs.registry import control, evidence

ENTROPY, OTHERS = "entropy", ("geometric", "fixed")
DATASETS = ("heart", "breast_cancer", "yeast")
HARD, EASY = ("digits_on_background", "mnist_1d"), "digits"


def compared(
    optimizer: str, metric: Metric, name: str, smaller: bool, noise: float, gain: float
) -> list[Tally]:
    """The entropy schedule against the other two; a gain may be planted."""
    runs, tallies = load_experiment("schedules"), []
    for other in OTHERS:
        found = {}
        for dataset in DATASETS:
            ours, theirs = (
                [metric(run) for run in Side(optimizer, {"schedule": schedule}, noise).runs(runs, dataset)]
                for schedule in (ENTROPY, other)
            )
            moved = [value - gain if smaller else value + gain for value in ours]
            found[dataset] = paired_difference(moved, theirs)
        tallies.append(Tally(f"{name}, entropy against {other}", found, smaller))
    return tallies


def outcome(tallies: list[Tally], reproduces: bool, summary: str, stated: str) -> Outcome:
    return measured(
        reproduces,
        tuned_alike(load_experiment("schedules")),
        summary,
        computed="; ".join(map(str, tallies)),
        stated=stated,
    )


def fastest_and_best(optimizer: str, gain: float) -> Outcome:
    tallies = [
        *compared(optimizer, averaged("validation_loss"), "mean validation loss", True, 0.0, gain),
        *compared(optimizer, final("validation_accuracy"), "last accuracy", False, 0.0, gain),
    ]
    return outcome(tallies, all(t.on_most for t in tallies), "Three schedules", "entropy first and best")


PLANTED = "a planted gain of 1 in loss and accuracy meets the criterion"


@evidence("TMP-2", method=Method.MEASUREMENT, reading="as printed")
@control(PLANTED, gain=1.0)
def entropy_schedule_as_printed(gain: float = 0.0) -> Outcome:
    """The geometric schedule reaches a hundredth of T_max at the end of the run; the fixed one stays at T_max."""
    return fastest_and_best(PRINTED, gain)


@evidence("TMP-2", method=Method.MEASUREMENT, reading="cold")
@control(PLANTED, gain=1.0)
def entropy_schedule_cold(gain: float = 0.0) -> Outcome:
    """The geometric schedule reaches a hundredth of T_max at the end of the run; the fixed one stays at T_max."""
    return fastest_and_best(COLD, gain)


@evidence("INT-13", "NSE-4", method=Method.MEASUREMENT)
@control(PLANTED, gain=1.0)
def entropy_schedule_under_label_noise(gain: float = 0.0) -> Outcome:
    """Accuracy on clean labels after training with 20 percent wrong ones, the cold algorithm."""
    tallies = compared(COLD, final("validation_accuracy"), "last accuracy", False, 0.2, gain)
    return outcome(
        tallies, all(t.on_most for t in tallies), "Schedules under 20 % wrong labels", "entropy avoids them"
    )


def cooled(run: Run) -> float:
    """Last temperature relative to that after the first epoch."""
    return float(run.rows[-1]["temperature"] or 0.0) / float(run.rows[1]["temperature"] or 1.0)


def tracks_difficulty(optimizer: str, easy_factor: float) -> Outcome:
    runs = convergence(optimizer, MEASURED)
    easy = [easy_factor * cooled(run) for run in Side(optimizer).runs(runs, EASY)]
    slower: dict[str, PairedDifference] = {
        dataset: paired_difference(easy, [cooled(run) for run in Side(optimizer).runs(runs, dataset)])
        for dataset in HARD
    }
    tallies = [
        Tally("relative last temperature on digits minus on harder sets", slower),
        Tally(
            "relative last temperature on digits minus one half", {EASY: paired_difference(easy, [0.5] * 5)}
        ),
    ]
    return measured(
        all(t.on_all for t in tallies),
        tuned_alike(runs),
        "Cooling on an easy set and on two harder ones",
        computed="; ".join([*map(str, tallies), ", ".join(f"{d}: {v}" for d, v in slower.items())]),
        stated="slow on hard sets, rapid on easy ones",
    )


@evidence("TMP-1", method=Method.MEASUREMENT, reading="as printed")
@control("if digits cooled a thousandfold the criterion would be met", easy_factor=0.001)
def cooling_as_printed(easy_factor: float = 1.0) -> Outcome:
    """Temperature after the last epoch over that after the first. (`easy_factor` multiplies it on digits.)"""
    return tracks_difficulty(PRINTED, easy_factor)


@evidence("TMP-1", method=Method.MEASUREMENT, reading="cold")
@control("if digits cooled a thousandfold the criterion would be met", easy_factor=0.001)
def cooling_cold(easy_factor: float = 1.0) -> Outcome:
    """Temperature after the last epoch over that after the first. (`easy_factor` multiplies it on digits.)"""
    return tracks_difficulty(COLD, easy_factor)

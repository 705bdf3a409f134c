"""Training runs with fixed and dynamic fractions, with dropout, and with equal numbers of weight updates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofs.evidence.experiments_convergence import COLD, PRINTED, convergence
from proofs.experiment_comparisons import MEASURED, Metric, Side, Tally, averaged, final, tuned_alike
from proofs.experiment_data import Run, load_experiment
from proofs.outcome import Method, Outcome, measured
from proofs.paired_comparison import paired_difference
from proofs.registry import control, evidence

DATASETS = ("heart", "breast_cancer", "yeast")
ALONE: dict[str, Any] = {"acceptance": "none"}
DYNAMIC = ALONE | {"f_min": 0.01, "f_max": 0.5, "selection": "uniform"}
EPOCHS, LONG, LONGEST = 8, 40, 80
HARD, EASY = ("digits_on_background", "mnist_1d"), "digits"


def fixed(fraction: float) -> dict[str, Any]:
    return ALONE | {"f_min": fraction, "f_max": fraction, "selection": "uniform"}


def outcome(tallies: list[Tally], reproduces: bool, summary: str, stated: str) -> Outcome:
    return measured(
        reproduces,
        tuned_alike(load_experiment("fraction")),
        summary,
        computed="; ".join(map(str, tallies)),
        stated=stated,
    )


def compared(
    name: str,
    metric: Metric,
    first: tuple[Mapping[str, Any], dict[str, Any]],
    second: tuple[Mapping[str, Any], dict[str, Any]],
    *,
    noise: float = 0.0,
    smaller: bool = True,
    gain: float = 0.0,
) -> Tally:
    """Two arms, each given by its options and by further keys of its cells; a gain of the first may be planted."""
    runs, found = load_experiment("fraction"), {}
    for dataset in DATASETS:
        ours, theirs = (
            [metric(run) for run in Side("recommended", options, noise).runs(runs, dataset, **cell)]
            for options, cell in (first, second)
        )
        found[dataset] = paired_difference([v - gain if smaller else v + gain for v in ours], theirs)
    return Tally(name, found, smaller)


def subset_under_label_noise(epochs: int, gain: float) -> Outcome:
    short = {"epochs": EPOCHS, "dropout": 0.0}
    found = compared(
        "accuracy with f = 0.1 against f = 1 at 20 % wrong labels",
        final("validation_accuracy"),
        (fixed(0.1), {"epochs": epochs, "dropout": 0.0}),
        (fixed(1.0), short),
        noise=0.2,
        smaller=False,
        gain=gain,
    )
    return outcome(
        [found],
        found.on_most,
        "A tenth of the weights in each step, with wrong labels",
        "limits their influence",
    )


PLANTED = "a planted gain of a whole accuracy meets the criterion"


@evidence("INT-11", "NSE-1", method=Method.MEASUREMENT)
@control(PLANTED, gain=1.0)
def subset_with_equal_updates(gain: float = 0.0) -> Outcome:
    """No noise, quantizer or acceptance: only the fraction differs. f = 0.1 runs 80 epochs, f = 1 runs 8."""
    return subset_under_label_noise(LONGEST, gain)


@evidence("INT-11", method=Method.MEASUREMENT, reading="equal number of steps")
@control(PLANTED, gain=1.0)
def subset_with_equal_steps(gain: float = 0.0) -> Outcome:
    """No noise, quantizer or acceptance: only the fraction differs. Both run 8 epochs."""
    return subset_under_label_noise(EPOCHS, gain)


def gap(run: Run) -> float:
    """Validation minus training loss at the end."""
    return run.curve("validation_loss")[-1] - run.curve("train_loss")[-1]


def epoch_seconds(run: Run) -> float:
    return run.curve("seconds")[-1] / float(run.cell["epochs"])


NEITHER, DROPPED = {"epochs": LONG, "dropout": 0.0}, {"epochs": LONG, "dropout": 0.3}


@evidence("INT-10", method=Method.MEASUREMENT)
@control("a planted gain of 10 in gap and seconds meets the criterion", gain=10.0)
def dynamic_fraction_against_dropout(gain: float = 0.0) -> Outcome:
    """40 epochs, two hidden layers. The gap is validation minus training loss at the end; time is that of one
    processor thread in training. Masked weights still have their gradients computed.
    """
    ours = (DYNAMIC, NEITHER)
    tallies = [
        compared("gap against dropout", gap, ours, (ALONE, DROPPED), gain=gain),
        compared("gap against neither", gap, ours, (ALONE, NEITHER), gain=gain),
        compared("seconds of an epoch against neither", epoch_seconds, ours, (ALONE, NEITHER), gain=gain),
    ]
    return outcome(
        tallies, all(t.on_most for t in tallies), "Dynamic fraction, dropout, neither", "less gap, less time"
    )


@evidence("INT-9", method=Method.MEASUREMENT, reading="overfitting")
@control("with a planted gain of 10 the criterion is met", gain=10.0)
def dropout_narrows_the_gap(gain: float = 0.0) -> Outcome:
    """40 epochs, two hidden layers, dropout 0.3 against none, each tuned; gap: validation minus training loss."""
    found = compared("gap with dropout against without", gap, (ALONE, DROPPED), (ALONE, NEITHER), gain=gain)
    return outcome([found], found.on_most, "Dropout after 40 epochs", "fights overfitting")


FALLS = (0.5, 0.4, 0.2, 0.1, 0.05, 0.02, 0.01, 0.01, 0.01)
STAYS = (0.5,) * 9


def settles(optimizer: str, planted: tuple[float, ...] | None) -> Outcome:
    """Fractions recorded at the last step of each epoch, on digits, or a planted curve in their place."""
    runs = Side(optimizer).runs(convergence(optimizer, MEASURED), EASY)
    curves = [run.curve("fraction") if planted is None else list(planted) for run in runs]
    fallen = paired_difference([c[6] for c in curves], [0.5 * c[1] for c in curves])
    settled = paired_difference([abs(c[6] - c[8]) for c in curves], [0.05] * len(curves))
    tallies = [
        Tally("fraction after six epochs minus half of that after one", {EASY: fallen}),
        Tally("its distance from that after eight minus 0.05", {EASY: settled}),
    ]
    means = [sum(c[epoch] for c in curves) / len(curves) for epoch in range(1, 9)]
    losses = [sum(run.curve("train_loss")[epoch] for run in runs) / len(runs) for epoch in (0, 8)]
    return outcome(
        tallies,
        all(t.on_all for t in tallies),
        f"Mean fraction after epochs 1 to 8: {', '.join(f'{m:.2f}' for m in means)}, while the training loss "
        f"goes from {losses[0]:.2f} to {losses[1]:.2f}",
        "settled by the sixth epoch",
    )


@evidence("FRC-3", method=Method.MEASUREMENT, reading="as printed")
@control("a planted curve that stays at one half misses the criterion", planted=STAYS)
def fraction_settles_as_printed(planted: tuple[float, ...] | None = None) -> Outcome:
    """Eq. 15 with the absolute loss change and its running maximum, on batches. The network learns nothing here,
    so the fraction falls because its divisor, the largest change so far, only grows.
    """
    return settles(PRINTED, planted)


@evidence("FRC-3", method=Method.MEASUREMENT, reading="cold")
@control("a planted curve that falls and settles meets the criterion", planted=FALLS)
def fraction_settles_cold(planted: tuple[float, ...] | None = None) -> Outcome:
    """Eq. 15 with the absolute loss change and its running maximum, on batches."""
    return settles(COLD, planted)


def tracks_complexity(optimizer: str, gain: float) -> Outcome:
    runs, metric = convergence(optimizer, MEASURED), averaged("fraction")
    easy = [metric(run) for run in Side(optimizer).runs(runs, EASY)]
    found = {
        dataset: paired_difference([metric(run) + gain for run in Side(optimizer).runs(runs, dataset)], easy)
        for dataset in HARD
    }
    one = Tally("mean fraction on harder sets against digits", found, smaller_is_better=False)
    shown = ", ".join(f"{dataset}: {value}" for dataset, value in found.items())
    return outcome(
        [one], one.on_all, f"Mean fraction, difference from digits: {shown}", "larger on complex sets"
    )


@evidence("FRC-4", method=Method.MEASUREMENT, reading="as printed")
@control("a planted difference of 1 meets the criterion", gain=1.0)
def fraction_and_complexity_as_printed(gain: float = 0.0) -> Outcome:
    """Mean over eight epochs of the fraction at the last step of each."""
    return tracks_complexity(PRINTED, gain)


@evidence("FRC-4", method=Method.MEASUREMENT, reading="cold")
@control("a planted difference of 1 meets the criterion", gain=1.0)
def fraction_and_complexity_cold(gain: float = 0.0) -> Outcome:
    """Mean over eight epochs of the fraction at the last step of each."""
    return tracks_complexity(COLD, gain)

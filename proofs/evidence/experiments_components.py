"""Training runs with five parts of the algorithm on or off: which part does the work."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from proofs.experiment_comparisons import LAST_VALIDATION_LOSS, Metric, Tally, paired
from proofs.experiment_data import Run, load_experiment
from proofs.training_evidence import COLD, Measurement, on_most, training_evidence

DATASETS, SEEDS = ("iris", "heart", "yeast"), 5
PARTS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "fraction": lambda options: options["f_max"] < 1,
    "quantizer": lambda options: options["quantizer"] is not None,
    "noise": lambda options: options["noise"] != "zero",
    "acceptance": lambda options: options["acceptance"] != "none",
    "schedule": lambda options: options["schedule"] != "fixed",
}


def rises(run: Run) -> float:
    """Sum of all rises of the training loss from one epoch to the next."""
    curve = run.curve("train_loss")
    return sum(max(0.0, after - before) for before, after in pairwise(curve))


def effects(part: str, metric: Metric) -> Tally:
    """Main effect of a part on each data set: mean over its eight arms minus mean over the other eight, by seed."""
    runs, found = load_experiment("components"), {}
    for dataset in DATASETS:
        means = []
        for on in (True, False):
            by_seed: list[list[float]] = [[] for _ in range(SEEDS)]
            for run in runs.runs:
                cell = run.cell
                if (
                    cell["dataset"] == dataset
                    and cell["purpose"] == "final"
                    and PARTS[part](cell["options"]) == on
                ):
                    by_seed[run.seed].append(metric(run))
            means.append([sum(values) / 8 for values in by_seed if len(values) == 8])
        found[dataset] = paired(*means)
    return Tally(f"effect of {part}", found)


def half_fraction() -> dict[str, bool]:
    """Sixteen arms, each part on in eight, each pair of parts on together in four: effects are orthogonal."""
    runs = load_experiment("components")
    arms = {
        tuple(test(run.cell["options"]) for test in PARTS.values())
        for run in runs.runs
        if run.cell["optimizer"] == COLD
    }
    columns = list(zip(*sorted(arms), strict=True))
    return {
        "there are sixteen arms": len(arms) == 16,
        "each part is on in eight": all(sum(column) == 8 for column in columns),
        "each pair of parts is on together in four": all(
            sum(a and b for a, b in zip(columns[i], columns[j], strict=True)) == 4
            for i in range(5)
            for j in range(i)
        ),
    }


@training_evidence("INT-12", readings={"in training": ()})
def quantizer_and_rises() -> Measurement:
    """Half fraction of 2^5 around the cold setting, three data sets, 5 paired seeds, five values tuned for each
    arm. The parts' effects on the last validation loss are shown beside it.
    """
    found = effects("quantizer", rises)
    losses = [effects(part, LAST_VALIDATION_LOSS.of) for part in PARTS]
    return Measurement(
        "components",
        [found],
        on_most,
        "Main effect of the quantizer on the rises of the training loss",
        "stabilizes training",
        shown=[t.in_full.replace(":", " on the last validation loss:", 1) for t in losses],
        checks=half_fraction(),
        in_full=True,
    )

"""Training runs with five parts of the algorithm on or off: which part does the work."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from proofs.evidence.experiments_convergence import COLD
from proofs.experiment_comparisons import Metric, Tally, final, tuned_alike
from proofs.experiment_data import Experiment, Run, load_experiment
from proofs.outcome import Method, Outcome, measured
from proofs.paired_comparison import paired_difference
from proofs.registry import control, evidence

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


def effects(part: str, metric: Metric, shift: float = 0.0) -> Tally:
    """Main effect of a part on each data set: mean over its eight arms minus mean over the other eight, by seed."""
    runs: Experiment = load_experiment("components")
    found = {}
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
        found[dataset] = paired_difference([value + shift for value in means[0]], means[1])
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


@evidence("INT-12", method=Method.MEASUREMENT, reading="in training")
@control("with a planted fall of all rises by 10 the criterion is met", shift=-10.0)
def quantizer_and_rises(shift: float = 0.0) -> Outcome:
    """Half fraction of 2^5 around the cold setting, three data sets, 5 paired seeds, five values tuned for each
    arm. The other parts' effects on the last validation loss are shown beside it.
    """
    found = effects("quantizer", rises, shift)
    losses = [effects(part, final("validation_loss")) for part in PARTS]
    shown = "; ".join(
        f"{t.question} on the last validation loss: "
        + ", ".join(f"{d} {v}" for d, v in t.differences.items())
        for t in losses
    )
    return measured(
        found.on_most,
        tuned_alike(load_experiment("components")) | half_fraction(),
        "Main effect of the quantizer on the rises of the training loss",
        computed=f"{found} ({', '.join(f'{d} {v}' for d, v in found.differences.items())}); {shown}",
        stated="stabilizes training",
    )

"""Two methods compared on the recorded training runs: paired by seed, data set by data set.

The evidence on training runs asks its questions through this module.  A *planted world* replaces the runs of one
optimizer by runs that are better, or worse, than all others at every epoch: a control for criteria that the
measured runs miss, or meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from proofs.experiment_data import LOSSES, Experiment, Run
from proofs.paired_comparison import Comparison, PairedDifference, paired_difference

MEASURED, WINS, LOSES = "measured", "planted: always ahead", "planted: always behind"

Metric = Callable[[Run], float]


@dataclass(frozen=True)
class Side:
    """One side of a comparison: an optimizer, options that differ from its preset, and the setting."""

    optimizer: str
    options: Mapping[str, Any] | None = None
    label_noise: float = 0.0

    def runs(self, experiment: Experiment, dataset: str, **cell: Any) -> list[Run]:
        """Its runs on a data set, in order of seed.

        Raises:
            ValueError: there are fewer than five, or a seed is missing.
        """
        noise = cell.pop("label_noise", self.label_noise)
        found = experiment.select(dataset, self.optimizer, self.options, label_noise=noise, **cell)
        seeds = [run.seed for run in found]
        if len(seeds) < 5 or seeds != list(range(len(seeds))):
            raise ValueError(
                f"{experiment.name}: {self} on {dataset} must have the seeds 0 to 4 or more, got {seeds}"
            )
        return found


def final(name: str) -> Metric:
    """The last value of a curve."""
    return lambda run: run.curve(name)[-1]


def averaged(name: str) -> Metric:
    """The mean of a curve over the epochs after the first row: small where a loss falls early and far."""
    return lambda run: sum(run.curve(name)[1:]) / (len(run.curve(name)) - 1)


def after(epoch: int, name: str) -> Metric:
    """The value after so many epochs."""
    return lambda run: run.curve(name)[epoch]


def difference(
    experiment: Experiment, dataset: str, first: Side, second: Side, metric: Metric, **cell: Any
) -> PairedDifference:
    """The paired difference of a metric, first minus second, over their common seeds."""
    return paired_difference(
        [metric(run) for run in first.runs(experiment, dataset, **cell)],
        [metric(run) for run in second.runs(experiment, dataset, **cell)],
    )


@dataclass(frozen=True)
class Tally:
    """One comparison on several data sets."""

    question: str
    differences: Mapping[str, PairedDifference]
    smaller_is_better: bool = True

    def count(self, comparison: Comparison) -> int:
        found = (d.says(smaller_is_better=self.smaller_is_better) for d in self.differences.values())
        return sum(one is comparison for one in found)

    @property
    def on_most(self) -> bool:
        """Better on more than half of the data sets."""
        return 2 * self.count(Comparison.BETTER) > len(self.differences)

    @property
    def on_all(self) -> bool:
        return self.count(Comparison.BETTER) == len(self.differences)

    def __str__(self) -> str:
        if len(self.differences) == 1:
            return f"{self.question}: {next(iter(self.differences.values()))}"
        better, worse = self.count(Comparison.BETTER), self.count(Comparison.WORSE)
        rest = len(self.differences) - better - worse
        return f"{self.question}: better on {better}, worse on {worse}, undecided on {rest}"


def tally(
    experiment: Experiment,
    datasets: Iterable[str],
    first: Side,
    second: Side,
    metric: Metric,
    question: str,
    *,
    smaller_is_better: bool = True,
    **cell: Any,
) -> Tally:
    """Compare on each data set."""
    found = {name: difference(experiment, name, first, second, metric, **cell) for name in datasets}
    return Tally(question, found, smaller_is_better)


@cache
def planted(experiment: Experiment, optimizer: str, world: str) -> Experiment:
    """The experiment with the runs of one optimizer replaced, or as it is where the world is the measured one.

    Arguments:
        optimizer: its final runs are replaced, whatever their options.
        world: ``MEASURED``, ``WINS`` or ``LOSES``.

    Raises:
        ValueError: another world.
    """
    if world == MEASURED:
        return experiment
    if world not in (WINS, LOSES):
        raise ValueError(f"world must be {MEASURED!r}, {WINS!r} or {LOSES!r}, got {world!r}")
    others: dict[tuple[Any, ...], list[Run]] = {}
    for run in experiment.runs:
        if run.cell["optimizer"] != optimizer and run.cell["purpose"] == "final":
            others.setdefault(_setting(run), []).append(run)
    runs = tuple(
        _ahead(run, others[_setting(run)], world == WINS)
        if run.cell["optimizer"] == optimizer and run.cell["purpose"] == "final" and _setting(run) in others
        else run
        for run in experiment.runs
    )
    return Experiment(experiment.name, runs)


def _setting(run: Run) -> tuple[Any, ...]:
    return tuple(run.cell[key] for key in ("dataset", "seed", "label_noise", "epochs"))


def _ahead(run: Run, others: Sequence[Run], wins: bool) -> Run:
    """A run that is ahead of (or behind) all others after epoch 0, the more so the more labels are wrong."""
    extreme, sign = (min, -1.0) if wins else (max, 1.0)
    margin = 0.05 + 10.0 * float(run.cell["label_noise"])
    rows: list[Mapping[str, float | None]] = []
    for epoch in range(int(run.cell["epochs"]) + 1):
        first = {**run.rows[0], "epoch": epoch}
        if epoch:
            for name in LOSSES:
                edge = extreme(other.curve(name)[epoch] for other in others)
                first[name] = edge + sign * 0.6 * abs(edge)
            for name in ("train_accuracy", "validation_accuracy"):
                highest = (max if wins else min)(other.curve(name)[epoch] for other in others)
                first[name] = highest - sign * margin
            first["seconds"] = extreme(other.curve("seconds")[epoch] for other in others) * (
                0.05 if wins else 20
            )
        rows.append(first)
    return replace(run, rows=tuple(rows))


@cache
def tuned_alike(experiment: Experiment) -> dict[str, bool]:
    """Validity of every comparison: equal tuning budgets, and paired runs that start from equal weights.

    Equal starts are seen in the losses before the first step, which must agree to the digits recorded.
    """
    grids: dict[tuple[Any, ...], set[float]] = {}
    starts: dict[tuple[Any, ...], set[float]] = {}
    for run in experiment.runs:
        if run.cell["purpose"] == "tuning":
            arm = tuple(
                str(run.cell[key]) for key in ("dataset", "optimizer", "options", "label_noise", "epochs")
            )
            grids.setdefault((*arm, run.cell["dropout"]), set()).add(float(run.cell["lr"]))
        else:
            start = run.rows[0]["validation_loss"]
            starts.setdefault((run.cell["dataset"], run.seed), set()).add(-1.0 if start is None else start)
    return {
        "every method that is tuned is tuned over five values": all(len(g) == 5 for g in grids.values()),
        "runs of one seed start from the same weights": all(len(found) == 1 for found in starts.values()),
    }

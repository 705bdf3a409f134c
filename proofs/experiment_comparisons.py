"""Two methods compared on the recorded training runs: paired by seed, data set by data set.

A comparison can be looked at in another *world*: its paired values are moved, or the two methods exchange their
names, by one rule for all comparisons.  A criterion on comparisons has to notice (``training_evidence``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from proofs.experiment_data import Experiment, Run, load_experiment
from proofs.paired_comparison import Comparison, PairedDifference, paired_difference

MEASURED = "measured"
AS_CLAIMED = "each difference moved to the side that is claimed, as near to 0 as its interval can tell"
CONTRARY = "each difference moved to the other side in the same way"
EXCHANGED = "the two methods with their names exchanged"
HALF_EXCHANGED = "the two methods with their names exchanged for every second seed"
WORLDS = (MEASURED, AS_CLAIMED, CONTRARY, EXCHANGED, HALF_EXCHANGED)
LEAST_STEP = 1e-6  # where all pairs differ by the same number and the interval has no width: our choice

Metric = Callable[[Run], float]
Pair = tuple[tuple[float, ...], tuple[float, ...]]


def final(name: str) -> Metric:
    """The last value of a curve."""
    return lambda run: run.curve(name)[-1]


def averaged(name: str) -> Metric:
    """The mean of a curve over the epochs after the first row: small where a loss falls early and far."""
    return lambda run: sum(run.curve(name)[1:]) / (len(run.curve(name)) - 1)


def after(epoch: int, name: str) -> Metric:
    """The value after so many epochs."""
    return lambda run: run.curve(name)[epoch]


@dataclass(frozen=True)
class Measure:
    """What is compared: its name, its value for a run, and which way is better."""

    name: str
    of: Metric
    smaller_is_better: bool = True


MEAN_VALIDATION_LOSS = Measure("mean validation loss", averaged("validation_loss"))
MEAN_TRAINING_LOSS = Measure("mean training loss", averaged("train_loss"))
LAST_VALIDATION_LOSS = Measure("last validation loss", final("validation_loss"))
LAST_TRAINING_LOSS = Measure("last training loss", final("train_loss"))
LAST_ACCURACY = Measure("last accuracy", final("validation_accuracy"), False)
EARLY_ACCURACY = Measure("accuracy after one epoch", after(1, "validation_accuracy"), False)


@dataclass(frozen=True)
class Side:
    """One side of a comparison: an optimizer, options that differ from its preset, and the setting."""

    optimizer: str
    options: Mapping[str, Any] | None = None
    label_noise: float = 0.0
    cell: Mapping[str, Any] = field(default_factory=dict)

    def runs(self, experiment: Experiment, dataset: str) -> list[Run]:
        """Its runs on a data set, in order of seed.

        Raises:
            ValueError: there are fewer than five, or a seed is missing.
        """
        found = experiment.select(
            dataset, self.optimizer, self.options, label_noise=self.label_noise, **self.cell
        )
        seeds = [run.seed for run in found]
        if len(seeds) < 5 or seeds != list(range(len(seeds))):
            raise ValueError(
                f"{experiment.name}: {self} on {dataset} must have the seeds 0 to 4 or more, got {seeds}"
            )
        return found


def values(experiment: str, dataset: str, side: Side, metric: Metric) -> list[float]:
    """A metric of the recorded runs of one side, in order of seed."""
    return [metric(run) for run in side.runs(load_experiment(experiment), dataset)]


def difference(
    experiment: Experiment, dataset: str, first: Side, second: Side, metric: Metric
) -> PairedDifference:
    """The paired difference of a metric, first minus second, over their common seeds."""
    return paired_difference(
        [metric(run) for run in first.runs(experiment, dataset)],
        [metric(run) for run in second.runs(experiment, dataset)],
    )


@dataclass(frozen=True)
class Tally:
    """One comparison on several data sets.

    Attributes:
        pairs: for each data set the values of the first method and those of the second, seed by seed.
    """

    question: str
    pairs: Mapping[str, Pair]
    smaller_is_better: bool = True

    @cached_property
    def differences(self) -> dict[str, PairedDifference]:
        return {name: paired_difference(*pair) for name, pair in self.pairs.items()}

    def count(self, comparison: Comparison) -> int:
        found = (d.says(smaller_is_better=self.smaller_is_better) for d in self.differences.values())
        return sum(one is comparison for one in found)

    @property
    def on_most(self) -> bool:
        """Better on more than half of the data sets."""
        return 2 * self.count(Comparison.BETTER) > len(self.pairs)

    @property
    def on_all(self) -> bool:
        return self.count(Comparison.BETTER) == len(self.pairs)

    def in_world(self, world: str) -> Tally:
        """The same comparison in another world.

        Raises:
            ValueError: no such world.
        """
        if world not in WORLDS:
            raise ValueError(f"world must be one of {WORLDS}, got {world!r}")
        claimed = -1.0 if self.smaller_is_better else 1.0
        if world in (AS_CLAIMED, CONTRARY):
            side = claimed if world == AS_CLAIMED else -claimed
            return replace(self, pairs={name: moved(pair, side) for name, pair in self.pairs.items()})
        every = {MEASURED: 0, EXCHANGED: 1, HALF_EXCHANGED: 2}[world]
        return replace(self, pairs={name: exchanged(pair, every) for name, pair in self.pairs.items()})

    @property
    def in_full(self) -> str:
        return f"{self.question}: " + ", ".join(f"{name} {d}" for name, d in self.differences.items())

    def __str__(self) -> str:
        if len(self.pairs) == 1:
            return f"{self.question}: {next(iter(self.differences.values()))}"
        better, worse = self.count(Comparison.BETTER), self.count(Comparison.WORSE)
        rest = len(self.pairs) - better - worse
        return f"{self.question}: better on {better}, worse on {worse}, undecided on {rest}"


def moved(pair: Pair, side: float) -> Pair:
    """The first values shifted alike, so that the interval of the difference ends half its half-width beside 0.

    >>> paired_difference(*moved(((1.0, 2.0, 3.0), (0.0, 0.0, 0.0)), side=-1.0)).says().value
    'better'
    """
    found = paired_difference(*pair)
    shift = side * max(0.75 * (found.high - found.low), LEAST_STEP) - found.mean
    return tuple(value + shift for value in pair[0]), pair[1]


def exchanged(pair: Pair, every: int) -> Pair:
    """The two values of every so many-th seed exchanged, of none for 0.

    >>> exchanged(((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)), every=2)
    ((1.0, 5.0, 3.0), (4.0, 2.0, 6.0))
    """
    turned = [bool(every) and (seed + 1) % every == 0 for seed in range(len(pair[0]))]
    ours = tuple(b if t else a for t, a, b in zip(turned, *pair, strict=True))
    theirs = tuple(a if t else b for t, a, b in zip(turned, *pair, strict=True))
    return ours, theirs


def paired(first: Sequence[float], second: Sequence[float] | float) -> Pair:
    """Two lists of values, or one and a constant, as pairs."""
    constant = isinstance(second, (int, float))
    return tuple(first), (float(second),) * len(first) if constant else tuple(second)  # type: ignore[arg-type]


def tally(
    experiment: str,
    datasets: Iterable[str],
    first: Side,
    second: Side,
    measure: Measure,
    question: str = "",
    *,
    added: float = 0.0,
) -> Tally:
    """Compare on each data set.

    Arguments:
        question: default: the measure, against the second optimizer.
        added: to the values of the first: a margin, or a factor where the measure is a logarithm.
    """
    found = {
        name: paired(
            [value + added for value in values(experiment, name, first, measure.of)],
            values(experiment, name, second, measure.of),
        )
        for name in datasets
    }
    return Tally(question or f"{measure.name} against {second.optimizer}", found, measure.smaller_is_better)


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

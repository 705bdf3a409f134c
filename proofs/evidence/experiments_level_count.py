"""Training runs with 8 to 1024 levels, and with several weights of the barrier."""

from __future__ import annotations

import math

from proofs.claim import AS_STATED
from proofs.experiment_comparisons import (
    LAST_ACCURACY,
    LAST_TRAINING_LOSS,
    LAST_VALIDATION_LOSS,
    Measure,
    Side,
    Tally,
    after,
    paired,
    tally,
    values,
)
from proofs.experiment_data import Run
from proofs.paired_comparison import Comparison
from proofs.training_evidence import COLD, Measurement, on_all, training_evidence

EXPERIMENT, DATASETS = "level_count", ("iris", "heart")
COUNTS = (8, 16, 32, 64, 128, 256, 512, 1024)


def side(optimizer: str, count: int) -> Side:
    return Side(optimizer, {"level_count": count, "quantizer": "literal"})


def compared(
    optimizer: str, first: int, second: int, measure: Measure, question: str, added: float = 0.0
) -> Tally:
    """The measure with the first number of levels against the second."""
    sides = side(optimizer, first), side(optimizer, second)
    return tally(EXPERIMENT, DATASETS, *sides, measure, question, added=added)


def last_losses_are_close(optimizer: str, count: int) -> list[Tally]:
    """Within 5 % of the first loss of those of K = 1024, from above and from below."""
    above, below = {}, {}
    for dataset in DATASETS:
        ends, last = (
            values(EXPERIMENT, dataset, side(optimizer, k), LAST_TRAINING_LOSS.of) for k in (count, 1024)
        )
        starts = values(EXPERIMENT, dataset, side(optimizer, 1024), after(0, "train_loss"))
        room = 0.05 * sum(starts) / len(starts)
        above[dataset] = paired(ends, [value + room for value in last])
        below[dataset] = paired(last, [value + room for value in ends])
    question = f"last loss, {count} and 1024, apart by 5 % of the first"
    return [Tally(f"{question} from above", above), Tally(f"{question} from below", below)]


@training_evidence("STA-1")
def losses_by_levels(optimizer: str) -> Measurement:
    """Training loss after one epoch and after eight, the literal sum over levels, one learning rate: the first is
    higher with 1024 levels than with 8, the last ones are within 5 % of the loss before the first step.
    """
    early = Measure("first loss", after(1, "train_loss"), smaller_is_better=False)
    first = compared(optimizer, 1024, 8, early, "first loss, 1024 minus 8")
    close = [one for count in COUNTS[:-1] for one in last_losses_are_close(optimizer, count)]
    both = [
        all(tally.differences[dataset].high < 0 for tally in pair)
        for pair in zip(close[::2], close[1::2], strict=True)
        for dataset in DATASETS
    ]
    return Measurement(
        EXPERIMENT,
        [first, *close],
        on_all,
        f"Levels and losses, {optimizer}: {sum(both)} of {len(both)} last losses are as close as that",
        "higher first loss, same last loss",
        in_full=True,
        listed=1,
    )


def log_seconds(run: Run) -> float:
    return math.log(run.curve("seconds")[-1])


# Share of the commonest class over all rows: 50 of 150 and 150 of 270, plus 10 points for the luck of a split.
GUESSING = {"iris": 50 / 150 + 0.1, "heart": 150 / 270 + 0.1}


@training_evidence("STA-2")
def few_levels_suffice(optimizer: str) -> Measurement:
    """Accuracy and processor time of 64 levels against 1024, with the literal sum over levels."""
    learned = {
        dataset: paired(values(EXPERIMENT, dataset, side(optimizer, 64), LAST_ACCURACY.of), GUESSING[dataset])
        for dataset in DATASETS
    }
    cost = Measure("log seconds", log_seconds)
    return Measurement(
        EXPERIMENT,
        [
            compared(optimizer, 64, 1024, LAST_ACCURACY, "accuracy, 64 minus 1024 plus 2 points", added=0.02),
            Tally("accuracy with 64 levels minus guessing", learned, smaller_is_better=False),
            compared(optimizer, 64, 1024, cost, "log seconds, 64 minus 1024"),
        ],
        on_all,
        f"64 levels against 1024, {optimizer}",
        "as accurate, cheaper",
        in_full=True,
    )


@training_evidence("PQ-14")
def gains_level_off(optimizer: str) -> Measurement:
    """Without any gain from 8 to 256 levels there is nothing that could level off."""
    beyond = Measure("accuracy", LAST_ACCURACY.of, smaller_is_better=True)  # claimed: no more than 2 points
    return Measurement(
        EXPERIMENT,
        [
            compared(optimizer, 256, 8, LAST_ACCURACY, "accuracy, 256 minus 8"),
            compared(optimizer, 1024, 256, beyond, "accuracy, 1024 minus 256 minus 2 points", added=-0.02),
        ],
        lambda t: t[0].on_all and all(d.high <= 0 for d in t[1].differences.values()),
        f"More levels, {optimizer}",
        "gains up to 256",
        in_full=True,
    )


@training_evidence("IMP-17", readings={AS_STATED: ()})
def constant_weight_of_the_barrier() -> Measurement:
    """Last validation loss with lambda = 1e-3 against five others on four data sets, cold, one learning rate."""
    datasets = ("iris", "heart", "liver", "breast_cancer")
    sides = [Side(COLD, {"regularization": value}) for value in (1e-3, 0.0, 1e-4, 1e-2, 1e-1, 1.0)]
    tallies = [
        tally("regularization", datasets, sides[0], other, LAST_VALIDATION_LOSS, question)
        for other in sides[1:]
        for question in [
            f"lambda = 0.001 against {other.options['regularization']:g}" if other.options else ""
        ]
    ]
    return Measurement(
        "regularization",
        tallies,
        lambda tallies: all(t.count(Comparison.WORSE) == 0 for t in tallies) and tallies[0].on_most,
        "The weight of the barrier on four data sets",
        "balances bias and variance",
    )

"""Training runs with grids of levels of five half-widths, as printed and cold."""

from __future__ import annotations

from proofs.claim import AS_STATED
from proofs.experiment_comparisons import (
    LAST_VALIDATION_LOSS,
    Metric,
    Side,
    Tally,
    after,
    paired,
    tally,
    values,
)
from proofs.training_evidence import COLD, PRINTED, Measurement, on_all, training_evidence

EXPERIMENT, DATASETS = "kappa", ("iris", "heart")
KAPPAS = (0.5, 1.0, 2.0, 4.0, 8.0)
WIDE, OF_THE_PAPER = 8.0, (0.5, 1.0)


def side(optimizer: str, kappa: float) -> Side:
    return Side(optimizer, {"kappa": kappa})


@training_evidence("EXP-R1", readings={AS_STATED: ()})
def a_wide_grid_trains_better() -> Measurement:
    """Levels from -kappa sigma to kappa sigma, T_max = 0.01: the last validation loss with kappa = 8 against both ends
    of the paper's interval.
    """
    tallies = [
        tally(EXPERIMENT, DATASETS, side(COLD, WIDE), side(COLD, kappa), LAST_VALIDATION_LOSS, question)
        for kappa in OF_THE_PAPER
        for question in [f"last validation loss, kappa = {WIDE:g} minus kappa = {kappa:g}"]
    ]
    return Measurement(
        EXPERIMENT, tallies, on_all, "The half-width of the grid", "kappa in [1/2, 1]", in_full=True
    )


LEAST_LOSS: Metric = lambda run: min(run.curve("train_loss")[1:])  # noqa: E731


def beside_half_of_the_start(
    optimizer: str, kappa: float, datasets: tuple[str, ...], smaller_is_better: bool
) -> Tally:
    found = {
        dataset: paired(
            values(EXPERIMENT, dataset, side(optimizer, kappa), LEAST_LOSS),
            [0.5 * v for v in values(EXPERIMENT, dataset, side(optimizer, kappa), after(0, "train_loss"))],
        )
        for dataset in datasets
    }
    question = f"least training loss minus half of the first, {optimizer}, kappa = {kappa:g}"
    return Tally(question, found, smaller_is_better)


@training_evidence("EXP-R2", readings={AS_STATED: ()})
def no_grid_makes_it_train_as_printed() -> Measurement:
    """Half-widths at T_max = 5 sigma, where the loss has to stay up, and beside them T_max = 0.01, where it has to
    fall: a measure that could not see training would miss it.
    """
    stays = [beside_half_of_the_start(PRINTED, kappa, DATASETS, smaller_is_better=False) for kappa in KAPPAS]
    falls = beside_half_of_the_start(COLD, WIDE, DATASETS, smaller_is_better=True)
    return Measurement(
        EXPERIMENT,
        [*stays, falls],
        on_all,
        "Training loss by half-width of the grid",
        "(no claim of the paper)",
        in_full=True,
    )

"""Training runs with fixed and dynamic fractions, with dropout, and with equal numbers of weight updates."""

from __future__ import annotations

from typing import Any

from proofs.evidence import experiments_convergence as convergence
from proofs.experiment_comparisons import (
    LAST_ACCURACY,
    Measure,
    Side,
    Tally,
    averaged,
    paired,
    tally,
    values,
)
from proofs.experiment_data import Run, load_experiment
from proofs.training_evidence import Measurement, on_all, on_most, training_evidence

EXPERIMENT, DATASETS = "fraction", ("heart", "breast_cancer", "yeast")
ALONE: dict[str, Any] = {"acceptance": "none"}
DYNAMIC = ALONE | {"f_min": 0.01, "f_max": 0.5, "selection": "uniform"}
EPOCHS, LONG, LONGEST = 8, 40, 80
HARD, EASY = ("digits_on_background", "mnist_1d"), "digits"


def side(
    options: dict[str, Any],
    epochs: int,
    *,
    fraction: float | None = None,
    noise: float = 0.0,
    dropout: float = 0.0,
) -> Side:
    """No noise, quantizer or acceptance; a fixed fraction of weights drawn anew for each step, if one is given."""
    fixed = {} if fraction is None else {"f_min": fraction, "f_max": fraction, "selection": "uniform"}
    return Side("recommended", options | fixed, noise, {"epochs": epochs, "dropout": dropout})


@training_evidence("INT-11", readings={"equal number of steps": (EPOCHS,)})
def subset_with_equal_steps(epochs: int) -> Measurement:
    """No noise, quantizer or acceptance: only the fraction differs. f = 0.1 and f = 1 both run 8 epochs."""
    return subset_under_label_noise(epochs)


@training_evidence("INT-11", "NSE-1", readings={"as stated": (LONGEST,)})
def subset_with_equal_updates(epochs: int) -> Measurement:
    """No noise, quantizer or acceptance: only the fraction differs. f = 0.1 runs 80 epochs, f = 1 runs 8."""
    return subset_under_label_noise(epochs)


def subset_under_label_noise(epochs: int) -> Measurement:
    tenth, whole = side(ALONE, epochs, fraction=0.1, noise=0.2), side(ALONE, EPOCHS, fraction=1.0, noise=0.2)
    question = "accuracy with f = 0.1 against f = 1 at 20 % wrong labels"
    return Measurement(
        EXPERIMENT,
        [tally(EXPERIMENT, DATASETS, tenth, whole, LAST_ACCURACY, question)],
        on_most,
        "A tenth of the weights in each step, with wrong labels",
        "limits their influence",
    )


def gap(run: Run) -> float:
    """Validation minus training loss at the end."""
    return run.curve("validation_loss")[-1] - run.curve("train_loss")[-1]


def epoch_seconds(run: Run) -> float:
    return run.curve("seconds")[-1] / float(run.cell["epochs"])


GAP, SECONDS = Measure("gap", gap), Measure("seconds of an epoch", epoch_seconds)
PLAIN, DROPPED = side(ALONE, LONG), side(ALONE, LONG, dropout=0.3)


@training_evidence("INT-10", readings={"as stated": ()})
def dynamic_fraction_against_dropout() -> Measurement:
    """40 epochs, two hidden layers. The gap is validation minus training loss at the end; time is that of one
    processor thread in training. Masked weights still have their gradients computed.
    """
    dynamic = side(DYNAMIC, LONG)
    return Measurement(
        EXPERIMENT,
        [
            tally(EXPERIMENT, DATASETS, dynamic, DROPPED, GAP, "gap against dropout"),
            tally(EXPERIMENT, DATASETS, dynamic, PLAIN, GAP, "gap against neither"),
            tally(EXPERIMENT, DATASETS, dynamic, PLAIN, SECONDS, "seconds of an epoch against neither"),
        ],
        on_most,
        "Dynamic fraction, dropout, neither",
        "less gap, less time",
    )


@training_evidence("INT-9", readings={"overfitting": ()})
def dropout_narrows_the_gap() -> Measurement:
    """40 epochs, two hidden layers, dropout 0.3 against none, each tuned; gap: validation minus training loss."""
    found = tally(EXPERIMENT, DATASETS, DROPPED, PLAIN, GAP, "gap with dropout against without")
    return Measurement(EXPERIMENT, [found], on_most, "Dropout after 40 epochs", "fights overfitting")


@training_evidence("FRC-3")
def fraction_settles(df_gda: str) -> Measurement:
    """Eq. 15 with the absolute loss change and its running maximum, on batches; the fractions are those of the last
    step of each epoch, on digits. As printed the network learns nothing here, and the fraction falls because its
    divisor, the largest change so far, only grows.
    """
    runs = Side(df_gda).runs(load_experiment(convergence.EXPERIMENT), EASY)
    curves = [run.curve("fraction") for run in runs]
    means = [sum(c[epoch] for c in curves) / len(curves) for epoch in range(1, 9)]
    losses = [sum(run.curve("train_loss")[epoch] for run in runs) / len(runs) for epoch in (0, 8)]
    fallen = paired([c[6] for c in curves], [0.5 * c[1] for c in curves])
    settled = paired([abs(c[6] - c[8]) for c in curves], 0.05)
    return Measurement(
        EXPERIMENT,
        [
            Tally("fraction after six epochs minus half of that after one", {EASY: fallen}),
            Tally("its distance from that after eight minus 0.05", {EASY: settled}),
        ],
        on_all,
        f"Mean fraction after epochs 1 to 8: {', '.join(f'{m:.2f}' for m in means)}, while the training loss "
        f"goes from {losses[0]:.2f} to {losses[1]:.2f}",
        "settled by the sixth epoch",
    )


@training_evidence("FRC-4")
def fraction_and_complexity(df_gda: str) -> Measurement:
    """Mean over eight epochs of the fraction at the last step of each."""
    easy, *hard = (
        values(convergence.EXPERIMENT, dataset, Side(df_gda), averaged("fraction"))
        for dataset in (EASY, *HARD)
    )
    found = {dataset: paired(fractions, easy) for dataset, fractions in zip(HARD, hard, strict=True)}
    one = Tally("mean fraction on harder sets against digits", found, smaller_is_better=False)
    shown = ", ".join(f"{dataset}: {value}" for dataset, value in one.differences.items())
    return Measurement(
        EXPERIMENT, [one], on_all, f"Mean fraction, difference from digits: {shown}", "larger on complex sets"
    )

"""Training runs on one data set or a few: DF-GDA against SGD, as the paper compares them set by set.

Where a data set of the paper has to be downloaded, the note of the claim names what stands in for it.
"""

from __future__ import annotations

from proofs.evidence.experiments_convergence import EXPERIMENT, data_sets
from proofs.experiment_comparisons import Measure, Side, Tally, after, averaged, paired, tally
from proofs.experiment_data import load_experiment
from proofs.training_evidence import COLD, PRINTED, Measurement, on_all, on_most, training_evidence

# "sgd 0.001" is SGD without momentum at the learning rate of the paper, untuned.
READINGS = {
    "as printed": (PRINTED, "sgd"),
    "cold": (COLD, "sgd"),
    "cold, against SGD at 0.001": (COLD, "sgd 0.001"),
}
TRAINING, BOTH = ("train_loss",), ("train_loss", "validation_loss")
Moments = dict[str, int | None]
AT_FIVE: Moments = {"after five epochs": 5}


def lower_loss(
    methods: tuple[str, ...],
    datasets: tuple[str, ...],
    losses: tuple[str, ...],
    moments: Moments,
    stated: str,
) -> Measurement:
    """On every data set each loss at each moment is lower; the moment None is the average over epochs."""
    df_gda, rival = methods
    tallies = [
        tally(
            EXPERIMENT,
            datasets,
            Side(df_gda),
            Side(rival),
            Measure("", averaged(name) if epoch is None else after(epoch, name)),
            f"{name.replace('_', ' ')} {moment} against {rival}",
        )
        for name in losses
        for moment, epoch in moments.items()
    ]
    return Measurement(EXPERIMENT, tallies, on_all, f"{df_gda} and {rival}", stated)


@training_evidence("DSC-1", readings=READINGS)
def digits_image(*methods: str) -> Measurement:
    """Runs on digits of 8 x 8 pixels, a network shaped like LeNet-5."""
    return lower_loss(
        methods, ("digits",), BOTH, {"after three epochs": 3}, "stable and low in the first epochs"
    )


@training_evidence("DSC-2", readings=READINGS)
def background(*methods: str) -> Measurement:
    """Runs on digits over a random coloured background, three convolutions."""
    return lower_loss(methods, ("digits_on_background",), BOTH, {"averaged": None}, "consistently lower")


@training_evidence("DSC-3", readings=READINGS)
def harder_signals(*methods: str) -> Measurement:
    """Runs on MNIST-1D, three convolutions."""
    moments: Moments = {"after four epochs": 4, "at the end": 8}
    return lower_loss(methods, ("mnist_1d",), BOTH, moments, "faster and lower")


@training_evidence("DSC-4", readings=READINGS)
def first_drop(df_gda: str, rival: str) -> Measurement:
    """Each pair of runs is stopped where the rival's training loss is first below 80 % of its start, or at the end
    where it never is.
    """
    runs, found = load_experiment(EXPERIMENT), {}
    for dataset in data_sets():
        ours, theirs = [], []
        pairs = zip(Side(df_gda).runs(runs, dataset), Side(rival).runs(runs, dataset), strict=True)
        for mine, other in pairs:
            curve = other.curve("train_loss")
            dropped = [epoch for epoch, loss in enumerate(curve) if loss < 0.8 * curve[0]]
            epoch = dropped[0] if dropped else len(curve) - 1
            ours.append(mine.curve("train_loss")[epoch])
            theirs.append(curve[epoch])
        found[dataset] = paired(ours, theirs)
    one = Tally(f"training loss at the first large drop of {rival}", found)
    return Measurement(EXPERIMENT, [one], on_most, f"{df_gda} and {rival}", "still ahead")


@training_evidence("DSC-5", readings=READINGS)
def yeast(*methods: str) -> Measurement:
    """Runs on yeast with six classes, two hidden layers."""
    return lower_loss(methods, ("yeast",), TRAINING, AT_FIVE, "about 0.5 against 1.4")


@training_evidence("DSC-6", readings=READINGS)
def heart(*methods: str) -> Measurement:
    """Runs on heart, two hidden layers."""
    return lower_loss(methods, ("heart",), TRAINING, AT_FIVE, "about 0.2 against 0.4")


@training_evidence("DSC-7", readings=READINGS)
def liver(*methods: str) -> Measurement:
    """Runs on liver disorders, one hidden layer."""
    return lower_loss(methods, ("liver",), TRAINING, AT_FIVE | {"at the end": 8}, "faster and lower")


@training_evidence("DSC-8", readings=READINGS)
def texts(*methods: str) -> Measurement:
    """Runs on synthetic short texts, 1-D CNN."""
    return lower_loss(methods, ("texts",), TRAINING, AT_FIVE, "about 0.2 against 0.4")


@training_evidence("DSC-9", readings=READINGS)
def texts_early(*methods: str) -> Measurement:
    """Runs on synthetic short texts, 1-D CNN."""
    return lower_loss(methods, ("texts",), TRAINING, {"after two epochs": 2}, "faster between epochs 1 and 2")


@training_evidence("DSC-10", readings=READINGS)
def four_sets(*methods: str) -> Measurement:
    """Runs on sequences (LSTM), yeast, iris, breast cancer (fully connected)."""
    datasets = ("sequences", "yeast", "iris", "breast_cancer")
    return lower_loss(methods, datasets, TRAINING, AT_FIVE, "all favour DF-GDA")

"""Training runs on one data set or a few: DF-GDA against SGD, as the paper compares them set by set.

Where a data set of the paper has to be downloaded, the note of the claim names what stands in for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proofs.evidence.experiments_convergence import AHEAD, BEHIND, COLD, PRINTED, convergence, verdict
from proofs.experiment_comparisons import LOSES, MEASURED, WINS, Side, Tally, after, averaged, tally
from proofs.experiment_data import load_experiment
from proofs.outcome import Method, Outcome
from proofs.paired_comparison import paired_difference
from proofs.registry import control, evidence

TRAINING, BOTH = ("train_loss",), ("train_loss", "validation_loss")
SGD, UNTUNED = "sgd", "sgd 0.001"
AGAINST_UNTUNED = "cold, against SGD at 0.001"


def lower_loss(
    df_gda: str,
    rival: str,
    world: str,
    datasets: Sequence[str],
    moments: Mapping[str, int | None],
    names: Sequence[str],
    stated: str,
) -> Outcome:
    """On every data set each loss at each moment is lower; the moment None is the average over epochs."""
    runs = convergence(df_gda, world)
    tallies = [
        tally(
            runs,
            datasets,
            Side(df_gda),
            Side(rival),
            averaged(name) if epoch is None else after(epoch, name),
            f"{name.replace('_', ' ')} {moment} against {rival}",
        )
        for name in names
        for moment, epoch in moments.items()
    ]
    return verdict(tallies, f"{df_gda} and {rival}", stated, all(one.on_all for one in tallies))


DIGITS_IMAGE = (("digits",), {"after three epochs": 3}, BOTH, "stable and low in the first epochs")


@evidence("DSC-1", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def digits_image_as_printed(world: str = MEASURED) -> Outcome:
    """Runs on digits of 8 x 8 pixels, a network shaped like LeNet-5."""
    return lower_loss(PRINTED, SGD, world, *DIGITS_IMAGE)


@evidence("DSC-1", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def digits_image_cold(world: str = MEASURED) -> Outcome:
    """Runs on digits of 8 x 8 pixels, a network shaped like LeNet-5."""
    return lower_loss(COLD, SGD, world, *DIGITS_IMAGE)


@evidence("DSC-1", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(AHEAD, world=WINS)
def digits_image_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum: runs on digits of 8 x 8 pixels, a network shaped like LeNet-5."""
    return lower_loss(COLD, UNTUNED, world, *DIGITS_IMAGE)


BACKGROUND = (("digits_on_background",), {"averaged": None}, BOTH, "consistently lower")


@evidence("DSC-2", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def background_as_printed(world: str = MEASURED) -> Outcome:
    """Runs on digits over a random coloured background, three convolutions."""
    return lower_loss(PRINTED, SGD, world, *BACKGROUND)


@evidence("DSC-2", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def background_cold(world: str = MEASURED) -> Outcome:
    """Runs on digits over a random coloured background, three convolutions."""
    return lower_loss(COLD, SGD, world, *BACKGROUND)


@evidence("DSC-2", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(BEHIND, world=LOSES)
def background_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum: runs on digits over a random coloured background, three convolutions."""
    return lower_loss(COLD, UNTUNED, world, *BACKGROUND)


HARDER_SIGNALS = (("mnist_1d",), {"after four epochs": 4, "at the end": 8}, BOTH, "faster and lower")


@evidence("DSC-3", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def harder_signals_as_printed(world: str = MEASURED) -> Outcome:
    """Runs on MNIST-1D, three convolutions."""
    return lower_loss(PRINTED, SGD, world, *HARDER_SIGNALS)


@evidence("DSC-3", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def harder_signals_cold(world: str = MEASURED) -> Outcome:
    """Runs on MNIST-1D, three convolutions."""
    return lower_loss(COLD, SGD, world, *HARDER_SIGNALS)


@evidence("DSC-3", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(BEHIND, world=LOSES)
def harder_signals_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum: runs on MNIST-1D, three convolutions."""
    return lower_loss(COLD, UNTUNED, world, *HARDER_SIGNALS)


YEAST = (("yeast",), {"after five epochs": 5}, TRAINING, "about 0.5 against 1.4")


@evidence("DSC-5", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def yeast_as_printed(world: str = MEASURED) -> Outcome:
    """Runs on yeast with six classes, two hidden layers."""
    return lower_loss(PRINTED, SGD, world, *YEAST)


@evidence("DSC-5", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def yeast_cold(world: str = MEASURED) -> Outcome:
    """Runs on yeast with six classes, two hidden layers."""
    return lower_loss(COLD, SGD, world, *YEAST)


@evidence("DSC-5", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(BEHIND, world=LOSES)
def yeast_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum: runs on yeast with six classes, two hidden layers."""
    return lower_loss(COLD, UNTUNED, world, *YEAST)


HEART = (("heart",), {"after five epochs": 5}, TRAINING, "about 0.2 against 0.4")


@evidence("DSC-6", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def heart_as_printed(world: str = MEASURED) -> Outcome:
    """Runs on heart, two hidden layers."""
    return lower_loss(PRINTED, SGD, world, *HEART)


@evidence("DSC-6", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def heart_cold(world: str = MEASURED) -> Outcome:
    """Runs on heart, two hidden layers."""
    return lower_loss(COLD, SGD, world, *HEART)


@evidence("DSC-6", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(BEHIND, world=LOSES)
def heart_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum: runs on heart, two hidden layers."""
    return lower_loss(COLD, UNTUNED, world, *HEART)


LIVER = (("liver",), {"after five epochs": 5, "at the end": 8}, TRAINING, "faster and lower")


@evidence("DSC-7", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def liver_as_printed(world: str = MEASURED) -> Outcome:
    """Runs on liver disorders, one hidden layer."""
    return lower_loss(PRINTED, SGD, world, *LIVER)


@evidence("DSC-7", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def liver_cold(world: str = MEASURED) -> Outcome:
    """Runs on liver disorders, one hidden layer."""
    return lower_loss(COLD, SGD, world, *LIVER)


@evidence("DSC-7", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(BEHIND, world=LOSES)
def liver_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum: runs on liver disorders, one hidden layer."""
    return lower_loss(COLD, UNTUNED, world, *LIVER)


TEXTS = (("texts",), {"after five epochs": 5}, TRAINING, "about 0.2 against 0.4")


@evidence("DSC-8", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def texts_as_printed(world: str = MEASURED) -> Outcome:
    """Runs on synthetic short texts, 1-D CNN."""
    return lower_loss(PRINTED, SGD, world, *TEXTS)


@evidence("DSC-8", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def texts_cold(world: str = MEASURED) -> Outcome:
    """Runs on synthetic short texts, 1-D CNN."""
    return lower_loss(COLD, SGD, world, *TEXTS)


@evidence("DSC-8", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(AHEAD, world=WINS)
def texts_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum: runs on synthetic short texts, 1-D CNN."""
    return lower_loss(COLD, UNTUNED, world, *TEXTS)


TEXTS_EARLY = (("texts",), {"after two epochs": 2}, TRAINING, "faster between epochs 1 and 2")


@evidence("DSC-9", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def texts_early_as_printed(world: str = MEASURED) -> Outcome:
    """Runs on synthetic short texts, 1-D CNN."""
    return lower_loss(PRINTED, SGD, world, *TEXTS_EARLY)


@evidence("DSC-9", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def texts_early_cold(world: str = MEASURED) -> Outcome:
    """Runs on synthetic short texts, 1-D CNN."""
    return lower_loss(COLD, SGD, world, *TEXTS_EARLY)


@evidence("DSC-9", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(AHEAD, world=WINS)
def texts_early_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum: runs on synthetic short texts, 1-D CNN."""
    return lower_loss(COLD, UNTUNED, world, *TEXTS_EARLY)


FOUR_SETS = (
    ("sequences", "yeast", "iris", "breast_cancer"),
    {"after five epochs": 5},
    TRAINING,
    "all favour DF-GDA",
)


@evidence("DSC-10", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def four_sets_as_printed(world: str = MEASURED) -> Outcome:
    """Runs on sequences (LSTM), yeast, iris, breast cancer (fully connected)."""
    return lower_loss(PRINTED, SGD, world, *FOUR_SETS)


@evidence("DSC-10", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def four_sets_cold(world: str = MEASURED) -> Outcome:
    """Runs on sequences (LSTM), yeast, iris, breast cancer (fully connected)."""
    return lower_loss(COLD, SGD, world, *FOUR_SETS)


@evidence("DSC-10", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(BEHIND, world=LOSES)
def four_sets_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum: runs on sequences (LSTM), yeast, iris, breast cancer (fully connected)."""
    return lower_loss(COLD, UNTUNED, world, *FOUR_SETS)


def at_the_first_drop(df_gda: str, rival: str, world: str) -> Outcome:
    """Training loss at the epoch where the rival's is first below 80 % of its start, the last epoch if it never is."""
    runs, found = convergence(df_gda, world), {}
    for dataset in load_experiment("convergence").datasets():
        ours, theirs = [], []
        for mine, other in zip(
            Side(df_gda).runs(runs, dataset), Side(rival).runs(runs, dataset), strict=True
        ):
            curve = other.curve("train_loss")
            dropped = [epoch for epoch, loss in enumerate(curve) if loss < 0.8 * curve[0]]
            epoch = dropped[0] if dropped else len(curve) - 1
            ours.append(mine.curve("train_loss")[epoch])
            theirs.append(curve[epoch])
        found[dataset] = paired_difference(ours, theirs)
    one = Tally(f"training loss at the first large drop of {rival}", found)
    return verdict([one], f"{df_gda} and {rival}", "still ahead")


@evidence("DSC-4", method=Method.MEASUREMENT, reading="as printed")
@control(AHEAD, world=WINS)
def first_drop_as_printed(world: str = MEASURED) -> Outcome:
    """Each pair of runs is stopped where SGD's training loss has fallen by a fifth."""
    return at_the_first_drop(PRINTED, SGD, world)


@evidence("DSC-4", method=Method.MEASUREMENT, reading="cold")
@control(AHEAD, world=WINS)
def first_drop_cold(world: str = MEASURED) -> Outcome:
    """Each pair of runs is stopped where SGD's training loss has fallen by a fifth."""
    return at_the_first_drop(COLD, SGD, world)


@evidence("DSC-4", method=Method.MEASUREMENT, reading=AGAINST_UNTUNED)
@control(BEHIND, world=LOSES)
def first_drop_against_untuned(world: str = MEASURED) -> Outcome:
    """Against SGD at 0.001 without momentum, stopped where its training loss has fallen by a fifth or at the end."""
    return at_the_first_drop(COLD, UNTUNED, world)

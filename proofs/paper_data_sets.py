"""The data sets and models that the paper names, and what its text says was compared on each, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DataSet:
    """A data set as the text describes it.

    group:    its group in L36-38
    modality: the modality of Table 2's description (L40) that fits it
    rivals:   the methods with which the prose compares DF-GDA on it; empty if no result is described
    measure:  what is compared
    place:    the lines that say so
    script:   whether the released repository has a script for it
    """

    name: str
    group: str
    modality: str
    rivals: frozenset[str]
    measure: str
    place: str
    script: bool = False


FIVE = frozenset({"Shampoo", "Adam", "RMSProp", "SGD with momentum", "simulated annealing"})
SGD = frozenset({"SGD"})


def _small_image(name: str) -> DataSet:
    return DataSet(name, "images", "small images", SGD, "loss, noisy labels", "L61, L74", script=True)


def _figure_seven(name: str, group: str, modality: str) -> DataSet:
    return DataSet(name, group, modality, SGD, "training loss, five epochs", "L62-64")


DATA_SETS = (
    DataSet("ImageNet", "large", "natural images", FIVE, "loss, top-1 error, time", "L45-46, L53, L59"),
    DataSet("Kinetics-700", "large", "video", frozenset(), "", ""),
    *(_small_image(name) for name in ("MNIST", "MNIST-M", "CIFAR-10", "SVHN", "USPS")),
    *(_figure_seven(name, "language", "text") for name in ("IMDB", "SMS Spam", "Airline Sentiment")),
    *(
        _figure_seven(name, "healthcare", "tables")
        for name in ("Breast Cancer Wisconsin", "Heart Disease", "Liver Patient Records")
    ),
    _figure_seven("Human Activity Recognition", "bioinformatics", "sensor sequences"),
    _figure_seven("YEAST", "bioinformatics", "tables"),
    _figure_seven("IRIS", "bioinformatics", "tables"),
)

MODELS = {  # L40
    "LeNet-5": "small images",
    "3-layer CNN": "small images",
    "RBF-SVM": "small images",
    "ResNet-50": "natural images",
    "3D-ResNet-50": "video",
    "LSTM": "sensor sequences",
    "1-D CNN": "text",
    "fully connected, biomedical": "tables",
    "fully connected, low-dimensional": "tables",
}

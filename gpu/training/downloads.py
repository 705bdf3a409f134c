"""Data sets that have to be downloaded: what would be fetched, how much, from where, and nothing without a word.

No experiment here needs them.  They are read with torchvision and with scikit-learn's client of OpenML.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gpu.training.datasets import DataSet, split

FOLDER = Path("build/downloads")


@dataclass(frozen=True)
class Source:
    """Where a data set lies.

    Attributes:
        kind: "torchvision" or "openml".
        identifier: the class of torchvision, or the name at OpenML.
        megabytes: size of the files, rounded up.
        host: where they come from.
    """

    kind: str
    identifier: str
    megabytes: int
    host: str


# Sizes are those of the files the hosts serve, rounded up.
SOURCES: dict[str, Source] = {
    "mnist": Source("torchvision", "MNIST", 12, "ossci-datasets.s3.amazonaws.com"),
    "usps": Source("torchvision", "USPS", 9, "www.csie.ntu.edu.tw"),
    "svhn": Source("torchvision", "SVHN", 250, "ufldl.stanford.edu"),
    "cifar10": Source("torchvision", "CIFAR10", 171, "www.cs.toronto.edu"),
    "har": Source("openml", "har", 60, "www.openml.org"),
    "yeast": Source("openml", "yeast", 1, "www.openml.org"),
    "heart": Source("openml", "heart-statlog", 1, "www.openml.org"),
    "liver": Source("openml", "ilpd", 1, "www.openml.org"),
    "spam": Source("openml", "spambase", 1, "www.openml.org"),
}


def announcement(name: str, folder: Path = FOLDER) -> str:
    """Return the sentence that says what a download would be.

    >>> announcement("svhn")
    'svhn: about 250 MB from ufldl.stanford.edu (torchvision, SVHN) into build/downloads'
    """
    source = _source(name)
    return f"{name}: about {source.megabytes} MB from {source.host} ({source.kind}, {source.identifier}) into {folder}"


def load_downloaded(
    name: str,
    seed: int,
    label_noise: float = 0.0,
    *,
    allow_download: bool = False,
    folder: Path = FOLDER,
    say: Callable[[str], Any] = print,
) -> DataSet:
    """Return a downloaded data set, split like the others.

    Arguments:
        name: a key of ``SOURCES``.
        seed, label_noise: as in ``datasets.load``.
        allow_download: without it only what lies in the folder is used.
        folder: where the files are or go.
        say: gets the announcement before a download begins.

    Raises:
        ValueError: an unknown name.
        ModuleNotFoundError: torchvision or scikit-learn is missing.
        FileNotFoundError: not in the folder, and downloading was not allowed.
        ConnectionError: the download failed; the message says what to do.
    """
    source = _source(name)
    read = {"torchvision": _torchvision, "openml": _openml}[source.kind]
    if allow_download:
        say(f"downloading {announcement(name, folder)}")
    try:
        inputs, labels = read(source, folder, allow_download)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{name} is read with {error.name}, which is not installed: pip install {error.name}"
        ) from None
    except (OSError, RuntimeError) as error:
        if not allow_download:
            raise FileNotFoundError(
                f"{name} is not in {folder}; allow_download=True fetches {announcement(name, folder)}"
            ) from error
        raise ConnectionError(
            f"{name} could not be downloaded from {source.host} ({error}); check the connection, or put the files "
            f"into {folder} by hand, or use the data sets of gpu.training.datasets, which need no network"
        ) from error
    return split(inputs, labels, seed, label_noise)


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise ValueError(f"name must be one of {', '.join(SOURCES)}, got {name!r}")
    return SOURCES[name]


def _torchvision(source: Source, folder: Path, download: bool) -> tuple[np.ndarray, np.ndarray]:
    from torchvision import datasets  # type: ignore[import-not-found, unused-ignore]

    part = {"split": "train"} if source.identifier == "SVHN" else {"train": True}
    found = getattr(datasets, source.identifier)(str(folder), download=download, **part)
    images = np.asarray(found.data, dtype=np.float32) / 255.0
    labels = np.asarray(getattr(found, "targets", getattr(found, "labels", None)), dtype=np.int64)
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[-1] == 3:
        images = images.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(images), labels


def _openml(source: Source, folder: Path, download: bool) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import fetch_openml

    if not download and not (folder / "openml").exists():
        raise FileNotFoundError(f"{folder / 'openml'} does not exist")
    with warnings.catch_warnings():
        # Its retry is announced by a warning; the error that follows says the same.
        warnings.simplefilter("ignore")
        found = fetch_openml(
            source.identifier, version=1, as_frame=False, data_home=str(folder), n_retries=1, delay=0.1
        )
    labels = np.unique(found.target, return_inverse=True)[1]
    return np.asarray(found.data, dtype=np.float32), labels.astype(np.int64)

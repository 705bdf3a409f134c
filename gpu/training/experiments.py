"""The experiments: which arms each of them consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from gpu.training.arm import Arm
from gpu.training.optimizers import METHODS

LANDSCAPE_SEEDS, LABEL_NOISE_SEEDS = 10, 30  # our choice

# Our choice: all quick sets together take some twenty seconds.  The most runs of one experiment, and of the large one.
QUICK_SEEDS, QUICK_RUNS, QUICK_CONVERGENCE = 2, 7, 28
# Their losses depend on the last bits of the arithmetic after some epochs, and so on the processor.
CHAOTIC = ("shampoo", "polystep")

TABLES = ("iris", "heart", "breast_cancer", "yeast", "liver")
IMAGES = ("digits", "texts", "digits_on_background", "mnist_1d", "sequences")
DYNAMIC = {"f_min": 0.01, "f_max": 0.5, "selection": "uniform"}  # the paper's bounds


def convergence() -> Iterator[Arm]:
    """Ten data sets, all optimizers of the table: loss and accuracy against epochs and seconds."""
    for dataset in (*TABLES, *IMAGES):
        for optimizer in METHODS:
            yield Arm(dataset, optimizer)


# The entropy schedule needs the quantizer's levels: with and without the quantizer the temperature is fixed.
PARTS_CHANGED: tuple[dict[str, Any], ...] = (
    {"schedule": "fixed"},
    {"schedule": "fixed", "quantizer": None},
    {"acceptance_rule": "descent"},
    {"noise": "zero"},
)


def label_noise() -> Iterator[Arm]:
    """0 to 20 percent wrong training labels; SGD with decay and (from the same runs) early stopping as controls.

    At 0 and 20 percent also the cold algorithm with one part taken out or replaced.
    """
    # Longer, or with more seeds, than the other experiments: falls of a few points are to be told apart.
    for dataset, factor in (("heart", 1.0), ("breast_cancer", 1.0), ("digits", 2.0)):
        for share in (0.0, 0.05, 0.1, 0.2):
            for optimizer in ("sgd", "sgd, cosine decay", "adam", "printed", "printed, cold", "recommended"):
                yield Arm(dataset, optimizer, label_noise=share, epoch_factor=factor, seeds=LABEL_NOISE_SEEDS)
        for share in (0.0, 0.2):
            for options in PARTS_CHANGED:
                yield Arm(
                    dataset,
                    "printed, cold",
                    options,
                    label_noise=share,
                    epoch_factor=factor,
                    seeds=LABEL_NOISE_SEEDS,
                )


def schedules() -> Iterator[Arm]:
    """Entropy, geometric and fixed temperature: as printed, and cold, where the algorithm learns."""
    for dataset in ("heart", "breast_cancer", "yeast"):
        for schedule in ("entropy", "geometric", "fixed"):
            yield Arm(dataset, "printed", {"schedule": schedule})
            for share in (0.0, 0.2):
                yield Arm(dataset, "printed, cold", {"schedule": schedule}, label_noise=share)


def fraction() -> Iterator[Arm]:
    """Fixed fractions and the dynamic one, alone (no noise, quantizer or test); dropout; equal update budgets."""
    alone: dict[str, Any] = {"acceptance": "none"}
    grid = METHODS["printed, cold"].grid
    for dataset in ("heart", "breast_cancer", "yeast"):
        for share in (0.0, 0.2):
            for value in (0.01, 0.1, 0.3, 1.0):
                fixed = {"f_min": value, "f_max": value, "selection": "uniform"}
                yield Arm(dataset, "recommended", alone | fixed, label_noise=share, grid=grid)
            yield Arm(dataset, "recommended", alone | DYNAMIC, label_noise=share, grid=grid)
        tenth = {"f_min": 0.1, "f_max": 0.1, "selection": "uniform"}
        yield Arm(dataset, "recommended", alone | tenth, label_noise=0.2, grid=grid, epoch_factor=10)
        # Long enough to overfit: neither, dropout, the dynamic fraction.  Not the wide grid: over 40 epochs its
        # upper end makes all hidden units die with some seeds, and not with the one that tunes.
        rates = METHODS["sgd"].grid
        yield Arm(dataset, "recommended", alone, grid=rates, epoch_factor=5)
        yield Arm(dataset, "recommended", alone, grid=rates, epoch_factor=5, dropout=0.3)
        yield Arm(dataset, "recommended", alone | DYNAMIC, grid=rates, epoch_factor=5)


def level_count() -> Iterator[Arm]:
    """K from 8 to 1024, with the literal sum over levels, as printed and cold; one learning rate for all K."""
    for dataset in ("iris", "heart"):
        for optimizer, lr in (("printed", 0.1), ("printed, cold", 2.0)):
            for count in (8, 16, 32, 64, 128, 256, 512, 1024):
                options = {"level_count": count, "quantizer": "literal"}
                yield Arm(dataset, optimizer, options, grid=(lr,))


def kappa() -> Iterator[Arm]:
    """Half-width of the grid of levels in units of sigma, as printed and cold; one learning rate."""
    for dataset in ("iris", "heart"):
        for optimizer, lr in (("printed", 0.1), ("printed, cold", 2.0)):
            for value in (0.5, 1.0, 2.0, 4.0, 8.0):
                yield Arm(dataset, optimizer, {"kappa": value}, grid=(lr,))


def regularization() -> Iterator[Arm]:
    """The weight lambda of the barrier in the energy, from 0 to 1, cold; one learning rate."""
    for dataset in ("iris", "heart", "liver", "breast_cancer"):
        for value in (0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1.0):
            yield Arm(dataset, "printed, cold", {"regularization": value}, grid=(2.0,))


FACTORS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "fraction": ({"f_min": 1.0, "f_max": 1.0}, {"f_min": 0.01, "f_max": 0.5}),
    "quantizer": ({"quantizer": None}, {"quantizer": "closed_form"}),
    "noise": ({"noise": "zero"}, {"noise": "linear"}),
    "acceptance": ({"acceptance": "none"}, {"acceptance": "linearised"}),
    # Not the entropy schedule, which needs the quantizer's levels.
    "schedule": ({"schedule": "fixed"}, {"schedule": "geometric"}),
}


def components() -> Iterator[Arm]:
    """Five parts on or off, around the cold setting: the half of 2^5 with an odd number of parts.

    The defining relation schedule = fraction x quantizer x noise x acceptance (levels -1, +1) makes main effects
    and interactions of two parts distinguishable; effects are mixed with those of three or more parts.
    """
    names = list(FACTORS)
    for dataset in ("iris", "heart", "yeast"):
        for number in range(16):
            levels = [(number >> place) & 1 for place in range(4)]
            levels.append(1 - sum(levels) % 2)
            options: dict[str, Any] = {}
            for name, level in zip(names, levels, strict=True):
                options |= FACTORS[name][level]
            yield Arm(dataset, "printed, cold", options)


def landscape() -> Iterator[Arm]:
    """A ring of two hundred coupled double wells: final energy and order, ten seeds."""
    warm = {"noise": "linear", "acceptance_rule": "metropolis", "initial_temperature": 0.3}
    names = ("sgd", "momentum", "adam", "shampoo", "annealing", "released")
    for optimizer in (*names, "printed", "printed, cold", "recommended"):
        yield Arm("wells", optimizer, seeds=LANDSCAPE_SEEDS)
    yield Arm("wells", "recommended", warm | {"schedule": "geometric"}, seeds=LANDSCAPE_SEEDS)


EXPERIMENTS: dict[str, Callable[[], Iterator[Arm]]] = {
    "landscape": landscape,
    "convergence": convergence,
    "level_count": level_count,
    "kappa": kappa,
    "regularization": regularization,
    "fraction": fraction,
    "schedules": schedules,
    "components": components,
    "label_noise": label_noise,
}


def arms(name: str, *, quick: bool = False, seeds: int | None = None) -> list[Arm]:
    """Return the arms of an experiment; the quick ones are a few of them with fewer seeds, otherwise as they are.

    So every quick run is a run of the full set too, tuned in the same way, and can be compared with its record.

    Raises:
        ValueError: an unknown name, or fewer than one seed.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"name must be one of {', '.join(EXPERIMENTS)}, got {name!r}")
    if seeds is not None and seeds < 1:
        raise ValueError(f"seeds must be at least 1, got {seeds}")
    found = list(EXPERIMENTS[name]())
    if quick:
        first, shortest = found[0].dataset, min(arm.epoch_factor for arm in found)
        found = [
            replace(arm, seeds=QUICK_SEEDS)
            for arm in found
            if arm.dataset == first and arm.epoch_factor == shortest and arm.optimizer not in CHAOTIC
        ]
        runs = max(len(arm.tuning()) + arm.seeds for arm in found)
        number = (QUICK_CONVERGENCE if name == "convergence" else QUICK_RUNS) // runs
        found = found[:: -(len(found) // number)][
            :number
        ]  # spread over the list from its end, where DF-GDA stands
    return [arm if seeds is None else replace(arm, seeds=seeds) for arm in found]

"""Training runs on a ring of coupled double wells: who gets trapped; and the rows that need it beside networks."""

from __future__ import annotations

import math

from proofs.evidence.experiments_convergence import against
from proofs.evidence.experiments_label_noise import drops
from proofs.experiment_comparisons import (
    LAST_ACCURACY,
    LAST_VALIDATION_LOSS,
    MEAN_TRAINING_LOSS,
    Measure,
    Side,
    Tally,
    paired,
    tally,
    values,
)
from proofs.experiment_data import Run
from proofs.training_evidence import Measurement, on_all, on_most, training_evidence

EXPERIMENT = "landscape"
WELLS, COUPLING, TILT = 200, 0.2, 0.1  # as in the runs


def energies(first: str, second: str) -> Tally:
    question = f"last energy of {first} against {second}"
    return tally(EXPERIMENT, ("wells",), Side(first), Side(second), LAST_VALIDATION_LOSS, question)


def best_energy() -> float:
    """Energy of the state with all positions at the same x > 0: WELLS ((x^2-1)^2 - c x^2 - h x), least over x.

    Newton's method on 4x^3 - (4 + 2c) x - h = 0 from x = 1.2, where the function is convex.
    """
    x = 1.2
    for _ in range(50):
        x -= (4 * x**3 - (4 + 2 * COUPLING) * x - TILT) / (12 * x**2 - (4 + 2 * COUPLING))
    return WELLS * ((x * x - 1) ** 2 - COUPLING * x * x - TILT * x)


@training_evidence("INT-4")
def lower_and_ordered(df_gda: str) -> Measurement:
    """Sum over the ring of (x^2 - 1)^2 - x x'/5 - x/10; order is the absolute mean of the signs."""
    sides = Side(df_gda), Side("sgd")
    order = tally(EXPERIMENT, ("wells",), *sides, LAST_ACCURACY, f"last order of {df_gda} against sgd")
    return Measurement(
        EXPERIMENT,
        [energies(df_gda, "sgd"), order],
        on_all,
        "Energy and order at the end",
        "lower and ordered",
    )


@training_evidence("INT-1")
def sgd_and_adam_are_trapped_and_df_gda_is_not(df_gda: str) -> Measurement:
    """SGD and Adam end above the best energy by more than one wall, and DF-GDA does not, or is below both. A wall
    between domains costs about 2c = 2/5. A criterion on SGD and Adam alone would be met by any method that is
    local, DF-GDA included, so the sentence is read with the contrast that it is there for.
    """
    limit = best_energy() + 2 * COUPLING
    above = []
    for name in ("sgd", "adam", df_gda):
        energy = values(EXPERIMENT, "wells", Side(name), LAST_VALIDATION_LOSS.of)
        question = f"{name} above the best state and a wall"
        above.append(Tally(question, {"wells": paired(energy, limit)}, smaller_is_better=False))
    below = [energies(df_gda, rival) for rival in ("sgd", "adam")]
    return Measurement(
        EXPERIMENT,
        [*above, *below],
        lambda t: on_all(t[:2]) and (not t[2].on_all or on_all(t[3:])),
        "Trapped in the ring of wells",
        "SGD and Adam, not DF-GDA",
    )


@training_evidence("CPX-11")
def leaves_basins(df_gda: str) -> Measurement:
    """Below SGD, which descends into the basin where it starts, and not above annealing."""
    return Measurement(
        EXPERIMENT,
        [energies(df_gda, "sgd"), energies(df_gda, "annealing")],
        lambda tallies: tallies[0].on_all and tallies[1].differences["wells"].high <= 0,
        "Leaving poor basins",
        "as able as annealing",
    )


@training_evidence("ABS-1")
def less_trapped_and_faster(df_gda: str) -> Measurement:
    """Last energy in the ring of wells; training loss averaged over epochs on ten data sets."""
    return Measurement(
        EXPERIMENT,
        [energies(df_gda, "sgd"), *against(df_gda, ("sgd",), MEAN_TRAINING_LOSS)],
        lambda tallies: tallies[0].on_all and tallies[1].on_most,
        "DF-GDA and SGD",
        "less trapped and faster",
    )


def log_seconds_of_an_epoch(run: Run) -> float:
    seconds = run.curve("seconds")
    return math.log(seconds[-1] / (len(seconds) - 1))


@training_evidence("INT-19")
def columns_of_the_table(df_gda: str) -> Measurement:
    """Speed, robustness to label noise, efficiency, escape from local minima; all must hold."""
    rivals = ("sgd", "adam", "annealing", "shampoo")
    efficiency = Measure("log seconds of an epoch", log_seconds_of_an_epoch)
    networks = against(df_gda, rivals, MEAN_TRAINING_LOSS, efficiency)
    robustness = [drops(df_gda, rival, (0.2,)) for rival in ("sgd", "adam")]
    escape = [energies(df_gda, rival) for rival in rivals]
    # Of one data set "more than half" means that one.
    return Measurement(
        EXPERIMENT, [*networks, *robustness, *escape], on_most, "Four columns of Table 1", "ahead in all"
    )

"""Symbols of the paper that stand for several things, and where the reader can be misled by it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import z3

from proofs.outcome import Method, Outcome, contradiction_if
from proofs.passages import compare, satisfiable
from proofs.registry import control, evidence
from reference.levels import uniform_levels

MEANINGS = {
    "alpha": (
        "L104: weight of the running mean",
        "L153: sensitivity of the fraction",
        "L188: dual variables",
    ),
    "mu": ("L104: mean-field derivative", "L253: expected decrease of the loss", "L194: centroid"),
    "L": ("L94: the loss", "L309: Lipschitz constant of its gradient"),
    "B": ("L135: number of blocks", "L160: block of the data", "L295: set of updated parameters"),
    "DeltaE": ("L204: largest difference", "L221: gap to the second nearest", "L170: change by a proposal"),
    "N": ("L147: number of neurons", "L153: iterations", "L185: samples"),
    "k": ("L138: number of updated parameters", "L204: index of a level", "L193: number of clusters"),
    "E": ("L96: energy of the parameters", "L158: number of epochs", "L221: distance to a level"),
}


@evidence("X-13", method=Method.SMT)
@control("with one passage per symbol there is no conflict", passages=1)
def symbols_with_several_meanings(passages: int | None = None) -> Outcome:
    """Each listed passage assigns its symbol a meaning, the meanings being different things. "One symbol, one
    meaning" together with the passages has no model, for each of the eight symbols alone.
    """
    conflicts = {}
    for symbol, uses in MEANINGS.items():
        meaning = z3.Int(symbol)  # the position of its one meaning in the list
        kept = range(len(uses))[:passages]
        conflicts[f"{symbol}: {len(uses)} meanings, no single one"] = (
            satisfiable(*(meaning == position for position in kept)) is None
        )
    return contradiction_if(
        conflicts,
        "Eight symbols have two or three meanings each",
        witness={symbol: "; ".join(uses) for symbol, uses in MEANINGS.items()},
    )


@evidence("X-13", method=Method.SMT)
@control("without Theorem 2's definition", without="Theorem 2 (L221): smallest gap")
def energy_differences_of_both_theorems_disagree(without: str | None = None) -> Outcome:
    """Both theorems call their quantity DeltaE(theta_i), the first the largest difference of two distances,
    the second the gap between the two smallest. With three levels at three different distances the two
    numbers differ (for two levels they agree), so a reader who carries a value from one theorem to the
    other gets a temperature for another condition. Example: levels -1, 0, 1, theta = 1/4: 1 against 1/2.
    """
    energy, first, second, third = z3.Reals("DeltaE d_1 d_2 d_3")
    distances = np.sort(np.abs(0.25 - uniform_levels(1.0, 3)))
    return compare(
        {
            "three levels at different distances": z3.And(first >= 0, first < second, second < third),
            "Theorem 1 (L204, L210): largest difference": energy == third - first,
            "Theorem 2 (L221): smallest gap": energy == second - first,
        },
        "DeltaE(theta_i) of Theorem 1 and of Theorem 2 are different numbers",
        without=without,
        witness={
            "levels": "-1, 0, 1",
            "theta": Fraction(1, 4),
            "Theorem 1": distances[2] - distances[0],
            "Theorem 2": distances[1] - distances[0],
        },
    )

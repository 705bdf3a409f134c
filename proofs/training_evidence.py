"""Evidence on training runs: comparisons, a criterion on them, and whether the criterion can tell.

Every criterion is put to the same four worlds, whatever the finding: it must be met where each difference is just as
claimed, and missed where each is just contrary, where the methods exchange names with every second seed, and, if the
measured runs meet it, where they exchange names with every seed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proofs.claim import AS_STATED
from proofs.experiment_comparisons import (
    AS_CLAIMED,
    CONTRARY,
    EXCHANGED,
    HALF_EXCHANGED,
    MEASURED,
    Tally,
    tuned_alike,
)
from proofs.experiment_data import load_experiment
from proofs.outcome import Method, Outcome, measured
from proofs.registry import control, evidence

TURNED = "each difference on the other side"
TURNED_MEANS = (
    "with each difference moved just to the side that speaks against the finding, the finding turns"
)
PRINTED, COLD = "printed", "printed, cold"
PRINTED_AND_COLD: dict[str, tuple[Any, ...]] = {"as printed": (PRINTED,), "cold": (COLD,)}

Criterion = Callable[[Sequence[Tally]], bool]


def on_most(tallies: Sequence[Tally]) -> bool:
    """Better on more than half of the data sets, in every comparison."""
    return all(one.on_most for one in tallies)


def on_all(tallies: Sequence[Tally]) -> bool:
    """Better on every data set, in every comparison."""
    return all(one.on_all for one in tallies)


@dataclass(frozen=True)
class Measurement:
    """Comparisons on the runs of one experiment (or several), and the criterion that decides.

    Attributes:
        experiment: whose tuning and starts must be alike.
        tallies: what the criterion decides on; smaller or larger is better as is claimed.
        met: the criterion; reproduced if it is true of the tallies.
        shown: more for the reader beside the tallies.
        checks: further conditions of validity.
        in_full: show every difference, not only the counts.
        listed: how many of the tallies are shown at all; default: all.
    """

    experiment: str
    tallies: Sequence[Tally]
    met: Criterion
    summary: str
    stated: str
    shown: Sequence[object] = ()
    checks: Mapping[str, bool] = field(default_factory=dict)
    in_full: bool = False
    listed: int | None = None

    def holds(self, world: str) -> bool:
        """Whether the criterion is met in a world."""
        return self.met([one.in_world(world) for one in self.tallies])

    def can_tell(self) -> dict[str, bool]:
        """Whether the criterion notices what it should, in both directions."""
        return {
            f"met by {AS_CLAIMED}": self.holds(AS_CLAIMED),
            f"missed by {CONTRARY}": not self.holds(CONTRARY),
            f"missed by {HALF_EXCHANGED}": not self.holds(HALF_EXCHANGED),
            f"not met as measured and by {EXCHANGED} too": not (
                self.holds(MEASURED) and self.holds(EXCHANGED)
            ),
        }

    def outcome(self, world: str) -> Outcome:
        """The outcome in a world; ``TURNED`` stands for the one that speaks against the measured finding."""
        if world == TURNED:
            world = CONTRARY if self.holds(MEASURED) else AS_CLAIMED
        tallies = [one.in_world(world) for one in self.tallies]
        lines = [one.in_full if self.in_full else str(one) for one in tallies[: self.listed]]
        return measured(
            self.met(tallies),
            tuned_alike(load_experiment(self.experiment)) | self.can_tell() | dict(self.checks),
            self.summary,
            computed="; ".join([*lines, *map(str, self.shown)]),
            stated=self.stated,
        )


Make = Callable[..., Measurement]


def training_evidence(
    *claims: str, readings: Mapping[str, tuple[Any, ...]] = PRINTED_AND_COLD
) -> Callable[[Make], Make]:
    """Register a measurement as evidence, once for each reading, with the control that holds for all.

    Arguments:
        readings: name of the reading to the arguments that the function is called with for it.
    """

    def register(make: Make) -> Make:
        for reading, arguments in readings.items():
            register_reading(make, claims, reading, arguments)
        return make

    return register


def register_reading(make: Make, claims: Sequence[str], reading: str, arguments: tuple[Any, ...]) -> None:
    """Register one reading; the check has the name, the text and the place of the function that makes it."""

    def check(world: str = MEASURED) -> Outcome:
        return make(*arguments).outcome(world)

    of_reading = "" if reading == AS_STATED else "_" + re.sub(r"\W+", "_", reading)
    check.__name__ = make.__name__ + of_reading
    check.__doc__, check.__module__ = make.__doc__, make.__module__
    check.made_by = make  # type: ignore[attr-defined]
    registered = control(TURNED_MEANS, world=TURNED)(check)
    evidence(*claims, method=Method.MEASUREMENT, reading=reading)(registered)

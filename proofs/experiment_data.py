"""Training runs as data: ``measurements/experiments/*.jsonl``, checked line by line when read.

Each line is one run: the cell that decides it, its rows by epoch, versions, date and wall time.  A run for tuning
keeps its last row only.  A loss that was not finite is null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "measurements" / "experiments"

LINE_KEYS = ("experiment", "cell", "epochs", "versions", "date", "wall_seconds")
CELL_TYPES: dict[str, type | tuple[type, ...]] = {
    "dataset": str,
    "model": str,
    "optimizer": str,
    "lr": (int, float),
    "seed": int,
    "epochs": int,
    "batch_size": int,
    "purpose": str,
    "label_noise": (int, float),
    "dropout": (int, float),
    "options": dict,
}
LOSSES = ("train_loss", "stopping_loss", "validation_loss")
ACCURACIES = ("train_accuracy", "validation_accuracy")
ROW_KEYS = ("epoch", "seconds", "steps", *LOSSES, *ACCURACIES)
ROW_EXTRAS = ("temperature", "fraction", "acceptance")
PURPOSES = ("tuning", "final")
TUNING_SEED = 1000
WORST_LOSS = 10.0  # stands for a loss that was not finite, and caps the others: our choice
WELLS, WORST_ENERGY = "wells", 2000.0  # the same for the sum over 200 wells


@dataclass(frozen=True, eq=False)
class Run:
    """One training run.

    Attributes:
        cell: what decides it; ``options`` are those of DF-GDA that differ from its preset.
        rows: by epoch, row 0 being the initial weights.
    """

    cell: Mapping[str, Any]
    rows: tuple[Mapping[str, float | None], ...]
    versions: Mapping[str, str]
    wall_seconds: float

    @property
    def seed(self) -> int:
        return int(self.cell["seed"])

    def curve(self, name: str) -> list[float]:
        """One quantity at epochs 0, 1, ...; losses capped, and a run that broke off keeps the cap to its end."""
        worst = WORST_ENERGY if self.cell["dataset"] == WELLS else WORST_LOSS
        values = [row.get(name) for row in self.rows]
        missing = worst if name in LOSSES else 0.0
        curve = [missing if value is None else float(value) for value in values]
        curve += [worst if name in LOSSES else curve[-1]] * (int(self.cell["epochs"]) + 1 - len(curve))
        return [min(value, worst) for value in curve] if name in LOSSES else curve


@dataclass(frozen=True, eq=False)
class Experiment:
    """All runs of one experiment."""

    name: str
    runs: tuple[Run, ...]

    @cached_property
    def _arms(self) -> dict[tuple[str, str, str], list[Run]]:
        found: dict[tuple[str, str, str], list[Run]] = {}
        for run in self.runs:
            found.setdefault((run.cell["dataset"], run.cell["optimizer"], run.cell["purpose"]), []).append(
                run
            )
        return found

    def select(
        self,
        dataset: str,
        optimizer: str,
        options: Mapping[str, Any] | None = None,
        purpose: str = "final",
        **cell: Any,
    ) -> list[Run]:
        """The runs of a cell in order of seed; options None stands for none, other keys left out match all."""
        wanted = dict(options or {})
        found = [
            run
            for run in self._arms.get((dataset, optimizer, purpose), [])
            if run.cell["options"] == wanted and all(run.cell[name] == value for name, value in cell.items())
        ]
        return sorted(found, key=lambda run: run.seed)

    def datasets(self) -> list[str]:
        """Names of the data sets in the order in which they were run."""
        return list(dict.fromkeys(str(run.cell["dataset"]) for run in self.runs))


@cache
def load_experiment(name: str, folder: Path = FOLDER) -> Experiment:
    """The runs recorded under a name, read once; raises what ``read_experiment`` raises."""
    return read_experiment(name, folder)


def read_experiment(name: str, folder: Path) -> Experiment:
    """The runs under a name in a folder, read anew.

    Raises:
        FileNotFoundError: it was not run yet.
        ValueError: a line departs from the schema; the message names the line and the key.
    """
    path = folder / f"{name}.jsonl"
    if not path.exists():
        raise FileNotFoundError(
            f"{name} has not been run: {path} does not exist; `python -m proofs experiment {name}`"
        )
    lines = path.read_text(encoding="utf-8").splitlines()
    runs = tuple(
        parsed_line(line, name, f"{path.name}, line {number}") for number, line in enumerate(lines, start=1)
    )
    _check_no_cell_twice(runs, path.name)
    return Experiment(name, runs)


def parsed_line(text: str, experiment: str, origin: str) -> Run:
    """The run in one line.

    >>> parsed_line('{"experiment": "kappa"}', "kappa", "kappa.jsonl, line 3")
    Traceback (most recent call last):
    ValueError: kappa.jsonl, line 3: key 'cell' is missing
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{origin}: no JSON ({error})") from None
    _same_keys(data, LINE_KEYS, (), origin)
    if data["experiment"] != experiment:
        raise ValueError(f"{origin}: 'experiment' must be {experiment!r}, got {data['experiment']!r}")
    cell = data["cell"]
    _same_keys(cell, CELL_TYPES, (), f"{origin}: cell")
    for key, kind in CELL_TYPES.items():
        if not isinstance(cell[key], kind) or isinstance(cell[key], bool):
            raise ValueError(f"{origin}: cell: {key!r} has the wrong type, got {cell[key]!r}")
    if cell["purpose"] not in PURPOSES:
        raise ValueError(f"{origin}: cell: 'purpose' must be one of {PURPOSES}, got {cell['purpose']!r}")
    if (cell["purpose"] == "tuning") != (cell["seed"] == TUNING_SEED):
        raise ValueError(f"{origin}: cell: 'seed' must be {TUNING_SEED} for tuning alone, got {cell['seed']}")
    _check_rows(data["epochs"], cell, origin)
    versions = data["versions"]
    if not isinstance(versions, dict) or not versions.get("torch") or not versions.get("python"):
        raise ValueError(f"{origin}: 'versions' must name python and torch, got {versions!r}")
    try:
        date.fromisoformat(data["date"])
    except (TypeError, ValueError):
        raise ValueError(f"{origin}: 'date' must be YYYY-MM-DD, got {data['date']!r}") from None
    if not _number(data["wall_seconds"]) or data["wall_seconds"] < 0:
        raise ValueError(f"{origin}: 'wall_seconds' must be a number from 0, got {data['wall_seconds']!r}")
    return Run(cell, tuple(data["epochs"]), versions, float(data["wall_seconds"]))


def _check_rows(rows: Any, cell: Mapping[str, Any], origin: str) -> None:
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{origin}: 'epochs' must be a list of at least one row, got {rows!r}")
    first = 0 if cell["purpose"] == "final" else rows[0].get("epoch", 0)
    for number, row in enumerate(rows, start=first):
        place = f"{origin}: epochs[{number - first}]"
        _same_keys(row, ROW_KEYS, ROW_EXTRAS, place)
        if row["epoch"] != number or number > cell["epochs"]:
            raise ValueError(
                f"{place}: 'epoch' must be {number}, at most {cell['epochs']}, got {row['epoch']!r}"
            )
        for key, value in row.items():
            if value is not None and not _number(value):
                raise ValueError(f"{place}: {key!r} must be a finite number or null, got {value!r}")
        for key in ACCURACIES:
            if row[key] is None or not 0 <= row[key] <= 1:
                raise ValueError(f"{place}: {key!r} must be in [0, 1], got {row[key]!r}")
    broken = rows[-1]["train_loss"] is None or rows[-1]["validation_loss"] is None
    if rows[-1]["epoch"] != cell["epochs"] and not broken:
        raise ValueError(f"{origin}: 'epochs' ends at {rows[-1]['epoch']}, not at {cell['epochs']}")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _same_keys(
    data: Any, wanted: Sequence[str] | Mapping[str, Any], allowed: Sequence[str], origin: str
) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{origin} must be an object, got {data!r}")
    for key in wanted:
        if key not in data:
            raise ValueError(f"{origin}: key {key!r} is missing")
    for key in data:
        if key not in wanted and key not in allowed:
            raise ValueError(f"{origin}: key {key!r} is unknown, allowed are {[*wanted, *allowed]}")


def _check_no_cell_twice(runs: Sequence[Run], origin: str) -> None:
    seen: dict[str, int] = {}
    for number, run in enumerate(runs, start=1):
        key = json.dumps(run.cell, sort_keys=True)
        if key in seen:
            raise ValueError(f"{origin}, line {number}: the cell of line {seen[key]} a second time")
        seen[key] = number

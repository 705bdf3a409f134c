"""The quick training runs beside the audit: a sample of the recorded runs, measured again on this machine.

They run in a process of their own, because this package does not import PyTorch.  Every quick run is also a run of
the full set, so that its losses can be compared with those in ``measurements/experiments``.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from proofs.experiment import INSTALL, RUNNER, missing
from proofs.experiment_data import FOLDER, LOSSES, Run, load_experiment, read_experiment

# Of the loss before the first step.  Our choice: on one machine, with the instruction sets SSE4, AVX2 and AVX-512,
# 234 of 248 runs differ by less than 1e-4; the rest are chaotic, and the quick arms are taken from the others.
TOLERANCE = 1e-3
LIMIT = 180.0  # seconds, our choice: the audit has three minutes
Quick = Callable[[], "QuickRuns"]


@dataclass(frozen=True)
class QuickRuns:
    """What came of the quick runs.

    Attributes:
        not_run: why there are none, or None.
        install: what to do about that, if anything.
        runs, compared, identical: all of them; those after tuning; those that agree in every recorded digit.
        seconds: of the runs themselves.
        largest_difference: of a loss, relative to the loss before the first step.
        versions: packages whose version is not that of the recorded runs.
        trouble: one line for everything that departs from the record by more than the tolerance.
    """

    not_run: str | None = None
    install: str = ""
    runs: int = 0
    compared: int = 0
    identical: int = 0
    largest_difference: float = 0.0
    tolerance: float = TOLERANCE
    seconds: float = 0.0
    versions: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One or two sentences for a reader.

        >>> QuickRuns(not_run="--no-experiments").summary
        'Training runs: none repeated (--no-experiments); the verdicts rest on the recorded ones.'
        """
        if self.not_run:
            rest = "the verdicts rest on the recorded ones."
            return " ".join([f"Training runs: none repeated ({self.not_run});", rest, self.install]).strip()
        found = f"Training runs: {self.runs} repeated in {self.seconds:.0f} s beside the evidence"
        if self.trouble:
            return f"{found}; {len(self.trouble)} departures from the recorded ones."
        if self.identical == self.compared:
            return f"{found}; the {self.compared} after tuning agree with the recorded ones in every digit."
        return (
            f"{found}; of the {self.compared} after tuning {self.identical} agree with the recorded ones in every "
            f"digit, the others to {self.largest_difference:.1g} of the loss before the first step "
            f"({self.tolerance:g} is allowed)."
        )

    def as_data(self) -> dict[str, Any]:
        return {"ran": self.not_run is None, "summary": self.summary, **asdict(self)}


@contextmanager
def quick_runs(folder: Path, *, wanted: bool = True) -> Iterator[Quick]:
    """Start the quick runs, if they are wanted and can run; the function that is given waits for them.

    Arguments:
        folder: of their files, made where it does not exist; earlier runs in it are deleted.
    """
    absent = missing()
    if not wanted or absent:
        lacking = QuickRuns(not_run=f"not installed: {', '.join(absent)}", install=f"{INSTALL}.")
        yield lambda: lacking if wanted else QuickRuns(not_run="--no-experiments")
        return
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", RUNNER, "all", "--quick", "--fresh", "--folder", str(folder)]
    start = time.perf_counter()
    with (folder / "output.txt").open("w+", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            yield lambda: _ended(process, folder, start)
        finally:
            process.kill()
            process.wait()


def _ended(process: subprocess.Popen[bytes], folder: Path, start: float) -> QuickRuns:
    try:
        code = process.wait(timeout=max(0.0, start + LIMIT - time.perf_counter()))
        trouble = (
            [f"the training runs ended with exit code {code}, see {folder / 'output.txt'}"] if code else []
        )
    except subprocess.TimeoutExpired:
        trouble = [f"the training runs were stopped after {LIMIT:g} s, see {folder / 'output.txt'}"]
    return QuickRuns(trouble=tuple(trouble)) if trouble else compared(folder)


def compared(folder: Path, recorded: Path = FOLDER) -> QuickRuns:
    """Compare the runs in a folder with the recorded ones: every experiment, every run with a paired seed.

    A run with the tuning seed chooses the learning rate; if it chooses another than the recorded one, the runs that
    follow are not on record, which counts as a departure.
    """
    trouble: list[str] = []
    versions: dict[str, None] = {}
    runs = number = identical = 0
    largest = seconds = 0.0
    for name in sorted(path.stem for path in recorded.glob("*.jsonl")):
        known = {_key(run.cell): run for run in load_experiment(name, recorded).runs}
        try:
            quick = read_experiment(name, folder).runs
        except (FileNotFoundError, ValueError) as error:
            trouble.append(f"{name}: {error}")
            continue
        runs += len(quick)
        seconds += sum(run.wall_seconds for run in quick)
        for run in (one for one in quick if one.cell["purpose"] == "final"):
            number += 1
            label = f"{name}: {run.cell['optimizer']} on {run.cell['dataset']}, seed {run.seed}"
            other = known.get(_key(run.cell))
            if other is None:
                trouble.append(f"{label}: not among the recorded runs (learning rate {run.cell['lr']:g})")
                continue
            versions |= dict.fromkeys(_differing(run.versions, other.versions))
            apart = largest_difference(run, other)
            largest = max(largest, apart)
            identical += _timeless(run) == _timeless(other)
            if apart > TOLERANCE:
                trouble.append(f"{label}: a loss differs by {apart:.2g} of the loss before the first step")
    return QuickRuns(
        runs=runs,
        compared=number,
        identical=identical,
        largest_difference=largest,
        seconds=round(seconds, 1),
        versions=tuple(versions),
        trouble=tuple(trouble),
    )


def largest_difference(run: Run, other: Run) -> float:
    """Largest |loss - other's loss| over all epochs and the three losses, in units of the other's first.

    Infinite where one of them broke off, or has a loss that is not finite, and the other does not.
    """
    if len(run.rows) != len(other.rows):
        return math.inf
    found = 0.0
    for name in LOSSES:
        unit = abs(other.rows[0][name] or 0.0) or 1.0
        for ours, theirs in zip(run.rows, other.rows, strict=True):
            a, b = ours[name], theirs[name]
            if a is not None and b is not None:
                found = max(found, abs(a - b) / unit)
            elif a is not b:
                found = math.inf
    return found


def _key(cell: Mapping[str, Any]) -> str:
    return json.dumps(cell, sort_keys=True)


def _timeless(run: Run) -> list[dict[str, float | None]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in run.rows]


def _differing(ours: Mapping[str, str], recorded: Mapping[str, str]) -> Sequence[str]:
    return [
        f"{name} {ours.get(name)} instead of {known}"
        for name, known in recorded.items()
        if ours.get(name) != known
    ]

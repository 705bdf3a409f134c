"""Measured costs as dated data: ``measurements/*.json``, checked when read and when written.

A file holds the raw rounds of one benchmark module on one kind of device.  Rows of the same group were
measured in alternation, so their rounds are paired and their ratios meaningful; rows of different groups are
not to be divided by one another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from proofs.paired_ratios import Ratio, paired_ratio
from proofs.scaling import ExponentFit, fit_exponent

FOLDER = Path(__file__).parent / "measurements"
UNITS = ("s", "bytes", "count", "1")
MACHINE_KEYS = ("processor", "system", "cores", "threads", "memory_bytes", "device", "load")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One series at one setting.

    Attributes:
        group: rows of one group were measured in the same rounds.
        series: what was measured.
        quantity: "time", "memory", or what was counted.
        parameters: the setting: n, K, f, dtype and so on.
        unit: "s", "bytes", "count", or "1" for a number without a unit; for one call.
        rounds: one number per round, non-negative; for "s", positive.  Where rounds are seeds, the parameters say so.
    """

    group: str
    series: str
    quantity: str
    parameters: Mapping[str, str | int | float]
    unit: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return float(np.median(self.rounds))

    def divided(self, parameter: str | None) -> tuple[float, ...]:
        """The rounds, each divided by a parameter of the setting: seconds per element, say."""
        divisor = 1.0 if parameter is None else float(self.parameters[parameter])
        return tuple(value / divisor for value in self.rounds)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """All rows of one benchmark module, with date, machine, versions, and what was left out and why."""

    name: str
    date: str
    machine: Mapping[str, str | int | float]
    versions: Mapping[str, str]
    rows: tuple[Row, ...]
    skipped: Mapping[str, str]

    def select(self, series: str | None = None, quantity: str = "time", **parameters: Any) -> list[Row]:
        """The rows of a series and a quantity at a setting; an attribute left out matches all."""
        return [
            row
            for row in self.rows
            if row.quantity == quantity
            and series in (None, row.series)
            and all(row.parameters.get(name) == value for name, value in parameters.items())
        ]

    def row(self, series: str, quantity: str = "time", **parameters: Any) -> Row:
        """The one row of a series and a quantity at a setting."""
        found = self.select(series, quantity, **parameters)
        if len(found) != 1:
            raise ValueError(
                f"{self.name}: {len(found)} rows of {series!r}, {quantity}, {parameters}, not one"
            )
        return found[0]

    def ratio(
        self, series: str, baseline: str, quantity: str = "time", per: str | None = None, **parameters: Any
    ) -> Ratio:
        """The ratio of two series of one group at the same setting, each divided by its parameter `per`."""
        above = self.row(series, quantity, **parameters)
        below = self.row(baseline, quantity, **parameters)
        if above.group != below.group:
            raise ValueError(f"{self.name}: {series!r} and {baseline!r} were not measured in the same rounds")
        return paired_ratio(above.divided(per), below.divided(per))

    def exponent(self, series: str, varied: str, quantity: str = "time", **parameters: Any) -> ExponentFit:
        """The exponent of the median cost in one parameter, the rows being those marked as varying it."""
        rows = self.select(series, quantity, varied=varied, **parameters)
        return fit_exponent([float(row.parameters[varied]) for row in rows], [row.median for row in rows])


def load_measurement(name: str, folder: Path = FOLDER) -> Measurement:
    """The measurement recorded under a name.

    Raises:
        FileNotFoundError: it was not measured yet.
        ValueError: the file departs from the schema; the message names the key.
    """
    path = folder / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(f"{name} has not been measured: {path} does not exist; run `make bench`")
    return parsed(json.loads(path.read_text(encoding="utf-8")), path.name)


def recorded_names(folder: Path = FOLDER) -> list[str]:
    """Names of the measurements recorded so far."""
    return sorted(path.stem for path in folder.glob("*.json"))


def save_measurement(measurement: Measurement, folder: Path = FOLDER) -> Path:
    """Write a measurement after checking it, one row a line, and return where."""
    data = asdict(measurement)
    parsed(data, measurement.name)
    rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in data.pop("rows"))
    head = json.dumps(data, indent=1, ensure_ascii=False).removesuffix("\n}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{measurement.name}.json"
    path.write_text(f'{head},\n "rows": [\n{rows}\n ]\n}}\n', encoding="utf-8")
    return path


def parsed(data: Any, origin: str) -> Measurement:
    """The measurement in data read from JSON.

    >>> parsed({"name": "quantizers"}, "quantizers.json")
    Traceback (most recent call last):
    ValueError: quantizers.json: key 'date' is missing
    """
    _same_keys(data, [field.name for field in fields(Measurement)], origin)
    _texts(data, ("name", "date"), origin)
    try:
        date.fromisoformat(data["date"])
    except ValueError as error:
        raise ValueError(f"{origin}: 'date' must be YYYY-MM-DD, got {data['date']!r}") from error
    _same_keys(data["machine"], MACHINE_KEYS, f"{origin}: machine")
    for key in ("versions", "skipped"):
        if not isinstance(data[key], dict):
            raise ValueError(f"{origin}: {key!r} must be an object, got {data[key]!r}")
        _texts(data[key], data[key], f"{origin}: {key}")
    if not isinstance(data["rows"], list | tuple) or not data["rows"]:
        raise ValueError(f"{origin}: 'rows' must be a list of at least one row, got {data['rows']!r}")
    rows = tuple(_row(row, f"{origin}: rows[{index}]") for index, row in enumerate(data["rows"]))
    return Measurement(**{**data, "rows": rows})


def _row(data: Any, origin: str) -> Row:
    _same_keys(data, [field.name for field in fields(Row)], origin)
    _texts(data, ("group", "series", "quantity", "unit"), origin)
    if data["unit"] not in UNITS:
        raise ValueError(f"{origin}: 'unit' must be one of {UNITS}, got {data['unit']!r}")
    if not isinstance(data["parameters"], dict):
        raise ValueError(f"{origin}: 'parameters' must be an object, got {data['parameters']!r}")
    for name, value in data["parameters"].items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"{origin}: parameters: {name!r} must be a text or a number, got {value!r}")
    rounds = data["rounds"]
    if not isinstance(rounds, list | tuple) or not rounds:
        raise ValueError(f"{origin}: 'rounds' must be a list of at least one number, got {rounds!r}")
    for value in rounds:
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not number or value < 0 or (data["unit"] == "s" and value == 0):
            raise ValueError(
                f"{origin}: 'rounds' must be finite, non-negative (times positive), got {value!r}"
            )
    return Row(**{**data, "rounds": tuple(float(value) for value in rounds)})


def _same_keys(data: Any, wanted: Sequence[str], origin: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{origin} must be an object, got {data!r}")
    for key in wanted:
        if key not in data:
            raise ValueError(f"{origin}: key {key!r} is missing")
    for key in data:
        if key not in wanted:
            raise ValueError(f"{origin}: key {key!r} is unknown, allowed are {list(wanted)}")


def _texts(data: Mapping[str, Any], keys: Sequence[str] | Mapping[str, Any], origin: str) -> None:
    for key in keys:
        if not isinstance(data[key], str) or not data[key]:
            raise ValueError(f"{origin}: {key!r} must be a text that is not empty, got {data[key]!r}")

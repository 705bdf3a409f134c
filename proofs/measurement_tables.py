"""Measurements as Markdown tables: medians, ratios with their intervals, exponents with theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from proofs.learner_tables import learners
from proofs.markdown_tables import DASH, line, number, rule
from proofs.measured_data import Measurement, Row
from proofs.paired_ratios import Ratio, paired_ratio
from proofs.scaling import ExponentFit

BASELINES = ("SGD momentum, foreach", "Adam, fused")
CLOSED_FORMS = ("triton", "closed form, compiled", "closed form, eager")
COPY = "memory copy"


def distinct(rows: Iterable[Row], parameter: str) -> list[float]:
    """The values of a numerical parameter, in increasing order."""
    return sorted({float(row.parameters[parameter]) for row in rows if parameter in row.parameters})


def series_of(rows: Iterable[Row]) -> list[str]:
    """The series, in the order in which they were recorded."""
    return list(dict.fromkeys(row.series for row in rows))


def circumstances(measurement: Measurement) -> str:
    """Date, machine and versions in one line."""
    machine = measurement.machine
    where = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} used"
        if machine["device"] == "cpu"
        else str(machine["device"])
    )
    versions = ", ".join(f"{name} {version}" for name, version in measurement.versions.items())
    return f"{measurement.date}; {where}; load before {machine['load']}; {versions}."


def quantizers(measurement: Measurement) -> list[str]:
    """Nanoseconds per element against K, and ratios to the closed form and to a memory copy."""
    lines = []
    for dtype in [word for word in ("float32", "float64") if measurement.select(dtype=word)]:
        rows = measurement.select(dtype=dtype)
        counts = distinct(rows, "K")
        shown = 1024.0 if 1024.0 in counts else counts[-1]
        bases = [next(name for name in CLOSED_FORMS if name in series_of(rows)), COPY]
        lines += [
            f"\nValue and entropy, {dtype}: nanoseconds per element (median), and ratios at K = {shown:g}\n",
            line(["", *(f"K = {k:g}" for k in counts), *(f"ratio to {base}" for base in bases)]),
            rule(1 + len(counts) + len(bases)),
        ]
        for series in series_of(rows):
            times = [_nanoseconds(measurement.select(series, K=k, dtype=dtype)) for k in counts]
            ratios = [_ratio(measurement, series, base, per="n", K=shown, dtype=dtype) for base in bases]
            lines.append(line([series, *times, *map(_text, ratios)]))
    return lines


def _nanoseconds(rows: Sequence[Row]) -> str:
    return number(1e9 * float(np.median(rows[0].divided("n")))) if rows else DASH


def exponents(measurement: Measurement) -> list[str]:
    """Exponents in n, K and f of every series and quantity."""
    quantities = list(dict.fromkeys(row.quantity for row in measurement.rows))
    lines = [line(["series", "varied", *quantities]), rule(2 + len(quantities))]
    for series in series_of(measurement.rows):
        for varied in dict.fromkeys(str(row.parameters["varied"]) for row in measurement.rows):
            if measurement.select(series, varied=varied):
                cells = [_exponent(measurement, series, varied, quantity) for quantity in quantities]
                lines.append(line([series, varied, *cells]))
    return lines


def _exponent(measurement: Measurement, series: str, varied: str, quantity: str) -> str:
    medians = [row.median for row in measurement.select(series, quantity, varied=varied)]
    if not medians or min(medians) == 0:
        return DASH
    if min(medians) == max(medians):
        return "0, exactly"
    return exponent_text(measurement.exponent(series, varied, quantity))


def exponent_text(fit: ExponentFit) -> str:
    """The exponent with its interval, or the local ones where the points are no power law."""
    if fit.alarm:
        return f"bent: {fit.first_exponent:.2f} to {fit.last_exponent:.2f}"
    return f"{fit.exponent:.2f} ({fit.low:.2f} to {fit.high:.2f})"


def optimizer_steps(measurement: Measurement) -> list[str]:
    """Time and memory of a step as ratios to SGD with momentum and to fused Adam."""
    sizes = distinct(measurement.rows, "n")
    last = f"{sizes[-1]:,.0f}"
    lines = []
    for baseline in BASELINES:
        lines += [
            f"\nTime of a step over that of {baseline}, for n parameters; last column: memory beyond "
            f"parameters and gradients, n = {last}\n",
            line(["", *(f"n = {n:,.0f}" for n in sizes), "memory"]),
            rule(len(sizes) + 2),
        ]
        for series in series_of(measurement.rows):
            times = [_text(_ratio(measurement, series, baseline, n=n)) for n in sizes]
            memory = _ratio(measurement, series, baseline, "memory", n=sizes[-1])
            lines.append(line([series, *times, number(memory.median) if memory else DASH]))
    return lines


def training(measurement: Measurement) -> list[str]:
    """Every group with the ratio of each series to its first."""
    lines = [line(["measured", "series", "median", "ratio to the first"]), rule(4)]
    for group in dict.fromkeys(row.group for row in measurement.rows):
        rows = [row for row in measurement.rows if row.group == group]
        for quantity in dict.fromkeys(row.quantity for row in rows):
            found = [row for row in rows if row.quantity == quantity]
            for row in found:
                ratio = paired_ratio(row.rounds, found[0].rounds)
                text = str(ratio) if quantity == "time" else number(ratio.median)
                lines.append(line([f"{group}: {quantity}", row.series, _amount(row), text]))
    return lines


TABLES: dict[str, tuple[str, Callable[[Measurement], list[str]]]] = {
    "quantizers": ("Soft quantization: closed form, literal sum, alternatives", quantizers),
    "cost_of_soft_quantization": ("Exponents of the literal soft quantization", exponents),
    "cost_of_algorithm": ("Exponents of a whole step of Algorithm 1", exponents),
    "optimizer_step": ("One optimizer step", optimizer_steps),
    "training": ("Training", training),
    "learners": ("Support vector machine and k-means on real data", learners),
}


def tables(measurement: Measurement) -> str:
    """Heading, circumstances and tables of one measurement."""
    kind = next((kind for kind in TABLES if measurement.name in (kind, f"{kind}_cuda")), None)
    if kind is None:
        raise ValueError(
            f"name must be one of {sorted(TABLES)}, with or without _cuda, got {measurement.name!r}"
        )
    title, make = TABLES[kind]
    left_out = "; ".join(f"{name}: {reason}" for name, reason in measurement.skipped.items())
    lines = [f"**{title}.** {circumstances(measurement)}", "", *make(measurement)]
    return "\n".join([*lines, *([f"\nLeft out: {left_out}."] if left_out else [])])


def _ratio(
    measurement: Measurement,
    series: str,
    baseline: str,
    quantity: str = "time",
    per: str | None = None,
    **parameters: Any,
) -> Ratio | None:
    """The ratio, or None where one side was not measured at the setting or took nothing."""
    sides = [measurement.select(name, quantity, **parameters) for name in (series, baseline)]
    if not all(rows and min(rows[0].rounds) > 0 for rows in sides):
        return None
    return measurement.ratio(series, baseline, quantity, per, **parameters)


def _text(ratio: Ratio | None) -> str:
    return DASH if ratio is None else str(ratio)


def _amount(row: Row) -> str:
    if row.unit == "s":
        return f"{number(1e3 * row.median)} ms"
    return f"{number(row.median / 2**20)} MiB" if row.unit == "bytes" else f"{row.median:g}"

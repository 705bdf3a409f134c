"""Pictures of the recorded measurements: exponents, nanoseconds per element, roofline, optimizer steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from proofs.learner_pictures import clusterings, machines
from proofs.measured_data import Measurement, load_measurement, recorded_names
from proofs.measurement_tables import BASELINES, COPY, distinct, exponent_text, series_of

WORDS = {"n": "parameters n", "K": "levels K", "f": "fraction f"}


def _figure(panels: int, title: str, measurement: Measurement) -> tuple[Figure, list[Axes]]:
    machine = measurement.machine
    where = machine["processor"] if machine["device"] == "cpu" else machine["device"]
    figure = Figure(figsize=(6.4 * panels, 4.6), layout="constrained")
    figure.suptitle(f"{title}\n{where}, {measurement.date}", fontsize=10)
    axes = list(figure.subplots(1, panels, squeeze=False)[0])
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _logarithmic(axis: Axes) -> None:
    """Both axes logarithmic; ticks between the decades without numbers, which would overlap."""
    axis.set(xscale="log", yscale="log")
    axis.xaxis.set_minor_formatter(NullFormatter())


def _style(index: int) -> dict[str, Any]:
    """Colour and marker of a series, different for twenty of them."""
    return {"color": colormaps["tab20"](index % 20), "marker": "osv^Dx+P*<"[index % 10], "ms": 4}


def exponents(measurement: Measurement) -> Figure:
    """Medians with the range of the rounds, and the fitted power laws."""
    varied = [v for v in WORDS if measurement.select(varied=v)]
    figure, axes = _figure(len(varied), "Time against n, K and f, each alone", measurement)
    for axis, name in zip(axes, varied, strict=True):
        for index, series in enumerate(series_of(measurement.select(varied=name))):
            rows = measurement.select(series, varied=name)
            x = np.array([float(row.parameters[name]) for row in rows])
            medians = np.array([row.median for row in rows])
            ends = np.array([[row.median - min(row.rounds), max(row.rounds) - row.median] for row in rows])
            try:
                fit = measurement.exponent(series, name)
                label = f"{series}: {exponent_text(fit)}"
                axis.plot(x, fit.factor * x**fit.exponent, color=f"C{index}", lw=0.8)
            except ValueError:
                label = series
            axis.errorbar(x, medians, yerr=ends.T, fmt="o", ms=4, color=f"C{index}", label=label)
        _logarithmic(axis)
        axis.set(xlabel=WORDS[name], ylabel="seconds")
        axis.legend(fontsize=7)
    return figure


def nanoseconds(measurement: Measurement) -> Figure:
    """Bars: nanoseconds per element of every method, one colour per K."""
    types = [t for t in ("float32", "float64") if measurement.select(dtype=t)]
    figure, axes = _figure(len(types), "Value and entropy of one parameter", measurement)
    for axis, dtype in zip(axes, types, strict=True):
        rows = measurement.select(dtype=dtype)
        names, counts = series_of(rows), distinct(rows, "K")
        height = 0.8 / len(counts)
        for place, count in enumerate(counts):
            found = measurement.select(dtype=dtype, K=count)
            times = [1e9 * float(np.median(row.divided("n"))) for row in found]
            heights = [names.index(row.series) + place * height for row in found]
            colour = colormaps["viridis"](place / len(counts))
            axis.barh(heights, times, height=height, color=colour, label=f"K = {count:g}")
        axis.set_yticks(np.arange(len(names)) + 0.4 - height / 2, names, fontsize=8)
        axis.invert_yaxis()
        axis.set(xscale="log", xlabel="nanoseconds per element", title=dtype)
    axes[-1].legend(fontsize=7, loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


def roofline(measurement: Measurement) -> Figure:
    """Time per element against K, above the floor that moving the bytes takes."""
    types = [t for t in ("float32", "float64") if measurement.select(COPY, dtype=t)]
    figure, axes = _figure(len(types), "How far from the memory's floor", measurement)
    for axis, dtype in zip(axes, types, strict=True):
        copies = measurement.select(COPY, dtype=dtype)
        floor = 1e9 * float(np.median([np.median(row.divided("n")) for row in copies]))
        moved = float(copies[0].parameters["bytes per element"])
        axis.axhspan(floor / 4, floor, color="#667085", alpha=0.3)
        axis.annotate(
            f"memory copy: {moved:g} bytes per element, {moved / floor:.3g} GB/s",
            (distinct(copies, "K")[0], floor),
            va="top",
            fontsize=7,
        )
        for index, series in enumerate(series_of(measurement.select(dtype=dtype))):
            if series == COPY:
                continue
            rows = sorted(measurement.select(series, dtype=dtype), key=lambda row: float(row.parameters["K"]))
            times = [1e9 * float(np.median(row.divided("n"))) for row in rows]
            axis.plot([float(row.parameters["K"]) for row in rows], times, label=series, **_style(index))
        _logarithmic(axis)
        axis.set(xlabel=WORDS["K"], ylabel="nanoseconds per element", title=dtype)
    axes[-1].legend(fontsize=7, loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


def optimizer_steps(measurement: Measurement) -> Figure:
    """Time of a step as a ratio to the two baselines, with intervals."""
    figure, axes = _figure(len(BASELINES), "Time of one optimizer step", measurement)
    for axis, baseline in zip(axes, BASELINES, strict=True):
        for index, series in enumerate(series_of(measurement.rows)):
            sizes = distinct(measurement.select(series), "n")
            found = [measurement.ratio(series, baseline, n=n) for n in sizes]
            ends = [[r.median - r.low for r in found], [r.high - r.median for r in found]]
            axis.errorbar(sizes, [r.median for r in found], yerr=ends, label=series, **_style(index))
        axis.axhline(1, color="#667085", lw=0.8)
        _logarithmic(axis)
        axis.set(xlabel=WORDS["n"], ylabel=f"ratio to {baseline}")
    axes[-1].legend(fontsize=7, loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


PICTURES: dict[str, dict[str, Callable[[Measurement], Figure]]] = {
    "cost_of_soft_quantization": {"exponents": exponents},
    "cost_of_algorithm": {"exponents": exponents},
    "quantizers": {"nanoseconds": nanoseconds, "roofline": roofline},
    "optimizer_step": {"ratios": optimizer_steps},
    "learners": {"machines": machines, "k_means": clusterings},
}


def draw(folder: Path, output: Path) -> list[Path]:
    """Draw all measurements of a folder as PNG and SVG, and return the files."""
    output.mkdir(parents=True, exist_ok=True)
    written = []
    for name in recorded_names(folder):
        measurement = load_measurement(name, folder)
        for picture, make in PICTURES.get(name.removesuffix("_cuda"), {}).items():
            figure = make(measurement)
            for ending in ("png", "svg"):
                written.append(output / f"{name}_{picture}.{ending}")
                figure.savefig(written[-1], dpi=150)
    return written

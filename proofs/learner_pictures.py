"""Pictures of the recorded comparison of learners: differences with their intervals, data set by data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from proofs.learner_comparisons import (
    ACCURACY,
    CLUSTERINGS,
    GRID,
    INERTIA,
    LLOYD,
    MACHINES,
    PAIRS,
    PRINTED,
    RESTARTS,
    TIME,
    accuracy_difference,
    groups,
    log_ratio_of_sums,
    row_of,
    series_in,
)
from proofs.measured_data import Measurement
from proofs.paired_comparison import PairedDifference

BASE = "#667085"
LEFT_OUT = (PAIRS, LLOYD)  # their marks would hide others; the tables have them


def _forest(
    axis: Axes, sets: Sequence[str], arms: Sequence[str], of: Callable[[str, str], PairedDifference]
) -> None:
    """One line per data set, one mark with its interval per arm."""
    for place, arm in enumerate(arms):
        found = [of(one, arm) for one in sets]
        heights = np.arange(len(sets)) + 0.8 * (place + 0.5) / len(arms) - 0.4
        ends = [[d.mean - d.low for d in found], [d.high - d.mean for d in found]]
        axis.errorbar(
            [d.mean for d in found], heights, xerr=ends, fmt="osv^Dx+"[place], ms=4, lw=1, label=arm
        )
    axis.axvline(0, color=BASE, lw=0.8)
    axis.set_yticks(np.arange(len(sets)), [one.removesuffix(", machine") for one in sets], fontsize=8)
    axis.invert_yaxis()
    axis.grid(axis="x", alpha=0.3)


def _figure(measurement: Measurement, title: str, height: float) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(12.8, height), layout="constrained")
    figure.suptitle(f"{title}\n{measurement.machine['processor']}, {measurement.date}", fontsize=10)
    axes = list(figure.subplots(1, 2, width_ratios=[3, 2]))
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _shown(measurement: Measurement, group: str, quantity: str, baseline: str) -> list[str]:
    timed = series_in(measurement, group, TIME)
    return [
        arm
        for arm in series_in(measurement, group, quantity)
        if arm in timed and arm not in (baseline, *LEFT_OUT)
    ]


def _costs(axis: Axes, measurement: Measurement, learner: str, quantity: str, arms: Sequence[str]) -> None:
    """Cost of an arm on all data sets together, one mark per seed."""
    for place, arm in enumerate(arms):
        rows = [row_of(measurement, one, arm, quantity).rounds for one in groups(measurement, learner)]
        totals = np.sum(rows, axis=0)
        colour = "black" if place == len(arms) - 1 else f"C{place}"
        axis.plot(totals, np.full(len(totals), place), "|", ms=12, color=colour)
    axis.set_yticks(np.arange(len(arms)), arms, fontsize=8)
    axis.invert_yaxis()
    axis.set_xscale("log")
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.grid(axis="x", alpha=0.3)


def machines(measurement: Measurement) -> Figure:
    """Accuracy minus the grid's, and seconds."""
    sets = groups(measurement, MACHINES)
    arms = _shown(measurement, sets[0], ACCURACY, GRID)
    figure, (left, right) = _figure(
        measurement, "Support vector machine beside a grid search with LIBSVM", 6.4
    )
    _forest(left, sets, arms, lambda one, arm: accuracy_difference(measurement, one, arm, GRID))
    left.set_xlabel("test accuracy minus that of the grid, points (95 % intervals)")
    figure.legend(*left.get_legend_handles_labels(), fontsize=8, loc="outside lower center", ncols=4)
    _costs(right, measurement, MACHINES, TIME, [*arms, GRID])
    right.set_xlabel("seconds for all data sets, one mark per seed")
    return figure


def clusterings(measurement: Measurement) -> Figure:
    """Sums beside those of restarts with as many passes, and the passes."""
    sets = groups(measurement, CLUSTERINGS)
    arms = _shown(measurement, sets[0], INERTIA, RESTARTS)
    figure, (left, right) = _figure(
        measurement, f"k-means beside restarts with as many passes as {PRINTED}", 7.2
    )
    _forest(left, sets, arms, lambda one, arm: log_ratio_of_sums(measurement, one, arm, RESTARTS))
    left.set_xlabel("100 log of the ratio of the sums: negative is better (95 % intervals)")
    figure.legend(*left.get_legend_handles_labels(), fontsize=8, loc="outside lower center", ncols=5)
    _costs(right, measurement, CLUSTERINGS, TIME, [*arms, RESTARTS])
    right.set_xlabel("seconds for all of them, one mark per seed")
    return figure

"""The recorded comparison of learners as Markdown tables."""

from __future__ import annotations

import numpy as np

from proofs.learner_comparisons import (
    ACCURACY,
    CLUSTERINGS,
    ENTRIES,
    GRID,
    MACHINES,
    RESTARTS,
    TIME,
    groups,
    log_ratio_of_sums,
    mean_accuracy_difference,
    mean_log_ratio,
    row_of,
    series_in,
    total_cost_ratio,
)
from proofs.markdown_tables import DASH, line, number, rule
from proofs.measured_data import Measurement
from proofs.paired_comparison import PairedDifference


def learners(measurement: Measurement) -> list[str]:
    """Accuracies and costs beside the grid's, sums of squares and costs beside those of restarts."""
    lines: list[str] = []
    for learner, tables in ((MACHINES, (accuracies, machine_costs)), (CLUSTERINGS, (sums, cluster_costs))):
        if groups(measurement, learner):
            for table in tables:
                lines += table(measurement)
    return lines


def accuracies(measurement: Measurement) -> list[str]:
    """Test accuracy of every arm on every data set, and its difference to the grid's on average."""
    sets = groups(measurement, MACHINES)
    seeds = len(row_of(measurement, sets[0], GRID, ACCURACY).rounds)
    lines = [
        f"\nSupport vector machine: test accuracy in percent, mean over {seeds} splits (standard deviation); last "
        "column: minus that of the grid, on average over the data sets, with the 95 % interval for splits that "
        "share rows\n",
        line(["", *(one.removesuffix(", machine") for one in sets), "minus grid, points"]),
        rule(len(sets) + 2),
    ]
    for arm in series_in(measurement, sets[0], ACCURACY):
        cells = []
        for one in sets:
            values = 100 * np.array(row_of(measurement, one, arm, ACCURACY).rounds)
            cells.append(f"{values.mean():.1f} ({values.std(ddof=1):.1f})")
        last = DASH if arm == GRID else _interval(mean_accuracy_difference(measurement, arm, GRID))
        lines.append(line([arm, *cells, last]))
    return lines


def machine_costs(measurement: Measurement) -> list[str]:
    """Cost of every arm, and the grid's over it."""
    sets = groups(measurement, MACHINES)
    lines = [
        "\nCosts for all data sets together; ratios: the grid's over that of the arm, median over the seeds "
        "(interval); kernel entries: counted, for SVC the most it can need\n",
        line(["", "fits per data set", "seconds", "ratio of seconds", "10⁶ entries", "ratio of entries"]),
        rule(6),
    ]
    for arm in series_in(measurement, sets[0], TIME):
        fits = [row_of(measurement, one, arm, "fits").median for one in sets]
        cells = [f"{min(fits):g}" if min(fits) == max(fits) else f"{min(fits):g} to {max(fits):g}"]
        for quantity, unit in ((TIME, 1.0), (ENTRIES, 1e6)):
            ratio = total_cost_ratio(measurement, MACHINES, GRID, arm, quantity)
            cells += [number(_total(measurement, MACHINES, arm, quantity) / unit), str(ratio)]
        lines.append(line([arm, *cells]))
    return lines


def sums(measurement: Measurement) -> list[str]:
    """Sums within clusters beside those of restarts that cost as much."""
    sets = groups(measurement, CLUSTERINGS)
    arms = [arm for arm in series_in(measurement, sets[0], "inertia") if arm != RESTARTS]
    lines = [
        f"\nk-means: 100 times the log of the sum within clusters over that of the arm {RESTARTS!r} (about percent; "
        "negative is better), mean over the seeds with its 95 % interval\n",
        line(["", *arms]),
        rule(len(arms) + 1),
    ]
    for one in sets:
        lines.append(
            line([one, *(_interval(log_ratio_of_sums(measurement, one, arm, RESTARTS)) for arm in arms)])
        )
    average = [_interval(mean_log_ratio(measurement, arm, RESTARTS)) for arm in arms]
    return [*lines, line(["on average", *average])]


def cluster_costs(measurement: Measurement) -> list[str]:
    """Cost of every arm, and its ratio to that of restarts."""
    sets = groups(measurement, CLUSTERINGS)
    lines = [
        "\nCosts for all of them together; ratios: that of the arm over that of the restarts, median over the seeds "
        "(interval)\n",
        line(["", "starts", "seconds", "ratio of seconds", "passes", "ratio of passes"]),
        rule(6),
    ]
    for arm in series_in(measurement, sets[0], TIME):
        starts = [row_of(measurement, one, arm, "starts").median for one in sets]
        cells = [f"{min(starts):g}" if min(starts) == max(starts) else f"{min(starts):g} to {max(starts):g}"]
        for quantity in (TIME, "passes"):
            ratio = total_cost_ratio(measurement, CLUSTERINGS, arm, RESTARTS, quantity)
            cells += [number(_total(measurement, CLUSTERINGS, arm, quantity)), str(ratio)]
        lines.append(line([arm, *cells]))
    return lines


def _total(measurement: Measurement, learner: str, arm: str, quantity: str) -> float:
    return sum(row_of(measurement, one, arm, quantity).median for one in groups(measurement, learner))


def _interval(found: PairedDifference) -> str:
    return f"{found.mean:+.1f} [{found.low:+.1f}, {found.high:+.1f}]"

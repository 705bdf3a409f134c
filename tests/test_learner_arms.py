"""The arms of the learners' benchmark do what their names say: budgets, fits, kernel entries, starts."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the arms are scikit-learn's")
pytest.importorskip("torch", reason="the loader of the data sets needs it")

from reference.k_means import within_cluster_sum
from reference.lloyd import lloyd
from tests.benchmarks.learner_data import MACHINE_SETS, machine_rows, split_rows
from tests.benchmarks.learners import (
    PAPERS,
    annealed_clusters,
    annealed_machine,
    common_start,
    cut_search,
    default_machine,
    grid_search,
    lloyd_from,
    most_entries,
    restarts,
    seeding_passes,
)


@pytest.fixture(scope="module")
def plane():
    """Sixty points in two overlapping clouds."""
    draws = np.random.default_rng(0)
    labels = np.arange(60) % 2
    return draws.standard_normal((60, 2)) + labels[:, None], labels


@pytest.mark.parametrize("name", MACHINE_SETS)
def test_a_split_has_four_training_rows_per_test_row_and_every_class_in_both(name):
    inputs, labels = machine_rows(name)
    first, one, second, two = split_rows(inputs, labels, 100, 3)
    assert (len(first), len(second)) == (80, 20)
    assert set(one) == set(two) == set(labels)
    assert np.array_equal(first, split_rows(inputs, labels, 100, 3)[0])
    assert not np.array_equal(first, split_rows(inputs, labels, 100, 4)[0])


def test_a_machine_of_fixed_width_evaluates_its_kernel_once(plane):
    assert annealed_machine(1)(*plane, 0).entries == 60**2


def test_validation_evaluates_the_kernel_once_per_width_and_once_more(plane):
    assert annealed_machine(16, gamma="validated")(*plane, 0).entries == 6 * 60**2


def test_the_printed_machine_evaluates_its_kernel_whenever_the_width_moves(plane):
    few = annealed_machine(1, **PAPERS, max_iter=1)(*plane, 0).entries
    assert few in (2 * 60**2, 3 * 60**2)  # at the start, for the last scores, and if the one update moved it
    many = annealed_machine(1, **PAPERS, max_iter=40)(*plane, 0).entries
    assert 2 * 60**2 < many <= 42 * 60**2


def test_libsvm_is_charged_for_every_pair_of_classes_once():
    # One pair of 3 and 2, one of 3 and 1, one of 2 and 1.
    assert most_entries(np.array([0, 0, 0, 1, 1, 2])) == 25 + 16 + 9


def test_a_search_over_all_points_is_the_grid_search(plane):
    whole, cut = grid_search(*plane, 0), cut_search(*plane, 0)
    assert (whole.fits, whole.entries) == (cut.fits, cut.entries)
    # Ties may fall on different points of the grid; the best score is one number.
    scores = whole.model.cv_results_["mean_test_score"]
    chosen = [
        score
        for score, point in zip(scores, whole.model.cv_results_["params"], strict=True)
        if (point["svc__C"], point["svc__gamma"]) == (cut.model[-1].C, cut.width)
    ]
    assert abs(chosen[0] - scores.max()) <= 8 * np.finfo(float).eps


def test_a_search_tries_one_point_at_least_and_no_more_than_its_budget_allows(plane):
    assert cut_search(*plane, 0, seconds=0.0).fits == 6
    assert cut_search(*plane, 0, entries=0).fits == 6
    assert cut_search(*plane, 0, points=3).fits == 16
    one = cut_search(*plane, 0, points=1).entries - most_entries(plane[1])
    assert cut_search(*plane, 0, entries=4 * one).fits == 21
    assert cut_search(*plane, 0, entries=4 * one - 1).fits == 16


def test_defaults_are_one_fit(plane):
    assert default_machine(*plane, 0).fits == 1


def test_restarts_keep_the_best_and_stop_in_time(plane):
    points = plane[0]
    one, five = (restarts(points, 6, 0, starts=count) for count in (1, 5))
    assert five.inertia <= one.inertia
    assert five.starts == 5
    assert restarts(points, 6, 0, passes=five.passes).starts >= 5
    assert restarts(points, 6, 0, passes=five.passes - 1).starts < 5
    assert restarts(points, 6, 0, seconds=0.0).starts == 1
    assert one.passes > seeding_passes(6)


def test_arms_from_a_start_share_it(plane):
    points = plane[0]
    start, _ = common_start(points, 5, 0)
    ours, theirs = lloyd(points, start), lloyd_from(points, start)
    room = 8 * points.size * np.finfo(float).eps * ours.within
    assert abs(ours.within - theirs.inertia) <= room
    repaired = annealed_clusters(points, start, 0, n_rounds=3)
    assert repaired.inertia <= theirs.inertia + room
    printed = annealed_clusters(points, start, 0, formulation="as_printed", max_iter=7)
    assert printed.passes == 7
    polished = lloyd_from(points, printed.model.cluster_centers_, printed)
    assert polished.inertia <= printed.inertia + room
    assert polished.passes > 7
    assert abs(polished.inertia - within_cluster_sum(points, polished.model.cluster_centers_)) <= room

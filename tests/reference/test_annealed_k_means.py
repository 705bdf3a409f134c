"""Annealed k-means: without noise it is Lloyd's algorithm; repaired, it never ends above it."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.annealed_k_means import (
    finished_k_means,
    k_means_plus_plus,
    lloyd_means,
    printed_k_means,
    repaired_k_means,
    spread,
)
from reference.k_means import cluster_means, lloyd_step, within_cluster_sum
from reference.lloyd import lloyd
from reference.random_streams import RandomStream

EPS = float(np.finfo(np.float64).eps)


def random_problem(seed, points, clusters, features):
    generator = np.random.default_rng(seed)
    observed = generator.normal(size=(points, features)) + generator.integers(-3, 4, size=(points, 1))
    return observed, observed[generator.permutation(points)[:clusters]]


problems = st.builds(
    random_problem, st.integers(0, 10**6), st.integers(4, 12), st.integers(1, 4), st.integers(1, 3)
)


@settings(max_examples=25)
@given(problems, st.integers(0, 2**32), st.integers(0, 6), st.floats(0.01, 100.0), st.floats(0.0, 1.0))
def test_the_repaired_run_never_ends_above_lloyds_and_ends_at_a_fixed_point(
    problem, seed, rounds, temperature, fraction
):
    points, start = problem
    plain = lloyd(points, start)
    best = repaired_k_means(
        points, start, rounds, RandomStream(seed, 0), temperature=temperature, fraction=fraction
    )
    assert best.within <= plain.within  # exactly: the test compares the same floating-point sums
    assert best.settled
    assert best.passes >= plain.passes + rounds
    moved = np.abs(lloyd_step(points, best.centroids) - best.centroids).max()
    assert moved <= 64 * len(points) * EPS * np.abs(points).max()


@settings(max_examples=25)
@given(problems, st.integers(0, 2**32), st.lists(st.floats(0.0, 100.0), max_size=6), st.floats(0.0, 1.0))
def test_the_finished_run_never_ends_above_lloyds_nor_above_the_printed_run_and_ends_at_a_fixed_point(
    problem, seed, temperatures, fraction
):
    points, start = problem
    stream = RandomStream(seed, 0)
    plain = lloyd(points, start)
    printed = printed_k_means(points, start, temperatures, stream, fraction=fraction)
    best = finished_k_means(points, start, temperatures, stream, fraction=fraction)
    assert best.within <= plain.within  # exactly: the test compares the same floating-point sums
    assert best.within <= within_cluster_sum(points, printed) * (1 + 64 * EPS) + 64 * EPS
    assert best.settled
    assert best.passes >= plain.passes + len(temperatures)
    moved = np.abs(lloyd_step(points, best.centroids) - best.centroids).max()
    assert moved <= 64 * len(points) * EPS * np.abs(points).max()


def test_with_no_rounds_the_repaired_run_is_lloyds_algorithm():
    points, start = random_problem(3, 12, 3, 2)
    plain, none = lloyd(points, start), repaired_k_means(points, start, 0, RandomStream(0, 0))
    assert np.array_equal(plain.centroids, none.centroids)
    assert plain.passes == none.passes


def test_the_printed_run_can_end_above_lloyds():
    points, start = random_problem(3, 12, 3, 2)
    worse = [
        within_cluster_sum(points, printed_k_means(points, start, [1.0] * 5, RandomStream(seed, 0)))
        > lloyd(points, start).within
        for seed in range(5)
    ]
    assert any(worse)


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_hot_rounds_find_the_enumerated_optimum_of_seven_points(seed):
    points, start = random_problem(seed, 7, 2, 1)
    least = min(
        within_cluster_sum(points, cluster_means(points, np.array(labels), start), np.array(labels))
        for labels in product((0, 1), repeat=7)
        if 0 < sum(labels) < 7
    )
    best = repaired_k_means(points, start, 100, RandomStream(seed, 0), fraction=1.0)
    assert best.within <= least * (1 + 64 * EPS) + 64 * EPS


@given(problems)
def test_without_noise_the_printed_run_is_lloyds_algorithm(problem):
    points, start = problem
    path = [start]
    printed_k_means(points, start, [0.0] * 4, RandomStream(1, 0), visit=path.append)
    for before, after in pairwise(path):
        assert np.array_equal(after, lloyd_means(points, before))


def test_a_fraction_moves_only_that_many_centroids_and_quantized_ones_stay_in_the_hull():
    points, start = random_problem(5, 12, 4, 2)
    path = [start]
    printed_k_means(points, start, [0.5] * 6, RandomStream(2, 0), fraction=0.5, visit=path.append)
    for before, after in pairwise(path):
        assert np.sum(np.any(before != after, axis=1)) <= 2
    levels = np.linspace(-1.0, 1.0, 5)
    inside = printed_k_means(points, start, [0.5] * 3, RandomStream(2, 0), levels=levels)
    assert np.all(np.abs(inside) <= 1.0)


def test_runs_are_repeated_by_the_same_stream_and_changed_by_another():
    points, start = random_problem(6, 12, 3, 2)
    ends = [printed_k_means(points, start, [0.5] * 3, RandomStream(s, 0)) for s in (4, 4, 5)]
    assert np.array_equal(ends[0], ends[1])
    assert not np.array_equal(ends[0], ends[2])


@given(problems, st.integers(0, 2**32))
def test_seeds_are_different_points_of_the_data(problem, seed):
    points, start = problem
    chosen = k_means_plus_plus(points, len(start), RandomStream(seed, 0))
    assert all(np.any(np.all(points == seed_point, axis=1)) for seed_point in chosen)
    assert all(np.any(a != b) for a, b in combinations(chosen, 2))


def test_the_second_seed_follows_the_squared_distances():
    points = [[0.0], [1.0], [3.0]]
    drawn = [
        tuple(k_means_plus_plus(points, 2, RandomStream(seed, 0))[:, 0].tolist()) for seed in range(3000)
    ]
    after_zero = [second for first, second in drawn if first == 0.0]
    share = np.mean([second == 3.0 for second in after_zero])
    # Five standard deviations of the share of a draw with probability 9/10.
    assert abs(share - 0.9) <= 5 * np.sqrt(0.9 * 0.1 / len(after_zero))


def test_of_several_candidates_the_best_is_taken():
    points, _ = random_problem(7, 40, 4, 2)
    stream = RandomStream(0, 0)
    sums = [within_cluster_sum(points, k_means_plus_plus(points, 2, stream, trials)) for trials in (1, 4, 16)]
    assert sums == sorted(sums, reverse=True)  # more candidates contain the fewer ones, for the second seed
    assert sums[2] < sums[0]


def test_spread_scales_with_the_data_and_ignores_shifts():
    points = np.random.default_rng(0).normal(size=(20, 3))
    assert spread(4.0 * points) == pytest.approx(4.0 * spread(points), rel=16 * EPS)
    assert spread(points + 8.0) == pytest.approx(spread(points), rel=64 * 8 * EPS)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("rounds", {"rounds": -1}),
        ("temperature", {"temperature": 0.0}),
        ("most_passes", {"trial_passes": 0}),
        ("fraction", {"fraction": 2.0}),
    ],
)
def test_bad_input_is_refused_by_name(name, changes):
    call = {"rounds": 1} | changes
    with pytest.raises(ValueError, match=name):
        repaired_k_means([[0.0], [1.0]], [[0.0]], stream=RandomStream(0, 0), **call)


def test_more_seeds_than_points_are_refused():
    with pytest.raises(ValueError, match="clusters"):
        k_means_plus_plus([[0.0]], 2, RandomStream(0, 0))

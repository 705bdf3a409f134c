"""k-means: the mean is best, Lloyd's step never raises the sum, and what the paper's term and noise change."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.centroid_update import MIXINGS, annealed_objective, centroid_update, quantized_centroids
from reference.distances import squared_distances
from reference.k_means import (
    cluster_means,
    lloyd_step,
    nearest_centroids,
    within_cluster_sum,
)
from reference.lloyd import fill_empty, lloyd

EPS = float(np.finfo(np.float64).eps)


def random_problem(seed, points, clusters, features):
    generator = np.random.default_rng(seed)
    observed = generator.normal(size=(points, features)) + generator.integers(-3, 4, size=(points, 1))
    return observed, generator.normal(size=(clusters, features)) * 2.0


problems = st.builds(
    random_problem, st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 4), st.integers(1, 3)
)


def rounding(points, centroids):
    """A few roundings for each term of a sum of squared distances."""
    return 16 * len(points) * EPS * float(squared_distances(points, centroids).max() + 1.0)


def never_rises(step, points, centroids):
    """Whether a step keeps the sum within clusters, up to rounding."""
    before = within_cluster_sum(points, centroids)
    return within_cluster_sum(points, step(points, centroids)) <= before + rounding(points, centroids)


@given(problems)
def test_lloyds_step_never_raises_the_sum(problem):
    assert never_rises(lloyd_step, *problem)


def test_a_step_past_twice_the_way_to_the_mean_would_be_rejected():
    def overshooting(points, centroids):
        return centroids + 2.5 * (lloyd_step(points, centroids) - centroids)

    assert not never_rises(overshooting, np.array([[0.0], [1.0]]), np.array([[3.0]]))


@given(problems, st.floats(0.0, 2.0))
def test_a_relaxed_step_shorter_than_twice_lloyds_keeps_the_sum_of_fixed_clusters(problem, share):
    points, centroids = problem
    labels = nearest_centroids(points, centroids)
    means = cluster_means(points, labels, centroids)
    moved = centroids + share * (means - centroids)
    before = within_cluster_sum(points, centroids, labels)
    assert within_cluster_sum(points, moved, labels) <= before + 4 * rounding(points, moved)


@given(problems)
def test_the_sum_about_the_means_is_half_the_mean_squared_distance_within_each_cluster(problem):
    points, centroids = problem
    labels = nearest_centroids(points, centroids)
    means = cluster_means(points, labels, centroids)
    pairs = 0.0
    for cluster in np.unique(labels):
        own = points[labels == cluster]
        pairs += sum(float(np.sum((x - y) ** 2)) for x, y in product(own, own)) / (2 * len(own))
    assert abs(within_cluster_sum(points, means, labels) - pairs) <= len(points) * rounding(points, means)


@given(problems)
def test_labels_are_the_nearest_centroids_by_the_literal_distance(problem):
    points, centroids = problem
    labels = nearest_centroids(points, centroids)
    for point, label in zip(points, labels, strict=True):
        distances = [float(np.sum((point - centroid) ** 2)) for centroid in centroids]
        assert distances[label] <= min(distances) * (1 + 8 * EPS)


@given(problems)
def test_lloyds_algorithm_ends_where_its_step_changes_nothing(problem):
    points, start = problem
    end = lloyd(points, start)
    assert end.settled
    assert end.within <= within_cluster_sum(points, start)
    assert np.abs(lloyd_step(points, end.centroids) - end.centroids).max() <= rounding(points, start)
    assert end.within == within_cluster_sum(points, end.centroids)
    assert np.array_equal(end.labels, nearest_centroids(points, end.centroids))


@given(problems)
def test_filling_empty_clusters_lowers_the_sum_by_the_points_taken(problem):
    points, centroids = problem
    labels = np.zeros(len(points), dtype=int)
    before = within_cluster_sum(points, centroids, labels)
    filled, owners = fill_empty(points, centroids, labels)
    taken = squared_distances(points, centroids[:1])[owners != labels].sum()
    after = within_cluster_sum(points, filled, owners)
    assert abs(before - taken - after) <= rounding(points, centroids)
    assert np.array_equal(filled[0], centroids[0])


def test_three_points_can_hold_lloyds_algorithm_at_nearly_four_times_the_optimum():
    for b in (2.5, 2.9, 2.99):
        points, stuck = [[0.0], [1.0], [b]], [[0.0], [(1.0 + b) / 2]]
        assert np.array_equal(lloyd_step(points, stuck), stuck)
        ratio = within_cluster_sum(points, stuck) / within_cluster_sum(points, [[0.5], [b]])
        assert ratio == pytest.approx((b - 1.0) ** 2, rel=16 * EPS * b)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_no_stable_pair_of_clusters_of_three_points_is_worse_than_four_times_the_optimum(seed):
    points = np.random.default_rng(seed).normal(size=(3, 1))
    sums, stable = [], []
    for labels in product((0, 1), repeat=3):
        if 0 < sum(labels) < 3:
            means = cluster_means(points, np.array(labels), np.zeros((2, 1)))
            sums.append(within_cluster_sum(points, means, np.array(labels)))
            if np.array_equal(nearest_centroids(points, means), labels):
                stable.append(sums[-1])
    assert max(stable) <= 4.0 * min(sums) + 64 * EPS


@pytest.mark.parametrize("mixing", [m for m in MIXINGS if m != "convex"])
@given(problem=problems, eta=st.floats(0.01, 1.0))
def test_without_noise_the_update_rests_at_lloyds_fixed_points(mixing, problem, eta):
    points, start = problem
    end = lloyd(points, start).centroids
    moved = centroid_update(end, lloyd_step(points, end), eta, mixing=mixing)
    assert np.abs(moved - end).max() <= rounding(points, start)


def test_the_convex_mixing_shrinks_the_means_and_depends_on_the_origin():
    means = np.array([[1.0, -2.0]])
    assert centroid_update(means, means, 0.25, mixing="convex").tolist() == [[0.75, -1.5]]


def test_noise_of_standard_deviation_s_costs_s_squared_per_point_and_coordinate():
    generator = np.random.default_rng(0)
    points = generator.normal(size=(5, 2))
    means = points.mean(axis=0, keepdims=True)
    noise = 0.3 * generator.normal(size=(20000, 1, 2))
    costs = np.array([within_cluster_sum(points, centroid_update(means, means, 1.0, xi)) for xi in noise])
    excess = costs - within_cluster_sum(points, means)
    # Five standard errors of the mean, estimated from the same sample.
    assert abs(excess.mean() - 0.3**2 * 5 * 2) <= 5 * excess.std() / np.sqrt(len(noise))


def test_relaxed_noise_settles_at_its_stationary_variance():
    generator = np.random.default_rng(1)
    eta, s, mean = 0.5, 0.2, np.zeros((4000, 1))
    centroids = mean
    for _ in range(60):  # deviations from the stationary variance shrink by (1-eta)^2 each step
        centroids = centroid_update(centroids, mean, eta, s * generator.normal(size=mean.shape))
    squares = centroids[:, 0] ** 2
    assert abs(squares.mean() - s**2 / (eta * (2 - eta))) <= 5 * squares.std() / np.sqrt(squares.size)


@given(st.floats(0.05, 2.0), st.floats(0.0, 0.5))
def test_the_minimiser_of_the_objective_is_the_soft_threshold_towards_the_candidate(temperature, strength):
    points, mean = np.array([[0.0], [1.0]]), 0.5
    candidate = quantized_centroids([[mean]], [-1.0, 1.0], temperature)
    shift = min(strength / (4 * temperature), abs(candidate[0, 0] - mean))
    best = mean + np.sign(candidate[0, 0] - mean) * shift
    least = annealed_objective(points, [[best]], candidate, temperature, strength)
    for other in np.linspace(-1.5, 1.5, 61):
        value = annealed_objective(points, [[other]], candidate, temperature, strength)
        assert least <= value + 32 * EPS * (1.0 + strength / temperature)


BAD_CALLS = {
    "points": lambda: nearest_centroids([0.0, 1.0], [[0.0]]),
    "centroids": lambda: nearest_centroids([[0.0]], [[0.0, 1.0]]),
    "labels": lambda: within_cluster_sum([[0.0]], [[0.0]], [1]),
    "step_size": lambda: centroid_update([[0.0]], [[0.0]], 1.5),
    "noise": lambda: centroid_update([[0.0]], [[0.0]], 1.0, [0.0]),
    "noise must have shape": lambda: centroid_update([[0.0]], [[0.0]], 1.0, 0.5),
    "mixing": lambda: centroid_update([[0.0]], [[0.0]], 1.0, mixing="other"),
    "candidates": lambda: annealed_objective([[0.0]], [[0.0]], [[0.0, 1.0]], 1.0, 1.0),
    "strength": lambda: annealed_objective([[0.0]], [[0.0]], [[0.0]], 1.0, -1.0),
    "most_passes": lambda: lloyd([[0.0]], [[0.0]], 0),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_input_is_refused_by_name(name):
    with pytest.raises((ValueError, TypeError), match=name):
        BAD_CALLS[name]()


def test_centroids_whose_distances_overflow_are_refused():
    with pytest.raises(ValueError, match="float64"):
        nearest_centroids([[1e200]], [[-1e200]])

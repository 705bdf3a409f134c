"""A width of the kernel is chosen by errors on data that were not fitted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.distances import squared_distances
from reference.kernel_width import best_width, stratified_folds, validation_errors
from reference.pair_moves import pair_descent
from reference.radial_basis import radial_basis_kernel
from reference.random_streams import RandomStream

STREAM = RandomStream(0, 0)
seeds = st.integers(0, 10**6)


@given(seeds, st.integers(4, 40), st.integers(2, 4))
def test_folds_spread_each_class_evenly(seed, size, folds):
    labels = np.where(np.random.default_rng(seed).random(size) < 0.5, -1.0, 1.0)
    numbers = stratified_folds(labels, folds, RandomStream(seed, 0))
    for sign in (-1.0, 1.0):
        counts = np.bincount(numbers[labels == sign], minlength=folds)
        assert counts.max() - counts.min() <= 1


def test_the_width_of_rings_is_found_and_a_constant_kernel_is_not_chosen():
    """Inner disc against outer ring: gamma = 0 sees nothing, gamma = 1000 remembers single points."""
    generator = np.random.default_rng(0)
    angles, labels = generator.uniform(0, 2 * np.pi, 60), np.repeat([1.0, -1.0], 30)
    radii = np.where(labels > 0, generator.uniform(0, 1, 60), generator.uniform(2, 3, 60))
    distances = squared_distances(np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]))
    widths = [0.0, 1.0, 1000.0]
    errors = validation_errors(distances, labels, 1.0, widths, stratified_folds(labels, 3, STREAM), STREAM)
    assert best_width(widths, errors) == 1.0
    assert errors[1] == 0
    assert errors[0] > 10


def errors_one_sample_at_a_time(kernel, labels, penalty, folds):
    """The definition of cross-validation, read off sample by sample."""
    wrong = 0
    for i, label in enumerate(labels):
        others = [j for j in range(labels.size) if folds[j] != folds[i]]
        if len(set(labels[others])) == 1:
            score = labels[others[0]]
        else:
            machine = pair_descent(
                kernel[np.ix_(others, others)], labels[others], penalty, STREAM, tolerance=1e-2
            )
            score = kernel[i, others] @ (machine.alpha * labels[others]) + machine.bias
        wrong += label * score <= 0.0
    return wrong


@settings(max_examples=20)
@given(seeds, st.integers(3, 12), st.sampled_from([2, 3]))
def test_errors_are_those_of_the_machines_that_did_not_see_the_sample(seed, size, count):
    generator = np.random.default_rng(seed)
    labels, folds = np.where(generator.random(size) < 0.3, -1.0, 1.0), generator.permutation(size) % count
    distances = squared_distances(generator.normal(size=(size, 2)))
    expected = errors_one_sample_at_a_time(radial_basis_kernel(distances, 0.7), labels, 2.0, folds)
    assert validation_errors(distances, labels, 2.0, [0.7], folds, STREAM).tolist() == [expected]


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_samples_of_one_class_alone_decide_for_it(sign):
    labels = sign * np.array([1.0, 1.0, 1.0, -1.0])
    assert validation_errors(np.zeros((4, 4)), labels, 1.0, [1.0], [0, 0, 0, 1], STREAM).tolist() == [4]


@given(st.integers(2, 9))
def test_there_are_at_most_as_many_folds_as_samples(size):
    labels = np.resize([1.0, -1.0], size)
    assert sorted(stratified_folds(labels, size, STREAM)[labels > 0]) == list(range((size + 1) // 2))
    with pytest.raises(ValueError, match="count must be an integer in"):
        stratified_folds(labels, size + 1, STREAM)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: validation_errors(np.eye(2), [1, -1], 1.0, [1.0, -1.0], [0, 1], STREAM),
            "widths must be at least 0",
        ),
        (lambda: validation_errors(np.eye(2), [1, -1], 1.0, [1.0], [0], STREAM), "folds must have shape"),
        (lambda: best_width([], []), "must have one shape"),
        (lambda: stratified_folds([1, -1], 1, STREAM), "count must be an integer in"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

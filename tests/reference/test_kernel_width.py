"""A width of the kernel is chosen by errors on data that were not fitted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.kernel_width import best_width, stratified_folds, validation_errors
from reference.radial_basis import squared_distances
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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: validation_errors(np.eye(2), [1, -1], 1.0, [-1.0], [0, 1], STREAM),
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

"""The support vector machine: weak duality, the equality from the bias, and the best bias."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.distances import squared_distances
from reference.radial_basis import radial_basis_kernel
from reference.support_vector_machine import (
    best_bias,
    binary_labels,
    dual_energy,
    dual_gradient,
    equality_residual,
    primal_objective,
    signed_kernel,
    slacks,
)

EPS = float(np.finfo(np.float64).eps)
seeds = st.integers(0, 10**6)
sizes = st.integers(2, 8)


def problem(seed, size):
    """Random points in the plane with both labels, their kernel, and a random point of the box."""
    generator = np.random.default_rng(seed)
    labels = np.where(generator.random(size) < 0.5, -1.0, 1.0)
    labels[:2] = (1.0, -1.0)
    kernel = radial_basis_kernel(squared_distances(generator.normal(size=(size, 2))), generator.uniform(0, 3))
    return labels, kernel, generator.random(size), generator


def balanced(alpha, labels):
    """The point scaled per class so that sum y alpha = 0 (inside the unit box still)."""
    sums = [alpha[labels == sign].sum() for sign in (-1.0, 1.0)]
    return np.where(labels > 0, alpha * min(sums) / sums[1], alpha * min(sums) / sums[0])


@given(seeds, sizes)
def test_a_dual_value_never_exceeds_a_primal_value_on_the_equality(seed, size):
    labels, kernel, alpha, generator = problem(seed, size)
    dual = balanced(alpha, labels)
    other, bias = generator.random(size), generator.normal()
    lower = -dual_energy(dual, signed_kernel(kernel, labels))
    upper = primal_objective(other, kernel, labels, bias, 1.0)
    assert lower <= upper + 64 * EPS * size**2 * (1 + abs(bias))


def test_without_the_equality_weak_duality_fails():
    """The checker above rejects the box alone: points 0, 1, 2 with labels +, -, +, all multipliers at C = 1."""
    labels = [1, -1, 1]
    kernel = radial_basis_kernel(squared_distances([[0.0], [1.0], [2.0]]), np.log(2.0))
    box_only = -dual_energy([1.0, 1.0, 1.0], signed_kernel(kernel, labels))
    assert box_only == pytest.approx(39 / 16, rel=64 * EPS)
    assert box_only > primal_objective([0.5, 1.0, 0.5], kernel, labels, 31 / 32, 1.0)
    assert equality_residual([1.0, 1.0, 1.0], labels) == 1.0


@given(seeds, sizes)
def test_the_gradient_is_the_linear_part_of_the_energy(seed, size):
    labels, kernel, alpha, generator = problem(seed, size)
    signed, step = signed_kernel(kernel, labels), generator.normal(size=size)
    rise = dual_energy(alpha + step, signed) - dual_energy(alpha, signed)
    expected = dual_gradient(alpha, signed) @ step + 0.5 * step @ signed @ step
    assert abs(rise - expected) <= 64 * EPS * size**2 * (1 + np.abs(step).max()) ** 2


@given(st.lists(st.tuples(st.integers(-8, 8), st.sampled_from([-1, 1])), min_size=1, max_size=9))
def test_no_kink_of_the_total_slack_is_below_the_best_bias(pairs):
    scores, labels = (np.array(column, float) / 4 for column in zip(*pairs, strict=True))
    labels = np.sign(labels)
    best = slacks(scores, labels, best_bias(scores, labels)).sum()
    assert all(best <= slacks(scores, labels, kink).sum() for kink in labels - scores)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: binary_labels([0, 1]), "labels must be -1 or 1"),
        (lambda: signed_kernel([[1.0, 0.5], [0.4, 1.0]], [1, -1]), "kernel must be symmetric"),
        (lambda: dual_energy([1.0], [[1.0, 0.0], [0.0, 1.0]]), "signed must have shape"),
        (lambda: primal_objective([1.0], [[1.0]], [1], 0.0, 0.0), "penalty must be positive"),
        (lambda: best_bias([], []), "scores must have at least one entry"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

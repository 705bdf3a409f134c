"""Pair moves keep both constraints of the dual and end at its minimum."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.distances import squared_distances
from reference.pair_moves import pair_descent, pair_step
from reference.radial_basis import radial_basis_kernel
from reference.random_streams import RandomStream
from reference.support_vector_machine import dual_energy, equality_residual, primal_objective, signed_kernel

EPS = float(np.finfo(np.float64).eps)
STREAM = RandomStream(0, 0)
seeds = st.integers(0, 10**6)


def problem(seed, size):
    generator = np.random.default_rng(seed)
    labels = np.where(generator.random(size) < 0.5, -1.0, 1.0)
    labels[:2] = (1.0, -1.0)
    points = generator.normal(size=(size, 2))
    return labels, radial_basis_kernel(squared_distances(points), generator.uniform(0.1, 3)), points


def least_energy_by_enumeration(signed, labels, penalty):
    """Smallest energy over all choices of which variables are 0, C or free, each solved as linear equations."""
    size, best = labels.size, np.inf
    for kinds in product((0, 1, 2), repeat=size):
        free = [i for i in range(size) if kinds[i] == 2]
        alpha = np.where(np.array(kinds) == 1, penalty, 0.0)
        if free:
            system = np.block(
                [[signed[np.ix_(free, free)], labels[free, None]], [labels[None, free], np.zeros((1, 1))]]
            )
            right = np.append(1.0 - signed[free] @ alpha, -labels @ alpha)
            alpha[free] = np.linalg.lstsq(system, right, rcond=None)[0][:-1]
        slack = 1e3 * EPS * size * (1 + penalty)
        if abs(labels @ alpha) <= slack and np.all(alpha >= -slack) and np.all(alpha <= penalty + slack):
            best = min(best, dual_energy(alpha, signed))
    return best


@settings(max_examples=25)
@given(seeds, st.integers(2, 5), st.sampled_from([0.5, 2.0, 10.0]))
def test_the_energy_is_the_least_one_found_by_enumeration(seed, size, penalty):
    labels, kernel, _ = problem(seed, size)
    found = pair_descent(kernel, labels, penalty, STREAM, tolerance=1e-10)
    least = least_energy_by_enumeration(signed_kernel(kernel, labels), labels, penalty)
    assert found.converged
    # The gap is at most the violation times the length of the box, over all pairs.
    assert abs(found.energy - least) <= size * penalty * 1e-10 + 1e5 * EPS * size * (1 + abs(least))


@settings(max_examples=20)
@given(seeds, st.integers(2, 300), st.sampled_from([0.5, 10.0]))
def test_the_solution_is_feasible_and_its_gap_is_the_tolerance(seed, size, penalty):
    labels, kernel, _ = problem(seed, size)
    found = pair_descent(kernel, labels, penalty, STREAM)
    assert np.all((found.alpha >= 0.0) & (found.alpha <= penalty))
    assert abs(equality_residual(found.alpha, labels)) <= EPS * penalty * (found.moves + size)
    gap = primal_objective(found.alpha, kernel, labels, found.bias, penalty) + found.energy
    assert -1e3 * EPS * size * penalty <= gap <= size * penalty * found.violation + 1e3 * EPS * size * penalty
    assert found.energy == pytest.approx(
        dual_energy(found.alpha, signed_kernel(kernel, labels)), rel=1e4 * EPS * size
    )


def test_moving_one_variable_alone_is_noticed():
    """A planted solver that lowers the energy coordinate by coordinate ends off the equality, and below."""
    labels, kernel = (
        np.array([1.0, -1.0, 1.0]),
        np.array([[1.0, 0.5, 0.0625], [0.5, 1.0, 0.5], [0.0625, 0.5, 1.0]]),
    )
    signed, alpha = signed_kernel(kernel, labels), np.zeros(3)
    for _ in range(100):
        for i in range(3):
            alpha[i] = np.clip(alpha[i] + 1.0 - signed[i] @ alpha, 0.0, 1.0)
    assert abs(equality_residual(alpha, labels)) > 0.5
    assert dual_energy(alpha, signed) < pair_descent(kernel, labels, 1.0, STREAM).energy


def test_the_energy_falls_from_round_to_round_and_the_run_repeats():
    labels, kernel, _ = problem(3, 200)
    runs = []
    for _ in range(2):
        seen = []
        found = pair_descent(kernel, labels, 10.0, STREAM, report=lambda *line, seen=seen: seen.append(line))
        runs.append((seen, found.alpha.tolist()))
    assert runs[0] == runs[1]
    energies = [energy for _, energy, _ in runs[0][0]]
    assert len(energies) > 2
    assert all(after <= before for before, after in pairwise(energies))


def test_a_limit_on_the_moves_is_kept_and_said():
    labels, kernel, _ = problem(5, 100)
    found = pair_descent(kernel, labels, 10.0, STREAM, most_moves=3)
    assert found.moves == 3
    assert not found.converged
    assert equality_residual(found.alpha, labels) == pytest.approx(0.0, abs=16 * EPS * 10.0)


def test_minimising_the_energy_over_the_width_too_picks_the_kernel_that_fits_worst():
    """Two points of opposite classes at distance 1: the dual's least energy falls as gamma goes to 0, while
    the optimum of the primal plus the paper's penalty is least at about 94 gamma_0.
    """
    widths = np.linspace(0.01, 8.0, 800)
    kernels = [radial_basis_kernel([[0.0, 1.0], [1.0, 0.0]], gamma) for gamma in widths]
    energies = np.array([pair_descent(k, [1, -1], 10.0, STREAM, tolerance=1e-9).energy for k in kernels])
    penalty = 1e-3 * (widths - 0.05) ** 2
    assert np.argmin(energies + penalty) == 0
    assert abs(widths[np.argmin(-energies + penalty)] - 4.7) <= 0.02


def test_labels_of_one_sign_are_refused():
    with pytest.raises(ValueError, match="labels must contain both"):
        pair_descent(np.eye(2), [1, 1], 1.0, STREAM)
    with pytest.raises(ValueError, match="labels must contain both"):
        pair_descent(np.eye(2), [-1, -1], 1.0, STREAM)
    with pytest.raises(ValueError, match="gap must be positive"):
        pair_step(0.0, 1.0, 1.0)

"""Moves of two dual variables at once: what keeps both the box and the equality, and the solver made of them.

The repaired counterpart of ``support_vector_annealing.py``.  A single alpha_i cannot move without leaving
sum y alpha = 0, so the smallest move has two variables: alpha_i + y_i t and alpha_j - y_j t, with t the exact
minimiser on the segment that the box leaves.  The paper's fraction rule is kept: a round looks at a random
share f of the variables (but no fewer than 128), f following the change of the energy (Eq. 15).

Pair moves are those of sequential minimal optimization (J. Platt 1998), the choice of the pair is the
second-order one of R.-E. Fan, P.-H. Chen and C.-J. Lin, "Working set selection using second order
information", JMLR 6 (2005).

Claims that rest on it: SVM-1, SVM-R1, SVM-R2, SVX-4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.fraction import starting_fraction, update_count, update_fraction
from reference.random_streams import RandomStream
from reference.support_vector_machine import binary_labels, square_matrix
from reference.validation import FloatArray, IntArray, finite_scalar, positive_integer, positive_scalar

# A pair whose two features coincide has no curvature; the step then goes to the end of its segment.
_LEAST_CURVATURE = 1e-12  # as in LIBSVM

# Our choice, by trial: smaller shares, or more moves in one of them, need more moves in all.
_SMALLEST_SHARE = 128
_MOVES_PER_SHARE = 4

Report = Callable[[int, float, float], None]


@dataclass(frozen=True, eq=False)
class PairSolution:
    """What the solver found.

    Attributes:
        alpha: shape (n,), in the box, with sum y alpha = 0 up to rounding.
        bias: b, from the variables strictly inside the box, or the middle of what the others allow.
        energy: dual energy, minus the dual objective.
        violation: largest violation of the optimality conditions; at most the tolerance if converged.
        moves: number of pair moves.
        rounds: number of random shares looked at.
        converged: whether the tolerance was reached.
    """

    alpha: FloatArray
    bias: float
    energy: float
    violation: float
    moves: int
    rounds: int
    converged: bool


def pair_step(gap: Any, curvature: Any, room: Any) -> float:
    """Return the length of the best move along one pair.

    t = min(gap / curvature, room).

    Arguments:
        gap: minus the slope of the energy along the move, scalar in (0, inf).
        curvature: K_ii + K_jj - 2 K_ij, scalar; values below 1e-12 count as 1e-12.
        room: length that the box leaves, scalar in (0, inf).

    Returns:
        A float in (0, room].

    Raises:
        ValueError, TypeError: gap or room is not positive and finite.

    Source: exact minimisation of the dual on a segment.

    >>> pair_step(1.0, 2.0, 10.0), pair_step(1.0, 0.0, 3.0)
    (0.5, 3.0)
    """
    best = positive_scalar("gap", gap) / max(finite_scalar("curvature", curvature), _LEAST_CURVATURE)
    return min(best, positive_scalar("room", room))


def pair_descent(
    kernel: Any,
    labels: Any,
    penalty: Any,
    stream: RandomStream,
    *,
    tolerance: Any = 1e-3,
    f_min: Any = 0.02,
    f_max: Any = 0.3,
    most_moves: Any = 1_000_000,
    report: Report | None = None,
) -> PairSolution:
    """Minimise the dual energy on the box and the equality, by pair moves inside random shares.

    Arguments:
        kernel: K, shape (n, n), symmetric positive semidefinite.
        labels: y, shape (n,), each -1 or 1, both present.
        penalty: C, scalar in (0, inf).
        stream: random numbers; step r serves round r.
        tolerance: largest violation that counts as solved, scalar in (0, inf); 1e-3 is LIBSVM's.
        f_min, f_max: bounds of the fraction; those of the paper's SVM section.
        most_moves: pair moves after which the solver gives up, an integer of at least 1; our choice.
        report: called after each round with (moves, energy, violation).

    Returns:
        The ``PairSolution``; its energy is never above that of alpha = 0.

    Raises:
        ValueError, TypeError: an argument outside its range, or labels of one sign only.

    Source: ours; it replaces the update after Eq. 17.

    >>> found = pair_descent([[1.0, 0.5], [0.5, 1.0]], [1, -1], 9.0, RandomStream(0, 0))
    >>> found.alpha, found.bias, found.energy
    (array([2., 2.]), 0.0, -2.0)
    """
    y = binary_labels(labels)
    k = square_matrix("kernel", kernel, y.size)
    c, tol = positive_scalar("penalty", penalty), positive_scalar("tolerance", tolerance)
    limit = positive_integer("most_moves", most_moves)
    if abs(y.sum()) == y.size:
        raise ValueError(f"labels must contain both -1 and 1, got {y.size} of one sign")
    alpha, potential = np.zeros(y.size), y.copy()  # potential_i = y_i - s_i = -y_i dE/dalpha_i
    share, largest, moves, rounds = starting_fraction(f_min, f_max), 0.0, 0, 0
    energy, everyone = 0.0, np.arange(y.size)
    violation = _violation(alpha, potential, y, c)
    while violation > tol and moves < limit:
        size = min(y.size, max(_SMALLEST_SHARE, update_count(share, y.size)))
        before = energy
        moves_here = _MOVES_PER_SHARE if size < y.size else size
        drawn = stream.random_subset(rounds, y.size, size) if size < y.size else everyone
        for subset in (drawn, everyone):
            for _ in range(min(moves_here, limit - moves)):
                fall = _move(alpha, potential, k, y, c, subset, tol)
                if fall == 0.0:
                    break
                moves, energy = moves + 1, energy - fall
            if energy < before:
                break  # all variables are looked at only where the share had nothing to offer
        rounds += 1
        change = before - energy
        largest = max(largest, change)
        share = update_fraction(change, largest, f_min, f_max)
        violation = _violation(alpha, potential, y, c)
        if report is not None:
            report(moves, energy, violation)
    # The sum of the falls carries one rounding per move; y s = 1 - y potential gives the energy afresh.
    final = float(0.5 * (alpha @ (1.0 - y * potential)) - alpha.sum())
    return PairSolution(
        alpha, _bias(alpha, potential, y, c), final, violation, moves, rounds, violation <= tol
    )


def _directions(alpha: FloatArray, y: FloatArray, c: float) -> tuple[Any, Any]:
    """Return which variables can take y_i t and which can give it, t > 0."""
    up = np.where(y > 0, alpha < c, alpha > 0.0)
    down = np.where(y > 0, alpha > 0.0, alpha < c)
    return up, down


def _violation(alpha: FloatArray, potential: FloatArray, y: FloatArray, c: float) -> float:
    up, down = _directions(alpha, y, c)
    return max(0.0, float(potential[up].max() - potential[down].min()))


def _bias(alpha: FloatArray, potential: FloatArray, y: FloatArray, c: float) -> float:
    inside = (alpha > 0.0) & (alpha < c)
    if inside.any():
        return float(potential[inside].mean())
    up, down = _directions(alpha, y, c)
    return float(0.5 * (potential[up].max() + potential[down].min()))


def _move(
    alpha: FloatArray,
    potential: FloatArray,
    k: FloatArray,
    y: FloatArray,
    c: float,
    subset: IntArray,
    tolerance: float,
) -> float:
    """Move one pair of the subset in place and return by how much the energy falls; 0 where none violates."""
    up, down = (where[subset] for where in _directions(alpha, y, c))
    givers, takers = subset[down], subset[up]
    if givers.size == 0 or takers.size == 0:
        return 0.0
    i = int(takers[np.argmax(potential[takers])])
    gaps = potential[i] - potential[givers]
    if gaps.max() <= tolerance:
        return 0.0
    curvatures = np.maximum(k[i, i] + k[givers, givers] - 2.0 * k[i, givers], _LEAST_CURVATURE)
    gains = np.where(gaps > 0.0, np.square(gaps) / curvatures, 0.0)
    best = int(np.argmax(gains))
    j, gap, curvature = int(givers[best]), float(gaps[best]), float(curvatures[best])
    room_i = c - alpha[i] if y[i] > 0 else alpha[i]
    room_j = alpha[j] if y[j] > 0 else c - alpha[j]
    step = pair_step(gap, curvature, min(room_i, room_j))
    # The end of the box is written, not added up, so that rounding never passes it.
    ends = (c if y[i] > 0 else 0.0, 0.0 if y[j] > 0 else c)
    alpha[i] = ends[0] if step >= room_i else alpha[i] + y[i] * step
    alpha[j] = ends[1] if step >= room_j else alpha[j] - y[j] * step
    potential -= step * (k[:, i] - k[:, j])
    return step * (gap - 0.5 * curvature * step)

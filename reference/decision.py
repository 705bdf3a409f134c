"""Accepting or rejecting the proposals of one step.

Algorithm 1, lines 13 to 24.  In Eq. 8 the potential new state of a parameter is taken to be its proposal,
before the move and after it; so the terms of the parameters that do not move cancel, and the move itself
lowers the term from phi(theta - theta') to phi(0).

Claims that rest on it: ALG-10, ALG-12, ALG-13, ACC-4, X-11, X-25, X-40.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.acceptance import acceptance_rule, accepts
from reference.energy import energy
from reference.masks import BoolArray
from reference.settings import Settings
from reference.validation import FloatArray, IntArray, finite_scalar

Loss = Callable[[FloatArray], Any]


@dataclass(frozen=True, eq=False)
class Trial:
    """The parameters after the tests, shape (n,), and what each test saw and decided, shape (k,)."""

    theta: FloatArray
    energy_changes: FloatArray
    probabilities: FloatArray
    accepted: BoolArray


def _energy_change(
    current: FloatArray,
    proposals: FloatArray,
    losses: tuple[float, float],
    temperature: float,
    settings: Settings,
    size: int,
) -> float:
    """Return E(theta') - E(theta), of which only the moving parameters do not cancel (line 17)."""
    before, after = losses
    if settings.energy == "loss":
        return after - before
    shared = settings.regularization / (size if settings.penalty_reduction == "mean" else 1)
    form = settings.penalty_form
    start = energy(before, current, proposals, temperature, shared, form)
    return energy(after, proposals, proposals, temperature, shared, form) - start


def decide_singly(
    theta: FloatArray,
    selected: IntArray,
    proposals: FloatArray,
    uniforms: FloatArray,
    loss: float,
    loss_at: Loss,
    temperature: float,
    settings: Settings,
) -> Trial:
    """Return the outcome of testing each selected parameter in turn.

    For i in order: theta_i <- theta'_i where u_i < A(E(theta'_i) - E(theta_i), T), the earlier decisions in
    place.

    Arguments:
        theta: parameters, shape (n,).
        selected: distinct indices, shape (k,), in the order of the tests.
        proposals: proposed values, shape (k,).
        uniforms: shape (n,), in [0, 1); entry i decides parameter i.
        loss: L(theta).
        loss_at: function from parameters (n,) to the loss.
        temperature: T, scalar in (0, inf).
        settings: the ``Settings``.

    Returns:
        The ``Trial``; theta differs from the argument in accepted parameters only.

    Raises:
        ValueError, TypeError: the loss of a candidate or an energy change is not finite, or an argument is
            outside its range.

    Source: Algorithm 1, lines 13 to 24.

    >>> from reference.settings import gradient_descent_settings
    >>> settings = gradient_descent_settings(0.5)
    >>> decide_singly(np.zeros(2), np.array([1]), np.ones(1), np.zeros(2), 0.0, np.sum, 1.0, settings).theta
    array([0., 1.])
    """
    rule = acceptance_rule(settings.acceptance)
    moved, here = theta.copy(), loss
    changes, probabilities = np.empty(selected.size), np.empty(selected.size)
    accepted = np.zeros(selected.size, dtype=np.bool_)
    for place, index in enumerate(selected):
        candidate = moved.copy()
        candidate[index] = proposals[place]
        there = finite_scalar("loss_at(candidate)", loss_at(candidate.copy()))
        pair = (moved[[index]], proposals[[place]])
        changes[place] = _energy_change(*pair, (here, there), temperature, settings, theta.size)
        probabilities[place] = rule(float(changes[place]), temperature)
        accepted[place] = accepts(uniforms[index], probabilities[place])
        if accepted[place]:
            moved, here = candidate, there
    return Trial(moved, changes, probabilities, accepted)


def decide_jointly(
    theta: FloatArray,
    selected: IntArray,
    proposals: FloatArray,
    uniforms: FloatArray,
    loss: float,
    loss_at: Loss,
    temperature: float,
    settings: Settings,
) -> Trial:
    """Return the outcome of testing all proposals together.

    theta <- theta' where u < A(E(theta') - E(theta), T), u being the number of parameter 0, selected or not.

    Arguments:
        theta, selected, proposals, uniforms, loss, loss_at, temperature, settings: as for ``decide_singly``.

    Returns:
        The ``Trial``, with one energy change, probability and decision repeated k times.

    Raises:
        ValueError, TypeError: as ``decide_singly``.

    Source: the other reading of Algorithm 1, line 17.

    >>> from reference.settings import gradient_descent_settings
    >>> settings = gradient_descent_settings(0.5)
    >>> order = np.array([0, 1])
    >>> decide_jointly(np.zeros(2), order, np.ones(2), np.zeros(2), 0.0, np.sum, 1.0, settings).energy_changes
    array([2., 2.])
    """
    moved = theta.copy()
    if selected.size == 0:
        return Trial(moved, np.empty(0), np.empty(0), np.empty(0, dtype=np.bool_))
    candidate = theta.copy()
    candidate[selected] = proposals
    there = finite_scalar("loss_at(candidate)", loss_at(candidate.copy()))
    change = _energy_change(theta[selected], proposals, (loss, there), temperature, settings, theta.size)
    probability = float(acceptance_rule(settings.acceptance)(change, temperature))
    decision = accepts(uniforms[0], probability)
    if decision:
        moved = candidate
    repeated = np.ones(selected.size)
    return Trial(moved, change * repeated, probability * repeated, np.full(selected.size, decision))

"""What one step of Algorithm 1 costs: loss evaluations, gradients, exponentials and random numbers.

The paper's complexity section counts O(f n K) operations beside one back-propagation.  Here the listing is
carried out entry by entry and every operation is counted while it runs; the closed form of the counts is
beside it.  An evaluation of the loss is one forward pass over the data block.  The loss change between data
blocks to the letter of line 9 takes one evaluation more, which is not counted here.

Claims that rest on it: ABS-2, INT-15, CPX-2, CPX-4, CPX-7, CPX-10, CPX-13 to CPX-15, SCH-10, CMP-1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.acceptance import acceptance_rule, accepts
from reference.energy import energy
from reference.noise import noise_scale
from reference.settings import Settings
from reference.state import Draws, State
from reference.validation import FloatArray, finite_scalar, integer_between, one_of, positive_integer

COMPARISONS = ("single", "joint")


@dataclass(frozen=True)
class StepCosts:
    """How often one step does each of its expensive operations.

    Attributes:
        gradients: back-propagations.
        losses: evaluations of the loss, the one at the start of the step included.
        quantizer_exponentials, entropy_exponentials: exponentials of level distances.
        normals, uniforms: random numbers read.
    """

    gradients: int
    losses: int
    quantizer_exponentials: int
    entropy_exponentials: int
    normals: int
    uniforms: int

    @property
    def exponentials(self) -> int:
        """All exponentials of level distances."""
        return self.quantizer_exponentials + self.entropy_exponentials


def step_costs(size: Any, level_count: Any, selected: Any, comparison: Any = "single") -> StepCosts:
    """Return the counts of one step in closed form.

    single: 1 gradient, k + 1 losses, k K + n K exponentials, k normals, k uniforms;
    joint: the same with 2 losses and 1 uniform number for k >= 1, and 1 loss and none for k = 0.

    Arguments:
        size: n, an integer of at least 1.
        level_count: K, an integer of at least 1.
        selected: k, an integer in [0, n].
        comparison: "single" (the listing) or "joint", as in ``Settings``.

    Returns:
        The ``StepCosts``.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Algorithm 1, lines 8 to 26.

    >>> step_costs(100, 257, 1).losses, step_costs(100, 257, 50).losses
    (2, 51)
    """
    n, count = positive_integer("size", size), positive_integer("level_count", level_count)
    k = integer_between("selected", selected, 0, n)
    tests = k if one_of("comparison", comparison, COMPARISONS) == "single" else min(k, 1)
    return StepCosts(1, 1 + tests, k * count, n * count, k, tests)


def counted_step(
    state: State,
    settings: Settings,
    loss_of: Callable[[FloatArray], Any],
    gradient_of: Callable[[FloatArray], Sequence[float] | FloatArray],
    draws: Draws,
    selected: Any,
) -> tuple[FloatArray, float, StepCosts]:
    """Return what one step makes of the parameters, and the operations it took.

    Entry by entry: for each selected i in order, mu_i, theta'_i = S(theta_i - eta mu_i + eps(T) z_i), and the
    test; then the entropy of every parameter at the temperature T of the step.

    Arguments:
        state: the ``State`` before the step.
        settings: the ``Settings``, with levels, the history weighting, selected mean fields refreshed and the
            noise inside the quantizer (the defaults).
        loss_of, gradient_of: loss and gradient on the current data block, functions of shape (n,).
        draws: the ``Draws``.
        selected: k, an integer in [0, number of indices in ``draws.order``].

    Returns:
        The parameters, shape (n,), equal to those of ``step`` up to rounding; their total entropy in nats;
        and the ``StepCosts``.

    Raises:
        ValueError, TypeError: an argument outside its range, or other settings than those named.

    Source: Algorithm 1, lines 8 to 26, without the fraction and the next temperature (O(1) operations).

    >>> settings = Settings(levels=[-1.0, 1.0], initial_temperature=1.0)
    >>> state = State(np.zeros(3), np.zeros(3), 1.0)
    >>> draws = Draws(np.arange(3), np.zeros(3), np.zeros(3))
    >>> counted_step(state, settings, np.sum, np.ones_like, draws, 2)[2] == step_costs(3, 2, 2)
    True
    """
    levels = settings.levels
    if levels is None:
        raise ValueError("settings must have levels, got None")
    one_of("settings.weighting", settings.weighting, ("history",))
    one_of("settings.refreshed", settings.refreshed, ("selected",))
    one_of("settings.noise_placement", settings.noise_placement, ("inside",))
    k = integer_between("selected", selected, 0, draws.order.size)
    order, temperature, smoothing = draws.order[:k], state.temperature, settings.smoothing
    tally: Counter[str] = Counter()

    def evaluated(theta: FloatArray) -> float:
        tally["losses"] += 1
        return finite_scalar("loss_of(theta)", loss_of(theta.copy()))

    def weights(value: float, purpose: str) -> list[float]:
        distances = [abs(value - level) / temperature for level in levels]
        tally[purpose] += len(distances)
        return [math.exp(min(distances) - distance) for distance in distances]

    def energy_change(before: float, after: float, old: FloatArray, new: FloatArray) -> float:
        if settings.energy == "loss":
            return after - before
        coefficient = settings.regularization
        if settings.penalty_reduction == "mean":
            coefficient /= state.theta.size
        form = settings.penalty_form
        moved_energy = energy(after, new, new, temperature, coefficient, form)
        return moved_energy - energy(before, old, new, temperature, coefficient, form)

    def passes(change: float, index: int) -> bool:
        tally["uniforms"] += 1
        return accepts(draws.uniforms[index], rule(change, temperature))

    rule = acceptance_rule(settings.acceptance)
    scale = noise_scale(temperature, settings.noise, settings.step_size)
    theta, start = state.theta.copy(), evaluated(state.theta)
    slope = np.asarray(gradient_of(state.theta.copy()), dtype=np.float64)
    tally["gradients"] += 1
    candidate = theta.copy()
    for i in order:
        average = smoothing * state.mean_field[i] + (1.0 - smoothing) * slope[i]
        tally["normals"] += 1
        noisy = state.theta[i] - settings.step_size * average + scale * draws.normals[i]
        w = weights(float(noisy), "quantizer")
        proposal = math.fsum(q * p for q, p in zip(levels, w, strict=True)) / math.fsum(w)
        candidate[i] = proposal
        if settings.comparison == "joint":
            continue
        tried = theta.copy()
        tried[i] = proposal
        there = evaluated(tried)
        if passes(energy_change(start, there, theta[[i]], tried[[i]]), i):
            theta, start = tried, there
    if settings.comparison == "joint" and k > 0:
        change = energy_change(start, evaluated(candidate), theta[order], candidate[order])
        theta = candidate if passes(change, 0) else theta  # the number of parameter 0, as in decision.py
    entropy = 0.0
    for value in theta:
        w = weights(float(value), "entropy")
        total = math.fsum(w)
        entropy -= math.fsum(p / total * math.log(p / total) for p in w if p > 0.0)
    counts = StepCosts(
        tally["gradients"],
        tally["losses"],
        tally["quantizer"],
        tally["entropy"],
        tally["normals"],
        tally["uniforms"],
    )
    return theta, entropy, counts

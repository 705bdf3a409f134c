"""Algorithm 1: one step as a pure function of state, loss, gradient and random numbers.

The step holds lines 8 to 26 of the listing, for one data block.  Choices the listing leaves open are
attributes of ``Settings``; the loop over data blocks and epochs is in ``training.py``.  Two readings are
fixed here:

- Lines 20 and 22 assign in the directions "old from new" and "new from old".  Accepting means that the
  parameter takes the proposed value, rejecting that it keeps its own.
- The gradient is the one at the start of the step for all selected parameters, because the paper's cost
  analysis has one back-propagation per step.

Claims that rest on it: ALG-*, UPD-*, MF-4, ACC-4, X-9, X-11, X-12, X-32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.decision import decide_jointly, decide_singly
from reference.entropy import total_entropy
from reference.fraction import clamped_fraction, starting_fraction, update_count
from reference.loss_change import absolute_change, data_block_change, decrease
from reference.masks import distinct_indices, mask_of
from reference.mean_field import mean_field, selected_mean_field
from reference.noise import noise_scale
from reference.settings import Settings
from reference.soft_quantization import soft_quantize
from reference.state import Draws, State, Step
from reference.temperature import (
    clamp_temperature,
    entropy_temperature,
    geometric_temperature,
    largest_entropy,
)
from reference.validation import FloatArray, IntArray, array_of_shape, finite_scalar

_LOSS_CHANGES = {"absolute": absolute_change, "decrease": decrease, "data_block": data_block_change}


def step(
    state: State,
    settings: Settings,
    loss: Any,
    gradient: Any,
    loss_at: Callable[[FloatArray], Any],
    draws: Draws,
    previous_block_loss: Any = None,
) -> Step:
    """Return what one step of Algorithm 1 does.

    mu <- average of gradients;  theta'_i = S(theta_i - eta mu_i + eps(T) z_i);  theta_i <- theta'_i where
    u_i < A(E(theta'_i) - E(theta_i), T), for the selected i;  then the entropy and the next temperature.

    Arguments:
        state: the ``State`` before the step; it is left as it is, whatever happens.
        settings: the ``Settings``.
        loss: L(theta) on the current data block, a finite scalar.
        gradient: its gradient at theta, shape (n,).
        loss_at: function from parameters (n,) to the loss on the current data block, for the candidates.
        draws: the ``Draws``.
        previous_block_loss: loss of the previous data block at the current theta; read by loss change
            "data_block" only.  None where there is no previous block.

    Returns:
        The ``Step``.  Only selected parameters change.

    Raises:
        ValueError, TypeError: an argument outside its range: in particular a loss (of a candidate too) or a
            gradient that is not finite, or a temperature that has fallen to zero.

    Source: Algorithm 1, lines 8 to 26.

    >>> from reference.settings import gradient_descent_settings
    >>> from reference.state import initial_state
    >>> settings = gradient_descent_settings(0.5)
    >>> draws = Draws(np.array([0]), np.zeros(1), np.zeros(1))
    >>> start = initial_state([2.0], settings)
    >>> step(start, settings, 2.0, [2.0], lambda theta: theta @ theta / 2, draws).state.theta
    array([1.])
    """
    theta, temperature = state.theta, state.temperature
    value = finite_scalar("loss", loss)
    slope = array_of_shape("gradient", gradient, theta.shape)
    normals = array_of_shape("draws.normals", draws.normals, theta.shape)
    uniforms = array_of_shape("draws.uniforms", draws.uniforms, theta.shape)
    order = distinct_indices("draws.order", draws.order, theta.size)

    fraction, first_change, largest_change = _fraction(state, settings, value, previous_block_loss)
    count = order.size if settings.selection == "block" else update_count(fraction, theta.size)
    selected = order[:count]

    averaged = _averaged(state, settings, slope, selected)
    proposals = _proposals(theta[selected], averaged[selected], normals[selected], temperature, settings)
    decide = decide_jointly if settings.comparison == "joint" else decide_singly
    trial = decide(theta, selected, proposals, uniforms, value, loss_at, temperature, settings)
    entropy, observed, next_temperature = _cooled(state, settings, trial.theta)
    following = State(
        trial.theta,
        averaged,
        next_temperature,
        step=state.step + 1,
        visited=state.visited + selected.size,
        entropy=entropy,
        initial_entropy=state.initial_entropy,
        observed_entropy=observed,
        previous_loss=value,
        first_change=first_change,
        largest_change=largest_change,
    )
    return Step(
        following, fraction, selected, proposals, trial.energy_changes, trial.probabilities, trial.accepted
    )


def _fraction(
    state: State, settings: Settings, loss: float, previous_block_loss: Any
) -> tuple[float, float | None, float | None]:
    """Return f(t) with the first and the largest loss change seen (lines 9 and 10)."""
    base = previous_block_loss if settings.loss_change == "data_block" else state.previous_loss
    if base is None:
        start = starting_fraction(settings.f_min, settings.f_max, settings.sensitivity)
        return start, state.first_change, state.largest_change
    change = _LOSS_CHANGES[settings.loss_change](base, loss)
    first = change if state.first_change is None else state.first_change
    largest = change if state.largest_change is None else max(state.largest_change, change)
    divisor = largest if settings.divisor == "running_maximum" else first
    fraction = clamped_fraction(change, divisor, settings.f_min, settings.f_max, settings.sensitivity)
    return fraction, first, largest


def _averaged(state: State, settings: Settings, gradient: FloatArray, selected: IntArray) -> FloatArray:
    """Return the mean field after the step (line 14)."""
    if settings.refreshed == "all":
        return mean_field(state.mean_field, gradient, settings.smoothing, settings.weighting)
    mask = mask_of(selected, gradient.size)
    return selected_mean_field(state.mean_field, gradient, mask, settings.smoothing, settings.weighting)


def _proposals(
    theta: FloatArray, averaged: FloatArray, normals: FloatArray, temperature: float, settings: Settings
) -> FloatArray:
    """Return the proposed values of the selected parameters (lines 15 and 16)."""
    noise = noise_scale(temperature, settings.noise, settings.step_size) * normals
    with np.errstate(over="ignore"):
        drifted = theta - settings.step_size * averaged
        noisy = drifted + noise
    if settings.levels is None:
        return noisy
    if settings.noise_placement == "inside":
        return soft_quantize(noisy, settings.levels, temperature)
    return soft_quantize(drifted, settings.levels, temperature) + noise


def _cooled(state: State, settings: Settings, theta: FloatArray) -> tuple[float | None, float | None, float]:
    """Return the entropy, the largest entropy so far, and the next temperature (lines 25 and 26)."""
    entropy, observed = state.entropy, state.observed_entropy
    if settings.entropy_order == "current":
        entropy, observed = _measured(observed, settings, theta, state.temperature)
    temperature = _next_temperature(state, settings, entropy, observed)
    if settings.floor_factor > 0.0:
        temperature = clamp_temperature(temperature, settings.floor_factor * settings.initial_temperature)
    if settings.entropy_order == "stale":
        entropy, observed = _measured(observed, settings, theta, temperature)
    return entropy, observed, temperature


def _measured(
    observed: float | None, settings: Settings, theta: FloatArray, temperature: float
) -> tuple[float | None, float | None]:
    if settings.levels is None:
        return None, None
    entropy = total_entropy(theta, settings.levels, temperature)
    return entropy, entropy if observed is None else max(observed, entropy)


def _next_temperature(
    state: State, settings: Settings, entropy: float | None, observed: float | None
) -> float:
    start = settings.initial_temperature
    if settings.schedule == "geometric":
        return geometric_temperature(state.step + 1, start, settings.cooling_ratio)
    if settings.schedule == "fixed" or settings.levels is None:
        return start
    normaliser = largest_entropy(
        settings.entropy_normaliser,
        parameter_count=state.theta.size,
        level_count=settings.levels.size,
        initial_entropy=state.initial_entropy,
        observed_maximum=observed,
    )
    return entropy_temperature(entropy, normaliser, start)

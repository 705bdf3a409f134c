"""The update of (alpha, gamma) as the paper describes it: a random share of them, softly quantized.

One step for the n + 1 variables theta = (alpha_1, ..., alpha_n, gamma):

    k = max(1, floor(f (n + 1))) of them are selected, uniformly
    mu_i    <- a mu_i + (1 - a) dE/dtheta_i
    theta_i <- S(theta_i - eta_i mu_i + T z_i)      levels on [0, C] for alpha, on [0, R gamma_0] for gamma

    E = alpha' Q(gamma) alpha / 2 - sum alpha + lambda_gamma (gamma - gamma_0)^2 [- T sum log alpha (C - alpha)]

Nothing here keeps sum y alpha = 0, and gamma is moved down E like alpha: both as printed.  Variables, noise,
levels and T are in shares of C and of R gamma_0, so that one temperature can serve both (our choice, as are
the levels of gamma and the step sizes: the paper gives none; each is chosen in favour of the method).

Claims that rest on it: SVM-1, SVM-8, SVM-9, SVM-10, SVM-12, SVX-4, SVX-5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.entropy import total_entropy
from reference.fraction import starting_fraction, update_count, update_fraction
from reference.masks import distinct_indices
from reference.radial_basis import radial_basis_kernel
from reference.random_streams import RandomStream
from reference.soft_quantization import soft_quantize
from reference.support_vector_machine import binary_labels, dual_energy, signed_kernel, square_matrix
from reference.support_vector_settings import AnnealingSettings
from reference.temperature import clamp_temperature, entropy_temperature, geometric_temperature
from reference.validation import (
    FloatArray,
    IntArray,
    array_of_shape,
    nonnegative_scalar,
    positive_scalar,
)

Report = Callable[[int, float, float], None]


@dataclass(frozen=True, eq=False)
class Annealed:
    """Variables after a step: alpha (n,), gamma, and the mean field (n + 1,) of the shares."""

    alpha: FloatArray
    gamma: float
    mean_field: FloatArray


def joint_energy(
    alpha: Any, gamma: Any, distances: Any, labels: Any, gamma_0: Any, gamma_penalty: Any
) -> float:
    """Return the energy of alpha and gamma together, without a barrier.

    E = alpha' Q(gamma) alpha / 2 - sum alpha + lambda_gamma (gamma - gamma_0)^2.

    Arguments:
        alpha: shape (n,).
        gamma: scalar, of either sign.
        distances: squared distances, shape (n, n).
        labels: y, shape (n,).
        gamma_0: scalar in (0, inf).
        gamma_penalty: lambda_gamma, scalar of at least 0.

    Returns:
        A float.  Not bounded below over alpha in the box and gamma of either sign.

    Raises:
        ValueError, TypeError: an argument of another shape or outside its range.

    Source: Eq. 17 with the penalty on gamma.

    >>> joint_energy([1.0, 1.0], 0.0, [[0.0, 1.0], [1.0, 0.0]], [1, -1], 0.5, 4.0)
    -1.0
    """
    y = binary_labels(labels)
    d = square_matrix("distances", distances, y.size)
    centre, weight = positive_scalar("gamma_0", gamma_0), nonnegative_scalar("gamma_penalty", gamma_penalty)
    energy = dual_energy(alpha, signed_kernel(radial_basis_kernel(d, gamma), y))
    return energy + weight * (float(gamma) - centre) ** 2


def annealing_step(
    state: Annealed,
    settings: AnnealingSettings,
    distances: Any,
    labels: Any,
    temperature: Any,
    subset: Any,
    normals: Any,
) -> Annealed:
    """Return the variables after one update of the selected ones.

    Arguments:
        state: the ``Annealed`` variables; left as they are.
        settings: the ``AnnealingSettings``.
        distances: squared distances, shape (n, n).
        labels: y, shape (n,).
        temperature: T in shares, scalar in (0, inf).
        subset: indices of the selected variables, n standing for gamma.
        normals: standard normal numbers z, shape (n + 1,).

    Returns:
        A new ``Annealed``; alpha in the box, gamma in [0, R gamma_0], the others unchanged.

    Raises:
        ValueError, TypeError: an argument of another shape or outside its range.

    Source: the paragraphs after Eq. 17.

    >>> start = Annealed(np.array([1.0, 1.0]), 0.5, np.zeros(3))
    >>> settings = AnnealingSettings(penalty=2.0, gamma_0=0.5, level_count=3)
    >>> distances = [[0.0, 1.0], [1.0, 0.0]]
    >>> annealing_step(start, settings, distances, [1, -1], 0.1, [0], np.zeros(3)).alpha[1]
    np.float64(1.0)
    """
    y = binary_labels(labels)
    d = square_matrix("distances", distances, y.size)
    t = positive_scalar("temperature", temperature)
    z = array_of_shape("normals", normals, (y.size + 1,))
    chosen = distinct_indices("subset", subset, y.size + 1)
    return _updated(state, settings, d, y, radial_basis_kernel(d, state.gamma), t, chosen, z)


def _updated(
    state: Annealed,
    settings: AnnealingSettings,
    d: FloatArray,
    y: FloatArray,
    kernel: FloatArray,
    t: float,
    chosen: IntArray,
    z: FloatArray,
) -> Annealed:
    c, scale = settings.penalty, settings.gamma_scale
    weighted = y * state.alpha
    alpha_slope = y * (kernel @ weighted) - 1.0
    if settings.barrier:
        alpha_slope += c * t * (1.0 / (c - state.alpha) - 1.0 / state.alpha)
    gamma_slope = -0.5 * float(weighted @ (d * kernel) @ weighted)
    gamma_slope += 2.0 * settings.gamma_penalty * (state.gamma - settings.gamma_0)
    # In shares: theta / scale moves by eta / scale times the slope in theta.
    shares = np.append(state.alpha / c, state.gamma / scale)
    slopes = np.append(
        alpha_slope / (c * np.abs(kernel).sum(axis=1).max()), gamma_slope * scale / (y.size * c)
    )
    field = state.mean_field.copy()
    field[chosen] = settings.smoothing * field[chosen] + (1.0 - settings.smoothing) * slopes[chosen]
    proposals = shares[chosen] - settings.step_size * field[chosen] + t * z[chosen]
    shares[chosen] = soft_quantize(proposals, settings.levels, t)
    # Variables that are not selected keep their value to the bit.
    alpha, gamma = state.alpha.copy(), state.gamma
    inside = chosen[chosen < y.size]
    alpha[inside] = np.minimum(c, c * shares[inside])
    if y.size in chosen:
        gamma = float(scale * shares[-1])
    return Annealed(alpha, gamma, field)


def anneal_support_vectors(
    distances: Any,
    labels: Any,
    settings: AnnealingSettings,
    selection: RandomStream,
    noise: RandomStream,
    report: Report | None = None,
) -> Annealed:
    """Run the update from the middle of the box and gamma = gamma_0, cooling by the chosen schedule.

    Arguments:
        distances: squared distances, shape (n, n).
        labels: y, shape (n,), each -1 or 1.
        settings: the ``AnnealingSettings``.
        selection, noise: random numbers; step t serves update t.
        report: called after each update with (step, energy, temperature).

    Returns:
        The ``Annealed`` variables after ``settings.steps`` updates.

    Raises:
        ValueError, TypeError: an argument of another shape or outside its range.

    Source: the paragraphs after Eq. 17.

    >>> settings = AnnealingSettings(steps=5)
    >>> streams = RandomStream(0, 0), RandomStream(0, 1)
    >>> end = anneal_support_vectors([[0.0, 1.0], [1.0, 0.0]], [1, -1], settings, *streams)
    >>> bool(np.all((0 < end.alpha) & (end.alpha < 10)))
    True
    """
    y = binary_labels(labels)
    d = square_matrix("distances", distances, y.size)
    count = y.size + 1 if settings.tune_gamma else y.size
    state = Annealed(np.full(y.size, settings.penalty / 2.0), settings.gamma_0, np.zeros(y.size + 1))
    coldest = settings.floor_factor * settings.initial_temperature
    temperature, hottest = (
        settings.initial_temperature,
        _entropy(state, settings, settings.initial_temperature),
    )
    share, largest = starting_fraction(settings.f_min, settings.f_max), 0.0
    kernel = radial_basis_kernel(d, state.gamma)
    energy = _energy(state, kernel, y, settings)
    for step in range(settings.steps):
        chosen = selection.random_subset(step, count, max(1, update_count(share, count)))
        normals = noise.normals(step, np.arange(y.size + 1))
        gamma = state.gamma
        state = _updated(state, settings, d, y, kernel, temperature, chosen, normals)
        kernel = kernel if state.gamma == gamma else radial_basis_kernel(d, state.gamma)
        before, energy = energy, _energy(state, kernel, y, settings)
        largest = max(largest, abs(energy - before))
        share = update_fraction(abs(energy - before), largest, settings.f_min, settings.f_max)
        temperature = _cooled(state, settings, temperature, step, hottest, coldest)
        if report is not None:
            report(step + 1, energy, temperature)
    return state


def _energy(state: Annealed, kernel: FloatArray, y: FloatArray, settings: AnnealingSettings) -> float:
    weighted = y * state.alpha
    excess = state.gamma - settings.gamma_0
    return float(
        0.5 * (weighted @ kernel @ weighted) - state.alpha.sum() + settings.gamma_penalty * excess**2
    )


def _entropy(state: Annealed, settings: AnnealingSettings, temperature: float) -> float:
    shares = np.append(state.alpha / settings.penalty, state.gamma / settings.gamma_scale)
    return total_entropy(shares, settings.levels, temperature)


def _cooled(
    state: Annealed,
    settings: AnnealingSettings,
    temperature: float,
    step: int,
    hottest: float,
    coldest: float,
) -> float:
    if settings.schedule == "geometric":
        ratio = max(settings.floor_factor, 1e-12) ** (1.0 / settings.steps)
        cooled = geometric_temperature(step + 1, settings.initial_temperature, ratio)
    else:
        entropy = _entropy(state, settings, temperature)
        cooled = entropy_temperature(entropy, hottest, settings.initial_temperature)
    return clamp_temperature(cooled, max(coldest, 1e-12 * settings.initial_temperature))

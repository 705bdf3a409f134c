"""The energy that the acceptance test compares, under each reading of the lost Eq. 8.

Eq. 8 adds to the loss a term in the distance d = theta - theta' between a parameter and its potential new
state after soft quantization.  The readings of that term:

================================  ==============  ============================================================
form                              phi(d, T)       as T -> 0 with d other than 0
================================  ==============  ============================================================
``distance_over_temperature``     |d| / T         grows without bound (the default: the exponent of Eq. 9)
``distance_times_temperature``    |d| T           vanishes
``boltzmann``                     exp(-|d| / T)   vanishes; it is largest at d = 0
``squared``                       d^2             stays
``squared_times_temperature``     T d^2           vanishes
================================  ==============  ============================================================

The text names the number of parameters n beside the formula, which fits a sum over them and a mean: the sum
is the default.  The Gibbs form of Eq. 9 and Theorems 1 and 2 call another quantity energy, the distance to a
level.

Claims that rest on it: IMP-16, IMP-17, ALG-12, X-11, X-40.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from reference.validation import (
    FloatArray,
    array_of_shape,
    finite_scalar,
    finite_vector,
    level_set,
    nonnegative_scalar,
    one_of,
    positive_scalar,
    shown,
)

Penalty = Callable[[FloatArray, float], FloatArray]

PENALTIES: Mapping[str, Penalty] = MappingProxyType(
    {
        "distance_over_temperature": lambda distance, temperature: distance / temperature,
        "distance_times_temperature": lambda distance, temperature: distance * temperature,
        "boltzmann": lambda distance, temperature: np.exp(-(distance / temperature)),
        "squared": lambda distance, temperature: distance**2,
        "squared_times_temperature": lambda distance, temperature: temperature * distance**2,
    }
)

REDUCTIONS = ("sum", "mean")


def penalty(
    theta: Any,
    proposal: Any,
    temperature: Any,
    form: str = "distance_over_temperature",
    reduction: str = "sum",
) -> float:
    """Return the regularizing term of the energy, without its coefficient.

    sum_i phi(theta_i - theta'_i, T), or that sum divided by n.

    Arguments:
        theta: parameters, shape (n,), n >= 1 for the mean.
        proposal: potential new states theta', shape (n,).
        temperature: T, scalar in (0, inf).
        form: a name of ``PENALTIES``.
        reduction: "sum" or "mean".

    Returns:
        A float of at least 0, symmetric in theta and theta'; 0 where they agree, except in the Boltzmann
        form.

    Raises:
        ValueError, TypeError: an argument outside its range, or the term exceeds float64.

    Source: Eq. 8, all readings.

    >>> penalty([0.0, 1.0], [0.5, 1.0], 0.25), penalty([0.0, 1.0], [0.5, 1.0], 0.25, "squared", "mean")
    (2.0, 0.125)
    """
    current = finite_vector("theta", theta)
    candidate = array_of_shape("proposal", proposal, current.shape)
    checked = positive_scalar("temperature", temperature)
    phi = PENALTIES[one_of("form", form, PENALTIES)]
    divisor = current.size if one_of("reduction", reduction, REDUCTIONS) == "mean" else 1
    if divisor == 0:
        raise ValueError(f"theta must have at least one entry for the mean, got {shown(theta)}")
    with np.errstate(over="ignore", under="ignore"):
        total = float(np.sum(phi(np.abs(current - candidate), checked)))
    if not np.isfinite(total):
        raise ValueError(
            f"theta, proposal and temperature must keep the {form} term finite in float64, "
            f"got temperature = {shown(temperature)} and proposal = {shown(proposal)}"
        )
    return total / divisor


def energy(
    loss: Any,
    theta: Any,
    proposal: Any,
    temperature: Any,
    regularization: Any = 1e-3,
    form: str = "distance_over_temperature",
    reduction: str = "sum",
) -> float:
    """Return the energy of a parameter vector together with its potential new state.

    E(theta, T) = L(theta) + lambda sum_i phi(theta_i - theta'_i, T).

    Arguments:
        loss: L(theta), a finite scalar.
        theta, proposal, temperature, form, reduction: as for ``penalty``.
        regularization: lambda, scalar of at least 0; 1e-3 in the paper's implementation details.

    Returns:
        A float of at least the loss; the loss itself for lambda = 0, where the term is not evaluated.

    Raises:
        ValueError, TypeError: as ``penalty``, or an argument outside its range.

    Source: Eq. 8.

    >>> energy(1.0, [0.0], [0.5], 0.25, regularization=0.5)
    2.0
    """
    value = finite_scalar("loss", loss)
    coefficient = nonnegative_scalar("regularization", regularization)
    if coefficient == 0.0:
        return value
    return value + coefficient * penalty(theta, proposal, temperature, form, reduction)


def level_distances(theta: Any, levels: Any) -> FloatArray:
    """Return the surrogate energy of every parameter in every level.

    E_i(q_k) = |theta_i - q_k|.  Unlike Eq. 8 it does not see the loss.

    Arguments:
        theta: parameters, shape (n,), finite.
        levels: q_1 < ... < q_K, shape (K,), K >= 1.

    Returns:
        Shape (n, K), of at least 0.

    Raises:
        ValueError, TypeError: an argument outside its range, or a distance exceeds float64.

    Source: Gibbs form of Eq. 9; Theorems 1 and 2.

    >>> level_distances([0.25], [-1.0, 0.0, 1.0])
    array([[1.25, 0.25, 0.75]])
    """
    with np.errstate(over="ignore"):
        distances = np.abs(finite_vector("theta", theta)[:, np.newaxis] - level_set("levels", levels))
    if not np.all(np.isfinite(distances)):
        raise ValueError(f"theta must keep its distance to each level finite in float64, got {shown(theta)}")
    return np.asarray(distances, dtype=np.float64)

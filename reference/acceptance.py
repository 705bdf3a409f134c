"""The probability of accepting a move that changes the energy.

Simulated annealing (Eq. 4), the acceptance function (Eq. 12) and Algorithm 1 lines 17 to 23.

=========================  ==============================================  ===============================
rule                       probability, with r = dE / T                    reading
=========================  ==============================================  ===============================
``sigmoid``                1 / (1 + exp(r))                                Eq. 12 (the default)
``metropolis``             min(1, exp(-r))                                 Eq. 4
``piecewise_sigmoid``      1 where dE <= 0, else 1 / (1 + exp(r))          text after Eq. 12
``doubled_sigmoid``        min(1, 2 / (1 + exp(r)))                        continuous form of that text
``always``                 1                                               the updates without a test
=========================  ==============================================  ===============================

The threshold rule of the authors' public code is in ``released.py``.

Claims that rest on it: ACC-*, SA-1, GDA-3, GDA-4, X-9, X-25, X-40.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from reference.double_double import saturating_quotient
from reference.validation import (
    FloatArray,
    finite_array,
    finite_scalar,
    one_of,
    positive_scalar,
    unit_interval,
)

Energy = TypeVar("Energy", float, FloatArray)


def _boltzmann_weight(size: FloatArray, temperature: float) -> FloatArray:
    """Return exp(-size / T) for sizes of at least 0.

    The rounding error of a quotient r up to 745 would become hundreds of units in the last place of exp(-r),
    so the quotient is carried as two floats.
    """
    with np.errstate(under="ignore"):
        high, low = saturating_quotient(size, np.zeros_like(size), temperature, 0)
        return np.asarray(np.exp(-high) * (1.0 - low), dtype=np.float64)


def _as_given(values: Any) -> Any:
    return float(values) if np.ndim(values) == 0 else values


def acceptance_probability(energy_change: Energy, temperature: Any) -> Energy:
    """Return the sigmoid probability of accepting a move.

    A = 1 / (1 + exp(dE / T)).

    Arguments:
        energy_change: dE, finite, a scalar or an array of any shape.
        temperature: T, scalar in (0, inf), in the units of the energy.

    Returns:
        The shape of energy_change (a float for a scalar), in [0, 1], non-increasing in dE.  A(dE) + A(-dE) =
        1 up to rounding and A(0) = 1/2, so that a lower energy is not always accepted.  The error is a few
        units in the last place, relative, down to where float64 underflows.

    Raises:
        ValueError, TypeError: energy_change is not finite, or the temperature is not positive and finite.

    Source: Eq. 12.

    >>> acceptance_probability(0.0, 1.0), acceptance_probability(-1e308, 1e-300)
    (0.5, 1.0)
    """
    change = finite_array("energy_change", energy_change)
    # w = exp(-|r|) cannot overflow: A = w / (1 + w) uphill and 1 / (1 + w) downhill.
    weight = _boltzmann_weight(np.abs(change), positive_scalar("temperature", temperature))
    with np.errstate(under="ignore"):
        probability: Energy = _as_given(np.where(change > 0.0, weight, 1.0) / (1.0 + weight))
    return probability


def metropolis_probability(energy_change: Energy, temperature: Any) -> Energy:
    """Return the Metropolis probability of accepting a move.

    min(1, exp(-dE / T)).

    Arguments:
        energy_change, temperature: as for ``acceptance_probability``.

    Returns:
        The shape of energy_change, in [0, 1]; 1 where dE <= 0; between the sigmoid value and twice it.

    Raises:
        ValueError, TypeError: as ``acceptance_probability``.

    Source: Eq. 4.

    >>> metropolis_probability(-3.0, 1.0), metropolis_probability(0.0, 2.0)
    (1.0, 1.0)
    """
    change = finite_array("energy_change", energy_change)
    checked = positive_scalar("temperature", temperature)
    probability: Energy = _as_given(_boltzmann_weight(np.maximum(change, 0.0), checked))
    return probability


def piecewise_sigmoid_probability(energy_change: Energy, temperature: Any) -> Energy:
    """Return the sigmoid probability for uphill moves and 1 for the others.

    1 where dE <= 0, else 1 / (1 + exp(dE / T)); it jumps from 1 to 1/2 at 0.

    Arguments:
        energy_change, temperature: as for ``acceptance_probability``.

    Returns:
        The shape of energy_change, in [0, 1].

    Raises:
        ValueError, TypeError: as ``acceptance_probability``.

    Source: the paragraph after Eq. 12, by which a lower energy is always accepted.

    >>> piecewise_sigmoid_probability(-1e-9, 1.0)
    1.0
    """
    change = finite_array("energy_change", energy_change)
    sigmoid = acceptance_probability(change, temperature)
    probability: Energy = _as_given(np.where(change > 0.0, sigmoid, 1.0))
    return probability


def doubled_sigmoid_probability(energy_change: Energy, temperature: Any) -> Energy:
    """Return twice the sigmoid probability, at most 1.

    min(1, 2 / (1 + exp(dE / T))): sigmoidal uphill, 1 for dE <= 0, and continuous.

    Arguments:
        energy_change, temperature: as for ``acceptance_probability``.

    Returns:
        The shape of energy_change, in [0, 1].

    Raises:
        ValueError, TypeError: as ``acceptance_probability``.

    Source: a reading of Eq. 12 that agrees with the paragraph after it.

    >>> doubled_sigmoid_probability(0.0, 1.0)
    1.0
    """
    doubled = 2.0 * np.asarray(acceptance_probability(energy_change, temperature))
    probability: Energy = _as_given(np.minimum(1.0, doubled))
    return probability


def always_probability(energy_change: Energy, temperature: Any) -> Energy:
    """Return 1: every move is accepted.

    Arguments:
        energy_change, temperature: as for ``acceptance_probability``.

    Returns:
        Ones in the shape of energy_change.

    Raises:
        ValueError, TypeError: as ``acceptance_probability``.

    Source: Eq. 23, which has no acceptance test.

    >>> always_probability(5.0, 1.0)
    1.0
    """
    positive_scalar("temperature", temperature)
    probability: Energy = _as_given(np.ones_like(finite_array("energy_change", energy_change)))
    return probability


AcceptanceRule = Callable[[Any, float], Any]

ACCEPTANCE_RULES: Mapping[str, AcceptanceRule] = MappingProxyType(
    {
        "sigmoid": acceptance_probability,
        "metropolis": metropolis_probability,
        "piecewise_sigmoid": piecewise_sigmoid_probability,
        "doubled_sigmoid": doubled_sigmoid_probability,
        "always": always_probability,
    }
)


def acceptance_rule(acceptance: str | AcceptanceRule) -> AcceptanceRule:
    """Return the rule of a name of ``ACCEPTANCE_RULES``, or the function given.

    >>> acceptance_rule("sigmoid") is acceptance_probability
    True
    """
    if callable(acceptance):
        return acceptance
    return ACCEPTANCE_RULES[one_of("acceptance", acceptance, ACCEPTANCE_RULES)]


def accepts(uniform: Any, probability: Any) -> bool:
    """Return whether a uniform random number accepts a move of the given probability.

    u < A, strictly: probability 0 never accepts and probability 1 always does.

    Arguments:
        uniform: u, scalar in [0, 1).
        probability: A, scalar in [0, 1].

    Returns:
        A bool, true with probability A.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Algorithm 1, line 19.

    >>> accepts(0.0, 0.0), accepts(0.25, 0.5)
    (False, True)
    """
    drawn = finite_scalar("uniform", uniform)
    if not 0.0 <= drawn < 1.0:
        raise ValueError(f"uniform must lie in [0, 1), got {uniform!r}")
    return drawn < unit_interval("probability", probability)

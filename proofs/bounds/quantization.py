"""How far soft quantization moves a parameter, and how far it spreads two parameters (Theorem 5).

S(theta) is the mean level at temperature T. Between two neighbouring levels it runs along one hyperbolic
tangent, from the mean of the levels below to the mean of the levels above; everything here follows from that.
Claims resting on this: SQ-*, PQ-3, PQ-5, T5-*.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from reference.validation import FloatArray, finite_scalar, level_set, positive_scalar, shown

# Our choice: beyond this, quotients of a level distance and the temperature leave the float64 range.
_LARGEST_RANGE_IN_TEMPERATURES = 2.0**1000


class _Cells(NamedTuple):
    """The K - 1 intervals between neighbouring levels, in units of 2**exponent.

    gap:       distance between the two levels
    below:     distance from the lower of them down to the mean of all levels not above it
    above:     distance from the upper of them up to the mean of all levels not below it
    log_ratio: ln(b / a), a and b: partition sums below and above, each relative to its nearest level
    """

    gap: FloatArray
    below: FloatArray
    above: FloatArray
    log_ratio: FloatArray
    temperature: float
    exponent: int

    @property
    def span(self) -> FloatArray:
        """Distance between the means of the two groups."""
        return self.gap + self.below + self.above


def _one_sided(levels: FloatArray, temperature: float) -> tuple[FloatArray, FloatArray]:
    """For every level q_j, over all k <= j: the sum of exp(-(q_j - q_k)/T), and the mean of q_j - q_k.

    Sums over 1, 2, 4, ... levels are joined pairwise: only positive terms are ever added, so nothing
    cancels, and no exponential overflows.
    """
    mass, moment = np.ones_like(levels), np.zeros_like(levels)
    reach = 1
    while reach < levels.size:
        distance = levels[reach:] - levels[:-reach]
        decay = np.exp(-distance / temperature)
        joined = moment[reach:] + decay * (moment[:-reach] + distance * mass[:-reach])
        mass = np.concatenate([mass[:reach], mass[reach:] + decay * mass[:-reach]])
        moment = np.concatenate([moment[:reach], joined])
        reach *= 2
    return mass, moment / mass


def _cells(levels: ArrayLike, temperature: float) -> _Cells:
    points = level_set("levels", levels)
    positive = positive_scalar("temperature", temperature)
    # Scaled by a power of two to at most one: no distance between two levels overflows.
    exponent = int(np.frexp(np.abs(points).max())[1])
    with np.errstate(under="ignore", over="ignore"):
        points = np.ldexp(points, -exponent)
        scaled = float(np.ldexp(positive, -exponent))
        if points[-1] - points[0] > _LARGEST_RANGE_IN_TEMPERATURES * scaled:
            raise ValueError(
                "temperature must be at least the range of the levels divided by 2**1000, "
                f"got {shown(temperature)}"
            )
        mass_below, below = _one_sided(points, scaled)
        mass_above, above = _one_sided(-points[::-1], scaled)
        ratio = mass_above[::-1][1:] / mass_below[:-1]
        return _Cells(np.diff(points), below[:-1], above[::-1][1:], np.log(ratio), scaled, exponent)


def soft_quantization_lipschitz(levels: ArrayLike, temperature: float) -> float:
    """Smallest Lipschitz constant of theta -> S(theta), for any levels.

        max over cells of (2/T) (m_above - m_below) w (1 - w)

    m_below, m_above: mean of the levels below and above the cell, each under the level probabilities
    w:                probability of the levels below, at the point of the cell where it is closest to 1/2

    levels:      strictly increasing, shape (K,), K >= 1
    temperature: T > 0, in the units of the levels, at least (q_K - q_1) / 2**1000
    Result: at least 0, at most (q_K - q_1)/(2T), which two levels attain; 0 for K = 1. O(K log K).
    Errors: ValueError or TypeError on anything else. Source: ours (SQ-R2); Theorem 5 asserts some bound.

    >>> soft_quantization_lipschitz([-1.0, 1.0], 0.5)  # S = tanh(2 theta) between the levels
    2.0
    """
    cells = _cells(levels, temperature)
    if cells.gap.size == 0:
        return 0.0
    # Odds of the heavier group: exp(|log_ratio|) in the middle of the cell, divided by exp(gap/T) at one end.
    # The slope is largest where the odds are 1, or at that end if they stay above 1.
    odds = np.exp(np.maximum(0.0, np.abs(cells.log_ratio) - cells.gap / cells.temperature))
    slopes = 2 * (cells.span / cells.temperature) * odds / (1 + odds) ** 2
    return float(slopes.max())


def soft_quantization_modulus(levels: ArrayLike, temperature: float, perturbation: float) -> float:
    """Largest change of S(theta) under a perturbation, over all theta and all level sets of the same range.

        D tanh(min(|delta|, D) / (2T)),   D = q_K - q_1

    levels:       strictly increasing, shape (K,), K >= 1
    temperature:  T > 0, in the units of the levels
    perturbation: delta, any finite number, in the units of the levels
    Result: in [0, D]; for K = 2 it is attained at theta = (q_1 + q_2 - delta)/2 whenever |delta| <= D.
    Errors: ValueError or TypeError on anything else. Source: ours (T5-R1), in place of Theorem 5's bound.

    >>> soft_quantization_modulus([-1.0, 1.0], 1.0, 2.0) == 2 * math.tanh(1.0)
    True
    """
    spread = _spread(levels)
    return spread * total_variation_modulus(levels, temperature, perturbation)


def total_variation_modulus(levels: ArrayLike, temperature: float, perturbation: float) -> float:
    """Largest total variation between the level probabilities at theta and at theta + delta.

        tanh(min(|delta|, D) / (2T)),   D = q_K - q_1

    Arguments and errors as in `soft_quantization_modulus`. Result: in [0, 1]; attained as there.
    Source: ours (T5-R1); the stability asserted after Theorem 5.

    >>> total_variation_modulus([-1.0, 1.0], 1.0, -0.5) == math.tanh(0.25)
    True
    """
    shift = min(abs(finite_scalar("perturbation", perturbation)), _spread(levels))
    return math.tanh(0.5 * (shift / positive_scalar("temperature", temperature)))


def _spread(levels: ArrayLike) -> float:
    points = level_set("levels", levels)
    with np.errstate(over="ignore"):
        spread = float(points[-1] - points[0])
    if not math.isfinite(spread):
        raise ValueError(f"levels must have a range that is finite in float64, got {shown(levels)}")
    return spread


def soft_quantization_displacement(levels: ArrayLike, temperature: float) -> float:
    """Largest move |S(theta) - theta| that soft quantization makes on the hull [q_1, q_K] of the levels.

    Within a cell |S - theta| is largest at a level or where the slope of S is 1; with A = span/(2T) > 1 the
    latter happens where the share of the levels above is (1 +- sqrt(1 - 1/A))/2.

    Arguments and errors as in `soft_quantization_lipschitz`.
    Result: at least 0, less than q_K - q_1; on a uniform grid less than min(D/2, max(T, spacing/2));
    0 for K = 1.
    Source: ours (SQ-R3).

    >>> round(soft_quantization_displacement([-1.0, 1.0], 2.0), 12) == round(1 - math.tanh(0.5), 12)
    True
    """
    cells = _cells(levels, temperature)
    if cells.gap.size == 0:
        return 0.0
    # Hotter than 2**1000 ranges the result no longer depends on the temperature.
    gap, heat = cells.gap, min(cells.temperature, _LARGEST_RANGE_IN_TEMPERATURES)
    steep = cells.span > 2 * heat
    steepness = np.where(steep, cells.span / (2 * heat), 1.0)
    root = np.sqrt(1 - 1 / steepness)
    turn = heat * np.arccosh(np.sqrt(steepness))
    middle = (gap - heat * cells.log_ratio) / 2
    largest = 0.0
    for sign in (-1.0, 1.0):
        place = middle + sign * turn
        move = cells.span * (1 + sign * root) / 2 - cells.below - place
        inside = steep & (place >= 0) & (place <= gap)
        end = gap if sign > 0 else np.zeros_like(gap)
        share = 1 / (1 + np.exp(np.minimum(700.0, -cells.log_ratio - sign * gap / heat)))
        at_level = cells.span * share - cells.below - end
        largest = max(largest, float(np.abs(at_level).max()), float(np.abs(move[inside]).max(initial=0.0)))
    return float(np.ldexp(largest, cells.exponent))

"""The rules that the authors' public code uses in place of the paper's formulas.

Written from a description of that code's behaviour; none of its text is used.  Four rules differ from the
paper: the fraction falls where the loss changes more, the levels span the candidate tensor, the test is a
threshold without a random number, and the entropy runs over the entries of a tensor instead of over its
levels.

Claims that rest on it: the ``released`` column of FRA-*, SQ-*, ACC-*, ENT-*,
SCH-*.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from reference.fraction import fraction_bounds
from reference.validation import (
    FloatArray,
    finite_array,
    finite_scalar,
    finite_vector,
    nonnegative_scalar,
    positive_integer,
    positive_scalar,
)

WINDOW = 10  # losses over which the fraction rule looks back
THRESHOLD = 1.0 / 1024.0  # written into the test, whatever the number of levels
DECAY = 0.992  # factor of the temperature rule; 0.995 in one of the five scripts


def released_fraction(losses: Any, f_min: Any, f_max: Any, window: Any = WINDOW) -> float:
    """Return the share of tensors to update.

    f = f_max - (f_max - f_min) (mean of |c_s|) / (max of |c_s|), over the changes c_s of the last ten losses,
    clipped to [f_min, f_max]; f_max until ten losses are there.

    Arguments:
        losses: the losses so far, shape (m,), finite.
        f_min, f_max: scalars with 0 <= f_min <= f_max <= 1; both are 1 in every script.
        window: number of losses, an integer of at least 1.

    Returns:
        A float in [f_min, f_max]: f_min for equal changes, close to f_max for a single large one.  Where no
        loss changed the ratio is undefined; our choice is f_max.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: released code; the direction is opposite to Eq. 15.

    >>> released_fraction(range(10), 0.25, 1.0), released_fraction([1.0], 0.25, 1.0)
    (0.25, 1.0)
    """
    smallest, largest = fraction_bounds(f_min, f_max)
    count = positive_integer("window", window)
    changes = np.abs(np.diff(finite_vector("losses", losses)[-count:]))
    if np.size(losses) < count or not np.any(changes):
        return largest
    ratio = float(np.mean(changes / changes.max()))
    return min(max(largest - (largest - smallest) * ratio, smallest), largest)


def released_soft_quantize(candidate: Any, level_count: Any, temperature: Any) -> FloatArray:
    """Return the soft-quantized candidate tensor, on levels between its own smallest and largest entry.

    S(x_i) = sum_k q_k exp(-|x_i - q_k| / T) / sum_j exp(-|x_i - q_j| / T),  q_k evenly spaced on [min x, max
    x].

    Arguments:
        candidate: x, any shape, finite.
        level_count: K, an integer of at least 1; 1024, in two scripts 256 and 1014.
        temperature: T, scalar in (0, inf).

    Returns:
        The shape of the candidate, inside [min x, max x]; a tensor of equal entries is returned as it is.  n
        K numbers are held at once.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: released code; the paper's grid is fixed by the initial weights.

    >>> released_soft_quantize([[0.0, 1.0]], 2, 0.001)
    array([[0., 1.]])
    """
    values = finite_array("candidate", candidate)
    count, checked = positive_integer("level_count", level_count), positive_scalar("temperature", temperature)
    if values.size == 0:
        return values
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(high - low):
        raise ValueError(f"candidate must have a finite range in float64, got [{low}, {high}]")
    # Unlike a set of levels in the paper's sense, these may coincide: they all do for a constant tensor.
    levels = np.linspace(low, high, count)
    distances = np.abs(values.reshape(-1, 1) - levels)
    with np.errstate(over="ignore", under="ignore"):
        # Subtracting the smallest distance changes no weight and keeps the largest at one.
        weights = np.exp(-((distances - distances.min(axis=1, keepdims=True)) / checked))
        means = (weights * levels).sum(axis=1) / weights.sum(axis=1)
    # A mean lies between the ends; rounding can carry it out by a unit in the last place.
    return np.asarray(np.clip(means, low, high).reshape(values.shape), dtype=np.float64)


def released_acceptance(energy_change: Any, temperature: Any) -> bool:
    """Return whether a candidate tensor is kept.

    Kept unless dE > (1 / 1024) exp(-dE / T).  No random number is drawn, and a better loss is always kept.

    Arguments:
        energy_change: dE, new loss minus the loss at the start of the step, finite scalar.
        temperature: T, scalar in (0, inf).

    Returns:
        A bool, true exactly for dE up to T W(1 / (1024 T)), W being Lambert's function.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: released code; Eq. 12 is a probability.

    >>> released_acceptance(-1.0, 1.0), released_acceptance(0.0009, 1.0), released_acceptance(0.001, 1.0)
    (True, True, False)
    """
    change = finite_scalar("energy_change", energy_change)
    checked = positive_scalar("temperature", temperature)
    # For dE <= 0 the right side is positive, and its exponential may overflow.
    return change <= 0.0 or change <= THRESHOLD * float(np.exp(-(change / checked)))


def released_entropy(tensors: Iterable[Any], temperature: Any) -> float:
    """Return the entropy of the softmax over the entries of each tensor, summed over the tensors.

    H = -sum_tensors sum_i p_i log p_i,  p = softmax(x / T) over all entries x_i of one tensor.

    Arguments:
        tensors: arrays of any shapes, finite, not empty.
        temperature: T, scalar in (0, inf).

    Returns:
        A float in [0, sum of log(number of entries)], in nats.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: released code; the paper's entropy is that of Eq. 9.

    >>> round(released_entropy([[0.0, 0.0], [1.0]], 1.0), 6)
    0.693147
    """
    checked = positive_scalar("temperature", temperature)
    total = 0.0
    for tensor in tensors:
        values = finite_array("tensors", tensor).reshape(-1)
        if values.size == 0:
            raise ValueError("tensors must not be empty, got one of shape (0,)")
        with np.errstate(over="ignore", under="ignore"):
            reduced = (values.max() - values) / checked
            weights = np.exp(-reduced)
            # H = log Z + mean of the reduced energies: the definition without a logarithm of zero.
            terms = np.where(weights > 0.0, weights * np.where(weights > 0.0, reduced, 0.0), 0.0)
        total += float(np.log(weights.sum()) + terms.sum() / weights.sum())
    return total


def released_temperature(temperature: Any, entropy: Any, tensor_count: Any, decay: Any = DECAY) -> float:
    """Return the next temperature.

    T decay^(1 + H / number of tensors).  There is no largest temperature, no entropy ratio and no clip.

    Arguments:
        temperature: T, scalar in (0, inf); 1 at the start.
        entropy: H of ``released_entropy``, scalar of at least 0.
        tensor_count: an integer of at least 1.
        decay: scalar in (0, 1].

    Returns:
        A float in [0, T decay]; zero where it underflows.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: released code; Eq. 14 ties the temperature to T_max.

    >>> released_temperature(1.0, 2.0, 2, decay=0.5)
    0.25
    """
    factor = positive_scalar("decay", decay)
    if factor > 1.0:
        raise ValueError(f"decay must lie in (0, 1], got {decay!r}")
    exponent = 1.0 + nonnegative_scalar("entropy", entropy) / positive_integer("tensor_count", tensor_count)
    return float(positive_scalar("temperature", temperature) * factor**exponent)

"""The exponential average of gradients that the paper calls a mean field.

Eq. 10 and Algorithm 1 lines 1 and 14.  The paper leaves open which of the two values the coefficient weighs:

=============  =============================================================================================
weighting      formula
=============  =============================================================================================
``history``    mu <- alpha mu + (1 - alpha) gradient (the default; the authors' public code, alpha = 0.9)
``gradient``   mu <- (1 - alpha) mu + alpha gradient
=============  =============================================================================================

Claims that rest on it: MF-*, GD-4, X-13, X-32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.masks import as_mask
from reference.validation import (
    FloatArray,
    array_of_shape,
    finite_vector,
    nonnegative_integer,
    one_of,
    unit_interval,
)

WEIGHTINGS = ("history", "gradient")


def mean_field(previous: Any, gradient: Any, smoothing: Any, weighting: str = "history") -> FloatArray:
    """Return the average of gradients after one more gradient.

    alpha mu + (1 - alpha) g  for "history",  (1 - alpha) mu + alpha g  for "gradient".

    Arguments:
        previous: mu, shape (n,), zero at the start.
        gradient: g, shape (n,).
        smoothing: alpha, scalar in [0, 1].
        weighting: "history" or "gradient".

    Returns:
        Shape (n,), each entry between the old average and the gradient up to rounding.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Eq. 10, both readings.

    >>> mean_field([0.0], [1.0], 0.75), mean_field([0.0], [1.0], 0.75, "gradient")
    (array([0.25]), array([0.75]))
    """
    old = finite_vector("previous", previous)
    new = array_of_shape("gradient", gradient, old.shape)
    alpha = unit_interval("smoothing", smoothing)
    if one_of("weighting", weighting, WEIGHTINGS) == "history":
        return alpha * old + (1.0 - alpha) * new
    return (1.0 - alpha) * old + alpha * new


def selected_mean_field(
    previous: Any, gradient: Any, selected: Any, smoothing: Any, weighting: str = "history"
) -> FloatArray:
    """Return the average refreshed for the selected parameters only; the others keep a stale value.

    mean_field(mu_i, g_i) where selected, mu_i elsewhere.

    Arguments:
        selected: boolean, shape (n,); the others as for ``mean_field``.

    Returns:
        Shape (n,).

    Raises:
        ValueError, TypeError: as ``mean_field``, or selected is not such a mask.

    Source: Algorithm 1, lines 13 and 14 (the text at Eq. 10 refreshes every parameter).

    >>> selected_mean_field([4.0, 4.0], [0.0, 0.0], [True, False], 0.5)
    array([2., 4.])
    """
    refreshed = mean_field(previous, gradient, smoothing, weighting)
    mask = as_mask("selected", selected, refreshed.size)
    return np.where(mask, refreshed, finite_vector("previous", previous))


def geometric_weights(steps: Any, smoothing: Any, weighting: str = "history") -> FloatArray:
    """Return the weights that the average, started at zero, gives to the gradients seen so far.

    mu_t = sum_s (1 - w) w^(t - s) g_s,  s = 1..t,  with w the weight of the old average in one step.

    Arguments:
        steps: t, an integer of at least 0.
        smoothing, weighting: as for ``mean_field``.

    Returns:
        Shape (t,), non-negative, the newest gradient last; the sum is ``started_weight``.

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Eq. 10 solved from mu = 0.

    >>> geometric_weights(3, 0.5).tolist()
    [0.125, 0.25, 0.5]
    """
    count = nonnegative_integer("steps", steps)
    kept, added = _step_weights(smoothing, weighting)
    weights = added * kept ** np.arange(count - 1, -1, -1)
    return np.asarray(weights, dtype=np.float64)


def started_weight(steps: Any, smoothing: Any, weighting: str = "history") -> float:
    """Return the total weight that the average, started at zero, gives to the gradients seen so far.

    1 - w^t: by this factor the average is too small.  The listing does not divide by it.

    Arguments:
        steps, smoothing, weighting: as for ``geometric_weights``.

    Returns:
        A float in [0, 1].

    Raises:
        ValueError, TypeError: an argument outside its range.

    Source: Algorithm 1, line 1.

    >>> started_weight(2, 0.5)
    0.75
    """
    kept, _ = _step_weights(smoothing, weighting)
    return float(1.0 - kept ** nonnegative_integer("steps", steps))


def _step_weights(smoothing: Any, weighting: str) -> tuple[float, float]:
    alpha = unit_interval("smoothing", smoothing)
    history = one_of("weighting", weighting, WEIGHTINGS) == "history"
    return (alpha, 1.0 - alpha) if history else (1.0 - alpha, alpha)

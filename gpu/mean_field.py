"""The exponential average of gradients that the paper calls a mean field, elementwise on tensors.

Twin: reference/mean_field.py.  Differences: any floating dtype and any shape, the result having the dtype of
the average; nothing is read on the host and nothing is checked.  The weights of a run of gradients
(``geometric_weights``, ``started_weight``) are in the twin only.
"""

from __future__ import annotations

import torch
from torch import Tensor

WEIGHTINGS = ("history", "gradient")


def mean_field(
    previous: Tensor, gradient: Tensor, smoothing: Tensor | float, weighting: str = "history"
) -> Tensor:
    """Return alpha mu + (1 - alpha) g for "history", (1 - alpha) mu + alpha g for "gradient".

    Arguments:
        previous: mu, any shape.
        gradient: g, the shape of mu.
        smoothing: alpha, a number or 0-dim, in [0, 1].
        weighting: a word of ``WEIGHTINGS``.

    >>> mean_field(torch.zeros(1), torch.ones(1), 0.75).tolist()
    [0.25]
    """
    if weighting == "history":
        return smoothing * previous + (1.0 - smoothing) * gradient
    return (1.0 - smoothing) * previous + smoothing * gradient


def selected_mean_field(
    previous: Tensor,
    gradient: Tensor,
    selected: Tensor,
    smoothing: Tensor | float,
    weighting: str = "history",
) -> Tensor:
    """Return ``mean_field`` where ``selected`` (boolean, the shape of mu) is true, mu elsewhere.

    >>> four, none = torch.full((2,), 4.0), torch.zeros(2)
    >>> selected_mean_field(four, none, torch.tensor([True, False]), 0.5).tolist()
    [2.0, 4.0]
    """
    return torch.where(selected, mean_field(previous, gradient, smoothing, weighting), previous)

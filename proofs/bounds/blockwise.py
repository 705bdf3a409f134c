"""How much an epoch of blockwise gradient steps lowers the loss, and how many epochs that makes (Theorem 6).

For every partition into B blocks and every order, no noise, no quantizer, a = eta Lc < 2. Claims resting on
this: T6-R1, T6-R5.
"""

from __future__ import annotations

import math

from reference.validation import nonnegative_scalar, positive_integer, positive_scalar


def epoch_fall_coefficient(smoothness: float, step: float, blocks: int) -> float:
    """Factor of |grad L|^2, at the start of an epoch, by which the epoch lowers the loss at least.

        eta (1 - a/2) / (1 + a p)^2,   a = eta Lc,   p = min(sqrt(B - 1), ceil(log2 B))

    smoothness: Lc > 0, Lipschitz constant of the gradient
    step:       eta > 0 with eta Lc < 2
    blocks:     B >= 1
    For B = 1 it is the coefficient of a gradient step, which the quadratic with curvature Lc attains.
    The growth with log B cannot be avoided (T6-R6); the constant in front of it is not claimed to be best.

    >>> epoch_fall_coefficient(1.0, 1.0, 1), epoch_fall_coefficient(1.0, 1.0, 2)
    (0.5, 0.125)
    """
    rate = positive_scalar("step", step)
    relative = rate * positive_scalar("smoothness", smoothness)
    if not relative < 2:
        raise ValueError(f"step must be below 2/smoothness, got step * smoothness = {relative}")
    count = positive_integer("blocks", blocks)
    spread = min(math.sqrt(count - 1), (count - 1).bit_length())
    return float(rate * (1 - relative / 2) / (1 + relative * spread) ** 2)


def stationary_epochs(gap: float, smoothness: float, step: float, blocks: int, tolerance: float) -> int:
    """Number of epochs after which one has begun at a point with |grad L| <= tolerance, for certain.

        floor(gap / (coefficient tolerance^2)) + 1, the coefficient that of `epoch_fall_coefficient`

    gap:       L(theta_0) - L_min >= 0
    tolerance: eps > 0
    Other arguments as in `epoch_fall_coefficient`. Source: T6-R1; Theorem 8 read in epochs would give
    2 gap / (eta eps^2), which is not enough for B = 100 and eta = 1/Lc (T6-R6).

    >>> stationary_epochs(1.0, 1.0, 1.0, 2, 0.5)
    33
    """
    eps = positive_scalar("tolerance", tolerance)
    fall = epoch_fall_coefficient(smoothness, step, blocks) * eps**2
    return math.floor(nonnegative_scalar("gap", gap) / fall) + 1

"""The functions on which the behaviours are observed; every constant here is our choice."""

from __future__ import annotations

import numpy as np

from tests.conformance.protocol import FloatArray, Objective

SIZE = 16  # a power of two, so that simple fractions of it are whole
# Generic and exact in any binary precision: sixteenths, none zero.
START = np.array([5, -23, 17, 9, -3, 31, -11, 2, -19, 7, 13, -29, 21, -1, 27, -15]) / 16.0


class Scripted:
    """A loss that the test sets by hand, whatever the parameters are; its gradient is 0."""

    def __init__(self) -> None:
        self.value = 0.0
        self.objective = Objective(lambda theta: self.value, np.zeros_like)


def coupled_quadratic() -> tuple[Objective, float]:
    """x'Hx/2 with H = 2 on the diagonal and -1 beside it, and L = 4, its largest absolute row sum."""

    def gradient(theta: FloatArray) -> FloatArray:
        result = 2.0 * theta
        result[1:] -= theta[:-1]
        result[:-1] -= theta[1:]
        return result

    return Objective(lambda theta: float(theta @ gradient(theta) / 2.0), gradient), 4.0


def coupled_bumps() -> tuple[Objective, float]:
    """sum_i log(1 + x_i^2) + (sum_i x_i)^2/(2n): not convex; L = 2 + 1, since |(log(1 + x^2))''| <= 2."""

    def loss(theta: FloatArray) -> float:
        return float(np.log1p(theta**2).sum() + theta.sum() ** 2 / (2.0 * theta.size))

    def gradient(theta: FloatArray) -> FloatArray:
        return 2.0 * theta / (1.0 + theta**2) + theta.sum() / theta.size

    return Objective(loss, gradient), 3.0


def ramp(slope: FloatArray) -> Objective:
    """The linear function with the given gradient."""
    return Objective(lambda theta: float(slope @ theta), lambda theta: slope.copy())

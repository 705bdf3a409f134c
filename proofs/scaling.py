"""Exponents of power laws fitted to measured costs, with confidence intervals and an alarm for wrong models.

The model is cost = c x^b, fitted by ordinary least squares of log cost on log x.  A fit cannot tell by itself
that the cost is no power law, so the same points are fitted with a quadratic term too, and the alarm is the
test of that term.  The points are medians over rounds: rounds at the same x share whatever that x does to the
machine, so they are not independent observations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import mpmath
import numpy as np
from numpy.typing import NDArray

DECADES = 1.5  # smallest span of x from which an exponent is reported: our choice
POINTS = 5  # fewest points: two parameters, the quadratic term, and two degrees of freedom left
ALARM_LEVEL = 0.01  # the curvature alarm fires falsely in one of a hundred true power laws: our choice


@dataclass(frozen=True)
class ExponentFit:
    """A fitted power law.

    Attributes:
        exponent: b.
        low, high: ends of its confidence interval, valid if the power law is the true model.
        factor: c, in units of the cost.
        curvature: d, coefficient of (log x)^2 in the fit with a quadratic term.
        curvature_p: two-sided p-value of d = 0.
        first_exponent, last_exponent: d log cost / d log x of the quadratic fit at the smallest and largest x.
        largest_residual: max |log(cost / fitted cost)| of the power law.
        points, decades: number of points and log10 of the span of x.
    """

    exponent: float
    low: float
    high: float
    factor: float
    curvature: float
    curvature_p: float
    first_exponent: float
    last_exponent: float
    largest_residual: float
    points: int
    decades: float

    @property
    def alarm(self) -> bool:
        """Whether the points are no power law: the quadratic term differs from zero."""
        return self.curvature_p < ALARM_LEVEL

    def contains(self, exponent: float) -> bool:
        """Whether the interval contains an exponent and the model has not been rejected."""
        return self.low <= exponent <= self.high and not self.alarm


def fit_exponent(x: Sequence[float], cost: Sequence[float], confidence: float = 0.95) -> ExponentFit:
    """Return the power law fitted to measured costs.

    log cost = log c + b log x + error; the interval is b +- t(confidence, m - 2) s_b.

    Arguments:
        x: what is varied (parameters, levels, fraction), shape (m,), positive, at least five distinct values
            over at least 1.5 decades.
        cost: what is measured at each x, shape (m,), positive; the median over the rounds.
        confidence: probability in (0, 1) that the interval covers b if the errors are normal.

    Returns:
        The ``ExponentFit``.

    Raises:
        ValueError: an argument outside its range.

    Source: the scaling claims CPX-2, CPX-7, BLK-9 and their relatives; the method is textbook regression.

    >>> fit = fit_exponent([1, 10, 100, 1000, 10000], [2, 20, 200, 2000, 20000])
    >>> round(fit.exponent, 6), round(fit.factor, 6)
    (1.0, 2.0)
    """
    abscissae, costs = _positive("x", x), _positive("cost", cost)
    if abscissae.size != costs.size:
        raise ValueError(f"cost must have as many entries as x, got {costs.size} and {abscissae.size}")
    if np.unique(abscissae).size < POINTS:
        raise ValueError(f"x must have at least {POINTS} distinct values, got {sorted(set(x))}")
    decades = float(np.log10(abscissae.max() / abscissae.min()))
    # 2^5 spans 1.505 decades; a span is not to fail by rounding.
    if decades < DECADES * (1 - abscissae.size * float(np.finfo(float).eps)):
        raise ValueError(f"x must span at least {DECADES} decades, got {decades:.3f}")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must be in (0, 1), got {confidence!r}")
    # Centred, so that the columns of the design are well conditioned.
    centre = float(np.mean(np.log(abscissae)))
    u, v = np.log(abscissae) - centre, np.log(costs)
    (start, slope), errors, residuals = _least_squares(np.stack([np.ones_like(u), u], axis=1), v)
    half = student_quantile(confidence, u.size - 2) * errors[1]
    quadratic, quadratic_errors, _ = _least_squares(np.stack([np.ones_like(u), u, u * u], axis=1), v)
    return ExponentFit(
        exponent=float(slope),
        low=float(slope - half),
        high=float(slope + half),
        factor=math.exp(float(start - slope * centre)),
        curvature=float(quadratic[2]),
        curvature_p=_p_value(
            float(quadratic[2]), float(quadratic_errors[2]), u.size - 3, float(np.max(np.abs(v)))
        ),
        first_exponent=float(quadratic[1] + 2 * quadratic[2] * u.min()),
        last_exponent=float(quadratic[1] + 2 * quadratic[2] * u.max()),
        largest_residual=float(np.max(np.abs(residuals))),
        points=int(u.size),
        decades=decades,
    )


def student_two_sided(statistic: float, degrees: int) -> float:
    """Return P(|t| > statistic) for Student's t with the given degrees of freedom.

    I_{v / (v + s^2)}(v / 2, 1 / 2), the regularised incomplete beta function.

    >>> round(student_two_sided(12.7062, 1), 4)
    0.05
    """
    if math.isinf(statistic):
        return 0.0
    ratio = degrees / (degrees + statistic * statistic)
    return float(mpmath.betainc(degrees / 2, 0.5, 0, ratio, regularized=True))


@cache
def student_quantile(confidence: float, degrees: int) -> float:
    """Return s with P(|t| <= s) = confidence, by bisection.

    >>> round(student_quantile(0.95, 10), 3)
    2.228
    """
    low, high = 0.0, 1.0
    while student_two_sided(high, degrees) > 1 - confidence:
        high *= 2
    for _ in range(60):  # the bracket shrinks to less than one part in 2^53
        middle = (low + high) / 2
        low, high = (middle, high) if student_two_sided(middle, degrees) > 1 - confidence else (low, middle)
    return high


def _least_squares(
    design: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients, their standard errors, residuals."""
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ values
    residuals = values - design @ coefficients
    variance = float(residuals @ residuals) / (values.size - design.shape[1])
    return coefficients, np.sqrt(variance * np.diag(inverse)), residuals


def _p_value(coefficient: float, error: float, degrees: int, scale: float) -> float:
    """Two-sided p-value; a quadratic term of the size of rounding is no curvature, however small its error."""
    if abs(coefficient) <= 1e3 * float(np.finfo(float).eps) * max(1.0, scale):
        return 1.0
    return student_two_sided(abs(coefficient) / error if error > 0 else math.inf, degrees)


def _positive(name: str, values: Sequence[float]) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.all(np.isfinite(array)) or not np.all(array > 0):
        raise ValueError(f"{name} must be a vector of positive finite numbers, got {values!r}")
    return array

"""Value, entropy and derivatives of soft quantization on the uniform grid to 50 digits, from the definition."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import mpmath
from mpmath import mpf

# exp(-5000) is far below the smallest number of any precision here, and powers of larger numbers are slow.
_VANISHES = 5000


class Exact(NamedTuple):
    """Value, entropy, and where asked for the derivatives: by theta of both, by temperature of both."""

    value: mpf
    entropy: mpf
    value_by_theta: mpf | None = None
    entropy_by_theta: mpf | None = None
    value_by_temperature: mpf | None = None
    entropy_by_temperature: mpf | None = None


def _weight(energy):
    return mpmath.exp(-energy) if energy < _VANISHES else mpf(0)


def exact_levels(half_width, count):
    """The levels, exact to the working precision."""
    return [mpf(half_width) * (2 * k - count + 1) / max(1, count - 1) for k in range(count)]


def from_definition(theta, half_width, count, temperature):
    """All levels are added up.

    With P_k the probabilities, s_k = sign(theta - q_k), d_k = |theta - q_k|, and Cov under P,

        dS/dtheta = -Cov(q, s)/T, dH/dtheta = -Cov(d, s)/T^2, dS/dT = Cov(q, d)/T^2, dH/dT = Var(d)/T^3.

    theta counts as clamped to the hull; on its edges the derivatives are those from inside.
    """
    with mpmath.workdps(50):
        heat = mpf(temperature)
        levels = exact_levels(half_width, count)
        inside = max(levels[0], min(levels[-1], mpf(theta)))
        distances = [abs(inside - level) for level in levels]
        nearest = min(distances)
        weights = [_weight((distance - nearest) / heat) for distance in distances]
        partition = mpmath.fsum(weights)
        probabilities = [weight / partition for weight in weights]

        def mean(values):
            return mpmath.fsum(p * value for p, value in zip(probabilities, values, strict=True))

        def covariance(first, second):
            return mean([a * b for a, b in zip(first, second, strict=True)]) - mean(first) * mean(second)

        signs = [mpmath.sign(inside - level) for level in levels]
        if inside == levels[0]:
            signs[0] = mpf(1)
        elif inside == levels[-1]:
            signs[-1] = mpf(-1)
        moves = 1 if levels[0] <= theta <= levels[-1] else 0
        return Exact(
            mean(levels),
            mpmath.log(partition) + (mean(distances) - nearest) / heat,
            -moves * covariance(levels, signs) / heat,
            -moves * covariance(distances, signs) / heat**2,
            covariance(levels, distances) / heat**2,
            covariance(distances, distances) / heat**3,
        )


def from_two_series(theta, half_width, count, temperature):
    """The levels below and above theta as geometric series, with digits to spare for what cancels."""
    if count == 1:
        return Exact(mpf(0), mpf(0))
    lost = 3 * abs(int(mpmath.log10(mpf(half_width) / mpf(temperature))))
    with mpmath.workdps(140 + lost):
        width = mpf(half_width)
        inside = max(-width, min(width, mpf(theta)))
        spacing = 2 * width / (count - 1)
        step = spacing / mpf(temperature)
        below = min(count - 1, int(mpmath.floor((inside + width) / spacing)) + 1)
        to_below = (inside + width) / spacing - (below - 1)  # in units of the spacing
        to_above = 1 - to_below
        nearest = min(to_below, to_above)
        decay = _weight(step)

        def series(terms, offset):
            """The sums of the weights and of weight times distance, over the levels of one side."""
            total = (1 - decay**terms) / (1 - decay)
            index = total * decay / (1 - decay) - terms * decay**terms / (1 - decay)
            head = _weight((offset - nearest) * step)
            return head * total, head * (index + offset * total)

        (down, down_distance), (up, up_distance) = series(below, to_below), series(count - below, to_above)
        partition = down + up
        value = inside + spacing * (up_distance - down_distance) / partition
        energy = step * ((down_distance + up_distance) / partition - nearest)
        return Exact(value, mpmath.log(partition) + energy)


def exact_soft_quantization(theta, half_width, count, temperature):
    """Value and entropy: from the definition where that is quick, else from the two series."""
    method = from_definition if count <= 17 else from_two_series
    return method(theta, half_width, count, temperature)


def distance_to_kinks(theta, half_width, count):
    """The distance from theta to the nearest level, where the derivative jumps."""
    return min(abs(mpf(theta) - level) for level in exact_levels(half_width, count))


def midpoints(half_width, count):
    """The middles of the cells, as floats."""
    return [float((a + b) / 2) for a, b in pairwise(exact_levels(half_width, count))]

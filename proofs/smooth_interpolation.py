"""Inequalities between the points of a gradient run on a function with a 1-Lipschitz gradient.

For every such function and any two points (x_i, f_i, g_i), (x_j, f_j, g_j)

    f_i - f_j - <g_i + g_j, x_i - x_j>/2 + |x_i - x_j|^2/4 - |g_i - g_j|^2/4 >= 0:

apply the descent inequality from both points at x = (x_i + x_j)/2 + (g_j - g_i)/2. A proof of an upper
bound is a nonnegative combination of such expressions; to check it is to expand it over the Gram matrix
of the gradients.

Conversely, finite data that satisfy it for all pairs belong to such a function (Taylor, Hendrickx and
Glineur 2017), for instance to F with F + |x|^2/2 = convex hull of the functions u_i + |x|^2/2, where
u_i(x) = f_i - |g_i|^2/2 + |x - x_i + g_i|^2/2. Indeed the inequalities say that each lower parabola
l_i(x) = f_i + <g_i, x - x_i> - |x - x_i|^2/2 lies below every u_j; l_i + |x|^2/2 is affine, so it lies
below the hull too, and l_i <= F <= u_i touch at x_i with slope g_i. The hull inherits the curvature bound
2 of its parts, so F has curvature between -1 and 1. At x = sum w_i z_i F is sum w_i u_i(z_i) plus half
the variance of the z_i: F is at least the least f_i - |g_i|^2/2, attains it, and is coercive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp


class GradientRun:
    """Points 0..N of x_{t+1} = x_t - a g_t as vectors over the basis g_0..g_N, with x_0 = 0.

    ratio: the step a (smoothness 1), a symbol or an exact number
    steps: N >= 0
    """

    def __init__(self, ratio: Any, steps: int) -> None:
        self.size = steps + 1
        self.values = sp.symbols(f"f0:{self.size}")
        self.gram = {(i, j): sp.Symbol(f"g{i}g{j}") for i in range(self.size) for j in range(i, self.size)}
        self.gradients = [sp.eye(self.size).col(i) for i in range(self.size)]
        self.points = [sp.zeros(self.size, 1)]
        for gradient in self.gradients[:-1]:
            self.points.append(self.points[-1] - ratio * gradient)

    def inner(self, u: Any, v: Any) -> Any:
        """The inner product of two combinations of gradients, as a polynomial in the Gram entries."""
        indices = range(self.size)
        return sum(u[i] * v[j] * self.gram[min(i, j), max(i, j)] for i in indices for j in indices)

    def square(self, u: Any) -> Any:
        return self.inner(u, u)

    def slack(self, i: int, j: int) -> Any:
        """The interpolation inequality of the pair (i, j): an expression that is never negative."""
        apart, turn = self.points[i] - self.points[j], self.gradients[i] - self.gradients[j]
        both = self.gradients[i] + self.gradients[j]
        quadratic = -self.inner(both, apart) / 2 + self.square(apart) / 4 - self.square(turn) / 4
        return self.values[i] - self.values[j] + quadratic

    def combination(self, multipliers: Mapping[tuple[int, int], Any]) -> Any:
        return sum(weight * self.slack(*pair) for pair, weight in multipliers.items())

    def identical(self, left: Any, right: Any) -> bool:
        """Whether two expressions in values and Gram entries agree identically."""
        difference = sp.expand(left - right)
        return all(
            sp.cancel(sp.together(difference.coeff(symbol))) == 0
            for symbol in (*self.values, *self.gram.values())
        )


def midpoint_argument() -> bool:
    """Check the elementary half: both descent inequalities at one point give the inequality of the pair.

    f(x) <= f_i + <g_i, x - x_i> + |x - x_i|^2/2 and f(x) >= f_j + <g_j, x - x_j> - |x - x_j|^2/2; the
    difference of the right sides at x = (x_i + x_j)/2 + (g_j - g_i)/2 is the slack. With x_j = 0 and
    u = x_i, every vector lies in the span of u, g_i, g_j; the components do not interact, so one
    coordinate is enough.
    """
    u, gi, gj, fi, fj = sp.symbols("u g_i g_j f_i f_j")
    x = u / 2 + (gj - gi) / 2
    above = fi + gi * (x - u) + (x - u) ** 2 / 2
    below = fj + gj * x - x**2 / 2
    slack = fi - fj - (gi + gj) * u / 2 + u**2 / 4 - (gi - gj) ** 2 / 4
    return bool(sp.expand(above - below - slack) == 0)


def interpolable(
    points: Sequence[Sequence[Fraction]],
    slopes: Sequence[Sequence[Fraction]],
    values: Sequence[Fraction],
    metric: Sequence[Fraction],
) -> bool:
    """Whether exact data belong to a function with a 1-Lipschitz gradient: all pairs satisfy the inequality.

    metric: weight of each coordinate in the inner product, so that square roots can be avoided
    """
    data = list(zip(points, slopes, values, strict=True))
    return all(_slack(first, second, metric) >= 0 for first in data for second in data)


def _slack(first: Any, second: Any, metric: Sequence[Fraction]) -> Fraction:
    (x_i, g_i, f_i), (x_j, g_j, f_j) = first, second
    total = 4 * (f_i - f_j)
    for weight, x, y, g, s in zip(metric, x_i, x_j, g_i, g_j, strict=True):
        total += weight * ((x - y) ** 2 - (g - s) ** 2 - 2 * (g + s) * (x - y))
    return Fraction(total)

"""The law of the levels seen from the end of a uniform grid, in ball arithmetic.

Probabilities proportional to exp(-x i) for i = 0, ..., n - 1: a geometric law cut off after n terms.
All other parameters of the same grid are compared with it (ENT-R2), so its entropy decides where a
temperature schedule can go (SCH-R2, SCH-R3).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb

from proofs.ball_arithmetic import ball


def entropy(count: int, x: arb) -> arb:
    """Entropy in nats of the law exp(-x i), i < count, for balls x > 0.

    H_n(x) = log((1 - e^(-nx)) / (1 - e^-x)) + x (1/(e^x - 1) - n/(e^(nx) - 1)); 0 for n = 1.
    Its derivative is -x times the variance.

    >>> from proofs.ball_arithmetic import ball
    >>> bool(abs(entropy(2, ball("1e-20")) - arb(2).log()) < ball("1e-15"))
    True
    """
    if count == 1:
        return arb(0)
    sum_of_weights = (-count * x).expm1() / (-x).expm1()
    mean = 1 / x.expm1() - count / (count * x).expm1()
    return sum_of_weights.log() + x * mean


def variance(count: int, x: arb) -> arb:
    """Variance of i under the law exp(-x i), i < count, for balls x > 0.

    V_n(x) = 1/(4 sinh(x/2)^2) - n^2/(4 sinh(nx/2)^2).

    >>> from proofs.ball_arithmetic import ball
    >>> bool(abs(variance(2, ball(0) + arb(1) / 10**6) - arb(1) / 4) < ball("1e-9"))
    True
    """
    half, whole = (x / 2).sinh(), (count * x / 2).sinh()
    return 1 / (4 * half * half) - count * count / (4 * whole * whole)


def entropy_per_temperature(count: int, x: arb) -> arb:
    """x H_n(x), for which x = spacing / T: entropy over temperature in units of the spacing.

    On a wide ball by the mean value form f(mid) + f'(ball) (ball - mid), with
    f' = H_n - x^2 V_n, so that the enclosure is tight near the maximum, where f' vanishes.

    >>> from proofs.ball_arithmetic import interval
    >>> bool(entropy_per_temperature(2, interval("1.83", "1.84")) < ball("0.736"))
    True
    """
    middle = x.mid()
    slope = entropy(count, x) - x * x * variance(count, x)
    return middle * entropy(count, middle) + slope * (x - middle)


def steps_to_shrink(
    entropy_at: Callable[[arb], arb], start: Fraction, count: int, factor: int, most: int = 100_000
) -> int | None:
    """Number of steps of T <- T H / log K until T has shrunk by a factor, certain; None if undecided.

    entropy_at: H as a function of x = spacing / T, which must not increase
    start:      x at the first step, exact
    count:      K >= 2
    factor:     by how much T has to shrink, so x has to grow
    most:       give up after this many steps

    Since H does not increase, the step is monotone in x: a lower and an upper bound of x are carried along
    as exact numbers, which keeps their distance from growing by the repeated use of balls.

    >>> steps_to_shrink(lambda x: arb(2).log() / 2, Fraction(1), 2, 5)  # T halves in every step
    3
    """
    target, highest = ball(start * factor), arb(count).log()
    least, largest = ball(start).lower(), ball(start).upper()
    for step in range(most):
        if least >= target:
            return step
        if not largest < target:
            return None
        least = (least * highest / entropy_at(least)).lower()
        largest = (largest * highest / entropy_at(largest)).upper()
    return None

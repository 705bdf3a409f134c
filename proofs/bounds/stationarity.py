"""How small a gradient must be met within a number of steps, and how many steps are enough (Theorem 8).

Everything here is about the dense update theta - h grad L(theta) with a constant step h = eta f, without
noise, on functions with an L-Lipschitz gradient that are bounded below; h is `step`, L is `smoothness`
and `gap` is L(theta_0) - inf L. Written as 2 L gap / c, the worst case of the least squared gradient
norm among the points 0..N has, with a = L h,

    a <= 1            c = 1 + N a (4 - a) / 2
    1 <= a <= sqrt 3  c = 1 + N a (4 - a^2) / 2
    sqrt 3 <= a < 2   c = 1 + (2 + a)/4 ((a-1)^(-2k) - 1) + (2 - a)/4 (1 - (a+1)^(-2k))
                            + (N - k) a (4 - a^2) / 2
                      with the least k for which a certain coefficient is not negative, if k < N,
                      c = (a-1)^(-2N) otherwise
    a >= 2            c = 1

The bound holds in all cases. It is attained for every N up to a = 1.8425 and on the parabola, and for larger a
up to two steps past the saddle; beyond that attainment rests on semidefinite programs (T8-R1 to T8-R4).

Claims resting on this: T7-P2, T8-*, X-31.
"""

from __future__ import annotations

import math
import numbers
from fractions import Fraction
from typing import Any, TypeVar

from reference.validation import nonnegative_integer, nonnegative_scalar, positive_scalar, unit_interval

Number = TypeVar("Number", float, Fraction)

# Our choice: nearer to 2 / smoothness the exact powers in the hitting time get very long.
NEAREST_TO_TWO = Fraction(1, 2000)

ENDLESS = 2**60  # our choice: more steps than anyone takes


def switching_coefficient(ratio: Number, saddle_steps: int) -> Number:
    """Weight of |g_k|^2 in the inequality L_0 - L_(k+1) >= weight |g_k|^2 + other |g_(k+1)|^2, for L = 1.

    On the saddle (x^2 - y^2)/2, where x is multiplied by 1 - a per step and y by 1 + a, the inequality is
    an equality for every start, which determines both weights. The worst case follows the saddle for as
    long as this weight is negative.

    ratio:        a = smoothness times step, in (1, 2)
    saddle_steps: k >= 0
    Result: a (3 - a^2) / 4 at k = 0; where that is negative the sign changes once in k.

    >>> switching_coefficient(Fraction(3, 2), 0)
    Fraction(9, 32)
    """
    shrink, grow = (ratio - 1) ** 2, (ratio + 1) ** 2
    back_x, back_y = shrink**-saddle_steps, grow**-saddle_steps
    other = (shrink + grow - back_x - back_y) / (8 * ratio)
    return (back_x - shrink) / 2 - shrink * other


def saddle_steps(ratio: Number, steps: int) -> int:
    """Number k of the N steps that the worst case makes on a saddle: the least with a weight >= 0, at most N.

    Where k = N the saddle has lost its descending direction: the worst case is the parabola L x^2 / 2.
    Arguments as in `switching_coefficient`; steps: N >= 0.

    >>> [saddle_steps(a, 9) for a in (1.7, 1.8, 1.85, 1.99)]
    [0, 1, 2, 9]
    """

    def reached(k: int) -> bool:
        return switching_coefficient(ratio, k) >= 0

    if steps == 0 or reached(0):
        return 0
    low, high = 0, 1  # doubling first: the weight overflows far beyond its change of sign
    while high < steps and not reached(high):
        low, high = high, 2 * high
    if high >= steps and not reached(steps - 1):
        return steps
    high = min(high, steps - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def inverse_decrease(ratio: Number, steps: int) -> Number:
    """The constant c of the exact worst case 2 L gap / c, in the arithmetic of the ratio.

    ratio: a = smoothness times step, > 0; a Fraction gives an exact result
    steps: N >= 0
    Result: at least 1, non-decreasing in N.

    >>> inverse_decrease(Fraction(1), 2), inverse_decrease(Fraction(3, 2), 2)
    (Fraction(4, 1), Fraction(29, 8))
    """
    if ratio >= 2:
        return ratio / ratio
    if ratio <= 1:
        return 1 + steps * ratio * (4 - ratio) / 2
    k = saddle_steps(ratio, steps)
    if k == steps:
        return (ratio - 1) ** (-2 * steps)
    along_x = (2 + ratio) / 4 * ((ratio - 1) ** (-2 * k) - 1)
    along_y = (2 - ratio) / 4 * (1 - (ratio + 1) ** (-2 * k))
    return 1 + along_x + along_y + (steps - k) * ratio * (4 - ratio**2) / 2


def stationarity_bound_paper(gap: Any, smoothness: Any, step: Any, steps: Any) -> float:
    """Bound on the least squared gradient norm that Theorem 8's telescoped sum gives.

        2 gap / (step steps)

    The sum runs over the points 0..N-1, so the bound holds for the least of them and hence for the least
    of 0..N. For N = 0 the sum is empty and says nothing: infinity (0 if gap is 0).

    gap:        L(theta_0) - inf L >= 0, in units of the loss
    smoothness: Lipschitz constant of the gradient, > 0; not used by this bound, which is claimed for
                step <= 1 / smoothness
    step:       eta f > 0
    steps:      N >= 0
    Source: Theorem 8.

    >>> stationarity_bound_paper(1.0, 1.0, 1.0, 4)
    0.5
    """
    decrease = nonnegative_scalar("gap", gap)
    positive_scalar("smoothness", smoothness)
    length = positive_scalar("step", step)
    count = nonnegative_integer("steps", steps)
    if decrease == 0:
        return 0.0
    return 2 * decrease / length / count if count else math.inf


def stationarity_bound_sharp(gap: Any, smoothness: Any, step: Any, steps: Any) -> float:
    """Exact worst case of the least squared gradient norm among the points 0..N of the dense update.

        4 gap / (N h (4 - L h) + 2 / L)  for h <= 1/L;  the other step sizes are in the module's docstring

    Extremal: for h <= 1/L a function of one variable whose slope is the same at all N+1 points; for
    longer steps a zigzag in the plane, a saddle followed by a zigzag, or the parabola. N = 0 gives 2 L gap.
    Arguments as in `stationarity_bound_paper`; every step > 0 is admitted (from 2/L on nothing is gained).

    >>> stationarity_bound_sharp(1.0, 1.0, 1.0, 2), stationarity_bound_sharp(1.0, 1.0, 2.5, 7)
    (0.5, 2.0)
    """
    decrease = nonnegative_scalar("gap", gap)
    curvature = positive_scalar("smoothness", smoothness)
    length = positive_scalar("step", step)
    count = nonnegative_integer("steps", steps)
    ratio = curvature * length
    first = 2 * curvature * decrease
    if 1 < ratio < 2 and saddle_steps(ratio, count) == count:
        return first * (ratio - 1) ** (2 * count)  # its reciprocal would overflow
    return first / inverse_decrease(ratio, count)


def _exact(name: str, value: Any, *, zero_allowed: bool = False) -> Fraction:
    number = nonnegative_scalar(name, value) if zero_allowed else positive_scalar(name, value)
    # A float is taken at its exact binary value, so that rounding cannot shift a ceiling.
    return Fraction(value) if isinstance(value, numbers.Rational) else Fraction(number)


def hitting_time_paper(gap: Any, step_size: Any, f_min: Any, tolerance: Any) -> int:
    """Least number N of steps for which Theorem 8's bound guarantees a gradient norm within the tolerance.

        ceil(2 gap / (step_size f_min tolerance^2))

    The same as the least N with `stationarity_bound_paper` <= tolerance^2. As the hitting time is an
    integer, the theorem's inequality itself even allows the floor; that too is true (T8-S1).

    gap:       L(theta_0) - inf L >= 0
    step_size: eta > 0; the theorem wants eta <= 1 / smoothness
    f_min:     least fraction, in (0, 1]
    tolerance: > 0, on the norm of the gradient (not squared)
    Integers and fractions are taken exactly, floats at their exact binary value.
    Source: Theorem 8.

    >>> hitting_time_paper(1, 1, Fraction(1, 2), Fraction(1, 10)), hitting_time_paper(0, 1, 1, 1)
    (400, 0)
    """
    decrease, length = _exact("gap", gap, zero_allowed=True), _exact("step_size", step_size)
    fraction, eps = _exact("f_min", f_min), _exact("tolerance", tolerance)
    unit_interval("f_min", f_min)
    return math.ceil(2 * decrease / (length * fraction * eps**2))


def hitting_time_sharp(gap: Any, smoothness: Any, step: Any, tolerance: Any) -> int:
    """Least number N of steps after which one of the points 0..N always has a gradient within the tolerance.

        ceil((4 gap / tolerance^2 - 2 / L) / (h (4 - L h)))  for h <= 1/L, and 0 if that is negative

    For longer steps the least N with `stationarity_bound_sharp` <= tolerance^2, in exact arithmetic.
    One step less is not enough for the extremal functions named there.
    Arguments as in `hitting_time_paper`, with step = eta f and smoothness = L > 0.
    Raises ValueError where no number of steps is enough (step >= 2/L and tolerance^2 < 2 L gap), and for
    steps shorter than 2/L by less than 1/2000 of 1/L.

    >>> hitting_time_sharp(1, 1, Fraction(1, 2), Fraction(1, 10))
    228
    >>> hitting_time_sharp(1, 1, Fraction(9, 5), Fraction(1, 10))
    292
    """
    decrease, curvature = _exact("gap", gap, zero_allowed=True), _exact("smoothness", smoothness)
    length, eps = _exact("step", step), _exact("tolerance", tolerance)
    needed, ratio = 2 * curvature * decrease / eps**2, curvature * length
    if needed <= 1:
        return 0
    if ratio >= 2:
        raise ValueError(f"step must be less than 2 / smoothness = {2 / curvature}, got {step!r}")
    if ratio > 2 - NEAREST_TO_TWO:
        raise ValueError(
            f"step must be at most {2 - NEAREST_TO_TWO} / smoothness or at least 2, got {step!r}"
        )
    if ratio <= 1:
        return math.ceil((needed - 1) * 2 / (ratio * (4 - ratio)))
    k = saddle_steps(ratio, ENDLESS)
    first, second = inverse_decrease(ratio, k + 1), inverse_decrease(ratio, k + 2)
    if needed > first:  # from k + 1 steps on the constant grows by the same amount per step
        return k + 1 + math.ceil((needed - first) / (second - first))
    low, high = 0, k + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if inverse_decrease(ratio, middle) < needed else (low, middle)
    return high

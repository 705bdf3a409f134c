"""Lemmas on the level probabilities, each checked by machine, on which the evidence about S rests.

Every function returns the conditions it verified, by name, for an outcome to include. They hold for all
level sets, all K and all T > 0 unless the docstring says otherwise; beta = 1/T, d_k = |theta - q_k|.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

Checks = dict[str, object]

# At T = 1/(n ln 2) a weight is 2^(-n distance), so that probabilities are rational and witnesses exact.
OCTAVE = 1 / math.log(2)


def rational_law(theta: Fraction, levels: Sequence[Fraction], halvings: Fraction | int = 1) -> list[Fraction]:
    """Level probabilities at T = 1/(halvings ln 2), where every halvings |theta - q_k| is whole.

    >>> [str(p) for p in rational_law(Fraction(1), [Fraction(-1), Fraction(1)])]
    ['1/5', '4/5']
    """
    distances = [Fraction(halvings) * abs(theta - level) for level in levels]
    if any(distance.denominator != 1 for distance in distances):
        raise ValueError(
            f"halvings * |theta - level| must be whole numbers, got {[str(d) for d in distances]}"
        )
    weights = [Fraction(1, 2**distance.numerator) for distance in distances]
    return [weight / sum(weights) for weight in weights]


def rational_mean(theta: Fraction, levels: Sequence[Fraction], halvings: Fraction | int = 1) -> Fraction:
    """S(theta) at T = 1/(halvings ln 2), exactly.

    >>> str(rational_mean(Fraction(1), [Fraction(-1), Fraction(1)]))
    '3/5'
    """
    law = rational_law(theta, levels, halvings)
    return sum((level * share for level, share in zip(levels, law, strict=True)), Fraction(0))


def zero(expression: Any) -> bool:
    """Whether an expression simplifies to 0; a False says nothing."""
    return bool(sp.simplify(sp.expand(expression)) == 0)


def heating(sign: int = -1) -> Checks:
    r"""Derivatives of the Gibbs law w_k = exp(sign beta d_k) in beta (the law of S has sign -1).

    With Z = sum w_k: <d> = -Z'/Z and Var(d) = Z''/Z - (Z'/Z)^2, which is at least 0 by Cauchy-Schwarz and 0
    only if all distances are equal. Hence d<d>/dbeta = -Var(d) and dH/dbeta = -beta Var(d).
    For a set G of nearest levels with partition sum A and mean distance a, and the rest with B and b >= a,
    A' = -a A and B' = -b B, so the probability A/(A+B) of G has derivative (b-a) A B/(A+B)^2 >= 0.
    """
    beta, k, count = (
        sp.Symbol("beta", positive=True),
        sp.Symbol("k", integer=True),
        sp.Symbol("K", integer=True),
    )
    distance = sp.Function("d")(k)
    weight = sp.exp(sign * beta * distance)
    moment = [sp.Sum(distance**power * weight, (k, 1, count)) for power in range(3)]

    partition = sp.Function("Z", positive=True)(beta)
    mean = -partition.diff(beta) / partition
    variance = partition.diff(beta, 2) / partition - (partition.diff(beta) / partition) ** 2
    entropy = sp.log(partition) + beta * mean

    near, far = (sp.Function(name, positive=True)(beta) for name in "AB")
    a, wider = sp.symbols("a w", positive=True)
    share = (near / (near + far)).diff(beta)
    share = share.subs({near.diff(beta): sign * a * near, far.diff(beta): sign * (a + wider) * far})
    plain = dict(zip((near, far), sp.symbols("A B", positive=True), strict=True))
    return {
        "Z' = -sum d w": zero(moment[0].diff(beta) + moment[1]),
        "Z'' = sum d^2 w": zero(moment[1].diff(beta) + moment[2]),
        "d<d>/dbeta = -Var(d)": zero(mean.diff(beta) + variance),
        "dH/dbeta = -beta Var(d)": zero(entropy.diff(beta) + beta * variance),
        "cooling raises the probability of the nearest levels": sp.simplify(share.subs(plain)).is_positive,
    }


def cell(sign: int = -1) -> Checks:
    """S between two neighbouring levels, for any level set.

    The levels below theta have weights proportional to exp(sign theta/T), those above to exp(-sign theta/T),
    so with the groups' partition sums A, B and means m < m + g (constants of the cell) and the probability p
    of the lower group, S = m + g (1-p) and S' = (2g/T) p(1-p): positive, at most g/(2T), and S is a
    hyperbolic tangent centred where p = 1/2. Beyond the hull one group is empty and S is constant.
    (The law of the paper has sign -1.)
    """
    theta, mean = sp.symbols("theta m", real=True)
    low, high, gap, heat = sp.symbols("A B g T", positive=True)
    below, above = low * sp.exp(sign * theta / heat), high * sp.exp(-sign * theta / heat)
    share = below / (below + above)
    value = mean * share + (mean + gap) * (1 - share)
    slope = sp.diff(value, theta)
    growth = high / low * sp.exp(2 * theta / heat)  # exp(2 (theta - c)/T) with c = (T/2) ln(A/B)
    p = sp.Symbol("p", real=True)
    return {
        "S' = (2g/T) p(1-p)": zero(slope - 2 * gap / heat * share * (1 - share)),
        "S' > 0": sp.simplify(slope).is_positive,
        "S = m + g/2 + (g/2) tanh((theta-c)/T)": zero(
            value - mean - gap / 2 - gap / 2 * (growth - 1) / (growth + 1)
        ),
        "p(1-p) <= 1/4": zero(sp.Rational(1, 4) - p * (1 - p) - (p - sp.Rational(1, 2)) ** 2),
        "beyond the hull the ratio of two weights is constant": zero(
            sp.diff((theta - mean) - (theta - gap), theta)
        ),
    }


def geometric_law() -> Checks:
    """The sums A_n of r^i and M_n of i r^i over i < n, and the mean index mu_n = M_n/A_n, by induction on n.

    A_n = (1-r^n)/(1-r); mu_n = r/(1-r) - n r^n/(1-r^n). With r = exp(-x) and b(y) = y/(e^y-1),
    phi(y) = 1/(e^y-1) - 1/y + 1/2: mu_n = (b(x) - b(nx))/x = (n-1)/2 + phi(x) - n phi(nx).
    """
    r, n, x = sp.symbols("r n x", positive=True)
    power = sp.Symbol("R", positive=True)  # r^n
    mass = (1 - power) / (1 - r)
    moment = mass * (r / (1 - r) - n * power / (1 - power))
    step = {n: n + 1, power: r * power}
    index = 1 / (sp.exp(x) - 1) - n / (sp.exp(n * x) - 1)
    return {
        "A_0 = 0 and M_1 = 0": zero(mass.subs(power, 1)) and zero(moment.subs({n: 1, power: r})),
        "A_(n+1) = A_n + r^n": sp.cancel(mass.subs(step, simultaneous=True) - mass - power) == 0,
        "M_(n+1) = M_n + n r^n": sp.cancel(moment.subs(step, simultaneous=True) - moment - n * power) == 0,
        "mu_n in r = exp(-x)": zero((moment / mass).subs(power, r**n).subs(r, sp.exp(-x)) - index),
        "mu_n through phi": zero(index - (n - 1) / 2 - phi(x) + n * phi(n * x)),
        "mu_n through b": zero(index - (b(x) - b(n * x)) / x),
    }


def b(y: Any) -> Any:
    """The function y/(e^y - 1), which is 1 at 0."""
    return y / (sp.exp(y) - 1)


def phi(y: Any) -> Any:
    """The function 1/(e^y - 1) - 1/y + 1/2, which is 0 at 0."""
    return 1 / (sp.exp(y) - 1) - 1 / y + sp.Rational(1, 2)


def _positive_by_derivatives(expression: Any, y: Any, derivatives: int, last: Any) -> bool:
    """The expression and its first derivatives vanish at 0 and the next one is `last`, positive for y > 0."""
    values = [sp.diff(expression, y, order).subs(y, 0) for order in range(derivatives)]
    matches = zero(sp.diff(expression, y, derivatives) - last)
    return all(value == 0 for value in values) and matches and last.is_positive is True


def b_is_decreasing_and_convex(twist: Any = 2) -> Checks:
    """For y > 0, b(y) = y/(e^y-1) falls and is convex, y/2 + b(y) = (y/2) coth(y/2) rises, phi(y) <= y/12.

    Each is a quotient with positive denominator whose numerator N vanishes at 0 together with its first
    derivatives, while the next derivative is visibly positive. (`twist` spoils one numerator.)
    """
    y, e = sp.Symbol("y", positive=True), sp.exp(sp.Symbol("y", positive=True))
    falls, convex = 1 - e * (1 - y), (y - twist) * e + y + 2
    rises = e**2 - 2 * y * e - 1
    below = y**2 * (e - 1) - 12 * y + 12 * (e - 1) - 6 * y * (e - 1)  # 12 y (e^y-1) (y/12 - phi(y))
    return {
        "b' = -N/(e^y-1)^2": zero(b(y).diff(y) + falls / (e - 1) ** 2),
        "N > 0 there, so b falls": _positive_by_derivatives(falls, y, 1, y * e),
        "b'' = e^y N/(e^y-1)^3": zero(b(y).diff(y, 2) - e * convex / (e - 1) ** 3),
        "N > 0 there, so b is convex": _positive_by_derivatives(convex, y, 2, y * e),
        "(y/2) coth(y/2) = y/2 + b(y)": zero((y / 2 * sp.coth(y / 2)).rewrite(sp.exp) - y / 2 - b(y)),
        "its derivative is N/(2(e^y-1)^2)": zero((y / 2 + b(y)).diff(y) - rises / (2 * (e - 1) ** 2)),
        "N' = 2e^y(e^y-1-y) > 0, so it rises": rises.subs(y, 0) == 0
        and zero(rises.diff(y) - 2 * e * (e - 1 - y))
        and _positive_by_derivatives(e - 1 - y, y, 2, e),
        "phi(y) <= y/12": zero(12 * y * (e - 1) * (y / 12 - phi(y)) - below)
        and _positive_by_derivatives(below, y, 3, y**2 * e),
        "b(0) = 1": sp.limit(b(y), y, 0) == 1 and sp.limit(b(y), y, sp.oo) == 0,
    }


def named(prefix: str, checks: Mapping[str, object]) -> Checks:
    """The same checks with a prefix to their names, so that several lemmas fit into one outcome."""
    return {f"{prefix}: {name}": value for name, value in checks.items()}

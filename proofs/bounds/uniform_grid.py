"""Soft quantization on a uniform grid in O(1) per parameter, whatever the number of levels.

The levels below and above a parameter form two geometric series, so the partition sum, the mean level and
the entropy have closed forms through the half Langevin function phi.
Claims resting on this: SQ-R2, SQ-R3, SQ-R4.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from reference.validation import (
    FloatArray,
    finite_array,
    finite_vector,
    integer_between,
    positive_integer,
    positive_scalar,
    shown,
)

# Coefficients of x^(2k-1)/(2k)! B_2k, the series of phi, B_2k being the Bernoulli numbers; at |x| <= 1/2 the
# first term left out is below 1e-19.
_SERIES = (1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600)


def _at_least(name: str, value: ArrayLike, least: int) -> FloatArray:
    array = finite_array(name, value)
    if np.any(array < least):
        raise ValueError(f"{name} must be at least {least}, got {shown(value)}")
    return array


def half_langevin(x: ArrayLike) -> FloatArray:
    """phi(x) = 1/expm1(x) - 1/x + 1/2 = (coth(x/2) - 2/x)/2, without the cancellation at small x.

    x: at least 0, any shape. Result: same shape, in [0, 1/2), increasing, phi(x) <= x/12.
    Source: ours (SQ-R4).

    >>> half_langevin([0.0, 0.012]).round(9).tolist()  # x/12 - x^3/720
    [0.0, 0.000999998]
    """
    argument = _at_least("x", x, 0)
    small = argument <= 0.5
    safe = np.where(small, 0.5, argument)
    square = np.where(small, argument * argument, 0.0)
    series = np.zeros_like(argument)
    for coefficient in reversed(_SERIES):
        series = series * square + coefficient
    with np.errstate(over="ignore", under="ignore"):
        result: FloatArray = np.where(small, argument * series, 1 / np.expm1(safe) - 1 / safe + 0.5)
    return result


def geometric_mean_index(terms: ArrayLike, x: ArrayLike) -> FloatArray:
    """Mean index of the geometric law proportional to exp(-i x) on i = 0, 1, ..., n - 1.

        mu_n(x) = (n - 1)/2 + phi(x) - n phi(n x) = 1/(e^x - 1) - n/(e^(n x) - 1)

    terms: n, whole numbers >= 1; x: at least 0. Result: in [0, (n-1)/2], decreasing in x.
    Source: ours (SQ-R4).

    >>> float(geometric_mean_index(2, math.log(2.0)).round(12))  # (1/2) / (1 + 1/2)
    0.333333333333
    """
    count, step = np.broadcast_arrays(_at_least("terms", terms, 1), _at_least("x", x, 0))
    # The first form is exact as x -> 0, the second keeps the relative accuracy of the tiny means at large x.
    cold = count * step >= 1
    hot_step, cold_step = np.where(cold, 0.0, step), np.where(cold, step, 1.0)
    hot_form = 0.5 * (count - 1) + half_langevin(hot_step) - count * half_langevin(count * hot_step)
    with np.errstate(over="ignore", under="ignore"):
        cold_form = 1 / np.expm1(cold_step) - count / np.expm1(count * cold_step)
    return np.where(cold, cold_form, hot_form)


class ClosedForm(NamedTuple):
    """Per parameter: ln of the sum of exp(-(d_k - d_nearest)/T), the mean level, the entropy in nats."""

    log_partition: FloatArray
    mean: FloatArray
    entropy: FloatArray


def closed_form_uniform(theta: ArrayLike, half_width: float, count: int, temperature: float) -> ClosedForm:
    """Partition sum, soft-quantized value and entropy on `uniform_levels(half_width, count)`, in O(1) each.

    With x = h/T, a levels on the side of the nearest one, b on the other side of theta, s h the difference of
    the distances to the nearest level of each side, and A_n = (1 - e^(-n x))/(1 - e^(-x)),

        Z = A_a + e^(-s x) A_b
        H = ln Z + x (A_a mu_a + e^(-s x) A_b (s + mu_b)) / Z
        S = nearest level -+ h (A_a mu_a - e^(-s x) A_b (gap + mu_b)) / Z,   gap = 1, or none beyond the grid

    theta: shape (n,); half_width > 0 and temperature > 0 in its units; count: K >= 2
    Result: three arrays of shape (n,): ln Z in [0, ln K], S in the hull of the levels, H in [0, ln K].
    Errors: ValueError or TypeError on anything else. Source: ours (SQ-R4).

    >>> form = closed_form_uniform([0.0], 1.0, 3, 1 / math.log(2.0))
    >>> form.log_partition.round(6), form.mean, form.entropy.round(6)  # weights 1/2, 1, 1/2
    (array([0.693147]), array([0.]), array([1.039721]))
    """
    values = finite_vector("theta", theta)
    width = positive_scalar("half_width", half_width)
    heat = positive_scalar("temperature", temperature)
    levels_in_all = integer_between("count", count, 2, 2**31)
    spacing = 2 * width / (levels_in_all - 1)
    x = spacing / heat
    inside = np.clip(values, -width, width)
    lower = np.clip(np.floor((inside + width) / spacing), 0, levels_in_all - 2)
    floor_level = width * ((2 * lower - (levels_in_all - 1)) / (levels_in_all - 1))
    offset = np.clip((inside - floor_level) / spacing, 0.0, 1.0)
    below_nearer = offset <= 0.5
    near_count = np.where(below_nearer, lower + 1, levels_in_all - 1 - lower)
    far_count = levels_in_all - near_count
    excess = np.abs(1 - 2 * offset)
    with np.errstate(under="ignore"):
        near_tail = math.exp(-x) * _geometric_sum(near_count - 1, x)
        far_mass = np.exp(-excess * x) * _geometric_sum(far_count, x)
        partition = 1 + near_tail + far_mass
        near_index = (1 + near_tail) * geometric_mean_index(near_count, x)
        far_index = far_mass * geometric_mean_index(far_count, x)
    away = np.where(below_nearer, 1.0, -1.0)
    nearest = floor_level + np.where(below_nearer, 0.0, spacing)
    mean = nearest + away * spacing * ((far_mass + far_index - near_index) / partition)
    log_partition = np.log1p(near_tail + far_mass)
    entropy = log_partition + x * ((near_index + far_index + excess * far_mass) / partition)
    return ClosedForm(log_partition, np.clip(mean, -width, width), entropy)


def _geometric_sum(terms: FloatArray, x: float) -> FloatArray:
    result: FloatArray = np.expm1(-terms * x) / math.expm1(-x)
    return result


def soft_quantization_lipschitz_uniform(spacing: float, level_count: int, temperature: float) -> float:
    """Smallest Lipschitz constant of soft quantization on a uniform grid, in closed form.

        (x/2) coth(x/2) - (b(i x) + b(j x))/2,   x = h/T, i = floor(K/2), j = ceil(K/2), b(y) = y/(e^y - 1)

    and, for odd K so hot that e^(-i x) (1 + e^(-x)) > 1, that times 4 o/(1 + o)^2, where
    o = e^(-x) A_j/A_i > 1, A_n = 1 - e^(-n x): the slope is largest at the two levels beside the middle.

    spacing: h > 0; level_count: K >= 1; temperature: T > 0 in the units of h.
    Result: at least 0, increasing in h/T; 0 for K = 1. Source: ours (SQ-R2).

    >>> soft_quantization_lipschitz_uniform(2.0, 2, 0.5)
    2.0
    """
    x = positive_scalar("spacing", spacing) / positive_scalar("temperature", temperature)
    count = positive_integer("level_count", level_count)
    small, large = count // 2, count - count // 2
    if small == 0:
        return 0.0
    odds = 1.0
    if small != large:
        odds = max(1.0, math.exp(-x) * math.expm1(-large * x) / math.expm1(-small * x))
    span = 1 + float(geometric_mean_index(small, x)) + float(geometric_mean_index(large, x))
    return 2 * odds / (1 + odds) ** 2 * x * span


def non_expansive_temperature(spacing: float, level_count: int) -> float:
    """Lowest temperature at which soft quantization on a uniform grid increases no distance.

    The only T at which `soft_quantization_lipschitz_uniform` is 1; colder is expansive, hotter is not.

    spacing: h > 0; level_count: K >= 2. Result: T >= h/2, in the units of h. Source: ours (SQ-R2).

    >>> round(non_expansive_temperature(2.0, 2), 12)
    1.0
    """
    step = positive_scalar("spacing", spacing)
    count = integer_between("level_count", level_count, 2, 2**31)
    expansive, contracting = (
        0.5,
        0.5 * count,
    )  # in units of h: Lip is at least 1 at h/2, at most D/(2T) < 1 at K h/2
    while (middle := 0.5 * (expansive + contracting)) not in (expansive, contracting):
        if soft_quantization_lipschitz_uniform(1.0, count, middle) <= 1:
            contracting = middle
        else:
            expansive = middle
    return step * contracting

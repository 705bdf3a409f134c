"""The first-order test inside Triton kernels: acceptance rules and penalties for blocks of elements.

Twin: reference/acceptance.py and reference/energy.py; the formulas, their guards and the order of operations
are those of gpu/acceptance.py and gpu/energy.py.  Import this module only where Triton is installed.
"""

from __future__ import annotations

import triton
import triton.language as tl

from gpu.random_streams_kernel import philox_words

# Largest finite numbers: a float64 temperature can be infinite in float32, and the quotient would be NaN.
_LARGEST_SINGLE = tl.constexpr(3.4028234663852886e38)
_LARGEST_DOUBLE = tl.constexpr(1.7976931348623157e308)


@triton.jit
def finite_heat(temperature, WORKING: tl.constexpr):
    """Return a float64 temperature in the working type, at most its largest finite number."""
    LARGEST: tl.constexpr = _LARGEST_DOUBLE if tl.float64 == WORKING else _LARGEST_SINGLE
    return tl.minimum(temperature, LARGEST).to(WORKING)


@triton.jit
def quotient(numerator, denominator, WORKING: tl.constexpr):
    """Return the quotient rounded to nearest; ``/`` is off by two units in float32 on a device."""
    return numerator / denominator if tl.float64 == WORKING else tl.div_rn(numerator, denominator)


@triton.jit
def acceptance_probability(change, heat, RULE: tl.constexpr, WORKING: tl.constexpr):
    """Return A(dE, T) of one of the rules "sigmoid", "metropolis", "piecewise_sigmoid" and "doubled_sigmoid".

    change: block of energy changes, of the working type; NaN gives NaN.  heat: of ``finite_heat``.
    """
    if RULE == "metropolis":
        # Not tl.maximum, which takes NaN for the smaller one.
        change = tl.where(change < 0.0, 0.0, change)
    ratio = quotient(tl.abs(change), heat + tl.zeros_like(change), WORKING)
    weight = tl.exp(-tl.where(change == 0.0, 0.0, ratio))
    if RULE == "metropolis":
        return weight
    probability = quotient(tl.where(change > 0.0, weight, 1.0), 1.0 + weight, WORKING)
    if RULE == "piecewise_sigmoid":
        probability = tl.where(change <= 0.0, 1.0, probability)
    if RULE == "doubled_sigmoid":
        probability = tl.where(probability > 0.5, 1.0, 2.0 * probability)
    return probability


@triton.jit
def accepts(
    change,
    heat,
    seed_low,
    seed_high,
    index,
    step,
    STREAM: tl.constexpr,
    RULE: tl.constexpr,
    WORKING: tl.constexpr,
):
    """Return which moves the test accepts: dE <= 0 for "descent", else u < A; NaN accepts nothing.

    index: global indices of the elements, to which the uniform numbers of the stream belong.
    """
    accepted = change <= 0.0
    if RULE != "descent":
        word, _, _, _ = philox_words(seed_low, seed_high, index, step, tl.full((), STREAM, tl.uint32))
        # In float64, in which a uniform number is less than 1.
        uniform = (word.to(tl.float64) + 0.5) * 2.3283064365386963e-10  # 2^-32
        accepted = uniform < acceptance_probability(change, heat, RULE, WORKING).to(tl.float64)
    return accepted


@triton.jit
def penalty_change(distance, heat, FORM: tl.constexpr, WORKING: tl.constexpr):
    """Return phi(0) - phi(|d|): in Eq. 8 a move takes the distance to its own proposal to zero.

    distance: |d|, block of the working type; heat: of ``finite_heat``; FORM: a word of ``PENALTIES``.
    """
    if FORM == "squared":
        term = distance * distance
    elif FORM == "distance_times_temperature":
        term = distance * heat
    elif FORM == "squared_times_temperature":
        term = (heat * distance) * distance
    else:
        ratio = quotient(distance, heat + tl.zeros_like(distance), WORKING)
        term = tl.where(distance == 0.0, 0.0, ratio)
        if FORM == "boltzmann":
            # 1 is what the distance 0 has.
            term = tl.exp(-term) - 1.0
    return -term

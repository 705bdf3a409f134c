"""Sums and quotients carried as an unevaluated sum of two floats (double-double arithmetic).

Why the reference needs it: a level probability is exp(-a) with a = (difference of distances) / temperature
up to 745, so an error of one unit in the last place of ``a`` is an error of up to a thousand units in the
last place of exp(-a).  Two floats carry ``a`` to about 32 digits, and exp(high + low) = exp(high) (1 + low)
then costs no accuracy.

The error-free transformations are those of Knuth (two_sum), Dekker and Veltkamp (two_product), see J.-M.
Muller et al., Handbook of Floating-Point Arithmetic, chapter 4.
"""

from __future__ import annotations

import math

import numpy as np

from reference.validation import FloatArray

# Veltkamp's constant 2^27 + 1 cuts a 53-bit significand into two halves whose products are exact.
_SPLITTER = 2.0**27 + 1.0

# A quotient is saturated above 2^10 = 1024: exp(-1024) is far below the smallest float64, about exp(-745).
_SATURATION_EXPONENT = 11


def two_sum(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the rounded sum and its exact rounding error: high + low = a + b, exactly.

    >>> two_sum(np.array([1.0]), np.array([1e-30]))
    (array([1.]), array([1.e-30]))
    """
    high = a + b
    b_part = high - a
    low = (a - (high - b_part)) + (b - b_part)
    return high, low


def two_product(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the rounded product and its exact rounding error: high + low = a b, exactly.

    The operands have magnitude 0 or in [2^-400, 2^400], so that no partial product leaves the float64 range.

    >>> high, low = two_product(np.array([1.0 + 2.0**-52]), np.array([1.0 + 2.0**-52]))
    >>> bool(low[0] == 2.0**-104)
    True
    """
    high = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low
    return high, low


def _halves(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    product = _SPLITTER * a
    high = product - (product - a)
    return high, a - high


def sum_of_three(a: FloatArray, b: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a + b + c as a normalised pair (high, low) with relative error of order 2^-104.

    The error is relative to the *result*, whatever cancels.  Where the rounded a + b and c cancel to less
    than half, their sum is exact (Sterbenz), and the only term left is the exact error of a + b; elsewhere
    nothing cancels.  In particular the sign is right and zero is exact.  The sums must not overflow.

    >>> sum_of_three(np.array([1e16]), np.array([1.0]), np.array([-1e16]))
    (array([1.]), array([0.]))
    """
    partial, first_error = two_sum(a, b)
    total, second_error = two_sum(partial, c)
    return two_sum(total, first_error + second_error)


def saturating_quotient(
    high: FloatArray, low: FloatArray, divisor: float, power: int
) -> tuple[FloatArray, FloatArray]:
    """Return 2^power (high + low) / divisor as a pair, for high >= 0 and divisor > 0.

    Quotients above 1024 are replaced by some number above 1024, so that nothing overflows.

    >>> quotient, error = saturating_quotient(np.array([1.0, 1e300]), np.zeros(2), 3.0, 0)
    >>> bool(quotient[0] == 1 / 3), bool(quotient[1] > 1024.0)
    (True, True)
    """
    # Working on significands in [1/2, 1) keeps every intermediate result inside the float64 range for all
    # operands, subnormal ones included; the powers of two are put back at the end.
    significand, exponent = np.frexp(high)
    divisor_significand, divisor_exponent = math.frexp(divisor)
    quotient = significand / divisor_significand
    product, product_error = two_product(quotient, np.asarray(divisor_significand))
    # significand - product is exact, because the two agree to within a rounding error.
    remainder = (significand - product) - product_error + np.ldexp(low, -exponent)
    result_exponent = np.minimum(exponent + (power - divisor_exponent), _SATURATION_EXPONENT)
    return np.ldexp(quotient, result_exponent), np.ldexp(remainder / divisor_significand, result_exponent)

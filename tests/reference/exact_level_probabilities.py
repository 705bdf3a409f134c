"""Level probabilities in 50 digits, problems over the whole range, and the error that is allowed."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
from hypothesis import strategies as st

from reference.soft_quantization import soft_quantize

EPS = float(np.finfo(np.float64).eps)
LARGEST = float(np.finfo(np.float64).max)
# Roundings on the way to a probability: exponential (at most one unit in the last place), its correction,
# their sum, the sum over levels (where the exponential's error enters again, averaged) and the quotient.
PROBABILITY_ULPS = 4
# A mean level inherits the relative error of its probabilities, at most one such unit being 2^-52.
MEAN_ERROR = PROBABILITY_ULPS * EPS


def exact_probabilities(theta, levels, temperature):
    """The definition: rational exponents without error, 50-digit exponentials."""
    distances = [abs(Fraction(theta) - Fraction(level)) for level in levels]
    smallest = min(distances)
    with mpmath.workdps(50):
        weights = []
        for distance in distances:
            exponent = (distance - smallest) / Fraction(temperature)
            # exp(-2000) is far below every float64, and the powers of huge exponents are slow.
            exponent = min(exponent, Fraction(2000))
            weights.append(mpmath.exp(-mpmath.mpf(exponent.numerator) / exponent.denominator))
        total = mpmath.fsum(weights)
        return [weight / total for weight in weights]


def units_in_the_last_place(computed, exact):
    """Largest error in units in the last place of the exact values, subnormal ones included."""
    with mpmath.workdps(50):
        return max(
            float(abs(mpmath.mpf(float(c)) - e) / mpmath.mpf(float(np.spacing(float(e)))))
            for c, e in zip(computed, exact, strict=True)
        )


def probability_error(function, theta, levels, temperature):
    computed = function([theta], levels, temperature)
    assert computed.shape == (1, len(levels))
    return units_in_the_last_place(computed[0], exact_probabilities(theta, levels, temperature))


def mean_error(theta, levels, temperature):
    """Error of the mean level in units of the largest |level|."""
    (computed,) = soft_quantize([theta], levels, temperature)
    with mpmath.workdps(50):
        probabilities = exact_probabilities(theta, levels, temperature)
        mean = mpmath.fsum(mpmath.mpf(q) * p for q, p in zip(levels, probabilities, strict=True))
        largest = max(abs(levels[0]), abs(levels[-1]), 5e-324)
        return float(abs(mpmath.mpf(float(computed)) - mean) / mpmath.mpf(largest))


@st.composite
def problems(draw, smallest=1e-300, largest=1e300):
    """theta, levels and temperature over the whole range, with theta where something happens."""
    scale = 10.0 ** draw(st.integers(-290, 290))
    shift = draw(st.sampled_from([0.0, 1.0, -1e3, 1e6]))
    units = draw(
        st.lists(st.floats(-1.0, 1.0).map(lambda x: round(x, 12)), min_size=1, max_size=12, unique=True)
    )
    levels = sorted({scale * (shift + unit) for unit in units})
    midpoints = [a / 2 + b / 2 for a, b in pairwise(levels)]
    theta = draw(
        st.sampled_from(levels + midpoints + [0.0, LARGEST, -LARGEST, 1e308])
        | st.floats(-2.0, 2.0).map(lambda x: scale * (shift + x))
    )
    # From the flat law to the edge of underflow, or anywhere.
    width = levels[-1] - levels[0] or scale
    temperature = draw(
        st.floats(0.01, 800.0).map(lambda x: width / x) | st.floats(-300.0, 300.0).map(lambda x: 10.0**x)
    )
    return theta, levels, min(max(temperature, smallest), largest)

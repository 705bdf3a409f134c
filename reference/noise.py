"""The scale of the Gaussian noise as a function of the temperature.

The factor eps(T) of Eq. 11 and Eq. 23.  The paper never specifies it; only assumption A4 (it vanishes in the
end) and the words that it is scaled by the temperature bear on it.

==============  =======================  =====================================================================
scale           eps(T)                   where it comes from
==============  =======================  =====================================================================
``linear``      T                        the authors' public code (the default)
``root``        sqrt(T)                  a variance proportional to the temperature
``langevin``    sqrt(2 eta T)            an Euler step of overdamped Langevin dynamics with step size eta
``zero``        0                        the noiseless update of the proofs
==============  =======================  =====================================================================

Claims that rest on it: UPD-2, UPD-4, MF-5, X-8, A4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from reference.validation import nonnegative_scalar, one_of, positive_scalar

NoiseScale = Callable[[float, float], float]


def _langevin(temperature: float, step_size: float) -> float:
    # Two roots, because 2 eta T leaves the float64 range before its root does.
    return math.sqrt(step_size) * math.sqrt(temperature) * math.sqrt(2.0)


NOISE_SCALES: Mapping[str, NoiseScale] = MappingProxyType(
    {
        "linear": lambda temperature, step_size: temperature,
        "root": lambda temperature, step_size: math.sqrt(temperature),
        "langevin": _langevin,
        "zero": lambda temperature, step_size: 0.0,
    }
)


def noise_scale(temperature: Any, scale: str | NoiseScale = "linear", step_size: Any = 1.0) -> float:
    """Return the standard deviation of the noise added to each updated parameter.

    eps(T), by the table above or by a function of the caller.

    Arguments:
        temperature: T, scalar in (0, inf).
        scale: a name of ``NOISE_SCALES``, or a function of (temperature, step_size).
        step_size: eta, scalar of at least 0; only "langevin" reads it.

    Returns:
        A float of at least 0, in the units of the parameters.

    Raises:
        ValueError, TypeError: an argument outside its range, or a given function returns a value that is
            negative or not finite.

    Source: Eq. 11; the readings are ours except "linear".

    >>> noise_scale(0.25, "root"), noise_scale(2.0, lambda temperature, step_size: 0.5 * temperature)
    (0.5, 1.0)
    """
    checked = positive_scalar("temperature", temperature)
    eta = nonnegative_scalar("step_size", step_size)
    function = scale if callable(scale) else NOISE_SCALES[one_of("scale", scale, NOISE_SCALES)]
    return nonnegative_scalar("scale(temperature, step_size)", function(checked, eta))

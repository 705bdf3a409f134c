"""Checks of arguments, shared by every module of the package.

Each function converts one argument to the type the mathematics works on and returns it, or raises an
error that names the argument, shows the value and says what is allowed.  Integers, floats, fractions and
nested lists of them are accepted as real numbers; booleans, complex numbers, strings and masked arrays are
not, because converting them would hide a mistake of the caller.  A fraction or a wide float is rounded once,
to the nearest float64.

The design rule behind it: bad input gets an error and unchanged state, never a warning and a wrong number.
"""

from __future__ import annotations

import numbers
import operator
import reprlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_REPR = reprlib.Repr()
_REPR.maxother = _REPR.maxstring = 200  # our choice: long enough to recognise the value, short enough to read


def shown(value: object) -> str:
    """Return the value as an error message shows it, cut to a readable length."""
    return _REPR.repr(value)


def _real_array(name: str, value: Any) -> FloatArray:
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} must be an array of real numbers without a mask, got {shown(value)}")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array of real numbers, got {shown(value)}") from None
    if array.dtype.kind in "iuf":
        # A long double beyond the float64 range becomes infinite here and is refused by the caller's check.
        with np.errstate(over="ignore"):
            return array.astype(np.float64)
    entries = array.reshape(-1).tolist()
    if array.dtype.kind != "O" or not all(
        isinstance(entry, numbers.Real) and not isinstance(entry, (bool, np.bool_)) for entry in entries
    ):
        raise TypeError(f"{name} must be real numbers (integers, floats or fractions), got {shown(value)}")
    return np.array([_rounded(entry) for entry in entries], dtype=np.float64).reshape(array.shape)


def _rounded(entry: numbers.Real) -> float:
    try:
        return float(entry)
    except OverflowError:  # an integer or fraction beyond the float64 range
        return np.inf


def finite_array(name: str, value: Any) -> FloatArray:
    """Return ``value`` as a float64 array of any shape whose entries are all finite.

    >>> finite_array("gradient", [[1, 2], [3, 4]]).shape
    (2, 2)
    """
    array = _real_array(name, value)
    wrong = np.flatnonzero(~np.isfinite(array))
    if wrong.size:
        index = tuple(int(i) for i in np.unravel_index(wrong[0], array.shape))
        place = f"{name}[{', '.join(map(str, index))}] = " if index else ""
        raise ValueError(f"{name} must be finite in float64, got {place}{array[index]}")
    return array


def finite_vector(name: str, value: Any) -> FloatArray:
    """Return ``value`` as a finite float64 array of shape (n,), n >= 0.

    >>> finite_vector("theta", [0, 1])
    array([0., 1.])
    """
    array = finite_array(name, value)
    if array.ndim != 1:
        raise ValueError(
            f"{name} must be one-dimensional with shape (n,), got shape {array.shape}: {shown(value)}"
        )
    return array


def array_of_shape(name: str, value: Any, shape: tuple[int, ...]) -> FloatArray:
    """Return ``value`` as a finite float64 array of exactly the given shape.

    >>> array_of_shape("gradient", [1, 2], (2,))
    array([1., 2.])
    """
    array = finite_array(name, value)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got shape {array.shape}: {shown(value)}")
    return array


def finite_scalar(name: str, value: Any) -> float:
    """Return ``value`` as a finite float.

    >>> finite_scalar("loss", 2)
    2.0
    """
    array = _real_array(name, value)
    if array.ndim != 0:
        raise ValueError(f"{name} must be a scalar, got shape {array.shape}: {shown(value)}")
    if not np.isfinite(array):
        raise ValueError(f"{name} must be finite in float64, got {shown(value)}")
    return float(array)


def positive_scalar(name: str, value: Any) -> float:
    """Return ``value`` as a float in (0, inf).

    >>> positive_scalar("temperature", 0.5)
    0.5
    """
    scalar = finite_scalar(name, value)
    if not scalar > 0.0:
        raise ValueError(f"{name} must be positive, got {shown(value)}")
    return scalar


def nonnegative_scalar(name: str, value: Any) -> float:
    """Return ``value`` as a float in [0, inf).

    >>> nonnegative_scalar("noise_scale", 0)
    0.0
    """
    scalar = finite_scalar(name, value)
    if scalar < 0.0:
        raise ValueError(f"{name} must be at least 0, got {shown(value)}")
    return scalar


def unit_interval(name: str, value: Any) -> float:
    """Return ``value`` as a float in [0, 1].

    >>> unit_interval("f_min", 0.01)
    0.01
    """
    scalar = finite_scalar(name, value)
    if not 0.0 <= scalar <= 1.0:
        raise ValueError(f"{name} must lie in [0, 1], got {shown(value)}")
    return scalar


def integer(name: str, value: Any) -> int:
    """Return ``value`` as a Python integer; floats are refused even where they are whole.

    >>> integer("step", 3)
    3
    """
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an integer, got {shown(value)}")
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {shown(value)}") from None


def integer_between(name: str, value: Any, smallest: int, largest: int) -> int:
    """Return ``value`` as a Python integer in [smallest, largest].

    >>> integer_between("stream", 7, 0, 2**32 - 1)
    7
    """
    number = integer(name, value)
    if not smallest <= number <= largest:
        raise ValueError(f"{name} must be an integer in [{smallest}, {largest}], got {shown(value)}")
    return number


def positive_integer(name: str, value: Any) -> int:
    """Return ``value`` as a Python integer of at least 1.

    >>> positive_integer("level_count", 256)
    256
    """
    number = integer(name, value)
    if number < 1:
        raise ValueError(f"{name} must be an integer of at least 1, got {shown(value)}")
    return number


def nonnegative_integer(name: str, value: Any) -> int:
    """Return ``value`` as a Python integer of at least 0.

    >>> nonnegative_integer("step", 0)
    0
    """
    number = integer(name, value)
    if number < 0:
        raise ValueError(f"{name} must be an integer of at least 0, got {shown(value)}")
    return number


def level_set(name: str, value: Any) -> FloatArray:
    """Return ``value`` as the finite, strictly increasing float64 vector of K >= 1 quantization levels.

    >>> level_set("levels", [-1, 0, 2])
    array([-1.,  0.,  2.])
    """
    levels = finite_vector(name, value)
    if levels.size == 0:
        raise ValueError(f"{name} must contain at least one level, got {shown(value)}")
    descents = np.flatnonzero(levels[1:] <= levels[:-1])
    if descents.size:
        k = int(descents[0])
        raise ValueError(
            f"{name} must be strictly increasing in float64, "
            f"got {name}[{k}] = {levels[k]} followed by {name}[{k + 1}] = {levels[k + 1]}"
        )
    return levels


def one_of(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Return ``value`` where it is one of the allowed words.

    >>> one_of("rule", "sigmoid", ("sigmoid", "metropolis"))
    'sigmoid'
    """
    words = tuple(allowed)
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, words))}, got {shown(value)}")
    return value

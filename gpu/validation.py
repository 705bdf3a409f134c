"""Checks of arguments, shared by every module of the package.

Twin: reference/validation.py.  Each function returns its argument as a Python number or raises an error that
names it, shows the value and says what is allowed.  A tensor of one element is let through unread where
``tensor_allowed`` is given: reading it would make the host wait for the device.
"""

from __future__ import annotations

import math
import numbers
import operator
import reprlib
from collections.abc import Sequence
from typing import Any

import torch


def positive_number(name: str, value: Any, *, tensor_allowed: bool = False) -> Any:
    """Return ``value`` as a float in (0, inf), or the tensor itself.

    >>> positive_number("temperature", 2)
    2.0
    """
    return _within(name, value, "positive and finite", lambda number: number > 0, tensor_allowed)


def nonnegative_number(name: str, value: Any, *, tensor_allowed: bool = False) -> Any:
    """Return ``value`` as a float in [0, inf), or the tensor itself.

    >>> nonnegative_number("weight_decay", 0)
    0.0
    """
    return _within(name, value, "at least 0 and finite", lambda number: number >= 0, tensor_allowed)


def unit_interval(name: str, value: Any, *, tensor_allowed: bool = False) -> Any:
    """Return ``value`` as a float in [0, 1], or the tensor itself.

    >>> unit_interval("fraction", 0.25)
    0.25
    """
    return _within(name, value, "between 0 and 1", lambda number: 0 <= number <= 1, tensor_allowed)


def integer_between(name: str, value: Any, low: int, high: int) -> int:
    """Return ``value`` as an int in [low, high]; a boolean is refused.

    >>> integer_between("count", 1024, 1, 2**24)
    1024
    """
    if isinstance(value, (bool, torch.Tensor)):
        raise TypeError(f"{name} must be an integer from {low} to {high}, got {_shown(value)}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer from {low} to {high}, got {_shown(value)}") from None
    if not low <= number <= high:
        raise ValueError(f"{name} must be an integer from {low} to {high}, got {number}")
    return number


def one_of(name: str, value: Any, words: Sequence[str]) -> str:
    """Return ``value``, which must be one of ``words``.

    >>> one_of("method", "dense", ("dense", "chunked"))
    'dense'
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be one of {', '.join(map(repr, words))}, got {_shown(value)}")
    if value not in words:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, words))}, got {value!r}")
    return value


def true_or_false(name: str, value: Any) -> bool:
    """Return ``value``, which must be a bool.

    >>> true_or_false("maximize", False)
    False
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {_shown(value)}")
    return value


def floating_tensor(name: str, value: Any) -> torch.Tensor:
    """Return ``value``, which must be a dense real floating-point tensor; its entries are not read.

    >>> floating_tensor("theta", torch.zeros(2)).shape
    torch.Size([2])
    """
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name} must be a floating-point tensor, got {_shown(value)}")
    if not value.is_floating_point() or value.layout != torch.strided:
        raise TypeError(
            f"{name} must be a dense floating-point tensor, got dtype {value.dtype} and layout {value.layout}"
        )
    return value


def _within(name: str, value: Any, allowed: str, inside: Any, tensor_allowed: bool) -> Any:
    if isinstance(value, torch.Tensor):
        if tensor_allowed and value.numel() == 1 and not value.is_complex() and value.dtype != torch.bool:
            return value
        expected = "a real number or a real tensor of one element" if tensor_allowed else "a real number"
        raise TypeError(
            f"{name} must be {expected}, {allowed}, got a tensor of {value.dtype}, shape {tuple(value.shape)}"
        )
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a real number, {allowed}, got {_shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and inside(number)):
        raise ValueError(f"{name} must be {allowed}, got {_shown(value)}")
    return number


def _shown(value: object) -> str:
    return reprlib.repr(value)

"""Compiled forms of elementwise functions: one for each function and recipe, for tensors of any length."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from types import FunctionType
from typing import Any

import torch
from torch import Tensor

_compiled: dict[tuple[str, Hashable], Callable[..., Any]] = {}


def for_any_length(function: Callable[..., Any], recipe: Hashable = None) -> Callable[..., Any]:
    """Return the compiled form of a function, made at the first call for each recipe.

    Arguments:
        function: a module's function of tensors, without closure.
        recipe: what the compiled code treats as constant; it only tells compiled forms apart.
    """
    key = (function.__name__, recipe)
    if key not in _compiled:
        _compiled[key] = compiled_copy(function)
    return partial(_called, _compiled[key])


def compiled_copy(function: Callable[..., Any], **settings: Any) -> Callable[..., Any]:
    """Return a compiled function with code of its own.

    The compiler counts graphs by code: after eight recipes, or eight seeds, it would quietly run the ninth uncompiled.
    """
    code = function.__code__.replace()
    return torch.compile(FunctionType(code, function.__globals__, function.__name__), **settings)


def _called(function: Callable[..., Any], *arguments: Any) -> Any:
    for argument in arguments:
        # Otherwise the second length would be a second compilation.  A length of 1 is always special.
        if isinstance(argument, Tensor) and argument.dim() == 1 and argument.numel() > 1:
            torch._dynamo.maybe_mark_dynamic(argument, 0)
    return function(*arguments)

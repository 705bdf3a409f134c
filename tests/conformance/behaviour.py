"""A behaviour: a test of one sentence of the specification, with the capabilities it presupposes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.protocol import Capability, Options

BEHAVIOURS: dict[str, Callable[[Any], None]] = {}


def missing_capabilities(implementation: Any, needed: tuple[str, ...]) -> list[str]:
    """The needed capabilities that the implementation does not declare, as words."""
    return [str(word) for word in needed if word not in set(implementation.capabilities)]


def behaviour(*needed: Capability) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a test ``sentence(implementation)`` that is skipped where a capability is not offered."""

    def register(check: Callable[[Any], None]) -> Callable[[Any], None]:
        @functools.wraps(check)
        def guarded(implementation: Any) -> None:
            if missing := missing_capabilities(implementation, needed):
                name = getattr(implementation, "__name__", repr(implementation))
                pytest.skip(f"{name} does not offer: {', '.join(missing)}")
            check(implementation)

        BEHAVIOURS[check.__name__] = guarded
        return guarded

    return register


def verdict(sentence: str, implementation: Any) -> str:
    """Whether the implementation "passes" or "fails" a behaviour, or is "skipped" by it."""
    try:
        BEHAVIOURS[sentence](implementation)
    except pytest.skip.Exception:
        return "skipped"
    except AssertionError:
        return "fails"
    return "passes"


def everything_offered(implementation: Any) -> Options:
    """Options under which all that the implementation declares is at work; the numbers are our choice."""
    offered = set(implementation.capabilities)
    return Options(
        learning_rate=0.125,
        f_min=0.25,
        smoothing=0.75,
        noise=Capability.NOISE in offered,
        levels=tuple(k / 4.0 for k in range(-8, 9)) if Capability.QUANTIZER in offered else None,
        temperature=0.5,
        cooling=True,
        acceptance=Capability.ACCEPTANCE in offered,
    )

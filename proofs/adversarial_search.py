"""Adversarial search: Hypothesis steers towards a violation. It can refute our hopes, never settle a claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis.strategies import SearchStrategy

EXAMPLES = 300  # our choice: about a second for the claims searched here


@dataclass(frozen=True)
class Search:
    """How near the search came: the largest excess of claim over bound, where, and after how many examples."""

    examples: int
    largest_excess: float
    nearest: Any

    @property
    def found_violation(self) -> bool:
        return self.largest_excess > 0


def search(
    excess: Callable[[Any], float], strategy: SearchStrategy[Any], *, examples: int = EXAMPLES
) -> Search:
    """Maximise `excess(example)`, positive exactly at a violation, over a strategy.

    The examples are the same every time the same modules are loaded: Hypothesis also tries constants of their code.

    excess: a finite float; subtract the rounding error of its own computation, so that zero is never noise
    """
    tried, best, nearest = 0, float("-inf"), None

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def attempt(example: Any) -> None:
        nonlocal tried, best, nearest
        value = excess(example)
        target(value)
        tried += 1
        if value > best:
            best, nearest = value, example

    attempt()
    return Search(tried, best, nearest)

"""Passages of the paper that are said to disagree: each encoded over shared variables, decided by z3.

Two or more passages contradict each other when no assignment satisfies all of them while any of them
alone can be satisfied; then the encoding of no single passage is at fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import z3

from proofs.outcome import Outcome, contradiction_if, proved_if


def satisfiable(*constraints: Any) -> z3.ModelRef | None:
    """A model of all constraints, or None if there certainly is none; `unknown` raises."""
    solver = z3.Solver()
    solver.set("timeout", 20_000)  # ms, our choice
    solver.add(*constraints)
    answer = solver.check()
    if answer == z3.unknown:
        raise RuntimeError(f"z3 could not decide: {solver.reason_unknown()}")
    return solver.model() if answer == z3.sat else None


def compare(
    passages: Mapping[str, Any], summary: str, *, without: str | None = None, **shown: object
) -> Outcome:
    """Whether the passages contradict each other (an outcome that says so) or are compatible (a proof by model).

    passages: where it stands and what it says -> its z3 encoding
    without:  leave this passage out (for controls: dropping one must remove the contradiction)
    """
    kept = {name: encoding for name, encoding in passages.items() if name != without}
    if without is not None and len(kept) == len(passages):
        raise ValueError(f"without must name one of {list(passages)}, got {without!r}")
    alone = {f"{name}: can hold alone": satisfiable(code) is not None for name, code in kept.items()}
    model = satisfiable(*kept.values())
    if model is None:
        return contradiction_if(
            {**alone, "no assignment satisfies all passages": model is None}, summary, **shown
        )
    example = {str(variable): model[variable] for variable in model.decls()} or {"any": "assignment"}
    return proved_if(
        {**alone, "an assignment satisfies all passages": model is not None},
        "The passages are compatible; the witness satisfies all of them",
        witness=example,
    )

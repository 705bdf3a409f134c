"""Evidence and its controls: how a check says which claim it is about.

    @evidence("SQ-8", method=Method.EXACT)
    @control("at zero temperature the quantizer is a projection", temperature=0)
    def quantizing_twice_changes_the_value(temperature=1): ...

A control runs the same check with something broken; it passes when the check no longer gives the
finding that the evidence gives. Evidence without a control is refused.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from proofs.claim import AS_STATED, VERSIONS, all_claims
from proofs.outcome import SETTLING, Finding, Method, Outcome

Check = Callable[..., Outcome]

ROOT = Path(__file__).parent.parent
_SETTLED_FINDINGS = frozenset({Finding.PROVES, Finding.REFUTES, Finding.VACUOUS, Finding.CONTRADICTS})


@dataclass(frozen=True)
class Control:
    """A broken variant of a check: the changed arguments and why the check must then fail."""

    description: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """A check together with the claim, reading and version it is about."""

    claim: str
    method: Method
    reading: str
    version: str
    check: Check
    controls: tuple[Control, ...]

    @property
    def name(self) -> str:
        return self.check.__name__

    @property
    def argument(self) -> str:
        """The argument in words: the docstring of the check."""
        return inspect.getdoc(self.check) or ""

    @property
    def location(self) -> str:
        """Where the code is, as path:line; of a check made for one reading, the function that makes it."""
        code = getattr(self.check, "made_by", self.check)
        source = inspect.getsourcefile(code) or ""
        line = inspect.getsourcelines(code)[1]
        return f"{Path(source).relative_to(ROOT).as_posix()}:{line}"

    def run(self) -> Outcome:
        """Run the check; a method that only samples cannot settle anything."""
        return _admissible(self.check(), self)

    def run_control(self, control: Control) -> Outcome:
        return self.check(**control.changes)


def _admissible(outcome: Outcome, item: Evidence) -> Outcome:
    if outcome.finding in _SETTLED_FINDINGS and item.method not in SETTLING:
        raise ValueError(f"{item.name}: {item.method} cannot give the finding {outcome.finding!r}")
    return outcome


_registered: list[Evidence] = []


def control(description: str, **changes: Any) -> Callable[[Check], Check]:
    """Attach a broken variant: the same check, called with `changes`, must not give the same finding."""
    if not changes:
        raise ValueError(f"control {description!r} must change at least one argument")

    def attach(check: Check) -> Check:
        known = inspect.signature(check).parameters
        for name in changes:
            if name not in known:
                raise ValueError(f"control {description!r}: {check.__name__} has no argument {name!r}")
        controls = (Control(description, changes), *getattr(check, "controls", ()))
        check.controls = controls  # type: ignore[attr-defined]
        return check

    return attach


def evidence(
    *claims: str, method: Method, reading: str = AS_STATED, version: str | None = None
) -> Callable[[Check], Check]:
    """Register a check as evidence for one or more claims, under a reading and a version of the update.

    Where `reading` is left out it means the default reading of each claim; `version` likewise.
    """

    def register(check: Check) -> Check:
        controls = getattr(check, "controls", ())
        if not controls:
            raise ValueError(f"{check.__name__}: evidence must have at least one control")
        for identifier in claims:
            claim = all_claims().get(identifier)
            if claim is None:
                raise ValueError(f"{check.__name__}: {identifier!r} is no claim")
            chosen = claim.default_reading if reading == AS_STATED else reading
            if chosen not in claim.reading_names:
                raise ValueError(
                    f"{check.__name__}: {identifier} has readings {claim.reading_names}, not {chosen!r}"
                )
            if (version or claim.version) not in VERSIONS:
                raise ValueError(
                    f"{check.__name__}: version must be one of {sorted(VERSIONS)}, got {version!r}"
                )
            _registered.append(
                Evidence(identifier, method, chosen, version or claim.version, check, tuple(controls))
            )
        return check

    return register


@cache
def all_evidence() -> tuple[Evidence, ...]:
    """Import every module of `evidence/` and return what they registered."""
    package = importlib.import_module("proofs.evidence")
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"proofs.evidence.{module}")
    return tuple(_registered)

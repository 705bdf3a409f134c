"""What a piece of evidence returns.

An outcome cannot be typed: each constructor takes the checks that were carried out, by name, and
the finding follows from whether all of them came out true. A check that is not exactly true
(false, unknown, undecided) makes the outcome inconclusive and is named in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Method(StrEnum):
    """How evidence was obtained. Only the settling methods can prove or refute."""

    SYMBOLIC = "symbolic derivation (SymPy)"
    EXACT = "exact arithmetic"
    BALL = "ball arithmetic"
    SMT = "satisfiability (z3)"
    CERTIFICATE = "certificate, re-verified exactly"
    SEARCH = "adversarial search"
    MEASUREMENT = "measurement"


SETTLING = frozenset({Method.SYMBOLIC, Method.EXACT, Method.BALL, Method.SMT, Method.CERTIFICATE})


class Finding(StrEnum):
    """What an outcome says about the claim it was obtained for."""

    PROVES = "proves"
    REFUTES = "refutes"
    VACUOUS = "hypotheses impossible"
    CONTRADICTS = "passages contradict"
    SURVIVES = "no violation found"
    REPRODUCES = "reproduces"
    FAILS_TO_REPRODUCE = "does not reproduce"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Outcome:
    """A finding with everything a reader needs to check it.

    checks:   every condition that was verified, by name, with its result
    witness:  the object that refutes (or attains a bound), name to exact value as text
    computed: the number found here; stated: the number of the paper beside it
    """

    finding: Finding
    summary: str
    checks: Mapping[str, bool] = field(default_factory=dict)
    witness: Mapping[str, str] = field(default_factory=dict)
    computed: str | None = None
    stated: str | None = None
    tightness: float | None = None

    @property
    def failed_checks(self) -> list[str]:
        return [name for name, passed in self.checks.items() if not passed]


def _strictly_true(checks: Mapping[str, object]) -> dict[str, bool]:
    """Read each check as a bool; anything that is not decidedly true counts as not shown."""
    if not checks:
        raise ValueError("checks must name at least one condition, got none")
    read = {}
    for name, value in checks.items():
        try:
            read[name] = value is not None and bool(value)
        except TypeError:  # an undecided symbolic relation has no truth value
            read[name] = False
    return read


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)


def _outcome(
    finding: Finding,
    summary: str,
    checks: Mapping[str, object],
    *,
    witness: Mapping[str, object] | None = None,
    computed: object | None = None,
    stated: object | None = None,
    tightness: float | None = None,
) -> Outcome:
    read = _strictly_true(checks)
    return Outcome(
        finding=finding if all(read.values()) else Finding.INCONCLUSIVE,
        summary=summary,
        checks=read,
        witness={name: str(value) for name, value in (witness or {}).items()},
        computed=_text(computed),
        stated=_text(stated),
        tightness=None if tightness is None else float(tightness),
    )


def proved_if(
    checks: Mapping[str, object],
    summary: str,
    *,
    computed: object | None = None,
    stated: object | None = None,
    tightness: float | None = None,
    witness: Mapping[str, object] | None = None,
) -> Outcome:
    """The claim holds in all cases covered if every check is true; `witness` may show an extremal example."""
    return _outcome(
        Finding.PROVES,
        summary,
        checks,
        witness=witness,
        computed=computed,
        stated=stated,
        tightness=tightness,
    )


def refuted_if(
    *,
    hypotheses: Mapping[str, object],
    violated: Mapping[str, object],
    witness: Mapping[str, object],
    summary: str,
    reference: Mapping[str, object] | None = None,
    computed: object | None = None,
    stated: object | None = None,
    tightness: float | None = None,
) -> Outcome:
    """The claim fails at an exact witness that meets every hypothesis and violates the conclusion.

    `reference` compares the witness with what the reference implementation computes; it may be left
    out only where the claim is not about something that the reference computes.
    """
    if not witness:
        raise ValueError("witness must name at least one value, got none")
    checks: dict[str, object] = {f"hypothesis: {name}": value for name, value in hypotheses.items()}
    checks |= {f"violated: {name}": value for name, value in violated.items()}
    checks |= {f"reference: {name}": value for name, value in (reference or {}).items()}
    if not hypotheses or not violated:
        raise ValueError("hypotheses and violated must each name at least one condition")
    return _outcome(
        Finding.REFUTES,
        summary,
        checks,
        witness=witness,
        computed=computed,
        stated=stated,
        tightness=tightness,
    )


def vacuous_if(checks: Mapping[str, object], summary: str, **shown: object) -> Outcome:
    """No object meets the hypotheses if every check is true. `shown`: computed, stated, tightness, witness."""
    return _outcome(Finding.VACUOUS, summary, checks, **shown)  # type: ignore[arg-type]


def contradiction_if(checks: Mapping[str, object], summary: str, **shown: object) -> Outcome:
    """Two passages of the paper cannot both hold if every check is true."""
    return _outcome(Finding.CONTRADICTS, summary, checks, **shown)  # type: ignore[arg-type]


def survives_if(checks: Mapping[str, object], summary: str, **shown: object) -> Outcome:
    """A search looked for a violation and found none; this never settles a claim."""
    return _outcome(Finding.SURVIVES, summary, checks, **shown)  # type: ignore[arg-type]


def measured(
    reproduces: bool, checks: Mapping[str, object], summary: str, *, computed: object, stated: object
) -> Outcome:
    """A measurement at a stated scale, with its uncertainty in `computed`; `checks` are its validity conditions."""
    finding = Finding.REPRODUCES if reproduces else Finding.FAILS_TO_REPRODUCE
    return _outcome(finding, summary, checks, computed=computed, stated=stated)

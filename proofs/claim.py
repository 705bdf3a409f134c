"""Claims as data: one TOML file per part of the paper in `claims/`, one table per claim.

A claim is what the paper says in our words, sharp enough to be checked, with its location, kind,
readings and the version of the update it is about. It never contains a verdict.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).parent / "claims"

KINDS = frozenset(
    {
        "definition",
        "theorem part",
        "assumption",
        "proof step",
        "numeric",
        "consistency",
        "complexity",
        "empirical",
        "result",  # a statement of ours: a repair, a sharp bound
    }
)

# `any`: the statement does not involve the update rule (quantizer, schedule, prose), so it holds
# or fails for every version alike.
VERSIONS = frozenset({"dense", "masked", "blockwise", "algorithm", "released", "any"})

AS_STATED = "as stated"


@dataclass(frozen=True)
class Claim:
    """One checkable statement.

    readings:   name to meaning, the default first; a claim with one meaning has the reading "as stated"
    version:    the version of the update it is about; evidence may add columns for other versions
    formula:    the statement in LaTeX where words are clumsy
    repaired_by: the id of the corrected statement, a row of its own; for several readings a table from reading
                to id, which leaves out the readings that no row repairs. A row repairs a reading if it adds a
                hypothesis, weakens the conclusion or corrects a constant or one named term. It does not if it
                leaves out what the reading names (the quantizer, the test, the normaliser, noise that stays) or
                concludes the opposite.
    out_of_reach: why the claim cannot be checked here; the only reason a claim may lack evidence
    plan:       how an open claim could be checked
    """

    id: str
    statement: str
    location: str
    kind: str
    section: str
    version: str = "any"
    theorem: int | None = None
    readings: dict[str, str] = field(default_factory=dict)
    hypotheses: tuple[str, ...] = ()
    formula: str | None = None
    repaired_by: str | dict[str, str] | None = None
    out_of_reach: str | None = None
    note: str | None = None
    plan: str | None = None

    @property
    def default_reading(self) -> str:
        return next(iter(self.readings), AS_STATED)

    @property
    def reading_names(self) -> tuple[str, ...]:
        return tuple(self.readings) or (AS_STATED,)

    @property
    def repairs(self) -> dict[str, tuple[str, ...]]:
        """The id of each corrected statement, with the readings that it corrects.

        >>> Claim("X", "x", "here", "result", "s", readings={"a": "", "b": ""}, repaired_by={"b": "Y"}).repairs
        {'Y': ('b',)}
        """
        if self.repaired_by is None:
            return {}
        if isinstance(self.repaired_by, str):
            return {self.repaired_by: self.reading_names}
        found: dict[str, tuple[str, ...]] = {}
        for reading, identifier in self.repaired_by.items():
            found[identifier] = (*found.get(identifier, ()), reading)
        return found

    @property
    def repairs_in_words(self) -> dict[str, str]:
        """The id of each corrected statement, with the readings that it corrects where those are not all."""
        return {
            identifier: "" if readings == self.reading_names else ", ".join(readings)
            for identifier, readings in self.repairs.items()
        }


def _parse(table: dict[str, object], section: str, path: Path) -> Claim:
    try:
        claim = Claim(section=section, **table)  # type: ignore[arg-type]
    except TypeError as error:
        raise ValueError(f"{path.name}: claim {table.get('id')!r}: {error}") from None
    if claim.kind not in KINDS:
        raise ValueError(f"{claim.id}: kind must be one of {sorted(KINDS)}, got {claim.kind!r}")
    if claim.version not in VERSIONS:
        raise ValueError(f"{claim.id}: version must be one of {sorted(VERSIONS)}, got {claim.version!r}")
    return claim


@cache
def all_claims() -> dict[str, Claim]:
    """Every claim by id, in the order of the paper."""
    claims: dict[str, Claim] = {}
    for path in sorted(DIRECTORY.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for table in data["claim"]:
            claim = _parse(table, data["section"], path)
            if claim.id in claims:
                raise ValueError(f"{path.name}: claim {claim.id!r} is defined twice")
            claims[claim.id] = claim
    check_repairs(claims)
    return claims


def check_repairs(claims: Mapping[str, Claim]) -> None:
    """Refuse a `repaired_by` that names no claim, or a reading that its claim does not have."""
    for claim in claims.values():
        for identifier, readings in claim.repairs.items():
            if identifier not in claims:
                raise ValueError(f"{claim.id}: repaired_by names {identifier!r}, which is no claim")
            for reading in readings:
                if reading not in claim.reading_names:
                    raise ValueError(
                        f"{claim.id}: repaired_by names the reading {reading!r}, not one of {claim.reading_names}"
                    )

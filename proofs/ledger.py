"""The ledger: run evidence and controls, and compute the verdict of every claim.

A row has a cell per (reading, version); the verdict of the row is that of its default cell. Evidence
whose control does not behave, or that raises, counts for nothing and is reported as a problem.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

from proofs.claim import Claim, all_claims
from proofs.outcome import Finding, Outcome
from proofs.registry import Evidence, all_evidence
from proofs.verdict import Verdict, verdict_of


@dataclass(frozen=True)
class ControlRun:
    """One control: what was broken, and whether the check noticed."""

    description: str
    behaved: bool


@dataclass(frozen=True)
class Exhibit:
    """Evidence that was run: where it is, what it found, how long it took."""

    claim: str
    name: str
    method: str
    reading: str
    version: str
    argument: str
    location: str
    outcome: Outcome
    controls: tuple[ControlRun, ...]
    seconds: float
    problem: str | None = None

    @property
    def counts(self) -> bool:
        return self.problem is None

    def as_data(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "method": self.method,
            "reading": self.reading,
            "version": self.version,
            "finding": self.outcome.finding.value,
            "summary": self.outcome.summary,
            "computed": self.outcome.computed,
            "stated": self.outcome.stated,
            "tightness": self.outcome.tightness,
            "checks": dict(self.outcome.checks),
            "witness": dict(self.outcome.witness),
            "controls": [{"description": c.description, "behaved": c.behaved} for c in self.controls],
            "seconds": round(self.seconds, 3),
            "argument": self.argument,
            "code": self.location,
            "problem": self.problem,
        }


@dataclass(frozen=True)
class Row:
    """A claim with its exhibits and its verdict per reading and version."""

    claim: Claim
    verdict: Verdict
    cells: dict[tuple[str, str], Verdict]
    exhibits: tuple[Exhibit, ...] = field(default=())

    @property
    def checks(self) -> list[tuple[Exhibit, list[tuple[str, str]]]]:
        """Each check once, with the (reading, version) cells that it is evidence for."""
        grouped: dict[tuple[str, str], tuple[Exhibit, list[tuple[str, str]]]] = {}
        for item in self.exhibits:
            grouped.setdefault((item.location, item.name), (item, []))[1].append((item.reading, item.version))
        return list(grouped.values())

    @property
    def problems(self) -> list[str]:
        return [f"{e.name}: {e.problem}" for e in self.exhibits if e.problem]

    def as_data(self) -> dict[str, Any]:
        claim = self.claim
        return {
            "id": claim.id,
            "statement": claim.statement,
            "formula": claim.formula,
            "location": claim.location,
            "section": claim.section,
            "theorem": claim.theorem,
            "kind": claim.kind,
            "version": claim.version,
            "readings": claim.readings,
            "hypotheses": list(claim.hypotheses),
            "verdict": self.verdict.value,
            "verdicts": [
                {"reading": reading, "version": version, "verdict": verdict.value}
                for (reading, version), verdict in self.cells.items()
            ],
            "repaired_by": claim.repaired_by,
            "out_of_reach": claim.out_of_reach,
            "note": claim.note,
            "evidence": [exhibit.as_data() for exhibit in self.exhibits],
        }


def exhibit(item: Evidence) -> Exhibit:
    """Run one piece of evidence and its controls; an exception is a problem, never a verdict."""
    start = time.perf_counter()
    problem = None
    controls: list[ControlRun] = []
    try:
        outcome = item.run()
        for control in item.controls:
            behaved = item.run_control(control).finding is not outcome.finding
            controls.append(ControlRun(control.description, behaved))
    except Exception as error:
        outcome = Outcome(Finding.INCONCLUSIVE, f"{type(error).__name__}: {error}")
        problem = outcome.summary
    else:
        if outcome.finding is Finding.INCONCLUSIVE:
            problem = f"inconclusive: {', '.join(outcome.failed_checks)}"
        elif not all(control.behaved for control in controls):
            problem = "control not rejected: " + "; ".join(c.description for c in controls if not c.behaved)
    return Exhibit(
        item.claim,
        item.name,
        item.method.value,
        item.reading,
        item.version,
        item.argument,
        item.location,
        outcome,
        tuple(controls),
        time.perf_counter() - start,
        problem,
    )


def _check_of(item: Evidence) -> str:
    return f"{item.check.__module__}.{item.check.__name__}"


def _exhibit_by_name(name: str) -> list[Exhibit]:
    """Run one check once and share its outcome among all claims it is evidence for (worker entry)."""
    items = [item for item in all_evidence() if _check_of(item) == name]
    first = exhibit(items[0])
    return [first] + [
        Exhibit(
            item.claim,
            first.name,
            item.method.value,
            item.reading,
            item.version,
            first.argument,
            first.location,
            first.outcome,
            first.controls,
            first.seconds,
            first.problem,
        )
        for item in items[1:]
    ]


def run_evidence(
    claims: Iterable[str] | None = None,
    *,
    workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Exhibit]:
    """Run all evidence for the given claims (all, if None), in `workers` processes.

    progress: called with (name of the check that finished, how many are done, how many there are)
    """
    wanted = None if claims is None else set(claims)
    names = list(dict.fromkeys(_check_of(i) for i in all_evidence() if wanted is None or i.claim in wanted))
    exhibits: list[Exhibit] = []

    def collect(found: Sequence[Exhibit], done: int, name: str) -> None:
        exhibits.extend(e for e in found if wanted is None or e.claim in wanted)
        if progress is not None:
            progress(name.rsplit(".", 1)[-1], done, len(names))

    if workers <= 1 or len(names) < 2:
        for done, name in enumerate(names, start=1):
            collect(_exhibit_by_name(name), done, name)
    else:
        with ProcessPoolExecutor(max_workers=workers) as pool:
            futures = {pool.submit(_exhibit_by_name, name): name for name in names}
            for done, future in enumerate(as_completed(futures), start=1):
                collect(future.result(), done, futures[future])
    return exhibits


def _cells(
    claim: Claim, exhibits: Sequence[Exhibit], proved_repairs: Mapping[str, frozenset[str]]
) -> dict[tuple[str, str], Verdict]:
    """The verdict per (reading, version); the default cell comes first and always exists.

    A reading is repaired only by the row that `repaired_by` gives for it. A statement about one version of the
    update is repaired only by a proof about that version, or about every version; a statement that involves no
    update, by any.

    proved_repairs: reading to the versions for which its corrected statement is proved
    """

    def repaired(reading: str, version: str) -> bool:
        versions = proved_repairs.get(reading, frozenset())
        return bool(versions & {"any", version}) or (version == "any" and bool(versions))

    keys = [(reading, claim.version) for reading in claim.reading_names]
    keys += [(e.reading, e.version) for e in exhibits]
    return {
        key: verdict_of(
            (e.outcome.finding for e in exhibits if e.counts and (e.reading, e.version) == key),
            out_of_reach=claim.out_of_reach is not None,
            repaired=repaired(*key),
        )
        for key in dict.fromkeys(keys)
    }


def _proved_versions(row: Row) -> frozenset[str]:
    return frozenset(version for (_, version), verdict in row.cells.items() if verdict is Verdict.PROVED)


def build_rows(exhibits: Iterable[Exhibit], claims: Iterable[str] | None = None) -> list[Row]:
    """The ledger rows of the given claims (all, if None) from exhibits that were run."""
    wanted = set(all_claims() if claims is None else claims)
    by_claim: dict[str, list[Exhibit]] = {}
    for item in exhibits:
        by_claim.setdefault(item.claim, []).append(item)

    def row(claim: Claim) -> Row:
        readings = claim.reading_names
        found = sorted(
            by_claim.get(claim.id, []),
            key=lambda e: (readings.index(e.reading), e.version != claim.version, e.version, e.name),
        )
        proved = {
            reading: _proved_versions(row(all_claims()[identifier]))
            for identifier, repaired in claim.repairs.items()
            for reading in repaired
        }
        cells = _cells(claim, found, proved)
        default = cells[(claim.default_reading, claim.version)]
        return Row(claim, default, cells, tuple(found))

    return [row(claim) for claim in all_claims().values() if claim.id in wanted]


def with_repairs(identifiers: Iterable[str]) -> list[str]:
    """The given claims and the rows that repair them, which their verdicts need."""
    claims = all_claims()
    found = list(identifiers)
    for identifier in found:
        found += [repair for repair in claims[identifier].repairs if repair not in found]
    return found

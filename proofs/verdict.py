"""From outcomes to a verdict: the one small function that decides."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from proofs.outcome import Finding


class Verdict(StrEnum):
    """What the ledger says about a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    REPAIRED = "repaired"
    VACUOUS = "vacuous"
    INCONSISTENT = "inconsistent"
    SUPPORTED = "supported"
    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    OUT_OF_REACH = "out of reach"
    OPEN = "open"


# In order of weight: what settles comes before what only supports.
_VERDICT_OF = {
    Finding.REFUTES: Verdict.REFUTED,
    Finding.CONTRADICTS: Verdict.INCONSISTENT,
    Finding.VACUOUS: Verdict.VACUOUS,
    Finding.PROVES: Verdict.PROVED,
    Finding.FAILS_TO_REPRODUCE: Verdict.NOT_REPRODUCED,
    Finding.REPRODUCES: Verdict.REPRODUCED,
    Finding.SURVIVES: Verdict.SUPPORTED,
}


class ContradictoryEvidenceError(Exception):
    """Two pieces of evidence settle the same statement in opposite ways: one of them is wrong."""


def verdict_of(findings: Iterable[Finding], *, out_of_reach: bool = False, repaired: bool = False) -> Verdict:
    """The verdict of one claim under one reading and version.

    findings:     of all evidence whose controls behaved
    out_of_reach: a reason is recorded why nothing here can check the claim
    repaired:     the corrected statement is proved

    >>> verdict_of([Finding.SURVIVES, Finding.PROVES]).value
    'proved'
    >>> verdict_of([Finding.REFUTES], repaired=True).value
    'repaired'
    """
    found = set(findings)
    opposite = {Finding.REFUTES, Finding.PROVES}
    if opposite <= found:
        raise ContradictoryEvidenceError("the same statement is both proved and refuted")
    for finding, verdict in _VERDICT_OF.items():
        if finding in found:
            return Verdict.REPAIRED if verdict is Verdict.REFUTED and repaired else verdict
    return Verdict.OUT_OF_REACH if out_of_reach else Verdict.OPEN

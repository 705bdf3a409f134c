"""Whether the eight theorems stand as stated: the verdicts of this ledger counted, a refuted one shown anew."""

from __future__ import annotations

from collections import Counter

from proofs.claim import Claim, all_claims
from proofs.hypotheses import FAILED
from proofs.ledger import exhibit
from proofs.outcome import Finding, Method, Outcome, refuted_if
from proofs.record import recorded_cells, recorded_verdict
from proofs.registry import all_evidence, control, evidence
from proofs.verdict import Verdict

KINDS = ("theorem part", "proof step")


def theorem_rows() -> list[Claim]:
    """The conclusions and proof steps of Theorems 1 to 8, in the order of the paper."""
    return [claim for claim in all_claims().values() if claim.theorem is not None and claim.kind in KINDS]


def refuted_anew(claim: Claim) -> bool:
    """Whether evidence for the default reading of a claim refutes it when run now, its controls behaving."""
    items = [
        item
        for item in all_evidence()
        if item.claim == claim.id and item.reading == claim.default_reading and item.version == claim.version
    ]
    return any(
        found.outcome.finding is Finding.REFUTES and found.counts for found in (exhibit(i) for i in items)
    )


@evidence("INT-23", method=Method.EXACT)
@control("of the rows that are proved all are proved", only=Verdict.PROVED)
def the_theorems_do_not_stand_as_stated(only: Verdict | None = None) -> Outcome:
    """Rigorous is read as: every conclusion and every proof step of Theorems 1 to 8 is proved as stated, under the
    hypotheses of the paper, in its default reading. The recorded verdicts are counted (every audit compares
    them with those it computes). One failing conclusion is enough: that of Theorem 8 is refuted once more
    here, by an exact run in which each hypothesis holds. A repaired row is one whose statement fails and has a
    corrected one. (`only`: look at the rows with that verdict.)
    """
    recorded = recorded_cells()
    verdicts = {claim.id: recorded_verdict(claim, recorded) for claim in theorem_rows()}
    if only is not None:
        verdicts = {identifier: verdict for identifier, verdict in verdicts.items() if verdict is only}
    failed = [i for i, verdict in verdicts.items() if verdict in FAILED]
    theorems = {all_claims()[i].theorem for i in failed if all_claims()[i].kind == "theorem part"}
    tally = Counter(verdict.value for verdict in verdicts.values())
    return refuted_if(
        hypotheses={
            "rows of all eight theorems": {all_claims()[i].theorem for i in verdicts} == set(range(1, 9))
        },
        violated={
            "some rows fail": bool(failed),
            "a conclusion of each theorem among them": theorems == set(range(1, 9)),
            "Theorem 8's bound is refuted anew": refuted_anew(all_claims()["T8-S1"]),
        },
        witness={"conclusions that fail": ", ".join(i for i in failed if "-S" in i)},
        summary="Every theorem has a conclusion that fails as stated; most have a corrected form that is proved",
        computed=", ".join(f"{count} {verdict}" for verdict, count in sorted(tally.items())),
        stated="a rigorous foundation",
    )

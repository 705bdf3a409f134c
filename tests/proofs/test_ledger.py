"""The ledger as a whole: every claim accounted for, every control rejected, nothing changed unrecorded."""

from collections import Counter

import pytest

from proofs import ledger, record
from proofs.claim import Claim, all_claims, check_repairs
from proofs.outcome import Finding, Method, Outcome, proved_if
from proofs.registry import Control, Evidence, all_evidence
from proofs.verdict import Verdict

PAPER_CLAIMS = 408  # the number of checkable claims that the paper makes, as counted before any was checked


@pytest.fixture
def rows(ledger_rows):
    return ledger_rows


def test_every_claim_of_the_paper_is_loaded_once():
    kinds = Counter(claim.kind for claim in all_claims().values())
    assert sum(count for kind, count in kinds.items() if kind != "result") == PAPER_CLAIMS


def test_every_piece_of_evidence_names_a_claim_and_has_a_control_and_an_argument():
    for item in all_evidence():
        assert item.claim in all_claims()
        assert item.controls, item.name
        assert len(item.argument) > 20, f"{item.name} does not say why"


def test_every_claim_has_evidence_or_a_reason_or_shows_as_open(rows):
    for row in rows:
        if not row.exhibits:
            expected = Verdict.OUT_OF_REACH if row.claim.out_of_reach else Verdict.OPEN
            assert row.verdict is expected
            assert row.claim.out_of_reach or row.claim.plan, f"{row.claim.id} has no plan"


def test_no_evidence_has_a_problem_and_every_control_is_rejected(rows):
    assert [problem for row in rows for problem in row.problems] == []
    assert all(control.behaved for row in rows for e in row.exhibits for control in e.controls)


def test_the_computed_verdicts_are_the_recorded_ones(rows):
    assert record.changes(rows) == []


def test_every_repair_is_proved(rows):
    verdicts = {row.claim.id: row.verdict for row in rows}
    for row in rows:
        for identifier in row.claim.repairs:
            assert verdicts[identifier] is Verdict.PROVED, row.claim.id


def test_each_reading_for_which_a_repair_is_named_shows_it(rows):
    """No repair is named for a reading that needs none, or for one whose version it does not cover."""
    for row in rows:
        if isinstance(row.claim.repaired_by, dict):
            shown = {reading for (reading, _), verdict in row.cells.items() if verdict is Verdict.REPAIRED}
            assert shown == set(row.claim.repaired_by), row.claim.id


def test_every_refutation_shows_a_witness(rows):
    for row in rows:
        for exhibit in row.exhibits:
            if exhibit.outcome.finding is Finding.REFUTES:
                assert exhibit.outcome.witness, exhibit.name


def planted(check, *controls):
    return ledger.exhibit(Evidence("T1-S1", Method.EXACT, "as stated", "any", check, controls))


def test_evidence_whose_control_is_not_rejected_counts_for_nothing():
    def accepts_everything(broken=False):
        return proved_if({"always": True}, "accepts everything")

    found = planted(accepts_everything, Control("broken", {"broken": True}))
    assert not found.counts
    assert "control not rejected" in found.problem


def test_evidence_that_raises_is_a_problem_and_never_a_verdict():
    def raises():
        raise ZeroDivisionError("planted")

    found = planted(raises)
    assert not found.counts
    assert found.outcome.finding is Finding.INCONCLUSIVE
    assert "planted" in found.problem


def test_a_refuted_claim_is_repaired_only_if_its_repair_is_proved(monkeypatch):
    claims = {
        "X": Claim("X", "false", "here", "theorem part", "planted", repaired_by="Y"),
        "Y": Claim("Y", "true", "ours", "result", "planted"),
    }
    monkeypatch.setattr(ledger, "all_claims", lambda: claims)

    def shown(claim, finding):
        return ledger.Exhibit(claim, "n", "m", "as stated", "any", "", "", Outcome(finding, ""), (), 0.0)

    refuted, proved = shown("X", Finding.REFUTES), shown("Y", Finding.PROVES)
    assert ledger.build_rows([refuted], ["X"])[0].verdict is Verdict.REFUTED
    assert ledger.build_rows([refuted, proved], ["X"])[0].verdict is Verdict.REPAIRED


def test_a_repair_of_one_reading_does_not_repair_another(monkeypatch):
    """Planted: without the quantizer a corrected statement is proved, with it none is."""
    readings = {"with the quantizer": "", "gradient step": "", "both": ""}
    claims = {
        "X": Claim(
            *("X", "false", "here", "theorem part", "planted"),
            readings=readings,
            repaired_by={"gradient step": "Y", "both": "Z"},
        ),
        "Y": Claim("Y", "true", "ours", "result", "planted"),
        "Z": Claim("Z", "not settled", "ours", "result", "planted"),
    }
    monkeypatch.setattr(ledger, "all_claims", lambda: claims)

    def shown(claim, finding, reading="as stated"):
        return ledger.Exhibit(claim, "n", "m", reading, "any", "", "", Outcome(finding, ""), (), 0.0)

    refuted = [shown("X", Finding.REFUTES, reading) for reading in readings]
    row = ledger.build_rows([*refuted, shown("Y", Finding.PROVES)], ["X"])[0]
    assert row.verdict is Verdict.REFUTED
    assert row.cells == {
        ("with the quantizer", "any"): Verdict.REFUTED,
        ("gradient step", "any"): Verdict.REPAIRED,
        ("both", "any"): Verdict.REFUTED,
    }
    assert ledger.with_repairs(["X"]) == ["X", "Y", "Z"]


@pytest.mark.parametrize(
    ("repaired_by", "message"),
    [
        ("W", "'W', which is no claim"),
        ({"a": "W"}, "'W', which is no claim"),
        ({"c": "Y"}, "the reading 'c', not one of"),
    ],
)
def test_a_repair_that_names_no_row_or_no_reading_is_refused(repaired_by, message):
    claims = {
        "X": Claim(
            *("X", "false", "here", "theorem part", "planted"),
            readings={"a": "", "b": ""},
            repaired_by=repaired_by,
        ),
        "Y": Claim("Y", "true", "ours", "result", "planted"),
    }
    with pytest.raises(ValueError, match=message):
        check_repairs(claims)


def test_a_repair_of_one_version_does_not_repair_another(monkeypatch):
    claims = {
        "X": Claim("X", "false", "here", "theorem part", "planted", version="masked", repaired_by="Y"),
        "Y": Claim("Y", "true", "ours", "result", "planted", version="dense"),
    }
    monkeypatch.setattr(ledger, "all_claims", lambda: claims)

    def shown(claim, finding, version):
        return ledger.Exhibit(claim, "n", "m", "as stated", version, "", "", Outcome(finding, ""), (), 0.0)

    exhibits = [
        shown("X", Finding.REFUTES, "masked"),
        shown("X", Finding.REFUTES, "dense"),
        shown("Y", Finding.PROVES, "dense"),
    ]
    cells = ledger.build_rows(exhibits, ["X"])[0].cells
    assert cells[("as stated", "masked")] is Verdict.REFUTED
    assert cells[("as stated", "dense")] is Verdict.REPAIRED


def test_a_changed_verdict_is_reported(rows, monkeypatch):
    recorded = record.recorded_cells()
    identifier = next(row.claim.id for row in rows if row.verdict is Verdict.PROVED)
    cell = next(iter(recorded[identifier]))
    monkeypatch.setattr(
        record, "recorded_cells", lambda: recorded | {identifier: recorded[identifier] | {cell: "refuted"}}
    )
    assert any(line.startswith(identifier) and "refuted -> proved" in line for line in record.changes(rows))

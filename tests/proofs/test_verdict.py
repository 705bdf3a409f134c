"""The verdict follows from the findings, and only settling methods settle."""

import itertools

import pytest

from proofs.outcome import (
    Finding,
    Method,
    contradiction_if,
    measured,
    proved_if,
    refuted_if,
    survives_if,
    vacuous_if,
)
from proofs.registry import Control, Evidence, control, evidence
from proofs.verdict import ContradictoryEvidenceError, Verdict, verdict_of


def test_no_findings_leave_a_claim_open_unless_a_reason_is_recorded():
    assert verdict_of([]) is Verdict.OPEN
    assert verdict_of([], out_of_reach=True) is Verdict.OUT_OF_REACH
    assert verdict_of([Finding.INCONCLUSIVE]) is Verdict.OPEN


def test_sampling_never_outweighs_a_settlement_and_never_proves():
    assert verdict_of([Finding.SURVIVES]) is Verdict.SUPPORTED
    for settled, verdict in ((Finding.PROVES, Verdict.PROVED), (Finding.REFUTES, Verdict.REFUTED)):
        assert verdict_of([Finding.SURVIVES, settled]) is verdict


def test_the_order_of_the_findings_does_not_matter():
    for findings in itertools.permutations([Finding.SURVIVES, Finding.PROVES, Finding.INCONCLUSIVE]):
        assert verdict_of(findings) is Verdict.PROVED


def test_only_a_refuted_claim_can_be_repaired():
    assert verdict_of([Finding.REFUTES], repaired=True) is Verdict.REPAIRED
    assert verdict_of([Finding.PROVES], repaired=True) is Verdict.PROVED
    assert verdict_of([], repaired=True) is Verdict.OPEN


def test_evidence_for_and_against_the_same_statement_is_an_error():
    with pytest.raises(ContradictoryEvidenceError):
        verdict_of([Finding.PROVES, Finding.REFUTES])


@pytest.mark.parametrize("undecided", [False, None, 0, float("nan") > 0])
def test_one_check_that_is_not_true_makes_every_outcome_inconclusive(undecided):
    checks = {"fine": True, "undecided": undecided}
    outcomes = [
        proved_if(checks, "p"),
        vacuous_if(checks, "v"),
        contradiction_if(checks, "c"),
        survives_if(checks, "s"),
        measured(True, checks, "m", computed=1, stated=2),
        refuted_if(hypotheses=checks, violated={"x": True}, witness={"w": 1}, summary="r"),
        refuted_if(hypotheses={"h": True}, violated=checks, witness={"w": 1}, summary="r"),
        refuted_if(
            hypotheses={"h": True}, violated={"x": 1}, reference=checks, witness={"w": 1}, summary="r"
        ),
    ]
    for outcome in outcomes:
        assert outcome.finding is Finding.INCONCLUSIVE
        assert any("undecided" in name for name in outcome.failed_checks)


def test_an_undecided_symbolic_relation_counts_as_not_shown():
    import sympy as sp

    x = sp.Symbol("x", real=True)
    assert proved_if({"x > 0": x > 0}, "not decided").finding is Finding.INCONCLUSIVE


def test_an_outcome_without_checks_or_a_refutation_without_witness_is_refused():
    with pytest.raises(ValueError, match="checks"):
        proved_if({}, "nothing was checked")
    with pytest.raises(ValueError, match="witness"):
        refuted_if(hypotheses={"h": True}, violated={"v": True}, witness={}, summary="no witness")
    with pytest.raises(ValueError, match="hypotheses"):
        refuted_if(hypotheses={}, violated={"v": True}, witness={"x": 1}, summary="no hypotheses")


@pytest.mark.parametrize("method", [Method.SEARCH, Method.MEASUREMENT])
def test_a_method_that_samples_cannot_settle_a_claim(method):
    item = Evidence("T1-S1", method, "as stated", "any", lambda: proved_if({"x": True}, "typed"), ())
    with pytest.raises(ValueError, match="cannot give the finding"):
        item.run()


def test_evidence_without_a_control_is_refused():
    with pytest.raises(ValueError, match="control"):
        evidence("T1-S1", method=Method.EXACT)(lambda: proved_if({"x": True}, "x"))


def test_evidence_for_an_unknown_claim_reading_or_version_is_refused():
    @control("broken", broken=True)
    def check(broken=False):
        return proved_if({"x": not broken}, "x")

    with pytest.raises(ValueError, match="is no claim"):
        evidence("T9-S1", method=Method.EXACT)(check)
    with pytest.raises(ValueError, match="readings"):
        evidence("T1-S1", method=Method.EXACT, reading="a reading nobody has")(check)
    with pytest.raises(ValueError, match="version"):
        evidence("T1-S1", method=Method.EXACT, version="beta")(check)


def test_a_control_must_change_an_argument_that_the_check_has():
    with pytest.raises(ValueError, match="at least one"):
        control("nothing changes")
    with pytest.raises(ValueError, match="no argument"):
        control("misspelt", brokne=True)(lambda broken=False: proved_if({"x": True}, "x"))
    assert Control("d", {"a": 1}).changes == {"a": 1}

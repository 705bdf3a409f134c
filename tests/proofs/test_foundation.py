"""The count behind the verdict on the theoretical foundation."""

from __future__ import annotations

import json

import pytest

from proofs.claim import all_claims
from proofs.evidence.foundation import refuted_anew, the_theorems_do_not_stand_as_stated, theorem_rows
from proofs.outcome import Finding
from proofs.record import PATH
from proofs.verdict import Verdict


def test_the_rows_are_the_conclusions_and_steps_of_eight_theorems_and_no_results_of_ours():
    rows = theorem_rows()
    assert {claim.theorem for claim in rows} == set(range(1, 9))
    assert all(not claim.location.startswith("ours") for claim in rows)


def test_the_count_is_that_of_the_recorded_default_cells():
    recorded = json.loads(PATH.read_text(encoding="utf-8"))
    wanted = {claim.id: (claim.default_reading, claim.version) for claim in theorem_rows()}
    proved = sum(
        cell["verdict"] == "proved"
        for identifier, key in wanted.items()
        for cell in recorded[identifier]
        if (cell["reading"], cell["version"]) == key
    )
    assert f"{proved} proved" in (the_theorems_do_not_stand_as_stated().computed or "")


def test_a_proved_row_is_not_refuted_anew():
    assert not refuted_anew(all_claims()["T1-S2"])


@pytest.mark.parametrize("verdict", [Verdict.PROVED, Verdict.OPEN])
def test_rows_that_do_not_fail_refute_nothing(verdict):
    assert the_theorems_do_not_stand_as_stated(verdict).finding is Finding.INCONCLUSIVE

"""The table of hypotheses says what the settings and the record say, and a wrong row is noticed."""

import dataclasses
import json

import pytest

from proofs import command_line, record
from proofs.claim import all_claims
from proofs.hypotheses import OPTIONS, all_hypotheses, disagreements
from reference.settings import paper_settings

ROWS = all_hypotheses()
RECORDED = record.recorded_cells()


def row_of(**attributes):
    return next(row for row in ROWS if all(getattr(row, k) == v for k, v in attributes.items()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"theorem {row.theorem}, {row.option}, {row.claim}")
def test_every_row_agrees_with_the_settings_and_the_record(row):
    assert disagreements(row, RECORDED) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"theorem {row.theorem}, {row.option}, {row.claim}")
def test_every_row_names_a_recorded_cell_of_an_existing_claim(row):
    assert row.claim in all_claims()
    assert row.cell in RECORDED[row.claim]


def test_every_theorem_has_a_row():
    assert {row.theorem for row in ROWS} == set(range(1, 9))


def test_plain_defaults_are_the_attributes_of_the_paper_settings():
    settings = paper_settings([-1.0, 1.0])
    for row in ROWS:
        if row.option != "levels":
            value = getattr(settings, row.option)
            assert row.default == value if isinstance(value, str) else float(row.default) == value
    assert f"{settings.levels.size} uniform" in row_of(option="levels").default


@pytest.mark.parametrize("relation", ["meets", "depends"])
def test_a_broken_hypothesis_planted_as_anything_else_is_noticed(relation):
    planted = dataclasses.replace(row_of(claim="T8-C1"), relation=relation)
    assert len(disagreements(planted, RECORDED)) == 1


def test_a_met_hypothesis_planted_as_broken_is_noticed():
    planted = dataclasses.replace(row_of(claim="SCH-R1"), relation="breaks")
    assert len(disagreements(planted, RECORDED)) == 1


def test_a_wrong_default_is_noticed():
    planted = dataclasses.replace(row_of(option="noise"), default="zero")
    assert "'linear'" in disagreements(planted, RECORDED)[0]


def test_a_claim_without_a_verdict_shows_nothing():
    assert all(disagreements(row, {}) for row in ROWS)


@pytest.mark.parametrize(
    "change",
    [{"theorem": 9}, {"option": "temperatur"}, {"relation": "holds"}, {"claim": "T9-S1"}],
)
def test_a_row_that_names_nothing_is_refused(change):
    (value,) = change.values()
    with pytest.raises(ValueError, match=repr(value)):
        dataclasses.replace(ROWS[0], **change)


def test_the_command_prints_every_row_once(capsys):
    assert command_line.main(["hypotheses", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)["hypotheses"]
    assert [(row["theorem"], row["option"], row["claim"]) for row in printed] == [
        (row.theorem, row.option, row.claim) for row in ROWS
    ]
    assert {row["option"] for row in printed} <= OPTIONS
    assert command_line.main(["hypotheses"]) == 0
    assert "breaks" in capsys.readouterr().out


def test_the_command_fails_when_a_row_is_wrong(capsys, monkeypatch):
    planted = dataclasses.replace(row_of(option="noise"), default="zero")
    monkeypatch.setattr(command_line, "all_hypotheses", lambda: (planted,))
    assert command_line.main(["hypotheses"]) == 1
    assert "zero" in capsys.readouterr().err

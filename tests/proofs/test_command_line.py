"""The command line as a user meets it."""

import json

import pytest

from proofs import command_line, record
from proofs.claim import all_claims


def run(capsys, *arguments):
    """Exit code, standard output, standard error."""
    try:
        code = command_line.main(arguments)
    except SystemExit as stop:
        code = stop.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_show_prints_the_statement_the_evidence_and_where_the_code_is(capsys):
    code, out, _ = run(capsys, "show", "T2-S1")
    assert code == 0
    for expected in ("T2-S1", "statement", "method", "argument", "control rejected", "proofs/evidence/"):
        assert expected in out


def test_show_accepts_several_ids_in_any_case_and_keeps_their_order(capsys):
    code, out, _ = run(capsys, "show", "t2-p7", "T2-P1", "--json")
    assert code == 0
    assert [claim["id"] for claim in json.loads(out)["claims"]] == ["T2-P7", "T2-P1"]


def test_json_rows_carry_what_is_promised(capsys):
    _, out, err = run(capsys, "show", "T2-S1", "--json")
    row = json.loads(out)["claims"][0]
    assert {"id", "statement", "location", "kind", "version", "verdict", "evidence"} <= row.keys()
    assert {"method", "computed", "stated", "seconds"} <= row["evidence"][0].keys()
    assert "{" not in err


def test_list_filters_agree_with_the_record(capsys):
    code, out, _ = run(capsys, "list", "--verdict", "proved", "--theorem", "2", "--json")
    rows = json.loads(out)["claims"]
    assert code == 0
    expected = [
        claim.id
        for claim in all_claims().values()
        if claim.theorem == 2 and record.recorded_verdict(claim).value == "proved"
    ]
    assert [row["id"] for row in rows] == expected
    assert expected


def test_list_without_filters_shows_every_claim(capsys):
    _, out, _ = run(capsys, "list", "--json")
    assert len(json.loads(out)["claims"]) == len(all_claims())


def test_an_unknown_id_is_bad_usage_and_suggests_near_ones(capsys):
    code, out, err = run(capsys, "show", "T1-S9")
    assert code == 2
    assert out == ""
    assert "T1-S9" in err
    assert "T1-S1" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--verdict", "maybe"],
        ["list", "--theorem", "9"],
        ["frobnicate"],
        ["--workers", "0"],
        ["show"],
    ],
)
def test_bad_usage_exits_with_2(capsys, arguments):
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert "usage" in err


def test_an_output_that_cannot_be_written_is_bad_usage(capsys, tmp_path):
    (tmp_path / "file").write_text("in the way")
    code, _, err = run(capsys, "--output", str(tmp_path / "file"))
    assert code == 2
    assert "--output" in err


def test_a_changed_verdict_exits_with_1_and_says_how_to_accept_it(capsys, monkeypatch):
    recorded = record.recorded_cells()
    cell = next(iter(recorded["T2-S1"]))
    changed = recorded | {"T2-S1": {cell: "refuted"}}
    monkeypatch.setattr(record, "recorded_cells", lambda: changed)
    code, _, err = run(capsys, "show", "T2-S1")
    assert code == 1
    assert "refuted -> proved" in err
    assert "--record" in err


def test_help_tells_the_commands_and_the_exit_codes(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for expected in ("show", "list", "audit", "--json", "Exit codes"):
        assert expected in out

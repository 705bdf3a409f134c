"""The command that starts training runs."""

import pytest

from proofs import experiment
from proofs.command_line import BAD_USAGE, main


def test_a_missing_name_is_bad_usage_that_says_how_to_list_the_names(capsys):
    assert main(["experiment"]) == BAD_USAGE
    assert "--list" in capsys.readouterr().err


def test_without_pytorch_the_message_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(experiment, "find_spec", lambda name: None)
    assert main(["experiment", "kappa"]) == BAD_USAGE
    assert "pip install -c constraints.txt -e '.[gpu,learners,experiments]'" in " ".join(
        capsys.readouterr().err.split()
    )


def test_the_runner_is_started_with_the_options_given_and_its_exit_code_returned(
    monkeypatch, tmp_path, capsys
):
    started = []

    class Finished:
        returncode = 7

    def run(command, check):
        started.append(command[1:])
        return Finished()

    monkeypatch.setattr(experiment, "find_spec", lambda name: name)
    monkeypatch.setattr(experiment.subprocess, "run", run)
    out = tmp_path / "kappa.jsonl"
    passed = ["kappa", "--quick", "--fresh", "--out", str(out), "--seeds", "2", "--jobs", "2"]
    assert main(["experiment", *passed]) == 7
    assert started == [["-m", "gpu.training", *passed]]
    assert "gpu.training kappa" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "two"])
def test_a_number_of_seeds_that_is_none_is_refused(value, capsys):
    with pytest.raises(SystemExit):
        main(["experiment", "kappa", "--seeds", value])
    assert "must be a whole number of at least 1" in capsys.readouterr().err

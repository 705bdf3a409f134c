"""The option ``--implementation``: what it finds, what it refuses, and that a failing choice fails the run."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.choice import FAST, REFERENCE, default_implementations, resolve
from tests.conformance.reference_algorithm import Algorithm

ROOT = Path(__file__).parents[2]
HERE = "tests.conformance"


def test_every_version_of_the_update_is_run_by_default():
    assert default_implementations()[: len(REFERENCE)] == REFERENCE
    assert [resolve(address).__name__ for address in REFERENCE] == [
        "Dense",
        "Masked",
        "Blockwise",
        "Algorithm",
        "Released",
    ]
    fast = () if importlib.util.find_spec("torch") is None else FAST
    assert default_implementations()[len(REFERENCE) :] == fast


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("no_colon", "must be package.module:Name, got 'no_colon'"),
        (":Name", "must be package.module:Name"),
        ("no.such.package:Name", "'no.such.package:Name' cannot be imported"),
        (f"{HERE}.reference_algorithm:Nothing", "cannot be imported"),
        (f"{HERE}.protocol:ACCEPTANCE_RULES", "must be callable and have `capabilities`"),
        (f"{HERE}.protocol:Options", "must be callable and have `capabilities`"),
    ],
)
def test_an_unusable_address_is_refused_by_name(address, named):
    with pytest.raises(ValueError, match=named):
        resolve(address)


@pytest.mark.parametrize(
    ("attribute", "value", "named"),
    [
        ("capabilities", {"plain step", "telepathy"}, r"must be among .* got \['telepathy'\]"),
        ("capabilities", "mask", "a collection of words"),
        ("acceptance", "glauber", "must be one of .* got 'glauber'"),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(monkeypatch, attribute, value, named):
    monkeypatch.setattr(Algorithm, attribute, value)
    with pytest.raises(ValueError, match=named):
        resolve(f"{HERE}.reference_algorithm:Algorithm")


@pytest.mark.parametrize(
    ("folder", "name", "code"),
    [(".", "AcceptsTheWrongWay", 1), ("tests", "AcceptsTheWrongWay", 1), (".", "Unknown", 2)],
)
def test_the_command_line_runs_the_implementation_that_it_names(folder, name, code):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [str(ROOT / HERE.replace(".", "/") / "test_acceptance_probability.py")]
    command += ["--implementation", f"{HERE}.planted_mistakes:{name}"]
    ended = subprocess.run(command, cwd=ROOT / folder, capture_output=True, text=True, check=False)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert name in ended.stdout + ended.stderr

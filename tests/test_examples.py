"""The profile ``ci`` tries the same examples in every process, folder and order of tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

# A test that writes down what it was given: numbers at random and beside constants, text, and mapped lists,
# parts of which Hypothesis also exchanges.
PROBE = """
import os
import pytest
from hypothesis import given, strategies as st

@pytest.mark.parametrize("kind", ["first", "second"])
@given(
    a=st.floats(), b=st.integers(), c=st.text(max_size=5),
    d=st.lists(st.one_of(st.floats(-2, 2).map(abs), st.sampled_from([3, None, "x"])), max_size=4),
)
def test_probe(kind, **example):
    with open(os.environ["EXAMPLES"], "a") as examples:
        print(ascii((kind, example)), file=examples)
"""

# Constants for Hypothesis to find, and a profile of its own, loaded as PyTorch's testing module does.
CONSTANTS = f"CONSTANTS = {[1000.5 + k for k in range(200)]}, {list(range(2000, 2200))}, {list('qwertyu')}\n"
NEIGHBOUR = """
import constants
from hypothesis import settings

settings.register_profile("dev", max_examples=10)
settings.load_profile("dev")

def test_neighbour():
    pass
"""


def run_tests(folder, *, modules, arguments=(), profile="ci", hash_seed="0"):
    """pytest on the modules, in a project of its own with this project's configuration; the examples tried."""
    (folder / "tests").mkdir(parents=True)
    shutil.copy(TESTS / "conftest.py", folder / "tests")
    shutil.copy(TESTS.parent / "pyproject.toml", folder)
    (folder / "constants.py").write_text(CONSTANTS)
    for name, source in modules.items():
        (folder / "tests" / f"test_{name}.py").write_text(source)
    environment = os.environ | {
        "EXAMPLES": str(folder / "examples"),
        "HYPOTHESIS_PROFILE": profile,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": str(folder),
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests", *arguments]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    examples = folder / "examples"
    return run, sorted(examples.read_text().splitlines()) if examples.exists() else []


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    run, examples = run_tests(tmp_path_factory.mktemp("here") / "alone", modules={"probe": PROBE})
    assert run.returncode == 0, run.stdout
    assert len(examples) >= 100  # 50 of each of the two parametrizations
    return examples


def test_every_run_of_the_profile_ci_tries_the_same_examples(alone, tmp_path):
    modules = {"a_neighbour": NEIGHBOUR, "probe": PROBE}
    run, examples = run_tests(
        tmp_path / "another place", modules=modules, hash_seed="1", arguments=["-n", "2"]
    )
    assert run.returncode == 0, run.stdout
    assert examples == alone


def test_other_examples_would_be_noticed(alone, tmp_path):
    run, examples = run_tests(tmp_path / "random", modules={"probe": PROBE}, profile="dev")
    assert run.returncode == 0, run.stdout
    assert examples != alone


def test_a_module_that_leaves_the_profile_before_its_own_tests_is_refused(tmp_path):
    run, examples = run_tests(tmp_path / "refused", modules={"probe": NEIGHBOUR + PROBE})
    assert run.returncode != 0
    assert not examples
    assert "test_probe may not have the Hypothesis profile 'ci'" in run.stdout

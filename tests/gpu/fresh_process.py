"""A script, or tests, in a process of their own, so that Triton sees another environment when it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def run_alone(*arguments, **environment):
    """The output of Python with some arguments; the test fails with all that it has printed if it fails."""
    pytest.importorskip("triton", reason="the kernel was neither run nor compiled: Triton is not installed")
    finished = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"{finished.stdout[-12000:]}\n{finished.stderr[-4000:]}"
    return finished.stdout


def run_script(name, **environment):
    """The output of a script beside this file."""
    return run_alone(HERE / name, **environment)


def run_in_the_interpreter(name, **environment):
    """What pytest says of a file of tests, run with Triton's interpreter."""
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    environment = {"TRITON_INTERPRET": "1", "PYTEST_ADDOPTS": "", **environment}
    return run_alone("-m", "pytest", *options, HERE / name, **environment)

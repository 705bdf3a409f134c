"""Benchmarks stay out of the ordinary test run, and still run when asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "pytest", "-q", "tests/benchmarks"]
AS_BENCHMARKS = [
    "-o",
    "python_files=bench_*.py",
    "-o",
    "python_functions=bench_*",
    "-o",
    "filterwarnings=default",
]


def run(*arguments, **environment):
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_timed_by_default():
    found = run("--collect-only")
    assert found.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, found.stdout + found.stderr


def test_timings_on_several_threads_are_refused():
    found = run("--collect-only", *AS_BENCHMARKS, OMP_NUM_THREADS="2")
    assert found.returncode == pytest.ExitCode.USAGE_ERROR, found.stdout + found.stderr
    assert "OMP_NUM_THREADS must be 1" in found.stderr


@pytest.mark.deep
def test_every_benchmark_runs_at_its_smallest_size():
    pytest.importorskip("torch", reason="the benchmarks need torch")
    found = run(
        *AS_BENCHMARKS, "-p", "no:logging", OMP_NUM_THREADS="1", BENCH_SIZE="tiny", BENCH_DEVICE="cpu"
    )
    assert found.returncode == pytest.ExitCode.OK, found.stdout[-5000:]

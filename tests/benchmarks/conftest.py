"""Benchmarks are collected by `make bench` only; the device, the sizes, and the recording of what was measured.

BENCH_DEVICE   cpu (default) or cuda
BENCH_SIZE     tiny (default): seconds, results under build/bench; full: results in proofs/measurements
BENCH_LARGEST  largest number of parameters of the optimizer steps; default: what fits into memory, up to 1e8
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))


def pytest_ignore_collect(collection_path, config):
    """Without `-o python_files=bench_*.py` nothing in this folder is imported, doctests included."""
    return True if "bench_*.py" not in config.getini("python_files") else None


def pytest_sessionstart(session):
    _require_one_thread(session.config)


def pytest_collection_modifyitems(config):
    _require_one_thread(config)


def _require_one_thread(config):
    # Thread pools are sized when their libraries are loaded, which has happened by now.
    if "bench_*.py" in config.getini("python_files") and os.environ.get("OMP_NUM_THREADS") != "1":
        raise pytest.UsageError("OMP_NUM_THREADS must be 1 for timings on one thread; `make bench` sets it")


@pytest.fixture(scope="session")
def device():
    import torch

    torch.set_num_threads(1)
    name = os.environ.get("BENCH_DEVICE", "cpu")
    if name not in ("cpu", "cuda"):
        raise ValueError(f"BENCH_DEVICE must be 'cpu' or 'cuda', got {name!r}")
    if name == "cuda" and not torch.cuda.is_available():
        pytest.fail("BENCH_DEVICE is cuda, and torch sees no CUDA device")
    return torch.device(name)


@pytest.fixture(scope="session")
def full():
    """Whether to measure at full size."""
    size = os.environ.get("BENCH_SIZE", "tiny")
    if size not in ("tiny", "full"):
        raise ValueError(f"BENCH_SIZE must be 'tiny' or 'full', got {size!r}")
    return size == "full"


@pytest.fixture(scope="module")
def recording(request, device, full):
    """Collects the rows of one module and writes them when all of its tests ran."""
    from tests.benchmarks.recording import Recording

    session = request.session
    failed_before = session.testsfailed
    collected = Recording(Path(request.module.__file__).stem.removeprefix("bench_"), device)
    yield collected
    options = session.config.option
    chosen = (
        options.keyword or options.markexpr or any("::" in str(argument) for argument in session.config.args)
    )
    whole = session.testsfailed == failed_before and not chosen
    collected.save(committed=full and whole)

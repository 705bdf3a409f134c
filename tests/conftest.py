"""Hypothesis profiles, the rule for deep tests, and the ledger, which is computed once."""

import os

# Before NumPy and PyTorch are loaded, here and in processes that tests start: two libraries with a thread for
# each core, beside one another, wait for each other longer than they work.
for pool in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(pool, "1")

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

settings.register_profile(
    "ci", derandomize=True, deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("nightly", deadline=None, max_examples=2000)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
settings.load_profile(PROFILE)
if PROFILE == "ci":
    # Hypothesis also tries constants that it finds in the modules loaded so far. Which those are depends on how
    # the tests are spread over processes; without them every run tries the same examples.
    providers._get_local_constants = lambda: providers._local_constants


def pytest_addoption(parser):
    """The option is registered here, because pytest loads this file before it reads the command line."""
    parser.addoption(
        "--implementation",
        action="append",
        metavar="package.module:Name",
        help="run tests/conformance on this implementation (repeatable); default: every version here",
    )


def pytest_collection_modifyitems(config, items):
    """Tests of the ledger share a process; deep tests run only when asked for by `-m deep`, and say so."""
    for item in items:
        if "ledger_rows" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("ledger"))
    if "deep" in config.option.markexpr:
        return
    for item in items:
        if "deep" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="deep: run it with `make deep`"))


@pytest.fixture(scope="session")
def ledger_rows():
    """Every row of the ledger, with all evidence and controls run."""
    from proofs.ledger import build_rows, run_evidence

    return build_rows(run_evidence(workers=os.cpu_count() or 1))

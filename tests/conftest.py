"""Hypothesis profiles, the rule for deep tests, and the ledger, which is computed once."""

import os

# Before NumPy and PyTorch are loaded, here and in processes that tests start: two libraries with a thread for
# each core, beside one another, wait for each other longer than they work.
for pool in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(pool, "1")

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings
from hypothesis.internal.conjecture import providers

PROFILES = {
    "ci": settings(
        derandomize=True, deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
    ),
    "dev": settings(derandomize=False, deadline=None, max_examples=50),
    "nightly": settings(derandomize=False, deadline=None, max_examples=2000),
}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
for name, profile in PROFILES.items():
    settings.register_profile(name, profile)
settings.load_profile(PROFILE)
if PROFILE == "ci":
    # Examples that are not drawn at random depend on a test's source and id, and on constants that Hypothesis
    # finds in the modules loaded so far. Which those are depends on the processes the tests are spread over, and
    # no setting leaves them out; tests/test_examples.py notices when this line no longer does.
    providers._get_local_constants = lambda: providers._local_constants


LEFT_THE_PROFILE = set()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Each module is imported with the chosen profile, whatever the modules before it loaded.

    PyTorch's private testing module loads one of ten examples, under a name of ours, as it is imported.
    """
    settings.register_profile(PROFILE, PROFILES[PROFILE])
    settings.load_profile(PROFILE)
    report = yield
    if settings.default != PROFILES[PROFILE]:
        LEFT_THE_PROFILE.add(collector.path)
    return report


def pytest_pycollect_makeitem(collector, name, obj):
    """A module that may leave the chosen profile before its own tests are made is refused."""
    left = collector.path in LEFT_THE_PROFILE or settings.default != PROFILES[PROFILE]
    if left and is_hypothesis_test(obj):
        raise collector.CollectError(
            f"{name} may not have the Hypothesis profile {PROFILE!r}: its module, or one that it imports, "
            "loads another; define it in a module that does not"
        )


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

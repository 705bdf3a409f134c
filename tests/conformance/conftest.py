"""The ``implementation`` fixture: each address given by --implementation, or the defaults."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# A reviewer's package need not be installed: it is also looked for where pytest was started, and the suite's
# own modules where they are.  The console script puts neither on the path.
for folder in (Path(__file__).parents[2], Path.cwd()):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "implementation" not in metafunc.fixturenames:
        return
    from tests.conformance.choice import default_implementations, resolve

    addresses = metafunc.config.getoption("implementation") or default_implementations()
    try:
        found = [resolve(address) for address in addresses]
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    metafunc.parametrize("implementation", found, ids=[address.split(":")[1] for address in addresses])

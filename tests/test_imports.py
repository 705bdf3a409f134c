"""Imports point one way: reference <- proofs, reference <- tests, gpu <- tests."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {"reference": {"proofs", "gpu", "tests"}, "proofs": {"gpu", "tests"}, "gpu": {"proofs", "tests"}}


def imported_packages(source):
    """The top-level names a module imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def violations(package, source):
    return imported_packages(source) & FORBIDDEN[package]


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_no_package_imports_what_stands_downstream_of_it(package):
    for path in (ROOT / package).rglob("*.py"):
        assert not violations(package, path.read_text(encoding="utf-8")), path


def test_the_reference_imports_numpy_and_the_standard_library_only():
    import sys

    allowed = set(sys.stdlib_module_names) | {"numpy", "reference"}
    for path in (ROOT / "reference").rglob("*.py"):
        # The estimators put the learners of the reference behind scikit-learn's interface.
        more = {"sklearn", "scipy"} if path.parent.name == "estimators" else set()
        assert imported_packages(path.read_text(encoding="utf-8")) <= allowed | more, path


def test_nothing_in_the_reference_needs_the_estimators():
    for path in (ROOT / "reference").rglob("*.py"):
        if path.parent.name != "estimators":
            assert "reference.estimators" not in path.read_text(encoding="utf-8"), path


def test_a_planted_import_in_the_wrong_direction_is_found():
    assert violations("reference", "def f():\n    from proofs.bounds import temperature\n") == {"proofs"}
    assert violations("proofs", "import gpu.kernels as kernels\n") == {"gpu"}

"""Every notebook runs top to bottom, is committed with outputs, and only explains."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DIRECTORY = Path(__file__).parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(DIRECTORY.glob("*.ipynb"))
BYTES = 3_000_000  # our choice: a notebook that a browser opens at once


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_top_to_bottom(path):
    NotebookClient(
        read(path),
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(DIRECTORY.parent)}},
    ).execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_committed_with_outputs_a_picture_and_no_error(path):
    outputs = [output for cell in code_cells(read(path)) for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert path.stat().st_size < BYTES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_ends_in_assertions(path):
    last = ast.parse(code_cells(read(path))[-1].source)
    assert any(isinstance(node, ast.Assert) for node in ast.walk(last))

"""Every notebook runs from top to bottom on the demo city, and its own assertions hold."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

# ipykernel, zmq and traitlets warn of each other's futures; nothing of ours passes through them.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.slow,
]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_committed_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_checks_itself(path, demo_data, monkeypatch):
    monkeypatch.setenv("GEOBANK_DATA", str(demo_data))
    book = nbformat.read(path, as_version=4)
    assert any("assert " in cell.source for cell in book.cells if cell.cell_type == "code")
    NotebookClient(
        book, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    words = "".join(out.get("text", "") for cell in code for out in cell.outputs)
    assert "Traceback" not in words and "Warning" not in words
    assert any("image/png" in out.get("data", {}) for cell in code for out in cell.outputs)

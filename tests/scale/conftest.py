"""Lets the tests of this folder import country.py under --import-mode=importlib."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import country

from geo.measure import forms


@pytest.fixture(autouse=True)
def compiled_form() -> Iterator[None]:
    """Have compiled kernels answer, though the country is small; test_forms.py looks at both."""
    with pytest.MonkeyPatch.context() as patch:  # a test may undo its own
        patch.setattr(forms, "VERTICES", 0)
        yield


@pytest.fixture(scope="session")
def land(tmp_path_factory: pytest.TempPathFactory) -> country.Land:
    """A small country on disk, drawn once: read only."""
    return country.draw(tmp_path_factory.mktemp("country"))

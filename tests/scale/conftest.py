"""Lets the tests of this folder import country.py under --import-mode=importlib."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import country


@pytest.fixture(scope="session")
def land(tmp_path_factory: pytest.TempPathFactory) -> country.Land:
    """A small country on disk, drawn once: read only."""
    return country.draw(tmp_path_factory.mktemp("country"))

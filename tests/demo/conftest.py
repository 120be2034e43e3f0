"""The demo city as an object, and its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.demo import City, found_city


@pytest.fixture(scope="session")
def city() -> City:
    return found_city(2026)


@pytest.fixture(scope="session")
def files(demo_data: Path) -> Path:
    return demo_data / "files"

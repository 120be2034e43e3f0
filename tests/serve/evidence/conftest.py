"""One city twice: its evidence stored, and all of it promised; computed from the same versions."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from geo import limits
from geo.flow.compute import compute
from geo.limits import Limit
from geo.model import Project
from geo.serve.app import create_app
from geo.store import Catalog
from geo.store.catalog import FILE

URL = "http://town.test"


def linked(source: str, target: str) -> str:
    """Link what never changes."""
    os.link(source, target)
    return target


def limited(patch: pytest.MonkeyPatch, **values: int) -> None:
    """Set some limits."""
    for name, value in values.items():
        patch.setitem(limits.LIMITS, name, Limit(value, "", ""))


def recompute(project: Project, root: Path, cards: list[str] | None = None) -> None:
    """Compute with every piece of evidence promised, in small parts."""
    with pytest.MonkeyPatch.context() as patch:
        limited(patch, evidence_stored=-1, evidence_part=3_000)
        assert all(each.on_demand for each in compute(project, root, cards))


@dataclass
class City:
    """A data folder and what serves it."""

    project: Project
    root: Path
    client: TestClient

    def get(self, path: str, **params: Any) -> Any:
        """Return a document."""
        found = self.client.get(f"/api/collections/{path}", params=params)
        assert found.status_code == 200, found.text
        return found.json()

    def walk(self, card: str, **params: Any) -> list[Any]:
        """Return the pages of a collection of evidence."""
        pages = [self.get(f"evidence_{card}/items", **params)]
        while following := next_of(pages[-1]):
            pages.append(self.client.get(following).json())
        return pages

    def features(self, card: str, **params: Any) -> dict[str, Any]:
        """Return all features by their ids; none stands on two pages."""
        pages = self.walk(card, **params)
        found = [one for page in pages for one in page["features"]]
        assert len({one["id"] for one in found}) == len(found)
        return {one["id"]: one for one in found}

    def made(self) -> set[Path]:
        """Return the parts that are on the disk."""
        return {*(self.root / "made").glob("*/*/*/ready")}

    def forget(self) -> None:
        """Remove every part."""
        shutil.rmtree(self.root / "made", ignore_errors=True)


def next_of(page: Any) -> str:
    """Return the address of the next page; empty: there is none."""
    return next((link["href"] for link in page["links"] if link["rel"] == "next"), "")


def serving(project: Project, root: Path) -> City:
    """Serve a data folder."""
    app = create_app(project, root, server_url=URL)
    return City(project, root, TestClient(app, base_url=URL))


def copy_of(source: Path, target: Path) -> Path:
    """Return a copy of a data folder that may be published in, whoever reads it meanwhile."""
    apart = shutil.ignore_patterns("made", f"{FILE}*")
    shutil.copytree(source, target, copy_function=linked, ignore=apart)
    with (
        closing(sqlite3.connect(source / FILE)) as old,
        closing(sqlite3.connect(target / FILE)) as new,
    ):
        old.backup(new)
    return target


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """Wait as long as it takes: a busy machine is no counterexample."""
    with pytest.MonkeyPatch.context() as patch:
        limited(patch, evidence_wait_seconds=600)
        yield


@pytest.fixture(scope="session")
def stored(project: Project, demo_data: Path) -> City:
    """The demo city as it is."""
    return serving(project, demo_data)


@pytest.fixture(scope="session")
def promised_data(
    project: Project, demo_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The demo city with every evidence promised; nothing is published in it."""
    root = copy_of(demo_data, tmp_path_factory.mktemp("promised") / "data")
    recompute(project, root)
    yield root


@pytest.fixture(scope="session")
def promised(project: Project, promised_data: Path) -> Iterator[City]:
    """It, served."""
    city = serving(project, promised_data)
    with city.client:
        yield city


@pytest.fixture
def own(project: Project, promised_data: Path, tmp_path: Path) -> City:
    """It, served, to be published in."""
    return serving(project, copy_of(promised_data, tmp_path / "own"))


@pytest.fixture
def catalog(own: City) -> Catalog:
    """The catalogue of one's own city."""
    return Catalog(own.root)

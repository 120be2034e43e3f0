"""A small town, published the way every city is: every field type, and text that bites."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import yaml
from starlette.testclient import TestClient

from geo.model import Project, load_project
from geo.serve.app import create_app
from geo.store import Catalog, Snapshot, close_all, from_frame, write_snapshot

ROOT = Path(__file__).resolve().parents[2]
URL = "http://town.test"

ASSORTED = {
    "title": {"pl": "Różności <i>", "en": "Assorted"},
    "description": {"pl": "Każdy rodzaj pola & znaku.", "en": "Every kind of field."},
    "source": {"name": {"pl": "Test", "en": "Test"}, "url": "https://example.org/source"},
    "licence": {"id": "CC0-1.0", "name": "CC0", "url": "https://example.org/cc0"},
    "steward": {"name": "Test", "email": "test@example.org"},
    "update_interval": "P1Y",
    "crs": "EPSG:2180",
    "geometry": "Polygon",
    "id_field": "code",
    "title_field": "szerokość",
    "fields": [
        {"name": "code", "type": "string", "required": True, "title": {"pl": "Kod", "en": "Code"}},
        {"name": "szerokość", "type": "string", "title": {"pl": "Szerokość", "en": "Width"}},
        {"name": "rank", "type": "integer", "title": {"pl": "Ranga", "en": "Rank"}, "minimum": 0},
        {"name": "area", "type": "number", "unit": "m2", "title": {"pl": "Pole", "en": "Area"}},
        {"name": "open", "type": "boolean", "title": {"pl": "Otwarte", "en": "Open"}},
        {"name": "day", "type": "date", "title": {"pl": "Dzień", "en": "Day"}},
        {"name": "at", "type": "datetime", "title": {"pl": "Chwila", "en": "Moment"}},
        {"name": "secret", "type": "string", "public": False, "title": {"pl": "S", "en": "S"}},
    ],
}
TEXTS = [
    "<script>alert('&lt;')</script>",
    'O\'Neil "&amp;" ąęłóż',
    "two\nlines\tand {{ 7*7 }}",
    "",
    "50% ¼ 🏙 \u2028",
    None,
]


@dataclass
class Town:
    """A project and its data folder."""

    project: Project
    root: Path
    texts = TEXTS

    @staticmethod
    def squares(rows: int = 40, shift: float = 0.0) -> gpd.GeoDataFrame:
        """Return the rows that are published, EPSG:2180."""
        return squares(rows, shift)

    def publish(self, rows: int = 40, *, synthetic: bool = False, shift: float = 0.0) -> Snapshot:
        """Publish a version of the layer `assorted`: squares of 80 m on a row, 100 m apart."""
        snapshot = write_snapshot(
            self.root,
            self.project.layers["assorted"],
            from_frame(self.project.layers["assorted"], squares(rows, shift)),
            source_name="assorted.gpkg",
            synthetic=synthetic,
        )
        Catalog(self.root).publish(snapshot)
        return snapshot

    def publish_districts(self) -> Snapshot:
        layer = self.project.layers["districts"]
        frame = gpd.GeoDataFrame(
            {"district_id": ["a", "b"], "name": ["Centrum", "Bańgów"]},
            geometry=[shapely.box(501_000, 268_000, 502_000, 269_000),
                      shapely.box(502_000, 268_000, 503_000, 269_000)],
            crs="EPSG:2180",
        )  # fmt: skip
        snapshot = write_snapshot(self.root, layer, from_frame(layer, frame), source_name="x.gpkg")
        Catalog(self.root).publish(snapshot)
        return snapshot

    def client(self, **options: object) -> TestClient:
        app = create_app(self.project, self.root, server_url=URL)
        return TestClient(app, base_url=URL, **options)


def squares(rows: int, shift: float = 0.0) -> gpd.GeoDataFrame:
    east = [501_000 + 100 * i + shift for i in range(rows)]
    return gpd.GeoDataFrame(
        {
            "code": [f"247401_1.0003.{i}/{i % 3} ?#%" for i in range(rows)],
            "szerokość": [TEXTS[i % len(TEXTS)] for i in range(rows)],
            "rank": list(range(rows)),
            "area": [i / 7 for i in range(rows)],
            "open": [i % 2 == 0 for i in range(rows)],
            "day": gpd.pd.to_datetime([f"2026-01-{i % 28 + 1:02}" for i in range(rows)]).date,
            "at": gpd.pd.to_datetime(["2026-11-22T12:30:00Z"] * rows),
            "secret": ["hush"] * rows,
        },
        geometry=[shapely.box(x, 268_000, x + 80, 268_080) for x in east],
        crs="EPSG:2180",
    )


def make_town(folder: Path) -> Town:
    project = folder / "town"
    (project / "config").mkdir(parents=True)
    shutil.copy(ROOT / "config" / "site.yml", project / "config" / "site.yml")
    shutil.copytree(ROOT / "layers" / "districts", project / "layers" / "districts")
    (project / "layers" / "assorted").mkdir()
    text = yaml.safe_dump(ASSORTED, allow_unicode=True)
    (project / "layers" / "assorted" / "layer.yml").write_text(text, encoding="utf-8")
    return Town(load_project(project), folder / "data")


@pytest.fixture
def new_town(tmp_path: Path) -> Iterator[Callable[[], Town]]:
    """Make an empty town of one's own."""
    yield lambda: make_town(tmp_path)
    close_all()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Share a town with 40 squares and two districts; do not publish in it."""
    made = make_town(tmp_path_factory.mktemp("town"))
    made.publish()
    made.publish_districts()
    yield made
    close_all()


@pytest.fixture(scope="session")
def client(town: Town) -> Iterator[TestClient]:
    """Ask the shared town as a program does: Accept */*."""
    with town.client() as found:
        yield found

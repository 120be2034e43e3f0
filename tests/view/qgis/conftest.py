"""A published town with a zoning layer of each kind, and names that attack the document."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import yaml

from geo.flow.compute import compute
from geo.model import Project, load_project
from geo.store import Catalog, from_frame, write_snapshot

ROOT = Path(__file__).resolve().parents[3]
EVIL = ("]]><evil/>", "O'Neil \\' \"&amp;\"", "\u2028{{7*7}}🏙")
ZONES = ("SW", "SN", "XX")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """Three squares as districts, with stops and a POG layer; some of it is synthetic."""
    home = tmp_path_factory.mktemp("town")
    for folder in ("config", "layers", "indicators"):
        shutil.copytree(ROOT / folder, home / folder)
    pog = {
        "title": {"pl": "Plan ogólny <POG> & 'reszta'", "en": "General plan <POG>"},
        "description": {"pl": "Strefy \x41]]>", "en": "Zones"},
        "source": {"name": {"pl": "Test", "en": "Test"}},
        "licence": {"id": "CC0-1.0", "name": "CC0", "url": "https://example.org/?a=1&b='2'"},
        "steward": {"name": 'Urząd "X" & Y', "email": "test@example.org"},
        "update_interval": "P1Y",
        "crs": "EPSG:2180",
        "geometry": "MultiPolygon",
        "id_field": "zone_id",
        "title_field": "symbol",
        "fields": [
            {"name": "zone_id", "type": "string", "title": {"pl": "Id", "en": "Id"}},
            {"name": "symbol", "type": "string", "title": {"pl": "Symbol", "en": "Symbol"}},
        ],
        "style": {
            "group": "planning",
            "order": 5,
            "by": ["symbol"],
            "palette": "pog",
            "labelled_from": 9000,
            "shown": False,
        },
    }
    (home / "layers" / "pog").mkdir()
    (home / "layers" / "pog" / "layer.yml").write_text(yaml.safe_dump(pog, allow_unicode=True))
    project, root = load_project(home), home / "data"
    squares = [
        shapely.box(500_000 + 900 * i, 270_000, 500_900 + 900 * i, 271_000) for i in (0, 1, 2)
    ]
    _put(project, root, "districts", {"district_id": ["a", "b", "c"], "name": EVIL}, squares)
    codes = {"zone_id": ["1", "2", "3"], "symbol": ZONES}
    _put(project, root, "pog", codes, squares, synthetic=False)
    places = [shapely.Point(500_100 + 900 * i, 270_500) for i in (0, 0.1, 1)]
    _put(
        project, root, "stops", {"stop_code": ["1", "2", "3"], "name": EVIL, "mode": "bus"}, places
    )
    compute(project, root)
    return project, root


def _put(
    project: Project,
    root: Path,
    layer_id: str,
    columns: dict[str, object],
    shapes: list[shapely.Geometry],
    *,
    synthetic: bool = True,
) -> None:
    layer = project.layers[layer_id]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=2180)
    table = from_frame(layer, frame)
    snapshot = write_snapshot(root, layer, table, source_name="x.gpkg", synthetic=synthetic)
    Catalog(root).publish(snapshot)

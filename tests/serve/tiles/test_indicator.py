"""The values of one indicator as tiles and as a style."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from tilebench import decode

from geo.errors import NotFoundError, UsageError
from geo.model import Project
from geo.model.derived import VALUES, WHOLE, values_layer
from geo.serve.tiles.describe import Describer
from geo.serve.tiles.shelf import Shelf
from geo.serve.tiles.style import style
from geo.store import Catalog, close_all, from_frame, write_snapshot

CARD = "stops_density"
ZONES = {"a": 1.5, "b": 2.25, "c": None, WHOLE: 1.9}


@dataclass(frozen=True)
class Two:
    edges: tuple[float, ...] = (1.5, 1.8, 2.2)
    colours: tuple[str, ...] = ("#aaaaaa", "#bbbbbb")


@pytest.fixture
def shelf(project: Project, tmp_path: Path):
    rows: list[dict[str, Any]] = [
        {"value_id": f"{card}:{zone}:{name}", "indicator": card, "zone_id": zone, "zone_name": zone,
         "class": name, "headline": name is None, "value": value,
         "status": "ok" if value else "null", "synthetic": True}
        for card in (CARD, "building_cover") for name in (None, "bus")
        for zone, value in ZONES.items()
    ]  # fmt: skip
    boxes = [shapely.box(500_000 + 1_000 * i, 268_000, 501_000 + 1_000 * i, 269_000)
             for i in range(3)]  # fmt: skip
    boxes.append(shapely.union_all(boxes))
    frame = gpd.GeoDataFrame(rows, geometry=boxes * 4, crs="EPSG:2180")
    layer = values_layer(project)
    snapshot = write_snapshot(tmp_path, layer, from_frame(layer, frame), source_name="computed")
    Catalog(tmp_path).publish(snapshot)
    yield Shelf(project, tmp_path)
    close_all()


def features(shelf: Shelf, indicator: str, z: int = 12) -> list[dict[str, Any]]:
    tileset = shelf.tileset(VALUES, indicator)
    limits = tileset.limits(z)
    assert limits is not None
    tiles = [decode(tileset.draw(tile)) for tile in limits.tiles()]
    return [one.properties for found in tiles for one in found.features]


def test_an_indicator_has_its_zones_and_no_others(shelf: Shelf) -> None:
    found = features(shelf, CARD)
    assert {one["indicator"] for one in found} == {CARD}
    assert {one["zone_id"]: one.get("value") for one in found} == {"a": 1.5, "b": 2.25, "c": None}


def test_without_an_indicator_there_is_everything(shelf: Shelf) -> None:
    assert len({one["value_id"] for one in features(shelf, "")}) == 16


def test_what_is_not_there_is_refused(shelf: Shelf) -> None:
    with pytest.raises(NotFoundError):
        shelf.tileset(VALUES, "nope")
    with pytest.raises(NotFoundError):
        shelf.tileset("parcels")
    assert shelf.tileset(VALUES, "parcels_count").limits(3) is None
    with pytest.raises((UsageError, NotFoundError)):
        shelf.tileset("parcels", CARD)


def shade(expression: Any, value: float | None) -> Any:
    """Evaluate the few expressions that a style of an indicator uses."""
    if not isinstance(expression, list):
        return expression
    name, *rest = expression
    if name == "case":
        for test, result in zip(rest[::2], rest[1::2], strict=False):
            if shade(test, value):
                return shade(result, value)
        return shade(rest[-1], value)
    arguments = [shade(part, value) for part in rest] if name not in ("has", "get") else []
    return {
        "has": lambda: value is not None,
        "get": lambda: value,
        "<=": lambda: arguments[0] <= arguments[1],
        "/": lambda: arguments[0] / arguments[1],
        "*": lambda: arguments[0] * arguments[1],
        "round": lambda: round(arguments[0]),
    }[name]()


def test_a_style_has_the_classes_of_every_other_picture(shelf: Shelf, project: Project) -> None:
    tileset = shelf.tileset(VALUES, CARD)
    asked: list[Any] = []

    def classify(values: Any, legend: Any, decimals: int) -> Two:
        asked.append((sorted(v for v in values if v is not None), legend, decimals))
        return Two()

    found = style(tileset, Describer(project, "http://a/api"), "pl", classify)
    card = project.indicators[CARD]
    assert asked == [([1.5, 2.25], card.legend, card.precision)]
    assert found["name"] == card.title.pl
    assert CARD in found["sources"][VALUES]["url"]
    fill = next(one for one in found["layers"] if one["id"] == f"{VALUES}-fill")
    colour = fill["paint"]["fill-color"]
    assert shade(colour, 1.5) == "#aaaaaa"
    assert shade(colour, 1.8) == "#aaaaaa"  # a class holds its upper edge
    assert shade(colour, 2.25) == "#bbbbbb"
    assert shade(colour, None) == "#d9d9d9"


def test_a_style_without_classes_is_shaded(shelf: Shelf, project: Project) -> None:
    found = style(shelf.tileset(VALUES, CARD), Describer(project, "http://a/api"), "en")
    fill = next(one for one in found["layers"] if one["id"] == f"{VALUES}-fill")
    assert fill["paint"]["fill-color"][2][0] == "interpolate"

"""Small published cities for the view: a real one, and one whose names attack the pages."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.flow.compute import compute
from geo.model import Project
from geo.store import Catalog, from_frame, write_snapshot

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
EVIL = (
    "<script>alert(1)</script>",
    "{{7*7}}{% raw %}",
    '=1+1|" onload="alert(2)</title></style>',
)


def put(
    project: Project, root: Path, layer_id: str, frame: gpd.GeoDataFrame, *, synthetic: bool
) -> None:
    layer = project.layers[layer_id]
    snapshot = write_snapshot(
        root, layer, from_frame(layer, frame), source_name=f"{layer_id}.gpkg", synthetic=synthetic
    )
    Catalog(root).publish(snapshot)


@pytest.fixture(scope="session")
def small_city(
    project: Project, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Siemianowice: five districts and the real stops; the stops' density is computed."""
    root = tmp_path_factory.mktemp("small-city")
    folder = shared_data / "siemianowice"
    districts = gpd.read_file(folder / "districts_derived_not_official.geojson").to_crs(2180)
    districts["district_id"] = [f"d{i}" for i in range(len(districts))]
    districts["name"] = districts["nazwa"]
    put(project, root, "districts", districts, synthetic=False)
    stops = gpd.read_file(folder / "stops_gzm_2026.gpkg").to_crs(2180)
    stops = stops.drop_duplicates("stop_code")
    stops["name"], stops["mode"] = stops["stop_name"], "bus"
    put(project, root, "stops", stops, synthetic=False)
    compute(project, root)
    return root


@pytest.fixture(scope="session")
def hostile_city(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three square districts, one without a stop, all named by an attacker; synthetic."""
    root = tmp_path_factory.mktemp("hostile-city")
    squares = [
        shapely.box(500_000 + 1000 * i, 270_000, 501_000 + 1000 * i, 271_000) for i in range(3)
    ]
    districts = gpd.GeoDataFrame(
        {"district_id": ["a", "b", "c"], "name": EVIL}, geometry=squares, crs=2180
    )
    put(project, root, "districts", districts, synthetic=True)
    places = [shapely.Point(500_100 + 900 * i, 270_500) for i in range(3)]
    stops = gpd.GeoDataFrame(
        {"stop_code": ["1", "2", EVIL[0]], "name": EVIL, "mode": ["bus"] * 3},
        geometry=places,
        crs=2180,
    )
    put(project, root, "stops", stops, synthetic=True)
    compute(project, root)
    return root


SQUARE = (500_000.0, 270_000.0)
"""The corner of the planned city, EPSG:2180: 1 km to the north and to the east are its own."""


def _at(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    e, n = SQUARE
    return shapely.box(e + west, n + south, e + east, n + north)


@pytest.fixture(scope="session")
def planned_city(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A square kilometre that is worked out by hand; invented.

    Parcel 1/2 has 10 000 m²: 6 000 of housing, 3 000 of a park, 1 000 without a plan. The same
    letter C means heating in a plan of 2003 and a cemetery in one of 2021. The park is 300 m east
    of Prosta 2, and the school 300 m and 400 m from it in two directions: 500 m.
    """
    root = tmp_path_factory.mktemp("planned-city")
    layers: dict[str, dict[str, list[object]]] = {
        "districts": {
            "district_id": ["d"], "name": ["Cała"], "geometry": [_at(0, 0, 1000, 1000)],
        },
        "parcels": {
            "parcel_id": ["247401_1.0001.1/2", "247401_1.0001.11/2", "247401_1.0002.7"],
            "geometry": [
                _at(100, 100, 200, 200), _at(200, 100, 300, 200), _at(0, 600, 1000, 1000)],
        },
        "mpzp": {
            "area_id": ["a", "b", "c", "d"], "plan_id": ["P1", "P1", "P1", "P2"],
            "symbol": ["3MN", "1ZP", "1C", "1C"], "use": ["MN", "ZP", "C", "C"],
            "basis": ["2003", "2003", "2003", "2021"],
            "geometry": [
                _at(100, 100, 160, 200), _at(160, 100, 190, 200), _at(400, 100, 500, 200),
                _at(600, 100, 700, 200)],
        },
        "addresses": {
            "address_id": ["1", "2"], "label": ["ul. Prosta 2", "ul. Prosta 12"],
            "people": [3, 4], "geometry": [_at(0, 300, 0, 300).centroid, _at(9, 9, 9, 9).centroid],
        },
        "greenery": {
            "green_id": ["g", "s"], "kind": ["park", "street"], "name": ["Park Łąkowy", EVIL[0]],
            "public": [True, True],
            "geometry": [_at(300, 200, 400, 400), _at(10, 300, 200, 400)],
        },
        "schools": {
            "school_id": ["1", "2"], "name": ["Szkoła nr 1", "Liceum"],
            "level": ["primary", "secondary"], "geometry": [
                _at(300, 700, 300, 700).centroid, _at(1, 300, 1, 300).centroid],
        },
    }  # fmt: skip
    for layer_id, columns in layers.items():
        put(project, root, layer_id, gpd.GeoDataFrame(columns, crs=2180), synthetic=True)
    return root


class _Page(HTMLParser):
    """Balanced tags, unique ids, headings in order, and every address that the page names."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.links: list[str] = []
        self.loads: list[tuple[str, str]] = []
        self.attributes: set[str] = set()
        self.inline: list[str] = []
        self.data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        assert len(named) == len(attrs), f"an attribute twice on <{tag}>"
        self.attributes |= set(named)
        if "id" in named:
            self.ids.append(named["id"])
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if tag == "a":
            self.links.append(named.get("href", ""))
        elif "href" in named or "src" in named:
            self.loads.append((tag, named.get("href") or named.get("src", "")))
        if tag in ("script", "style") and "src" not in named:
            self.inline.append(tag)
        if tag == "data":
            self.data.append(named["value"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        last = self.open.pop()
        assert last == tag, f"</{tag}> closes <{last}> at {self.getpos()}"


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], _Page]:
    """Parse a page and refuse one that is not well formed."""

    def read(html: str) -> _Page:
        page = _Page()
        page.feed(html)
        page.close()
        assert not page.open, f"never closed: {page.open}"
        assert len(page.ids) == len(set(page.ids)), "an id stands twice"
        assert page.headings[0] == 1 and page.headings.count(1) == 1
        steps = zip(page.headings, page.headings[1:], strict=False)
        assert all(b <= a + 1 for a, b in steps), f"a heading level is skipped: {page.headings}"
        return page

    return read

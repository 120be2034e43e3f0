"""Coordinate systems of the API: values, axis order, boxes and filters, in each CRS of the city."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from starlette.testclient import TestClient

from geo.crs import METRIC, served_in, uri

ITEMS = "/api/collections/assorted/items"
CODES = ("OGC:CRS84", "EPSG:4326", METRIC, "EPSG:2177", "EPSG:3857")


def decimals(code: str) -> int:
    return 7 if CRS.from_user_input(code).is_geographic else 3


def expected(town: Any, code: str) -> dict[str, np.ndarray]:
    """Return each feature's corners as PROJ gives them, in the order of the axes, rounded."""
    # Not always_xy: what comes out is in the authority's order by PROJ itself.
    turn = Transformer.from_crs(METRIC, code)
    found = {}
    for row in town.squares().itertuples():
        ring = shapely.get_coordinates(shapely.orient_polygons(row.geometry, exterior_cw=False))
        # METRIC's own order is northing, easting.
        found[row.code] = np.round(np.column_stack(turn.transform(ring[:, 1], ring[:, 0])),
                                   decimals(code))  # fmt: skip
    return found


def served(client: TestClient, **params: Any) -> dict[str, shapely.Geometry]:
    answer = client.get(ITEMS, params=params)
    assert answer.status_code == 200, answer.text
    features = answer.json()["features"]
    return {one["id"]: shapely.geometry.shape(one["geometry"]) for one in features}


def test_the_city_is_served_in_five_systems(client: TestClient, town: Any) -> None:
    assert served_in(town.project.site.zone) == CODES
    found = client.get("/api/collections/assorted").json()
    assert found["crs"] == [uri(code) for code in CODES]
    assert found["storageCrs"] == uri("OGC:CRS84")
    parameters = client.get("/api/openapi").json()["components"]["parameters"]
    for name in ("crs", "bbox-crs", "filter-crs"):
        assert parameters[name]["schema"]["enum"] == [uri(code) for code in CODES]


@pytest.mark.parametrize("code", CODES)
def test_every_coordinate_is_what_proj_says(client: TestClient, town: Any, code: str) -> None:
    found = served(client, crs=uri(code), limit=100)
    wanted = expected(town, code)
    assert set(found) == set(wanted)
    for key, shape in found.items():
        mine = shapely.get_coordinates(shape)
        # Corners may begin elsewhere in the ring; each one is there to the last digit.
        assert {tuple(xy) for xy in mine.tolist()} == {tuple(xy) for xy in wanted[key].tolist()}
        assert np.array_equal(mine, np.round(mine, decimals(code)))


@pytest.mark.parametrize("code", CODES)
def test_the_first_axis_is_the_authoritys(client: TestClient, code: str) -> None:
    shape = next(iter(served(client, crs=uri(code), limit=1).values()))
    first = CRS.from_user_input(code).axis_info[0].direction.lower()
    west, north = shapely.get_coordinates(shape).min(axis=0)
    places = {"OGC:CRS84": (19.0, 50.2), "EPSG:4326": (50.2, 19.0), METRIC: (268_000, 501_000),
              "EPSG:2177": (5_571_000, 6_572_000), "EPSG:3857": (2_116_000, 6_489_000)}  # fmt: skip
    assert np.allclose((west, north), places[code], rtol=2e-3)
    assert (first == "north") == (code in ("EPSG:4326", METRIC, "EPSG:2177"))


@pytest.mark.parametrize("code", CODES)
def test_a_page_and_one_feature_say_the_same_with_their_header(
    client: TestClient, code: str
) -> None:
    page = client.get(ITEMS, params={"crs": uri(code), "limit": 5, "sortby": "-rank"})
    assert page.headers["content-crs"] == f"<{uri(code)}>"
    for feature in page.json()["features"]:
        one = client.get(f"{ITEMS}/{quote(feature['id'])}", params={"crs": uri(code)})
        assert one.headers["content-crs"] == f"<{uri(code)}>"
        assert one.json()["geometry"] == feature["geometry"]
        assert one.json()["properties"] == feature["properties"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    code=st.sampled_from(CODES),
    corner=st.tuples(st.floats(-0.1, 1.0), st.floats(-0.5, 1.2)),
    size=st.tuples(st.floats(0, 0.5), st.floats(0, 1.0)),
)
def test_a_box_finds_what_it_touches_in_its_own_system(
    client: TestClient, code: str, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    shapes = served(client, crs=uri(code), limit=100)
    bounds = shapely.total_bounds(list(shapes.values()))
    low = bounds[:2] + np.array(corner) * (bounds[2:] - bounds[:2])
    high = low + np.array(size) * (bounds[2:] - bounds[:2])
    low, high = np.round(low, 9), np.round(high, 9)
    box = shapely.box(*low, *high) if (high > low).all() else shapely.multipoints([low, high])
    if not (high > low).all():
        box = shapely.envelope(box)
    wanted = {key for key, shape in shapes.items() if shapely.intersects(shape, box)}
    text = ",".join(repr(float(side)) for side in (*low, *high))
    found = served(client, bbox=text, limit=100, crs=uri(code), **{"bbox-crs": uri(code)})
    assert set(found) == wanted
    ring = shapely.to_wkt(shapely.box(*low, *high), rounding_precision=-1)
    if (high - low > 1e-6).all():
        asked = {"filter": f"S_INTERSECTS(geometry, {ring})", "filter-crs": uri(code)}
        assert set(served(client, limit=100, **asked)) == wanted


@pytest.mark.parametrize("code", CODES)
def test_what_was_read_is_found_again(client: TestClient, code: str) -> None:
    shapes = served(client, crs=uri(code), limit=100)
    for key, shape in list(shapes.items())[::13]:
        text = shapely.to_wkt(shape, rounding_precision=-1)
        asked = {"filter": f"S_EQUALS(geometry, {text})", "filter-crs": uri(code)}
        assert list(served(client, **asked)) == [key]


def test_the_edge_of_a_box_is_no_straight_line_elsewhere(client: TestClient, town: Any) -> None:
    """The side of a wide box in PL-2000 is a curve in degrees: its corners alone would miss it."""
    code = "EPSG:2177"
    shapes = served(client, crs=uri(code), limit=100)
    south = min(shapely.bounds(shape)[0] for shape in shapes.values())
    turn = Transformer.from_crs(code, "OGC:CRS84")
    # 400 km wide, its lower edge 1 mm below the upper edge of the southernmost square.
    low = south + 0.001
    corners = turn.transform([low, low], [6_300_000, 6_700_000])[1]
    middle = turn.transform(low, 6_500_000)[1]
    assert middle - max(corners) > 0.01  # degrees: a kilometre
    box = f"5000000,6300000,{low},6700000"
    found = served(client, bbox=box, limit=100, **{"bbox-crs": uri(code)})
    wanted = {key for key, shape in shapes.items() if shapely.bounds(shape)[0] <= low}
    assert set(found) == wanted and wanted
    # The whole plane of a map that is zoomed far out is a box as well.
    whole = served(client, bbox="-9e6,-9e6,9e6,9e6", limit=100, **{"bbox-crs": uri(code)})
    assert len(whole) == 40


def test_a_site_without_a_named_zone_has_that_of_its_place(town: Any) -> None:
    site = town.project.site
    for west, zone in ((14.2, "EPSG:2176"), (18.9, "EPSG:2177"), (21.0, "EPSG:2178"),
                       (23.5, "EPSG:2179")):  # fmt: skip
        moved = site.model_copy(update={"zone_crs": "", "bbox": (west, 50.0, west + 0.1, 50.1)})
        assert moved.zone == zone
    assert site.model_copy(update={"zone_crs": "EPSG:2179"}).zone == "EPSG:2179"

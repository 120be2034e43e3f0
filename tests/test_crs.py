"""EPSG codes, axis order and reprojection against PROJ, and places that everybody knows."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import CRS

from geo import crs
from geo.errors import CRSMismatchError

POZNAN = shapely.Point(16.925, 52.406)


def test_reproject_keeps_x_first_and_lands_poznan_in_poznan() -> None:
    (there,) = crs.reproject(np.array([POZNAN]), crs.CRS84, crs.METRIC)
    assert (there.x, there.y) == pytest.approx((358_800, 506_900), abs=600)
    (back,) = crs.reproject(np.array([there]), crs.METRIC, crs.CRS84)
    assert back.equals_exact(POZNAN, 1e-9)


def test_reproject_leaves_the_input_and_missing_geometries_alone() -> None:
    given = np.array([POZNAN, None])
    out = crs.reproject(given, crs.CRS84, crs.METRIC)
    assert out[1] is None
    assert given[0].equals(POZNAN)


@pytest.mark.parametrize("code", [*crs.PL_2000, crs.METRIC, "EPSG:4326"])
def test_polish_systems_are_northing_first(code: str) -> None:
    assert crs.northing_first(code)


def test_crs84_and_web_mercator_are_not() -> None:
    assert not crs.northing_first(crs.CRS84)
    assert not crs.northing_first("EPSG:3857")


def test_same_sees_through_axis_order_and_prj_files() -> None:
    assert crs.same("EPSG:4326", crs.CRS84)
    assert crs.same(CRS.from_epsg(2180).to_wkt("WKT1_ESRI"), "EPSG:2180")
    assert not crs.same("EPSG:2177", "EPSG:2178")
    assert not crs.same("EPSG:2180", "EPSG:4326")


def test_a_box_is_reprojected_with_its_whole_edge() -> None:
    # The northern edge of a box in degrees is an arc in metres: its middle lies outside
    # of what two corners give.
    west, south, east, north = 14.0, 49.0, 24.0, 54.9
    edge = crs.reproject(
        np.array([shapely.Point(19.0, south), shapely.Point(west, south)]), crs.CRS84, crs.METRIC
    )
    bounds = crs.reproject_bounds((west, south, east, north), crs.CRS84, crs.METRIC)
    assert bounds[1] == pytest.approx(edge[0].y, abs=1.0)
    assert edge[1].y - bounds[1] > 1_000


def test_an_unknown_code_is_named() -> None:
    with pytest.raises(CRSMismatchError, match="EPSG:999999"):
        crs.parse("EPSG:999999")


def test_uri() -> None:
    assert crs.uri("EPSG:2180") == "http://www.opengis.net/def/crs/EPSG/0/2180"
    assert crs.uri(crs.CRS84) == crs.CRS84_URI

"""Lengths along and across hostile borders: every metre stands once, by both forms."""

from __future__ import annotations

import hostile
import numpy as np
import pytest
import rational
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure import engine
from geo.measure.kernels import piece_geometries
from geo.measure.zones import Zones

SEEDS = st.integers(0, 2**32 - 1)
FORMS = ("compiled", "plain")
E, N = 500_000.0, 700_000.0


def _table(measured, lines, zones):
    out = np.zeros((len(lines), len(zones)))
    out[measured.pieces.feature, measured.pieces.zone] = measured.pieces.measure
    return out


def _closes(measured, lines, zones):
    found = _table(measured, lines, zones)
    scale = np.ptp(shapely.total_bounds(lines).reshape(2, 2), axis=0).max()
    gaps = found.sum(axis=1) + measured.outside - measured.repeated - measured.total
    assert np.abs(gaps).max() <= 1e-9 * scale
    return found, scale


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=60)
@given(SEEDS, st.sampled_from([1.0, 100.0, 1e4]), st.booleans())
def test_lengths_close_on_borders_that_rounding_has_bent(form, seed, size, overlapping):
    rng = np.random.default_rng(seed)
    zones = hostile.zones(rng, (E, N), size, overlapping=overlapping)
    lines = hostile.lines(rng, zones, (E, N), size, between=not overlapping)
    measured = engine.length_in_zones(lines, Zones(zones), form=form)
    _closes(measured, lines, zones)


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=40)
@given(SEEDS)
def test_lengths_are_the_exact_ones_where_no_border_is_bent(form, seed):
    """Zones of many parts, like the fields of a chessboard, at whole coordinates."""
    rng = np.random.default_rng(seed)
    side = int(rng.integers(2, 9))
    fields = [[shapely.box(x, y, x + 1, y + 1) for x in range(side) for y in range(side)
               if (x + y) % 2 == colour] for colour in (0, 1)]  # fmt: skip
    zones = hostile.put([shapely.MultiPolygon(mine) for mine in fields], (E, N), 64.0)
    walk = rng.integers(-1, side + 2, (int(rng.integers(2, 6)), 2))
    lines = hostile.put([shapely.LineString(walk)], (E, N), 64.0)
    if not shapely.length(lines).all():
        return
    measured = engine.length_in_zones(lines, Zones(zones), form=form)
    found, scale = _closes(measured, lines, zones)
    inside, outside = rational.lengths(lines[0], zones)
    assert found[0] == pytest.approx(inside, abs=1e-9 * scale)
    assert measured.outside[0] == pytest.approx(outside, abs=1e-9 * scale)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "wkt",
    [
        "LINESTRING (5 5, 15 5, 5 5)",
        "MULTILINESTRING ((5 5, 15 5), (15 5, 5 5))",
        "LINESTRING (5 5, 15 5, 15 5, 12 5, 8 5)",
        "LINESTRING (10 2, 10 8, 10 2)",
        "LINESTRING (5 5, 25 5, 5 5)",
        "LINESTRING (5 5, 15 5, 15 9, 10 0, 10 9, 10 5)",
    ],
)
def test_there_and_back_is_two_ways(form, wkt):
    """GEOS keeps once what a line walks twice; the line's own length does not."""
    zones = hostile.put([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], (E, N), 1.0)
    lines = hostile.put([shapely.from_wkt(wkt)], (E, N), 1.0)
    places = Zones(zones)
    measured = engine.length_in_zones(lines, places, form=form)
    found, _ = _closes(measured, lines, zones)
    inside, outside = rational.lengths(lines[0], zones)
    assert found[0] == pytest.approx(inside, abs=1e-9)
    assert measured.outside[0] == pytest.approx(outside, abs=1e-9)
    drawn = piece_geometries(lines, places, measured.pieces, 1)
    assert shapely.length(drawn) == pytest.approx(measured.pieces.measure, abs=1e-9)


def _bent():
    """Two districts; one has a corner on the long border of the other, rounded off it."""
    west = shapely.Polygon([(E, N), (E + 70.0, N), (E + 77.3, N + 100.0), (E, N + 100.0)])
    along = np.array([0.013, 0.31, 0.77])[:, None]
    corners = np.array([E + 70.0, N]) + along * np.array([7.3, 100.0])
    east = shapely.Polygon(
        [(E + 70.0, N), (E + 150.0, N), (E + 150.0, N + 100.0), (E + 77.3, N + 100.0),
         *corners[::-1].tolist()]
    )  # fmt: skip
    return west, east


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("third", [False, True])
def test_a_street_along_a_border_with_other_vertices_on_each_side(form, order, third):
    """It was in both districts, or twice in one; with a third that truly overlaps as well."""
    pair = _bent()
    zones = [pair[row] for row in order]
    if third:
        zones.append(shapely.box(E + 20.0, N + 20.0, E + 40.0, N + 130.0))
    places = np.array(zones, dtype=object)
    border = shapely.LineString([(E + 70.0, N), (E + 77.3, N + 100.0)])
    lines = np.array([border, shapely.LineString([*border.coords, border.coords[0]])])
    measured = engine.length_in_zones(lines, Zones(places), form=form)
    found, _ = _closes(measured, lines, places)
    expected = np.zeros((2, len(zones)))
    expected[:, 0] = border.length, 2 * border.length
    assert found == pytest.approx(expected, abs=1e-6)
    assert measured.outside == pytest.approx(0.0, abs=1e-9)
    assert measured.repeated == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_corners_that_were_reckoned_twice(form):
    """The same corner, a rounding apart in each file: a border is a border still."""
    a, b = np.array([E + 10.1, N]), np.array([E + 17.7, N + 33.3])
    hair = np.array([1.2e-10, 0.0])
    zones = np.array(
        [
            shapely.Polygon([(E, N), a, b, (E, N + 33.3)]),
            shapely.Polygon([a + hair, (E + 40, N), (E + 40, N + 33.3), b - hair]),
        ],
        dtype=object,
    )
    line = np.array([shapely.LineString([a, b])])
    measured = engine.length_in_zones(line, Zones(zones), form=form)
    found, _ = _closes(measured, line, zones)
    assert found[0].tolist() == pytest.approx([line[0].length, 0.0], abs=1e-8)

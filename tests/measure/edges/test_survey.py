"""Features looked over in WKB: what is not read is measured all the same."""

from __future__ import annotations

import drawing
import lattice
import numpy as np
import pyarrow as pa
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.edges import flat
from geo.measure.edges.area import area_outside, area_pieces
from geo.measure.edges.index import index
from geo.measure.edges.length import line_zones, measure_lengths
from geo.measure.edges.sweep import UNSETTLED, homes

SEEDS = st.integers(0, 2**32 - 1)


def _column(shapes, cuts=()):
    blobs = shapely.to_wkb(shapes, byte_order=1)
    return pa.chunked_array([pa.array(part, pa.binary()) for part in np.split(blobs, cuts)])


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(0, 40), st.integers(0, 40))
def test_what_is_wanted_is_read_and_the_rest_has_no_ring(seed, count, cut):
    rng = np.random.default_rng(seed)
    shapes = lattice.place(lattice.polygons(count, rng))
    wanted = rng.random(count) < 0.5
    column = _column(shapes, (min(cut, count),))
    whole, found = flat.polygons(shapes), flat.survey_polygons(column)
    some = flat.of_polygons(found, wanted)
    assert np.array_equal(some.areas_m2, whole.areas_m2)
    assert np.array_equal(some.boxes, whole.boxes)
    assert not np.diff(some.geoms)[~wanted].any()
    alone = flat.polygons(shapes[wanted])
    for name in ("xy", "rings", "signs"):
        assert np.array_equal(getattr(some, name), getattr(alone, name))
    assert np.array_equal(np.diff(some.geoms)[wanted], np.diff(alone.geoms))


def test_areas_need_the_coordinates_of_unsettled_polygons_only():
    rng = np.random.default_rng(3)
    zones = flat.polygons(drawing.stars(6, 900.0, 200, rng))
    shapes = drawing.stars(400, 900.0, 20, rng)
    whole = flat.polygons(shapes)
    places = index(zones, whole.boxes)
    home = homes(places, whole.boxes)
    some = flat.of_polygons(flat.survey_polygons(_column(shapes, (7, 150))), home == UNSETTLED)
    assert 0 < len(some.xy) < len(whole.xy)
    one, other = (area_pieces(each, places, home) for each in (whole, some))
    for name in ("feature", "zone", "measure", "whole"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    outside = [area_outside(each, places, home) for each in (whole, some)]
    assert np.array_equal(*outside)


def test_lengths_need_the_coordinates_of_unsettled_lines_only():
    rng = np.random.default_rng(4)
    zones = flat.polygons(drawing.stars(6, 900.0, 200, rng))
    walks = drawing.walks(300, 900.0, rng)
    shapes = np.append(shapely.segmentize(walks, 5.0), shapely.multilinestrings(walks[:9]))
    whole = flat.lines(shapes)
    places = line_zones(zones, whole)
    home = homes(places.zones, whole.boxes)
    some = flat.of_lines(flat.survey_lines(_column(shapes, (100,))), home == UNSETTLED)
    np.testing.assert_allclose(some.lengths_m, shapely.length(shapes), rtol=1e-14)
    one, other = (measure_lengths(each, places, home) for each in (whole, some))
    assert np.array_equal(one.outside_m, other.outside_m)
    for name in ("feature", "zone", "measure"):
        assert np.array_equal(getattr(one.pieces(), name), getattr(other.pieces(), name))

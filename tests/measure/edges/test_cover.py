"""The zones' own ground: shared edges cancel, what remains is the border of their union."""

from __future__ import annotations

import drawing
import lattice
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure.edges import flat
from geo.measure.edges.cover import ALONE, FIRST, LATER, LOST, NO_EDGE, cover, partners

SEEDS = st.integers(0, 2**32 - 1)


def _segments(shapes):
    """Edges as rows (x1, y1, x2, y2) from west to east, sorted."""
    edges = np.concatenate((shapes.xy[:-1], shapes.xy[1:]), axis=1)
    edges = np.delete(edges, shapes.rings[1:-1] - 1, axis=0)
    turn = (edges[:, 0] > edges[:, 2]) | (
        (edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3])
    )
    edges[turn] = edges[turn][:, [2, 3, 0, 1]]
    return edges[np.lexsort(edges.T)]


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(1, 6), st.integers(1, 6))
def test_the_cover_of_a_partition_is_its_outer_border(seed, columns, rows):
    rng = np.random.default_rng(seed)
    zones = drawing.jittered(columns, rows, 100.0, rng)
    zones[::2] = shapely.reverse(zones[::2])
    found = cover(flat.polygons(zones))
    border = flat.polygons(np.array([shapely.union_all(zones)]))
    assert np.array_equal(_segments(found), _segments(border))
    np.testing.assert_allclose(found.areas_m2, border.areas_m2, rtol=1e-12)
    assert np.array_equal(found.boxes, border.boxes)
    assert found.size == 1


def test_partners_know_who_comes_first():
    zones = flat.polygons(lattice.place(drawing.squares((0, 0, 1, 1), (1, 0, 2, 1))))
    ranks = partners(zones)
    upright = zones.xy[:-1, 0] == zones.xy[1:, 0]
    shared = np.flatnonzero(upright & (zones.xy[:-1, 0] == lattice.EAST + 1) & (np.arange(9) != 4))
    assert ranks[shared].tolist() == [FIRST, LATER]
    others = np.delete(ranks, shared)
    assert others.tolist() == [ALONE] * 3 + [NO_EDGE] + [ALONE] * 3 + [NO_EDGE]


def test_what_leads_from_a_ring_to_the_next_is_no_edge():
    """The first zone ends at (4, 2) and the second begins at (4, 6), as an edge of the third."""
    west = [(4, 2), (4, 6), (0, 6), (0, 2), (4, 2)]
    north = [(4, 6), (4, 12), (0, 12), (0, 6), (4, 6)]
    east = [(12, 2), (12, 8), (4, 8), (4, 6), (4, 2), (12, 2)]
    shapes = lattice.place(np.array([shapely.Polygon(ring) for ring in (west, north, east)]))
    ranks = partners(flat.polygons(shapes))
    assert ranks[[0, 13]].tolist() == [FIRST, LATER]
    assert (ranks[[4, 9, 15]] == NO_EDGE).all()


def test_of_three_that_share_an_edge_who_has_lost_it():
    """The north comes first; both copies of the south have an earlier zone on the other side."""
    zones = flat.polygons(lattice.place(drawing.squares((0, 1, 1, 2), (0, 0, 1, 1), (0, 0, 1, 1))))
    level = zones.xy[:-1, 1] == zones.xy[1:, 1]
    shared = np.flatnonzero(level & (zones.xy[:-1, 1] == lattice.NORTH + 1))
    assert partners(zones)[shared].tolist() == [FIRST, LATER, LOST]


def test_a_later_partner_does_not_win_back_what_was_lost():
    squares = ((0, 1, 1, 2), (0, 0, 1, 1), (0, 0, 1, 1), (0, 1, 1, 2))
    zones = flat.polygons(lattice.place(drawing.squares(*squares)))
    level = zones.xy[:-1, 1] == zones.xy[1:, 1]
    shared = np.flatnonzero(level & (zones.xy[:-1, 1] == lattice.NORTH + 1))
    assert partners(zones)[shared].tolist() == [FIRST, LATER, LATER, LATER]


def test_zones_that_overlap_keep_their_borders():
    zones = flat.polygons(lattice.place(drawing.squares((0, 0, 4, 4), (1, 1, 5, 5), (0, 0, 4, 4))))
    assert set(partners(zones).tolist()) == {ALONE, NO_EDGE}
    assert cover(zones).areas_m2.tolist() == [48]


def test_no_zones_have_no_cover():
    nothing = flat.polygons(np.empty(0, dtype=object))
    assert cover(nothing).size == 0
    hidden = flat.polygons(np.array([shapely.Polygon()], dtype=object))
    assert len(cover(hidden).xy) == 0

"""A ring and a zone: rings that just fill their blocks, and edges of hardly any width."""

from __future__ import annotations

import drawing
import numpy as np
import pytest
import shapely

from geo.measure.edges import flat
from geo.measure.edges.area import area_pieces
from geo.measure.edges.index import index
from geo.measure.edges.pair import BLOCK, FAN, SHORT

LEVEL = BLOCK * SHORT
"""Edges of a ring beyond which blocks get blocks above them."""
SIZES = [
    edges + more
    for edges in (BLOCK, 2 * BLOCK, LEVEL - BLOCK, LEVEL, LEVEL + BLOCK, LEVEL * FAN)
    for more in (-1, 0, 1)
]


def _areas(shapes, zones, step_m=None):
    made = flat.polygons(shapes)
    found = area_pieces(made, index(flat.polygons(zones), made.boxes, step_m))
    out = np.zeros((len(shapes), len(zones)))
    out[found.feature, found.zone] = found.measure
    return out


def _ring(edges):
    """A star of so many edges, half of them long: valid, and it crosses whatever is near."""
    angle = 2 * np.pi * np.arange(edges) / edges
    reach = np.where(np.arange(edges) % 2, 400.0, 380.0 + 100 * np.sin(3 * angle))
    x, y = reach * np.cos(angle) + 450, reach * np.sin(angle) + 450
    return shapely.Polygon(np.stack((x + drawing.EAST, y + drawing.NORTH), axis=1))


def test_rings_that_fill_their_blocks_and_levels_or_all_but():
    """All rings of one call share one table: what a longer one left in it is not counted."""
    rng = np.random.default_rng(9)
    shapes = np.array([_ring(edges) for edges in SIZES])
    shapes = np.concatenate((shapes, shapely.reverse(shapes[::-1])))
    assert shapely.is_valid(shapes).all()
    zones = drawing.jittered(4, 4, 210.0, rng)
    expected = shapely.area(shapely.intersection(shapes[:, None], zones[None, :]))
    np.testing.assert_allclose(_areas(shapes, zones), expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("hair", [5e-324, 1e-310, 1e-150])
def test_an_edge_of_hardly_any_width_is_upright(hair):
    """Its slope has no number: what is multiplied by it would be none either."""
    leaning = shapely.Polygon([(0, 0), (10, 0), (10, 10), (hair, 10)])
    zones = np.array([leaning, shapely.box(-5, -5, 5, 5), shapely.box(-5, 5, 20, 20)])
    shapes = np.append(zones, shapely.box(-1, 1, 3, 3))
    expected = [[100, 25, 50], [25, 100, 0], [50, 0, 375], [6, 8, 0]]
    np.testing.assert_allclose(_areas(shapes, zones), expected, rtol=1e-12)


def _walks(ring):
    """The same ring from each of its vertices, either way round."""
    for way in (ring, ring[::-1]):
        for first in range(len(ring)):
            yield way[first:] + way[:first]


def test_runs_of_rings_that_wind_otherwise_are_not_joined():
    """Over the feature lies a hole like an arch, and over that the zone's outer ring."""
    square = [(-10, -10), (20, -10), (20, 20), (-10, 20)]
    arch = [(-2, -5), (-2, 4), (3, 4), (3, -5), (6, -5), (6, 8), (-5, 8), (-5, -5)]
    zones = [
        shapely.Polygon(outer, [inner])
        for outer in (square, square[::-1])
        for inner in _walks(arch)
    ]
    features = shapely.box([0, -4], [0, 5], [1, 7], [1, 6])
    expected = np.repeat([[1.0], [1.0]], len(zones), axis=1)
    assert np.array_equal(_areas(features, np.array(zones), 100.0), expected)

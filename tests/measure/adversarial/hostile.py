"""Input that looks for trouble: at the coordinates of EPSG:2180 and far beyond them.

Every coordinate is a float as a file would hold it, so that what should lie
on a slanted border lies a rounding beside it.
"""

from __future__ import annotations

import math

import numpy as np
import shapely

PLACES = ((0.0, 0.0), (500_000.0, 700_000.0), (1e6, 1e6), (5_432_101.3, 7_654_321.7), (1e7, -1e7))
SIZES = (1e-6, 1e-3, 1.0, 100.0, 1e5)
"""Metres: of micrometres, of a doorstep, of a country."""


def rounding(place, size) -> float:
    """Metres: the last digit of a coordinate."""
    return math.ulp(max(abs(place[0]), abs(place[1])) + size)


def put(shapes, place, size):
    """Scale shapes of the unit square and move them, coordinate by coordinate."""
    return np.array(
        shapely.transform(np.array(shapes, dtype=object), lambda xy: xy * size + place),
        dtype=object,
    )


def _slanted(rng) -> list:
    """A strip of zones cut from a turned rectangle, with vertices along the common borders."""
    count, zones = int(rng.integers(1, 5)), []
    across = np.sort(rng.random(count + 1)) if rng.random() < 0.5 else np.linspace(0, 1, count + 1)
    lean = rng.uniform(-0.4, 0.4, count + 1)
    for west, east, a, b in zip(across[:-1], across[1:], lean[:-1], lean[1:], strict=True):
        up = np.concatenate(([0.0], np.sort(rng.random(int(rng.integers(0, 4)))), [1.0]))
        down = np.concatenate(([0.0], np.sort(rng.random(int(rng.integers(0, 4)))), [1.0]))[::-1]
        ring = [(east + 2 + b * y, y) for y in up] + [(west + 2 + a * y, y) for y in down]
        zones.append(shapely.Polygon([(x / 4, y) for x, y in ring]))
    return [zone for zone in zones if zone.is_valid and zone.area > 0]


def _around_a_corner(rng) -> list:
    """Triangles that share one vertex, with empty ground between some of them."""
    turns = np.sort(rng.uniform(0, 2 * math.pi, int(rng.integers(3, 8))))
    rim = [(0.5 + 0.5 * math.cos(t), 0.5 + 0.5 * math.sin(t)) for t in turns]
    pairs = list(zip(rim, np.roll(rim, -1, axis=0).tolist(), strict=True))
    kept = [pair for pair in pairs if rng.random() < 0.7] or pairs[:1]
    made = [shapely.Polygon([(0.5, 0.5), one, other]) for one, other in kept]
    turns_are_small = [zone for zone in made if zone.is_valid and zone.area > 0]
    apart = []
    for zone in turns_are_small:
        if all(zone.intersection(other).area == 0 for other in apart):
            apart.append(zone)
    return apart


def _nested(rng) -> list:
    """A zone with a hole, which another zone fills, whose hole a third one fills."""
    sides = np.sort(rng.uniform(0.02, 0.48, 3))
    boxes = [shapely.box(s, s, 1 - s, 1 - s) for s in sides]
    zones = [boxes[0].difference(boxes[1]), boxes[1].difference(boxes[2]), boxes[2]]
    return [zones[row] for row in rng.permutation(3)]


def _crumbs(rng) -> list:
    """Two zones of hundreds of parts, like the fields of a chessboard."""
    side = int(rng.integers(4, 13))
    cells = [shapely.box(x, y, x + 1, y + 1) for x in range(side) for y in range(side)]
    shapes = []
    for colour in (0, 1):
        mine = [cell for k, cell in enumerate(cells) if (k // side + k % side) % 2 == colour]
        shapes.append(shapely.MultiPolygon(mine))
    return list(shapely.transform(np.array(shapes, dtype=object), lambda xy: xy / side))


def _slivers(rng) -> list:
    """Neighbours of which one is a strip as thin as 1e-9 of its length."""
    thin = 10.0 ** rng.uniform(-9, -2)
    y = rng.uniform(0, 0.5)
    return [
        shapely.Polygon([(0, y), (1, y + 0.3), (1, y + 0.3 + thin), (0, y + thin)]),
        shapely.Polygon([(0, y + thin), (1, y + 0.3 + thin), (1, 1), (0, 1)]),
        shapely.Polygon([(0, 0), (1, 0), (1, y + 0.3), (0, y)]),
    ]


MENU = (_slanted, _around_a_corner, _nested, _crumbs, _slivers)


def zones(rng, place, size, *, overlapping=False):
    """Valid zones; shape (k,). They overlap by rounding alone, or else some of them surely do."""
    while True:
        menu = (_slanted,) if overlapping else MENU
        drawn = put(menu[int(rng.integers(len(menu)))](rng), place, size)
        drawn = drawn[shapely.is_valid(drawn) & (shapely.area(drawn) > 0)]
        if len(drawn) and (_overlap(drawn) > 1e-9 * size**2) == overlapping:
            return drawn


def _overlap(drawn) -> float:
    return float(shapely.area(drawn).sum() - shapely.area(shapely.union_all(drawn)))


def _ring(rng, count) -> np.ndarray:
    turns = np.sort(rng.uniform(0, 2 * math.pi, count))
    reach = rng.uniform(0.05, 0.7, (count, 1))
    return rng.uniform(0.1, 0.9, 2) + np.column_stack((np.cos(turns), np.sin(turns))) * reach


def somewhere(rng, digits):
    """A place and a size whose coordinates have at least so many digits left; metres."""
    while True:
        place = PLACES[int(rng.integers(len(PLACES)))]
        size = SIZES[int(rng.integers(len(SIZES)))]
        if rounding(place, size) <= 10.0**-digits * size:
            return place, size


def features(rng, places, place, size):
    """Valid polygons that fit the zones as badly as they can; shape (n,)."""
    made = [*places]  # equal to zones
    made += [shapely.union_all(places), shapely.box(*shapely.total_bounds(places))]
    west, south, east, north = shapely.total_bounds(places).tolist()
    grown = max(east - west, north - south)
    made.append(shapely.box(west - grown, south - grown, east + grown, north + grown))
    corners = shapely.get_coordinates(places)
    for _ in range(4):  # corners of zones, joined anyhow
        made.append(shapely.Polygon(corners[rng.integers(len(corners), size=4)]))
    for count in (3, 5, 9):
        made += list(put([shapely.Polygon(_ring(rng, count))], place, size))
    for _ in range(2):  # a strip along a border
        k = int(rng.integers(len(corners) - 1))
        a, b = corners[k], corners[k + 1]
        aside = (b - a)[::-1] * (1, -1) * 10.0 ** rng.uniform(-9, -1)
        made.append(shapely.Polygon([a, b, b + aside, a + aside]))
    far = put([shapely.box(0, 0, 1e-3, 1e-3), shapely.box(0.99, 0.99, 1, 1)], place, size)
    made.append(shapely.MultiPolygon(list(far)))
    # A spike that is valid, repeated points, and a ring that begins anywhere.
    spiked = [
        (0.1, 0.1),
        (0.5, 0.1),
        (0.5, 0.9),
        (0.5000001, 0.1),
        (0.9, 0.1),
        (0.9, 0.3),
        (0.1, 0.3),
    ]
    spiked = np.roll(np.repeat(spiked, 2, axis=0), int(rng.integers(14)), axis=0)
    made += list(put([shapely.Polygon(spiked)], place, size))
    some = np.array(made, dtype=object)
    return some[shapely.is_valid(some) & (shapely.area(some) > 0)]


def lines(rng, places, place, size, *, between=True):
    """Lines along borders, over corners, there and back; shape (n,).

    `between`: some have a vertex in the middle of a border, as well as floats can.
    """
    made = []
    for zone in places:
        rings = shapely.get_rings(shapely.get_parts(zone))
        xy = shapely.get_coordinates(rings[int(rng.integers(len(rings)))])
        made += [shapely.LineString(xy), shapely.LineString(xy[: len(xy) // 2 + 1][::-1])]
        made.append(shapely.LineString([xy[0], xy[1], xy[0]]))
        middle = (xy[0] + xy[1]) / 2
        if between:
            made.append(shapely.LineString([xy[0], middle, xy[1], xy[1]]))
        made.append(shapely.MultiLineString([xy[:2], xy[:2][::-1]]))
    walk = rng.random((int(rng.integers(2, 7)), 2))
    made += list(put([shapely.LineString(walk)], place, size))
    upright = walk.copy()
    upright[:, 0] = upright[0, 0]
    made += list(put([shapely.LineString(upright)], place, size))
    corners = shapely.get_coordinates(places)
    made.append(shapely.LineString(corners[rng.integers(len(corners), size=3)]))
    some = np.array(made, dtype=object)
    return some[shapely.length(some) > 0]


def points(rng, places, place, size):
    """Points on corners, on borders as well as floats can, inside and outside; shape (n,)."""
    corners = shapely.get_coordinates(places)
    rings = shapely.get_rings(shapely.get_parts(places))
    on = shapely.line_interpolate_point(
        np.repeat(rings, 2), rng.random(2 * len(rings)), normalized=True
    )
    anywhere = shapely.points(rng.uniform(-0.2, 1.2, (20, 2)) * size + place)
    return np.concatenate((shapely.points(corners[:60]), on[:60], anywhere))

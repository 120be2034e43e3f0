"""Areas, lengths and places by rational numbers: what a kernel's floats should have been.

Nothing here shares a formula with the engine: the plane is cut into upright slabs at every vertex
and crossing, and in each slab edges are sorted by height.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import shapely

Point = tuple[Fraction, Fraction]
Edge = tuple[Point, Point]


def edges_of(shape) -> list[Edge]:
    """The edges of a polygon, multipolygon, line or multiline."""
    found = []
    for part in shapely.get_parts(shape).tolist():
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for ring in rings:
            xy = [(Fraction(x), Fraction(y)) for x, y in shapely.get_coordinates(ring).tolist()]
            found += [(a, b) for a, b in pairwise(xy) if a != b]
    return found


def _cross(a: Point, b: Point, p: Point) -> Fraction:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def _meeting(one: Edge, other: Edge) -> list[Point]:
    """Where two edges meet: nowhere, at a point, or at the ends of what they share."""
    (a, b), (c, d) = one, other
    s, t = _cross(a, b, c), _cross(a, b, d)
    u, v = _cross(c, d, a), _cross(c, d, b)
    if s * t > 0 or u * v > 0:
        return []
    if s == t:  # both 0: on one line
        return [p for p in (a, b) if _on((c, d), p)] + [p for p in (c, d) if _on((a, b), p)]
    way = s / (s - t)
    return [(c[0] + way * (d[0] - c[0]), c[1] + way * (d[1] - c[1]))]


def _on(edge: Edge, p: Point) -> bool:
    a, b = edge
    return (
        _cross(a, b, p) == 0
        and min(a[0], b[0]) <= p[0] <= max(a[0], b[0])
        and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])
    )


def _at(edge: Edge, x: Fraction) -> Fraction:
    (x1, y1), (x2, y2) = edge
    return y1 + (y2 - y1) * (x - x1) / (x2 - x1)


def common_area(one, other) -> Fraction:
    """The area that two valid polygons or multipolygons share, without rounding."""
    sets = [edges_of(one), edges_of(other)]
    cuts = {p[0] for edges in sets for edge in edges for p in edge}
    for e in sets[0]:
        for f in sets[1]:
            cuts |= {p[0] for p in _meeting(e, f)}
    total = Fraction(0)
    for west, east in pairwise(sorted(cuts)):
        middle = (west + east) / 2
        found = []
        for which, edges in enumerate(sets):
            for edge in edges:
                if min(edge[0][0], edge[1][0]) <= west and max(edge[0][0], edge[1][0]) >= east:
                    found.append((_at(edge, middle), which))
        found.sort()
        inside = [False, False]
        for (y, which), (above, _) in pairwise(found):
            inside[which] = not inside[which]
            if all(inside):
                total += (above - y) * (east - west)
    return total


def holds(shape, p: Point) -> int:
    """1 inside, 0 on the border, -1 outside."""
    odd = False
    for a, b in edges_of(shape):
        if _on((a, b), p):
            return 0
        if (a[0] <= p[0]) != (b[0] <= p[0]) and _at((a, b), p[0]) > p[1]:
            odd = not odd
    return 1 if odd else -1


def first_holder(zones, p: Point) -> int:
    """The first zone that has a point inside or on its border; -1: none."""
    return next((row for row, zone in enumerate(zones) if holds(zone, p) >= 0), -1)


def lengths(line, zones) -> tuple[list[float], float]:
    """A line's length in each zone and in none: a shared border is the first zone's.

    Zones overlap nowhere. What is walked twice counts twice.
    """
    inside, outside = [0.0] * len(zones), 0.0
    of_zones = [edges_of(zone) for zone in zones]
    for a, b in edges_of(line):
        axis = 0 if a[0] != b[0] else 1
        ways = {Fraction(0), Fraction(1)}
        for edges in of_zones:
            for edge in edges:
                ways |= {(p[axis] - a[axis]) / (b[axis] - a[axis]) for p in _meeting((a, b), edge)}
        metres = math.hypot(float(b[0] - a[0]), float(b[1] - a[1]))
        for start, end in pairwise(sorted(ways)):
            way = (start + end) / 2
            middle = (a[0] + way * (b[0] - a[0]), a[1] + way * (b[1] - a[1]))
            zone = first_holder(zones, middle)
            part = float(end - start) * metres
            if zone < 0:
                outside += part
            else:
                inside[zone] += part
    return inside, outside

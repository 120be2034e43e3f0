"""Bike paths, counted as GUS and ISO 37120 count them, and the stops of public transport."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import ops

from geo.demo.curves import GRID_M
from geo.demo.greenery import Greenery
from geo.demo.naming import NamedStreets
from geo.demo.network import Network
from geo.demo.outline import NAMES, Territory

BIKE_M = 37_000.0
"""Length times sides of all paths that are no trails, metres: about 37 km are published."""

BOTH_SIDES = ("Wojciecha Korfantego", "Michałkowicka", "Śląska")
STOPS = 138
SPACING_M = 400.0


@dataclass
class BikePaths:
    """Centre lines in EPSG:2180; every list has length n."""

    line: list[shapely.MultiLineString] = field(default_factory=list)
    name: list[str | None] = field(default_factory=list)
    sides: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    surface: list[str] = field(default_factory=list)
    counted_m: float = 0.0

    def add(
        self, line: shapely.Geometry, name: str | None, sides: int, kind: str, surface: str
    ) -> None:
        """Append a path, cut where the counted length would exceed the published one."""
        line = shapely.set_precision(line, GRID_M)
        parts = [p for p in shapely.get_parts(line) if p.geom_type == "LineString"]
        if kind != "trail":
            kept = []
            for part in parts:
                left = (BIKE_M - self.counted_m) / sides
                if left > 0:
                    piece = ops.substring(part, 0, min(left, part.length))
                    kept.append(piece)
                    self.counted_m += piece.length * sides
            parts = kept
        if parts and sum(part.length for part in parts) > 1:
            self.line.append(shapely.MultiLineString(parts))
            self.name.append(name)
            self.sides.append(sides)
            self.kind.append(kind)
            self.surface.append(surface)


def lay_bike_paths(
    ground: Territory, streets: NamedStreets, greenery: Greenery, seed: int
) -> BikePaths:
    """Lay paths through parks, along streets by their importance, and trails through woods."""
    rng = np.random.default_rng([seed, 10])
    found = BikePaths()
    for shape, kind, name in zip(greenery.shape, greenery.kind, greenery.name, strict=True):
        if kind in ("park", "forest") and shape.area > 25_000:
            use = "shared" if kind == "park" else "trail"
            for line in park_ways(shape, rng)[0 if kind == "park" else 1 :]:  # no loop in a wood
                found.add(line, name, 1, use, "gravel")
    inside = ground.city.buffer(-12)
    order = np.argsort(np.array([{"main": 0, "collector": 1, "local": 2}[k] for k in streets.kind]))
    for row in order:
        if streets.kind[row] == "local" or found.counted_m >= BIKE_M:
            continue
        both = streets.name[row] in BOTH_SIDES
        kind = str(rng.choice(["path", "shared", "lane"], p=[0.5, 0.35, 0.15]))
        surface = "asphalt" if kind == "lane" else str(rng.choice(["asphalt", "paving"]))
        line = streets.line[row]
        if not both:
            line = shapely.offset_curve(line, 7.5 if streets.kind[row] == "main" else 5.5)
        found.add(line.intersection(inside), streets.name[row], 2 if both else 1, kind, surface)
    return found


def park_ways(park: shapely.Geometry, rng: np.random.Generator) -> list[shapely.Geometry]:
    """Return a park's ways: a loop inside its edge, two bent ways across, rings about ponds."""
    largest = max(shapely.get_parts(park), key=lambda part: part.area)
    ponds = [shapely.Polygon(hole).buffer(9) for hole in largest.interiors]
    inner = shapely.Polygon(largest.exterior).buffer(-16).buffer(-14).buffer(14)
    ways: list[shapely.Geometry] = []
    for part in shapely.get_parts(inner):
        if part.geom_type != "Polygon" or part.area < 6_000:
            continue
        ring = shapely.LineString(part.exterior.simplify(1.5).coords)
        across = [_way(ring, start, rng) for start in (0.1, 0.35)]
        ways.append(ring - shapely.union_all(ponds))
        ways += [(way - shapely.union_all(ponds)).intersection(part) for way in across]
        ways += [shapely.LineString(pond.exterior.coords) for pond in ponds if part.contains(pond)]
    return ways


def _way(ring: shapely.LineString, start: float, rng: np.random.Generator) -> shapely.LineString:
    """Return a bent way from a place on a ring, a share of its length, to the far side."""
    start += rng.uniform(-0.1, 0.1)
    a, b = (
        np.array(ring.interpolate(share % 1, normalized=True).coords[0])
        for share in (start, start + 0.5)
    )
    t = np.linspace(0, 1, 17)[:, None]
    aside = np.array([a[1] - b[1], b[0] - a[0]]) * rng.uniform(-0.16, 0.16)
    return shapely.LineString(a + (b - a) * t + aside * np.sin(np.pi * t))


@dataclass(frozen=True)
class Stops:
    """Stops of public transport in EPSG:2180; every sequence has length n."""

    point: np.ndarray
    code: list[str]
    name: list[str]
    mode: list[str]


def place_stops(ground: Territory, net: Network, streets: NamedStreets) -> Stops:
    """Place pairs of stops along main streets and collectors, named after streets nearby."""
    busy = [s for s in net.streets if s.kind in ("main", "collector") and s.line.length > 350]
    busy.sort(key=lambda s: (s.kind != "main", -s.line.length))
    inside = ground.city.buffer(-40)
    points: list[shapely.Point] = []
    pairs: list[tuple[shapely.Point, shapely.Point, str]] = []
    for street in busy:
        for at in np.arange(SPACING_M / 2, street.line.length, SPACING_M):
            here = street.line.interpolate(at)
            near = points and shapely.distance(points, here).min() < SPACING_M * 0.62
            if near or not inside.contains(here) or len(pairs) == STOPS // 2:
                continue
            points.append(here)
            pairs.append((*_both_sides(street.line, at), street.name))
    return _named(pairs, points, ground, streets)


def _both_sides(line: shapely.LineString, at: float) -> tuple[shapely.Point, shapely.Point]:
    """Return a stop on either side of a street, twenty metres apart along it."""
    stops = []
    for shift, side in ((-10.0, -8.0), (10.0, 8.0)):
        a = np.array(line.interpolate(at + shift).coords[0])
        b = np.array(line.interpolate(at + shift + 1).coords[0])
        unit = (b - a) / np.hypot(*(b - a))
        spot = a + np.array([-unit[1], unit[0]]) * side
        stops.append(shapely.Point(np.round(spot, 2)))
    return stops[0], stops[1]


def _named(
    pairs: list[tuple[shapely.Point, shapely.Point, str]],
    points: list[shapely.Point],
    ground: Territory,
    streets: NamedStreets,
) -> Stops:
    rows = [i for i, name in enumerate(streets.name) if name]
    tree = shapely.STRtree(streets.line[rows])
    used: set[str] = set()
    stops, codes, names, modes = [], [], [], []
    for number, (pair, here) in enumerate(zip(pairs, points, strict=True), start=1):
        district = next(k for k, area in ground.districts.items() if area.intersects(here))
        town = "Siemianowice" if district == "centrum" else NAMES[district]
        near = tree.query(here, predicate="dwithin", distance=320)
        near = near[np.argsort(shapely.distance(streets.line[rows][near], here))]
        titles = [f"{town} {streets.name[rows[i]]}" for i in near]
        titles = [t for t in titles if t not in used and not t.endswith(pair[2])]
        title = titles[0] if titles else f"{town} {pair[2]} {number}"
        used.add(title)
        tram = pair[2] in ("Wojciecha Korfantego", "Powstańców Śląskich", "Jana Pawła II")
        for side in (0, 1):
            stops.append(pair[side])
            codes.append(f"2474011-{number:03d}0{side + 1}")
            names.append(title)
            modes.append("tram" if tram else "bus")
    return Stops(np.array(stops), codes, names, modes)

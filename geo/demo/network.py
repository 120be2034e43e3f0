"""Streets and blocks: superblocks between the drawn lines, divided until they are blocks.

A superblock is cut across its longer side again and again, by gently bent streets, until it has
the size that blocks have in its kind of quarter. Open country is not cut by streets.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import ops

from geo.demo.curves import GRID_M, ORIGIN, blob, place, smooth
from geo.demo.drawing import QUARTERS, RAILWAY, ROADS, SPOTS
from geo.demo.outline import Territory

BLOCK_SIZE_M: dict[str, tuple[float, float]] = {
    "core": (125, 78),
    "colony": (140, 80),
    "terraces": (150, 58),
    "villas": (165, 64),
    "estate": (210, 150),
    "industry": (300, 210),
    "services": (170, 120),
    "village": (190, 120),
    "park": (700, 600),
    "allotment": (300, 260),
    "cemetery": (320, 260),
    "sport": (260, 200),
    "fields": (420, 330),
    "meadow": (900, 700),
}
"""Kind of quarter -> length and width of a usual block, metres, street centre to street centre."""

MIXED_SIZE_M = (230.0, 170.0)
WIDTH_M = {"main": 22.0, "collector": 16.0, "local": 10.0, "lane": 8.0, "track": 4.5}
"""Width of the land of a street by its class; a lane has no name, a track leads to fields."""

OPEN = frozenset({"forest", "heap", "water", "meadow", "rail", "stream"})
_LANES = {"estate": "lane", "industry": "lane", "services": "lane", "fields": "track"}
_BEND = {"core": 0.012, "colony": 0.01, "estate": 0.02, "industry": 0.01, "villas": 0.045}


@dataclass(frozen=True)
class Street:
    """A centre line, EPSG:2180, with its class (main, collector, local, lane, track)."""

    line: shapely.LineString
    kind: str
    name: str = ""


@dataclass(frozen=True)
class Spread:
    """An area with its own outline in open country, EPSG:2180: a wood, a pond, the railway."""

    area: shapely.Polygon
    kind: str
    name: str


@dataclass
class Network:
    """All that parts the city's ground into blocks.

    Attributes
    ----------
    streets : list of Street
    spreads : list of Spread
        Woods, heaps, waters, railway and streams, in order of precedence.
    blocks : list of shapely.Polygon
        From street centre to street centre.
    kinds : list of str
        The kind of each block.
    """

    streets: list[Street]
    spreads: list[Spread]
    blocks: list[shapely.Polygon] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)


class Quarters:
    """Which kind of quarter a place belongs to."""

    def __init__(self) -> None:
        rows = [(k, *seed) for k, seeds in QUARTERS.items() for seed in seeds]
        self._kinds = np.array([row[0] for row in rows])
        self._xyr = np.array([row[1:] for row in rows])

    def at(self, xy: np.ndarray) -> np.ndarray:
        """Return the kind at points of shape (n, 2), EPSG:2180."""
        delta = (xy - ORIGIN)[:, None, :] - self._xyr[None, :, :2]
        distance = np.hypot(delta[..., 0], delta[..., 1]) - self._xyr[None, :, 2]
        return np.asarray(self._kinds[distance.argmin(axis=1)])


def network(ground: Territory, seed: int) -> Network:
    """Draw the streets and blocks of a city."""
    rng = np.random.default_rng([seed, 2])
    streets = [Street(line, road, name) for line, road, name in _drawn_streets(ground)]
    net = Network(streets, _spreads(ground, rng))
    lines = [street.line for street in streets]
    lines += [spread.area.exterior for spread in net.spreads if spread.kind not in ("water",)]
    lines += [district.exterior for district in ground.districts.values()]
    lines.append(ground.city.exterior)
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines, grid_size=GRID_M)]))
    quarters = Quarters()
    tree = shapely.STRtree([spread.area for spread in net.spreads])
    for face in faces:
        inside = shapely.point_on_surface(face)
        if not ground.city.contains(inside):
            continue
        hit = [net.spreads[i].kind for i in sorted(tree.query(inside, predicate="intersects"))]
        open_kind = next((kind for kind in hit if kind in OPEN and kind != "water"), None)
        if open_kind:
            net.blocks.append(face)
            net.kinds.append(open_kind)
        else:
            _divide(face, net, quarters, rng)
    return net


def _drawn_streets(ground: Territory) -> list[tuple[shapely.LineString, str, str]]:
    found = []
    for road in ROADS:
        line = shapely.LineString(smooth(place(road.anchors))).intersection(ground.city)
        longest = max(shapely.get_parts(line), key=lambda part: part.length)
        found.append((longest, road.kind, road.name))
    found.append((ground.borders["bytkow"], "collector", "Graniczna"))
    found.append((ground.borders["michalkowice"], "collector", "Obrońców Warszawy"))
    return found


def _spreads(ground: Territory, rng: np.random.Generator) -> list[Spread]:
    rail = shapely.LineString(smooth(place(RAILWAY))).buffer(11, cap_style="flat")
    found = [Spread(ground.river.buffer(13, quad_segs=3), "stream", "Brynica")]
    for district, name in (("bangow", "Rów Michałkowicki"), ("przelajka", "Potok Przełajski")):
        line = ground.borders[district]
        found.append(Spread(line.buffer(4, quad_segs=2, cap_style="flat"), "stream", name))
    found.append(Spread(rail, "rail", "Linia kolejowa"))
    spots = [(spot, blob(spot.centre, spot.radii, spot.angle_deg, rng)) for spot in SPOTS]
    found += [Spread(area, spot.kind, spot.name) for spot, area in spots if spot.kind == "water"]
    found += [Spread(area, spot.kind, spot.name) for spot, area in spots if spot.kind != "water"]
    found.append(Spread(ground.river.buffer(75, quad_segs=3), "meadow", "Łąki nad Brynicą"))
    return found


def _divide(
    face: shapely.Polygon, net: Network, quarters: Quarters, rng: np.random.Generator
) -> None:
    waiting = [face]
    while waiting:
        block = waiting.pop()
        kind, mixed = _kind_of(block, quarters)
        cut, pieces = _halve(block, kind, MIXED_SIZE_M, rng) if mixed else (None, [])
        if cut is None:
            cut, pieces = _halve(block, kind, BLOCK_SIZE_M[kind], rng)
        if cut is None:
            net.blocks.append(block)
            net.kinds.append(kind)
            continue
        street = _LANES.get(kind, "local")
        for part in shapely.get_parts(shapely.intersection(cut, block)):
            if part.length > 20:
                net.streets.append(Street(part, street))
        waiting.extend(pieces)


def _halve(
    block: shapely.Polygon, kind: str, size: tuple[float, float], rng: np.random.Generator
) -> tuple[shapely.LineString | None, list[shapely.Polygon]]:
    """Return a street through a block and its parts, trying four places to avoid tiny parts."""
    for _ in range(4):
        cut = _cut_of(block, kind, size, rng)
        if cut is None:
            break
        pieces = list(ops.split(block, cut).geoms)
        if len(pieces) > 1 and min(p.area for p in pieces) > 0.16 * size[0] * size[1]:
            return cut, pieces
    return None, [block]


def _kind_of(block: shapely.Polygon, quarters: Quarters) -> tuple[str, bool]:
    """Return the commonest kind in a block, and whether it is too mixed to be one block."""
    x0, y0, x1, y1 = block.bounds
    steps = (np.arange(6) + 0.5) / 6
    grid = np.stack(np.meshgrid(x0 + (x1 - x0) * steps, y0 + (y1 - y0) * steps), -1).reshape(-1, 2)
    inside = grid[shapely.contains_xy(block, grid)]
    if len(inside) < 4:
        inside = np.array(block.point_on_surface().coords)
    counts = Counter(quarters.at(inside).tolist())
    kind, votes = counts.most_common(1)[0]
    return kind, votes < 0.75 * len(inside)


def _cut_of(
    block: shapely.Polygon, kind: str, size: tuple[float, float], rng: np.random.Generator
) -> shapely.LineString | None:
    """Return the street that halves a block across its relatively longer side, if it is large."""
    origin, along, across = box_axes(block)
    length, width = np.hypot(*along), np.hypot(*across)
    parts_long, parts_wide = length / size[0], width / size[1]
    if max(parts_long, parts_wide) < 1.45:
        return None
    if parts_wide > parts_long:
        along, across, parts = across, along, parts_wide
    else:
        parts = parts_long
    count = max(2, round(parts))
    share = (count // 2) / count + rng.uniform(-0.07, 0.07)
    start = origin + along * share - across * 0.05
    end = start + across * 1.1 + along * rng.normal(0, 0.02)
    bend = rng.normal(0, _BEND.get(kind, 0.03)) * np.hypot(*across)
    unit = along / np.hypot(*along)
    t = np.linspace(0, 1, 7)[:, None]
    return shapely.LineString(start + (end - start) * t + unit * (4 * bend) * (t * (1 - t)))


def box_axes(area: shapely.Polygon) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the corner, the longer side and the shorter side of the tightest turned box."""
    ring = np.asarray(shapely.minimum_rotated_rectangle(area).exterior.coords)
    first, second = ring[1] - ring[0], ring[3] - ring[0]
    if np.hypot(*first) >= np.hypot(*second):
        return ring[0], first, second
    return ring[0], second, first

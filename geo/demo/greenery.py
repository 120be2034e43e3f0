"""Greenery as it stands: parks, woods, meadows, gardens, strips along streets, lawns of estates.

It is not the greenery of the plans: an inventory finds fallow meadows that a plan gives to
fields, and strips and lawns that a plan draws as streets and housing. A square within a park is
listed beside the park, so areas overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from geo.demo.buildings import Buildings
from geo.demo.curves import GRID_M, blob, place
from geo.demo.names import ALLOTMENTS, CEMETERIES, PARKS
from geo.demo.network import WIDTH_M, Network
from geo.demo.plots import Ground


@dataclass
class Greenery:
    """Green areas in EPSG:2180; every list has length n."""

    shape: list[shapely.Geometry] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    name: list[str | None] = field(default_factory=list)
    public: list[bool] = field(default_factory=list)

    def add(self, shape: shapely.Geometry, kind: str, name: str | None, public: bool) -> None:
        """Append an area, rounded to the grid; nothing when it is empty."""
        shape = shapely.set_precision(shape, GRID_M)
        parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 25]
        if parts:
            self.shape.append(shapely.MultiPolygon(parts))
            self.kind.append(kind)
            self.name.append(name)
            self.public.append(public)


def grow(ground: Ground, net: Network, built: Buildings, seed: int) -> Greenery:
    """Return the city's greenery in a fixed order of kinds."""
    rng = np.random.default_rng([seed, 9])
    found = Greenery()
    parks = _parks(ground, found)
    _squares(ground, parks, found, rng)
    _spreads(ground, net, found)
    _gardens(ground, found)
    _strips(ground, net, found, rng)
    _lawns(ground, built, found, rng)
    return found


def _of_kind(ground: Ground, *kinds: str) -> np.ndarray:
    return np.flatnonzero(np.isin(ground.kind, kinds))


def _parks(ground: Ground, found: Greenery) -> list[shapely.Geometry]:
    """Add each park once, its blocks and the paths between them together."""
    rows = _of_kind(ground, "park")
    middle = shapely.get_coordinates(shapely.centroid(ground.parcels[rows]))
    seeds = place([(x, y) for _, x, y in PARKS])
    near = np.hypot(*(middle[:, None] - seeds).transpose(2, 0, 1)).argmin(axis=1)
    parks = []
    for i, (name, _, _) in enumerate(PARKS):
        parts = ground.parcels[rows[near == i]]
        if len(parts):
            whole = shapely.union_all(shapely.buffer(parts, 6, join_style="mitre"))
            park = whole.buffer(-6, join_style="mitre")
            found.add(park, "park", name, public=True)
            parks.append(park)
    return parks


def _squares(
    ground: Ground, parks: list[shapely.Geometry], found: Greenery, rng: np.random.Generator
) -> None:
    for number, row in enumerate(_of_kind(ground, "square"), start=1):
        found.add(ground.parcels[row], "square", f"Skwer nr {number}", public=True)
    for park in parks:  # flower beds and playgrounds within parks: listed a second time
        x0, y0, x1, y1 = park.bounds
        for _ in range(3 if park.area > 60_000 else 1):
            at = rng.uniform((x0, y0), (x1, y1))
            spot = blob((0, 0), (rng.uniform(28, 48), rng.uniform(22, 36)), 0, rng)
            spot = shapely.transform(spot, lambda xy, at=at: xy - place([(0, 0)])[0] + at)
            found.add(spot.intersection(park), "square", None, public=True)


def _spreads(ground: Ground, net: Network, found: Greenery) -> None:
    """Add woods and meadows by their names, and fallow fields without one."""
    for index, spread in enumerate(net.spreads):
        parts = ground.parcels[(ground.spread == index) & (ground.kind == spread.kind)]
        if len(parts) and spread.kind in ("forest", "heap", "meadow"):
            kind = "forest" if spread.kind == "forest" else "meadow"
            found.add(shapely.union_all(parts), kind, spread.name, public=spread.kind != "heap")
    rest = _of_kind(ground, "meadow")
    rest = rest[ground.spread[rest] < 0]
    for block in np.unique(ground.block[rest]):
        parts = ground.parcels[rest[ground.block[rest] == block]]
        found.add(shapely.union_all(parts), "meadow", None, public=True)
    fallow = _of_kind(ground, "fields")
    for row in fallow[fallow % 5 == 0]:
        found.add(ground.parcels[row].buffer(-1), "meadow", None, public=False)


def _gardens(ground: Ground, found: Greenery) -> None:
    for kind, target, names in (
        ("allotment", "allotment", ALLOTMENTS),
        ("cemetery", "cemetery", CEMETERIES),
    ):
        rows = _of_kind(ground, kind)
        for number, block in enumerate(np.unique(ground.block[rows])):
            parts = ground.parcels[rows[ground.block[rows] == block]]
            title, turn = names[number % len(names)], number // len(names)
            title = f"ROD „{title}”" if kind == "allotment" else title
            title += f" {turn + 1}" if turn else ""
            found.add(shapely.union_all(parts), target, title, public=kind == "cemetery")


def _strips(ground: Ground, net: Network, found: Greenery, rng: np.random.Generator) -> None:
    """Add strips of grass and trees on the land of wide streets, broken at crossings."""
    land = np.flatnonzero(ground.kind == "main")
    street = shapely.union_all(ground.parcels[land])
    gaps = [s.line.buffer(WIDTH_M[s.kind] / 2 + 3) for s in net.streets if s.kind != "main"]
    tree = shapely.STRtree(gaps)
    for main in (s for s in net.streets if s.kind == "main"):
        ring = main.line.buffer(10.4, cap_style="flat") - main.line.buffer(6.8, cap_style="flat")
        ring = ring.intersection(street)
        near = [gaps[i] for i in tree.query(ring, predicate="intersects")]
        others = [s.line.buffer(14) for s in net.streets if s.kind == "main" and s is not main]
        for part in shapely.get_parts(ring - shapely.union_all([*near, *others])):
            if part.area > 90 and rng.random() < 0.7:
                found.add(part, "street", f"Zieleń przyuliczna: {main.name}", public=True)


def _lawns(ground: Ground, built: Buildings, found: Greenery, rng: np.random.Generator) -> None:
    """Add lawns: whole green plots of estates, and what houses and ways to them leave free."""
    for row in _of_kind(ground, "lawn"):
        found.add(ground.parcels[row].buffer(-0.5), "estate", None, public=True)
    rows = _of_kind(ground, "estate")
    house = np.full(len(ground.parcels), shapely.Polygon(), dtype=object)
    house[built.parcel] = built.shape
    free = shapely.buffer(ground.parcels[rows], -2.5, join_style="mitre")
    apron = shapely.buffer(house[rows], rng.uniform(4, 9, len(rows)), join_style="mitre")
    for shape in shapely.difference(free, apron):
        found.add(shape, "estate", None, public=True)

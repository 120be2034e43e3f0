"""Ground: the city's whole surface as parcels, cut from blocks and from the land of streets.

Every line (city, districts, street edges, woods, plot cuts) is noded once on a grid of a
millimetre and polygonized. Districts, zoning and parcels are all unions of these faces, so that
they share their edges to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from geo.demo.curves import GRID_M
from geo.demo.network import WIDTH_M, Network, Street, box_axes
from geo.demo.outline import Territory

PLOT_M: dict[str, tuple[float, float, float]] = {
    "core": (34, 16, 25),
    "colony": (36, 22, 30),
    "terraces": (25, 9, 13),
    "villas": (29, 22, 32),
    "estate": (62, 55, 85),
    "industry": (110, 70, 130),
    "services": (60, 45, 70),
    "village": (58, 19, 27),
    "fields": (400, 20, 42),
    "allotment": (300, 110, 170),
    "forest": (260, 150, 220),
    "meadow": (400, 60, 110),
}
"""Kind of block -> depth of a row of plots, least and greatest width of a plot, metres."""

SPREAD_KINDS = ("water", "stream", "rail")
_RANK = {"main": 1, "collector": 2, "rail": 3, "stream": 4, "local": 5, "lane": 6, "track": 7}
SLIVER_M2 = 30.0
CRUMB_M2 = 20.0


@dataclass
class Ground:
    """The surface of the city, one row per parcel.

    Attributes
    ----------
    parcels : numpy.ndarray of shapely.Polygon, shape (n,)
        EPSG:2180; an exact coverage of the city.
    kind : numpy.ndarray of str, shape (n,)
        Kind of block (core, villas, ...), of spread (water, rail, ...) or class of street.
    block : numpy.ndarray of int, shape (n,)
        Index of the block; -1 on streets, water and railway.
    street : numpy.ndarray of int, shape (n,)
        Index of the street whose land it is; -1 elsewhere.
    spread : numpy.ndarray of int, shape (n,)
        Index of the spread it belongs to; -1 elsewhere.
    district : numpy.ndarray of str, shape (n,)
    """

    parcels: np.ndarray
    kind: np.ndarray
    block: np.ndarray
    street: np.ndarray
    spread: np.ndarray
    district: np.ndarray

    def merged(self, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the distinct labels and the union of the parcels that bear each, sorted."""
        order = np.argsort(labels, kind="stable")
        names, starts = np.unique(labels[order], return_index=True)
        groups = np.split(self.parcels[order], starts[1:])
        return names, np.array([_union(group) for group in groups])


def _union(parts: np.ndarray) -> shapely.Geometry:
    return parts[0] if len(parts) == 1 else shapely.coverage_union_all(parts)


def street_land(streets: list[Street]) -> np.ndarray:
    """Return the land of each street, shape (n,)."""
    lines = np.array([street.line for street in streets])
    half = np.array([WIDTH_M[street.kind] / 2 for street in streets])
    wide = half > WIDTH_M["local"] / 2
    land = shapely.buffer(lines, half, cap_style="flat", join_style="mitre")
    land[wide] = shapely.buffer(lines[wide], half[wide], quad_segs=2)  # no gaps in a junction
    return np.asarray(land)


def lay_out(ground: Territory, net: Network, seed: int) -> Ground:
    """Cut blocks into plots and return the city's surface."""
    rng = np.random.default_rng([seed, 3])
    land = street_land(net.streets)
    spreads = np.array([spread.area for spread in net.spreads])
    solid = np.array([spread.kind in SPREAD_KINDS for spread in net.spreads])
    carve = np.concatenate((land, spreads[solid]))
    cuts = _plot_cuts(net, carve, rng)
    rings = [ground.city, *ground.districts.values(), *land, *spreads]
    lines = np.concatenate((shapely.boundary(rings), cuts))
    noded = shapely.union_all(lines, grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(faces)
    keep = shapely.contains(ground.city, inside)
    return _sort_out(faces[keep], inside[keep], ground, net, land)


def _plot_cuts(net: Network, carve: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the lines that part plots, each reaching 2 cm beyond its row."""
    tree = shapely.STRtree(carve)
    lines: list[np.ndarray] = []
    rows: list[shapely.Geometry] = []
    for block, kind in zip(net.blocks, net.kinds, strict=True):
        if kind not in PLOT_M:
            continue
        near = carve[tree.query(block, predicate="intersects")]
        free = shapely.difference(block, shapely.union_all(near)) if len(near) else block
        for part in shapely.get_parts(free):
            if part.area > 200:
                _cut_block(part, PLOT_M[kind], rng, lines, rows)
    count = [len(part) for part in lines]
    segments = shapely.linestrings(np.concatenate(lines))
    clipped = shapely.intersection(segments, np.repeat(np.array(rows), count))
    parts = shapely.get_parts(clipped)
    parts = parts[(shapely.get_type_id(parts) == 1) & (shapely.length(parts) > 3)]
    return _longer(parts, 0.02)


def _longer(lines: np.ndarray, by_m: float) -> np.ndarray:
    ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    step = ends[:, 1] - ends[:, 0]
    step *= by_m / np.hypot(step[:, 0], step[:, 1])[:, None]
    return np.asarray(shapely.linestrings(np.stack((ends[:, 0] - step, ends[:, 1] + step), 1)))


def _cut_block(
    part: shapely.Polygon,
    plot: tuple[float, float, float],
    rng: np.random.Generator,
    lines: list[np.ndarray],
    rows: list[shapely.Geometry],
) -> None:
    """Append the cuts of one block: lines between rows, then lines across each row."""
    origin, along, across = box_axes(part)
    length, width = np.hypot(*along), np.hypot(*across)
    depth, least, greatest = plot
    count = max(1, round(width / depth))
    shares = np.arange(1, count) / count
    if count > 1:
        start = origin + shares[:, None] * across
        lines.append(np.stack((start, start + along), axis=1))
        rows.append(part)
    edges = np.concatenate(([0.0], shares, [1.0]))
    for low, high in pairwise(edges.tolist()):
        number = max(1, round(length / rng.uniform(least, greatest)))
        at = (np.arange(1, number) + rng.uniform(-0.16, 0.16, number - 1)) / number
        if not len(at):
            continue
        corner = origin + low * across
        box = [corner, corner + along, corner + along + (high - low) * across]
        box.append(corner + (high - low) * across)
        start = corner + at[:, None] * along - 0.01 * across
        lines.append(np.stack((start, start + (high - low + 0.02) * across), axis=1))
        rows.append(shapely.intersection(part, shapely.Polygon(box)))


def _sort_out(
    faces: np.ndarray, inside: np.ndarray, ground: Territory, net: Network, land: np.ndarray
) -> Ground:
    """Tell what each face is, unite what belongs together, and return the parcels."""
    n = len(faces)
    names = np.array(list(ground.districts))
    district = names[_first(shapely.STRtree(list(ground.districts.values())), inside, n)]
    street, rank = _streets_at(inside, net, land)
    block = _first(shapely.STRtree(net.blocks), inside, n)
    kind = np.array([*net.kinds, ""])[block].astype(object)
    spread = _spreads_at(inside, net, n)
    spread_kind = np.array([*(s.kind for s in net.spreads), ""])[spread]
    rank_of = np.array([_RANK.get(k, 0 if k == "water" else 8) for k in spread_kind])
    rank_of[spread < 0] = 9
    over = rank_of < rank
    street[over] = -1
    kind[spread >= 0] = spread_kind[spread >= 0]
    on_street = street >= 0
    kind[on_street] = np.array([s.kind for s in net.streets])[street[on_street]]
    spread[on_street] = -1
    block[on_street | np.isin(spread_kind, SPREAD_KINDS) & ~on_street] = -1
    label = np.arange(n) + 10_000_000
    label[on_street] = street[on_street]
    solid = np.isin(kind.astype(str), ("water", "rail", "stream", "heap")) & ~on_street
    label[solid] = 1_000_000 + spread[solid]
    label = _absorb_slivers(faces, label, district)
    return _unite(faces, label, district, kind, block, street, spread)


def _first(tree: shapely.STRtree, points: np.ndarray, n: int) -> np.ndarray:
    """Return for each point the lowest index of the polygons around it; -1 for none."""
    at, found = tree.query(points, predicate="intersects")
    result = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(result, at, found)
    result[result == np.iinfo(np.int64).max] = -1
    return result


def _spreads_at(inside: np.ndarray, net: Network, n: int) -> np.ndarray:
    return _first(shapely.STRtree([spread.area for spread in net.spreads]), inside, n)


def _streets_at(
    inside: np.ndarray, net: Network, land: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each point the street of the highest class, then the nearest; and its rank."""
    at, found = shapely.STRtree(land).query(inside, predicate="intersects")
    ranks = np.array([_RANK[street.kind] for street in net.streets])
    lines = np.array([street.line for street in net.streets])
    away = shapely.distance(inside[at], lines[found])
    # Within a junction the first street takes the ground, so that it stays in one piece.
    order = np.lexsort((found, away // 8, ranks[found], at))
    points, first = np.unique(at[order], return_index=True)
    street = np.full(len(inside), -1)
    street[points] = found[order][first]
    rank = np.full(len(inside), 8)
    rank[points] = ranks[street[points]]
    return street, rank


def _absorb_slivers(faces: np.ndarray, label: np.ndarray, district: np.ndarray) -> np.ndarray:
    """Give each tiny or thread-like face the label of the neighbour it shares most with."""
    area, girth = shapely.area(faces), shapely.length(faces)
    thin = (area < SLIVER_M2) | (area / girth < 0.9)
    tree = shapely.STRtree(faces)
    result = label.copy()
    for i in np.flatnonzero(thin)[np.argsort(area[thin])[::-1]]:
        near = tree.query(faces[i], predicate="intersects")
        near = near[(near != i) & (district[near] == district[i]) & ~thin[near]]
        if len(near):
            shared = shapely.length(shapely.intersection(faces[near], faces[i]))
            if shared.max() > 0:
                result[i] = result[near[shared.argmax()]]
    return result


def _unite(
    faces: np.ndarray,
    label: np.ndarray,
    district: np.ndarray,
    kind: np.ndarray,
    block: np.ndarray,
    street: np.ndarray,
    spread: np.ndarray,
) -> Ground:
    """Unite faces of one label within a district; the largest face says what the parcel is."""
    codes = np.unique(district, return_inverse=True)[1]
    order = np.lexsort((-shapely.area(faces), codes, label))
    key = np.column_stack((label[order], codes[order]))
    starts = np.flatnonzero(np.r_[True, (np.diff(key, axis=0) != 0).any(axis=1)])
    unions = [_union(group) for group in np.split(faces[order], starts[1:])]
    parts, source = shapely.get_parts(np.array(unions), return_index=True)
    lead = order[starts][source]
    parts, kept = _without_crumbs(parts, district[lead])
    lead = lead[kept]
    return Ground(
        shapely.normalize(parts),
        kind[lead].astype(str),
        block[lead],
        street[lead],
        spread[lead],
        district[lead],
    )


def _without_crumbs(parts: np.ndarray, district: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unite parts too small for a parcel with a neighbour; return the rest and their indices.

    Crumbs are what a street's land leaves on the far side of another street.
    """
    area = shapely.area(parts)
    tree, owner = shapely.STRtree(parts), np.arange(len(parts))
    for i in np.flatnonzero(area < CRUMB_M2):
        near = tree.query(parts[i], predicate="intersects")
        near = near[area[near] >= CRUMB_M2]
        home = near[district[near] == district[i]]
        near = (
            home if len(home) else near
        )  # else: where the rounded corners of three districts meet
        if len(near):
            shared = shapely.length(shapely.intersection(parts[near], parts[i]))
            owner[i] = near[shared.argmax()]
    changed = np.unique(owner[owner != np.arange(len(parts))])
    for i in changed:
        parts[i] = _union(parts[owner == i])
    kept = np.flatnonzero(owner == np.arange(len(parts)))
    return parts[kept], kept

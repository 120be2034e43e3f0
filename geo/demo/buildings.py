"""Buildings on plots: set back from the street, as each kind of quarter builds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from geo.demo.network import Network, box_axes
from geo.demo.plots import Ground


class House(NamedTuple):
    """How a kind of plot is built on, metres; `width` None: from neighbour to neighbour."""

    width: tuple[float, float] | None
    depth: tuple[float, float]
    setback: tuple[float, float]
    floors: tuple[int, ...]
    shed: float
    """Share of plots with a shed or garage behind the house."""


HOUSES: dict[str, House] = {
    "core": House(None, (10.5, 13), (0.3, 0.8), (2, 3, 3, 3, 4, 4), 0.45),
    "colony": House((14, 18), (10, 12), (2, 4), (2, 2, 2, 3), 0.5),
    "terraces": House(None, (8.5, 10), (3, 4), (2,), 0.1),
    "villas": House((9, 13), (9, 12), (4.5, 7.5), (1, 2, 2, 2, 3), 0.5),
    "village": House((9, 12), (9, 12), (7, 12), (1, 1, 2, 2), 0.75),
}
"""Kinds whose houses face the street."""


class Block(NamedTuple):
    """How a kind of plot is filled by a building in its middle."""

    function: str
    width_m: tuple[float, float]
    share: tuple[float, float]
    longest_m: float
    floors: tuple[int, ...]
    empty: float
    """Share of plots that stay open."""


BLOCKS: dict[str, Block] = {
    "estate": Block("residential", (11.5, 13.5), (0.72, 0.9), 66, (4, 5, 5, 5, 8, 11), 0.0),
    "industry": Block("industrial", (18, 60), (0.45, 0.8), 140, (1, 1, 1, 2), 0.12),
    "services": Block("services", (16, 40), (0.45, 0.7), 70, (1, 1, 2, 3), 0.08),
    "school": Block("public", (18, 26), (0.45, 0.6), 85, (2, 3), 0.0),
    "church": Block("public", (16, 22), (0.35, 0.5), 46, (1,), 0.0),
    "sport": Block("public", (24, 36), (0.2, 0.3), 60, (1,), 0.0),
    "garages": Block("utility", (6, 6.5), (0.7, 0.85), 90, (1,), 0.0),
}
"""Kinds whose buildings stand free in the middle of the plot."""

LEAST_M2 = 14.0


@dataclass
class Buildings:
    """Footprints, EPSG:2180, and what they are; every array has shape (n,).

    Attributes
    ----------
    shape : numpy.ndarray of shapely.Polygon
        Within one parcel each, none overlapping another.
    function : numpy.ndarray of str
        A value of the layer's field.
    floors : numpy.ndarray of int
    parcel : numpy.ndarray of int
        Index of the parcel.
    """

    shape: np.ndarray
    function: np.ndarray
    floors: np.ndarray
    parcel: np.ndarray


def build(ground: Ground, net: Network, seed: int) -> Buildings:
    """Put buildings on the plots."""
    rng = np.random.default_rng([seed, 5])
    lines = np.array([s.line for s in net.streets if s.kind not in ("track",)])
    groups = [_houses(ground, kind, house, lines, rng) for kind, house in HOUSES.items()]
    groups += [_blocks(ground, kind, block, rng) for kind, block in BLOCKS.items()]
    shape, function, floors, parcel = (
        np.concatenate([group[i] for group in groups]) for i in range(4)
    )
    order = np.lexsort((function == "utility", parcel))
    return Buildings(shape[order], function[order], floors[order], parcel[order])


Group = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _houses(
    ground: Ground, kind: str, house: House, lines: np.ndarray, rng: np.random.Generator
) -> Group:
    parcel = np.flatnonzero(ground.kind == kind)
    plots = ground.parcels[parcel]
    centre, toward = _facing(plots, lines)
    side = np.column_stack((-toward[:, 1], toward[:, 0]))
    front, back = _reach(plots, centre, toward), _reach(plots, centre, -toward)
    left, right = _reach(plots, centre, side), _reach(plots, centre, -side)
    n = len(plots)
    depth, setback = rng.uniform(*house.depth, n), rng.uniform(*house.setback, n)
    depth = np.minimum(depth, 0.62 * (front + back))
    middle = centre + side * ((left - right) / 2)[:, None]
    middle = middle + toward * (front - setback - depth / 2)[:, None]
    full = (left + right) * 1.1
    width = full if house.width is None else np.minimum(rng.uniform(*house.width, n), 0.7 * full)
    shape = _boxes(middle, side, toward, width, depth)
    inner = shapely.buffer(plots, -0.06 if house.width is None else -1.2, join_style="mitre")
    shape = _polygon(shapely.intersection(shape, inner))
    floors = rng.choice(house.floors, n)
    use = np.where(rng.random(n) < (0.1 if kind == "core" else 0.02), "services", "residential")
    has_shed = (rng.random(n) < house.shed) & (back + front > depth + setback + 9)
    sheds = _sheds(plots, centre, toward, side, back, left, has_shed, rng)
    sheds[shapely.distance(sheds, shape) < 1.5] = shapely.Polygon()
    shape, function, floors, parcel = (
        np.concatenate((shape, sheds)),
        np.concatenate((use, np.full(n, "utility"))),
        np.concatenate((floors, np.ones(n, int))),
        np.concatenate((parcel, parcel)),
    )
    keep = shapely.area(shape) >= LEAST_M2
    return shape[keep], function[keep], floors[keep], parcel[keep]


def _sheds(
    plots: np.ndarray,
    centre: np.ndarray,
    toward: np.ndarray,
    side: np.ndarray,
    back: np.ndarray,
    left: np.ndarray,
    wanted: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a shed in the far corner of each plot, empty where none is wanted or fits."""
    n = len(plots)
    width, depth = rng.uniform(3.2, 5.5, n), rng.uniform(5, 7, n)
    middle = centre - toward * (back - depth / 2 - 1)[:, None]
    middle = middle + side * (left - width / 2 - 1)[:, None]
    boxes = _boxes(middle, side, toward, width, depth)
    wanted = wanted & shapely.covers(plots, boxes)
    boxes[~wanted] = shapely.Polygon()
    return boxes


def _blocks(ground: Ground, kind: str, block: Block, rng: np.random.Generator) -> Group:
    rows = np.flatnonzero((ground.kind == kind) & (shapely.area(ground.parcels) > 900))
    shapes, floors, parcel = [], [], []
    for row in rows:
        width, share = rng.uniform(*block.width_m), rng.uniform(*block.share)
        storeys, skip = int(rng.choice(block.floors)), rng.random() < block.empty
        found = [] if skip else _slabs(ground.parcels[row], kind, width, share, block.longest_m)
        shapes += found
        floors += [storeys] * len(found)
        parcel += [row] * len(found)
    return (
        np.array(shapes, dtype=object),
        np.full(len(shapes), block.function),
        np.array(floors, dtype=int),
        np.array(parcel, dtype=int),
    )


def _slabs(
    plot: shapely.Polygon, kind: str, width_m: float, share: float, longest_m: float
) -> list[shapely.Polygon]:
    if kind != "garages":
        found = _slab(plot, width_m, share, longest_m)
        return [found] if found is not None else []
    origin, along, across = box_axes(plot)
    u, v = along / np.hypot(*along), across / np.hypot(*across)
    rows = np.arange(9, np.hypot(*across) - 6, 15.0)
    inner, found = plot.buffer(-3), []
    for row in rows:
        middle = (origin + along / 2 + v * row)[None]
        box = _boxes(middle, u[None], v[None], np.hypot(*along)[None], np.array([width_m]))[0]
        parts = shapely.get_parts(box.intersection(inner))
        found += [part for part in parts if part.area > 60]
    return list(shapely.set_precision(np.array(found, dtype=object), 0.001))


def _slab(
    plot: shapely.Polygon, width_m: float, share: float, longest_m: float
) -> shapely.Polygon | None:
    """Return a building along the plot's longer side, shrunk until it fits."""
    _, along, across = box_axes(plot)
    middle = np.array([shapely.point_on_surface(plot).coords[0]])
    if plot.contains(plot.centroid):
        middle = np.array([plot.centroid.coords[0]])
    long_m, wide_m = np.hypot(*along), np.hypot(*across)
    u, v = along / long_m, across / wide_m
    inner = plot.buffer(-4)
    for shrink in (1.0, 0.8, 0.6, 0.45):
        length = min(long_m * share, longest_m) * shrink
        width = min(width_m, 0.6 * wide_m) * (shrink if width_m > 14 else 1)
        box = _boxes(middle, u[None], v[None], np.array([length]), np.array([width]))[0]
        if inner.covers(box):
            return box
    return None


def _facing(plots: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each plot's middle, and the unit vector from it to the nearest street."""
    points = shapely.point_on_surface(plots)
    nearest = lines[shapely.STRtree(lines).nearest(points)]
    ends = shapely.get_coordinates(shapely.shortest_line(points, nearest)).reshape(-1, 2, 2)
    toward = ends[:, 1] - ends[:, 0]
    return ends[:, 0], toward / np.hypot(toward[:, 0], toward[:, 1])[:, None]


def _reach(plots: np.ndarray, centre: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return how far each plot reaches from its middle in a direction, metres."""
    xy, index = shapely.get_coordinates(plots, return_index=True)
    along = ((xy - centre[index]) * direction[index]).sum(axis=1)
    starts = np.searchsorted(index, np.arange(len(plots)))
    return np.asarray(np.maximum.reduceat(along, starts))


def _boxes(
    middle: np.ndarray, u: np.ndarray, v: np.ndarray, along_u: np.ndarray, along_v: np.ndarray
) -> np.ndarray:
    """Return rectangles around points, turned so that their sides follow u and v."""
    a, b = u * (along_u / 2)[:, None], v * (along_v / 2)[:, None]
    ring = np.stack((middle - a - b, middle + a - b, middle + a + b, middle - a + b), axis=1)
    return np.asarray(shapely.polygons(np.round(ring, 3)))


def _polygon(shapes: np.ndarray) -> np.ndarray:
    """Return the largest polygon of each shape, rounded to the grid; empty where there is none."""
    parts, source = shapely.get_parts(shapes, return_index=True)
    flat = shapely.get_type_id(parts) == 3
    parts, source = parts[flat], source[flat]
    order = np.lexsort((shapely.area(parts), source))
    result = np.full(len(shapes), shapely.Polygon(), dtype=object)
    result[source[order]] = parts[order]
    return np.asarray(shapely.set_precision(result, 0.001))

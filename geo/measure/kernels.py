"""Area, length and count of features in zones: arrays in, arrays out.

A feature that lies wholly in one zone is never cut. What lies outside every zone is measured by
itself (a difference with the union of the zones that a feature meets), and what lies in more
than one zone from the zones' own overlaps, so that the ledger is a check and not a definition.

Where a border is shared: a point, and a line that runs along it, belong to the zone that comes
first. GEOS works in floating precision: closes at about 1e-12 (a precision set in a sum costs
3.5e-6).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.measure.grid import MIXED
from geo.measure.zones import Bools, Floats, Geometries, Ints, Zones, only

TIE = 1e-9
"""Metres: a point nearer to a border lies on it; ten times the rounding at 1e6 metres."""
GRID_FROM = 5_000
"""Features from which the grid pays for itself."""

_Size = Callable[[Geometries], Floats]
_Overlay = Callable[[Geometries, Any], Geometries]


@dataclass(frozen=True)
class Pieces:
    """The parts of features that lie in zones, ordered by zone, then feature.

    Attributes
    ----------
    feature, zone : numpy.ndarray of int, shape (m,)
        Indices into the arrays that were measured.
    measure : numpy.ndarray of float, shape (m,)
        m2, m or features.
    whole : numpy.ndarray of bool, shape (m,)
        The piece is the feature itself.
    """

    feature: Ints
    zone: Ints
    measure: Floats
    whole: Bools

    def __len__(self) -> int:
        return len(self.feature)

    def take(self, keep: Bools, measure: Floats) -> Pieces:
        """Return some of the pieces with other measures; `measure` has shape (m,)."""
        return Pieces(self.feature[keep], self.zone[keep], measure[keep], self.whole[keep])


@dataclass(frozen=True)
class Measured:
    """Features measured in zones.

    Attributes
    ----------
    pieces : Pieces
        What lies in zones.
    total, outside, repeated : numpy.ndarray of float, shape (n,)
        Per feature: its own measure, what lies in no zone, and what is counted more than once
        because zones overlap. total = sum of its pieces + outside - repeated, up to rounding.
    """

    pieces: Pieces
    total: Floats
    outside: Floats
    repeated: Floats


@dataclass(frozen=True)
class _Contact:
    """Pairs of a feature and a zone that meet; `within`: the zone covers the feature."""

    feature: Ints
    zone: Ints
    within: Bools


def area_in_zones(polygons: Geometries, zones: Zones) -> Measured:
    """Return the area of polygons in zones, m2.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely.Geometry, shape (n,)
        Valid or empty polygons in EPSG:2180.
    zones : Zones
        The zones.
    """
    contact = _meet(polygons, zones)
    return _measured(polygons, zones, contact, contact.within, shapely.area)


def length_in_zones(lines: Geometries, zones: Zones) -> Measured:
    """Return the length of lines in zones, m.

    What runs along a border of two zones is counted once, in the zone that comes first.

    Parameters
    ----------
    lines : numpy.ndarray of shapely.Geometry, shape (n,)
        Lines in EPSG:2180.
    zones : Zones
        The zones.
    """
    lines, zones = zones.corners.through(lines), zones.fitted
    contact = _meet(lines, zones)
    border = zones.borders[contact.zone]
    whole = contact.within & ~shapely.intersects(border, lines[contact.feature])
    return _measured(lines, zones, contact, whole, shapely.length)


def points_in_zones(points: Geometries, zones: Zones) -> Measured:
    """Return the zone of each point, measure 1; on a shared border the first zone has it.

    Parameters
    ----------
    points : numpy.ndarray of shapely.Point, shape (n,)
        In EPSG:2180.
    zones : Zones
        The zones.
    """
    feature, zone = _holders(points, zones)
    order = np.lexsort((zone, feature))
    feature, first = np.unique(feature[order], return_index=True)
    zone = zone[order][first]
    ones = np.ones(len(feature))
    total = np.ones(len(points))
    outside = total.copy()
    outside[feature] = 0.0
    pieces = _ordered(feature, zone, ones, np.ones(len(feature), dtype=bool))
    return Measured(pieces, total, outside, np.zeros(len(points)))


def piece_geometries(
    features: Geometries, zones: Zones, pieces: Pieces, dimension: int
) -> Geometries:
    """Return the geometry of each piece: made only when somebody asks for evidence.

    Parameters
    ----------
    features : numpy.ndarray of shapely.Geometry, shape (n,)
        What was measured.
    dimension : int
        0 points, 1 lines, 2 polygons.

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (m,)
        In EPSG:2180.
    """
    out: Geometries = features[pieces.feature]
    cut = ~pieces.whole
    if dimension == 1 and cut.any():
        out[cut], zones = zones.corners.through(out[cut]), zones.fitted
    out[cut] = only(_cut(out[cut], zones, pieces.zone[cut], dimension), dimension)
    return out


def per_zone(values: Floats, zone: Ints, count: int) -> Floats:
    """Return the exactly rounded sum of values per zone, shape (count,), whatever their order."""
    order = np.argsort(zone, kind="stable")
    edges = np.searchsorted(zone[order], np.arange(count + 1))
    ordered = values[order].tolist()
    pairs = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    return np.array([math.fsum(ordered[start:stop]) for start, stop in pairs], dtype=np.float64)


def _holders(points: Geometries, zones: Zones) -> tuple[Ints, Ints]:
    """Return pairs of a point and a zone that holds it, or has it on its border."""
    known = _known(points, zones)
    sure, unsure = np.flatnonzero(known >= 0), np.flatnonzero(known == MIXED)
    x, y = shapely.get_x(points[unsure]), shapely.get_y(points[unsure])
    near, zone = zones.tree.query(shapely.box(x - TIE, y - TIE, x + TIE, y + TIE))
    near = unsure[near]
    holds = np.zeros(len(near), dtype=bool)
    for name, rows in _by_zone(zone):
        holds[rows] = shapely.dwithin(zones.geometries[name], points[near[rows]], TIE)
    feature = np.concatenate((sure, near[holds]))
    return feature, np.concatenate((known[sure], zone[holds]))


def _known(features: Geometries, zones: Zones) -> Ints:
    """Return the zone of each feature where the grid tells it, else MIXED; or NOWHERE."""
    if len(features) >= GRID_FROM:
        return zones.grid.zone_of(shapely.bounds(features))
    return np.full(len(features), MIXED, dtype=np.int64)


def _by_zone(zone: Ints) -> list[tuple[int, Ints]]:
    """Return each zone with the rows that name it."""
    order = np.argsort(zone, kind="stable")
    names, starts = np.unique(zone[order], return_index=True)
    return list(zip(names.tolist(), np.split(order, starts[1:]), strict=False))


def _meet(features: Geometries, zones: Zones) -> _Contact:
    """Find the pairs that meet: by the grid where it is certain, else by prepared zones."""
    known = _known(features, zones)
    sure = np.flatnonzero(known >= 0)
    unsure = np.flatnonzero(known == MIXED)
    near, zone = zones.tree.query(features[unsure])
    near = unsure[near]
    meets, within = _judge(features, zones, near, zone)
    near, zone, within = near[meets], zone[meets], within[meets]
    return _Contact(
        np.concatenate((sure, near)),
        np.concatenate((known[sure], zone)),
        np.concatenate((np.ones(len(sure), dtype=bool), within)),
    )


def _judge(features: Geometries, zones: Zones, near: Ints, zone: Ints) -> tuple[Bools, Bools]:
    """Tell which pairs meet, and in which the zone covers the feature."""
    within = np.zeros(len(near), dtype=bool)
    for name, rows in _by_zone(zone):
        within[rows] = shapely.covers(zones.geometries[name], features[near[rows]])
    meets = within.copy()
    rest = np.flatnonzero(~within)
    meets[rest] = shapely.intersects(zones.geometries[zone[rest]], features[near[rest]])
    return meets, within


def _measured(
    features: Geometries, zones: Zones, contact: _Contact, whole: Bools, size: _Size
) -> Measured:
    total = size(features)
    measure = total[contact.feature]
    cut = np.flatnonzero(~whole)
    dimension = 2 if size is shapely.area else 1
    measure[cut] = size(_cut(features[contact.feature[cut]], zones, contact.zone[cut], dimension))
    keep = measure > 0
    pieces = _ordered(contact.feature[keep], contact.zone[keep], measure[keep], whole[keep])
    outside = _outside(features, zones, contact, total, size)
    return Measured(pieces, total, outside, _repeated(features, zones, size))


def _cut(features: Geometries, zones: Zones, zone: Ints, dimension: int) -> Geometries:
    """Clip features to zones, row by row; lines lose what an earlier zone's border has."""
    if dimension != 1:
        return np.asarray(shapely.intersection(features, zones.geometries[zone]))
    parts = overlaid(shapely.intersection, features, zones.geometries[zone])
    if len(parts):
        border = zones.borders[zone]
        along = shapely.intersects(border, parts)
        parts[along] = overlaid(shapely.difference, parts[along], border[along])
    return parts


def overlaid(how: _Overlay, shapes: Geometries, others: Any) -> Geometries:  # noqa: ANN401
    """Return the intersection or difference of lines or polygons with others, row by row.

    GEOS keeps once what a line walks twice. A line that meets itself is cut segment by segment,
    so that there and back are two ways in the pieces as they are in its length.

    Parameters
    ----------
    how : callable
        ``shapely.intersection`` or ``shapely.difference``.
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
    others : numpy.ndarray of shapely.Geometry, shape (n,), or one for all
    """
    out: Geometries = np.asarray(how(shapes, others), dtype=object).reshape(-1)
    twice = np.flatnonzero((shapely.get_dimensions(shapes) == 1) & ~shapely.is_simple(shapes))
    for row in twice.tolist():
        other = others[row] if isinstance(others, np.ndarray) else others
        parts = only(how(_segments(shapes[row]), other), 1)
        out[row] = shapely.multilinestrings(shapely.get_parts(parts))
    return out


def _segments(line: Any) -> Geometries:  # noqa: ANN401 - shapely is not typed
    xy, part = shapely.get_coordinates(shapely.get_parts(line), return_index=True)
    first = np.flatnonzero(part[1:] == part[:-1])
    lines: Geometries = shapely.linestrings(np.stack((xy[first], xy[first + 1]), axis=1))
    return lines


def _outside(
    features: Geometries, zones: Zones, contact: _Contact, total: Floats, size: _Size
) -> Floats:
    """Return what lies in no zone, by difference with the union of the zones that are met."""
    out = total.copy()
    out[contact.feature[contact.within]] = 0.0
    settled = np.zeros(len(features), dtype=bool)
    settled[contact.feature[contact.within]] = True
    open_pairs = ~settled[contact.feature]
    for members, rows in _by_zone_set(contact.feature[open_pairs], contact.zone[open_pairs]):
        union = zones.union(members)
        inside = shapely.covers(union, features[rows])
        out[rows[inside]] = 0.0
        rest = rows[~inside]
        out[rest] = size(overlaid(shapely.difference, features[rest], union))
    return out


def _by_zone_set(feature: Ints, zone: Ints) -> list[tuple[tuple[int, ...], Ints]]:
    """Group features by the set of zones that they meet."""
    order = np.lexsort((zone, feature))
    names, starts = np.unique(feature[order], return_index=True)
    groups: dict[tuple[int, ...], list[int]] = {}
    sets = np.split(zone[order], starts[1:]) if len(names) else []
    for name, members in zip(names.tolist(), sets, strict=True):
        groups.setdefault(tuple(members.tolist()), []).append(name)
    return [(members, np.array(rows)) for members, rows in groups.items()]


def _repeated(features: Geometries, zones: Zones, size: _Size) -> Floats:
    """Return what is counted again because zones overlap, from the overlaps themselves."""
    if zones.repeats is None:
        return np.zeros(len(features))
    near, zone = zones.repeats.tree.query(features)
    parts = overlaid(shapely.intersection, features[near], zones.repeats.geometries[zone])
    found = np.bincount(near, weights=size(parts), minlength=len(features))
    return found if size is shapely.area else found - along_lost_borders(features, zones)


def along_lost_borders(lines: Geometries, zones: Zones) -> Floats:
    """Return what of each line runs where a zone overlaps an earlier one but has lost its border.

    A border that an earlier zone shares from the other side is not the zone's; so it is not
    counted again either. Shape (n,), m.
    """
    out = np.zeros(len(lines))
    borders = zones.lost_borders
    if len(borders):
        lines = zones.corners.through(lines)
        near, border = shapely.STRtree(borders).query(lines)
        along = shapely.length(overlaid(shapely.intersection, lines[near], borders[border]))
        out += np.bincount(near, weights=along, minlength=len(lines))
    return out


def _ordered(feature: Ints, zone: Ints, measure: Floats, whole: Bools) -> Pieces:
    order = np.lexsort((feature, zone))
    return Pieces(feature[order], zone[order], measure[order], whole[order])

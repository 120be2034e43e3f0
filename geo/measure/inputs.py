"""What a measure is fed with: a layer's features, looked at before any work is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from geo import crs
from geo.errors import MeasureError
from geo.measure.where import GEOMETRY
from geo.measure.zones import Bools, Floats, Geometries, Ints, Zones
from geo.model import Layer
from geo.model.layer import Family

DIMENSION: dict[Family, int] = {"point": 0, "line": 1, "polygon": 2}
_SRID = int(crs.METRIC.rpartition(":")[2])
LARGEST = 1e100
"""Of a number: a field times a weight times an area, and sums of them, stay finite."""


@dataclass(frozen=True)
class Features:
    """A layer's features, fit to be measured.

    Attributes
    ----------
    layer : Layer
    table : pyarrow.Table
        n rows: fields and WKB.
    ids : numpy.ndarray of object, shape (n,)
        Values of the id field.
    geometries : numpy.ndarray of shapely.Geometry, shape (n,)
        EPSG:2180, metres.
    """

    layer: Layer
    table: pa.Table
    ids: Any
    geometries: Geometries

    def __len__(self) -> int:
        return len(self.geometries)

    @cached_property
    def points(self) -> Geometries:
        """A point of each feature that lies on it, shape (n,): where it is counted."""
        if self.layer.geometry == "Point":
            return self.geometries
        points: Geometries = shapely.point_on_surface(self.geometries)
        return points

    @cached_property
    def boxes(self) -> Floats:
        """The box of each feature, shape (n, 4), column by column: minx, miny, maxx, maxy."""
        return np.asfortranarray(shapely.bounds(self.geometries))

    def take(self, keep: Bools) -> Features:
        """Return some of the features; `keep` has shape (n,)."""
        if keep.all():
            return self
        return Features(
            self.layer, self.table.filter(pa.array(keep)), self.ids[keep], self.geometries[keep]
        )

    def numbers(self, name: str) -> Floats:
        """Return a numeric field, shape (n,); NaN stands for a missing value.

        Raises
        ------
        MeasureError
            If a value is there but is not a finite number, or larger than :data:`LARGEST`.
        """
        column = self.table.column(name)
        values: Floats = column.cast(pa.float64(), safe=False).to_numpy().astype(np.float64)
        strange = ~(np.abs(values) <= LARGEST) & ~column.is_null().to_numpy()
        if strange.any():
            raise _refuse(
                self.layer, self.ids, strange, f"{name} is not a finite number below {LARGEST:g}"
            )
        return values


@dataclass(frozen=True)
class ZoneSet:
    """The zones of a card: ids, names, and the prepared polygons, shape (k,) each."""

    features: Features
    ids: tuple[str, ...]
    names: tuple[str, ...]
    zones: Zones

    def __len__(self) -> int:
        return len(self.ids)


def features(layer: Layer, table: pa.Table) -> Features:
    """Return a layer's table as features.

    Parameters
    ----------
    table : pyarrow.Table
        The feature table: `geometry` is WKB in EPSG:2180.

    Raises
    ------
    MeasureError
        If a geometry is missing, empty, unreadable, of another family or CRS, not finite, not
        valid, or lies where EPSG:2180 has nothing; the message names the feature.
    """
    ids = np.array(table.column(layer.id_field).to_pylist(), dtype=object)
    column = table.column(GEOMETRY)
    geometries: Geometries = shapely.from_wkb(column.to_numpy(), on_invalid="ignore")
    unread = shapely.is_missing(geometries) & ~column.is_null().to_numpy()
    if unread.any():
        raise _refuse(layer, ids, unread, "the geometry cannot be read")
    _guard(layer, ids, geometries)
    return Features(layer, table, ids, geometries)


def zone_set(zones: Features, prepared: Callable[[Geometries], Zones] = Zones) -> ZoneSet:
    """Return polygons as zones, in the order of their ids (a shared border goes to the first).

    Raises
    ------
    MeasureError
        If there are none: nothing could be told of anywhere.
    """
    if not len(zones):
        raise MeasureError(
            "no zone is left to measure in", where=zones.layer.id, fix="leave one zone at least"
        )
    order: Ints = np.argsort(zones.ids, kind="stable")
    title = zones.layer.title_field or zones.layer.id_field
    names = zones.table.column(title).to_pylist()
    ids = tuple(str(zones.ids[row]) for row in order)
    ordered = Features(
        zones.layer, zones.table.take(pa.array(order)), zones.ids[order], zones.geometries[order]
    )
    titles = tuple(str(names[row] or zones.ids[row]) for row in order)
    return ZoneSet(ordered, ids, titles, prepared(ordered.geometries))


def _guard(layer: Layer, ids: Any, geometries: Geometries) -> None:  # noqa: ANN401 - ids
    lost = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    if lost.any():
        raise _refuse(layer, ids, lost, "the geometry is missing or empty")
    wrong = shapely.get_dimensions(geometries) != DIMENSION[layer.family]
    kinds = shapely.get_type_id(geometries)
    wrong |= kinds == shapely.GeometryType.GEOMETRYCOLLECTION
    if layer.geometry == "Point":  # several points would be counted in no zone
        wrong |= kinds != shapely.GeometryType.POINT
    if wrong.any():
        raise _refuse(layer, ids, wrong, f"the geometry is not a {layer.family}")
    foreign = ~np.isin(shapely.get_srid(geometries), (0, _SRID))
    if foreign.any():
        raise _refuse(layer, ids, foreign, "the geometry says that it is in another CRS")
    _guard_place(layer, ids, shapely.bounds(geometries))
    bad = ~shapely.is_valid(geometries)
    if bad.any():
        reason = shapely.is_valid_reason(geometries[np.flatnonzero(bad)[0]])
        raise _refuse(layer, ids, bad, f"the geometry is not valid ({reason})")


def _guard_place(layer: Layer, ids: Any, bounds: Floats) -> None:  # noqa: ANN401 - ids
    """Refuse what is not finite, or lies where no feature in EPSG:2180 can."""
    strange = ~np.isfinite(bounds).all(axis=1)
    if strange.any():
        raise _refuse(layer, ids, strange, "a coordinate is not a finite number")
    far = _beyond(bounds, crs.domain(crs.METRIC))
    if far.any():
        raise _refuse(layer, ids, far, "a coordinate lies far outside the area of EPSG:2180")
    west, south, east, north = crs.POLAND_DEGREES
    for box in ((west, south, east, north), (south, west, north, east)):
        if len(bounds) and not _beyond(bounds, box).any():
            every = np.ones(len(bounds), dtype=np.bool_)
            raise _refuse(layer, ids, every, "the coordinates are degrees, not EPSG:2180")


def _beyond(bounds: Floats, box: tuple[float, float, float, float]) -> Bools:
    """Tell which bounds reach beyond a box, shape (n,)."""
    low, high = np.array(box[:2]), np.array(box[2:])
    return np.asarray((bounds[:, :2] < low).any(axis=1) | (bounds[:, 2:] > high).any(axis=1))


def _refuse(layer: Layer, ids: Any, bad: Bools, what: str) -> MeasureError:  # noqa: ANN401
    first = ids[np.flatnonzero(bad)[0]]
    more = int(bad.sum()) - 1
    return MeasureError(
        what + (f" (and {more} more features)" if more else ""),
        where=f"{layer.id}, feature {first}",
        fix="mend the feature and publish the layer again",
    )

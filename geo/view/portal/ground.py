"""Features of the city as a page needs them: few at a time, by box, by id or by their row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import shapely

from geo.crs import METRIC
from geo.limits import limit
from geo.model import Layer
from geo.store.boxes import Area
from geo.store.clock import at_most
from geo.store.query import ServeDB, open_serve
from geo.store.snapshot import Snapshot

_SECONDS = 5.0
"""A page asks several layers; one that takes longer is not waited for."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Feature:
    """A feature with its public fields.

    Attributes
    ----------
    geometry : shapely.Geometry
        EPSG:2180, (easting, northing), to the millimetre.
    """

    layer: Layer
    id: str
    fields: dict[str, Any]
    geometry: shapely.Geometry

    @property
    def title(self) -> str:
        """What the layer calls it; its id where it has no name."""
        return str(self.fields.get(self.layer.title_field) or self.id)

    @property
    def named(self) -> bool:
        """Whether it has a name of its own."""
        return bool(self.fields.get(self.layer.title_field))


def within(layer: Layer, snapshot: Snapshot, box: Box, most: int | None = None) -> list[Feature]:
    """Return the features that touch a box: west, south, east, north in EPSG:2180.

    Parameters
    ----------
    most : int, optional
        Where there are more, none is returned: a picture of a part of them would mislead.

    Raises
    ------
    TooSlowError
        If that takes too long.
    """
    west, south, east, north = box
    area = Area((south, west, north, east), METRIC)
    return _read(layer, open_serve(snapshot), limit("items_maximum"), most, area=area)


def one(layer: Layer, snapshot: Snapshot, feature_id: str) -> Feature | None:
    """Return a feature by its id, if there is one."""
    found = open_serve(snapshot).one(feature_id, crs=METRIC)
    return _features(layer, [found])[0] if found else None


def nth(layer: Layer, snapshot: Snapshot, row: int) -> Feature:
    """Return the feature of a row of the version, counted from 0 in stored order."""
    [found] = _features(layer, open_serve(snapshot).page(limit=1, offset=row, crs=METRIC).fragments)
    return found


def _read(
    layer: Layer,
    db: ServeDB,
    size: int,
    most: int | None = None,
    **asked: Any,  # noqa: ANN401 - what ServeDB.page takes
) -> list[Feature]:
    with at_most(_SECONDS):
        page = db.page(limit=size, crs=METRIC, **asked)
        too_many = most is not None and (page.matched or 0) > most
        return [] if too_many else _features(layer, page.fragments)


def _features(layer: Layer, fragments: Iterable[bytes]) -> list[Feature]:
    found = [orjson.loads(each) for each in fragments]
    shapes = shapely.from_geojson([orjson.dumps(each["geometry"]).decode() for each in found])
    # EPSG:2180 is served northing first.
    turned = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    return [
        Feature(layer, str(each["id"]), each["properties"], shape)
        for each, shape in zip(found, turned, strict=True)
    ]

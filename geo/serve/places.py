"""The city's zones as shapes short enough for a filter in an address."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
import shapely

from geo.crs import METRIC
from geo.model.cql2 import to_text, tree
from geo.serve.live import Edition
from geo.store.query import open_serve

_MOST = 200
"""More zones than this are no choice for a person."""

_CHARS = 2_400
"""What an outline may take of an address; percent signs come besides."""

_FINEST_M = 1.0


@dataclass(frozen=True)
class Place:
    """A zone.

    Attributes
    ----------
    outline : Geometry
        EPSG:2180 as its authority writes it, northing first; whole metres.
    tolerance_m : float
        How far the outline may lie from the true one, metres.
    """

    id: str
    name: str
    outline: tree.Geometry
    tolerance_m: float


def offered(edition: Edition, layer_id: str) -> tuple[Place, ...]:
    """Return the zones that features of a layer may be asked for in.

    None for the zones themselves, nor for what is made per zone.
    """
    apart = layer_id == edition.project.site.zones or edition.layers[layer_id].derived
    return () if apart else places(edition)


def places(edition: Edition) -> tuple[Place, ...]:
    """Return the zones of the city as they are published; none if there are too many."""
    layer_id = edition.project.site.zones
    snapshot = edition.snapshots.get(layer_id)
    if snapshot is None or not 2 <= snapshot.manifest.features <= _MOST:
        return ()
    key = ("places", layer_id)
    if key not in edition.documents:
        title = edition.layers[layer_id].title_field
        page = open_serve(snapshot).page(limit=_MOST, crs=METRIC)
        found = [_place(orjson.loads(part), title) for part in page.fragments]
        edition.documents[key] = tuple(sorted(found, key=lambda place: place.name))
    made: tuple[Place, ...] = edition.documents[key]
    return made


def _place(feature: dict[str, object], title: str) -> Place:
    properties = feature["properties"]
    assert isinstance(properties, dict)  # noqa: S101 - our own fragments
    shape = shapely.from_geojson(orjson.dumps(feature["geometry"]))
    name = str(properties.get(title) or feature["id"])
    tolerance = _FINEST_M
    while True:
        outline = _outline(shapely.simplify(shape, tolerance))
        if len(to_text(outline)) <= _CHARS:
            return Place(str(feature["id"]), name, outline, tolerance)
        tolerance *= 1.5


def _outline(shape: shapely.Geometry) -> tree.Geometry:
    rounded = shapely.transform(shape, lambda xy: xy.round(0))
    found = orjson.loads(shapely.to_geojson(rounded))
    return tree.Geometry(found["type"], _tuples(found["coordinates"]))


def _tuples(found: list[object]) -> tuple[object, ...]:
    return tuple(_tuples(x) if isinstance(x, list) else float(str(x)) for x in found)

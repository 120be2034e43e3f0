"""Layers that no YAML file describes: they stand for zones and rasters that come from anywhere."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from geo import crs
from geo.measure.inputs import Features, ZoneSet
from geo.measure.zones import Zones
from geo.model import Layer
from geo.model.layer import Field, Licence, Source
from geo.model.raster import Raster, RasterClass
from geo.model.site import Contact
from geo.model.text import Text

ID = "id"
_LICENCE = Licence(id="none", name="none")
_NOBODY = Contact(name="none", email="none@example.org")


def layer(name: str) -> Layer:
    """Return a layer of polygons with an id and nothing more."""
    text = Text(pl=name, en=name)
    return Layer(
        id=name,
        title=text,
        description=text,
        source=Source(name=text),
        licence=_LICENCE,
        steward=_NOBODY,
        update_interval="P1D",
        crs=crs.METRIC,
        geometry="MultiPolygon",
        id_field=ID,
        derived=True,
        fields=(Field(name=ID, type="string", required=True, title=text),),
    )


def raster_of(name: str, cell_m: float, codes: tuple[int, ...] = ()) -> Raster:
    """Return a raster of numbers, or one of classes where there are codes."""
    text = Text(pl=name, en=name)
    return Raster(
        id="raster",
        title=text,
        description=text,
        source=Source(name=text),
        licence=_LICENCE,
        steward=_NOBODY,
        update_interval="P1D",
        geometry="Raster",
        cell_m=cell_m,
        classes={code: RasterClass(title=Text(pl=str(code), en=str(code))) for code in codes},
        unit="" if codes else "1",
    )


def zone_set(zones: Zones, names: tuple[str, ...] = ()) -> ZoneSet:
    """Return zones as a card takes them, in their own order.

    Parameters
    ----------
    zones : Zones
        k zones.
    names : tuple of str, optional
        Their ids; numbers when not given.
    """
    ids = names or tuple(str(number) for number in range(len(zones)))
    table = pa.table({ID: pa.array(list(ids), pa.string())})
    features = Features(layer("zones"), table, np.array(ids, dtype=object), zones.geometries)
    return ZoneSet(features, ids, ids, zones)

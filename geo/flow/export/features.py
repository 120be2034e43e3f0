"""GeoJSON (RFC 7946) and JSON-FG (OGC 21-045r1) of a whole version, from its ready fragments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from geo import crs
from geo.flow.export.provenance import provenance
from geo.limits import limit
from geo.model import Layer
from geo.model.progress import Progress, silent
from geo.store.query import open_serve
from geo.store.snapshot import Snapshot

CONFORMS_TO = ("http://www.opengis.net/spec/json-fg-1/1.0/conf/core",)


def write_geojson(
    path: Path, layer: Layer, snapshot: Snapshot, *, progress: Progress = silent
) -> None:
    """Write a FeatureCollection in CRS84, longitude first."""
    head = {"type": "FeatureCollection", "name": layer.id, **_said(layer, snapshot)}
    _write(path, head, _fragments(snapshot, crs.CRS84), snapshot, progress)


def write_jsonfg(
    path: Path, layer: Layer, snapshot: Snapshot, *, progress: Progress = silent
) -> None:
    """Write JSON-FG: `geometry` in CRS84 for everyone, `place` in EPSG:2180 for surveyors.

    `place` has the axis order of its authority, northing first.
    """
    head = {
        "type": "FeatureCollection",
        "conformsTo": CONFORMS_TO,
        "featureType": layer.id,
        "geometryDimension": {"point": 0, "line": 1, "polygon": 2}[layer.family],
        "coordRefSys": crs.uri(crs.METRIC),
        **_said(layer, snapshot),
    }
    pairs = zip(_fragments(snapshot, crs.CRS84), _fragments(snapshot, crs.METRIC), strict=True)
    _write(path, head, (placed(degrees, metres) for degrees, metres in pairs), snapshot, progress)


def placed(degrees: bytes, metres: bytes) -> bytes:
    """Return a Feature in CRS84 with the geometry of the same Feature in EPSG:2180 as `place`.

    >>> a = b'{"type":"Feature","id":1,"geometry":{"a":1},"properties":{}}'
    >>> b = b'{"type":"Feature","id":1,"geometry":{"b":2},"properties":{}}'
    >>> placed(a, b)
    b'{"type":"Feature","id":1,"geometry":{"a":1},"properties":{},"place":{"b":2}}'
    """
    # A quote within an id is escaped, so that these words stand first where they are members.
    begin = metres.index(b',"geometry":') + len(b',"geometry":')
    end = metres.index(b',"properties":', begin)
    return b'%b,"place":%b}' % (degrees[:-1], metres[begin:end])


def _said(layer: Layer, snapshot: Snapshot) -> dict[str, object]:
    return {"numberReturned": snapshot.manifest.features, "geobank": provenance(layer, snapshot)}


def _fragments(snapshot: Snapshot, code: str) -> Iterator[bytes]:
    served, most = open_serve(snapshot), limit("items_maximum")
    for offset in range(0, served.count, most):
        yield from served.page(limit=most, offset=offset, crs=code).fragments


def _write(
    path: Path,
    head: dict[str, object],
    found: Iterator[bytes],
    snapshot: Snapshot,
    progress: Progress,
) -> None:
    total = snapshot.manifest.features
    with path.open("wb") as file:
        file.write(orjson.dumps(head)[:-1] + b',"features":[')
        for number, fragment in enumerate(found):
            file.write(b"\n" + fragment if number == 0 else b",\n" + fragment)
            if number % 10_000 == 0:
                progress("GeoJSON", number, total)
        file.write(b"\n]}\n")
    progress("GeoJSON", total, total)

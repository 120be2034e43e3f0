"""The zones of a large measurement: a published layer, a file, squares, or hexagons."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.errors import (
    CRSMismatchError,
    InputRefusedError,
    MeasureError,
    NotFoundError,
    UsageError,
)
from geo.flow.handout import Places
from geo.flow.partitions import Input, is_source, read_plan
from geo.flow.storage import answering, opened
from geo.measure.mesh import Extent, Mesh, hexagons, squares
from geo.measure.where import GEOMETRY
from geo.measure.zones import Geometries
from geo.model import Project
from geo.model.derived import all_layers
from geo.store.catalog import Catalog
from geo.store.snapshot import read_table

_MESH = re.compile(r"(grid|h3):(\d+(?:\.\d+)?)")
_JSON = (".geojson", ".json")
_FINEST = 15


def areas(
    name: str, *, project: Project | None, root: Path, extent: Extent | None, key: str = ""
) -> Places:
    """Return zones by name, in the order of their ids.

    Parameters
    ----------
    name : str
        A published layer of polygons, a GeoParquet or GeoJSON file or URL, ``grid:250`` (metres)
        or ``h3:8``.
    project : Project, optional
        The city, where there is one.
    root : Path
        The data folder.
    extent : tuple of float, optional
        What a grid or hexagons must cover, EPSG:2180.
    key : str
        Column of a file that names a zone; its first text column when empty.

    Raises
    ------
    UsageError, NotFoundError, InputRefusedError, MeasureError
        If there are no such zones, or they are no valid polygons.
    """
    mesh = _MESH.fullmatch(name)
    if mesh:
        return _meshed(mesh[1], float(mesh[2]), extent)
    if project is not None and name in all_layers(project):
        return _published(project, root, name)
    if is_source(name):
        places = _geojson(Path(name), key) if name.endswith(_JSON) else _geoparquet(name, key)
        return _checked(places, name)
    # Evidence may be zones too, but a mistyped name means a layer of the city.
    polygons = (
        [each.id for each in project.layers.values() if each.family == "polygon"] if project else []
    )
    known = ", ".join(polygons) or "none"
    raise NotFoundError(
        f"there are no zones {name!r}",
        where="--zones",
        fix=f"a layer ({known}), a .parquet or .geojson file, grid:250 or h3:8",
    )


def digest(places: Places) -> str:
    """Return the SHA-256 of zones: their ids and every coordinate."""
    told = hashlib.sha256(json.dumps(places.ids).encode())
    for blob in shapely.to_wkb(places.geometries, byte_order=1).tolist():
        told.update(blob)
    return told.hexdigest()


def _meshed(kind: str, size: float, extent: Extent | None) -> Places:
    if extent is None:
        raise MeasureError(
            "the files do not say where their features lie, so no grid can be laid over them",
            fix="name zones from a layer or a file",
        )
    if kind == "h3" and not (size.is_integer() and size <= _FINEST):
        raise UsageError("H3 has the resolutions 0 to 15", where="--zones", fix="h3:8")
    if kind == "grid" and size < 1:
        raise UsageError("a square has a side of at least a metre", where="--zones", fix="grid:250")
    made: Mesh = squares(extent, size) if kind == "grid" else hexagons(extent, int(size))
    return Places(made.ids, made.ids, made.geometries)


def _published(project: Project, root: Path, name: str) -> Places:
    layer = all_layers(project)[name]
    snapshot = Catalog(root).current(name)
    if snapshot is None:
        raise NotFoundError(
            "the layer of zones is not published", where=name, fix=f"geobank publish {name} FILE"
        )
    title = layer.title_field or layer.id_field
    table = read_table(snapshot, list(dict.fromkeys((layer.id_field, title, GEOMETRY))))
    shapes = shapely.from_wkb(table.column(GEOMETRY).to_numpy())
    ids, names = table.column(layer.id_field).to_pylist(), table.column(title).to_pylist()
    return _checked(_ordered(ids, names, shapes), name)


def _geoparquet(name: str, key: str) -> Places:
    given: Input = read_plan(name, [key] if key else [], None)
    ids: list[Any] = []
    shapes: list[Geometries] = []
    for part in given.parts:
        with answering(part.file), opened(part.file, part.footer) as file:
            wanted = [key or _first_text(file.schema_arrow, given.geometry, part.name)]
            table = file.read_row_group(part.group, columns=[*wanted, given.geometry])
        ids += table.column(wanted[0]).to_pylist()
        shapes.append(shapely.from_wkb(table.column(given.geometry).to_numpy()))
    return _ordered(ids, ids, np.concatenate(shapes) if shapes else np.empty(0, dtype=object))


def _first_text(schema: Any, geometry: str, name: str) -> str:  # noqa: ANN401 - Arrow has no types
    kinds = ("string", "large_string")
    texts = [str(f.name) for f in schema if f.name != geometry and str(f.type) in kinds]
    if not texts:
        raise UsageError("no column of the zones' file is text", where=name, fix="--zone-id COLUMN")
    return texts[0]


def _geojson(path: Path, key: str) -> Places:
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
        features = told["features"]
        shapes = np.array(
            [shapely.from_geojson(json.dumps(one["geometry"])) for one in features], dtype=object
        )
        ids = [_id(one, number, key) for number, one in enumerate(features)]
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise InputRefusedError(
            f"the zones cannot be read ({type(error).__name__})",
            where=path.name,
            fix="name a GeoJSON FeatureCollection of polygons",
        ) from None
    return _ordered(ids, ids, crs.reproject(shapes, _crs_of(told, path.name), crs.METRIC))


def _crs_of(told: dict[str, Any], name: str) -> str:
    """Return the CRS of a GeoJSON: CRS84, as RFC 7946 says, or what its `crs` member names."""
    member = told.get("crs")
    if member is None:
        return crs.CRS84
    stated = member.get("properties", {}).get("name") if isinstance(member, dict) else None
    known = {code: crs.parse(code) for code in crs.ACCEPTED}
    for code, meant in known.items():
        if isinstance(stated, str) and crs.same(crs.parse(stated), meant):
            return crs.CRS84 if code in ("EPSG:4326", "EPSG:4258") else code
    raise CRSMismatchError(
        f"the zones' CRS is not one that is known here: {stated!r}",
        where=name,
        fix=f"write them in one of {', '.join(crs.ACCEPTED)}, or without `crs` in CRS84",
    )


def _id(feature: dict[str, Any], number: int, key: str) -> Any:  # noqa: ANN401 - any JSON
    told = feature.get("properties") or {}
    if key:
        return told[key]
    found = feature.get("id")
    texts = [value for value in told.values() if isinstance(value, str)]
    return found if found is not None else (texts[0] if texts else str(number + 1))


def _ordered(ids: list[Any], names: list[Any], shapes: Geometries) -> Places:
    keys = [str(one) for one in ids]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return Places(
        tuple(keys[row] for row in order),
        tuple(str(names[row] or keys[row]) for row in order),
        np.asarray(shapes, dtype=object)[order],
    )


def _checked(places: Places, name: str) -> Places:
    """Refuse what is no valid polygon, and ids that are not unique."""
    shapes = places.geometries
    if not len(shapes):
        raise MeasureError("there is no zone", where=name, fix="name a layer or file with polygons")
    bad = (
        shapely.is_missing(shapes)
        | shapely.is_empty(shapes)
        | ~np.isin(shapely.get_type_id(shapes), (3, 6))
        | ~shapely.is_valid(shapes)
    )
    if bad.any():
        first = places.ids[int(np.flatnonzero(bad)[0])]
        raise MeasureError(
            "a zone is no valid polygon", where=f"{name}, zone {first}", fix="mend the zone"
        )
    if len(set(places.ids)) != len(places.ids):
        raise MeasureError(
            "zones share an id", where=name, fix="name a column of unique ids: --zone-id COLUMN"
        )
    return places

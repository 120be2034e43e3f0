"""The zones of a large measurement: a published layer, a file, squares, or hexagons."""

from __future__ import annotations

import hashlib
import json
import re
from itertools import pairwise
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
from geo.flow.streamed.handout import Places
from geo.flow.streamed.partitions import Input, is_source, read_plan
from geo.flow.streamed.storage import answering, opened
from geo.measure.mesh import Extent, Mesh, hexagons, squares
from geo.measure.where import GEOMETRY
from geo.measure.zones import Geometries
from geo.model import Project
from geo.model.derived import all_layers
from geo.model.meant import meant
from geo.store.catalog import Catalog
from geo.store.snapshot import read_table

_MESH = re.compile(r"(grid|h3):(\d+(?:\.\d+)?)")
_JSON = (".geojson", ".json")
_FINEST = 15
_KINDS = ("points", "lines")


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
        read = _geojson if name.endswith(_JSON) else _geoparquet
        return _checked(*read(name, key), name)
    # Evidence may be zones too, but a mistyped name means a layer of the city.
    polygons = (
        [each.id for each in project.layers.values() if each.family == "polygon"] if project else []
    )
    raise NotFoundError(
        f"there are no zones {name!r}",
        where="--zones",
        fix=f"{meant(name, polygons)}; or a .parquet or .geojson file, grid:250 or h3:8",
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
    return _checked(_ordered(ids, names, shapes), layer.id_field, name)


def _geoparquet(name: str, key: str) -> tuple[Places, str]:
    """Return the zones of a file, and the column that names them."""
    given: Input = read_plan(name, [key] if key else [], None)
    ids: list[Any] = []
    shapes: list[Geometries] = []
    wanted = [key]
    for part in given.parts:
        with answering(part.file), opened(part.file, part.footer) as file:
            wanted = [key or _first_text(file.schema_arrow, given.geometry, part.name)]
            table = file.read_row_group(part.group, columns=[*wanted, given.geometry])
        ids += table.column(wanted[0]).to_pylist()
        shapes.append(shapely.from_wkb(table.column(given.geometry).to_numpy()))
    found = np.concatenate(shapes) if shapes else np.empty(0, dtype=object)
    return _ordered(ids, ids, found), wanted[0]


def _first_text(schema: Any, geometry: str, name: str) -> str:  # noqa: ANN401 - Arrow has no types
    kinds = ("string", "large_string")
    texts = [str(f.name) for f in schema if f.name != geometry and str(f.type) in kinds]
    if not texts:
        raise UsageError("no column of the zones' file is text", where=name, fix="--zone-id COLUMN")
    return texts[0]


def _geojson(name: str, key: str) -> tuple[Places, str]:
    """Return the zones of a file, and the property that names them."""
    path = Path(name)
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
        features = told["features"]
        shapes = np.array(
            [shapely.from_geojson(json.dumps(one["geometry"])) for one in features], dtype=object
        )
        named = [_id(one, number, key) for number, one in enumerate(features)]
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise InputRefusedError(
            f"the zones cannot be read ({type(error).__name__})",
            where=path.name,
            fix="name a GeoJSON FeatureCollection of polygons",
        ) from None
    ids = [each for each, _ in named]
    column = " or ".join(dict.fromkeys(column for _, column in named))
    shapes = crs.reproject(shapes, _crs_of(told, path.name), crs.METRIC)
    return _ordered(ids, ids, shapes), column


def _crs_of(told: dict[str, Any], name: str) -> str:
    """Return the CRS of a GeoJSON: CRS84, as RFC 7946 says, or what its `crs` member names."""
    member = told.get("crs")
    if member is None:
        return crs.CRS84
    stated = member.get("properties", {}).get("name") if isinstance(member, dict) else None
    known = {code: crs.parse(code) for code in crs.ACCEPTED}
    for code, each in known.items():
        if isinstance(stated, str) and crs.same(crs.parse(stated), each):
            return crs.CRS84 if code in ("EPSG:4326", "EPSG:4258") else code
    raise CRSMismatchError(
        f"the zones' CRS is not one that is known here: {stated!r}",
        where=name,
        fix=f"write them in one of {', '.join(crs.ACCEPTED)}, or without `crs` in CRS84",
    )


def _id(feature: dict[str, Any], number: int, key: str) -> tuple[Any, str]:
    """Return what names a zone, and where that stands."""
    told = feature.get("properties") or {}
    if key:
        if key not in told:
            raise UsageError(
                f"a zone has no {key!r}", where=f"--zone-id, zone {number + 1}",
                fix=meant(key, told),
            )  # fmt: skip
        return told[key], key
    if feature.get("id") is not None:
        return feature["id"], "id"
    texts = [(value, name) for name, value in told.items() if isinstance(value, str)]
    return texts[0] if texts else (str(number + 1), "the order")


def _ordered(ids: list[Any], names: list[Any], shapes: Geometries) -> Places:
    keys = [str(one) for one in ids]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return Places(
        tuple(keys[row] for row in order),
        tuple(str(names[row] or keys[row]) for row in order),
        np.asarray(shapes, dtype=object)[order],
    )


def _checked(places: Places, column: str, name: str) -> Places:
    """Refuse what is no valid polygon, and ids of a column that are not unique."""
    shapes = places.geometries
    if not len(shapes):
        raise MeasureError("there is no zone", where=name, fix="name a layer or file with polygons")
    flat = shapely.get_dimensions(shapes[~shapely.is_missing(shapes)])
    if len(flat) and flat.max() < len(_KINDS):
        raise MeasureError(
            f"zones are polygons, and these are {_KINDS[int(flat.max())]}",
            where=name,
            fix="name a layer or file of polygons, grid:250 or h3:8",
        )
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
    twice = [one for one, next_one in pairwise(places.ids) if one == next_one]
    if twice:
        raise MeasureError(
            f"zones share an id: {column} is {twice[0]!r} more than once",
            where=name,
            fix="name a column that tells zones apart: --zone-id COLUMN",
        )
    return places

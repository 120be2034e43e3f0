"""What distances go to: a published layer or a file, read once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import shapely

from geo.errors import MeasureError, NotFoundError, UsageError
from geo.flow.streamed.partitions import is_source, read_plan
from geo.flow.streamed.storage import answering, opened
from geo.measure.streamed.batch import Batch
from geo.measure.where import GEOMETRY, fields
from geo.measure.zones import Geometries
from geo.model.indicator import OWN_AREA
from geo.model.meant import meant, unquoted

if TYPE_CHECKING:
    from geo.model import Project

_KINDS = {0: "points", 1: "lines", 2: "polygons"}


@dataclass(frozen=True)
class Targets:
    """What distances go to.

    Attributes
    ----------
    name : str
        As the user named it; with its version where it is a layer.
    where : str
        CQL2 text; empty: every feature.
    geometries : numpy.ndarray of shapely.Geometry, shape (t,)
        EPSG:2180, of one family.
    """

    name: str
    where: str
    geometries: Geometries

    @property
    def digest(self) -> str:
        """SHA-256 over every coordinate."""
        told = hashlib.sha256()
        for blob in shapely.to_wkb(self.geometries, byte_order=1).tolist():
            told.update(blob)
        return told.hexdigest()


def targets(name: str, where: str, *, project: Project | None, root: Path) -> Targets:
    """Read what distances go to.

    Parameters
    ----------
    name : str
        A published layer, a GeoParquet file, a folder of them, a pattern or a URL.
    where : str
        CQL2 text over its columns and ``"$area"``.
    project : Project, optional
        The city, where there is one.
    root : Path
        The data folder.

    Raises
    ------
    UsageError, NotFoundError, MeasureError, CRSMismatchError
        If there is nothing of that name, the filter does not fit, or it is not public.
    """
    columns = [column for column in fields(where) if column != OWN_AREA]
    layers = project.layers if project is not None else {}
    if project is not None and name in layers:
        told, table, geometry = _published(project, root, name, columns, where)
    elif is_source(name):
        told, (table, geometry) = name, _from_files(name, columns)
    else:
        raise NotFoundError(
            f"there is nothing called {name!r} to measure to",
            where="--to",
            fix=f"{meant(name, layers)}; or a .parquet file",
        )
    shapes = Batch(table, geometry).take(where).geometries
    kinds = np.unique(shapely.get_dimensions(shapes))
    if len(kinds) > 1:
        found = " and ".join(_KINDS[int(kind)] for kind in kinds)
        raise MeasureError(
            f"the targets are {found}", where=name, fix="name a layer with one kind of geometry"
        )
    return Targets(told, where, shapes)


def _published(
    project: Project, root: Path, name: str, columns: list[str], where: str
) -> tuple[str, pa.Table, str]:
    from geo.store.catalog import Catalog
    from geo.store.snapshot import read_table

    layer, snapshot = project.layers[name], Catalog(root).current(name)
    if snapshot is None:
        fix = f"geobank publish {name} FILE"
        raise NotFoundError("the layer of targets is not published", where=name, fix=fix)
    for column in columns:
        field = layer.field(column)
        if field is None or not field.public:
            there = meant(column, [one.name for one in layer.public_fields])
            raise UsageError(
                f"there is no public field {column!r}", where=f"--to-where, {name}",
                fix=unquoted(column, where) + there,
            )  # fmt: skip
    table = read_table(snapshot, [*columns, GEOMETRY])
    return f"{name} {snapshot.version}", table, GEOMETRY


def _from_files(name: str, columns: list[str]) -> tuple[pa.Table, str]:
    given = read_plan(name, columns, None)
    found = []
    for part in given.parts:
        with answering(part.file), opened(part.file, part.footer) as file:
            found.append(file.read_row_group(part.group, columns=list(given.columns)))
    return pa.concat_tables(found), given.geometry

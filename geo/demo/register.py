"""The cadastre's table: parcel ids as EGiB writes them, precinct, land use, registered area."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from geopandas import GeoSeries

from geo.crs import METRIC
from geo.demo.city import City
from geo.demo.refine import batches, plan_split
from geo.model.progress import Progress, silent

PRECINCTS = {
    "centrum": ("0001", "Siemianowice"),
    "bytkow": ("0002", "Bytków"),
    "michalkowice": ("0003", "Michałkowice"),
    "bangow": ("0004", "Bańgów"),
    "przelajka": ("0005", "Przełajka"),
}
"""District -> number and name of its cadastral precinct; invented, as the parcels are."""

LAND_USE = {
    "core": "B", "colony": "B", "terraces": "B", "villas": "B", "village": "B", "estate": "B",
    "lawn": "Bz", "industry": "Ba", "belt": "Bz", "services": "Bi", "school": "Bi", "church": "Bi",
    "garages": "Bi", "sport": "Bz", "park": "Bz", "square": "Bz", "allotment": "Bz",
    "cemetery": "Bi", "forest": "Ls", "meadow": "Ł", "heap": "N", "fields": "R", "water": "Ws",
    "stream": "Wp", "rail": "Tk", "main": "dr", "collector": "dr", "local": "dr", "lane": "dr",
    "track": "dr",
}  # fmt: skip
"""Kind of ground -> EGiB land use."""

CHILDREN = 1_000_000
"""A split parcel 12/3 becomes 12/3000001, 12/3000002, ...: more than any split makes."""


def numbered(city: City) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the parcels in the order of their numbers, with precinct, number and part.

    Returns
    -------
    order : numpy.ndarray of int, shape (n,)
    number, part : numpy.ndarray of int, shape (n,)
        In that order; part 0: the parcel was never divided.
    """
    rng = np.random.default_rng([city.seed, 11])
    ground = city.ground
    code = np.array([PRECINCTS[name][0] for name in ground.district])
    along = GeoSeries(ground.parcels).hilbert_distance(city.outline.city.bounds).to_numpy()
    order = np.lexsort((along, code))
    size = rng.choice([1, 1, 1, 2, 2, 3, 5], len(order))
    group = np.repeat(np.arange(len(size)), size)[: len(order)]
    _, first, count = np.unique(group, return_index=True, return_counts=True)
    part = np.arange(len(order)) - first[group] + 1
    part[count[group] == 1] = 0
    starts = np.searchsorted(code[order], code[order])
    return order, group - group[starts] + 1, part


def parcel_tables(city: City, scale: float = 1.0) -> Iterator[pa.Table]:
    """Yield the cadastre in batches of bounded size.

    Parameters
    ----------
    scale : float
        1 or more; multiplies the number of parcels, see :mod:`geo.demo.refine`.

    Yields
    ------
    pyarrow.Table
        ID_DZIALKI, OBREB, UZYTEK, POW_EWID (m2) and geometry (WKB polygons, EPSG:2180).
    """
    order, number, part = numbered(city)
    ground = city.ground
    parcels = ground.parcels[order]
    prefix = [f"247401_1.{PRECINCTS[name][0]}." for name in ground.district[order]]
    precinct = np.array([PRECINCTS[name][1] for name in ground.district[order]])
    use = np.array([LAND_USE[kind] for kind in ground.kind[order]])
    split = plan_split(parcels, scale)
    for geometry, source in batches(parcels, split):
        starts = np.searchsorted(source, source)
        child = np.arange(len(source)) - starts + 1
        inner = part[source] * CHILDREN + child
        inner = np.where(split.chosen[source], inner, part[source])
        ids = [
            f"{prefix[s]}{n}/{m}" if m else f"{prefix[s]}{n}"
            for s, n, m in zip(
                source.tolist(), number[source].tolist(), inner.tolist(), strict=True
            )
        ]
        yield pa.table(
            {
                "ID_DZIALKI": ids,
                "OBREB": precinct[source],
                "UZYTEK": use[source],
                "POW_EWID": np.maximum(np.round(shapely.area(geometry)), 1.0),
                "geometry": pa.array(shapely.to_wkb(geometry), type=pa.binary()),
            }
        )


def write_parcels(city: City, path: Path, scale: float = 1.0, progress: Progress = silent) -> int:
    """Write the cadastre to a GeoPackage; return its length.

    Memory stays bounded whatever the scale: batches are appended.
    """
    path.unlink(missing_ok=True)
    total = round(scale * len(city.ground.parcels))
    written = 0
    for table in parcel_tables(city, scale):
        pyogrio.write_arrow(
            table,
            path,
            layer=path.stem,
            driver="GPKG",
            geometry_name="geometry",
            geometry_type="Polygon",
            crs=METRIC,
            append=written > 0,
        )
        written += len(table)
        progress("działki / parcels", min(written, total), total)
    return written

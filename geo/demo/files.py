"""The city as files of a real city's formats: GeoPackage, Shapefile in cp1250, GeoJSON, GeoTIFF."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from geo.crs import METRIC
from geo.demo.city import City, found_city
from geo.demo.outline import NAMES
from geo.demo.rasters import write_rasters
from geo.demo.register import PRECINCTS, numbered, write_parcels
from geo.errors import UsageError
from geo.model.progress import Progress, silent

FILES = {
    "districts": "districts.gpkg",
    "census_areas": "census_areas.gpkg",
    "mpzp": "mpzp.gpkg",
    "greenery": "greenery.shp",
    "bike_paths": "bike_paths.shp",
    "parcels": "parcels.gpkg",
    "buildings": "buildings.gpkg",
    "addresses": "addresses.geojson",
    "stops": "stops.geojson",
    "schools": "schools.geojson",
    "streets": "streets.gpkg",
}
"""Layer -> file. Column names are aliases of the layer's fields, as a city's own systems use."""

NOTE = """DANE SYNTETYCZNE. To miasto jest wymyślone: kształt i liczby przypominają Siemianowice \
Śląskie, lecz żadna działka, ulica, adres ani plan nie istnieje.
SYNTHETIC DATA. This city is invented: its shape and figures resemble Siemianowice Śląskie, \
but no parcel, street, address or plan in it exists.
"""
LARGEST_SCALE = 400.0


def build(
    folder: Path, *, seed: int = 2026, scale: float = 1.0, progress: Progress = silent
) -> dict[str, Path]:
    """Generate the city and write its files into ``folder/files``.

    Parameters
    ----------
    folder : Path
        Made if it is missing; files of the same names are replaced.
    seed : int
        0 or more.
    scale : float
        1 to 400: multiplies the number of parcels (see :mod:`geo.demo.refine`).

    Returns
    -------
    dict of str to Path
        Layer id to its file; ``land_cover`` and ``ndvi`` to the rasters.

    Raises
    ------
    UsageError
        If seed or scale are out of range.
    """
    check(seed, scale)
    city = found_city(seed, progress)
    target = folder / "files"
    target.mkdir(parents=True, exist_ok=True)
    return write_files(city, target, scale, progress)


def check(seed: int, scale: float) -> None:
    """Refuse a seed or a scale that has no meaning."""
    if seed < 0:
        raise UsageError(f"the seed is {seed}", fix="use 0 or more, for example --seed 2026")
    if not 1 <= scale <= LARGEST_SCALE:
        raise UsageError(
            f"the scale is {scale:g}", fix=f"use 1 to {LARGEST_SCALE:g}; 14.5 makes 200 000 parcels"
        )


def write_files(
    city: City, folder: Path, scale: float = 1.0, progress: Progress = silent
) -> dict[str, Path]:
    """Write every layer and raster into a folder that exists; return their paths."""
    made = {name: folder / file for name, file in FILES.items()}
    frames = {name: frame for name, frame in tables(city).items() if name in made}
    stage, total = "pliki / files", len(frames) + 2
    (folder / "README.txt").write_text(NOTE, encoding="utf-8")
    for done, (name, frame) in enumerate(frames.items()):
        progress(stage, done, total)
        _write(frame, made[name])
    progress(stage, total - 2, total)
    write_parcels(city, made["parcels"], scale, progress)
    progress(stage, total - 1, total)
    made |= write_rasters(city, folder)
    progress(stage, total, total)
    return made


def _write(frame: gpd.GeoDataFrame, path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.suffix == ".shp":
        pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile", encoding="CP1250")
        path.with_suffix(".cpg").write_text("1250\n", encoding="ascii")
    elif path.suffix == ".geojson":
        pyogrio.write_dataframe(frame, path, driver="GeoJSON", COORDINATE_PRECISION=3)
    else:
        # Through Arrow a date stays a date; otherwise it becomes a moment.
        pyogrio.write_dataframe(frame, path, driver="GPKG", layer=path.stem, use_arrow=True)


def tables(city: City) -> dict[str, gpd.GeoDataFrame]:
    """Return every layer but parcels as the city's own systems hold it, EPSG:2180."""
    return {
        "districts": _frame(
            {"KOD": list(city.districts), "NAZWA": [NAMES[name] for name in city.districts]},
            list(city.districts.values()),
        ),
        "census_areas": _census_areas(city),
        "mpzp": _mpzp(city),
        "greenery": _greenery(city),
        "bike_paths": _bike_paths(city),
        "buildings": _buildings(city),
        "addresses": _addresses(city),
        "stops": _frame(
            {"KOD": city.stops.code, "NAZWA": city.stops.name, "RODZAJ": city.stops.mode},
            city.stops.point,
        ),
        "schools": _schools(city),
        "streets": _streets(city),
    }


def _census_areas(city: City) -> gpd.GeoDataFrame:
    """Return the people of each district's addresses, as a census publishes them."""
    shapes = np.array(list(city.districts.values()), dtype=object)
    address, district = shapely.STRtree(shapes).query(city.addresses.point, "intersects")
    address, first = np.unique(address, return_index=True)  # one district for each address
    people = np.bincount(
        district[first], weights=city.addresses.people[address], minlength=len(shapes)
    )
    return _frame(
        {"REJON": [f"R{n:03d}" for n in range(1, len(shapes) + 1)],
         "LUDNOSC": people.astype("int32")},
        shapes,
    )  # fmt: skip


def _frame(columns: dict[str, object], geometry: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=METRIC)


def _ids(letter: str, count: int) -> list[str]:
    return [f"{letter}{number:05d}" for number in range(1, count + 1)]


def _mpzp(city: City) -> gpd.GeoDataFrame:
    zoning = city.zoning
    columns: dict[str, object] = {
        "IDENT": zoning.area_id,
        "PLAN": [plan.plan_id for plan in zoning.plan],
        "SYMBOL": zoning.symbol,
        "PRZEZN": zoning.use,
        "PRZEZN2": zoning.use_second,
        "PODSTAWA": [plan.basis for plan in zoning.plan],
        "OD_DNIA": [plan.since for plan in zoning.plan],
    }
    return _frame(columns, zoning.shape)


def _greenery(city: City) -> gpd.GeoDataFrame:
    found = city.greenery
    columns: dict[str, object] = {
        "ID": _ids("Z", len(found.shape)),
        "RODZAJ": found.kind,
        "NAZWA": found.name,
        "PUBLICZNY": found.public,
    }
    return _frame(columns, found.shape)


def _bike_paths(city: City) -> gpd.GeoDataFrame:
    found = city.bike_paths
    columns: dict[str, object] = {
        "ID": _ids("R", len(found.line)),
        "NAZWA": found.name,
        "STRONY": np.array(found.sides, dtype="int32"),
        "RODZAJ": found.kind,
        "NAWIERZCHN": found.surface,
    }
    return _frame(columns, found.line)


def _buildings(city: City) -> gpd.GeoDataFrame:
    """Return buildings with ids that begin with those of their parcels, as EGiB has them."""
    order, number, part = numbered(city)
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    on = place[city.buildings.parcel]
    starts = np.searchsorted(city.buildings.parcel, city.buildings.parcel)
    rank = np.arange(len(on)) - starts + 1
    code = [PRECINCTS[name][0] for name in city.ground.district[city.buildings.parcel]]
    ids = [
        f"247401_1.{c}.{number[p]}{f'/{part[p]}' if part[p] else ''}.{r}_BUD"
        for c, p, r in zip(code, on, rank, strict=True)
    ]
    columns: dict[str, object] = {
        "ID_BUDYNKU": ids,
        "FUNKCJA": city.buildings.function,
        "KONDYGN": city.buildings.floors,
    }
    return _frame(columns, city.buildings.shape)


def _addresses(city: City) -> gpd.GeoDataFrame:
    found = city.addresses
    columns: dict[str, object] = {
        "ID": _ids("A", len(found.point)),
        "ADRES": [f"ul. {s} {n}" for s, n in zip(found.street, found.number, strict=True)],
        "ULICA": found.street,
        "NUMER": found.number,
        "OSOBY": found.people,
    }
    return _frame(columns, found.point)


def _schools(city: City) -> gpd.GeoDataFrame:
    found = city.schools
    columns: dict[str, object] = {
        "RSPO": found.school_id,
        "NAZWA": found.name,
        "TYP": found.level,
        "UCZNIOWIE": found.pupils,
    }
    return _frame(columns, found.point)


def _streets(city: City) -> gpd.GeoDataFrame:
    found = city.streets
    columns: dict[str, object] = {
        "ID": _ids("U", len(found.line)),
        "NAZWA": found.name,
        "KLASA": found.kind,
    }
    return _frame(columns, found.line)

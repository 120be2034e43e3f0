"""A card's example, computed by the engine: what a person worked out by hand must come out."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import shapely

from geo.errors import MeasureError
from geo.measure.card import CardResult, measure
from geo.measure.inputs import features, zone_set
from geo.measure.plan import plan
from geo.measure.raster import Cells, Grid
from geo.measure.where import GEOMETRY
from geo.measure.zonal import RasterGrid, Source
from geo.model import Indicator, Layer, Project
from geo.model.arrow import ARROW
from geo.model.raster import Raster

_Row = dict[str, str | int | float | bool | None]


def run_example(project: Project, card: Indicator) -> CardResult:
    """Measure a card on its own example.

    Raises
    ------
    MeasureError
        If the example's geometry or values do not fit its layers.
    """
    recipe = plan(project, card)
    zones = recipe.zones
    rows: list[_Row] = [
        {zones.id_field: name, GEOMETRY: wkt} for name, wkt in card.example.zones.items()
    ]
    places = features(zones, table_of(zones, rows))
    sources: dict[str, Source] = {zones.id: places}
    for layer_id in recipe.layers[1:]:
        mine = list(card.example.layers.get(layer_id, ()))
        if layer_id in project.rasters:
            sources[layer_id] = cells_of(project.raster(layer_id), mine)
            continue
        layer = project.layer(layer_id)
        sources[layer_id] = features(layer, table_of(layer, mine))
    return measure(recipe, zone_set(places), sources)


def cells_of(raster: Raster, rows: list[_Row]) -> RasterGrid:
    """Return a raster written by hand: its rectangle as WKT, and its `cells` row by row.

    Rows stand from north to south, ``1 1 2; 1 - 2``; a dash is a cell without data.

    Raises
    ------
    MeasureError
        If it is not one rectangle of cells, all rows equally long.
    """
    try:
        (row,) = rows
        words = [line.split() for line in str(row["cells"]).split(";")]
        cells = np.array([[math.nan if each == "-" else float(each) for each in line]
                          for line in words])  # fmt: skip
        west, south, east, north = shapely.from_wkt(row[GEOMETRY]).bounds
    except (ValueError, KeyError) as error:
        raise MeasureError(
            "the example's raster is not one rectangle with `cells`",
            where=raster.id,
            fix='geometry: a POLYGON, cells: "1 1 2; 1 - 2"',
        ) from error
    nodata = math.nan
    if raster.classes:
        nodata = float(np.iinfo(np.uint16).max)
        cells = np.where(np.isnan(cells), nodata, cells).astype(np.uint16)
    height, width = cells.shape
    grid = Grid(west, north, (east - west) / width, (north - south) / height, width, height)

    def read(row: int, column: int, rows: int, columns: int) -> Cells:
        return cells[row : row + rows, column : column + columns]

    return RasterGrid(raster, grid, nodata, read)


def table_of(layer: Layer, rows: list[_Row]) -> pa.Table:
    """Return rows with WKT in EPSG:2180 as a feature table; fields left out are missing."""
    columns = [
        pa.array([row.get(field.name) for row in rows], type=ARROW[field.type])
        for field in layer.fields
    ]
    shapes = shapely.from_wkt([row[GEOMETRY] for row in rows])
    columns.append(pa.array(shapely.to_wkb(shapes), type=pa.binary()))
    return pa.table(columns, names=[*(field.name for field in layer.fields), GEOMETRY])

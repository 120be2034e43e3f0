"""A card's example, computed by the engine: what a person worked out by hand must come out."""

from __future__ import annotations

import pyarrow as pa
import shapely

from geo.measure.card import CardResult, measure
from geo.measure.inputs import features, zone_set
from geo.measure.plan import plan
from geo.measure.where import GEOMETRY
from geo.model import Indicator, Layer, Project
from geo.model.arrow import ARROW

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
    sources = {zones.id: features(zones, table_of(zones, rows))}
    for layer_id in recipe.layers[1:]:
        layer = project.layer(layer_id)
        table = table_of(layer, list(card.example.layers.get(layer_id, ())))
        sources[layer_id] = features(layer, table)
    return measure(recipe, zone_set(sources[zones.id]), sources)


def table_of(layer: Layer, rows: list[_Row]) -> pa.Table:
    """Return rows with WKT in EPSG:2180 as a feature table; fields left out are missing."""
    columns = [
        pa.array([row.get(field.name) for row in rows], type=ARROW[field.type])
        for field in layer.fields
    ]
    shapes = shapely.from_wkt([row[GEOMETRY] for row in rows])
    columns.append(pa.array(shapely.to_wkb(shapes), type=pa.binary()))
    return pa.table(columns, names=[*(field.name for field in layer.fields), GEOMETRY])

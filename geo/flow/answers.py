"""A measured card as feature tables: its evidence, and its rows among the values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from geo.measure.card import CardResult, Value
from geo.measure.evidence import Evidence, evidence
from geo.measure.zones import Geometries
from geo.model import Indicator, Layer, Text
from geo.model.derived import WHOLE
from geo.store.table import GEOMETRY, promote, schema_of, wkb_column

_LETTER = {"numerator": "n", "denominator": "d"}


def versions_text(inputs: Mapping[str, str]) -> str:
    """Return layers and versions as one line: ``districts@2026...; mpzp@2026...``."""
    return "; ".join(f"{layer}@{version}" for layer, version in inputs.items())


def evidence_table(layer: Layer, result: CardResult, inputs: Mapping[str, str]) -> pa.Table:
    """Return the pieces behind a card as the table of its evidence layer.

    Parameters
    ----------
    layer : Layer
        The evidence layer of :mod:`geo.model.derived`.
    inputs : mapping of str to str
        Layer id to version.
    """
    tables = [_pieces(layer, result, part, inputs) for part in evidence(result)]
    return pa.concat_tables(tables) if tables else schema_of(layer).empty_table()


def _pieces(
    layer: Layer, result: CardResult, part: Evidence, inputs: Mapping[str, str]
) -> pa.Table:
    zones = part.zone.tolist()
    ids = [None if each is None else str(each) for each in part.feature_id]
    start = [f"{result.zones.ids[zone]}.{_LETTER[part.plan.role]}" for zone in zones]
    classes = part.class_name.tolist()
    rest = [name if each is None else each for each, name in zip(ids, classes, strict=True)]
    columns: dict[str, Any] = {
        "piece_id": [s if i is None else f"{s}.{i}" for s, i in zip(start, rest, strict=True)],
        "zone_id": [result.zones.ids[zone] for zone in zones],
        "zone_name": [result.zones.names[zone] for zone in zones],
        "part": [part.plan.role] * len(zones),
        "layer": [part.plan.layer] * len(zones),
        "version": [_version(result, part.plan.layer, inputs)] * len(zones),
        "feature_id": ids,
        "class": classes,
        "reading": pa.array(part.reading, from_pandas=True),
        "measure": part.measure,
        "unit": [part.plan.unit] * len(zones),
        "features": part.features,
    }
    return _table(layer, columns, part.geometry)


def _version(result: CardResult, layer_id: str, inputs: Mapping[str, str]) -> str:
    """Return a layer's version; cells follow from the layer that they cover."""
    return inputs.get(layer_id) or inputs[result.plan.extent.id]


def values_table(
    layer: Layer,
    card: Indicator,
    result: CardResult,
    titles: Callable[[str], Text],
    inputs: Mapping[str, str],
    *,
    synthetic: bool,
    computed_at: datetime,
) -> pa.Table:
    """Return a card's answers as rows of the values layer: per class and zone, and for all zones.

    Parameters
    ----------
    titles : callable
        What a class is called.
    """
    zones = result.zones
    zone_ids, zone_names = [*zones.ids, WHOLE], [*zones.names, None]
    groups: list[tuple[str | None, tuple[Value, ...]]] = [(None, (*result.values, result.whole))]
    groups += [(each.name, (*each.values, each.whole)) for each in result.classes]
    count = len(zone_ids)
    total = count * len(groups)
    answers = [answer for _, values in groups for answer in values]
    names = [name for name, _ in groups for _ in range(count)]
    words = [None if name is None else titles(name) for name in names]
    ids = [zone if name is None else f"{zone}.{name}"
           for name, zone in zip(names, zone_ids * len(groups), strict=True)]  # fmt: skip
    columns: dict[str, Any] = {
        "value_id": [f"{card.id}.{rest}" for rest in ids],
        "indicator": [card.id] * total,
        "title_pl": [card.title.pl] * total,
        "title_en": [card.title.en] * total,
        "zones": [result.plan.zones.id] * total,
        "zone_id": zone_ids * len(groups),
        "zone_name": zone_names * len(groups),
        "class": names,
        "class_pl": [None if each is None else each.pl for each in words],
        "class_en": [None if each is None else each.en for each in words],
        "headline": [(name or "") == card.headline for name in names],
        "modelled": [card.modelled is not None] * total,
        "value": [answer.value for answer in answers],
        "unit": [card.unit] * total,
        "status": [answer.status for answer in answers],
        "numerator": [answer.numerator for answer in answers],
        "denominator": [answer.denominator for answer in answers],
        "pieces": [answer.pieces for answer in answers],
        "inputs": [versions_text(inputs)] * total,
        "synthetic": [synthetic] * total,
        "computed_at": [computed_at] * total,
    }
    shapes: Geometries = np.empty(count, dtype=object)
    shapes[:-1] = zones.features.geometries
    shapes[-1] = zones.zones.whole
    return _table(layer, columns, np.tile(shapes, len(groups)))


def _table(layer: Layer, columns: Mapping[str, Any], shapes: Geometries) -> pa.Table:
    schema = schema_of(layer)
    arrays = [
        pa.array(columns[field.name], type=field.type) for field in schema if field.name != GEOMETRY
    ]
    return pa.table([*arrays, wkb_column(promote(shapes, layer.geometry))], schema=schema)

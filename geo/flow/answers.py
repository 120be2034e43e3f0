"""A measured card as feature tables: its evidence, and its rows among the values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from geo.measure.card import CardResult, Value
from geo.measure.evidence import Evidence, evidence
from geo.measure.zones import Geometries
from geo.model import Layer
from geo.model.derived import WHOLE
from geo.store.table import GEOMETRY, promote, schema_of, wkb_column

_LETTER = {"numerator": "n", "denominator": "d"}


def versions_text(inputs: Mapping[str, str]) -> str:
    """Return layers and versions as one line: ``districts@2026...; mpzp@2026...``."""
    return "; ".join(f"{layer}@{version}" for layer, version in inputs.items())


def versions_of(text: str) -> dict[str, str]:
    """Read :func:`versions_text` back."""
    pairs = (part.partition("@") for part in text.split("; ") if part)
    return {layer: version for layer, _, version in pairs}


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
    columns: dict[str, Any] = {
        "piece_id": [s if i is None else f"{s}.{i}" for s, i in zip(start, ids, strict=True)],
        "zone_id": [result.zones.ids[zone] for zone in zones],
        "zone_name": [result.zones.names[zone] for zone in zones],
        "part": [part.plan.role] * len(zones),
        "layer": [part.plan.layer] * len(zones),
        "version": [inputs[part.plan.layer]] * len(zones),
        "feature_id": ids,
        "measure": part.measure,
        "unit": [part.plan.unit] * len(zones),
        "features": part.features,
    }
    return _table(layer, columns, part.geometry)


def values_table(
    layer: Layer,
    result: CardResult,
    inputs: Mapping[str, str],
    *,
    synthetic: bool,
    computed_at: datetime,
) -> pa.Table:
    """Return a card's answers, one row per zone and one for all, as rows of the values layer."""
    card, zones = result.plan.card, result.zones
    answers: list[Value] = [*result.values, result.whole]
    zone_ids = [*zones.ids, WHOLE]
    count = len(answers)
    columns: dict[str, Any] = {
        "value_id": [f"{card.id}.{zone}" for zone in zone_ids],
        "indicator": [card.id] * count,
        "title_pl": [card.title.pl] * count,
        "title_en": [card.title.en] * count,
        "zones": [result.plan.zones.id] * count,
        "zone_id": zone_ids,
        "zone_name": [*zones.names, None],
        "value": [answer.value for answer in answers],
        "unit": [card.unit] * count,
        "status": [answer.status for answer in answers],
        "numerator": [answer.numerator for answer in answers],
        "denominator": [answer.denominator for answer in answers],
        "pieces": [answer.pieces for answer in answers],
        "inputs": [versions_text(inputs)] * count,
        "synthetic": [synthetic] * count,
        "computed_at": [computed_at] * count,
    }
    shapes: Geometries = np.empty(count, dtype=object)
    shapes[:-1] = zones.features.geometries
    shapes[-1] = zones.zones.whole
    return _table(layer, columns, shapes)


def _table(layer: Layer, columns: Mapping[str, Any], shapes: Geometries) -> pa.Table:
    schema = schema_of(layer)
    arrays = [
        pa.array(columns[field.name], type=field.type) for field in schema if field.name != GEOMETRY
    ]
    return pa.table([*arrays, wkb_column(promote(shapes, layer.geometry))], schema=schema)

"""What people ask the way to: the features that cards measure distances to, the nearest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.measure import where
from geo.model import Indicator, Layer, Project
from geo.model.text import Language, Text
from geo.store import table
from geo.store.snapshot import Snapshot, read_table
from geo.view.portal.content import City
from geo.view.portal.places import Place

NEXT = 3
"""Goals of a kind that a page names."""

_COMPASS = (
    Text(pl="na północ", en="to the north"), Text(pl="na północny wschód", en="to the north-east"),
    Text(pl="na wschód", en="to the east"), Text(pl="na południowy wschód", en="to the south-east"),
    Text(pl="na południe", en="to the south"),
    Text(pl="na południowy zachód", en="to the south-west"),
    Text(pl="na zachód", en="to the west"), Text(pl="na północny zachód", en="to the north-west"),
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One of the next goals.

    Attributes
    ----------
    distance_m : float
        Straight, from the nearest point of the place to the nearest of the goal; 0: it is here.
    """

    name: str
    kind: str
    distance_m: float
    direction: Text
    geometry: shapely.Geometry


@dataclass(frozen=True)
class Goal:
    """What a distance goes to: the very features that a card measures to.

    Attributes
    ----------
    geometries : numpy.ndarray of shapely.Geometry, shape (n,)
        EPSG:2180.
    ids : frozenset of str
        Of the features.
    names, kinds : tuple of str or None, length n
        Of each; a kind is the value of the field that the layer is coloured by.
    """

    card: Indicator
    layer: Layer
    geometries: np.ndarray
    ids: frozenset[str]
    names: tuple[str | None, ...]
    kinds: tuple[str | None, ...]

    @property
    def chosen(self) -> bool:
        """Whether only some features of the layer count."""
        return self.card.to is not None and bool(self.card.to.where or self.card.to.least_m2)

    def next(self, place: Place, language: Language) -> list[Step]:
        """Return the nearest ones, at most :data:`NEXT`."""
        if not len(self.geometries):
            return []
        distance = shapely.distance(self.geometries, place.geometry)
        rows = np.argsort(distance, kind="stable")[:NEXT]
        return [self._step(int(row), float(distance[row]), place, language) for row in rows]

    def _step(self, row: int, distance: float, place: Place, language: Language) -> Step:
        shape = self.geometries[row]
        field = self.layer.field(self.layer.style.by[0]) if self.layer.style.by else None
        kind = self.kinds[row]
        known = (field.values if field else None) or {}
        word = known[kind][language] if kind in known else (kind or "")
        unnamed = "bez nazwy" if language == "pl" else "no name"
        name = self.names[row] or (word or unnamed).capitalize()
        kind_shown = word if self.names[row] else unnamed if word else ""
        return Step(name, kind_shown, distance, direction(place.point, shape), shape)


def goals(project: Project, city: City) -> tuple[Goal, ...]:
    """Return what the published cards measure distances to, each set of features once."""
    found: dict[tuple[str, str, float], Goal] = {}
    for card in project.indicators.values():
        snapshot = _snapshot(city, card.to.layer) if card.to else None
        if card.to is None or snapshot is None:
            continue
        key = (card.to.layer, card.to.where, card.to.least_m2)
        # The card that measures straight says the same as this page.
        if key not in found or (found[key].card.to or card.to).along:
            found[key] = _goal(project, card, snapshot)
    return tuple(found.values())


def _snapshot(city: City, layer_id: str) -> Snapshot | None:
    return next((each.snapshot for each in city.layers if each.layer.id == layer_id), None)


def _goal(project: Project, card: Indicator, snapshot: Snapshot) -> Goal:
    assert card.to is not None  # noqa: S101 - as it is called
    layer = project.layer(card.to.layer)
    shown = {layer.title_field, *layer.style.by[:1]} - {""}
    public = {field.name for field in layer.public_fields}
    columns = sorted((shown & public) | set(where.fields(card.to.where)))
    columns = sorted({*columns, layer.id_field})
    rows = read_table(snapshot, columns=[*columns, "geometry"])
    shapes = table.geometries(rows)
    keep = where.select(card.to.where, rows) & (shapely.area(shapes) >= card.to.least_m2)
    kept = np.flatnonzero(keep)
    shapes = shapes[kept]

    def texts(name: str) -> tuple[str | None, ...]:
        if name not in public:
            return (None,) * len(kept)
        values: Sequence[Any] = rows.column(name).take(kept).to_pylist()
        return tuple(None if value is None else str(value) for value in values)

    by = layer.style.by[0] if layer.style.by else ""
    ids = frozenset(str(each) for each in rows.column(layer.id_field).take(kept).to_pylist())
    return Goal(card, layer, shapes, ids, texts(layer.title_field), texts(by))


def direction(point: shapely.Point, shape: shapely.Geometry) -> Text:
    """Return where a shape lies from a point, by the nearest of its points, in words."""
    line = shapely.shortest_line(point, shape)
    (x0, y0), (x1, y1) = shapely.get_coordinates(line)
    eighths = math.atan2(x1 - x0, y1 - y0) / (math.pi / 4)
    return _COMPASS[round(eighths) % 8]

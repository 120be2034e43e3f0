"""What lies at a place: the plan that rules it, and the areas that it is part of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import shapely

from geo.model import Field
from geo.model.palettes import LandUse, palettes
from geo.model.text import Language
from geo.store.snapshot import Snapshot
from geo.view.numbers import day, number
from geo.view.portal.content import City, Published
from geo.view.portal.ground import Feature, within
from geo.view.portal.places import Place

BESIDE_M = 10.0
"""So near to a border the place may lie on its other side: a drawing is not more exact."""


@dataclass(frozen=True)
class Designation:
    """Ground of one planned use, as it concerns a place.

    Attributes
    ----------
    use : LandUse or None
        The class of the palette; None: the symbol is in no dictionary of ours.
    area_m2, share : float
        What it has of the place, and of its area; 0 where the place is a point.
    """

    feature: Feature
    use: LandUse | None
    area_m2: float = 0.0
    share: float = 0.0

    def facts(self, language: Language) -> list[tuple[str, str]]:
        """Return title and value of each public field but the title, codes with their meaning."""
        layer = self.feature.layer
        known = (layer.title_field, layer.id_field)
        fields = [field for field in layer.public_fields if field.name not in known]
        told = [(f.title[language], self._told(f, language)) for f in fields]
        return [(title, value) for title, value in told if value]

    def _told(self, field: Field, language: Language) -> str:
        value = self.feature.fields.get(field.name)
        if value is None:
            return ""
        if field.values and str(value) in field.values:
            return field.values[str(value)][language]
        meaning = use_of(self.feature, str(value))
        shown = day(value, language) if field.type == "date" else _plain(value, language)
        return f"{shown}: {meaning.title[language]}" if meaning else shown


@dataclass(frozen=True)
class Plan:
    """What one layer of planning says of a place.

    Attributes
    ----------
    here : tuple of Designation
        The largest first.
    beside : tuple of Designation
        Other ones within :data:`BESIDE_M`.
    without_m2 : float
        Ground of the place that the layer does not cover; 0 where the place is a point.
    """

    published: Published
    here: tuple[Designation, ...]
    beside: tuple[Designation, ...]
    without_m2: float


def plans(city: City, place: Place) -> list[Plan]:
    """Return what each published layer of planning says of a place."""
    return [
        _plan(each, each.snapshot, place)
        for each in city.published
        if each.layer.style.palette and each.snapshot is not None
    ]


def _plan(published: Published, snapshot: Snapshot, place: Place) -> Plan:
    west, south, east, north = place.geometry.bounds
    near = (west - BESIDE_M, south - BESIDE_M, east + BESIDE_M, north + BESIDE_M)
    here, beside = [], []
    for feature in within(published.layer, snapshot, near):
        use = use_of(feature, str(feature.fields.get(published.layer.style.by[-1])))
        if place.is_area:
            area = float(shapely.area(shapely.intersection(feature.geometry, place.geometry)))
            if area >= 0.5:  # less is the width of the pen
                here.append(Designation(feature, use, area, area / place.geometry.area))
        elif shapely.intersects(feature.geometry, place.geometry):
            here.append(Designation(feature, use))
        elif shapely.dwithin(feature.geometry, place.geometry, BESIDE_M):
            beside.append(Designation(feature, use))
    here.sort(key=lambda each: (-each.area_m2, each.feature.id))
    rest = place.geometry.area - sum(each.area_m2 for each in here) if place.is_area else 0.0
    return Plan(published, tuple(here), tuple(beside), rest if rest >= 0.5 else 0.0)


def use_of(feature: Feature, code: str) -> LandUse | None:
    """Return what a code means in the dictionary of symbols that its plan follows."""
    style = feature.layer.style
    books = [str(feature.fields.get(name)) for name in style.by[:-1]]
    return _classes(style.palette).get("/".join([*books, code]))


@lru_cache(maxsize=8)
def _classes(palette: str) -> dict[str, LandUse]:
    found = palettes()[palette]
    return {key: use for use in found.classes for key in found.keys(use)}


def holders(city: City, place: Place) -> list[Feature]:
    """Return the named areas that a place lies in: a parcel, a park, a district."""
    point = place.point
    box = (point.x, point.y, point.x, point.y)
    return [
        feature
        for each in city.published
        if each.snapshot is not None
        and each.layer.family == "polygon"
        and each.layer.title_field
        and not each.layer.style.palette
        for feature in within(each.layer, each.snapshot, box)
        if feature.named and shapely.intersects(feature.geometry, point)
    ]


def _plain(value: object, language: Language) -> str:
    if isinstance(value, bool):
        return {"pl": ("nie", "tak"), "en": ("no", "yes")}[language][value]
    if isinstance(value, float):
        return number(value, 0 if value.is_integer() else 2, language)
    return str(value)

"""Places as people name them: an address, a parcel, a park, or a point of the map."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely

from geo.crs import CRS84, METRIC, reproject
from geo.model import Project
from geo.model.cql2.meaning import fold_case, strip_accents
from geo.view.portal.content import City, Published
from geo.view.portal.ground import Feature, one, titled

MOST = 12
"""Places that a page offers to choose from."""

_LOOKED_AT = 100
"""Features of a layer that are ranked."""

_LARGEST_M2 = 250_000.0
"""A larger area (a district, a forest) is not one place: somebody points into it."""

_DEGREES = re.compile(r"\s*(\d{1,2}[.,]\d+)°?\s*N?\s*[,;\s]\s*(\d{1,3}[.,]\d+)°?\s*E?\s*")
_STREET = 1_000
"""Features of a layer among which a house number's neighbours are looked for."""

_GLUED = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")
"""The dot of ``ul.Prosta``, not that of a parcel's number."""

_EMPTY_WORDS = {"ul", "ulica", "al", "aleja", "os", "dzialka", "nr", "street", "parcel", "no"}


@dataclass(frozen=True)
class Place:
    """Where somebody asks about.

    Attributes
    ----------
    geometry : shapely.Geometry
        A point, or a polygon that is small enough to be asked about as a whole; EPSG:2180.
    feature : Feature or None
        What was named; None: a point of the map.
    """

    geometry: shapely.Geometry
    feature: Feature | None = None

    @property
    def point(self) -> shapely.Point:
        """A point of it."""
        return shapely.point_on_surface(self.geometry)

    @property
    def is_area(self) -> bool:
        """Whether it is asked about as a whole area."""
        return bool(shapely.get_dimensions(self.geometry) == 2)

    @property
    def degrees(self) -> str:
        """Latitude and longitude as a phone writes them, to a metre."""
        [point] = reproject(np.array([self.point]), METRIC, CRS84)
        return f"{point.y:.5f}, {point.x:.5f}"


def at(easting: float, northing: float) -> Place:
    """Return a point of the map, EPSG:2180, metres."""
    return Place(shapely.Point(easting, northing))


def of_degrees(text: str, *, longitude_first: bool = False) -> Place | None:
    """Read latitude and longitude: ``50.31, 19.03``; None if the text is something else."""
    found = _DEGREES.fullmatch(text)
    if not found:
        return None
    latitude, longitude = (float(part.replace(",", ".")) for part in found.groups())
    if longitude_first:
        latitude, longitude = longitude, latitude
    if not -90 <= latitude <= 90:
        return None
    [point] = reproject(np.array([shapely.Point(longitude, latitude)]), CRS84, METRIC)
    return Place(point) if np.isfinite([point.x, point.y]).all() else None


def of_feature(feature: Feature) -> Place | None:
    """Return the place of a feature: an area whole, anything else by a point of it.

    None of an area that is too large to be one place: a district, a forest.
    """
    shape = feature.geometry
    if shapely.get_dimensions(shape) < 2:
        return Place(shapely.point_on_surface(shape), feature)
    return Place(shape, feature) if shape.area <= _LARGEST_M2 else None


def at_address(project: Project, city: City, address: str) -> Feature | None:
    """Return the feature that a page of ours named ``layer/id``."""
    layer_id, _, feature_id = address.partition("/")
    for each in searched(project, city):
        if each.layer.id == layer_id and each.snapshot is not None:
            return one(each.layer, each.snapshot, feature_id)
    return None


def searched(project: Project, city: City) -> list[Published]:
    """Return the published layers whose features have names that people know."""
    return [
        each
        for each in city.published
        if each.layer.title_field
        and not each.layer.style.palette  # 3MN names a kind of use, not a place
        and (field := each.layer.field(each.layer.title_field)) is not None
        and field.type == "string"
    ]


def example(published: Published) -> str:
    """Return the title of some feature; empty where none has one."""
    if published.snapshot is None:
        return ""
    found = titled(published.layer, published.snapshot, "%_", 1)
    return found[0].title if found else ""


def named(project: Project, city: City, text: str) -> list[Feature]:
    """Return the features that a text may mean, the likeliest first; at most :data:`MOST`.

    What ends with the whole text goes before what holds all its words: ``Szkolna 2`` is not
    ``Szkolna 12``, and ``12/3`` is a parcel of any precinct.

    Raises
    ------
    TooSlowError
        If that takes too long.
    """
    words = _telling(text)
    if not words:
        return []
    phrase = " ".join(words)
    found = _matching(project, city, f"%{_literal(phrase)}")
    if not any(_fits(feature, words) for feature in found):
        longest = max(words, key=len)
        found = [*found, *_matching(project, city, f"%{_literal(longest)}%")]
    ranked = sorted((e for e in found if _holds(e, words)), key=lambda each: _rank(each, words))
    # Prosta 12 is not what Prosta 1 means; see :func:`neighbours`.
    ranked = [each for each in ranked if _fits(each, words)] or ([] if _house(words) else ranked)
    # A street is drawn in many pieces, a stop has a post on each side: one of them will do.
    # A path that is called like its park leads to the park.
    known: dict[tuple[str, str], Feature] = {}
    for each in ranked:
        kind = "" if each.layer.family == "line" else each.layer.id
        if kind or not any(title == each.title for _, title in known):
            known.setdefault((kind, each.title), each)
    return list(known.values())[:MOST]


def neighbours(project: Project, city: City, text: str) -> list[Feature]:
    """Return what has the nearest house numbers to one that there is none of; at most MOST.

    ``Szkolna 10/1`` and ``Szkolna 10 m. 1`` lead to Szkolna 10 and to the houses beside it.

    Raises
    ------
    TooSlowError
        If that takes too long.
    """
    words = _telling(text)
    house = _house(words)
    if not house:
        return []
    street, wanted = words[:house], _leading(words[house])
    longest = max(street, key=len)
    near: dict[str, tuple[int, int, Feature]] = {}
    for each in _matching(project, city, f"%{_literal(longest)} %", _STREET):
        title = [word for word in _words(each.title) if word not in _EMPTY_WORDS]
        place = _house(title)
        if place and title[:place] == street:
            number = _leading(title[place])
            near.setdefault(each.title, (abs(number - wanted), number, each))
    ranked = sorted(near.values(), key=lambda one: (*one[:2], one[2].title, one[2].id))
    return [each for _, _, each in ranked[:MOST]]


def _house(words: list[str]) -> int:
    """Return where the house number stands; 0: nowhere. A first word is of the name: 3 Maja."""
    return next((i for i, word in enumerate(words) if i and word[0].isdecimal()), 0)


def _leading(word: str) -> int:
    return int(re.match(r"\d+", word)[0])  # type: ignore[index]


def _matching(project: Project, city: City, pattern: str, most: int = _LOOKED_AT) -> list[Feature]:
    return [
        feature
        for each in searched(project, city)
        if each.snapshot is not None
        for feature in titled(each.layer, each.snapshot, pattern, most)
    ]


def _telling(text: str) -> list[str]:
    """Return the words that tell places apart."""
    return [word for word in _words(text) if word not in _EMPTY_WORDS] or _words(text)


def _words(text: str) -> list[str]:
    folded = _GLUED.sub(" ", str(fold_case(strip_accents(text))))
    parts = re.split(r"[\s,;]+", folded)
    return [part.strip(".") for part in parts if part.strip(".")]


def _literal(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)


def _holds(feature: Feature, words: list[str]) -> bool:
    title = " ".join(_words(feature.title))
    return all(word in title for word in words)


def _fits(feature: Feature, words: list[str]) -> bool:
    """Tell whether every word stands whole in the title: ``12/3`` in ``247401_1.0001.12/3``."""
    parts = {part for word in _words(feature.title) for part in (word, word.rpartition(".")[2])}
    return all(word in parts for word in words)


def _rank(feature: Feature, words: list[str]) -> tuple[bool, bool, int, str, str]:
    """Return a key: whole words first, places before ways, short titles before long ones."""
    way = feature.layer.family == "line"
    return not _fits(feature, words), way, len(feature.title), feature.title, feature.id

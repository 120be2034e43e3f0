"""Places as people name them: an address, a parcel, a park, or a point of the map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.crs import CRS84, METRIC, reproject
from geo.model import Project
from geo.view.portal.content import City, Published
from geo.view.portal.ground import Feature, nth, one
from geo.view.portal.titles import Titles, folded, titles_of

MOST = 12
"""Places that a page offers to choose from."""

_LOOKED_AT = 5_000
"""Titles of a layer that are ranked."""

_LARGEST_M2 = 250_000.0
"""A larger area (a district, a forest) is not one place: somebody points into it."""

_DEGREES = re.compile(r"\s*(\d{1,2}[.,]\d+)°?\s*N?\s*[,;\s]\s*(\d{1,3}[.,]\d+)°?\s*E?\s*")
_GLUED = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")
"""The dot of ``ul.Prosta``, not that of a parcel's number."""

_LETTER = re.compile(r"(?<=\d)\s+(?=[a-h](?:[\s,;]|$))")
"""What parts the letter of ``12 a`` from its number."""

_EMPTY_WORDS = {
    "ul", "ulica", "al", "aleja", "aleje", "pl", "plac", "os", "osiedle", "dzialka", "nr",
    "street", "parcel", "no",
}  # fmt: skip
_COUNTRY = {"polska", "poland", "pl"}
_POSTCODE = re.compile(r"\d\d-\d\d\d")


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
    row = _titles(published).first()
    return "" if row is None else _feature(published, row).title


@dataclass(frozen=True)
class _Candidate:
    """A feature that may be meant: where it stands, and the words of its title."""

    published: Published
    row: int
    words: tuple[str, ...]

    @property
    def title(self) -> str:
        return " ".join(self.words)

    @property
    def is_way(self) -> bool:
        return self.published.layer.family == "line"

    @property
    def feature(self) -> Feature:
        return _feature(self.published, self.row)


def named(project: Project, city: City, text: str) -> list[Feature]:
    """Return the features that a text may mean, the likeliest first; at most :data:`MOST`.

    What has each word whole goes before what holds them all: ``Szkolna 2`` is not ``Szkolna 12``,
    and ``12/3`` is a parcel of any precinct. The city's name, its postcode and ``ul.`` may stand
    in the text or not.
    """
    readings = _readings(project, text)
    for fits in (_fits, _holds):
        for words in readings:
            # Prosta 12 is not what Prosta 1 means; see :func:`neighbours`.
            if fits is _holds and _house(words):
                continue
            found = [each for each in _candidates(project, city, words) if fits(each, words)]
            if found:
                return [each.feature for each in _told_apart(found)[:MOST]]
    return []


def neighbours(project: Project, city: City, text: str) -> list[Feature]:
    """Return what has the nearest house numbers to one that there is none of; at most MOST.

    ``Szkolna 10/1`` and ``Szkolna 10 m. 1`` lead to Szkolna 10 and to the houses beside it.
    """
    for words in _readings(project, text):
        house = _house(words)
        near: dict[str, tuple[int, int, _Candidate]] = {}
        for each in _candidates(project, city, words[:house]):
            title = _telling(each.words)
            place = _house(title)
            if place and title[:place] == words[:house]:
                number = _leading(title[place])
                near.setdefault(each.title, (abs(number - _leading(words[house])), number, each))
        if near:
            ranked = sorted(near.values(), key=lambda one: (*one[:2], one[2].title))
            return [each.feature for _, _, each in ranked[:MOST]]
    return []


def _house(words: Sequence[str]) -> int:
    """Return where the house number stands; 0: nowhere. A first word is of the name: 3 Maja."""
    return next((i for i, word in enumerate(words) if i and word[0].isdecimal()), 0)


def _leading(word: str) -> int:
    return int(re.match(r"\d+", word)[0])  # type: ignore[index]


def _candidates(project: Project, city: City, words: Sequence[str]) -> list[_Candidate]:
    """Return what ends with all words as they stand, and what holds the longest of them."""
    if not words:
        return []
    found = []
    for each in searched(project, city):
        titles = _titles(each)
        rows = titles.rows(" ".join(words) + "\n", _LOOKED_AT)
        rows += titles.rows(max(words, key=len), _LOOKED_AT)
        for row in sorted(set(rows)):
            # Most of a street's numbers are others: only what may fit is parted into words.
            close = titles.title(row).replace(" ", "")
            if all(word in close for word in words):
                found.append(_Candidate(each, row, _words(titles.title(row))))
    return found


def _told_apart(found: list[_Candidate]) -> list[_Candidate]:
    """Return candidates by rank, places before ways, short titles first; those alike once.

    A street is drawn in many pieces, a stop has a post on each side: one of them will do. A path
    that is called like its park leads to the park.
    """
    known: dict[tuple[str, str], _Candidate] = {}
    titles = set()
    for each in sorted(found, key=lambda each: (each.is_way, len(each.title), each.title)):
        if not each.is_way or each.title not in titles:
            known.setdefault(("" if each.is_way else each.published.layer.id, each.title), each)
            titles.add(each.title)
    return list(known.values())


def _titles(published: Published) -> Titles:
    assert published.snapshot is not None  # noqa: S101 - of what is searched
    return titles_of(published.snapshot.parquet, published.layer.title_field)


def _feature(published: Published, row: int) -> Feature:
    assert published.snapshot is not None  # noqa: S101 - of what is searched
    return nth(published.layer, published.snapshot, row)


def _readings(project: Project, text: str) -> list[tuple[str, ...]]:
    """Return the words of a text as they may be meant: all, those that tell, without the city."""
    every = _words(text)
    telling = _telling(every)
    names = {word for language in ("pl", "en") for word in _words(project.site.city[language])}
    apart = tuple(word for word in telling if not _is_of(names, word))
    return [words for words in dict.fromkeys((every, telling, apart)) if words]


def _is_of(names: set[str], word: str) -> bool:
    """Tell whether a word names the city, shortened perhaps, its postcode or its country."""
    shortened = len(word) > 1 and any(name.startswith(word) for name in names)
    return shortened or word in _COUNTRY or _POSTCODE.fullmatch(word) is not None


def _telling(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words that tell places apart."""
    return tuple(word for word in words if word not in _EMPTY_WORDS)


def _words(text: str) -> tuple[str, ...]:
    parts = re.split(r"[\s,;]+", _LETTER.sub("", _GLUED.sub(" ", folded(text))))
    return tuple(part.strip(".") for part in parts if part.strip("."))


def _holds(each: _Candidate, words: Sequence[str]) -> bool:
    return all(word in each.title for word in words)


def _fits(each: _Candidate, words: Sequence[str]) -> bool:
    """Tell whether every word stands whole in the title: ``12/3`` in ``247401_1.0001.12/3``."""
    parts = {part for word in each.words for part in (word, word.rpartition(".")[2])}
    return all(word in parts for word in words)

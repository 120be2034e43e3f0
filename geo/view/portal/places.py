"""Places as people name them: an address, a parcel, a park, or a point of the map."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import shapely

from geo.crs import CRS84, METRIC, reproject
from geo.model import Project
from geo.view.portal import spelling
from geo.view.portal.content import City, Published
from geo.view.portal.ground import Feature, nth, one
from geo.view.portal.titles import Titles, titles_of

MOST = 12
"""Places that a page offers to choose from."""

_LOOKED_AT = 5_000
"""Titles of a layer that are ranked."""

_LARGEST_M2 = 250_000.0
"""A larger area (a district, a forest) is not one place: somebody points into it."""

_DEGREES = re.compile(r"\s*(\d{1,2}[.,]\d+)°?\s*N?\s*[,;\s]\s*(\d{1,3}[.,]\d+)°?\s*E?\s*")

_NAMED = 20_000
"""A layer of more distinct names is not looked through for those that are nearly the same."""

_NEARLY = 0.78
"""How like two names are that a slip of the pen may make one of (difflib)."""


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
    """Return the published layers whose features have public names that people know."""
    return [
        each
        for each in city.published
        if not each.layer.style.palette  # 3MN names a kind of use, not a place
        and (field := each.layer.field(each.layer.title_field)) is not None
        and field.public  # a search would tell what it holds, guess by guess
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
    and ``12/3`` is a parcel of any precinct. The city's name, its postcode, ``ul.`` and ``ks.``
    may stand in the text or not, a first name may be an initial. A flat is in its house.
    """
    readings = spelling.readings(project, text)
    for fits in (_fits, _is_short, _holds):
        for words in readings:
            # Prosta 12 is not what Prosta 1 means; see :func:`neighbours`.
            if fits is _holds and spelling.house(words):
                continue
            found = [each for each in _candidates(project, city, words) if fits(each, words)]
            if found:
                return [each.feature for each in _told_apart(found)[:MOST]]
    return _with_flat(project, city, readings)


def _with_flat(project: Project, city: City, readings: Iterable[tuple[str, ...]]) -> list[Feature]:
    """Return the houses of an address that tells a flat."""
    for words in filter(None, map(spelling.without_flat, readings)):
        # Without its house a parcel's number would be read: 12 of 12/3.
        found = [
            each
            for each in _candidates(project, city, words)
            if spelling.house(spelling.telling(each.words)) and _is_short(each, words)
        ]
        if found:
            return [each.feature for each in _told_apart(found)[:MOST]]
    return []


def neighbours(project: Project, city: City, text: str) -> list[Feature]:
    """Return what has the nearest house numbers to one that there is none of; at most MOST."""
    for words in spelling.readings(project, text):
        house = spelling.house(words)
        near: dict[str, tuple[int, int, _Candidate]] = {}
        for each in _candidates(project, city, words[:house]):
            title = spelling.telling(each.words)
            place = spelling.house(title)
            if place and _is_called(title[:place], words[:house]):
                number = _leading(title[place])
                near.setdefault(each.title, (abs(number - _leading(words[house])), number, each))
        if near:
            ranked = sorted(near.values(), key=lambda one: (*one[:2], one[2].title))
            return [each.feature for _, _, each in ranked[:MOST]]
    return []


def without_number(project: Project, city: City, text: str) -> list[Feature]:
    """Return what is called as an address is without its number: a street that has no houses."""
    for words in spelling.readings(project, text):
        name = words[: spelling.house(words)]
        found = [
            each
            for each in _candidates(project, city, name)
            if _is_called(spelling.telling(each.words), name)
        ]
        if found:
            return [each.feature for each in _told_apart(found)[:MOST]]
    return []


def alike(project: Project, city: City, text: str) -> list[Feature]:
    """Return what is called nearly so: a name with a slip of the pen; at most :data:`MOST`."""
    known = _names(project, city)
    found: dict[tuple[str, str], Feature] = {}
    for words in spelling.readings(project, text):
        at = spelling.house(words) or len(words)
        for name in get_close_matches(" ".join(words[:at]), known, 4, _NEARLY):
            corrected = " ".join((known[name], *words[at:]))
            meant = named(project, city, corrected) or neighbours(project, city, corrected)
            for each in meant[:3] or without_number(project, city, corrected)[:3]:
                found.setdefault((each.layer.id, each.id), each)
    return list(found.values())[:MOST]


def _names(project: Project, city: City) -> dict[str, str]:
    """Return distinct names without house numbers, by themselves and by their last word."""
    known: dict[str, str] = {}
    for each in searched(project, city):
        if each.layer.id_field != each.layer.title_field:  # a parcel's number has no slips
            titles = _titles(each).names
            for title in titles if len(titles) <= _NAMED else ():
                name = spelling.telling(spelling.words(title))
                for key in (" ".join(name), name[-1] if name else ""):
                    known.setdefault(key, " ".join(name))
    known.pop("", None)
    return known


def _is_called(title: Sequence[str], name: Sequence[str]) -> bool:
    """Tell whether a title is a name, each of its words told or shortened, ranks apart."""
    bare, wanted = spelling.unranked(title), spelling.unranked(name)
    return tuple(title) == tuple(name) or (
        len(bare) == len(wanted) and spelling.is_short_for(wanted, bare)
    )


def _leading(word: str) -> int:
    return int(re.match(r"\d+", word)[0])  # type: ignore[index]


def _candidates(project: Project, city: City, words: Sequence[str]) -> list[_Candidate]:
    """Return what ends with all words as they stand, and what holds the words that tell most."""
    if not words:
        return []
    found = []
    # The last of a name tells most where the first is an initial there: J. Tuwima.
    keys = dict.fromkeys((max(words, key=len), words[(spelling.house(words) or len(words)) - 1]))
    numbers = [word for word in words if word[0].isdecimal()]
    for each in searched(project, city):
        titles = _titles(each)
        rows = titles.rows(" ".join(words) + "\n", _LOOKED_AT)
        rows += [row for key in keys for row in titles.rows(key, _LOOKED_AT)]
        for row in sorted(set(rows)):
            # Most of a street's numbers are others: only what may fit is parted into words.
            close = titles.title(row).replace(" ", "")
            if all(word in close for word in numbers):
                found.append(_Candidate(each, row, spelling.words(titles.title(row))))
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


def _holds(each: _Candidate, words: Sequence[str]) -> bool:
    return all(word in each.title for word in words)


def _is_short(each: _Candidate, words: Sequence[str]) -> bool:
    return spelling.is_short_for(words, each.words)


def _fits(each: _Candidate, words: Sequence[str]) -> bool:
    """Tell whether every word stands whole in the title: ``12/3`` in ``247401_1.0001.12/3``."""
    parts = {part for word in each.words for part in (word, word.rpartition(".")[2])}
    return all(word in parts for word in words)

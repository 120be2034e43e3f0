"""One record: what a resource is, in both languages, and how a client and a search see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from geo.crs import Box
from geo.model.site import Contact
from geo.model.text import Language, Text
from geo.serve.records.stems import holds, stems

ID = "catalogue"
"""The id of the collection of records; no layer may bear it."""

GEOJSON = "application/geo+json"
PROFILE = "http://www.opengis.net/def/profile/OGC/0/ogc-record"
KINDS: dict[str, Text] = {
    "dataset": Text(pl="warstwa", en="layer"),
    "indicator": Text(pl="wskaźnik", en="indicator"),
    "notebook": Text(pl="notatnik", en="notebook"),
}
"""The values of `type`."""

LANGUAGES: dict[Language, dict[str, str]] = {
    "pl": {"code": "pl", "name": "polski", "alternate": "Polish"},
    "en": {"code": "en", "name": "English"},
}
_TITLE, _KEYWORD, _TEXT, _NAMED, _ALSO = 8.0, 4.0, 1.0, 0.02, 0.01
Document = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """A resource of the city that can be found.

    Attributes
    ----------
    id : str
        Kind and name, such as ``layer.greenery``: a layer and a card may share a name.
    kind : str
        One of :data:`KINDS`.
    more : tuple of Text
        Further words that a search finds it by.
    also : tuple of Text
        Words of what it is made of, or holds: found by, but behind everything else.
    box : tuple of float or None
        West, south, east, north in CRS84, degrees.
    created, updated : str
        ISO 8601 in UTC; empty: not known.
    licence : str
        An SPDX identifier, or ``other``; empty: not known.
    external_ids : tuple of (str, str)
        Scheme and value.
    extra : mapping
        Properties beside the standard's.
    links : tuple of dict
        Of the resource; a title may be a Text.
    """

    id: str
    kind: str
    title: Text
    description: Text
    keywords: tuple[Text, ...] = ()
    more: tuple[Text, ...] = ()
    also: tuple[Text, ...] = ()
    themes: tuple[Document, ...] = ()
    box: Box | None = None
    created: str = ""
    updated: str = ""
    licence: str = ""
    contacts: tuple[tuple[Contact, str], ...] = ()
    formats: tuple[tuple[str, str], ...] = ()
    external_ids: tuple[tuple[str, str], ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[Document, ...] = ()

    @cached_property
    def _searched(self) -> tuple[tuple[Language, float, tuple[str, ...]], ...]:
        texts = [(self.title, _TITLE), (self.description, _TEXT)]
        texts += [(word, _KEYWORD) for word in self.keywords]
        texts += [(word, _TEXT) for word in self.more]
        found = [
            (language, weight, stems(text[language], language))
            for text, weight in texts
            for language in LANGUAGES
        ]
        return (*found, ("pl", _TEXT, stems(self.id, "pl")), ("en", _TEXT, stems(self.id, "en")))

    @cached_property
    def _held(self) -> tuple[tuple[Language, tuple[str, ...]], ...]:
        words = (*self.also, KINDS[self.kind])
        return tuple((each, stems(word[each], each)) for word in words for each in LANGUAGES)

    def weight(self, phrases: Mapping[Language, list[tuple[str, ...]]]) -> float:
        """Return how well the record answers a search; 0: not at all.

        Parameters
        ----------
        phrases : mapping
            Language to the phrases as stems, of which one is enough.
        """
        own = sum(
            weight
            for language, weight, text in self._searched
            if any(holds(text, phrase) for phrase in phrases[language])
        )
        held = (
            _NAMED if text in phrases[language] else _ALSO
            for language, text in self._held
            if any(holds(text, phrase) for phrase in phrases[language])
        )
        return own + max(held, default=0.0)

    def meets(self, box: Box) -> bool:
        """Tell whether its extent touches a box in CRS84; west > east crosses the antimeridian."""
        if self.box is None:
            return False
        west, south, east, north = box
        if not (self.box[1] <= north and self.box[3] >= south):
            return False
        if west > east:
            return self.box[2] >= west or self.box[0] <= east
        return self.box[0] <= east and self.box[2] >= west

    def document(self, base: str, language: Language, languages: tuple[Language, ...]) -> Document:
        """Return the record as GeoJSON in one language.

        Parameters
        ----------
        base : str
            The address of the API's landing page.
        """
        return {
            "type": "Feature",
            "id": self.id,
            "geometry": _polygon(self.box),
            "time": {"interval": [self.updated, ".."]} if self.updated else None,
            "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"],
            "properties": self._properties(language, languages),
            "links": [*self._own_links(base, language), *(_said(x, language) for x in self.links)],
        }

    def _properties(self, language: Language, languages: tuple[Language, ...]) -> Document:
        others = [LANGUAGES[each] for each in languages if each != language]
        every = {
            "type": self.kind,
            "title": self.title[language],
            "description": self.description[language],
            "created": self.created,
            "updated": self.updated,
            "language": LANGUAGES[language],
            "languages": others,
            "keywords": [word[language] for word in self.keywords],
            "themes": [_theme(theme, language) for theme in self.themes],
            "formats": [{"name": name, "mediaType": kind} for name, kind in self.formats],
            "contacts": [_contact(contact, role) for contact, role in self.contacts],
            "license": self.licence,
            "externalIds": [{"scheme": s, "value": value} for s, value in self.external_ids],
        }
        extra = {k: v[language] if isinstance(v, Text) else v for k, v in self.extra.items()}
        return {name: value for name, value in {**every, **extra}.items() if value not in ("", [])}

    def _own_links(self, base: str, language: Language) -> list[Document]:
        above = f"{base}/collections/{ID}"
        here = f"{above}/items/{quote(self.id)}"
        title = self.title[language]
        return [
            link("self", GEOJSON, title, f"{here}?f=json"),
            link("alternate", "text/html", title, f"{here}?f=html"),
            link("collection", "application/json", CATALOGUE_TITLE[language], above),
            link("profile", "text/html", "OGC API Records", PROFILE),
        ]


CATALOGUE_TITLE = Text(
    pl="Katalog: warstwy, wskaźniki, notatniki", en="Catalogue: layers, indicators, notebooks"
)


def link(rel: str, kind: str, title: str | Text, href: str) -> Document:
    """Return a link."""
    return {"rel": rel, "type": kind, "title": title, "href": href}


def _said(found: Document, language: Language) -> Document:
    title = found.get("title", "")
    return {**found, "title": title[language] if isinstance(title, Text) else title}


def _polygon(box: Box | None) -> Document | None:
    if box is None:
        return None
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _theme(theme: Document, language: Language) -> Document:
    concept = {"id": theme["id"], "title": theme["title"][language]}
    return {"concepts": [concept], "scheme": theme["scheme"]}


def _contact(contact: Contact, role: str) -> Document:
    found: Document = {
        "organization": contact.name,
        "emails": [{"value": contact.email}],
        "roles": [role],
    }
    if contact.url:
        found["links"] = [link("about", "text/html", contact.name, contact.url)]
    return found

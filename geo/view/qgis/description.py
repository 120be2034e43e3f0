"""What is said about a layer or a raster: whose it is, on what terms, where it comes from."""

from __future__ import annotations

from typing import Protocol
from xml.etree.ElementTree import Element

from geo.model import Layer
from geo.model.raster import Raster
from geo.model.text import Language
from geo.view.qgis.elements import add, add_crs


class Described(Protocol):
    """What is drawn of a layer or a raster."""

    @property
    def id(self) -> str:
        """Unique in the project."""

    @property
    def name(self) -> str:
        """As the tree of layers shows it."""

    @property
    def abstract(self) -> str:
        """What it shows, in the project's language."""

    @property
    def layer(self) -> Layer | Raster:
        """Where it comes from."""

    @property
    def synthetic(self) -> bool:
        """Whether it was invented, and has to say so."""


def describe(
    parent: Element,
    drawn: Described,
    *,
    source: str,
    crs: str,
    provider: str,
    home: tuple[str, str],
    language: Language,
    encoding: str = "",
) -> None:
    """Append everything that a ``maplayer`` says before it is drawn.

    Parameters
    ----------
    source : str
        What QGIS opens.
    crs : str
        Of the coordinates that it gets.
    provider : str
        Which part of QGIS opens it.
    home : (str, str)
        What lies at the address that names it on the web, and the address.
    encoding : str, optional
        Of text in fields.
    """
    rights = attribution(drawn, language)
    add(parent, "id", drawn.id)
    add(parent, "datasource", source)
    add(parent, "title", drawn.name)
    add(parent, "abstract", drawn.abstract)
    add(parent, "attribution", rights, href=drawn.layer.licence.url)
    add(parent, "layername", drawn.name)
    add_crs(add(parent, "srs"), crs)
    _add_metadata(parent, drawn, home, rights, language)
    add(parent, "provider", provider, **({"encoding": encoding} if encoding else {}))
    flags = add(parent, "flags")
    for name in ("Identifiable", "Removable", "Searchable"):
        add(flags, name, "1")


def attribution(drawn: Described, language: Language) -> str:
    """Return whose a layer is and on what terms; invented data say so."""
    words = f"{drawn.layer.steward.name}, {drawn.layer.licence.id}"
    return f"{words}; {_invented(language)}" if drawn.synthetic else words


def _invented(language: Language) -> str:
    return "dane syntetyczne" if language == "pl" else "synthetic data"


def _add_metadata(
    parent: Element, drawn: Described, home: tuple[str, str], rights: str, language: Language
) -> None:
    layer = drawn.layer
    found = add(parent, "resourceMetadata")
    add(found, "identifier", home[1])
    add(found, "language", "POL" if language == "pl" else "ENG")
    add(found, "type", "dataset")
    add(found, "title", drawn.name)
    add(found, "abstract", drawn.abstract)
    words = add(found, "keywords", vocabulary="keywords")
    for keyword in layer.keywords:
        add(words, "keyword", keyword[language])
    if drawn.synthetic:
        add(words, "keyword", _invented(language))
    contact = add(found, "contact")
    add(contact, "name", layer.steward.name)
    add(contact, "organization", layer.steward.name)
    add(contact, "email", layer.steward.email)
    add(contact, "role", "pointOfContact")
    links = add(found, "links")
    for name, url in (home, ("licence", layer.licence.url)):
        if url:
            add(links, "link", name=name, type="WWW:LINK", url=url)
    add(found, "rights", rights)
    add(found, "license", layer.licence.name)

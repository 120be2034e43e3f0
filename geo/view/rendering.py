"""Templates to HTML: the words, links and numbers that every page needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from geo.model import Project
from geo.model.text import Language
from geo.view import numbers

HERE = Path(__file__).parent / "portal"
STATIC = HERE / "static"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Words:
    """What templates need of one language: links, numbers, and the choice between two texts.

    Parameters
    ----------
    project : Project
        The first of its site's languages is the one that links do not name.
    language : str
        pl or en.
    """

    def __init__(self, project: Project, language: Language) -> None:
        self.lang = language
        self._default = project.site.languages[0]

    def t(self, pl: str, en: str) -> str:
        """Return the text of this language."""
        return pl if self.lang == "pl" else en

    def link(self, path: str, *, lang: Language | None = None, **query: str) -> str:
        """Return a path of the portal that keeps (or names) the language."""
        wanted = lang or self.lang
        if wanted != self._default:
            query["lang"] = wanted
        path, hash_, fragment = path.partition("#")
        return quote(path) + _asking(query) + hash_ + quote(fragment)

    def items(self, collection: str, **query: str) -> str:
        """Return the address of a collection's features in the API, in this language."""
        if self.lang != self._default:
            query["lang"] = self.lang
        return f"/api/collections/{quote(collection, safe='')}/items{_asking(query)}"

    def n(self, value: float, decimals: int = 0) -> str:
        """Return a number in the form of this language."""
        return numbers.number(value, decimals, self.lang)

    def day(self, moment: str) -> str:
        """Return a day in words."""
        return numbers.day(moment, self.lang)

    def interval(self, duration: str) -> str:
        """Return how often something is renewed."""
        return numbers.interval(duration, self.lang)

    def count(self, count: int, pl: str, en: str) -> str:
        """Return a count with its noun; forms are separated by ``/`` (three, and two)."""
        one, few, many = pl.split("/")
        single, several = en.split("/")
        return numbers.plural(count, self.lang, (one, few, many), (single, several))

    def sentence(self, sentence: str, zone: str, value: str) -> Markup:
        """Fill a card's sentence; the value stands out. Nothing in it is a format string."""
        before, _, after = sentence.replace("{zone}", zone).partition("{value}")
        if value.endswith(".") and after.startswith("."):
            after = after[1:]  # "0,44 szt./1000 os." ends the sentence, too
        return Markup("{}<strong>{}</strong>{}").format(before, value, after)


def _asking(query: dict[str, str]) -> str:
    return f"?{urlencode(query, quote_via=quote)}" if query else ""


def render(template: str, project: Project, language: Language, path: str, **context: Any) -> str:  # noqa: ANN401
    """Return a page as HTML.

    Parameters
    ----------
    path : str
        Of the page itself, for the language switch.
    """
    words = Words(project, language)
    names = {name: getattr(words, name) for name in dir(words) if not name.startswith("_")}
    page = _ENVIRONMENT.get_template(template)
    return page.render(**names, site=project.site, path=path, **context)

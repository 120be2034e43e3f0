"""The query parameters of the catalogue, read as strictly as those of features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import QueryParams

from geo.crs import Box
from geo.limits import limit as cap
from geo.model.text import Language
from geo.serve.parameters import COMMON, bad, box_of, check_names, interval, known, sort_keys, whole
from geo.serve.records.record import KINDS
from geo.serve.records.stems import stems

NAMES = (
    *COMMON, "q", "type", "ids", "externalIds", "bbox", "datetime", "sortby", "limit", "offset",
)  # fmt: skip
SORTABLES = ("title", "type", "created", "updated")
PAGE = 20
"""Records of a page, unless more are asked for."""

Phrases = Mapping[Language, list[tuple[str, ...]]]


@dataclass(frozen=True)
class RecordsQuery:
    """A page of records, as it was asked for.

    Attributes
    ----------
    phrases : mapping or None
        What is looked for, as stems per language; one phrase is enough. None: anything.
    box : tuple of float or None
        West, south, east, north in CRS84, degrees.
    until : datetime or None
        UTC; a record's time, which has no end, must have begun by then.
    sort : tuple of (str, bool)
        Property and whether it descends; empty: the best answers first, then by title.
    """

    limit: int = PAGE
    offset: int = 0
    phrases: Phrases | None = None
    kinds: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    external: tuple[str, ...] = ()
    box: Box | None = None
    until: datetime | None = None
    sort: tuple[tuple[str, bool], ...] = ()


def records_query(params: QueryParams) -> RecordsQuery:
    """Read the parameters of ``/collections/catalogue/items``.

    Raises
    ------
    UsageError
        At the first parameter that is unknown or has no meaning.
    """
    check_names(params, NAMES)
    _, until = interval(params["datetime"]) if "datetime" in params else (None, None)
    return RecordsQuery(
        limit=min(whole("limit", params.get("limit", str(PAGE)), 1), cap("items_maximum")),
        offset=whole("offset", params.get("offset", "0"), 0),
        phrases=phrases(params.get("q", "")),
        kinds=_kinds(params.get("type", "")),
        ids=frozenset(_listed(params.get("ids", ""))),
        external=tuple(_listed(params.get("externalIds", ""))),
        box=_box(params["bbox"]) if "bbox" in params else None,
        until=until,
        sort=_sorted(params.get("sortby", "")),
    )


def phrases(text: str) -> Phrases | None:
    """Return the phrases of a search: commas part alternatives, spaces the words of one."""
    found: dict[Language, list[tuple[str, ...]]] = {
        language: [made for part in text.split(",") if (made := stems(part, language))]
        for language in ("pl", "en")
    }
    if found["pl"] or found["en"]:
        return found
    return {"pl": [], "en": []} if text.strip(" ,") else None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _kinds(text: str) -> frozenset[str]:
    found = frozenset(_listed(text))
    unknown = found - set(KINDS)
    if unknown:
        raise bad("type", f"unknown type {min(unknown)!r}", f"there are: {', '.join(KINDS)}")
    return found


def _box(text: str) -> Box:
    west, south, east, north = box_of(text)
    if south > north:
        raise bad("bbox", "its second number is greater than its fourth", "lower corner first")
    return west, south, east, north


def _sorted(text: str) -> tuple[tuple[str, bool], ...]:
    keys = sort_keys(text)
    known("sortby", (name for name, _ in keys), SORTABLES)
    return keys

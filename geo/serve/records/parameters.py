"""The query parameters of the catalogue, read as strictly as those of features."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.datastructures import QueryParams

from geo.limits import limit as cap
from geo.model.text import Language
from geo.serve.parameters import COMMON, bad, check_names
from geo.serve.records.record import KINDS, Box
from geo.serve.records.stems import stems

NAMES = (
    *COMMON, "q", "type", "ids", "externalIds", "bbox", "datetime", "sortby", "limit", "offset",
)  # fmt: skip
SORTABLES = ("title", "type", "created", "updated")
_NUMBER = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
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
    since, until : datetime or None
        UTC; a record's time must touch what lies between.
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
    since: datetime | None = None
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
    since, until = _times(params["datetime"]) if "datetime" in params else (None, None)
    return RecordsQuery(
        limit=min(_whole("limit", params.get("limit", str(PAGE)), 1), cap("items_maximum")),
        offset=_whole("offset", params.get("offset", "0"), 0),
        phrases=phrases(params.get("q", "")),
        kinds=_kinds(params.get("type", "")),
        ids=frozenset(_listed(params.get("ids", ""))),
        external=tuple(_listed(params.get("externalIds", ""))),
        box=_box(params["bbox"]) if "bbox" in params else None,
        since=since,
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


def _whole(name: str, text: str, least: int) -> int:
    if not _NUMBER.fullmatch(text) or int(text) < least:
        raise bad(name, f"must be a whole number from {least}")
    return int(text)


def _box(text: str) -> Box:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise bad("bbox", "must be numbers with commas between") from None
    if len(numbers) == 6:  # a height is allowed by the standard, and our data are flat
        numbers = numbers[0:2] + numbers[3:5]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise bad("bbox", "must be four finite numbers", "west,south,east,north")
    west, south, east, north = numbers
    if south > north:
        raise bad("bbox", "its second number is greater than its fourth", "lower corner first")
    return west, south, east, north


def _times(text: str) -> tuple[datetime | None, datetime | None]:
    ends = text.split("/")
    if len(ends) > 2 or (len(ends) == 1 and ends[0] in ("", "..")):
        raise bad("datetime", "must be an instant or an interval", "2026-01-01/.. for example")
    since, until = _moment(ends[0]), _moment(ends[-1], end=True)
    if since is None and until is None:
        raise bad("datetime", "is open at both ends", "give at least one end")
    if since and until and since > until:
        raise bad("datetime", "ends before it begins", "earlier end first")
    return since, until


def _moment(text: str, *, end: bool = False) -> datetime | None:
    """Return an instant; of a day its beginning, or its end."""
    if text in ("", ".."):
        return None
    day = _DAY.fullmatch(text)
    if not day and not _MOMENT.fullmatch(text):
        raise bad("datetime", f"{text!r} is not RFC 3339", "such as 2026-11-22T12:00:00Z")
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        raise bad("datetime", f"there is no such moment: {text!r}") from None
    if day and end:
        found += timedelta(days=1, microseconds=-1)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _sorted(text: str) -> tuple[tuple[str, bool], ...]:
    # A plus that a client did not encode arrives as a space.
    keys = [(key.lstrip("+-"), key.startswith("-")) for key in _listed(text)]
    for name, _ in keys:
        if name not in SORTABLES:
            raise bad("sortby", f"unknown field {name!r}", f"there are: {', '.join(SORTABLES)}")
    return tuple(keys)

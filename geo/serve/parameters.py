"""Each query parameter becomes a typed value in one function; what has no meaning is refused.

The Features standard asks for 400 at an unknown or senseless parameter. pygeoapi answers 200 with
everything, or 500, so that nothing reaches it unread.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.datastructures import QueryParams

from geo.crs import CRS84, Box
from geo.errors import UsageError
from geo.limits import limit
from geo.model import Layer
from geo.model.cql2 import Predicate, check, dated, parse_json, parse_text
from geo.model.text import Language
from geo.store.boxes import Area

FORMATS = ("json", "html")
COMMON = ("f", "lang")
"""Parameters that every page takes."""

FILTER_LANGUAGES: dict[str, Callable[[str], Predicate]] = {
    "cql2-text": parse_text,
    "cql2-json": parse_json,
}
"""Encodings of a filter, the default first."""

_SYSTEMS = ("crs", "bbox-crs")
_FILTERS = ("filter", "filter-lang", "filter-crs")
_NUMBER = re.compile(r"[0-9]{1,12}")
_DATE = r"\d{4}-\d{2}-\d{2}"
_INSTANT = re.compile(
    rf"{_DATE}([Tt]\d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,9}})?([Zz]|[+-]\d{{2}}:\d{{2}}))?"
)


@dataclass(frozen=True)
class ItemsQuery:
    """A page of features, as it was asked for.

    Attributes
    ----------
    limit, offset : int
        How many features, after how many.
    cursor : str
        In the place of an offset: where the page before ended; see :mod:`geo.serve.cursor`.
    area : Area or None
        The box, in the CRS that it was given in.
    crs : str
        Code of the CRS of the answer.
    equals : dict of str to str
        Field to the text that it must equal.
    sort : tuple of (str, bool)
        Field and whether it descends.
    properties : tuple of str
        The only fields to give; empty: all.
    filter : Predicate or None
        CQL2, checked against the public fields.
    filter_crs : str
        Code of the CRS of the geometries in it.
    """

    limit: int
    offset: int = 0
    cursor: str = ""
    area: Area | None = None
    crs: str = CRS84
    equals: Mapping[str, str] = field(default_factory=dict)
    sort: tuple[tuple[str, bool], ...] = ()
    properties: tuple[str, ...] = ()
    hits: bool = False
    skip_geometry: bool = False
    filter: Predicate | None = None
    filter_crs: str = CRS84


def bad(name: str, what: str, fix: str = "") -> UsageError:
    """Return the refusal of one parameter."""
    return UsageError(what, where=f"parameter {name!r}", fix=fix)


def check_names(params: QueryParams, allowed: tuple[str, ...]) -> None:
    """Refuse parameters that are unknown or stand twice.

    Raises
    ------
    UsageError
        With the parameters that there are.
    """
    seen: set[str] = set()
    for name, value in params.multi_items():
        if name not in allowed:
            raise bad(name, "unknown parameter", f"there are: {', '.join(allowed)}")
        if name in seen:
            raise bad(name, "stands twice", "give it once")
        if "\x00" in value:
            raise bad(name, "holds a null character")
        seen.add(name)


def wanted_format(params: QueryParams, accept: str) -> str:
    """Return ``json`` or ``html``: ``f`` wins, then Accept; anything else gets JSON.

    Raises
    ------
    UsageError
        If ``f`` names another format.
    """
    named = params.get("f")
    if named:
        if named not in FORMATS:
            raise bad("f", f"unknown format {named!r}", f"there are: {', '.join(FORMATS)}")
        return named
    weights = {"json": 0.0, "html": 0.0}
    for part in accept.split(","):
        kind, _, rest = part.partition(";")
        for name in weights:
            if name in kind:
                weights[name] = max(weights[name], _weight(rest))
    return "html" if weights["html"] > weights["json"] else "json"


def _weight(rest: str) -> float:
    found = re.search(r"q=([01](?:\.\d{0,3})?)", rest)
    return float(found[1]) if found else 1.0


def wanted_language(params: QueryParams, languages: tuple[Language, ...]) -> Language:
    """Return the language of titles and pages: ``lang``, or else the site's first.

    Raises
    ------
    UsageError
        If the site does not speak it.
    """
    named = params.get("lang")
    if not named:
        return languages[0]
    for language in languages:
        if named.lower().replace("_", "-").split("-")[0] == language:
            return language
    raise bad("lang", f"unknown language {named!r}", f"there are: {', '.join(languages)}")


def items_query(
    params: QueryParams,
    layer: Layer,
    systems: Mapping[str, str],
    *,
    default: int = limit("items_default"),
    most: int = limit("items_maximum"),
) -> ItemsQuery:
    """Read the parameters of ``/collections/{id}/items``.

    Parameters
    ----------
    systems : mapping
        URI -> code of the CRS that collections are served in.
    default, most : int
        Features when none or too many are asked for.

    Raises
    ------
    UsageError
        At the first parameter that is unknown or has no meaning.
    """
    fields = tuple(f.name for f in layer.public_fields)
    own = (*COMMON, *_READERS, *_SYSTEMS, *_FILTERS)
    check_names(params, (*own, *(f for f in fields if f not in own)))
    read: dict[str, Any] = {
        name: reader(params[name]) for name, reader in _READERS.items() if name in params
    }
    codes = {name: wanted_crs(params, systems, name) for name in (*_SYSTEMS, "filter-crs")}
    known("properties", read.get("properties", ()), fields)
    known("sortby", [key for key, _ in read.get("sortby", ())], fields)
    if "bbox-crs" in params and "bbox" not in params:
        raise bad("bbox-crs", "stands without bbox", "give bbox as well")
    if "cursor" in params and "offset" in params:
        raise bad("cursor", "stands beside offset", "follow the link with rel=next as it is")
    return ItemsQuery(
        limit=min(read.get("limit", default), most),
        offset=read.get("offset", 0),
        cursor=read.get("cursor", ""),
        area=Area(read["bbox"], codes["bbox-crs"]) if "bbox" in read else None,
        crs=codes["crs"],
        equals={f: params[f] for f in fields if f in params and f not in own},
        sort=read.get("sortby", ()),
        properties=read.get("properties", ()),
        hits=read.get("resulttype") == "hits",
        skip_geometry=read.get("skipGeometry", False),
        filter=_filter(params, layer),
        filter_crs=codes["filter-crs"],
    )


def _filter(params: QueryParams, layer: Layer) -> Predicate | None:
    if "filter" not in params:
        for name in _FILTERS:
            if name in params:
                raise bad(name, "stands without filter", "give filter as well")
        return None
    language = params.get("filter-lang", next(iter(FILTER_LANGUAGES)))
    if language not in FILTER_LANGUAGES:
        known = ", ".join(FILTER_LANGUAGES)
        raise bad("filter-lang", f"unknown language {language!r}", f"there are: {known}")
    try:
        types = {field.name: field.type for field in layer.public_fields}
        tree = dated(FILTER_LANGUAGES[language](params["filter"]), types)
        check(tree, types)
    except UsageError as error:
        place = "" if error.where == "filter" else f", {error.where}"
        raise UsageError(error.what, where=f"parameter 'filter'{place}", fix=error.fix) from None
    return tree


def wanted_crs(params: QueryParams, systems: Mapping[str, str], name: str = "crs") -> str:
    """Return the code of the CRS that a parameter names; without it the first there is.

    Raises
    ------
    UsageError
        If collections are not served in it.
    """
    value = params.get(name)
    if value is None:
        return next(iter(systems.values()))
    if value not in systems:
        raise bad(name, f"unknown CRS {value!r}", f"there are: {', '.join(systems)}")
    return systems[value]


def known(name: str, asked: Iterable[str], fields: tuple[str, ...]) -> None:
    """Refuse fields that there are not.

    Raises
    ------
    UsageError
        With those that there are.
    """
    unknown = [key for key in asked if key not in fields]
    if unknown:
        raise bad(name, f"unknown field {unknown[0]!r}", f"there are: {', '.join(fields)}")


def whole(name: str, value: str, least: int, fix: str = "") -> int:
    """Return a whole number from `least`.

    Raises
    ------
    UsageError
        If it is none.
    """
    if not _NUMBER.fullmatch(value) or int(value) < least:
        raise bad(name, f"must be a whole number from {least}", fix)
    return int(value)


def box_of(value: str) -> Box:
    """Return the four numbers of ``bbox``: two corners, the lower one first.

    Raises
    ------
    UsageError
        If they are not four, or not finite.
    """
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        raise bad("bbox", "must be numbers with commas between") from None
    if len(numbers) == 6:  # a height is allowed by the standard, and our data are flat
        numbers = numbers[0:2] + numbers[3:5]
    if len(numbers) != 4:
        raise bad("bbox", "must be four numbers", "west,south,east,north")
    if not all(math.isfinite(number) for number in numbers):
        raise bad("bbox", "must be finite numbers")
    a, b, c, d = numbers
    return a, b, c, d


def _cursor(value: str) -> str:
    if not value:
        raise bad("cursor", "is empty", "follow the link with rel=next as it is")
    return value


def interval(value: str) -> tuple[datetime | None, datetime | None]:
    """Return the ends of ``datetime``, in UTC where it names no zone; None: unbounded.

    An instant is both of its ends; a day lasts until its last microsecond.

    Raises
    ------
    UsageError
        If it is neither an instant nor an interval of RFC 3339.
    """
    ends = value.split("/")
    if len(ends) > 2 or value in ("", ".."):
        raise bad("datetime", "must be an instant or an interval", "2026-01-01/.. for example")
    since, until = _moment(ends[0]), _moment(ends[-1], last=True)
    if since is None and until is None:
        raise bad("datetime", "is open at both ends", "give at least one end")
    if since and until and since > until:
        raise bad("datetime", "ends before it begins", "earlier end first")
    return since, until


def _moment(text: str, *, last: bool = False) -> datetime | None:
    """Return an instant; of a day its beginning, or its last one."""
    if text in ("", ".."):
        return None
    if not _INSTANT.fullmatch(text):
        raise bad("datetime", f"{text!r} is not RFC 3339", "such as 2026-11-22T12:00:00Z")
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        raise bad("datetime", f"there is no such moment: {text!r}") from None
    if last and "T" not in text.upper():
        found += timedelta(days=1, microseconds=-1)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def sort_keys(value: str) -> tuple[tuple[str, bool], ...]:
    """Return the fields of ``sortby``, and whether each descends."""
    # A plus that a client did not encode arrives as a space.
    keys = [part.strip() for part in value.split(",")]
    return tuple((key.lstrip("+-"), key.startswith("-")) for key in keys if key)


def _properties(value: str) -> tuple[str, ...]:
    return tuple(part for part in value.split(",") if part)


def _resulttype(value: str) -> str:
    if value not in ("hits", "results"):
        raise bad("resulttype", "must be hits or results")
    return value


def _skip_geometry(value: str) -> bool:
    if value not in ("true", "false"):
        raise bad("skipGeometry", "must be true or false")
    return value == "true"


_READERS: dict[str, Callable[[str], Any]] = {
    "bbox": box_of,
    "cursor": _cursor,
    "datetime": interval,  # checked: no layer has a time, so that it selects everything
    "limit": lambda value: whole("limit", value, 1, "larger pages come in parts"),
    "offset": lambda value: whole("offset", value, 0, "follow the link with rel=next"),
    "properties": _properties,
    "resulttype": _resulttype,
    "skipGeometry": _skip_geometry,
    "sortby": sort_keys,
}

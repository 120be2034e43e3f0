"""A filter checked against the fields of a layer: what has no meaning is refused, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Literal

from geo.model.cql2.refusal import meaningless
from geo.model.cql2.tree import (
    INSTANT_OR_INTERVAL,
    Arithmetic,
    Between,
    Boolean,
    Box,
    Comparison,
    Date,
    Folded,
    Geometry,
    In,
    Interval,
    IsNull,
    Like,
    Node,
    Number,
    Property,
    Spatial,
    Temporal,
    Text,
    Timestamp,
    children,
)
from geo.model.cql2.write import to_text
from geo.model.layer import FieldType

GEOMETRY = "geometry"
"""The name of the geometry in a filter and in the queryables."""

Kind = Literal["text", "number", "boolean", "date", "timestamp", "interval", "geometry", "truth"]
KINDS: dict[FieldType, Kind] = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamp",
}
_LITERALS: dict[type, Kind] = {
    Text: "text",
    Number: "number",
    Boolean: "boolean",
    Date: "date",
    Timestamp: "timestamp",
    Geometry: "geometry",
    Box: "geometry",
}
_WRITTEN: dict[Kind, str] = {
    "text": "text stands in single quotes: 'park'",
    "number": "a number stands without quotes: 12.5",
    "boolean": "TRUE and FALSE stand without quotes",
    "date": "a date is written DATE('2026-11-22')",
    "timestamp": "an instant is written TIMESTAMP('2026-11-22T03:15:00Z')",
    "interval": "compare an interval by T_INTERSECTS, T_DURING and the like",
    "geometry": "compare a geometry by S_INTERSECTS, S_WITHIN and the like",
    "truth": "compare fields and values",
}


def check(tree: Node, fields: Mapping[str, FieldType], *, geometry: bool = True) -> None:
    """Refuse a filter that has no meaning for a layer.

    Parameters
    ----------
    tree : Node
    fields : mapping
        The fields that the filter may read, with their types.
    geometry : bool
        The filter may read the geometry as well.

    Raises
    ------
    UsageError
        At an unknown field, or a comparison of different kinds.
    """
    _Check(fields, geometry).kind(tree)


class _Check:
    def __init__(self, fields: Mapping[str, FieldType], geometry: bool) -> None:
        self._fields = fields
        self._geometry = geometry

    def kind(self, node: Node) -> Kind:
        """Return the kind of a node, after a look at all below it."""
        literal = _LITERALS.get(type(node))
        if literal is not None:
            return literal
        if isinstance(node, Property):
            return self._property(node.name)
        if isinstance(node, Folded):
            return self._all("text", node, node.part)
        if isinstance(node, Arithmetic):
            return self._all("number", node, node.left, node.right)
        if isinstance(node, Interval):
            return self._interval(node)
        self._predicate(node)
        return "truth"

    def _predicate(self, node: Node) -> None:
        match node:
            case Comparison(_, left, right):
                self._same(node, left, right)
            case Between(value, low, high):
                self._same(node, value, low, high)
            case In(value, items):
                self._same(node, value, *items)
            case Like(value, pattern):
                self._all("text", node, value)
                self._pattern(pattern)
            case Spatial(_, left, right):
                self._all("geometry", node, left, right)
            case Temporal():
                self._temporal(node)
            case IsNull(part):
                self.kind(part)
            case _:
                for part in children(node):
                    self.kind(part)

    def _property(self, name: str) -> Kind:
        if name == GEOMETRY and name not in self._fields:
            if not self._geometry:
                raise meaningless("this filter does not see the geometry", "compare fields")
            return "geometry"
        if name not in self._fields:
            near = get_close_matches(name.lower(), [one.lower() for one in self._fields], 1)
            meant = [one for one in self._fields if near and one.lower() == near[0]]
            guess = f"did you mean {meant[0]!r}? " if meant else ""
            raise meaningless(
                f"the filter names a field that is not there: {name!r}",
                f"{guess}the fields are: {', '.join(self._fields)}",
            )
        return KINDS[self._fields[name]]

    def _all(self, wanted: Kind, whole: Node, *parts: Node) -> Kind:
        for part in parts:
            if self.kind(part) != wanted:
                raise self._mixed(whole, part, wanted)
        return wanted

    def _same(self, whole: Node, first: Node, *others: Node) -> None:
        """Refuse different kinds; a property tells what the values beside it must be."""
        parts = (first, *others)
        known = next((part for part in parts if isinstance(part, Property)), first)
        wanted = self.kind(known)
        if wanted in ("geometry", "interval", "truth"):
            raise meaningless(f"{_shown(known)} cannot be compared so", _WRITTEN[wanted])
        self._all(wanted, whole, *parts)

    def _mixed(self, whole: Node, part: Node, wanted: Kind) -> Exception:
        return meaningless(
            f"{_shown(part)} is {_article(self.kind(part))}, not {_article(wanted)}, "
            f"in {_shown(whole)}",
            _WRITTEN[wanted],
        )

    def _pattern(self, pattern: Node) -> None:
        inner = pattern
        while isinstance(inner, Folded):
            inner = inner.part
        if not isinstance(inner, Text):
            raise meaningless(f"LIKE {_shown(pattern)} is no pattern", "write LIKE 'par%'")

    def _interval(self, node: Interval) -> Kind:
        ends = [end for end in (node.start, node.end) if end is not None]
        kinds = {self.kind(end) for end in ends}
        if kinds - {"date", "timestamp"} or len(kinds) > 1:
            raise meaningless(
                f"{_shown(node)} does not run from date to date, or from instant to instant",
                "write INTERVAL('2026-01-01', '2026-12-31')",
            )
        start, end = node.start, node.end
        late = (
            start.value > end.value
            if isinstance(start, Date) and isinstance(end, Date)
            else isinstance(start, Timestamp)
            and isinstance(end, Timestamp)
            and start.value > end.value
        )
        if late:
            raise meaningless(f"{_shown(node)} ends before it begins", "put the earlier end first")
        return "interval"

    def _temporal(self, node: Temporal) -> None:
        kinds = set()
        for part in (node.left, node.right):
            kind = self.kind(part)
            if kind not in ("interval", "date", "timestamp"):
                raise meaningless(f"{_shown(part)} is no time, in {_shown(node)}", _WRITTEN["date"])
            if kind != "interval" and node.op not in INSTANT_OR_INTERVAL:
                raise meaningless(
                    f"{node.op.upper()} compares intervals, and {_shown(part)} is an instant",
                    "use T_AFTER, T_BEFORE, T_EQUALS, T_INTERSECTS, or write INTERVAL(start, end)",
                )
            ends = (part.start, part.end) if isinstance(part, Interval) else (part,)
            kinds |= {self.kind(end) for end in ends if end is not None}
        if len(kinds) > 1:
            raise meaningless(
                f"dates and instants are mixed in {_shown(node)}", _WRITTEN["timestamp"]
            )


def _shown(node: Node) -> str:
    text = to_text(node)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _article(kind: Kind) -> str:
    if kind == "text":
        return "text"
    return f"an {kind}" if kind == "interval" else f"a {kind}"

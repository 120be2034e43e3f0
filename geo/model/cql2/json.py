"""The JSON encoding of CQL2, both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import orjson

from geo.errors import UsageError
from geo.limits import limit
from geo.model.cql2 import literals
from geo.model.cql2.refusal import shallow, too_deep, too_long, unreadable
from geo.model.cql2.tree import (
    ARITHMETIC,
    COMPARE,
    SPATIAL,
    TEMPORAL,
    And,
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
    Not,
    Number,
    Or,
    Predicate,
    Property,
    Spatial,
    Temporal,
    Text,
    Timestamp,
    Value,
)
from geo.model.cql2.write import moment_text

_FIX = 'for example: {"op": "=", "args": [{"property": "kind"}, "park"]}'
Json = Any
Where = str
"""The path of a value in the document: ``$.args[1]``."""


def parse_json(text: str) -> Predicate:
    """Return a CQL2 filter in its JSON encoding as a tree.

    Raises
    ------
    UsageError
        With the path of the value that has no meaning, and what was expected there.
    """
    if len(text) > limit("query_chars"):
        raise too_long()
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise unreadable(f"character {error.pos + 1}", "it is no JSON", _FIX) from None
    return shallow(_predicate(found, "$"))


def to_json(node: Node) -> Json:
    """Return a tree as the JSON encoding has it: objects, lists, texts and numbers."""
    match node:
        case And(parts) | Or(parts):
            return _op("and" if isinstance(node, And) else "or", *parts)
        case Not(part):
            return _op("not", part)
        case Comparison(op, left, right) | Arithmetic(op, left, right):
            return _op(op, left, right)
        case Spatial(op, left, right) | Temporal(op, left, right):
            return _op(op, left, right)
        case Like(value, pattern):
            return _op("like", value, pattern)
        case Between(value, low, high):
            return _op("between", value, low, high)
        case In(value, items):
            return {"op": "in", "args": [to_json(value), [to_json(item) for item in items]]}
        case IsNull(part):
            return _op("isNull", part)
        case Folded(how, part):
            return _op(how, part)
        case _:
            return _literal(node)


def _op(op: str, *args: Node) -> Json:
    return {"op": op, "args": [to_json(part) for part in args]}


def _literal(node: Node) -> Json:
    match node:
        case Property(name):
            return {"property": name}
        case Text(value) | Number(value) | Boolean(value):
            return value
        case Date(value):
            return {"date": value.isoformat()}
        case Timestamp():
            return {"timestamp": moment_text(node)}
        case Interval(start, end):
            return {"interval": [_end(start), _end(end)]}
        case Box(corners):
            return {"bbox": list(corners)}
        case Geometry("GeometryCollection", parts):
            return {"type": "GeometryCollection", "geometries": [to_json(part) for part in parts]}
        case Geometry(kind, coordinates):
            return {"type": kind, "coordinates": coordinates}
    raise AssertionError(type(node))


def _end(end: Date | Timestamp | Property | None) -> Json:
    if isinstance(end, Date):
        return end.value.isoformat()
    if isinstance(end, Timestamp):
        return moment_text(end)
    return ".." if end is None else to_json(end)


def _refuse(where: Where, what: str) -> UsageError:
    return unreadable(where, what, _FIX)


def _made[T](where: Where, make: Callable[[], T]) -> T:
    try:
        return make()
    except ValueError as error:
        raise _refuse(where, str(error)) from None


def _predicate(found: Json, where: Where) -> Predicate:
    node = _node(found, where)
    if isinstance(node, Property):
        return Comparison("=", node, Boolean(True))
    if not isinstance(node, Predicate):
        raise _refuse(where, "a comparison is expected, and only a value stands there")
    return node


def _value(found: Json, where: Where) -> Value:
    node = _node(found, where)
    if not isinstance(node, Value):
        raise _refuse(where, "a field or a value is expected, not a comparison or a geometry")
    return node


def _place(found: Json, where: Where) -> Property | Geometry | Box:
    node = _node(found, where)
    if not isinstance(node, Property | Geometry | Box):
        raise _refuse(where, "a geometry, a bbox or the name of the geometry is expected")
    return node


def _time(found: Json, where: Where) -> Property | Date | Timestamp | Interval:
    node = _node(found, where)
    if not isinstance(node, Property | Date | Timestamp | Interval):
        raise _refuse(where, "a field, a date, a timestamp or an interval is expected")
    return node


def _node(found: Json, where: Where) -> Node:
    if where.count("[") > limit("filter_depth"):
        raise too_deep()
    if isinstance(found, bool):
        return Boolean(found)
    if isinstance(found, str):
        return _made(where, lambda: literals.text(found))
    if isinstance(found, int | float):
        return _made(where, lambda: literals.number(found))
    if not isinstance(found, dict):
        raise _refuse(where, "an object, a text, a number, true or false is expected")
    if "op" in found:
        return _operation(found, where)
    return _object(found, where)


def _object(found: dict[str, Json], where: Where) -> Node:
    for key, read in _OBJECTS.items():
        if key in found:
            try:
                return read(found[key], found, f"{where}.{key}")
            except ValueError as error:
                raise _refuse(f"{where}.{key}", str(error)) from None
    raise _refuse(where, "an object has an op, a property, a literal or a type")


def _operation(found: dict[str, Json], where: Where) -> Node:
    op, args = found["op"], found.get("args")
    if not isinstance(op, str) or op not in _OPERATIONS:
        raise _refuse(f"{where}.op", f"there is no operation {str(op)[:40]!r}")
    least, most, make = _OPERATIONS[op]
    if not isinstance(args, list) or not least <= len(args) <= most:
        count = f"{least} or more" if most > 9 else str(least)
        raise _refuse(f"{where}.args", f"a list of {count} is expected")
    return make(op, args, f"{where}.args")


def _each[T](read: Callable[[Json, Where], T], args: list[Json], where: Where) -> list[T]:
    return [read(arg, f"{where}[{i}]") for i, arg in enumerate(args)]


def _in(op: str, args: list[Json], where: Where) -> In:
    value, items = args
    if not isinstance(items, list) or not items:
        raise _refuse(f"{where}[1]", "a list of values is expected")
    return In(_value(value, f"{where}[0]"), tuple(_each(_value, items, f"{where}[1]")))


_Make = Callable[[Any, list[Json], Where], Node]
"""The operation's name, which is one of its kind, its arguments, and where they stand."""

_MANY = 10_000
_OPERATIONS: dict[str, tuple[int, int, _Make]] = {
    "and": (2, _MANY, lambda op, args, at: And(tuple(_each(_predicate, args, at)))),
    "or": (2, _MANY, lambda op, args, at: Or(tuple(_each(_predicate, args, at)))),
    "not": (1, 1, lambda op, args, at: Not(*_each(_predicate, args, at))),
    "like": (2, 2, lambda op, args, at: Like(*_each(_value, args, at))),
    "between": (3, 3, lambda op, args, at: Between(*_each(_value, args, at))),
    "in": (2, 2, _in),
    "isNull": (1, 1, lambda op, args, at: IsNull(*_each(_node, args, at))),
    **dict.fromkeys(COMPARE, (2, 2, lambda op, args, at: Comparison(op, *_each(_value, args, at)))),
    **dict.fromkeys(
        ARITHMETIC, (2, 2, lambda op, args, at: Arithmetic(op, *_each(_value, args, at)))
    ),
    **dict.fromkeys(
        ("casei", "accenti"), (1, 1, lambda op, args, at: Folded(op, *_each(_value, args, at)))
    ),
    **dict.fromkeys(SPATIAL, (2, 2, lambda op, args, at: Spatial(op, *_each(_place, args, at)))),
    **dict.fromkeys(TEMPORAL, (2, 2, lambda op, args, at: Temporal(op, *_each(_time, args, at)))),
}  # fmt: skip


def _string(found: Json) -> str:
    if not isinstance(found, str):
        raise ValueError("a text is expected")
    return found


def _interval(found: Json, _: Json, where: Where) -> Interval:
    if not isinstance(found, list) or len(found) != 2:
        raise ValueError("an interval has a start and an end")
    start, end = _each(_bound, found, where)
    return Interval(start, end)


def _bound(found: Json, where: Where) -> Date | Timestamp | Property | None:
    if isinstance(found, dict):
        return _made(where, lambda: literals.named(_string(found.get("property"))))
    return _made(where, lambda: literals.bound(_string(found)))


def _list(found: Json) -> list[Json]:
    if not isinstance(found, list):
        raise ValueError("a list is expected")
    return found


def _geometry(kind: Json, found: Json, where: Where) -> Geometry:
    if kind == "GeometryCollection" and ".geometries" not in where:
        parts = _each(_place, _list(found.get("geometries")), f"{where}.geometries")
        if not all(isinstance(part, Geometry) for part in parts):
            raise ValueError("a geometry collection holds geometries")
        return literals.collection(cast(list[Geometry], parts))
    if not isinstance(kind, str) or kind not in literals.LEVELS:
        raise ValueError(f"there is no geometry {str(kind)[:40]!r}")
    return literals.geometry(cast(Any, kind), _list(found.get("coordinates")))


_OBJECTS: dict[str, Callable[[Json, Json, Where], Node]] = {
    "property": lambda found, _, at: literals.named(_string(found)),
    "date": lambda found, _, at: literals.day(_string(found)),
    "timestamp": lambda found, _, at: literals.moment(_string(found)),
    "interval": _interval,
    "bbox": lambda found, _, at: literals.box(_list(found)),
    "type": _geometry,
}

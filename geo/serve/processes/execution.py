"""The body of an execution becomes an order, or a refusal that names what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from geo.errors import UsageError
from geo.limits import limit
from geo.serve.processes.process import Input, Process, Schema

FORM = "application/x-www-form-urlencoded"
_KEYS = ("inputs", "outputs", "response")
_QUALIFIED = {"value", "mediaType", "encoding", "schema"}
_COLLECTION = re.compile(r"/collections/([a-z][a-z0-9_]{0,62})(/items)?/?(\?f=json)?")


@dataclass(frozen=True)
class Order:
    """An execution, as it was asked for.

    Attributes
    ----------
    inputs : dict
        Values by id: qualified ones unwrapped, references to our collections as their ids.
    document : bool
        ``response: document``: the answer within an object of outputs.
    """

    process: Process
    inputs: dict[str, Any]
    media_type: str
    document: bool


def wrong(where: str, what: str, fix: str = "") -> UsageError:
    """Return the refusal of a part of an execution."""
    return UsageError(what, where=where, fix=fix)


def order_of(
    process: Process, inputs: Mapping[str, Input], body: bytes, content_type: str, base_url: str
) -> Order:
    """Read the body of an execution.

    Parameters
    ----------
    inputs : mapping of str to Input
        Those that the process has.
    body : bytes
        JSON as the standard has it; a form, as the pages of this server send it.
    base_url : str
        The address of the API: references lead nowhere else.

    Raises
    ------
    UsageError
        At the first part that has no meaning.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        found = {"inputs": _of_form(inputs, body)}
    elif kind in ("", "application/json"):
        found = _of_json(body)
    else:
        raise wrong("Content-Type", f"{kind!r} is not understood", "send application/json")
    for key in found:
        if key not in _KEYS:
            fix = f"there are: {', '.join(_KEYS)}"
            if key == "subscriber":
                fix = "this server calls nobody back: ask for the status of the job"
            raise wrong(key, "unknown key of an execution", fix)
    return Order(
        process,
        _inputs(found.get("inputs", {}), inputs, base_url),
        _media_type(process, found.get("outputs")),
        _document(found.get("response", "raw")),
    )


def _of_json(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise wrong("the body", f"is not JSON: {error}", 'send {"inputs": {...}}') from None
    if not isinstance(found, dict):
        raise wrong("the body", "is not an object", 'send {"inputs": {...}}')
    return found


def _inputs(given: Any, known: Mapping[str, Input], base_url: str) -> dict[str, Any]:  # noqa: ANN401
    if not isinstance(given, dict):
        raise wrong("inputs", "is not an object", 'write {"inputs": {"id": value}}')
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise wrong(f"input {name!r}", "is unknown", f"there are: {', '.join(known)}")
        found[name] = _value(name, value, base_url)
    for name, each in known.items():
        if each.required and name not in found:
            raise wrong(f"input {name!r}", "is missing", each.description.en)
        if name in found:
            _check_simple(name, found[name], each.schema)
    return found


def _value(name: str, value: Any, base_url: str) -> Any:  # noqa: ANN401 - anything in JSON
    if not isinstance(value, dict):
        return value
    if "href" in value:
        return _referred(name, value["href"], base_url)
    if "value" in value and set(value) <= _QUALIFIED:
        return value["value"]
    return value


def _referred(name: str, href: object, base_url: str) -> str:
    """Return the collection that a reference leads to; another server is never asked."""
    place = f"input {name!r}"
    path = href.removeprefix(base_url) if isinstance(href, str) else ""
    match = _COLLECTION.fullmatch(path) if path != href else None
    if match is None:
        raise wrong(
            place,
            "references are followed to collections of this server only",
            f"such as {base_url}/collections/districts, or send the value itself",
        )
    return match[1]


def _check_simple(name: str, value: object, schema: Schema) -> None:
    """Check a value of a simple type against its schema; the process reads the others."""
    place = f"input {name!r}"
    if "enum" in schema and value not in schema["enum"]:
        known = ", ".join(map(str, schema["enum"]))
        raise wrong(place, f"unknown value {_short(value)}", f"there are: {known}")
    kind = _KINDS.get(schema.get("type", ""), _ANYTHING)
    if not kind.holds(value):
        raise wrong(place, kind.words)
    if isinstance(value, str):
        _check_text(place, value, schema.get("maxLength", limit("query_chars")))


def _check_text(place: str, value: str, most: int) -> None:
    if "\x00" in value:
        raise wrong(place, "holds a null character")
    if len(value) > most:
        raise wrong(place, "is too long", f"at most {most} characters")


class _Kind(NamedTuple):
    """What JSON must hold for a simple type, and what is said where it does not."""

    holds: Callable[[object], bool]
    words: str


_ANYTHING = _Kind(lambda value: True, "")
_KINDS = {
    "string": _Kind(lambda value: isinstance(value, str), "must be text"),
    "object": _Kind(lambda value: isinstance(value, dict), "is not an object"),
    "array": _Kind(lambda value: isinstance(value, list), "is not a list"),
    "integer": _Kind(lambda value: type(value) is int, "must be a whole number"),
    "number": _Kind(lambda value: type(value) in (int, float), "must be a number"),
    "boolean": _Kind(lambda value: type(value) is bool, "must be true or false"),
}


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _media_type(process: Process, outputs: Any) -> str:  # noqa: ANN401 - anything in JSON
    output = process.output
    if not outputs:
        return output.media_type
    if not isinstance(outputs, dict):
        raise wrong("outputs", "is not an object", f'write {{"outputs": {{"{output.id}": {{}}}}}}')
    for name in outputs:
        if name != output.id:
            raise wrong(f"output {name!r}", "is unknown", f"there is: {output.id}")
    asked = outputs[output.id]
    place = f"output {output.id!r}"
    if not isinstance(asked, dict) or not isinstance(asked.get("format", {}), dict):
        raise wrong(place, "is not an object")
    if asked.get("transmissionMode", "value") != "value":
        raise wrong(place, "is sent by value only", 'leave "transmissionMode" out')
    media_type = asked.get("format", {}).get("mediaType", output.media_type)
    if media_type not in output.formats:
        known = ", ".join(output.formats)
        raise wrong(place, f"unknown format {_short(media_type)}", f"there are: {known}")
    return str(media_type)


def _document(response: object) -> bool:
    if response not in ("raw", "document"):
        raise wrong("response", f"unknown value {_short(response)}", "there are: raw, document")
    return response == "document"


def _of_form(inputs: Mapping[str, Input], body: bytes) -> dict[str, Any]:
    """Read a form: what was left empty is left out."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=False, strict_parsing=False, max_num_fields=100
        )
    except ValueError:
        raise wrong("the form", "cannot be read") from None
    found: dict[str, Any] = {}
    for name, text in pairs:
        if name in found:
            raise wrong(f"input {name!r}", "stands twice")
        if text.strip():
            found[name] = _typed(name, text.strip(), inputs[name].schema if name in inputs else {})
    return found


def _typed(name: str, text: str, schema: Schema) -> Any:  # noqa: ANN401 - as the schema says
    kind = schema.get("type")
    if kind == "boolean":
        return text == "true"
    if kind == "array" and not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind in ("integer", "number"):
        try:
            return int(text) if kind == "integer" else float(text.replace(",", "."))
        except ValueError:
            raise wrong(f"input {name!r}", f"{_short(text)} is not a number") from None
    if text.startswith(("{", "[")) and kind != "string":
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise wrong(f"input {name!r}", f"is not JSON: {error}") from None
    return text

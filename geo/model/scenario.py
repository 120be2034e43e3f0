"""A scenario: what a city would look like if, as a file that a person writes or draws.

``geobank what-if FILE`` takes it as YAML, JSON, or GeoJSON drawn in QGIS; it is never published
into a layer, and its values are never mixed with the city's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

import yaml
from pydantic import Field as PydanticField
from pydantic import ValidationError, model_validator

from geo import crs
from geo.errors import LimitExceededError, UsageError
from geo.limits import limit
from geo.model.text import Frozen, Text

NOTICE = Text(pl="scenariusz, nie dane miasta", en="a scenario, not the city's data")
"""Stands wherever a value of a scenario does."""

NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
Value = str | int | float | bool | None
Row = dict[str, Any]

_DRAWN = ("layer", "change")
"""Properties of a drawn feature that say which layer it changes, and how."""


class Edit(Frozen):
    """One change of one layer: exactly one of add, replace, set and remove.

    Attributes
    ----------
    add : tuple of dict
        New features: fields and `geometry` (WKT or GeoJSON), with an id of their own.
    replace : tuple of dict
        Features that are there, by their id: what is named is new, what is not stays.
    set : dict
        Fields and the values that all features of `ids` or `where` get.
    remove : bool
        All features of `ids` or `where` go.
    ids : tuple of str
        Ids of features, as text.
    where : str
        CQL2 text over the layer's public fields.
    """

    layer: str
    add: tuple[Row, ...] = ()
    replace: tuple[Row, ...] = ()
    set: dict[str, Any] = PydanticField(default_factory=dict)
    remove: bool = False
    ids: tuple[str, ...] = ()
    where: str = ""

    @model_validator(mode="before")
    @classmethod
    def _ids_are_text(cls, data: Any) -> Any:  # noqa: ANN401 - not read yet
        if isinstance(data, dict) and isinstance(data.get("ids"), list | tuple):
            return {**data, "ids": tuple(str(each) for each in data["ids"])}
        return data

    @model_validator(mode="after")
    def _one_thing(self) -> Edit:
        said = [name for name in ("add", "replace", "set", "remove") if getattr(self, name)]
        if len(said) != 1:
            raise ValueError("say one of add, replace, set and remove")
        chooses = said[0] in ("set", "remove")
        if chooses and bool(self.ids) == bool(self.where.strip()):
            raise ValueError(f"`{said[0]}` says which features: by `ids` or by `where`")
        if not chooses and (self.ids or self.where):
            raise ValueError(f"`{said[0]}` names its features itself: without `ids` and `where`")
        return self


class Scenario(Frozen):
    """A named set of changes over published versions.

    Attributes
    ----------
    crs : str
        Of every geometry in the file, (easting, northing) or (longitude, latitude).
    base : dict of str to str
        Layer id to the version that is changed; those of the published values when left out.
    """

    name: Annotated[str, PydanticField(pattern=NAME)]
    title: Text
    note: Text | None = None
    crs: str = ""
    base: dict[str, str] = PydanticField(default_factory=dict)
    changes: tuple[Edit, ...] = PydanticField(min_length=1)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that are changed, each once."""
        return tuple(dict.fromkeys(edit.layer for edit in self.changes))


def read_scenario(content: bytes, name: str = "scenario") -> Scenario:
    """Read a scenario's file.

    Parameters
    ----------
    content : bytes
        YAML, JSON or GeoJSON, UTF-8.
    name : str
        The file's name, for messages.

    Raises
    ------
    UsageError
        If it is none, with the key that is wrong.
    LimitExceededError
        If it is too large.
    """
    if len(content) > limit("scenario_bytes"):
        raise LimitExceededError(
            f"the scenario has {len(content)} bytes, the most is {limit('scenario_bytes')}",
            where=name,
            fix="change fewer features, or draw them with fewer vertices",
        )
    try:
        text = content.decode("utf-8-sig")
        data = json.loads(text) if text.lstrip().startswith("{") else _yaml(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        said = getattr(error, "problem", None) or getattr(error, "msg", None) or "it is not UTF-8"
        raise UsageError(
            f"the scenario cannot be read: {said}",
            where=f"{name}{line}",
            fix="write YAML, JSON or GeoJSON in UTF-8; see docs/what-if.md",
        ) from None
    return parse_scenario(data, name)


class _Loader(yaml.SafeLoader):
    """A safe loader without aliases: ten lines of them can name a billion values."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem="aliases (*name) are not taken", problem_mark=event.start_mark
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def _yaml(text: str) -> Any:  # noqa: ANN401 - not read yet
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


def parse_scenario(data: Any, name: str = "scenario") -> Scenario:  # noqa: ANN401 - anybody's
    """Validate a scenario that was read already: a mapping, or a GeoJSON FeatureCollection.

    Raises
    ------
    UsageError, LimitExceededError
        As :func:`read_scenario`.
    """
    if not isinstance(data, Mapping):
        raise UsageError("the scenario is no mapping", where=name, fix="write name: and changes:")
    if data.get("type") == "FeatureCollection":
        data = _from_geojson(data, name)
    try:
        found = Scenario.model_validate(dict(data))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(step) for step in first["loc"])
        raise UsageError(
            first["msg"].removeprefix("Value error, "),
            where=f"{name} ({key})" if key else name,
            fix="correct this key; see docs/what-if.md",
        ) from None
    rows = sum(len(edit.add) + len(edit.replace) + len(edit.ids) for edit in found.changes)
    if rows > limit("scenario_features"):
        raise LimitExceededError(
            f"the scenario names {rows} features, the most is {limit('scenario_features')}",
            where=name,
            fix="name them by `where`, or make several scenarios",
        )
    return found


def _from_geojson(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Turn drawn features into edits: properties `layer` and `change` say what each one is."""
    title = data.get("title") or data.get("name") or "scenario"
    own = {key: data[key] for key in ("note", "base") if key in data}
    made: list[dict[str, Any]] = []
    features = data.get("features")
    for number, feature in enumerate(features if isinstance(features, list) else [], start=1):
        made.append(_edit_of(feature, f"{name}, feature {number}"))
    words = {"pl": title, "en": title} if isinstance(title, str) else title
    return {
        "name": data.get("scenario") or _slug(str(title)),
        "title": words,
        "crs": _crs_of(data, name),
        **own,
        "changes": made,
    }


def _edit_of(feature: Any, where: str) -> dict[str, Any]:  # noqa: ANN401 - anybody's
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping) or not isinstance(properties.get("layer"), str):
        raise UsageError(
            "a drawn feature does not say which layer it changes",
            where=where,
            fix="give it the properties `layer` (greenery) and `change` (add, replace, remove)",
        )
    fields = {
        key: value for key, value in properties.items() if key not in _DRAWN and value is not None
    }
    change, layer = properties.get("change") or "add", properties["layer"]
    if change == "remove":
        key = properties.get("id", feature.get("id"))
        return {"layer": layer, "remove": True, "ids": [] if key is None else [str(key)]}
    if change not in ("add", "replace"):
        raise UsageError(
            f"a drawn feature cannot {change!r}", where=where, fix="add, replace or remove"
        )
    shape = feature.get("geometry")
    return {"layer": layer, change: [{**fields, **({"geometry": shape} if shape else {})}]}


def _crs_of(data: Mapping[str, Any], name: str) -> str:
    """Return the CRS that GeoJSON names (as GDAL writes it), or that of RFC 7946."""
    said = data.get("crs")
    if said is None:
        return crs.CRS84
    properties = said.get("properties") if isinstance(said, Mapping) else None
    code = properties.get("name") if isinstance(properties, Mapping) else None
    found = re.fullmatch(r"(?:urn:ogc:def:crs:)?(EPSG|OGC):[\d.]*:?(\w+)", str(code))
    if not found:
        raise UsageError(
            "the scenario names its CRS in a way that is not followed",
            where=f"{name} (crs)",
            fix=f'{{"type": "name", "properties": {{"name": "{crs.METRIC}"}}}}',
        )
    return f"{found[1]}:{found[2]}"


def _slug(title: str) -> str:
    plain = title.lower().translate(str.maketrans("ąćęłńóśźż", "acelnoszz"))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "scenario"

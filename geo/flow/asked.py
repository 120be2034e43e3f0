"""What a caller asks to be aggregated becomes a recipe, as a card has one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NoReturn, get_args

import orjson
from pydantic import ValidationError

from geo import crs
from geo.errors import UsageError
from geo.flow.polygons import CODES, OwnPolygons, own_polygons
from geo.model import Layer, Project, Recipe
from geo.model.cells import Cells
from geo.model.cql2 import check, dated, parse_json, parse_text, to_text
from geo.model.document import Location
from geo.model.indicator import OWN_AREA, Index, Measure, Statistic
from geo.model.layer import Field, Licence, Source
from geo.model.recipes import check_recipe
from geo.model.text import Text
from geo.model.units import parse_unit
from geo.model.verbs import GRAMMAR, Verb

SENSITIVE = "it holds a field that is not public"
VERBS_OFFERED: tuple[Verb, ...] = tuple(
    verb
    for verb, grammar in GRAMMAR.items()
    if "over" not in grammar.needs and verb != "per_person"
)
"""Verbs of the closed table that measure one layer: a caller sends no formula."""

MEASURES: tuple[Measure, ...] = get_args(Measure)
STATISTICS: tuple[str, ...] = get_args(Statistic)
INDEXES: tuple[str, ...] = get_args(Index)
NAMES = (
    "layer", "verb", "measure", "field", "weight", "where", "overlaps", "by", "zones", "zonesCrs",
    "to", "toWhere", "along", "distance", "statistic", "index", "unit",
)  # fmt: skip
"""The inputs of an aggregation."""

_CELLS = re.compile(r"(grid|h3):([0-9]{1,6})")
_INPUTS: dict[tuple[object, ...], str] = {
    ("of",): "measure", ("of", "layer"): "layer", ("of", "where"): "where",
    ("of", "field"): "field", ("of", "weight"): "weight", ("of", "measure"): "measure",
    ("of", "overlaps"): "overlaps", ("per",): "zones", ("to",): "to", ("to", "layer"): "to",
    ("to", "where"): "toWhere", ("to", "along"): "along",
}  # fmt: skip
"""Key of a recipe -> the input that it came from; others have the same name."""

_OF_FAMILY = {"polygon": "area", "line": "length", "point": "count"}
"""What is measured when the verb takes anything and nothing is named."""

_OF_MEASURE = {"area": "ha", "length": "km", "count": "feature"}


@dataclass(frozen=True)
class Asked:
    """An aggregation that may be run.

    Attributes
    ----------
    project : Project
        The city's model; with a layer for the caller's polygons, if there are any.
    """

    project: Project
    recipe: Recipe
    own: OwnPolygons | None


def asked(project: Project, request: Mapping[str, Any]) -> Asked:
    """Read a request.

    Parameters
    ----------
    request : mapping
        Inputs by name, see :data:`NAMES`.

    Raises
    ------
    UsageError
        At the first input that has no meaning, or asks for what is not public.
    LimitExceededError
        If the caller's polygons are too many or too large.
    """
    unknown = [name for name in request if name not in NAMES]
    if unknown:
        raise _wrong(unknown[0], "is unknown", f"there are: {', '.join(NAMES)}")
    layer = _layer(project, request, "layer")
    verb = _verb(request)
    per, own = _zones(project, request, layer)
    name = ""
    if own is not None:
        name = _free_name(project)
        layers = {**project.measurable, name: _own_layer(name, project)}
        project = replace(project, layers=MappingProxyType(layers))
    of = _term(request, layer, verb)
    found: dict[str, Any] = {
        "verb": verb,
        "of": of,
        "per": name or per,
        "unit": _unit(request, layer, verb, of),
        **_details(project, request, layer),
    }
    recipe = _recipe(found)
    check_recipe(recipe, project.measurable, project.site, _refuse)
    _check_public(layer, recipe)
    return Asked(project, recipe, own)


def _recipe(found: dict[str, Any]) -> Recipe:
    try:
        return Recipe.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        return _refuse(message, at=first["loc"] or ("verb",))


def _refuse(what: str, *, at: Location = (), fix: str = "") -> NoReturn:
    key = _INPUTS.get(tuple(at), str(at[0]) if at else "verb")
    raise UsageError(what, where=f"input {key!r}", fix=fix)


def _wrong(name: str, what: str, fix: str = "") -> UsageError:
    return UsageError(what, where=f"input {name!r}", fix=fix)


def _text(request: Mapping[str, Any], name: str) -> str:
    found = request.get(name, "")
    if not isinstance(found, str):
        raise _wrong(name, "must be text")
    return found.strip()


def _layer(project: Project, request: Mapping[str, Any], name: str) -> Layer:
    layer_id = _text(request, name)
    # A distance goes to features: a raster is measured, and nothing is near it.
    layers = project.measurable if name == "layer" else project.layers
    if layer_id not in layers:
        raise _wrong(
            name,
            f"there is no layer {layer_id!r}" if layer_id else "is missing",
            f"there are: {', '.join(layers)}",
        )
    return layers[layer_id]


def _verb(request: Mapping[str, Any]) -> Verb:
    named = _text(request, "verb")
    for verb in VERBS_OFFERED:
        if verb == named:
            return verb
    fix = f"there are: {', '.join(VERBS_OFFERED)}"
    raise _wrong("verb", f"there is no verb {named!r}" if named else "is missing", fix)


def _term(request: Mapping[str, Any], layer: Layer, verb: Verb) -> dict[str, Any]:
    measure = _text(request, "measure")
    if measure and measure not in MEASURES:
        raise _wrong("measure", f"unknown measure {measure!r}", f"there are: {', '.join(MEASURES)}")
    measure = measure or GRAMMAR[verb].default or _OF_FAMILY[layer.family]
    overlaps = _text(request, "overlaps") or ("each" if layer.coverage else "once")
    if overlaps not in ("once", "each"):
        raise _wrong("overlaps", f"unknown value {overlaps!r}", "there are: once, each")
    # Only ground can be counted once: points and lines have none.
    ground = measure == "area"
    return {
        "layer": layer.id,
        "measure": measure,
        "where": _where(request, "where", layer),
        "field": _public_field(request, "field", layer),
        "weight": _public_field(request, "weight", layer),
        "overlaps": overlaps if ground else "each",
    }


def _public_field(request: Mapping[str, Any], name: str, layer: Layer) -> str:
    """Return a field that a caller may read: one that is not public is as if it were not there."""
    named = _text(request, name)
    public = [field.name for field in layer.public_fields]
    if named and named not in public and not (named == OWN_AREA and name == "field"):
        raise _wrong(name, f"{layer.id} has no field {named!r}", f"there are: {', '.join(public)}")
    return named


def _where(request: Mapping[str, Any], name: str, layer: Layer) -> str:
    """Return a filter as CQL2 text, checked against the public fields."""
    found = request.get(name, "")
    if not isinstance(found, str | dict):
        raise _wrong(name, "must be CQL2: text, or a JSON object")
    if not found or (isinstance(found, str) and not found.strip()):
        return ""
    types = {field.name: field.type for field in layer.public_fields}
    try:
        if isinstance(found, dict):
            tree = parse_json(orjson.dumps(found).decode())
        elif found.lstrip().startswith("{"):
            tree = parse_json(found)
        else:
            tree = parse_text(found)
        tree = dated(tree, types)
        check(tree, types, geometry=False)
    except UsageError as error:
        place = "" if error.where == "filter" else f"{error.where}: "
        raise _wrong(name, place + error.what, error.fix) from None
    return to_text(tree)


def _details(project: Project, request: Mapping[str, Any], layer: Layer) -> dict[str, Any]:
    found: dict[str, Any] = {"by": _public_field(request, "by", layer)}
    if "to" in request:
        target = _layer(project, request, "to")
        along = _layer(project, request, "along").id if request.get("along") else ""
        where = _where(request, "toWhere", target)
        found["to"] = {"layer": target.id, "where": where, "along": along}
    for name in ("toWhere", "along"):
        if name in request and "to" not in request:
            raise _wrong(name, "stands without `to`", "name the layer that distances go to")
    for name in ("distance", "statistic", "index"):
        if name in request:
            found[name] = request[name]
    return found


def _zones(
    project: Project, request: Mapping[str, Any], layer: Layer
) -> tuple[str | Cells, OwnPolygons | None]:
    """Return the layer of zones or the cells, or the polygons that were sent."""
    found = request.get("zones", "")
    if isinstance(found, str):
        found = _zones_of_text(found.strip())
    if isinstance(found, str):
        if "zonesCrs" in request:
            raise _wrong("zonesCrs", "stands without polygons", "it is the CRS of zones you send")
        return found, None
    _check_may_choose(layer)
    if isinstance(found, dict) and ("grid" in found or "h3" in found):
        return _cells(found), None
    return "", own_polygons(found, _crs(request), project.site.bbox)


def _zones_of_text(found: str) -> Any:  # noqa: ANN401 - a layer's id, or JSON
    cells = _CELLS.fullmatch(found)
    if cells is not None:
        return {cells[1]: int(cells[2])}
    if not found.startswith("{"):
        return found
    try:
        return orjson.loads(found)
    except orjson.JSONDecodeError as error:
        raise _wrong("zones", f"is not JSON: {error}") from None


def _cells(found: dict[str, Any]) -> Cells:
    if any(type(size) is not int for size in found.values()):
        raise _wrong("zones", "a size of cells is a whole number", 'such as {"grid": 250}')
    try:
        return Cells.model_validate(found)
    except ValidationError as error:
        message = error.errors(include_url=False, include_context=False)[0]["msg"]
        raise _wrong(
            "zones", message.removeprefix("Value error, "), 'such as "grid:250" (metres), "h3:9"'
        ) from None


def _crs(request: Mapping[str, Any]) -> str:
    named = request.get("zonesCrs", crs.CRS84_URI)
    if not isinstance(named, str) or named not in CODES:
        known = ", ".join(CODES)
        raise _wrong("zonesCrs", "unknown CRS", f"there are: {known}")
    return CODES[named]


def _check_may_choose(layer: Layer) -> None:
    """Zones that a caller draws single features out: not where anything of them is secret."""
    if any(not field.public for field in layer.fields):
        raise _wrong(
            "zones",
            f"{layer.id} is aggregated over published zones only: {SENSITIVE}",
            "name a layer of zones, or leave the input out for the city's own",
        )


def _check_public(layer: Layer, recipe: Recipe) -> None:
    field = layer.field(recipe.by) if isinstance(recipe.by, str) and recipe.by else None
    if field is not None and not field.public:
        raise _wrong("by", f"{layer.id} has no field {recipe.by!r}")


def _unit(request: Mapping[str, Any], layer: Layer, verb: Verb, of: dict[str, Any]) -> str:
    """Return the unit that was asked for, or the one that people expect."""
    named = _text(request, "unit")
    if named:
        return named
    shape = GRAMMAR[verb].unit
    if shape == "length":
        return "m"
    if shape == "none":
        return "1" if verb == "diversity" else "%"
    measure = of["measure"]
    above = _unit_of_sum(layer, of["field"]) if measure == "sum" else _OF_MEASURE.get(measure, "1")
    if shape != "term/zone":
        return above
    return "%" if parse_unit(above).dimension == parse_unit("m2").dimension else f"{above}/km2"


def _unit_of_sum(layer: Layer, name: str) -> str:
    if name == OWN_AREA:
        return "m2"
    field = layer.field(name)
    return field.unit if field is not None and field.unit else "1"


def _free_name(project: Project) -> str:
    name = "zones_sent"
    while name in project.layers:
        name += "_"
    return name


def _own_layer(name: str, project: Project) -> Layer:
    """Return the layer that a caller's polygons would be, if they were published."""
    return Layer(
        id=name,
        title=Text(pl="Nadesłane obszary", en="Polygons that were sent"),
        description=Text(pl="Obszary z zapytania.", en="Polygons of a request."),
        source=Source(name=Text(pl="Zapytanie", en="A request")),
        licence=Licence(id="none", name="none"),
        steward=project.site.contact,
        update_interval="P1D",
        crs=crs.METRIC,
        geometry="MultiPolygon",
        id_field="zone_id",
        derived=True,
        fields=(
            Field(
                name="zone_id",
                type="string",
                required=True,
                title=Text(pl="Identyfikator", en="Identifier"),
            ),
        ),
    )

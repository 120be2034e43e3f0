"""A recipe checked against the layers it names: fields, families, filters, dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn, Protocol

from geo.errors import UsageError
from geo.model import cql2, units
from geo.model.cells import Cells
from geo.model.document import Location
from geo.model.indicator import OWN_AREA, Recipe, Term
from geo.model.layer import Field, Layer, ModelledField
from geo.model.raster import RasterLayer
from geo.model.site import Site
from geo.model.units import Dimension
from geo.model.verbs import GRAMMAR


class Refuse(Protocol):
    """How a fault is reported: a file's line for a card, a parameter for a request."""

    def __call__(self, what: str, *, at: Location = (), fix: str = "") -> NoReturn:
        """Raise an error that points at a key."""


def refuse_usage(what: str, *, at: Location = (), fix: str = "") -> NoReturn:
    """Raise a :class:`geo.errors.UsageError` that names the key of a recipe."""
    raise UsageError(what, where=".".join(str(step) for step in at), fix=fix or "see docs/model.md")


def check_recipe(
    recipe: Recipe, layers: Mapping[str, Layer], site: Site, refuse: Refuse = refuse_usage
) -> None:
    """Refuse a recipe that does not fit its layers.

    Parameters
    ----------
    layers : mapping of str to Layer
        The city's layers.
    refuse : callable
        Raises; :func:`refuse_usage` when the recipe comes from no file.

    Raises
    ------
    UsageError
        Or what `refuse` raises.
    """
    if not isinstance(recipe.per, Cells):
        zones = layers.get(recipe.per or site.zones)
        if zones is None or zones.family != "polygon" or isinstance(zones, RasterLayer):
            refuse(f"{recipe.per!r} is not a layer of polygons", at=("per",))
    for key, term in (("of", recipe.of), ("over", recipe.over)):
        if term is not None:
            _check_term(recipe, key, term, layers, refuse)
    _check_people(recipe, layers, site, refuse)
    _check_target(recipe, layers, refuse)
    _check_by(recipe, layers[recipe.of.layer], refuse)
    natural = dimension(recipe, layers)
    if natural != recipe.parsed_unit.dimension:
        refuse(
            f"the unit {recipe.unit!r} does not have the dimension of the formula "
            f"(powers of metre, person, feature: {natural})",
            at=("unit",),
        )


def _check_term(
    recipe: Recipe, key: str, term: Term, layers: Mapping[str, Layer], refuse: Refuse
) -> None:
    layer = _layer(layers, term.layer, (key, "layer"), refuse)
    measure = recipe.measure_of(term)
    if isinstance(layer, RasterLayer):
        _check_raster(recipe, key, term, refuse)
    needed = {"area": "polygon", "length": "line"}.get(measure)
    if needed is not None and layer.family != needed:
        refuse(f"{measure} needs {needed}s, {layer.id} has {layer.family}s", at=(key,))
    if measure == "area" and not layer.coverage and "overlaps" not in term.model_fields_set:
        refuse(
            f"{layer.id} may overlap itself: say whether shared ground counts once or each time",
            at=(key,),
            fix="add overlaps: once (ground) or overlaps: each (features)",
        )
    if term.field == OWN_AREA and layer.family != "polygon":
        refuse(f"{OWN_AREA} needs polygons", at=(key, "field"))
    _check_where(term.where, layer, (key, "where"), refuse)
    if layer.modelled_field(term.field) and layer.modelled_field(term.weight):
        refuse("field and weight are both modelled: one is the most", at=(key, "weight"))
    for part, name in (("field", term.field), ("weight", term.weight)):
        if not name or name == OWN_AREA:
            continue
        if layer.modelled_field(name):
            continue
        field = layer.field(name)
        if field is None or field.type not in ("integer", "number"):
            refuse(f"{layer.id} has no numeric field {name!r}", at=(key, part))


def _check_raster(recipe: Recipe, key: str, term: Term, refuse: Refuse) -> None:
    """Refuse what cells do not have: distances, weights, ground twice, an ellipsoid."""
    for name, said in (("weight", term.weight), ("overlaps", term.overlaps == "once")):
        if said:
            refuse(f"{name} does not go with a raster", at=(key, name))
    if recipe.verb in ("nearest", "share_within"):
        refuse(f"verb {recipe.verb} does not go with a raster", at=("verb",))
    if recipe.ellipsoid:
        refuse("a raster is measured in the plane of EPSG:2180", at=("ellipsoid",))
    if term.field == OWN_AREA:
        refuse(f"{OWN_AREA} does not go with a raster", at=(key, "field"), fix="measure: area")


def _layer(layers: Mapping[str, Layer], layer_id: str, at: Location, refuse: Refuse) -> Layer:
    layer = layers.get(layer_id)
    if layer is None:
        refuse(f"there is no layer {layer_id!r}", at=at, fix=f"there are: {', '.join(layers)}")
    return layer


def _check_where(where: str, layer: Layer, at: Location, refuse: Refuse) -> None:
    if not where.strip():
        return
    try:
        tree = cql2.parse_text(where)
        cql2.check(tree, {field.name: field.type for field in layer.fields}, geometry=False)
    except UsageError as error:
        place = "" if error.where == "filter" else f"{error.where}: "
        refuse(place + error.what, at=at, fix=error.fix)


def _check_people(recipe: Recipe, layers: Mapping[str, Layer], site: Site, refuse: Refuse) -> None:
    if recipe.verb != "per_person":
        return
    people = site.residents
    layer = None if people is None else layers.get(people.layer)
    field: Field | ModelledField | None = None
    if people is not None and layer is not None:
        field = layer.field(people.field) or layer.modelled_field(people.field)
    if field is None or field.unit != "person":
        refuse(
            "verb per_person needs the layer and the field that count residents",
            at=("verb",),
            fix="add residents: { layer: addresses, field: people } to config/site.yml",
        )


def _check_target(recipe: Recipe, layers: Mapping[str, Layer], refuse: Refuse) -> None:
    target = recipe.to
    if target is None:
        return
    layer = _layer(layers, target.layer, ("to", "layer"), refuse)
    if isinstance(layer, RasterLayer):
        refuse("a distance to a raster is not measured", at=("to", "layer"))
    if target.along:
        _check_along(target.along, layers, refuse)
    if target.least_m2 and layer.family != "polygon":
        refuse(f"least_m2 needs polygons, {layer.id} has {layer.family}s", at=("to", "least_m2"))
    _check_where(target.where, layer, ("to", "where"), refuse)


def _check_along(along: str, layers: Mapping[str, Layer], refuse: Refuse) -> None:
    layer = _layer(layers, along, ("to", "along"), refuse)
    if layer.family != "line":
        refuse(f"ways are lines, {layer.id} has {layer.family}s", at=("to", "along"))


def check_modelled(
    layer: Layer, layers: Mapping[str, Layer], refuse: Refuse = refuse_usage
) -> None:
    """Refuse a layer's modelled field whose totals or weights are not there, or not public."""
    for number, field in enumerate(layer.modelled):
        spread, at = field.spread, ("modelled", number, "spread")
        zones = _layer(layers, spread.layer, (*at, "layer"), refuse)
        total = zones.field(spread.field)
        if zones.family != "polygon" or total is None or not total.public:
            refuse(
                f"{spread.field!r} is not a public field of a layer of polygons",
                at=(*at, "field"),
            )
        for name in spread.by:
            weight = layer.field(name)
            known = weight is not None and weight.type in ("integer", "number") and weight.public
            if name != OWN_AREA and not known:
                refuse(f"{layer.id} has no public numeric field {name!r}", at=(*at, "by"))
        _check_where(spread.where, layer, (*at, "where"), refuse)


def _check_by(recipe: Recipe, layer: Layer, refuse: Refuse) -> None:
    if not isinstance(recipe.by, str):
        for number, group in enumerate(recipe.by):
            _check_where(group.where, layer, ("by", number, "where"), refuse)
        return
    if not recipe.by:
        return
    field = layer.field(recipe.by)
    if field is None or field.type not in ("string", "integer", "boolean"):
        refuse(f"{layer.id} has no field of classes {recipe.by!r}", at=("by",))
    if not field.public:
        refuse(f"the field {recipe.by!r} is not public: its classes would show it", at=("by",))
    if recipe.index == "evenness" and not field.values:
        refuse(
            f"evenness needs to know how many classes there are, {recipe.by!r} has no closed list",
            at=("by",),
            fix="list them under `by` as groups, or give the field `values` in layer.yml",
        )


def dimension(recipe: Recipe, layers: Mapping[str, Layer]) -> Dimension:
    """Return the dimension of a recipe's answer: powers of (metre, person, feature)."""
    shape = GRAMMAR[recipe.verb].unit
    if shape in ("none", "length"):
        return units.NONE if shape == "none" else units.LENGTH
    top = _term_dimension(recipe, recipe.of, layers)
    if shape == "term/zone":
        return units.divide(top, units.AREA)
    if shape == "term/person":
        return units.divide(top, units.PERSONS)
    if recipe.over is not None:
        return units.divide(top, _term_dimension(recipe, recipe.over, layers))
    return top


def _term_dimension(recipe: Recipe, term: Term, layers: Mapping[str, Layer]) -> Dimension:
    measure = recipe.measure_of(term)
    if measure != "sum":
        return {"area": units.AREA, "length": units.LENGTH, "count": units.FEATURES}[measure]
    if term.field == OWN_AREA:
        return units.AREA
    layer = layers[term.layer]
    field = layer.field(term.field) or layer.modelled_field(term.field)
    assert field is not None  # noqa: S101 - _check_term has seen to it
    return units.parse_unit(field.unit).dimension if field.unit else units.NONE

"""A layer of the city: layers/<id>/layer.yml."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field as PydanticField
from pydantic import field_validator, model_validator

from geo.crs import ACCEPTED
from geo.model.site import Contact
from geo.model.text import Frozen, Text

FieldType = Literal["string", "integer", "number", "boolean", "date", "datetime"]
GeometryType = Literal[
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"
]
Family = Literal["point", "line", "polygon"]
Colour = Annotated[str, PydanticField(pattern=r"^#[0-9a-fA-F]{6}$")]
IDENTIFIER = r"^[a-z][a-z0-9_]{0,62}$"
FORBIDDEN_FIELDS = frozenset({"pesel", "nr_kw", "kw", "ksiega_wieczysta", "wlasciciel", "owner"})
"""Personal data that no layer may carry, whatever its layer.yml says."""

_FAMILY: dict[str, Family] = {"Point": "point", "LineString": "line", "Polygon": "polygon"}


class Source(Frozen):
    """Where a layer comes from."""

    name: Text
    url: str = ""


class Licence(Frozen):
    """On what terms a layer may be used."""

    id: str
    name: str
    url: str = ""


class Field(Frozen):
    """One attribute that may enter.

    Attributes
    ----------
    aliases : tuple of str
        Names that files of the city use for it (matched without case).
    values : dict of str to Text
        A closed list of codes, if it has one.
    public : bool
        False: kept for measuring, never served.
    """

    name: Annotated[str, PydanticField(pattern=r"^[^\W\d][\w]{0,62}$")]
    type: FieldType
    title: Text
    description: Text | None = None
    unit: str = ""
    required: bool = False
    public: bool = True
    aliases: tuple[str, ...] = ()
    values: dict[str, Text] | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None

    @field_validator("name")
    @classmethod
    def _not_personal(cls, name: str) -> str:
        if name.lower() in FORBIDDEN_FIELDS:
            raise ValueError(f"{name!r} holds personal data and is never taken in")
        return name

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from None
        return pattern


class Spread(Frozen):
    """How totals of zones are laid on the features that stand in them.

    Attributes
    ----------
    layer, field : str
        The layer of zones, and its public field of totals.
    by : tuple of str
        Numeric fields that are multiplied with each other to weigh a feature; ``$area`` is its
        own area. Without any, features share alike.
    where : str
        A CQL2 text filter: which features take a part (dwelling houses).
    whole : bool
        Whole numbers only: persons.
    """

    layer: str
    field: str
    by: tuple[str, ...] = ()
    where: str = ""
    whole: bool = False


class ModelledField(Frozen):
    """A field that no file holds: made of the totals of zones when something is measured.

    It is never stored and never served; a card that uses it must say that it is modelled.
    """

    name: Annotated[str, PydanticField(pattern=IDENTIFIER)]
    title: Text
    unit: str = ""
    spread: Spread


class Style(Frozen):
    """How a desktop map draws a layer; it says nothing about the data themselves.

    Attributes
    ----------
    group : str
        Where the layer stands in the list of layers.
    order : int
        Within the group, the greater is drawn above the smaller.
    by : tuple of str
        The field whose value chooses the colour; with a palette whose codes depend on a
        dictionary, that dictionary's field and then the code's.
    palette : str
        The colours customary for planning: mpzp or pog.
    colours : dict of str to str
        Value of the field to ``#rrggbb``.
    colour : str
        Of everything, or of what `colours` does not name.
    fill : bool
        False: polygons as outlines only.
    marker : str
        The shape of a point.
    size : float
        Width of a line or an outline, diameter of a point, millimetres; 0: the default.
    width_by : str
        A numeric field that multiplies the width of a line.
    drawn_from : int
        Drawn at the scale 1:N and closer, so that a whole city is not fetched; 0: always.
    labelled_from : int
        The title field is written at the scale 1:N and closer; 0: never.
    shown : bool
        Switched on when the map is opened.
    """

    group: Literal[
        "boundaries", "services", "transport", "buildings", "greenery", "planning", "other"
    ] = "other"
    order: int = 0
    by: tuple[str, ...] = ()
    palette: Literal["", "mpzp", "pog"] = ""
    colours: dict[str, Colour] = PydanticField(default_factory=dict)
    colour: Colour = "#7f7f7f"
    fill: bool = True
    marker: Literal["circle", "square", "triangle", "diamond", "star"] = "circle"
    size: Annotated[float, PydanticField(ge=0, le=20)] = 0.0
    width_by: str = ""
    drawn_from: Annotated[int, PydanticField(ge=0)] = 0
    labelled_from: Annotated[int, PydanticField(ge=0)] = 0
    shown: bool = True


class Described(Frozen):
    """What is said of a layer and of a raster alike.

    Attributes
    ----------
    id : str
        Folder name and collection id.
    update_interval : str
        ISO 8601 duration, such as ``P1Y``.
    """

    id: Annotated[str, PydanticField(pattern=IDENTIFIER)]
    title: Text
    description: Text
    keywords: tuple[Text, ...] = ()
    source: Source
    licence: Licence
    steward: Contact
    update_interval: Annotated[str, PydanticField(pattern=r"^P(\d+[YMWD])+$")]


class Layer(Described):
    """A layer: what it is, whose it is, and which files may enter it.

    Attributes
    ----------
    crs : str
        The CRS that files of this layer come in.
    geometry : str
        The type that is stored; a file's single parts are promoted to it.
    coverage : bool
        The polygons are meant to fill a surface without gaps or overlaps (districts, zoning).
    title_field : str
        The field that names a feature to a person; the id when empty.
    modelled : tuple of ModelledField
        What cards may add up beside the fields; not part of its dump: nothing of it is stored.
    derived : bool
        Made by Geobank from other layers (indicator values, evidence): no file enters it.
    style : Style
        How it is drawn; not part of its dump, so that a new colour does not change a version.
    """

    crs: str
    geometry: GeometryType
    coverage: bool = False
    id_field: str
    title_field: str = ""
    fields: Annotated[tuple[Field, ...], PydanticField(min_length=1)]
    modelled: Annotated[tuple[ModelledField, ...], PydanticField(exclude=True)] = ()
    derived: bool = False
    style: Annotated[Style, PydanticField(exclude=True)] = Style()

    @property
    def family(self) -> Family:
        """The dimension of the geometry: point, line or polygon."""
        return _FAMILY[self.geometry.removeprefix("Multi")]

    @property
    def public_fields(self) -> tuple[Field, ...]:
        """The fields that are served, in the order of the file."""
        return tuple(field for field in self.fields if field.public)

    def field(self, name: str) -> Field | None:
        """Return the field of that name, if the layer has it."""
        return next((field for field in self.fields if field.name == name), None)

    def modelled_field(self, name: str) -> ModelledField | None:
        """Return the modelled field of that name, if the layer has it."""
        return next((field for field in self.modelled if field.name == name), None)

    @field_validator("crs")
    @classmethod
    def _known_crs(cls, code: str) -> str:
        if code not in ACCEPTED:
            raise ValueError(f"{code!r} is not one of {', '.join(ACCEPTED)}")
        return code

    @model_validator(mode="after")
    def _fields_agree(self) -> Layer:
        names = [field.name for field in self.fields] + [field.name for field in self.modelled]
        double = {name for name in names if names.count(name) > 1}
        if double:
            raise ValueError(f"fields named twice: {', '.join(sorted(double))}")
        id_field = self.field(self.id_field)
        if id_field is None or not id_field.public:
            raise ValueError(f"id_field {self.id_field!r} is not one of the public fields")
        if self.title_field and self.title_field not in {one.name for one in self.public_fields}:
            raise ValueError(f"title_field {self.title_field!r} is not one of the public fields")
        if self.coverage and self.family != "polygon":
            raise ValueError("only polygons can be a coverage")
        return self

    @model_validator(mode="after")
    def _style_agrees(self) -> Layer:
        style, public = self.style, {field.name for field in self.public_fields}
        unknown = [name for name in (*style.by, style.width_by) if name and name not in public]
        if unknown:
            raise ValueError(f"style: {', '.join(unknown)} is not one of the public fields")
        if (style.colours or style.palette) and not style.by:
            raise ValueError("style: colours and palette need `by`, the field that chooses them")
        if style.labelled_from and not self.title_field:
            raise ValueError("style: labelled_from needs a title_field")
        return self

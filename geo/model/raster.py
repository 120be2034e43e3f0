"""A raster of the city: layers/<id>/layer.yml with ``geometry: Raster``.

A class of its own, in a mapping of its own (:attr:`geo.model.project.Project.rasters`): code that
reads features never meets one, and mypy sees to it. See docs/decisions/0008-rasters.md.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as PydanticField
from pydantic import field_validator, model_validator

from geo.crs import METRIC
from geo.model.layer import Colour, Described, Field, Layer
from geo.model.text import Frozen, Text
from geo.model.units import parse_unit

MOST_CLASSES = 250
"""With what has no class and what has no data, they fit a byte."""
Code = Annotated[int, PydanticField(ge=0, le=65_534)]


class RasterClass(Frozen):
    """What one code of a classified raster means, and the colour it is drawn in."""

    title: Text
    colour: Colour = "#7f7f7f"


class Raster(Described):
    """A raster: square cells in rows from north to south, one number in each.

    Attributes
    ----------
    crs : str
        The CRS that files come in. They are stored in EPSG:2180; a file in another one is warped
        only when the person who publishes allows it.
    cell_m : float
        Width and height of a cell, metres.
    classes : dict of int to RasterClass
        The closed list of codes; then every cell holds one of them, or no data.
    unit : str
        What the numbers are in, where they are no classes; ``1`` for an index.
    nodata : float, optional
        The number that stands for no data in a file which does not name one itself.
    minimum, maximum : float, optional
        What a number must not leave.
    """

    crs: str = METRIC
    geometry: Literal["Raster"]
    cell_m: Annotated[float, PydanticField(gt=0, le=100_000)]
    classes: dict[Code, RasterClass] = PydanticField(default_factory=dict)
    unit: str = ""
    nodata: float | None = None
    minimum: float | None = None
    maximum: float | None = None

    @property
    def resampling(self) -> Literal["nearest", "bilinear"]:
        """How cells are made where a file is warped: a class is never a mean of two."""
        return "nearest" if self.classes else "bilinear"

    @field_validator("crs")
    @classmethod
    def _stored_as_it_comes(cls, code: str) -> str:
        if code != METRIC:
            raise ValueError(
                f"rasters are kept in {METRIC}; a file in {code} is published with --reproject"
            )
        return code

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        if unit:
            parse_unit(unit)
        return unit

    @model_validator(mode="after")
    def _classes_or_numbers(self) -> Raster:
        if bool(self.classes) == bool(self.unit):
            raise ValueError("give either `classes` (codes) or `unit` (numbers; 1 for an index)")
        if self.classes and (self.minimum is not None or self.maximum is not None):
            raise ValueError("minimum and maximum go with `unit`: codes are a closed list")
        if len(self.classes) > MOST_CLASSES:
            raise ValueError(f"at most {MOST_CLASSES} classes")
        if self.nodata is not None and self.nodata in self.classes:
            raise ValueError(f"nodata {self.nodata:g} is one of the classes")
        return self


CLASS, VALUE = "class", "value"
"""What cards call the code of a cell, and its number."""


class RasterLayer(Layer):
    """A raster as cards see it; of no other use: it has no features to serve or to publish."""


def as_layer(raster: Raster) -> RasterLayer:
    """Return a raster as the layer that cards see: one feature per class, made of its cells.

    A raster of numbers is one feature, with the field `value`: its count is the number of cells
    with data, its sum the sum of their numbers, each times the share of the cell that counts. So
    `where`, `by` and every verb over areas, counts and sums mean what they mean elsewhere.
    """
    codes = {str(code): each.title for code, each in sorted(raster.classes.items())}
    title = Text(pl="Klasa", en="Class")
    fields = [Field(name=CLASS, type="string", title=title, values=codes or None, required=True)]
    if not raster.classes:
        unit = "" if raster.unit == "1" else raster.unit
        fields.append(Field(name=VALUE, type="number", title=raster.title, unit=unit))
    return RasterLayer(
        **{name: getattr(raster, name) for name in Described.model_fields},
        crs=raster.crs,
        geometry="MultiPolygon",
        coverage=True,
        id_field=CLASS,
        fields=tuple(fields),
    )

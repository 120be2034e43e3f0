"""Zones that no city draws: square cells and hexagons, the same ones in every city."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as PydanticField
from pydantic import model_validator

from geo.model.layer import Field, Layer, Licence, Source
from geo.model.site import Contact
from geo.model.text import Frozen, Text

CELL_ID = "cell_id"


class Cells(Frozen):
    """Zones by rule: `per: { grid: 250 }` or `per: { h3: 8 }`.

    Attributes
    ----------
    grid : int
        Side of square cells in metres; their corners are multiples of it in EPSG:2180.
    h3 : int
        Resolution of the H3 hexagons (8: 0.7 km2, 9: 0.1 km2).
    """

    grid: Annotated[int, PydanticField(ge=10, le=100_000)] | None = None
    h3: Annotated[int, PydanticField(ge=4, le=12)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Cells:
        if (self.grid is None) == (self.h3 is None):
            raise ValueError("give grid: METRES or h3: RESOLUTION, one of the two")
        return self

    @property
    def id(self) -> str:
        """Their name in results: ``grid_250``, ``h3_8``."""
        return f"grid_{self.grid}" if self.grid is not None else f"h3_{self.h3}"


_SOURCES = {
    "grid": Source(
        name=Text(pl="Siatka w układzie PL-1992, od rogu 0, 0", en="Grid in PL-1992, from 0, 0")
    ),
    "h3": Source(
        name=Text(pl="Siatka sześciokątów H3", en="H3 hexagonal grid"), url="https://h3geo.org/"
    ),
}


def cells_layer(cells: Cells, steward: Contact) -> Layer:
    """Return the layer that cells would be, if a file of them were published."""
    if cells.grid is not None:
        title = Text(pl=f"Siatka {cells.grid} m", en=f"Grid of {cells.grid} m")
        about = Text(
            pl="Kwadraty, których rogi leżą w wielokrotnościach boku w EPSG:2180. Pola na granicy "
            "miasta są całe.",
            en="Squares with corners at multiples of the side in EPSG:2180. Cells on the city's "
            "border are whole.",
        )
    else:
        title = Text(pl=f"Sześciokąty H3 ({cells.h3})", en=f"H3 hexagons ({cells.h3})")
        about = Text(
            pl="Sześciokąty H3, które mają wspólne wnętrze z miastem; na granicy miasta są całe.",
            en="H3 hexagons that share ground with the city; on its border they are whole.",
        )
    return Layer(
        id=cells.id,
        title=title,
        description=about,
        source=_SOURCES["grid" if cells.grid is not None else "h3"],
        licence=Licence(id="CC0-1.0", name="CC0 1.0"),
        steward=steward,
        update_interval="P100Y",
        crs="EPSG:2180",
        geometry="MultiPolygon",
        coverage=True,
        id_field=CELL_ID,
        derived=True,
        fields=(
            Field(
                name=CELL_ID,
                type="string",
                title=Text(pl="Identyfikator", en="Identifier"),
                required=True,
            ),
        ),
    )

"""Who and where: config/site.yml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field as PydanticField
from pydantic import model_validator

from geo.crs import zone_of
from geo.model.text import Frozen, Language, Text


class Contact(Frozen):
    """Somebody who answers."""

    name: str
    email: Annotated[str, PydanticField(pattern=r"^[^@\s]+@[^@\s]+$")]
    url: str = ""


class Residents(Frozen):
    """Which layer counts the people who live in the city, and in which of its fields."""

    layer: str
    field: str


class Site(Frozen):
    """The city that runs this Geobank.

    Attributes
    ----------
    bbox : tuple of float
        West, south, east, north of the city in CRS84, degrees.
    zone_crs : str
        The city's PL-2000 zone, in which its surveyors work and its layers are served besides;
        empty: the zone that the middle of `bbox` lies in.
    zones : str
        The layer that indicators are compared over, unless a card says otherwise.
    area_km2, population : float, int
        Figures that the city publishes; shown beside the measured ones, never mixed with them.
    residents : Residents
        What the verb per_person divides by.
    """

    city: Text
    teryt: Annotated[str, PydanticField(pattern=r"^\d{6,7}$")]
    languages: tuple[Language, ...] = ("pl", "en")
    bbox: tuple[float, float, float, float]
    zone_crs: Annotated[str, PydanticField(pattern=r"^(EPSG:217[6-9])?$")] = ""
    zones: str
    area_km2: float
    population: int
    residents: Residents | None = None
    contact: Contact
    url: str = "http://127.0.0.1:5000"

    @property
    def zone(self) -> str:
        """The PL-2000 zone: the one that is named, or that of the place."""
        return self.zone_crs or zone_of((self.bbox[0] + self.bbox[2]) / 2)

    @model_validator(mode="after")
    def _box_is_a_box(self) -> Site:
        west, south, east, north = self.bbox
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValueError("bbox must be west, south, east, north in degrees")
        return self

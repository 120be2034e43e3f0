"""A raster of the project: read over HTTP window by window, drawn in the colours of the portal."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from geo.crs import METRIC
from geo.model.raster import Raster
from geo.model.text import Language
from geo.view.cells import Look
from geo.view.qgis.description import describe
from geo.view.qgis.elements import add, add_extent

PROVIDER = "gdal"


@dataclass(frozen=True)
class DrawnRaster:
    """A raster as it is drawn.

    Attributes
    ----------
    id : str
        Unique in the project.
    look : Look
        Its colours and their names.
    box : tuple of float
        West, south, east, north, EPSG:2180.
    """

    id: str
    name: str
    abstract: str
    layer: Raster
    look: Look
    box: tuple[float, float, float, float]
    shown: bool = False
    synthetic: bool = False

    def source(self, api: str) -> str:
        """Return the data source: GDAL fetches of the file what is in view."""
        return f"/vsicurl/{api}/rasters/{self.layer.id}.tif"


def raster_layer(drawn: DrawnRaster, api: str, language: Language) -> Element:
    """Return the ``maplayer`` element."""
    found = Element("maplayer", {"type": "raster", "styleCategories": "AllStyleCategories"})
    found.set("hasScaleBasedVisibilityFlag", "0")
    add_extent(found, drawn.box)
    describe(
        found,
        drawn,
        source=drawn.source(api),
        crs=METRIC,
        provider=PROVIDER,
        home=("GeoTIFF", f"{api}/rasters/{drawn.layer.id}.tif"),
        language=language,
    )
    pipe = add(found, "pipe")
    pipe.append(_renderer(drawn.look))
    add(pipe, "brightnesscontrast", brightness="0", contrast="0", gamma="1")
    add(pipe, "huesaturation", colorizeOn="0", saturation="0", grayscaleMode="0")
    add(pipe, "rasterresampler", maxOversampling="2")
    return found


def _renderer(look: Look) -> Element:
    shared = {"band": "1", "opacity": "1", "alphaBand": "-1", "nodataColor": ""}
    if look.coded:
        found = Element("rasterrenderer", {"type": "paletted", **shared})
        add(found, "rasterTransparency")
        palette = add(found, "colorPalette")
        for each in look.entries:
            value = f"{each.value:.0f}"
            add(
                palette,
                "paletteEntry",
                value=value,
                color=each.colour,
                label=each.label,
                alpha="255",
            )
        return found
    found = Element("rasterrenderer", {"type": "singlebandpseudocolor", **shared})
    add(found, "rasterTransparency")
    last = len(look.entries) - 1
    ends = [repr(look.least), repr(look.entries[-1].value)] if look.entries else ["0", "0"]
    found.set("classificationMin", ends[0])
    found.set("classificationMax", ends[1])
    # DISCRETE: a colour is that of numbers up to and with its value.
    shader = add(
        add(found, "rastershader"),
        "colorrampshader",
        colorRampType="DISCRETE",
        classificationMode="1",
        clip="0",
        minimumValue=ends[0],
        maximumValue=ends[1],
    )
    for count, each in enumerate(look.entries):
        value = "inf" if count == last else repr(each.value)
        add(shader, "item", value=value, color=each.colour, label=each.label, alpha="255")
    return found

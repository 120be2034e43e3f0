"""Labels: what is written on the map, and from which scale."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from geo.model.layer import Family
from geo.view.qgis.elements import add
from geo.view.qgis.symbols import rgba

FONT = "Noto Sans"
"""QGIS takes the system's sans serif where it is missing."""

_PLACES: dict[Family, dict[str, str]] = {
    "point": {"placement": "6", "dist": "0.6", "distUnits": "MM"},
    "line": {"placement": "3", "placementFlags": "9"},
    "polygon": {"placement": "1", "centroidInside": "1", "centroidWhole": "1"},
}
"""Around the point; along the line, on it or above; over a point inside the polygon."""


def labelling(
    expression: str,
    family: Family,
    *,
    size: float = 8.0,
    colour: str = "#222222",
    bold: bool = False,
    scale: int = 0,
    first: bool = False,
) -> Element:
    """Return labels with a white halo.

    Parameters
    ----------
    expression : str
        Of QGIS.
    size : float
        Points.
    scale : int
        Written at 1:N and closer; 0: always.
    first : bool
        These labels win where labels meet.
    """
    found = Element("labeling", {"type": "simple"})
    settings = add(found, "settings", calloutType="simple")
    _add_text(settings, expression, size, colour, bold=bold)
    # Lines of a label are centred; along a line there is only one.
    add(settings, "text-format", multilineAlign="3" if family == "line" else "1", wrapChar="")
    priority = "10" if first else "5"
    add(settings, "placement", priority=priority, layerType="UnknownGeometry", **_PLACES[family])
    add(
        settings,
        "rendering",
        drawLabels="1",
        scaleVisibility="1" if scale else "0",
        scaleMin="0",
        scaleMax=str(scale),
        obstacle="1",
        mergeLines="1" if family == "line" else "0",
        fontMinPixelSize="3",
        fontMaxPixelSize="10000",
        zIndex="1" if first else "0",
    )
    return found


def _add_text(parent: Element, expression: str, size: float, colour: str, *, bold: bool) -> None:
    text = add(
        parent,
        "text-style",
        fieldName=expression,
        isExpression="1",
        fontFamily=FONT,
        namedStyle="Bold" if bold else "Regular",
        fontWeight="75" if bold else "50",
        fontSize=f"{size:g}",
        fontSizeUnit="Point",
        textColor=rgba(colour),
        textOpacity="1",
        fontKerning="1",
        multilineHeight="1",
    )
    add(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor=rgba("#ffffff"),
        bufferOpacity="0.85",
        bufferNoFill="1",
        bufferJoinStyle="128",
    )

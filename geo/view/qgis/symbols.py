"""Symbols: how one polygon, line or point is drawn. Lengths are in millimetres of the map."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from geo.model.layer import Family
from geo.view.qgis.elements import add, add_options, column

KINDS: dict[Family, str] = {"polygon": "fill", "line": "line", "point": "marker"}
"""What QGIS calls the symbol of each family of geometry."""

EDGE = "#4a5260"
"""Outline of zones."""


def rgba(colour: str, alpha: int = 255) -> str:
    """Return ``#rrggbb`` as QGIS writes it: ``r,g,b,a``."""
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return ",".join(str(each) for each in (*channels, alpha))


def darker(colour: str) -> str:
    """Return the tone of a colour that its outline is drawn in."""
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(each * 0.68):02x}" for each in channels)


def _symbol(name: str, kind: str, of: str, values: dict[str, str], alpha: float = 1.0) -> Element:
    found = Element("symbol", {"name": name, "type": kind, "alpha": f"{alpha:g}"})
    found.set("clip_to_extent", "1")
    layer = add(found, "layer", enabled="1", locked="0", **{"class": of, "pass": "0"})
    add_options(layer, values)
    return found


def area(
    name: str,
    colour: str,
    *,
    edge: str = EDGE,
    width: float = 0.1,
    brush: str = "solid",
    alpha: float = 1.0,
) -> Element:
    """Return a polygon's symbol.

    Parameters
    ----------
    colour, edge : str
        ``#rrggbb`` of the inside and of the outline.
    width : float
        Of the outline, mm; 0 draws none.
    brush : str
        ``solid``, ``no`` (outline only) or a hatch such as ``b_diagonal``.
    """
    values = {
        "color": rgba(colour),
        "style": brush,
        "joinstyle": "round",
        "outline_color": rgba(edge),
        "outline_style": "solid" if width else "no",
        "outline_width": f"{width:g}",
        "outline_width_unit": "MM",
    }
    return _symbol(name, "fill", "SimpleFill", values, alpha)


def line(name: str, colour: str, *, width: float = 0.4, width_by: str = "") -> Element:
    """Return a line's symbol; `width_by` is a field that multiplies its width."""
    values = {
        "line_color": rgba(colour),
        "line_style": "solid",
        "line_width": f"{width:g}",
        "line_width_unit": "MM",
        "capstyle": "round",
        "joinstyle": "round",
    }
    found = _symbol(name, "line", "SimpleLine", values)
    if width_by:
        _data_defined(found[0], "outlineWidth", f"{width:g} * coalesce({column(width_by)}, 1)")
    return found


def marker(name: str, colour: str, *, shape: str = "circle", size: float = 2.0) -> Element:
    """Return a point's symbol with a white rim, so that it reads on every ground."""
    values = {
        "color": rgba(colour),
        "name": shape,
        "size": f"{size:g}",
        "size_unit": "MM",
        "outline_color": rgba("#ffffff"),
        "outline_style": "solid",
        "outline_width": "0.2",
        "outline_width_unit": "MM",
    }
    return _symbol(name, "marker", "SimpleMarker", values)


def _data_defined(layer: Element, what: str, expression: str) -> None:
    properties = add(layer, "data_defined_properties")
    top = add(properties, "Option", type="Map")
    add(top, "Option", type="QString", name="name", value="")
    inner = add(top, "Option", type="Map", name="properties")
    mine = add(inner, "Option", type="Map", name=what)
    add(mine, "Option", type="bool", name="active", value="true")
    add(mine, "Option", type="QString", name="expression", value=expression)
    add(mine, "Option", type="int", name="type", value="3")
    add(top, "Option", type="QString", name="type", value="collection")

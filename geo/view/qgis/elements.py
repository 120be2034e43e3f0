"""What every part of a QGIS document is made of: elements, options, data sources, CRS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from geo.crs import METRIC

_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""

_CRS = {
    METRIC: ("171", "+proj=tmerc +lat_0=0 +lon_0=19 +k=0.9993 +x_0=500000 +y_0=-5300000 "
             "+ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs",
             "ETRF2000-PL / CS92", "tmerc", "EPSG:7019", "false"),
    "EPSG:4326": ("3452", "+proj=longlat +datum=WGS84 +no_defs",
                  "WGS 84", "longlat", "EPSG:7030", "true"),
}  # fmt: skip
"""srsid, PROJ string, name, projection, ellipsoid, geographic: as QGIS writes them."""


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """Append an element and return it; characters that XML cannot hold are left out."""
    child = SubElement(parent, tag, {key: clean(value) for key, value in attributes.items()})
    if text:
        child.text = clean(text)
    return child


def clean(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _UNFIT.sub("", text)


def add_options(parent: Element, values: Mapping[str, str], name: str = "") -> Element:
    """Append a map of options, as QGIS writes the properties of a symbol layer."""
    found = add(parent, "Option", type="Map", **({"name": name} if name else {}))
    for key, value in values.items():
        add(found, "Option", type="QString", name=key, value=value)
    return found


def add_crs(parent: Element, code: str) -> None:
    """Append the description of a CRS; QGIS goes by its authority code."""
    srsid, proj, name, projection, ellipsoid, geographic = _CRS[code]
    found = add(parent, "spatialrefsys")
    words = {
        "proj4": proj,
        "srsid": srsid,
        "srid": code.removeprefix("EPSG:"),
        "authid": code,
        "description": name,
        "projectionacronym": projection,
        "ellipsoidacronym": ellipsoid,
        "geographicflag": geographic,
    }
    for tag, text in words.items():
        add(found, tag, text)


def add_extent(parent: Element, box: tuple[float, float, float, float]) -> None:
    """Append an extent: west, south, east, north."""
    found = add(parent, "extent")
    for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True):
        add(found, tag, repr(float(value)))


def source(values: Mapping[str, str]) -> str:
    """Return a QGIS data source: ``key='value'``, quotes and backslashes escaped."""
    return " ".join(
        "{}='{}'".format(key, value.replace("\\", "\\\\").replace("'", "\\'"))
        for key, value in values.items()
        if value
    )


def column(name: str) -> str:
    """Return a field in an expression of QGIS."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a string in an expression of QGIS, where a backslash escapes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def as_bytes(root: Element) -> bytes:
    """Return a whole document: the same elements give the same bytes."""
    head = b"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=False)
    return head + body + b"\n"

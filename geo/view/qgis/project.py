"""The project as one .qgz file: a ZIP that holds an XML document."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from geo.crs import METRIC
from geo.errors import NotFoundError, UsageError
from geo.model import Project
from geo.model.text import Language
from geo.view.qgis import rasters
from geo.view.qgis.contents import Group, Published
from geo.view.qgis.elements import add, add_crs, add_extent, as_bytes
from geo.view.qgis.layers import PROVIDER, Drawn, data_source, map_layer
from geo.view.qgis.rasters import DrawnRaster, raster_layer

_WRITTEN_AS = "3.22.0-Białowieża"
"""The oldest QGIS that reads the project; newer ones carry it over by themselves."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The moment of every file in the ZIP: the same city gives the same bytes."""

_MARGIN = 0.04
Box = tuple[float, float, float, float]


def project_file(project: Project, root: Path, url: str, language: Language) -> bytes:
    """Return a QGIS project (.qgz) of everything that is published.

    Parameters
    ----------
    root : Path
        The data folder: what is published, and the classes of the indicators.
    url : str
        Address of the server as QGIS reaches it, such as ``http://127.0.0.1:5000``.

    Returns
    -------
    bytes
        Equal for equal input.

    Raises
    ------
    UsageError
        If the address is none of http or https.
    NotFoundError
        If nothing is published.
    """
    document = as_bytes(_document(project, root, api_address(url), language))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        entry = zipfile.ZipInfo("geobank.qgs", _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, document)
    return target.getvalue()


def api_address(url: str) -> str:
    """Return the address of the API under a server's address; one that names it stays.

    Raises
    ------
    UsageError
        If it is no address of http or https, or carries a password or a query.
    """
    try:
        parts = urlsplit(url)
        fit = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:
        fit = False
    if not fit or parts.query or parts.fragment:
        raise UsageError(
            "not the address of a server", where="--url", fix="such as http://127.0.0.1:5000"
        )
    plain = url.rstrip("/")
    return plain if parts.path.rstrip("/").endswith("/api") else f"{plain}/api"


def _document(project: Project, root: Path, api: str, language: Language) -> Element:
    city = Published(project, root, language)
    groups = city.groups()
    if not groups:
        raise NotFoundError(
            "nothing is published yet", fix="run: geobank demo, or geobank publish LAYER FILE"
        )
    drawn = [each for group in groups for each in group.layers]
    title = _title(project, drawn, language)
    found = Element("qgis", {"version": _WRITTEN_AS, "projectname": title})
    add(found, "homePath", path="")
    add(found, "title", title)
    add_crs(add(found, "projectCrs"), METRIC)
    found.append(_tree(groups, api))
    found.append(_canvas(_view(city, drawn)))
    layers = add(found, "projectlayers")
    order = add(found, "layerorder")
    for each in drawn:
        layers.append(_map_layer(each, api, language))
        add(order, "layer", id=each.id)
    _add_properties(found)
    _add_metadata(found, project, title, api, language)
    settings = add(found, "ProjectViewSettings", UseProjectScales="0", rotation="0")
    _add_default_view(settings, _view(city, drawn))
    return found


def _map_layer(drawn: Drawn | DrawnRaster, api: str, language: Language) -> Element:
    if isinstance(drawn, DrawnRaster):
        return raster_layer(drawn, api, language)
    return map_layer(drawn, api, language)


def _title(project: Project, drawn: Iterable[Drawn | DrawnRaster], language: Language) -> str:
    name = f"{project.site.city[language]} – Geobank"
    if not any(each.synthetic for each in drawn):
        return name
    return f"{name} ({'dane syntetyczne' if language == 'pl' else 'synthetic data'})"


def _tree(groups: list[Group], api: str) -> Element:
    root = Element("layer-tree-group")
    for group in groups:
        mine = add(root, "layer-tree-group", name=group.name, checked=_checked(group.shown))
        mine.set("expanded", _flag(group.open))
        if group.exclusive:
            mine.set("mutually-exclusive", "1")
            mine.set("mutually-exclusive-child", "-1")
        for each in group.layers:
            provider, source = _opened(each, api)
            add(
                mine,
                "layer-tree-layer",
                id=each.id,
                name=each.name,
                providerKey=provider,
                source=source,
                checked=_checked(each.shown),
                expanded="0",
            )
    return root


def _opened(drawn: Drawn | DrawnRaster, api: str) -> tuple[str, str]:
    """Return which of QGIS's providers opens a layer, and what it opens."""
    if isinstance(drawn, DrawnRaster):
        return rasters.PROVIDER, drawn.source(api)
    return PROVIDER, data_source(drawn, api)


def _checked(value: bool) -> str:
    return "Qt::Checked" if value else "Qt::Unchecked"


def _flag(value: bool) -> str:
    return "1" if value else "0"


def _view(city: Published, drawn: list[Drawn | DrawnRaster]) -> Box:
    """Return the box to open at: the zones, or all layers; easting and northing, metres."""
    zones = city.snapshot(city.project.site.zones)
    ids = [zones.layer_id] if zones else [each.layer.id for each in drawn]
    found = [city.snapshot(name) for name in ids]
    boxes = [each.manifest.bbox2180 for each in found if each and each.manifest.bbox2180]
    if not boxes:
        return (0.0, 0.0, 1_000_000.0, 1_000_000.0)
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    edge = _MARGIN * max(east - west, north - south, 100.0)
    return (
        round(west - edge, 1),
        round(south - edge, 1),
        round(east + edge, 1),
        round(north + edge, 1),
    )


def _canvas(box: Box) -> Element:
    found = Element("mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    add(found, "units", "meters")
    add_extent(found, box)
    add(found, "rotation", "0")
    add_crs(add(found, "destinationsrs"), METRIC)
    return found


def _add_default_view(parent: Element, box: Box) -> None:
    sides = dict(zip(("xmin", "ymin", "xmax", "ymax"), (repr(v) for v in box), strict=True))
    add_crs(add(parent, "DefaultViewExtent", **sides), METRIC)


def _add_properties(parent: Element) -> None:
    """Take the project's CRS as it is named, and measure on its ellipsoid in metres."""
    found = add(parent, "properties")
    system = add(found, "SpatialRefSys")
    add(system, "ProjectionsEnabled", "1", type="int")
    measure = add(found, "Measure")
    add(measure, "Ellipsoid", "EPSG:7019", type="QString")
    units = add(found, "Measurement")
    add(units, "DistanceUnits", "meters", type="QString")
    add(units, "AreaUnits", "m2", type="QString")
    paths = add(found, "Paths")
    add(paths, "Absolute", "false", type="bool")


def _add_metadata(
    parent: Element, project: Project, title: str, api: str, language: Language
) -> None:
    found = add(parent, "projectMetadata")
    add(found, "identifier", api)
    add(found, "language", "POL" if language == "pl" else "ENG")
    add(found, "type", "project")
    add(found, "title", title)
    add(found, "author", project.site.contact.name)
    contact = add(found, "contact")
    add(contact, "name", project.site.contact.name)
    add(contact, "email", project.site.contact.email)
    add(contact, "role", "pointOfContact")

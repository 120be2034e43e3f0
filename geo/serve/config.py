"""The configuration of pygeoapi, derived from the model: a static file and a live one.

The static one (config/pygeoapi.yml) lets a stock ``pygeoapi serve`` give the same collections.
The live one, which :mod:`geo.serve.app` uses, holds only what is published, with its true extent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from geo.crs import CRS84, served_in, uri
from geo.limits import limit
from geo.look import STATIC
from geo.model import Layer, Project, Text
from geo.model.derived import all_layers
from geo.model.site import Site
from geo.store.snapshot import Snapshot

HEADER = "# generated, do not edit: geobank config write\n"
FILE = Path("config") / "pygeoapi.yml"
"""Where the static configuration stands, below the project's folder."""

PREFIX = "api"
"""Path of the API below the server's URL."""

SYNTHETIC = Text(pl="(dane syntetyczne)", en="(synthetic data)")
"""What is added to the title of a collection that was not measured in any real city."""

_ABOUT = Text(
    pl="Warstwy miasta, wskaźniki w dzielnicach i geometria stojąca za każdą liczbą.",
    en="The city's layers, indicators per district, and the geometry behind every number.",
)
_TYPES: dict[str, dict[str, str]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


def crs_uris(site: Site) -> dict[str, str]:
    """Return what collections are served in: URI -> code; the first is the default."""
    return _uris(site.zone)


@cache
def _uris(zone: str) -> dict[str, str]:
    return {uri(code): code for code in served_in(zone)}


def json_type(kind: str) -> dict[str, str]:
    """Return the JSON Schema type (and format) of a field type of layer.yml."""
    return dict(_TYPES[kind])


def build_config(project: Project) -> dict[str, Any]:
    """Return the static configuration: every layer, the city's box as its extent.

    Folders are environment variables with defaults, so that the file holds no path of a machine:
    ``GEOBANK_DATA`` (data), ``GEOBANK_TEMPLATES`` and ``GEOBANK_STATIC`` (geo/look/static; the
    Flask server of pygeoapi looks for a relative one in its own package, so give it a full path).
    """
    resources = {
        layer.id: _resource(project.site, layer, list(project.site.bbox), "${GEOBANK_DATA:-data}")
        for layer in all_layers(project).values()
    }
    folders = {
        "path": "${GEOBANK_TEMPLATES:-geo/serve/templates}",
        "static": "${GEOBANK_STATIC:-geo/look/static}",
    }
    return _config(project, project.site.url, folders, resources)


def live_config(
    project: Project, root: Path, server_url: str, snapshots: Mapping[str, Snapshot]
) -> dict[str, Any]:
    """Return the configuration of what is published now.

    Parameters
    ----------
    project : Project
        The city's model.
    root : Path
        The data folder.
    server_url : str
        Scheme, host and port under which clients reach the server, without ``/api``.
    snapshots : mapping of str to Snapshot
        The current version of each published layer.
    """
    here = Path(__file__).parent
    layers = all_layers(project)
    resources = {
        layer_id: _resource(
            project.site,
            layers[layer_id],
            outward(snapshot.manifest.bbox84 or project.site.bbox),
            str(root),
            synthetic=snapshot.manifest.synthetic,
        )
        for layer_id, snapshot in snapshots.items()
    }
    folders = {"path": str(here / "templates"), "static": str(STATIC)}
    return _config(project, server_url, folders, resources)


def marked(title: Text, *, synthetic: bool) -> Text:
    """Return a title, with :data:`SYNTHETIC` behind it where data are."""
    if not synthetic:
        return title
    return Text(pl=f"{title.pl} {SYNTHETIC.pl}", en=f"{title.en} {SYNTHETIC.en}")


def outward(box: tuple[float, float, float, float]) -> list[float]:
    """Round a CRS84 box to 7 decimals (1 cm), never inward."""
    scale = 1e7
    low = [math.floor(value * scale) / scale for value in box[:2]]
    return low + [math.ceil(value * scale) / scale for value in box[2:]]


def as_yaml(config: Mapping[str, Any]) -> str:
    """Write a configuration in a stable order, small mappings and lists on one line."""
    return HEADER + yaml.dump(
        dict(config),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=100,
    )


def _config(
    project: Project, url: str, folders: dict[str, str], resources: dict[str, Any]
) -> dict[str, Any]:
    site = project.site
    contact = site.contact
    return {
        "server": _server(project, url, folders),
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": {"pl": f"Geobank: {site.city.pl}", "en": f"Geobank: {site.city.en}"},
                "description": _ABOUT.model_dump(),
                "keywords": {
                    "pl": ["dane przestrzenne", "wskaźniki", site.city.pl],
                    "en": ["spatial data", "indicators", site.city.en],
                },
                "keywords_type": "theme",
                "terms_of_service": "https://creativecommons.org/licenses/by/4.0/",
                "url": url,
            },
            "license": {
                "name": "CC-BY-4.0",
                "url": "https://creativecommons.org/licenses/by/4.0/",
            },
            "provider": {"name": contact.name, "url": contact.url or url},
            "contact": {"name": contact.name, "email": contact.email, "url": contact.url or url},
        },
        "resources": resources,
    }


def _server(project: Project, url: str, folders: dict[str, str]) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "bind": {"host": parts.hostname or "127.0.0.1", "port": parts.port or 5000},
        "url": url.rstrip("/"),
        "mimetype": "application/json; charset=UTF-8",
        "encoding": "utf-8",
        "gzip": False,
        "languages": list(project.site.languages),
        "cors": True,
        "admin": False,
        "pretty_print": False,
        "limits": {
            "default_items": limit("items_default"),
            "max_items": limit("items_maximum"),
            "on_exceed": "throttle",
        },
        "templates": folders,
        # Required by pygeoapi's schema; no page of ours asks a tile server for anything.
        "map": {"url": "", "attribution": ""},
        "api_rules": {"api_version": "1.0.0", "url_prefix": PREFIX, "strict_slashes": False},
    }


def _resource(
    site: Site, layer: Layer, bbox: list[float], data: str, *, synthetic: bool = False
) -> dict[str, Any]:
    return {
        "type": "collection",
        "title": marked(layer.title, synthetic=synthetic).model_dump(),
        "description": layer.description.model_dump(),
        "keywords": {
            "pl": [word.pl for word in layer.keywords],
            "en": [word.en for word in layer.keywords],
        },
        "links": _links(layer),
        "extents": {"spatial": {"bbox": bbox, "crs": uri(CRS84)}},
        "providers": [
            {
                "type": "feature",
                "name": "geo.serve.provider.SnapshotProvider",
                "data": data,
                "table": layer.id,
                "id_field": layer.id_field,
                "title_field": layer.title_field or layer.id_field,
                "crs": list(crs_uris(site)),
                "storage_crs": uri(CRS84),
                "options": {"fields": {f.name: f.type for f in layer.public_fields}},
            }
        ],
        "formatters": [{"name": "geo.serve.formatter.GeoJSONBytes"}],
    }


def _links(layer: Layer) -> list[dict[str, Any]]:
    links = []
    if layer.licence.url:
        links.append(_link("license", layer.licence.name, layer.licence.url))
    if layer.source.url:
        links.append(_link("via", layer.source.name.model_dump(), layer.source.url))
    return links


def _link(rel: str, title: str | dict[str, str], href: str) -> dict[str, Any]:
    return {"type": "text/html", "rel": rel, "title": title, "href": href}


class _Dumper(yaml.SafeDumper):
    """No anchors; ``${...}`` always plain, for pygeoapi expands it in plain scalars only."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_mapping(self, tag: str, mapping: Any, flow_style: Any = None) -> yaml.MappingNode:  # noqa: ANN401 - as PyYAML declares it
        node = super().represent_mapping(tag, mapping, flow_style)
        if any("${" in str(value) for value in mapping.values()):
            node.flow_style = False
        return node

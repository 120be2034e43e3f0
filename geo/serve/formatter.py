"""``f=json`` as bytes: fragments are joined, and no feature is parsed or escaped on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from pygeoapi.formatter.base import BaseFormatter

_KEPT = ("application/geo+json", "application/json", "text/html")
"""Media types of links that the service answers; pygeoapi adds CSV and JSON-LD by itself."""


class Fragments(list[Any]):
    """Complete GeoJSON features as bytes, which turn into objects only when looked at.

    pygeoapi asks for the length; its HTML and CSV writers iterate.
    """

    def __init__(self, parts: list[bytes]) -> None:
        super().__init__()
        self.parts = parts

    def __len__(self) -> int:
        return len(self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __iter__(self) -> Any:  # noqa: ANN401 - an iterator of features
        return (orjson.loads(part) for part in self.parts)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - as list declares it
        chosen = self.parts[index]
        if isinstance(chosen, list):
            return [orjson.loads(part) for part in chosen]
        return orjson.loads(chosen)

    def joined(self) -> bytes:
        """Return the features with commas between, as they stand."""
        return b",".join(self.parts)


class GeoJSONBytes(BaseFormatter):  # type: ignore[misc]
    """Takes over ``f=json`` of a collection: pygeoapi's own writer turns ``<`` into ``&lt;``."""

    def __init__(self, formatter_def: dict[str, Any]) -> None:
        super().__init__({**formatter_def, "name": "json", "geom": True})
        self.f = "json"
        self.mimetype = "application/geo+json"
        self.extension = "geojson"

    def write(
        self, options: dict[str, Any] | None = None, data: dict[str, Any] | None = None
    ) -> bytes:
        """Return a FeatureCollection as UTF-8 bytes.

        Parameters
        ----------
        options : dict
            Not used.
        data : dict
            What the provider gave, with pygeoapi's links; ``features`` is taken out of it.
        """
        head = dict(data or {})
        features = head.pop("features", [])
        head["links"] = page_links(head.get("links", []), head.get("numberMatched"))
        body = features.joined() if isinstance(features, Fragments) else _inside(features)
        return b'%b,"features":[%b]}' % (orjson.dumps(head)[:-1], body)


def pared(
    feature: dict[str, Any], skip_geometry: bool, names: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a feature without its geometry, and with these properties only; none named: all."""
    if skip_geometry:
        feature["geometry"] = None
    if names:
        feature["properties"] = {name: feature["properties"].get(name) for name in names}
    return feature


def _inside(features: list[Any]) -> bytes:
    return orjson.dumps(list(features))[1:-1]


def page_links(links: list[dict[str, Any]], matched: int | None) -> list[dict[str, Any]]:
    """Return the links of a page that lead somewhere, each once.

    pygeoapi links to a next page whenever this one is full, also when nothing follows.
    """
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for link in links:
        if link.get("type") not in _KEPT or (link["rel"] == "next" and _beyond(link, matched)):
            continue
        key = ("", link["href"]) if link["rel"] in ("self", "alternate") else (
            link["rel"], link["href"],
        )  # fmt: skip
        kept.setdefault(key, link)
    return list(kept.values())


def _beyond(link: dict[str, Any], matched: int | None) -> bool:
    offset = parse_qs(urlsplit(link["href"]).query).get("offset", ["0"])[0]
    return matched is not None and int(offset) >= matched

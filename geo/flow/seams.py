"""The gaps and overlaps of published zones, as GeoJSON that a GIS clerk opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.errors import NotFoundError
from geo.measure.inputs import ZoneSet, features, zone_set
from geo.measure.seams import Seam, seams
from geo.measure.where import GEOMETRY
from geo.model import Project
from geo.store.catalog import Catalog
from geo.store.snapshot import read_table


def found_in(project: Project, root: Path, layer_id: str) -> dict[str, Any]:
    """Return where the zones of a layer, as they are served, do not fit.

    Raises
    ------
    NotFoundError
        If there is no such layer, or it is not published.
    """
    layer = project.layer(layer_id)
    snapshot = Catalog(root).current(layer_id)
    if snapshot is None or layer.family != "polygon":
        raise NotFoundError(
            "there are no zones", where=layer_id, fix="name a published layer of polygons"
        )
    columns = [name for name in (layer.id_field, layer.title_field, GEOMETRY) if name]
    zones = zone_set(features(layer, read_table(snapshot, list(dict.fromkeys(columns)))))
    return {**as_geojson(zones), "layer": layer_id, "version": snapshot.version}


def as_geojson(zones: ZoneSet) -> dict[str, Any]:
    """Return the seams of zones as a FeatureCollection in CRS84, the largest first."""
    found = seams(zones)
    shapes = geojson_shapes(np.array([each.geometry for each in found], dtype=object))
    made = [
        {"type": "Feature", "id": number, "geometry": shape, "properties": _said(each)}
        for number, (each, shape) in enumerate(zip(found, shapes, strict=True), start=1)
    ]
    return {"type": "FeatureCollection", "features": made}


def summary(zones: ZoneSet) -> dict[str, Any]:
    """Return how much, and the places of the largest ten: what a run keeps."""
    found = seams(zones)
    totals = {
        f"{kind}s": {
            "count": sum(each.kind == kind for each in found),
            "area_m2": sum(each.area_m2 for each in found if each.kind == kind),
        }
        for kind in ("gap", "overlap")
    }
    return {**totals, "places": as_geojson(zones)["features"][:10]}


def geojson_shapes(shapes: np.ndarray) -> list[dict[str, Any]]:
    """Return geometries in EPSG:2180, shape (n,), as GeoJSON in CRS84 with 7 decimals."""
    turned = crs.reproject(shapes, crs.METRIC, crs.CRS84)
    rounded = shapely.transform(turned, lambda xy: np.round(xy, 7))
    return [json.loads(text) for text in shapely.to_geojson(rounded)]


def _said(seam: Seam) -> dict[str, Any]:
    return {
        "kind": seam.kind,
        "zones": ", ".join(seam.zones),
        "area_m2": seam.area_m2,
        "width_m": seam.width_m,
    }

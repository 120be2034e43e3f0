"""Every cap of the product as data: name, value, unit and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """A cap: its value, its unit, and the reason for it."""

    value: int
    unit: str
    why: str


LIMITS: dict[str, Limit] = {
    "file_bytes": Limit(2 * 1024**3, "bytes", "a city's largest layer is below 1 GiB"),
    "read_seconds": Limit(300, "s", "a hostile file may keep GDAL busy for ever"),
    "read_memory_bytes": Limit(8 * 1024**3, "bytes", "the child must not take the machine down"),
    "features": Limit(5_000_000, "features", "4 million parcels are the largest tried"),
    "vertices_per_feature": Limit(1_000_000, "vertices", "repairing a larger one takes minutes"),
    "repair_seconds": Limit(60, "s", "a 101-vertex star keeps a linework repair busy for 29 s"),
    "text_chars": Limit(10_000, "characters", "a longer attribute is a document, not a field"),
    "items_default": Limit(1_000, "features", "QGIS pages by this default"),
    "items_maximum": Limit(10_000, "features", "22 ms of CPU from fragments"),
    "query_chars": Limit(8_000, "characters", "longer URLs are cut by proxies"),
    "filter_depth": Limit(100, "levels", "brackets within brackets; a person writes five"),
    "filter_shapes": Limit(20, "geometries", "each one in a filter may look at a whole layer"),
    "persons_shown": Limit(10, "persons", "a smaller group of people may be recognised"),
    "units_shown": Limit(3, "features", "art. 38 of the statistics act: no aggregate of fewer"),
    "map_features": Limit(2_000, "features", "folium writes each one into the HTML"),
    "tile_bytes": Limit(100_000, "bytes", "gzipped, from zoom 14: a phone waits for 20 of them"),
    "tile_features": Limit(5_000, "features", "a fuller tile shows counts, not features"),
    "tile_source_bytes": Limit(512 * 1024**2, "bytes", "coordinates kept to draw tiles from"),
    "tile_cache_bytes": Limit(64 * 1024**2, "bytes", "tiles kept as they were sent"),
}


def limit(name: str) -> int:
    """Return the value of one cap.

    Raises
    ------
    KeyError
        If no cap has that name.
    """
    return LIMITS[name].value

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
    "read_seconds_per_gib": Limit(900, "s", "4 million parcels are 1 GiB and take some 5 minutes"),
    "read_memory_bytes": Limit(8 * 1024**3, "bytes", "the child must not take the machine down"),
    "features": Limit(5_000_000, "features", "4 million parcels are the largest tried"),
    "cells": Limit(250_000_000, "cells", "a city at 1 m; the whole raster is held while read"),
    "blind_percent": Limit(10, "%", "a zone with more of it without data has no value"),
    "drawn_cells": Limit(500_000, "cell edges", "a zone's cells as one geometry: 10 s of CPU"),
    "vertices_per_feature": Limit(1_000_000, "vertices", "repairing a larger one takes minutes"),
    "repair_seconds": Limit(60, "s", "a 101-vertex star keeps a linework repair busy for 29 s"),
    "text_chars": Limit(10_000, "characters", "a longer attribute is a document, not a field"),
    "items_default": Limit(1_000, "features", "QGIS pages by this default"),
    "items_maximum": Limit(10_000, "features", "22 ms of CPU from fragments"),
    "items_streamed": Limit(2_000, "features", "a longer page is sent in parts of so many"),
    "page_cache_bytes": Limit(64 * 1024**2, "bytes", "pages of features kept as they were sent"),
    "query_seconds": Limit(10, "s", "a filter over a million features takes 2"),
    "walk_seconds": Limit(900, "s", "who pages goes on in the version that he began with"),
    "head_bytes": Limit(65_536, "bytes", "a request's line and headers; a browser sends 2 kB"),
    "query_chars": Limit(8_000, "characters", "longer URLs are cut by proxies"),
    "filter_depth": Limit(100, "levels", "brackets within brackets; a person writes five"),
    "filter_shapes": Limit(20, "geometries", "each one in a filter may look at a whole layer"),
    "measure_zones": Limit(1_000_000, "zones", "a grid of 560 m over the whole country"),
    "measure_classes": Limit(1_000, "classes", "a column with more is a key, not a class"),
    "persons_shown": Limit(10, "persons", "a smaller group of people may be recognised"),
    "weights_shown": Limit(30, "features", "people times distances tell the people of fewer"),
    "units_shown": Limit(3, "features", "art. 38 of the statistics act: no aggregate of fewer"),
    "evidence_stored": Limit(100_000, "pieces", "evidence of more is made when somebody asks"),
    "evidence_part": Limit(20_000, "pieces", "made at once: a district, or many small cells"),
    "evidence_kept_bytes": Limit(2 * 1024**3, "bytes", "parts that were made, on the disk"),
    "evidence_makers": Limit(1, "processes", "of each server process; a part takes a second"),
    "evidence_waiting": Limit(8, "requests", "who waits for a part holds a thread of the server"),
    "evidence_wait_seconds": Limit(30, "s", "a person waits no longer; a proxy gives up at 60"),
    "request_bytes": Limit(5 * 1024**2, "bytes", "100 000 vertices written as GeoJSON"),
    "own_zones": Limit(2_000, "zones", "polygons that a caller sends; a city has 15 districts"),
    "own_vertices": Limit(100_000, "vertices", "of a caller's polygons together"),
    "own_area_km2": Limit(5_000, "km2", "a caller's polygons together: ten Warsaws"),
    "own_cells": Limit(20_000, "cells", "a caller's grid: 50 m over a city of 50 km2"),
    "process_wait_seconds": Limit(30, "s", "a person waits no longer; a proxy gives up at 60"),
    "process_run_seconds": Limit(600, "s", "4 million parcels take seconds: this one is stuck"),
    "process_memory_bytes": Limit(4 * 1024**3, "bytes", "one question must not take the machine"),
    "process_children": Limit(2, "processes", "questions that wait for their answer at once"),
    "process_queue": Limit(20, "jobs", "more would wait for hours"),
    "process_result_bytes": Limit(64 * 1024**2, "bytes", "20 000 hexagons with ten classes"),
    "process_kept_seconds": Limit(86_400, "s", "an asynchronous answer is fetched within a day"),
    "process_kept_bytes": Limit(512 * 1024**2, "bytes", "answers of all jobs on the disk"),
    "map_features": Limit(2_000, "features", "folium writes each one into the HTML"),
    "tile_bytes": Limit(100_000, "bytes", "gzipped, from zoom 14: a phone waits for 20 of them"),
    "tile_features": Limit(5_000, "features", "a fuller tile shows counts, not features"),
    "tile_source_bytes": Limit(512 * 1024**2, "bytes", "coordinates kept to draw tiles from"),
    "scenario_bytes": Limit(5_000_000, "bytes", "a thousand zoning areas drawn by hand"),
    "scenario_features": Limit(
        20_000, "features", "a what-if of more is another version of a layer"
    ),
    "what_if_bases": Limit(32, "cards", "kept ready to be changed; the demo city has 22"),
    "process_warm_children": Limit(1, "processes", "that stay with what they keep; of each server"),
    "process_warm_bytes": Limit(
        1024**3, "bytes", "of one that stays; 200 000 parcels and all cards: 0.8 GiB"
    ),
    "process_warm_seconds": Limit(900, "s", "a planner redraws within minutes; or he has gone"),
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

"""Does a layer that is meant to fill a surface fill it once? Warnings with places, no mending."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geo.ingest.report import MOST_PLACES, Report

_SMALLEST_M2 = 0.01
"""An overlap or a gap below 1 dm2 is rounding, not a fault of the data."""
MOST_FEATURES = 1_000_000
"""Beyond it the check takes a gigabyte per million and is left to a tool of its own."""
_MOST_SUSPECTS = 5_000
"""Features whose overlaps are measured pair by pair."""


def check_coverage(shapes: np.ndarray, ids: Sequence[object], report: Report) -> None:
    """Warn of overlaps, boundaries that do not match, and gaps.

    Parameters
    ----------
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        Valid polygons, EPSG:2180.
    ids : sequence, length n
    """
    if len(shapes) > MOST_FEATURES:
        report.add("info", "coverage-unchecked", most=MOST_FEATURES)
        return
    faces, owner = shapely.get_parts(shapes, return_index=True)
    edges = shapely.coverage_invalid_edges(faces)
    suspects = np.unique(owner[~shapely.is_empty(edges)])
    if len(suspects) == 0:
        _gaps(faces, report)
        return
    overlapping = _overlaps(shapes, suspects, ids, report)
    rest = np.setdiff1d(suspects, overlapping)
    if len(rest):
        points = shapely.point_on_surface(shapes[rest[:MOST_PLACES]])
        where = [
            {"id": str(ids[row]), "x": point.x, "y": point.y}
            for row, point in zip(rest, points, strict=False)
        ]
        report.add("warning", "coverage-edges", where, count=len(rest))


def _overlaps(
    shapes: np.ndarray, suspects: np.ndarray, ids: Sequence[object], report: Report
) -> np.ndarray:
    """Report pairs that overlap; return the features in them."""
    looked_at = suspects[:_MOST_SUSPECTS]
    left, right = shapely.STRtree(shapes[looked_at]).query(
        shapes[looked_at], predicate="intersects"
    )
    once = left < right
    left, right = looked_at[left[once]], looked_at[right[once]]
    common = shapely.intersection(shapes[left], shapes[right])
    area = shapely.area(common)
    real = area > _SMALLEST_M2
    if not real.any():
        return np.empty(0, dtype=np.int64)
    left, right, common, area = left[real], right[real], common[real], area[real]
    largest = np.argsort(-area)[:MOST_PLACES]
    where = [
        {
            "id": f"{ids[left[i]]}, {ids[right[i]]}",
            "x": shapely.point_on_surface(common[i]).x,
            "y": shapely.point_on_surface(common[i]).y,
            "detail": f"{area[i]:.2f} m2",
        }
        for i in largest
    ]
    report.add("warning", "coverage-overlap", where, count=len(area), area_m2=float(area.sum()))
    return np.union1d(left, right)


def _gaps(faces: np.ndarray, report: Report) -> None:
    """Report holes that a sound coverage encloses (streets between parcels are such holes)."""
    union = shapely.get_parts(shapely.coverage_union_all(faces))
    if not shapely.get_num_interior_rings(union).sum():
        return
    rings, owner = shapely.get_rings(union, return_index=True)
    first = np.concatenate(([True], owner[1:] != owner[:-1]))
    holes = shapely.polygons(rings[~first])
    area = shapely.area(holes)
    holes, area = holes[area > _SMALLEST_M2], area[area > _SMALLEST_M2]
    largest = np.argsort(-area)[:MOST_PLACES]
    points = shapely.point_on_surface(holes[largest])
    where = [
        {"x": point.x, "y": point.y, "detail": f"{area[i]:.2f} m2"}
        for i, point in zip(largest, points, strict=True)
    ]
    if len(holes):
        report.add("warning", "coverage-gap", where, count=len(holes), area_m2=float(area.sum()))

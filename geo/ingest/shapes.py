"""Geometry of a file: built, of the right family, finite, valid; repair is counted."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo import crs
from geo.errors import LimitExceededError
from geo.ingest.faults import Faults, Place
from geo.ingest.report import Report
from geo.ingest.rings import rebuild
from geo.ingest.words import mended_kind
from geo.limits import limit
from geo.model.layer import Family, Layer
from geo.model.progress import Progress

_FAMILIES: dict[Family, tuple[int, int]] = {"point": (0, 4), "line": (1, 5), "polygon": (3, 6)}
"""Type ids of GEOS: single, multi."""
_CHUNK = 100_000
REPAIR = "naprawa / repair"
"""Stage that has a clock of its own."""


def build(wkb: pa.ChunkedArray, faults: Faults, report: Report, *, repair: bool) -> np.ndarray:
    """Return geometries, shape (n,), in the file's CRS, 2D; None where there is none.

    Parameters
    ----------
    wkb : pyarrow.ChunkedArray, length n
    repair : bool
        Close rings that are not closed, and so on, and count it.
    """
    blobs = wkb.to_numpy()
    shapes = np.asarray(shapely.from_wkb(blobs, on_invalid="ignore"), dtype=object)
    there = ~_mask(pc.is_null(wkb))
    broken = there & shapely.is_missing(shapes)
    if repair and broken.any():
        shapes[broken] = np.array([rebuild(blob) for blob in blobs[broken]], dtype=object)
        mended = broken & ~shapely.is_missing(shapes)
        report.repaired["rings"] = int(mended.sum())
        report.add("warning", "rings-rebuilt", faults.places(np.flatnonzero(mended)),
                   count=int(mended.sum()))  # fmt: skip
        faults.repaired |= mended
        broken &= ~mended
    faults.add("geometry-broken", broken)
    faults.add(
        "geometry-missing", (shapely.is_missing(shapes) & ~broken) | shapely.is_empty(shapes)
    )
    deep = shapely.has_z(shapes) | shapely.has_m(shapes)
    if deep.any():
        report.add("info", "dimension-dropped", count=int(deep.sum()))
        shapes[deep] = shapely.force_2d(shapes[deep])
    _check_vertices(shapes, faults, report)
    return shapes


def _mask(condition: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(condition.to_numpy(), dtype=bool)


def _check_vertices(shapes: np.ndarray, faults: Faults, report: Report) -> None:
    counts = shapely.get_num_coordinates(shapes)
    largest = int(np.argmax(counts)) if len(counts) else 0
    if len(counts) and counts[largest] > limit("vertices_per_feature"):
        report.refuse(
            "too-many-vertices", faults.places(np.array([largest])), found=int(counts[largest]),
            most=limit("vertices_per_feature"), error=LimitExceededError,
        )  # fmt: skip
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    endless = np.zeros(len(shapes), dtype=bool)
    endless[owner[~np.isfinite(xy).all(axis=1)]] = True
    faults.add("not-finite", endless)


def of_type(shapes: np.ndarray, layer: Layer, faults: Faults) -> np.ndarray:
    """Return geometries of the layer's own type, (n,), promoted or taken out of their Multi.

    Those of another family, or of several parts where the layer takes one, stay as they are and
    go to `faults`.
    """
    single, multi = _FAMILIES[layer.family]
    kinds = shapely.get_type_id(shapes)
    ok = np.isin(kinds, (single, multi)) | (kinds == -1) | shapely.is_empty(shapes)
    if not layer.geometry.startswith("Multi"):
        parts = shapely.get_num_geometries(shapes)
        ok &= ~((kinds == multi) & (parts > 1))
        inner = (kinds == multi) & (parts == 1)
        shapes[inner] = shapely.get_geometry(shapes[inner], 0)
    for kind in np.unique(kinds[~ok]):
        other = ~ok & (kinds == kind)
        name = shapes[np.argmax(other)].geom_type
        faults.add(
            "geometry-type", other, found=name, wanted=layer.geometry,
            mend=mended_kind(name, layer.family),
        )  # fmt: skip
    if layer.geometry.startswith("Multi"):
        make = {
            0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons,
        }[single]  # fmt: skip
        alone = np.flatnonzero(kinds == single)
        # In chunks, so that the single parts are freed while their Multi twins are made.
        for start in range(0, len(alone), _CHUNK):
            rows = alone[start : start + _CHUNK]
            shapes[rows] = make(shapes[rows].reshape(-1, 1))
    return shapes


def settle(
    shapes: np.ndarray, code: str, faults: Faults, report: Report, progress: Progress,
    *, repair: bool,
) -> np.ndarray:  # fmt: skip
    """Return geometries in EPSG:2180, shape (n,), all valid but those that `faults` holds.

    A ring that touches itself may come out of a reprojection as valid by a billionth of a
    metre, so validity is asked both in the file's own coordinates and in EPSG:2180.

    Parameters
    ----------
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        In `code`, x first.
    repair : bool
        Mend invalid ones by their structure, which keeps what is inside a ring inside.
    """
    wrong = _invalid(shapes, faults)
    places = faults.places(np.flatnonzero(wrong), lambda row: _reason(shapes[row]))
    mended = _mended(shapes, wrong, progress) if repair else shapes
    metric = crs.reproject(mended, code, crs.METRIC)
    # What PROJ cannot place comes back as infinity.
    solid = ~shapely.is_missing(metric) & ~shapely.is_empty(metric)
    endless = solid & ~np.isfinite(shapely.bounds(metric)).all(axis=1)
    faults.add("not-finite", endless & ~faults.bad)
    later = _invalid(metric, faults) & ~(wrong & (not repair))
    places += faults.places(np.flatnonzero(later), lambda row: _reason(metric[row]))
    wrong |= later
    if not wrong.any():
        return metric
    if not repair:
        faults.add(
            "geometry-invalid",
            wrong,
            lambda row: _reason((metric if shapely.is_valid(shapes[row]) else shapes)[row]),
        )
        return metric
    metric = _mended(metric, later, progress)
    _account(crs.reproject(shapes[wrong], code, crs.METRIC), metric, wrong, places, faults, report)
    return metric


def _invalid(shapes: np.ndarray, faults: Faults) -> np.ndarray:
    return np.asarray(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes) & ~faults.bad)


def _reason(shape: shapely.Geometry) -> str:
    return str(shapely.is_valid_reason(shape))


def _mended(shapes: np.ndarray, wrong: np.ndarray, progress: Progress) -> np.ndarray:
    result = shapes.copy()
    with _clock(limit("repair_seconds")):
        for row in np.flatnonzero(wrong):
            progress(REPAIR, int(row) + 1, len(shapes))
            result[row] = shapely.make_valid(shapes[row], method="structure", keep_collapsed=False)
    return result


def _account(
    before: np.ndarray, metric: np.ndarray, wrong: np.ndarray, places: list[Place],
    faults: Faults, report: Report,
) -> None:  # fmt: skip
    """Count what was repaired; what became something else is a fault of its row."""
    rows = np.flatnonzero(wrong)
    fits = np.array([_same_family(*pair) for pair in zip(before, metric[rows], strict=True)])
    lost = np.zeros(len(metric), dtype=bool)
    lost[rows[~fits]] = True
    faults.repaired[rows[fits]] = True
    faults.add("geometry-unrepairable", lost)
    if not fits.any():
        return
    old, new = (float(shapely.area(part[fits]).sum()) for part in (before, metric[rows]))
    report.repaired |= {"invalid": int(fits.sum()), "before_m2": old, "after_m2": new}
    report.add("warning", "repaired", places, count=int(fits.sum()), before_m2=old, after_m2=new)


@contextmanager
def _clock(seconds: float) -> Iterator[None]:
    """End the process, which is the caged child, when it takes longer: GEOS does not listen."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _same_family(old: shapely.Geometry, new: shapely.Geometry) -> bool:
    kind = old.geom_type.removeprefix("Multi")
    return not new.is_empty and new.geom_type.removeprefix("Multi") == kind and new.is_valid


def describe(shapes: np.ndarray, layer: Layer) -> dict[str, object]:
    """Return type, vertices, bbox2180 and area_m2 or length_m of accepted geometries."""
    found: dict[str, object] = {
        "type": layer.geometry,
        "vertices": int(shapely.get_num_coordinates(shapes).sum()),
        "bbox2180": shapely.total_bounds(shapes).tolist(),
    }
    if layer.family == "polygon":
        found["area_m2"] = float(shapely.area(shapes).sum())
    if layer.family == "line":
        found["length_m"] = float(shapely.length(shapes).sum())
    return found

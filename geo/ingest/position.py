"""Where a file's coordinates are: CRS, axis order, and the city's extent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo import crs
from geo.crs import Box
from geo.errors import CRSMismatchError
from geo.ingest.report import Report
from geo.model.layer import Layer

_MARGIN = 0.25
"""Of the city's width and height: a stop just over the border is no mistake."""


@dataclass(frozen=True)
class Choices:
    """What the person who publishes allows.

    Attributes
    ----------
    bbox84 : tuple of float
        The city: west, south, east, north in degrees.
    assume_crs : str, optional
        The CRS of a file that names none.
    reproject, repair, drop_invalid : bool
        Allow another CRS; repair geometry; leave out faulty rows. All are counted.
    """

    bbox84: Box
    assume_crs: str | None = None
    reproject: bool = False
    repair: bool = False
    drop_invalid: bool = False

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Choices:
        """Read choices back from JSON."""
        return cls(**{**data, "bbox84": tuple(data["bbox84"])})


def settle_crs(
    declared: str, bounds: np.ndarray, layer: Layer, choices: Choices, report: Report, *, json: bool
) -> str:
    """Return the code of the CRS that a file is in, or refuse it.

    Parameters
    ----------
    declared : str
        What the file says, empty if nothing.
    bounds : numpy.ndarray, shape (n, 4)
        Of the features, in the file's coordinates.
    json : bool
        The file is GeoJSON, which is in degrees when it says nothing.

    Raises
    ------
    CRSMismatchError
        If it is unknown, contradicts what was said, or is not the layer's.
    """
    code = _declared(declared, layer, report) if declared else None
    if code and choices.assume_crs and not crs.same(code, choices.assume_crs):
        report.refuse(
            "crs-contradicts", found=code, assumed=choices.assume_crs, error=CRSMismatchError
        )
    if code is None:
        code = _undeclared(bounds, layer, choices, report, json=json)
    report.crs = code
    if not crs.same(code, layer.crs):
        if not choices.reproject:
            report.refuse(
                "crs-differs", found=code, layer=layer.id, layer_crs=layer.crs,
                error=CRSMismatchError,
            )  # fmt: skip
        report.add("warning", "reprojected", found=code, layer_crs=layer.crs)
    return code


def _declared(declared: str, layer: Layer, report: Report) -> str:
    try:
        found = CRS.from_user_input(declared)
        known = next((code for code in (layer.crs, *crs.ACCEPTED) if crs.same(found, code)), None)
    except CRSError:
        report.refuse(
            "crs-unknown", found=declared[:80], layer_crs=layer.crs, error=CRSMismatchError
        )
    if known is None:
        name = f"{found.name} ({declared})" if len(declared) < 20 else found.name
        report.refuse("crs-unknown", found=name, layer_crs=layer.crs, error=CRSMismatchError)
    return known


def _undeclared(
    bounds: np.ndarray, layer: Layer, choices: Choices, report: Report, *, json: bool
) -> str:
    if choices.assume_crs:
        if choices.assume_crs not in crs.ACCEPTED:
            report.refuse(
                "crs-unknown", found=choices.assume_crs, layer_crs=layer.crs, error=CRSMismatchError
            )
        report.assumed["crs"] = choices.assume_crs
        report.add("warning", "crs-assumed", assumed=choices.assume_crs)
        return choices.assume_crs
    likely = likely_crs(bounds) or layer.crs
    if not json:
        report.refuse("crs-missing", likely=likely, error=CRSMismatchError)
    largest = float(np.nanmax(np.abs(bounds), initial=0.0))
    if largest > 180:
        report.refuse(
            "crs-undeclared-metres", found=f"{largest:.0f}", likely=likely, error=CRSMismatchError
        )
    return crs.CRS84


def likely_crs(bounds: np.ndarray) -> str | None:
    """Return the Polish CRS in which these boxes, shape (n, 4), lie in Poland, if one does.

    Both axis orders are tried; degrees count as EPSG:4326.
    """
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    middle = middle[np.isfinite(middle).all(axis=1)]
    if len(middle) == 0:
        return None
    at = np.median(middle, axis=0)
    west, south, east, north = crs.POLAND_DEGREES
    for code in ("EPSG:4326", crs.METRIC, *crs.PL_2000):
        for x, y in (at, at[::-1]):
            point = crs.reproject(np.array([shapely.Point(x, y)]), code, crs.CRS84)[0]
            if west <= point.x <= east and south <= point.y <= north:
                return code
    return None


def check_place(bounds: np.ndarray, code: str, bbox84: Box, report: Report) -> np.ndarray:
    """Compare where features lie with where the city is.

    Parameters
    ----------
    bounds : numpy.ndarray, shape (n, 4)
        Of the features in `code`, x first; NaN rows are left out.
    code : str
        The file's CRS.

    Returns
    -------
    numpy.ndarray of int64
        Indices of features far outside, for the report.

    Raises
    ------
    CRSMismatchError
        If the axes are swapped, or no feature lies in the city.
    """
    city = crs.reproject_bounds(bbox84, crs.CRS84, code)
    there = np.isfinite(bounds).all(axis=1)
    inside = meets(bounds, city)
    if not there.any() or inside.any():
        return np.flatnonzero(there & ~inside)
    if meets(bounds[:, [1, 0, 3, 2]], city)[there].all():
        x, y = bounds[there][0, :2]
        report.refuse("axes-swapped", example=f"{x:.6g}, {y:.6g}", error=CRSMismatchError)
    low, high = bounds[there, :2].min(axis=0), bounds[there, 2:].max(axis=0)
    found = crs.reproject_bounds((low[0], low[1], high[0], high[1]), code, crs.CRS84)
    report.refuse(
        "outside-city", found=_degrees(found), site=_degrees(bbox84), error=CRSMismatchError
    )


def meets(bounds: np.ndarray, box: Box) -> np.ndarray:
    """Tell which boxes, shape (n, 4), meet a city's box, grown by a quarter of its size.

    Both are in one CRS. A row of NaN meets nothing.
    """
    across, up = (box[2] - box[0]) * _MARGIN, (box[3] - box[1]) * _MARGIN
    return np.asarray(
        (bounds[:, 2] >= box[0] - across) & (bounds[:, 0] <= box[2] + across)
        & (bounds[:, 3] >= box[1] - up) & (bounds[:, 1] <= box[3] + up)
    )  # fmt: skip


def _degrees(box: Box) -> str:
    return ", ".join(f"{side:.4g}" for side in box)

"""Vertices drawn in a GIS program, put back where the published layer has them.

A district that is redrawn in QGIS and saved as GeoJSON comes back in degrees: every vertex of it,
not only the one that was moved, lies some nanometres (with the 7 decimals that GeoJSON advises,
up to a centimetre) from where it was published, and its border no longer is its neighbours'.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

NEAR_M = 0.01
"""Seven decimals of a degree are a centimetre; a survey is ten times coarser."""


def fitted(drawn: np.ndarray, published: np.ndarray) -> tuple[np.ndarray, int]:
    """Return shapes with the vertices of published ones where they are a centimetre away or less.

    Parameters
    ----------
    drawn, published : numpy.ndarray of shapely.Geometry, shape (n,) and (k,)
        EPSG:2180.

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (n,)
        What would not be valid after it stays as it was drawn.
    int
        How many vertices were put back.
    """
    near = np.unique(shapely.STRtree(published).query(drawn, predicate="dwithin", distance=1.0)[1])
    known = np.unique(shapely.get_coordinates(published[near]), axis=0)
    if not len(known):
        return drawn, 0
    tree, out, count = shapely.STRtree(shapely.points(known)), drawn.copy(), 0
    for row, shape in enumerate(drawn):
        xy, moved = _nearest(shapely.get_coordinates(shape), known, tree)
        put = shapely.set_coordinates(shapely.from_wkb(shapely.to_wkb(shape)), xy)
        if moved and shapely.is_valid(put):
            out[row] = put
            count += moved
    return out, count


def _nearest(xy: np.ndarray, known: np.ndarray, tree: Any) -> tuple[np.ndarray, int]:  # noqa: ANN401
    mine, theirs = tree.query_nearest(shapely.points(xy), max_distance=NEAR_M, all_matches=False)
    out = xy.copy()
    out[mine] = known[theirs]
    return out, int((out != xy).any(axis=1).sum())

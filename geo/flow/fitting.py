"""Vertices drawn in a GIS program, put back where the published layer has them.

A district that is redrawn in QGIS and saved as GeoJSON comes back in degrees: every vertex of it,
not only the one that was moved, lies some nanometres (with the 7 decimals that GeoJSON advises,
up to a centimetre) from where it was published, and its border no longer is its neighbours'. Where
a border runs back beside itself (two areas were added up, and a slit thinner than an atom stayed
between them), such a shift makes it cross itself as well: :func:`mended`.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely

NEAR_M = 0.01
"""Seven decimals of a degree are a centimetre; a survey is ten times coarser."""

_NEIGHBOURS = 30
"""Segments whose boxes one segment's box meets on average, at most."""

_AT_ONCE = 100
"""Segments that are looked at together: with 100 000 others they make 160 MB of pairs."""


def fitted(drawn: np.ndarray, published: np.ndarray) -> tuple[np.ndarray, int]:
    """Return shapes with the vertices of published ones where they are a centimetre away or less.

    Parameters
    ----------
    drawn, published : numpy.ndarray of shapely.Geometry, shape (n,) and (k,)
        EPSG:2180.

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (n,)
        What would not be valid after it, nor :func:`mended`, stays as it was drawn.
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
        if moved and (shapely.is_valid(put) or _without_threads(put) is not None):
            out[row] = put
            count += moved
    return out, count


def _nearest(xy: np.ndarray, known: np.ndarray, tree: Any) -> tuple[np.ndarray, int]:  # noqa: ANN401
    mine, theirs = tree.query_nearest(shapely.points(xy), max_distance=NEAR_M, all_matches=False)
    out = xy.copy()
    out[mine] = known[theirs]
    return out, int((out != xy).any(axis=1).sum())


def mended(drawn: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
    """Return shapes without what makes them invalid and is thinner than a centimetre.

    Parameters
    ----------
    drawn : numpy.ndarray of shapely.Geometry, shape (n,)
        EPSG:2180, finite; missing ones stay missing.

    Returns
    -------
    numpy.ndarray of shapely.Geometry, shape (n,)
        What is invalid by more (a bow tie, a loop) stays as it was.
    dict of int to str
        Row to where it was invalid: easting and northing, metres.
    """
    out, where = drawn.copy(), {}
    for row in np.flatnonzero(~shapely.is_valid(drawn) & ~shapely.is_missing(drawn)):
        found = _without_threads(drawn[row])
        if found is not None:
            out[row] = found
            where[int(row)] = _place(drawn[row])
    return out, where


def _place(shape: Any) -> str:  # noqa: ANN401 - shapely is not typed
    at = re.search(r"\[(\S+) (\S+)\]", str(shapely.is_valid_reason(shape)))
    return f"{float(at[1]):.2f} {float(at[2]):.2f}" if at else ""


def _without_threads(shape: Any) -> Any:  # noqa: ANN401 - as above
    """Return an invalid polygon without its threads; None if it is invalid by more than those.

    Its lines cut the ground into faces. Those that hold a circle of a centimetre must be as many
    as its rings: a bow tie and a loop have one more.
    """
    if shapely.get_dimensions(shape) != 2 or _tangled(shape):
        return None
    rings = shapely.get_rings(shapely.get_parts(shape))  # of a Multi there are none
    faces = shapely.get_parts(shapely.polygonize([shapely.node(shapely.multilinestrings(rings))]))
    if _thick(faces).sum() != len(rings):
        return None
    whole = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    parts = [part for part in shapely.get_parts(whole) if _thick(np.array([part]))[0]]
    kept = [shapely.Polygon(one.exterior, [h for h in one.interiors if _hole(h)]) for one in parts]
    found = kept[0] if len(kept) == 1 else shapely.multipolygons(kept)
    return found if kept and shapely.is_valid(found) else None


def _tangled(shape: Any) -> bool:  # noqa: ANN401 - as above
    """Tell whether segments meet so often that cutting them all would take minutes.

    A border's segments share their boxes with some neighbours; those of a scribble with most.
    """
    rings = shapely.get_rings(shapely.get_parts(shape))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    pairs = np.stack((xy[:-1], xy[1:]), axis=1)[ring[:-1] == ring[1:]]
    segments = shapely.linestrings(pairs)
    tree, met = shapely.STRtree(segments), 0
    for start in range(0, len(segments), _AT_ONCE):
        met += tree.query(segments[start : start + _AT_ONCE]).shape[1]
        if met > _NEIGHBOURS * len(segments) + 1000:
            return True
    return False


def _hole(ring: Any) -> bool:  # noqa: ANN401 - as above
    return bool(_thick(np.array([shapely.polygons(ring)]))[0])


def _thick(faces: np.ndarray) -> np.ndarray:
    return np.asarray(~shapely.is_empty(shapely.buffer(faces, -NEAR_M / 2)))

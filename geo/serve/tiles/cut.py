"""From snapped features to what a tile holds of them: tidied, clipped, and valid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.serve.tiles.matrix import BUFFER, EXTENT
from geo.serve.tiles.paths import Paths, following, from_shapes, joined, offsets_of, to_shapes

_LOW, _HIGH = -BUFFER, EXTENT + BUFFER


@dataclass(frozen=True)
class Drawn:
    """Features of a tile, in its units.

    Attributes
    ----------
    paths : Paths
        Of m features, int64, y downwards, each with at least one path; polygons are valid.
    rows : numpy.ndarray of int64, shape (m,)
        Which of the features that were asked about each one is.
    """

    paths: Paths
    rows: np.ndarray


def snapped(paths: Paths, grid: int = 1) -> Paths:
    """Return paths on whole multiples of `grid` units, tidied."""
    whole = np.rint(paths.xy / grid).astype(np.int64) * grid
    return tidied(paths.moved(whole))


def tidied(paths: Paths) -> Paths:
    """Return snapped paths without repeated vertices, collapsed lines and rings.

    A ring that the grid turned inside out counts as collapsed; a hole goes with its ring.
    """
    if paths.family == "point":
        return paths
    ring = paths.family == "polygon"
    paths = paths.keep_vertices(_moving(paths, ring))
    counts = paths.counts
    if not ring:
        return paths.keep_paths(counts >= 2)
    areas = paths.areas()
    kept = (counts >= 3) & np.where(paths.outer, areas > 0, areas < 0)
    ring_of = np.maximum.accumulate(np.where(paths.outer, np.arange(len(kept)), 0))
    return paths.keep_paths(kept & kept[ring_of])


def _moving(paths: Paths, ring: bool) -> np.ndarray:
    """Tell which vertices differ from the one after them, shape (v,)."""
    after = following(paths.starts, paths.counts)
    moving = (paths.xy != paths.xy[after]).any(axis=1)
    if not ring:
        counts = paths.counts
        moving[paths.starts[1:][counts > 0] - 1] = True
    return np.asarray(moving)


def visible(paths: Paths, least: int) -> np.ndarray:
    """Tell which features are drawn: not collapsed, and some part `least` units wide or high.

    Parameters
    ----------
    paths : Paths
        Whole features, snapped and tidied: not clipped, so that every tile agrees.
    least : int
        Units; 0: whatever did not collapse.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    shown = np.asarray(np.diff(paths.first) > 0)
    if least and paths.family != "point":
        shown &= paths.reach() >= least
    return shown


def cut(paths: Paths, shown: np.ndarray, grid: int = 1) -> Drawn:
    """Return what a tile and its buffer hold of features, polygons made valid.

    Clipped before it is snapped: snapping may make a thin polygon cross itself, and of such a
    polygon GEOS clips anything up to the whole tile.

    Parameters
    ----------
    paths : Paths
        Valid features, float64 in units of the tile.
    shown : numpy.ndarray of bool, shape (n,)
        The features to draw, see :func:`visible`.
    grid : int
        Units between the places that a vertex may take.
    """
    rows = np.flatnonzero(shown)
    paths = paths.take(rows)
    if len(rows) == 0:
        return Drawn(paths, rows)
    if paths.family == "point":
        return _points(snapped(paths, grid), rows)
    boxes = paths.boxes()
    within = (boxes[:, :2] >= _LOW).all(axis=1) & (boxes[:, 2:] <= _HIGH).all(axis=1)
    inside, crossing = np.flatnonzero(within), np.flatnonzero(~within)
    clipped = _clipped(paths.take(crossing))
    held = np.flatnonzero(np.diff(clipped.first))
    paths = joined((paths.take(inside), clipped.take(held)))
    found = _held(snapped(paths, grid), paths)
    kept = np.flatnonzero(np.diff(found.first))
    drawn = Drawn(found.take(kept), np.concatenate((rows[inside], rows[crossing[held]]))[kept])
    return _valid(drawn, grid) if paths.family == "polygon" else drawn


def _points(paths: Paths, rows: np.ndarray) -> Drawn:
    kept = ((paths.xy >= _LOW) & (paths.xy < _HIGH)).all(axis=1)
    paths = paths.keep_vertices(kept)
    held = np.flatnonzero(paths.counts)
    return Drawn(paths.take(held), rows[held])


def _clipped(paths: Paths) -> Paths:
    """Return features clipped to the buffered tile; some may hold nothing."""
    if len(paths) == 0:
        return paths
    shapes = shapely.clip_by_rect(to_shapes(paths), _LOW, _LOW, _HIGH, _HIGH)
    return _oriented(shapes, paths)


def _oriented(shapes: np.ndarray, like: Paths) -> Paths:
    if like.family == "polygon":
        # y points down here, so that an exterior of positive area is counter-clockwise.
        shapes = shapely.orient_polygons(shapes, exterior_cw=False)
    return from_shapes(shapes, like.family)


def _valid(drawn: Drawn, grid: int) -> Drawn:
    """Mend the few polygons that snapping made cross themselves."""
    shapes = to_shapes(drawn.paths)
    sound = shapely.is_valid(shapes)
    if sound.all():
        return drawn
    good, bad = np.flatnonzero(sound), np.flatnonzero(~sound)
    whole = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    # Snap rounding: what crosses off the grid is moved onto it without crossing anew.
    mended = snapped(_oriented(shapely.set_precision(whole, grid), drawn.paths), grid)
    mended = _held(mended, drawn.paths.take(bad))
    return Drawn(
        joined((drawn.paths.take(good), mended)),
        np.concatenate((drawn.rows[good], drawn.rows[bad])),
    )


def _held(paths: Paths, before: Paths) -> Paths:
    """Return polygons with a speck of one unit for each that collapsed, so that none is lost.

    Parameters
    ----------
    paths, before : Paths
        The same features after and before; all of `before` have vertices.
    """
    lost = np.diff(paths.first) == 0
    if paths.family != "polygon" or not lost.any():
        return paths
    places = np.floor(before.xy[before.first_vertex[:-1][lost]]).astype(np.int64)
    specks = squares(np.clip(places, _LOW, _HIGH - 1), 1)
    order = np.empty(len(paths), dtype=np.int64)
    order[~lost] = np.flatnonzero(~lost)
    order[lost] = len(paths) + np.arange(int(lost.sum()))
    return joined((paths, specks)).take(order)


def squares(cells: np.ndarray, side: int) -> Paths:
    """Return squares of a tile.

    Parameters
    ----------
    cells : numpy.ndarray of int64, shape (n, 2)
        Column and row of each.
    side : int
        Units.
    """
    steps = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    xy = ((cells[:, None, :] + steps) * side).reshape(-1, 2)
    count = len(cells)
    starts = offsets_of(np.full(count, 4))
    return Paths("polygon", xy, starts, np.arange(count + 1), np.ones(count, dtype=bool))

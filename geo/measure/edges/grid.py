"""A uniform grid over zones: which zones fill a cell, and which have an edge in it.

A cell that no edge touches lies wholly in or out of each zone, and so does any block of such
cells, for neighbours without an edge between them are alike. The count of mixed cells of any
block is four look-ups in a table of running sums (`mixed`), so that a feature far from every
border is settled in constant time, however small the cells are.

An edge marks every cell that it touches, with a margin for rounding; the winding number of the
other cells comes from the crossings of edges with the line through the cells' centres, added up
from the west.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.flat import Flat
from geo.measure.zones import Floats

Int32s = NDArray[np.int32]

MOST_CELLS = 4_000_000
"""Cells, and cells of all zones' boxes: at most 100 MB however far apart the zones are."""
LEAST_CELLS = 1 << 16
PER_FEATURE = 4
"""Cells that one feature pays for: below it, building costs more than it saves."""
CELLS_PER_SIZE = 2.0
"""Cells along the side of a middling feature."""
MARGIN = 1e-9
"""Of a cell's side, and more for coordinates far from zero: what counts as touching."""


class Grid(NamedTuple):
    """Cells row by row from the south-west corner.

    Attributes
    ----------
    x0, y0, step_m : float
        South-west corner (EPSG:2180) and side of a cell, metres.
    columns, rows : int
    offsets : numpy.ndarray of int32, shape (columns * rows + 1,)
        Cell c has the entries offsets[c] to offsets[c + 1] - 1.
    entries : numpy.ndarray of int32
        2 * zone + 1 where the zone fills the cell, 2 * zone where one of its edges touches it;
        by zone within a cell.
    mixed : numpy.ndarray of int32, shape (rows + 1, columns + 1)
        Running sums of the cells that an edge touches.
    """

    x0: float
    y0: float
    step_m: float
    columns: int
    rows: int
    offsets: Int32s
    entries: Int32s
    mixed: Int32s


def grid(flat: Flat, step_m: float) -> Grid:
    """Return the grid of zones with cells of at least `step_m` metres.

    Parameters
    ----------
    flat : Flat
        The zones.
    step_m : float
        The side wished for; it grows until the memory is bounded.
    """
    some = flat.boxes[flat.boxes[:, 0] <= flat.boxes[:, 2]]
    if len(some) == 0:
        some = np.zeros((1, 4))
    west, south = some[:, :2].min(axis=0).tolist()
    east, north = some[:, 2:].max(axis=0).tolist()
    reach = max(abs(west), abs(south), abs(east), abs(north))
    step = max(step_m, 1e-12 * reach, 1e-9)
    x0, y0 = west - step / 2, south - step / 2
    columns, rows = int((east - x0) / step) + 2, int((north - y0) / step) + 2
    frame = Frame(x0, y0, step, columns, rows, MARGIN * step + 4e-16 * reach)
    room = int(_windows(some, step))
    cells, values = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    mixed = np.zeros((rows + 1, columns + 1), dtype=np.int32)
    most = _largest_window(flat.boxes, frame)
    touched, winding = np.zeros(most, np.uint8), np.zeros(most, np.float32)
    count = _mark(flat, frame, touched, winding, cells, values, mixed)
    offsets = np.zeros(columns * rows + 2, np.int32)
    entries = np.empty(count, np.int32)
    _sort(cells[:count], values[:count], offsets, entries)
    offsets = offsets[:-1]
    _running_sums(mixed)
    return Grid(x0, y0, step, columns, rows, offsets, entries, mixed)


def fitting_step(flat: Flat, features: Floats, count: int) -> float:
    """Return a side for cells that suits the features and bounds the memory, metres.

    Parameters
    ----------
    flat : Flat
        The zones.
    features : numpy.ndarray of float, shape (n, 4)
        Boxes of features, or of a sample of them; may be empty.
    count : int
        How many features there will be.
    """
    some = flat.boxes[flat.boxes[:, 0] <= flat.boxes[:, 2]]
    if len(some) == 0:
        return 1.0
    span = np.max(some[:, 2:], axis=0) - np.min(some[:, :2], axis=0)
    sample = features[:: max(1, len(features) // 4096)]
    sides = np.max(sample[:, 2:] - sample[:, :2], axis=1) if len(sample) else np.empty(0)
    sides = sides[np.isfinite(sides) & (sides > 0)]
    step = float(np.median(sides)) / CELLS_PER_SIZE if len(sides) else 0.0
    # A zone takes nine cells however large they are: with less the loop below would not end.
    budget = max(min(MOST_CELLS, max(LEAST_CELLS, PER_FEATURE * count)), 16 * len(some))
    step = max(step, float(span.max()) * 1e-6, 1e-9)
    while max(_windows(some, step), float(np.prod(span / step + 2))) > budget:
        step *= 1.2
    return step


def _windows(boxes: Floats, step: float) -> float:
    """Return how many cells the zones' boxes touch together, at most."""
    return float(np.prod((boxes[:, 2:] - boxes[:, :2]) / step + 3, axis=1).sum())


class Frame(NamedTuple):
    """A grid's place before its cells are known; `margin` in metres."""

    x0: float
    y0: float
    step: float
    columns: int
    rows: int
    margin: float


@bare
def column(x: float, x0: float, step: float) -> int:
    """Return the column (or row) of a coordinate; may lie outside the grid."""
    return int(np.floor((x - x0) / step))


@bare
def mixed_in(grid: Grid, c1: int, r1: int, c2: int, r2: int) -> int:
    """Return the cells with an edge among columns c1 to c2 and rows r1 to r2, all in the grid."""
    sums = grid.mixed
    found: int = sums[r2 + 1, c2 + 1] - sums[r1, c2 + 1] - sums[r2 + 1, c1] + sums[r1, c1]
    return found


@compiled
def _largest_window(boxes: Floats, frame: Frame) -> int:
    """Return the cells of the zone that needs most, with one more to a row."""
    most = 0
    for zone in range(len(boxes)):
        _, _, width, height = _window(boxes[zone], frame)
        most = max(most, (width + 1) * height)
    return most


@compiled
def _mark(
    flat: Flat,
    frame: Frame,
    touched: NDArray[np.uint8],
    winding: NDArray[np.float32],
    cells: Int32s,
    values: Int32s,
    mixed: Int32s,
) -> int:
    """List (cell, entry) zone by zone and flag mixed cells; return how many there are.

    `touched` and `winding` are scratch of :func:`_largest_window`, zero at first.
    """
    count = 0
    for zone in range(len(flat.areas_m2)):
        c1, r1, width, height = _window(flat.boxes[zone], frame)
        for ring in range(flat.geoms[zone], flat.geoms[zone + 1]):
            for k in range(flat.rings[ring], flat.rings[ring + 1] - 1):
                _edge(flat.xy[k], flat.xy[k + 1], flat.signs[ring], frame,
                      c1, r1, width, height, touched, winding)  # fmt: skip
        for row in range(height):
            inside = np.float32(0.0)
            for col in range(width):
                at = row * (width + 1) + col
                inside += winding[at]
                if touched[at] or abs(inside) > 0.5:
                    cells[count] = (row + r1) * frame.columns + col + c1
                    values[count] = 2 * zone + (0 if touched[at] else 1)
                    count += 1
                    if touched[at]:
                        mixed[row + r1 + 1, col + c1 + 1] = 1
                touched[at], winding[at] = 0, np.float32(0.0)
            winding[row * (width + 1) + width] = np.float32(0.0)
    return count


@bare
def _window(box: Floats, frame: Frame) -> tuple[int, int, int, int]:
    """Return (first column, first row, width, height) of the cells around a box."""
    if box[0] > box[2]:
        return 0, 0, 0, 0
    c1 = max(0, column(box[0] - frame.margin, frame.x0, frame.step))
    r1 = max(0, column(box[1] - frame.margin, frame.y0, frame.step))
    c2 = min(frame.columns - 1, column(box[2] + frame.margin, frame.x0, frame.step))
    r2 = min(frame.rows - 1, column(box[3] + frame.margin, frame.y0, frame.step))
    return c1, r1, c2 - c1 + 1, r2 - r1 + 1


@bare
def _edge(
    start: Floats,
    end: Floats,
    sign: float,
    frame: Frame,
    c1: int,
    r1: int,
    width: int,
    height: int,
    touched: NDArray[np.uint8],
    winding: NDArray[np.float32],
) -> None:
    """Mark the cells that an edge touches, and where it crosses the centres' line of a row."""
    ax, ay = start[0] - frame.x0, start[1] - frame.y0
    bx, by = end[0] - frame.x0, end[1] - frame.y0
    if ay > by:
        ax, ay, bx, by, sign = bx, by, ax, ay, -sign
    step, margin = frame.step, frame.margin
    slope = (bx - ax) / (by - ay) if by > ay else 0.0
    low = max(int(np.floor((ay - margin) / step)) - r1, 0)
    high = min(int(np.floor((by + margin) / step)) - r1, height - 1)
    for row in range(low, high + 1):
        south = (row + r1) * step
        xa = ax + slope * (max(ay, south) - ay) if by > ay else ax
        xb = ax + slope * (min(by, south + step) - ay) if by > ay else bx
        west, east = min(xa, xb) - margin, max(xa, xb) + margin
        first = max(int(np.floor(west / step)) - c1, 0)
        last = min(int(np.floor(east / step)) - c1, width - 1)
        base = row * (width + 1)
        for col in range(first, last + 1):
            touched[base + col] = 1
        middle = south + 0.5 * step
        if ay <= middle < by:
            at = int(np.ceil((ax + slope * (middle - ay)) / step - 0.5)) - c1
            winding[base + min(max(at, 0), width)] -= np.float32(sign)


@compiled
def _sort(cells: Int32s, values: Int32s, offsets: Int32s, entries: Int32s) -> None:
    """Write offsets and entries: a counting sort by cell that keeps the order of zones.

    `offsets` is zero at first and has one place more at its end than a grid's.
    """
    for k in range(len(cells)):
        offsets[cells[k] + 2] += 1
    for cell in range(1, len(offsets) - 1):
        offsets[cell + 1] += offsets[cell]
    for k in range(len(cells)):
        place = offsets[cells[k] + 1]
        entries[place] = values[k]
        offsets[cells[k] + 1] = place + 1


@compiled
def _running_sums(sums: Int32s) -> None:
    for row in range(1, sums.shape[0]):
        here = 0
        for col in range(1, sums.shape[1]):
            here += sums[row, col]
            sums[row, col] = sums[row - 1, col] + here

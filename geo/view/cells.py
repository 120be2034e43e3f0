"""How a raster looks: a colour and a name per class, and its cells as a PNG.

QGIS projects and pages take colours and edges from here, so that they never differ.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs
from geo.crs import Box
from geo.model import Project
from geo.model.indicator import Legend
from geo.model.raster import Raster
from geo.model.text import Language
from geo.store.raster import CellGrid, grid_of, open_cells
from geo.store.snapshot import Snapshot
from geo.view.classes import classify
from geo.view.numbers import number, unit_text

MOST = 1_000
"""Rows and columns of a picture, and of the sample that classes are chosen by."""

_AT_ONCE = 4_000_000
"""Cells that are read at a time."""

_CLASSES = 7
_PALETTE = "viridis"
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Entry:
    """One line of a raster's legend.

    Attributes
    ----------
    value : float
        The code; of numbers the upper edge of the class, which belongs to it.
    """

    value: float
    colour: str
    label: str


@dataclass(frozen=True)
class Look:
    """How a raster is drawn.

    Attributes
    ----------
    entries : tuple of Entry
        Ascending.
    coded : bool
        Each entry is one code; otherwise a class of numbers.
    least : float
        The smallest number of the first class.
    """

    entries: tuple[Entry, ...]
    coded: bool
    least: float = 0.0

    def index(self, cells: NDArray[np.generic], nodata: float) -> Bytes:
        """Return the entry of each cell, counted from 1; 0: no data, or a code of no class.

        Parameters
        ----------
        cells : numpy.ndarray, shape (n, m)
            As they are stored.
        nodata : float
            NaN for rasters of numbers.
        """
        values = np.array([each.value for each in self.entries])
        if not len(values):
            return np.zeros(cells.shape, np.uint8)
        found = np.searchsorted(values, cells, side="left")
        # What is above the last edge, a number of a later version, is still of the last class.
        kept = np.minimum(found, len(values) - 1)
        known = (values[kept] == cells) if self.coded else np.isfinite(cells.astype(float))
        return np.where(known & (cells != nodata), kept + 1, 0).astype(np.uint8)


def look_of(project: Project, raster: Raster, snapshot: Snapshot, language: Language) -> Look:
    """Return how a version of a raster is drawn.

    Numbers are classed by the share of cells (quantiles), in the palette of the first card that
    measures the raster.
    """
    if raster.classes:
        codes = sorted(raster.classes.items())
        entries = (Entry(float(code), each.colour, each.title[language]) for code, each in codes)
        return Look(tuple(entries), coded=True)
    with open_cells(snapshot) as cells:
        sample = cells.thinned(MOST).astype(float)
    known = sample[np.isfinite(sample)]
    spread = float(np.ptp(known)) if known.size else 0.0
    decimals = max(0, 2 - round(log10(spread))) if spread > 0 else 2
    cards = [card for card in project.indicators.values() if card.of.layer == raster.id]
    palette = cards[0].legend.palette if cards else _PALETTE
    legend = Legend(scheme="quantiles", classes=_CLASSES, palette=palette)
    classes = classify(known.tolist(), legend, decimals)
    edges = [number(edge, decimals, language) for edge in classes.edges]
    labels = [f"{a} – {b}" for a, b in pairwise(edges)]
    found = zip(classes.edges[1:], classes.colours, labels, strict=True)
    least = classes.edges[0] if classes.edges else 0.0
    return Look(tuple(Entry(*each) for each in found), coded=False, least=least)


def unit_of(raster: Raster, language: Language) -> str:
    """Return the unit of a raster's numbers as a person reads it; empty for codes."""
    return unit_text(raster.unit, language) if raster.unit else ""


def lines(snapshot: Snapshot, look: Look) -> list[tuple[Entry, float, float]]:
    """Return each entry with its hectares and its percent of the cells with data, all counted."""
    grid = grid_of(snapshot)
    found = np.zeros(len(look.entries) + 1, np.int64)
    strip = max(1, _AT_ONCE // grid.columns)
    with open_cells(snapshot) as cells:
        for row in range(0, grid.rows, strip):
            part = cells.read(row, 0, min(strip, grid.rows - row), grid.columns)
            found += np.bincount(look.index(part, grid.nodata).ravel(), minlength=len(found))
    known = found[1:]
    hectares = known * (grid.cell_width * grid.cell_height / 1e4)
    percent = 100 * known / max(int(known.sum()), 1)
    return list(zip(look.entries, hectares.tolist(), percent.tolist(), strict=True))


def straight(snapshot: Snapshot, look: Look) -> str:
    """Return the raster as it lies in EPSG:2180, as the address of a PNG within itself."""
    with open_cells(snapshot) as cells:
        found = look.index(cells.thinned(MOST), grid_of(snapshot).nodata)
    return _address(found, look)


def mercator(snapshot: Snapshot, look: Look) -> tuple[str, Box]:
    """Return the raster as a web map draws it, and where that lies.

    A grid of EPSG:2180 stands askew in web Mercator: each pixel asks which cell its middle is in.

    Returns
    -------
    address : str
        Of a PNG within itself.
    box : tuple of float
        West, south, east, north, degrees.
    """
    grid = grid_of(snapshot)
    west, south, east, north = crs.reproject_bounds(grid.bbox2180, crs.METRIC, crs.WEB_MERCATOR)
    size = min(1.0, MOST / max(grid.rows, grid.columns))
    rows, columns = max(1, round(grid.rows * size)), max(1, round(grid.columns * size))
    x = west + (np.arange(columns) + 0.5) * (east - west) / columns
    y = north - (np.arange(rows) + 0.5) * (north - south) / rows
    middles = shapely.points(*(part.ravel() for part in np.meshgrid(x, y)))
    placed = crs.reproject(middles, crs.WEB_MERCATOR, crs.METRIC)
    with open_cells(snapshot) as cells:
        indexed = look.index(cells.thinned(MOST), grid.nodata)
    found = _sampled(indexed, grid, shapely.get_coordinates(placed)).reshape(rows, columns)
    box = crs.reproject_bounds((west, south, east, north), crs.WEB_MERCATOR, crs.CRS84)
    return _address(found, look), box


def _sampled(indexed: Bytes, grid: CellGrid, places: NDArray[np.float64]) -> Bytes:
    """Return the cell that each place lies in; 0 outside of the raster."""
    west, south, east, north = grid.bbox2180
    column = np.floor((places[:, 0] - west) / (east - west) * indexed.shape[1]).astype(int)
    row = np.floor((north - places[:, 1]) / (north - south) * indexed.shape[0]).astype(int)
    inside = (column >= 0) & (column < indexed.shape[1]) & (row >= 0) & (row < indexed.shape[0])
    found = np.zeros(len(places), np.uint8)
    found[inside] = indexed[row[inside], column[inside]]
    return found


def _address(indexed: Bytes, look: Look) -> str:
    colours = [each.colour for each in look.entries]
    return f"data:image/png;base64,{base64.b64encode(png(indexed, colours)).decode()}"


def png(indexed: Bytes, colours: Sequence[str]) -> bytes:
    """Return a PNG of palette colours (ISO/IEC 15948).

    Parameters
    ----------
    indexed : numpy.ndarray of uint8, shape (n, m)
        0: nothing there; k: the k-th colour.
    colours : sequence of str
        ``#rrggbb``, at most 255.
    """
    rows, columns = indexed.shape
    palette = b"\0\0\0" + b"".join(bytes.fromhex(colour[1:]) for colour in colours)
    lines = np.zeros((rows, columns + 1), np.uint8)  # each begins with its filter: none
    lines[:, 1:] = indexed
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", palette),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

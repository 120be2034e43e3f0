"""Where the labels of a picture stand: inside their zones, never upon each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

_VALUE_SIZE, _NAME_SIZE = 42, 31
_WIDE = {"m": 0.9, "w": 0.85, "M": 0.92, "W": 0.98, "%": 0.9, "i": 0.32, "l": 0.32, "j": 0.34}
_MAXIMUM = 60
"""Above so many zones a picture carries no labels: the table does."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Line:
    """One line of a label: its words, baseline (drawing units, y down) and font size."""

    words: str
    y: int
    size: int
    strong: bool


@dataclass(frozen=True)
class Label:
    """A label centred on `x`, with the box that it covers: left, top, right, bottom."""

    x: int
    lines: tuple[Line, ...]
    box: Box


def width(words: str, size: float) -> float:
    """Estimate how wide words are in a system sans serif, in the unit of `size`."""
    return size * sum(_WIDE.get(letter, 0.48 if letter in " ,.-()" else 0.6) for letter in words)


def arrange(shapes: np.ndarray, names: Sequence[str], values: Sequence[str]) -> list[Label | None]:
    """Place name and value on each zone, or the value alone, or nothing where neither fits.

    Parameters
    ----------
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        Zones in drawing units, y down.
    names, values : sequence of str, length n
        Two lines of each label.

    Returns
    -------
    list of Label or None, length n
        No two boxes overlap.
    """
    found: list[Label | None] = [None] * len(shapes)
    if len(shapes) > _MAXIMUM:
        return found
    taken: list[Box] = []
    # Small zones choose first where only the value fits anyway; names come when all values stand.
    for i in np.argsort(shapely.area(shapes)):
        found[i] = _first_free([(values[i], _VALUE_SIZE, True)], _spots(shapes[i]), taken, None)
        if found[i] is not None:
            taken.append(found[i].box)
    for i in np.argsort(-shapely.area(shapes)):
        old = found[i]
        others = [box for box in taken if old is None or box != old.box]
        draft = [(names[i], _NAME_SIZE, False), (values[i], _VALUE_SIZE, True)]
        both = _first_free(draft, _spots(shapes[i]), others, shapes[i])
        if both is not None:
            found[i] = both
            taken = [*others, both.box]
    return found


def _spots(shape: shapely.Geometry) -> list[tuple[float, float]]:
    """Return points of a zone to try, the roomiest first."""
    if shape.is_empty or shape.area == 0:
        return []
    shape = shape if shape.is_valid else shapely.make_valid(shape, method="structure")
    largest = max(shapely.get_parts(shape), key=lambda part: float(part.area))
    circle = shapely.maximum_inscribed_circle(largest, tolerance=4)
    centre = shapely.get_coordinates(circle)[0]
    radius = float(circle.length)
    shifts = [(0.0, 0.0), (0, -0.4), (0, 0.4), (-0.25, 0), (0.25, 0), (-0.5, 0), (0.5, 0)]
    spots = [(centre[0] + dx * radius, centre[1] + dy * radius) for dx, dy in shifts]
    inner = shapely.get_coordinates(shapely.point_on_surface(largest))[0]
    return [*spots, (float(inner[0]), float(inner[1]))]


Draft = list[tuple[str, int, bool]]
"""Lines: words, size, and whether they stand out."""


def _first_free(
    draft: Draft,
    spots: Sequence[tuple[float, float]],
    taken: Sequence[Box],
    inside: shapely.Geometry | None,
) -> Label | None:
    for x, y in spots:
        label = _at(draft, x, y)
        if any(_overlap(label.box, box) for box in taken):
            continue
        if inside is None or _mostly_inside(label.box, inside):
            return label
    return None


def _at(draft: Draft, x: float, y: float) -> Label:
    half = max(width(words, size) for words, size, _ in draft) / 2 + 4
    height = sum(size * 1.15 for _, size, _ in draft)
    top = y - height / 2
    lines, cursor = [], top
    for words, size, strong in draft:
        cursor += size * 1.15
        lines.append(Line(words, round(cursor - size * 0.28), size, strong))
    return Label(round(x), tuple(lines), (x - half, top, x + half, top + height))


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _mostly_inside(box: Box, shape: shapely.Geometry) -> bool:
    frame = shapely.box(*box)
    sound = shape if shape.is_valid else shapely.make_valid(shape, method="structure")
    return bool(shapely.area(shapely.intersection(frame, sound)) >= 0.86 * frame.area)

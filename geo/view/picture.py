"""A choropleth as SVG, made on the server: reads without JavaScript, prints, weighs 10 kB.

Colours are presentation attributes, not styles, so that the strictest content security policy
lets them through. Pure: geometries and values in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import shapely

from geo.model.reasons import REASONS, SIGNS, explained
from geo.model.text import Language
from geo.view import labels
from geo.view.classes import Classes, ink_on
from geo.view.numbers import NARROW, number, quantity, unit_text

WIDTH = 960
"""Width of the drawing in its own units; on a phone 1 unit is 0.37 px."""

MAP_HEIGHT = 820
_MARGIN = 8
_LEGEND_SIZE = 38
"""14 pixels on a phone."""

_COORDINATES = 1_000
"""Generalise until the zones together have no more coordinates than this: about 8 kB."""

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
OUTLINE = "#1f2a33"
HATCH_INK = "#5b6670"


@dataclass(frozen=True)
class Zone:
    """One zone of a picture.

    Attributes
    ----------
    geometry : shapely.Geometry
        Polygon or MultiPolygon in EPSG:2180, (easting, northing).
    value : float or None
        In the card's unit; None: there is none.
    reason : str
        Why there is none: a key of :data:`geo.model.reasons.REASONS`.
    """

    id: str
    name: str
    geometry: shapely.Geometry
    value: float | None
    reason: str = "null"


@dataclass(frozen=True)
class Caption:
    """What a picture says beside its colours.

    Attributes
    ----------
    uid : str
        Distinguishes the ids of several pictures on one page; letters, digits, ``_`` and ``-``.
    unit : str
        See :mod:`geo.model.units`.
    decimals : int
        Digits shown.
    unit_words : str
        In place of the unit's own: differences of percents are percentage points.
    """

    uid: str
    title: str
    description: str
    unit: str
    decimals: int
    language: Language
    unit_words: str = ""

    @property
    def unit_text(self) -> str:
        """The unit as a person reads it."""
        return self.unit_words or unit_text(self.unit, self.language)

    def quantity(self, value: float | None) -> str:
        """Return a value with its unit."""
        if value is not None and self.unit_words:
            return f"{number(value, self.decimals, self.language)}{NARROW}{self.unit_words}"
        return quantity(value, self.decimals, self.unit, self.language)


def text(words: str) -> str:
    """Escape words for XML and drop characters that XML cannot hold."""
    return escape(_NOT_XML.sub("", words))


def choropleth(zones: Sequence[Zone], classes: Classes, caption: Caption) -> str:
    """Draw zones coloured by class, with labels, legend, title and description.

    Parameters
    ----------
    zones : sequence of Zone, length n
        Drawn as a coverage: neighbours keep their shared edges. At least one.
    classes : Classes
        Breaks and colours, from :func:`geo.view.classes.classify` over the same values.
    caption : Caption
        Words and unit.

    Returns
    -------
    str
        One ``<svg>`` element, self-contained, without styles or scripts.
    """
    shapes, height = place(zones)
    uid = text(caption.uid)
    hatch = f"hatch-{uid}"
    found = {zone.reason for zone in zones if classes.index(zone.value) is None}
    missing = [reason for reason in REASONS if reason in found]
    legend, legend_height = _legend(classes, caption, hatch, missing)
    total = height + legend_height
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" role="img" '
        f'aria-labelledby="title-{uid} desc-{uid}" font-family="system-ui, sans-serif">',
        f'<title id="title-{uid}">{text(caption.title)}</title>',
        f'<desc id="desc-{uid}">{text(caption.description)}</desc>',
        _hatch_pattern(hatch) if missing else "",
        f'<g stroke="{OUTLINE}" stroke-width="2.5" stroke-linejoin="round">',
        *(
            _zone(zone, shape, classes, caption, hatch)
            for zone, shape in zip(zones, shapes, strict=True)
        ),
        "</g>",
        _labels(zones, shapes, classes, caption),
        f'<g transform="translate(0 {height})">{legend}</g></svg>',
    ]
    return "".join(parts)


def place(zones: Sequence[Zone]) -> tuple[np.ndarray, int]:
    """Generalise zones as a coverage and put them on the drawing's integer grid, y down.

    Returns
    -------
    shapes : numpy.ndarray of shapely.Geometry, shape (n,)
        In drawing units; empty where a zone is smaller than the grid shows.
    height : int
        Of the map part of the drawing.
    """
    geometries = np.array([zone.geometry for zone in zones], dtype=object)
    west, south, east, north = shapely.total_bounds(geometries)
    room = WIDTH - 2 * _MARGIN
    scale = min(
        room / max(east - west, 1e-9), (MAP_HEIGHT - 2 * _MARGIN) / max(north - south, 1e-9)
    )
    left = (WIDTH - (east - west) * scale) / 2
    # A coverage simplified as one keeps shared edges shared; the tolerance is sqrt of an area.
    step = 1.0 / scale
    simple = shapely.coverage_simplify(geometries, step)
    while shapely.get_num_coordinates(simple).sum() > _COORDINATES and step * scale < 30:
        step *= 1.4
        simple = shapely.coverage_simplify(geometries, step)

    def move(xy: np.ndarray) -> np.ndarray:
        x = (xy[:, 0] - west) * scale + left
        y = (north - xy[:, 1]) * scale + _MARGIN
        return np.rint(np.column_stack((x, y)))

    return np.asarray(shapely.transform(simple, move)), round((north - south) * scale) + 2 * _MARGIN


def path_data(geometry: shapely.Geometry) -> str:
    """Return the ``d`` of a path: one closed ring after another, in relative integers."""
    rings = []
    for polygon in shapely.get_parts(geometry):
        for ring in (polygon.exterior, *polygon.interiors):
            points = shapely.get_coordinates(ring)[:-1].astype(int)
            moves = np.diff(points, axis=0)
            moves = moves[moves.any(axis=1)]
            if len(moves) < 2:
                continue
            start = f"M{points[0, 0]} {points[0, 1]}l"
            rings.append(start + "".join(map(_pair, moves)).lstrip() + "z")
    return "".join(rings)


def _pair(move: np.ndarray) -> str:
    """Return a relative step as short as SVG allows: a minus sign needs no space before it."""
    x, y = int(move[0]), int(move[1])
    return f"{'' if x < 0 else ' '}{x}{'' if y < 0 else ' '}{y}"


def _zone(
    zone: Zone, shape: shapely.Geometry, classes: Classes, caption: Caption, hatch: str
) -> str:
    fill = classes.colour(zone.value) or f"url(#{hatch})"
    value = REASONS[zone.reason][caption.language]
    if zone.value is not None:
        value = caption.quantity(zone.value)
    words = text(f"{zone.name}: {value}")
    return f'<path fill="{fill}" d="{path_data(shape)}"><title>{words}</title></path>'


def _hatch_pattern(name: str) -> str:
    return (
        f'<defs><pattern id="{name}" width="14" height="14" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="14" height="14" fill="#ffffff"/>'
        f'<rect width="3" height="14" fill="{HATCH_INK}"/></pattern></defs>'
    )


def _labels(zones: Sequence[Zone], shapes: np.ndarray, classes: Classes, caption: Caption) -> str:
    values = [
        number(zone.value, caption.decimals, caption.language)
        if classes.index(zone.value) is not None and zone.value is not None
        else SIGNS[zone.reason][caption.language]
        for zone in zones
    ]
    placed = labels.arrange(shapes, [zone.name for zone in zones], values)
    drawn = []
    for zone, label in zip(zones, placed, strict=True):
        if label is None:
            continue
        colour = classes.colour(zone.value) or "#ffffff"
        # The halo in the zone's own colour keeps the contrast where a label crosses an outline.
        spans = "".join(
            f'<tspan x="{label.x}" y="{line.y}" font-size="{line.size}"'
            f"{' font-weight="700"' if line.strong else ''}>{text(line.words)}</tspan>"
            for line in label.lines
        )
        drawn.append(f'<text fill="{ink_on(colour)}" stroke="{colour}">{spans}</text>')
    return (
        '<g text-anchor="middle" stroke-width="7" stroke-linejoin="round" paint-order="stroke" '
        f'aria-hidden="true">{"".join(drawn)}</g>'
    )


def _edge_words(edges: Sequence[float], caption: Caption) -> list[str]:
    """Return the breaks with the fewest decimals, from the caption's on, that tell them apart."""
    words = [number(edge, caption.decimals, caption.language) for edge in edges]
    for decimals in range(caption.decimals, caption.decimals + 7):
        told = [number(edge, decimals, caption.language) for edge in edges]
        if len(set(told)) == len(set(edges)):
            return told
    return words


def _legend(
    classes: Classes, caption: Caption, hatch: str, missing: Sequence[str]
) -> tuple[str, int]:
    """Return the legend and its height; `missing`: the reasons for no value that are on the map."""
    unit = caption.unit_text
    edges = _edge_words(classes.edges, caption)
    if len(classes.colours) == 1 and edges[0] == edges[-1]:
        edges = edges[:1]
    widest = max((labels.width(edge, _LEGEND_SIZE) for edge in edges), default=0.0)
    left = max(24, round(widest / 2) + 4)
    step = min((WIDTH - 2 * left) / max(len(classes.colours), 1), 240)
    parts = [f'<g font-size="{_LEGEND_SIZE}" fill="#1b2430">']
    if unit:
        parts.append(f'<text x="{left}" y="48">{text(unit)}</text>')
    parts += [
        f'<rect x="{left + i * step:.0f}" y="64" width="{step:.0f}" height="34" fill="{colour}" '
        f'stroke="{OUTLINE}" stroke-width="2"/>'
        for i, colour in enumerate(classes.colours)
    ]
    every = 1 if widest + 10 <= step else 2
    first = left + step / 2 if len(edges) == 1 else left
    parts += [
        f'<text x="{first + i * step:.0f}" y="134" text-anchor="middle">{edge}</text>'
        for i, edge in enumerate(edges)
        if i % every == 0 or i == len(edges) - 1 == every
    ]
    top = 166 if classes.colours else 24
    for reason in missing:
        words = text(explained(reason, caption.language))
        parts.append(
            f'<rect x="24" y="{top}" width="60" height="34" fill="url(#{hatch})" '
            f'stroke="{OUTLINE}" stroke-width="2"/>'
            f'<text x="100" y="{top + 28}" font-size="32">{words}</text>'
        )
        top += 48
    return "".join(parts) + "</g>", top + 8 if missing else 150

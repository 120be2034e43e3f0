"""The surroundings of a place as an SVG, and where on it somebody pointed.

A picture that is a button (``<input type="image">``) tells the server where it was pressed: a map
to point at that needs no script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.model import Layer, Project
from geo.model.text import Language
from geo.view import picture
from geo.view.numbers import number
from geo.view.portal.around import use_of
from geo.view.portal.content import City, Published
from geo.view.portal.ground import Feature, within
from geo.view.portal.places import Place

RADII = (150, 400, 1_000, 2_500, 6_000)
"""Half the side of a picture that is offered, metres."""

SIZES = {"s": 288, "m": 344, "l": 576}
"""Sides of the picture on a page, CSS pixels: a press is told in them. portal.css has them, too."""

_MOST, _MOST_ZONES = 5_000, 60
"""Features that a picture shows of a layer; more would be dust."""

_SIDE = 5_760
_PIXEL_M = 0.000_28
"""Side of a pixel as the scale of a layer's style has it (OGC), metres."""

_PLACE, _GOAL, _IDLE = "#000000", "#0b5158", "url(#idle)"
"""The place is black: no use of land and no kind of greenery is. What does not count is hatched."""

_HATCH = (
    '<pattern id="idle" width="110" height="110" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="110" height="110" fill="#f6f5f1"/>'
    '<rect width="34" height="110" fill="#9dbd96"/></pattern>'
)

_PIN = "c-150 -330 -250 -420 -250 -590a250 250 0 1 1 500 0c0 170 -100 260 -250 590z"
"""From its tip upwards."""


@dataclass(frozen=True)
class Window:
    """A square of the ground, EPSG:2180, metres.

    Attributes
    ----------
    easting, northing : float
        Of its centre.
    radius : float
        Half its side.
    """

    easting: float
    northing: float
    radius: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        e, n, r = self.easting, self.northing, self.radius
        return e - r, n - r, e + r, n + r

    def pointed(self, x: float, y: float, side: float) -> tuple[float, float]:
        """Return easting and northing of a pixel, in a picture of so many pixels a side."""
        west, _, _, north = self.box
        metres = 2 * self.radius / side
        return west + (x + 0.5) * metres, north - (y + 0.5) * metres

    @property
    def scale(self) -> float:
        """N of the scale 1:N of the largest picture."""
        return 2 * self.radius / (SIZES["l"] * _PIXEL_M)

    def placed(self, shapes: np.ndarray) -> np.ndarray:
        """Return shapes cut to the window, on the drawing's integer grid, y down."""
        west, south, east, north = self.box
        edge = 0.02 * self.radius
        cut = shapely.clip_by_rect(shapes, west - edge, south - edge, east + edge, north + edge)
        step = 2 * self.radius / _SIDE

        def move(xy: np.ndarray) -> np.ndarray:
            return np.rint(np.column_stack(((xy[:, 0] - west) / step, (north - xy[:, 1]) / step)))

        return np.asarray(shapely.transform(shapely.simplify(cut, 5 * step), move))


def draw(
    project: Project,
    city: City,
    window: Window,
    language: Language,
    *,
    place: Place | None = None,
    goals: Sequence[shapely.Geometry] = (),
    counted: Mapping[str, frozenset[str]] | None = None,
    planned: bool = True,
) -> str:
    """Return the picture of a window.

    Parameters
    ----------
    place : Place, optional
        Marked with a black pin, an area with a broken line, too.
    goals : sequence of shapely.Geometry
        EPSG:2180; numbered from 1.
    counted : mapping of str to frozenset of str, optional
        Of layers, by id: the features that count; the others are hatched.
    planned : bool
        Whether the colours are those of plans; otherwise of what there is: greenery.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}" '
        'font-family="system-ui, sans-serif" stroke-linejoin="round" stroke-linecap="round">',
        f'{_HATCH}<rect width="{_SIDE}" height="{_SIDE}" fill="#f6f5f1"/>',
    ]
    for each in _layers(project, city, planned):
        if each.snapshot is not None and _visible(each.layer, window):
            found = within(each.layer, each.snapshot, window.box, _MOST)
            ids = (counted or {}).get(each.layer.id)
            if ids is None:
                parts += _layer(each.layer, found, window)
                continue
            parts += _layer(each.layer, [f for f in found if f.id not in ids], window, _IDLE)
            parts += _layer(each.layer, [f for f in found if f.id in ids], window)
    parts += _zones(project, city, window)
    parts += _goals(goals, window)
    parts += _place(place, window) if place else []
    return "".join([*parts, _ruler(window, language), "</svg>"])


def _layers(project: Project, city: City, planned: bool) -> list[Published]:
    """Return what is drawn, the lowest first: ground, buildings and parcels, named ways."""
    groups = ["planning" if planned else "greenery", "buildings", "transport"]
    found = [
        each
        for each in city.published
        if each.layer.style.group in groups
        and each.layer.family != "point"
        and (each.layer.family == "polygon" or each.layer.style.labelled_from)
    ]
    return sorted(found, key=lambda e: (groups.index(e.layer.style.group), e.layer.style.order))


def _visible(layer: Layer, window: Window) -> bool:
    style = layer.style
    # Buildings and parcels of a whole city are grey dust; a plan's colours are its own.
    nearest = style.drawn_from or (100_000 if style.palette or style.group == "transport" else 0)
    return not nearest or window.scale <= nearest


def _layer(layer: Layer, features: list[Feature], window: Window, only: str = "") -> Iterator[str]:
    """Give one path per colour, or one in the only colour."""
    by_colour: dict[str, list[str]] = {}
    placed = window.placed(np.array([each.geometry for each in features], dtype=object))
    for feature, shape in zip(features, placed, strict=True):
        data = _lines(shape) if layer.family == "line" else picture.path_data(_polygons(shape))
        if data:
            by_colour.setdefault(only or _colour(feature), []).append(data)
    filled = layer.family == "polygon" and layer.style.fill
    for colour, drawn in by_colour.items():
        look = f'fill="{colour}" stroke="#5b5348" stroke-width="6" stroke-opacity="0.55"'
        if not filled:
            width = 10 if layer.family == "polygon" else 28
            look = f'fill="none" stroke="{colour}" stroke-width="{width}"'
        yield f'<path {look} d="{"".join(drawn)}"/>'


def _colour(feature: Feature) -> str:
    style = feature.layer.style
    value = str(feature.fields.get(style.by[-1])) if style.by else ""
    if style.palette:
        use = use_of(feature, value)
        return use.colour if use else style.colour
    return style.colours.get(value, style.colour)


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and not p.is_empty]
    return shapely.MultiPolygon(parts)


def _lines(shape: shapely.Geometry) -> str:
    lines = [p for p in shapely.get_parts(shape) if p.geom_type == "LineString"]
    return "".join(
        "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in shapely.get_coordinates(line))
        for line in lines
    )


def _zones(project: Project, city: City, window: Window) -> list[str]:
    """Return the districts' edges, and their names where several are seen."""
    zones = next(e for e in city.layers if e.layer.id == project.site.zones)
    if zones.snapshot is None:
        return []
    features = within(zones.layer, zones.snapshot, window.box, _MOST_ZONES)
    if not features:
        return []
    shapes = window.placed(np.array([each.geometry for each in features], dtype=object))
    edges = "".join(picture.path_data(_polygons(shape)) for shape in shapes)
    found = [f'<path fill="none" stroke="#1f2a33" stroke-width="22" d="{edges}"/>']
    if window.radius < RADII[2]:
        return found
    for feature, shape in zip(features, shapes, strict=True):
        if shape.area > 0.01 * _SIDE**2:
            centre = shapely.point_on_surface(shape)
            found.append(_words(feature.title, centre.x, centre.y, 230))
    return found


def _words(words: str, x: float, y: float, size: int, colour: str = "#17212b") -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="700" fill="{colour}" '
        'text-anchor="middle" stroke="#ffffff" stroke-width="60" paint-order="stroke">'
        f"{picture.text(words)}</text>"
    )


def _goals(goals: Sequence[shapely.Geometry], window: Window) -> list[str]:
    found = []
    for count, shape in enumerate(goals, 1):
        [placed] = window.placed(np.array([shape], dtype=object))
        if placed.is_empty:
            continue
        outline = picture.path_data(_polygons(placed))
        if outline:
            found.append(f'<path fill="none" stroke="{_GOAL}" stroke-width="40" d="{outline}"/>')
        centre = shapely.point_on_surface(placed)
        found.append(
            f'<circle cx="{centre.x:.0f}" cy="{centre.y:.0f}" r="170" fill="{_GOAL}" '
            'stroke="#ffffff" stroke-width="30"/>'
            f'<text x="{centre.x:.0f}" y="{centre.y + 85:.0f}" font-size="240" font-weight="700" '
            f'fill="#ffffff" text-anchor="middle">{count}</text>'
        )
    return found


def _place(place: Place, window: Window) -> list[str]:
    found = []
    if place.is_area:
        [shape] = window.placed(np.array([place.geometry], dtype=object))
        outline = picture.path_data(_polygons(shape))
        found = [
            f'<path fill="none" stroke="#ffffff" stroke-width="85" d="{outline}"/>',
            f'<path fill="none" stroke="{_PLACE}" stroke-width="50" stroke-dasharray="150 110" '
            f'd="{outline}"/>',
        ]
    [point] = window.placed(np.array([place.point], dtype=object))
    if not point.is_empty:
        found.append(
            f'<path fill="{_PLACE}" stroke="#ffffff" stroke-width="40" '
            f'd="M{point.x:.0f} {point.y:.0f}{_PIN}"/>'
            f'<circle cx="{point.x:.0f}" cy="{point.y - 590:.0f}" r="95" fill="#ffffff"/>'
        )
    return found


def _ruler(window: Window, language: Language) -> str:
    """Return a bar of a round length, about a quarter of the picture."""
    quarter = window.radius / 2
    length = max(n for n in (50, 100, 200, 500, 1_000, 2_000) if n <= max(quarter, 50))
    width = length / (2 * window.radius) * _SIDE
    words = f"{number(length, 0, language)} m" if length < 1_000 else f"{length // 1_000} km"
    y = _SIDE - 160
    return (
        f'<path d="M160 {y}h{width:.0f}" stroke="#ffffff" stroke-width="90"/>'
        f'<path d="M160 {y}h{width:.0f}" stroke="#17212b" stroke-width="40"/>'
        + _words(words, 160 + width / 2, y - 70, 200)
    )

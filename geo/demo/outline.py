"""The city's outline and its five districts: drawn by hand, fitted to the published areas.

The published areas of the districts sum to 25.40 km2 and the city's is 25.5 km2: each district
is scaled by 25.5 / 25.4. The outline is a drawing of the town's shape, not a survey of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity, ops

from geo.demo.curves import Anchors, place, smooth, snap, wiggle

CITY_AREA_M2 = 25.5e6
PUBLISHED_KM2 = {
    "centrum": 11.98,
    "michalkowice": 5.46,
    "bangow": 2.96,
    "przelajka": 2.70,
    "bytkow": 2.30,
}
"""District id to its published area, km2 (sum 25.40)."""

NAMES = {
    "centrum": "Centrum",
    "michalkowice": "Michałkowice",
    "bangow": "Bańgów",
    "przelajka": "Przełajka",
    "bytkow": "Bytków",
}

OUTLINE: Anchors = (
    (1000, 2480), (1350, 2280), (1720, 2190), (2080, 2060), (2240, 1820), (2420, 1540),
    (2700, 1390), (2980, 1340), (3190, 1190), (3270, 870), (3390, 480), (3620, 400), (3880, 470),
    (4180, 310), (4560, 110), (4690, 420), (4780, 760), (4950, 1120), (5160, 1560), (5190, 1850),
    (5110, 2080), (5290, 2260), (5330, 2480), (5230, 2690), (5010, 2700), (4850, 2520),
    (4620, 2640), (4300, 2880), (4290, 3180), (4370, 3560), (4480, 4020), (4510, 4500),
    (4540, 4960), (4710, 5250), (4900, 5520), (5010, 5860), (4920, 6210), (4830, 6560),
    (4850, 6900), (4920, 7180), (5120, 7420), (5270, 7640), (5290, 7930), (5060, 8130),
    (4760, 8330), (4400, 8300), (4000, 8250), (3620, 8180), (3560, 7860), (3590, 7480),
    (3540, 7110), (3380, 6830), (3120, 6780), (2800, 6870), (2560, 6820), (2330, 6640),
    (2040, 6450), (1790, 6260), (1420, 6310), (1050, 6440), (640, 6540), (250, 6720), (-20, 6780),
    (-60, 6400), (-30, 6000), (-40, 5600), (260, 5430), (560, 5300), (790, 5200), (760, 4950),
    (700, 4750), (400, 4770), (60, 4740), (50, 4400), (80, 3950), (280, 3560), (500, 3180),
    (720, 2800),
)  # fmt: skip
"""Counter-clockwise, metres from the drawing's origin."""

RIVER = slice(32, 45)
"""The anchors along which the Brynica runs: the eastern border of Bańgów and Przełajka."""


@dataclass(frozen=True)
class Cut:
    """A line that parts one district from the rest of the city.

    Attributes
    ----------
    district : str
        The district that is cut off.
    inside : (float, float)
        A point that stays in it.
    push : (float, float)
        The direction in which the line is moved to fit the area; away from the district.
    stream : bool
        The border runs along a stream (wiggly) and not along a street (smooth).
    """

    district: str
    anchors: Anchors
    inside: tuple[float, float]
    push: tuple[float, float]
    stream: bool


CUTS = (
    Cut("przelajka",
        ((3300, 7250), (3700, 6900), (4050, 6600), (4250, 6200), (4500, 5950), (5200, 5700)),
        (4300, 7500), (-0.7, -0.7), stream=True),
    Cut("bangow",
        ((2450, 7100), (2480, 6500), (2420, 6000), (2500, 5550), (2900, 5350), (3400, 5150),
         (3900, 4980), (4300, 4950), (4900, 4880)),
        (3400, 6000), (-0.7, -0.7), stream=True),
    Cut("michalkowice",
        ((3100, 5750), (2450, 5150), (2050, 4700), (1800, 4450), (1500, 4250), (1000, 4080),
         (500, 4010), (-200, 3980)),
        (1000, 5600), (0.4, -0.9), stream=False),
    Cut("bytkow",
        ((1560, 4700), (1680, 4150), (1930, 3850), (2030, 3500), (1930, 3200), (1800, 2900),
         (1810, 2550), (1900, 2250), (1960, 1850)),
        (1200, 3100), (1.0, 0.0), stream=False),
)  # fmt: skip


@dataclass(frozen=True)
class Territory:
    """The ground plan of the city, EPSG:2180, metres.

    Attributes
    ----------
    city : shapely.Polygon
        25.5 km2.
    districts : dict of str to shapely.Polygon
        District id to its area; a partition of the city up to the grid of a millimetre.
    borders : dict of str to shapely.LineString
        District id to the line that cut it off, clipped to the city.
    river : shapely.LineString
        The stretch of the outline along the Brynica.
    """

    city: shapely.Polygon
    districts: dict[str, shapely.Polygon]
    borders: dict[str, shapely.LineString]
    river: shapely.LineString


def territory(seed: int) -> Territory:
    """Draw the outline and cut it into districts of the published proportions."""
    rng = np.random.default_rng([seed, 1])
    rounds = 2
    ring = wiggle(place((*OUTLINE, OUTLINE[0])), rng, amplitude=0.05, rounds=rounds)
    city = shapely.Polygon(ring)
    factor = np.sqrt(CITY_AREA_M2 / city.area)
    city = affinity.scale(city, factor, factor, origin="centroid")
    river = np.asarray(city.exterior.coords)[RIVER.start * 2**rounds : RIVER.stop * 2**rounds]
    city = snap(city)
    rest, districts, borders = city, {}, {}
    for cut in CUTS:
        districts[cut.district], rest, borders[cut.district] = _cut_off(rest, cut, rng)
    districts["centrum"] = rest
    ordered = {name: snap(districts[name]) for name in PUBLISHED_KM2}
    return Territory(city, ordered, borders, shapely.LineString(river))


def _cut_off(
    rest: shapely.Polygon, cut: Cut, rng: np.random.Generator
) -> tuple[shapely.Polygon, shapely.Polygon, shapely.LineString]:
    target = CITY_AREA_M2 * PUBLISHED_KM2[cut.district] / sum(PUBLISHED_KM2.values())
    points = place(cut.anchors)
    points = wiggle(points, rng) if cut.stream else smooth(points)
    line, inside = shapely.LineString(points), shapely.Point(place([cut.inside])[0])

    def piece(offset_m: float) -> shapely.Polygon:
        parts = ops.split(rest, _shift(line, cut, offset_m)).geoms
        return next(part for part in parts if part.contains(inside))

    low, high = -700.0, 700.0
    for _ in range(60):  # bisection: the area grows with the offset
        middle = (low + high) / 2
        low, high = (middle, high) if piece(middle).area < target else (low, middle)
    part = piece(high)
    others = sorted(ops.split(rest, _shift(line, cut, high)).geoms, key=lambda p: p.area)
    remainder = shapely.union_all([p for p in others if not p.contains(inside)])
    if remainder.geom_type != "Polygon":  # a bight beyond the line: too small to matter to a city
        raise AssertionError(f"the border of {cut.district} cuts the city into more than two")
    return part, remainder, _shift(line, cut, high).intersection(rest)


def _shift(line: shapely.LineString, cut: Cut, offset_m: float) -> shapely.LineString:
    return affinity.translate(line, cut.push[0] * offset_m, cut.push[1] * offset_m)

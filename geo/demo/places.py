"""Blocks with a purpose of their own: schools, churches, squares and garages, spread evenly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from geo.demo.network import Network
from geo.demo.outline import Territory
from geo.demo.plots import Ground


class Purpose(NamedTuple):
    """How many blocks of a district become what, and of which size (from street centres)."""

    kind: str
    blocks: dict[str, int]
    area_m2: tuple[float, float]


PURPOSES = (
    Purpose("school",
            {"centrum": 13, "michalkowice": 6, "bangow": 2, "przelajka": 1, "bytkow": 6},
            (7_500, 33_000)),
    Purpose("church",
            {"centrum": 5, "michalkowice": 2, "bangow": 1, "przelajka": 1, "bytkow": 2},
            (4_500, 16_000)),
    Purpose("square",
            {"centrum": 9, "michalkowice": 4, "bangow": 1, "przelajka": 1, "bytkow": 4},
            (3_500, 16_500)),
    Purpose("garages",
            {"centrum": 6, "michalkowice": 3, "bangow": 1, "przelajka": 0, "bytkow": 3},
            (3_500, 22_000)),
)  # fmt: skip
LIVED_IN = ("core", "colony", "terraces", "villas", "estate", "village")


def assign_places(net: Network, ground: Territory, seed: int) -> None:
    """Change the kind of some inhabited blocks; the farthest from its like is taken next."""
    rng = np.random.default_rng([seed, 4])
    blocks = np.array(net.blocks)
    centres = shapely.get_coordinates(shapely.centroid(blocks))
    areas = shapely.area(blocks)
    for purpose in PURPOSES:
        for district, count in purpose.blocks.items():
            least, greatest = purpose.area_m2
            fit = np.isin(net.kinds, LIVED_IN) & (areas >= least) & (areas <= greatest)
            fit &= shapely.contains_xy(ground.districts[district], centres)
            for block in _spread_out(np.flatnonzero(fit), centres, count, rng):
                net.kinds[block] = purpose.kind


def leave_green(ground: Ground, seed: int) -> None:
    """Leave some plots of estates and works as lawns and belts of trees."""
    rng = np.random.default_rng([seed, 6])
    draw = rng.random(len(ground.kind))
    kind = ground.kind.astype("<U16")
    kind[(kind == "estate") & (draw < 0.18)] = "lawn"
    kind[(kind == "industry") & (draw < 0.16)] = "belt"
    ground.kind = kind


def _spread_out(
    candidates: np.ndarray, centres: np.ndarray, count: int, rng: np.random.Generator
) -> list[int]:
    """Return `count` candidates, each as far from those before it as can be."""
    if count == 0 or len(candidates) == 0:
        return []
    xy = centres[candidates]
    taken = [int(rng.integers(len(candidates)))]
    nearest = np.hypot(*(xy - xy[taken[0]]).T)
    while len(taken) < min(count, len(candidates)):
        taken.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.hypot(*(xy - xy[taken[-1]]).T))
    return [int(candidates[i]) for i in taken]

"""Local plans (MPZP): every designated area with its symbol, as the plan's dictionary writes it.

Symbols of plans of 2003 and of 2021 differ: forest is ZL in the one and L in the other, a
cemetery ZC and C, water WS and W; two uses are joined by a slash and by a hyphen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import shapely

from geo.demo.curves import ORIGIN
from geo.demo.plots import Ground

GREEN_SHARE = 0.28
"""Land zoned as greenery over the area of the city, as the city publishes it."""

PLANNED_SHARE = 0.92
GREEN = {"2003": ("ZP", "ZN", "ZD", "ZL"), "2021": ("ZP", "ZN", "ZD", "L")}

USES: dict[str, dict[str, tuple[str, str]]] = {
    "2003": {
        "core": ("MW", "U"), "colony": ("MW", ""), "estate": ("MW", ""), "terraces": ("MN", ""),
        "villas": ("MN", ""), "village": ("MN", "U"), "industry": ("P", ""), "services": ("U", ""),
        "school": ("U", ""), "church": ("U", ""), "sport": ("US", ""), "garages": ("KS", ""),
        "park": ("ZP", ""), "square": ("ZP", ""), "lawn": ("ZP", ""), "belt": ("ZP", ""),
        "allotment": ("ZD", ""), "cemetery": ("ZC", ""), "forest": ("ZL", ""), "meadow": ("ZN", ""),
        "heap": ("ZN", ""), "fields": ("R", ""), "water": ("WS", ""), "stream": ("WS", ""),
        "rail": ("KK", ""), "main": ("KDG", ""), "collector": ("KDZ", ""), "local": ("KDD", ""),
        "lane": ("KDW", ""), "track": ("KDW", ""),
    },
    "2021": {
        "core": ("MW", "U"), "colony": ("MW", ""), "estate": ("MW", ""), "terraces": ("MN", ""),
        "villas": ("MN", ""), "village": ("RZM", "U"), "industry": ("P", ""),
        "services": ("UH", ""),
        "school": ("UE", ""), "church": ("UR", ""), "sport": ("US", ""), "garages": ("KO", ""),
        "park": ("ZP", ""), "square": ("ZP", ""), "lawn": ("ZP", ""), "belt": ("ZP", ""),
        "allotment": ("ZD", ""), "cemetery": ("C", ""), "forest": ("L", ""), "meadow": ("ZN", ""),
        "heap": ("ZN", ""), "fields": ("RN", ""), "water": ("W", ""), "stream": ("W", ""),
        "rail": ("KK", ""), "main": ("KDG", ""), "collector": ("KDZ", ""), "local": ("K", ""),
        "lane": ("K", ""), "track": ("K", ""),
    },
}  # fmt: skip
"""Dictionary of symbols -> kind of ground -> main and second use."""


class Plan(NamedTuple):
    """A council resolution: its number, dictionary, first day in force and middle."""

    plan_id: str
    basis: str
    since: date
    x: float
    y: float


PLANS = (
    Plan("MPZP-02/2005", "2003", date(2005, 6, 14), 2900, 3500),
    Plan("MPZP-05/2006", "2003", date(2006, 3, 2), 1250, 5500),
    Plan("MPZP-01/2008", "2003", date(2008, 4, 21), 3700, 1100),
    Plan("MPZP-04/2009", "2003", date(2009, 9, 8), 2350, 2650),
    Plan("MPZP-03/2011", "2003", date(2011, 5, 19), 3100, 6050),
    Plan("MPZP-06/2012", "2003", date(2012, 11, 30), 1000, 4450),
    Plan("MPZP-07/2014", "2003", date(2014, 7, 25), 1250, 3300),
    Plan("MPZP-02/2016", "2003", date(2016, 2, 12), 3900, 4200),
    Plan("MPZP-09/2017", "2003", date(2017, 12, 6), 2700, 4700),
    Plan("MPZP-04/2019", "2003", date(2019, 8, 15), 4400, 2100),
    Plan("MPZP-01/2020", "2003", date(2020, 1, 31), 4350, 5300),
    Plan("MPZP-03/2022", "2021", date(2022, 10, 5), 4650, 7400),
    Plan("MPZP-08/2023", "2021", date(2023, 6, 27), 300, 6100),
    Plan("MPZP-02/2024", "2021", date(2024, 3, 18), 2150, 5600),
    Plan("MPZP-05/2025", "2021", date(2025, 9, 9), 4200, 6400),
)
UNPLANNED_MIDDLE = (3750, 7650)
FREE = ("fields", "meadow", "forest", "track", "allotment", "water")
"""Kinds of ground that the part without a plan is made of."""


@dataclass(frozen=True)
class Zoning:
    """Designated areas; every sequence has length n, in the order of area_id.

    Attributes
    ----------
    shape : numpy.ndarray of shapely geometry
        EPSG:2180, an exact coverage of the planned ground.
    """

    shape: np.ndarray
    area_id: list[str]
    plan: list[Plan]
    symbol: list[str]
    use: list[str]
    use_second: list[str | None]


def zone(ground: Ground) -> Zoning:
    """Return the plans of the city, with the published share of greenery."""
    middle = shapely.get_coordinates(shapely.point_on_surface(ground.parcels)) - ORIGIN
    area = shapely.area(ground.parcels)
    planned = ~_unplanned(ground, middle, area)
    plan = _plan_of(ground, middle)
    use = np.array(
        [USES[PLANS[p].basis][kind] for p, kind in zip(plan, ground.kind, strict=True)], dtype="<U4"
    )
    _balance(ground, use, plan, planned, area)
    return _areas(ground, use, plan, planned)


def _unplanned(ground: Ground, middle: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Return which parcels have no plan: open ground, block by block away from a middle."""
    away = np.hypot(*(middle - UNPLANNED_MIDDLE).T)
    free = np.isin(ground.kind, FREE) & np.isin(ground.district, ("przelajka", "bangow"))
    blocks, group = np.unique(np.where(free, ground.block, -2), return_inverse=True)
    nearest = np.full(len(blocks), np.inf)
    np.minimum.at(nearest, group, np.where(free, away, np.inf))
    rank = np.where(free, nearest[group], np.inf)
    order = np.lexsort((away, group, rank))
    total = np.cumsum(area[order])
    taken = np.zeros(len(area), dtype=bool)
    taken[order] = (total <= (1 - PLANNED_SHARE) * area.sum()) & free[order]
    return np.asarray(taken | _surrounded(ground, taken))


def _surrounded(ground: Ground, taken: np.ndarray) -> np.ndarray:
    """Tell which small streets run mostly through ground without a plan."""
    minor = np.isin(ground.kind, ("local", "lane", "track")) & (ground.district == "przelajka")
    result = np.zeros(len(taken), dtype=bool)
    tree = shapely.STRtree(ground.parcels[taken])
    for row in np.flatnonzero(minor):
        street = ground.parcels[row]
        near = ground.parcels[taken][tree.query(street, predicate="intersects")]
        shared = shapely.length(shapely.intersection(near, street)).sum() if len(near) else 0.0
        result[row] = shared > 0.55 * street.length
    return result


def _plan_of(ground: Ground, middle: np.ndarray) -> np.ndarray:
    """Return the index of each parcel's plan: that of its block's first parcel, or the nearest."""
    seeds = np.array([(plan.x, plan.y) for plan in PLANS])
    nearest = np.hypot(*(middle[:, None, :] - seeds).transpose(2, 0, 1)).argmin(axis=1)
    for owner in (ground.block, ground.street + 1_000_000):
        member = owner >= 0 if owner is ground.block else ground.street >= 0
        _, first, group = np.unique(owner[member], return_index=True, return_inverse=True)
        nearest[member] = nearest[member][first][group]
    return np.asarray(nearest)


def _balance(
    ground: Ground, use: np.ndarray, plan: np.ndarray, planned: np.ndarray, area: np.ndarray
) -> None:
    """Turn fields into natural greenery, or meadows into fields, until the share is as published.

    Whole blocks first, then plots: what remains is less than one plot.
    """
    basis = np.array([p.basis for p in PLANS])[plan]
    green = planned & is_green(use[:, 0], basis)
    missing = GREEN_SHARE * area.sum() - area[green].sum()
    kinds = ("fields",) if missing > 0 else ("meadow", "heap", "belt", "lawn")
    codes = np.where(basis == "2003", "R", "RN")
    for owner in (ground.block, np.arange(len(area))):
        free = (
            planned & np.isin(ground.kind, kinds) & (green == (missing < 0)) & (ground.block >= 0)
        )
        group = np.unique(owner[free], return_inverse=True)[1]
        sums = np.bincount(group, weights=area[free])
        for i in np.argsort(-sums, kind="stable"):
            if sums[i] <= abs(missing):
                rows = np.flatnonzero(free)[group == i]
                use[rows, 0] = np.where(missing > 0, "ZN", codes[rows])
                green[rows] = missing > 0
                missing -= np.sign(missing) * sums[i]


def is_green(use: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Tell which uses are greenery in the dictionary of their plan."""
    old, new = np.isin(use, GREEN["2003"]), np.isin(use, GREEN["2021"])
    return np.asarray(np.where(basis == "2003", old, new))


def _areas(ground: Ground, use: np.ndarray, plan: np.ndarray, planned: np.ndarray) -> Zoning:
    owner = np.where(ground.block >= 0, ground.block, 10_000 + ground.street)
    owner = np.where((ground.block < 0) & (ground.street < 0), 100_000 + ground.spread, owner)
    codes, use_index = np.unique(use, axis=0, return_inverse=True)
    label = (owner * len(PLANS) + plan) * len(codes) + use_index.ravel()
    rows = np.flatnonzero(planned)
    part = Ground(*(getattr(ground, name)[rows] for name in ground.__dataclass_fields__))
    shapes = part.merged(label[rows])[1]
    first = rows[np.unique(label[rows], return_index=True)[1]]
    xy = shapely.get_coordinates(shapely.point_on_surface(shapes))
    order = np.lexsort((xy[:, 0], -xy[:, 1].round(-2), use_index.ravel()[first], plan[first]))
    counts: dict[tuple[int, str], int] = {}
    found = Zoning(shapes[order], [], [], [], [], [])
    for row in first[order]:
        main, second = use[row]
        the_plan = PLANS[plan[row]]
        joint = "/" if the_plan.basis == "2003" else "-"
        letters = f"{main}{joint}{second}" if second else str(main)
        counts[plan[row], letters] = number = counts.get((plan[row], letters), 0) + 1
        found.symbol.append(f"{number}{letters}")
        found.area_id.append(f"{the_plan.plan_id}:{number}{letters}")
        found.plan.append(the_plan)
        found.use.append(str(main))
        found.use_second.append(str(second) or None)
    return found

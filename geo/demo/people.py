"""Address points and the people behind them; schools with their pupils."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.demo.buildings import Buildings
from geo.demo.names import PATRONS
from geo.demo.naming import NamedStreets
from geo.demo.network import box_axes
from geo.demo.plots import Ground

POPULATION = 63_892
FLOOR_M2_PER_PERSON = {
    "core": 62.0,
    "colony": 50.0,
    "terraces": 62.0,
    "villas": 78.0,
    "village": 48.0,
    "estate": 47.0,
}
"""Kind of quarter -> gross floor area that one person lives on, m2, before scaling to the sum."""

ENTRANCE_M = 19.0
"""A long house has an entrance, and an address, about every so many metres."""


@dataclass(frozen=True)
class Addresses:
    """Address points; every sequence has length n.

    Attributes
    ----------
    point : numpy.ndarray of shapely.Point
        EPSG:2180, inside the building.
    people : numpy.ndarray of int
        They sum to :data:`POPULATION`.
    """

    point: np.ndarray
    street: list[str]
    number: list[str]
    people: np.ndarray


def settle(ground: Ground, built: Buildings, streets: NamedStreets, seed: int) -> Addresses:
    """Give the entrances of homes their numbers, and people by floor area."""
    rng = np.random.default_rng([seed, 7])
    homes = np.flatnonzero(built.function == "residential")
    kinds = ground.kind[built.parcel[homes]]
    points, home = _entrances(built.shape[homes], kinds == "estate")
    floor_m2 = shapely.area(built.shape[homes]) * built.floors[homes]
    need = np.array([FLOOR_M2_PER_PERSON[kind] for kind in kinds])
    per_point = (floor_m2 / need / np.bincount(home))[home] * rng.gamma(6, 1 / 6, len(home))
    people = apportion(per_point, POPULATION)
    named = [i for i, name in enumerate(streets.name) if name]
    street, number = _numbers(points, streets.line[named])
    titles = [str(streets.name[named[i]]) for i in street]
    return Addresses(points, titles, [str(n) for n in number], people)


def apportion(weights: np.ndarray, total: int) -> np.ndarray:
    """Share a whole number out by weights (largest remainder); the parts sum to it exactly."""
    exact = weights * (total / weights.sum())
    parts = np.floor(exact).astype(int)
    order = np.argsort(parts - exact, kind="stable")
    parts[order[: total - parts.sum()]] += 1
    return np.asarray(parts)


def _entrances(homes: np.ndarray, slab: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return points within homes and the home of each; a slab has several along its length."""
    points: list[shapely.Point] = []
    home: list[int] = []
    for i, shape in enumerate(homes):
        count = 1
        if slab[i]:
            corner, along, across = box_axes(shape)
            count = max(1, round(float(np.hypot(*along)) / ENTRANCE_M))
        if count == 1:
            points.append(shape.point_on_surface())
        else:
            at = corner + across / 2 + along * ((np.arange(count) + 0.5) / count)[:, None]
            points.extend(shapely.points(at))
        home += [i] * count
    return np.asarray(shapely.set_precision(np.array(points), 0.01)), np.array(home)


def _numbers(points: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest street of each point and its number: odd on the left, even on the right.

    Branches of a street are numbered one after another.
    """
    parts, owner = shapely.get_parts(lines, return_index=True)
    part = shapely.STRtree(parts).nearest(points)
    street, at = owner[part], shapely.line_locate_point(parts[part], points)
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(parts[part], at + 1))
    foot = shapely.get_coordinates(shapely.line_interpolate_point(parts[part], at - 0.5))
    delta, to = ahead - foot, shapely.get_coordinates(points) - foot
    right = (delta[:, 0] * to[:, 1] - delta[:, 1] * to[:, 0]) < 0
    order = np.lexsort((at, part, right, street))
    key = street[order] * 2 + right[order]
    starts = np.flatnonzero(np.r_[True, np.diff(key) != 0])
    rank = np.arange(len(key)) - np.repeat(starts, np.diff(np.r_[starts, len(key)]))
    number = np.empty(len(points), dtype=int)
    number[order] = 2 * rank + 1 + right[order]
    return street, number


@dataclass(frozen=True)
class Schools:
    """Schools; every sequence has length n. Points in EPSG:2180."""

    point: np.ndarray
    school_id: list[str]
    name: list[str]
    level: list[str]
    pupils: np.ndarray


def open_schools(ground: Ground, built: Buildings, seed: int) -> Schools:
    """Open a school in each building on a school's plot; every fourth is a secondary school."""
    rng = np.random.default_rng([seed, 8])
    rows = np.flatnonzero(ground.kind[built.parcel] == "school")
    points = shapely.set_precision(shapely.centroid(built.shape[rows]), 0.01)
    level = ["secondary" if i % 4 == 2 else "primary" for i in range(len(rows))]
    floor_m2 = shapely.area(built.shape[rows]) * built.floors[rows]
    share = np.where(np.array(level) == "primary", 1.0, 0.8) * floor_m2
    total = int(POPULATION * 0.108)
    numbers = {"primary": iter(range(1, 99)), "secondary": iter(range(1, 99))}
    names = []
    for i, kind in enumerate(level):
        number, patron = next(numbers[kind]), PATRONS[i % len(PATRONS)]
        if kind == "primary":
            names.append(f"Szkoła Podstawowa nr {number} im. {patron}")
        else:
            names.append(f"{_ROMAN[number - 1]} Liceum Ogólnokształcące im. {patron}")
    ids = [str(code) for code in np.sort(rng.choice(90_000, len(rows), replace=False)) + 110_000]
    return Schools(points, ids, names, level, apportion(share, total))


_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")

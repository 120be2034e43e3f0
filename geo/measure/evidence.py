"""The pieces behind a value: their measures sum to the numerator and the denominator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.measure.card import CardResult
from geo.measure.inputs import DIMENSION
from geo.measure.kernels import piece_geometries
from geo.measure.plan import TermPlan
from geo.measure.quantity import Quantity
from geo.measure.zones import Floats, Geometries, Ints
from geo.model.indicator import UNCLASSIFIED
from geo.model.layer import Family

_CUT = ("area", "length")


@dataclass(frozen=True)
class Evidence:
    """The pieces of one term, ordered by zone; m of them.

    Attributes
    ----------
    zone : numpy.ndarray of int, shape (m,)
    feature_id : numpy.ndarray of object, shape (m,)
        None where one piece stands for all features of a zone.
    measure : numpy.ndarray of float, shape (m,)
        In the term's base unit; math.fsum over a zone gives the stored number to the last digit.
    features : numpy.ndarray of int, shape (m,)
        Features in this piece.
    geometry : numpy.ndarray of shapely.Geometry, shape (m,)
        EPSG:2180, clipped to the zone; for a distance the line along which it is measured.
    class_name : numpy.ndarray of object, shape (m,)
        None without classes.
    reading : numpy.ndarray of float, shape (m,)
        The feature's own number, of which a mean, a median or a share within a distance is made:
        its field, its area or its distance, in base units; NaN: it has none.
    """

    plan: TermPlan
    zone: Ints
    feature_id: Any
    measure: Floats
    features: Ints
    geometry: Geometries
    class_name: Any
    reading: Floats


def family_of(term: TermPlan) -> Family:
    """Return the family of a term's pieces: the zones themselves for a private term."""
    if term.private:
        return "polygon"
    return "line" if term.reading == "distance" else term.family


def evidence(result: CardResult) -> tuple[Evidence, ...]:
    """Return the pieces of a card: the numerator, and the denominator of the same family.

    A private term has one piece per zone and class, without those that are hidden.
    """
    return tuple(
        _aggregated(result, found) if found.plan.private else _pieces(result, found)
        for found in _shown(result)
    )


def counted(result: CardResult) -> Ints:
    """Return how many pieces :func:`evidence` has in each zone, shape (k,), making none."""
    total = np.zeros(len(result.zones), dtype=np.int64)
    for found in _shown(result):
        zone = _cells(result, found)[0] if found.plan.private else found.pieces.zone
        total += np.bincount(zone, minlength=len(total))
    return total


def boxes(result: CardResult) -> Floats:
    """Return boxes around the pieces of each zone, never too small.

    Returns
    -------
    numpy.ndarray of float, shape (k, 4)
        minx, miny, maxx, maxy, EPSG:2180, metres; around the zone itself at least.
    """
    out: Floats = shapely.bounds(result.zones.features.geometries)
    for found in _shown(result):
        # What is cut by its zone, or a point in it, reaches nowhere else.
        if found.plan.private or found.cells is not None or found.plan.measure in _CUT:
            continue
        each = shapely.bounds(_geometries(result, found))
        np.fmin.at(out[:, :2], found.pieces.zone, each[:, :2])
        np.fmax.at(out[:, 2:], found.pieces.zone, each[:, 2:])
    return out


def _shown(result: CardResult) -> tuple[Quantity, ...]:
    family = family_of(result.plan.numerator)
    return tuple(found for found in result.quantities if family_of(found.plan) == family)


def _pieces(result: CardResult, found: Quantity) -> Evidence:
    pieces = found.pieces
    return Evidence(
        found.plan,
        pieces.zone,
        found.features.ids[pieces.feature],
        pieces.measure,
        np.ones(len(pieces), dtype=np.int64),
        _geometries(result, found),
        _class_names(found, pieces.feature),
        _readings(found),
    )


def _geometries(result: CardResult, found: Quantity) -> Geometries:
    pieces, plan = found.pieces, found.plan
    if found.cells is not None:
        return found.cells.geometries(pieces, found.features.ids, result.zones)
    if plan.measure in _CUT:
        dimension = DIMENSION[plan.family]
        return piece_geometries(found.shapes, result.zones.zones, pieces, dimension)
    if plan.reading == "distance" and found.chosen is not None and found.chosen.reached is not None:
        return found.chosen.reached.ways(pieces.feature)
    if plan.family == "point":
        return found.features.points[pieces.feature]
    return found.shapes[pieces.feature]


def _class_names(found: Quantity, feature: Ints) -> Any:  # noqa: ANN401 - names or None
    if found.classes is None:
        return np.full(len(feature), None, dtype=object)
    names = np.array([*found.classes.names, UNCLASSIFIED], dtype=object)
    return names[found.classes.codes[feature]]


def _readings(found: Quantity) -> Floats:
    plan, chosen = found.plan, found.chosen
    if chosen is None or not (plan.reading or plan.field):
        return np.full(len(found.pieces), np.nan)
    return chosen.reading[found.pieces.feature]


def _aggregated(result: CardResult, found: Quantity) -> Evidence:
    zone, column = _cells(result, found)
    if found.classes is None:
        sums, counted = found.sums[zone], found.counted[zone]
        names = np.full(len(zone), None, dtype=object)
    else:
        sums, counted = found.classes.sums[zone, column], found.classes.counted[zone, column]
        names = np.array([*found.classes.names, UNCLASSIFIED], dtype=object)[column]
    nobody = np.full(len(zone), None, dtype=object)
    shapes = result.zones.features.geometries[zone]
    nothing = np.full(len(zone), np.nan)
    return Evidence(found.plan, zone, nobody, sums, counted, shapes, names, nothing)


def _cells(result: CardResult, found: Quantity) -> tuple[Ints, Ints]:
    """Return zone and class of what a private term shows, shape (m,) each."""
    if found.classes is None:
        zone: Ints = np.flatnonzero(~result.hidden.zones)
        return zone, np.zeros_like(zone)
    shown = ~result.hidden.cells[:-1, :-1] & (found.classes.counted > 0)
    rows, columns = np.nonzero(shown)
    return rows, columns

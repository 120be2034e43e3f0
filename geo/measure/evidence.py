"""The pieces behind a value: their measures sum to the numerator and the denominator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.measure.card import CardResult
from geo.measure.inputs import DIMENSION
from geo.measure.kernels import piece_geometries
from geo.measure.plan import TermPlan
from geo.measure.quantity import Quantity
from geo.measure.zones import Floats, Geometries, Ints
from geo.model.layer import Family


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
        EPSG:2180, clipped to the zone.
    """

    plan: TermPlan
    zone: Ints
    feature_id: Any
    measure: Floats
    features: Ints
    geometry: Geometries


def family_of(term: TermPlan) -> Family:
    """Return the family of a term's pieces: the zones themselves for a private term."""
    return "polygon" if term.private else term.family


def evidence(result: CardResult) -> tuple[Evidence, ...]:
    """Return the pieces of a card: the numerator, and the denominator of the same family.

    A private term has one piece per zone, without the zones that are hidden.
    """
    family = family_of(result.plan.numerator)
    return tuple(
        _aggregated(result, found) if found.plan.private else _pieces(result, found)
        for found in result.quantities
        if family_of(found.plan) == family
    )


def _pieces(result: CardResult, found: Quantity) -> Evidence:
    pieces = found.pieces
    if found.plan.measure in ("area", "length"):
        dimension = DIMENSION[found.plan.family]
        geometry = piece_geometries(found.shapes, result.zones.zones, pieces, dimension)
    elif found.plan.family == "point":
        geometry = found.features.points[pieces.feature]
    else:
        geometry = found.shapes[pieces.feature]
    ids = found.features.ids[pieces.feature]
    ones = np.ones(len(pieces), dtype=np.int64)
    return Evidence(found.plan, pieces.zone, ids, pieces.measure, ones, geometry)


def _aggregated(result: CardResult, found: Quantity) -> Evidence:
    zone = np.flatnonzero(~result.hidden.zones)
    nobody = np.full(len(zone), None, dtype=object)
    shapes = result.zones.features.geometries[zone]
    return Evidence(found.plan, zone, nobody, found.sums[zone], found.counted[zone], shapes)

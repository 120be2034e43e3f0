r"""Rasters in zones: cells with the share of each that lies inside, and what has no data.

For a zone :math:`Z` and cells :math:`c` of area :math:`A`, with the share
:math:`w_c = |c \cap Z| / A` of each cell that the zone covers
(:mod:`geo.measure.edges.raster`, the figures of exactextract):

.. math:: A_k = A \sum_{c \in k} w_c, \qquad \text{sum} = \sum_c w_c v_c, \qquad
          \text{mean} = \frac{\sum_c w_c v_c}{\sum_c w_c},

over cells with data. Two ledgers close at 1e-9. In each zone
:math:`\sum_k A_k + A_{nodata} + A_{beyond} = |Z|`: classes and no data come from the kernel, the
ground beyond the raster's edge and the zone's area from GEOS. And for each class, the zones, plus
the ground in none of them (the raster's rectangle less their union, measured by itself), less what
zones share, are as much as all its cells, which are counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.limits import limit
from geo.measure import engine
from geo.measure.classes import ByClass, code, per_class
from geo.measure.faces import dissolved
from geo.measure.inputs import Features, ZoneSet
from geo.measure.kernels import Pieces, per_zone
from geo.measure.ledger import TOLERANCE, Entry, Parts, entry
from geo.measure.medians import medians
from geo.measure.plan import TermPlan
from geo.measure.quantity import Quantity
from geo.measure.raster import working_type
from geo.measure.source import STRIP, RasterGrid, Tally
from geo.measure.statistics import Readings
from geo.measure.where import select
from geo.measure.zones import Bools, Floats, Geometries, Ints

__all__ = [
    "STRIP", "RasterGrid", "RasterPieces", "Source", "Zonal", "median_in_zones", "raster_quantity",
    "zonal",
]  # fmt: skip

Source = Features | RasterGrid
"""What a term of a card is measured from."""


@dataclass(frozen=True)
class Zonal:
    """Figures of a raster in k zones, by n classes (one, for a raster of numbers).

    Attributes
    ----------
    area_m2 : numpy.ndarray of float, shape (k,)
        Of the zones themselves.
    by_class_m2 : numpy.ndarray of float, shape (k, n)
        Ground with data that is asked for.
    other_m2 : numpy.ndarray of float, shape (k,)
        Ground with data that the filter leaves out.
    nodata_m2, beyond_m2 : numpy.ndarray of float, shape (k,)
        Ground of cells without data, and beyond the raster's edge.
    sum, mean, minimum, maximum : numpy.ndarray of float, shape (k,)
        Of a raster of numbers, in its unit; NaN where no cell has data, and for classes.
    cells : numpy.ndarray of int, shape (n,)
        In the whole raster.
    total, scale : float
        The sum over the whole raster, and that of magnitudes.
    """

    area_m2: Floats
    by_class_m2: Floats
    other_m2: Floats
    nodata_m2: Floats
    beyond_m2: Floats
    sum: Floats
    mean: Floats
    minimum: Floats
    maximum: Floats
    cells: Ints
    total: float
    scale: float

    @property
    def gaps(self) -> Floats:
        """What a zone's parts miss of its area, relative, shape (k,)."""
        parts = self.by_class_m2.sum(axis=1) + self.other_m2 + self.nodata_m2 + self.beyond_m2
        whole = np.where(self.area_m2 > 0.0, self.area_m2, 1.0)
        return np.asarray(np.abs(parts - self.area_m2) / whole)

    @property
    def blind_share(self) -> Floats:
        """The share of each zone without data or beyond the raster, shape (k,); in [0, 1]."""
        whole = np.where(self.area_m2 > 0.0, self.area_m2, 1.0)
        return np.asarray(np.clip((self.nodata_m2 + self.beyond_m2) / whole, 0.0, 1.0))


def zonal(zones: Geometries, source: RasterGrid, where: str = "") -> Zonal:
    """Return the figures of a raster in zones, with exact coverage.

    Parameters
    ----------
    zones : numpy.ndarray of shapely.Polygon or shapely.MultiPolygon, shape (k,)
        EPSG:2180; they may overlap.
    source : RasterGrid
        Read once, strip by strip.
    where : str
        A CQL2 filter over `class`, or over `value` for a raster of numbers.

    Raises
    ------
    MeasureError
        If the filter does not fit.
    """
    tally = Tally(source, where)
    count = len(tally.names) + 2
    found = engine.raster_in_zones(zones, source.grid, tally.tiles(), classes=count)
    by_class = found.area_by_class_m2
    inside = shapely.area(shapely.difference(zones, source.outline))
    keep = tally.kept
    some = found.count > 0.0
    return Zonal(
        area_m2=shapely.area(zones),
        by_class_m2=by_class[:, :-2][:, keep],
        other_m2=by_class[:, :-2][:, ~keep].sum(axis=1) + by_class[:, -2],
        nodata_m2=by_class[:, -1],
        beyond_m2=inside,
        sum=np.where(some, found.sum, np.nan) if tally.numbers else np.full(len(zones), np.nan),
        mean=found.mean,
        minimum=found.minimum,
        maximum=found.maximum,
        cells=tally.cells[:-2][keep],
        total=math.fsum(tally.totals),
        scale=math.fsum(tally.scales),
    )


def median_in_zones(zones: Geometries, source: RasterGrid, where: str = "") -> Floats:
    """Return the median of a raster of numbers in zones, each cell by its share, shape (k,).

    Parameters
    ----------
    zones, where
        As for :func:`zonal`.
    source : RasterGrid
        Read four times, or eight (numbers of 64 bits); twice that where values tie.

    Returns
    -------
    numpy.ndarray of float, shape (k,)
        In the raster's unit; NaN where no cell has data. See :mod:`geo.measure.medians`.
    """
    kind = working_type(source.read(0, 0, 1, 1))

    def sums(some: Ints, upper: NDArray[np.uint64], shift: int) -> Floats:
        tiles = Tally(source, where).keys(kind)
        return engine.digits_in_zones(zones[some], source.grid, tiles, upper, shift)

    return medians(sums, len(zones), kind)


def raster_quantity(
    plan: TermPlan, source: RasterGrid, zones: ZoneSet, *, median: bool = False
) -> Quantity:
    """Measure a term of a card over a raster: area, cells, or the sum of their numbers.

    A zone of which more than the limit `blind_percent` has no data has no value and no evidence;
    in the ledger, what is seen of it stands among what lies outside.

    Parameters
    ----------
    median : bool
        Take the median of the numbers too: `readings` are known.

    Raises
    ------
    MeasureError
        If the filter does not fit.
    """
    shapes, count = zones.zones.geometries, len(zones)
    again = zones.zones.repeats
    extra: list[Any] = [] if again is None else list(again.geometries)
    rest = shapely.difference(source.outline, zones.zones.whole)
    places = np.array([*shapes, *extra, rest], dtype=object)
    found = zonal(places, source, plan.where)
    keep = np.ones(1, dtype=bool)
    if source.raster.classes:
        keep = select(plan.where, source.features.table)
    features = source.features.take(keep)
    amounts, total, scale = _amounts(plan, source, found)
    blind = found.blind_share[:count] * 100.0 > limit("blind_percent")
    kept = _pieces(np.where(blind[:, None], 0.0, amounts[:count]))
    sums = per_zone(kept.measure, kept.zone, count)
    parts = Parts(
        total=total,
        inside=amounts[:count][~blind].sum(axis=0),
        # What is seen of a blind zone belongs to no value.
        outside=amounts[-1] + amounts[:count][blind].sum(axis=0),
        repeated=amounts[count:-1].sum(axis=0),
        counted_away=np.zeros(len(features)),
    )
    return Quantity(
        plan=plan,
        features=features,
        shapes=features.geometries,
        pieces=kept,
        sums=sums,
        counted=np.where(blind, 0, np.maximum(np.bincount(kept.zone, minlength=count), 1)),
        missing=blind.astype(np.int64),
        entry=_entry(plan, parts, sums, features.ids, found, scale, zones),
        parts=parts,
        classes=_classes(plan, features, kept, parts, blind),
        readings=_medians(plan, source, zones, blind) if median else None,
        cells=RasterPieces(source, plan.where),
    )


def _medians(plan: TermPlan, source: RasterGrid, zones: ZoneSet, blind: Bools) -> Readings:
    """Return the median of each zone and of all that have a value, each of their cells once."""
    shapes = zones.zones.geometries
    whole = shapely.union_all(shapes[~blind]) if blind.any() else zones.zones.whole
    found = median_in_zones(np.array([*shapes, whole], dtype=object), source, plan.where)
    none = np.empty(0, dtype=np.int64)
    return Readings(none, none, np.empty(0), np.empty(0), found * plan.factor)


def _classes(
    plan: TermPlan, features: Features, kept: Pieces, parts: Parts, blind: Bools
) -> ByClass | None:
    """Return the sums by class; what a zone has nothing of is 0 there, unless the zone is blind."""
    if not plan.by:
        return None
    nothing = Pieces(kept.feature[:0], kept.zone[:0], kept.measure[:0], kept.whole[:0])
    found = per_class(code(plan.by, features), len(blind), kept, nothing, parts.repeated)
    missing = np.repeat(blind[:, None], found.sums.shape[1], axis=1).astype(np.int64)
    return replace(found, counted=np.where(blind[:, None], 0, found.counted), missing=missing)


def _amounts(plan: TermPlan, source: RasterGrid, found: Zonal) -> tuple[Floats, Floats, float]:
    """Return the measure in each place by class (p, n), in the whole raster (n,), its scale."""
    cell_m2 = source.grid.cell_area_m2
    if plan.measure == "sum":
        whole = np.array([found.total * plan.factor])
        return np.nan_to_num(found.sum)[:, None] * plan.factor, whole, found.scale * plan.factor
    unit = cell_m2 if plan.measure == "area" else 1.0
    total: Floats = found.cells.astype(np.float64) * unit
    return found.by_class_m2 * (unit / cell_m2), total, float(total.sum())


def _pieces(amounts: Floats) -> Pieces:
    zone, feature = np.nonzero(amounts)
    measure = amounts[zone, feature]
    return Pieces(feature, zone, measure, np.zeros(len(zone), dtype=bool))


def _entry(
    plan: TermPlan, parts: Parts, sums: Floats, ids: Any, found: Zonal, scale: float,  # noqa: ANN401
    zones: ZoneSet,
) -> Entry:  # fmt: skip
    """Return the ledger: of the term over the whole raster, and of every zone's own area."""
    made = entry(plan.role, plan.layer, plan.unit, parts, sums, ids, 0)
    if scale > 0.0:
        # Numbers of both signs may add up to nothing: what is lost counts against their size.
        off = abs(math.fsum((*sums, *parts.outside, *-parts.repeated, *-parts.total)))
        made = replace(made, gap=off / scale)
        if made.gap <= TOLERANCE:
            made = replace(made, worst="")
    gaps = found.gaps[: len(zones)]
    worst = int(np.argmax(gaps))
    if gaps[worst] > max(made.gap, TOLERANCE):
        made = replace(made, gap=float(gaps[worst]), worst=f"{zones.ids[worst]}: zone's own area")
    return made


@dataclass(frozen=True)
class RasterPieces:
    """Where the cells behind a value lie, drawn when somebody asks."""

    source: RasterGrid
    where: str

    def geometries(self, pieces: Pieces, ids: Any, zones: ZoneSet) -> Geometries:  # noqa: ANN401
        """Return the ground of each piece, shape (m,): its cells, dissolved, cut by the zone.

        Of a raster of numbers, or where the cells are too many to draw, the zone itself.

        Parameters
        ----------
        ids : numpy.ndarray of object, shape (n,)
            Codes of the classes that pieces name.
        """
        found: Geometries = np.empty(len(pieces), dtype=object)
        for zone in np.unique(pieces.zone).tolist():
            shape = zones.zones.geometries[zone]
            mine = np.flatnonzero(pieces.zone == zone)
            drawn: dict[int, Any] | None = None
            if self.source.raster.classes:
                drawn = dissolved(shape, self.source.grid, self.source.read, limit("drawn_cells"))
            for piece in mine.tolist():
                code_ = ids[pieces.feature[piece]]
                found[piece] = shape if drawn is None else drawn[int(code_)]
        return found

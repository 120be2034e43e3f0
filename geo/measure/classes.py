"""The class of each feature, and what each class has in each zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import MeasureError
from geo.limits import limit
from geo.measure import kernels
from geo.measure.inputs import Features
from geo.measure.where import select
from geo.measure.zones import Floats, Ints
from geo.model.indicator import UNCLASSIFIED, ClassGroup

_NO_CLASS = {None, "", UNCLASSIFIED}
"""Values that are no class: results call "all" and "without a class" so."""


@dataclass(frozen=True)
class Classing:
    """How features are classed: by a field, or by the first group whose filter is true.

    Attributes
    ----------
    names : tuple of str
        The classes that are known beforehand, in their order; of a field without a closed list,
        none: they are those that occur, in alphabetical order.
    """

    field: str = ""
    groups: tuple[ClassGroup, ...] = ()
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.field or self.groups)


NOT_CLASSED = Classing()


@dataclass(frozen=True)
class Coded:
    """The class of each of n features: a row of `names`, or -1 where it has none."""

    names: tuple[str, ...]
    codes: Ints


@dataclass(frozen=True)
class ByClass:
    """What C classes have in k zones; the last column is what has no class.

    Attributes
    ----------
    codes : numpy.ndarray of int, shape (n,)
        The class of each feature.
    sums : numpy.ndarray of float, shape (k, C + 1)
        Exactly rounded.
    counted, missing : numpy.ndarray of int, shape (k, C + 1)
        Features with and without a value.
    repeated : numpy.ndarray of float, shape (C + 1,)
        Counted more than once because zones overlap.
    """

    names: tuple[str, ...]
    codes: Ints
    sums: Floats
    counted: Ints
    missing: Ints
    repeated: Floats

    @property
    def unclassified(self) -> float:
        """What has no class, in all zones."""
        return float(self.sums[:, -1].sum())


def code(classing: Classing, chosen: Features) -> Coded:
    """Return the class of each feature.

    Raises
    ------
    MeasureError
        If a filter does not fit the table, or a field has too many values to be one of classes.
    """
    if classing.groups:
        return Coded(classing.names, _by_groups(classing.groups, chosen))
    column = pc.cast(chosen.table.column(classing.field), pa.string()).combine_chunks()
    names = classing.names or tuple(sorted(set(pc.unique(column).to_pylist()) - _NO_CLASS))
    most = limit("measure_classes")
    if len(names) > most:
        raise MeasureError(
            f"the field has {len(names)} different values, at most {most} are classes",
            where=f"{chosen.layer.id}, {classing.field}",
            fix="group them under `by`",
        )
    found = pc.index_in(column, value_set=pa.array(names, pa.string()))
    codes: Ints = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(names, codes)


def _by_groups(groups: tuple[ClassGroup, ...], chosen: Features) -> Ints:
    codes = np.full(len(chosen), -1, dtype=np.int64)
    for number in reversed(range(len(groups))):
        codes[select(groups[number].where, chosen.table)] = number
    return codes


def per_class(
    coded: Coded,
    zones: int,
    kept: kernels.Pieces,
    lost: kernels.Pieces,
    repeated: Floats,
) -> ByClass:
    """Add pieces up by zone and class.

    Parameters
    ----------
    zones : int
        k.
    kept, lost : Pieces
        Pieces with a value, and without.
    repeated : numpy.ndarray of float, shape (n,)
        Per feature.
    """
    columns = len(coded.names) + 1

    def cell(pieces: kernels.Pieces) -> Ints:
        return np.asarray(pieces.zone * columns + coded.codes[pieces.feature] % columns)

    def count(pieces: kernels.Pieces) -> Ints:
        found = np.bincount(cell(pieces), minlength=zones * columns)
        return np.asarray(found.reshape(zones, columns))

    sums = kernels.per_zone(kept.measure, cell(kept), zones * columns).reshape(zones, columns)
    again = kernels.per_zone(repeated, coded.codes % columns, columns)
    return ByClass(coded.names, coded.codes, sums, count(kept), count(lost), again)

"""What becomes of one layer: features that go, and features that come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.measure.inputs import Features
from geo.measure.merge import with_more, without
from geo.measure.zones import Bools


@dataclass(frozen=True)
class Change:
    """What becomes of one layer.

    Attributes
    ----------
    gone : tuple of str
        Ids, as text, of features that go, or come back changed.
    come : Features
        New and changed features, with the columns that the plan reads.
    """

    gone: tuple[str, ...]
    come: Features

    def then(self, later: Change) -> Change:
        """Return both changes as one."""
        kept = without(self.come, ids_in(self.come, later.gone))
        return Change((*self.gone, *later.gone), with_more(kept, later.come))

    def applied(self, features: Features) -> Features:
        """Return a layer after the change."""
        return with_more(without(features, ids_in(features, self.gone)), self.come)


def ids_in(features: Features, ids: tuple[str, ...]) -> Bools:
    """Tell which features have one of some ids, given as text; shape (n,)."""
    column = features.table.column(features.layer.id_field).cast(pa.string())
    found = pc.is_in(column, value_set=pa.array(ids, pa.string()))
    return np.asarray(found.to_numpy(), dtype=bool)

"""What distances go to, made ready once for any number of parts of a large layer.

The distance of a feature follows from it and the targets alone: which form answers is chosen for
all parts at once, never by how many features come at once, so that no partition changes a bit.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import shapely

from geo.measure.engine import Form, compiled_here
from geo.measure.zones import Floats, Geometries, Ints


class Goals:
    """Targets of one family, EPSG:2180; none empty.

    Parameters
    ----------
    targets : numpy.ndarray of shapely.Geometry, shape (t,)
        Polygons, lines or points; of a group of points each is a target.
    """

    def __init__(self, targets: Geometries) -> None:
        self._targets = _apart(targets)[0]

    def distances(self, origins: Geometries, form: Form | None = None) -> Floats:
        """Return the distance from each feature to the nearest target, metres, shape (n,).

        0 where they touch or overlap; NaN where there is no target.

        Parameters
        ----------
        origins : numpy.ndarray of shapely.Geometry, shape (n,)
            One family, EPSG:2180; not empty.
        form : str, optional
            ``compiled`` (where numba is there, the default) or ``plain``.
        """
        if not len(origins) or not len(self._targets):
            return np.full(len(origins), np.nan)
        some, owner = _apart(origins)
        fast = compiled_here() if form is None else form == "compiled"
        metres = self._compiled(some) if fast else self._plain(some)
        found = np.full(len(origins), np.inf)
        np.minimum.at(found, owner, metres)
        return found

    def _plain(self, origins: Geometries) -> Floats:
        from geo.measure.plain import distance

        return distance.nearest(origins, self._targets, np.inf)[0]

    def _compiled(self, origins: Geometries) -> Floats:
        from geo.measure.edges import nearest
        from geo.measure.edges.features import shapes

        square = np.full(len(origins), np.inf)
        index = np.full(len(origins), -1, dtype=np.int64)
        nearest.search(nearest.shapes_of(shapes(origins)), self._ready, np.inf, square, index)
        return np.asarray(np.sqrt(square))

    @cached_property
    def _ready(self) -> Any:  # noqa: ANN401 - the compiled engine's own
        from geo.measure.edges.features import shapes
        from geo.measure.edges.nearest import targets_of

        return targets_of(shapes(self._targets))


def _apart(geometries: Geometries) -> tuple[Geometries, Ints]:
    """Return geometries with each group of points as its points, and whose each one is."""
    if (shapely.get_type_id(geometries) == shapely.GeometryType.MULTIPOINT).any():
        parts, owner = shapely.get_parts(geometries, return_index=True)
        return parts, owner
    return geometries, np.arange(len(geometries))

"""Zones, and what distances go to, ready for any number of parts of a large layer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from threading import local
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.measure.streamed.goals import Goals
from geo.measure.zones import Geometries, Zones

if TYPE_CHECKING:
    from geo.measure.edges.ready import Ready

SIZE_M = 30.0
"""Side of a middling feature: a parcel of a tenth of a hectare."""

_KNOWN: dict[str, Places] = {}
_KEPT = 8
"""Places that a process keeps, so that each part that comes does not build them anew."""


class Places:
    """Zones ready for any number of parts; threads may share them, and they pickle as WKB.

    Parameters
    ----------
    wkb : tuple of bytes
        k polygons in EPSG:2180; their order decides where a shared border belongs.
    size_m : float
        Side of the box of a middling feature; it changes the speed alone.
    targets : tuple of bytes
        What distances go to, WKB in EPSG:2180; they travel with the zones.
    """

    def __init__(
        self, wkb: tuple[bytes, ...], size_m: float, targets: tuple[bytes, ...] = ()
    ) -> None:
        self.wkb, self.size_m, self.targets = wkb, size_m, targets
        self._threads = local()

    def __len__(self) -> int:
        return len(self.wkb)

    def __reduce__(self) -> tuple[Callable[..., Places], tuple[object, ...]]:
        return _unpacked, (self.digest, self.wkb, self.size_m, self.targets)

    @cached_property
    def digest(self) -> str:
        """A name of the zones, the size and the targets, the same in every process."""
        found = hashlib.sha256(repr((self.size_m, len(self.wkb))).encode())
        for one in (*self.wkb, *self.targets):
            found.update(hashlib.sha256(one).digest())
        return found.hexdigest()

    @cached_property
    def zones(self) -> Zones:
        """The zones as GEOS reads them; a copy for each thread."""
        return Zones(np.array(shapely.from_wkb(list(self.wkb)), dtype=object))

    @property
    def own(self) -> Zones:
        """A copy of the zones for the thread that asks, made once for all that it measures."""
        if not hasattr(self._threads, "zones"):
            self._threads.zones = self.zones.copy()
        mine: Zones = self._threads.zones
        return mine

    @cached_property
    def ready(self) -> Ready:
        """The zones as the compiled engine reads them."""
        from geo.measure.edges.ready import Ready

        return Ready(self.zones, self.size_m)

    @cached_property
    def goals(self) -> Goals:
        """The targets as distances are measured to them."""
        return Goals(np.array(shapely.from_wkb(list(self.targets)), dtype=object))


def _unpacked(
    digest: str, wkb: tuple[bytes, ...], size_m: float, targets: tuple[bytes, ...] = ()
) -> Places:
    if digest not in _KNOWN:
        if len(_KNOWN) >= _KEPT:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[digest] = Places(wkb, size_m, targets)
    return _KNOWN[digest]


def places(
    zones: Geometries, *, size_m: float = SIZE_M, targets: Geometries | None = None
) -> Places:
    """Return zones ready for parts.

    Parameters
    ----------
    zones : numpy.ndarray of shapely.Geometry, shape (k,)
        Valid polygons in EPSG:2180.
    size_m : float
        Side of the box of a middling feature; it changes the speed alone.
    targets : numpy.ndarray of shapely.Geometry, shape (t,), optional
        What distances go to; one family, not empty.
    """
    wkb = tuple(shapely.to_wkb(np.asarray(zones, dtype=object)))
    goals = () if targets is None else tuple(shapely.to_wkb(np.asarray(targets, dtype=object)))
    return Places(wkb, float(size_m), goals)

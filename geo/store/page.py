"""A page of features: which they are is known at once, their bytes are read when they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from geo import crs
from geo.store import fragments
from geo.store.clock import watched
from geo.store.connections import POOL
from geo.store.featurefile import FeatureFile, feature_file
from geo.store.ready import READY, ready_file
from geo.store.spatial import served_shapes

_GEOMETRY = b'"geometry":'
_PROPERTIES = b',"properties":'


class Reader(Protocol):
    """Gives features in one CRS as bytes."""

    def joined(self, rids: np.ndarray) -> bytes:
        """Return features with commas between."""

    def each(self, rids: np.ndarray) -> list[bytes]:
        """Return features one by one."""

    def one(self, rid: int) -> bytes:
        """Return one feature."""


@dataclass(frozen=True)
class Page:
    """Some features, and how many there are in all.

    Attributes
    ----------
    rids : numpy.ndarray of int64, shape (m,)
        The features, in order.
    matched : int or None
        Features that match, on every page together (``numberMatched``); None when nobody counted.
    position : int or None
        How many come before the first of them; None when nobody counted.
    more : bool
        Whether others follow.
    reader : Reader
    """

    rids: np.ndarray
    matched: int | None
    position: int | None
    more: bool
    reader: Reader

    def __len__(self) -> int:
        return len(self.rids)

    @property
    def last(self) -> int | None:
        """The feature after which the next page begins; None on the last page."""
        return int(self.rids[-1]) if self.more and len(self.rids) else None

    @property
    def fragments(self) -> list[bytes]:
        """Complete GeoJSON Features."""
        return self.reader.each(self.rids)

    def body(self) -> bytes:
        """Return all features with commas between."""
        return self.reader.joined(self.rids)

    def parts(self, size: int) -> Iterator[bytes]:
        """Give the same in parts of `size` features, so that few are in memory at a time."""
        for start in range(0, len(self.rids), size):
            part = self.reader.joined(self.rids[start : start + size])
            yield b"," + part if start else part


class Turned:
    """Features in a CRS in which none stand ready: properties as they are, geometry computed.

    Parameters
    ----------
    path : Path
        Of a serve.sqlite.
    code : str
        One of :data:`geo.crs.SERVED`.
    """

    def __init__(self, path: Path, code: str) -> None:
        self._path = path
        self._code = code

    def joined(self, rids: np.ndarray) -> bytes:
        """Return features with commas between."""
        return b",".join(self.each(rids))

    def one(self, rid: int) -> bytes:
        """Return one feature."""
        return self.each(np.array([rid], dtype=np.int64))[0]

    def each(self, rids: np.ndarray) -> list[bytes]:
        """Return features one by one, in the order of `rids`."""
        if len(rids) == 0:
            return []
        order = np.argsort(rids)
        with POOL.lend(self._path) as db, watched(db):
            shapes = served_shapes(db, rids[order], self._code)
        back = np.empty(len(rids), dtype=np.int64)
        back[order] = np.arange(len(rids))
        texts = fragments.geometry_texts(shapes[back])
        ready = feature_file(ready_file(self._path, crs.CRS84)).each(rids)
        return [_with(one, text) for one, text in zip(ready, texts, strict=True)]


def _with(feature: bytes, geometry: bytes) -> bytes:
    """Put another geometry into a feature; no text in it can hold an unescaped quote."""
    start = feature.index(_GEOMETRY) + len(_GEOMETRY)
    return b"%b%b%b" % (feature[:start], geometry, feature[feature.index(_PROPERTIES, start) :])


def reader(path: Path, code: str) -> Reader:
    """Return what gives the features of a serve.sqlite in a CRS."""
    if code in READY and (code == crs.CRS84 or ready_file(path, code).is_file()):
        ready: FeatureFile = feature_file(ready_file(path, code))
        return ready
    return Turned(path, code)

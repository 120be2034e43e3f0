"""Evidence that is made when somebody asks: how it falls into parts.

What is known when the values are computed: the zones, how many pieces each has, and where they
lie. Neighbouring zones make a part, up to the limit ``evidence_part``; a larger zone is a part of
its own. A piece's number counts through all parts, so that a place in a walk needs no memory.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from geo.crs import Box
from geo.errors import IntegrityError
from geo.limits import limit
from geo.measure.card import CardResult
from geo.measure.evidence import boxes, counted
from geo.measure.plan import Plan
from geo.store.snapshot import PROMISED, Snapshot


@dataclass(frozen=True)
class Promise:
    """The parts of an indicator's evidence.

    Attributes
    ----------
    zones : tuple of str, length k
        In the order in which they were measured.
    pieces : tuple of int, length k
    starts : tuple of int, length p
        The first zone of each part; ascending from 0.
    boxes : tuple of (float, float, float, float), length p
        minx, miny, maxx, maxy of a part's pieces, EPSG:2180, metres.
    recipe : str
        What was measured; see :func:`recipe_of`.
    values : str
        The version of the values that the pieces add up to.
    """

    zones: tuple[str, ...]
    pieces: tuple[int, ...]
    starts: tuple[int, ...]
    boxes: tuple[Box, ...]
    recipe: str
    values: str = ""

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(self.starts)

    @property
    def total(self) -> int:
        """Pieces of all zones."""
        return self._first_pieces[-1]

    def zones_of(self, part: int) -> tuple[str, ...]:
        """Return the zones of a part."""
        return self.zones[self.starts[part] : self._ends[part]]

    def first_piece(self, part: int) -> int:
        """Return how many pieces the parts before have."""
        return self._first_pieces[self.starts[part]]

    def count(self, part: int) -> int:
        """Return the number of pieces in a part."""
        return self._first_pieces[self._ends[part]] - self.first_piece(part)

    def parts_of(self, zone_ids: Iterable[str]) -> list[int]:
        """Return the parts of some zones, each once, ascending; unknown zones have none."""
        rows = {self._rows[each] for each in zone_ids if each in self._rows}
        return sorted({bisect_right(self.starts, row) - 1 for row in rows})

    def parts_in(self, box: Box) -> list[int]:
        """Return the parts whose pieces may touch a box in EPSG:2180."""
        west, south, east, north = box
        return [
            part
            for part, (minx, miny, maxx, maxy) in enumerate(self.boxes)
            if minx <= east and maxx >= west and miny <= north and maxy >= south
        ]

    def as_bytes(self) -> bytes:
        """Return the promise as a snapshot holds it."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.zones)}

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        return (*self.starts[1:], len(self.zones))

    @cached_property
    def _first_pieces(self) -> tuple[int, ...]:
        return (0, *accumulate(self.pieces))


def promise_of(result: CardResult) -> Promise:
    """Return how the evidence of a card falls into parts."""
    pieces = counted(result).tolist()
    starts = _grouped(pieces, limit("evidence_part"))
    each = boxes(result)
    found = [_around(each[one:other]) for one, other in pairwise([*starts, len(pieces)])]
    return Promise(
        result.zones.ids, tuple(pieces), tuple(starts), tuple(found), recipe_of(result.plan)
    )


def recipe_of(recipe: Plan) -> str:
    """Return what decides the pieces of a card besides the versions of its layers."""
    said = repr((recipe.zones.id, recipe.extent.id, recipe.cells, recipe.terms))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def read_promise(snapshot: Snapshot) -> Promise:
    """Return the promise of a version that has one.

    Raises
    ------
    IntegrityError
        If its file is missing or not whole.
    """
    try:
        return _read(snapshot.folder / PROMISED)
    except (OSError, ValueError, TypeError, KeyError):
        raise IntegrityError(
            f"{PROMISED} cannot be read",
            where=f"{snapshot.layer_id} {snapshot.version}",
            fix="compute it again: geobank indicators compute",
        ) from None


@lru_cache(maxsize=64)
def _read(path: Path) -> Promise:
    said = json.loads(path.read_bytes())
    return Promise(
        zones=tuple(said["zones"]),
        pieces=tuple(said["pieces"]),
        starts=tuple(said["starts"]),
        boxes=tuple(tuple(box) for box in said["boxes"]),
        recipe=said["recipe"],
        values=said["values"],
    )


def _grouped(pieces: Collection[int], most: int) -> list[int]:
    """Return the first zone of each part: as many zones in a row as stay below the limit."""
    starts, held = [0], 0
    for row, count in enumerate(pieces):
        if row > starts[-1] and held + count > most:
            starts.append(row)
            held = 0
        held += count
    return starts


def _around(each: np.ndarray) -> Box:
    west, south = each[:, :2].min(axis=0).tolist()
    east, north = each[:, 2:].max(axis=0).tolist()
    return west, south, east, north

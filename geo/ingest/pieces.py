"""A large file checked piece by piece, and told of as if it had been one piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import shapely

from geo.errors import InputRefusedError
from geo.ingest.report import MOST_PLACES, Issue, Report, Severity

PIECE = 250_000
"""Features whose geometry is in memory at once: about half a gigabyte."""
_TEXT = (str, bytes)


def cut(count: int) -> list[tuple[int, int]]:
    """Return the bounds of pieces of `count` features."""
    return [(start, min(start + PIECE, count)) for start in range(0, count, PIECE)]


class Gathered(Report):
    """What is found in pieces: each finding is told once, with its counts added up.

    Parameters
    ----------
    main : Report
        The report of the whole file.
    """

    def __init__(self, main: Report) -> None:
        super().__init__(main.layer, main.file)
        self._main = main
        self._found: dict[str, tuple[Severity, list[Mapping[str, Any]], dict[str, Any]]] = {}
        self._repaired: dict[str, Any] = {}

    def add(
        self,
        severity: Severity,
        code: str,
        where: Sequence[Mapping[str, Any]] = (),
        **values: Any,  # noqa: ANN401 - whatever the message's words need
    ) -> Issue:
        """Keep a finding until :meth:`tell`."""
        _, places, before = self._found.setdefault(code, (severity, [], {}))
        places += list(where)[: MOST_PLACES - len(places)]
        _sum(before, values)
        return super().add(severity, code, where, **values)

    def refuse(
        self,
        code: str,
        where: Sequence[Mapping[str, Any]] = (),
        *,
        error: type[InputRefusedError] = InputRefusedError,
        **values: Any,  # noqa: ANN401 - whatever the message's words need
    ) -> NoReturn:
        """Refuse the whole file for what one piece holds."""
        self.tell()
        self._main.refuse(code, where, error=error, **values)

    @contextmanager
    def piece(self) -> Iterator[Report]:
        """Give the report for one piece."""
        self.repaired = {}
        yield self
        _sum(self._repaired, self.repaired)

    def tell(self) -> None:
        """Tell the report of the whole file what was found."""
        for code, (severity, places, values) in self._found.items():
            self._main.add(severity, code, places, **values)
        self._main.repaired |= self._repaired
        self._found, self._repaired = {}, {}


def _sum(before: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add numbers to numbers; texts stay as they were first."""
    for name, value in more.items():
        known = before.get(name)
        adds = known is not None and not isinstance(known, _TEXT)
        before[name] = known + value if adds else before.get(name, value)


class Metric:
    """Geometries in EPSG:2180, n of them: in memory where there is one piece, else in a file.

    Parameters
    ----------
    path : Path
        The file, where one is needed.
    bounds : sequence of (int, int)
        From :func:`cut`.
    """

    def __init__(self, path: Path, bounds: Sequence[tuple[int, int]]) -> None:
        self._path = path
        self._bounds = list(bounds)
        self._only: np.ndarray | None = None
        self._column: pa.ChunkedArray | None = None

    def fill(self, make: Callable[[int, int], np.ndarray]) -> None:
        """Take the geometries of each piece, made one piece after the other."""
        if len(self._bounds) == 1:
            self._only = make(*self._bounds[0])
        else:
            self._column = written(self._path, (make(*bound) for bound in self._bounds))

    def __iter__(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """Give (start, stop, geometries) of each piece."""
        for start, stop in self._bounds:
            if self._only is not None:
                yield start, stop, self._only
            else:
                assert self._column is not None  # noqa: S101 - filled before it is read
                blobs = self._column.slice(start, stop - start).to_numpy()
                yield start, stop, np.asarray(shapely.from_wkb(blobs), dtype=object)


def written(path: Path, parts: Iterable[np.ndarray]) -> pa.ChunkedArray:
    """Write geometries as WKB to a file, part by part; return them as a column on that file."""
    schema = pa.schema([("geometry", pa.binary())])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for part in parts:
            for start in range(0, len(part), PIECE):
                blobs = shapely.to_wkb(part[start : start + PIECE], byte_order=1)
                writer.write_batch(pa.record_batch([pa.array(blobs, pa.binary())], schema=schema))
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all().column("geometry")

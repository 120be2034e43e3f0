"""What a measurement will read and cost: counted from footers, and estimated in seconds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from geo.flow.streamed.job import Job
from geo.measure import engine
from geo.measure.streamed.matrix import Measure
from geo.measure.streamed.partial import KINDS

UNPACK_BYTES_S = 700e6
"""Bytes of unpacked geometry that one core reads from a local GeoParquet file in a second."""
VERTEX_BYTES = 16
VERTICES_S: dict[Measure, float] = {"area": 15e6, "length": 6e6, "count": 15e6}
"""Vertices that one core settles in a second, by benchmarks/scale.py: 26 million of parcels in 15
districts, 8 million in 2 500 zones; the estimate lies between."""
DISTANCES_S = 100e3
"""Features whose nearest target one core finds in a second."""
GROUND_S = 10e3
"""Features that one core lays against those that overlap them in a second: 30 000 where they only
touch, 2 000 where six tenths of their ground is shared."""
SHAPELY_FACTOR = 20.0
"""How much slower the same is where numba is missing."""
START_S = 2.0
"""Importing the compiled kernels, and preparing the zones."""


@dataclass(frozen=True)
class Cost:
    """A plan in numbers.

    Attributes
    ----------
    files, row_groups, rows, bytes_read : int
        What is read; counted.
    filtered_groups, filtered_rows, beyond_groups, beyond_rows : int
        What is not read: no row can pass the filter, or all lie beyond every zone; counted.
    kept_groups : int
        What a run before has done already.
    again_groups, again_bytes : int
        What is read once more, because its features may share ground with others'; counted.
    seconds_one_core : float
        An estimate for a local file.
    """

    files: int
    row_groups: int
    rows: int
    bytes_read: int
    filtered_groups: int
    filtered_rows: int
    beyond_groups: int
    beyond_rows: int
    kept_groups: int
    again_groups: int
    again_bytes: int
    zones: int
    columns: tuple[str, ...]
    compiled: bool
    seconds_one_core: float

    def as_dict(self) -> dict[str, Any]:
        """Return the plan for a machine."""
        return {**asdict(self), "seconds_are": "an estimate"}

    def seconds(self, cores: int) -> float:
        """Return the estimate for a number of cores."""
        return START_S + (self.seconds_one_core - START_S) / max(cores, 1)


def cost(job: Job, kept_groups: int = 0) -> Cost:
    """Return what a job will read and cost."""
    chosen = job.given.chosen
    filtered, beyond = job.given.skipped("filter"), job.given.skipped("place")
    again = [other for part in chosen for other in part.near]
    unpacked = sum(part.bytes_geometry for part in (*chosen, *again))
    compiled = engine.compiled_here()
    left = 1 - kept_groups / len(chosen) if chosen else 0.0
    return Cost(
        files=len({part.file for part in chosen}),
        row_groups=len(chosen),
        rows=sum(part.rows for part in chosen),
        again_groups=len(again),
        again_bytes=sum(part.bytes_read for part in again),
        bytes_read=sum(part.bytes_read for part in chosen),
        filtered_groups=len(filtered),
        filtered_rows=sum(part.rows for part in filtered),
        beyond_groups=len(beyond),
        beyond_rows=sum(part.rows for part in beyond),
        kept_groups=kept_groups,
        zones=len(job.places.ids),
        columns=job.given.columns,
        compiled=compiled,
        seconds_one_core=round(START_S + left * (unpacked / UNPACK_BYTES_S + _measuring(job)), 1),
    )


def _measuring(job: Job) -> float:
    """Return the seconds of one core that the work itself takes, without reading."""
    asked, chosen = job.question, job.given.chosen
    rows = sum(part.rows for part in chosen)
    vertices = sum(part.bytes_geometry for part in chosen) / VERTEX_BYTES
    kinds = {KINDS[plan.measure] for plan in asked.terms}
    slower = 1 if engine.compiled_here() else SHAPELY_FACTOR
    found = sum(vertices / VERTICES_S[kind] for kind in kinds) * slower
    found += rows / DISTANCES_S * slower if asked.far else 0.0
    return found + (rows / GROUND_S if asked.once else 0.0)

"""What a measurement will read and cost: counted from footers, and estimated in seconds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from geo.flow.streamed.job import Job
from geo.flow.streamed.warming import compile_s
from geo.measure.forms import Form
from geo.measure.streamed.matrix import Measure

UNPACK_BYTES_S = 700e6
"""Bytes of unpacked geometry that one core reads from a local GeoParquet file in a second."""
VERTICES_S: dict[Measure, float] = {"area": 15e6, "length": 6e6, "count": 15e6}
"""Vertices that one core settles in a second, by benchmarks/scale.py: 26 million of parcels in 15
districts, 8 million in 2 500 zones; the estimate lies between."""
DISTANCES_S = 100e3
"""Features whose nearest target one core finds in a second."""
PLAIN_S = 1e-6
"""Of one core, for what shapely takes as long for as for a vertex."""
GROUND_S = 10e3
"""Features that one core lays against those that overlap them in a second: 30 000 where they only
touch, 2 000 where six tenths of their ground is shared."""
START_S: dict[Form, float] = {"compiled": 2.0, "plain": 0.5}
"""Importing Arrow, GEOS or the compiled kernels, and preparing the zones."""


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
    form : str
        What answers: ``compiled`` kernels, or ``plain`` shapely where there is little to measure.
    seconds_one_core : float
        An estimate for a local file.
    compile_seconds : int
        What compiling the kernels takes first, an estimate; 0 where the cache has them.
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
    form: Form
    seconds_one_core: float
    compile_seconds: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the plan for a machine."""
        return {**asdict(self), "seconds_are": "an estimate"}

    def seconds(self, cores: int) -> float:
        """Return the estimate for a number of cores."""
        start, used = START_S[self.form], cores if self.form == "compiled" else 1
        return start + (self.seconds_one_core - start) / max(used, 1)


def cost(job: Job, kept_groups: int = 0) -> Cost:
    """Return what a job will read and cost."""
    chosen = job.given.chosen
    filtered, beyond = job.given.skipped("filter"), job.given.skipped("place")
    again = [other for part in chosen for other in part.near]
    unpacked = sum(part.bytes_geometry for part in (*chosen, *again))
    start = START_S[job.form]
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
        form=job.form,
        seconds_one_core=round(start + left * (unpacked / UNPACK_BYTES_S + _measuring(job)), 1),
        compile_seconds=compile_s(job.kinds),
    )


def _measuring(job: Job) -> float:
    """Return the seconds of one core that the work itself takes, without reading."""
    asked, chosen = job.question, job.given.chosen
    rows = sum(part.rows for part in chosen)
    found = job.work.much * PLAIN_S
    if job.form == "compiled":
        found = sum(job.work.vertices / VERTICES_S[kind] for kind in job.work.measures)
        found += rows / DISTANCES_S if asked.far else 0.0
    return found + (rows / GROUND_S if asked.once else 0.0)

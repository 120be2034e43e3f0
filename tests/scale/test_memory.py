"""What a run holds in memory does not grow with the number of features."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from country import frame, plots, write

MOST_MB = 60
"""What ten times the features may take more: noise of allocators, not the features (100 MB)."""

CHILD = """
import sys
from pathlib import Path
from geo.flow.streamed import stream
from geo.flow.streamed.job import job
from geo.measure import forms
from geo.measure.streamed.partial import Question

forms.VERTICES = 0  # few features too are measured by the compiled kernels, as many are
some = job(Question("area", by="kind"), sys.argv[1], sys.argv[2], project=None, root=Path("."))
whole = stream.measure(
    some.task(), some.given, some.ready(), some.kept(Path(sys.argv[3]), resume=False)
)
status = Path("/proc/self/status").read_text()
print(whole.read, int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def peak_mb(path, zones, folder) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(zones), str(folder)],
        capture_output=True, check=True,
    )  # fmt: skip
    rows, peak = done.stdout.split()
    return int(rows), int(peak)


@pytest.mark.slow
def test_ten_times_the_features_take_the_same_memory(land, tmp_path):
    rng = np.random.default_rng(5)
    peaks = {}
    for name, columns in (("small", 200), ("large", 2000)):
        path = tmp_path / f"{name}.parquet"
        write(path, frame(plots(columns, 300, 0.0, rng), 0, rng), 125_000)
        # A zone of the extent's size, so that no row group is skipped.
        peaks[columns * 300] = peak_mb(path, "grid:5000", tmp_path)
    (few, small), (many, large) = peaks[60_000], peaks[600_000]
    assert (few, many) == (60_000, 600_000)
    assert large - small < MOST_MB, peaks


@pytest.mark.slow
def test_one_row_group_of_everything_is_read_in_steps(tmp_path):
    rng = np.random.default_rng(5)
    some = frame(plots(2000, 300, 0.0, rng), 0, rng)
    peaks = []
    for group in (60_000, 600_000):
        path = tmp_path / f"{group}.parquet"
        write(path, some, group)
        peaks.append(peak_mb(path, "grid:5000", tmp_path)[1])
    assert peaks[1] - peaks[0] < 2 * MOST_MB, peaks

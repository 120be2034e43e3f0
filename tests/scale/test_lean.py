"""What a process of ``geobank measure`` holds, and what commands import before they work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MOST_MB = 300
MUCH = "grid:40"
"""So many zones that compiled kernels answer, however few the features are."""
PROGRAM = """
import sys
from pathlib import Path
from geo.cli import main
try:
    main()
finally:
    peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    print(*sorted(sys.modules), file=sys.stderr)
    print(int(peak) // 1024, file=sys.stderr)
"""


def run(*words: str, env: dict[str, str] | None = None) -> tuple[set[str], int, str]:
    """Return (modules, peak MB, standard error) of the command line as a program."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], check=True, capture_output=True, text=True,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    *_, modules, peak = done.stderr.splitlines()
    return set(modules.split()), int(peak), done.stderr


def measure(land, folder, *words: str, env: dict[str, str] | None = None, zones: str = ""):
    named = ("measure", land.plots, "--zones", zones or str(land.zones), "--data", str(folder),
             *words)  # fmt: skip
    return run(*named, env=env)


@pytest.mark.parametrize(
    "words", [("--by", "kind"), ("--by", "kind", "--where", "kind = 'ZP'"), ("--verb", "count")]
)
def test_a_stream_holds_no_pandas_and_no_blas(land, tmp_path, words):
    modules, peak, _ = measure(land, tmp_path, *words, zones=MUCH)
    assert "numba" in modules
    assert not modules & {"pandas", "geopandas", "scipy.linalg", "rasterio", "h3", "jinja2"}
    assert peak < MOST_MB


@pytest.mark.slow
def test_compiling_is_done_in_a_child_that_ends(land, tmp_path):
    """A cold cache: it is said, done once, and its memory is not kept."""
    env = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    _, peak, told = measure(land, tmp_path, env=env, zones=MUCH)
    assert "Kompilacja jąder:" in told
    assert peak < MOST_MB
    _, again, told = measure(land, tmp_path, env=env, zones=MUCH)
    assert "Kompilacja" not in told
    assert again < MOST_MB


def test_little_is_measured_without_compiling_and_without_numba(land, tmp_path):
    modules, _, told = measure(land, tmp_path, env={"NUMBA_CACHE_DIR": str(tmp_path / "cache")})
    assert not modules & {"numba", "llvmlite", "geo.measure.edges.features"}
    assert "Kompilacja" not in told
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (("--help",), {"numpy", "pydantic", "yaml", "pyarrow", "sqlite3", "asyncio"}),
        (("measure", "--help"), {"numpy", "pydantic", "yaml", "pyarrow"}),
        (("layers",), {"numpy", "pyarrow", "shapely", "pyproj"}),
        (("indicators", "list"), {"pandas", "pyproj", "numba", "h3"}),
    ],
)
def test_a_command_imports_what_it_needs(tmp_path, words, without):
    modules, _, _ = run(*words, env={"GEOBANK_DATA": str(tmp_path)})
    assert not modules & without

"""Machine code is used again only while every source that it came from is the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import geo.measure.edges

CALLER = """
from geo.measure.edges.callee import inner
from geo.measure.edges.compiled import compiled

@compiled
def outer(x):
    return inner(x)
"""
CALLEE = """
from geo.measure.edges.compiled import compiled

@compiled
def inner(x):
    return x + {}
"""
RUN = """
import geo.measure.edges as package
package.__path__.insert(0, {folder!r})
import geo.measure.edges.caller as caller
print(caller.outer(1), sum(caller.outer.stats.cache_hits.values()))
"""


def _run(folder: Path) -> list[str]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache")}
    code = RUN.format(folder=str(folder))
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.split()


def test_a_change_in_a_callee_is_not_missed(tmp_path):
    """A kernel in one file calls one in another, which changes: numba alone would not see it."""
    own = Path(geo.measure.edges.__file__).parent
    shutil.copy(own / "compiled.py", tmp_path)
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "callee.py").write_text(CALLEE.format(1))
    assert _run(tmp_path) == ["2", "0"]
    assert _run(tmp_path) == ["2", "1"]
    (tmp_path / "callee.py").write_text(CALLEE.format(10))
    assert _run(tmp_path) == ["11", "0"]

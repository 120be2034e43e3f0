"""What many tests share: the project, the real input beside the checkout, the demo city."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import hypothesis
import pytest

from geo.model import Project, load_project

ROOT = Path(__file__).resolve().parent.parent

# A busy machine is no counterexample: time is measured in benchmarks/, not here.
# CI judges a commit by the same examples every time; at a desk each run looks at new ones.
hypothesis.settings.register_profile(
    "geobank", deadline=None, derandomize=os.environ.get("GEOBANK_EXAMPLES") == "fixed"
)
hypothesis.settings.load_profile("geobank")


@pytest.fixture(scope="session")
def project() -> Project:
    """The city's model as it stands in the repository."""
    return load_project(ROOT)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real public data; it lies beside every checkout and is never copied into it."""
    folder = ROOT.parent / "shared" / "data"
    assert folder.is_dir(), "the real input is missing: see ../shared/data/README.md"
    return folder


@pytest.fixture(scope="session")
def demo_data(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the whole demo city, published and computed; read only.

    Built once per test run, however many workers share it.
    """
    from geo.demo import prepare

    base = tmp_path_factory.getbasetemp()
    shared = base if base.name.startswith("pytest-") else base.parent
    folder = shared / "demo-data"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prepare(project, folder)
    return folder

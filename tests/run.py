#!/usr/bin/env python3
"""Run every check: what CI runs, and what the README's second command runs.

Installs the browser and the desktop clients from Debian's packages when it may (as root, or
with a password-less sudo); says in one line what is missing and fails when it may not.
Arguments go on to pytest: ``tests/run.py -k publish``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_PYTHON = "/usr/bin/python3"
NEEDED: dict[str, list[str]] = {
    "chromium": ["chromium", "--version"],
    "chromium-driver": ["chromedriver", "--version"],
    "gdal-bin": ["ogrinfo", "--version"],
    "python3-qgis": [SYSTEM_PYTHON, "-c", "import qgis.core"],
}
"""Debian package -> a command that works once it is installed."""

CHECKS: list[list[str]] = [
    ["ruff", "check"],
    ["ruff", "format", "--check"],
    ["mypy"],
    ["lint-imports", "--no-cache"],
    ["geobank", "config", "check"],
]


def works(command: list[str]) -> bool:
    """Tell whether a command is there and ends well."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def as_root() -> list[str] | None:
    """Return the prefix that installs packages, or None when there is no such right."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if works(["sudo", "-n", "true"]) else None


def install_clients() -> None:
    """Install the missing Debian packages, or leave with one line that names them."""
    missing = [package for package, command in NEEDED.items() if not works(command)]
    if not missing:
        return
    prefix = as_root()
    if prefix is None or shutil.which("apt-get") is None:
        sys.exit(f"missing: install the Debian packages {' '.join(missing)} and run again")
    print(f"installing from Debian: {' '.join(missing)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
    for command in (["apt-get", "update", "-q"], install):
        done = subprocess.run(
            [*prefix, *command], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(f"missing: {' '.join(missing)}; apt-get failed: {done.stderr.strip()[-300:]}")


def main(arguments: list[str]) -> int:
    """Run the checks and the tests; return the first exit code that is not zero."""
    install_clients()
    os.chdir(ROOT)
    failed = 0
    for check in CHECKS:
        print("+", *check, flush=True)
        failed = subprocess.run(check, check=False).returncode or failed
    workers = [] if arguments else ["-n", "auto", "--dist", "loadgroup"]
    tests = ["pytest", *workers, *arguments]
    print("+", *tests, flush=True)
    return subprocess.run(tests, check=False).returncode or failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

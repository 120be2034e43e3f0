"""The cage of the child that reads strangers' files: no network, little memory, a clock."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Mapping

_NO_NETWORK = "none"
_CLOSED_PROXY = "closed proxy"
_PR_SET_PDEATHSIG = 1


def environment(allowed: str, drivers: list[str]) -> dict[str, str]:
    """Return the environment of the child: nothing of ours, one driver of GDAL's.

    Parameters
    ----------
    allowed : str
        The driver that may open the file.
    drivers : list of str
        All that this GDAL knows.
    """
    skipped = [name for name in drivers if name != allowed]
    dead = "http://127.0.0.1:9"
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONUTF8": "1",
        "GDAL_SKIP": ",".join(skipped),
        "GDAL_HTTP_PROXY": dead,
        "http_proxy": dead,
        "https_proxy": dead,
        "GDAL_DRIVER_PATH": "disable",
        "PROJ_NETWORK": "OFF",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def enter(limits: Mapping[str, int]) -> dict[str, str]:
    """Lock this process in; call it before anything starts a thread or opens a file.

    Returns
    -------
    dict
        How it is confined, for the report: ``network`` is ``none`` where the kernel lets us
        leave every network, else ``closed proxy``: GDAL is only told of a proxy that is dead.
    """
    # A reader whose parent was killed has nobody to read for.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    network = _leave_network()
    memory, seconds = limits["read_memory_bytes"], limits["read_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * limits["file_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return {"network": network, "memory_bytes": str(memory), "seconds": str(seconds)}


def _leave_network() -> str:
    for flags in (os.CLONE_NEWUSER | os.CLONE_NEWNET, os.CLONE_NEWNET):
        try:
            os.unshare(flags)
        except OSError:
            continue
        return _NO_NETWORK
    return _CLOSED_PROXY

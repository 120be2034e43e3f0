"""``geobank serve``: the portal and the OGC API on one port."""

from __future__ import annotations

import errno
import logging
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo.cli.options import data_option, open_project, project_option
from geo.errors import UsageError

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from geo.model import Project

HOST = "127.0.0.1"
PORT = 5000


EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True)
@click.option(
    "--host", default=HOST, show_default=True, help="Address to listen at; 0.0.0.0: everywhere."
)
@click.option(
    "--url",
    envvar="GEOBANK_URL",
    show_envvar=True,
    help="Address that clients use, when a proxy stands before.  [default: http://HOST:PORT]",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that answer; about one per core.",
)
@data_option
@project_option
def serve(
    port: int, host: str, url: str | None, workers: int, data: Path, project_dir: Path | None
) -> None:
    """Serve what is published: the portal at / and the OGC API at /api.

    A version that is published while the server runs is served from then on, with no restart.
    Workers share the port and, through the operating system, the files that they read; one that
    dies is replaced. Ctrl-C ends it.

    \b
    Examples:
      geobank serve
      geobank serve --port 8080 --data /srv/geobank
      geobank serve --workers 4
      geobank serve --host 0.0.0.0 --url https://dane.example.org
    """
    run(open_project(project_dir), data, host=host, port=port, url=url, workers=workers)


def run(
    project: Project,
    root: Path,
    *,
    host: str = HOST,
    port: int = PORT,
    url: str | None = None,
    workers: int = 1,
) -> None:
    """Serve a data folder until Ctrl-C.

    Parameters
    ----------
    project : Project
        The city's model.
    root : Path
        The data folder.
    url : str, optional
        Address that clients use; the links of the API begin with it.
    workers : int
        Processes that answer.

    Raises
    ------
    UsageError
        If the port is taken or may not be used.
    """
    with _listening(host, port) as listener:
        # pygeoapi would otherwise write its log to standard output.
        logging.basicConfig(
            level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
        )
        if url is None and host in EVERYWHERE:
            click.echo(
                "Odnośniki API wskażą 127.0.0.1: dla innych komputerów podaj --url. / "
                "The API's links will say 127.0.0.1: name --url for other computers.",
                err=True,
            )
        _serve_on(listener, project, root, url or _address(host, port), workers)


def _serve_on(
    listener: socket.socket, project: Project, root: Path, url: str, workers: int
) -> None:
    # Imported here: `geobank --help` and `publish` need no web server.
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from geo.serve.protocol import BoundedProtocol

    config = uvicorn.Config(
        # Each worker makes its own application: what they share is the files, and who reads them
        # reads out of the memory of the operating system.
        partial(application, project.root, root.resolve(), url),
        factory=True,
        workers=workers,
        # A worker that only loads its libraries on a busy machine is not a dead one.
        timeout_worker_healthcheck=60,
        log_level="warning",
        access_log=False,
        server_header=False,
        http=BoundedProtocol,
        ws="none",
        timeout_graceful_shutdown=5,
    )
    _announce(root, url)
    # uvicorn closes its connections, and then raises the signal again.
    with suppress(KeyboardInterrupt):
        if workers > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            uvicorn.Server(config).run(sockets=[listener])
    click.echo("Zatrzymano. / Stopped.")


def application(project_root: Path, root: Path, url: str) -> Starlette:
    """Return what a worker serves: the portal and the OGC API.

    Parameters
    ----------
    project_root : Path
        The folder with config/, layers/ and indicators/.
    root : Path
        The data folder.
    url : str
        Address that clients use.
    """
    from geo.model import load_project
    from geo.serve.app import create_app
    from geo.view.classes import classify
    from geo.view.portal import routes

    project = load_project(project_root)
    return create_app(
        project, root, server_url=url, extra_routes=routes(project, root), classify=classify
    )


def _announce(root: Path, url: str) -> None:
    from geo.store.catalog import Catalog

    if not Catalog(root).layer_ids():
        click.echo(
            "Nic jeszcze nie opublikowano. / Nothing is published yet. Begin with one of:\n"
            "  geobank demo                          a synthetic city\n"
            "  geobank publish districts FILE        a layer of yours"
        )
    click.echo(
        f"  Portal: {url}/\n"
        f"  API:    {url}/api          (QGIS: Layer > Add Layer > WFS / OGC API - Features)\n"
        "Ctrl-C kończy. / Ctrl-C stops."
    )


def _address(host: str, port: int) -> str:
    name = "127.0.0.1" if host in EVERYWHERE else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _listening(host: str, port: int) -> socket.socket:
    """Take the port before anything is loaded, so that a taken one is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise _refused(error, host, port) from None
    listener.set_inheritable(True)
    return listener


def _refused(error: OSError, host: str, port: int) -> UsageError:
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            f"port {port} is taken by another program",
            where=where,
            fix=f"choose another, such as --port {port % 65_535 + 1}",
        )
    if error.errno == errno.EACCES:
        return UsageError(
            f"port {port} is reserved for the administrator", where=where, fix="use --port 5000"
        )
    return UsageError(f"cannot listen there: {error.strerror}", where=where, fix="check --host")

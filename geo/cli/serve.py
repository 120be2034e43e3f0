"""``geobank serve``: the portal and the OGC API on one port."""

from __future__ import annotations

import errno
import logging
import socket
import sys
from contextlib import suppress
from pathlib import Path

import click

from geo.cli.options import data_option, open_project, project_option
from geo.errors import UsageError
from geo.limits import limit
from geo.model import Project
from geo.store.catalog import Catalog

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
@data_option
@project_option
def serve(port: int, host: str, url: str | None, data: Path, project_dir: Path | None) -> None:
    """Serve what is published: the portal at / and the OGC API at /api.

    A version that is published while the server runs is served from then on, with no restart.
    Ctrl-C ends it.

    \b
    Examples:
      geobank serve
      geobank serve --port 8080 --data /srv/geobank
      geobank serve --host 0.0.0.0 --url https://dane.example.org
    """
    run(open_project(project_dir), data, host=host, port=port, url=url)


def run(
    project: Project,
    root: Path,
    *,
    host: str = HOST,
    port: int = PORT,
    url: str | None = None,
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
        _serve_on(listener, project, root, url or _address(host, port))


def _serve_on(listener: socket.socket, project: Project, root: Path, url: str) -> None:
    # Imported here: `geobank --help` and `publish` need no web server.
    import uvicorn

    from geo.serve.app import create_app
    from geo.view.classes import classify
    from geo.view.portal import routes

    app = create_app(
        project,
        root,
        server_url=url,
        extra_routes=routes(project, root),
        classify=classify,
    )
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=2 * limit("query_chars"),
        timeout_graceful_shutdown=5,
    )
    _announce(root, url)
    # uvicorn closes its connections, and then raises the signal again.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
    click.echo("Zatrzymano. / Stopped.")


def _announce(root: Path, url: str) -> None:
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

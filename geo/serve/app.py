"""The ASGI rim: what comes in is read once, pygeoapi answers, what goes out is put right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from geo.errors import GeoError, UsageError
from geo.look import STATIC
from geo.model import Project
from geo.model.text import Language
from geo.serve.answers import SecurityHeaders, as_document, exception, problem
from geo.serve.config import PREFIX
from geo.serve.downloads.routes import DownloadEndpoints
from geo.serve.endpoints import Endpoints
from geo.serve.filterpage import FilterEndpoints
from geo.serve.live import Live
from geo.serve.pages import render
from geo.serve.parameters import wanted_format, wanted_language
from geo.serve.processes.routes import ProcessEndpoints
from geo.serve.question import Question, readable
from geo.serve.records.routes import RecordEndpoints
from geo.serve.refusals import told
from geo.serve.shortcut import Shortcut, Ways
from geo.serve.tiles.routes import TileEndpoints
from geo.serve.tiles.style import Classify

PORTAL_CARD = "/wskazniki/{indicator}"
"""Where the portal shows an indicator, if there is a portal."""

_ALLOWED = "GET, HEAD, OPTIONS"


def create_app(
    project: Project,
    root: Path,
    *,
    server_url: str,
    extra_routes: Sequence[BaseRoute] = (),
    classify: Classify | None = None,
) -> Starlette:
    """Return the application: the OGC API under /api, and the routes of a portal before it.

    Parameters
    ----------
    project : Project
        The city's model.
    root : Path
        The data folder; what is published there later is served without a restart.
    server_url : str
        Scheme, host and port under which clients reach the server; links begin with it.
    extra_routes : sequence of BaseRoute
        Asked first. Without them ``/`` leads to ``/api``.
    classify : callable, optional
        Classes of a choropleth's values, so that tiles are coloured like the portal's maps.
    """
    live = Live(project, root, server_url)
    endpoints = Endpoints(live)
    tiles = TileEndpoints(project, root, f"{server_url.rstrip('/')}/{PREFIX}", classify, live)
    downloads = DownloadEndpoints(project, root)
    portal = any(getattr(route, "path", "") == PORTAL_CARD for route in extra_routes)
    records = RecordEndpoints(live, root, portal=portal)
    processes = ProcessEndpoints(live, root)
    live.warm()  # after the processes have said what their children import
    rim = _Rim(live, project.site.languages)
    routes = [
        *extra_routes,
        Mount(f"/{PREFIX}/static", StaticFiles(directory=STATIC), name="api-static"),
        *processes.routes(f"/{PREFIX}"),
        *(
            _route(f"/{PREFIX}{path}", answer)
            for path, answer in (
                *tiles.table(),
                *downloads.table(),
                *records.table(),
                *FilterEndpoints(live).table(),
                *endpoints.table(),
            )
        ),
        Route("/", _to_the_api),
    ]
    app = Starlette(
        routes=routes,
        middleware=_middleware(live, endpoints, rim, processes.headers),
        exception_handlers={
            GeoError: rim.refused,
            HTTPException: rim.no_such_page,
            Exception: rim.failed,
        },
    )
    app.state.portal = portal  # pages lead to it
    return app


def _middleware(
    live: Live, endpoints: Endpoints, rim: _Rim, headers: Iterable[str]
) -> list[Middleware]:
    exposed = ["Content-Crs", "ETag", *headers]
    opened = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": ", ".join(exposed),
    }
    ways = Ways(endpoints.items, endpoints.item, rim.refused)
    return [
        Middleware(Shortcut, live=live, prefix=f"/{PREFIX}", ways=ways, opened=opened),
        Middleware(SecurityHeaders),
        Middleware(
            CORSMiddleware,
            allow_origins=["*"],
            allow_methods=[*_ALLOWED.split(", "), "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=exposed,
        ),
        # What endpoints have compressed in their own threads passes through it.
        Middleware(GZipMiddleware, minimum_size=1_400, compresslevel=5),
    ]


class _Rim:
    """Errors as a client can read them: a page for a browser, JSON for a program."""

    def __init__(self, live: Live, languages: tuple[Language, ...]) -> None:
        self._live = live
        self._languages = languages

    def refused(self, request: Request, error: Exception) -> Response:
        """Answer a GeoError with its status."""
        assert isinstance(error, GeoError)  # noqa: S101 - as it is registered
        status, body = as_document(error)
        return self._said(request, status, body)

    def no_such_page(self, request: Request, error: Exception) -> Response:
        """Answer what Starlette's router refuses."""
        assert isinstance(error, HTTPException)  # noqa: S101 - as it is registered
        return self._said(
            request, error.status_code, exception(error.status_code, error.detail), error.headers
        )

    def failed(self, request: Request, error: Exception) -> Response:
        """Say nothing about a failure of ours: the server writes its stack into the log."""
        return problem(500, exception(500, "The server failed; its log says why."))

    def _said(
        self,
        request: Request,
        status: int,
        body: dict[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        params = request.query_params
        try:
            kind = wanted_format(params, request.headers.get("accept", ""))
            language = wanted_language(params, self._languages)
        except UsageError:
            return problem(status, body, headers)
        if kind == "json":
            return problem(status, body, headers)
        question = Question(request, self._live.edition(), kind, language)
        said = told(body["description"], status, language)
        page = render(question, "exception.html", body, told=said)
        return Response(page, status, dict(headers or {}), "text/html")


def _route(path: str, answer: Callable[[Request], Response]) -> Route:
    def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=200, headers={"Allow": _ALLOWED})
        return answer(readable(request))

    return Route(path, endpoint, methods=_ALLOWED.split(", "))


async def _to_the_api(request: Request) -> Response:
    return RedirectResponse(f"/{PREFIX}")

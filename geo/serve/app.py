"""The ASGI rim: what comes in is read once, pygeoapi answers, what goes out is put right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from geo.limits import limit
from geo.model import Project
from geo.model.text import Language
from geo.serve.answers import SecurityHeaders, as_document, exception, problem
from geo.serve.config import PREFIX
from geo.serve.downloads.routes import DownloadEndpoints
from geo.serve.endpoints import Endpoints
from geo.serve.live import Live
from geo.serve.pages import render
from geo.serve.parameters import wanted_format, wanted_language
from geo.serve.question import Question
from geo.serve.tiles.routes import TileEndpoints
from geo.serve.tiles.style import Classify

STATIC = Path(__file__).parent / "static"
LEAFLET = "/static/vendor/leaflet"
"""Where the portal serves Leaflet, if there is a portal."""

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
    endpoints = Endpoints(live, leaflet=LEAFLET if _has_leaflet(extra_routes) else "")
    tiles = TileEndpoints(project, root, f"{server_url.rstrip('/')}/{PREFIX}", classify)
    downloads = DownloadEndpoints(project, root)
    rim = _Rim(live, project.site.languages)
    routes = [
        *extra_routes,
        Mount(f"/{PREFIX}/static", StaticFiles(directory=STATIC), name="api-static"),
        *(
            _route(f"/{PREFIX}{path}", answer)
            for path, answer in (*tiles.table(), *downloads.table(), *endpoints.table())
        ),
        Route("/", _to_the_api),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=_ALLOWED.split(", "),
                allow_headers=["*"],
                expose_headers=["Content-Crs", "ETag"],
            ),
            # What endpoints have compressed in their own threads passes through it.
            Middleware(GZipMiddleware, minimum_size=1_400, compresslevel=5),
        ],
        exception_handlers={
            GeoError: rim.refused,
            HTTPException: rim.no_such_page,
            Exception: rim.failed,
        },
    )


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
        page = render(question, "exception.html", body)
        return Response(page, status, dict(headers or {}), "text/html")


def _route(path: str, answer: Callable[[Request], Response]) -> Route:
    def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=200, headers={"Allow": _ALLOWED})
        request.scope["query_string"] = _with_pluses(request.scope["query_string"])
        if len(request.url.query) > limit("query_chars"):
            raise UsageError(
                "the query is too long", fix=f"at most {limit('query_chars')} characters"
            )
        return answer(request)

    return Route(path, endpoint, methods=_ALLOWED.split(", "))


def _with_pluses(query: bytes) -> bytes:
    """Keep a plus that a client did not encode, unless it stands for a space.

    QGIS writes ``rank + 1`` as ``rank%20+%201``; a form and urllib write it ``rank+%2B+1``.
    """
    return query.replace(b"+", b"%2B") if b"%20" in query else query


async def _to_the_api(request: Request) -> Response:
    return RedirectResponse(f"/{PREFIX}")


def _has_leaflet(routes: Sequence[BaseRoute]) -> bool:
    """Tell whether a folder among the routes holds the script that pages would load."""
    for route in routes:
        if isinstance(route, Mount) and isinstance(route.app, StaticFiles):
            inside = f"{LEAFLET}/leaflet.js".removeprefix(f"{route.path}/")
            if route.app.lookup_path(inside)[1]:
                return True
    return False

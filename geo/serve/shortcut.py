"""The short way of features: from the socket to the bytes, past routing and middleware.

What GIS programs ask a thousand times, pages of features and single ones as JSON, is answered
here by the same endpoints, with the same headers; all else goes the long way. Pages that are
found by their place alone take a tenth of a millisecond and are answered at once; what searches,
turns coordinates or compresses goes to a thread, and is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from geo.errors import GeoError
from geo.limits import limit
from geo.serve.answers import SECURITY, Answer, takes_gzip
from geo.serve.live import Live
from geo.serve.question import readable
from geo.store.kept import Kept

Refuse = Callable[[Request, Exception], Response]

_AT_ONCE = {b"limit", b"offset", b"cursor", b"lang", b"f"}
"""Parameters of pages that are found by their place alone."""

_MOST_KEPT_BYTES = 4 * 1024**2
_CLOSED = [(name.lower().encode(), value.encode()) for name, value in SECURITY.items()]


@dataclass(frozen=True)
class Ways:
    """What answers pages, and what answers single features."""

    items: Answer
    item: Answer
    refused: Refuse


class Shortcut:
    """ASGI middleware, the first of all.

    Parameters
    ----------
    prefix : str
        Path of the API, such as ``/api``.
    ways : Ways
    opened : mapping of str to str
        Headers for a page of another origin (CORS).
    """

    def __init__(
        self, app: ASGIApp, live: Live, prefix: str, ways: Ways, opened: Mapping[str, str]
    ) -> None:
        self._app = app
        self._live = live
        self._above = f"{prefix}/collections/"
        self._ways = ways
        self._opened = [(name.lower().encode(), text.encode()) for name, text in opened.items()]
        self._kept: Kept[_Sent] = Kept(limit("page_cache_bytes"), lambda sent: sent.nbytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        way = self._way(scope)
        if way is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if _wants_page(request):
            await self._app(scope, receive, send)
            return
        try:
            response = await self._answered(request, way)
            response.raw_headers += _CLOSED
        except GeoError as error:
            response = self._ways.refused(request, error)
        if "origin" in request.headers:
            response.raw_headers += self._opened
        await response(scope, receive, send)

    def _way(self, scope: Scope) -> Answer | None:
        """Return what answers a request, if it is one for features of a published layer."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return None
        path: str = scope["path"]
        if not path.startswith(self._above) or scope.get("root_path"):
            return None
        layer_id, _, rest = path.removeprefix(self._above).partition("/")
        if not self._live.knows(layer_id):
            return None
        if rest == "items":
            scope["path_params"] = {"layer_id": layer_id}
            return self._ways.items
        if rest.startswith("items/"):
            scope["path_params"] = {"layer_id": layer_id, "feature_id": rest[6:]}
            return self._ways.item
        return None

    async def _answered(self, request: Request, way: Answer) -> Response:
        readable(request)
        promised = self._live.edition().promised(request.path_params["layer_id"])
        if not promised and (way == self._ways.item or _at_once(request)):
            return way(request)
        if way == self._ways.item:
            return await run_in_threadpool(way, request)
        key = self._key(request)
        kept = self._kept.find(key) if key else None
        if kept is None:
            response = await run_in_threadpool(way, request)
            if key and _worth_keeping(response):
                self._kept.put(key, _Sent(tuple(response.raw_headers), bytes(response.body)))
            return response
        response = Response(kept.body)
        response.raw_headers = list(kept.headers)
        return response

    def _key(self, request: Request) -> tuple[object, ...] | None:
        """Return under what an answer is kept; None if it is not worth it."""
        headers = request.headers
        if request.method != "GET" or {"if-none-match", "if-modified-since"} & set(headers):
            return None
        scope = request.scope
        generation = self._live.edition().generation
        return generation, scope["path"], scope["query_string"], takes_gzip(headers)


def _wants_page(request: Request) -> bool:
    """Tell whether a browser asks, or may: pages go the long way."""
    query = request.scope["query_string"]
    return b"f=html" in query or "html" in request.headers.get("accept", "")


def _at_once(request: Request) -> bool:
    query: bytes = request.scope["query_string"]
    named = dict(part.partition(b"=")[::2] for part in query.split(b"&") if part)
    if not named.keys() <= _AT_ONCE or takes_gzip(request.headers):
        return False
    many: bytes = named.get(b"limit", b"")
    return not many or (many.isdigit() and len(many) < 10 and int(many) <= limit("items_default"))


def _worth_keeping(response: Response) -> bool:
    # In the second of a publication there is no Last-Modified yet: that is not kept.
    if response.status_code != 200 or "last-modified" not in response.headers:
        return False
    streamed = isinstance(response, StreamingResponse)
    return not streamed and len(response.body) <= _MOST_KEPT_BYTES


@dataclass(frozen=True)
class _Sent:
    """An answer as it was sent."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def nbytes(self) -> int:
        """Memory that it takes, bytes, with its key, its headers and what Python adds."""
        return len(self.body) + 3_000

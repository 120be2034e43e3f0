"""A request as it was understood: the one value that travels from the rim to the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from geo.errors import UsageError
from geo.limits import limit
from geo.model import Layer
from geo.model.text import Language
from geo.serve.answers import weak_tag
from geo.serve.live import Edition
from geo.serve.parameters import wanted_format, wanted_language


@dataclass(frozen=True)
class Question:
    """What is asked of which edition, in which format and language.

    Attributes
    ----------
    kind : str
        ``json`` or ``html``.
    layer_id : str
        The collection that is asked about, which exists; empty: none.
    """

    request: Request
    edition: Edition
    kind: str
    language: Language
    layer_id: str = ""

    @property
    def as_page(self) -> bool:
        """Whether a person is to read the answer."""
        return self.kind == "html"

    @property
    def layer(self) -> Layer:
        """The layer of the collection that is asked about."""
        return self.edition.layers[self.layer_id]

    @property
    def above(self) -> str:
        """The address of the collection that is asked about."""
        return f"{self.edition.base_url}/collections/{self.layer_id}"

    @property
    def title(self) -> str:
        """The collection's title, with the mark of synthetic data if it is."""
        resource: dict[str, Any] = self.edition.config["resources"][self.layer_id]
        return str(resource["title"][self.language])

    @property
    def tag(self) -> str:
        """The ETag of this question to the version of the layer that is served now."""
        return self.tag_of(self.edition.snapshot(self.layer_id).version)

    def tag_of(self, version: str) -> str:
        """Return the ETag of this question to a version of the layer."""
        scope = self.request.scope
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        return weak_tag(version, self.kind, self.language, self.edition.server_url, path, query)

    def link(self, **changes: str | int | None) -> str:
        """Return the address of the same page with some parameters changed; None: left out."""
        params: dict[str, Any] = {**self.request.query_params, **changes}
        kept = {name: value for name, value in params.items() if value is not None}
        return f"?{urlencode(kept)}"


def readable(request: Request) -> Request:
    """Put a query string right before anybody reads it.

    A plus that a client did not encode is kept, unless it stands for a space: QGIS writes
    ``rank + 1`` as ``rank%20+%201``; a form and urllib write it ``rank+%2B+1``.

    Raises
    ------
    UsageError
        If it is too long.
    """
    query: bytes = request.scope["query_string"]
    if b"%20" in query:
        query = request.scope["query_string"] = query.replace(b"+", b"%2B")
    if len(query) > limit("query_chars"):
        raise UsageError("the query is too long", fix=f"at most {limit('query_chars')} characters")
    return request


def understood(request: Request, edition: Edition) -> Question:
    """Read format, language and collection of a request.

    Raises
    ------
    UsageError, NotFoundError
        If there is no such format, language or collection.
    """
    params = request.query_params
    kind = wanted_format(params, request.headers.get("accept", ""))
    language = wanted_language(params, edition.project.site.languages)
    layer_id = str(request.path_params.get("layer_id", ""))
    if layer_id:
        edition.snapshot(layer_id)
    return Question(request, edition, kind, language, layer_id)

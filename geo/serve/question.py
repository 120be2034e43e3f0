"""A request as it was understood: the one value that travels from the rim to the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

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
        """The ETag of this question to the version of the layer that answers it."""
        url = self.request.url
        version = self.edition.snapshot(self.layer_id).version
        server = self.edition.server_url
        return weak_tag(version, self.kind, self.language, server, url.path, url.query)

    def link(self, **changes: str | int | None) -> str:
        """Return the address of the same page with some parameters changed; None: left out."""
        params: dict[str, Any] = {**self.request.query_params, **changes}
        kept = {name: value for name, value in params.items() if value is not None}
        return f"?{urlencode(kept)}"


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

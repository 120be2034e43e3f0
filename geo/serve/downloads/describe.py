"""Links to the files of a collection."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from geo.flow.export.formats import FORMATS
from geo.model.text import Language


def collection_links(base_url: str, layer_id: str, language: Language) -> list[dict[str, Any]]:
    """Return the links of a collection to itself as files.

    Parameters
    ----------
    base_url : str
        The address of the API's landing page.
    """
    return [
        {
            "rel": "enclosure",
            "type": form.media_type.partition(";")[0],
            "title": form.title[language],
            "href": f"{base_url}/collections/{quote(layer_id)}/files/{quote(layer_id)}{suffix}",
        }
        for suffix, form in FORMATS.items()
    ]

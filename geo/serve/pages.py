"""The API's pages: own templates, one environment for all requests, nothing foreign."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from jinja2 import Environment, FileSystemLoader

from geo.serve.describe import readable
from geo.serve.question import Question

FOLDER = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """Return the templates; pygeoapi would parse them anew for each request (100 ms)."""
    return Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, auto_reload=False, trim_blocks=True
    )


def render(
    question: Question,
    template: str,
    data: Mapping[str, Any],
    **more: Any,  # noqa: ANN401 - whatever a template shows
) -> bytes:
    """Return a page as UTF-8 bytes.

    Parameters
    ----------
    template : str
        Below geo/serve/templates; a stock pygeoapi uses the same ones.
    data : mapping
        The JSON document that the page shows.
    more : Any
        What only this server knows beside it, such as where Leaflet is.
    """
    known = about_collection(question) if question.layer_id else {}
    text = (
        environment()
        .get_template(template)
        .render(
            data=data,
            config=_config(question),
            locale=Locale(question.language),
            json_href=question.link(f="json"),
            switch_href=question.link(lang="pl" if question.language == "en" else "en"),
            **known,
            **more,
        )
    )
    return text.encode()


def about_collection(question: Question) -> dict[str, Any]:
    """Return what a page says about a collection beside the standard's own document."""
    layer, language = question.layer, question.language
    manifest = question.edition.snapshot(layer.id).manifest
    return {
        "title": question.title,
        "fields": readable(layer, language),
        "id_field": layer.id_field,
        "about": {
            "version": manifest.version,
            "created_at": manifest.created_at,
            "features": manifest.features,
            "synthetic": manifest.synthetic,
            "geometry": layer.geometry,
            "source": layer.source.name[language],
            "steward": layer.steward.name,
        },
    }


def _config(question: Question) -> dict[str, Any]:
    """Return the part of the configuration that templates use, in one language."""
    found = question.edition.config["metadata"]
    title: dict[str, str] = found["identification"]["title"]
    return {
        "server": {"url": question.edition.base_url},
        "metadata": {
            "identification": {"title": title[question.language]},
            "contact": found["contact"],
        },
        "resources": question.edition.config["resources"],
    }

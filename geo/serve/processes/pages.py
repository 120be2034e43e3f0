"""Pages of processes and jobs, for people without code: a form, a table, how far a job is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from geo.serve import pages
from geo.serve.processes.describe import REL_EXECUTE
from geo.serve.processes.process import Input, Process
from geo.serve.question import Question

BACKGROUND = "_background"
"""The field of a form that asks for a job; a page cannot send a Prefer header."""


def process_page(question: Question, data: dict[str, Any], inputs: Mapping[str, Input]) -> bytes:
    """Return the page of a process, with a form to run it."""
    # The page lists its links, and this one answers no GET.
    links = [one for one in data["links"] if one["rel"] != REL_EXECUTE]
    return pages.render(
        question,
        "processes/process.html",
        data | {"links": links},
        fields=[_field(name, each, question) for name, each in inputs.items()],
        action=f"{question.edition.base_url}/processes/{data['id']}/execution",
        background=BACKGROUND,
        layers=[
            {
                "id": layer.id,
                "title": layer.title[question.language],
                "fields": [field.name for field in layer.public_fields],
            }
            for layer in question.edition.layers.values()
            if not layer.derived
        ],
    )


def result_page(
    question: Question, process: Process, body: bytes, request: Mapping[str, Any] | None
) -> bytes:
    """Return the page of an answer.

    Parameters
    ----------
    body : bytes
        JSON: with ``columns`` and ``rows`` it is shown as a table.
    request : mapping, optional
        The execution, for a person who wants to repeat it in a program.
    """
    found = orjson.loads(body)
    table = found if isinstance(found, dict) else {"text": found}
    again = orjson.dumps(request, option=orjson.OPT_INDENT_2).decode() if request else ""
    return pages.render(
        question,
        "processes/result.html",
        {"title": process.title[question.language], "id": process.id},
        result=table,
        again=again,
        execution=f"{question.edition.base_url}/processes/{process.id}/execution",
    )


def job_page(question: Question, data: dict[str, Any], title: str) -> bytes:
    """Return the page of a job; while it runs, the page asks again by itself."""
    return pages.render(question, "processes/job.html", data, title=title)


def list_page(question: Question, template: str, data: dict[str, Any]) -> bytes:
    """Return the page of the processes, or of one's jobs."""
    return pages.render(question, template, data)


def _field(name: str, each: Input, question: Question) -> dict[str, Any]:
    language, schema = question.language, each.schema
    return {
        "name": name,
        "title": each.title[language],
        "help": each.description[language],
        "required": each.required,
        "kind": _kind(schema),
        "options": [(one, _called(each, one, question)) for one in schema.get("enum", ())],
        "rare": each.rare,
        "default": schema.get("default", ""),
        "least": schema.get("minimum"),
        "most": schema.get("maximum"),
    }


_KINDS = {"object": "long", "integer": "number", "number": "decimal", "boolean": "yes"}
"""Type of an input -> the kind of field that a form has for it; others are a line of text."""


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "choice"
    if "oneOf" in schema:
        objects = any(each.get("type") == "object" for each in schema["oneOf"])
        return "long" if objects else "text"
    return _KINDS.get(schema["type"], "text")


def _called(each: Input, option: str, question: Question) -> str:
    """Return a choice in words, with its code for who writes programs later."""
    if option not in each.choices:
        return option
    return f"{each.choices[option][question.language]} ({option})"

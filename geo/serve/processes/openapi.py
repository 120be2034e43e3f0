"""The paths of OGC API Processes for the server's OpenAPI document: self-contained."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo.model import Layer, Project
from geo.model.text import Language
from geo.serve.processes.jobs import STATUSES
from geo.serve.processes.listing import DEFAULT, MOST
from geo.serve.processes.process import JSON, Process
from geo.serve.processes.registry import PROCESSES

_TEXT: dict[str, Any] = {"type": "string"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_LINKS: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["href"],
        "properties": {"href": _TEXT, "rel": _TEXT, "type": _TEXT, "title": _TEXT},
    },
}
_EXCEPTION: dict[str, Any] = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT,
        "code": _TEXT, "description": _TEXT,
    },
}  # fmt: skip
_STATUS: dict[str, Any] = {
    "type": "object",
    "required": ["jobID", "status", "type", "processID"],
    "properties": {
        "jobID": _TEXT, "processID": _TEXT, "type": {"type": "string", "enum": ["process"]},
        "status": {"type": "string", "enum": list(STATUSES)}, "message": _TEXT,
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        "created": _MOMENT, "started": _MOMENT, "finished": _MOMENT, "updated": _MOMENT,
        "links": _LINKS,
    },
}  # fmt: skip
_SUMMARY: dict[str, Any] = {
    "type": "object",
    "required": ["id", "version"],
    "properties": {
        "id": _TEXT, "version": _TEXT, "title": _TEXT, "description": _TEXT,
        "keywords": {"type": "array", "items": _TEXT},
        "jobControlOptions": {"type": "array", "items": _TEXT},
        "outputTransmission": {"type": "array", "items": _TEXT}, "links": _LINKS,
    },
}  # fmt: skip
_ANY: dict[str, Any] = {"type": "object", "additionalProperties": True}
_REFUSALS = {
    "400": "Something in the request has no meaning; `detail` says what, and how to mend it",
    "404": "There is no such thing",
    "500": "The server failed",
}


def paths(project: Project, layers: Iterable[Layer], language: Language) -> dict[str, Any]:
    """Return path -> path item, for OpenAPI 3.0.

    Parameters
    ----------
    layers : iterable of Layer
        The published ones.
    """
    published = [layer.id for layer in layers]
    lang = _query("lang", {"type": "string", "enum": list(project.site.languages)})
    form = _query("f", {"type": "string", "enum": ["json", "html"], "default": "json"})
    common = [form, lang]
    which = _place("processID", {"type": "string", "enum": list(PROCESSES)})
    job = _place("jobId", {"type": "string", "pattern": "^[0-9a-f]{40}$"})
    lists = {"processes": {"type": "array", "items": _SUMMARY}, "links": _LINKS}
    process_list = {"type": "object", "required": ["processes", "links"], "properties": lists}
    jobs = {"jobs": {"type": "array", "items": _STATUS}, "links": _LINKS}
    job_list = {"type": "object", "required": ["jobs", "links"], "properties": jobs}
    described = {**_SUMMARY, "properties": {**_SUMMARY["properties"], "inputs": _ANY,
                 "outputs": _ANY}}  # fmt: skip
    execute = {
        **_operation("execute", "Run a process", {"200": _result(), "201": _created()}, common),
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": _bodies(project, published, language)}},
        },
    }
    execute["parameters"] = [which, _PREFER, *common]
    for status, words in (
        ("413", "The request or its answer is too large"),
        ("422", "The layers do not allow what is asked"),
        ("503", "The server is busy (Retry-After), or the answer took too long"),
    ):
        execute["responses"][status] = _body(words, _EXCEPTION)
    one = [job, *common]
    return {
        "/processes": {
            "get": _get("getProcesses", "Processes", process_list, [_LIMIT, *common])
        },
        "/processes/{processID}": {
            "get": _get("getProcessDescription", "A process", described, [which, *common])
        },
        "/processes/{processID}/execution": {"post": execute},
        "/jobs": {"get": _get("getJobs", "One's own jobs", job_list, [*_LISTING, *common])},
        "/jobs/{jobId}": {
            "get": _get("getStatus", "How far a job is", _STATUS, one),
            "delete": _get("dismiss", "Call a job off, or forget its answer", _STATUS, one),
        },
        "/jobs/{jobId}/results": {
            "get": _operation("getResult", "The answer of a job", {"200": _result()}, one)
        },
    }  # fmt: skip


def _bodies(project: Project, published: list[str], language: Language) -> dict[str, Any]:
    return {"anyOf": [_execution(one, project, published, language) for one in PROCESSES.values()]}


def _execution(
    process: Process, project: Project, published: list[str], language: Language
) -> dict[str, Any]:
    inputs = process.inputs(project, published)
    values = {
        name: {"title": each.title[language], **_plain(each.schema)}
        for name, each in inputs.items()
    }
    needed = [name for name, each in inputs.items() if each.required]
    formats = {"type": "string", "enum": list(process.output.formats)}
    output = {
        "type": "object",
        "properties": {
            "format": {"type": "object", "properties": {"mediaType": formats}},
            "transmissionMode": {"type": "string", "enum": ["value"]},
        },
    }
    return {
        "title": process.id,
        "type": "object",
        "additionalProperties": False,
        "required": ["inputs"],
        "properties": {
            "inputs": {
                "type": "object",
                "additionalProperties": False,
                "properties": values,
                **({"required": needed} if needed else {}),
            },
            "outputs": {
                "type": "object",
                "additionalProperties": False,
                "properties": {process.output.id: output},
            },
            "response": {"type": "string", "enum": ["raw", "document"], "default": "raw"},
        },
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without what JSON Schema has and OpenAPI 3.0 has not."""
    dropped = ("contentMediaType", "contentSchema")
    found = {key: value for key, value in schema.items() if key not in dropped}
    if "oneOf" in found:
        # Either may fit: text that begins with a brace is an object to some clients.
        found["anyOf"] = [_plain(each) for each in found.pop("oneOf")]
    return found


def _get(
    operation: str, summary: str, schema: dict[str, Any], parameters: list[dict[str, Any]]
) -> dict[str, Any]:
    return _operation(operation, summary, {"200": _body(summary, schema)}, parameters)


def _operation(
    operation: str,
    summary: str,
    answers: dict[str, Any],
    parameters: list[dict[str, Any]],
) -> dict[str, Any]:
    refusals = {status: _body(words, _EXCEPTION) for status, words in _REFUSALS.items()}
    if operation == "getResult":
        refusals |= {
            status: _body("Why the job failed", _EXCEPTION)
            for status in ("410", "413", "422", "503")
        }
    return {
        "tags": ["processes"],
        "operationId": operation,
        "summary": summary,
        "parameters": parameters,
        "responses": answers | refusals,
    }


def _body(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "content": {JSON: {"schema": schema}, "text/html": {"schema": _TEXT}},
    }


def _result() -> dict[str, Any]:
    found = _body("The answer, raw or within a document of outputs", {})
    for process in PROCESSES.values():
        for media_type, schema in process.output.formats.items():
            if media_type != JSON:
                found["content"][media_type] = {"schema": _plain(schema)}
    return found


def _created() -> dict[str, Any]:
    return {
        **_body("A job was made; `Location` is its address, `Job-Owner` a new secret", _STATUS),
        "headers": {
            "Location": {"schema": _TEXT},
            "Job-Owner": {"schema": _TEXT},
            "Preference-Applied": {"schema": _TEXT},
        },
    }


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "style": "form", "explode": False,
            "schema": schema}  # fmt: skip


def _place(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


_WORDS = {"type": "array", "items": _TEXT}
_SECONDS = {"type": "integer", "minimum": 0}
_LIMIT = _query("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT})
_LISTING = [
    _LIMIT,
    _query("processID", _WORDS),
    _query("status", {"type": "array", "items": {"type": "string", "enum": list(STATUSES)}}),
    _query("type", _WORDS),
    _query("datetime", _TEXT),
    _query("minDuration", _SECONDS),
    _query("maxDuration", _SECONDS),
]
_PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "respond-async: answer with a job in place of the result",
    "schema": _TEXT,
}
